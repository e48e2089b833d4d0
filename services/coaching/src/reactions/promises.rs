//! Asks open, change and end with the follow-ups in which they were promised, and are provided by coaching that takes
//! place.

use api::{
    coaching::v1::{AskWithdrawal, CoachingAskEvent, PartnershipEvent, coaching_ask_event, partnership_event},
    common::v1::SupportKind,
    ids::{CoachingAskId, FollowUpId, PartnershipId},
    observations::v1::{FollowUpAgreed, FollowUpEvent, follow_up_event},
};
use chrono::NaiveDate;
use eventstore::Recorded;
use prost::Message as _;
use service::{Error, Plan};

use super::Reactions;
use crate::{
    coaching_ask::{self, CoachingAsk, Command, Open, Provide},
    partnership::Partnership,
    recorded,
};

impl Reactions {
    /// Something befell a follow-up.
    pub(super) async fn answer_follow_up(&self, event: &Recorded) -> Result<(), Error> {
        use follow_up_event::Event;
        let follow_up = FollowUpId(event.stream_id.0);
        let decoded = FollowUpEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
        match decoded.event {
            Some(Event::Agreed(agreed)) => self.open_asks(event, follow_up, &agreed).await,
            Some(Event::SupportProvided(provided)) => {
                let id = coaching_ask::id_of(follow_up, recorded::id(&provided.promise_id));
                let command = Command::Withdraw {
                    on: recorded::date(&provided.on),
                    cause: AskWithdrawal::KeptOtherwise,
                };
                let asks = self.index.open_asks_of(follow_up).await?;
                match asks.iter().find(|ask| ask.id == id) {
                    Some(_) => self.react_to_ask(event, "kept otherwise", id, command).await,
                    None => Ok(()),
                }
            }
            Some(Event::HandedOver(handed)) => {
                let command = Command::HandOver {
                    to: recorded::optional_id(&handed.to_id),
                    on: recorded::date(&handed.on),
                };
                self.each_ask_of(event, follow_up, "hand over", command).await
            }
            Some(Event::Moved(moved)) => match moved.to_urn.parse() {
                Ok(to) => {
                    let on = recorded::date(&moved.on);
                    self.each_ask_of(event, follow_up, "move", Command::Move { to, on })
                        .await
                }
                Err(_) => Ok(()),
            },
            Some(Event::Withdrawn(withdrawn)) => self.end_asks(event, follow_up, &withdrawn.on).await,
            Some(Event::Lapsed(lapsed)) => self.end_asks(event, follow_up, &lapsed.on).await,
            _ => Ok(()),
        }
    }

    async fn open_asks(&self, event: &Recorded, follow_up: FollowUpId, agreed: &FollowUpAgreed) -> Result<(), Error> {
        let ours = |kind| matches!(kind, SupportKind::Coaching | SupportKind::ColleagueObservation);
        for promise in agreed.promises.iter().filter(|promise| ours(promise.kind())) {
            let open = Open {
                follow_up,
                promise: recorded::id(&promise.promise_id),
                trust: recorded::id(&agreed.trust_id),
                person: recorded::id(&agreed.person_id),
                owner: recorded::optional_id(&agreed.owner_id),
                urn: agreed.urn.parse().ok(),
                kind: promise.kind(),
                focus_areas: agreed.focus_areas.clone(),
                activity: recorded::optional_id(&promise.activity_id),
                purpose: agreed.purpose(),
                on: recorded::date(&agreed.agreed_on),
            };
            let id = coaching_ask::id_of(follow_up, open.promise);
            self.react_to_ask(event, "open", id, Command::Open(Box::new(open)))
                .await?;
        }
        Ok(())
    }

    async fn end_asks(&self, event: &Recorded, follow_up: FollowUpId, on: &str) -> Result<(), Error> {
        let command = Command::Withdraw {
            on: recorded::date(on),
            cause: AskWithdrawal::FollowUpEnded,
        };
        self.each_ask_of(event, follow_up, "follow-up ended", command).await
    }

    async fn each_ask_of(
        &self,
        event: &Recorded,
        follow_up: FollowUpId,
        what: &str,
        command: Command,
    ) -> Result<(), Error> {
        for ask in self.index.open_asks_of(follow_up).await? {
            self.react_to_ask(event, what, ask.id, command.clone()).await?;
        }
        Ok(())
    }

    /// A session was held, a partnership was linked, or an ask was opened: whichever came last, the promise is kept.
    pub(super) async fn keep_promises(&self, event: &Recorded) -> Result<(), Error> {
        for follow_up in served(event)? {
            self.keep_promises_of(event, follow_up).await?;
        }
        Ok(())
    }

    /// Coaching was promised, and somebody who works with the person for this follow-up has met them since.
    async fn keep_promises_of(&self, event: &Recorded, follow_up: FollowUpId) -> Result<(), Error> {
        let asks = self.index.open_asks_of(follow_up).await?;
        let coaching: Vec<_> = asks.iter().filter(|ask| ask.kind == SupportKind::Coaching).collect();
        if coaching.is_empty() {
            return Ok(());
        }
        let mut partnerships = Vec::new();
        for id in self.index.partnerships_for(follow_up).await? {
            partnerships.push((id, self.commands.get::<Partnership>(id).await?.state));
        }
        for ask in coaching {
            if let Some(provide) = first_since(ask.promised_on, &partnerships) {
                self.react_to_ask(event, "provide", ask.id, Command::Provide(provide))
                    .await?;
            }
        }
        Ok(())
    }

    async fn react_to_ask(
        &self,
        event: &Recorded,
        what: &str,
        id: CoachingAskId,
        command: Command,
    ) -> Result<(), Error> {
        self.react(event, &format!("{what} {id}"), Plan::of::<CoachingAsk>(id, command))
            .await
    }
}

/// The first session held from a day on.
fn first_since(day: NaiveDate, partnerships: &[(PartnershipId, Partnership)]) -> Option<Provide> {
    let held = partnerships.iter().flat_map(|(id, partnership)| {
        let held = partnership.held().filter(|(session, _)| session.on >= day);
        held.map(|(session, turn)| (session.on, *id, session.id, turn.coach))
    });
    let (on, partnership, session, coach) = held.min()?;
    Some(Provide {
        on,
        by: Some(coach),
        session: Some((partnership, session)),
    })
}

/// The follow-ups that an event of ours serves.
fn served(event: &Recorded) -> Result<Vec<FollowUpId>, Error> {
    if event.kind.aggregate() == "coaching_ask" {
        let decoded = CoachingAskEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
        return Ok(match decoded.event {
            Some(coaching_ask_event::Event::Opened(opened)) => vec![recorded::id(&opened.follow_up_id)],
            _ => Vec::new(),
        });
    }
    let decoded = PartnershipEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
    Ok(match decoded.event {
        Some(partnership_event::Event::SessionHeld(held)) => recorded::ids(&held.follow_up_ids),
        Some(partnership_event::Event::Linked(linked)) => vec![recorded::id(&linked.follow_up_id)],
        _ => Vec::new(),
    })
}

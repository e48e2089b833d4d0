//! What follow-ups promise becomes support that is asked for here, and ends with them:
//!
//! | elsewhere | here |
//! |---|---|
//! | a follow-up is agreed with a promise of an activity, of time or of a resource | an ask is opened |
//! | its support is handed over, or its person moves to another school | the ask goes along |
//! | a promise is kept by other means | its ask is withdrawn |
//! | a follow-up is withdrawn, or lapses | its open asks are withdrawn |
//! | somebody attends a session of the activity that was meant | the ask is provided |
//!
//! Promises of coaching, and of watching a colleague, are asked for in coaching.

use api::{
    catalogue::v1::{AskState, AskWithdrawal, AttendanceRecorded, SessionEvent, session_event},
    common::v1::{Purpose, SupportKind},
    ids::{FollowUpId, PersonId, SupportAskId},
    observations::v1::{FollowUpAgreed, FollowUpEvent, follow_up_event},
};
use chrono::NaiveDate;
use eventstore::Recorded;
use prost::Message as _;
use service::{Commands, Error, Plan, reactions::Answers, recorded};

use super::react;
use crate::{
    planning::{
        Place,
        index::Index,
        support_ask::{Command, Open, Provide, SupportAsk},
    },
    session::Session,
};

/// Opens and ends asks for support. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Asks {
    commands: Commands,
    index: Index,
}

impl Answers for Asks {
    const NAME: Option<&'static str> = Some("asks");

    async fn answer(&self, events: &[Recorded], _: NaiveDate) -> Result<(), Error> {
        for event in events {
            match event.kind.as_str() {
                "session.attendance_recorded" => self.answer_attendance(event).await?,
                _ if event.kind.aggregate() == "follow_up" => self.answer_follow_up(event).await?,
                _ => {}
            }
        }
        Ok(())
    }
}

impl Asks {
    pub(crate) fn new(commands: Commands, index: Index) -> Self {
        Self { commands, index }
    }

    async fn answer_follow_up(&self, event: &Recorded) -> Result<(), Error> {
        use follow_up_event::Event;
        let id = FollowUpId(event.stream_id.0);
        let decoded = FollowUpEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
        match decoded.event {
            Some(Event::Agreed(agreed)) => self.open(event, id, &agreed).await,
            Some(Event::SupportProvided(provided)) => {
                let ask = SupportAsk::id_of(id, recorded::id(&provided.promise_id));
                let on = recorded::date(&provided.on);
                let why = AskWithdrawal::KeptOtherwise;
                self.if_open(event, ask, |_| Some(Command::Withdraw { why, on })).await
            }
            Some(Event::HandedOver(handed)) => {
                let to = recorded::optional_id(&handed.to_id);
                let on = recorded::date(&handed.on);
                let command = |ask: &SupportAsk| (ask.owner != to).then_some(Command::HandOver { to, on });
                self.each_open(event, id, command).await
            }
            Some(Event::Moved(moved)) => {
                let to = recorded::urn(&moved.to_urn);
                let on = recorded::date(&moved.on);
                let command = |ask: &SupportAsk| {
                    let owner = ask.owner;
                    (ask.place.urn != Some(to)).then_some(Command::Move { to, owner, on })
                };
                self.each_open(event, id, command).await
            }
            Some(Event::Withdrawn(withdrawn)) => {
                let on = recorded::date(&withdrawn.on);
                let why = AskWithdrawal::FollowUpWithdrawn;
                self.each_open(event, id, |_| Some(Command::Withdraw { why, on })).await
            }
            Some(Event::Lapsed(lapsed)) => {
                let on = recorded::date(&lapsed.on);
                let why = AskWithdrawal::FollowUpLapsed;
                self.each_open(event, id, |_| Some(Command::Withdraw { why, on })).await
            }
            _ => Ok(()),
        }
    }

    async fn open(&self, event: &Recorded, follow_up: FollowUpId, agreed: &FollowUpAgreed) -> Result<(), Error> {
        for promise in &agreed.promises {
            let kind = promise.kind();
            if !is_asked_for_here(kind) {
                continue;
            }
            let open = Open {
                place: Place::recorded(&agreed.trust_id, &agreed.urn),
                follow_up,
                promise: recorded::id(&promise.promise_id),
                person: recorded::id(&agreed.person_id),
                owner: recorded::optional_id(&agreed.owner_id),
                kind,
                focus_areas: agreed.focus_areas.clone(),
                activity: recorded::optional_id(&promise.activity_id),
                purpose: Purpose::try_from(agreed.purpose).unwrap_or_default(),
                due_on: recorded::date(&agreed.due_on),
                on: recorded::date(&agreed.agreed_on),
            };
            let id = SupportAsk::id_of(follow_up, open.promise);
            let plan = Plan::of::<SupportAsk>(id, Command::Open(open));
            react(&self.commands, event, &format!("open {id}"), plan).await?;
        }
        Ok(())
    }

    /// Whoever came to the activity that was promised has got it.
    async fn answer_attendance(&self, event: &Recorded) -> Result<(), Error> {
        let decoded = SessionEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
        let Some(session_event::Event::AttendanceRecorded(came)) = decoded.event else {
            return Ok(());
        };
        if !came.attended {
            return Ok(());
        }
        let Some(session) = self.commands.load::<Session>(event.stream_id.0).await? else {
            return Ok(());
        };
        let person: PersonId = recorded::id(&came.person_id);
        for ask in self.index.open_asks_for(person).await? {
            let provide = |ask: &SupportAsk| provided_by(ask, &session.state, &came, event);
            self.if_open(event, ask, provide).await?;
        }
        Ok(())
    }

    async fn each_open(
        &self,
        event: &Recorded,
        follow_up: FollowUpId,
        command: impl Fn(&SupportAsk) -> Option<Command>,
    ) -> Result<(), Error> {
        for ask in self.index.open_asks_of(follow_up).await? {
            self.if_open(event, ask, &command).await?;
        }
        Ok(())
    }

    /// What is over already stays as it is: our own word, come back to us, changes nothing.
    async fn if_open(
        &self,
        event: &Recorded,
        id: SupportAskId,
        command: impl FnOnce(&SupportAsk) -> Option<Command>,
    ) -> Result<(), Error> {
        let Some(loaded) = self.commands.load::<SupportAsk>(id).await? else {
            return Ok(());
        };
        let open = Some(&loaded.state).filter(|ask| ask.state == AskState::Open);
        match open.and_then(command) {
            Some(command) => {
                let plan = Plan::of::<SupportAsk>(id, command);
                react(&self.commands, event, &format!("ask {id}"), plan).await
            }
            None => Ok(()),
        }
    }
}

/// What coaching does not give.
fn is_asked_for_here(kind: SupportKind) -> bool {
    matches!(
        kind,
        SupportKind::CpdActivity | SupportKind::Time | SupportKind::Resource
    )
}

/// Only the activity that was meant, and only after it was promised.
fn provided_by(ask: &SupportAsk, session: &Session, came: &AttendanceRecorded, event: &Recorded) -> Option<Command> {
    let on = recorded::date(&came.on);
    let meant = ask.activity == Some(session.activity);
    let provide = Provide {
        on,
        session: Some(event.stream_id.0),
    };
    (meant && ask.opened_on <= on).then_some(Command::Provide(provide))
}

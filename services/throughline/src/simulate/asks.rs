//! What schools promise is asked for in the catalogue, or in coaching; and changes and ends with its follow-up.

use api::{
    catalogue::v1::{AskState, AskWithdrawal},
    coaching::v1::AskWithdrawal as CoachingAskWithdrawal,
    common::v1::SupportKind,
    ids::{FollowUpId, PromiseId},
};
use catalogue_service::planning::{
    Place,
    support_ask::{self, SupportAsk},
};
use coaching_service::coaching_ask::{self, CoachingAsk};
use observations_service::follow_up::{Command, PromisedSupport, Standing};
use uuid::Uuid;

use super::{
    follow_ups::Life,
    school::School,
    scribe::{Cause, Stream},
};

/// Support that is asked for.
pub(super) enum Ask {
    Catalogue(Stream<SupportAsk>),
    Coaching(Stream<CoachingAsk>),
}

impl School {
    /// The catalogue, or coaching, is asked for what was promised.
    pub(super) fn ask_for(&mut self, life: &Life, promised: &PromisedSupport, cause: Cause) -> anyhow::Result<Ask> {
        let agreed = &life.stream.state;
        let follow_up = FollowUpId(life.stream.id);
        let focus_areas = agreed.focus_areas.clone();
        if matches!(promised.kind, SupportKind::Coaching | SupportKind::ColleagueObservation) {
            let open = coaching_ask::Open {
                follow_up,
                promise: promised.id,
                trust: agreed.trust,
                person: agreed.person,
                owner: agreed.owner,
                urn: Some(agreed.urn),
                kind: promised.kind,
                focus_areas,
                activity: None,
                purpose: agreed.purpose,
                on: agreed.agreed_on,
            };
            let mut ask = Stream::new(coaching_ask::id_of(follow_up, promised.id));
            let what = format!("open {}", ask.id);
            let open = coaching_ask::Command::Open(Box::new(open));
            self.scribe.react(&mut ask, cause, &what, open)?;
            return Ok(Ask::Coaching(ask));
        }
        let open = support_ask::Open {
            place: Place {
                trust: agreed.trust,
                urn: Some(agreed.urn),
            },
            follow_up,
            promise: promised.id,
            person: agreed.person,
            owner: agreed.owner,
            kind: promised.kind,
            focus_areas,
            activity: promised.activity,
            purpose: agreed.purpose,
            due_on: agreed.due_on,
            on: agreed.agreed_on,
        };
        let mut ask = Stream::new(SupportAsk::id_of(follow_up, promised.id));
        let what = format!("open {}", ask.id);
        self.scribe
            .react(&mut ask, cause, &what, support_ask::Command::Open(open))?;
        Ok(Ask::Catalogue(ask))
    }

    /// A session or a meeting gave what was asked for: the promise is kept.
    pub(super) fn keep_promise(
        &mut self,
        who: usize,
        id: Uuid,
        cause: Cause,
        keep: impl FnOnce(PromiseId) -> Command,
    ) -> anyhow::Result<()> {
        let lives = &mut self.people[who].follow_ups;
        let Some(life) = lives.iter_mut().find(|life| life.stream.id == id) else {
            return Ok(());
        };
        let Some(promise) = life.stream.state.owed_by_school().next().map(|promised| promised.id) else {
            return Ok(());
        };
        self.scribe.react(
            &mut life.stream,
            cause,
            &format!("keep {}", FollowUpId(id)),
            keep(promise),
        )?;
        Ok(())
    }

    /// Nobody waits any more for what was asked.
    pub(super) fn withdraw_ask(
        &mut self,
        who: usize,
        id: Uuid,
        cause: Cause,
        why: AskWithdrawal,
    ) -> anyhow::Result<()> {
        let on = self.scribe.today();
        let lives = &mut self.people[who].follow_ups;
        let Some(life) = lives.iter_mut().find(|life| life.stream.id == id) else {
            return Ok(());
        };
        match &mut life.ask {
            Some(Ask::Catalogue(ask)) if ask.state.state == AskState::Open => {
                let what = format!("ask {}", ask.id);
                let withdraw = support_ask::Command::Withdraw { why, on };
                self.scribe.react(ask, cause, &what, withdraw)?;
            }
            Some(Ask::Coaching(ask)) if ask.state.ended.is_none() => {
                let (what, because) = match why {
                    AskWithdrawal::KeptOtherwise => ("kept otherwise", CoachingAskWithdrawal::KeptOtherwise),
                    _ => ("follow-up ended", CoachingAskWithdrawal::FollowUpEnded),
                };
                let what = format!("{what} {}", ask.id);
                let withdraw = coaching_ask::Command::Withdraw { on, cause: because };
                self.scribe.react(ask, cause, &what, withdraw)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Something befell somebody: it does so to all that runs for them.
    pub(super) fn each_follow_up(
        &mut self,
        who: usize,
        cause: Cause,
        what: &str,
        command: &Command,
    ) -> anyhow::Result<()> {
        for index in 0..self.people[who].follow_ups.len() {
            let life = &mut self.people[who].follow_ups[index];
            let id = life.stream.id;
            let what = format!("{what} {}", FollowUpId(id));
            let owner = life.stream.state.owner;
            let told = self.scribe.react(&mut life.stream, cause, &what, command.clone())?;
            if told.events.is_empty() {
                continue;
            }
            if life.stream.state.standing == Standing::Withdrawn {
                self.withdraw_ask(who, id, told.last(), AskWithdrawal::FollowUpWithdrawn)?;
            } else if life.stream.state.owner != owner {
                self.hand_over_ask(who, index, told.last())?;
            }
        }
        Ok(())
    }

    fn hand_over_ask(&mut self, who: usize, index: usize, cause: Cause) -> anyhow::Result<()> {
        let on = self.scribe.today();
        let life = &mut self.people[who].follow_ups[index];
        let to = life.stream.state.owner;
        match &mut life.ask {
            Some(Ask::Catalogue(ask)) if ask.state.state == AskState::Open && ask.state.owner != to => {
                let what = format!("ask {}", ask.id);
                let hand_over = support_ask::Command::HandOver { to, on };
                self.scribe.react(ask, cause, &what, hand_over)?;
            }
            Some(Ask::Coaching(ask)) if ask.state.ended.is_none() => {
                let what = format!("hand over {}", ask.id);
                let hand_over = coaching_ask::Command::HandOver { to, on };
                self.scribe.react(ask, cause, &what, hand_over)?;
            }
            _ => {}
        }
        Ok(())
    }
}

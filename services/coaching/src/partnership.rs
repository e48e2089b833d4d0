//! A partnership: two people who work together so that one, or both in turn, get better at what they do.
//!
//! proposed ──► agreed by the other ──► sessions planned, held ──► reviewed ──► completed
//!   │ └─ accepted by one, agreed by the other, if a third arranged it └──────► ended early
//!   └──► declined, or taken back
//!
//! of each session held: log drafted by one ──► agreed by the other
//! paused ◄──► resumed, with long leave of either; ended when one of the two is gone
//!
//! In mentoring and specialist coaching one coaches the other. In peer coaching roles swap each session, and both gain.
//! That the two meet, when and on what can be reported. What they say is theirs alone, and sealed under the key of
//! who is coached.

mod command;
mod guard;
mod rejection;
mod sessions;
mod state;
#[cfg(test)]
mod tests;

use api::{
    coaching::v1::{self as pb, PartnershipEnd, PartnershipKind, ReviewedImpact},
    common::v1::{Purpose, Sealed},
    ids::{FollowUpId, PersonId, Urn},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;

pub use self::{
    command::{Agree, Command, DraftLog, Load, NextStep, PlanSession, Propose, RecordSession},
    rejection::Rejection,
    state::{Ending, Log, Partnership, Proposed, Session, Turn},
};
use crate::{
    days::{must_have_happened, must_not_precede},
    recorded::{self, text_of, texts_of},
};

type Events = Result<Vec<pb::PartnershipEvent>, Rejection>;

impl Aggregate for Partnership {
    type Event = pb::PartnershipEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, ctx: &Context) -> Events {
        match command {
            Command::Propose(propose) => self.propose(propose, ctx),
            Command::Accept => self.accept(ctx),
            Command::Agree(agree) => self.agree(agree, ctx),
            Command::Decline { on, reason } => self.decline(on, reason, ctx),
            Command::PlanSession(plan) => self.plan_session(plan, ctx),
            Command::CancelSession { session } => self.cancel_session(session),
            Command::RecordSession(record) => self.record_session(record, ctx),
            Command::DraftLog(draft) => self.draft_log(draft, ctx),
            Command::AgreeLog { session, on } => self.agree_log(session, on, ctx),
            Command::Review { on, impact, note } => self.review(on, impact, note, ctx),
            Command::Link { follow_up } => self.link(follow_up, ctx),
            Command::Complete { on } => self.complete(on, ctx),
            Command::End { on, reason } => self.end(on, reason, ctx),
            Command::Release { person, on, cause } => self.release(person, on, cause),
            Command::Pause { person, on } => self.pause(person, on),
            Command::Resume { person, on } => self.resume(person, on),
            Command::Move { from, to, on } => self.relocate(from, to, on),
        }
    }

    fn evolve(&mut self, event: &Self::Event) {
        if let Some(event) = &event.event {
            self.fold(event);
        }
    }
}

impl Partnership {
    fn propose(&self, propose: Propose, ctx: &Context) -> Events {
        if self.proposed.is_some() {
            return Err(Rejection::AlreadyProposed);
        }
        if propose.coach == propose.coached {
            return Err(Rejection::CoachIsCoached);
        }
        if propose.focus_areas.is_empty() {
            return Err(Rejection::NoFocusArea);
        }
        if !matches!(
            propose.purpose,
            Purpose::Developmental | Purpose::Induction | Purpose::Appraisal
        ) {
            return Err(Rejection::NotForThisPurpose);
        }
        must_have_room(propose.kind, [propose.coach, propose.coached], propose.load, ctx)?;
        let proposed_by = ctx.actor.acting_person().ok_or(Rejection::NotOfThePair)?;
        let goals = propose.goals.into_iter();
        let proposed = pb::PartnershipProposed {
            kind: propose.kind.into(),
            coach_id: propose.coach.to_string(),
            coached_id: propose.coached.to_string(),
            urn: text_of(propose.urn),
            trust_id: propose.trust.to_string(),
            role_group: propose.role_group.into(),
            focus_areas: propose.focus_areas,
            follow_up_ids: texts_of(propose.follow_ups),
            objective_ids: texts_of(propose.objectives),
            purpose: propose.purpose.into(),
            situation: propose.situation.into(),
            proposed_by_id: proposed_by.to_string(),
            goals: goals.map(|goal| Sealed::about(propose.coached, goal)).collect(),
        };
        Ok(vec![proposed.into()])
    }

    /// For a pair that somebody else brought together: the first to say yes. The second agrees.
    fn accept(&self, ctx: &Context) -> Events {
        self.must_be_proposed()?;
        let (person, other) = self.must_be_of_the_pair(ctx)?;
        if self.accepted.contains(&person) {
            return Err(Rejection::AwaitsTheOther);
        }
        if self.accepted.contains(&other) {
            return Err(Rejection::AgreeInstead);
        }
        let person_id = person.to_string();
        Ok(vec![pb::PartnershipAccepted { person_id }.into()])
    }

    fn agree(&self, agree: Agree, ctx: &Context) -> Events {
        let proposed = self.must_be_proposed()?;
        let (person, other) = self.must_be_of_the_pair(ctx)?;
        if self.accepted.contains(&person) {
            return Err(Rejection::AwaitsTheOther);
        }
        if !self.accepted.contains(&other) {
            return Err(Rejection::OtherHasNotAccepted);
        }
        if agree.goals.is_empty() {
            return Err(Rejection::NoGoal);
        }
        must_have_happened(agree.on, ctx)?;
        must_have_room(proposed.kind, [proposed.coach, proposed.coached], agree.load, ctx)?;
        let goals = agree.goals.into_iter();
        let agreed = pb::PartnershipAgreed {
            on: agree.on.to_string(),
            goals: goals.map(|goal| Sealed::about(proposed.coached, goal)).collect(),
            confidentiality: self.between(agree.confidentiality),
            agreed_by_id: person.to_string(),
        };
        Ok(vec![agreed.into()])
    }

    /// Each of the two may say no until it is agreed, and whoever proposed it may take it back.
    fn decline(&self, on: NaiveDate, reason: Option<String>, ctx: &Context) -> Events {
        let proposed = self.must_be_proposed()?;
        let person = ctx.actor.acting_person();
        let person = person.filter(|person| self.is_of(*person) || *person == proposed.proposed_by);
        let person = person.ok_or(Rejection::NotOfThePair)?;
        must_have_happened(on, ctx)?;
        let declined = pb::PartnershipDeclined {
            on: on.to_string(),
            declined_by_id: person.to_string(),
            reason: self.between(reason),
        };
        Ok(vec![declined.into()])
    }

    fn review(&self, on: NaiveDate, impact: ReviewedImpact, note: Option<String>, ctx: &Context) -> Events {
        self.must_be_working()?;
        self.must_be_of_the_pair(ctx)?;
        let first = self.held().map(|(session, _)| session.on).min();
        let first = first.ok_or(Rejection::NoSessionYet)?;
        must_have_happened(on, ctx)?;
        must_not_precede(on, "the first session", first)?;
        let reviewed = pb::PartnershipReviewed {
            on: on.to_string(),
            impact: impact.into(),
            note: self.between(note),
        };
        Ok(vec![reviewed.into()])
    }

    /// Whose follow-up it may be was looked up before.
    fn link(&self, follow_up: FollowUpId, ctx: &Context) -> Events {
        self.must_be_working()?;
        let (person, _) = self.must_be_of_the_pair(ctx)?;
        if self.follow_ups.contains(&follow_up) {
            return Err(Rejection::LinkedAlready);
        }
        let linked = pb::PartnershipLinked {
            follow_up_id: follow_up.to_string(),
            linked_by_id: person.to_string(),
        };
        Ok(vec![linked.into()])
    }

    fn complete(&self, on: NaiveDate, ctx: &Context) -> Events {
        self.must_be_working()?;
        self.must_be_of_the_pair(ctx)?;
        let reviewed_on = self.reviews.iter().map(|review| recorded::date(&review.on)).max();
        let reviewed_on = reviewed_on.ok_or(Rejection::NotReviewed)?;
        must_have_happened(on, ctx)?;
        must_not_precede(on, "the last review", reviewed_on)?;
        if let Some(last) = self.held().map(|(session, _)| session.on).max() {
            must_not_precede(on, "the last session", last)?;
        }
        let (session_count, minutes) = self.totals();
        let completed = pb::PartnershipCompleted {
            on: on.to_string(),
            session_count,
            minutes,
        };
        Ok(vec![completed.into()])
    }

    fn end(&self, on: NaiveDate, reason: Option<String>, ctx: &Context) -> Events {
        let agreed_on = self.must_be_working()?;
        self.must_be_of_the_pair(ctx)?;
        must_have_happened(on, ctx)?;
        must_not_precede(on, "the agreement", agreed_on)?;
        Ok(vec![self.ended_early(
            on,
            PartnershipEnd::AtRequest,
            self.between(reason),
        )])
    }

    /// What was only proposed ends as well: nobody is left to agree.
    fn release(&self, person: PersonId, on: NaiveDate, cause: PartnershipEnd) -> Events {
        self.must_not_have_ended()?;
        if !self.is_of(person) {
            return Err(Rejection::NotOfThePair);
        }
        Ok(vec![self.ended_early(on, cause, None)])
    }

    fn ended_early(&self, on: NaiveDate, cause: PartnershipEnd, reason: Option<Sealed>) -> pb::PartnershipEvent {
        let (session_count, minutes) = self.totals();
        let ended = pb::PartnershipEndedEarly {
            on: on.to_string(),
            cause: cause.into(),
            reason,
            session_count,
            minutes,
        };
        ended.into()
    }

    /// Twice is once.
    fn pause(&self, person: PersonId, on: NaiveDate) -> Events {
        self.must_not_have_ended()?;
        if !self.is_of(person) {
            return Err(Rejection::NotOfThePair);
        }
        if self.away.contains_key(&person) {
            return Ok(Vec::new());
        }
        let paused = pb::PartnershipPaused {
            person_id: person.to_string(),
            on: on.to_string(),
        };
        Ok(vec![paused.into()])
    }

    fn resume(&self, person: PersonId, on: NaiveDate) -> Events {
        self.must_not_have_ended()?;
        if !self.away.contains_key(&person) {
            return Err(Rejection::NotAway);
        }
        let resumed = pb::PartnershipResumed {
            person_id: person.to_string(),
            on: on.to_string(),
        };
        Ok(vec![resumed.into()])
    }

    /// Where the coached person works is where it is reported.
    fn relocate(&self, from: Option<Urn>, to: Option<Urn>, on: NaiveDate) -> Events {
        self.must_not_have_ended()?;
        if self.urn != from || from == to {
            return Ok(Vec::new());
        }
        let moved = pb::PartnershipMoved {
            from_urn: text_of(from),
            to_urn: text_of(to),
            on: on.to_string(),
        };
        Ok(vec![moved.into()])
    }
}

impl Partnership {
    fn must_not_have_ended(&self) -> Result<&Proposed, Rejection> {
        let proposed = self.proposed.as_ref().ok_or(Rejection::NotProposed)?;
        match self.ended {
            Some((Ending::Declined, _)) => Err(Rejection::Declined),
            Some((Ending::Completed | Ending::Early, on)) => Err(Rejection::Ended { on }),
            None => Ok(proposed),
        }
    }

    fn must_be_proposed(&self) -> Result<&Proposed, Rejection> {
        let proposed = self.must_not_have_ended()?;
        match self.agreed_on {
            Some(on) => Err(Rejection::AlreadyAgreed { on }),
            None => Ok(proposed),
        }
    }

    /// Since when.
    fn must_be_working(&self) -> Result<NaiveDate, Rejection> {
        self.must_not_have_ended()?;
        self.agreed_on.ok_or(Rejection::NotAgreed)
    }

    /// Who acts, and the other.
    fn must_be_of_the_pair(&self, ctx: &Context) -> Result<(PersonId, PersonId), Rejection> {
        let person = ctx.actor.acting_person().filter(|person| self.is_of(*person));
        let person = person.ok_or(Rejection::NotOfThePair)?;
        let other = self.other(person).ok_or(Rejection::NotProposed)?;
        Ok((person, other))
    }

    /// Text of the pair.
    fn between(&self, text: impl Into<Option<String>>) -> Option<Sealed> {
        let coached = self.proposed.as_ref().map(|proposed| proposed.coached)?;
        text.into().map(|text| Sealed::about(coached, text))
    }
}

/// In peer coaching both coach.
fn must_have_room(kind: PartnershipKind, pair: [PersonId; 2], load: Load, ctx: &Context) -> Result<(), Rejection> {
    let max = ctx.policy.coaching_load_max;
    let [coach, coached] = pair;
    let coached = (kind == PartnershipKind::PeerCoaching).then_some((coached, load.coached));
    for (person, held) in [(coach, load.coach)].into_iter().chain(coached) {
        if held >= max {
            return Err(Rejection::LoadTooHigh { person, held, max });
        }
    }
    Ok(())
}

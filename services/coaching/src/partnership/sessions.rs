//! Sessions of a partnership, and their logs.

use api::{
    coaching::v1::{self as pb, PartnershipKind},
    common::v1::Sealed,
    ids::{CoachingSessionId, PersonId},
};
use chrono::NaiveDate;
use identity::Context;

use super::{DraftLog, Events, Partnership, PlanSession, Proposed, RecordSession, Rejection, Session, Turn};
use crate::{
    days::{must_have_happened, must_not_precede},
    recorded::{text_of, texts_of},
};

impl Partnership {
    pub(super) fn plan_session(&self, plan: PlanSession, ctx: &Context) -> Events {
        let agreed_on = self.must_be_working()?;
        self.must_be_of_the_pair(ctx)?;
        self.must_not_be_away(plan.on)?;
        if plan.on < ctx.today() {
            return Err(Rejection::PlannedInThePast { on: plan.on });
        }
        must_not_precede(plan.on, "the agreement", agreed_on)?;
        if self.session(plan.session).is_some() {
            return Err(Rejection::SessionExists);
        }
        let planned = pb::CoachingSessionPlanned {
            session_id: plan.session.to_string(),
            on: plan.on.to_string(),
            minutes: plan.minutes,
            focus_areas: self.focus_areas(plan.focus_areas, None),
        };
        Ok(vec![planned.into()])
    }

    pub(super) fn cancel_session(&self, session: CoachingSessionId) -> Events {
        self.must_be_working()?;
        let planned = self.session(session).ok_or(Rejection::NoSuchSession)?;
        if planned.held.is_some() {
            return Err(Rejection::AlreadyHeld);
        }
        let session_id = session.to_string();
        Ok(vec![pb::CoachingSessionCancelled { session_id }.into()])
    }

    pub(super) fn record_session(&self, record: RecordSession, ctx: &Context) -> Events {
        let agreed_on = self.must_be_working()?;
        let proposed = self.must_not_have_ended()?;
        self.must_be_of_the_pair(ctx)?;
        must_have_happened(record.on, ctx)?;
        must_not_precede(record.on, "the agreement", agreed_on)?;
        self.must_not_be_away(record.on)?;
        let planned = self.session(record.session);
        if planned.is_some_and(|session| session.held.is_some()) {
            return Err(Rejection::AlreadyHeld);
        }
        let turn = self.turn(proposed, record.coach, record.on)?;
        let held = pb::CoachingSessionHeld {
            session_id: record.session.to_string(),
            on: record.on.to_string(),
            minutes: record.minutes,
            focus_areas: self.focus_areas(record.focus_areas, planned),
            coach_id: turn.coach.to_string(),
            coached_id: turn.coached.to_string(),
            is_first: self.held().next().is_none(),
            follow_up_ids: texts_of(&self.follow_ups),
        };
        Ok(vec![held.into()])
    }

    /// Who coaches whom. In peer coaching nobody coaches twice in a row, or one of them gains nothing.
    fn turn(&self, proposed: &Proposed, coach: Option<PersonId>, on: NaiveDate) -> Result<Turn, Rejection> {
        let first = Turn {
            coach: proposed.coach,
            coached: proposed.coached,
        };
        if coach.is_some_and(|coach| !self.is_of(coach)) {
            return Err(Rejection::NotOfThePair);
        }
        if proposed.kind != PartnershipKind::PeerCoaching {
            return match coach {
                Some(coach) if coach != first.coach => Err(Rejection::NotTheCoach { coach: first.coach }),
                _ => Ok(first),
            };
        }
        let Some((last, before)) = self.held().next_back() else {
            let swapped = Turn {
                coach: first.coached,
                coached: first.coach,
            };
            return Ok(if coach == Some(swapped.coach) { swapped } else { first });
        };
        if on < last.on {
            return Err(Rejection::OutOfOrder { last: last.on });
        }
        if coach == Some(before.coach) {
            return Err(Rejection::NotTheirTurn {
                coach: before.coach,
                on: last.on,
            });
        }
        Ok(Turn {
            coach: before.coached,
            coached: before.coach,
        })
    }

    /// Either may write it, and write it anew until the other agreed.
    pub(super) fn draft_log(&self, draft: DraftLog, ctx: &Context) -> Events {
        self.must_be_working()?;
        let (person, _) = self.must_be_of_the_pair(ctx)?;
        let session = self.session(draft.session).ok_or(Rejection::NoSuchSession)?;
        let turn = session.held.ok_or(Rejection::NotHeld)?;
        if session.log.as_ref().is_some_and(|log| log.agreed_on.is_some()) {
            return Err(Rejection::LogAgreedAlready);
        }
        for step in &draft.next_steps {
            if !self.is_of(step.person) {
                return Err(Rejection::StepForSomebodyElse);
            }
            if let Some(due_on) = step.due_on {
                must_not_precede(due_on, "the session", session.on)?;
            }
        }
        let about = |text: String| Some(Sealed::about(turn.coached, text));
        let next_steps = draft.next_steps.into_iter().map(|step| pb::NextStep {
            text: about(step.text),
            person_id: step.person.to_string(),
            due_on: text_of(step.due_on),
        });
        let drafted = pb::LogDrafted {
            session_id: draft.session.to_string(),
            drafted_by_id: person.to_string(),
            learning: about(draft.learning),
            next_steps: next_steps.collect(),
        };
        Ok(vec![drafted.into()])
    }

    /// Writing it is agreeing to it, so that the other is the second.
    pub(super) fn agree_log(&self, session: CoachingSessionId, on: NaiveDate, ctx: &Context) -> Events {
        self.must_be_working()?;
        let (person, _) = self.must_be_of_the_pair(ctx)?;
        let session = self.session(session).ok_or(Rejection::NoSuchSession)?;
        let log = session.log.as_ref().ok_or(Rejection::NoLog)?;
        if log.agreed_on.is_some() {
            return Err(Rejection::LogAgreedAlready);
        }
        if log.drafted_by == person {
            return Err(Rejection::DraftIsAgreement);
        }
        must_have_happened(on, ctx)?;
        must_not_precede(on, "the session", session.on)?;
        let agreed = pb::LogAgreed {
            session_id: session.id.to_string(),
            agreed_by_id: person.to_string(),
            on: on.to_string(),
        };
        Ok(vec![agreed.into()])
    }

    fn must_not_be_away(&self, on: NaiveDate) -> Result<(), Rejection> {
        match self.away.values().filter(|since| **since <= on).min() {
            Some(since) => Err(Rejection::Away { since: *since }),
            None => Ok(()),
        }
    }

    fn focus_areas(&self, said: Vec<String>, planned: Option<&Session>) -> Vec<String> {
        if !said.is_empty() {
            return said;
        }
        match (planned, &self.proposed) {
            (Some(planned), _) => planned.focus_areas.clone(),
            (None, Some(proposed)) => proposed.focus_areas.clone(),
            (None, None) => Vec::new(),
        }
    }
}

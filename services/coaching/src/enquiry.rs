//! An enquiry: a group that asks something of its own practice, and finds out.
//!
//! framed ──► stands five tests, group formed ──► started ──► cycles ──► analysed ──► found valid ──► shared ──► closed
//!    └─ reframed                                                │           └─ not valid: analysed again  └─ replicated
//!                                                               ▼
//!                              Lesson Study: three research lessons, each
//!                              planned together ──► taught and observed ──► pupils interviewed ──► discussed
//!
//! It may be closed at any time. What the group writes is about teaching and nobody in particular: it is sealed under the
//! trust's key. Pupils whose learning is followed are known by a letter.

mod command;
mod guard;
mod lessons;
mod rejection;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use api::{
    coaching::v1::{self as pb, EnquiryKind, FindingsAudience, LeavingCause, QuestionTest, Replication},
    common::v1::{Purpose, Sealed},
    ids::{PersonId, TrustId, Urn},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;

pub use self::{
    command::{CaseCode, CaseNote, Check, Colleague, Command, Frame, Join, Meet, NotACode, PlanLesson, TeachLesson},
    rejection::Rejection,
    state::{Enquiry, Framed, Lesson, Member},
};
use crate::{
    days::{must_have_happened, must_not_precede},
    recorded::{self, text_of, texts_of},
};

/// A question must stand each of these before anybody sets to work on it.
pub const TESTS: [QuestionTest; 5] = [
    QuestionTest::AimsAtLearning,
    QuestionTest::NamesPupils,
    QuestionTest::LeavesOutTheRest,
    QuestionTest::AnswerableHere,
    QuestionTest::PartsAnswerable,
];

type Events = Result<Vec<pb::EnquiryEvent>, Rejection>;

impl Aggregate for Enquiry {
    type Event = pb::EnquiryEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, ctx: &Context) -> Events {
        match command {
            Command::Frame(frame) => self.frame(frame, ctx),
            Command::Reframe { question, checks } => self.reframe(question, checks, ctx),
            Command::Join(join) => self.join(join, ctx),
            Command::Leave { person, on, cause } => self.leave(person, on, cause),
            Command::Start { on } => self.start(on, ctx),
            Command::Meet(meet) => self.meet(meet, ctx),
            Command::PlanLesson(plan) => self.plan_lesson(plan, ctx),
            Command::TeachLesson(teach) => self.teach_lesson(teach, ctx),
            Command::InterviewPupils { on, said } => self.interview_pupils(on, said, ctx),
            Command::DiscussLesson {
                on,
                minutes,
                people,
                discussion,
            } => self.discuss_lesson(on, minutes, &people, discussion, ctx),
            Command::Analyse { on, analysis } => self.analyse(on, analysis, ctx),
            Command::CheckValidity { on, holds, reason } => self.check_validity(on, holds, reason, ctx),
            Command::Replicate { on, urn, outcome, note } => self.replicate(on, urn, outcome, note, ctx),
            Command::ShareFindings { on, with, findings } => self.share_findings(on, with, findings, ctx),
            Command::Close { on } => self.close(on, ctx),
        }
    }

    fn evolve(&mut self, event: &Self::Event) {
        if let Some(event) = &event.event {
            self.fold(event);
        }
    }
}

impl Enquiry {
    /// Who leads it is the first of the group.
    fn frame(&self, frame: Frame, ctx: &Context) -> Events {
        if self.framed.is_some() {
            return Err(Rejection::AlreadyFramed);
        }
        if frame.focus_areas.is_empty() {
            return Err(Rejection::NoFocusArea);
        }
        let lead = frame.lead;
        let framed = pb::EnquiryFramed {
            kind: frame.kind.into(),
            trust_id: frame.trust.to_string(),
            urn: text_of(frame.urn),
            title: frame.title,
            focus_areas: frame.focus_areas,
            question: Some(Sealed::about(frame.trust, frame.question)),
            checks: checked(frame.trust, frame.checks)?,
            lead_id: lead.person.to_string(),
            activity_id: text_of(frame.activity),
            priority_ids: texts_of(frame.priorities),
            purpose: Purpose::Developmental.into(),
        };
        let joined = pb::EnquiryJoined {
            person_id: lead.person.to_string(),
            urn: text_of(lead.urn),
            role_group: lead.role_group.into(),
            follow_up_ids: texts_of(frame.follow_ups),
            on: ctx.today().to_string(),
            objective_ids: Vec::new(),
        };
        Ok(vec![framed.into(), joined.into()])
    }

    fn reframe(&self, question: String, checks: Vec<Check>, ctx: &Context) -> Events {
        let framed = self.must_be_open()?;
        self.must_be_of_the_group(ctx)?;
        if let Some(on) = self.started_on {
            return Err(Rejection::AlreadyStarted { on });
        }
        let reframed = pb::EnquiryReframed {
            question: Some(Sealed::about(framed.trust, question)),
            checks: checked(framed.trust, checks)?,
        };
        Ok(vec![reframed.into()])
    }

    /// Somebody of the group may link more follow-ups of theirs in this way.
    fn join(&self, join: Join, ctx: &Context) -> Events {
        self.must_be_open()?;
        must_have_happened(join.on, ctx)?;
        let who = join.who;
        let known = self.group().find(|member| member.person == who.person);
        let new = join
            .follow_ups
            .into_iter()
            .filter(|id| known.is_none_or(|member| !member.follow_ups.contains(id)));
        let follow_up_ids = texts_of(new);
        if known.is_some() && follow_up_ids.is_empty() {
            return Err(Rejection::AlreadyMember(who.person));
        }
        let joined = pb::EnquiryJoined {
            person_id: who.person.to_string(),
            urn: text_of(who.urn),
            role_group: who.role_group.into(),
            follow_up_ids,
            on: join.on.to_string(),
            objective_ids: texts_of(join.objectives),
        };
        Ok(vec![joined.into()])
    }

    fn leave(&self, person: PersonId, on: NaiveDate, cause: LeavingCause) -> Events {
        self.must_be_open()?;
        if !self.is_of(person) {
            return Err(Rejection::NotAMember { person, on });
        }
        let left = pb::EnquiryLeft {
            person_id: person.to_string(),
            on: on.to_string(),
            cause: cause.into(),
        };
        Ok(vec![left.into()])
    }

    /// Not before the question stands every test, each with a reason, and there is somebody to enquire with.
    fn start(&self, on: NaiveDate, ctx: &Context) -> Events {
        self.must_be_open()?;
        self.must_be_of_the_group(ctx)?;
        if let Some(on) = self.started_on {
            return Err(Rejection::AlreadyStarted { on });
        }
        for test in TESTS {
            match self.checks.iter().find(|check| check.test() == test) {
                None => return Err(Rejection::NotChecked(test)),
                Some(check) if !check.holds => return Err(Rejection::QuestionFails(test)),
                Some(_) => {}
            }
        }
        if self.group().count() < 2 {
            return Err(Rejection::GroupTooSmall);
        }
        must_have_happened(on, ctx)?;
        Ok(vec![pb::EnquiryStarted { on: on.to_string() }.into()])
    }

    fn meet(&self, meet: Meet, ctx: &Context) -> Events {
        let trust = self.must_be_at_work(meet.on, ctx)?;
        self.must_be_together(&meet.people, meet.on)?;
        let meeting_id = meet.meeting.to_string();
        if self.meetings.iter().any(|met| met.meeting_id == meeting_id) {
            return Err(Rejection::MeetingExists);
        }
        let current = self.meetings.iter().map(|met| met.cycle).max();
        let last = current.map_or(1, |cycle| cycle + 1);
        let cycle = meet.cycle.unwrap_or(current.unwrap_or(1));
        if cycle > last {
            return Err(Rejection::CycleSkipped { last });
        }
        let met = pb::EnquiryMet {
            meeting_id,
            on: meet.on.to_string(),
            minutes: meet.minutes,
            person_ids: texts_of(meet.people),
            cycle,
            note: meet.note.map(|note| Sealed::about(trust, note)),
        };
        Ok(vec![met.into()])
    }

    /// Again, if it was not found valid.
    fn analyse(&self, on: NaiveDate, analysis: String, ctx: &Context) -> Events {
        let trust = self.must_be_at_work(on, ctx)?;
        if self.is_valid() {
            return Err(Rejection::AlreadyValid);
        }
        let last = self.must_have_data()?;
        must_not_precede(on, "what was done last", last)?;
        let analysed = pb::EnquiryAnalysed {
            on: on.to_string(),
            analysis: Some(Sealed::about(trust, analysis)),
        };
        Ok(vec![analysed.into()])
    }

    /// The day of the last of them.
    fn must_have_data(&self) -> Result<NaiveDate, Rejection> {
        if self.is_lesson_study() {
            return self.must_have_three_lessons();
        }
        let meetings = self.meetings.iter().map(|met| recorded::date(&met.on));
        meetings.max().ok_or(Rejection::NeverMet)
    }

    fn check_validity(&self, on: NaiveDate, holds: bool, reason: String, ctx: &Context) -> Events {
        let trust = self.must_be_at_work(on, ctx)?;
        let checker = self.must_be_of_the_group(ctx)?;
        let analysed = self.analysed.as_ref().ok_or(Rejection::NotAnalysed)?;
        if self.is_valid() {
            return Err(Rejection::AlreadyValid);
        }
        must_not_precede(on, "the analysis", recorded::date(&analysed.on))?;
        let checked = pb::EnquiryValidityChecked {
            on: on.to_string(),
            checked_by_id: checker.to_string(),
            holds,
            reason: Some(Sealed::about(trust, reason)),
        };
        Ok(vec![checked.into()])
    }

    fn replicate(
        &self,
        on: NaiveDate,
        urn: Option<Urn>,
        outcome: Replication,
        note: Option<String>,
        ctx: &Context,
    ) -> Events {
        let trust = self.must_be_at_work(on, ctx)?;
        self.must_be_valid_by(on)?;
        let replicated = pb::EnquiryReplicated {
            on: on.to_string(),
            urn: text_of(urn),
            outcome: outcome.into(),
            note: note.map(|note| Sealed::about(trust, note)),
        };
        Ok(vec![replicated.into()])
    }

    /// Others rely on what is shared, so it was found valid.
    fn share_findings(&self, on: NaiveDate, with: FindingsAudience, findings: String, ctx: &Context) -> Events {
        let trust = self.must_be_at_work(on, ctx)?;
        self.must_be_valid_by(on)?;
        if self.findings.iter().any(|shared| shared.with() == with) {
            return Err(Rejection::SharedAlready);
        }
        let shared = pb::EnquiryFindingsShared {
            on: on.to_string(),
            with: with.into(),
            findings: Some(Sealed::about(trust, findings)),
        };
        Ok(vec![shared.into()])
    }

    /// Also what was never started, or comes to nothing: it says so.
    fn close(&self, on: NaiveDate, ctx: &Context) -> Events {
        let framed = self.must_be_open()?;
        must_have_happened(on, ctx)?;
        if let Some(started_on) = self.started_on {
            must_not_precede(on, "the start", started_on)?;
        }
        let closed = pb::EnquiryClosed {
            on: on.to_string(),
            focus_areas: framed.focus_areas.clone(),
            person_ids: texts_of(self.group().map(|member| member.person)),
            shared: !self.findings.is_empty(),
            complete: self.is_valid(),
        };
        Ok(vec![closed.into()])
    }
}

impl Enquiry {
    fn is_lesson_study(&self) -> bool {
        self.framed
            .as_ref()
            .is_some_and(|framed| framed.kind == EnquiryKind::LessonStudy)
    }

    fn must_be_open(&self) -> Result<&Framed, Rejection> {
        let framed = self.framed.as_ref().ok_or(Rejection::NotFramed)?;
        match self.closed_on {
            Some(on) => Err(Rejection::Closed { on }),
            None => Ok(framed),
        }
    }

    /// Something happened on a day, since the group set to work. Whose key seals it.
    fn must_be_at_work(&self, on: NaiveDate, ctx: &Context) -> Result<TrustId, Rejection> {
        let trust = self.must_be_open()?.trust;
        self.must_be_of_the_group(ctx)?;
        let started_on = self.started_on.ok_or(Rejection::NotStarted)?;
        must_have_happened(on, ctx)?;
        must_not_precede(on, "the start", started_on)?;
        Ok(trust)
    }

    fn must_be_of_the_group(&self, ctx: &Context) -> Result<PersonId, Rejection> {
        let person = ctx.actor.acting_person();
        person
            .filter(|person| self.is_of(*person))
            .ok_or(Rejection::NotOfTheGroup)
    }

    /// At least two of the group were there.
    fn must_be_together(&self, people: &[PersonId], on: NaiveDate) -> Result<(), Rejection> {
        if people.iter().collect::<BTreeSet<_>>().len() < 2 {
            return Err(Rejection::TooFewPeople);
        }
        match people.iter().find(|person| !self.was_of(**person, on)) {
            Some(person) => Err(Rejection::NotAMember { person: *person, on }),
            None => Ok(()),
        }
    }

    fn must_be_valid_by(&self, on: NaiveDate) -> Result<(), Rejection> {
        let validity = self.validity.as_ref().filter(|validity| validity.holds);
        let validity = validity.ok_or(Rejection::NotValid)?;
        Ok(must_not_precede(
            on,
            "the check of validity",
            recorded::date(&validity.on),
        )?)
    }
}

/// Each test at most once.
fn checked(trust: TrustId, checks: Vec<Check>) -> Result<Vec<pb::QuestionCheck>, Rejection> {
    let mut seen = BTreeSet::new();
    let check = |check: Check| {
        if !seen.insert(i32::from(check.test)) {
            return Err(Rejection::CheckedTwice(check.test));
        }
        Ok(pb::QuestionCheck {
            test: check.test.into(),
            holds: check.holds,
            reason: Some(Sealed::about(trust, check.reason)),
        })
    };
    checks.into_iter().map(check).collect()
}

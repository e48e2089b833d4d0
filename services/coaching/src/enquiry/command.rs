//! What can be asked of an enquiry.

use std::{fmt, str::FromStr};

use api::{
    coaching::v1::{EnquiryKind, FindingsAudience, LeavingCause, QuestionTest, Replication},
    common::v1::RoleGroup,
    ids::{ActivityId, FollowUpId, ObjectiveId, PersonId, PriorityId, TrustId, Urn},
};
use chrono::NaiveDate;
use uuid::Uuid;

/// What can be asked of an enquiry.
#[derive(Clone, Debug)]
pub enum Command {
    /// Put a question.
    Frame(Frame),
    /// Put it differently, or test it again.
    Reframe { question: String, checks: Vec<Check> },
    /// Become one of the group, or link more follow-ups.
    Join(Join),
    /// Be of the group no longer.
    Leave {
        person: PersonId,
        on: NaiveDate,
        cause: LeavingCause,
    },
    /// Set to work.
    Start { on: NaiveDate },
    /// Record that the group met.
    Meet(Meet),
    /// Record that the next research lesson was planned.
    PlanLesson(PlanLesson),
    /// Record that it was taught and observed.
    TeachLesson(TeachLesson),
    /// Record what pupils said of it.
    InterviewPupils { on: NaiveDate, said: Vec<CaseNote> },
    /// Record that it was discussed.
    DiscussLesson {
        on: NaiveDate,
        minutes: i32,
        people: Vec<PersonId>,
        discussion: String,
    },
    /// Record what the data show.
    Analyse { on: NaiveDate, analysis: String },
    /// Record whether that is valid.
    CheckValidity { on: NaiveDate, holds: bool, reason: String },
    /// Record that it was done again.
    Replicate {
        on: NaiveDate,
        urn: Option<Urn>,
        outcome: Replication,
        note: Option<String>,
    },
    /// Share findings.
    ShareFindings {
        on: NaiveDate,
        with: FindingsAudience,
        findings: String,
    },
    /// End it.
    Close { on: NaiveDate },
}

/// Puts a question.
#[derive(Clone, Debug)]
pub struct Frame {
    pub trust: TrustId,
    /// Absent for an enquiry across schools.
    pub urn: Option<Urn>,
    pub kind: EnquiryKind,
    pub title: String,
    pub focus_areas: Vec<String>,
    pub question: String,
    pub checks: Vec<Check>,
    pub lead: Colleague,
    /// The lead's own.
    pub follow_ups: Vec<FollowUpId>,
    pub activity: Option<ActivityId>,
    pub priorities: Vec<PriorityId>,
}

/// Whether a question stands one of the five tests.
#[derive(Clone, Debug)]
pub struct Check {
    pub test: QuestionTest,
    pub holds: bool,
    pub reason: String,
}

/// Somebody who joins, as the directory knows them.
#[derive(Clone, Copy, Debug)]
pub struct Colleague {
    pub person: PersonId,
    /// Absent for the trust's central team.
    pub urn: Option<Urn>,
    pub role_group: RoleGroup,
}

/// Joins the group.
#[derive(Clone, Debug)]
pub struct Join {
    pub who: Colleague,
    /// Their own.
    pub follow_ups: Vec<FollowUpId>,
    pub objectives: Vec<ObjectiveId>,
    pub on: NaiveDate,
}

/// A meeting of the group.
#[derive(Clone, Debug)]
pub struct Meet {
    pub meeting: Uuid,
    pub on: NaiveDate,
    pub minutes: i32,
    pub people: Vec<PersonId>,
    /// Absent for the current one.
    pub cycle: Option<i32>,
    pub note: Option<String>,
}

/// Plans a research lesson.
#[derive(Clone, Debug)]
pub struct PlanLesson {
    pub on: NaiveDate,
    pub minutes: i32,
    pub people: Vec<PersonId>,
    pub case_pupils: Vec<CaseNote>,
    pub plan: String,
}

/// Teaches it.
#[derive(Clone, Debug)]
pub struct TeachLesson {
    pub on: NaiveDate,
    pub minutes: i32,
    pub teacher: PersonId,
    pub observers: Vec<PersonId>,
    pub seen: Vec<CaseNote>,
}

/// What is noted of a case pupil.
#[derive(Clone, Debug)]
pub struct CaseNote {
    pub code: CaseCode,
    pub note: String,
}

/// A pupil, known by one letter alone: no name and no initials can be written here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CaseCode(char);

/// Why a text is no code of a case pupil.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a case pupil is known by one capital letter, A to Z: never by a name or initials")]
pub struct NotACode;

impl FromStr for CaseCode {
    type Err = NotACode;

    fn from_str(text: &str) -> Result<Self, NotACode> {
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) if letter.is_ascii_uppercase() => Ok(Self(letter)),
            _ => Err(NotACode),
        }
    }
}

impl fmt::Display for CaseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

//! The rules of an enquiry, each with the sentence that explains it.

use api::{coaching::v1::QuestionTest, ids::PersonId};
use chrono::NaiveDate;
use service::Reject;

use crate::days::WrongDay;

/// Why an enquiry refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this enquiry was framed already")]
    AlreadyFramed,
    #[error("this enquiry was never framed")]
    NotFramed,
    #[error("name at least one focus area")]
    NoFocusArea,
    #[error("the test whether {} is there twice", said(*.0))]
    CheckedTwice(QuestionTest),
    #[error("the question was not tested on whether {}: say yes or no, and why", said(*.0))]
    NotChecked(QuestionTest),
    #[error("the question fails the test whether {}: put it differently before you set to work", said(*.0))]
    QuestionFails(QuestionTest),
    #[error("the group is one: at least two enquire together")]
    GroupTooSmall,
    #[error("{0} is of the group already")]
    AlreadyMember(PersonId),
    #[error("{person} was not of the group on {on}: let them join first, or leave them out")]
    NotAMember { person: PersonId, on: NaiveDate },
    #[error("only somebody of the group can do this")]
    NotOfTheGroup,
    #[error("the group set to work on {on}: close this enquiry and frame another to ask something else")]
    AlreadyStarted { on: NaiveDate },
    #[error("the group has not set to work: start it first")]
    NotStarted,
    #[error("name at least two of the group: one alone is no meeting")]
    TooFewPeople,
    #[error("there is a meeting of this identifier already")]
    MeetingExists,
    #[error("cycle {last} comes next at most: cycles follow each other")]
    CycleSkipped { last: i32 },
    #[error("only a Lesson Study has research lessons: record a meeting")]
    NotALessonStudy,
    #[error("a Lesson Study has exactly three research lessons, and all three are planned: analyse what they show")]
    ThreeLessons,
    #[error("research lesson {lesson} was not discussed yet: discuss it before the next is planned")]
    LessonNotDiscussed { lesson: i32 },
    #[error("no research lesson waits for this: plan the next one first")]
    NoLessonPlanned,
    #[error("research lesson {lesson} was not taught yet")]
    LessonNotTaught { lesson: i32 },
    #[error("research lesson {lesson} was taught already")]
    LessonTaughtAlready { lesson: i32 },
    #[error("pupils were not asked about research lesson {lesson} yet: interview them before you discuss it")]
    PupilsNotInterviewed { lesson: i32 },
    #[error("pupils were asked about research lesson {lesson} already")]
    InterviewedAlready { lesson: i32 },
    #[error("somebody else of the group observes the lesson: name at least one")]
    NobodyObserved,
    #[error("whoever teaches the lesson does not observe it: name somebody else")]
    TeacherObserves,
    #[error("a case pupil is followed in each lesson: name at least one, by a letter")]
    NoCasePupil,
    #[error("case pupil {0} is there twice")]
    CasePupilTwice(String),
    #[error("{0} is no case pupil of this lesson: its letters were set when it was planned")]
    NoSuchCasePupil(String),
    #[error("a Lesson Study is analysed after three research lessons: {left} still to come")]
    LessonsMissing { left: usize },
    #[error("the group never met: record a meeting first")]
    NeverMet,
    #[error("no data were analysed yet: analyse them first")]
    NotAnalysed,
    #[error("the analysis was found valid already")]
    AlreadyValid,
    #[error("the analysis was not found valid: check it, or analyse the data again, before others rely on it")]
    NotValid,
    #[error("findings were shared with them already")]
    SharedAlready,
    #[error("this enquiry was closed on {on}: nothing is added to it any more")]
    Closed { on: NaiveDate },
    #[error(transparent)]
    Day(#[from] WrongDay),
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyFramed => "ENQUIRY_ALREADY_FRAMED",
            Self::NotFramed => "ENQUIRY_NOT_FRAMED",
            Self::NoFocusArea => "NO_FOCUS_AREA",
            Self::CheckedTwice(_) => "QUESTION_CHECKED_TWICE",
            Self::NotChecked(_) => "QUESTION_NOT_CHECKED",
            Self::QuestionFails(_) => "QUESTION_FAILS",
            Self::GroupTooSmall => "GROUP_TOO_SMALL",
            Self::AlreadyMember(_) => "ALREADY_A_MEMBER",
            Self::NotAMember { .. } => "NOT_A_MEMBER",
            Self::NotOfTheGroup => "NOT_OF_THE_GROUP",
            Self::AlreadyStarted { .. } => "ENQUIRY_ALREADY_STARTED",
            Self::NotStarted => "ENQUIRY_NOT_STARTED",
            Self::TooFewPeople => "TOO_FEW_PEOPLE",
            Self::MeetingExists => "MEETING_EXISTS",
            Self::CycleSkipped { .. } => "CYCLE_SKIPPED",
            Self::NotALessonStudy => "NOT_A_LESSON_STUDY",
            Self::ThreeLessons => "THREE_RESEARCH_LESSONS",
            Self::LessonNotDiscussed { .. } => "LESSON_NOT_DISCUSSED",
            Self::NoLessonPlanned => "NO_LESSON_PLANNED",
            Self::LessonNotTaught { .. } => "LESSON_NOT_TAUGHT",
            Self::LessonTaughtAlready { .. } => "LESSON_ALREADY_TAUGHT",
            Self::PupilsNotInterviewed { .. } => "PUPILS_NOT_INTERVIEWED",
            Self::InterviewedAlready { .. } => "PUPILS_ALREADY_INTERVIEWED",
            Self::NobodyObserved => "NOBODY_OBSERVED",
            Self::TeacherObserves => "TEACHER_OBSERVES",
            Self::NoCasePupil => "NO_CASE_PUPIL",
            Self::CasePupilTwice(_) => "CASE_PUPIL_TWICE",
            Self::NoSuchCasePupil(_) => "NO_SUCH_CASE_PUPIL",
            Self::LessonsMissing { .. } => "RESEARCH_LESSONS_MISSING",
            Self::NeverMet => "GROUP_NEVER_MET",
            Self::NotAnalysed => "NOT_ANALYSED",
            Self::AlreadyValid => "ALREADY_FOUND_VALID",
            Self::NotValid => "NOT_FOUND_VALID",
            Self::SharedAlready => "FINDINGS_ALREADY_SHARED",
            Self::Closed { .. } => "ENQUIRY_CLOSED",
            Self::Day(day) => day.reason(),
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoFocusArea => Some("focus_areas"),
            Self::CheckedTwice(_) => Some("checks"),
            Self::AlreadyMember(_) => Some("person_id"),
            Self::TooFewPeople => Some("person_ids"),
            Self::MeetingExists => Some("meeting_id"),
            Self::CycleSkipped { .. } => Some("cycle"),
            Self::NobodyObserved | Self::TeacherObserves => Some("observer_ids"),
            Self::SharedAlready => Some("with"),
            Self::Day(_) => Some("on"),
            _ => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotChecked(test) | Self::QuestionFails(test) => vec![("test", test.as_str_name().to_owned())],
            Self::NotAMember { person, .. } => vec![("person_id", person.to_string())],
            Self::LessonsMissing { left } => vec![("left", left.to_string())],
            Self::Day(day) => day.facts(),
            _ => Vec::new(),
        }
    }
}

fn said(test: QuestionTest) -> &'static str {
    match test {
        QuestionTest::AimsAtLearning => "it aims at pupils' learning",
        QuestionTest::NamesPupils => "it says which pupils",
        QuestionTest::LeavesOutTheRest => "it leaves out what does not help",
        QuestionTest::AnswerableHere => "it can be answered in this setting",
        QuestionTest::PartsAnswerable => "each of its parts can be answered",
        QuestionTest::Unspecified => "it stands",
    }
}

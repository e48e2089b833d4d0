//! The rules of a survey, each with the sentence that explains it.

use api::ids::Urn;
use chrono::NaiveDate;
use service::Reject;

/// Why a survey refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this survey was opened already")]
    AlreadyOpened,
    #[error("name at least one school whose staff are asked")]
    NoSchool,
    #[error("ask at least one question")]
    NoQuestion,
    #[error("two questions are called `{question_id}`: give each its own code")]
    QuestionTwice { question_id: String },
    #[error("question `{question_id}` is a choice: give it 2 to 20 options")]
    OptionsMissing { question_id: String },
    #[error("question `{question_id}` is no choice: leave its options out")]
    OptionsNotAsked { question_id: String },
    #[error("the last day must not be before the first, nor in the past")]
    ClosesTooEarly,
    #[error("a survey is open for at most {days} days: choose an earlier last day")]
    OpenTooLong { days: i64 },
    #[error("there is no such survey")]
    NotOpened,
    #[error("this survey can be answered from {on}")]
    NotOpenYet { on: NaiveDate },
    #[error("this survey is closed: nothing can be answered any more")]
    Closed,
    #[error("the staff of school {urn} are not asked in this survey")]
    SchoolNotAsked { urn: Urn },
    #[error("question `{question_id}` must be answered")]
    QuestionLeftOut { question_id: String },
    #[error("answer question `{question_id}` once")]
    AnsweredTwice { question_id: String },
    #[error("there is no question `{question_id}`: leave it out")]
    NotAQuestion { question_id: String },
    #[error("answer at least one question")]
    NothingAnswered,
    #[error("question `{question_id}` is answered in another way: by a score, by a choice, or in words")]
    OtherKind { question_id: String },
    #[error("choose among the options of question `{question_id}`, each once")]
    NotAnOption { question_id: String },
    #[error("choose one option of question `{question_id}`")]
    OnlyOne { question_id: String },
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyOpened => "SURVEY_ALREADY_OPENED",
            Self::NoSchool => "NO_SCHOOL",
            Self::NoQuestion => "NO_QUESTION",
            Self::QuestionTwice { .. } => "QUESTION_TWICE",
            Self::OptionsMissing { .. } => "OPTIONS_MISSING",
            Self::OptionsNotAsked { .. } => "OPTIONS_NOT_ASKED",
            Self::ClosesTooEarly => "CLOSES_TOO_EARLY",
            Self::OpenTooLong { .. } => "OPEN_TOO_LONG",
            Self::NotOpened => "SURVEY_NOT_OPENED",
            Self::NotOpenYet { .. } => "NOT_OPEN_YET",
            Self::Closed => "SURVEY_CLOSED",
            Self::SchoolNotAsked { .. } => "SCHOOL_NOT_ASKED",
            Self::QuestionLeftOut { .. } => "QUESTION_LEFT_OUT",
            Self::AnsweredTwice { .. } => "ANSWERED_TWICE",
            Self::NotAQuestion { .. } => "NOT_A_QUESTION",
            Self::NothingAnswered => "NOTHING_ANSWERED",
            Self::OtherKind { .. } => "ANSWER_OF_OTHER_KIND",
            Self::NotAnOption { .. } => "NOT_AN_OPTION",
            Self::OnlyOne { .. } => "ONLY_ONE_OPTION",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoSchool => Some("urns"),
            Self::NoQuestion
            | Self::QuestionTwice { .. }
            | Self::OptionsMissing { .. }
            | Self::OptionsNotAsked { .. } => Some("questions"),
            Self::ClosesTooEarly | Self::OpenTooLong { .. } => Some("closes_on"),
            Self::QuestionLeftOut { .. }
            | Self::AnsweredTwice { .. }
            | Self::NotAQuestion { .. }
            | Self::NothingAnswered
            | Self::OtherKind { .. }
            | Self::NotAnOption { .. }
            | Self::OnlyOne { .. } => Some("replies"),
            _ => None,
        }
    }
}

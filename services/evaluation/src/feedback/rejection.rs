//! The rules of feedback, each with the sentence that explains it.

use api::evaluation::v1::FeedbackLevel;
use chrono::NaiveDate;
use service::Reject;

/// Why feedback refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("nobody asked you about this")]
    NotAsked,
    #[error("training that must be done is not evaluated by asking who did it")]
    StatutoryTraining,
    #[error("nothing waits for your answer here: look at your list")]
    NothingOpen,
    #[error("this could be answered until {due_on}")]
    TooLate { due_on: NaiveDate },
    #[error("answer {} as well", .level.as_str_name())]
    LevelLeftOut { level: FeedbackLevel },
    #[error("answer {} once", .level.as_str_name())]
    LevelTwice { level: FeedbackLevel },
    #[error("{} was not asked: leave it out", .level.as_str_name())]
    LevelNotAsked { level: FeedbackLevel },
    #[error("the purpose of what was seen forbids joining it to this development")]
    PurposeForbids,
    #[error("what was seen before {developed_on} does not come of it")]
    SeenBefore { developed_on: NaiveDate },
    #[error("what was seen is of another focus area")]
    OtherFocus,
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotAsked => "NOT_ASKED",
            Self::StatutoryTraining => "STATUTORY_TRAINING",
            Self::NothingOpen => "NOTHING_OPEN",
            Self::TooLate { .. } => "FEEDBACK_TOO_LATE",
            Self::LevelLeftOut { .. } => "LEVEL_LEFT_OUT",
            Self::LevelTwice { .. } => "LEVEL_TWICE",
            Self::LevelNotAsked { .. } => "LEVEL_NOT_ASKED",
            Self::PurposeForbids => "PURPOSE_FORBIDS",
            Self::SeenBefore { .. } => "SEEN_BEFORE",
            Self::OtherFocus => "OTHER_FOCUS",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::LevelLeftOut { .. } | Self::LevelTwice { .. } | Self::LevelNotAsked { .. } => Some("scores"),
            _ => None,
        }
    }
}

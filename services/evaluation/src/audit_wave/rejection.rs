//! The rules of the audit, each with the sentence that explains it.

use api::ids::Urn;
use chrono::NaiveDate;
use service::Reject;

/// Why a wave refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this wave was opened already")]
    AlreadyOpened,
    #[error("name at least one school whose staff are asked")]
    NoSchool,
    #[error("the audit asks about eight principles: name each once")]
    NotEightPrinciples,
    #[error("the last day must not be before the first, nor in the past")]
    ClosesTooEarly,
    #[error("a wave is open for at most {days} days: choose an earlier last day")]
    OpenTooLong { days: i64 },
    #[error("there is no such wave")]
    NotOpened,
    #[error("this wave can be answered from {on}")]
    NotOpenYet { on: NaiveDate },
    #[error("this wave is closed: nothing can be answered any more")]
    Closed,
    #[error("the staff of school {urn} are not asked in this wave")]
    SchoolNotAsked { urn: Urn },
    #[error("score `{principle}` as well: all eight principles are answered")]
    PrincipleLeftOut { principle: String },
    #[error("score `{principle}` once")]
    PrincipleTwice { principle: String },
    #[error("`{principle}` is not asked about: leave it out")]
    NotAPrinciple { principle: String },
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyOpened => "WAVE_ALREADY_OPENED",
            Self::NoSchool => "NO_SCHOOL",
            Self::NotEightPrinciples => "NOT_EIGHT_PRINCIPLES",
            Self::ClosesTooEarly => "CLOSES_TOO_EARLY",
            Self::OpenTooLong { .. } => "OPEN_TOO_LONG",
            Self::NotOpened => "WAVE_NOT_OPENED",
            Self::NotOpenYet { .. } => "NOT_OPEN_YET",
            Self::Closed => "WAVE_CLOSED",
            Self::SchoolNotAsked { .. } => "SCHOOL_NOT_ASKED",
            Self::PrincipleLeftOut { .. } => "PRINCIPLE_LEFT_OUT",
            Self::PrincipleTwice { .. } => "PRINCIPLE_TWICE",
            Self::NotAPrinciple { .. } => "NOT_A_PRINCIPLE",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoSchool => Some("urns"),
            Self::NotEightPrinciples => Some("principles"),
            Self::ClosesTooEarly | Self::OpenTooLong { .. } => Some("closes_on"),
            Self::PrincipleLeftOut { .. } | Self::PrincipleTwice { .. } | Self::NotAPrinciple { .. } => Some("scores"),
            _ => None,
        }
    }
}

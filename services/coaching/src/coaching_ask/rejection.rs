//! The rules of an ask, each with the sentence that explains it.

use chrono::NaiveDate;
use service::Reject;

use crate::days::WrongDay;

/// Why an ask refuses a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this ask was opened already")]
    AlreadyOpened,
    #[error("this ask was never opened")]
    NotOpened,
    #[error("only coaching, and time to watch a colleague, are asked for here")]
    NotCoaching,
    #[error("this promise was kept on {on} already")]
    AlreadyProvided { on: NaiveDate },
    #[error("nobody waits for this since {on}: its promise was kept by other means, or its follow-up ended")]
    Withdrawn { on: NaiveDate },
    #[error("a promise is kept by somebody else than the person to whom it was made: say who gave it")]
    ProvidedByThemselves,
    #[error(transparent)]
    Day(#[from] WrongDay),
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyOpened => "ASK_ALREADY_OPENED",
            Self::NotOpened => "ASK_NOT_OPENED",
            Self::NotCoaching => "NOT_FOR_COACHING",
            Self::AlreadyProvided { .. } => "ASK_ALREADY_PROVIDED",
            Self::Withdrawn { .. } => "ASK_WITHDRAWN",
            Self::ProvidedByThemselves => "PROVIDED_BY_THEMSELVES",
            Self::Day(day) => day.reason(),
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::ProvidedByThemselves => Some("provided_by_id"),
            Self::Day(_) => Some("on"),
            _ => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Day(day) => day.facts(),
            _ => Vec::new(),
        }
    }
}

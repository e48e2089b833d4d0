//! The rules of a journal, each with the sentence that explains it.

use service::Reject;

use crate::days::WrongDay;

/// Why a journal refuses a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("a journal is written, and shared, by its owner alone")]
    NotTheirs,
    #[error("there is an entry of this identifier already, or there was: leave it out for a new one")]
    EntryExists,
    #[error("there is no such entry in this journal")]
    NoSuchEntry,
    #[error("you may read your own journal already: name somebody else")]
    SharedWithOneself,
    #[error("this section is not shared with them: name only people who may read it")]
    NotShared,
    #[error(transparent)]
    Day(#[from] WrongDay),
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotTheirs => "NOT_THEIR_OWN_JOURNAL",
            Self::EntryExists => "ENTRY_EXISTS",
            Self::NoSuchEntry => "NO_SUCH_ENTRY",
            Self::SharedWithOneself => "SHARED_WITH_ONESELF",
            Self::NotShared => "SECTION_NOT_SHARED",
            Self::Day(day) => day.reason(),
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotTheirs => None,
            Self::EntryExists | Self::NoSuchEntry => Some("entry_id"),
            Self::SharedWithOneself | Self::NotShared => Some("with_ids"),
            Self::Day(_) => Some("on"),
        }
    }
}

//! The rules of a career plan, each with the sentence that explains it.

use service::Reject;

/// Why a career plan refuses a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("a career plan is written, and shared, by its owner alone")]
    NotTheirs,
    #[error("this section was not written yet: write it before you share it")]
    NotWritten,
    #[error("you may read your own plan already: name somebody else")]
    SharedWithOneself,
    #[error("this section is not shared with them: name only people who may read it")]
    NotShared,
    #[error("this aim is shared in just this way already")]
    AimSharedAlready,
    #[error("this aim is not shared")]
    AimNotShared,
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NotTheirs => "NOT_THEIR_OWN_PLAN",
            Self::NotWritten => "SECTION_NOT_WRITTEN",
            Self::SharedWithOneself => "SHARED_WITH_ONESELF",
            Self::NotShared => "SECTION_NOT_SHARED",
            Self::AimSharedAlready => "AIM_ALREADY_SHARED",
            Self::AimNotShared => "AIM_NOT_SHARED",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotTheirs => None,
            Self::NotWritten => Some("section"),
            Self::SharedWithOneself | Self::NotShared => Some("with_ids"),
            Self::AimSharedAlready | Self::AimNotShared => Some("aim"),
        }
    }
}

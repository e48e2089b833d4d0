//! Days that something can have happened on.

use chrono::NaiveDate;
use identity::Context;

/// A day that something cannot have happened on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongDay {
    #[error("{on} is still to come: record it when it has happened")]
    InTheFuture { on: NaiveDate },
    #[error("{on} is before {what} ({earliest})")]
    TooEarly {
        on: NaiveDate,
        what: &'static str,
        earliest: NaiveDate,
    },
}

impl WrongDay {
    /// The rule, for machines.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::InTheFuture { .. } => "DATE_IN_THE_FUTURE",
            Self::TooEarly { .. } => "DATE_TOO_EARLY",
        }
    }

    /// Since when it could have happened.
    pub(crate) fn facts(self) -> Vec<(&'static str, String)> {
        match self {
            Self::InTheFuture { .. } => Vec::new(),
            Self::TooEarly { earliest, .. } => vec![("earliest", earliest.to_string())],
        }
    }
}

/// What is recorded has happened.
pub(crate) fn must_have_happened(on: NaiveDate, ctx: &Context) -> Result<(), WrongDay> {
    if on > ctx.today() {
        Err(WrongDay::InTheFuture { on })
    } else {
        Ok(())
    }
}

/// It follows from something, and so does not precede it.
pub(crate) fn must_not_precede(on: NaiveDate, what: &'static str, earliest: NaiveDate) -> Result<(), WrongDay> {
    if on < earliest {
        Err(WrongDay::TooEarly { on, what, earliest })
    } else {
        Ok(())
    }
}

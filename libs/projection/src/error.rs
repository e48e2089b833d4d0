//! What can go wrong with a projection.

use std::error::Error as StdError;

/// Why events could not be applied, or views not be opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The read database. If it is away, the runner waits for it.
    #[error("the views' database failed")]
    Db(#[from] db::Error),

    /// An event that cannot be applied: the projection stops before it.
    #[error("an event cannot be applied")]
    Event(#[source] Box<dyn StdError + Send + Sync>),

    /// Somebody else moved the checkpoint.
    #[error("another runner was faster")]
    LostRace,

    /// What was read before may not have happened.
    #[error("the events of {name} are of epoch {actual}, those applied of epoch {applied}: rebuild the projection")]
    EpochChanged {
        name: &'static str,
        applied: i64,
        actual: i64,
    },

    /// A source that cannot be followed any further.
    #[error("a source cannot be followed")]
    Feed(#[from] feed::Error),

    /// The projection's task is gone.
    #[error("the projection does not run any more")]
    Broken,

    /// A setting or an order is wrong.
    #[error("{0}")]
    Settings(String),
}

impl Error {
    /// An event that cannot be applied. The message must not hold personal text: it is logged.
    pub fn event(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Event(error.into())
    }

    /// Whether the same may succeed without anybody doing anything.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Db(db::Error::Unavailable(_) | db::Error::Contended(_)))
    }
}

/// An error with its causes, for one line of a log.
pub(crate) fn causes(error: &dyn StdError) -> String {
    std::iter::successors(error.source(), |cause| (**cause).source())
        .fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

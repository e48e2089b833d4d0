//! What can be wrong with a feed.

use eventstore::Position;

/// Why a feed could not be read or published.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the store of {name} cannot be read")]
    Store {
        name: &'static str,
        #[source]
        error: eventstore::Error,
    },

    #[error("the owner of {name} does not answer")]
    Owner {
        name: &'static str,
        #[source]
        error: Box<tonic::Status>,
    },

    #[error("NATS does not answer for {name}")]
    Nats {
        name: &'static str,
        #[source]
        error: Box<dyn std::error::Error + Send + Sync>,
    },

    #[error(
        "the store of {name} ends at position {head}, but {seen} was already seen: it was restored to an earlier state; \
         raise its epoch when that is meant to be"
    )]
    StoreBehind {
        name: &'static str,
        head: Position,
        seen: Position,
    },

    #[error(
        "the event at position {position} of {name} is not the one that was published: the store was restored to an \
         earlier state and went on; raise its epoch when that is meant to be"
    )]
    Diverged { name: &'static str, position: Position },

    #[error("the epoch of {name} is {actual}, not {expected}: what was read before may not have happened")]
    EpochChanged {
        name: &'static str,
        expected: i64,
        actual: i64,
    },
}

impl Error {
    /// Whether waiting cannot help: somebody has to look.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::StoreBehind { .. } | Self::Diverged { .. } | Self::EpochChanged { .. }
        )
    }
}

/// An error with its causes, for one line of a log.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(error.source(), |cause| cause.source())
        .fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

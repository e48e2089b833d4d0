//! What is asked of a store, and what it answers.

use std::sync::Arc;

use uuid::Uuid;

use crate::{Metadata, NewEvent, Position, StreamId, Version};

/// Events for one or more streams, stored all or none. Thousands are fine; an import of more is several appends.
#[derive(Clone, Debug)]
pub struct Append {
    /// Who asks, when and why; its request id makes the append idempotent.
    pub metadata: Metadata,
    /// Of the request as it was received: the same request id with another digest is refused.
    pub digest: [u8; 32],
    /// May be empty, and so may be each stream's events: then only the receipt is stored.
    pub streams: Vec<StreamAppend>,
}

/// Events to follow the last one of a stream.
#[derive(Clone, Debug)]
pub struct StreamAppend {
    pub stream_id: StreamId,
    /// The stream's version when the events were decided, always exact. 0 for a new stream.
    pub expected: Version,
    pub events: Vec<NewEvent>,
}

/// The answer to an append, the same however often the request is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub request_id: Uuid,
    /// Of its last event; the store's position at that time if it had none.
    pub position: Position,
    /// The first stream of the append; nil if it had none.
    pub stream_id: StreamId,
    /// The version of that stream after the append.
    pub version: Version,
    /// Whether this request had been answered before.
    pub replayed: bool,
}

/// Why nothing was stored, or why that is not known.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AppendError {
    /// Somebody else wrote to the stream in the meantime: load it again and decide again.
    #[error("stream {} is at version {actual}, not {expected}", .stream_id.0)]
    VersionConflict {
        stream_id: StreamId,
        expected: Version,
        actual: Version,
    },
    /// The request id was used before, to ask for something else.
    #[error("request {0} was used before for something else")]
    RequestReused(Uuid),
    /// An event id is in the store already.
    #[error("an event of request {0} has the id of another event")]
    EventReused(Uuid),
    /// The database is away. Repeating the request, with its id, is safe: should it have been stored after all, the
    /// receipt is the answer.
    #[error("the store is not available")]
    Unavailable(#[source] Arc<db::Error>),
    /// The database refused for a reason of its own.
    #[error("the store failed")]
    Storage(#[source] Arc<db::Error>),
    /// The store was shut down.
    #[error("the store is closed")]
    Closed,
}

/// Why a store could not be opened or read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The database is away: try again later.
    #[error("the store is not available")]
    Unavailable(#[source] Arc<db::Error>),
    /// The database refused for a reason of its own.
    #[error("the store failed")]
    Storage(#[source] Arc<db::Error>),
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        if error.is_unavailable() {
            Self::Unavailable(Arc::new(error))
        } else {
            Self::Storage(Arc::new(error))
        }
    }
}

impl From<Error> for AppendError {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(error) => Self::Unavailable(error),
            Error::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<db::Error> for AppendError {
    fn from(error: db::Error) -> Self {
        Error::from(error).into()
    }
}

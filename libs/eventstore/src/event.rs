//! What a store keeps: events with who, when and why, each at one position of its store and one version of its stream.

use std::{collections::HashSet, fmt, sync::RwLock};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A place in one service's store: 1 for its first event, without gaps, in commit order. 0 is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(pub i64);

/// A place in one stream: 1 for its first event, without gaps. 0 means that the stream does not exist yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub i64);

/// The stream of one aggregate. Identifiers are unique across aggregates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub Uuid);

/// `<aggregate>.<event>`, such as `follow_up.agreed`. There are few of them, so they are interned.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(&'static str);

impl Kind {
    /// Interns a kind read from a database or the network.
    pub fn new(text: &str) -> Self {
        static KINDS: RwLock<Option<HashSet<&'static str>>> = RwLock::new(None);
        let known = KINDS
            .read()
            .expect("no panic while held")
            .as_ref()
            .and_then(|kinds| kinds.get(text).copied());
        if let Some(kind) = known {
            return Self(kind);
        }
        let mut kinds = KINDS.write().expect("no panic while held");
        let kinds = kinds.get_or_insert_default();
        if let Some(kind) = kinds.get(text) {
            return Self(kind);
        }
        let kind: &'static str = Box::leak(text.into());
        kinds.insert(kind);
        Self(kind)
    }

    /// A kind known when compiling.
    pub const fn of(text: &'static str) -> Self {
        Self(text)
    }

    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// The part before the dot: `follow_up`.
    pub fn aggregate(self) -> &'static str {
        self.0.split_once('.').map_or(self.0, |(aggregate, _)| aggregate)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is the same for all events of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// The tenant. Nil for facts of no trust, such as the shared vocabulary.
    pub trust_id: Uuid,
    /// The person or the system principal who acted.
    pub actor_id: Uuid,
    /// Whom the actor stood in for, if anybody.
    pub on_behalf_of: Option<Uuid>,
    /// `api::common::v1::Purpose` as its number: bounds every join.
    pub purpose: i32,
    /// When it happened, as said by the actor.
    pub occurred_at: DateTime<Utc>,
    /// Shared by everything that one request caused, reactions included.
    pub correlation_id: Uuid,
    /// The event that a reaction answered.
    pub causation_id: Option<Uuid>,
    /// W3C trace context of the command.
    pub traceparent: Option<String>,
    pub request_id: Uuid,
}

/// An event that is decided but not yet stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// UUIDv7, given before the append since sealed text is bound to it.
    pub event_id: Uuid,
    pub kind: Kind,
    /// The protobuf message `<Aggregate>Event`, its personal text sealed.
    pub payload: Bytes,
}

/// An event as stored, read and published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    pub position: Position,
    pub event_id: Uuid,
    pub stream_id: StreamId,
    pub version: Version,
    pub kind: Kind,
    pub metadata: Metadata,
    /// The store's clock, microseconds; never earlier than at the position before.
    pub recorded_at: DateTime<Utc>,
    pub payload: Bytes,
}

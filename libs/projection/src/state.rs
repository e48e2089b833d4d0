//! What a projection tells about itself.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use db::Db;
use eventstore::Position;
use uuid::Uuid;

/// How far one source was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    pub source: &'static str,
    /// Of the last event applied; 0 if none was.
    pub position: Position,
    /// Of the events applied; `None` before the first.
    pub epoch: Option<i64>,
    /// Everything recorded up to this moment is in the views. `None` if nothing is known of the source yet.
    pub complete_up_to: Option<DateTime<Utc>>,
}

/// Why a projection stands still.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stalled {
    pub source: &'static str,
    /// Of the event that cannot be applied; otherwise of the last one that was.
    pub position: Position,
    /// The event that cannot be applied; `None` if the source itself cannot be followed.
    pub event_id: Option<Uuid>,
    pub error: String,
    pub since: DateTime<Utc>,
}

/// What everybody may know of a running build.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) db: Db,
    pub(crate) build: i64,
    pub(crate) checkpoints: BTreeMap<&'static str, Checkpoint>,
    pub(crate) stalled: Option<Stalled>,
    /// Sources whose head was reached since the start.
    pub(crate) caught_up: BTreeMap<&'static str, bool>,
}

impl State {
    pub(crate) fn is_caught_up(&self) -> bool {
        self.caught_up.values().all(|caught_up| *caught_up)
    }

    pub(crate) fn has(&self, source: &str, position: Position) -> bool {
        self.checkpoints
            .get(source)
            .is_some_and(|checkpoint| checkpoint.position >= position)
    }
}

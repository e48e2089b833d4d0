//! Where commands queue that want the same stream at once, such as the last places of a session.
//!
//! Without a crowd nobody waits: a command decides and appends, and a conflict is rare. Whoever met one takes a turn,
//! and those who come while turns are taken stand in line, in the order in which they came. A turn saves work and keeps
//! the order; that nothing is written twice or lost is the store's business, with or without it.

use eventstore::StreamId;
use tokio::sync::{Mutex, MutexGuard};

/// Streams share lines: two that fall on the same one wait for each other, which is all the harm.
const LINES: usize = 64;

pub(super) struct Turns {
    lines: [Mutex<()>; LINES],
}

impl Default for Turns {
    fn default() -> Self {
        Self {
            lines: std::array::from_fn(|_| Mutex::new(())),
        }
    }
}

impl Turns {
    /// Stands in line if there is one.
    pub(super) async fn join(&self, stream: StreamId) -> Option<MutexGuard<'_, ()>> {
        let line = self.line(stream);
        if line.try_lock().is_ok() {
            return None;
        }
        Some(line.lock().await)
    }

    /// Waits for a turn, even as the first in line.
    pub(super) async fn take(&self, stream: StreamId) -> MutexGuard<'_, ()> {
        self.line(stream).lock().await
    }

    fn line(&self, stream: StreamId) -> &Mutex<()> {
        // The last byte of an identifier is random in every version that we use.
        &self.lines[usize::from(stream.0.as_bytes()[15]) % LINES]
    }
}

//! Streams of events with one gapless position per store.
//!
//! Numbers taken from a sequence are committed out of order, so a reader that follows them loses events. Here a
//! position is given inside the append's transaction, under the lock of the one `head` row, which is held until the
//! commit: events become visible in the order of their positions, and a reader can never skip one.
//!
//! One lock is slow if every request queues for it. So each store has one writer task, which commits all appends that
//! wait together. A second process may write to the same database: it is safe, only slower.
//!
//! What must stay true:
//!
//! - positions are 1, 2, 3 … and versions of a stream are 1, 2, 3 …, and `recorded_at` never goes back;
//! - an append is stored whole, with its receipt, or not at all;
//! - what was answered is on disk;
//! - the same request gets the same answer, however often, and whatever failed in between;
//! - no event is ever changed or deleted: triggers refuse it.

mod aggregate;
mod append;
mod batch;
mod event;
mod import;
mod loader;
mod schema;
mod store;
mod writer;

pub use aggregate::Aggregate;
pub use append::{Append, AppendError, Error, Receipt, StreamAppend};
pub use event::{Kind, Metadata, NewEvent, Position, Recorded, StreamId, Version};
pub use import::{ImportError, Past};
pub use store::EventStore;

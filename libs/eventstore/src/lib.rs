//! Streams of events with one gapless position per store.

mod aggregate;
mod event;

pub use aggregate::Aggregate;
pub use event::{Kind, Metadata, NewEvent, Position, Recorded, StreamId, Version};

//! Builds views from feeds.
//!
//! A [`Projection`] folds batches of events into tables; its [`Runner`] reads all its sources, and moves their
//! checkpoints in the transaction that changes the tables. So an event is applied exactly once, whatever fails.
//! What must stay true:
//!
//! - a checkpoint moves by compare-and-set: a runner that lost a race rolls back and goes on from what it finds;
//! - sources arrive in any relative order, and any order gives the same views;
//! - an event that cannot be applied stops the projection, visibly ([`Stalled`]): it is retried, or skipped by somebody
//!   who says why, never passed over in silence;
//! - each build of a version has a schema or file of its own. It is filled beside the one in use, which it replaces
//!   once it has caught up. Nothing but the events is needed to make it, and it has no side effects.

mod batch;
mod build;
mod error;
mod home;
mod readers;
mod runner;
mod state;
mod store;
mod trace;

pub use error::Error;
pub use home::Home;
pub use runner::{Handle, Runner, WaitError};
pub use state::{Checkpoint, Stalled};

use std::future::Future;

use db::{Migration, Tx};
use eventstore::Recorded;

/// Views of one kind, folded from the events of several services.
pub trait Projection: Send + Sync + 'static {
    /// Plain lower case, such as `threads`: it names schemas and files.
    fn name(&self) -> &'static str;

    /// Raised whenever the tables or their contents would come out otherwise: a new version is built from the start.
    fn version(&self) -> u32;

    /// The tables, of this version alone.
    fn migrations(&self) -> &'static [Migration];

    /// Folds consecutive events of one source into the tables. May be called again with the same events, after what it
    /// did was rolled back. An [`Error::Event`] means that one of them cannot be applied.
    fn apply(
        &self,
        tx: &mut Tx<'_>,
        source: &'static str,
        events: &[Recorded],
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

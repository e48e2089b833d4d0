//! The observations service: what was seen, and what was agreed.
//!
//! Commands come in over gRPC (`grpc`), are decided by one aggregate each ([`observation`], [`follow_up`],
//! [`learning_walk`]) and recorded in the service's store. An index, folded from the store, answers what rules must
//! know across streams. Reactions keep follow-ups true to what happens to people and appraisals elsewhere.

mod access;
pub mod follow_up;
mod grpc;
mod index;
pub mod learning_walk;
pub mod observation;
mod reactions;
mod recorded;
pub mod working_days;
#[cfg(test)]
mod world;

use db::Db;
use feed::Source;
use projection::{Home, Runner};
use service::{Commands, Server};
use tokio_util::sync::CancellationToken;

use crate::{
    grpc::Edge,
    index::{Index, Tables},
    reactions::{Reactions, Sources},
};

/// The service's name: of its store, its feed and its receipts.
pub const NAME: &str = "observations";

/// Why the service cannot start, or go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the service's database failed")]
    Db(#[from] db::Error),
    #[error("the index failed")]
    Index(#[from] projection::Error),
}

/// What the service is given.
pub struct Deps {
    /// Over the service's own store.
    pub commands: Commands,
    /// The service's own database: how far it has reacted.
    pub db: Db,
    /// Where the index is kept.
    pub index: Home,
    /// The directory's events.
    pub directory: Source,
    /// The appraisal service's events.
    pub appraisal: Source,
    /// The catalogue's events.
    pub catalogue: Source,
    /// The coaching service's events.
    pub coaching: Source,
}

/// The service, ready to be served and run.
pub struct Service {
    edge: Edge,
    index: Runner<Tables>,
    reactions: Reactions,
}

impl Service {
    /// Opens the index, and finds out how far the service has reacted.
    pub async fn open(deps: Deps) -> Result<Self, Error> {
        let Deps {
            commands,
            db,
            index: home,
            directory,
            appraisal,
            catalogue,
            coaching,
        } = deps;
        let own = Source::local(NAME, commands.store().clone());
        let (index, runner) = Index::open(&home, own.clone()).await?;
        let sources = Sources {
            own,
            directory,
            appraisal,
            catalogue,
            coaching,
        };
        let reactions = Reactions::open(commands.clone(), index.clone(), sources, db).await?;
        Ok(Self {
            edge: Edge::new(commands, index),
            index: runner,
            reactions,
        })
    }

    /// Adds its gRPC services to a server.
    #[must_use]
    pub fn register(&self, server: Server) -> Server {
        self.edge.register(server)
    }

    /// Keeps the index up to date and reacts, until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), Error> {
        let Self { index, reactions, .. } = self;
        tokio::select! {
            indexed = index.run(shutdown.clone()) => Ok(indexed?),
            () = reactions.run(shutdown) => Ok(()),
        }
    }
}

//! The catalogue service: what development is on offer, why, and who takes part.
//!
//! Commands come in over gRPC (`grpc`), are decided by one aggregate each ([`activity`], [`session`],
//! [`learning_record`]) and recorded in the service's store. An index, folded from the store and from the feeds of
//! observations and appraisal, answers lists and what rules must know across streams. Reactions credit hours, and keep
//! bookings true to what happens to people elsewhere.
//!
//! Why development is needed, who can help and what was promised is [`planning`], with an index and reactions of its own.

mod access;
pub mod activity;
mod grpc;
mod index;
pub mod learning_record;
pub mod planning;
mod reactions;
pub mod session;
#[cfg(test)]
mod world;

use db::Db;
use feed::Source;
use projection::{Home, Runner};
use service::{Commands, Server, page::Pager};
use tokio_util::sync::CancellationToken;

use crate::{
    grpc::{Edge, planning::Planning},
    index::{Index, Tables},
    reactions::Reactions,
};

/// The service's name: of its store, its feed and its receipts.
pub const NAME: &str = "catalogue";

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
    /// Signs page tokens.
    pub pager: Pager,
    /// The directory's events.
    pub directory: Source,
    /// The observations service's events.
    pub observations: Source,
    /// The appraisal service's events.
    pub appraisal: Source,
    /// The coaching service's events.
    pub coaching: Source,
}

/// Every feed that is followed, its own among them.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    pub(crate) own: Source,
    pub(crate) directory: Source,
    pub(crate) observations: Source,
    pub(crate) appraisal: Source,
    pub(crate) coaching: Source,
}

/// The service, ready to be served and run.
pub struct Service {
    edge: Edge,
    planning: Planning,
    index: Runner<Tables>,
    planning_index: Runner<planning::index::Tables>,
    reactions: Reactions,
}

impl Service {
    /// Opens the index, and finds out how far the service has reacted.
    pub async fn open(deps: Deps) -> Result<Self, Error> {
        let Deps {
            commands,
            db,
            index: home,
            pager,
            directory,
            observations,
            appraisal,
            coaching,
        } = deps;
        let own = Source::local(NAME, commands.store().clone());
        let sources = Sources {
            own,
            directory,
            observations,
            appraisal,
            coaching,
        };
        let (index, runner) = Index::open(&home, &sources).await?;
        let (planned, planning_index) = planning::index::Index::open(
            &home,
            sources.own.clone(),
            sources.observations.clone(),
            sources.appraisal.clone(),
        )
        .await?;
        let reactions = Reactions::open(commands.clone(), index.clone(), planned.clone(), sources, db).await?;
        let edge = Edge::new(commands, index, pager);
        Ok(Self {
            planning: Planning::new(edge.clone(), planned),
            edge,
            index: runner,
            planning_index,
            reactions,
        })
    }

    /// Adds its gRPC services to a server.
    #[must_use]
    pub fn register(&self, server: Server) -> Server {
        self.planning.register(self.edge.register(server))
    }

    /// Keeps the index up to date and reacts, until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), Error> {
        let Self {
            index,
            planning_index,
            reactions,
            ..
        } = self;
        tokio::select! {
            indexed = index.run(shutdown.clone()) => Ok(indexed?),
            indexed = planning_index.run(shutdown.clone()) => Ok(indexed?),
            () = reactions.run(shutdown) => Ok(()),
        }
    }
}

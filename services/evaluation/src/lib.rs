//! The evaluation service: whether development made a difference.
//!
//! Commands come in over gRPC (`grpc`), are decided by one aggregate each ([`evaluation_plan`], [`feedback`],
//! [`audit_wave`], [`survey`], [`metric`], [`spending`]) and recorded in the service's store. Anonymous answers wait in
//! a ballot box until their survey closes. An index, folded from the store and from the feeds of the catalogue and
//! observations, answers lists and what rules must know across streams. Reactions ask participants, fill what they
//! would be asked from what was seen since, and close surveys on their day.

mod access;
pub mod audit_wave;
mod ballot_box;
mod closing;
pub mod evaluation_plan;
pub mod feedback;
mod grpc;
mod index;
pub mod metric;
mod reactions;
mod recorded;
mod results;
pub mod score;
pub mod spending;
pub mod survey;
#[cfg(test)]
mod world;

use db::Db;
use feed::Source;
use projection::{Home, Runner};
use service::{Commands, Server, page::Pager};
use tokio_util::sync::CancellationToken;

use crate::{
    ballot_box::BallotBox,
    grpc::Edge,
    index::{Index, Tables},
    reactions::{Reactions, Sources},
};

/// The service's name: of its store, its feed and its receipts.
pub const NAME: &str = "evaluation";

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
    /// The service's own database: how far it has reacted, and the ballot box.
    pub db: Db,
    /// Where the index is kept.
    pub index: Home,
    /// Signs page tokens.
    pub pager: Pager,
    /// The catalogue's events.
    pub catalogue: Source,
    /// The observations service's events.
    pub observations: Source,
}

/// The service, ready to be served and run.
pub struct Service {
    edge: Edge,
    index: Runner<Tables>,
    reactions: Reactions,
}

impl Service {
    /// Opens the index and the ballot box, and finds out how far the service has reacted.
    pub async fn open(deps: Deps) -> Result<Self, Error> {
        let Deps {
            commands,
            db,
            index: home,
            pager,
            catalogue,
            observations,
        } = deps;
        let own = Source::local(NAME, commands.store().clone());
        let (index, runner) = Index::open(&home, own.clone(), catalogue.clone(), observations.clone()).await?;
        let ballots = BallotBox::open(db.clone(), commands.keys().clone()).await?;
        let sources = Sources {
            own,
            catalogue,
            observations,
        };
        let reactions = Reactions::open(commands.clone(), index.clone(), ballots.clone(), sources, db).await?;
        Ok(Self {
            edge: Edge::new(commands, index, ballots, pager),
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

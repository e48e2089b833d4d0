//! The appraisal service: cycles, one appraisal for a person and a cycle, and recommendations on pay.
//!
//! Commands are decided by one aggregate each (`cycle`, `appraisal`, `pay_recommendation`). The [`index`] knows the
//! follow-ups that they may name; reactions follow the directory, so that leave, moves and leavers reach appraisals.

pub mod appraisal;
pub mod cycle;
mod grpc;
pub mod index;
pub mod pay_recommendation;
mod reactions;

#[cfg(test)]
mod world;

use db::Db;
use feed::Source;
use projection::{Home, Runner};
use service::{Commands, Server};
use tokio_util::sync::CancellationToken;

use crate::{
    grpc::Grpc,
    index::{Index, Tables},
    reactions::Reactions,
};

/// The service's name, as in receipts and feeds.
pub const NAME: &str = "appraisal";

/// What the service needs from outside.
pub struct Deps {
    /// Over the service's own store.
    pub commands: Commands,
    /// The service's own database, which remembers how far the directory has been answered.
    pub db: Db,
    /// Where the index is kept.
    pub index: Home,
    /// The directory's events.
    pub directory: Source,
    /// The observations service's events.
    pub observations: Source,
}

/// Why the service cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the service's database failed")]
    Db(#[from] db::Error),
    #[error("the index failed")]
    Index(#[from] projection::Error),
}

/// The appraisal service, ready to be served and run.
pub struct Service {
    grpc: Grpc,
    index: Runner<Tables>,
    reactions: Reactions,
}

impl Service {
    /// Opens the index and remembers where reactions stopped.
    pub async fn open(deps: Deps) -> Result<Self, Error> {
        let Deps {
            commands,
            db,
            index: home,
            directory,
            observations,
        } = deps;
        let own = Source::local(NAME, commands.store().clone());
        let (index, runner) = Index::open(&home, own, observations).await?;
        let reactions = Reactions::open(commands.clone(), index.clone(), directory, db).await?;
        Ok(Self {
            grpc: Grpc::new(commands, index),
            index: runner,
            reactions,
        })
    }

    /// Adds the gRPC services to a server.
    #[must_use]
    pub fn register(&self, server: Server) -> Server {
        self.grpc.clone().serve(server)
    }

    /// Keeps the index up to date and reacts to the directory, until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), Error> {
        let Self { index, reactions, .. } = self;
        // Whichever ends first, the other is told to.
        let ended = shutdown.child_token();
        let (indexed, ()) = tokio::join!(
            async {
                let _end = ended.clone().drop_guard();
                index.run(ended.clone()).await
            },
            reactions.run(ended.clone()),
        );
        Ok(indexed?)
    }
}

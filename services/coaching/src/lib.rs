//! The coaching service: partnerships, enquiries, career plans, journals, and what schools promised of coaching.
//!
//! Commands are decided by one aggregate each (`partnership`, `enquiry`, `career_plan`, `journal`, `coaching_ask`); the
//! [`chooser`] says which kind of partnership fits whom. The [`index`] knows the follow-ups that they may name, and who
//! coaches what; reactions follow the directory, so that leave and leavers reach pairs and groups, and the observations,
//! so that what was promised there is asked for here.

pub mod career_plan;
pub mod chooser;
pub mod coaching_ask;
pub mod days;
pub mod enquiry;
mod grpc;
pub mod index;
pub mod journal;
pub mod partnership;
mod reactions;
mod recorded;

#[cfg(test)]
mod world;

use db::Db;
use feed::Source;
use projection::{Home, Runner};
use service::{Commands, Server, page::Pager};
use tokio_util::sync::CancellationToken;

use crate::{
    grpc::Grpc,
    index::{Index, Tables},
    reactions::{Reactions, Sources},
};

/// The service's name, as in receipts and feeds.
pub const NAME: &str = "coaching";

/// What the service needs from outside.
pub struct Deps {
    /// Over the service's own store.
    pub commands: Commands,
    /// The service's own database, which remembers how far other services have been answered.
    pub db: Db,
    /// Where the index is kept.
    pub index: Home,
    /// Signs page tokens.
    pub pager: Pager,
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

/// The coaching service, ready to be served and run.
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
            pager,
            directory,
            observations,
        } = deps;
        let own = Source::local(NAME, commands.store().clone());
        let (index, runner) = Index::open(&home, own.clone(), observations.clone()).await?;
        let sources = Sources {
            own,
            directory,
            observations,
        };
        let reactions = Reactions::open(commands.clone(), index.clone(), sources, db).await?;
        Ok(Self {
            grpc: Grpc::new(commands, index, pager),
            index: runner,
            reactions,
        })
    }

    /// Adds the gRPC services to a server.
    #[must_use]
    pub fn register(&self, server: Server) -> Server {
        self.grpc.clone().serve(server)
    }

    /// Keeps the index up to date and reacts to other services, until `shutdown`.
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

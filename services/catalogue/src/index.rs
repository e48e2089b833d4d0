//! What the service looks up: what is on offer and when, who takes part, what waits for whose word, who is due for what;
//! and follow-ups and objectives of other services, by whose they are.
//!
//! All of it is folded from feeds, and so a moment behind. A list first waits until the index is as far as the service's
//! own store was when it was asked. Where "there is none" must be certain of others, a look that finds nothing waits for
//! their feed.

pub(crate) mod activities;
pub(crate) mod learning;
pub(crate) mod links;
pub(crate) mod sessions;
mod tables;

use std::time::Duration;

use db::Db;
use feed::Source;
use projection::{Handle, Home, Runner};
use service::Error;

pub(crate) use self::tables::Tables;
use crate::Sources;

/// How long a look waits for the index to catch up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks things up. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    handle: Handle,
    sources: Sources,
}

impl Index {
    /// Opens the index, and the task that keeps it up to date.
    pub(crate) async fn open(home: &Home, sources: &Sources) -> Result<(Self, Runner<Tables>), projection::Error> {
        let followed = vec![
            sources.own.clone(),
            sources.observations.clone(),
            sources.appraisal.clone(),
        ];
        let runner = Runner::new(home, Tables, followed).await?;
        let index = Self {
            handle: runner.handle(),
            sources: sources.clone(),
        };
        Ok((index, runner))
    }

    /// Waits until the index holds everything that the service's own store held when asked.
    pub(crate) async fn catch_up(&self) -> Result<(), Error> {
        self.catch_up_with(&self.sources.own).await
    }

    /// Waits until the index holds everything that a source held when asked.
    pub(crate) async fn catch_up_with(&self, source: &Source) -> Result<(), Error> {
        let head = tokio::time::timeout(PATIENCE, source.head())
            .await
            .map_err(Error::unavailable)?
            .map_err(Error::unavailable)?;
        self.handle
            .wait_for(source.name(), head, PATIENCE)
            .await
            .map_err(Error::unavailable)
    }

    pub(crate) fn db(&self) -> Db {
        self.handle.db()
    }
}

//! What was released, and what it was made from: kept beside the views, for it is more than the events say. A rebuild does
//! not touch it, and nothing in it is ever changed.

use std::collections::BTreeMap;

use api::projection::v1::NetworkRelease;
use chrono::Utc;
use db::{Db, Migration, Tx, sql};
use projection::Home;
use prost::Message as _;
use uuid::Uuid;

use super::{Cohort, base::Base};
use crate::rows::{self, Error};

const COMPONENT: &str = "releases";

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "releases",
    "
    create table half_term (
      -- One row: a half-term of which something was released. Locked while a release of it is made.
      cycle {i32} not null,
      half_term {i32} not null,
      primary key (cycle, half_term)
    ) {strict};

    create table base (
      -- One row: what a trust's follow-ups of a half-term added up to when it was first released.
      trust_id {uuid} not null,
      cycle {i32} not null,
      half_term {i32} not null,
      frozen_at {instant} not null,
      -- network::base::Base: counts alone.
      document {bytes} not null,
      primary key (trust_id, cycle, half_term)
    ) {strict};

    create table release (
      -- One row: a network's release of a half-term, as it was shown and will be.
      network_id {uuid} not null,
      cycle {i32} not null,
      half_term {i32} not null,
      released_at {instant} not null,
      -- throughline.projection.v1.NetworkRelease.
      document {bytes} not null,
      primary key (network_id, cycle, half_term)
    ) {strict};
    create index release_made on release (cycle, half_term, released_at, network_id);
    ",
)];

/// All that was released. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Releases {
    db: Db,
}

impl Releases {
    /// Opens it, made if it is missing.
    pub(crate) async fn open(home: &Home) -> Result<Self, projection::Error> {
        let db = home.beside(COMPONENT).await?;
        db.migrate(COMPONENT, MIGRATIONS).await?;
        Ok(Self { db })
    }

    /// A network's releases of an academic year, by half-term.
    pub(crate) async fn of_network(&self, network: Uuid, cycle: i32) -> Result<BTreeMap<i32, NetworkRelease>, Error> {
        let found: Vec<(i32, Vec<u8>)> = sql!(
            "select half_term, document from release where network_id = $1 and cycle = $2",
            network,
            cycle
        )
        .fetch_all(&self.db)
        .await?;
        let released = |(half_term, document): (i32, Vec<u8>)| Ok((half_term, rows::decode(&document)?));
        found.into_iter().map(released).collect()
    }

    /// Begins to make a release of a half-term: one at a time.
    pub(crate) async fn begin(&self, cohort: &Cohort) -> Result<Making, Error> {
        let mut tx = self.db.begin_write().await?;
        let Cohort { cycle, half_term, .. } = *cohort;
        sql!(
            "insert into half_term (cycle, half_term) values ($1, $2) on conflict do nothing",
            cycle,
            half_term
        )
        .execute(&mut tx)
        .await?;
        let _locked: (i32,) = sql!(
            "select half_term from half_term where cycle = $1 and half_term = $2 for update",
            cycle,
            half_term
        )
        .fetch_one(&mut tx)
        .await?;
        Ok(Making { tx, cycle, half_term })
    }
}

/// A release being made. Dropped before it is kept, nothing happened.
pub(crate) struct Making {
    tx: Tx<'static>,
    cycle: i32,
    half_term: i32,
}

impl Making {
    /// The network's own, if somebody else was faster.
    pub(crate) async fn of_network(&mut self, network: Uuid) -> Result<Option<NetworkRelease>, Error> {
        let row: Option<(Vec<u8>,)> = sql!(
            "select document from release where network_id = $1 and cycle = $2 and half_term = $3",
            network,
            self.cycle,
            self.half_term
        )
        .fetch_optional(&mut self.tx)
        .await?;
        Ok(row.map(|(document,)| rows::decode(&document)).transpose()?)
    }

    /// Those of all networks, in the order in which they were made.
    pub(crate) async fn all(&mut self) -> Result<Vec<NetworkRelease>, Error> {
        let found: Vec<(Vec<u8>,)> = sql!(
            "select document
             from release
             where cycle = $1 and half_term = $2
             order by released_at, network_id",
            self.cycle,
            self.half_term
        )
        .fetch_all(&mut self.tx)
        .await?;
        found
            .into_iter()
            .map(|(document,)| Ok(rows::decode(&document)?))
            .collect()
    }

    /// What a trust's follow-ups add up to, if it is frozen.
    pub(crate) async fn base(&mut self, trust: Uuid) -> Result<Option<Base>, Error> {
        let row: Option<(Vec<u8>,)> = sql!(
            "select document from base where trust_id = $1 and cycle = $2 and half_term = $3",
            trust,
            self.cycle,
            self.half_term
        )
        .fetch_optional(&mut self.tx)
        .await?;
        Ok(row.map(|(document,)| rows::decode(&document)).transpose()?)
    }

    /// Freezes what a trust's follow-ups add up to.
    pub(crate) async fn freeze(&mut self, trust: Uuid, base: &Base) -> Result<(), Error> {
        sql!(
            "insert into base (trust_id, cycle, half_term, frozen_at, document) values ($1, $2, $3, $4, $5)",
            trust,
            self.cycle,
            self.half_term,
            Utc::now(),
            base.encode_to_vec()
        )
        .execute(&mut self.tx)
        .await?;
        Ok(())
    }

    /// Keeps the release, for ever.
    pub(crate) async fn keep(mut self, network: Uuid, release: &NetworkRelease) -> Result<(), Error> {
        sql!(
            "insert into release (network_id, cycle, half_term, released_at, document) values ($1, $2, $3, $4, $5)",
            network,
            self.cycle,
            self.half_term,
            Utc::now(),
            release.encode_to_vec()
        )
        .execute(&mut self.tx)
        .await?;
        Ok(self.tx.commit().await?)
    }
}

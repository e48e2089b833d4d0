//! What the service looks up: how much somebody is observed in a cycle, and what people owe.
//!
//! Both are folded from the service's own feed, and so a moment behind. Every look first waits until the index is as
//! far as the store was when it was asked: a cap is not passed by by asking twice in a row, and nobody's debt is missed.

mod tables;
#[cfg(test)]
mod tests;

use std::time::Duration;

use api::ids::{FollowUpId, ObservationId, PersonId, Urn};
use chrono::NaiveDate;
use db::{Db, sql};
use feed::Source;
use projection::{Handle, Home, Runner};
use service::Error;
use uuid::Uuid;

pub(crate) use self::tables::Tables;
use crate::observation::Load;

/// How long a look waits for the index to catch up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks things up. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    handle: Handle,
    own: Source,
}

/// A follow-up by which somebody owes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Debt {
    pub(crate) id: FollowUpId,
    pub(crate) person: PersonId,
    /// Absent while nobody has been named.
    pub(crate) owner: Option<PersonId>,
    pub(crate) urn: Urn,
    pub(crate) agreed_on: NaiveDate,
    /// Whether the person still owes the action.
    pub(crate) is_open: bool,
}

impl Index {
    /// Opens the index, and the task that keeps it up to date.
    pub(crate) async fn open(home: &Home, own: Source) -> Result<(Self, Runner<Tables>), projection::Error> {
        let runner = Runner::new(home, Tables, vec![own.clone()]).await?;
        Ok((
            Self {
                handle: runner.handle(),
                own,
            },
            runner,
        ))
    }

    /// What somebody is observed for in a cycle that counts towards the cap, without one observation.
    pub(crate) async fn load(&self, observee: PersonId, cycle: i32, without: ObservationId) -> Result<Load, Error> {
        self.catch_up().await?;
        let (count, minutes): (i64, i64) = sql!(
            "select count(*), cast(coalesce(sum(minutes), 0) as bigint)
             from observation_load
             where observee_id = $1 and cycle = $2 and counts and observation_id <> $3",
            observee.0,
            cycle,
            without.0
        )
        .fetch_one(&self.db())
        .await?;
        let bounded = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Load {
            count: bounded(count),
            minutes: bounded(minutes),
        })
    }

    /// What somebody owes as action, or is still owed support for.
    pub(crate) async fn owed_with(&self, person: PersonId) -> Result<Vec<Debt>, Error> {
        self.catch_up().await?;
        Ok(sql!(
            "select follow_up_id, person_id, owner_id, urn, agreed_on, is_open
             from follow_up_debt
             where person_id = $1 and (is_open or is_owed)
             order by follow_up_id",
            person.0
        )
        .fetch_all(&self.db())
        .await?)
    }

    /// What somebody owes as support.
    pub(crate) async fn owed_by(&self, owner: PersonId) -> Result<Vec<Debt>, Error> {
        self.catch_up().await?;
        Ok(sql!(
            "select follow_up_id, person_id, owner_id, urn, agreed_on, is_open
             from follow_up_debt
             where owner_id = $1 and (is_open or is_owed)
             order by follow_up_id",
            owner.0
        )
        .fetch_all(&self.db())
        .await?)
    }

    /// Waits until the index holds everything that the store held when asked.
    async fn catch_up(&self) -> Result<(), Error> {
        let head = self.own.head().await?;
        self.handle
            .wait_for(self.own.name(), head, PATIENCE)
            .await
            .map_err(Error::unavailable)
    }

    fn db(&self) -> Db {
        self.handle.db()
    }
}

impl db::FromRow for Debt {
    fn from_row(row: db::Row) -> db::Result<Self> {
        Ok(Self {
            id: FollowUpId(row.at(0)?),
            person: PersonId(row.at(1)?),
            owner: row.at::<Option<Uuid>>(2)?.map(PersonId),
            urn: Urn::try_from(row.at::<i64>(3)?).unwrap_or_default(),
            agreed_on: row.at(4)?,
            is_open: row.at(5)?,
        })
    }
}

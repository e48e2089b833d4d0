//! What the service looks up: follow-ups of the observations service, and appraisals by the people in them.
//!
//! Both are folded from feeds, and so a moment behind. Where "there is none" must be certain, a look that finds nothing
//! first waits until the index is as far as its source was when it was asked.
//!
//! Whether a follow-up's purpose lets an appraisal speak of it is not judged here: the joined-up views refuse what may
//! not be joined, where everybody can see that they do. Its purpose is kept for whoever asks why.

mod tables;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use api::ids::{AppraisalId, FollowUpId, PersonId};
use db::{Db, sql};
use feed::Source;
use projection::{Handle, Home, Runner};
use service::{Error, Violations};
use uuid::Uuid;

pub use tables::Tables;

/// How long a look waits for the index to catch up.
const PATIENCE: Duration = Duration::from_secs(3);

/// Looks things up. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Index {
    handle: Handle,
    appraisals: Source,
    observations: Source,
}

/// A follow-up that a request names, and where it names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The field of the request.
    pub field: String,
    /// The follow-up.
    pub follow_up_id: FollowUpId,
}

/// An appraisal that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenAppraisal {
    /// Which.
    pub appraisal_id: AppraisalId,
    /// Who is appraised.
    pub person_id: PersonId,
}

impl Index {
    /// Opens the index, and the task that keeps it up to date.
    pub async fn open(
        home: &Home,
        appraisals: Source,
        observations: Source,
    ) -> Result<(Self, Runner<Tables>), projection::Error> {
        let sources = vec![appraisals.clone(), observations.clone()];
        let runner = Runner::new(home, Tables, sources).await?;
        Ok((
            Self {
                handle: runner.handle(),
                appraisals,
                observations,
            },
            runner,
        ))
    }

    /// Makes sure that all these follow-ups exist and are that person's.
    pub async fn check_follow_ups(&self, person_id: PersonId, named: &[Named]) -> Result<(), Error> {
        if named.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = named.iter().map(|named| named.follow_up_id.0).collect();
        let mut known = self.people_of_follow_ups(&ids).await?;
        if ids.iter().any(|id| !known.contains_key(id)) {
            self.catch_up(&self.observations).await?;
            known = self.people_of_follow_ups(&ids).await?;
        }
        let mut violations = Violations::new();
        for Named { field, follow_up_id } in named {
            match known.get(&follow_up_id.0) {
                Some(owner) if *owner == person_id.0 => {}
                Some(_) => violations.add(field, format!("follow-up {follow_up_id} is somebody else's")),
                None => violations.add(field, format!("there is no follow-up {follow_up_id}")),
            }
        }
        violations.finish()
    }

    /// All of somebody's appraisals that go on.
    pub async fn open_appraisals_of(&self, person_id: PersonId) -> Result<Vec<OpenAppraisal>, Error> {
        self.catch_up(&self.appraisals).await?;
        let rows: Vec<(Uuid, Uuid)> = sql!(
            "select appraisal_id, person_id
             from appraisal_by_person
             where person_id = $1 and open
             order by appraisal_id",
            person_id.0
        )
        .fetch_all(&self.db())
        .await?;
        Ok(rows.into_iter().map(OpenAppraisal::from).collect())
    }

    /// All appraisals that go on with somebody as appraiser.
    pub async fn open_appraisals_by(&self, appraiser_id: PersonId) -> Result<Vec<OpenAppraisal>, Error> {
        self.catch_up(&self.appraisals).await?;
        let rows: Vec<(Uuid, Uuid)> = sql!(
            "select appraisal_id, person_id
             from appraisal_by_person
             where appraiser_id = $1 and open
             order by appraisal_id",
            appraiser_id.0
        )
        .fetch_all(&self.db())
        .await?;
        Ok(rows.into_iter().map(OpenAppraisal::from).collect())
    }

    async fn people_of_follow_ups(&self, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Uuid>, Error> {
        let rows: Vec<(Uuid, Uuid)> = sql!(
            "select follow_up_id, person_id from known_follow_up where follow_up_id = any($1)",
            ids
        )
        .fetch_all(&self.db())
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// Waits until the index holds everything that the source held when asked.
    async fn catch_up(&self, source: &Source) -> Result<(), Error> {
        let head = tokio::time::timeout(PATIENCE, source.head())
            .await
            .map_err(Error::unavailable)?;
        let head = head.map_err(Error::unavailable)?;
        self.handle
            .wait_for(source.name(), head, PATIENCE)
            .await
            .map_err(Error::unavailable)
    }

    fn db(&self) -> Db {
        self.handle.db()
    }
}

impl From<(Uuid, Uuid)> for OpenAppraisal {
    fn from((appraisal_id, person_id): (Uuid, Uuid)) -> Self {
        Self {
            appraisal_id: AppraisalId(appraisal_id),
            person_id: PersonId(person_id),
        }
    }
}

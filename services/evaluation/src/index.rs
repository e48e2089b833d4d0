//! What the service looks up: lists of its own, who took part in which activity, and what later observations saw.
//!
//! Folded from the feeds of this service, the catalogue and observations, and so a moment behind. A look first waits
//! until the index holds what this service had recorded when it was asked.

mod tables;
#[cfg(test)]
mod tests;

use std::time::Duration;

use api::{
    common::v1::Purpose,
    evaluation::v1::{FeedbackLevel, FeedbackWave},
    ids::{ActivityId, EvaluationId, FeedbackId, FollowUpId, MetricId, ObservationId, PersonId, TrustId, Urn},
    observations::v1::RevisitOutcome,
};
use chrono::NaiveDate;
use db::{Db, sql};
use feed::Source;
use projection::{Handle, Home, Runner};
use service::Error;
use uuid::Uuid;

pub(crate) use self::tables::{Kind, Tables};
use crate::{feedback::Sighting, recorded};

/// How long a look waits for the index to catch up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks things up. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    handle: Handle,
    own: Source,
}

/// A plan on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: Uuid,
    /// By which the list is ordered, latest first.
    pub(crate) on: NaiveDate,
}

/// Which plans to list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) trust: TrustId,
    /// None for those of the whole trust.
    pub(crate) urn: Option<Urn>,
    /// None for all.
    pub(crate) subject: Option<Uuid>,
}

/// An answer at one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scored {
    pub(crate) level: FeedbackLevel,
    pub(crate) wave: FeedbackWave,
    pub(crate) score: i32,
}

/// What hours credited for an activity amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Participation {
    pub(crate) people: i64,
    pub(crate) minutes: i64,
}

impl Index {
    /// Opens the index, and the task that keeps it up to date.
    pub(crate) async fn open(
        home: &Home,
        own: Source,
        catalogue: Source,
        observations: Source,
    ) -> Result<(Self, Runner<Tables>), projection::Error> {
        let runner = Runner::new(home, Tables, vec![own.clone(), catalogue, observations]).await?;
        Ok((
            Self {
                handle: runner.handle(),
                own,
            },
            runner,
        ))
    }

    /// Evaluations of a school or a whole trust, latest first, after one of them.
    pub(crate) async fn evaluations(
        &self,
        wanted: Wanted,
        after: Option<Listed>,
        limit: i64,
    ) -> Result<Vec<Listed>, Error> {
        self.catch_up().await?;
        let after = after.unwrap_or_else(last);
        Ok(sql!(
            "select evaluation_id, planned_on
             from evaluation
             where trust_id = $1 and urn = $2 and ($3 is null or subject_id = $3)
               and planned_on <= $4 and (planned_on < $4 or evaluation_id < $5)
             order by planned_on desc, evaluation_id desc
             limit $6",
            wanted.trust.0,
            wanted.urn.map_or(0, i64::from),
            wanted.subject,
            after.on,
            after.id,
            limit
        )
        .fetch_all(&self.db())
        .await?)
    }

    /// All evaluations of an activity in a trust.
    pub(crate) async fn evaluations_of(&self, trust: TrustId, subject: Uuid) -> Result<Vec<EvaluationId>, Error> {
        self.catch_up().await?;
        let rows: Vec<(Uuid,)> = sql!(
            "select evaluation_id from evaluation
             where trust_id = $1 and subject_id = $2
             order by evaluation_id",
            trust.0,
            subject
        )
        .fetch_all(&self.db())
        .await?;
        Ok(rows.into_iter().map(|(id,)| EvaluationId(id)).collect())
    }

    /// Surveys of one kind in a trust, latest first, after one of them.
    pub(crate) async fn surveys(
        &self,
        kind: Kind,
        trust: TrustId,
        after: Option<Listed>,
        limit: i64,
    ) -> Result<Vec<Survey>, Error> {
        self.catch_up().await?;
        let after = after.unwrap_or_else(last);
        Ok(sql!(
            "select survey_id, opened_on, opened, closed
             from survey
             where trust_id = $1 and kind = $2
               and opened_on <= $3 and (opened_on < $3 or survey_id < $4)
             order by opened_on desc, survey_id desc
             limit $5",
            trust.0,
            kind.name(),
            after.on,
            after.id,
            limit
        )
        .fetch_all(&self.db())
        .await?)
    }

    /// The metrics of a school or a whole trust.
    pub(crate) async fn metrics(&self, trust: TrustId, urn: Option<Urn>) -> Result<Vec<MetricId>, Error> {
        self.catch_up().await?;
        let rows: Vec<(Uuid,)> = sql!(
            "select metric_id from metric where trust_id = $1 and urn = $2 order by title, metric_id",
            trust.0,
            urn.map_or(0, i64::from)
        )
        .fetch_all(&self.db())
        .await?;
        Ok(rows.into_iter().map(|(id,)| MetricId(id)).collect())
    }

    /// What somebody was asked and has neither answered nor let expire, earliest due first.
    pub(crate) async fn open_feedback(&self, person: PersonId) -> Result<Vec<FeedbackId>, Error> {
        self.catch_up().await?;
        let rows: Vec<(Uuid,)> = sql!(
            "select feedback_id from feedback
             where person_id = $1 and due_on is not null
             order by due_on, feedback_id",
            person.0
        )
        .fetch_all(&self.db())
        .await?;
        Ok(rows.into_iter().map(|(id,)| FeedbackId(id)).collect())
    }

    /// How many were asked about an activity.
    pub(crate) async fn asked_count(&self, trust: TrustId, activity: ActivityId) -> Result<i64, Error> {
        self.catch_up().await?;
        let (count,): (i64,) = sql!(
            "select count(distinct person_id) from feedback where trust_id = $1 and activity_id = $2",
            trust.0,
            activity.0
        )
        .fetch_one(&self.db())
        .await?;
        Ok(count)
    }

    /// Every score about an activity, in the order in which they came.
    pub(crate) async fn scores(&self, trust: TrustId, activity: ActivityId) -> Result<Vec<Scored>, Error> {
        self.catch_up().await?;
        Ok(sql!(
            "select level, wave, score from feedback_score
             where trust_id = $1 and activity_id = $2
             order by position, level",
            trust.0,
            activity.0
        )
        .fetch_all(&self.db())
        .await?)
    }

    /// What later observations saw of an activity, in the order in which it was joined.
    pub(crate) async fn sightings(&self, trust: TrustId, activity: ActivityId) -> Result<Vec<RevisitOutcome>, Error> {
        self.catch_up().await?;
        let rows: Vec<(i32,)> = sql!(
            "select outcome from practice where trust_id = $1 and activity_id = $2 order by position",
            trust.0,
            activity.0
        )
        .fetch_all(&self.db())
        .await?;
        let outcome = |(outcome,): (i32,)| RevisitOutcome::try_from(outcome).unwrap_or_default();
        Ok(rows.into_iter().map(outcome).collect())
    }

    /// People with hours credited for an activity, and their minutes.
    pub(crate) async fn participation(&self, trust: TrustId, activity: ActivityId) -> Result<Participation, Error> {
        let (people, minutes): (i64, i64) = sql!(
            "select count(distinct person_id), cast(coalesce(sum(minutes), 0) as bigint)
             from credit
             where trust_id = $1 and activity_id = $2 and minutes > 0",
            trust.0,
            activity.0
        )
        .fetch_one(&self.db())
        .await?;
        Ok(Participation { people, minutes })
    }

    /// Feedback of the person whom a follow-up is about, and what its later observations saw, once both are known.
    pub(crate) async fn seen_of(&self, follow_up: FollowUpId) -> Result<Vec<(FeedbackId, Sighting)>, Error> {
        self.seen(
            "select b.feedback_id, r.follow_up_id, r.observation_id, f.focus_areas, r.outcome, r.seen_on, f.purpose
             from follow_up f
             join revisit r on r.follow_up_id = f.follow_up_id
             join feedback b on b.person_id = f.person_id and b.developed_on <= r.seen_on
             where f.follow_up_id = $1
             order by r.seen_on, r.observation_id, b.feedback_id",
            follow_up.0,
        )
        .await
    }

    /// What later observations saw of the person who is asked.
    pub(crate) async fn seen_for(&self, feedback: FeedbackId) -> Result<Vec<(FeedbackId, Sighting)>, Error> {
        self.catch_up().await?;
        self.seen(
            "select b.feedback_id, r.follow_up_id, r.observation_id, f.focus_areas, r.outcome, r.seen_on, f.purpose
             from feedback b
             join follow_up f on f.person_id = b.person_id
             join revisit r on r.follow_up_id = f.follow_up_id and b.developed_on <= r.seen_on
             where b.feedback_id = $1
             order by r.seen_on, r.observation_id",
            feedback.0,
        )
        .await
    }

    async fn seen(&self, query: &'static str, id: Uuid) -> Result<Vec<(FeedbackId, Sighting)>, Error> {
        let rows: Vec<Seen> = sql!(query, id).fetch_all(&self.db()).await?;
        Ok(rows
            .into_iter()
            .map(|Seen(feedback, sighting)| (feedback, sighting))
            .collect())
    }

    /// Waits until the index has read a source that far.
    pub(crate) async fn wait_for(&self, source: &'static str, position: eventstore::Position) -> Result<(), Error> {
        self.handle
            .wait_for(source, position, PATIENCE)
            .await
            .map_err(Error::unavailable)
    }

    /// Waits until the index holds everything that the service had recorded when asked.
    pub(crate) async fn catch_up(&self) -> Result<(), Error> {
        let head = self.own.head().await?;
        self.wait_for(self.own.name(), head).await
    }

    fn db(&self) -> Db {
        self.handle.db()
    }
}

/// Before every row of a list that runs backwards: the last day that both databases write with four digits.
fn last() -> Listed {
    Listed {
        id: Uuid::max(),
        on: NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or_default(),
    }
}

/// A survey on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Survey {
    pub(crate) listed: Listed,
    /// How it was opened, encoded.
    pub(crate) opened: Vec<u8>,
    pub(crate) closed: bool,
}

impl db::FromRow for Listed {
    fn from_row(row: db::Row) -> db::Result<Self> {
        Ok(Self {
            id: row.at(0)?,
            on: row.at(1)?,
        })
    }
}

impl db::FromRow for Survey {
    fn from_row(row: db::Row) -> db::Result<Self> {
        Ok(Self {
            listed: Listed {
                id: row.at(0)?,
                on: row.at(1)?,
            },
            opened: row.at(2)?,
            closed: row.at(3)?,
        })
    }
}

impl db::FromRow for Scored {
    fn from_row(row: db::Row) -> db::Result<Self> {
        Ok(Self {
            level: FeedbackLevel::try_from(row.at::<i32>(0)?).unwrap_or_default(),
            wave: FeedbackWave::try_from(row.at::<i32>(1)?).unwrap_or_default(),
            score: row.at(2)?,
        })
    }
}

struct Seen(FeedbackId, Sighting);

impl db::FromRow for Seen {
    fn from_row(row: db::Row) -> db::Result<Self> {
        let sighting = Sighting {
            follow_up: FollowUpId(row.at(1)?),
            observation: ObservationId(row.at(2)?),
            focus_areas: recorded::lines(&row.at::<String>(3)?),
            outcome: RevisitOutcome::try_from(row.at::<i32>(4)?).unwrap_or_default(),
            on: row.at(5)?,
            purpose: Purpose::try_from(row.at::<i32>(6)?).unwrap_or_default(),
        };
        Ok(Self(FeedbackId(row.at(0)?), sighting))
    }
}

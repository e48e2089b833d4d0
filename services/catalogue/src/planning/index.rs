//! What planning looks up: everything that is listed, what other services' records belong to, and what sessions cost.
//!
//! Folded from feeds, and so a moment behind. Every look first waits until the index is as far as the store was when it
//! was asked, so that whoever has just written finds it.

mod tables;
use std::time::Duration;

use api::ids::{FollowUpId, NetworkOfferId, PersonId, ProviderId, SupportAskId, TrustId, Urn};
use chrono::NaiveDate;
use db::{Db, sql};
use eventstore::Position;
use feed::Source;
use projection::{Handle, Home, Runner};
use service::Error;
use uuid::Uuid;

pub(crate) use self::tables::{Listed, Tables};

/// How long a look waits for the index to catch up.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks things up. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    handle: Handle,
    own: Source,
}

/// By what a list is in order, and where its page ended.
pub(crate) type Key = (NaiveDate, Uuid);

/// Which entries are wanted. What is not said does not matter.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    pub(crate) listed: Listed,
    /// The trust; the network of a network offer.
    pub(crate) scope: Uuid,
    pub(crate) schools: Schools,
    pub(crate) person: Option<PersonId>,
    pub(crate) owner: Option<PersonId>,
    pub(crate) state: Option<i32>,
    pub(crate) class: Option<i32>,
    /// In force in this academic year.
    pub(crate) year: Option<i32>,
    pub(crate) focus_area: Option<String>,
}

/// Which schools' entries are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schools {
    Any,
    /// Those of the whole trust alone.
    None,
    /// Those of a school, or for it.
    At(Urn),
}

/// Whose an appraisal or a learning walk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) trust: TrustId,
    pub(crate) urn: Option<Urn>,
    /// Absent for a walk.
    pub(crate) person: Option<PersonId>,
}

/// An open entry about somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Personal {
    pub(crate) id: Uuid,
    pub(crate) listed: Listed,
    pub(crate) person: PersonId,
}

/// What a provider's sessions cost and gave, over a span of days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) activity_count: i64,
    pub(crate) session_count: i64,
    pub(crate) participant_count: i64,
    pub(crate) participant_minutes: i64,
    pub(crate) cost_pence: i64,
}

impl Filter {
    /// All entries of a kind in a scope.
    pub(crate) fn of(listed: Listed, scope: impl Into<Uuid>) -> Self {
        Self {
            listed,
            scope: scope.into(),
            schools: Schools::Any,
            person: None,
            owner: None,
            state: None,
            class: None,
            year: None,
            focus_area: None,
        }
    }
}

impl Index {
    /// Opens the index, and the task that keeps it up to date.
    pub(crate) async fn open(
        home: &Home,
        own: Source,
        observations: Source,
        appraisal: Source,
    ) -> Result<(Self, Runner<Tables>), projection::Error> {
        let runner = Runner::new(home, Tables, vec![own.clone(), observations, appraisal]).await?;
        let handle = runner.handle();
        Ok((Self { handle, own }, runner))
    }

    /// The entries that a filter lets through, in the order of their days.
    pub(crate) async fn list(&self, filter: &Filter, after: Option<Key>, limit: i64) -> Result<Vec<Key>, Error> {
        self.catch_up().await?;
        let (mode, urn) = match filter.schools {
            Schools::Any => (0, None),
            Schools::None => (1, None),
            Schools::At(urn) => (2, Some(i64::from(urn))),
        };
        Ok(sql!(
            "select on_date, entry_id
             from planning_entry
             where listed = $1 and scope_id = $2
               and ($3 = 0 or ($3 = 1 and urn is null) or ($3 = 2 and (urn = $4 or exists (
                 select 1 from planning_school s where s.entry_id = planning_entry.entry_id and s.urn = $4))))
               and ($5 is null or person_id = $5)
               and ($6 is null or owner_id = $6)
               and ($7 is null or state = $7)
               and ($8 is null or class = $8)
               and ($9 is null or (year <= $9 and $9 < until_year))
               and ($10 is null or exists (
                 select 1 from planning_area a where a.entry_id = planning_entry.entry_id and a.focus_area = $10))
               and ($11 is null or (on_date, entry_id) > ($11, $12))
             order by on_date, entry_id
             limit $13",
            filter.listed.name(),
            filter.scope,
            mode,
            urn,
            filter.person.map(Uuid::from),
            filter.owner.map(Uuid::from),
            filter.state,
            filter.class,
            filter.year,
            filter.focus_area.as_deref(),
            after.map(|(on, _)| on),
            after.map(|(_, id)| id),
            limit
        )
        .fetch_all(&self.db())
        .await?)
    }

    /// How many places of a network offer are taken, and how many of them by one school.
    pub(crate) async fn places_taken(&self, offer: NetworkOfferId, by: Option<Urn>) -> Result<(i32, i32), Error> {
        self.catch_up().await?;
        let (all, here): (i64, i64) = sql!(
            "select cast(coalesce(sum(amount), 0) as bigint),
               cast(coalesce(sum(case when urn = $3 then amount else 0 end), 0) as bigint)
             from planning_entry
             where listed = $1 and scope_id = $2",
            Listed::Uptake.name(),
            offer.0,
            by.map(i64::from)
        )
        .fetch_one(&self.db())
        .await?;
        let bounded = |places: i64| i32::try_from(places).unwrap_or(i32::MAX);
        Ok((bounded(all), bounded(here)))
    }

    /// The open asks of a follow-up.
    pub(crate) async fn open_asks_of(&self, follow_up: FollowUpId) -> Result<Vec<SupportAskId>, Error> {
        self.catch_up().await?;
        let rows: Vec<(Uuid,)> = sql!(
            "select entry_id
             from planning_entry
             where parent_id = $1 and listed = $2 and state = $3
             order by entry_id",
            follow_up.0,
            Listed::Ask.name(),
            tables::OPEN
        )
        .fetch_all(&self.db())
        .await?;
        Ok(rows.into_iter().map(|(id,)| SupportAskId(id)).collect())
    }

    /// The open asks for what somebody is to get.
    pub(crate) async fn open_asks_for(&self, person: PersonId) -> Result<Vec<SupportAskId>, Error> {
        self.catch_up().await?;
        let rows: Vec<(Uuid,)> = sql!(
            "select entry_id
             from planning_entry
             where person_id = $1 and listed = $2 and state = $3
             order by entry_id",
            person.0,
            Listed::Ask.name(),
            tables::OPEN
        )
        .fetch_all(&self.db())
        .await?;
        Ok(rows.into_iter().map(|(id,)| SupportAskId(id)).collect())
    }

    /// Needs that are open and expertise that is offered, with the people whose they are.
    pub(crate) async fn personal(&self) -> Result<Vec<Personal>, Error> {
        self.catch_up().await?;
        let rows: Vec<(Uuid, String, Uuid)> = sql!(
            "select entry_id, listed, person_id
             from planning_entry
             where is_personal
             order by entry_id"
        )
        .fetch_all(&self.db())
        .await?;
        let personal = |(id, listed, person): (Uuid, String, Uuid)| {
            Some(Personal {
                id,
                listed: Listed::of_name(&listed)?,
                person: PersonId(person),
            })
        };
        Ok(rows.into_iter().filter_map(personal).collect())
    }

    /// Whose an appraisal or walk is, once its source has been read as far as `position`.
    pub(crate) async fn origin(
        &self,
        id: Uuid,
        source: &'static str,
        position: Position,
    ) -> Result<Option<Origin>, Error> {
        self.wait_for(source, position).await?;
        let row: Option<(Uuid, Option<i64>, Option<Uuid>)> = sql!(
            "select trust_id, urn, person_id from planning_origin where origin_id = $1",
            id
        )
        .fetch_optional(&self.db())
        .await?;
        Ok(row.map(|(trust, urn, person)| Origin {
            trust: TrustId(trust),
            urn: urn.and_then(|urn| Urn::try_from(urn).ok()),
            person: person.map(PersonId),
        }))
    }

    /// What a provider's sessions cost and gave that were held from one day to another.
    pub(crate) async fn value(&self, provider: ProviderId, first: NaiveDate, last: NaiveDate) -> Result<Value, Error> {
        self.catch_up().await?;
        let (activity_count, session_count): (i64, i64) = sql!(
            "select count(distinct activity_id), count(*)
             from planning_session
             where provider_id = $1 and held and on_date between $2 and $3",
            provider.0,
            first,
            last
        )
        .fetch_one(&self.db())
        .await?;
        let (participant_count, participant_minutes, cost_pence): (i64, i64, i64) = sql!(
            "select count(*), cast(coalesce(sum(a.minutes), 0) as bigint), cast(coalesce(sum(s.cost_pence), 0) as bigint)
             from planning_session s
             join planning_attendance a on a.session_id = s.session_id
             where s.provider_id = $1 and s.held and a.attended and s.on_date between $2 and $3",
            provider.0,
            first,
            last
        )
        .fetch_one(&self.db())
        .await?;
        Ok(Value {
            activity_count,
            session_count,
            participant_count,
            participant_minutes,
            cost_pence,
        })
    }

    /// Waits until the index holds everything that the store held when asked.
    async fn catch_up(&self) -> Result<(), Error> {
        let head = self.own.head().await?;
        self.wait_for(self.own.name(), head).await
    }

    async fn wait_for(&self, source: &'static str, position: Position) -> Result<(), Error> {
        self.handle
            .wait_for(source, position, PATIENCE)
            .await
            .map_err(Error::unavailable)
    }

    fn db(&self) -> Db {
        self.handle.db()
    }
}

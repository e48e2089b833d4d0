//! What the service looks up: follow-ups of the observations service, who coaches what, and its own partnerships,
//! enquiries and asks by the people and places in them. It holds no text.
//!
//! It is folded from feeds, and so a moment behind. Where "there is none" must be certain, a look first waits until the
//! index is as far as its source was when it was asked.

mod tables;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use api::{
    coaching::v1::PartnershipKind,
    common::v1::SupportKind,
    ids::{CoachingAskId, EnquiryId, FollowUpId, PartnershipId, PersonId, TrustId, Urn},
};
use chrono::NaiveDate;
use db::{Db, sql};
use eventstore::Position;
use feed::Source;
use projection::{Handle, Home, Runner};
use serde::{Deserialize, Serialize};
use service::{Error, Violations};
use uuid::Uuid;

pub use tables::Tables;

/// How long a look waits for the index to catch up.
const PATIENCE: Duration = Duration::from_secs(3);

/// Before the first row of a list that has the latest first.
pub(crate) const LATEST: i64 = i64::MAX;

/// Looks things up. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Index {
    handle: Handle,
    own: Source,
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

/// A partnership that goes on, as far as reactions need to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenPartnership {
    pub id: PartnershipId,
    pub coached: PersonId,
}

/// An ask that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenAsk {
    pub id: CoachingAskId,
    pub kind: SupportKind,
    pub promised_on: NaiveDate,
}

/// Which asks to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsksOf {
    School(Urn),
    Person(PersonId),
    Owner(PersonId),
}

/// Which partnerships to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityOf {
    School(Urn),
    Person(PersonId),
}

/// Where a list of asks goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskCursor {
    pub promised_on: NaiveDate,
    pub ask: Uuid,
}

impl Index {
    /// Opens the index, and the task that keeps it up to date.
    pub async fn open(
        home: &Home,
        own: Source,
        observations: Source,
    ) -> Result<(Self, Runner<Tables>), projection::Error> {
        let sources = vec![own.clone(), observations.clone()];
        let runner = Runner::new(home, Tables, sources).await?;
        let index = Self {
            handle: runner.handle(),
            own,
            observations,
        };
        Ok((index, runner))
    }

    /// Makes sure that all these follow-ups exist and are one of those people's.
    pub async fn check_follow_ups(&self, people: &[PersonId], named: &[Named]) -> Result<(), Error> {
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
                Some(owner) if people.contains(&PersonId(*owner)) => {}
                Some(_) => violations.add(
                    field,
                    format!("follow-up {follow_up_id} is somebody else's: name one of their own"),
                ),
                None => violations.add(field, format!("there is no follow-up {follow_up_id}")),
            }
        }
        violations.finish()
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

    /// In how many partnerships that go on people coach: in peer coaching both do.
    pub async fn loads(&self, people: &[PersonId]) -> Result<BTreeMap<PersonId, u32>, Error> {
        self.catch_up(&self.own).await?;
        let ids: Vec<Uuid> = people.iter().map(|person| person.0).collect();
        let rows: Vec<(Uuid, i64)> = sql!(
            "select person_id, count(*)
             from (
               select coach_id as person_id from partnership where agreed and open and coach_id = any($1)
               union all
               select coached_id as person_id
               from partnership
               where agreed and open and kind = $2 and coached_id = any($1)
             ) as coach
             group by person_id",
            ids,
            i32::from(PartnershipKind::PeerCoaching)
        )
        .fetch_all(&self.db())
        .await?;
        let load = |(person, count)| (PersonId(person), u32::try_from(count).unwrap_or(u32::MAX));
        Ok(rows.into_iter().map(load).collect())
    }

    /// Who in a trust coached any of these focus areas, and which.
    pub async fn coaches_of(
        &self,
        trust: TrustId,
        focus_areas: &[String],
    ) -> Result<BTreeMap<PersonId, Vec<String>>, Error> {
        self.catch_up(&self.own).await?;
        let rows: Vec<(Uuid, String)> = sql!(
            "select coach_id, focus_area
             from coached_area
             where trust_id = $1 and focus_area = any($2)
             group by coach_id, focus_area
             order by coach_id, focus_area",
            trust.0,
            focus_areas
        )
        .fetch_all(&self.db())
        .await?;
        let mut coaches: BTreeMap<PersonId, Vec<String>> = BTreeMap::new();
        for (coach, area) in rows {
            coaches.entry(PersonId(coach)).or_default().push(area);
        }
        Ok(coaches)
    }

    /// Partnerships of somebody that go on, or were proposed.
    pub async fn open_partnerships_of(&self, person: PersonId) -> Result<Vec<OpenPartnership>, Error> {
        self.catch_up(&self.own).await?;
        let rows: Vec<(Uuid, Uuid)> = sql!(
            "select partnership_id, coached_id
             from partnership
             where open and (coach_id = $1 or coached_id = $1)
             order by partnership_id",
            person.0
        )
        .fetch_all(&self.db())
        .await?;
        let open = |(id, coached)| OpenPartnership {
            id: PartnershipId(id),
            coached: PersonId(coached),
        };
        Ok(rows.into_iter().map(open).collect())
    }

    /// Partnerships that serve a follow-up.
    pub async fn partnerships_for(&self, follow_up: FollowUpId) -> Result<Vec<PartnershipId>, Error> {
        self.catch_up(&self.own).await?;
        let rows: Vec<(Uuid,)> = sql!(
            "select partnership_id from partnership_link where follow_up_id = $1 order by partnership_id",
            follow_up.0
        )
        .fetch_all(&self.db())
        .await?;
        Ok(rows.into_iter().map(|(id,)| PartnershipId(id)).collect())
    }

    /// Enquiries that go on and have somebody in their group.
    pub async fn open_enquiries_of(&self, person: PersonId) -> Result<Vec<EnquiryId>, Error> {
        self.catch_up(&self.own).await?;
        let rows: Vec<(Uuid,)> = sql!(
            "select enquiry.enquiry_id
             from enquiry
             join enquiry_member on enquiry_member.enquiry_id = enquiry.enquiry_id
             where enquiry.open and enquiry_member.person_id = $1
             order by enquiry.enquiry_id",
            person.0
        )
        .fetch_all(&self.db())
        .await?;
        Ok(rows.into_iter().map(|(id,)| EnquiryId(id)).collect())
    }

    /// Asks of a follow-up that wait.
    pub async fn open_asks_of(&self, follow_up: FollowUpId) -> Result<Vec<OpenAsk>, Error> {
        self.catch_up(&self.own).await?;
        let rows: Vec<(Uuid, i32, NaiveDate)> = sql!(
            "select ask_id, support_kind, promised_on
             from ask
             where follow_up_id = $1 and open
             order by ask_id",
            follow_up.0
        )
        .fetch_all(&self.db())
        .await?;
        let ask = |(id, kind, promised_on)| OpenAsk {
            id: CoachingAskId(id),
            kind: SupportKind::try_from(kind).unwrap_or_default(),
            promised_on,
        };
        Ok(rows.into_iter().map(ask).collect())
    }

    /// Partnerships, the latest proposed first: at most so many, after a position.
    pub(crate) async fn activity(
        &self,
        of: ActivityOf,
        open_only: bool,
        before: i64,
        limit: i64,
    ) -> Result<Vec<(PartnershipId, i64)>, Error> {
        self.catch_up(&self.own).await?;
        let query = match of {
            ActivityOf::School(urn) => sql!(
                "select partnership_id, position
                 from partnership
                 where urn = $1 and (open or not $2) and position < $3
                 order by position desc
                 limit $4",
                i64::from(urn),
                open_only,
                before,
                limit
            ),
            ActivityOf::Person(person) => sql!(
                "select partnership_id, position
                 from partnership
                 where (coach_id = $1 or coached_id = $1) and (open or not $2) and position < $3
                 order by position desc
                 limit $4",
                person.0,
                open_only,
                before,
                limit
            ),
        };
        let rows: Vec<(Uuid, i64)> = query.fetch_all(&self.db()).await?;
        Ok(rows.into_iter().map(|(id, at)| (PartnershipId(id), at)).collect())
    }

    /// Enquiries of a trust, or of a school and across schools, the latest framed first.
    pub(crate) async fn enquiries(
        &self,
        trust: TrustId,
        school: Option<Urn>,
        open_only: bool,
        before: i64,
        limit: i64,
    ) -> Result<Vec<(EnquiryId, i64)>, Error> {
        self.catch_up(&self.own).await?;
        let query = match school {
            Some(urn) => sql!(
                "select enquiry_id, position
                 from enquiry
                 where trust_id = $1 and (urn = $2 or urn is null) and (open or not $3) and position < $4
                 order by position desc
                 limit $5",
                trust.0,
                i64::from(urn),
                open_only,
                before,
                limit
            ),
            None => sql!(
                "select enquiry_id, position
                 from enquiry
                 where trust_id = $1 and (open or not $2) and position < $3
                 order by position desc
                 limit $4",
                trust.0,
                open_only,
                before,
                limit
            ),
        };
        let rows: Vec<(Uuid, i64)> = query.fetch_all(&self.db()).await?;
        Ok(rows.into_iter().map(|(id, at)| (EnquiryId(id), at)).collect())
    }

    /// Asks, the earliest promise first.
    pub(crate) async fn asks(
        &self,
        of: AsksOf,
        open_only: bool,
        after: Option<AskCursor>,
        limit: i64,
    ) -> Result<Vec<AskCursor>, Error> {
        self.catch_up(&self.own).await?;
        let AskCursor { promised_on, ask } = after.unwrap_or(AskCursor {
            promised_on: NaiveDate::default(),
            ask: Uuid::nil(),
        });
        let query = match of {
            AsksOf::School(urn) => sql!(
                "select promised_on, ask_id
                 from ask
                 where urn = $1 and (open or not $2) and (promised_on > $3 or (promised_on = $3 and ask_id > $4))
                 order by promised_on, ask_id
                 limit $5",
                i64::from(urn),
                open_only,
                promised_on,
                ask,
                limit
            ),
            AsksOf::Person(person) => sql!(
                "select promised_on, ask_id
                 from ask
                 where person_id = $1 and (open or not $2) and (promised_on > $3 or (promised_on = $3 and ask_id > $4))
                 order by promised_on, ask_id
                 limit $5",
                person.0,
                open_only,
                promised_on,
                ask,
                limit
            ),
            AsksOf::Owner(owner) => sql!(
                "select promised_on, ask_id
                 from ask
                 where owner_id = $1 and (open or not $2) and (promised_on > $3 or (promised_on = $3 and ask_id > $4))
                 order by promised_on, ask_id
                 limit $5",
                owner.0,
                open_only,
                promised_on,
                ask,
                limit
            ),
        };
        let rows: Vec<(NaiveDate, Uuid)> = query.fetch_all(&self.db()).await?;
        let cursor = |(promised_on, ask)| AskCursor { promised_on, ask };
        Ok(rows.into_iter().map(cursor).collect())
    }

    /// Waits until the index holds everything that the source held when asked.
    async fn catch_up(&self, source: &Source) -> Result<(), Error> {
        let head: Result<Position, _> = tokio::time::timeout(PATIENCE, source.head())
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

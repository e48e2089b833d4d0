//! Calendar feeds: what somebody has before them, at a secret address that a calendar programme reads.
//!
//! A calendar programme cannot sign in, and services answer nobody without a token. Keeping somebody's token for it would
//! leave in the database what opens everything of theirs. So a feed keeps only what it shows: a copy of the person's own
//! dates, taken in their name while they are signed in, and anew whenever they visit. The page, and the feed itself, say
//! how old it is. Three things follow:
//!
//! - The address is 256 random bits; the database holds their digest alone. It is shown once, and nobody can look it up.
//! - The copy is sealed under its person's own key: erasing the person erases it, and the database alone opens nothing.
//! - Taking the address back, or making another, deletes the row. So does a term without a visit.
//!
//! It says that something takes place, never what was written or said: no name of anybody else, no text.

mod entries;
mod feed;

use std::time::Duration as Span;

use api::{
    common::v1::Sealed,
    ids::{PersonId, derived},
};
use chrono::{DateTime, Duration, Utc};
use db::{Db, Migration, sql};
use identity::Keys;
use moka::future::Cache;
use prost::Message as _;
use service::Error;
use uuid::Uuid;

use self::entries::Entry;
use crate::{problem::Fault, secret::Secret, visitor::Visitor};

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "calendar feeds",
    "create table calendar_feed (
       -- One row: somebody's calendar feed, found by the digest of its address. Its dates are sealed under their key.
       person_id {uuid} primary key,
       trust_id {uuid} not null,
       address_digest {bytes} not null unique,
       sealed {bytes} not null,
       made_at {instant} not null,
       refreshed_at {instant} not null
     ) {strict};
     create index calendar_feed_refreshed on calendar_feed (refreshed_at);",
)];

/// A feed whose person has not visited for so long is deleted.
const KEPT: Duration = Duration::days(120);

/// How often a visit takes a new copy.
const REFRESHED_EVERY: Span = Span::from_secs(10 * 60);

/// What its person may know of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Feed {
    pub(crate) made_at: DateTime<Utc>,
    /// When its dates were last taken.
    pub(crate) refreshed_at: DateTime<Utc>,
}

/// Everybody's feeds. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Calendars {
    db: Db,
    keys: Keys,
    /// Who has been looked at lately.
    seen: Cache<Uuid, ()>,
}

impl Calendars {
    pub(crate) async fn open(db: Db, keys: Keys) -> Result<Self, db::Error> {
        db.migrate("calendars", MIGRATIONS).await?;
        Ok(Self {
            db,
            keys,
            seen: Cache::builder()
                .max_capacity(50_000)
                .time_to_live(REFRESHED_EVERY)
                .build(),
        })
    }

    /// Somebody's feed, if they have one.
    pub(crate) async fn of(&self, person: PersonId) -> Result<Option<Feed>, Error> {
        let row: Option<(DateTime<Utc>, DateTime<Utc>)> = sql!(
            "select made_at, refreshed_at from calendar_feed where person_id = $1",
            person.0
        )
        .fetch_optional(&self.db)
        .await?;
        Ok(row.map(|(made_at, refreshed_at)| Feed { made_at, refreshed_at }))
    }

    /// Makes a feed in place of an earlier one, whose address then leads nowhere. Nobody is told the secret again.
    pub(crate) async fn make(&self, visitor: &Visitor) -> Result<Secret, Fault> {
        let person = visitor.person()?;
        let trust = trust_of(visitor);
        let now = Utc::now();
        let entries = entries::merged(Vec::new(), entries::collect(visitor).await?, now);
        let sealed = self.seal(trust, person, &entries).await?;
        let secret = Secret::fresh();
        sql!(
            "insert into calendar_feed (person_id, trust_id, address_digest, sealed, made_at, refreshed_at)
             values ($1, $2, $3, $4, $5, $5)
             on conflict (person_id) do update
             set address_digest = excluded.address_digest, sealed = excluded.sealed, made_at = excluded.made_at,
                 refreshed_at = excluded.refreshed_at",
            person.0,
            trust,
            secret.digest().to_vec(),
            sealed,
            now
        )
        .execute(&self.db)
        .await
        .map_err(Error::from)?;
        Ok(secret)
    }

    /// The address leads nowhere from now on, and nothing is kept.
    pub(crate) async fn revoke(&self, person: PersonId) -> Result<(), Error> {
        sql!("delete from calendar_feed where person_id = $1", person.0)
            .execute(&self.db)
            .await?;
        Ok(())
    }

    /// The feed at an address, as calendar programmes read it. None if there is none.
    pub(crate) async fn read(&self, address: &str) -> Result<Option<String>, Error> {
        let Some(secret) = Secret::parse(address) else {
            return Ok(None);
        };
        let row: Option<(Uuid, Uuid, Vec<u8>, DateTime<Utc>)> = sql!(
            "select person_id, trust_id, sealed, refreshed_at from calendar_feed where address_digest = $1",
            secret.digest().to_vec()
        )
        .fetch_optional(&self.db)
        .await?;
        let Some((person, trust, sealed, refreshed_at)) = row else {
            return Ok(None);
        };
        if refreshed_at < Utc::now() - KEPT || self.keys.is_erased(person).await? {
            return Ok(None);
        }
        let entries = self.unseal(trust, &sealed).await?;
        Ok(Some(feed::written(&entries, refreshed_at)))
    }

    /// Somebody visits: takes a new copy of their dates if they have a feed and the copy is not from just now.
    pub(crate) async fn visited(&self, visitor: &Visitor) {
        let Some(person) = visitor.me.person_id else { return };
        if self.seen.contains_key(&person.0) {
            return;
        }
        self.seen.insert(person.0, ()).await;
        let (calendars, visitor) = (self.clone(), visitor.clone());
        tokio::spawn(async move {
            if let Err(fault) = calendars.refresh(&visitor, person).await {
                // The feed says how old it is; the next visit tries again.
                tracing::warn!(?fault, "a calendar feed was not refreshed");
            }
        });
    }

    /// Takes a new copy of the dates, if there is a feed.
    pub(crate) async fn refresh(&self, visitor: &Visitor, person: PersonId) -> Result<(), Fault> {
        let row: Option<(Vec<u8>, DateTime<Utc>)> = sql!(
            "select sealed, refreshed_at from calendar_feed where person_id = $1",
            person.0
        )
        .fetch_optional(&self.db)
        .await
        .map_err(Error::from)?;
        let Some((sealed, before)) = row else { return Ok(()) };
        let trust = trust_of(visitor);
        let now = Utc::now();
        let known = self.unseal(trust, &sealed).await?;
        let entries = entries::merged(known, entries::collect(visitor).await?, now);
        let sealed = self.seal(trust, person, &entries).await?;
        // Another visit may have been faster, or the feed taken back meanwhile: then this copy is not needed.
        sql!(
            "update calendar_feed set sealed = $3, refreshed_at = $4 where person_id = $1 and refreshed_at = $2",
            person.0,
            before,
            sealed,
            now
        )
        .execute(&self.db)
        .await
        .map_err(Error::from)?;
        sql!("delete from calendar_feed where refreshed_at < $1", now - KEPT)
            .execute(&self.db)
            .await
            .map_err(Error::from)?;
        Ok(())
    }

    async fn seal(&self, trust: Uuid, person: PersonId, entries: &[Entry]) -> Result<Vec<u8>, Error> {
        let text = serde_json::to_string(entries).map_err(Error::internal)?;
        let mut sealed = Sealed::about(person.0, text);
        self.keys
            .seal(trust, derived("calendar_feed", &person.to_string()), &mut sealed)
            .await?;
        Ok(sealed.encode_to_vec())
    }

    async fn unseal(&self, trust: Uuid, sealed: &[u8]) -> Result<Vec<Entry>, Error> {
        let sealed = Sealed::decode(sealed).map_err(Error::internal)?;
        let text = self.keys.open_one(trust, &sealed).await?;
        // What was erased is no list, and what an older release wrote is taken anew at the next visit.
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

fn trust_of(visitor: &Visitor) -> Uuid {
    visitor.me.trust_id.parse().unwrap_or_default()
}

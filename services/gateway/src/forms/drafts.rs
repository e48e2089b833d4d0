//! Forms that are not finished: a person's drafts, and what was typed while a session ran out.
//!
//! A draft is sealed under its author's own key: erasing the person erases it. What came in without a session is sealed
//! under a key that only that browser's cookie holds, until its author has signed in again.

use std::collections::HashMap;

use api::{
    common::v1::Sealed,
    ids::{PersonId, derived},
};
use chrono::{DateTime, Duration, Utc};
use db::{Db, Migration, sql};
use identity::{Keys, keys};
use prost::Message as _;
use serde::{Deserialize, Serialize};
use service::Error;
use uuid::Uuid;

use crate::secret::Secret;

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "drafts",
    "create table draft (
       -- One row: a form that somebody has filled in and not sent, or that was refused. Sealed under their key.
       person_id {uuid} not null,
       path text not null,
       sealed {bytes} not null,
       saved_at {instant} not null,
       primary key (person_id, path)
     ) {strict};
     create index draft_saved on draft (saved_at);
     create table stranded_form (
       -- One row: a form that came in after its session had run out. Sealed under what only that browser holds.
       browser {bytes} not null,
       path text not null,
       author text not null,
       sealed {bytes} not null,
       saved_at {instant} not null,
       primary key (browser, path)
     ) {strict};
     create index stranded_form_saved on stranded_form (saved_at);
     create index stranded_form_author on stranded_form (author);",
)];

/// How long a draft is kept.
const DRAFTS_KEPT: Duration = Duration::days(30);

/// How long a form without a session is kept.
const STRANDED_KEPT: Duration = Duration::days(1);

/// Drafts of one person; the oldest makes room.
const DRAFTS_EACH: i64 = 50;

/// Stranded forms of one author; the oldest makes room.
const STRANDED_EACH: i64 = 10;

const STRANDED: &str = "a form without a session";

/// Why a form is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kept {
    /// Its author wanted to go on later.
    #[default]
    Saved,
    /// It was sent and refused.
    Refused,
    /// The session had run out when it was sent.
    Stranded,
}

/// What was filled in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) kept: Kept,
    /// The page that shows the form.
    pub(crate) page: String,
    pub(crate) request_id: String,
    /// By name, in the order of the form.
    pub(crate) values: Vec<(String, String)>,
    /// Why it was refused as a whole; empty if it was not.
    pub(crate) refusal: String,
    /// Why it was refused, by field.
    pub(crate) problems: Vec<(String, String)>,
}

/// A draft as its author finds it.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    /// Where the form is sent.
    pub(crate) path: String,
    pub(crate) saved_at: DateTime<Utc>,
    pub(crate) content: Content,
}

/// Everybody's unfinished forms. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Drafts {
    db: Db,
    keys: Keys,
}

impl Drafts {
    pub(crate) async fn open(db: Db, keys: Keys) -> Result<Self, db::Error> {
        db.migrate("drafts", MIGRATIONS).await?;
        Ok(Self { db, keys })
    }

    /// Keeps a form until it is sent, in place of an earlier draft of the same.
    pub(crate) async fn save(&self, trust: Uuid, person: PersonId, path: &str, content: &Content) -> Result<(), Error> {
        let text = serde_json::to_string(content).map_err(Error::internal)?;
        let mut sealed = Sealed::about(person.0, text);
        self.keys.seal(trust, derived("draft", path), &mut sealed).await?;
        let now = Utc::now();
        let mut tx = self.db.begin_write().await?;
        sql!("delete from draft where saved_at < $1", now - DRAFTS_KEPT)
            .execute(&mut tx)
            .await?;
        sql!(
            "insert into draft (person_id, path, sealed, saved_at)
             values ($1, $2, $3, $4)
             on conflict (person_id, path) do update
             set sealed = excluded.sealed, saved_at = excluded.saved_at",
            person.0,
            path,
            sealed.encode_to_vec(),
            now
        )
        .execute(&mut tx)
        .await?;
        sql!(
            "delete from draft
             where person_id = $1
               and path in (select path from draft where person_id = $1 order by saved_at desc limit 1000 offset $2)",
            person.0,
            DRAFTS_EACH
        )
        .execute(&mut tx)
        .await?;
        Ok(tx.commit().await?)
    }

    /// The draft of a form, if there is one.
    pub(crate) async fn find(&self, trust: Uuid, person: PersonId, path: &str) -> Result<Option<Draft>, Error> {
        let row: Option<(Vec<u8>, DateTime<Utc>)> = sql!(
            "select sealed, saved_at from draft where person_id = $1 and path = $2 and saved_at >= $3",
            person.0,
            path,
            Utc::now() - DRAFTS_KEPT
        )
        .fetch_optional(&self.db)
        .await?;
        match row {
            Some((sealed, saved_at)) => self.read(trust, path.to_owned(), &sealed, saved_at).await,
            None => Ok(None),
        }
    }

    /// All drafts of a person, latest first.
    pub(crate) async fn all(&self, trust: Uuid, person: PersonId) -> Result<Vec<Draft>, Error> {
        let rows: Vec<(String, Vec<u8>, DateTime<Utc>)> = sql!(
            "select path, sealed, saved_at from draft
             where person_id = $1 and saved_at >= $2
             order by saved_at desc, path",
            person.0,
            Utc::now() - DRAFTS_KEPT
        )
        .fetch_all(&self.db)
        .await?;
        let mut drafts = Vec::with_capacity(rows.len());
        for (path, sealed, saved_at) in rows {
            drafts.extend(self.read(trust, path, &sealed, saved_at).await?);
        }
        Ok(drafts)
    }

    /// The form was sent, or is not wanted any more.
    pub(crate) async fn discard(&self, person: PersonId, path: &str) -> Result<(), Error> {
        sql!("delete from draft where person_id = $1 and path = $2", person.0, path)
            .execute(&self.db)
            .await?;
        Ok(())
    }

    async fn read(
        &self,
        trust: Uuid,
        path: String,
        sealed: &[u8],
        saved_at: DateTime<Utc>,
    ) -> Result<Option<Draft>, Error> {
        let sealed = Sealed::decode(sealed).map_err(Error::internal)?;
        let text = match self.keys.open_one(trust, &sealed).await {
            Ok(text) => text,
            // A draft that nobody can open any more is none.
            Err(keys::Error::NoKey(_) | keys::Error::Damaged { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(serde_json::from_str(&text).ok().map(|content| Draft {
            path,
            saved_at,
            content,
        }))
    }

    /// What a form carries to show whose it is. Nobody else can make it, so that only forms that were shown to somebody
    /// are kept without a session.
    pub(crate) async fn author(&self, person: PersonId) -> Result<String, Error> {
        let digest = self
            .keys
            .digest_under(Uuid::nil(), derived("gateway", "authors of forms"), person.0.as_bytes());
        Ok(format!("{}.{}", person.0.simple(), digest.await?))
    }

    /// Whether an author's mark was made here.
    async fn is_author(&self, author: &str) -> Result<bool, Error> {
        let Some((person, _)) = author.split_once('.') else {
            return Ok(false);
        };
        match Uuid::try_parse(person) {
            Ok(person) => Ok(crate::secret::same(&self.author(PersonId(person)).await?, author)),
            Err(_) => Ok(false),
        }
    }

    /// Keeps a form that came in without a session, if it was one of ours.
    pub(crate) async fn strand(
        &self,
        browser: &Secret,
        author: &str,
        path: &str,
        content: &Content,
    ) -> Result<bool, Error> {
        if !self.is_author(author).await? {
            return Ok(false);
        }
        let text = serde_json::to_vec(content).map_err(Error::internal)?;
        let now = Utc::now();
        let mut tx = self.db.begin_write().await?;
        sql!("delete from stranded_form where saved_at < $1", now - STRANDED_KEPT)
            .execute(&mut tx)
            .await?;
        sql!(
            "insert into stranded_form (browser, path, author, sealed, saved_at)
             values ($1, $2, $3, $4, $5)
             on conflict (browser, path) do update
             set author = excluded.author, sealed = excluded.sealed, saved_at = excluded.saved_at",
            browser.digest(),
            path,
            author,
            browser.seal(STRANDED, &text),
            now
        )
        .execute(&mut tx)
        .await?;
        sql!(
            "delete from stranded_form
             where author = $1
               and saved_at < (select min(saved_at) from
                 (select saved_at from stranded_form where author = $1 order by saved_at desc limit $2) as latest)",
            author,
            STRANDED_EACH
        )
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Turns what a browser's earlier session left behind into drafts of whoever typed it.
    pub(crate) async fn reclaim(&self, browser: &Secret, trust: Uuid, person: PersonId) -> Result<(), Error> {
        let rows: Vec<(String, Vec<u8>)> = sql!(
            "select path, sealed from stranded_form where browser = $1 and author = $2 and saved_at >= $3",
            browser.digest(),
            self.author(person).await?,
            Utc::now() - STRANDED_KEPT
        )
        .fetch_all(&self.db)
        .await?;
        let opened: HashMap<String, Content> = rows
            .into_iter()
            .filter_map(|(path, sealed)| {
                let content = serde_json::from_slice(&browser.open(STRANDED, &sealed)?).ok()?;
                Some((path, content))
            })
            .collect();
        for (path, content) in opened {
            self.save(trust, person, &path, &content).await?;
            sql!(
                "delete from stranded_form where browser = $1 and path = $2",
                browser.digest(),
                path
            )
            .execute(&self.db)
            .await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;

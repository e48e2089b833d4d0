//! The ballot box: answers to an anonymous survey, kept apart from the record until it closes.
//!
//! An event says when it was recorded, and events stand in order. Were each answer one as it comes, whoever knows who
//! sat at a screen at that moment would know whose it is. So answers wait here, in tables of the service's own that
//! hold no time and no person, and are recorded all at once, in the order of their respondents' digests, which is none.
//!
//! A respondent is a digest of a person under a key that is made for this survey and destroyed when it closes. Until
//! then it finds a second answer of the same person; afterwards nobody can tell whose it was, operators included.
//! What remains while a survey is open: whoever holds the database, the keys' database and its key-encryption key
//! together could make the digests of all staff. No RPC gives them, and nothing of it is in logs or traces.
//!
//! open ──► sealed, when closing begins: nothing goes in any more ──► emptied, once the answers are on record

#[cfg(test)]
mod tests;

use api::ids::{PersonId, TrustId, derived};
use db::{Db, Migration, sql};
use identity::Keys;
use service::{Code, Error};
use uuid::Uuid;

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "ballot box",
    "create table ballot_box (
       -- One row: a survey for which answers were given.
       survey_id {uuid} primary key,
       -- Whether closing has begun.
       sealed {bool} not null
     ) {strict};

     create table ballot (
       -- One row: an answer, until its survey closes. It says neither whose it is nor when it was given.
       survey_id {uuid} not null,
       -- Keyed digest of the person, under a key of the survey's own.
       respondent text not null,
       -- Keyed digest of what they answered, by which the same answer sent again is known.
       said text not null,
       -- The event that will be recorded, its text sealed.
       content {bytes} not null,
       primary key (survey_id, respondent)
     ) {strict};",
)];

/// Answers that wait. Cheap to clone.
#[derive(Clone)]
pub(crate) struct BallotBox {
    db: Db,
    keys: Keys,
}

/// Who answers which survey.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Voter {
    pub(crate) trust: TrustId,
    pub(crate) survey: Uuid,
    pub(crate) person: PersonId,
}

/// What became of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Put {
    Taken,
    /// The same person gave the same answer before.
    Replayed,
}

impl BallotBox {
    /// Makes the tables if they are missing.
    pub(crate) async fn open(db: Db, keys: Keys) -> db::Result<Self> {
        db.migrate("ballots", MIGRATIONS).await?;
        Ok(Self { db, keys })
    }

    /// By what a person is known in one survey, and in no other.
    pub(crate) async fn respondent(&self, voter: Voter) -> Result<String, Error> {
        let Voter { trust, survey, person } = voter;
        match self
            .keys
            .digest_under(trust.0, key_of(survey), person.0.as_bytes())
            .await
        {
            Ok(respondent) => Ok(respondent),
            Err(error) if error.is_unavailable() => Err(error.into()),
            // Its key is destroyed: it closed a moment ago.
            Err(_) => Err(closed()),
        }
    }

    /// Puts in an answer: `said` is what it says, clear and only to be compared; `content` is what is kept.
    pub(crate) async fn put(&self, voter: Voter, said: &[u8], content: Vec<u8>) -> Result<Put, Error> {
        let respondent = self.respondent(voter).await?;
        let said = [respondent.as_bytes(), b"\0", said].concat();
        let said = self
            .keys
            .digest_under(voter.trust.0, key_of(voter.survey), &said)
            .await?;
        let mut tx = self.db.begin_write().await?;
        sql!(
            "insert into ballot_box (survey_id, sealed) values ($1, $2) on conflict (survey_id) do nothing",
            voter.survey,
            false
        )
        .execute(&mut tx)
        .await?;
        let (sealed,): (bool,) = sql!(
            "select sealed from ballot_box where survey_id = $1 for update",
            voter.survey
        )
        .fetch_one(&mut tx)
        .await?;
        if sealed {
            return Err(closed());
        }
        let before: Option<(String,)> = sql!(
            "select said from ballot where survey_id = $1 and respondent = $2",
            voter.survey,
            &respondent
        )
        .fetch_optional(&mut tx)
        .await?;
        match before {
            Some((before,)) if before == said => return Ok(Put::Replayed),
            Some(_) => {
                let message = "you answered already; an anonymous answer cannot be found again to change it";
                return Err(Error::new(Code::FailedPrecondition, message).because("ANSWERED_ALREADY"));
            }
            None => {}
        }
        sql!(
            "insert into ballot (survey_id, respondent, said, content) values ($1, $2, $3, $4)",
            voter.survey,
            respondent,
            said,
            content
        )
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(Put::Taken)
    }

    /// Lets nothing in any more, and gives all that is in it.
    pub(crate) async fn seal(&self, survey: Uuid) -> Result<Vec<Vec<u8>>, Error> {
        let mut tx = self.db.begin_write().await?;
        sql!(
            "insert into ballot_box (survey_id, sealed) values ($1, $2)
             on conflict (survey_id) do update set sealed = excluded.sealed",
            survey,
            true
        )
        .execute(&mut tx)
        .await?;
        let contents: Vec<(Vec<u8>,)> = sql!(
            "select content from ballot where survey_id = $1 order by respondent",
            survey
        )
        .fetch_all(&mut tx)
        .await?;
        tx.commit().await?;
        Ok(contents.into_iter().map(|(content,)| content).collect())
    }

    /// Once the answers are on record: nothing of who gave them remains.
    pub(crate) async fn empty(&self, trust: TrustId, survey: Uuid) -> Result<(), Error> {
        sql!("delete from ballot where survey_id = $1", survey)
            .execute(&self.db)
            .await?;
        self.keys.destroy(trust.0, key_of(survey)).await?;
        Ok(())
    }
}

/// The subject whose key makes a survey's digests.
fn key_of(survey: Uuid) -> Uuid {
    derived("respondents", &survey.to_string())
}

fn closed() -> Error {
    Error::new(
        Code::FailedPrecondition,
        "this survey is closed: nothing can be answered any more",
    )
    .because("SURVEY_CLOSED")
}

//! Claims that wait for somebody's word, and who completed which mandatory training.

use api::{
    catalogue::v1::{ClaimState, LearningRecordEvent, learning_record_event::Event},
    ids::{ClaimId, PersonId, TrustId, Urn},
};
use chrono::NaiveDate;
use db::{Migration, Tx, sql};
use eventstore::Recorded;
use service::{Error, page::Page, recorded};
use uuid::Uuid;

use super::{Index, tables::decoded};

pub(super) const MIGRATION: Migration = Migration::new(
    3,
    "claims and mandatory training",
    "create table claim_entry (
       -- One row: external learning that somebody claims.
       claim_id {uuid} primary key,
       person_id {uuid} not null,
       trust_id {uuid} not null,
       -- Where they worked then; null for the central team.
       urn {i64},
       learned_on {date} not null,
       -- As its number in the protocol.
       state {i32} not null
     ) {strict};
     create index claim_to_verify on claim_entry (trust_id, state, learned_on);

     create table mandatory_completion (
       -- One row: somebody completed an item of mandatory training.
       person_id {uuid} not null,
       item text not null,
       -- The credit that it came with, or the event that recorded it by itself.
       source_id {uuid} not null,
       completed_on {date} not null,
       -- Last day on which it holds; null if it never expires.
       expires_on {date},
       primary key (person_id, item, source_id)
     ) {strict};",
);

/// A claim in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClaimEntry {
    pub(crate) id: ClaimId,
    pub(crate) person: PersonId,
    pub(crate) on: NaiveDate,
}

/// A completion of mandatory training.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Completed {
    pub(crate) person: PersonId,
    pub(crate) item: String,
    pub(crate) on: NaiveDate,
    pub(crate) expires_on: Option<NaiveDate>,
}

/// Where a page of claims ended.
pub(crate) type Cursor = (NaiveDate, Uuid);

impl Index {
    /// Claims that wait, of those schools or of the whole trust, but not somebody's own; earliest first.
    pub(crate) async fn claims_to_verify(
        &self,
        trust: TrustId,
        schools: Option<&[Urn]>,
        not_of: PersonId,
        page: &Page<Cursor>,
    ) -> Result<Vec<ClaimEntry>, Error> {
        self.catch_up().await?;
        let (after_on, after_id) = page.after.unzip();
        let urns: Vec<i64> = schools.unwrap_or_default().iter().map(|urn| i64::from(*urn)).collect();
        let rows: Vec<(Uuid, Uuid, NaiveDate)> = sql!(
            "select claim_id, person_id, learned_on
             from claim_entry
             where trust_id = $1 and state = $2 and person_id <> $3
               and ($4 or urn = any($5))
               and ($6 is null or learned_on > $6 or (learned_on = $6 and claim_id > $7))
             order by learned_on, claim_id
             limit $8",
            trust.0,
            i32::from(ClaimState::Claimed),
            not_of.0,
            schools.is_none(),
            urns,
            after_on,
            after_id,
            page.limit()
        )
        .fetch_all(&self.db())
        .await?;
        let entry = |(id, person, on)| ClaimEntry {
            id: ClaimId(id),
            person: PersonId(person),
            on,
        };
        Ok(rows.into_iter().map(entry).collect())
    }

    /// All mandatory training that these people completed.
    pub(crate) async fn completions(&self, people: &[PersonId]) -> Result<Vec<Completed>, Error> {
        self.catch_up().await?;
        let ids: Vec<Uuid> = people.iter().map(|person| person.0).collect();
        let rows: Vec<(Uuid, String, NaiveDate, Option<NaiveDate>)> = sql!(
            "select person_id, item, completed_on, expires_on
             from mandatory_completion
             where person_id = any($1)
             order by person_id, item, source_id",
            ids
        )
        .fetch_all(&self.db())
        .await?;
        let completed = |(person, item, on, expires_on)| Completed {
            person: PersonId(person),
            item,
            on,
            expires_on,
        };
        Ok(rows.into_iter().map(completed).collect())
    }
}

/// One by one: a person claims or completes little.
pub(super) async fn follow(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), projection::Error> {
    for (event, decoded) in decoded::<LearningRecordEvent>("learning_record", events)? {
        match decoded.event {
            Some(Event::ExternalClaimed(claimed)) => {
                sql!(
                    "insert into claim_entry (claim_id, person_id, trust_id, urn, learned_on, state)
                     values ($1, $2, $3, $4, $5, $6)
                     on conflict (claim_id) do update set state = excluded.state",
                    recorded::id::<Uuid>(&claimed.claim_id),
                    recorded::id::<Uuid>(&claimed.person_id),
                    recorded::id::<Uuid>(&claimed.trust_id),
                    recorded::optional_urn(&claimed.urn).map(i64::from),
                    recorded::date(&claimed.on),
                    i32::from(ClaimState::Claimed)
                )
                .execute(&mut *tx)
                .await?;
            }
            Some(Event::ExternalVerified(verified)) => settle(tx, &verified.claim_id, ClaimState::Verified).await?,
            Some(Event::ExternalRejected(rejected)) => settle(tx, &rejected.claim_id, ClaimState::Rejected).await?,
            Some(Event::MandatoryCompleted(completed)) => {
                sql!(
                    "insert into mandatory_completion (person_id, item, source_id, completed_on, expires_on)
                     values ($1, $2, $3, $4, $5)
                     on conflict (person_id, item, source_id) do update
                     set completed_on = excluded.completed_on, expires_on = excluded.expires_on",
                    recorded::id::<Uuid>(&completed.person_id),
                    completed.item,
                    recorded::optional_id::<Uuid>(&completed.credit_id).unwrap_or(event.event_id),
                    recorded::date(&completed.on),
                    recorded::optional_date(&completed.expires_on)
                )
                .execute(&mut *tx)
                .await?;
            }
            // Whoever did not come after all did not complete it, either.
            Some(Event::HoursCorrected(corrected)) if corrected.minutes == 0 => {
                sql!(
                    "delete from mandatory_completion where person_id = $1 and source_id = $2",
                    recorded::id::<Uuid>(&corrected.person_id),
                    recorded::id::<Uuid>(&corrected.credit_id)
                )
                .execute(&mut *tx)
                .await?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn settle(tx: &mut Tx<'_>, claim: &str, state: ClaimState) -> Result<(), projection::Error> {
    sql!(
        "update claim_entry set state = $2 where claim_id = $1",
        recorded::id::<Uuid>(claim),
        i32::from(state)
    )
    .execute(tx)
    .await?;
    Ok(())
}

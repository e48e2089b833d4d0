//! The tables of the views: a row for each document, with the columns by which it is found.
//!
//! A row's documents of different services are columns apart, each written only from its own service's events. All other
//! columns follow from the row's documents. So any interleaving of the logs leaves the same bytes.
//!
//! On PostgreSQL every table is under forced row-level security: a transaction sees the rows of the trust that it was
//! opened for ([`read`]), and the projection itself, which follows all trusts, says so ([`everything`]).

use db::{Db, Migration, Tx, sql};
use uuid::Uuid;

/// The name under which the migrations are recorded, and the version of the tables.
pub const VERSION: u32 = 1;

const TABLES: &str = "
create table thread (
  -- One row: a follow-up, and what appraisals say about it. Without a trust while only they have been read.
  follow_up_id {uuid} primary key,
  trust_id {uuid},
  urn {i32},
  person_id {uuid},
  owner_id {uuid},
  role_group {i32} not null,
  agreed_on {date},
  revisited {bool} not null,
  -- Whether the action or support is still owed.
  open {bool} not null,
  -- What the definitions need, see `definitions::facts`.
  facts text,
  -- documents::FollowUp, of the observations service.
  document {bytes} not null,
  -- documents::appraisal::Links, of the appraisal service.
  links {bytes} not null
) {strict};
-- Lists by its order; reports read it alone, without the rows.
create index thread_listed on thread (trust_id, agreed_on, follow_up_id, urn, role_group, facts);
create index thread_person on thread (person_id, agreed_on, follow_up_id);
create index thread_owner on thread (owner_id) where open;
create index thread_unowned on thread (urn) where open and owner_id is null;

create table thread_focus (
  -- One row: a focus area of a follow-up.
  follow_up_id {uuid} not null,
  focus_area text not null,
  trust_id {uuid},
  primary key (follow_up_id, focus_area)
) {strict};

create table link (
  -- One row: an appraisal names a follow-up, at a place of its own in the thread's links.
  follow_up_id {uuid} not null,
  place {i32} not null,
  -- Trust, year, school and role group of the appraisal.
  trust_id {uuid},
  year {i32} not null,
  urn {i32},
  role_group {i32} not null,
  -- What the definitions need, see `link_report::lines`.
  facts text not null,
  primary key (follow_up_id, place)
) {strict};
create index link_year on link (trust_id, year, urn, role_group, facts);

create table observation (
  -- One row: an observation.
  observation_id {uuid} primary key,
  trust_id {uuid},
  observee_id {uuid},
  observer_id {uuid},
  second_observer_id {uuid},
  -- Whether anybody still owes anything.
  open {bool} not null,
  -- documents::Observation.
  document {bytes} not null
) {strict};
create index observation_observee on observation (observee_id);
create index observation_observer on observation (observer_id) where open;
create index observation_second_observer on observation (second_observer_id) where open;

create table seen (
  -- One row: a focus area that an observation looked at, once it was conducted.
  observation_id {uuid} not null,
  focus_area text not null,
  trust_id {uuid},
  seen_on {date},
  -- Whose practice, which area and when, see `link_report::lines`.
  facts text not null,
  primary key (observation_id, focus_area)
) {strict};
create index seen_listed on seen (trust_id, seen_on, facts);

create table appraisal (
  -- One row: an appraisal.
  appraisal_id {uuid} primary key,
  trust_id {uuid},
  person_id {uuid},
  appraiser_id {uuid},
  urn {i32},
  year {i32} not null,
  role_group {i32} not null,
  -- Whether anybody still owes anything.
  open {bool} not null,
  -- What the definitions need, see `link_report::lines`.
  facts text not null,
  -- documents::Appraisal.
  document {bytes} not null
) {strict};
create index appraisal_year on appraisal (trust_id, year, urn, role_group, facts);
create index appraisal_person on appraisal (person_id);
create index appraisal_appraiser on appraisal (appraiser_id) where open;
create index appraisal_unnamed on appraisal (urn) where open and appraiser_id is null;

create table person (
  -- One row: a person, and the reviews that they had. Without a trust while only these have been read.
  person_id {uuid} primary key,
  trust_id {uuid},
  -- Days of their reviews, between commas.
  review_days text not null,
  -- The same with whose they are, see `link_report::lines`; null if there are none.
  review_facts text,
  -- documents::Person, of the directory.
  document {bytes} not null,
  -- documents::appraisal::Reviews, of the appraisal service.
  reviews {bytes} not null
) {strict};
create index person_reviewed on person (trust_id, review_facts) where review_facts is not null;
";

const GUARDED: &str = "
do $$
declare
  name text;
begin
  foreach name in array array['thread', 'thread_focus', 'link', 'observation', 'seen', 'appraisal', 'person'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy of_trust on %I using (
         trust_id = nullif(current_setting(''throughline.trust'', true), '''')::uuid
         or current_setting(''throughline.scope'', true) = ''all'')', name);
  end loop;
end
$$;
";

/// The tables, in the schema or file of this version of the projection.
pub const MIGRATIONS: &[Migration] = &[
    Migration::new(1, "views", TABLES),
    Migration::each(2, "rows of one trust at a time", GUARDED, ""),
];

/// Every table with its key, in which order its rows are compared and counted.
pub const KEYS: [(&str, &str); 7] = [
    ("thread", "follow_up_id"),
    ("thread_focus", "follow_up_id, focus_area"),
    ("link", "follow_up_id, place"),
    ("observation", "observation_id"),
    ("seen", "observation_id, focus_area"),
    ("appraisal", "appraisal_id"),
    ("person", "person_id"),
];

/// Begins to read the rows of one trust: all of the same moment.
pub async fn read(db: &Db, trust: Uuid) -> db::Result<Tx<'static>> {
    let mut tx = db.begin_read().await?;
    if let Tx::Pg(_) = tx {
        sql!("select set_config('throughline.trust', $1, true)", trust.to_string())
            .fetch_one::<(String,)>(&mut tx)
            .await?;
    }
    Ok(tx)
}

/// Begins to read where the trust is not yet known: to find out whose a record is, before asking whether it may be read.
pub async fn read_any(db: &Db) -> db::Result<Tx<'static>> {
    let mut tx = db.begin_read().await?;
    everything(&mut tx).await?;
    Ok(tx)
}

/// Lets the transaction see the rows of all trusts.
pub async fn everything(tx: &mut Tx<'_>) -> db::Result<()> {
    if let Tx::Pg(_) = tx {
        sql!("select set_config('throughline.scope', 'all', true)")
            .fetch_one::<(String,)>(tx)
            .await?;
    }
    Ok(())
}

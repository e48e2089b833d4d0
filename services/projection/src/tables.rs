//! The tables of the views: a row for each document, with the columns by which it is found.
//!
//! A row's documents of different services are columns apart, each written only from its own service's events. All other
//! columns follow from the row's documents. So any interleaving of the logs leaves the same bytes.
//!
//! On PostgreSQL every table is under forced row-level security: a transaction sees the rows of the trust that it was
//! opened for ([`read`]), and the projection itself, which follows all trusts, says so ([`everything`]).

use db::{Db, Migration, Tx, sql};
use uuid::Uuid;

use crate::registered;

/// The name under which the migrations are recorded, and the version of the tables.
pub const VERSION: u32 = 2;

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
  links {bytes} not null,
  -- documents::part::Parts, of the catalogue, of coaching and of evaluation: each stream's replaced by itself.
  parts {bytes} not null,
  -- Whether linked development was held since the agreement.
  developed {bool} not null
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

create table shelf (
  -- One row: a document that needs no table of its own, named by its aggregate.
  kind text not null,
  document_id {uuid} not null,
  trust_id {uuid},
  -- The school; null for the whole trust.
  urn {i32},
  -- The day by which a period finds it; null until its first event has been read.
  on_day {date},
  document {bytes} not null,
  primary key (kind, document_id)
) {strict};
create index shelf_listed on shelf (trust_id, kind, on_day, document_id);

create table concern (
  -- One row: a person whom a document on the shelf concerns.
  person_id {uuid} not null,
  kind text not null,
  document_id {uuid} not null,
  -- Whether something in it waits for them, or because of them.
  open {bool} not null,
  trust_id {uuid},
  primary key (person_id, kind, document_id)
) {strict};

create table awaiting (
  -- One row: a school in which something in a document on the shelf waits, or once waited, for those who lead there.
  urn {i32} not null,
  kind text not null,
  document_id {uuid} not null,
  open {bool} not null,
  trust_id {uuid},
  primary key (urn, kind, document_id)
) {strict};

create table learned (
  -- One row: a focus area that somebody developed, in hours credited, a partnership or an enquiry.
  kind text not null,
  ref_id {uuid} not null,
  person_id {uuid} not null,
  focus_area text not null,
  trust_id {uuid},
  -- The last day; null if it did not take place after all.
  last_on {date},
  primary key (kind, ref_id, person_id, focus_area)
) {strict};
create index learned_by on learned (person_id, focus_area, last_on);

create table undertaken (
  -- One row: development that one person took part in: hours credited, a partnership, or their part in an enquiry.
  ref_id {uuid} not null,
  person_id {uuid} not null,
  trust_id {uuid},
  -- Its purpose and what it serves, see `link_report::lines`.
  facts text not null,
  primary key (ref_id, person_id)
) {strict};

create table named_development (
  -- One row: a review of an appraisal names development, at a place of its own among all that the appraisal names.
  appraisal_id {uuid} not null,
  place {i32} not null,
  development_id {uuid} not null,
  -- Person, trust, year, school and role group of the appraisal.
  person_id {uuid},
  trust_id {uuid},
  year {i32} not null,
  urn {i32},
  role_group {i32} not null,
  -- The day of the review.
  on_day {date},
  -- The appraisal and its objectives, see `link_report::lines`.
  facts text not null,
  primary key (appraisal_id, place)
) {strict};
create index named_year on named_development (trust_id, year);
";

/// Every table of this schema that says whose its rows are, so that none can be forgotten.
const GUARDED: &str = "
do $$
declare
  name text;
begin
  for name in
    select table_name
    from information_schema.columns
    where table_schema = current_schema() and column_name = 'trust_id'
  loop
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

const OF_CORE: &[Migration] = &[Migration::new(1, "views", TABLES)];
const OF_VIEWS: &[Migration] = registered::MIGRATIONS;

/// The tables, in the schema or file of this version of the projection; guarded once all are made.
pub const MIGRATIONS: &[Migration] = &{
    let mut all =
        [Migration::each(1_000, "rows of one trust at a time", GUARDED, ""); OF_CORE.len() + OF_VIEWS.len() + 1];
    let mut at = 0;
    while at < OF_CORE.len() {
        all[at] = OF_CORE[at];
        at += 1;
    }
    while at < OF_CORE.len() + OF_VIEWS.len() {
        all[at] = OF_VIEWS[at - OF_CORE.len()];
        at += 1;
    }
    all
};

/// Every table with its key, in which order its rows are compared and counted.
pub fn keys() -> Vec<(&'static str, &'static str)> {
    let of_core = [
        ("thread", "follow_up_id"),
        ("thread_focus", "follow_up_id, focus_area"),
        ("link", "follow_up_id, place"),
        ("observation", "observation_id"),
        ("seen", "observation_id, focus_area"),
        ("appraisal", "appraisal_id"),
        ("person", "person_id"),
        ("shelf", "kind, document_id"),
        ("concern", "person_id, kind, document_id"),
        ("awaiting", "urn, kind, document_id"),
        ("learned", "kind, ref_id, person_id, focus_area"),
        ("undertaken", "ref_id, person_id"),
        ("named_development", "appraisal_id, place"),
    ];
    [of_core.as_slice(), &registered::keys()].concat()
}

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

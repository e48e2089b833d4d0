//! The index's tables, and how events fill them: touched rows are read once, folded in memory, written back at once.

use std::collections::BTreeMap;

use api::{
    appraisal::v1::{AppraisalEvent, appraisal_event},
    catalogue::v1::{SessionEvent, session_event},
    observations::v1::{LearningWalkEvent, learning_walk_event},
};
use chrono::NaiveDate;
use db::{Migration, Rows, Tx, sql};
use eventstore::Recorded;
use projection::{Error, Projection};
use service::recorded;
use uuid::Uuid;

mod entries;

use self::entries::Row;
pub(crate) use self::entries::{Listed, OPEN};

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "planning",
    "create table planning_entry (
       -- One row: something that is listed, from a priority to a provider.
       entry_id {uuid} primary key,
       -- What it is: need, ask …
       listed text not null,
       -- The trust that it belongs to; the network of a network offer; the offer of an uptake.
       scope_id {uuid} not null,
       -- The school; null for the whole trust.
       urn {i64},
       -- Whom it is about; null if nobody.
       person_id {uuid},
       -- Who owes it; null if nobody has been named.
       owner_id {uuid},
       -- The follow-up of an ask; null otherwise.
       parent_id {uuid},
       -- How far it has come: the number of its state in the protocol.
       state {i32} not null,
       -- The kind of an expertise, the term of a network offer: its number in the protocol.
       class {i32} not null,
       -- First academic year in which it holds, and the first in which it no longer does.
       year {i32} not null,
       until_year {i32} not null,
       -- Places of an uptake.
       amount {i32} not null,
       -- The day by which lists are in order.
       on_date {date} not null,
       -- Whether it ends when its person leaves.
       is_personal {bool} not null
     ) {strict};
     create index planning_entry_in_order on planning_entry (listed, scope_id, on_date, entry_id);
     create index planning_entry_of_person on planning_entry (person_id);
     create index planning_entry_of_parent on planning_entry (parent_id);

     create table planning_area (
       -- One row: a focus area of an entry.
       entry_id {uuid} not null,
       focus_area text not null,
       primary key (entry_id, focus_area)
     ) {strict};

     create table planning_school (
       -- One row: a school that a commission is for.
       entry_id {uuid} not null,
       urn {i64} not null,
       primary key (entry_id, urn)
     ) {strict};

     create table planning_origin (
       -- One row: an appraisal or learning walk from which needs may come.
       origin_id {uuid} primary key,
       trust_id {uuid} not null,
       urn {i64},
       person_id {uuid}
     ) {strict};

     create table planning_session (
       -- One row: a session, as far as it says what development costs.
       session_id {uuid} primary key,
       activity_id {uuid} not null,
       -- Null if no provider of the register gives it.
       provider_id {uuid},
       on_date {date} not null,
       -- Of one place.
       cost_pence {i64} not null,
       held {bool} not null
     ) {strict};
     create index planning_session_of_provider on planning_session (provider_id);

     create table planning_attendance (
       -- One row: a booking of which it is known whether its person came.
       booking_id {uuid} primary key,
       session_id {uuid} not null,
       attended {bool} not null,
       minutes {i64} not null
     ) {strict};
     create index planning_attendance_of_session on planning_attendance (session_id);",
)];

/// The index's tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables;

impl Projection for Tables {
    fn name(&self) -> &'static str {
        "planning_index"
    }

    fn version(&self) -> u32 {
        1
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    async fn apply(&self, tx: &mut Tx<'_>, _: &'static str, events: &[Recorded]) -> Result<(), Error> {
        list_entries(tx, events).await?;
        know_origins(tx, events).await?;
        follow_sessions(tx, events).await
    }
}

async fn list_entries(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    let mut touched: Vec<(&Recorded, Listed)> = Vec::new();
    for event in events {
        if let Some(listed) = Listed::of_aggregate(event.kind.aggregate()) {
            touched.push((event, listed));
        }
    }
    if touched.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = touched.iter().map(|(event, _)| event.stream_id.0).collect();
    let known: Vec<Row> = sql!(
        "select entry_id, listed, scope_id, urn, person_id, owner_id, parent_id, state, class, year, until_year,
           amount, on_date, is_personal
         from planning_entry
         where entry_id = any($1)",
        &ids[..]
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut rows: BTreeMap<Uuid, Row> = known.into_iter().map(|row| (row.id, row)).collect();
    for (event, listed) in touched {
        let id = event.stream_id.0;
        let row = rows.entry(id).or_insert_with(|| Row::new(id, listed));
        row.follow(event).map_err(Error::event)?;
    }
    write_entries(tx, rows.into_values().collect()).await
}

async fn write_entries(tx: &mut Tx<'_>, rows: Vec<Row>) -> Result<(), Error> {
    Rows::of("planning_entry")
        .column("entry_id", rows.iter().map(|row| row.id))
        .column("listed", rows.iter().map(|row| row.listed.name()))
        .column("scope_id", rows.iter().map(|row| row.scope))
        .column("urn", rows.iter().map(|row| row.urn))
        .column("person_id", rows.iter().map(|row| row.person))
        .column("owner_id", rows.iter().map(|row| row.owner))
        .column("parent_id", rows.iter().map(|row| row.parent))
        .column("state", rows.iter().map(|row| row.state))
        .column("class", rows.iter().map(|row| row.class))
        .column("year", rows.iter().map(|row| row.year))
        .column("until_year", rows.iter().map(|row| row.until_year))
        .column("amount", rows.iter().map(|row| row.amount))
        .column("on_date", rows.iter().map(|row| row.on))
        .column("is_personal", rows.iter().map(|row| row.is_personal))
        .upsert(&["entry_id"], tx)
        .await?;
    let changed: Vec<Uuid> = rows
        .iter()
        .filter(|row| row.areas.is_some())
        .map(|row| row.id)
        .collect();
    if !changed.is_empty() {
        sql!("delete from planning_area where entry_id = any($1)", &changed[..])
            .execute(&mut *tx)
            .await?;
        let areas: Vec<(Uuid, &str)> = rows.iter().flat_map(Row::area_rows).collect();
        Rows::of("planning_area")
            .column("entry_id", areas.iter().map(|(id, _)| *id))
            .column("focus_area", areas.iter().map(|(_, area)| *area))
            .insert_missing(tx)
            .await?;
    }
    let schools: Vec<(Uuid, i64)> = rows
        .iter()
        .flat_map(|row| row.schools.iter().map(|urn| (row.id, *urn)))
        .collect();
    if !schools.is_empty() {
        Rows::of("planning_school")
            .column("entry_id", schools.iter().map(|(id, _)| *id))
            .column("urn", schools.iter().map(|(_, urn)| *urn))
            .insert_missing(tx)
            .await?;
    }
    Ok(())
}

/// Where an appraisal or a walk belongs, and since an appraisal may move, where it does now.
async fn know_origins(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    type Origin = (Uuid, Option<i64>, Option<Uuid>);
    let mut origins: BTreeMap<Uuid, Origin> = BTreeMap::new();
    for event in events {
        let id = event.stream_id.0;
        match event.kind.as_str() {
            "appraisal.opened" => {
                let decoded: AppraisalEvent = decode(event)?;
                if let Some(appraisal_event::Event::Opened(opened)) = decoded.event {
                    let urn = recorded::optional_urn(&opened.urn).map(i64::from);
                    let person = recorded::optional_id(&opened.person_id);
                    origins.insert(id, (event.metadata.trust_id, urn, person));
                }
            }
            "learning_walk.planned" => {
                let decoded: LearningWalkEvent = decode(event)?;
                if let Some(learning_walk_event::Event::Planned(planned)) = decoded.event {
                    let urn = recorded::optional_urn(&planned.urn).map(i64::from);
                    origins.insert(id, (event.metadata.trust_id, urn, None));
                }
            }
            _ => {}
        }
    }
    if origins.is_empty() {
        return Ok(());
    }
    Rows::of("planning_origin")
        .column("origin_id", origins.keys().copied())
        .column("trust_id", origins.values().map(|(trust, ..)| *trust))
        .column("urn", origins.values().map(|(_, urn, _)| *urn))
        .column("person_id", origins.values().map(|(.., person)| *person))
        .upsert(&["origin_id"], tx)
        .await?;
    Ok(())
}

/// A session as the index keeps it.
#[derive(Clone, Debug, Default)]
struct Session {
    activity: Uuid,
    provider: Option<Uuid>,
    on: NaiveDate,
    cost_pence: i64,
    held: bool,
}

async fn follow_sessions(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    let of_sessions = events.iter().filter(|event| event.kind.aggregate() == "session");
    let decoded: Vec<(Uuid, SessionEvent)> = of_sessions
        .map(|event| Ok((event.stream_id.0, decode(event)?)))
        .collect::<Result<_, Error>>()?;
    if decoded.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = decoded.iter().map(|(id, _)| *id).collect();
    let known: Vec<(Uuid, Uuid, Option<Uuid>, NaiveDate, i64, bool)> = sql!(
        "select session_id, activity_id, provider_id, on_date, cost_pence, held
         from planning_session
         where session_id = any($1)",
        &ids[..]
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut sessions: BTreeMap<Uuid, Session> = BTreeMap::new();
    for (id, activity, provider, on, cost_pence, held) in known {
        let session = Session {
            activity,
            provider,
            on,
            cost_pence,
            held,
        };
        sessions.insert(id, session);
    }
    let mut attendance: BTreeMap<Uuid, (Uuid, bool, i64)> = BTreeMap::new();
    for (id, event) in &decoded {
        let session = sessions.entry(*id).or_default();
        match &event.event {
            Some(session_event::Event::Offered(offered)) => {
                session.activity = recorded::id(&offered.activity_id);
                session.provider = recorded::optional_id(&offered.provider_id);
                session.on = recorded::date(&offered.on);
                session.cost_pence = offered.cost_pence;
            }
            Some(session_event::Event::Rescheduled(rescheduled)) => session.on = recorded::date(&rescheduled.on),
            Some(session_event::Event::Held(_)) => session.held = true,
            Some(session_event::Event::AttendanceRecorded(came)) => {
                let row = (*id, came.attended, i64::from(came.minutes));
                attendance.insert(recorded::id(&came.booking_id), row);
            }
            _ => {}
        }
    }
    Rows::of("planning_session")
        .column("session_id", sessions.keys().copied())
        .column("activity_id", sessions.values().map(|session| session.activity))
        .column("provider_id", sessions.values().map(|session| session.provider))
        .column("on_date", sessions.values().map(|session| session.on))
        .column("cost_pence", sessions.values().map(|session| session.cost_pence))
        .column("held", sessions.values().map(|session| session.held))
        .upsert(&["session_id"], tx)
        .await?;
    Rows::of("planning_attendance")
        .column("booking_id", attendance.keys().copied())
        .column("session_id", attendance.values().map(|(session, ..)| *session))
        .column("attended", attendance.values().map(|(_, attended, _)| *attended))
        .column("minutes", attendance.values().map(|(.., minutes)| *minutes))
        .upsert(&["booking_id"], tx)
        .await?;
    Ok(())
}

fn decode<M: prost::Message + Default>(event: &Recorded) -> Result<M, Error> {
    M::decode(event.payload.as_ref()).map_err(Error::event)
}

//! The index's tables, and how events fill them: touched rows are read once, folded in memory, written back at once.

use std::collections::BTreeMap;

use api::{
    common::v1::Purpose,
    ids::{PersonId, Urn},
    observations::v1::{FollowUpEvent, ObservationEvent, follow_up_event, observation_event},
};
use chrono::NaiveDate;
use db::{Migration, Rows, Tx, sql};
use eventstore::Recorded;
use identity::policy::cycle_of;
use projection::{Error, Projection};
use uuid::Uuid;

use crate::{observation::counts_towards_cap, recorded};

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "load and debts",
    "create table observation_load (
       -- One row: an observation, as far as it weighs on its observee.
       observation_id {uuid} primary key,
       observee_id {uuid} not null,
       -- The academic year of its day, by its first calendar year.
       cycle {i32} not null,
       -- Planned or, once it took place, actual.
       minutes {i32} not null,
       -- Whether it counts towards the cap: by its purpose, and unless it was called off.
       counts {bool} not null
     ) {strict};
     create index observation_load_of_observee on observation_load (observee_id, cycle);

     create table follow_up_debt (
       -- One row: a follow-up, and whether anything is owed by it.
       follow_up_id {uuid} primary key,
       -- Who owes the action.
       person_id {uuid} not null,
       -- Who owes the support; null while nobody has been named.
       owner_id {uuid},
       urn {i64} not null,
       agreed_on {date} not null,
       -- Whether the person still owes the action.
       is_open {bool} not null,
       -- Whether the school still owes support.
       is_owed {bool} not null,
       -- Promises that are not kept.
       promise_count {i32} not null
     ) {strict};
     create index follow_up_debt_of_person on follow_up_debt (person_id);
     create index follow_up_debt_of_owner on follow_up_debt (owner_id);",
)];

/// The index's tables.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tables;

impl Projection for Tables {
    fn name(&self) -> &'static str {
        "observations_index"
    }

    fn version(&self) -> u32 {
        1
    }

    fn migrations(&self) -> &'static [Migration] {
        MIGRATIONS
    }

    async fn apply(&self, tx: &mut Tx<'_>, _: &'static str, events: &[Recorded]) -> Result<(), Error> {
        weigh_observations(tx, events).await?;
        follow_debts(tx, events).await
    }
}

#[derive(Clone, Debug, Default)]
struct Weight {
    observee: PersonId,
    cycle: i32,
    minutes: i32,
    counts: bool,
}

async fn weigh_observations(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    use observation_event::Event;
    let events = decoded::<ObservationEvent>("observation", events)?;
    let known: Vec<(Uuid, Uuid, i32, i32, bool)> = sql!(
        "select observation_id, observee_id, cycle, minutes, counts
         from observation_load
         where observation_id = any($1)",
        ids(&events)
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut weights: BTreeMap<Uuid, Weight> = known
        .into_iter()
        .map(|(id, observee, cycle, minutes, counts)| {
            (
                id,
                Weight {
                    observee: PersonId(observee),
                    cycle,
                    minutes,
                    counts,
                },
            )
        })
        .collect();
    for (id, event) in &events {
        let weight = weights.entry(*id).or_default();
        match &event.event {
            Some(Event::Scheduled(scheduled)) => {
                *weight = Weight {
                    observee: recorded::id(&scheduled.observee_id),
                    cycle: cycle_of(recorded::date(&scheduled.on)),
                    minutes: scheduled.minutes,
                    counts: counts_towards_cap(Purpose::try_from(scheduled.purpose).unwrap_or_default()),
                };
            }
            Some(Event::Rescheduled(rescheduled)) => weight.cycle = cycle_of(recorded::date(&rescheduled.on)),
            Some(Event::Conducted(conducted)) => {
                weight.cycle = cycle_of(recorded::date(&conducted.on));
                weight.minutes = conducted.minutes;
            }
            Some(Event::Cancelled(_)) => weight.counts = false,
            _ => {}
        }
    }
    Rows::of("observation_load")
        .column("observation_id", weights.keys().copied())
        .column("observee_id", weights.values().map(|weight| weight.observee.0))
        .column("cycle", weights.values().map(|weight| weight.cycle))
        .column("minutes", weights.values().map(|weight| weight.minutes))
        .column("counts", weights.values().map(|weight| weight.counts))
        .upsert(&["observation_id"], tx)
        .await?;
    Ok(())
}

#[derive(Clone, Debug, Default)]
struct Row {
    person: PersonId,
    owner: Option<PersonId>,
    urn: Urn,
    agreed_on: NaiveDate,
    is_open: bool,
    is_owed: bool,
    promise_count: i32,
}

/// A row with its key.
struct Keyed(Uuid, Row);

impl db::FromRow for Keyed {
    fn from_row(row: db::Row) -> db::Result<Self> {
        let debt = Row {
            person: PersonId(row.at(1)?),
            owner: row.at::<Option<Uuid>>(2)?.map(PersonId),
            urn: Urn::try_from(row.at::<i64>(3)?).unwrap_or_default(),
            agreed_on: row.at(4)?,
            is_open: row.at(5)?,
            is_owed: row.at(6)?,
            promise_count: row.at(7)?,
        };
        Ok(Self(row.at(0)?, debt))
    }
}

async fn follow_debts(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<(), Error> {
    let events = decoded::<FollowUpEvent>("follow_up", events)?;
    let known: Vec<Keyed> = sql!(
        "select follow_up_id, person_id, owner_id, urn, agreed_on, is_open, is_owed, promise_count
         from follow_up_debt
         where follow_up_id = any($1)",
        ids(&events)
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut debts: BTreeMap<Uuid, Row> = known.into_iter().map(|Keyed(id, row)| (id, row)).collect();
    for (id, event) in &events {
        debts.entry(*id).or_default().follow(event);
    }
    Rows::of("follow_up_debt")
        .column("follow_up_id", debts.keys().copied())
        .column("person_id", debts.values().map(|debt| debt.person.0))
        .column("owner_id", debts.values().map(|debt| debt.owner.map(|owner| owner.0)))
        .column("urn", debts.values().map(|debt| i64::from(debt.urn)))
        .column("agreed_on", debts.values().map(|debt| debt.agreed_on))
        .column("is_open", debts.values().map(|debt| debt.is_open))
        .column("is_owed", debts.values().map(|debt| debt.is_owed))
        .column("promise_count", debts.values().map(|debt| debt.promise_count))
        .upsert(&["follow_up_id"], tx)
        .await?;
    Ok(())
}

impl Row {
    fn follow(&mut self, event: &FollowUpEvent) {
        use follow_up_event::Event;
        match &event.event {
            Some(Event::Agreed(agreed)) => {
                let promise_count = i32::try_from(agreed.promises.len()).unwrap_or(i32::MAX);
                *self = Self {
                    person: recorded::id(&agreed.person_id),
                    owner: recorded::optional_id(&agreed.owner_id),
                    urn: recorded::urn(&agreed.urn),
                    agreed_on: recorded::date(&agreed.agreed_on),
                    is_open: true,
                    is_owed: promise_count > 0,
                    promise_count,
                };
            }
            Some(Event::SupportProvided(_)) => {
                self.promise_count -= 1;
                self.is_owed = self.is_owed && self.promise_count > 0;
            }
            Some(Event::HandedOver(handed)) => self.owner = recorded::optional_id(&handed.to_id),
            Some(Event::Moved(moved)) => self.urn = recorded::urn(&moved.to_urn),
            Some(Event::Completed(_)) => self.is_open = false,
            Some(Event::Withdrawn(_) | Event::Lapsed(_)) => {
                self.is_open = false;
                self.is_owed = false;
            }
            _ => {}
        }
    }
}

/// The events of one aggregate, with their streams.
fn decoded<M: prost::Message + Default>(aggregate: &str, events: &[Recorded]) -> Result<Vec<(Uuid, M)>, Error> {
    let of_it = events.iter().filter(|event| event.kind.aggregate() == aggregate);
    of_it
        .map(|event| {
            Ok((
                event.stream_id.0,
                M::decode(event.payload.as_ref()).map_err(Error::event)?,
            ))
        })
        .collect()
}

/// Each once.
fn ids<M>(events: &[(Uuid, M)]) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> = events.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

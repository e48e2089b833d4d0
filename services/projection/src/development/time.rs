//! Time for development: planned, used, and what the rest went to.

use std::collections::BTreeMap;

use api::{
    catalogue::v1::{DiversionCategory, TimeBudgetEvent, TimeSlotKind, time_budget_event as budget},
    projection::v1::{
        Diversion, DivertedTime, GetTimeReportRequest, GetTimeReportResponse, HalfTermTime, Rate, SlotKindTime,
        TimeReport, TimeRow,
    },
};
use eventstore::Position;
use identity::{Actor, keys::ERASED};
use prost::{DecodeError, Message as _};
use service::Error;

use super::{Ask, Ground, ledger::Kinds, sentences};
use crate::{
    compact::{self, Day},
    link_report::Scope,
    suppression::Suppression,
    views::{Views, sealed},
};

/// Kinds of event that tell it.
const KINDS: [&str; 4] = [
    "time_budget.planned",
    "time_budget.replanned",
    "time_budget.used",
    "time_budget.diverted",
];

/// Diversions that are told one by one.
const LATEST: usize = 50;

impl Views {
    /// Shows the time planned for development, how much was used, and what the rest went to.
    pub(crate) async fn get_time_report(
        &self,
        actor: &Actor,
        request: GetTimeReportRequest,
    ) -> Result<GetTimeReportResponse, Error> {
        let GetTimeReportRequest {
            trust_id,
            urn,
            cycle,
            on,
            phase,
            known_at,
            at_least,
        } = request;
        let scope = Scope::parse(&trust_id, &urn, cycle, phase, "", 0)?;
        let ask = Ask::parse(scope, known_at.as_ref(), &on)?;
        // Time is planned ahead.
        let since = ask.scope.from - chrono::Months::new(12);
        let (ground, completeness) = self
            .ground(actor, ask, &at_least, vec![Kinds::since(since, &[&KINDS])])
            .await?;
        let slots = slots(&ground).map_err(Error::internal)?;
        let latest_diversions = if ground.suppression.threshold().is_none() {
            self.latest_diversions(&ground, &slots).await?
        } else {
            Vec::new()
        };
        let report = TimeReport {
            latest_diversions,
            ..report(&ground, &slots)
        };
        Ok(GetTimeReportResponse {
            report: Some(report),
            completeness,
        })
    }

    /// The latest diversions with what was written about them.
    async fn latest_diversions(&self, ground: &Ground, slots: &[Slot]) -> Result<Vec<Diversion>, Error> {
        let mut latest: Vec<(&Slot, &Diverted)> = slots
            .iter()
            .flat_map(|slot| slot.diverted.iter().map(move |diverted| (slot, diverted)))
            .collect();
        latest.sort_by_key(|(_, diverted)| std::cmp::Reverse((diverted.on, diverted.position)));
        latest.truncate(LATEST);
        let mut positions: Vec<Position> = latest.iter().map(|(_, diverted)| diverted.position).collect();
        positions.sort_unstable();
        let mut told: BTreeMap<Position, TimeBudgetEvent> = BTreeMap::new();
        for event in self.events("catalogue", &positions).await? {
            let said = TimeBudgetEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
            told.insert(event.position, said);
        }
        let trust = ground.trust().into();
        let mut open: Vec<_> = told.values_mut().map(|event| (trust, event)).collect();
        self.keys.open_many(&mut open).await.map_err(sealed)?;
        let diversion = |(slot, diverted): (&Slot, &Diverted)| {
            let reason = match told.get(&diverted.position).and_then(|said| said.event.as_ref()) {
                Some(budget::Event::Diverted(said)) => said.why.as_ref().map(|why| why.clear.clone()),
                _ => None,
            };
            Diversion {
                urn: compact::urn_text(slot.urn),
                on: compact::iso(Some(diverted.on)),
                category: diverted.category.into(),
                minutes: diverted.minutes,
                reason: reason.filter(|text| text != ERASED).unwrap_or_default(),
            }
        };
        Ok(latest.into_iter().map(diversion).collect())
    }
}

/// Time that was planned.
#[derive(Clone, Debug, Default, PartialEq)]
struct Slot {
    urn: u32,
    kind: TimeSlotKind,
    on: Day,
    minutes: i32,
    used: i32,
    diverted: Vec<Diverted>,
}

/// Time that went to something else.
#[derive(Clone, Debug, PartialEq)]
struct Diverted {
    on: Day,
    minutes: i32,
    category: DiversionCategory,
    position: Position,
}

impl Slot {
    fn diverted_minutes(&self) -> i32 {
        self.diverted.iter().map(|diverted| diverted.minutes).sum()
    }
}

/// Every slot of the year at a school that is counted.
fn slots(ground: &Ground) -> Result<Vec<Slot>, DecodeError> {
    let mut slots: BTreeMap<String, Slot> = BTreeMap::new();
    let cycle = ground.ask.scope.cycle;
    ground.ledger.each(|at, TimeBudgetEvent { event }| match event {
        Some(budget::Event::Planned(planned)) => {
            let urn = compact::urn(&planned.urn);
            let slot = Slot {
                urn,
                kind: planned.kind(),
                on: compact::day(&planned.on).unwrap_or(at.on),
                minutes: planned.minutes,
                ..Slot::default()
            };
            if planned.year == cycle && ground.covers(urn) {
                slots.insert(planned.slot_id, slot);
            }
        }
        Some(budget::Event::Replanned(replanned)) => {
            if let Some(slot) = slots.get_mut(&replanned.slot_id) {
                slot.on = compact::day(&replanned.on).unwrap_or(slot.on);
                slot.minutes = replanned.minutes;
            }
        }
        Some(budget::Event::Used(used)) => {
            let by_then = compact::day(&used.on).is_none_or(|on| on <= ground.ask.on);
            if let Some(slot) = slots.get_mut(&used.slot_id).filter(|_| by_then) {
                slot.used += used.minutes;
            }
        }
        Some(budget::Event::Diverted(diverted)) => {
            let on = compact::day(&diverted.on).unwrap_or(at.on);
            if let Some(slot) = slots.get_mut(&diverted.slot_id).filter(|_| on <= ground.ask.on) {
                slot.diverted.push(Diverted {
                    on,
                    minutes: diverted.minutes,
                    category: diverted.category(),
                    position: at.position,
                });
            }
        }
        None => {}
    })?;
    Ok(slots.into_values().collect())
}

fn report(ground: &Ground, slots: &[Slot]) -> TimeReport {
    let mut by_school: BTreeMap<u32, Vec<&Slot>> = BTreeMap::new();
    for slot in slots {
        by_school.entry(slot.urn).or_default().push(slot);
    }
    let mut schools: Vec<TimeRow> = by_school
        .into_iter()
        .map(|(urn, slots)| TimeRow {
            urn: compact::urn_text(urn),
            school_name: ground.places.name(urn),
            ..row(ground, &slots)
        })
        .collect();
    schools.sort_by(|a, b| (&a.school_name, &a.urn).cmp(&(&b.school_name, &b.urn)));
    TimeReport {
        trust_id: ground.trust().to_string(),
        trust_name: ground.places.trust_name.clone(),
        cycle: ground.ask.scope.cycle,
        on: compact::iso(Some(ground.ask.on)),
        total: Some(row(ground, &slots.iter().collect::<Vec<_>>())),
        schools,
        latest_diversions: Vec::new(),
        definition_version: sentences::version().to_owned(),
    }
}

/// Minutes of some slots. They are time, not people, so none is too small to show.
fn row(ground: &Ground, slots: &[&Slot]) -> TimeRow {
    let due: Vec<&Slot> = slots.iter().copied().filter(|slot| slot.on <= ground.ask.on).collect();
    let due_minutes: i32 = due.iter().map(|slot| slot.minutes).sum();
    let used: i32 = due.iter().map(|slot| slot.used).sum();
    let diverted: i32 = due.iter().map(|slot| slot.diverted_minutes()).sum();
    let left = |slot: &&Slot| (slot.minutes - slot.used - slot.diverted_minutes()).max(0);
    let unaccounted: i32 = due.iter().map(left).sum();
    let rate = |minutes: i32| -> Option<Rate> { Some(Suppression::none().rate(minutes, due_minutes)) };
    TimeRow {
        planned_minutes: slots.iter().map(|slot| slot.minutes).sum(),
        due_minutes,
        used: rate(used),
        diverted: rate(diverted),
        unaccounted: rate(unaccounted),
        diversions: diversions(&due),
        half_terms: half_terms(ground, slots),
        slot_kinds: slot_kinds(slots),
        ..TimeRow::default()
    }
}

fn diversions(slots: &[&Slot]) -> Vec<DivertedTime> {
    let mut by_category: BTreeMap<DiversionCategory, (i32, i32)> = BTreeMap::new();
    for slot in slots {
        let mut once = std::collections::BTreeSet::new();
        for diverted in &slot.diverted {
            let (minutes, slots) = by_category.entry(diverted.category).or_default();
            *minutes += diverted.minutes;
            *slots += i32::from(once.insert(diverted.category));
        }
    }
    let mut diversions: Vec<DivertedTime> = by_category
        .into_iter()
        .map(|(category, (minutes, slot_count))| DivertedTime {
            category: category.into(),
            minutes,
            slot_count,
        })
        .collect();
    diversions.sort_by_key(|diverted| (std::cmp::Reverse(diverted.minutes), diverted.category));
    diversions
}

fn half_terms(ground: &Ground, slots: &[&Slot]) -> Vec<HalfTermTime> {
    let mut half_terms: Vec<HalfTermTime> = (1..=6)
        .map(|half_term| HalfTermTime {
            half_term,
            ..HalfTermTime::default()
        })
        .collect();
    for slot in slots {
        let place = ground
            .places
            .half_term(slot.urn, slot.on)
            .map(|half_term| half_term.place);
        if let Some(row) = place.and_then(|place| half_terms.get_mut(place)) {
            row.planned_minutes += slot.minutes;
            row.used_minutes += slot.used;
            row.diverted_minutes += slot.diverted_minutes();
        }
    }
    half_terms
}

fn slot_kinds(slots: &[&Slot]) -> Vec<SlotKindTime> {
    let mut by_kind: BTreeMap<TimeSlotKind, SlotKindTime> = BTreeMap::new();
    for slot in slots {
        let row = by_kind.entry(slot.kind).or_insert_with(|| SlotKindTime {
            kind: slot.kind.into(),
            ..SlotKindTime::default()
        });
        row.planned_minutes += slot.minutes;
        row.used_minutes += slot.used;
        row.diverted_minutes += slot.diverted_minutes();
    }
    let mut kinds: Vec<SlotKindTime> = by_kind.into_values().collect();
    kinds.sort_by_key(|row| (std::cmp::Reverse(row.planned_minutes), row.kind));
    kinds
}

#[cfg(test)]
mod tests;

//! What is counted of each focus area, in the shared words.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    common::v1::RoleGroup,
    projection::v1::{NeedRow, SignalKind},
};
use prost::DecodeError;
use uuid::Uuid;

use super::{offers, offers::Need, signals, signals::Signal, surge::Count};
use crate::{
    compact::{self, Day},
    development::{Ground, count, people::People, places::HalfTerm, took_part},
};

/// What pointed at an area in a half-term.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) signals: BTreeMap<SignalKind, i32>,
    pub(crate) schools: BTreeSet<u32>,
}

impl Tally {
    /// How often anything pointed at it.
    pub(crate) fn observed(&self) -> i32 {
        self.signals.values().sum()
    }
}

/// A focus area.
#[derive(Clone, Debug, Default)]
pub(crate) struct Area {
    own_codes: BTreeSet<String>,
    mapped: bool,
    pub(crate) cells: BTreeMap<HalfTerm, Tally>,
    /// Of the period.
    needs: Vec<Need>,
    activity_count: usize,
    commission_count: usize,
    experts: BTreeSet<Uuid>,
    participants: BTreeSet<Uuid>,
    /// People to whom it was pointed out in the period, and when first.
    pointed_out: BTreeMap<Uuid, Day>,
    taken_up: BTreeSet<Uuid>,
}

/// The focus areas at which anything pointed.
#[derive(Default)]
pub(crate) struct Areas {
    pub(crate) by_word: BTreeMap<String, Area>,
    /// How often anything pointed at any of them.
    of_all: BTreeMap<HalfTerm, i32>,
}

impl Areas {
    /// Counts signals of all half-terms that were read, and what became of those since the first year shown.
    pub(crate) fn of(ground: &Ground, people: &People, first: i32) -> Result<Self, DecodeError> {
        let mut areas = Self::default();
        let counted = |urn: u32, role_group: RoleGroup| {
            ground.covers(urn) && ground.ask.scope.role_group.is_none_or(|wanted| wanted == role_group)
        };
        for signal in signals::all(&ground.ledger)? {
            if counted(signal.urn, signal.role_group) && signal.on <= ground.ask.on {
                areas.take_signal(ground, signal, first);
            }
        }
        for need in offers::needs(&ground.ledger)? {
            let in_period = compact::cycle(need.on).is_some_and(|cycle| cycle >= first);
            if in_period && need.on <= ground.ask.on && counted(need.urn, need.role_group) {
                let (word, _) = ground.words.meaning(&need.focus_area);
                if let Some(area) = areas.by_word.get_mut(word) {
                    area.needs.push(need);
                }
            }
        }
        areas.take_offers(ground)?;
        areas.take_participation(ground, people, first)?;
        Ok(areas)
    }

    fn take_signal(&mut self, ground: &Ground, signal: Signal, first: i32) {
        let Some(half_term) = ground.places.half_term(signal.urn, signal.on) else {
            return;
        };
        let (word, mapped) = ground.words.meaning(&signal.focus_area);
        let area = self.by_word.entry(word.to_owned()).or_default();
        area.mapped = mapped;
        *self.of_all.entry(half_term).or_default() += 1;
        let tally = area.cells.entry(half_term).or_default();
        *tally.signals.entry(signal.kind).or_default() += 1;
        tally.schools.insert(signal.urn);
        if let Some(person) = signal.person.filter(|_| half_term.cycle >= first) {
            let earliest = area.pointed_out.entry(person).or_insert(signal.on);
            *earliest = signal.on.min(*earliest);
        }
        if word != signal.focus_area {
            area.own_codes.insert(signal.focus_area);
        }
    }

    /// What those who work where the report looks may take up.
    fn take_offers(&mut self, ground: &Ground) -> Result<(), DecodeError> {
        let school = ground.ask.scope.urn.map(|urn| urn.number());
        for activity in offers::activities(&ground.ledger)?.into_values() {
            if !activity.withdrawn && school.is_none_or(|urn| activity.open_to(urn)) {
                for word in ground.words.meanings(&activity.offering.focus_areas) {
                    self.with(word, |area| area.activity_count += 1);
                }
            }
        }
        for (schools, focus_areas) in offers::commissions(&ground.ledger)? {
            if schools.iter().any(|urn| ground.covers(*urn)) {
                for word in ground.words.meanings(&focus_areas) {
                    self.with(word, |area| area.commission_count += 1);
                }
            }
        }
        for (person, focus_areas) in offers::experts(&ground.ledger)? {
            for word in ground.words.meanings(&focus_areas) {
                self.with(word, |area| {
                    area.experts.insert(person);
                });
            }
        }
        Ok(())
    }

    fn take_participation(&mut self, ground: &Ground, people: &People, first: i32) -> Result<(), DecodeError> {
        took_part::each(&ground.ledger, |took_part| {
            let in_period = compact::cycle(took_part.on).is_some_and(|cycle| cycle >= first);
            if !in_period || took_part.on > ground.ask.on {
                return;
            }
            let here = compact::date(took_part.on).is_some_and(|on| {
                let group = people.get(took_part.person).and_then(|person| person.role_group_on(on));
                let wanted = ground.ask.scope.role_group;
                ground.covers(people.school(took_part.person, on)) && wanted.is_none_or(|wanted| group == Some(wanted))
            });
            for word in ground.words.meanings(&took_part.focus_areas) {
                self.with(word, |area| {
                    if here {
                        area.participants.insert(took_part.person);
                    }
                    let pointed_out = area.pointed_out.get(&took_part.person);
                    if pointed_out.is_some_and(|on| *on <= took_part.on) {
                        area.taken_up.insert(took_part.person);
                    }
                });
            }
        })
    }

    fn with(&mut self, word: &str, change: impl FnOnce(&mut Area)) {
        if let Some(area) = self.by_word.get_mut(word) {
            change(area);
        }
    }

    /// How often anything pointed at an area in a half-term, of how often anything pointed at any.
    pub(crate) fn count(&self, area: &Area, half_term: HalfTerm) -> Count {
        let of_area = area.cells.get(&half_term).map_or(0, Tally::observed);
        let of_all = self.of_all.get(&half_term).copied().unwrap_or_default();
        Count {
            of_area: u32::try_from(of_area).unwrap_or_default(),
            of_all: u32::try_from(of_all).unwrap_or_default(),
        }
    }
}

impl Area {
    /// Whether anything pointed at it since the first year shown.
    pub(crate) fn concerns(&self, first: i32) -> bool {
        self.cells.keys().any(|half_term| half_term.cycle >= first)
    }

    /// Its row, without cells.
    pub(crate) fn row(&self, ground: &Ground, word: &str) -> NeedRow {
        let hide = ground.suppression;
        let counted = |wanted: fn(&Need) -> bool| count(self.needs.iter().filter(|need| wanted(need)).count());
        let all = count(self.needs.len());
        let answered = hide.rate(counted(|need| need.answered), all);
        let met = hide.rate(counted(|need| need.met), all);
        let (needs_unmet_count, few_unmet) = hide.count(counted(Need::unmet));
        let (expert_count, few_experts) = hide.count(count(self.experts.len()));
        let (participant_count, few_participants) = hide.count(count(self.participants.len()));
        let taken_up = hide.rate(count(self.taken_up.len()), count(self.pointed_out.len()));
        let suppressed = few_unmet
            || few_experts
            || few_participants
            || [&answered, &met, &taken_up].iter().any(|rate| rate.suppressed);
        NeedRow {
            focus_area: word.to_owned(),
            own_codes: self.own_codes.iter().cloned().collect(),
            mapped: self.mapped,
            needs_answered: Some(answered),
            needs_met: Some(met),
            needs_unmet_count,
            activity_count: count(self.activity_count),
            commission_count: count(self.commission_count),
            expert_count,
            participant_count,
            taken_up: Some(taken_up),
            unmet: self.activity_count == 0 && self.commission_count == 0 && self.experts.is_empty(),
            suppressed,
            ..NeedRow::default()
        }
    }
}

//! The schools of a trust, and when their half-terms are: taken from the roster once for a view.

use std::collections::{BTreeMap, HashMap};

use api::{
    directory::v1::Phase,
    ids::{TrustId, Urn},
};
use identity::roster::Register;

use crate::{
    compact::{self, Day},
    half_terms,
    views::{Views, school},
};

/// Years before the one asked for in which anything is counted.
const YEARS_BEFORE: i32 = 3;

/// One half-term of a year. In order of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct HalfTerm {
    /// The academic year by its first calendar year.
    pub(crate) cycle: i32,
    /// Counted from 0.
    pub(crate) place: usize,
}

impl HalfTerm {
    /// All half-terms of some years, in order.
    pub(crate) fn of_cycles(cycles: std::ops::RangeInclusive<i32>) -> impl Iterator<Item = Self> {
        cycles.flat_map(|cycle| (0..6).map(move |place| Self { cycle, place }))
    }

    /// Its number in the protocol, from 1.
    pub(crate) fn number(self) -> i32 {
        i32::try_from(self.place + 1).unwrap_or_default()
    }
}

/// The schools of a trust, those that left it included.
#[derive(Clone, Debug, Default)]
pub(crate) struct Places {
    pub(crate) trust_name: String,
    schools: BTreeMap<u32, (String, Phase)>,
    /// By school, 0 for the trust as a whole, and year; customary ones where there are none.
    starts: HashMap<(u32, i32), Vec<Day>>,
}

impl Places {
    /// Of a trust, with the half-terms of the year asked for and of those before.
    pub(crate) fn of(views: &Views, trust: TrustId, cycle: i32) -> Self {
        let mut places = views.roster(|register| Self::in_register(register, trust));
        for urn in std::iter::once(0).chain(places.schools.keys().copied()) {
            for cycle in cycle - YEARS_BEFORE..=cycle {
                let starts = views.half_term_starts(trust, cycle, urn);
                places.starts.insert((urn, cycle), starts);
            }
        }
        places
    }

    /// Of a trust, with customary half-terms.
    pub(crate) fn in_register(register: &Register, trust: TrustId) -> Self {
        let ever = |school: &&identity::roster::School| {
            school.trust == Some(trust) || school.memberships.iter().any(|(of, ..)| *of == trust)
        };
        let schools = register.schools().filter(ever);
        Self {
            trust_name: register
                .trust(trust)
                .map(|trust| trust.name.clone())
                .unwrap_or_default(),
            schools: schools
                .map(|school| (school.urn.number(), (school.name.clone(), school.phase)))
                .collect(),
            starts: HashMap::new(),
        }
    }

    /// Every school, and none for the central team.
    pub(crate) fn urns(&self) -> impl Iterator<Item = Option<Urn>> {
        self.schools.keys().map(|urn| school(*urn)).chain([None])
    }

    /// The name of a school; empty for the central team.
    pub(crate) fn name(&self, urn: u32) -> String {
        self.schools.get(&urn).map(|(name, _)| name.clone()).unwrap_or_default()
    }

    /// The phase of a school; unspecified for the central team.
    pub(crate) fn phase(&self, urn: u32) -> Phase {
        self.schools.get(&urn).map(|(_, phase)| *phase).unwrap_or_default()
    }

    /// The half-term in which a day falls at a school.
    pub(crate) fn half_term(&self, urn: u32, on: Day) -> Option<HalfTerm> {
        let cycle = compact::cycle(on)?;
        let set = self.starts.get(&(urn, cycle)).or_else(|| self.starts.get(&(0, cycle)));
        let place = match set {
            Some(starts) => half_terms::place(starts, on),
            None => half_terms::place(&half_terms::customary(cycle), on),
        };
        Some(HalfTerm { cycle, place })
    }

    /// Whether a half-term has begun for the trust as a whole by that day.
    pub(crate) fn begun(&self, half_term: HalfTerm, on: Day) -> bool {
        self.half_term(0, on).is_some_and(|now| half_term <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_terms_are_in_order_of_time() {
        let all: Vec<_> = HalfTerm::of_cycles(2024..=2025).collect();
        assert_eq!(all.len(), 12);
        assert!(all.is_sorted());
        assert_eq!((all[5].number(), all[6].number()), (6, 1));
    }

    #[test]
    fn a_half_term_has_begun_once_its_first_day_is_there() {
        let places = Places::default();
        let second = HalfTerm { cycle: 2025, place: 1 };
        let begun = |day| places.begun(second, compact::day(day).unwrap());
        assert!(!begun("2025-10-31"));
        assert!(begun("2025-11-01"));
        assert!(begun("2026-05-01"));
    }
}

//! The six half-terms of an academic year.

use api::ids::TrustId;
use chrono::NaiveDate;

use crate::{
    compact::{self, Day},
    views::{Views, school},
};

impl Views {
    /// The first days of the half-terms at a school: its own, else its trust's, else those customary in England.
    pub(crate) fn half_term_starts(&self, trust: TrustId, cycle: i32, urn: u32) -> Vec<Day> {
        let starts =
            |terms: &Vec<(NaiveDate, NaiveDate)>| terms.iter().map(|(from, _)| compact::day_of(*from)).collect();
        let set = self.roster(|register| {
            let of_school = school(urn).and_then(|urn| register.school(urn)?.half_terms.get(&cycle));
            of_school
                .or_else(|| register.trust(trust)?.half_terms.get(&cycle))
                .map(starts)
        });
        set.filter(|starts: &Vec<Day>| starts.len() == 6)
            .unwrap_or_else(|| customary(cycle))
    }
}

/// As they fall in most of England.
pub(crate) fn customary(cycle: i32) -> Vec<Day> {
    [
        (cycle, 9, 1),
        (cycle, 11, 1),
        (cycle + 1, 1, 1),
        (cycle + 1, 2, 21),
        (cycle + 1, 4, 15),
        (cycle + 1, 6, 1),
    ]
    .into_iter()
    .filter_map(|(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).map(compact::day_of))
    .collect()
}

/// Which half-term a day falls in, counted from 0. A holiday belongs to the half-term before it.
pub(crate) fn place(starts: &[Day], day: Day) -> usize {
    starts.iter().filter(|start| **start <= day).count().clamp(1, 6) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_holiday_belongs_to_the_half_term_before_it() {
        let starts = customary(2025);
        let of = |day: &str| place(&starts, compact::day(day).unwrap());
        assert_eq!(
            (of("2025-09-01"), of("2025-10-31"), of("2025-11-01"), of("2026-08-31")),
            (0, 0, 1, 5)
        );
    }
}

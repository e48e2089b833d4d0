//! The days on which a school works: notice and feedback are counted in them.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Days, NaiveDate, Weekday};
use identity::{
    policy::cycle_of,
    roster::{School, Trust},
};

/// Term dates reach this far at most: beyond, every weekday counts.
const HORIZON_DAYS: u64 = 366;

/// Weekdays within half-terms. In a cycle whose dates nobody has set, every weekday.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingDays {
    half_terms: BTreeMap<i32, Vec<(NaiveDate, NaiveDate)>>,
}

impl WorkingDays {
    /// A school's own dates, and in cycles where it has none its trust's.
    pub fn of(school: &School, trust: Option<&Trust>) -> Self {
        let mut half_terms = trust.map(|trust| trust.half_terms.clone()).unwrap_or_default();
        half_terms.extend(school.half_terms.clone());
        Self { half_terms }
    }

    /// The day that is so many working days later; the day itself for none.
    pub fn after(&self, day: NaiveDate, count: u32) -> NaiveDate {
        let horizon = day + Days::new(HORIZON_DAYS);
        let working = |day: &NaiveDate| *day > horizon || self.includes(*day);
        let Some(last) = count.checked_sub(1).and_then(|count| usize::try_from(count).ok()) else {
            return day;
        };
        day.iter_days()
            .skip(1)
            .filter(is_weekday)
            .filter(working)
            .nth(last)
            .unwrap_or(NaiveDate::MAX)
    }

    fn includes(&self, day: NaiveDate) -> bool {
        match self.half_terms.get(&cycle_of(day)) {
            Some(half_terms) if !half_terms.is_empty() => half_terms
                .iter()
                .any(|(starts_on, ends_on)| (*starts_on..=*ends_on).contains(&day)),
            _ => true,
        }
    }
}

fn is_weekday(day: &NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn autumn() -> WorkingDays {
        let half_terms = vec![
            (day("2025-09-03"), day("2025-10-24")),
            (day("2025-11-03"), day("2025-12-19")),
        ];
        WorkingDays {
            half_terms: BTreeMap::from([(2025, half_terms)]),
        }
    }

    #[test]
    fn weekends_do_not_count() {
        assert_eq!(WorkingDays::default().after(day("2025-10-03"), 1), day("2025-10-06"));
        assert_eq!(WorkingDays::default().after(day("2025-10-01"), 5), day("2025-10-08"));
        assert_eq!(WorkingDays::default().after(day("2025-10-04"), 0), day("2025-10-04"));
    }

    #[test]
    fn holidays_do_not_count() {
        assert_eq!(autumn().after(day("2025-10-23"), 2), day("2025-11-03"));
    }

    #[test]
    fn a_cycle_without_dates_has_every_weekday() {
        assert_eq!(autumn().after(day("2026-09-01"), 5), day("2026-09-08"));
    }

    #[test]
    fn dates_that_nobody_set_further_do_not_hold_up_the_count() {
        assert_eq!(autumn().after(day("2025-12-19"), 1), day("2026-09-01"));
    }
}

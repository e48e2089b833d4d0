//! The six half-terms of an academic year.

use api::directory::v1::{self as pb, HalfTerm};
use chrono::NaiveDate;
use service::{Violations, parse::path};

/// How many half-terms a year has.
const HALF_TERMS: usize = 6;

/// Dates of one academic year: six half-terms, in order and apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermDates {
    cycle: i32,
    half_terms: Vec<(NaiveDate, NaiveDate)>,
}

impl TermDates {
    /// Reads the fields `cycle` and `half_terms` of a request.
    pub fn parse(cycle: i32, half_terms: &[HalfTerm], violations: &mut Violations) -> Option<Self> {
        let cycle = violations.number("cycle", cycle, 2000..=2100);
        violations.check(half_terms.len() == HALF_TERMS, "half_terms", || {
            format!("has {} elements: a year has {HALF_TERMS} half-terms", half_terms.len())
        });
        let half_terms = violations.list("half_terms", half_terms, HALF_TERMS, |violations, path, half_term| {
            let starts_on = violations.date(&format!("{path}.starts_on"), &half_term.starts_on);
            let ends_on = violations.date(&format!("{path}.ends_on"), &half_term.ends_on);
            Some((starts_on?, ends_on?))
        });
        let (cycle, half_terms) = (cycle?, half_terms?);
        // A few authorities go back in the last days of August.
        let first = NaiveDate::from_ymd_opt(cycle, 8, 1)?;
        let last = NaiveDate::from_ymd_opt(cycle + 1, 8, 31)?;
        let mut earliest = first;
        for (index, (starts_on, ends_on)) in half_terms.iter().enumerate() {
            violations.check(*starts_on >= earliest, &path("half_terms", index, "starts_on"), || {
                format!("is {starts_on}: must not be before {earliest}")
            });
            violations.check(
                starts_on <= ends_on && *ends_on <= last,
                &path("half_terms", index, "ends_on"),
                || format!("is {ends_on}: must be from {starts_on} to {last}"),
            );
            earliest = ends_on.succ_opt()?;
        }
        Some(Self { cycle, half_terms })
    }

    /// Reads dates as they were recorded.
    pub fn recorded(cycle: i32, half_terms: &[HalfTerm]) -> Self {
        let dates = |term: &HalfTerm| Some((term.starts_on.parse().ok()?, term.ends_on.parse().ok()?));
        Self {
            cycle,
            half_terms: half_terms.iter().filter_map(dates).collect(),
        }
    }

    /// The academic year by its first calendar year.
    pub fn cycle(&self) -> i32 {
        self.cycle
    }

    /// As the protocol writes them.
    pub fn half_terms(&self) -> Vec<HalfTerm> {
        self.half_terms
            .iter()
            .map(|(starts_on, ends_on)| HalfTerm {
                starts_on: starts_on.to_string(),
                ends_on: ends_on.to_string(),
            })
            .collect()
    }

    /// As the protocol shows them.
    pub fn shown(&self) -> pb::TermDates {
        pb::TermDates {
            cycle: self.cycle,
            half_terms: self.half_terms(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Dates of the cycle that begins in `year`.
    pub(crate) fn year(year: i32) -> TermDates {
        TermDates::recorded(year, &half_terms(year))
    }

    pub(crate) fn half_terms(year: i32) -> Vec<HalfTerm> {
        let next = year + 1;
        [
            (format!("{year}-09-02"), format!("{year}-10-24")),
            (format!("{year}-11-03"), format!("{year}-12-19")),
            (format!("{next}-01-05"), format!("{next}-02-13")),
            (format!("{next}-02-23"), format!("{next}-03-27")),
            (format!("{next}-04-13"), format!("{next}-05-22")),
            (format!("{next}-06-01"), format!("{next}-07-21")),
        ]
        .into_iter()
        .map(|(starts_on, ends_on)| HalfTerm { starts_on, ends_on })
        .collect()
    }

    fn refused(cycle: i32, half_terms: &[HalfTerm]) -> Vec<String> {
        let mut violations = Violations::new();
        TermDates::parse(cycle, half_terms, &mut violations);
        let error = violations.finish().unwrap_err();
        error
            .violations()
            .iter()
            .map(|violation| violation.field.clone())
            .collect()
    }

    #[test]
    fn six_half_terms_make_a_year() {
        let mut violations = Violations::new();
        let parsed = TermDates::parse(2025, &half_terms(2025), &mut violations);
        assert_eq!(parsed.map(|dates| dates.half_terms()), Some(half_terms(2025)));
        assert!(violations.is_empty());
        assert_eq!(refused(2025, &half_terms(2025)[..5]), ["half_terms"]);
    }

    #[test]
    fn half_terms_do_not_overlap_nor_leave_their_year() {
        let mut terms = half_terms(2025);
        terms[1].starts_on = "2025-10-24".into();
        assert_eq!(refused(2025, &terms), ["half_terms[1].starts_on"]);
        assert_eq!(refused(2024, &half_terms(2025))[0], "half_terms[0].ends_on");
        let mut terms = half_terms(2025);
        terms[5].ends_on = "2026-09-01".into();
        assert_eq!(refused(2025, &terms), ["half_terms[5].ends_on"]);
    }
}

//! The period that a metric is reported for, as it is written: it sorts as time does.

use std::fmt;

use api::evaluation::v1::MetricPeriod;
use chrono::NaiveDate;

/// A month, or a part of an academic year that is named by its first calendar year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    kind: MetricPeriod,
    year: i32,
    /// Which month, half-term or term; 0 for a year.
    part: u32,
}

impl Period {
    /// None unless it is written as periods of that kind are.
    pub fn parse(kind: MetricPeriod, text: &str) -> Option<Self> {
        let (year, part) = match kind {
            MetricPeriod::Unspecified => return None,
            MetricPeriod::Year => (text, ""),
            MetricPeriod::Month => text.split_once('-')?,
            MetricPeriod::HalfTerm => text.split_once("-H")?,
            MetricPeriod::Term => text.split_once("-T")?,
        };
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
        let most = match kind {
            MetricPeriod::Month => 12,
            MetricPeriod::HalfTerm => 6,
            MetricPeriod::Term => 3,
            MetricPeriod::Year | MetricPeriod::Unspecified => 0,
        };
        let width = match kind {
            MetricPeriod::Month => 2,
            MetricPeriod::HalfTerm | MetricPeriod::Term => 1,
            MetricPeriod::Year | MetricPeriod::Unspecified => 0,
        };
        if !digits(year, 4) || !digits(part, width) {
            return None;
        }
        let year = year.parse().ok().filter(|year| (2000..2100).contains(year))?;
        let part = if most == 0 { 0 } else { part.parse().ok()? };
        let within = part <= most && (part > 0) == (most > 0);
        within.then_some(Self { kind, year, part })
    }

    /// How a period of that kind is written.
    pub fn example(kind: MetricPeriod) -> &'static str {
        match kind {
            MetricPeriod::Month => "2025-09",
            MetricPeriod::HalfTerm => "2025-H1 to 2025-H6",
            MetricPeriod::Term => "2025-T1 to 2025-T3",
            MetricPeriod::Year | MetricPeriod::Unspecified => "2025",
        }
    }

    /// Not before this day: the first of the month in which such a period begins anywhere in England.
    pub fn begins_on(self) -> NaiveDate {
        let (next, month) = match (self.kind, self.part) {
            (MetricPeriod::Month, month) => (0, month),
            (MetricPeriod::HalfTerm, 2) => (0, 10),
            (MetricPeriod::HalfTerm, 3) | (MetricPeriod::Term, 2) => (1, 1),
            (MetricPeriod::HalfTerm, 4) => (1, 2),
            (MetricPeriod::HalfTerm, 5) | (MetricPeriod::Term, 3) => (1, 4),
            (MetricPeriod::HalfTerm, 6) => (1, 5),
            _ => (0, 9),
        };
        NaiveDate::from_ymd_opt(self.year + next, month, 1).unwrap_or_default()
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            MetricPeriod::Month => write!(f, "{:04}-{:02}", self.year, self.part),
            MetricPeriod::HalfTerm => write!(f, "{:04}-H{}", self.year, self.part),
            MetricPeriod::Term => write!(f, "{:04}-T{}", self.year, self.part),
            MetricPeriod::Year | MetricPeriod::Unspecified => write!(f, "{:04}", self.year),
        }
    }
}

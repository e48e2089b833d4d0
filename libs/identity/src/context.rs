//! What a rule may know besides its aggregate and the command.

use std::sync::Arc;

use chrono::{DateTime, Datelike as _, Days, Duration, NaiveDate, TimeZone as _, Utc, Weekday};

use crate::{Actor, Policy};

/// Who acts, when, and under which policy.
#[derive(Clone, Debug)]
pub struct Context {
    pub actor: Actor,
    /// When the command was taken in, by the service's clock.
    pub now: DateTime<Utc>,
    /// As in force where and when the rule applies.
    pub policy: Arc<Policy>,
}

impl Context {
    pub fn new(actor: Actor, now: DateTime<Utc>, policy: Arc<Policy>) -> Self {
        Self { actor, now, policy }
    }

    /// The day it is in England's schools.
    pub fn today(&self) -> NaiveDate {
        date_in_england(self.now)
    }
}

/// Today, in England.
pub fn today() -> NaiveDate {
    date_in_england(Utc::now())
}

/// The day it is in England: summer time runs from the last Sunday of March to that of October, from and until 01:00
/// UTC (Summer Time Act 1972, as amended in 2002).
pub fn date_in_england(at: DateTime<Utc>) -> NaiveDate {
    let changes_on = |month| {
        let last = NaiveDate::from_ymd_opt(at.year(), month, 31).expect("March and October have 31 days");
        let after_sunday = u64::from(last.weekday().days_since(Weekday::Sun));
        let sunday = last
            .checked_sub_days(Days::new(after_sunday))
            .expect("years are far from chrono's bounds");
        Utc.from_utc_datetime(&sunday.and_hms_opt(1, 0, 0).expect("01:00 exists in UTC"))
    };
    let summer = changes_on(3) <= at && at < changes_on(10);
    if summer {
        (at + Duration::hours(1)).date_naive()
    } else {
        at.date_naive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_changes_at_midnight_in_england() {
        let date = |text: &str| date_in_england(text.parse().unwrap()).to_string();
        assert_eq!(date("2026-01-15T23:30:00Z"), "2026-01-15");
        assert_eq!(date("2026-06-15T23:30:00Z"), "2026-06-16");
        assert_eq!(date("2026-03-28T23:30:00Z"), "2026-03-28");
        assert_eq!(date("2026-03-29T23:30:00Z"), "2026-03-30");
        assert_eq!(date("2026-10-24T23:30:00Z"), "2026-10-25");
        assert_eq!(date("2026-10-25T23:30:00Z"), "2026-10-25");
    }
}

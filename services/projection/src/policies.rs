//! The values in force at some places over some days: each found once, however many days and people are asked for.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use api::ids::{TrustId, Urn};
use chrono::NaiveDate;
use identity::{Policy, roster::Register};

use crate::compact::{self, Day};

/// Values by place and day.
pub(crate) struct Policies {
    /// From which day on which hold, earliest first.
    places: HashMap<Option<Urn>, Vec<(Day, Arc<Policy>)>>,
    /// The days from which others hold somewhere than on the day before.
    turns: BTreeSet<Day>,
}

impl Policies {
    /// Of schools of a trust, and of its central team (none), from the first day to the last.
    pub(crate) fn of(
        register: &Register,
        trust: TrustId,
        places: impl IntoIterator<Item = Option<Urn>>,
        (first, last): (Day, Day),
    ) -> Self {
        let policy_at = |place: Option<Urn>, day: Day| match compact::date(day) {
            Some(on) => register.policy_at(trust, place, on),
            None => Policy::national(),
        };
        let spans = |place| (place, spans(first, last, &|day| policy_at(place, day)));
        let places: HashMap<_, _> = places.into_iter().map(spans).collect();
        let later = places.values().flat_map(|spans| spans.iter().skip(1));
        Self {
            turns: later.map(|(from, _)| *from).collect(),
            places,
        }
    }

    /// The national default, everywhere and always.
    #[cfg(test)]
    pub(crate) fn national() -> Self {
        Self {
            places: HashMap::new(),
            turns: BTreeSet::new(),
        }
    }

    /// The values in force at a place on a day; the national default elsewhere and before.
    pub(crate) fn on(&self, place: Option<Urn>, date: NaiveDate) -> Arc<Policy> {
        let day = compact::day_of(date);
        let known = self.places.get(&place).and_then(|spans| {
            let until = spans.partition_point(|(from, _)| *from <= day);
            spans[..until].last()
        });
        known.map_or_else(Policy::national, |(_, policy)| policy.clone())
    }

    /// The days from which other values hold somewhere than on the day before.
    pub(crate) fn turns(&self) -> impl Iterator<Item = Day> {
        self.turns.iter().copied()
    }
}

/// What is in force changes by what is set from a day on, and only grows: so where two days agree, all between them do.
fn spans(first: Day, last: Day, at: &impl Fn(Day) -> Arc<Policy>) -> Vec<(Day, Arc<Policy>)> {
    let mut spans = vec![(first, at(first))];
    let at_last = at(last);
    while let Some((mut same, policy)) = spans.last().cloned()
        && policy.version != at_last.version
    {
        let mut other = last;
        while other - same > 1 {
            let between = i32::midpoint(same, other);
            if at(between).version == policy.version {
                same = between;
            } else {
                other = between;
            }
        }
        spans.push((other, at(other)));
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_found_on_its_day() {
        let national = Policy::national();
        let at = |day: Day| {
            let sets = [10, 11, 40, 100].iter().filter(|from| **from <= day).count();
            Arc::new(Policy {
                version: format!("{}+{sets}", national.version),
                ..Policy::clone(&national)
            })
        };
        for (first, last) in [(0, 365), (10, 40), (11, 11), (5, 10), (41, 99)] {
            let found = spans(first, last, &at);
            for day in first..=last {
                let until = found.partition_point(|(from, _)| *from <= day);
                assert_eq!(found[until - 1].1, at(day), "day {day} of {first} to {last}");
            }
            assert!(found.windows(2).all(|pair| pair[0].1 != pair[1].1));
        }
    }
}

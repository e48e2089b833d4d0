//! The people of a trust, their posts, stages and long leave: taken from the roster once for a view.

use std::collections::HashMap;

use api::ids::TrustId;
use chrono::NaiveDate;
use identity::roster::{Person, Post, Register};
use uuid::Uuid;

use crate::{compact::Day, hours, policies::Policies};

/// Everybody whom a trust employs, or last did.
#[derive(Clone, Debug, Default)]
pub(crate) struct People {
    by_id: HashMap<Uuid, Person>,
}

impl People {
    /// Of a trust, as the roster knows them now.
    pub(crate) fn of(register: &Register, trust: TrustId) -> Self {
        let people = register.people_of(trust);
        Self {
            by_id: people.map(|person| (person.id.0, person.clone())).collect(),
        }
    }

    /// Somebody; none if the roster does not know them.
    pub(crate) fn get(&self, person: Uuid) -> Option<&Person> {
        self.by_id.get(&person)
    }

    /// Everybody.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Person> {
        self.by_id.values()
    }

    /// The school where somebody mainly works or last worked by that day; 0 for the central team and for whom the roster
    /// does not know.
    pub(crate) fn school(&self, person: Uuid, on: NaiveDate) -> u32 {
        self.get(person)
            .and_then(|person| last_post(person, on)?.school)
            .map_or(0, |urn| urn.number())
    }
}

/// The main post on that day, else the one that ended last before it.
pub(crate) fn last_post(person: &Person, on: NaiveDate) -> Option<&Post> {
    let ended = || {
        let past = person
            .posts
            .iter()
            .filter(|post| post.until.is_some_and(|until| until < on));
        past.max_by_key(|post| (post.until, post.fte_percent))
    };
    person.main_post(on).or_else(ended)
}

/// Somebody's working time and entitlement in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Working {
    /// In years of full time, days of long leave left out.
    pub(crate) full_time_years: f64,
    pub(crate) entitled_minutes: i32,
}

impl Working {
    /// From one day to another, both counted, of a year that has so many days.
    pub(crate) fn between(person: &Person, (first, last): (Day, Day), year_days: i32, policies: &Policies) -> Self {
        let turns = hours::turns(person, (first, last + 1), policies);
        let runs = hours::runs(&turns, last + 1, |day| hours::due_on(person, day, policies));
        let shares = runs.iter().map(|run| {
            let days = run.until - run.from + 1;
            f64::from(days) * f64::from(run.due.fte_percent)
        });
        Self {
            full_time_years: shares.sum::<f64>() / (f64::from(year_days.max(1)) * 100.0),
            entitled_minutes: runs.iter().map(|run| hours::minutes(run, year_days, last)).sum(),
        }
    }
}

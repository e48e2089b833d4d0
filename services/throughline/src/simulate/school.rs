//! A school as a world of its own: its staff, what is still to happen there, and the hand that writes it down.
//!
//! Nothing that happens at one school needs another: they are simulated side by side, and what comes of it is the same
//! however many at once. What the trust as a whole does is done by its first school.

use std::{ops::Range, sync::Arc};

use anyhow::Context as _;
use api::{
    common::v1::RoleGroup,
    ids::{ActivityId, NetworkId, PersonId, TrustId, Urn},
};
use catalogue_service::session::OfferedActivity;
use chrono::{DateTime, Datelike as _, Days, NaiveDate, TimeDelta, Utc};
use evaluation_service::{metric::Metric, spending::Spending};
use identity::Actor;
use rand::{RngExt as _, seq::IndexedRandom as _};

use super::{
    agenda::Agenda,
    people::Person,
    places::{Group, Place},
    scribe::{Scribe, Stream},
};
use crate::demo::{
    staff::{Part, weekday},
    words,
};

/// What all schools of a trust know of it.
pub(super) struct Trust {
    pub(super) id: TrustId,
    pub(super) name: String,
    pub(super) leader: PersonId,
    pub(super) hr: PersonId,
    pub(super) places: Vec<Place>,
    /// One about each focus.
    pub(super) courses: Vec<(&'static str, OfferedActivity)>,
    /// The first academic year.
    pub(super) first_year: i32,
    /// Who leads the network, and which: only where the network is founded.
    pub(super) network: Option<Network>,
}

/// A network of schools, of several trusts if there are several.
pub(super) struct Network {
    pub(super) id: NetworkId,
    pub(super) lead: PersonId,
    /// With the trust that each belongs to, and who leads that.
    pub(super) members: Vec<(Urn, TrustId, PersonId)>,
}

/// What is held at this school alone.
pub(super) struct OwnActivities {
    pub(super) inset: OfferedActivity,
    pub(super) forum: OfferedActivity,
    pub(super) mandatory: Vec<OfferedActivity>,
}

/// One school.
pub(super) struct School {
    pub(super) scribe: Scribe,
    agenda: Agenda<School>,
    pub(super) trust: Arc<Trust>,
    pub(super) place: Place,
    /// Its place among the trust's.
    pub(super) number: usize,
    /// How well agreed things are followed through here, 0 to 1.
    pub(super) follow_through: f64,
    /// Whoever ever worked here.
    pub(super) people: Vec<Person>,
    pub(super) own: Option<Arc<OwnActivities>>,
    pub(super) metrics: Vec<Stream<Metric>>,
    pub(super) spending: Vec<Stream<Spending>>,
    /// Who works for the trust as a whole, by name.
    pub(super) central_names: Vec<(PersonId, String)>,
    /// The last day.
    until: NaiveDate,
}

impl School {
    pub(super) fn new(seed: u64, trust: Arc<Trust>, number: usize, headcount: usize, until: NaiveDate) -> Self {
        let mut scribe = Scribe::new(seed, trust.id);
        let follow_through = scribe.rng.random_range(0.3..0.95);
        let first_on = september(trust.first_year);
        let place = trust.places[number].clone();
        let mut school = Self {
            scribe,
            agenda: Agenda::new(),
            trust,
            place,
            number,
            follow_through,
            people: Vec::new(),
            own: None,
            metrics: Vec::new(),
            spending: Vec::new(),
            central_names: Vec::new(),
            until,
        };
        school.scribe.go_on_to(moment(first_on, 4, 0));
        school.staff(headcount);
        if number == 0 {
            school.put(first_on, 5, 0, |school| school.found_trust());
        }
        school.put(first_on, 5, 30, |school| school.open());
        school.put(first_on, 7, 0, |school| school.begin_year(school.trust.first_year));
        school
    }

    /// Lives on until a moment.
    pub(super) fn live(&mut self, until: DateTime<Utc>) -> anyhow::Result<()> {
        while let Some((at, act)) = self.agenda.next(until) {
            self.scribe.go_on_to(at);
            act(self).with_context(|| format!("at {} ({})", self.place.details.name, self.place.urn))?;
        }
        Ok(())
    }

    /// A year begins.
    fn begin_year(&mut self, year: i32) -> anyhow::Result<()> {
        if self.number == 0 {
            self.open_cycles(year)?;
        }
        self.tidy();
        self.plan_sessions(year);
        self.plan_measures(year);
        self.plan_walks(year);
        for who in 0..self.people.len() {
            self.plan_year(who, year, september(year));
        }
        self.put(september(year + 1), 7, 0, move |school| school.begin_year(year + 1));
        Ok(())
    }

    /// What somebody does in a year, as far as it is still to come.
    pub(super) fn plan_year(&mut self, who: usize, year: i32, from: NaiveDate) {
        let person = &self.people[who];
        if !person.here || person.part == Part::Governor {
            return;
        }
        self.plan_leaving(who, year, from);
        self.plan_appraisal(who, year, from);
        self.plan_observations(who, year, from);
        self.plan_coaching(who, year, from);
        self.plan_claims(who, year, from);
    }

    /// Puts an act on the agenda, unless it is beyond the last day.
    pub(super) fn put(
        &mut self,
        on: NaiveDate,
        hour: u32,
        minute: u32,
        act: impl FnOnce(&mut Self) -> anyhow::Result<()> + Send + 'static,
    ) {
        if on <= self.until {
            self.agenda.put(moment(on, hour, minute), Box::new(act));
        }
    }

    /// Puts an act on the agenda, at some time of a working day.
    pub(super) fn some_time(
        &mut self,
        on: NaiveDate,
        act: impl FnOnce(&mut Self) -> anyhow::Result<()> + Send + 'static,
    ) {
        let (hour, minute) = (self.scribe.rng.random_range(9..18), self.scribe.rng.random_range(0..60));
        self.put(weekday(on), hour, minute, act);
    }

    pub(super) fn likely(&mut self, share: f64) -> bool {
        self.scribe.rng.random_bool(share)
    }

    /// Something that this school does as often as it follows through, weighted.
    pub(super) fn followed_through(&mut self, weight: f64) -> bool {
        let share = (self.follow_through * weight).clamp(0.0, 1.0);
        self.likely(share)
    }

    /// A school day, so many days after a date.
    pub(super) fn after(&mut self, date: NaiveDate, days: Range<u64>) -> NaiveDate {
        weekday(date + Days::new(self.scribe.rng.random_range(days)))
    }

    pub(super) fn choose<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        of.choose(&mut self.scribe.rng).copied()
    }

    /// What practice is looked at. Oracy rises from year to year, and ever faster, as a view of needs should find.
    pub(super) fn focus(&mut self) -> &'static str {
        let years = f64::from(identity::policy::cycle_of(self.scribe.today()) - self.trust.first_year);
        if self.likely((years.powi(2) * 0.06).min(0.4)) {
            return words::RISING_FOCUS;
        }
        self.choose(&words::FOCUS_AREAS).unwrap_or(words::RISING_FOCUS)
    }

    pub(super) fn course(&self, focus: &str) -> Option<ActivityId> {
        let course = self.trust.courses.iter().find(|(about, _)| *about == focus);
        course.map(|(_, offered)| offered.id)
    }

    /// Somebody who leads here and is at work, other than one person.
    pub(super) fn a_leader(&mut self, not: usize) -> Option<usize> {
        let leaders = self.at_work(|person| matches!(person.part, Part::Head | Part::CpdLead | Part::Leader));
        let others: Vec<usize> = leaders.into_iter().filter(|who| *who != not).collect();
        self.choose(&others)
    }

    /// Somebody who teaches here and is at work, other than one person.
    pub(super) fn a_teacher(&mut self, not: usize) -> Option<usize> {
        let teachers = self.at_work(|person| person.part == Part::Teacher);
        let others: Vec<usize> = teachers.into_iter().filter(|who| *who != not).collect();
        self.choose(&others)
    }

    fn at_work(&self, is: impl Fn(&Person) -> bool) -> Vec<usize> {
        let people = self.people.iter().enumerate();
        people
            .filter(|(_, person)| person.is_at_work() && is(person))
            .map(|(who, _)| who)
            .collect()
    }

    pub(super) fn is_at_work(&self, who: usize) -> bool {
        self.people[who].is_at_work()
    }

    /// Heads stay as long as the simulation lasts.
    pub(super) fn head(&self) -> Actor {
        self.actor(0)
    }

    pub(super) fn actor(&self, who: usize) -> Actor {
        Actor::person(self.people[who].id, self.trust.id)
    }

    pub(super) fn id_of(&self, who: usize) -> PersonId {
        self.people[who].id
    }

    /// Who leads professional development here, else the head; nobody who is not to be named.
    pub(super) fn successor(&self, not: [PersonId; 2]) -> Option<PersonId> {
        [Part::CpdLead, Part::Head].into_iter().find_map(|part| {
            let of_part = self.people.iter().filter(|person| person.part == part);
            of_part
                .filter(|person| person.is_at_work() && !not.contains(&person.id))
                .map(|person| person.id)
                .min()
        })
    }
}

/// Teachers and those who lead them.
pub(super) fn teaches(role_group: RoleGroup) -> bool {
    matches!(
        role_group,
        RoleGroup::ClassroomTeacher | RoleGroup::EarlyCareerTeacher | RoleGroup::Leadership
    )
}

/// The first day of an academic year.
pub(super) fn september(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 9, 1).expect("years are far from chrono's bounds")
}

/// A school day of the academic year that begins on 1 September of `year`.
pub(super) fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    let year = if month >= 9 { year } else { year + 1 };
    weekday(NaiveDate::from_ymd_opt(year, month, day).expect("a date of the school year"))
}

/// Whether schools are closed: half-terms, Christmas, Easter, summer, about.
pub(super) fn is_holiday(on: NaiveDate) -> bool {
    let date = (on.month(), on.day());
    let within = |from: (u32, u32), to: (u32, u32)| from <= date && date <= to;
    within((10, 24), (11, 1))
        || date >= (12, 19)
        || date <= (1, 3)
        || within((2, 14), (2, 22))
        || within((4, 3), (4, 17))
        || within((5, 23), (5, 31))
        || within((7, 22), (8, 31))
}

pub(super) fn moment(on: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    let midnight = on.and_hms_opt(0, 0, 0).expect("midnight").and_utc();
    midnight + TimeDelta::hours(hour.into()) + TimeDelta::minutes(minute.into())
}

/// A seed that follows from another and a name.
pub(super) fn seed_of(seed: u64, name: &str) -> u64 {
    api::ids::derived("simulation", &format!("{seed}:{name}"))
        .as_u64_pair()
        .0
}

/// What a trust is in the simulation.
pub(super) fn identity_of(group: &Group) -> directory_service::trust::Identity {
    directory_service::trust::Identity {
        name: group.name.clone(),
        ..Default::default()
    }
}

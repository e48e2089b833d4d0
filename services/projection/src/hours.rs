//! Hours of development against the entitlement: the policy's hours for the role group, times the share of full time,
//! times the part of the year.
//!
//! Counted are hours credited by the catalogue, coaching sessions in which the person was coached, and meetings and
//! lessons of enquiries; mandatory training is no part of it. Days of long leave are no part of the year.

use std::collections::BTreeSet;

use api::{
    common::v1::RoleGroup,
    ids::Urn,
    projection::v1::{Absence, EntitlementPart, HoursAgainstEntitlement},
};
use chrono::NaiveDate;
use identity::roster::Person;

use crate::{
    compact::{self, Day},
    policies::Policies,
    views::Views,
};

/// What somebody is entitled to on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) role_group: RoleGroup,
    pub(crate) fte_percent: u32,
    pub(crate) full_time_hours: u32,
}

/// Days in a row with the same entitlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) from: Day,
    pub(crate) until: Day,
    pub(crate) due: Due,
}

/// First day of an academic year, and of the next.
pub(crate) fn year(cycle: i32) -> Option<(Day, Day)> {
    let first = |cycle| NaiveDate::from_ymd_opt(cycle, 9, 1).map(compact::day_of);
    Some((first(cycle)?, first(cycle + 1)?))
}

/// Parts the days up to `next` into days in a row with the same entitlement; days without any are left out. The turns are
/// the first day and, in order, at least every day on which something may be due that was not on the day before.
pub(crate) fn runs(turns: &[Day], next: Day, due: impl Fn(Day) -> Option<Due>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let ends = turns.iter().skip(1).copied().chain([next]);
    for (from, end) in turns.iter().copied().zip(ends) {
        let Some(due) = due(from) else { continue };
        let until = end - 1;
        match runs.last_mut() {
            Some(run) if run.due == due && run.until + 1 == from => run.until = until,
            _ => runs.push(Run { from, until, due }),
        }
    }
    runs
}

/// Somebody's turns from the first day to before `next`: where a post or a leave begins or ends, or a policy does.
pub(crate) fn turns(person: &Person, (first, next): (Day, Day), policies: &Policies) -> Vec<Day> {
    let posts = person.posts.iter().flat_map(|post| {
        let ended = post.until.map(|until| compact::day_of(until) + 1);
        [Some(compact::day_of(post.from_on)), ended]
    });
    let leave = person.leave.iter().flat_map(|leave| {
        let back = leave.back_on.map(compact::day_of);
        [Some(compact::day_of(leave.from_on)), back]
    });
    let left = person.left_on.map(|left| compact::day_of(left) + 1);
    let turns = posts.chain(leave).chain([left]).flatten().chain(policies.turns());
    let mut turns: Vec<Day> = turns.filter(|day| (first..next).contains(day)).collect();
    if first < next {
        turns.push(first);
    }
    turns.sort_unstable();
    turns.dedup();
    turns
}

/// Minutes for days in a row of a year of that many days, up to a day.
pub(crate) fn minutes(run: &Run, year_days: i32, up_to: Day) -> i32 {
    let days = i64::from((run.until.min(up_to) - run.from + 1).max(0));
    let a_year = i64::from(run.due.full_time_hours) * 60 * i64::from(run.due.fte_percent);
    let whole = i64::from(year_days.max(1)) * 100;
    i32::try_from((a_year * days + whole / 2) / whole).unwrap_or(i32::MAX)
}

/// What somebody is entitled to on a day; none before they came, while they are away for long, and after they left.
pub(crate) fn due_on(person: &Person, day: Day, policies: &Policies) -> Option<Due> {
    let on = compact::date(day)?;
    if person.left(on) || person.on_leave(on) {
        return None;
    }
    let main = person.main_post(on)?;
    let share: u32 = person.posts_on(on).map(|post| u32::from(post.fte_percent)).sum();
    let policy = policies.on(main.school, on);
    let hours = policy.entitlement_hours.get(&main.role_group).copied();
    Some(Due {
        role_group: main.role_group,
        fte_percent: share.min(100),
        full_time_hours: hours.unwrap_or_default(),
    })
}

impl Views {
    /// Hours of the academic year to which a day belongs, against the entitlement.
    pub(crate) fn hours_against_entitlement(
        &self,
        person: &Person,
        on: Day,
        credited_minutes: impl FnOnce(Day, Day) -> i32,
        reporting: bool,
    ) -> Option<HoursAgainstEntitlement> {
        let cycle = compact::cycle(on)?;
        let (first, next) = year(cycle)?;
        let places: BTreeSet<Option<Urn>> = person.posts.iter().map(|post| post.school).collect();
        let policies = self.roster(|register| Policies::of(register, person.trust, places, (first, next - 1)));
        let turns = turns(person, (first, next), &policies);
        let runs = runs(&turns, next, |day| due_on(person, day, &policies));
        let credited_minutes = credited_minutes(first, next.min(on + 1));
        let absence = match (credited_minutes, reporting) {
            (0, false) => Absence::SourceNotReporting,
            (0, true) => Absence::NotYet,
            _ => Absence::Unspecified,
        };
        let year_days = next - first;
        Some(HoursAgainstEntitlement {
            cycle,
            credited_minutes,
            entitled_minutes: runs.iter().map(|run| minutes(run, year_days, next)).sum(),
            entitled_so_far_minutes: runs.iter().map(|run| minutes(run, year_days, on)).sum(),
            parts: runs
                .iter()
                .map(|run| EntitlementPart {
                    from_on: compact::iso(Some(run.from)),
                    until_on: compact::iso(Some(run.until)),
                    role_group: run.due.role_group.into(),
                    fte_percent: i32::try_from(run.due.fte_percent).unwrap_or(i32::MAX),
                    full_time_hours: i32::try_from(run.due.full_time_hours).unwrap_or(i32::MAX),
                    minutes: minutes(run, year_days, next),
                })
                .collect(),
            absence: absence.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use api::{
        directory::v1 as directory,
        ids::{EmploymentId, TrustId},
    };
    use identity::roster::{Leave, Post, Register};
    use uuid::Uuid;

    use super::*;
    use crate::fixtures::{Log, TRUST};

    fn due(fte_percent: u32) -> Due {
        Due {
            role_group: RoleGroup::ClassroomTeacher,
            fte_percent,
            full_time_hours: 35,
        }
    }

    #[test]
    fn a_whole_year_at_full_time_is_the_policys_hours() {
        let (first, next) = year(2025).unwrap();
        let runs = runs(&[first], next, |_| Some(due(100)));
        assert_eq!(runs.len(), 1);
        assert_eq!(minutes(&runs[0], next - first, next), 35 * 60);
    }

    #[test]
    fn hours_and_absence_part_the_year() {
        let (first, next) = year(2025).unwrap();
        // Full time for 100 days, away for 50, then three days a week.
        let runs = runs(&[first, first + 100, first + 120, first + 150], next, |day| {
            match day - first {
                0..100 => Some(due(100)),
                100..150 => None,
                _ => Some(due(60)),
            }
        });
        assert_eq!(runs.len(), 2);
        let of = |run: &Run| minutes(run, next - first, next);
        assert_eq!((of(&runs[0]), of(&runs[1])), (575, 742));
        assert_eq!(minutes(&runs[1], next - first, first + 120), 0, "not yet begun");
    }

    #[test]
    fn what_is_due_so_far_grows_with_the_year() {
        let (first, next) = year(2025).unwrap();
        let runs = runs(&[first], next, |_| Some(due(100)));
        assert_eq!(minutes(&runs[0], next - first, first + 72), 420, "73 of 365 days");
    }

    #[test]
    fn turns_tell_as_much_as_every_day() {
        let (first, next) = year(2025).unwrap();
        let on = |day: i32| compact::date(first + day).unwrap();
        let post = |from: i32, until: Option<i32>, fte_percent: u8| Post {
            employment: EmploymentId(Uuid::from_u128(1)),
            school: None,
            role_group: RoleGroup::ClassroomTeacher,
            fte_percent,
            from_on: on(from),
            until: until.map(on),
        };
        let leave = |from: i32, back: Option<i32>| Leave {
            from_on: on(from),
            back_on: back.map(on),
        };
        let person = |posts, leave, left: Option<i32>| {
            let added = directory::PersonAdded {
                trust_id: TRUST.to_string(),
                ..Default::default()
            };
            let mut log = Log::new("directory");
            log.tell::<directory::PersonEvent>(Uuid::from_u128(2), added);
            let register = Register::of(&log.events);
            let mut person = register.people_of(TrustId(TRUST)).next().unwrap().clone();
            (person.posts, person.leave, person.left_on) = (posts, leave, left.map(on));
            person
        };
        let policies = Policies::national();
        let all = [
            person(vec![post(-400, None, 100)], vec![], None),
            person(
                vec![post(-400, Some(30), 100), post(31, None, 60)],
                vec![leave(10, Some(11))],
                None,
            ),
            person(
                vec![post(20, Some(200), 40), post(50, None, 60)],
                vec![leave(-9, Some(25)), leave(300, None)],
                None,
            ),
            person(vec![post(0, None, 80)], vec![leave(100, Some(99))], Some(150)),
            person(vec![], vec![], Some(364)),
        ];
        for person in &all {
            let due = |day| due_on(person, day, &policies);
            let every: Vec<Day> = (first..next).collect();
            let found = runs(&turns(person, (first, next), &policies), next, due);
            assert_eq!(found, runs(&every, next, due), "{person:?}");
        }
    }
}

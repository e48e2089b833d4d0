//! Hours of development against the entitlement: the policy's hours for the role group, times the share of full time,
//! times the part of the year.
//!
//! Counted are hours credited by the catalogue, coaching sessions in which the person was coached, and meetings and
//! lessons of enquiries; mandatory training is no part of it. Days of long leave are no part of the year.

use std::sync::Arc;

use api::{
    common::v1::RoleGroup,
    ids::{TrustId, Urn},
    projection::v1::{Absence, EntitlementPart, HoursAgainstEntitlement},
};
use chrono::NaiveDate;
use identity::{Policy, roster::Person};

use crate::{
    compact::{self, Day},
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

/// Parts a year into days in a row with the same entitlement; days without any are left out.
pub(crate) fn runs(first: Day, next: Day, due: impl Fn(Day) -> Option<Due>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for day in first..next {
        let Some(due) = due(day) else { continue };
        match runs.last_mut() {
            Some(run) if run.due == due && run.until + 1 == day => run.until = day,
            _ => runs.push(Run {
                from: day,
                until: day,
                due,
            }),
        }
    }
    runs
}

/// Minutes for days in a row of a year of that many days, up to a day.
pub(crate) fn minutes(run: &Run, year_days: i32, up_to: Day) -> i32 {
    let days = i64::from((run.until.min(up_to) - run.from + 1).max(0));
    let a_year = i64::from(run.due.full_time_hours) * 60 * i64::from(run.due.fte_percent);
    let whole = i64::from(year_days.max(1)) * 100;
    i32::try_from((a_year * days + whole / 2) / whole).unwrap_or(i32::MAX)
}

/// What somebody is entitled to on a day; none before they came, while they are away for long, and after they left.
pub(crate) fn due_on(person: &Person, day: Day, policy: impl Fn(Option<Urn>, NaiveDate) -> Arc<Policy>) -> Option<Due> {
    let on = compact::date(day)?;
    if person.left(on) || person.on_leave(on) {
        return None;
    }
    let main = person.main_post(on)?;
    let share: u32 = person.posts_on(on).map(|post| u32::from(post.fte_percent)).sum();
    let hours = policy(main.school, on).entitlement_hours.get(&main.role_group).copied();
    Some(Due {
        role_group: main.role_group,
        fte_percent: share.min(100),
        full_time_hours: hours.unwrap_or_default(),
    })
}

impl Views {
    /// What somebody is entitled to on a day, by the policy in force then.
    pub(crate) fn due_on(&self, person: &Person, day: Day) -> Option<Due> {
        due_on(person, day, |school, on| self.policy(person.trust, school, on))
    }

    fn policy(&self, trust: TrustId, school: Option<Urn>, on: NaiveDate) -> Arc<Policy> {
        self.roster(|register| register.policy_at(trust, school, on))
    }

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
        let runs = runs(first, next, |day| self.due_on(person, day));
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
    use super::*;

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
        let runs = runs(first, next, |_| Some(due(100)));
        assert_eq!(runs.len(), 1);
        assert_eq!(minutes(&runs[0], next - first, next), 35 * 60);
    }

    #[test]
    fn hours_and_absence_part_the_year() {
        let (first, next) = year(2025).unwrap();
        // Full time for 100 days, away for 50, then three days a week.
        let runs = runs(first, next, |day| match day - first {
            0..100 => Some(due(100)),
            100..150 => None,
            _ => Some(due(60)),
        });
        assert_eq!(runs.len(), 2);
        let of = |run: &Run| minutes(run, next - first, next);
        assert_eq!((of(&runs[0]), of(&runs[1])), (575, 742));
        assert_eq!(minutes(&runs[1], next - first, first + 120), 0, "not yet begun");
    }

    #[test]
    fn what_is_due_so_far_grows_with_the_year() {
        let (first, next) = year(2025).unwrap();
        let runs = runs(first, next, |_| Some(due(100)));
        assert_eq!(minutes(&runs[0], next - first, first + 72), 420, "73 of 365 days");
    }
}

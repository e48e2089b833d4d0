//! Everybody who is entitled: what they had, what they were due, and how often they were observed.

use std::collections::{BTreeMap, HashMap};

use api::{
    catalogue::v1::ActivityKind,
    common::v1::Purpose,
    observations::v1::{ObservationEvent, ObservationScheduled, observation_event as observation},
    projection::v1::GroupBy,
};
use identity::roster::Person;
use prost::DecodeError;
use uuid::Uuid;

use crate::{
    compact,
    development::{
        Ground,
        people::{self, People, Working},
        took_part::{self, id},
    },
    policies::Policies,
};

/// Kinds of event that tell of observations.
pub(crate) const RECENT: [&str; 2] = ["observation.scheduled", "observation.conducted"];

/// Somebody with a post in the period.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Member {
    /// 0 for the central team.
    pub(crate) urn: u32,
    pub(crate) role_group: i32,
    pub(crate) career_stage: i32,
    pub(crate) full_time: bool,
    /// Working time in the period, in years of full time.
    pub(crate) full_time_years: f64,
    pub(crate) entitled_minutes: i64,
    pub(crate) minutes_by_kind: BTreeMap<ActivityKind, i64>,
    pub(crate) observations: i32,
    pub(crate) observed_minutes: i32,
    cap: (i32, i32),
}

impl Member {
    /// All that counts towards entitlement: mandatory training does not.
    pub(crate) fn minutes(&self) -> i64 {
        let counts = |(kind, _): &(&ActivityKind, &i64)| **kind != ActivityKind::MandatoryTraining;
        self.minutes_by_kind
            .iter()
            .filter(counts)
            .map(|(_, minutes)| minutes)
            .sum()
    }

    /// Whether they had what they were due by then.
    pub(crate) fn had_entitlement(&self) -> bool {
        self.entitled_minutes > 0 && self.minutes() >= self.entitled_minutes
    }

    /// Whether they were observed as often or as long as the cap allows.
    pub(crate) fn at_cap(&self) -> bool {
        let (count, minutes) = self.cap;
        self.observations > 0 && (self.observations >= count || self.observed_minutes >= minutes)
    }

    /// Whether they were observed more often or longer than the cap allows.
    pub(crate) fn over_cap(&self) -> bool {
        let (count, minutes) = self.cap;
        self.observations > count || self.observed_minutes > minutes
    }

    /// The group to which they belong: its number, or its school.
    pub(crate) fn group(&self, by: GroupBy) -> (i32, u32) {
        match by {
            GroupBy::RoleGroup => (self.role_group, 0),
            GroupBy::CareerStage => (self.career_stage, 0),
            GroupBy::WorkingTime => (if self.full_time { 1 } else { 2 }, 0),
            GroupBy::School => (0, self.urn),
            GroupBy::All | GroupBy::Unspecified => (0, 0),
        }
    }
}

/// Everybody who had a post at a school that is counted and was not on long leave all the time, by where they mainly work
/// or last worked.
pub(crate) fn all(ground: &Ground, people: &People, policies: &Policies) -> Result<Vec<Member>, DecodeError> {
    let mut members = employed(ground, people, policies);
    took_part::each(&ground.ledger, |took_part| {
        if let Some(member) = members.get_mut(&took_part.person)
            && ground.counts(took_part.on)
        {
            *member.minutes_by_kind.entry(took_part.kind).or_default() += i64::from(took_part.minutes);
        }
    })?;
    observed(ground, &mut members)?;
    Ok(members.into_values().collect())
}

fn employed(ground: &Ground, people: &People, policies: &Policies) -> HashMap<Uuid, Member> {
    let scope = &ground.ask.scope;
    let Some(last) = compact::date(ground.ask.on) else {
        return HashMap::new();
    };
    let year_days = compact::day_of(scope.until) - compact::day_of(scope.from);
    let limit = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    let member = |person: &Person| {
        let main = people::last_post(person, last)?;
        let urn = main.school.map_or(0, |urn| urn.number());
        if !ground.covers(urn) {
            return None;
        }
        let working = Working::between(
            person,
            (compact::day_of(scope.from), ground.ask.on),
            year_days,
            policies,
        );
        if working.full_time_years <= 0.0 {
            return None;
        }
        let rules = policies.on(main.school, last);
        let share: u32 = if person.main_post(last).is_some() {
            person.posts_on(last).map(|post| u32::from(post.fte_percent)).sum()
        } else {
            u32::from(main.fte_percent)
        };
        Some(Member {
            urn,
            role_group: main.role_group.into(),
            career_stage: person.career_stage.into(),
            full_time: share >= 100,
            full_time_years: working.full_time_years,
            entitled_minutes: i64::from(working.entitled_minutes),
            cap: (limit(rules.observation_cap_count), limit(rules.observation_cap_minutes)),
            ..Member::default()
        })
    };
    people
        .iter()
        .filter_map(|person| Some((person.id.0, member(person)?)))
        .collect()
}

/// Observations for appraisal or quality purposes: those that the cap is about.
fn observed(ground: &Ground, members: &mut HashMap<Uuid, Member>) -> Result<(), DecodeError> {
    let mut about: HashMap<Uuid, ObservationScheduled> = HashMap::new();
    ground.ledger.each(|at, ObservationEvent { event }| match event {
        Some(observation::Event::Scheduled(scheduled)) => {
            about.insert(at.stream, scheduled);
        }
        Some(observation::Event::Conducted(conducted)) => {
            let Some(scheduled) = about.get(&at.stream) else { return };
            let weighs = matches!(scheduled.purpose(), Purpose::Appraisal | Purpose::QualityAssurance);
            let counted = compact::day(&conducted.on).is_some_and(|on| ground.counts(on));
            let observee = id(&scheduled.observee_id).and_then(|person| members.get_mut(&person));
            if let Some(member) = observee.filter(|_| weighs && counted) {
                member.observations += 1;
                member.observed_minutes += conducted.minutes;
            }
        }
        _ => {}
    })
}

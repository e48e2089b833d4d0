//! The values that a trust sets for itself, each with a date from which it holds.
//!
//! A value in force comes from, in this order: what the school set, what its trust set, the national default. Each is
//! settled on its own: whoever sets the notice of observations says nothing about their number. The defaults are a
//! data file with a source for every value (`data/default_policy.json`).

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock, RwLock},
};

use api::{
    common::v1::{Purpose, RoleGroup},
    directory::v1::{Rules, policy_event},
    ids::{TrustId, Urn},
};
use chrono::{Datelike as _, NaiveDate};
use eventstore::Position;
use serde::Deserialize;

const DEFAULT_POLICY: &str = include_str!("../data/default_policy.json");

/// A day of the year, such as 31 October.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    pub month: u32,
    pub day: u32,
}

impl MonthDay {
    /// Parses `--MM-DD` (ISO 8601). 29 February is refused: it is missing in most years.
    pub fn parse(text: &str) -> Option<Self> {
        let (month, day) = text.strip_prefix("--")?.split_once('-')?;
        let (month, day) = (month.parse().ok()?, day.parse().ok()?);
        NaiveDate::from_ymd_opt(2001, month, day).map(|_| Self { month, day })
    }

    /// That day in the cycle which begins on 1 September of `year`.
    pub fn in_cycle(self, year: i32) -> NaiveDate {
        let year = if self.month >= 9 { year } else { year + 1 };
        NaiveDate::from_ymd_opt(year, self.month, self.day).expect("a day that every year has")
    }
}

impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--{:02}-{:02}", self.month, self.day)
    }
}

/// The academic year that a day belongs to, by its first calendar year: 2025 for 1 September 2025 to 31 August 2026.
pub fn cycle_of(date: NaiveDate) -> i32 {
    if date.month() >= 9 {
        date.year()
    } else {
        date.year() - 1
    }
}

/// All values in force at one place on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Which values these are: the default's version, then the store positions of the events that changed it.
    pub version: String,
    /// Working days between scheduling and a lesson observation.
    pub observation_notice_days: u32,
    /// Observations of one person for appraisal or quality purposes in a cycle.
    pub observation_cap_count: u32,
    /// Minutes of them in a cycle.
    pub observation_cap_minutes: u32,
    /// Working days within which feedback is shared.
    pub feedback_days: u32,
    /// Days until a follow-up is due where none was said.
    pub follow_up_due_days: u32,
    /// Days past due after which an untouched follow-up may lapse.
    pub follow_up_lapse_days: u32,
    /// Whether descriptors may carry a scale.
    pub grading_allowed: bool,
    /// Fewest objectives of an appraisal.
    pub objective_count_min: u32,
    /// Most objectives of an appraisal.
    pub objective_count_max: u32,
    /// By when objectives are agreed.
    pub planning_due: MonthDay,
    /// By when mid-year reviews are held.
    pub mid_year_due: MonthDay,
    /// By when appraisals conclude.
    pub final_due: MonthDay,
    /// Purposes that may reach appraisal without promotion.
    pub purposes_reaching_appraisal: Vec<Purpose>,
    /// CPD hours a year at full time.
    pub entitlement_hours: HashMap<RoleGroup, u32>,
    /// Smallest count shown inside the trust.
    pub suppression_threshold: u32,
    /// Smallest count shown across trusts.
    pub network_suppression_threshold: u32,
    /// Whether pay recommendations are recorded at all.
    pub pay_recommendations_enabled: bool,
    /// Minutes without contact after which a source counts as not reporting.
    pub stale_source_minutes: u32,
    /// Days after its close within which an appraisal may be contested.
    pub appeal_days: u32,
    /// Cost of a place, in pence, from which a booking needs approval.
    pub booking_approval_pence: u32,
    /// Minutes of a session from which a booking needs approval.
    pub booking_approval_minutes: u32,
    /// Fewest people in a group for which an effect size is reported.
    pub effect_size_minimum: u32,
    /// People in a group below which an effect size carries a warning.
    pub effect_size_caution: u32,
    /// Weeks after a development until its participants are first asked about their practice, 6 to 12.
    pub practice_first_weeks: u32,
    /// Weeks after a development until its participants are asked about their practice again.
    pub practice_second_weeks: u32,
    /// Partnerships that one coach holds at once.
    pub coaching_load_max: u32,
}

impl Policy {
    /// The national default.
    pub fn national() -> Arc<Self> {
        static NATIONAL: OnceLock<Arc<Policy>> = OnceLock::new();
        NATIONAL
            .get_or_init(|| Arc::new(read_default(DEFAULT_POLICY).expect("the file is read in a test")))
            .clone()
    }

    /// Whether a record of this purpose may reach appraisal without its person's promotion.
    pub fn reaches_appraisal(&self, purpose: Purpose) -> bool {
        self.purposes_reaching_appraisal.contains(&purpose)
    }

    /// CPD hours a year due to somebody working this share of full time, rounded to whole hours.
    pub fn entitlement(&self, role_group: RoleGroup, fte_percent: u32) -> u32 {
        let full = self.entitlement_hours.get(&role_group).copied().unwrap_or_default();
        (full * fte_percent.min(100) + 50) / 100
    }

    /// The values as the protocol shows them.
    pub fn to_rules(&self) -> Rules {
        use api::directory::v1::{Entitlement, PurposeList};
        let days = |value: u32| Some(i32::try_from(value).unwrap_or(i32::MAX));
        let mut entitlements: Vec<_> = self
            .entitlement_hours
            .iter()
            .map(|(group, hours)| Entitlement {
                role_group: (*group).into(),
                hours: i32::try_from(*hours).unwrap_or(i32::MAX),
            })
            .collect();
        entitlements.sort_by_key(|entitlement| entitlement.role_group);
        Rules {
            observation_notice_days: days(self.observation_notice_days),
            observation_cap_count: days(self.observation_cap_count),
            observation_cap_minutes: days(self.observation_cap_minutes),
            feedback_days: days(self.feedback_days),
            follow_up_due_days: days(self.follow_up_due_days),
            follow_up_lapse_days: days(self.follow_up_lapse_days),
            grading_allowed: Some(self.grading_allowed),
            objective_count_min: days(self.objective_count_min),
            objective_count_max: days(self.objective_count_max),
            planning_due: Some(self.planning_due.to_string()),
            mid_year_due: Some(self.mid_year_due.to_string()),
            final_due: Some(self.final_due.to_string()),
            purposes_reaching_appraisal: Some(PurposeList {
                purposes: self
                    .purposes_reaching_appraisal
                    .iter()
                    .map(|purpose| (*purpose).into())
                    .collect(),
            }),
            entitlements,
            suppression_threshold: days(self.suppression_threshold),
            network_suppression_threshold: days(self.network_suppression_threshold),
            pay_recommendations_enabled: Some(self.pay_recommendations_enabled),
            stale_source_minutes: days(self.stale_source_minutes),
            appeal_days: days(self.appeal_days),
            booking_approval_pence: days(self.booking_approval_pence),
            booking_approval_minutes: days(self.booking_approval_minutes),
            effect_size_minimum: days(self.effect_size_minimum),
            effect_size_caution: days(self.effect_size_caution),
            practice_first_weeks: days(self.practice_first_weeks),
            practice_second_weeks: days(self.practice_second_weeks),
            coaching_load_max: days(self.coaching_load_max),
        }
    }

    /// Takes over what the rules state. Values that cannot be are ignored: the event is recorded, and must be
    /// accepted.
    fn apply(&mut self, rules: &Rules) {
        fn set(value: &mut u32, stated: Option<i32>) {
            if let Some(stated) = stated.and_then(|stated| u32::try_from(stated).ok()) {
                *value = stated;
            }
        }
        fn set_day(value: &mut MonthDay, stated: Option<&String>) {
            if let Some(stated) = stated.and_then(|stated| MonthDay::parse(stated)) {
                *value = stated;
            }
        }
        set(&mut self.observation_notice_days, rules.observation_notice_days);
        set(&mut self.observation_cap_count, rules.observation_cap_count);
        set(&mut self.observation_cap_minutes, rules.observation_cap_minutes);
        set(&mut self.feedback_days, rules.feedback_days);
        set(&mut self.follow_up_due_days, rules.follow_up_due_days);
        set(&mut self.follow_up_lapse_days, rules.follow_up_lapse_days);
        set(&mut self.objective_count_min, rules.objective_count_min);
        set(&mut self.objective_count_max, rules.objective_count_max);
        set(&mut self.suppression_threshold, rules.suppression_threshold);
        set(
            &mut self.network_suppression_threshold,
            rules.network_suppression_threshold,
        );
        set(&mut self.stale_source_minutes, rules.stale_source_minutes);
        set(&mut self.appeal_days, rules.appeal_days);
        set(&mut self.booking_approval_pence, rules.booking_approval_pence);
        set(&mut self.booking_approval_minutes, rules.booking_approval_minutes);
        set(&mut self.effect_size_minimum, rules.effect_size_minimum);
        set(&mut self.effect_size_caution, rules.effect_size_caution);
        set(&mut self.practice_first_weeks, rules.practice_first_weeks);
        set(&mut self.practice_second_weeks, rules.practice_second_weeks);
        set(&mut self.coaching_load_max, rules.coaching_load_max);
        set_day(&mut self.planning_due, rules.planning_due.as_ref());
        set_day(&mut self.mid_year_due, rules.mid_year_due.as_ref());
        set_day(&mut self.final_due, rules.final_due.as_ref());
        self.grading_allowed = rules.grading_allowed.unwrap_or(self.grading_allowed);
        self.pay_recommendations_enabled = rules
            .pay_recommendations_enabled
            .unwrap_or(self.pay_recommendations_enabled);
        if let Some(list) = &rules.purposes_reaching_appraisal {
            self.purposes_reaching_appraisal = list
                .purposes
                .iter()
                .filter_map(|purpose| Purpose::try_from(*purpose).ok())
                .collect();
        }
        for entitlement in &rules.entitlements {
            if let (Ok(group), Ok(hours)) = (
                RoleGroup::try_from(entitlement.role_group),
                u32::try_from(entitlement.hours),
            ) {
                self.entitlement_hours.insert(group, hours);
            }
        }
    }
}

fn read_default(text: &str) -> Result<Policy, String> {
    #[derive(Deserialize)]
    struct File {
        version: String,
        values: Values,
    }
    #[derive(Deserialize)]
    struct Value<T> {
        value: T,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Values {
        observation_notice_days: Value<u32>,
        observation_cap_count: Value<u32>,
        observation_cap_minutes: Value<u32>,
        feedback_days: Value<u32>,
        follow_up_due_days: Value<u32>,
        follow_up_lapse_days: Value<u32>,
        grading_allowed: Value<bool>,
        objective_count_min: Value<u32>,
        objective_count_max: Value<u32>,
        planning_due: Value<String>,
        mid_year_due: Value<String>,
        final_due: Value<String>,
        purposes_reaching_appraisal: Value<Vec<String>>,
        entitlement_hours: Value<HashMap<String, u32>>,
        suppression_threshold: Value<u32>,
        network_suppression_threshold: Value<u32>,
        pay_recommendations_enabled: Value<bool>,
        stale_source_minutes: Value<u32>,
        appeal_days: Value<u32>,
        booking_approval_pence: Value<u32>,
        booking_approval_minutes: Value<u32>,
        effect_size_minimum: Value<u32>,
        effect_size_caution: Value<u32>,
        practice_first_weeks: Value<u32>,
        practice_second_weeks: Value<u32>,
        coaching_load_max: Value<u32>,
    }
    let day =
        |text: Value<String>| MonthDay::parse(&text.value).ok_or_else(|| format!("no month and day: {}", text.value));
    let purpose = |name: String| Purpose::from_str_name(&name).ok_or_else(|| format!("no purpose: {name}"));
    let group = |name: String| RoleGroup::from_str_name(&name).ok_or_else(|| format!("no role group: {name}"));
    let File { version, values } = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(Policy {
        version,
        observation_notice_days: values.observation_notice_days.value,
        observation_cap_count: values.observation_cap_count.value,
        observation_cap_minutes: values.observation_cap_minutes.value,
        feedback_days: values.feedback_days.value,
        follow_up_due_days: values.follow_up_due_days.value,
        follow_up_lapse_days: values.follow_up_lapse_days.value,
        grading_allowed: values.grading_allowed.value,
        objective_count_min: values.objective_count_min.value,
        objective_count_max: values.objective_count_max.value,
        planning_due: day(values.planning_due)?,
        mid_year_due: day(values.mid_year_due)?,
        final_due: day(values.final_due)?,
        purposes_reaching_appraisal: values
            .purposes_reaching_appraisal
            .value
            .into_iter()
            .map(purpose)
            .collect::<Result<_, _>>()?,
        entitlement_hours: values
            .entitlement_hours
            .value
            .into_iter()
            .map(|(name, hours)| Ok((group(name)?, hours)))
            .collect::<Result<_, String>>()?,
        suppression_threshold: values.suppression_threshold.value,
        network_suppression_threshold: values.network_suppression_threshold.value,
        pay_recommendations_enabled: values.pay_recommendations_enabled.value,
        stale_source_minutes: values.stale_source_minutes.value,
        appeal_days: values.appeal_days.value,
        booking_approval_pence: values.booking_approval_pence.value,
        booking_approval_minutes: values.booking_approval_minutes.value,
        effect_size_minimum: values.effect_size_minimum.value,
        effect_size_caution: values.effect_size_caution.value,
        practice_first_weeks: values.practice_first_weeks.value,
        practice_second_weeks: values.practice_second_weeks.value,
        coaching_load_max: values.coaching_load_max.value,
    })
}

/// What was set, by whom, from when.
#[derive(Clone, Debug)]
struct Set {
    from_on: NaiveDate,
    position: Position,
    rules: Rules,
}

/// The policies of all trusts and schools, over time.
#[derive(Debug, Default)]
pub struct Policies {
    /// By trust, and by school where it is the school's own; earliest first.
    sets: HashMap<(TrustId, Option<Urn>), Vec<Set>>,
    /// Answers are the same between two dates, so they are kept: by trust, school, and how many sets apply of each.
    settled: RwLock<HashMap<(TrustId, Option<Urn>, usize, usize), Arc<Policy>>>,
}

impl Policies {
    /// Records what an event set. Later events win over earlier ones from the same day.
    pub fn apply(&mut self, trust: TrustId, position: Position, event: &policy_event::Event) {
        let policy_event::Event::Set(set) = event;
        let Ok(from_on) = set.from_on.parse() else { return };
        let school = if set.urn.is_empty() { None } else { set.urn.parse().ok() };
        if school.is_none() && !set.urn.is_empty() {
            return;
        }
        let sets = self.sets.entry((trust, school)).or_default();
        sets.push(Set {
            from_on,
            position,
            rules: set.rules.clone().unwrap_or_default(),
        });
        sets.sort_by_key(|set| (set.from_on, set.position));
        self.settled.get_mut().expect("no panic while held").clear();
    }

    /// The values in force at a school, or for the trust as a whole, on a day.
    pub fn at(&self, trust: TrustId, school: Option<Urn>, date: NaiveDate) -> Arc<Policy> {
        let of_trust = self.in_force(trust, None, date);
        let of_school = school.map_or(&[][..], |school| self.in_force(trust, Some(school), date));
        if of_trust.is_empty() && of_school.is_empty() {
            return Policy::national();
        }
        // A school without values of its own shares its trust's.
        let school = school.filter(|_| !of_school.is_empty());
        let key = (trust, school, of_trust.len(), of_school.len());
        if let Some(known) = self.settled.read().expect("no panic while held").get(&key) {
            return known.clone();
        }
        let mut policy = Policy::clone(&Policy::national());
        for set in of_trust.iter().chain(of_school) {
            policy.apply(&set.rules);
            policy.version = format!("{}+{}", policy.version, set.position);
        }
        let policy = Arc::new(policy);
        self.settled
            .write()
            .expect("no panic while held")
            .insert(key, policy.clone());
        policy
    }

    fn in_force(&self, trust: TrustId, school: Option<Urn>, date: NaiveDate) -> &[Set] {
        let sets = self.sets.get(&(trust, school)).map_or(&[][..], Vec::as_slice);
        &sets[..sets.partition_point(|set| set.from_on <= date)]
    }
}

#[cfg(test)]
mod tests {
    use api::directory::v1::{Entitlement, PolicySet};
    use uuid::Uuid;

    use super::*;

    const TRUST: TrustId = TrustId(Uuid::from_u128(1));

    fn school() -> Urn {
        "136789".parse().unwrap()
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn set(urn: &str, from_on: &str, rules: Rules) -> policy_event::Event {
        policy_event::Event::Set(PolicySet {
            urn: urn.into(),
            from_on: from_on.into(),
            rules: Some(rules),
        })
    }

    fn notice(days: i32) -> Rules {
        Rules {
            observation_notice_days: Some(days),
            ..Rules::default()
        }
    }

    #[test]
    fn the_national_default_is_read_from_its_file() {
        let national = Policy::national();
        assert_eq!(national.planning_due, MonthDay { month: 10, day: 31 });
        assert!(national.reaches_appraisal(Purpose::Appraisal));
        assert!(!national.reaches_appraisal(Purpose::Developmental));
        assert!(!national.grading_allowed && !national.pay_recommendations_enabled);
    }

    #[test]
    fn every_default_states_its_source() {
        let file: serde_json::Value = serde_json::from_str(DEFAULT_POLICY).unwrap();
        for (name, value) in file["values"].as_object().unwrap() {
            assert!(
                value["source"].as_str().is_some_and(|source| source.len() > 10),
                "{name} states no source"
            );
        }
    }

    #[test]
    fn a_value_holds_from_its_date_on() {
        let mut policies = Policies::default();
        policies.apply(TRUST, Position(7), &set("", "2025-09-01", notice(10)));
        let on = |date| policies.at(TRUST, None, day(date)).observation_notice_days;
        assert_eq!(on("2025-08-31"), Policy::national().observation_notice_days);
        assert_eq!(on("2025-09-01"), 10);
        assert_eq!(policies.at(TRUST, None, day("2025-09-01")).version, "2025.1+7");
    }

    #[test]
    fn a_school_overrides_its_trust_value_by_value() {
        let mut policies = Policies::default();
        let rules = Rules {
            observation_notice_days: Some(10),
            feedback_days: Some(2),
            ..Rules::default()
        };
        policies.apply(TRUST, Position(1), &set("", "2025-09-01", rules));
        policies.apply(TRUST, Position(2), &set("136789", "2025-10-01", notice(3)));
        // The trust's later word does not reach what the school settled for itself.
        policies.apply(TRUST, Position(3), &set("", "2025-11-01", notice(12)));
        let on = |school, date| {
            let policy = policies.at(TRUST, school, day(date));
            (policy.observation_notice_days, policy.feedback_days)
        };
        assert_eq!(on(Some(school()), "2025-09-30"), (10, 2));
        assert_eq!(on(Some(school()), "2025-10-01"), (3, 2));
        assert_eq!(on(Some(school()), "2025-11-01"), (3, 2));
        assert_eq!(on(None, "2025-11-01"), (12, 2));
    }

    #[test]
    fn entitlements_given_replace_those_of_their_group_only() {
        let mut policies = Policies::default();
        let entitlements = vec![Entitlement {
            role_group: RoleGroup::TeachingAssistant.into(),
            hours: 30,
        }];
        policies.apply(
            TRUST,
            Position(1),
            &set(
                "",
                "2025-09-01",
                Rules {
                    entitlements,
                    ..Rules::default()
                },
            ),
        );
        let policy = policies.at(TRUST, None, day("2025-09-01"));
        assert_eq!(policy.entitlement(RoleGroup::TeachingAssistant, 100), 30);
        assert_eq!(policy.entitlement(RoleGroup::ClassroomTeacher, 60), 21);
    }

    #[test]
    fn values_survive_the_protocol() {
        let mut policy = Policy::clone(&Policy::national());
        policy.apply(&Policy::national().to_rules());
        assert_eq!(policy, *Policy::national());
    }

    #[test]
    fn a_cycle_begins_on_1_september() {
        assert_eq!(cycle_of(day("2025-08-31")), 2024);
        assert_eq!(cycle_of(day("2025-09-01")), 2025);
        let due = MonthDay::parse("--03-31").unwrap();
        assert_eq!(due.in_cycle(2025), day("2026-03-31"));
        assert_eq!(MonthDay::parse("--02-29"), None);
    }
}

//! The values that a trust sets for itself, each with a date from which it holds, and which a school may set otherwise.
//!
//! set ──► set ──► …
//!
//! Nothing is ever taken back: to return to the trust's value, a school sets that value again from a later date.

use std::collections::BTreeMap;

use api::{
    directory::v1::{PolicyEvent, PolicySet, Rules, policy_event},
    ids::{TrustId, Urn, derived},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;
use uuid::Uuid;

use crate::person::Place;

/// What a trust set so far.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The last word on each place and day.
    sets: BTreeMap<(Option<Urn>, NaiveDate), Rules>,
}

/// What may be asked of a policy.
#[derive(Clone, Debug)]
pub enum Command {
    /// Sets values for the trust, or for one of its schools.
    Set(Box<Setting>),
}

/// Values from a day on, within their bounds, and those that hold on that day otherwise.
#[derive(Clone, Debug)]
pub struct Setting {
    pub trust: TrustId,
    /// Absent for the whole trust.
    pub school: Option<Place>,
    pub from_on: NaiveDate,
    pub rules: Rules,
    /// Every value as it stands on that day.
    pub standing: Rules,
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("no value is given")]
    NothingSet,
    #[error("school {0} does not belong to the trust")]
    SchoolNotInTrust(Urn),
    #[error("at least {min} objectives and at most {max} cannot both hold")]
    ObjectiveCounts { min: i32, max: i32 },
    #[error(
        "networks would see counts from {network} and the trust itself only from {own}: the network's threshold must not be lower"
    )]
    Thresholds { own: i32, network: i32 },
}

impl service::Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::NothingSet => "NO_POLICY_VALUE",
            Self::SchoolNotInTrust(_) => "SCHOOL_NOT_IN_TRUST",
            Self::ObjectiveCounts { .. } => "OBJECTIVE_COUNTS_CONTRADICT",
            Self::Thresholds { .. } => "NETWORK_THRESHOLD_TOO_LOW",
        }
    }

    fn field(&self) -> Option<&'static str> {
        Some(match self {
            Self::SchoolNotInTrust(_) => "urn",
            Self::NothingSet => "rules",
            Self::ObjectiveCounts { .. } => "rules.objective_count_max",
            Self::Thresholds { .. } => "rules.network_suppression_threshold",
        })
    }
}

/// The stream of a trust's policy.
pub fn stream_id(trust: TrustId) -> Uuid {
    derived("policy", &trust.to_string())
}

impl Aggregate for Policy {
    type Event = PolicyEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, _: &Context) -> Result<Vec<PolicyEvent>, Rejection> {
        match command {
            Command::Set(setting) => self.set(*setting),
        }
    }

    fn evolve(&mut self, event: &PolicyEvent) {
        let Some(policy_event::Event::Set(set)) = &event.event else {
            return;
        };
        let school = if set.urn.is_empty() { None } else { set.urn.parse().ok() };
        if let Ok(from_on) = set.from_on.parse() {
            self.sets
                .insert((school, from_on), set.rules.clone().unwrap_or_default());
        }
    }
}

impl Policy {
    fn set(&self, setting: Setting) -> Result<Vec<PolicyEvent>, Rejection> {
        let Setting {
            trust,
            school,
            from_on,
            rules,
            standing,
        } = setting;
        if rules == Rules::default() {
            return Err(Rejection::NothingSet);
        }
        if let Some(place) = school.filter(|place| place.trust != Some(trust)) {
            return Err(Rejection::SchoolNotInTrust(place.urn));
        }
        must_agree(&rules, &standing)?;
        let urn = school.map(|place| place.urn);
        if self.sets.get(&(urn, from_on)) == Some(&rules) {
            return Ok(Vec::new());
        }
        Ok(vec![
            PolicySet {
                urn: urn.map(String::from).unwrap_or_default(),
                from_on: from_on.to_string(),
                rules: Some(rules),
            }
            .into(),
        ])
    }
}

/// Values that bound each other must do so together with those that stand.
fn must_agree(rules: &Rules, standing: &Rules) -> Result<(), Rejection> {
    let both = |given: fn(&Rules) -> Option<i32>| given(rules).or(given(standing)).unwrap_or_default();
    let (min, max) = (
        both(|rules| rules.objective_count_min),
        both(|rules| rules.objective_count_max),
    );
    if min > max {
        return Err(Rejection::ObjectiveCounts { min, max });
    }
    let own = both(|rules| rules.suppression_threshold);
    let network = both(|rules| rules.network_suppression_threshold);
    if network < own {
        return Err(Rejection::Thresholds { own, network });
    }
    Ok(())
}

#[cfg(test)]
mod tests;

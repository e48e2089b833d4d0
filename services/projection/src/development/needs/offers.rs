//! What is there for a need: activities on offer, commissions under way, experts, and what became of each need.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    catalogue::v1::{
        ActivityEvent, CommissionEvent, ExpertiseEvent, NeedEvent, Offering, Openness, activity_event as activity,
        commission_event as commission, expertise_event as expertise, need_event as need,
    },
    common::v1::RoleGroup,
};
use prost::DecodeError;
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    development::{ledger::Ledger, took_part::id},
};

/// Kinds of event that tell of activities, of any age.
pub(crate) const ACTIVITIES: [&str; 3] = ["activity.published", "activity.revised", "activity.withdrawn"];

/// Kinds of event that tell of commissions, of any age.
pub(crate) const COMMISSIONS: [&str; 5] = [
    "commission.offered",
    "commission.accepted",
    "commission.declined",
    "commission.delivered",
    "commission.cancelled",
];

/// Kinds of event that tell who could help, of any age.
pub(crate) const EXPERTISE: [&str; 4] = [
    "expertise.offered",
    "expertise.found",
    "expertise.revised",
    "expertise.withdrawn",
];

/// Kinds of event that tell what became of needs.
pub(crate) const FATES: [&str; 6] = [
    "need.opened",
    "need.matched",
    "need.commissioned",
    "need.commission_fell",
    "need.met",
    "need.closed",
];

/// An activity of the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Activity {
    /// The school that publishes it; 0 for the trust.
    pub(crate) urn: u32,
    pub(crate) offering: Offering,
    pub(crate) withdrawn: bool,
}

impl Activity {
    /// Whether the staff of a school may take part; 0 is the central team.
    pub(crate) fn open_to(&self, urn: u32) -> bool {
        !self.withdrawn && (self.urn == 0 || self.urn == urn || self.offering.openness() != Openness::School)
    }
}

/// Every activity, those that were withdrawn included.
pub(crate) fn activities(ledger: &Ledger) -> Result<BTreeMap<Uuid, Activity>, DecodeError> {
    let mut activities: BTreeMap<Uuid, Activity> = BTreeMap::new();
    ledger.each(|at, ActivityEvent { event }| match event {
        Some(activity::Event::Published(published)) => {
            let activity = Activity {
                urn: compact::urn(&published.urn),
                offering: published.offering.unwrap_or_default(),
                withdrawn: false,
            };
            activities.insert(at.stream, activity);
        }
        Some(activity::Event::Revised(revised)) => {
            if let (Some(activity), Some(offering)) = (activities.get_mut(&at.stream), revised.offering) {
                activity.offering = offering;
            }
        }
        Some(activity::Event::Withdrawn(_)) => {
            if let Some(activity) = activities.get_mut(&at.stream) {
                activity.withdrawn = true;
            }
        }
        None => {}
    })?;
    Ok(activities)
}

/// Commissions under way: the schools for which they are, and their focus areas.
pub(crate) fn commissions(ledger: &Ledger) -> Result<Vec<(Vec<u32>, Vec<String>)>, DecodeError> {
    let mut under_way = BTreeMap::new();
    ledger.each(|at, CommissionEvent { event }| match event {
        Some(commission::Event::Offered(offered)) => {
            let schools = offered.urns.iter().map(|urn| compact::urn(urn)).collect();
            under_way.insert(at.stream, (schools, offered.focus_areas));
        }
        Some(commission::Event::Accepted(_)) | None => {}
        Some(_) => {
            under_way.remove(&at.stream);
        }
    })?;
    Ok(under_way.into_values().collect())
}

/// Who offers expertise in what. What was found of somebody counts once they offer it.
pub(crate) fn experts(ledger: &Ledger) -> Result<Vec<(Uuid, Vec<String>)>, DecodeError> {
    let mut offered: BTreeMap<Uuid, (Uuid, Vec<String>)> = BTreeMap::new();
    ledger.each(|at, ExpertiseEvent { event }| match event {
        Some(expertise::Event::Offered(offer)) => {
            if let Some(person) = id(&offer.person_id) {
                offered.insert(at.stream, (person, offer.focus_areas));
            }
        }
        Some(expertise::Event::Revised(revised)) => {
            if let Some((_, areas)) = offered.get_mut(&at.stream) {
                *areas = revised.focus_areas;
            }
        }
        Some(expertise::Event::Withdrawn(_)) => {
            offered.remove(&at.stream);
        }
        Some(_) | None => {}
    })?;
    Ok(offered.into_values().collect())
}

/// A need of the catalogue and what became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Need {
    pub(crate) focus_area: String,
    /// 0 for the trust as a whole.
    pub(crate) urn: u32,
    pub(crate) role_group: RoleGroup,
    pub(crate) on: Day,
    /// Whether something in the catalogue, or on order, meets it.
    pub(crate) answered: bool,
    pub(crate) met: bool,
    pub(crate) closed: bool,
}

impl Need {
    /// Whether it waits, and nothing is in sight.
    pub(crate) fn unmet(&self) -> bool {
        !self.answered && !self.met && !self.closed
    }

    /// Whether it waits.
    pub(crate) fn open(&self) -> bool {
        !self.met && !self.closed
    }
}

/// Every need of the catalogue.
pub(crate) fn needs(ledger: &Ledger) -> Result<Vec<Need>, DecodeError> {
    let mut needs: BTreeMap<Uuid, (Need, BTreeSet<String>)> = BTreeMap::new();
    ledger.each(|at, NeedEvent { event }| {
        if let Some(need::Event::Opened(opened)) = event {
            let need = Need {
                urn: compact::urn(&opened.urn),
                role_group: opened.role_group(),
                on: compact::day(&opened.on).unwrap_or(at.on),
                focus_area: opened.focus_area,
                ..Need::default()
            };
            needs.insert(at.stream, (need, BTreeSet::new()));
            return;
        }
        let Some((need, answers)) = needs.get_mut(&at.stream) else {
            return;
        };
        match event {
            Some(need::Event::Matched(matched)) => {
                answers.insert(matched.activity_id);
            }
            Some(need::Event::Commissioned(commissioned)) => {
                answers.insert(commissioned.commission_id);
            }
            Some(need::Event::CommissionFell(fell)) => {
                answers.remove(&fell.commission_id);
            }
            Some(need::Event::Met(_)) => need.met = true,
            Some(need::Event::Closed(_)) => need.closed = true,
            Some(need::Event::Opened(_)) | None => {}
        }
        need.answered = need.met || !answers.is_empty();
    })?;
    Ok(needs.into_values().map(|(need, _)| need).collect())
}

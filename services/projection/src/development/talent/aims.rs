//! Career aims that their owners chose to share, as codes. Nothing else of a career plan comes here.

use std::collections::BTreeMap;

use api::coaching::v1::{AimAudience, CareerAim, CareerPlanEvent, career_plan_event as plan};
use prost::DecodeError;
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    development::{Ground, people::People, took_part::id},
};

/// Kinds of event that tell it, of any age.
pub(crate) const LASTING: [&str; 2] = ["career_plan.aim_shared", "career_plan.aim_unshared"];

/// An aim that somebody shares.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shared {
    pub(crate) person: Uuid,
    pub(crate) aim: CareerAim,
    pub(crate) horizon: i32,
    /// The person's school on the day of the report.
    pub(crate) urn: u32,
    /// Whether leaders of the trust may know, beside those of the person's school.
    pub(crate) with_trust: bool,
    pub(crate) on: Day,
}

/// Every aim shared by the day of the report and not taken back, of people who are still there, latest first. What was
/// taken back since is gone, also from what was known at an earlier moment: it is their owner's.
pub(crate) fn shared(ground: &Ground, people: &People) -> Result<Vec<Shared>, DecodeError> {
    let mut shared: BTreeMap<(Uuid, CareerAim), Shared> = BTreeMap::new();
    let today = compact::date(ground.ask.on);
    ground.ledger.each(|at, CareerPlanEvent { event }| match event {
        Some(plan::Event::AimShared(aim)) => {
            let on = compact::day(&aim.on).unwrap_or(at.on);
            let Some(person) = id(&aim.person_id) else { return };
            if on > ground.ask.on || aim.with() == AimAudience::Unspecified {
                return;
            }
            let news = Shared {
                person,
                aim: aim.aim(),
                horizon: aim.horizon,
                urn: today.map_or(0, |today| people.school(person, today)),
                with_trust: aim.with() == AimAudience::Trust,
                on,
            };
            shared.insert((person, aim.aim()), news);
        }
        Some(plan::Event::AimUnshared(aim)) => {
            if let Some(person) = id(&aim.person_id) {
                shared.remove(&(person, aim.aim()));
            }
        }
        _ => {}
    })?;
    let still_there = |shared: &Shared| {
        let person = people.get(shared.person);
        ground.covers(shared.urn)
            && person
                .zip(today)
                .is_some_and(|(person, today)| !person.erased && person.main_post(today).is_some())
    };
    let mut shared: Vec<Shared> = shared.into_values().filter(still_there).collect();
    shared.sort_by_key(|shared| (std::cmp::Reverse(shared.on), shared.person, shared.aim));
    Ok(shared)
}

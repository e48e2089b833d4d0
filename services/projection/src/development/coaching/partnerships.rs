//! Partnerships as they stand at the end of the period: who coached whom, when, and how it ended. Of their content
//! nothing is known here.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    coaching::v1::{PartnershipEvent, PartnershipKind, partnership_event as partnership},
    projection::v1::PartnershipStanding,
};
use prost::DecodeError;
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    development::{ledger::Ledger, took_part::id},
};

/// Kinds of event that tell it, of any age.
pub(crate) const LASTING: [&str; 9] = [
    "partnership.proposed",
    "partnership.agreed",
    "partnership.declined",
    "partnership.session_held",
    "partnership.completed",
    "partnership.ended_early",
    "partnership.paused",
    "partnership.resumed",
    "partnership.moved",
];

/// A session that was held.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Held {
    pub(crate) on: Day,
    pub(crate) minutes: i32,
    pub(crate) coach: Uuid,
    pub(crate) coached: Uuid,
    pub(crate) focus_areas: Vec<String>,
}

/// A partnership.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Partnership {
    pub(crate) kind: PartnershipKind,
    pub(crate) urn: u32,
    pub(crate) coach: Uuid,
    pub(crate) coached: Uuid,
    focus_areas: Vec<String>,
    pub(crate) proposed_on: Day,
    pub(crate) agreed_on: Option<Day>,
    /// How and when it ended.
    pub(crate) ended: Option<(PartnershipStanding, Day)>,
    away: BTreeSet<String>,
    pub(crate) sessions: Vec<Held>,
}

impl Partnership {
    /// How it stands.
    pub(crate) fn standing(&self) -> PartnershipStanding {
        match (self.ended, self.agreed_on) {
            (Some((ending, _)), _) => ending,
            (None, Some(_)) if !self.away.is_empty() => PartnershipStanding::Paused,
            (None, Some(_)) => PartnershipStanding::UnderWay,
            (None, None) => PartnershipStanding::Proposed,
        }
    }

    /// What is entered later was proposed no later than it was agreed or begun.
    fn begun_by(&mut self, on: Option<Day>) {
        self.proposed_on = on.map_or(self.proposed_on, |on| self.proposed_on.min(on));
    }

    /// Whether it was open on that day or later.
    pub(crate) fn open_since(&self, first: Day) -> bool {
        self.ended.is_none_or(|(_, on)| on >= first)
    }

    /// Whether it takes up its coach's time: agreed and not ended.
    pub(crate) fn weighs(&self) -> bool {
        self.agreed_on.is_some() && self.ended.is_none()
    }

    /// Those who coach in it: in peer coaching both, turn by turn.
    pub(crate) fn coaches(&self) -> impl Iterator<Item = Uuid> {
        let other = (self.kind == PartnershipKind::PeerCoaching).then_some(self.coached);
        std::iter::once(self.coach).chain(other)
    }
}

/// Every partnership, as far as it had come by that day.
pub(crate) fn all(ledger: &Ledger, by: Day) -> Result<BTreeMap<Uuid, Partnership>, DecodeError> {
    let mut all: BTreeMap<Uuid, Partnership> = BTreeMap::new();
    let then = |text: &str, or: Day| Some(compact::day(text).unwrap_or(or)).filter(|on| *on <= by);
    ledger.each(|at, PartnershipEvent { event }| {
        if let Some(partnership::Event::Proposed(proposed)) = event {
            if let (Some(coach), Some(coached)) = (id(&proposed.coach_id), id(&proposed.coached_id)) {
                let partnership = Partnership {
                    kind: proposed.kind(),
                    urn: compact::urn(&proposed.urn),
                    coach,
                    coached,
                    focus_areas: proposed.focus_areas,
                    proposed_on: at.on,
                    ..Partnership::default()
                };
                all.insert(at.stream, partnership);
            }
            return;
        }
        let Some(partnership) = all.get_mut(&at.stream) else {
            return;
        };
        match event {
            Some(partnership::Event::Agreed(agreed)) => {
                partnership.agreed_on = then(&agreed.on, at.on);
                partnership.begun_by(partnership.agreed_on);
            }
            Some(partnership::Event::Declined(declined)) => {
                let on = then(&declined.on, at.on);
                partnership.ended = on.map(|on| (PartnershipStanding::Declined, on));
            }
            Some(partnership::Event::Completed(completed)) => {
                let on = then(&completed.on, at.on);
                partnership.ended = on.map(|on| (PartnershipStanding::Completed, on));
            }
            Some(partnership::Event::EndedEarly(ended)) => {
                let on = then(&ended.on, at.on);
                partnership.ended = on.map(|on| (PartnershipStanding::EndedEarly, on));
            }
            Some(partnership::Event::SessionHeld(held)) => {
                let (Some(coach), Some(coached)) = (id(&held.coach_id), id(&held.coached_id)) else {
                    return;
                };
                if let Some(on) = then(&held.on, at.on) {
                    partnership.begun_by(Some(on));
                    let focus_areas = if held.focus_areas.is_empty() {
                        partnership.focus_areas.clone()
                    } else {
                        held.focus_areas
                    };
                    partnership.sessions.push(Held {
                        on,
                        minutes: held.minutes,
                        coach,
                        coached,
                        focus_areas,
                    });
                }
            }
            Some(partnership::Event::Paused(paused)) if then(&paused.on, at.on).is_some() => {
                partnership.away.insert(paused.person_id);
            }
            Some(partnership::Event::Resumed(resumed)) if then(&resumed.on, at.on).is_some() => {
                partnership.away.remove(&resumed.person_id);
            }
            Some(partnership::Event::Moved(moved)) if then(&moved.on, at.on).is_some() => {
                partnership.urn = compact::urn(&moved.to_urn);
            }
            _ => {}
        }
    })?;
    all.retain(|_, partnership| partnership.proposed_on <= by);
    Ok(all)
}

/// People who were coached or mentored, with the partnership and the day of their first session. Peers coach each other by
/// definition, so their sessions are left out.
pub(crate) fn first_coached(all: &BTreeMap<Uuid, Partnership>) -> BTreeMap<Uuid, (Uuid, Day)> {
    let mut first: BTreeMap<Uuid, (Uuid, Day)> = BTreeMap::new();
    for (partnership_id, partnership) in all {
        if partnership.kind == PartnershipKind::PeerCoaching {
            continue;
        }
        for held in &partnership.sessions {
            let earliest = first.entry(held.coached).or_insert((*partnership_id, held.on));
            if held.on < earliest.1 {
                *earliest = (*partnership_id, held.on);
            }
        }
    }
    first
}

/// Whoever of them held a session as coach in another partnership afterwards.
pub(crate) fn now_coach(all: &BTreeMap<Uuid, Partnership>, coached: &BTreeMap<Uuid, (Uuid, Day)>) -> BTreeSet<Uuid> {
    let mut coach = BTreeSet::new();
    for (partnership_id, partnership) in all {
        for held in &partnership.sessions {
            let before = coached.get(&held.coach);
            if before.is_some_and(|(other, on)| other != partnership_id && *on < held.on) {
                coach.insert(held.coach);
            }
        }
    }
    coach
}

//! What points at a need: needs opened, identified or raised, follow-ups, findings of walks, and what was looked for and
//! not seen. Each thing once, however many services tell of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api::{
    appraisal::v1::{AppraisalEvent, AppraisalOpened, appraisal_event as appraisal},
    catalogue::v1::{NeedEvent, NeedSource, need_event as need},
    common::v1::RoleGroup,
    observations::v1::{
        FollowUpEvent, LearningWalkEvent, LearningWalkPlanned, ObservationEvent, ObservationScheduled,
        follow_up_event as follow_up, learning_walk_event as walk, observation_event as observation,
    },
    projection::v1::SignalKind,
};
use prost::DecodeError;
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    development::{ledger::Ledger, took_part::id},
};

/// Kinds of event that tell it.
pub(crate) const RECENT: [&str; 12] = [
    "observation.scheduled",
    "observation.conducted",
    "observation.recorded",
    "follow_up.agreed",
    "follow_up.withdrawn",
    "learning_walk.planned",
    "learning_walk.findings_agreed",
    "learning_walk.need_raised",
    "appraisal.opened",
    "appraisal.carried",
    "appraisal.need_identified",
    "need.opened",
];

/// Something pointed at a need.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Signal {
    pub(crate) kind: SignalKind,
    /// In the trust's own words.
    pub(crate) focus_area: String,
    /// 0 for the trust as a whole.
    pub(crate) urn: u32,
    pub(crate) on: Day,
    /// Whose need; none for a team's.
    pub(crate) person: Option<Uuid>,
    /// Unspecified where none is named.
    pub(crate) role_group: RoleGroup,
}

/// Everything that points at a need, in no order.
pub(crate) fn all(ledger: &Ledger) -> Result<Vec<Signal>, DecodeError> {
    let mut needs: BTreeMap<Uuid, Signal> = BTreeMap::new();
    identified(ledger, &mut needs)?;
    let mut signals = walked(ledger, &mut needs)?;
    opened(ledger, &mut needs)?;
    let agreed = follow_ups(ledger, &mut signals)?;
    not_seen(ledger, &agreed, &mut signals)?;
    signals.extend(needs.into_values());
    Ok(signals)
}

fn identified(ledger: &Ledger, needs: &mut BTreeMap<Uuid, Signal>) -> Result<(), DecodeError> {
    let mut about: HashMap<Uuid, AppraisalOpened> = HashMap::new();
    ledger.each(|at, AppraisalEvent { event }| match event {
        Some(appraisal::Event::Opened(opened)) => {
            about.insert(at.stream, opened);
        }
        Some(appraisal::Event::Carried(carried)) => {
            if let Some(opened) = about.get_mut(&at.stream) {
                opened.urn = carried.to_urn;
            }
        }
        Some(appraisal::Event::NeedIdentified(identified)) => {
            let (Some(opened), Some(need)) = (about.get(&at.stream), id(&identified.need_id)) else {
                return;
            };
            let signal = Signal {
                kind: SignalKind::NeedFromAppraisal,
                focus_area: identified.focus_area,
                urn: compact::urn(&opened.urn),
                on: at.on,
                person: id(&opened.person_id),
                role_group: opened.role_group(),
            };
            needs.insert(need, signal);
        }
        _ => {}
    })
}

/// Needs raised by walks, and findings for which none was raised.
fn walked(ledger: &Ledger, needs: &mut BTreeMap<Uuid, Signal>) -> Result<Vec<Signal>, DecodeError> {
    let mut walks: HashMap<Uuid, LearningWalkPlanned> = HashMap::new();
    let mut found: BTreeMap<(Uuid, String), Signal> = BTreeMap::new();
    let mut raised: BTreeSet<(Uuid, String)> = BTreeSet::new();
    ledger.each(|at, LearningWalkEvent { event }| {
        let signal = |focus_area: &str, planned: &LearningWalkPlanned| Signal {
            kind: SignalKind::NeedFromWalk,
            focus_area: focus_area.to_owned(),
            urn: compact::urn(&planned.urn),
            on: compact::day(&planned.on).unwrap_or(at.on),
            person: None,
            role_group: RoleGroup::Unspecified,
        };
        match event {
            Some(walk::Event::Planned(planned)) => {
                walks.insert(at.stream, planned);
            }
            Some(walk::Event::FindingsAgreed(findings)) => {
                let Some(planned) = walks.get(&at.stream) else { return };
                for area in findings.needs {
                    let signal = signal(&area, planned);
                    found.insert((at.stream, area), signal);
                }
            }
            Some(walk::Event::NeedRaised(need)) => {
                let (Some(planned), Some(need_id)) = (walks.get(&at.stream), id(&need.need_id)) else {
                    return;
                };
                needs.insert(need_id, signal(&need.focus_area, planned));
                raised.insert((at.stream, need.focus_area));
            }
            _ => {}
        }
    })?;
    found.retain(|key, _| !raised.contains(key));
    Ok(found.into_values().collect())
}

/// Needs as the catalogue knows them: of more sources, and where they came to be.
fn opened(ledger: &Ledger, needs: &mut BTreeMap<Uuid, Signal>) -> Result<(), DecodeError> {
    ledger.each(|at, NeedEvent { event }| {
        let Some(need::Event::Opened(opened)) = event else {
            return;
        };
        let kind = match opened.source() {
            NeedSource::Appraisal => SignalKind::NeedFromAppraisal,
            NeedSource::LearningWalk => SignalKind::NeedFromWalk,
            NeedSource::Survey => SignalKind::NeedFromSurvey,
            NeedSource::SelfReview => SignalKind::NeedFromSelfReview,
            NeedSource::ObservationTrend => SignalKind::NeedFromTrend,
            NeedSource::Person | NeedSource::Unspecified => SignalKind::NeedFromPerson,
        };
        let signal = Signal {
            kind,
            urn: compact::urn(&opened.urn),
            on: compact::day(&opened.on).unwrap_or(at.on),
            person: id(&opened.person_id),
            role_group: opened.role_group(),
            focus_area: opened.focus_area,
        };
        needs.entry(at.stream).or_insert(signal);
    })
}

/// Follow-ups that were not withdrawn. Answers from which observations they came, and on which areas.
fn follow_ups(ledger: &Ledger, signals: &mut Vec<Signal>) -> Result<BTreeSet<(Uuid, String)>, DecodeError> {
    let mut agreed = BTreeMap::new();
    ledger.each(|at, FollowUpEvent { event }| match event {
        Some(follow_up::Event::Agreed(agreement)) => {
            agreed.insert(at.stream, agreement);
        }
        Some(follow_up::Event::Withdrawn(_)) => {
            agreed.remove(&at.stream);
        }
        _ => {}
    })?;
    let mut from = BTreeSet::new();
    for agreement in agreed.into_values() {
        let role_group = agreement.role_group();
        for focus_area in agreement.focus_areas {
            from.extend(id(&agreement.observation_id).map(|observation| (observation, focus_area.clone())));
            signals.push(Signal {
                kind: SignalKind::FollowUp,
                focus_area,
                urn: compact::urn(&agreement.urn),
                on: compact::day(&agreement.agreed_on).unwrap_or_default(),
                person: id(&agreement.person_id),
                role_group,
            });
        }
    }
    Ok(from)
}

/// What was looked for in an observation and not seen by somebody, unless a follow-up was agreed on it.
fn not_seen(ledger: &Ledger, agreed: &BTreeSet<(Uuid, String)>, signals: &mut Vec<Signal>) -> Result<(), DecodeError> {
    let mut about: HashMap<Uuid, (ObservationScheduled, Option<Day>)> = HashMap::new();
    let mut told: BTreeSet<(Uuid, String)> = BTreeSet::new();
    ledger.each(|at, ObservationEvent { event }| {
        let record = match event {
            Some(observation::Event::Scheduled(scheduled)) => {
                about.insert(at.stream, (scheduled, None));
                return;
            }
            Some(observation::Event::Conducted(conducted)) => {
                if let Some((_, on)) = about.get_mut(&at.stream) {
                    *on = compact::day(&conducted.on);
                }
                conducted.record
            }
            Some(observation::Event::Recorded(recorded)) => recorded.record,
            _ => return,
        };
        let (Some((scheduled, on)), Some(record)) = (about.get(&at.stream), record) else {
            return;
        };
        for descriptor in record.descriptors.into_iter().filter(|descriptor| !descriptor.seen) {
            let key = (at.stream, descriptor.focus_area);
            if agreed.contains(&key) || !told.insert(key.clone()) {
                continue;
            }
            signals.push(Signal {
                kind: SignalKind::NotSeen,
                focus_area: key.1,
                urn: compact::urn(&scheduled.urn),
                on: on.unwrap_or(at.on),
                person: id(&scheduled.observee_id),
                role_group: scheduled.role_group(),
            });
        }
    })
}

//! Strengths seen in practice, counted over people.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api::{
    observations::v1::{
        FollowUpEvent, LearningWalkEvent, ObservationEvent, ObservationScheduled, RevisitOutcome,
        follow_up_event as follow_up, learning_walk_event as walk, observation_event as observation,
    },
    projection::v1::StrengthCount,
};
use prost::DecodeError;
use uuid::Uuid;

use crate::{
    compact,
    development::{Ground, count, took_part::id},
    suppression::Suppression,
};

/// Kinds of event that tell what was seen in the year.
pub(crate) const LOOKED: [&str; 5] = [
    "observation.scheduled",
    "observation.conducted",
    "observation.recorded",
    "learning_walk.planned",
    "learning_walk.findings_agreed",
];

/// Kinds of event that tell what became of follow-ups, agreed in years before, too.
pub(crate) const FOLLOWED: [&str; 3] = ["follow_up.agreed", "follow_up.revisited", "follow_up.withdrawn"];

#[derive(Default)]
struct Area {
    looked_for: i32,
    seen: i32,
    people_looked_at: BTreeSet<Uuid>,
    people: BTreeSet<Uuid>,
    embedded: BTreeSet<Uuid>,
    walks: i32,
}

/// What was seen in the year. Few people are told of to nobody.
pub(super) fn seen(ground: &Ground, hide: Suppression) -> Result<Vec<StrengthCount>, DecodeError> {
    let mut areas: BTreeMap<String, Area> = BTreeMap::new();
    observed(ground, &mut areas)?;
    embedded(ground, &mut areas)?;
    walked(ground, &mut areas)?;
    let mut strengths: Vec<StrengthCount> = areas.into_iter().map(|(word, area)| shown(word, &area, hide)).collect();
    strengths.sort_by(|a, b| {
        b.person_count
            .cmp(&a.person_count)
            .then_with(|| a.focus_area.cmp(&b.focus_area))
    });
    Ok(strengths)
}

fn shown(word: String, area: &Area, hide: Suppression) -> StrengthCount {
    let looked_at = count(area.people_looked_at.len());
    let (person_count, few_people) = hide.count(count(area.people.len()));
    let (embedded_count, few_embedded) = hide.count(count(area.embedded.len()));
    // Times are of people: of few, they would tell of them, too.
    let few = few_people || hide.rate(count(area.people.len()), looked_at).suppressed;
    let seen = if few {
        api::projection::v1::Rate {
            suppressed: true,
            ..Default::default()
        }
    } else {
        Suppression::none().rate(area.seen, area.looked_for)
    };
    StrengthCount {
        focus_area: word,
        seen: Some(seen),
        person_count,
        embedded_count,
        walk_count: area.walks,
        suppressed: few || few_embedded,
    }
}

fn observed(ground: &Ground, areas: &mut BTreeMap<String, Area>) -> Result<(), DecodeError> {
    let mut about: HashMap<Uuid, (ObservationScheduled, bool)> = HashMap::new();
    ground.ledger.each(|at, ObservationEvent { event }| {
        let record = match event {
            Some(observation::Event::Scheduled(scheduled)) => {
                about.insert(at.stream, (scheduled, false));
                return;
            }
            Some(observation::Event::Conducted(conducted)) => {
                if let Some((scheduled, counted)) = about.get_mut(&at.stream) {
                    let in_year = compact::day(&conducted.on).is_some_and(|on| ground.counts(on));
                    *counted = in_year && ground.covers(compact::urn(&scheduled.urn));
                }
                conducted.record
            }
            Some(observation::Event::Recorded(recorded)) => recorded.record,
            _ => return,
        };
        let (Some((scheduled, true)), Some(record)) = (about.get(&at.stream), record) else {
            return;
        };
        let Some(person) = id(&scheduled.observee_id) else {
            return;
        };
        for descriptor in record.descriptors {
            let (word, _) = ground.words.meaning(&descriptor.focus_area);
            let area = areas.entry(word.to_owned()).or_default();
            area.looked_for += 1;
            area.people_looked_at.insert(person);
            if descriptor.seen {
                area.seen += 1;
                area.people.insert(person);
            }
        }
    })
}

/// Follow-ups of which the last look of the year said that they are part of everyday practice; one each person.
fn embedded(ground: &Ground, areas: &mut BTreeMap<String, Area>) -> Result<(), DecodeError> {
    let mut agreed = HashMap::new();
    ground.ledger.each(|at, FollowUpEvent { event }| match event {
        Some(follow_up::Event::Agreed(agreement)) => {
            agreed.insert(at.stream, (agreement, false));
        }
        Some(follow_up::Event::Withdrawn(_)) => {
            agreed.remove(&at.stream);
        }
        Some(follow_up::Event::Revisited(revisited)) => {
            let in_year = compact::day(&revisited.on).is_some_and(|on| ground.counts(on));
            if let Some((_, embedded)) = agreed.get_mut(&at.stream).filter(|_| in_year) {
                *embedded = revisited.outcome() == RevisitOutcome::Embedded;
            }
        }
        _ => {}
    })?;
    for (agreement, embedded) in agreed.into_values() {
        let (Some(person), true) = (id(&agreement.person_id), embedded) else {
            continue;
        };
        if ground.covers(compact::urn(&agreement.urn)) {
            for word in ground.words.meanings(&agreement.focus_areas) {
                areas.entry(word.to_owned()).or_default().embedded.insert(person);
            }
        }
    }
    Ok(())
}

/// Walks look at provision and name nobody.
fn walked(ground: &Ground, areas: &mut BTreeMap<String, Area>) -> Result<(), DecodeError> {
    let mut here: HashMap<Uuid, bool> = HashMap::new();
    ground.ledger.each(|at, LearningWalkEvent { event }| match event {
        Some(walk::Event::Planned(planned)) => {
            let in_year = compact::day(&planned.on).is_some_and(|on| ground.counts(on));
            here.insert(at.stream, in_year && ground.covers(compact::urn(&planned.urn)));
        }
        Some(walk::Event::FindingsAgreed(findings)) if here.get(&at.stream) == Some(&true) => {
            for word in ground.words.meanings(&findings.strengths) {
                areas.entry(word.to_owned()).or_default().walks += 1;
            }
        }
        _ => {}
    })
}

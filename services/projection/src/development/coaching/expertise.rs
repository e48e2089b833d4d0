//! Gaps in expertise: focus areas in which somebody waits for help, and who could give it.

use std::collections::{BTreeMap, BTreeSet};

use api::projection::v1::ExpertiseGap;
use prost::DecodeError;
use uuid::Uuid;

use super::Coaching;
use crate::development::{Ground, count, needs::offers};

#[derive(Default)]
struct Area {
    waiting: usize,
    experts: BTreeSet<Uuid>,
    coaches: BTreeSet<Uuid>,
}

/// Every focus area in which somebody waits. Expertise counts wherever in the trust it is.
pub(super) fn gaps(ground: &Ground, coaching: &Coaching) -> Result<Vec<ExpertiseGap>, DecodeError> {
    let mut areas: BTreeMap<&str, Area> = BTreeMap::new();
    let needs = offers::needs(&ground.ledger)?;
    let open = |need: &&offers::Need| need.open() && need.on <= ground.ask.on && ground.covers(need.urn);
    for need in needs.iter().filter(open) {
        let (word, _) = ground.words.meaning(&need.focus_area);
        areas.entry(word).or_default().waiting += 1;
    }
    let waits = |ask: &&super::Waiting| !ask.provided && !ask.withdrawn && ground.covers(ask.urn);
    for ask in coaching.asks.values().filter(waits) {
        for word in ground.words.meanings(&ask.focus_areas) {
            areas.entry(word).or_default().waiting += 1;
        }
    }
    let experts = offers::experts(&ground.ledger)?;
    for (person, focus_areas) in &experts {
        for word in ground.words.meanings(focus_areas) {
            if let Some(area) = areas.get_mut(word) {
                area.experts.insert(*person);
            }
        }
    }
    let held = coaching
        .partnerships
        .values()
        .flat_map(|partnership| &partnership.sessions);
    for held in held.filter(|held| ground.counts(held.on)) {
        for word in ground.words.meanings(&held.focus_areas) {
            if let Some(area) = areas.get_mut(word) {
                area.coaches.insert(held.coach);
            }
        }
    }
    let mut gaps: Vec<ExpertiseGap> = areas
        .into_iter()
        .map(|(word, area)| shown(ground, word, &area))
        .collect();
    gaps.sort_by(|a, b| {
        let key = |gap: &ExpertiseGap| (std::cmp::Reverse(gap.gap), std::cmp::Reverse(gap.open_need_count));
        key(a).cmp(&key(b)).then_with(|| a.focus_area.cmp(&b.focus_area))
    });
    Ok(gaps)
}

fn shown(ground: &Ground, word: &str, area: &Area) -> ExpertiseGap {
    let hide = ground.suppression;
    let (open_need_count, few_wait) = hide.count(count(area.waiting));
    let (expert_count, few_experts) = hide.count(count(area.experts.len()));
    let (coach_count, few_coaches) = hide.count(count(area.coaches.len()));
    ExpertiseGap {
        focus_area: word.to_owned(),
        open_need_count,
        expert_count,
        coach_count,
        gap: area.experts.is_empty() && area.coaches.is_empty(),
        suppressed: few_wait || few_experts || few_coaches,
    }
}

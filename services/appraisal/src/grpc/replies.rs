//! State as callers see it.

use api::{
    appraisal::v1::{self as pb, ObjectiveOutcome},
    common::v1::Sealed,
    ids::{AppraisalId, CycleId},
};
use chrono::NaiveDate;
use service::Loaded;

use crate::{appraisal::Appraisal, cycle::Cycle, pay_recommendation::PayRecommendation};

/// A cycle as it is now.
pub(super) fn cycle(cycle_id: CycleId, loaded: &Loaded<Cycle>) -> pb::Cycle {
    let cycle = &loaded.state;
    let date = |of: fn(&crate::cycle::Terms) -> NaiveDate| cycle.terms.as_ref().map(of).map(text).unwrap_or_default();
    pb::Cycle {
        cycle_id: cycle_id.to_string(),
        trust_id: cycle.trust_id.to_string(),
        year: cycle.terms.map(|terms| terms.year).unwrap_or_default(),
        population: cycle.terms.map(|terms| terms.population).unwrap_or_default().into(),
        planning_by: date(|terms| terms.planning_by),
        mid_year_by: date(|terms| terms.mid_year_by),
        final_by: date(|terms| terms.final_by),
        closed: cycle.closed_on.is_some(),
        version: loaded.version.0,
    }
}

/// An appraisal whose texts were opened, for those who may read them.
pub(super) fn appraisal(id: AppraisalId, loaded: &Loaded<Appraisal>) -> pb::Appraisal {
    let appraisal = &loaded.state;
    let needs = appraisal.needs.iter().map(|need| pb::IdentifiedNeed {
        need_id: need.need_id.clone(),
        focus_area: need.focus_area.clone(),
        objective_id: need.objective_id.clone(),
        detail: clear(need.detail.as_ref()),
    });
    let mid_year = appraisal.mid_year.as_ref();
    let last = appraisal.conclusion.as_ref();
    pb::Appraisal {
        objectives: appraisal
            .objectives
            .iter()
            .map(|objective| objective_state(appraisal, objective))
            .collect(),
        disagreement: clear(appraisal.disagreement.as_ref()),
        mid_year: mid_year.map(|held| review(&held.on, held.note.as_ref(), held.discussion.as_ref())),
        r#final: last.map(|held| review(&held.on, held.summary.as_ref(), held.discussion.as_ref())),
        self_review: clear(appraisal.self_review.as_ref().and_then(|review| review.text.as_ref())),
        needs: needs.collect(),
        text_withheld: false,
        ..outcome(id, loaded)
    }
}

/// An appraisal's state and outcome, without what was said in it and what it builds on.
pub(super) fn outcome(id: AppraisalId, loaded: &Loaded<Appraisal>) -> pb::Appraisal {
    let appraisal = &loaded.state;
    let opened = appraisal.opened.as_ref();
    let objectives = appraisal.objectives.iter().map(|objective| pb::ObjectiveState {
        objective_id: objective.objective_id.clone(),
        level: objective.level,
        origin: objective.origin,
        outcome: concluded(appraisal, objective).0.into(),
        ..pb::ObjectiveState::default()
    });
    let held = |on: &str| pb::Review {
        on: on.to_owned(),
        ..pb::Review::default()
    };
    pb::Appraisal {
        appraisal_id: id.to_string(),
        cycle_id: opened.map(|opened| opened.cycle_id.to_string()).unwrap_or_default(),
        year: opened.map(|opened| opened.year).unwrap_or_default(),
        person_id: appraisal.person_id().to_string(),
        appraiser_id: appraisal.appraiser_id.map(String::from).unwrap_or_default(),
        urn: appraisal.urn.map(String::from).unwrap_or_default(),
        state: appraisal.stage().into(),
        paused: appraisal.paused_on.is_some(),
        disagreed: appraisal.disagreement.is_some(),
        objectives: objectives.collect(),
        mid_year: appraisal.mid_year.as_ref().map(|review| held(&review.on)),
        r#final: appraisal.conclusion.as_ref().map(|conclusion| held(&conclusion.on)),
        signed_by_appraisee: appraisal.signed_by_appraisee,
        signed_by_appraiser: appraisal.signed_by_appraiser,
        planning_by: opened.map(|opened| text(opened.planning_by)).unwrap_or_default(),
        mid_year_by: text(appraisal.mid_year_by),
        final_by: text(appraisal.final_by),
        text_withheld: true,
        version: loaded.version.0,
        ..pb::Appraisal::default()
    }
}

/// A recommendation whose text was opened.
pub(super) fn pay(id: AppraisalId, version: i64, pay: &PayRecommendation) -> pb::PayRecommendation {
    let (recommended, decided) = (pay.recommended.as_ref(), pay.decided.as_ref());
    pb::PayRecommendation {
        appraisal_id: id.to_string(),
        recommended_on: recommended
            .map(|recommended| recommended.on.clone())
            .unwrap_or_default(),
        progress: recommended.is_some_and(|recommended| recommended.progress),
        rationale: clear(recommended.and_then(|recommended| recommended.rationale.as_ref())),
        decided_on: decided.map(|decided| decided.on.clone()).unwrap_or_default(),
        approved: decided.is_some_and(|decided| decided.approved),
        granted_to: pay.granted_to.iter().map(ToString::to_string).collect(),
        version,
    }
}

fn objective_state(appraisal: &Appraisal, objective: &pb::Objective) -> pb::ObjectiveState {
    let evidence = appraisal
        .evidence
        .iter()
        .filter(|evidence| evidence.objective_id == objective.objective_id);
    let (outcome, comment) = concluded(appraisal, objective);
    pb::ObjectiveState {
        objective_id: objective.objective_id.clone(),
        level: objective.level,
        text: clear(objective.text.as_ref()),
        success_criteria: clear(objective.success_criteria.as_ref()),
        origin: objective.origin,
        follow_up_ids: objective.follow_up_ids.clone(),
        priority_ids: objective.priority_ids.clone(),
        activity_ids: objective.activity_ids.clone(),
        standard: objective.standard.clone(),
        evidence: evidence.map(|evidence| clear(evidence.note.as_ref())).collect(),
        outcome: outcome.into(),
        comment: clear(comment),
    }
}

fn concluded<'a>(appraisal: &'a Appraisal, objective: &pb::Objective) -> (ObjectiveOutcome, Option<&'a Sealed>) {
    let conclusions = appraisal
        .conclusion
        .iter()
        .flat_map(|conclusion| &conclusion.conclusions);
    let conclusion = conclusions
        .into_iter()
        .find(|conclusion| conclusion.objective_id == objective.objective_id);
    conclusion
        .map(|conclusion| (conclusion.outcome(), conclusion.comment.as_ref()))
        .unwrap_or_default()
}

fn review(on: &str, note: Option<&Sealed>, discussion: Option<&pb::Discussion>) -> pb::Review {
    let discussion = discussion.cloned().unwrap_or_default();
    pb::Review {
        on: on.to_owned(),
        note: clear(note),
        what_came_of_it: clear(discussion.what_came_of_it.as_ref()),
        follow_up_ids: discussion.follow_up_ids,
        development_ids: discussion.development_ids,
    }
}

fn clear(text: Option<&Sealed>) -> String {
    text.map(|text| text.clear.clone()).unwrap_or_default()
}

fn text(date: NaiveDate) -> String {
    date.to_string()
}

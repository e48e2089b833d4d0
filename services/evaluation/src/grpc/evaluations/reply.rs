//! An evaluation as its reader sees it.

use api::{
    evaluation::v1::{self as pb, EvaluationLine, MeasureState, PromptText},
    ids::EvaluationId,
};
use identity::Policy;
use service::{Error, Loaded};

use crate::{evaluation_plan::EvaluationPlan, grpc::Edge, recorded::text_of, results::count};

pub(super) async fn evaluation(
    edge: &Edge,
    id: EvaluationId,
    loaded: &Loaded<EvaluationPlan>,
    policy: &Policy,
) -> Result<pb::Evaluation, Error> {
    let plan = &loaded.state;
    let planned = plan.planned.clone().unwrap_or_default();
    let mut prompts = Vec::with_capacity(planned.prompts.len());
    for answered in &planned.prompts {
        prompts.push(PromptText {
            prompt: answered.prompt,
            answer: edge.text(plan.trust, answered.answer.as_ref()).await?,
        });
    }
    let last = plan.reports.last().and_then(|report| report.findings.as_ref());
    let conclusion = plan.conclusion.as_ref();
    let reason = conclusion.and_then(|conclusion| conclusion.reason.as_ref());
    let mut told: Vec<i32> = plan
        .reports
        .iter()
        .flat_map(|report| report.audiences.clone())
        .collect();
    told.sort_unstable();
    told.dedup();
    let withheld = plan.withheld(policy).into_iter().map(|(measure, why)| MeasureState {
        measure_id: measure.measure_id.clone(),
        why: why.into(),
        minimum: i32::try_from(policy.effect_size_minimum).unwrap_or(i32::MAX),
    });
    Ok(pb::Evaluation {
        evaluation_id: id.into(),
        subject: planned.subject,
        subject_id: planned.subject_id,
        trust_id: plan.trust.into(),
        urn: text_of(plan.urn),
        title: planned.title,
        lead_id: plan.lead.into(),
        prompts,
        sources: planned.sources,
        focus_areas: planned.focus_areas,
        short_on: planned.short_on,
        medium_on: planned.medium_on,
        measures: plan.measures.clone(),
        effects: plan.effects.clone(),
        withheld: withheld.collect(),
        told,
        findings: edge.text(plan.trust, last).await?,
        decision: conclusion.map(|conclusion| conclusion.decision).unwrap_or_default(),
        decision_reason: edge.text(plan.trust, reason).await?,
        version: loaded.version.0,
    })
}

pub(super) fn line(id: EvaluationId, plan: &EvaluationPlan) -> EvaluationLine {
    let planned = plan.planned.clone().unwrap_or_default();
    EvaluationLine {
        evaluation_id: id.into(),
        subject: planned.subject,
        subject_id: planned.subject_id,
        urn: text_of(plan.urn),
        title: planned.title,
        short_on: planned.short_on,
        medium_on: planned.medium_on,
        measure_count: count(plan.measures.len()),
        effect_count: count(plan.effects.len()),
        concluded: plan.conclusion.is_some(),
    }
}

//! Requests about evaluations become typed commands.

use api::{
    evaluation::v1::{
        self as pb, ConcludeEvaluationRequest, EvidenceSource, PlanEvaluationRequest, PromptText,
        ReportEvaluationRequest, ReviseEvaluationRequest, TakeMeasureRequest, WithdrawMeasureRequest,
    },
    ids::{EvaluationId, FollowUpId, MeasureId, PersonId, TrustId},
};
use service::{Call, Error, Plan, Violations};
use statistics::Group;
use uuid::Uuid;

use crate::{
    evaluation_plan::{
        self, Command, Conclusion, EvaluationPlan, Measure, PROMPTS, Report, Revision, Scores, Thinking,
    },
    grpc::{CODE, Edge, FOCUS_AREAS, Place, TITLE, codes, finite},
};

const ANSWER: usize = 2_000;
const REASON: usize = 2_000;
const FINDINGS: usize = 10_000;
const SOURCES: usize = 8;
const AUDIENCES: usize = 6;
const FOLLOW_UPS: usize = 100;
/// The intervention and the comparison group.
const GROUPS: usize = 2;
/// Pupils of whom each score is given.
const PUPILS: usize = 5_000;

pub(super) async fn plan(edge: &Edge, call: &Call<PlanEvaluationRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id("evaluation_id", &message.evaluation_id),
        violations.choice("subject", message.subject),
        violations.id::<Uuid>("subject_id", &message.subject_id),
        violations.optional_id("urn", &message.urn),
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.text("title", &message.title, TITLE),
        violations.optional_id::<PersonId>("lead_id", &message.lead_id),
        prompts(&mut violations, &message.prompts),
        sources(&mut violations, &message.sources),
        codes(&mut violations, "focus_areas", &message.focus_areas, FOCUS_AREAS),
        violations.date("short_on", &message.short_on),
        violations.date("medium_on", &message.medium_on),
    );
    let (id, subject, subject_id, urn, trust, title, lead, prompts, sources, focus_areas, short_on, medium_on) =
        violations.all(parts)?;
    let id = id.unwrap_or_else(|| EvaluationId(Uuid::now_v7()));
    let (trust, urn) = edge.place(&call.actor, Place { urn, trust }, call.today()).await?;
    let nobody = || Error::invalid("lead_id", "must be given: say who sees to it");
    let lead = lead.or(call.actor.acting_person()).ok_or_else(nobody)?;
    edge.member("lead_id", lead, trust, call.today()).await?;
    let plan = evaluation_plan::Plan {
        subject,
        subject_id,
        trust,
        urn,
        title,
        lead,
        thinking: Thinking {
            prompts,
            sources,
            short_on,
            medium_on,
        },
        focus_areas,
    };
    Ok(Plan::of::<EvaluationPlan>(id, Command::Plan(plan)))
}

pub(super) fn revise(call: &Call<ReviseEvaluationRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<EvaluationId>("evaluation_id", &message.evaluation_id),
        prompts(&mut violations, &message.prompts),
        sources(&mut violations, &message.sources),
        violations.date("short_on", &message.short_on),
        violations.date("medium_on", &message.medium_on),
    );
    let (id, prompts, sources, short_on, medium_on) = violations.all(parts)?;
    let thinking = Thinking {
        prompts,
        sources,
        short_on,
        medium_on,
    };
    Ok(Plan::of::<EvaluationPlan>(id, Command::Revise(Revision { thinking })))
}

pub(super) fn take_measure(call: &Call<TakeMeasureRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<EvaluationId>("evaluation_id", &message.evaluation_id),
        violations.optional_id("measure_id", &message.measure_id),
        violations.choice("point", message.point),
        violations.date("on", &message.on),
        violations.text("outcome", &message.outcome, CODE),
        violations.some_of("groups", &message.groups, GROUPS, group),
        violations.ids::<FollowUpId>("follow_up_ids", &message.follow_up_ids, FOLLOW_UPS),
        codes(&mut violations, "focus_areas", &message.focus_areas, FOCUS_AREAS),
    );
    let (id, measure, point, on, outcome, groups, follow_ups, focus_areas) = violations.all(parts)?;
    let measure = Measure {
        id: measure.unwrap_or_else(|| MeasureId(Uuid::now_v7())),
        point,
        on,
        outcome,
        groups,
        follow_ups,
        focus_areas,
    };
    Ok(Plan::of::<EvaluationPlan>(id, Command::TakeMeasure(measure)))
}

pub(super) fn withdraw_measure(call: &Call<WithdrawMeasureRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<EvaluationId>("evaluation_id", &message.evaluation_id),
        violations.id::<MeasureId>("measure_id", &message.measure_id),
        violations.text("reason", &message.reason, REASON),
    );
    let (id, measure, reason) = violations.all(parts)?;
    Ok(Plan::of::<EvaluationPlan>(
        id,
        Command::WithdrawMeasure { measure, reason },
    ))
}

pub(super) fn report(call: &Call<ReportEvaluationRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<EvaluationId>("evaluation_id", &message.evaluation_id),
        violations.some_of(
            "audiences",
            &message.audiences,
            AUDIENCES,
            |violations, path, audience| violations.choice(path, *audience),
        ),
        violations.text("findings", &message.findings, FINDINGS),
        violations.date("on", &message.on),
    );
    let (id, audiences, findings, on) = violations.all(parts)?;
    let report = Report {
        audiences,
        findings,
        on,
    };
    Ok(Plan::of::<EvaluationPlan>(id, Command::Report(report)))
}

pub(super) fn conclude(call: &Call<ConcludeEvaluationRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<EvaluationId>("evaluation_id", &message.evaluation_id),
        violations.choice("decision", message.decision),
        violations.text("reason", &message.reason, REASON),
        violations.date("on", &message.on),
    );
    let (id, decision, reason, on) = violations.all(parts)?;
    let conclusion = Conclusion { decision, reason, on };
    Ok(Plan::of::<EvaluationPlan>(id, Command::Conclude(conclusion)))
}

fn prompts(violations: &mut Violations, prompts: &[PromptText]) -> Option<Vec<(pb::Prompt, String)>> {
    violations.list("prompts", prompts, PROMPTS.len(), |violations, path, given| {
        let prompt = violations.choice(&format!("{path}.prompt"), given.prompt);
        let answer = violations.text(&format!("{path}.answer"), &given.answer, ANSWER);
        Some((prompt?, answer?))
    })
}

fn sources(violations: &mut Violations, sources: &[i32]) -> Option<Vec<EvidenceSource>> {
    violations.list("sources", sources, SOURCES, |violations, path, source| {
        violations.choice(path, *source)
    })
}

/// Either each pupil's score or the group's size, mean and deviation; what cannot be one of both is refused here.
fn group(violations: &mut Violations, path: &str, given: &pb::Scores) -> Option<Scores> {
    let field = |name: &str| format!("{path}.{name}");
    let group = violations.choice(&field("group"), given.group);
    let parsed = if given.scores.is_empty() {
        summarised(violations, &field, given)
    } else {
        scored(violations, &field, given)
    };
    let (summary, correlation) = parsed?;
    Some(Scores {
        group: group?,
        summary,
        correlation,
    })
}

type Parsed = Option<(Group, Option<f64>)>;

fn summarised(violations: &mut Violations, field: &dyn Fn(&str) -> String, given: &pb::Scores) -> Parsed {
    violations.check(given.baseline_scores.is_empty(), &field("baseline_scores"), || {
        "give each pupil's score as well, in the same order".into()
    });
    let n = violations.number(&field("n"), given.n, 2..=1_000_000);
    let mean = finite(violations, &field("mean"), given.mean);
    let sd = finite(violations, &field("sd"), given.sd);
    violations.check(sd.is_none_or(|sd| sd > 0.0), &field("sd"), || {
        "must be above 0: without any spread nothing can be said in standard deviations".into()
    });
    let correlation = given.correlation.map(|given| {
        let within = given > -1.0 && given < 1.0;
        violations.check(within, &field("correlation"), || {
            "must lie between -1 and 1, both excluded".into()
        });
        within.then_some(given)
    });
    let summary = Group::new(u32::try_from(n?).ok()?, mean?, sd?).ok()?;
    match correlation {
        Some(correlation) => Some((summary, Some(correlation?))),
        None => Some((summary, None)),
    }
}

fn scored(violations: &mut Violations, field: &dyn Fn(&str) -> String, given: &pb::Scores) -> Parsed {
    let is_either = given.n == 0 && given.mean == 0.0 && given.sd == 0.0;
    violations.check(is_either, &field("n"), || {
        "give either each pupil's score, or n, mean and sd".into()
    });
    let number = |violations: &mut Violations, path: &str, score: &f64| finite(violations, path, *score);
    let scores = violations.list(&field("scores"), &given.scores, PUPILS, number)?;
    let before = violations.list(&field("baseline_scores"), &given.baseline_scores, PUPILS, number)?;
    let summary = match Group::of_scores(&scores) {
        Ok(summary) => Some(summary),
        Err(error) => {
            violations.add(field("scores"), error.to_string());
            None
        }
    };
    if before.is_empty() {
        violations.check(given.correlation.is_none(), &field("correlation"), || {
            "follows from each pupil's baseline score: give those instead".into()
        });
        return Some((summary?, None));
    }
    if before.len() != scores.len() {
        let description = format!(
            "has {} scores for {} pupils: give one for each",
            before.len(),
            scores.len()
        );
        violations.add(field("baseline_scores"), description);
        return None;
    }
    let correlation = statistics::correlation(&before, &scores).filter(|found| found.abs() < 1.0);
    violations.check(
        summary.is_none() || correlation.is_some(),
        &field("baseline_scores"),
        || "say nothing about how scores go together: all are the same, or follow exactly from one another".into(),
    );
    Some((summary?, Some(correlation?)))
}

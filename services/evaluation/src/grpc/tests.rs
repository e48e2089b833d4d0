//! The service through its own clients.

mod feedback;
mod privacy;
mod surveys;

use api::evaluation::v1::{self as pb, EvaluationSubject, EvidenceSource, MeasureGroup, MeasurePoint, Prompt};
use estate::{
    CPD_LEAD, GOVERNOR, HEAD, OBSERVER, OTHER_HEAD, SCHOOL, STRANGER, TEACHER, TRUST_LEADER, noon, request_id,
};
use service::Error;
use tonic::Status;

use crate::{
    evaluation_plan::PROMPTS,
    world::{ACTIVITY, World},
};

/// The machine reason of a refusal, and the fields at fault.
fn why(status: Status) -> (String, Vec<String>) {
    let error = Error::from_status(&status);
    let fields = error
        .violations()
        .iter()
        .map(|violation| violation.field.clone())
        .collect();
    (error.reason().to_owned(), fields)
}

fn reason(status: Status) -> String {
    why(status).0
}

fn fields(status: Status) -> Vec<String> {
    why(status).1
}

fn plan() -> pb::PlanEvaluationRequest {
    let prompt = |prompt: Prompt| pb::PromptText {
        prompt: prompt.into(),
        answer: format!("on {}", prompt.as_str_name()),
    };
    pb::PlanEvaluationRequest {
        request_id: request_id(),
        occurred_at: noon("2023-09-11"),
        subject: EvaluationSubject::Activity.into(),
        subject_id: ACTIVITY.to_string(),
        urn: SCHOOL.into(),
        title: "Questioning".into(),
        lead_id: OBSERVER.to_string(),
        prompts: PROMPTS.map(prompt).into(),
        sources: vec![EvidenceSource::PupilVoice.into()],
        focus_areas: vec!["questioning".into()],
        short_on: "2023-12-01".into(),
        medium_on: "2024-06-03".into(),
        ..Default::default()
    }
}

async fn planned(world: &World) -> String {
    let response = world.evaluations().plan_evaluation(world.by(CPD_LEAD, plan())).await;
    response.unwrap().into_inner().recorded.unwrap().id
}

fn summary(group: MeasureGroup, mean: f64, sd: f64) -> pb::Scores {
    pb::Scores {
        group: group.into(),
        n: 50,
        mean,
        sd,
        ..Default::default()
    }
}

fn measure(id: &str, groups: Vec<pb::Scores>) -> pb::TakeMeasureRequest {
    pb::TakeMeasureRequest {
        request_id: request_id(),
        occurred_at: noon("2023-12-04"),
        evaluation_id: id.into(),
        point: MeasurePoint::Short.into(),
        on: "2023-12-01".into(),
        outcome: "reading".into(),
        groups,
        ..Default::default()
    }
}

#[tokio::test]
async fn an_evaluation_goes_from_its_plan_to_what_follows() {
    let world = World::running().await;
    let id = planned(&world).await;
    let mut client = world.evaluations();
    let groups = vec![
        summary(MeasureGroup::Intervention, 103.0, 5.5),
        summary(MeasureGroup::Comparison, 100.0, 4.5),
    ];
    // Who sees to it measures.
    client
        .take_measure(world.by(OBSERVER, measure(&id, groups)))
        .await
        .unwrap();
    let report = pb::ReportEvaluationRequest {
        request_id: request_id(),
        occurred_at: noon("2023-12-11"),
        evaluation_id: id.clone(),
        audiences: vec![pb::ReportAudience::Governors.into()],
        findings: "Pupils read further.".into(),
        on: "2023-12-11".into(),
        ..Default::default()
    };
    client.report_evaluation(world.by(OBSERVER, report)).await.unwrap();
    let conclude = pb::ConcludeEvaluationRequest {
        request_id: request_id(),
        occurred_at: noon("2023-12-12"),
        evaluation_id: id.clone(),
        decision: pb::EvaluationDecision::Extend.into(),
        reason: "It helped.".into(),
        on: "2023-12-12".into(),
        ..Default::default()
    };
    client.conclude_evaluation(world.by(CPD_LEAD, conclude)).await.unwrap();

    let get = || pb::GetEvaluationRequest {
        evaluation_id: id.clone(),
    };
    let shown = client
        .get_evaluation(world.by(GOVERNOR, get()))
        .await
        .unwrap()
        .into_inner();
    let shown = shown.evaluation.unwrap();
    assert_eq!(shown.prompts.len(), 10);
    assert_eq!(shown.prompts[0].answer, "on PROMPT_VALID_CONSTRUCT");
    assert_eq!(
        (shown.findings.as_str(), shown.decision_reason.as_str()),
        ("Pupils read further.", "It helped.")
    );
    assert!((shown.effects[0].g - 0.5924).abs() < 5e-5);
    assert_eq!((shown.withheld.len(), shown.version), (0, 5));
    for who in [TEACHER, OTHER_HEAD, STRANGER] {
        let refused = client.get_evaluation(world.by(who, get())).await.unwrap_err();
        assert_eq!(reason(refused), "PERMISSION_DENIED");
    }
    let list = pb::ListEvaluationsRequest {
        urn: SCHOOL.into(),
        page_size: 1,
        ..Default::default()
    };
    let listed = client
        .list_evaluations(world.by(HEAD, list))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        (listed.evaluations[0].effect_count, listed.evaluations[0].concluded),
        (1, true)
    );
    assert_eq!(listed.next_page_token, "");
}

#[tokio::test]
async fn raw_scores_become_a_summary_and_are_forgotten() {
    let world = World::running().await;
    let id = planned(&world).await;
    let scored = pb::Scores {
        group: MeasureGroup::Intervention.into(),
        scores: vec![12.0, 15.0, 11.0, 18.0, 14.0, 16.0],
        baseline_scores: vec![10.0, 14.0, 11.0, 15.0, 12.0, 13.0],
        ..Default::default()
    };
    let mut client = world.evaluations();
    client
        .take_measure(world.by(CPD_LEAD, measure(&id, vec![scored])))
        .await
        .unwrap();
    let get = pb::GetEvaluationRequest { evaluation_id: id };
    let shown = client.get_evaluation(world.by(HEAD, get)).await.unwrap().into_inner();
    let shown = shown.evaluation.unwrap();
    let group = &shown.measures[0].groups[0];
    assert_eq!(group.n, 6);
    assert!((group.mean - 86.0 / 6.0).abs() < 1e-9 && group.correlation.unwrap() > 0.8);
    assert_eq!(shown.withheld[0].why(), pb::Withheld::NoBaseline);
}

#[tokio::test]
async fn numbers_that_mean_nothing_are_refused_by_name() {
    let world = World::running().await;
    let id = planned(&world).await;
    let refused = async |change: fn(&mut pb::Scores)| {
        let mut scores = summary(MeasureGroup::Intervention, 103.0, 5.5);
        change(&mut scores);
        let request = world.by(CPD_LEAD, measure(&id, vec![scores]));
        fields(world.evaluations().take_measure(request).await.unwrap_err())
    };
    assert_eq!(refused(|scores| scores.n = 1).await, ["groups[0].n"]);
    assert_eq!(refused(|scores| scores.sd = 0.0).await, ["groups[0].sd"]);
    assert_eq!(refused(|scores| scores.sd = f64::NAN).await, ["groups[0].sd"]);
    assert_eq!(refused(|scores| scores.mean = f64::INFINITY).await, ["groups[0].mean"]);
    assert_eq!(refused(|scores| scores.mean = 1e300).await, ["groups[0].mean"]);
    assert_eq!(
        refused(|scores| scores.correlation = Some(1.0)).await,
        ["groups[0].correlation"]
    );
    assert_eq!(refused(|scores| scores.group = 0).await, ["groups[0].group"]);
    assert_eq!(refused(|scores| scores.scores = vec![1.0, 2.0]).await, ["groups[0].n"]);
    let raw = async |scores: Vec<f64>, baseline_scores: Vec<f64>| {
        let scored = pb::Scores {
            group: MeasureGroup::Intervention.into(),
            scores,
            baseline_scores,
            ..Default::default()
        };
        let request = world.by(CPD_LEAD, measure(&id, vec![scored]));
        fields(world.evaluations().take_measure(request).await.unwrap_err())
    };
    assert_eq!(raw(vec![1.0], vec![]).await, ["groups[0].scores"]);
    assert_eq!(raw(vec![3.0, 3.0, 3.0], vec![]).await, ["groups[0].scores"]);
    assert_eq!(raw(vec![3.0, f64::NAN], vec![]).await, ["groups[0].scores[1]"]);
    assert_eq!(raw(vec![3.0, f64::NEG_INFINITY], vec![]).await, ["groups[0].scores[1]"]);
    assert_eq!(
        raw(vec![3.0, 4.0, 6.0], vec![1.0, 2.0]).await,
        ["groups[0].baseline_scores"]
    );
    assert_eq!(
        raw(vec![3.0, 4.0, 6.0], vec![1.0, 1.0, 1.0]).await,
        ["groups[0].baseline_scores"]
    );
}

#[tokio::test]
async fn a_plan_is_refused_with_what_it_lacks() {
    let world = World::running().await;
    let refused = async |who, change: fn(&mut pb::PlanEvaluationRequest)| {
        let mut plan = plan();
        change(&mut plan);
        why(world
            .evaluations()
            .plan_evaluation(world.by(who, plan))
            .await
            .unwrap_err())
    };
    let left_out = refused(CPD_LEAD, |plan| {
        plan.prompts.pop();
    });
    assert_eq!(left_out.await, ("PROMPT_LEFT_OUT".into(), vec!["prompts".into()]));
    assert_eq!(refused(CPD_LEAD, |plan| plan.sources.clear()).await.0, "NO_PUPIL_VOICE");
    let blank = refused(CPD_LEAD, |plan| plan.prompts[3].answer = "  ".into()).await;
    assert_eq!(blank.1, ["prompts[3].answer"]);
    let lead = refused(CPD_LEAD, |plan| plan.lead_id = STRANGER.to_string()).await;
    assert_eq!(lead.1, ["lead_id"]);
    assert_eq!(refused(TEACHER, |_| {}).await.0, "PERMISSION_DENIED");
    assert_eq!(refused(STRANGER, |_| {}).await.0, "PERMISSION_DENIED");
}

#[tokio::test]
async fn a_school_keeps_its_own_measures() {
    let world = World::running().await;
    let mut client = world.scorecard();
    let define = pb::DefineMetricRequest {
        request_id: request_id(),
        urn: SCHOOL.into(),
        title: "Pupils who feel safe".into(),
        unit: "%".into(),
        direction: pb::MetricDirection::Higher.into(),
        period: pb::MetricPeriod::Year.into(),
        ..Default::default()
    };
    let defined = client.define_metric(world.by(HEAD, define.clone())).await.unwrap();
    let metric_id = defined.into_inner().recorded.unwrap().id;
    let report = |period: &str, value| pb::ReportMetricRequest {
        request_id: request_id(),
        metric_id: metric_id.clone(),
        period: period.into(),
        value,
        ..Default::default()
    };
    client
        .report_metric(world.by(CPD_LEAD, report("2023", 81.5)))
        .await
        .unwrap();
    let target = pb::SetTargetRequest {
        request_id: request_id(),
        metric_id: metric_id.clone(),
        period: "2023".into(),
        value: 80.0,
        ..Default::default()
    };
    client.set_target(world.by(HEAD, target)).await.unwrap();
    let refused = client.report_metric(world.by(HEAD, report("2023-H1", 1.0))).await;
    assert_eq!(reason(refused.unwrap_err()), "OTHER_PERIOD");
    let refused = client.report_metric(world.by(HEAD, report("2023", f64::NAN))).await;
    assert_eq!(fields(refused.unwrap_err()), ["value"]);
    let another = pb::DefineMetricRequest {
        request_id: request_id(),
        ..define
    };
    let refused = client.define_metric(world.by(TEACHER, another)).await;
    assert_eq!(reason(refused.unwrap_err()), "PERMISSION_DENIED");
    let get = || pb::GetScorecardRequest {
        urn: SCHOOL.into(),
        ..Default::default()
    };
    let shown = client
        .get_scorecard(world.by(GOVERNOR, get()))
        .await
        .unwrap()
        .into_inner();
    let value = &shown.metrics[0].values[0];
    assert_eq!(
        (value.value, value.target, value.met),
        (Some(81.5), Some(80.0), Some(true))
    );
    let refused = client.get_scorecard(world.by(OTHER_HEAD, get())).await;
    assert_eq!(reason(refused.unwrap_err()), "PERMISSION_DENIED");
}

#[tokio::test]
async fn what_development_cost_is_held_against_what_it_brought() {
    let world = World::running().await;
    let id = planned(&world).await;
    let groups = vec![
        summary(MeasureGroup::Intervention, 103.0, 5.5),
        summary(MeasureGroup::Comparison, 100.0, 4.5),
    ];
    let mut evaluations = world.evaluations();
    evaluations
        .take_measure(world.by(OBSERVER, measure(&id, groups)))
        .await
        .unwrap();
    let cost = |pence| pb::RecordCostRequest {
        request_id: request_id(),
        activity_id: ACTIVITY.to_string(),
        urn: SCHOOL.into(),
        kind: pb::CostKind::Cover.into(),
        pence,
        on: "2023-10-02".into(),
        ..Default::default()
    };
    let mut client = world.value();
    client.record_cost(world.by(HEAD, cost(30_000))).await.unwrap();
    for pence in [0, -5] {
        let refused = client.record_cost(world.by(HEAD, cost(pence))).await;
        assert_eq!(fields(refused.unwrap_err()), ["pence"]);
    }
    let refused = client.record_cost(world.by(OTHER_HEAD, cost(10))).await;
    assert_eq!(reason(refused.unwrap_err()), "PERMISSION_DENIED");
    let get = || pb::GetValueForMoneyRequest {
        activity_id: ACTIVITY.to_string(),
        ..Default::default()
    };
    for who in [HEAD, TRUST_LEADER] {
        let value = client
            .get_value_for_money(world.by(who, get()))
            .await
            .unwrap()
            .into_inner();
        let value = value.value.unwrap();
        assert_eq!((value.pence, value.effect_count, value.demonstrated), (30_000, 1, true));
        assert_eq!(value.pence_per_participant, None, "nobody took part yet");
    }
    let refused = client.get_value_for_money(world.by(TEACHER, get())).await;
    assert_eq!(reason(refused.unwrap_err()), "PERMISSION_DENIED");
}

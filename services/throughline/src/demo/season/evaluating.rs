//! Whether it made a difference: plans with measures, costs, a scorecard, and what participants say.

use api::{evaluation::v1 as evaluation, ids::derived};
use rand::RngExt as _;
use uuid::Uuid;

use super::{Player, Season, day};
use crate::demo::{
    hand::{Hand, ask},
    words,
};

/// What a course did for pupils' scores: the difference of the means, the spread being 10.
const GAINS: [f64; 3] = [4.5, 0.4, 2.2];

struct Evaluating<'a> {
    hand: Hand<'a>,
}

impl Season<'_> {
    /// One course a year is looked at closely, its costs with it; schools report their own measures.
    pub(super) async fn evaluate(&self, year: i32, number: u8, players: &[Player<'_>]) -> anyhow::Result<()> {
        let mut trust = Evaluating {
            hand: self.trust_hand("evaluation", year),
        };
        for (index, (focus, activity)) in self.catalogue.courses.iter().enumerate() {
            trust.cost(self, *activity, index, year).await?;
            if index % GAINS.len() == usize::from(number) % GAINS.len() && index < GAINS.len() {
                let follow_ups: Vec<String> = players
                    .iter()
                    .flat_map(|player| &player.agreed)
                    .filter(|agreed| agreed.focus == *focus && agreed.agreed_on >= day(year, 9, 1))
                    .take(12)
                    .map(|agreed| agreed.id.to_string())
                    .collect();
                trust
                    .measure(self, *activity, focus, year, GAINS[index], follow_ups)
                    .await?;
            }
        }
        self.report_metrics(year, number).await
    }

    /// Attendance and what pupils say of their lessons, as each school watches them.
    async fn report_metrics(&self, year: i32, number: u8) -> anyhow::Result<()> {
        self.at_every_school("metrics", year, async |mut here| {
            let head = here.head();
            for (title, unit, start) in words::METRICS {
                let metric = derived("demo metric", &format!("{}:{title}", here.school.urn)).to_string();
                let on = day(year, 7, 10);
                if number == 0 {
                    ask!(
                        here,
                        scorecards.define_metric,
                        head,
                        day(year, 9, 10),
                        evaluation::DefineMetricRequest {
                            metric_id: metric.clone(),
                            urn: here.school.urn.clone(),
                            title: title.to_owned(),
                            unit: unit.to_owned(),
                            direction: evaluation::MetricDirection::Higher.into(),
                            period: evaluation::MetricPeriod::Year.into(),
                        }
                    )?;
                }
                ask!(
                    here,
                    scorecards.set_target,
                    head,
                    on,
                    evaluation::SetTargetRequest {
                        metric_id: metric.clone(),
                        period: year.to_string(),
                        value: start + f64::from(number),
                    }
                )?;
                let gained = f64::from(number) * (here.school.follow_through - 0.4) * 3.0;
                let value = start + gained + here.rng.random_range(-1.0..1.0);
                ask!(
                    here,
                    scorecards.report_metric,
                    head,
                    on,
                    evaluation::ReportMetricRequest {
                        metric_id: metric,
                        period: year.to_string(),
                        value: (value * 10.0).round() / 10.0,
                    }
                )?;
            }
            Ok(())
        })
        .await?;
        Ok(())
    }
}

impl Evaluating<'_> {
    async fn cost(&mut self, season: &Season<'_>, activity: Uuid, index: usize, year: i32) -> anyhow::Result<()> {
        let on = day(year, 7, 1);
        let pence = if index % 4 < 2 { 240_000 } else { 60_000 };
        ask!(
            self,
            value.record_cost,
            season.world.leader.id,
            on,
            evaluation::RecordCostRequest {
                activity_id: activity.to_string(),
                cost_id: self.hand.next_id("cost").to_string(),
                trust_id: season.world.trust.trust_id.clone(),
                kind: evaluation::CostKind::Fees.into(),
                pence: pence,
                on: on.to_string(),
            }
        )?;
        Ok(())
    }

    async fn measure(
        &mut self,
        season: &Season<'_>,
        activity: Uuid,
        focus: &str,
        year: i32,
        gain: f64,
        follow_ups: Vec<String>,
    ) -> anyhow::Result<()> {
        let leader = season.world.leader.id;
        let id = self.hand.next_id("evaluation").to_string();
        let (begin, short, medium) = (day(year, 10, 1), day(year, 2, 20), day(year, 6, 25));
        ask!(
            self,
            evaluations.plan_evaluation,
            leader,
            begin,
            evaluation::PlanEvaluationRequest {
                evaluation_id: id.clone(),
                subject: evaluation::EvaluationSubject::Activity.into(),
                subject_id: activity.to_string(),
                trust_id: season.world.trust.trust_id.clone(),
                title: format!("What the course on {} did", words::plain(focus)),
                lead_id: leader.to_string(),
                prompts: prompts(),
                sources: vec![
                    evaluation::EvidenceSource::PupilVoice.into(),
                    evaluation::EvidenceSource::Assessment.into()
                ],
                focus_areas: vec![focus.to_owned()],
                short_on: short.to_string(),
                medium_on: medium.to_string(),
            }
        )?;
        for (point, on, gained) in [
            (evaluation::MeasurePoint::Baseline, begin, 0.0),
            (evaluation::MeasurePoint::Short, short, gain * 0.6),
            (evaluation::MeasurePoint::Medium, medium, gain),
        ] {
            let taught = scores(evaluation::MeasureGroup::Intervention, 46, 61.0 + gained);
            let others = scores(evaluation::MeasureGroup::Comparison, 44, 60.6 + gained * 0.1);
            ask!(
                self,
                evaluations.take_measure,
                leader,
                on,
                evaluation::TakeMeasureRequest {
                    evaluation_id: id.clone(),
                    measure_id: self.hand.next_id("measure").to_string(),
                    point: point.into(),
                    on: on.to_string(),
                    outcome: "Explanation task, of 100".to_owned(),
                    groups: vec![taught, others],
                    follow_up_ids: follow_ups.clone(),
                    focus_areas: vec![focus.to_owned()],
                }
            )?;
        }
        ask!(
            self,
            evaluations.report_evaluation,
            leader,
            medium,
            evaluation::ReportEvaluationRequest {
                evaluation_id: id.clone(),
                audiences: vec![
                    evaluation::ReportAudience::Governors.into(),
                    evaluation::ReportAudience::Staff.into()
                ],
                findings: words::FINDINGS.to_owned(),
                on: medium.to_string(),
            }
        )?;
        ask!(
            self,
            evaluations.conclude_evaluation,
            leader,
            medium,
            evaluation::ConcludeEvaluationRequest {
                evaluation_id: id,
                decision: if gain > 1.0 {
                    evaluation::EvaluationDecision::Extend
                } else {
                    evaluation::EvaluationDecision::Stop
                }
                .into(),
                reason: words::DECISION.to_owned(),
                on: medium.to_string(),
            }
        )?;
        Ok(())
    }
}

fn scores(group: evaluation::MeasureGroup, n: i32, mean: f64) -> evaluation::Scores {
    evaluation::Scores {
        group: group.into(),
        n,
        mean,
        sd: 10.0,
        ..Default::default()
    }
}

fn prompts() -> Vec<evaluation::PromptText> {
    use evaluation::Prompt;
    [
        (
            Prompt::ValidConstruct,
            "That pupils explain their thinking aloud in whole sentences.",
        ),
        (
            Prompt::ValidOutcomes,
            "A task in which pupils explain, marked without names.",
        ),
        (Prompt::Baseline, "The same task in October."),
        (Prompt::ShortTermSuccess, "More pupils give a reason for what they say."),
        (Prompt::ShortTermData, "The task again in February."),
        (Prompt::MediumTermSuccess, "It is seen in other subjects as well."),
        (Prompt::MediumTermData, "The task again in June."),
        (Prompt::Analysis, "Classes of participants beside those of others."),
        (Prompt::Report, "Governors and staff, in one page."),
        (Prompt::Action, "It goes on, is changed, or stops."),
    ]
    .map(|(prompt, answer)| evaluation::PromptText {
        prompt: prompt.into(),
        answer: answer.to_owned(),
    })
    .to_vec()
}

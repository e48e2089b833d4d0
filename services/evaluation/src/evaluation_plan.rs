//! How the impact of development will be known: thought through before it begins, measured, told, and acted upon.
//!
//! planned ──► measured at the baseline, soon, later ──► reported ──► concluded
//!    └─ revised, until a later point was measured: nobody moves the goal once the ball is on its way
//! a measure that was wrong is withdrawn, with every effect estimated from it
//!
//! Effects are estimated here, from the measures, as soon as these allow it (`effects`). Nobody types one in.

mod command;
mod effects;
mod rejection;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use api::{
    common::v1::Sealed,
    evaluation::v1::{
        self as pb, EffectEstimated, EvaluationConcluded, EvaluationPlanEvent, EvaluationPlanned, EvaluationReported,
        EvaluationRevised, EvidenceSource, MeasureGroup, MeasurePoint, MeasureTaken, MeasureWithdrawn, Prompt,
        PromptAnswer, evaluation_plan_event::Event,
    },
    ids::{MeasureId, PersonId, TrustId, Urn},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;

pub use self::{
    command::{Command, Conclusion, Measure, Plan, Report, Revision, Scores, Thinking},
    rejection::Rejection,
};
use crate::recorded;

/// The ten prompts, in their order.
pub const PROMPTS: [Prompt; 10] = [
    Prompt::ValidConstruct,
    Prompt::ValidOutcomes,
    Prompt::Baseline,
    Prompt::ShortTermSuccess,
    Prompt::ShortTermData,
    Prompt::MediumTermSuccess,
    Prompt::MediumTermData,
    Prompt::Analysis,
    Prompt::Report,
    Prompt::Action,
];

/// What became of an evaluation so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EvaluationPlan {
    /// As revised; absent before it was planned.
    pub planned: Option<EvaluationPlanned>,
    /// Whose key seals its text.
    pub trust: TrustId,
    /// Absent for the whole trust.
    pub urn: Option<Urn>,
    pub lead: PersonId,
    /// Those that were not withdrawn.
    pub measures: Vec<MeasureTaken>,
    /// Those whose measures were not withdrawn.
    pub effects: Vec<EffectEstimated>,
    pub reports: Vec<EvaluationReported>,
    pub conclusion: Option<EvaluationConcluded>,
    /// Identifiers of all measures, withdrawn ones included.
    measured: BTreeSet<String>,
}

impl Aggregate for EvaluationPlan {
    type Event = EvaluationPlanEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<EvaluationPlanEvent>, Rejection> {
        match command {
            Command::Plan(plan) => self.plan(plan, context),
            Command::Revise(revision) => self.revise(revision, context),
            Command::TakeMeasure(measure) => self.take_measure(measure, context),
            Command::WithdrawMeasure { measure, reason } => self.withdraw_measure(measure, reason, context),
            Command::Report(report) => self.report(report, context),
            Command::Conclude(conclusion) => self.conclude(conclusion, context),
        }
    }

    fn evolve(&mut self, event: &EvaluationPlanEvent) {
        match &event.event {
            Some(Event::Planned(planned)) => {
                self.trust = recorded::id(&planned.trust_id);
                self.urn = planned.urn.parse().ok();
                self.lead = recorded::id(&planned.lead_id);
                self.planned = Some(planned.clone());
            }
            Some(Event::Revised(revised)) => {
                if let Some(planned) = &mut self.planned {
                    planned.prompts.clone_from(&revised.prompts);
                    planned.sources.clone_from(&revised.sources);
                    planned.short_on.clone_from(&revised.short_on);
                    planned.medium_on.clone_from(&revised.medium_on);
                }
            }
            Some(Event::MeasureTaken(measure)) => {
                self.measured.insert(measure.measure_id.clone());
                self.measures.push(measure.clone());
            }
            Some(Event::EffectEstimated(effect)) => self.effects.push(effect.clone()),
            Some(Event::MeasureWithdrawn(withdrawn)) => {
                self.measures
                    .retain(|measure| measure.measure_id != withdrawn.measure_id);
                self.effects
                    .retain(|effect| !effect.measure_ids.contains(&withdrawn.measure_id));
            }
            Some(Event::Reported(reported)) => self.reports.push(reported.clone()),
            Some(Event::Concluded(concluded)) => self.conclusion = Some(concluded.clone()),
            None => {}
        }
    }
}

impl EvaluationPlan {
    fn plan(&self, plan: Plan, context: &Context) -> Result<Vec<EvaluationPlanEvent>, Rejection> {
        if self.planned.is_some() {
            return Err(Rejection::AlreadyPlanned);
        }
        thought_through(&plan.thinking, context)?;
        let planned = EvaluationPlanned {
            subject: plan.subject.into(),
            subject_id: plan.subject_id.to_string(),
            trust_id: plan.trust.into(),
            urn: recorded::text_of(plan.urn),
            title: plan.title,
            lead_id: plan.lead.into(),
            prompts: answers(plan.trust, plan.thinking.prompts),
            sources: plan.thinking.sources.into_iter().map(i32::from).collect(),
            focus_areas: plan.focus_areas,
            short_on: plan.thinking.short_on.to_string(),
            medium_on: plan.thinking.medium_on.to_string(),
            on: context.today().to_string(),
        };
        Ok(vec![planned.into()])
    }

    /// What counts as success is said before it is known whether there was any.
    fn revise(&self, revision: Revision, context: &Context) -> Result<Vec<EvaluationPlanEvent>, Rejection> {
        self.must_be_open()?;
        if self
            .measures
            .iter()
            .any(|measure| measure.point() != MeasurePoint::Baseline)
        {
            return Err(Rejection::MeasuredSincePlanned);
        }
        thought_through(&revision.thinking, context)?;
        let revised = EvaluationRevised {
            prompts: answers(self.trust, revision.thinking.prompts),
            sources: revision.thinking.sources.into_iter().map(i32::from).collect(),
            short_on: revision.thinking.short_on.to_string(),
            medium_on: revision.thinking.medium_on.to_string(),
        };
        Ok(vec![revised.into()])
    }

    /// A measure, and the effects that it completes: its own, or if it is a baseline entered late, those of later ones.
    fn take_measure(&self, measure: Measure, context: &Context) -> Result<Vec<EvaluationPlanEvent>, Rejection> {
        let planned = self.must_be_open()?;
        if measure.on > context.today() {
            return Err(Rejection::InTheFuture { today: context.today() });
        }
        if self.measured.contains(&measure.id.to_string()) {
            return Err(Rejection::MeasureRecordedAlready);
        }
        each_group_once(&measure.groups)?;
        self.must_fit_in_time(&measure)?;
        let taken = MeasureTaken {
            measure_id: measure.id.into(),
            point: measure.point.into(),
            on: measure.on.to_string(),
            outcome: measure.outcome,
            groups: measure.groups.iter().map(Scores::recorded).collect(),
            follow_up_ids: measure.follow_ups.into_iter().map(String::from).collect(),
            focus_areas: if measure.focus_areas.is_empty() {
                planned.focus_areas.clone()
            } else {
                measure.focus_areas
            },
            subject: planned.subject,
            subject_id: planned.subject_id.clone(),
            trust_id: planned.trust_id.clone(),
            urn: planned.urn.clone(),
        };
        let baseline = self.baseline_of(&taken.outcome);
        effects::must_be_the_same_pupils(&taken, baseline)?;
        let completed = match taken.point() {
            MeasurePoint::Baseline => self
                .later_measures(&taken.outcome)
                .filter(|later| !self.has_effect(later))
                .filter_map(|later| effects::estimate(later, Some(&taken), &context.policy).ok())
                .collect(),
            _ => Vec::from_iter(effects::estimate(&taken, baseline, &context.policy)),
        };
        let mut events = vec![taken.into()];
        events.extend(completed.into_iter().map(EvaluationPlanEvent::from));
        Ok(events)
    }

    fn withdraw_measure(
        &self,
        measure: MeasureId,
        reason: String,
        context: &Context,
    ) -> Result<Vec<EvaluationPlanEvent>, Rejection> {
        self.must_be_open()?;
        let measure_id = measure.to_string();
        if !self.measured.contains(&measure_id) {
            return Err(Rejection::NoSuchMeasure);
        }
        if !self.measures.iter().any(|measure| measure.measure_id == measure_id) {
            return Ok(Vec::new());
        }
        let withdrawn = MeasureWithdrawn {
            measure_id,
            reason: Some(Sealed::about(self.trust, reason)),
            on: context.today().to_string(),
        };
        Ok(vec![withdrawn.into()])
    }

    fn report(&self, report: Report, context: &Context) -> Result<Vec<EvaluationPlanEvent>, Rejection> {
        let planned = self.must_be_open()?;
        if report.audiences.is_empty() {
            return Err(Rejection::NobodyWasTold);
        }
        since_planned(report.on, planned, context)?;
        let reported = EvaluationReported {
            audiences: report.audiences.into_iter().map(i32::from).collect(),
            findings: Some(Sealed::about(self.trust, report.findings)),
            on: report.on.to_string(),
        };
        Ok(vec![reported.into()])
    }

    /// What follows is decided once somebody was told what came of it: the ninth prompt comes before the tenth.
    fn conclude(&self, conclusion: Conclusion, context: &Context) -> Result<Vec<EvaluationPlanEvent>, Rejection> {
        let planned = self.must_be_open()?;
        if self.reports.is_empty() {
            return Err(Rejection::NotReported);
        }
        since_planned(conclusion.on, planned, context)?;
        let concluded = EvaluationConcluded {
            decision: conclusion.decision.into(),
            reason: Some(Sealed::about(self.trust, conclusion.reason)),
            on: conclusion.on.to_string(),
        };
        Ok(vec![concluded.into()])
    }
}

impl EvaluationPlan {
    /// Later measures from which no effect could be estimated, and why not.
    pub fn withheld(&self, policy: &identity::Policy) -> Vec<(&MeasureTaken, pb::Withheld)> {
        let later = self.measures.iter().filter(|measure| !self.has_effect(measure));
        later
            .filter(|measure| measure.point() != MeasurePoint::Baseline)
            .filter_map(|measure| {
                let baseline = self.baseline_of(&measure.outcome);
                effects::estimate(measure, baseline, policy)
                    .err()
                    .map(|why| (measure, why))
            })
            .collect()
    }

    fn baseline_of(&self, outcome: &str) -> Option<&MeasureTaken> {
        let of_it = self.measures.iter().filter(|measure| measure.outcome == outcome);
        of_it
            .into_iter()
            .find(|measure| measure.point() == MeasurePoint::Baseline)
    }

    fn later_measures<'a>(&'a self, outcome: &'a str) -> impl Iterator<Item = &'a MeasureTaken> {
        self.measures
            .iter()
            .filter(move |measure| measure.outcome == outcome && measure.point() != MeasurePoint::Baseline)
    }

    fn has_effect(&self, measure: &MeasureTaken) -> bool {
        self.effects
            .iter()
            .any(|effect| effect.measure_ids.first() == Some(&measure.measure_id))
    }

    /// Points follow one another: a baseline measured after what it is a baseline for is none.
    fn must_fit_in_time(&self, measure: &Measure) -> Result<(), Rejection> {
        for other in self.measures.iter().filter(|other| other.outcome == measure.outcome) {
            let (point, on) = (other.point(), recorded::date(&other.on));
            if point == measure.point {
                return Err(Rejection::MeasuredAlready);
            }
            if (point < measure.point && on >= measure.on) || (point > measure.point && on <= measure.on) {
                return Err(Rejection::OutOfOrder { on });
            }
        }
        Ok(())
    }

    fn must_be_open(&self) -> Result<&EvaluationPlanned, Rejection> {
        match &self.planned {
            Some(_) if self.conclusion.is_some() => Err(Rejection::Concluded),
            Some(planned) => Ok(planned),
            None => Err(Rejection::NotPlanned),
        }
    }
}

/// All ten prompts answered, pupils heard, and two points ahead, one after the other.
fn thought_through(thinking: &Thinking, context: &Context) -> Result<(), Rejection> {
    for prompt in PROMPTS {
        let mut given = thinking.prompts.iter().filter(|(answered, _)| *answered == prompt);
        match (given.next(), given.next()) {
            (Some((_, answer)), None) if !answer.trim().is_empty() => {}
            (Some(_), Some(_)) => return Err(Rejection::PromptTwice { prompt }),
            _ => return Err(Rejection::PromptLeftOut { prompt }),
        }
    }
    if !thinking.sources.contains(&EvidenceSource::PupilVoice) {
        return Err(Rejection::NoPupilVoice);
    }
    if thinking.short_on < context.today() {
        return Err(Rejection::PlannedTooLate { today: context.today() });
    }
    if thinking.medium_on <= thinking.short_on {
        return Err(Rejection::MediumBeforeShort {
            short_on: thinking.short_on,
        });
    }
    Ok(())
}

fn answers(trust: TrustId, prompts: Vec<(Prompt, String)>) -> Vec<PromptAnswer> {
    let answer = |(prompt, answer): (Prompt, String)| PromptAnswer {
        prompt: prompt.into(),
        answer: Some(Sealed::about(trust, answer)),
    };
    let mut prompts = prompts;
    prompts.sort_by_key(|(prompt, _)| *prompt);
    prompts.into_iter().map(answer).collect()
}

fn each_group_once(groups: &[Scores]) -> Result<(), Rejection> {
    let count = |of| groups.iter().filter(|scores| scores.group == of).count();
    match (count(MeasureGroup::Intervention), count(MeasureGroup::Comparison)) {
        (0, _) => Err(Rejection::NoIntervention),
        (1, 0 | 1) => Ok(()),
        _ => Err(Rejection::GroupTwice),
    }
}

fn since_planned(on: NaiveDate, planned: &EvaluationPlanned, context: &Context) -> Result<(), Rejection> {
    if on > context.today() {
        return Err(Rejection::InTheFuture { today: context.today() });
    }
    let planned_on = recorded::date(&planned.on);
    if on < planned_on {
        return Err(Rejection::BeforePlanned { planned_on });
    }
    Ok(())
}

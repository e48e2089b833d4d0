//! What was found out about a priority: plans, measures, effects, and what participants answered. Answers carry no name
//! here, and are told of enough people alone.

use std::collections::{BTreeMap, BTreeSet};

use api::{
    evaluation::v1::{
        EvaluationPlanEvent, EvaluationSubject, FeedbackEvent, FeedbackLevel, MeasurePoint,
        evaluation_plan_event as plan, feedback_event as feedback,
    },
    projection::v1::PriorityEffect,
};
use prost::DecodeError;
use uuid::Uuid;

use crate::{
    compact,
    development::{Ground, took_part::id},
};

/// Kinds of event that tell it, of any age.
pub(super) const LASTING: [&str; 4] = [
    "evaluation_plan.planned",
    "evaluation_plan.measure_taken",
    "evaluation_plan.effect_estimated",
    "evaluation_plan.measure_withdrawn",
];

/// Kinds of event that tell what participants answered.
pub(super) const RECENT: [&str; 1] = ["feedback.given"];

/// An answer of this or more, out of 5, says yes.
const YES: i32 = 4;

/// A plan with what was measured.
#[derive(Clone, Debug, Default)]
struct Plan {
    subject: EvaluationSubject,
    subject_id: Option<Uuid>,
    measures: BTreeMap<String, MeasurePoint>,
    /// Of each outcome and point the latest, with the measures that it rests on.
    effects: BTreeMap<(String, i32), (BTreeSet<String>, PriorityEffect)>,
}

/// What was found out about one priority.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Found {
    pub(super) plans: usize,
    pub(super) baselines: usize,
    pub(super) later: usize,
    pub(super) effects: Vec<PriorityEffect>,
    /// Answers at level 4 that say yes, of all.
    pub(super) practice_used: (i32, i32),
    /// Answers at level 5 that say yes, of all.
    pub(super) pupils_gained: (i32, i32),
}

/// What was found out about anything.
#[derive(Debug, Default)]
pub(super) struct Evaluated {
    plans: BTreeMap<Uuid, Plan>,
    /// By activity: answers at levels 4 and 5 that say yes, of all.
    answers: BTreeMap<Uuid, [(i32, i32); 2]>,
}

impl Evaluated {
    /// Reads it.
    pub(super) fn of(ground: &Ground) -> Result<Self, DecodeError> {
        let mut evaluated = Self::default();
        evaluated.take_plans(ground)?;
        evaluated.take_answers(ground)?;
        Ok(evaluated)
    }

    fn take_plans(&mut self, ground: &Ground) -> Result<(), DecodeError> {
        let by = ground.ask.on;
        ground.ledger.each(|at, EvaluationPlanEvent { event }| {
            let by_then = |text: &str| compact::day(text).unwrap_or(at.on) <= by;
            if let Some(plan::Event::Planned(planned)) = event {
                if by_then(&planned.on) {
                    let plan = Plan {
                        subject: planned.subject(),
                        subject_id: id(&planned.subject_id),
                        ..Plan::default()
                    };
                    self.plans.insert(at.stream, plan);
                }
                return;
            }
            let Some(plan) = self.plans.get_mut(&at.stream) else {
                return;
            };
            match event {
                Some(plan::Event::MeasureTaken(taken)) if by_then(&taken.on) => {
                    let point = taken.point();
                    plan.measures.insert(taken.measure_id, point);
                }
                Some(plan::Event::MeasureWithdrawn(withdrawn)) if by_then(&withdrawn.on) => {
                    plan.measures.remove(&withdrawn.measure_id);
                    plan.effects
                        .retain(|_, (rests_on, _)| !rests_on.contains(&withdrawn.measure_id));
                }
                Some(plan::Event::EffectEstimated(estimated)) if by_then(&estimated.on) => {
                    let of_activity = plan.subject == EvaluationSubject::Activity;
                    let effect = PriorityEffect {
                        evaluation_plan_id: at.stream.to_string(),
                        activity_id: if of_activity {
                            estimated.subject_id
                        } else {
                            String::new()
                        },
                        effect: estimated.g,
                        lower: estimated.low,
                        upper: estimated.high,
                        point: estimated.point,
                        design: estimated.design,
                        cautions: estimated.cautions,
                    };
                    let rests_on = estimated.measure_ids.into_iter().collect();
                    plan.effects
                        .insert((estimated.outcome, estimated.point), (rests_on, effect));
                }
                _ => {}
            }
        })
    }

    fn take_answers(&mut self, ground: &Ground) -> Result<(), DecodeError> {
        ground.ledger.each(|at, FeedbackEvent { event }| {
            let Some(feedback::Event::Given(given)) = event else {
                return;
            };
            let counted = ground.counts(compact::day(&given.on).unwrap_or(at.on));
            if !counted || !ground.covers(compact::urn(&given.urn)) {
                return;
            }
            let Some(activity) = id(&given.activity_id) else { return };
            let answers = self.answers.entry(activity).or_default();
            for score in &given.scores {
                let answer = match score.level() {
                    FeedbackLevel::UseInPractice => &mut answers[0],
                    FeedbackLevel::PupilOutcomes => &mut answers[1],
                    _ => continue,
                };
                answer.0 += i32::from(score.score >= YES);
                answer.1 += 1;
            }
        })
    }

    /// What was found out about a priority itself, or about what serves it.
    pub(super) fn of_priority(&self, priority: Uuid, activities: &BTreeSet<Uuid>, enquiries: &BTreeSet<Uuid>) -> Found {
        let mut found = Found::default();
        let about = |plan: &&Plan| {
            plan.subject_id.is_some_and(|subject| match plan.subject {
                EvaluationSubject::Priority => subject == priority,
                EvaluationSubject::Activity => activities.contains(&subject),
                EvaluationSubject::Enquiry => enquiries.contains(&subject),
                EvaluationSubject::Unspecified => false,
            })
        };
        for plan in self.plans.values().filter(about) {
            found.plans += 1;
            for point in plan.measures.values() {
                match point {
                    MeasurePoint::Baseline => found.baselines += 1,
                    MeasurePoint::Short | MeasurePoint::Medium => found.later += 1,
                    MeasurePoint::Unspecified => {}
                }
            }
            found
                .effects
                .extend(plan.effects.values().map(|(_, effect)| effect.clone()));
        }
        for [practice, pupils] in activities.iter().filter_map(|activity| self.answers.get(activity)) {
            found.practice_used = (found.practice_used.0 + practice.0, found.practice_used.1 + practice.1);
            found.pupils_gained = (found.pupils_gained.0 + pupils.0, found.pupils_gained.1 + pupils.1);
        }
        found
    }
}

//! What an impact report is made of: development of one year, what was asked and answered about it, effects and costs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use api::{
    evaluation::v1::{FeedbackLevel, FeedbackWave},
    observations::v1::RevisitOutcome,
};
use uuid::Uuid;

use super::release::{Answer, Key, Spot};
use crate::{
    compact::{self, Day},
    documents::{
        Activity, EvaluationPlan, Feedback, LearningRecord, Provider, Spending, evaluation_plan::Effect,
        feedback::Given,
    },
    half_terms,
};

/// Score from which an answer counts as positive.
pub(crate) const POSITIVE: i32 = 4;

/// Which development is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    pub(crate) cycle: i32,
    pub(crate) from: Day,
    pub(crate) until: Day,
}

impl Period {
    fn holds(self, on: Day) -> bool {
        (self.from..self.until).contains(&on)
    }

    /// The half-term of a day, counted from the beginning of the year on into the next, by the customary calendar: the same
    /// for all schools.
    pub(crate) fn half_term(self, on: Day) -> usize {
        let starts = [half_terms::customary(self.cycle), half_terms::customary(self.cycle + 1)].concat();
        starts.iter().filter(|start| **start <= on).count().max(1) - 1
    }
}

/// How many took part, how often and how long.
#[derive(Clone, Debug, Default)]
pub(crate) struct Participation {
    pub(crate) people: BTreeSet<Uuid>,
    pub(crate) minutes: i64,
}

/// Someone was asked about a level in a wave.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) spot: Spot,
    pub(crate) level: FeedbackLevel,
    pub(crate) wave: FeedbackWave,
}

/// The size of an effect, and the lines for which it counts.
#[derive(Clone, Debug)]
pub(crate) struct Estimated {
    /// 0 for the trust.
    pub(crate) urn: u32,
    pub(crate) keys: BTreeSet<Key>,
    pub(crate) effect: Effect,
}

/// Money, and the lines for which it counts.
#[derive(Clone, Debug)]
pub(crate) struct Spent {
    /// 0 for the trust.
    pub(crate) urn: u32,
    pub(crate) keys: BTreeSet<Key>,
    pub(crate) pence: i64,
}

/// Everything counted, of all schools.
#[derive(Default)]
pub(crate) struct Gathered {
    activities: HashMap<Uuid, Activity>,
    providers: HashMap<Uuid, String>,
    /// By school and key.
    pub(crate) participation: BTreeMap<(u32, Key), Participation>,
    pub(crate) participants: Vec<Answer<()>>,
    pub(crate) questions: Vec<Question>,
    pub(crate) answers: Vec<Answer<Given>>,
    /// What was seen last of each participant and activity.
    pub(crate) practice: Vec<Answer<RevisitOutcome>>,
    /// Whether use in practice was shown, of each participant and activity of whom anything is known.
    pub(crate) in_use: Vec<Answer<bool>>,
    pub(crate) effects: Vec<Estimated>,
    pub(crate) costs: Vec<Spent>,
}

impl Gathered {
    /// An activity on offer.
    pub(crate) fn take_activity(&mut self, id: Uuid, activity: Activity) {
        self.activities.insert(id, activity);
    }

    /// A provider.
    pub(crate) fn take_provider(&mut self, id: Uuid, provider: Provider) {
        self.providers.insert(id, provider.title);
    }

    /// What a line is called.
    pub(crate) fn title(&self, key: &Key) -> String {
        match key {
            Key::Whole => String::new(),
            Key::Activity(id) => self
                .activities
                .get(id)
                .map(|activity| activity.title.clone())
                .unwrap_or_default(),
            Key::Provider(id) => self.providers.get(id).cloned().unwrap_or_default(),
            Key::Focus(area) => area.clone(),
        }
    }

    fn spot(&self, activity: &[u8], urn: u32, focus_areas: &[String], half_term: usize) -> Spot {
        let activity = compact::id(activity).unwrap_or_default();
        let known = self.activities.get(&activity);
        let provider = known.and_then(|activity| compact::id(&activity.provider_id));
        let focus: BTreeSet<String> = match known {
            Some(known) if focus_areas.is_empty() => known.focus_areas.iter().cloned().collect(),
            _ => focus_areas.iter().cloned().collect(),
        };
        Spot {
            half_term,
            urn,
            activity,
            provider: provider.unwrap_or_default(),
            focus_areas: focus.into_iter().collect(),
        }
    }

    /// Somebody's hours. Activities are taken in before.
    pub(crate) fn take_hours(&mut self, record: &LearningRecord, period: Period) {
        let Some(person) = record.person() else { return };
        let credits = record
            .credits
            .iter()
            .filter(|credit| credit.minutes > 0 && period.holds(credit.on));
        for credit in credits {
            let mut spot = self.spot(&credit.activity_id, credit.urn, &credit.focus_areas, 0);
            if let Some(provider) = compact::id(&credit.provider_id) {
                spot.provider = provider;
            }
            for key in spot.keys() {
                let part = self.participation.entry((credit.urn, key)).or_default();
                part.people.insert(person);
                part.minutes += i64::from(credit.minutes);
            }
            self.participants.push(Answer { spot, person, said: () });
        }
    }

    /// What a participant was asked and answered.
    pub(crate) fn take_feedback(&mut self, feedback: &Feedback, period: Period) {
        let (Some(person), Some(developed_on)) = (feedback.person(), feedback.developed_on) else {
            return;
        };
        if !period.holds(developed_on) {
            return;
        }
        let spot = |on: Day| {
            self.spot(
                &feedback.activity_id,
                feedback.urn,
                &feedback.focus_areas,
                period.half_term(on),
            )
        };
        let mut questions = Vec::new();
        for asked in &feedback.asked {
            for level in asked.levels() {
                questions.push(Question {
                    spot: spot(developed_on),
                    level,
                    wave: FeedbackWave::try_from(asked.wave).unwrap_or_default(),
                });
            }
        }
        let answers: Vec<_> = feedback
            .given
            .iter()
            .map(|given| Answer {
                spot: spot(given.on),
                person,
                said: given.clone(),
            })
            .collect();
        // Each counts once, with the half-term in which something was known first.
        let seen = feedback.practice.iter().map(|seen| (seen.on, seen.outcome()));
        let practice = seen.clone().max_by_key(|(on, _)| *on).map(|(_, outcome)| Answer {
            spot: spot(seen.clone().map(|(on, _)| on).max().unwrap_or(developed_on)),
            person,
            said: outcome,
        });
        let used = feedback.given.iter().filter_map(|given| {
            let mut scores = given.scores.iter();
            let score = scores.find(|score| score.level() == FeedbackLevel::UseInPractice)?;
            Some((given.on, score.score >= POSITIVE))
        });
        let observed = seen.map(|(on, outcome)| (on, is_shown(outcome)));
        let latest = used.chain(observed).max_by_key(|(on, _)| *on);
        let in_use = latest.map(|(on, said)| Answer {
            spot: spot(on),
            person,
            said,
        });
        self.questions.extend(questions);
        self.answers.extend(answers);
        self.practice.extend(practice);
        self.in_use.extend(in_use);
    }

    /// Effects estimated from a plan's measures: of each outcome the latest.
    pub(crate) fn take_effects(&mut self, plan: &EvaluationPlan, period: Period) {
        let mut latest: BTreeMap<&str, &Effect> = BTreeMap::new();
        for effect in plan.standing_effects().filter(|effect| period.holds(effect.on)) {
            let known = latest.entry(&effect.outcome).or_insert(effect);
            if (known.on, known.point) <= (effect.on, effect.point) {
                *known = effect;
            }
        }
        for effect in latest.into_values() {
            let spot = self.spot(&effect.subject_id, plan.urn, &effect.focus_areas, 0);
            let of_activity = self.activities.contains_key(&spot.activity);
            let keys = spot
                .keys()
                .filter(|key| of_activity || matches!(key, Key::Whole | Key::Focus(_)));
            self.effects.push(Estimated {
                urn: plan.urn,
                keys: keys.collect(),
                effect: effect.clone(),
            });
        }
    }

    /// What was spent.
    pub(crate) fn take_costs(&mut self, spending: &Spending, period: Period) {
        for cost in spending.costs.iter().filter(|cost| period.holds(cost.on)) {
            let keys = self.spot(&cost.activity_id, cost.urn, &[], 0).keys().collect();
            self.costs.push(Spent {
                urn: cost.urn,
                keys,
                pence: cost.pence,
            });
        }
    }

    /// Every line that there is something to say about, of a school or of all.
    pub(crate) fn keys(&self, urn: Option<u32>) -> BTreeSet<Key> {
        let here = |of: u32| urn.is_none_or(|urn| urn == of);
        let part = self
            .participation
            .keys()
            .filter(|(of, _)| here(*of))
            .map(|(_, key)| key.clone());
        let asked = self.questions.iter().filter(|asked| here(asked.spot.urn));
        let effects = self.effects.iter().filter(|estimated| here(estimated.urn));
        let costs = self.costs.iter().filter(|spent| here(spent.urn));
        part.chain(asked.flat_map(|asked| asked.spot.keys()))
            .chain(effects.flat_map(|estimated| estimated.keys.iter().cloned()))
            .chain(costs.flat_map(|spent| spent.keys.iter().cloned()))
            .chain([Key::Whole])
            .collect()
    }
}

/// Whether an observation saw what was developed.
pub(crate) fn is_shown(outcome: RevisitOutcome) -> bool {
    matches!(outcome, RevisitOutcome::Embedded | RevisitOutcome::Improving)
}

//! The lines of an impact report: sums as far as they may be shown.

use std::collections::BTreeMap;

use api::{
    evaluation::v1::{FeedbackLevel, FeedbackWave},
    observations::v1::RevisitOutcome,
    projection::v1::{Absence, Figure, FigureRate, ImpactEffect, ImpactLevel, ImpactLine, ImpactPractice},
};
use disclosure::{Rule, Symbol};

use super::{
    gather::{Gathered, POSITIVE, Participation, is_shown},
    release::{Answer, Cell, Key, release},
};
use crate::{
    documents::{evaluation_plan::Effect, feedback::Given},
    figures::{self, mark, number, to_f64},
};

const LEVELS: [FeedbackLevel; 5] = [
    FeedbackLevel::Reaction,
    FeedbackLevel::Learning,
    FeedbackLevel::OrganisationSupport,
    FeedbackLevel::UseInPractice,
    FeedbackLevel::PupilOutcomes,
];

const WAVES: [FeedbackWave; 3] = [FeedbackWave::First, FeedbackWave::Weeks, FeedbackWave::HalfYear];

/// Answers of one kind, and up to which half-term each sum of them is shown.
struct Released<T> {
    answers: Vec<Answer<T>>,
    until: BTreeMap<Cell, usize>,
}

impl<T: Clone> Released<T> {
    fn new(answers: Vec<Answer<T>>, rule: Rule, ended: usize) -> Self {
        let until = release(&answers, rule, ended);
        Self { answers, until }
    }

    /// What was said, as far as it is shown; none where it is withheld.
    fn said(&self, cell: &Cell) -> Option<(usize, Vec<&T>)> {
        let until = *self.until.get(cell)?;
        let shown = |answer: &&Answer<T>| answer.spot.half_term <= until && answer.spot.is_in(cell);
        Some((
            until,
            self.answers.iter().filter(shown).map(|answer| &answer.said).collect(),
        ))
    }

    fn any(&self, cell: &Cell) -> bool {
        self.answers.iter().any(|answer| answer.spot.is_in(cell))
    }
}

/// Makes lines of what was gathered.
pub(crate) struct Lines<'a> {
    gathered: &'a Gathered,
    waves: Vec<(FeedbackWave, Released<Given>)>,
    practice: Released<RevisitOutcome>,
    in_use: Released<bool>,
    /// Which counts of participants this reader may see; absent if all.
    participants: Option<Released<()>>,
    ended: usize,
    reporting: bool,
}

impl<'a> Lines<'a> {
    /// `ended` is how many half-terms have ended since the year began. `counts_only` readers see no count of few people.
    pub(crate) fn new(gathered: &'a Gathered, rule: Rule, ended: usize, counts_only: bool, reporting: bool) -> Self {
        let of_wave = |wave: FeedbackWave| {
            let answers = gathered
                .answers
                .iter()
                .filter(|answer| answer.said.wave == i32::from(wave));
            (wave, Released::new(answers.cloned().collect(), rule, ended))
        };
        Self {
            waves: WAVES.into_iter().map(of_wave).collect(),
            practice: Released::new(gathered.practice.clone(), rule, ended),
            in_use: Released::new(gathered.in_use.clone(), rule, ended),
            participants: counts_only.then(|| Released::new(gathered.participants.clone(), rule, 1)),
            gathered,
            ended,
            reporting,
        }
    }

    /// The line of a key, of one school or of all.
    pub(crate) fn line(&self, key: &Key, urn: Option<u32>) -> ImpactLine {
        let cell = Cell { key: key.clone(), urn };
        let part = self.participation(&cell);
        let may_count = self
            .participants
            .as_ref()
            .is_none_or(|released| released.until.contains_key(&cell));
        let (participants, hours) = (
            to_f64(i64::try_from(part.people.len()).unwrap_or(i64::MAX)),
            to_f64(part.minutes) / 60.0,
        );
        let of_participants = |figure: Figure| if may_count { figure } else { mark(Symbol::Confidential) };
        let pence = self.pence(&cell);
        let cost = |per: f64| {
            if pence > 0.0 {
                figures::quotient(pence, per)
            } else {
                mark(Symbol::NotApplicable)
            }
        };
        let effects = self.effects(&cell);
        let pooled = pooled(&effects);
        let per_sd = match &pooled {
            Some(pooled) if pooled.low > 0.0 && participants > 0.0 => of_participants(cost(participants * pooled.g)),
            _ => mark(Symbol::NotApplicable),
        };
        let mut line = ImpactLine {
            title: self.gathered.title(key),
            participant_count: Some(of_participants(number(participants))),
            hours: Some(of_participants(number(hours))),
            levels: self.levels(&cell),
            practice: self.practice(&cell),
            effects: effects.iter().map(|effect| shown_effect(effect)).collect(),
            pooled,
            cost_pence: Some(number(pence)),
            pence_per_participant: Some(of_participants(cost(participants))),
            pence_per_hour: Some(of_participants(cost(hours))),
            pence_per_improved: Some(self.improved(&cell).map_or_else(mark, cost)),
            pence_per_participant_and_sd: Some(per_sd),
            absence: self.absence(&cell).into(),
            ..ImpactLine::default()
        };
        match key {
            Key::Whole => {}
            Key::Activity(id) => line.activity_id = id.to_string(),
            Key::Provider(id) if id.is_nil() => {}
            Key::Provider(id) => line.provider_id = id.to_string(),
            Key::Focus(area) => line.focus_area.clone_from(area),
        }
        line
    }

    fn participation(&self, cell: &Cell) -> Participation {
        let mut sum = Participation::default();
        let parts = self.gathered.participation.iter();
        for (_, part) in parts.filter(|((urn, key), _)| *key == cell.key && cell.urn.is_none_or(|of| of == *urn)) {
            sum.people.extend(&part.people);
            sum.minutes += part.minutes;
        }
        sum
    }

    fn pence(&self, cell: &Cell) -> f64 {
        let here = |urn: u32| cell.urn.is_none_or(|of| of == urn);
        let costs = self.gathered.costs.iter();
        let pence: i64 = costs
            .filter(|spent| here(spent.urn) && spent.keys.contains(&cell.key))
            .map(|spent| spent.pence)
            .sum();
        to_f64(pence)
    }

    fn effects(&self, cell: &Cell) -> Vec<&Effect> {
        let here = |urn: u32| cell.urn.is_none_or(|of| of == urn);
        let effects = self.gathered.effects.iter();
        effects
            .filter(|estimated| here(estimated.urn) && estimated.keys.contains(&cell.key))
            .map(|estimated| &estimated.effect)
            .collect()
    }

    fn levels(&self, cell: &Cell) -> Vec<ImpactLevel> {
        let mut levels = Vec::new();
        for level in LEVELS {
            for (wave, released) in &self.waves {
                let asked = |until: usize| {
                    let questions = self.gathered.questions.iter();
                    let asked = questions.filter(|question| {
                        question.level == level
                            && question.wave == *wave
                            && question.spot.half_term <= until
                            && question.spot.is_in(cell)
                    });
                    i64::try_from(asked.count()).unwrap_or(i64::MAX)
                };
                if asked(usize::MAX) > 0 {
                    levels.push(self.level(level, *wave, released.said(cell), asked));
                }
            }
        }
        levels
    }

    fn level(
        &self,
        level: FeedbackLevel,
        wave: FeedbackWave,
        said: Option<(usize, Vec<&Given>)>,
        asked: impl Fn(usize) -> i64,
    ) -> ImpactLevel {
        let shown = ImpactLevel {
            level: level.into(),
            wave: wave.into(),
            ..ImpactLevel::default()
        };
        let Some((until, given)) = said else {
            return ImpactLevel {
                answered: Some(figures::no_rate(self.withheld())),
                positive: Some(figures::no_rate(self.withheld())),
                mean: Some(mark(self.withheld())),
                ..shown
            };
        };
        let scores: Vec<i32> = given
            .iter()
            .filter_map(|given| given.scores.iter().find(|score| score.level() == level))
            .map(|score| score.score)
            .collect();
        let answered = i64::try_from(scores.len()).unwrap_or(i64::MAX);
        let positive = scores.iter().filter(|score| **score >= POSITIVE).count();
        let sum: i64 = scores.iter().map(|score| i64::from(*score)).sum();
        ImpactLevel {
            // Whoever answered was asked.
            answered: Some(figures::rate(answered, asked(until).max(answered))),
            positive: Some(figures::rate(i64::try_from(positive).unwrap_or(i64::MAX), answered)),
            mean: Some(figures::quotient(to_f64(sum), to_f64(answered))),
            ..shown
        }
    }

    fn practice(&self, cell: &Cell) -> Option<ImpactPractice> {
        if !self.practice.any(cell) {
            return None;
        }
        let rate = |counts: fn(RevisitOutcome) -> bool| -> FigureRate {
            let Some((_, seen)) = self.practice.said(cell) else {
                return figures::no_rate(self.withheld());
            };
            let of = i64::try_from(seen.len()).unwrap_or(i64::MAX);
            let so = seen.into_iter().filter(|outcome| counts(**outcome)).count();
            figures::rate(i64::try_from(so).unwrap_or(i64::MAX), of)
        };
        Some(ImpactPractice {
            shown: Some(rate(is_shown)),
            embedded: Some(rate(|outcome| outcome == RevisitOutcome::Embedded)),
        })
    }

    /// How many were shown to use it.
    fn improved(&self, cell: &Cell) -> Result<f64, Symbol> {
        if !self.in_use.any(cell) {
            return Err(Symbol::NotAvailable);
        }
        let (_, said) = self.in_use.said(cell).ok_or_else(|| self.withheld())?;
        let improved = said.into_iter().filter(|so| **so).count();
        Ok(to_f64(i64::try_from(improved).unwrap_or(i64::MAX)))
    }

    /// Why a sum is not shown: too few, or no half-term has ended yet.
    fn withheld(&self) -> Symbol {
        if self.ended == 0 {
            Symbol::NotAvailable
        } else {
            Symbol::Confidential
        }
    }

    fn absence(&self, cell: &Cell) -> Absence {
        let asked = self.gathered.questions.iter().any(|question| question.spot.is_in(cell));
        let answered = self.waves.iter().any(|(_, released)| released.any(cell));
        match (asked, answered) {
            (_, true) => Absence::Unspecified,
            _ if !self.reporting => Absence::SourceNotReporting,
            (true, false) => Absence::NotYet,
            (false, false) => Absence::NothingAgreed,
        }
    }
}

fn shown_effect(effect: &Effect) -> ImpactEffect {
    ImpactEffect {
        outcome: effect.outcome.clone(),
        point: effect.point,
        g: effect.g,
        low: effect.low,
        high: effect.high,
        n: effect.n,
        effect_count: 1,
        cautions: effect.cautions.clone(),
    }
}

/// Several effects together.
fn pooled(effects: &[&Effect]) -> Option<ImpactEffect> {
    let each: Vec<statistics::Effect> = effects
        .iter()
        .map(|effect| statistics::Effect {
            d: effect.g,
            g: effect.g,
            standard_error: effect.standard_error,
            low: effect.low,
            high: effect.high,
        })
        .collect();
    let combined = statistics::combined(&each)?;
    let mut cautions: Vec<i32> = effects
        .iter()
        .flat_map(|effect| effect.cautions.iter().copied())
        .collect();
    cautions.sort_unstable();
    cautions.dedup();
    Some(ImpactEffect {
        outcome: String::new(),
        point: 0,
        g: combined.g,
        low: combined.low,
        high: combined.high,
        n: effects.iter().map(|effect| effect.n).fold(0, i32::saturating_add),
        effect_count: i32::try_from(effects.len()).unwrap_or(i32::MAX),
        cautions,
    })
}

#[cfg(test)]
mod tests;

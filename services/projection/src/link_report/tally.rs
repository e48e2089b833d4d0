//! Counts of one school, or of all, and the rows that they become.

use std::collections::BTreeSet;

use api::projection::v1::{Absence, FunnelStep, LinkRow, Step, StuckCount, StuckReason};
use uuid::Uuid;

use super::lines;
use crate::{
    compact::Day,
    definitions::{self, Facts, Ground, Reporting, STEPS, stuck},
    suppression::Suppression,
};

const REASONS: [StuckReason; 9] = [
    StuckReason::NotStarted,
    StuckReason::SupportNotProvided,
    StuckReason::Overdue,
    StuckReason::NeverRevisited,
    StuckReason::NotInAppraisal,
    StuckReason::OwnerLeft,
    StuckReason::Paused,
    StuckReason::SourceNotReporting,
    StuckReason::NotPermitted,
];

#[derive(Clone, Debug, Default, PartialEq)]
struct StepTally {
    numerator: i32,
    denominator: i32,
    days: Vec<Day>,
}

/// Counts of one school, or of all.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    steps: [StepTally; 6],
    stuck: [i32; 9],
    from_practice: (i32, i32),
    silent: (i32, i32),
}

/// What the permitted links of a year say of its appraisals and objectives.
pub(crate) struct Verdicts {
    spoke: BTreeSet<Uuid>,
    from_practice: BTreeSet<(Uuid, Uuid)>,
}

impl Verdicts {
    /// An appraisal spoke of development that it may.
    pub(crate) fn spoke(&mut self, appraisal: Uuid) {
        self.spoke.insert(appraisal);
    }

    /// Judges links; those whose follow-up has not been read yet say nothing.
    pub(crate) fn of(
        links: impl Iterator<Item = lines::Named>,
        mut permitted: impl FnMut(&lines::Named) -> Option<bool>,
    ) -> Self {
        let mut verdicts = Self {
            spoke: BTreeSet::new(),
            from_practice: BTreeSet::new(),
        };
        for named in links {
            if permitted(&named) != Some(true) {
                continue;
            }
            if named.in_review {
                verdicts.spoke.insert(named.appraisal);
            }
            if let Some(objective) = named.objective.filter(|_| named.origin) {
                verdicts.from_practice.insert((named.appraisal, objective));
            }
        }
        verdicts
    }
}

impl Tally {
    /// Counts a thread.
    pub(crate) fn take_thread(&mut self, facts: &Facts, ground: &Ground<'_>) {
        for (tally, step) in self.steps.iter_mut().zip(STEPS) {
            let outcome = definitions::outcome(step, facts, ground);
            if outcome.counted {
                tally.denominator += 1;
                if let Some(on) = outcome.reached {
                    tally.numerator += 1;
                    tally.days.push(on - facts.agreed_on);
                }
            }
        }
        let reasons = stuck::reasons(facts, ground);
        for (count, reason) in self.stuck.iter_mut().zip(REASONS) {
            *count += i32::from(reasons.contains(&reason));
        }
    }

    /// Counts an appraisal and its objectives.
    pub(crate) fn take_appraisal(&mut self, appraisal: &lines::Counted, verdicts: &Verdicts) {
        let from = (appraisal.appraisal, Uuid::nil())..=(appraisal.appraisal, Uuid::max());
        let from_practice = verdicts.from_practice.range(from).count();
        self.from_practice.0 += i32::try_from(from_practice).unwrap_or(i32::MAX);
        self.from_practice.1 += appraisal.objectives;
        if appraisal.concluded {
            let silent = !verdicts.spoke.contains(&appraisal.appraisal);
            self.silent.0 += i32::from(silent);
            self.silent.1 += 1;
        }
    }

    /// Adds the counts of another.
    pub(crate) fn add(&mut self, other: &Self) {
        for (tally, more) in self.steps.iter_mut().zip(&other.steps) {
            tally.numerator += more.numerator;
            tally.denominator += more.denominator;
            tally.days.extend(&more.days);
        }
        for (count, more) in self.stuck.iter_mut().zip(other.stuck) {
            *count += more;
        }
        self.from_practice = (
            self.from_practice.0 + other.from_practice.0,
            self.from_practice.1 + other.from_practice.1,
        );
        self.silent = (self.silent.0 + other.silent.0, self.silent.1 + other.silent.1);
    }

    fn step(&self, step: Step) -> Option<&StepTally> {
        STEPS.iter().position(|known| *known == step).map(|at| &self.steps[at])
    }

    /// Of how many a step is counted.
    pub(crate) fn denominator(&self, step: Step) -> i32 {
        self.step(step).map_or(0, |tally| tally.denominator)
    }

    /// The share that reached a step; none of nothing.
    pub(crate) fn share(&self, step: Step) -> Option<f64> {
        let tally = self.step(step)?;
        (tally.denominator > 0).then(|| f64::from(tally.numerator) / f64::from(tally.denominator))
    }

    /// As the protocol shows it. Objectives and appraisals have no focus area, so they are left out if one was asked for.
    pub(crate) fn into_row(
        self,
        row: LinkRow,
        suppression: Suppression,
        reporting: Reporting,
        about_objectives: bool,
    ) -> LinkRow {
        let funnel = STEPS
            .into_iter()
            .zip(self.steps)
            .map(|(step, tally)| funnel_step(step, tally, suppression, reporting));
        let stuck = REASONS.into_iter().zip(self.stuck).filter(|(_, count)| *count > 0);
        let stuck = stuck.map(|(reason, count)| {
            let (count, suppressed) = suppression.count(count);
            StuckCount {
                reason: reason.into(),
                count,
                suppressed,
            }
        });
        let rate = |(numerator, denominator): (i32, i32)| {
            (about_objectives && reporting.appraisal).then(|| suppression.rate(numerator, denominator))
        };
        LinkRow {
            funnel: funnel.collect(),
            objectives_from_practice: rate(self.from_practice),
            silent_appraisals: rate(self.silent),
            stuck: stuck.collect(),
            ..row
        }
    }
}

fn funnel_step(step: Step, mut tally: StepTally, suppression: Suppression, reporting: Reporting) -> FunnelStep {
    let rate = suppression.rate(tally.numerator, tally.denominator);
    let median_days = if rate.suppressed { None } else { median(&mut tally.days) };
    // Whatever was heard is counted; only if nothing was, there is no rate.
    let absence = if reporting.of(step) || tally.denominator > 0 {
        Absence::Unspecified
    } else {
        Absence::SourceNotReporting
    };
    FunnelStep {
        step: step.into(),
        rate: Some(rate),
        median_days,
        definition: definitions::sentence(step).to_owned(),
        absence: absence.into(),
    }
}

/// The value in the middle, or half-way between the two; none of nothing.
fn median(days: &mut [Day]) -> Option<f64> {
    let middle = days.len() / 2;
    if days.is_empty() {
        return None;
    }
    let even = days.len().is_multiple_of(2);
    let (below, upper, _) = days.select_nth_unstable(middle);
    let upper = f64::from(*upper);
    let lower = below.iter().max().copied().map(f64::from);
    Some(match lower {
        Some(lower) if even => f64::midpoint(lower, upper),
        _ => upper,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [7]), Some(7.0));
        assert_eq!(median(&mut [9, 1, 4]), Some(4.0));
        assert_eq!(median(&mut [9, 1, 4, 5]), Some(4.5));
    }

    #[test]
    fn an_appraisal_that_names_only_what_it_may_not_is_silent() {
        let appraisal = lines::Counted {
            appraisal: Uuid::from_u128(1),
            concluded: true,
            objectives: 2,
        };
        let named = lines::Named {
            appraisal: appraisal.appraisal,
            objective: None,
            in_review: true,
            origin: false,
            on: 0,
            urn: 0,
            standing: None,
        };
        let silent = |permitted| {
            let mut tally = Tally::default();
            tally.take_appraisal(&appraisal, &Verdicts::of([named].into_iter(), |_| permitted));
            tally.silent
        };
        assert_eq!(silent(Some(true)), (0, 1));
        assert_eq!(silent(Some(false)), (1, 1));
        assert_eq!(silent(None), (1, 1));
    }
}

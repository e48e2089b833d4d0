//! What measures say about the size of an effect, and when they say nothing.

use api::evaluation::v1::{
    EffectCaution, EffectDesign, EffectEstimated, GroupScores, MeasureGroup, MeasurePoint, MeasureTaken, Withheld,
};
use identity::Policy;
use statistics::{Effect, Group, before_after, between};

use super::Rejection;

/// Standard deviations between the groups at the baseline beyond which they are not alike: What Works Clearinghouse,
/// Procedures and Standards Handbook, version 5.0 (2022), chapter IV.
const ALIKE: f64 = 0.25;

/// The effect that a later measure shows: against its comparison group, or else against its own baseline.
pub(super) fn estimate(
    measure: &MeasureTaken,
    baseline: Option<&MeasureTaken>,
    policy: &Policy,
) -> Result<EffectEstimated, Withheld> {
    let after = group(measure, MeasureGroup::Intervention).ok_or(Withheld::NoBaseline)?;
    let compared = match group(measure, MeasureGroup::Comparison) {
        Some(comparison) => against_others(after, comparison, baseline)?,
        None => against_before(after, baseline)?,
    };
    let smallest = compared.others.map_or(after.0.n(), |others| after.0.n().min(others));
    if smallest < policy.effect_size_minimum {
        return Err(Withheld::TooFew);
    }
    let mut cautions = compared.cautions;
    if smallest < policy.effect_size_caution {
        cautions.insert(0, EffectCaution::SmallSample);
    }
    let effect = compared.effect;
    let baseline_id = baseline.filter(|_| compared.uses_baseline);
    let measure_ids = std::iter::once(measure).chain(baseline_id);
    Ok(EffectEstimated {
        measure_ids: measure_ids.map(|measure| measure.measure_id.clone()).collect(),
        point: measure.point,
        outcome: measure.outcome.clone(),
        design: compared.design.into(),
        g: effect.g,
        low: effect.low,
        high: effect.high,
        standard_error: effect.standard_error,
        n_intervention: number(after.0.n()),
        n_comparison: number(compared.others.unwrap_or_default()),
        cautions: cautions.into_iter().map(i32::from).collect(),
        follow_up_ids: measure.follow_up_ids.clone(),
        focus_areas: measure.focus_areas.clone(),
        subject: measure.subject,
        subject_id: measure.subject_id.clone(),
        trust_id: measure.trust_id.clone(),
        urn: measure.urn.clone(),
        on: measure.on.clone(),
    })
}

/// Who says how scores go together with the baseline's means the same pupils, so there must be as many.
pub(super) fn must_be_the_same_pupils(
    measure: &MeasureTaken,
    baseline: Option<&MeasureTaken>,
) -> Result<(), Rejection> {
    if measure.point() == MeasurePoint::Baseline {
        return Ok(());
    }
    for scores in measure.groups.iter().filter(|scores| scores.correlation.is_some()) {
        let before = baseline.and_then(|baseline| baseline.groups.iter().find(|before| before.group == scores.group));
        if let Some(before) = before.filter(|before| before.n != scores.n) {
            return Err(Rejection::DifferentPupils {
                before: before.n,
                after: scores.n,
            });
        }
    }
    Ok(())
}

struct Compared {
    effect: Effect,
    design: EffectDesign,
    /// People in the comparison group.
    others: Option<u32>,
    uses_baseline: bool,
    cautions: Vec<EffectCaution>,
}

fn against_others(
    (after, _): Scored,
    (others, _): Scored,
    baseline: Option<&MeasureTaken>,
) -> Result<Compared, Withheld> {
    let effect = between(after, others).map_err(|_| Withheld::TooFew)?;
    let before = baseline.and_then(|baseline| {
        let intervention = group(baseline, MeasureGroup::Intervention)?;
        between(intervention.0, group(baseline, MeasureGroup::Comparison)?.0).ok()
    });
    let differed = before.is_some_and(|before| before.g.abs() > ALIKE);
    Ok(Compared {
        effect,
        design: EffectDesign::Comparison,
        others: Some(others.n()),
        uses_baseline: before.is_some(),
        cautions: Vec::from_iter(differed.then_some(EffectCaution::BaselineDiffers)),
    })
}

fn against_before((after, correlation): Scored, baseline: Option<&MeasureTaken>) -> Result<Compared, Withheld> {
    let before = baseline.and_then(|baseline| group(baseline, MeasureGroup::Intervention));
    let (before, _) = before.ok_or(Withheld::NoBaseline)?;
    let correlation = correlation.ok_or(Withheld::NoCorrelation)?;
    let effect = before_after(before, after, correlation).map_err(|_| Withheld::NoCorrelation)?;
    Ok(Compared {
        effect,
        design: EffectDesign::BeforeAfter,
        others: None,
        uses_baseline: true,
        cautions: vec![EffectCaution::NoComparison],
    })
}

/// A group, and how its scores go together with the same pupils' baseline.
type Scored = (Group, Option<f64>);

fn group(measure: &MeasureTaken, of: MeasureGroup) -> Option<Scored> {
    let scores: &GroupScores = measure.groups.iter().find(|scores| scores.group() == of)?;
    let summary = Group::new(u32::try_from(scores.n).ok()?, scores.mean, scores.sd).ok()?;
    Some((summary, scores.correlation))
}

fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

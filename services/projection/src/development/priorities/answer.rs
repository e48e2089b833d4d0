//! How we know how far the development meant to improve something succeeded: what is missing for an answer, and the
//! answer.

use api::projection::v1::PriorityGap;

use super::{evaluated::Found, served::Serving};

/// What is missing, in the order of the way from the aim to knowing.
pub(super) fn gaps(serving: &Serving, found: &Found, silent: bool) -> Vec<PriorityGap> {
    let looked_at = |follow_up: &super::served::FollowUp| follow_up.evidenced || follow_up.last_look.is_some();
    let missing = [
        (silent, PriorityGap::SourceNotReporting),
        (serving.objectives.agreed == 0, PriorityGap::NoObjective),
        (
            serving.on_offer == 0 && serving.enquiries.is_empty(),
            PriorityGap::NoDevelopmentOffered,
        ),
        (serving.participants.is_empty(), PriorityGap::NoDevelopmentTaken),
        (!serving.follow_ups.iter().any(looked_at), PriorityGap::NoEvidence),
        (found.plans == 0, PriorityGap::NoEvaluationPlanned),
        (found.baselines == 0, PriorityGap::NoBaseline),
        (found.later == 0, PriorityGap::NoLaterMeasure),
        (found.effects.is_empty(), PriorityGap::NoEffectEstimated),
    ];
    let gaps = missing.into_iter().filter(|(is_missing, _)| *is_missing);
    gaps.map(|(_, gap)| gap).collect()
}

/// The answer, in a sentence: what was measured, else the first thing without which it cannot be known.
pub(super) fn sentence(gaps: &[PriorityGap], found: &Found) -> String {
    if !found.effects.is_empty() {
        return measured(found);
    }
    let first = |gap: PriorityGap| gaps.contains(&gap);
    let told = if first(PriorityGap::SourceNotReporting) {
        "Not known yet: a source has not been heard of, so what is missing may be missing here alone."
    } else if first(PriorityGap::NoDevelopmentTaken) && first(PriorityGap::NoDevelopmentOffered) {
        "There is nothing to judge yet: no activity and no enquiry serves it."
    } else if first(PriorityGap::NoDevelopmentTaken) {
        "There is nothing to judge yet: development is on offer, and nobody took part."
    } else if first(PriorityGap::NoEvaluationPlanned) {
        "We cannot know: people took part, and nobody planned how to find out what came of it."
    } else if first(PriorityGap::NoBaseline) {
        "We cannot know yet: nothing was measured to compare with."
    } else if first(PriorityGap::NoLaterMeasure) {
        "We cannot know yet: there is a baseline, and nothing was measured since."
    } else {
        "It was measured, and not so that an effect could be estimated: see which groups were too small or not compared."
    };
    told.to_owned()
}

fn measured(found: &Found) -> String {
    let (mut better, mut worse) = (0, 0);
    for effect in &found.effects {
        better += i32::from(effect.lower > 0.0);
        worse += i32::from(effect.upper < 0.0);
    }
    let all = found.effects.len();
    let careful = if found.effects.iter().any(|effect| !effect.cautions.is_empty()) {
        " Some of them call for caution."
    } else {
        ""
    };
    match (better, worse) {
        (0, 0) => format!("Not shown: of {all} effects estimated none differs from nought for certain.{careful}"),
        (better, 0) => format!("Of {all} effects estimated, {better} show an improvement for certain.{careful}"),
        (better, worse) => format!(
            "Of {all} effects estimated, {better} show an improvement and {worse} the opposite for certain.{careful}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use api::projection::v1::PriorityEffect;

    use super::*;

    fn effect(lower: f64, upper: f64) -> PriorityEffect {
        PriorityEffect {
            lower,
            upper,
            ..PriorityEffect::default()
        }
    }

    #[test]
    fn without_anything_everything_is_missing() {
        let all = gaps(&Serving::default(), &Found::default(), false);
        assert_eq!(all.len(), 8);
        assert!(sentence(&all, &Found::default()).contains("no activity"));
    }

    #[test]
    fn a_silent_source_is_said_first() {
        let all = gaps(&Serving::default(), &Found::default(), true);
        assert_eq!(all.first(), Some(&PriorityGap::SourceNotReporting));
        assert!(sentence(&all, &Found::default()).starts_with("Not known yet"));
    }

    #[test]
    fn development_without_a_plan_cannot_be_judged() {
        let serving = Serving {
            on_offer: 1,
            participants: [uuid::Uuid::from_u128(1)].into(),
            ..Serving::default()
        };
        let missing = gaps(&serving, &Found::default(), false);
        assert!(!missing.contains(&PriorityGap::NoDevelopmentTaken));
        assert!(sentence(&missing, &Found::default()).contains("nobody planned"));
    }

    #[test]
    fn effects_answer() {
        let found = |effects: &[PriorityEffect]| Found {
            effects: effects.to_vec(),
            ..Found::default()
        };
        assert!(sentence(&[], &found(&[effect(0.1, 0.6)])).contains("1 show an improvement"));
        assert!(sentence(&[], &found(&[effect(-0.1, 0.6)])).starts_with("Not shown"));
        let mixed = sentence(&[], &found(&[effect(0.1, 0.6), effect(-0.9, -0.1)]));
        assert!(mixed.contains("1 show an improvement and 1 the opposite"), "{mixed}");
    }
}

//! Which kind of partnership fits whose situation, and why.
//!
//! A mentor helps with a change of role or career, a specialist coach with a specific skill, a peer with a problem that
//! both have: the three kinds told apart by the National Framework for Mentoring and Coaching (CUREE, 2005).

use api::{
    coaching::v1::{PartnershipKind, Situation},
    common::v1::CareerStage,
};

/// What fits, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recommendation {
    pub kind: PartnershipKind,
    pub why: &'static str,
}

/// The kind that fits. None if nothing was said of the situation.
pub fn recommend(situation: Situation) -> Option<Recommendation> {
    let (kind, why) = match situation {
        Situation::CareerChange => (
            PartnershipKind::Mentoring,
            "A change of role or career is a passage that others have made: a mentor who has been there shares what they \
             know of it, opens doors, and helps to set goals for the next stage.",
        ),
        Situation::SpecificSkill => (
            PartnershipKind::SpecialistCoaching,
            "A skill is mastered by trying, being watched and trying again: a coach who is expert in it models it, watches \
             it in your classroom, and helps to make it your own.",
        ),
        Situation::MutualProblem => (
            PartnershipKind::PeerCoaching,
            "A colleague with the same problem is at eye level: you take turns to watch, ask and try, and both gain.",
        ),
        Situation::Unspecified => return None,
    };
    Some(Recommendation { kind, why })
}

/// What to mind in somebody's case; empty if there is nothing.
pub fn advice(kind: PartnershipKind, stage: CareerStage, candidates: usize, asked_for_areas: bool) -> String {
    let early = matches!(
        stage,
        CareerStage::Trainee | CareerStage::EctYear1 | CareerStage::EctYear2
    );
    let mut advice = Vec::new();
    if early {
        advice.push("An early career teacher has a mentor for induction: agree with them what belongs where.");
    }
    if early && kind == PartnershipKind::PeerCoaching {
        advice.push("Two beginners may share a blind spot: let somebody experienced look in now and then.");
    }
    if !asked_for_areas {
        advice.push("Say which focus areas it is about, and people who coach them can be suggested.");
    } else if candidates == 0 {
        advice.push(
            "Nobody in the trust who coaches this has room: look in the expertise register, or ask who leads \
             professional development.",
        );
    }
    advice.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_situation_decides_and_says_why() {
        for (situation, kind) in [
            (Situation::CareerChange, PartnershipKind::Mentoring),
            (Situation::SpecificSkill, PartnershipKind::SpecialistCoaching),
            (Situation::MutualProblem, PartnershipKind::PeerCoaching),
        ] {
            let recommended = recommend(situation).unwrap();
            assert_eq!(recommended.kind, kind);
            assert!(!recommended.why.is_empty());
        }
        assert_eq!(recommend(Situation::Unspecified), None);
    }

    #[test]
    fn beginners_are_reminded_of_their_mentor() {
        let kind = PartnershipKind::SpecialistCoaching;
        assert!(advice(kind, CareerStage::EctYear1, 3, true).contains("mentor for induction"));
        assert_eq!(advice(kind, CareerStage::Experienced, 3, true), "");
    }

    #[test]
    fn when_nobody_has_room_it_says_where_to_look() {
        let kind = PartnershipKind::SpecialistCoaching;
        assert!(advice(kind, CareerStage::Experienced, 0, true).contains("expertise register"));
        assert!(advice(kind, CareerStage::Experienced, 0, false).contains("focus areas"));
    }
}

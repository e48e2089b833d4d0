use api::ids::PriorityId;

use super::*;

#[test]
fn either_party_records_what_both_agreed() {
    for party in [TEACHER, APPRAISER] {
        after([opened()], party)
            .when(agree(vec![questioning(), reading()]))
            .then([agreed()])
            .and_state(|appraisal| assert_eq!(appraisal.stage(), pb::AppraisalState::ObjectivesAgreed));
    }
}

#[test]
fn nobody_else_agrees_for_them() {
    refused(vec![opened()], COLLEAGUE, agree(vec![reading()]), Rejection::NotAParty);
    given([opened()])
        .under(reacting(crate::NAME, "2026-07-21"))
        .when(agree(vec![reading()]))
        .then_rejected(|rejection| assert_eq!(rejection, Rejection::NotAParty));
}

#[test]
fn without_agreement_the_appraiser_sets_them_and_the_disagreement_is_kept() {
    let objectives = Objectives {
        on: day("2025-10-10"),
        list: vec![reading()],
    };
    let set = Command::SetObjectives {
        objectives,
        disagreement: "there is no time for it".into(),
    };
    let expected = pb::ObjectivesSet {
        on: "2025-10-10".into(),
        objectives: vec![recorded(reading())],
        disagreement: about_the_teacher("there is no time for it"),
    };
    after([opened()], APPRAISER)
        .when(set.clone())
        .then([expected.into()])
        .and_state(|appraisal| {
            assert_eq!(appraisal.disagreement, about_the_teacher("there is no time for it"));
        });
    refused(vec![opened()], TEACHER, set, Rejection::NotTheAppraiser);
}

#[test]
fn a_later_agreement_ends_the_disagreement() {
    let set = pb::ObjectivesSet {
        on: "2025-10-10".into(),
        objectives: vec![recorded(reading())],
        disagreement: about_the_teacher("there is no time for it"),
    };
    after([opened(), set.into()], TEACHER)
        .when(agree(vec![questioning(), reading()]))
        .then([agreed()])
        .and_state(|appraisal| {
            assert_eq!(appraisal.disagreement, None);
            assert_eq!(appraisal.objectives.len(), 2);
        });
}

#[test]
fn policy_says_how_many() {
    let count = |count, min, max| Rejection::ObjectiveCount { count, min, max };
    refused(vec![opened()], TEACHER, agree(vec![]), count(0, 1, 3));
    let four = (0..4)
        .map(|number| Objective {
            id: ObjectiveId(Uuid::from_u128(number)),
            ..reading()
        })
        .collect();
    refused(vec![opened()], TEACHER, agree(four), count(4, 1, 3));
    given([opened()])
        .under(under(acting(TEACHER, "2026-07-21"), |policy| {
            policy.objective_count_max = 1
        }))
        .when(agree(vec![questioning(), reading()]))
        .then_rejected(|rejection| assert_eq!(rejection, count(2, 1, 1)));
}

#[test]
fn an_objective_is_there_once() {
    let expected = Rejection::ObjectiveTwice(READING);
    refused(vec![opened()], TEACHER, agree(vec![reading(), reading()]), expected);
}

#[test]
fn whoever_says_follow_up_names_one() {
    let vague = Objective {
        follow_ups: vec![],
        ..questioning()
    };
    let expected = Rejection::OriginNeedsFollowUp { number: 2 };
    refused(vec![opened()], TEACHER, agree(vec![reading(), vague]), expected);
}

#[test]
fn whoever_says_priority_names_one() {
    let vague = Objective {
        origin: Origin::Priority,
        ..reading()
    };
    let expected = Rejection::OriginNeedsPriority { number: 1 };
    refused(vec![opened()], TEACHER, agree(vec![vague.clone()]), expected);
    let clear = Objective {
        priorities: vec![PriorityId(Uuid::from_u128(400))],
        ..vague
    };
    after([opened()], TEACHER)
        .when(agree(vec![clear]))
        .then_events(|events| assert_eq!(events.len(), 1));
}

#[test]
fn whoever_says_standard_gives_its_code() {
    let vague = Objective {
        origin: Origin::Standard,
        ..reading()
    };
    let expected = Rejection::OriginNeedsStandard { number: 1 };
    refused(vec![opened()], TEACHER, agree(vec![vague.clone()]), expected);
    let clear = Objective {
        standard: Some("TS5".into()),
        ..vague
    };
    after([opened()], TEACHER)
        .when(agree(vec![clear]))
        .then_events(|events| assert_eq!(events.len(), 1));
}

#[test]
fn they_are_not_agreed_in_the_future() {
    let tomorrow = Objectives {
        on: day("2026-07-22"),
        list: vec![reading()],
    };
    let expected = Rejection::InTheFuture { on: day("2026-07-22") };
    refused(vec![opened()], TEACHER, Command::AgreeObjectives(tomorrow), expected);
}

#[test]
fn they_may_be_agreed_anew_until_the_conclusion() {
    after([opened(), agreed(), reviewed()], TEACHER)
        .when(agree(vec![reading()]))
        .then_events(|events| {
            assert_eq!(events.len(), 1);
        });
    let expected = Rejection::AlreadyConcluded { on: day("2026-07-01") };
    refused(up_to_conclusion(), TEACHER, agree(vec![reading()]), expected);
}

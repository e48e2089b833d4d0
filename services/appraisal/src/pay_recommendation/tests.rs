use testkit::{Given, Under};

use super::*;
use estate::{APPRAISER, COLLEAGUE, TEACHER, TRUST, acting, day, under};

fn given(history: impl IntoIterator<Item = pb::PayRecommendationEvent>) -> Given<PayRecommendation> {
    testkit::given(history)
}

fn appraisal() -> AppraisalFacts {
    AppraisalFacts {
        appraisal_id: AppraisalId(Uuid::from_u128(600)),
        trust_id: TRUST,
        urn: None,
        appraisee_id: TEACHER,
        concluded_on: Some(day("2026-07-01")),
    }
}

fn ask(ask: Ask) -> Command {
    Command {
        appraisal: appraisal(),
        ask,
    }
}

fn grant(person_id: PersonId) -> Command {
    ask(Ask::GrantAccess { person_id })
}

fn revoke(person_id: PersonId) -> Command {
    ask(Ask::RevokeAccess { person_id })
}

fn granted(person_id: PersonId) -> pb::PayRecommendationEvent {
    pb::PayAccessGranted {
        appraisal_id: appraisal().appraisal_id.to_string(),
        person_id: person_id.to_string(),
    }
    .into()
}

fn revoked(person_id: PersonId) -> pb::PayRecommendationEvent {
    pb::PayAccessRevoked {
        person_id: person_id.to_string(),
    }
    .into()
}

fn recommend(on: &str) -> Command {
    ask(Ask::Recommend {
        on: day(on),
        progress: true,
        rationale: Some("objectives met".into()),
    })
}

fn recommended(by: PersonId) -> pb::PayRecommendationEvent {
    pb::PayRecommended {
        appraisal_id: appraisal().appraisal_id.to_string(),
        appraisee_id: TEACHER.to_string(),
        on: "2026-07-02".into(),
        progress: true,
        rationale: Some(Sealed::about(TEACHER, "objectives met")),
        recommended_by_id: by.to_string(),
    }
    .into()
}

fn decide(on: &str) -> Command {
    ask(Ask::Decide {
        on: day(on),
        approved: true,
    })
}

fn decided() -> pb::PayRecommendationEvent {
    pb::PayDecided {
        on: "2026-07-09".into(),
        approved: true,
    }
    .into()
}

/// Somebody acts on 10 July where policy turns recommendations on.
fn after(history: Vec<pb::PayRecommendationEvent>, who: PersonId) -> Under<PayRecommendation> {
    given(history).under(under(acting(who, "2026-07-10"), |policy| {
        policy.pay_recommendations_enabled = true
    }))
}

#[track_caller]
fn refused(history: Vec<pb::PayRecommendationEvent>, who: PersonId, command: Command, expected: Rejection) {
    after(history, who)
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, expected));
}

fn granted_to_two() -> Vec<pb::PayRecommendationEvent> {
    vec![granted(APPRAISER), granted(COLLEAGUE)]
}

#[test]
fn nothing_is_recorded_unless_policy_turns_it_on() {
    for command in [grant(APPRAISER), recommend("2026-07-02"), decide("2026-07-09")] {
        given(granted_to_two())
            .under(acting(APPRAISER, "2026-07-10"))
            .when(command)
            .then_rejected(|rejection| assert_eq!(rejection, Rejection::TurnedOff));
    }
}

#[test]
fn access_is_given_and_taken_by_name() {
    after(vec![], COLLEAGUE)
        .when(grant(APPRAISER))
        .then([granted(APPRAISER)])
        .and_state(|pay| assert!(pay.granted_to.contains(&APPRAISER)));
    after(vec![granted(APPRAISER)], COLLEAGUE)
        .when(revoke(APPRAISER))
        .then([revoked(APPRAISER)])
        .and_state(|pay| assert!(pay.granted_to.is_empty()));
}

#[test]
fn giving_it_again_changes_nothing() {
    after(vec![granted(APPRAISER)], COLLEAGUE)
        .when(grant(APPRAISER))
        .then([]);
}

#[test]
fn what_was_not_given_cannot_be_taken() {
    refused(vec![], COLLEAGUE, revoke(APPRAISER), Rejection::NothingToRevoke);
}

#[test]
fn somebody_granted_recommends_until_it_is_decided() {
    after(granted_to_two(), APPRAISER)
        .when(recommend("2026-07-02"))
        .then([recommended(APPRAISER)]);
    let again = granted_to_two().into_iter().chain([recommended(APPRAISER)]).collect();
    after(again, APPRAISER)
        .when(recommend("2026-07-02"))
        .then([recommended(APPRAISER)]);
    let over = granted_to_two()
        .into_iter()
        .chain([recommended(APPRAISER), decided()])
        .collect();
    refused(
        over,
        APPRAISER,
        recommend("2026-07-02"),
        Rejection::AlreadyDecided { on: day("2026-07-09") },
    );
}

#[test]
fn nobody_else_does() {
    refused(
        vec![granted(COLLEAGUE)],
        APPRAISER,
        recommend("2026-07-02"),
        Rejection::NotGranted,
    );
    let taken_away = vec![granted(APPRAISER), revoked(APPRAISER)];
    refused(taken_away, APPRAISER, recommend("2026-07-02"), Rejection::NotGranted);
}

#[test]
fn nobody_recommends_or_decides_on_their_own_pay() {
    let history = || vec![granted(TEACHER), granted(APPRAISER), recommended(APPRAISER)];
    refused(history(), TEACHER, recommend("2026-07-02"), Rejection::OwnPay);
    refused(history(), TEACHER, decide("2026-07-09"), Rejection::OwnPay);
}

#[test]
fn a_recommendation_follows_the_conclusion() {
    let unfinished = AppraisalFacts {
        concluded_on: None,
        ..appraisal()
    };
    let early = Command {
        appraisal: unfinished,
        ..recommend("2026-07-02")
    };
    refused(granted_to_two(), APPRAISER, early, Rejection::NotConcluded);
    let expected = Rejection::TooEarly {
        on: day("2026-06-30"),
        what: "the conclusion",
        earliest: day("2026-07-01"),
    };
    refused(granted_to_two(), APPRAISER, recommend("2026-06-30"), expected);
    let expected = Rejection::InTheFuture { on: day("2026-07-11") };
    refused(granted_to_two(), APPRAISER, recommend("2026-07-11"), expected);
}

#[test]
fn somebody_other_than_the_recommender_decides_once() {
    let history = || {
        granted_to_two()
            .into_iter()
            .chain([recommended(APPRAISER)])
            .collect::<Vec<_>>()
    };
    after(history(), COLLEAGUE).when(decide("2026-07-09")).then([decided()]);
    refused(
        history(),
        APPRAISER,
        decide("2026-07-09"),
        Rejection::DeciderRecommended,
    );
    refused(
        granted_to_two(),
        COLLEAGUE,
        decide("2026-07-09"),
        Rejection::NotRecommended,
    );
    let over = history().into_iter().chain([decided()]).collect();
    refused(
        over,
        COLLEAGUE,
        decide("2026-07-09"),
        Rejection::AlreadyDecided { on: day("2026-07-09") },
    );
    let expected = Rejection::TooEarly {
        on: day("2026-07-01"),
        what: "the recommendation",
        earliest: day("2026-07-02"),
    };
    refused(history(), COLLEAGUE, decide("2026-07-01"), expected);
}

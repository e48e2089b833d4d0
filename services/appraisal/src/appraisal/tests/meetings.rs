use api::ids::NeedId;

use super::*;

fn review(on: &str) -> Command {
    Command::ReviewMidYear {
        on: day(on),
        note: None,
        discussion: talk_of(&[FOLLOW_UP]),
    }
}

fn evidence_for(objective_id: ObjectiveId) -> Command {
    Command::AddEvidence {
        objective_id,
        note: "a recording".into(),
        follow_ups: vec![FOLLOW_UP],
    }
}

fn need(objective_id: Option<ObjectiveId>) -> Need {
    Need {
        need_id: NeedId(Uuid::from_u128(500)),
        focus_area: "questioning".into(),
        objective_id,
        detail: Some("to see it done".into()),
    }
}

#[test]
fn the_mid_year_review_follows_the_objectives() {
    after([opened(), agreed()], APPRAISER)
        .when(review("2026-03-02"))
        .then([reviewed()])
        .and_state(|appraisal| assert_eq!(appraisal.stage(), pb::AppraisalState::MidYearReviewed));
    refused(
        vec![opened()],
        APPRAISER,
        review("2026-03-02"),
        Rejection::ObjectivesFirst,
    );
    let expected = Rejection::TooEarly {
        on: day("2025-10-09"),
        what: "the objectives",
        earliest: day("2025-10-10"),
    };
    refused(vec![opened(), agreed()], APPRAISER, review("2025-10-09"), expected);
}

#[test]
fn the_appraiser_records_it_once() {
    refused(
        vec![opened(), agreed()],
        TEACHER,
        review("2026-03-02"),
        Rejection::NotTheAppraiser,
    );
    let expected = Rejection::AlreadyReviewed { on: day("2026-03-02") };
    refused(
        vec![opened(), agreed(), reviewed()],
        APPRAISER,
        review("2026-03-03"),
        expected,
    );
}

#[test]
fn it_is_not_held_in_the_future_or_after_the_conclusion() {
    let expected = Rejection::InTheFuture { on: day("2026-07-22") };
    refused(vec![opened(), agreed()], APPRAISER, review("2026-07-22"), expected);
    let expected = Rejection::AlreadyConcluded { on: day("2026-07-01") };
    refused(
        vec![opened(), agreed(), concluded()],
        APPRAISER,
        review("2026-07-02"),
        expected,
    );
}

#[test]
fn either_party_puts_evidence_forward_for_an_objective() {
    let expected = pb::AppraisalEvidenceAdded {
        objective_id: QUESTIONING.to_string(),
        note: about_the_teacher("a recording"),
        follow_up_ids: vec![FOLLOW_UP.to_string()],
    };
    after([opened(), agreed()], TEACHER)
        .when(evidence_for(QUESTIONING))
        .then([expected.into()]);
    refused(
        vec![opened(), agreed()],
        TEACHER,
        evidence_for(UNKNOWN),
        Rejection::UnknownObjective(UNKNOWN),
    );
    refused(
        vec![opened()],
        TEACHER,
        evidence_for(QUESTIONING),
        Rejection::ObjectivesFirst,
    );
    refused(
        vec![opened(), agreed()],
        COLLEAGUE,
        evidence_for(QUESTIONING),
        Rejection::NotAParty,
    );
    let expected = Rejection::AlreadyConcluded { on: day("2026-07-01") };
    refused(up_to_conclusion(), TEACHER, evidence_for(QUESTIONING), expected);
}

#[test]
fn people_review_their_own_year_and_nobody_elses() {
    let review = Command::ReviewSelf {
        on: day("2026-06-20"),
        text: "I ask less and wait longer".into(),
    };
    let expected = pb::SelfReviewed {
        on: "2026-06-20".into(),
        text: about_the_teacher("I ask less and wait longer"),
    };
    after([opened(), agreed()], TEACHER)
        .when(review.clone())
        .then([expected.into()]);
    for somebody_else in [APPRAISER, COLLEAGUE] {
        refused(
            vec![opened(), agreed()],
            somebody_else,
            review.clone(),
            Rejection::NotTheirOwnReview,
        );
    }
    let expected = Rejection::AlreadyConcluded { on: day("2026-07-01") };
    refused(up_to_conclusion(), TEACHER, review, expected);
}

#[test]
fn the_conclusion_says_how_each_objective_ended() {
    after([opened(), agreed(), reviewed()], APPRAISER)
        .when(conclude(vec![met(QUESTIONING), met(READING)]))
        .then([concluded()])
        .and_state(|appraisal| assert_eq!(appraisal.stage(), pb::AppraisalState::Concluded));
}

#[test]
fn each_objective_has_one_conclusion_and_nothing_else_has() {
    let history = || vec![opened(), agreed()];
    let only_one = conclude(vec![met(QUESTIONING)]);
    refused(history(), APPRAISER, only_one, Rejection::MissingConclusion(READING));
    let twice = conclude(vec![met(QUESTIONING), met(READING), met(QUESTIONING)]);
    refused(history(), APPRAISER, twice, Rejection::ConcludedTwice(QUESTIONING));
    let unknown = conclude(vec![met(QUESTIONING), met(READING), met(UNKNOWN)]);
    refused(history(), APPRAISER, unknown, Rejection::UnknownObjective(UNKNOWN));
}

#[test]
fn the_appraiser_concludes_once_and_after_what_went_before() {
    let both = || conclude(vec![met(QUESTIONING), met(READING)]);
    refused(vec![opened(), agreed()], TEACHER, both(), Rejection::NotTheAppraiser);
    refused(vec![opened()], APPRAISER, both(), Rejection::ObjectivesFirst);
    refused(
        up_to_conclusion(),
        APPRAISER,
        both(),
        Rejection::AlreadyConcluded { on: day("2026-07-01") },
    );
    let on = |on| {
        Command::Conclude(Conclude {
            on: day(on),
            conclusions: vec![met(QUESTIONING), met(READING)],
            summary: None,
            discussion: Discussion::default(),
        })
    };
    let history = || vec![opened(), agreed(), reviewed()];
    refused(
        history(),
        APPRAISER,
        on("2026-07-22"),
        Rejection::InTheFuture { on: day("2026-07-22") },
    );
    let early = Rejection::TooEarly {
        on: day("2026-03-01"),
        what: "the mid-year review",
        earliest: day("2026-03-02"),
    };
    refused(history(), APPRAISER, on("2026-03-01"), early);
}

#[test]
fn a_need_is_identified_until_the_close() {
    let expected = pb::NeedIdentified {
        need_id: need(None).need_id.to_string(),
        focus_area: "questioning".into(),
        objective_id: QUESTIONING.to_string(),
        detail: about_the_teacher("to see it done"),
    };
    let identified: pb::AppraisalEvent = expected.into();
    let identify = |objective| Command::IdentifyNeed(need(objective));
    for history in [vec![opened(), agreed()], up_to_conclusion()] {
        after(history, APPRAISER)
            .when(identify(Some(QUESTIONING)))
            .then([identified.clone()]);
    }
    refused(
        vec![opened(), agreed()],
        TEACHER,
        identify(Some(UNKNOWN)),
        Rejection::UnknownObjective(UNKNOWN),
    );
    refused(vec![opened()], COLLEAGUE, identify(None), Rejection::NotAParty);
    let twice = Rejection::NeedAlreadyIdentified(need(None).need_id);
    refused(vec![opened(), agreed(), identified], TEACHER, identify(None), twice);
    refused(
        up_to_close(),
        TEACHER,
        identify(None),
        Rejection::Closed { on: day("2026-07-10") },
    );
}

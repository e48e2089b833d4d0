use api::common::v1::Sealed;
use estate::{COLLEAGUE, CPD_LEAD, TEACHER, TRUST, acting, urn};
use testkit::given;
use uuid::Uuid;

use super::*;

const PATHWAY: PathwayId = PathwayId(Uuid::from_u128(20));

fn score(unit: &str, score: i32) -> Score {
    Score {
        unit: unit.into(),
        score,
        note: String::new(),
    }
}

fn along_the_pathway() -> Against {
    Against::Pathway {
        id: PATHWAY,
        units: ["routines", "questioning", "feedback"].map(String::from).into(),
    }
}

fn take(against: Against, scores: Vec<Score>) -> Command {
    Command::Take(Take {
        place: Place {
            trust: TRUST,
            urn: Some(urn("136789")),
        },
        person: TEACHER,
        against,
        scores,
    })
}

fn begins_with(against: Against, scores: &[(&str, i32)], expected: &[&str]) {
    let scores = scores.iter().map(|(unit, value)| score(unit, *value)).collect();
    given::<SelfReview>([])
        .under(acting(TEACHER, "2025-10-06"))
        .when(take(against, scores))
        .then_events(|_| {})
        .and_state(|review| assert_eq!(review.taken.as_ref().unwrap().begin_with, expected));
}

fn taken() -> SelfReviewEvent {
    SelfReviewTaken {
        person_id: TEACHER.to_string(),
        trust_id: TRUST.to_string(),
        urn: "136789".into(),
        pathway_id: PATHWAY.to_string(),
        scores: vec![UnitScore {
            unit: "questioning".into(),
            score: 2,
            note: Some(Sealed::about(TEACHER, "too fast")),
        }],
        begin_with: vec!["questioning".into()],
        purpose: Purpose::Developmental.into(),
        on: "2025-10-06".into(),
        ..Default::default()
    }
    .into()
}

fn refuses(history: impl IntoIterator<Item = SelfReviewEvent>, who: PersonId, command: Command, why: Rejection) {
    given::<SelfReview>(history)
        .under(acting(who, "2025-10-06"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[test]
fn a_self_review_says_where_to_begin() {
    let scored = Score {
        note: "too fast".into(),
        ..score("questioning", 2)
    };
    given::<SelfReview>([])
        .under(acting(TEACHER, "2025-10-06"))
        .when(take(along_the_pathway(), vec![scored]))
        .then([taken()]);
}

#[test]
fn in_a_pathway_earlier_units_come_first() {
    let scores = [("feedback", 1), ("routines", 4), ("questioning", 2)];
    begins_with(along_the_pathway(), &scores, &["questioning", "feedback"]);
}

#[test]
fn in_a_framework_the_weakest_comes_first() {
    let framework = Against::Framework(FrameworkId(Uuid::from_u128(21)));
    begins_with(framework, &[("TS1", 2), ("TS5", 1), ("TS6", 5)], &["TS5", "TS1"]);
}

#[test]
fn where_nothing_is_weak_the_middling_is_next_and_then_nothing() {
    begins_with(
        along_the_pathway(),
        &[("routines", 4), ("questioning", 3)],
        &["questioning"],
    );
    begins_with(along_the_pathway(), &[("routines", 4), ("questioning", 5)], &[]);
}

#[test]
fn scores_outside_the_scale_are_refused() {
    for outside in [0, 6, -1, i32::MAX] {
        let why = Rejection::OutsideScale {
            unit: "routines".into(),
            score: outside,
        };
        refuses(
            [],
            TEACHER,
            take(along_the_pathway(), vec![score("routines", outside)]),
            why,
        );
    }
    refuses(
        [],
        TEACHER,
        take(along_the_pathway(), Vec::new()),
        Rejection::WithoutScores,
    );
    let unit = "routines".to_owned();
    let twice = vec![score("routines", 1), score("routines", 2)];
    refuses(
        [],
        TEACHER,
        take(along_the_pathway(), twice),
        Rejection::ScoredTwice { unit },
    );
    let unit = "phonics".to_owned();
    let unknown = vec![score("phonics", 1)];
    refuses(
        [],
        TEACHER,
        take(along_the_pathway(), unknown),
        Rejection::UnknownUnit { unit },
    );
}

#[test]
fn nobody_reviews_somebody_else_here() {
    let by_another = take(along_the_pathway(), vec![score("routines", 1)]);
    refuses([], COLLEAGUE, by_another, Rejection::OfSomebodyElse);
}

#[test]
fn its_person_shares_it_and_takes_it_back() {
    let share = |with| Command::Share { with };
    let unshare = |with| Command::Unshare { with };
    let shared: SelfReviewEvent = SelfReviewShared {
        with_id: CPD_LEAD.to_string(),
        on: "2025-10-06".into(),
    }
    .into();
    given::<SelfReview>([taken()])
        .under(acting(TEACHER, "2025-10-06"))
        .when(share(CPD_LEAD))
        .then([shared.clone()])
        .and_state(|review| assert_eq!(review.as_record().granted, [CPD_LEAD]));
    refuses([taken()], TEACHER, share(TEACHER), Rejection::WithOneself);
    refuses(
        [taken(), shared.clone()],
        TEACHER,
        share(CPD_LEAD),
        Rejection::SharedAlready,
    );
    refuses([taken()], TEACHER, unshare(CPD_LEAD), Rejection::NotShared);
    given::<SelfReview>([taken(), shared])
        .under(acting(TEACHER, "2025-10-06"))
        .when(unshare(CPD_LEAD))
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|review| assert!(review.as_record().granted.is_empty()));
}

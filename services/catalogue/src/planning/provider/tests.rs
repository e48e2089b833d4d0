use api::common::v1::Sealed;
use estate::{TRUST, TRUST_CPD_LEAD, acting, day, reacting};
use testkit::given;
use uuid::Uuid;

use super::*;

fn profile() -> Profile {
    Profile {
        title: "Coast Teaching Hub".into(),
        source: ProviderSource::External,
        focus_areas: vec!["reading".into()],
    }
}

fn registered() -> ProviderEvent {
    ProviderRegistered {
        trust_id: TRUST.to_string(),
        title: "Coast Teaching Hub".into(),
        source: ProviderSource::External.into(),
        focus_areas: vec!["reading".into()],
        urn: String::new(),
        on: "2025-10-06".into(),
    }
    .into()
}

fn review(number: u128, on: &str) -> Review {
    Review {
        id: ProviderReviewId(Uuid::from_u128(number)),
        on: day(on),
        scores: vec![(ReviewCriterion::EvidenceBase, 4), (ReviewCriterion::Value, 2)],
        standing: ProviderStanding::Acceptable,
        activity: None,
        summary: "well founded, dear".into(),
    }
}

fn reviewed(number: u128, on: &str) -> ProviderEvent {
    let scored = |criterion: ReviewCriterion, score| CriterionScore {
        criterion: criterion.into(),
        score,
    };
    ProviderReviewed {
        review_id: Uuid::from_u128(number).to_string(),
        on: on.into(),
        reviewer_id: TRUST_CPD_LEAD.to_string(),
        scores: vec![
            scored(ReviewCriterion::EvidenceBase, 4),
            scored(ReviewCriterion::Value, 2),
        ],
        standing: ProviderStanding::Acceptable.into(),
        activity_id: String::new(),
        summary: Some(Sealed::about(TRUST, "well founded, dear")),
    }
    .into()
}

fn refuses(history: impl IntoIterator<Item = ProviderEvent>, command: Command, why: Rejection) {
    given::<Provider>(history)
        .under(acting(TRUST_CPD_LEAD, "2025-10-06"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[test]
fn a_provider_is_registered_and_reviewed() {
    let register = || Command::Register {
        place: Place {
            trust: TRUST,
            urn: None,
        },
        profile: profile(),
        urn: String::new(),
    };
    given::<Provider>([])
        .under(acting(TRUST_CPD_LEAD, "2025-10-06"))
        .when(register())
        .then([registered()]);
    refuses([registered()], register(), Rejection::AlreadyRegistered);
    given::<Provider>([registered()])
        .under(acting(TRUST_CPD_LEAD, "2025-10-06"))
        .when(Command::Review(review(1, "2025-10-03")))
        .then([reviewed(1, "2025-10-03")]);
}

#[test]
fn the_latest_review_comes_first() {
    given::<Provider>([registered(), reviewed(1, "2025-10-03"), reviewed(2, "2025-09-01")])
        .under(acting(TRUST_CPD_LEAD, "2025-10-06"))
        .when(Command::Review(review(3, "2025-10-03")))
        .then_events(|_| {})
        .and_state(|provider| {
            let order: Vec<_> = provider
                .latest_reviews()
                .iter()
                .map(|review| review.review_id.clone())
                .collect();
            assert_eq!(order, [3, 1, 2].map(|number| Uuid::from_u128(number).to_string()));
        });
}

#[test]
fn a_review_scores_each_criterion_once_and_on_the_scale() {
    let scored = |scores| {
        Command::Review(Review {
            scores,
            ..review(1, "2025-10-03")
        })
    };
    refuses([registered()], scored(Vec::new()), Rejection::WithoutScores);
    for score in [0, 6] {
        refuses(
            [registered()],
            scored(vec![(ReviewCriterion::Value, score)]),
            Rejection::OutsideScale { score },
        );
    }
    let twice = vec![(ReviewCriterion::Value, 1), (ReviewCriterion::Value, 2)];
    refuses([registered()], scored(twice), Rejection::CriterionTwice);
    let today = day("2025-10-06");
    refuses(
        [registered()],
        Command::Review(review(1, "2025-10-07")),
        Rejection::InTheFuture { today },
    );
    let history = [registered(), reviewed(1, "2025-10-03")];
    refuses(
        history,
        Command::Review(review(1, "2025-10-03")),
        Rejection::ReviewedAlready,
    );
    given::<Provider>([registered()])
        .under(reacting("catalogue", "2025-10-06"))
        .when(Command::Review(review(1, "2025-10-03")))
        .then_rejected(|rejection| assert_eq!(rejection, Rejection::ReviewedByNobody));
}

#[test]
fn nothing_is_added_to_what_was_retired() {
    let retired: ProviderEvent = ProviderRetired {
        on: "2025-10-06".into(),
    }
    .into();
    let on = day("2025-10-06");
    let history = [registered(), retired];
    refuses(history.clone(), Command::Revise(profile()), Rejection::Retired { on });
    refuses(
        history.clone(),
        Command::Review(review(1, "2025-10-03")),
        Rejection::Retired { on },
    );
    refuses(history, Command::Retire, Rejection::Retired { on });
}

use api::{
    catalogue::v1::{ExpertiseEvent, ExpertiseOffered},
    coaching::v1::{
        CoachingAskOpened, CoachingAskProvided, CoachingSessionHeld, PartnershipAgreed, PartnershipCompleted,
        PartnershipEvent, PartnershipPaused, PartnershipProposed,
    },
    projection::v1::Rate,
};

use super::*;
use crate::{
    development::given::{Given, person, stream},
    fixtures::SCHOOL,
};

fn partners(given: &mut Given, id: u32, kind: PartnershipKind, coach: Uuid, coached: Uuid) {
    let proposed = PartnershipProposed {
        kind: kind.into(),
        coach_id: coach.to_string(),
        coached_id: coached.to_string(),
        urn: SCHOOL.into(),
        focus_areas: vec!["questioning".into()],
        ..Default::default()
    };
    given.coaching.tell::<PartnershipEvent>(stream(id), proposed);
    let agreed = PartnershipAgreed {
        on: "2025-09-08".into(),
        ..Default::default()
    };
    given.coaching.tell::<PartnershipEvent>(stream(id), agreed);
}

fn held(given: &mut Given, id: u32, coach: Uuid, coached: Uuid, on: &str) {
    let held = CoachingSessionHeld {
        on: on.into(),
        minutes: 45,
        coach_id: coach.to_string(),
        coached_id: coached.to_string(),
        ..Default::default()
    };
    given.coaching.tell::<PartnershipEvent>(stream(id), held);
}

fn completed(given: &mut Given, id: u32, on: &str) {
    let completed = PartnershipCompleted {
        on: on.into(),
        ..Default::default()
    };
    given.coaching.tell::<PartnershipEvent>(stream(id), completed);
}

fn total(given: &Given, on: &str) -> CoachingRow {
    let ground = given.ground(on);
    let coaching = Coaching::of(&ground).unwrap();
    let loads = coaching.loads(&ground, &given.people(), |_| 2);
    coaching.report(&ground, &loads).total.unwrap()
}

fn share(rate: &Option<Rate>) -> (i32, i32) {
    rate.map(|rate| (rate.numerator, rate.denominator)).unwrap()
}

const MENTORING: PartnershipKind = PartnershipKind::Mentoring;

#[test]
fn partnerships_stand_as_they_stood_on_the_day() {
    let mut given = Given::a_school();
    given.teachers(0..6);
    partners(&mut given, 1, MENTORING, person(0), person(1));
    held(&mut given, 1, person(0), person(1), "2025-10-01");
    completed(&mut given, 1, "2026-03-01");
    partners(&mut given, 2, PartnershipKind::PeerCoaching, person(2), person(3));
    let away = PartnershipPaused {
        person_id: person(3).to_string(),
        on: "2025-10-01".into(),
    };
    given.coaching.tell::<PartnershipEvent>(stream(2), away);
    let standing = |on: &str| -> Vec<PartnershipStanding> {
        total(&given, on)
            .partnerships
            .iter()
            .map(|count| count.state())
            .collect()
    };
    assert_eq!(standing("2025-09-20"), [PartnershipStanding::UnderWay; 2]);
    assert_eq!(
        standing("2026-03-02"),
        [PartnershipStanding::Completed, PartnershipStanding::Paused]
    );
    let row = total(&given, "2026-03-02");
    assert_eq!(
        (row.coach_count, row.coached_count, row.session_count),
        (3, 1, 1),
        "peers both coach"
    );
    assert_eq!(share(&row.completed), (1, 1));
}

#[test]
fn load_is_what_a_coach_holds_now() {
    let mut given = Given::a_school();
    given.teachers(0..6);
    partners(&mut given, 1, MENTORING, person(0), person(1));
    partners(&mut given, 2, MENTORING, person(0), person(2));
    partners(&mut given, 3, MENTORING, person(5), person(3));
    completed(&mut given, 3, "2025-11-01");
    let row = total(&given, "2026-01-01");
    assert_eq!(
        share(&row.coaches_at_load),
        (1, 1),
        "who holds none is no coach at load"
    );
    assert_eq!(row.median_load, Some(2.0));
}

#[test]
fn whoever_was_coached_and_coaches_now_is_counted_once() {
    let mut given = Given::a_school();
    given.teachers(0..6);
    partners(&mut given, 1, MENTORING, person(0), person(1));
    held(&mut given, 1, person(0), person(1), "2025-09-20");
    partners(&mut given, 2, MENTORING, person(1), person(2));
    held(&mut given, 2, person(1), person(2), "2025-10-20");
    held(&mut given, 2, person(1), person(2), "2025-11-20");
    // Peers take turns: that is no step on.
    partners(&mut given, 3, PartnershipKind::PeerCoaching, person(3), person(4));
    held(&mut given, 3, person(3), person(4), "2025-09-20");
    held(&mut given, 3, person(4), person(3), "2025-10-20");
    assert_eq!(share(&total(&given, "2026-01-01").now_coach), (1, 2));
}

#[test]
fn asks_are_told_of_those_that_stand() {
    let mut given = Given::a_school();
    for number in 1..=2 {
        let opened = CoachingAskOpened {
            urn: SCHOOL.into(),
            focus_areas: vec!["questioning".into()],
            on: "2025-10-01".into(),
            ..Default::default()
        };
        given.coaching.tell::<CoachingAskEvent>(stream(number), opened);
    }
    let provided = CoachingAskProvided {
        on: "2025-11-01".into(),
        ..Default::default()
    };
    given.coaching.tell::<CoachingAskEvent>(stream(1), provided);
    assert_eq!(share(&total(&given, "2025-10-15").asks_provided), (0, 2));
    assert_eq!(share(&total(&given, "2025-11-15").asks_provided), (1, 2));
    let ground = given.ground("2025-11-15");
    let gaps = expertise::gaps(&ground, &Coaching::of(&ground).unwrap()).unwrap();
    assert_eq!((gaps.len(), gaps[0].open_need_count, gaps[0].gap), (1, 1, true));
    let offered = ExpertiseOffered {
        person_id: person(3).to_string(),
        focus_areas: vec!["questioning".into()],
        ..Default::default()
    };
    given.in_catalogue::<ExpertiseEvent>(stream(9), offered);
    let ground = given.ground("2025-11-15");
    let gaps = expertise::gaps(&ground, &Coaching::of(&ground).unwrap()).unwrap();
    assert_eq!((gaps[0].expert_count, gaps[0].gap), (1, false));
}

#[test]
fn governors_see_no_few() {
    let mut given = Given::a_school();
    given.teachers(0..6);
    partners(&mut given, 1, MENTORING, person(0), person(1));
    held(&mut given, 1, person(0), person(1), "2025-09-20");
    let ground = given.ground_for_governors("2026-01-01");
    let coaching = Coaching::of(&ground).unwrap();
    let loads = coaching.loads(&ground, &given.people(), |_| 2);
    let row = coaching.report(&ground, &loads).total.unwrap();
    assert!(row.suppressed && row.partnerships[0].suppressed);
    assert_eq!((row.coach_count, row.coached_count), (0, 0));
    assert_eq!(row.median_load, None);
}

use api::{
    coaching::v1::{
        AimAudience, CareerAimShared, CareerAimUnshared, CareerPlanEvent, CoachingSessionHeld, PartnershipEvent,
        PartnershipProposed,
    },
    common::v1::Purpose,
    directory::v1::{EmploymentEnded, PersonEvent},
};

use super::*;
use crate::{
    development::given::{Given, person, stream},
    fixtures::SCHOOL,
};

fn shares(given: &mut Given, who: Uuid, aim: CareerAim, with: AimAudience) {
    let shared = CareerAimShared {
        person_id: who.to_string(),
        urn: SCHOOL.into(),
        aim: aim.into(),
        with: with.into(),
        on: "2025-10-01".into(),
        ..Default::default()
    };
    given.coaching.tell::<CareerPlanEvent>(who, shared);
}

fn coached(given: &mut Given, id: u32, coach: Uuid, coached: Uuid, on: &str) {
    let proposed = PartnershipProposed {
        kind: api::coaching::v1::PartnershipKind::Mentoring.into(),
        coach_id: coach.to_string(),
        coached_id: coached.to_string(),
        urn: SCHOOL.into(),
        ..Default::default()
    };
    given.coaching.tell::<PartnershipEvent>(stream(id), proposed);
    let held = CoachingSessionHeld {
        on: on.into(),
        minutes: 45,
        coach_id: coach.to_string(),
        coached_id: coached.to_string(),
        ..Default::default()
    };
    given.coaching.tell::<PartnershipEvent>(stream(id), held);
}

#[test]
fn strengths_are_told_of_five_people_or_of_nobody() {
    let mut given = Given::a_school();
    for number in 0..12 {
        let seen = ("questioning", number < 6);
        given.observed(
            stream(number),
            person(number),
            seen,
            "2025-10-01",
            Purpose::Developmental,
        );
    }
    given.observed(
        stream(50),
        person(0),
        ("modelling", true),
        "2025-10-01",
        Purpose::Developmental,
    );
    let ground = given.ground("2026-01-01");
    let strengths = strengths::seen(&ground, Suppression::below(5)).unwrap();
    let seen = strengths[0].seen.unwrap();
    assert_eq!(
        (seen.numerator, seen.denominator, strengths[0].person_count),
        (6, 12, 6)
    );
    let few = strengths
        .iter()
        .find(|strength| strength.focus_area == "modelling")
        .unwrap();
    assert!(few.suppressed && few.person_count == 0);
    assert!(few.seen.unwrap().suppressed, "leaders see no few either");
}

#[test]
fn a_few_in_whom_it_was_not_seen_are_not_told_of_either() {
    let mut given = Given::a_school();
    for number in 0..10 {
        let seen = ("questioning", number < 9);
        given.observed(
            stream(number),
            person(number),
            seen,
            "2025-10-01",
            Purpose::Developmental,
        );
    }
    let strengths = strengths::seen(&given.ground("2026-01-01"), Suppression::below(5)).unwrap();
    assert!(
        strengths[0].seen.unwrap().suppressed,
        "one was looked at and it was not seen"
    );
}

#[test]
fn an_aim_is_told_while_it_is_shared() {
    let mut given = Given::a_school();
    given.teachers(0..3);
    shares(&mut given, person(0), CareerAim::Headship, AimAudience::School);
    shares(&mut given, person(1), CareerAim::Headship, AimAudience::Trust);
    shares(&mut given, person(2), CareerAim::Headship, AimAudience::Trust);
    let taken_back = CareerAimUnshared {
        person_id: person(2).to_string(),
        aim: CareerAim::Headship.into(),
        on: "2025-11-01".into(),
    };
    given.coaching.tell::<CareerPlanEvent>(person(2), taken_back);
    let shared = |on: &str| {
        let shared = aims::shared(&given.ground(on), &given.people()).unwrap();
        let mut shared: Vec<_> = shared.iter().map(|shared| (shared.person, shared.with_trust)).collect();
        shared.sort_unstable();
        shared
    };
    assert_eq!(shared("2026-01-01"), [(person(0), false), (person(1), true)]);
    assert_eq!(
        shared("2025-10-15").len(),
        2,
        "what was taken back is gone from the past as well"
    );
    assert_eq!(shared("2025-09-15"), [], "nothing was shared yet");
}

#[test]
fn readiness_is_what_others_may_know_in_any_case() {
    let mut given = Given::a_school();
    given.teachers(0..3);
    shares(&mut given, person(0), CareerAim::Headship, AimAudience::Trust);
    shares(&mut given, person(1), CareerAim::Headship, AimAudience::Trust);
    coached(&mut given, 1, person(0), person(2), "2025-10-01");
    given.credited_for(person(0), ActivityKind::Qualification, "leading", "2025-10-01", 600);
    given.credited(person(1), "questioning", "2025-10-01", 60);
    let (ground, people) = (given.ground("2026-01-01"), given.people());
    let mine = aims::shared(&ground, &people).unwrap();
    let preparation = Preparation::of(&ground).unwrap();
    let counts = aim_counts(&ground, &people, &mine, &preparation);
    assert_eq!(counts.len(), 1);
    let share = |rate: &Option<Rate>| rate.map(|rate| (rate.numerator, rate.denominator)).unwrap();
    assert_eq!(counts[0].person_count, 2);
    assert_eq!(share(&counts[0].ready), (1, 2));
    assert_eq!(share(&counts[0].qualified), (1, 2));
    assert_eq!(share(&counts[0].led_others), (1, 2));
    assert_eq!(share(&counts[0].developed), (2, 2));
    assert_eq!(counts[0].holder_count, 0);
}

#[test]
fn people_coached_lead_now_if_they_did_not_then() {
    let mut given = Given::a_school();
    given.teachers(0..3);
    given.works(person(3), RoleGroup::Leadership, 100, "2020-09-01");
    for number in 0..4 {
        coached(&mut given, number, person(9), person(number), "2025-10-01");
    }
    let ended = EmploymentEnded {
        employment_id: Uuid::new_v5(&person(0), b"2020-09-01").to_string(),
        on: "2025-12-31".into(),
        ..Default::default()
    };
    given.directory.tell::<PersonEvent>(person(0), ended);
    given.works(person(0), RoleGroup::Leadership, 100, "2026-01-01");
    let ground = given.ground("2026-02-01");
    let all = partnerships::all(&ground.ledger, ground.ask.on).unwrap();
    let rate = coached_now_lead(&ground, &given.people(), &all, Suppression::none());
    assert_eq!(
        (rate.numerator, rate.denominator),
        (1, 3),
        "one led already when first coached"
    );
    let hidden = coached_now_lead(&ground, &given.people(), &all, Suppression::below(5));
    assert!(hidden.suppressed);
}

use api::{
    catalogue::v1::{self as catalogue, ActivityEvent, ExpertiseEvent, NeedEvent, NeedSource},
    common::v1::Purpose,
    observations::v1::{FindingsAgreed, FollowUpEvent, FollowUpWithdrawn, LearningWalkEvent, NeedRaised},
    projection::v1::SignalKind,
};
use uuid::Uuid;

use super::*;
use crate::{
    development::given::{Given, person, stream},
    fixtures::{SCHOOL, TRUST, walk_planned},
};

fn report_of(given: &Given, on: &str) -> EmergentNeeds {
    report(&given.ground(on), &given.people(), 1).unwrap()
}

fn row<'a>(needs: &'a EmergentNeeds, area: &str) -> &'a NeedRow {
    needs.areas.iter().find(|row| row.focus_area == area).unwrap()
}

fn observed(row: &NeedRow) -> Vec<i32> {
    row.cells.iter().map(|cell| cell.observed_count).collect()
}

fn opened(source: NeedSource, focus_area: &str, who: Option<Uuid>, on: &str) -> catalogue::NeedOpened {
    catalogue::NeedOpened {
        source: source.into(),
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        focus_area: focus_area.into(),
        person_id: who.map(|who| who.to_string()).unwrap_or_default(),
        on: on.into(),
        ..Default::default()
    }
}

/// Two years in which five areas are pointed at alike, twice each half-term.
fn steady_years() -> Given {
    let mut given = Given::a_school();
    given.teachers(0..30);
    let days = ["09-15", "11-15", "01-15", "03-01", "05-01", "06-15"];
    let mut number = 0;
    for year in [2023, 2024] {
        for (half_term, day) in days.iter().enumerate() {
            let year = if half_term < 2 { year } else { year + 1 };
            for area in ["questioning", "modelling", "retrieval", "behaviour", "reading"] {
                for _ in 0..2 {
                    number += 1;
                    given.follow_up(stream(number), person(number % 30), area, &format!("{year}-{day}"));
                }
            }
        }
    }
    given
}

#[test]
fn what_rises_against_its_own_past_is_found_and_nothing_else() {
    let mut given = steady_years();
    let areas = [
        ("questioning", 2),
        ("modelling", 2),
        ("retrieval", 2),
        ("behaviour", 2),
        ("reading", 20),
    ];
    let mut number = 1000;
    for (area, times) in areas {
        for _ in 0..times {
            number += 1;
            given.follow_up(stream(number), person(number % 30), area, "2025-09-20");
        }
    }
    let needs = report_of(&given, "2025-10-10");
    assert_eq!(needs.areas[0].focus_area, "reading", "rising ones first");
    let rising: Vec<_> = needs
        .areas
        .iter()
        .filter(|row| row.rising)
        .map(|row| &row.focus_area)
        .collect();
    assert_eq!(rising, ["reading"]);
    let cell = &row(&needs, "reading").cells[0];
    assert_eq!(cell.observed_count, 20);
    let expected = cell.expected_count.unwrap();
    assert!((5.0..7.0).contains(&expected), "a fifth of 28: {expected}");
    assert!(cell.q_value.unwrap() <= needs.false_discovery_rate);
    assert_eq!(needs.tested_count, 5, "half-terms that have not begun are not tested");
    assert_eq!(row(&needs, "reading").cells[1].expected_count, None);
}

#[test]
fn without_a_past_nothing_is_expected() {
    let mut given = Given::a_school();
    given.follow_up(stream(1), person(1), "questioning", "2025-09-20");
    let needs = report_of(&given, "2025-10-10");
    assert_eq!((needs.tested_count, needs.dispersion), (0, None));
    assert_eq!(row(&needs, "questioning").cells[0].observed_count, 1);
    assert_eq!(row(&needs, "questioning").cells[0].expected_count, None);
}

#[test]
fn a_need_told_by_two_services_is_one() {
    let mut given = Given::a_school();
    given
        .observations
        .tell::<LearningWalkEvent>(stream(1), walk_planned(person(1), "2025-09-20"));
    let findings = FindingsAgreed {
        needs: vec!["questioning".into(), "modelling".into()],
        ..Default::default()
    };
    given.observations.tell::<LearningWalkEvent>(stream(1), findings);
    let raised = NeedRaised {
        need_id: stream(2).to_string(),
        focus_area: "questioning".into(),
        ..Default::default()
    };
    given.observations.tell::<LearningWalkEvent>(stream(1), raised);
    let told_again = opened(NeedSource::LearningWalk, "questioning", None, "2025-09-20");
    given.catalogue.tell::<NeedEvent>(stream(2), told_again);
    let needs = report_of(&given, "2025-10-10");
    assert_eq!(
        observed(row(&needs, "questioning"))[0],
        1,
        "walk, finding and catalogue tell of one need"
    );
    assert_eq!(
        observed(row(&needs, "modelling"))[0],
        1,
        "a finding for which no need was raised"
    );
    let signals = &row(&needs, "questioning").cells[0].signals;
    assert_eq!(signals.len(), 1);
    assert_eq!(signals[0].kind(), SignalKind::NeedFromWalk);
}

#[test]
fn what_was_not_seen_points_unless_a_follow_up_does() {
    let mut given = Given::a_school();
    let on = "2025-09-20";
    given.observed(stream(1), person(1), ("questioning", false), on, Purpose::Developmental);
    given.observed(stream(2), person(2), ("questioning", true), on, Purpose::Developmental);
    given.observed(stream(3), person(3), ("questioning", false), on, Purpose::Developmental);
    let agreed = api::observations::v1::FollowUpAgreed {
        observation_id: stream(3).to_string(),
        ..crate::fixtures::agreed(person(3), person(99), on)
    };
    given.observations.tell::<FollowUpEvent>(stream(4), agreed);
    given.follow_up(stream(5), person(4), "questioning", on);
    let withdrawn = FollowUpWithdrawn {
        on: on.into(),
        ..Default::default()
    };
    given.observations.tell::<FollowUpEvent>(stream(5), withdrawn);
    let needs = report_of(&given, "2025-10-10");
    let cell = &row(&needs, "questioning").cells[0];
    let told: Vec<_> = cell
        .signals
        .iter()
        .map(|signal| (signal.kind(), signal.count))
        .collect();
    assert_eq!(told, [(SignalKind::FollowUp, 1), (SignalKind::NotSeen, 1)]);
}

#[test]
fn who_took_it_up_is_told_of_those_to_whom_it_was_pointed_out() {
    let mut given = Given::a_school();
    given.teachers(0..4);
    given.follow_up(stream(1), person(0), "questioning", "2025-09-20");
    given.follow_up(stream(2), person(1), "questioning", "2025-09-20");
    given.credited(person(0), "questioning", "2025-10-01", 60);
    given.credited(person(1), "questioning", "2025-09-05", 60);
    given.credited(person(2), "questioning", "2025-10-01", 60);
    let needs = report_of(&given, "2025-10-10");
    let row = row(&needs, "questioning");
    let taken_up = row.taken_up.unwrap();
    assert_eq!(
        (taken_up.numerator, taken_up.denominator),
        (1, 2),
        "one had it before it was pointed out"
    );
    assert_eq!(row.participant_count, 3);
}

#[test]
fn what_is_there_for_it_and_what_is_unmet() {
    let mut given = Given::a_school();
    for (number, area) in [(1, "questioning"), (2, "questioning"), (3, "modelling")] {
        let opened = opened(NeedSource::Person, area, Some(person(number)), "2025-09-20");
        given.catalogue.tell::<NeedEvent>(stream(number), opened);
    }
    let matched = catalogue::NeedMatched {
        activity_id: stream(20).to_string(),
        on: "2025-10-01".into(),
    };
    given.catalogue.tell::<NeedEvent>(stream(1), matched);
    let published = catalogue::ActivityPublished {
        trust_id: TRUST.to_string(),
        urn: String::new(),
        offering: Some(catalogue::Offering {
            focus_areas: vec!["questioning".into()],
            ..Default::default()
        }),
    };
    given.catalogue.tell::<ActivityEvent>(stream(20), published);
    let offered = catalogue::ExpertiseOffered {
        person_id: person(9).to_string(),
        focus_areas: vec!["questioning".into()],
        ..Default::default()
    };
    given.catalogue.tell::<ExpertiseEvent>(stream(30), offered);
    let found = catalogue::ExpertiseFound {
        person_id: person(8).to_string(),
        focus_areas: vec!["modelling".into()],
        ..Default::default()
    };
    given.catalogue.tell::<ExpertiseEvent>(stream(31), found);
    let needs = report_of(&given, "2025-10-10");
    let questioning = row(&needs, "questioning");
    let answered = questioning.needs_answered.unwrap();
    assert_eq!((answered.numerator, answered.denominator), (1, 2));
    assert_eq!((questioning.activity_count, questioning.expert_count), (1, 1));
    assert_eq!((questioning.needs_unmet_count, questioning.unmet), (1, false));
    let modelling = row(&needs, "modelling");
    assert!(
        modelling.unmet,
        "what was found of somebody is not on offer until they offer it"
    );
}

#[test]
fn governors_see_no_few() {
    let mut given = Given::a_school();
    given.follow_up(stream(1), person(1), "questioning", "2025-09-20");
    for number in 2..12 {
        given.follow_up(stream(number), person(number), "modelling", "2025-09-20");
    }
    let needs = report(&given.ground_for_governors("2025-10-10"), &given.people(), 1).unwrap();
    let few = &row(&needs, "questioning").cells[0];
    assert!(few.suppressed && few.observed_count == 0 && few.signals.is_empty());
    assert_eq!(row(&needs, "modelling").cells[0].observed_count, 10);
}

#[test]
fn two_years_are_told_in_twelve_half_terms() {
    let given = steady_years();
    let needs = report(&given.ground("2025-10-10"), &given.people(), 2).unwrap();
    assert_eq!(needs.areas[0].cells.len(), 12);
    assert_eq!(needs.areas[0].cells[0].cycle, 2024);
    assert!(
        needs.areas.iter().all(|row| row.cells.iter().all(|cell| !cell.rising)),
        "nothing rose"
    );
}

use api::coaching::v1 as coaching;

use super::*;
use crate::{
    development::given::{Given, activity, learning_record, person, stream},
    fixtures::SCHOOL,
};

fn all(given: &Given) -> Vec<TookPart> {
    let mut all = Vec::new();
    each(&given.ground("2026-08-31").ledger, |took_part| all.push(took_part)).unwrap();
    all
}

fn framed(kind: EnquiryKind, activity_id: String) -> EnquiryFramed {
    EnquiryFramed {
        kind: kind.into(),
        urn: SCHOOL.into(),
        focus_areas: vec!["modelling".into()],
        activity_id,
        ..Default::default()
    }
}

fn met(on: &str, people: &[Uuid]) -> coaching::EnquiryMet {
    coaching::EnquiryMet {
        on: on.into(),
        minutes: 60,
        person_ids: people.iter().map(Uuid::to_string).collect(),
        ..Default::default()
    }
}

#[test]
fn a_corrected_credit_counts_as_corrected_and_not_at_all_at_nought() {
    let mut given = Given::a_school();
    let kept = given.credited(person(1), "questioning", "2025-10-01", 120);
    let dropped = given.credited(person(1), "modelling", "2025-10-02", 60);
    for (credit_id, minutes) in [(kept, 90), (dropped, 0)] {
        let corrected = api::catalogue::v1::HoursCorrected {
            credit_id,
            person_id: person(1).to_string(),
            minutes,
        };
        given.in_catalogue::<LearningRecordEvent>(learning_record(person(1)), corrected);
    }
    let minutes: Vec<i32> = all(&given).iter().map(|took_part| took_part.minutes).collect();
    assert_eq!(minutes, [90]);
}

#[test]
fn whoever_was_coached_took_part_and_the_coach_did_not() {
    let mut given = Given::a_school();
    let proposed = PartnershipProposed {
        kind: coaching::PartnershipKind::Mentoring.into(),
        coach_id: person(1).to_string(),
        coached_id: person(2).to_string(),
        focus_areas: vec!["questioning".into()],
        ..Default::default()
    };
    given.coaching.tell::<PartnershipEvent>(stream(1), proposed);
    let held = coaching::CoachingSessionHeld {
        on: "2025-11-01".into(),
        minutes: 45,
        coach_id: person(1).to_string(),
        coached_id: person(2).to_string(),
        ..Default::default()
    };
    given.coaching.tell::<PartnershipEvent>(stream(1), held);
    let all = all(&given);
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].person, all[0].minutes), (person(2), 45));
    assert_eq!(
        all[0].focus_areas,
        ["questioning"],
        "those of the partnership, as the session named none"
    );
    assert_eq!(all[0].kind, ActivityKind::CoachingProgramme);
}

#[test]
fn everybody_at_a_meeting_or_lesson_took_part_once() {
    let mut given = Given::a_school();
    given
        .coaching
        .tell::<EnquiryEvent>(stream(1), framed(EnquiryKind::LessonStudy, String::new()));
    given
        .coaching
        .tell::<EnquiryEvent>(stream(1), met("2025-11-03", &[person(1), person(2)]));
    let taught = coaching::ResearchLessonTaught {
        on: "2025-11-10".into(),
        minutes: 50,
        taught_by_id: person(1).to_string(),
        person_ids: vec![person(1).to_string(), person(2).to_string()],
        ..Default::default()
    };
    given.coaching.tell::<EnquiryEvent>(stream(1), taught);
    let all = all(&given);
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|took_part| took_part.kind == ActivityKind::LessonStudy));
}

#[test]
fn what_the_catalogue_credited_is_not_counted_again() {
    let mut given = Given::a_school();
    given.credited(person(1), "modelling", "2025-11-03", 60);
    given
        .coaching
        .tell::<EnquiryEvent>(stream(1), framed(EnquiryKind::ActionEnquiry, activity().to_string()));
    given
        .coaching
        .tell::<EnquiryEvent>(stream(1), met("2025-11-03", &[person(1), person(2)]));
    let people: Vec<Uuid> = all(&given).iter().map(|took_part| took_part.person).collect();
    assert_eq!(people, [person(1), person(2)], "the first was credited for that day");
}

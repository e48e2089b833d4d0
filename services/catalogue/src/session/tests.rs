//! One test for each rule: the session's own course, then places on it.

mod course;
mod places;

use api::{
    catalogue::v1::{
        BookingApproved, BookingCancelled, BookingDeclined, BookingPromoted, PlaceBooked, SessionCancelled, SessionHeld,
    },
    common::v1::{CareerStage, RoleGroup},
};
use estate::{ASSISTANT, CPD_LEAD, OBSERVER, SCHOOL, SECOND, TEACHER, TRUST, acting, day, reacting, under, urn};
use service::recorded;
use testkit::given;
use uuid::Uuid;

use super::*;
use crate::session::booking::Standing;

const ACTIVITY: ActivityId = ActivityId(Uuid::from_u128(50));

/// A twilight at the school on 10 October 2025, with two places.
fn as_offered() -> SessionOffered {
    SessionOffered {
        activity_id: ACTIVITY.to_string(),
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        title: "Better questions".into(),
        kind: ActivityKind::Twilight.into(),
        on: "2025-10-10".into(),
        minutes: 60,
        capacity: 2,
        openness: Openness::Trust.into(),
        purpose: Purpose::Developmental.into(),
        ..Default::default()
    }
}

fn offered() -> SessionEvent {
    as_offered().into()
}

/// As the policy asks for approval of.
fn in_school_time() -> SessionEvent {
    SessionOffered {
        school_minutes: 60,
        ..as_offered()
    }
    .into()
}

/// Whoever books with this number is a person of their own.
fn booking(number: u128) -> BookingId {
    BookingId(Uuid::from_u128(1_000 + number))
}

fn booker(person: PersonId) -> Booker {
    Booker {
        person,
        urn: Some(urn(SCHOOL)),
        role_group: RoleGroup::ClassroomTeacher,
        career_stage: CareerStage::Experienced,
        follow_ups: Vec::new(),
        objectives: Vec::new(),
        purpose: Purpose::Developmental,
    }
}

fn book(number: u128, person: PersonId) -> Book {
    Book {
        id: booking(number),
        booker: booker(person),
        is_away: false,
        by_approver: false,
    }
}

fn place(number: u128, person: PersonId) -> PlaceBooked {
    PlaceBooked {
        booking_id: booking(number).to_string(),
        person_id: person.to_string(),
        urn: SCHOOL.into(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        career_stage: CareerStage::Experienced.into(),
        follow_up_ids: vec![],
        objective_ids: vec![],
        purpose: Purpose::Developmental.into(),
    }
}

fn booked(number: u128, person: PersonId) -> SessionEvent {
    place(number, person).into()
}

fn kept(number: u128, person: PersonId) -> SessionEvent {
    let place = place(number, person);
    api::catalogue::v1::BookingAwaitsApproval {
        booking_id: place.booking_id,
        person_id: place.person_id,
        urn: place.urn,
        role_group: place.role_group,
        career_stage: place.career_stage,
        follow_up_ids: vec![],
        objective_ids: vec![],
        purpose: place.purpose,
    }
    .into()
}

fn waits(number: u128, person: PersonId, needs_approval: bool) -> SessionEvent {
    let place = place(number, person);
    api::catalogue::v1::BookingWaitlisted {
        booking_id: place.booking_id,
        person_id: place.person_id,
        urn: place.urn,
        role_group: place.role_group,
        career_stage: place.career_stage,
        follow_up_ids: vec![],
        objective_ids: vec![],
        purpose: place.purpose,
        needs_approval,
    }
    .into()
}

fn promoted(number: u128, person: PersonId, awaits_approval: bool) -> SessionEvent {
    BookingPromoted {
        booking_id: booking(number).to_string(),
        person_id: person.to_string(),
        urn: SCHOOL.into(),
        awaits_approval,
    }
    .into()
}

fn gave_up(number: u128, person: PersonId, cause: BookingCancellation) -> SessionEvent {
    BookingCancelled {
        booking_id: booking(number).to_string(),
        person_id: person.to_string(),
        urn: SCHOOL.into(),
        cause: cause.into(),
        on: "2025-10-01".into(),
    }
    .into()
}

fn held() -> SessionEvent {
    SessionHeld {
        on: "2025-10-10".into(),
        minutes: 60,
    }
    .into()
}

fn called_off() -> SessionEvent {
    SessionCancelled {
        on: "2025-10-01".into(),
        reason: None,
    }
    .into()
}

#[track_caller]
fn refuses(history: impl IntoIterator<Item = SessionEvent>, context: Context, command: Command, why: Rejection) {
    given::<Session>(history)
        .under(context)
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[track_caller]
fn accepts(
    history: impl IntoIterator<Item = SessionEvent>,
    context: Context,
    command: Command,
    expected: impl IntoIterator<Item = SessionEvent>,
) -> testkit::Decided<Session> {
    given::<Session>(history).under(context).when(command).then(expected)
}

//! Reactions with real stores and feeds.

mod planning;

use api::{
    directory::v1::{LeaveKind, LongLeaveStarted, PersonErased, PersonLeft, PersonMoved},
    ids::{PersonId, SessionId},
};
use estate::{CPD_LEAD, OTHER_SCHOOL, SCHOOL, SECOND, TEACHER, employment_of, request_id};

use crate::{
    session::{Session, Standing},
    world::World,
};

/// A session with one place on 4 March 2031: the teacher has it, and somebody waits.
async fn full(world: &World) -> SessionId {
    let activity = world.published(|_| {}).await;
    let session = world
        .offered(&activity, |offer| {
            offer.capacity = 1;
            offer.on = "2031-03-04".into();
        })
        .await;
    world.book(TEACHER, &session).await.unwrap();
    world.book(SECOND, &session).await.unwrap();
    session.parse().unwrap()
}

async fn standing(world: &World, id: SessionId, person: PersonId) -> Standing {
    let session = world.get::<Session>(id).await;
    let booking = session.bookings.iter().find(|booking| booking.booker.person == person);
    booking.unwrap().standing
}

/// Waits until whoever waited has the place.
async fn taken_over(world: &World, id: SessionId) {
    let taken = |session: &Session| session.bookings[1].standing == Standing::Confirmed;
    world.until::<Session>(id, taken).await;
    assert_eq!(standing(world, id, TEACHER).await, Standing::Cancelled);
}

fn leave(from_on: &str) -> LongLeaveStarted {
    LongLeaveStarted {
        kind: LeaveKind::Maternity.into(),
        from_on: from_on.into(),
        expected_until: String::new(),
    }
}

#[tokio::test]
async fn leave_frees_a_place_for_who_waits() {
    let world = World::running().await;
    let id = full(&world).await;
    world.person(TEACHER, leave("2031-03-01")).await;
    taken_over(&world, id).await;
}

#[tokio::test]
async fn a_leave_that_begins_later_frees_nothing() {
    let world = World::running().await;
    let id = full(&world).await;
    world.person(TEACHER, leave("2031-03-05")).await;
    // Whoever leaves before is told of afterwards: by then the leave was looked at.
    world
        .person(
            SECOND,
            PersonLeft {
                on: "2031-01-31".into(),
            },
        )
        .await;
    world
        .until::<Session>(id, |session| session.bookings[1].standing == Standing::Cancelled)
        .await;
    assert_eq!(standing(&world, id, TEACHER).await, Standing::Confirmed);
}

#[tokio::test]
async fn whoever_leaves_or_is_erased_gives_up_their_places() {
    let world = World::running().await;
    let id = full(&world).await;
    world
        .person(
            TEACHER,
            PersonLeft {
                on: "2031-03-03".into(),
            },
        )
        .await;
    taken_over(&world, id).await;
    world.person(SECOND, PersonErased::default()).await;
    world.until::<Session>(id, |session| session.taken_count() == 0).await;
}

#[tokio::test]
async fn a_session_that_moves_into_somebodys_leave_frees_their_place() {
    let world = World::running().await;
    let id = full(&world).await;
    world.person(TEACHER, leave("2031-03-05")).await;
    world.catch_up().await;
    let reschedule = api::catalogue::v1::RescheduleSessionRequest {
        request_id: request_id(),
        session_id: id.to_string(),
        on: "2031-03-11".into(),
        ..Default::default()
    };
    world
        .sessions()
        .reschedule_session(world.by(CPD_LEAD, reschedule))
        .await
        .unwrap();
    taken_over(&world, id).await;
}

#[tokio::test]
async fn somebody_who_moves_keeps_their_place_and_their_record() {
    let world = World::running().await;
    let id = full(&world).await;
    let moved = PersonMoved {
        employment_id: employment_of(TEACHER).to_string(),
        from_urn: SCHOOL.into(),
        to_urn: OTHER_SCHOOL.into(),
        on: "2024-01-08".into(),
    };
    world.person(TEACHER, moved).await;
    world.person(SECOND, leave("2031-03-01")).await;
    world
        .until::<Session>(id, |session| session.bookings[1].standing == Standing::Cancelled)
        .await;
    assert_eq!(standing(&world, id, TEACHER).await, Standing::Confirmed);
}

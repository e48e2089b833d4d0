//! Two hundred at once for twenty places.

use std::{collections::BTreeSet, sync::Arc};

use api::{common::v1::RoleGroup, ids::PersonId};
use pb::BookingState;

use super::*;

const PEOPLE: u128 = 200;
const PLACES: usize = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_bookings_for_twenty_places() {
    crowd(World::running().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_bookings_for_twenty_places_on_postgres() {
    crowd(World::running_on_postgres().await).await;
}

async fn crowd(world: World) {
    let world = Arc::new(world);
    let people: Vec<PersonId> = (0..PEOPLE)
        .map(|number| PersonId(Uuid::from_u128(10_000 + number)))
        .collect();
    for person in &people {
        world.employ(*person, RoleGroup::ClassroomTeacher, SCHOOL).await;
    }
    world.catch_up().await;
    let activity = world.published(|_| {}).await;
    let session = world.offered(&activity, |_| {}).await;

    let mut asked = tokio::task::JoinSet::new();
    for person in people {
        let (world, request) = (world.clone(), booking(&session));
        asked.spawn(async move {
            // Whoever is told to try again does, with the same request: it counts once.
            loop {
                match world.sessions().book_place(world.by(person, request.clone())).await {
                    Ok(reply) => break (reply.into_inner().recorded.unwrap().version, person.to_string()),
                    Err(status) => assert!(Error::from_status(&status).is_transient(), "{status}"),
                }
            }
        });
    }
    let mut answered = asked.join_all().await;
    answered.sort();
    let arrived: Vec<&String> = answered.iter().map(|(_, person)| person).collect();

    let seen = world.see_session(HEAD, &session).await;
    let in_order: Vec<&String> = seen.bookings.iter().map(|booking| &booking.person_id).collect();
    assert_eq!(in_order, arrived, "the order of arrival is that of the receipts");
    assert_eq!(
        in_order.iter().collect::<BTreeSet<_>>().len(),
        seen.bookings.len(),
        "nobody twice"
    );
    let (confirmed, waiting) = seen.bookings.split_at(PLACES);
    assert!(
        confirmed
            .iter()
            .all(|booking| booking.state() == BookingState::Confirmed)
    );
    assert!(waiting.iter().all(|booking| booking.state() == BookingState::Waiting));
    let line: Vec<i32> = waiting.iter().map(|booking| booking.place_in_line).collect();
    assert_eq!(line, (1..=180).collect::<Vec<_>>());

    for (gone, promoted) in [(3, 20), (0, 21), (21, 22)] {
        let cancel = pb::CancelBookingRequest {
            request_id: request_id(),
            occurred_at: noon("2023-09-13"),
            session_id: session.clone(),
            booking_id: seen.bookings[gone].booking_id.clone(),
            ..Default::default()
        };
        world
            .sessions()
            .cancel_booking(world.by(CPD_LEAD, cancel))
            .await
            .unwrap();
        let now = world.see_session(HEAD, &session).await;
        assert_eq!(now.bookings[gone].state(), BookingState::Cancelled);
        assert_eq!(now.bookings[promoted].state(), BookingState::Confirmed);
        assert_eq!(now.bookings[promoted + 1].state(), BookingState::Waiting);
        let summary = now.summary.unwrap();
        assert_eq!(summary.taken_count, 20);
    }
    let more = pb::ChangeCapacityRequest {
        request_id: request_id(),
        occurred_at: noon("2023-09-14"),
        session_id: session.clone(),
        capacity: 25,
        ..Default::default()
    };
    world
        .sessions()
        .change_capacity(world.by(CPD_LEAD, more))
        .await
        .unwrap();
    let summary = world.see_session(HEAD, &session).await.summary.unwrap();
    assert_eq!((summary.taken_count, summary.waiting_count), (25, 172));
}

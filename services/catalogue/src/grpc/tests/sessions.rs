use pb::BookingState;

use super::*;

impl World {
    async fn approve(&self, by: api::ids::PersonId, session: &str, booking: &str) -> Result<(), Status> {
        let request = pb::ApproveBookingRequest {
            request_id: request_id(),
            occurred_at: noon("2023-09-14"),
            session_id: session.into(),
            booking_id: booking.into(),
            ..Default::default()
        };
        self.sessions().approve_booking(self.by(by, request)).await?;
        Ok(())
    }

    async fn awaiting(&self, by: api::ids::PersonId) -> Vec<String> {
        let request = pb::ListAwaitingApprovalRequest::default();
        let reply = self
            .sessions()
            .list_awaiting_approval(self.by(by, request))
            .await
            .unwrap();
        let bookings = reply.into_inner().bookings;
        bookings.into_iter().map(|booking| booking.booking_id).collect()
    }

    async fn mine(&self, by: api::ids::PersonId) -> Vec<pb::Booking> {
        let request = pb::ListMyBookingsRequest::default();
        let reply = self.sessions().list_my_bookings(self.by(by, request)).await.unwrap();
        reply.into_inner().bookings
    }
}

#[tokio::test]
async fn a_booking_in_school_time_waits_for_those_who_may_approve() {
    approval(World::running().await).await;
    approval(World::running_on_postgres().await).await;
}

async fn approval(world: World) {
    let activity = world.published(|_| {}).await;
    let session = world
        .offered(&activity, |offer| {
            offer.minutes = 600;
            offer.school_minutes = 600;
            offer.capacity = 2;
        })
        .await;
    let first = world.book(TEACHER, &session).await.unwrap();
    let second = world.book(SECOND, &session).await.unwrap();
    let third = world.book(ASSISTANT, &session).await.unwrap();
    assert_eq!(world.awaiting(HEAD).await.len(), 3);
    assert_eq!(world.awaiting(LINE_MANAGER).await, std::slice::from_ref(&first));
    assert_eq!(world.awaiting(OTHER_LEAD).await, Vec::<String>::new());

    let denied = world.approve(COLLEAGUE, &session, &first).await.unwrap_err();
    assert_eq!(denied.code(), tonic::Code::PermissionDenied);
    world.approve(LINE_MANAGER, &session, &first).await.unwrap();
    let decline = pb::DeclineBookingRequest {
        request_id: request_id(),
        occurred_at: noon("2023-09-14"),
        session_id: session.clone(),
        booking_id: second.clone(),
        reason: "exams".into(),
        ..Default::default()
    };
    world.sessions().decline_booking(world.by(HEAD, decline)).await.unwrap();
    assert_eq!(world.awaiting(CPD_LEAD).await, [third]);
    let again = world.approve(HEAD, &session, &first).await.unwrap_err();
    assert_eq!(reason(again), "NOTHING_TO_APPROVE");

    let seen = world.see_session(SECOND, &session).await;
    let own: Vec<_> = seen
        .bookings
        .iter()
        .map(|booking| (booking.state(), booking.reason.as_str()))
        .collect();
    assert_eq!((own, seen.withheld_count), (vec![(BookingState::Declined, "exams")], 2));
    let mine = world.mine(TEACHER).await;
    assert_eq!((mine.len(), mine[0].state()), (1, BookingState::Confirmed));
    assert_eq!(
        (mine[0].title.as_str(), mine[0].on.as_str()),
        ("Better questions", "2023-10-10")
    );
}

#[tokio::test]
async fn whoever_may_approve_and_books_for_somebody_has_agreed() {
    let world = World::running().await;
    let activity = world.published(|_| {}).await;
    let session = world
        .offered(&activity, |offer| {
            offer.minutes = 600;
            offer.school_minutes = 600;
        })
        .await;
    let for_teacher = pb::BookPlaceRequest {
        person_id: TEACHER.to_string(),
        ..booking(&session)
    };
    world
        .sessions()
        .book_place(world.by(LINE_MANAGER, for_teacher.clone()))
        .await
        .unwrap();
    let seen = world.see_session(TEACHER, &session).await;
    assert_eq!(seen.bookings[0].state(), BookingState::Confirmed);
    let twice = pb::BookPlaceRequest {
        request_id: request_id(),
        ..for_teacher.clone()
    };
    let status = world.sessions().book_place(world.by(TEACHER, twice)).await.unwrap_err();
    assert_eq!(why(status), ("BOOKED_ALREADY".into(), vec!["person_id".into()]));
    let by_colleague = pb::BookPlaceRequest {
        request_id: request_id(),
        person_id: SECOND.to_string(),
        ..for_teacher
    };
    let status = world
        .sessions()
        .book_place(world.by(COLLEAGUE, by_colleague))
        .await
        .unwrap_err();
    assert_eq!(status.code(), tonic::Code::PermissionDenied);
}

#[tokio::test]
async fn what_is_not_for_somebody_is_not_booked() {
    let world = World::running().await;
    let activity = world.published(|_| {}).await;
    let session = world.offered(&activity, |_| {}).await;
    let elsewhere = world.book(OTHER_TEACHER, &session).await.unwrap_err();
    assert_eq!(why(elsewhere), ("OF_ANOTHER_SCHOOL".into(), vec!["person_id".into()]));
    let stranger = world.book(STRANGER, &session).await.unwrap_err();
    assert_eq!(why(stranger).1, ["person_id"]);
    let late = pb::BookPlaceRequest {
        occurred_at: noon("2023-10-11"),
        ..booking(&session)
    };
    let late = world.sessions().book_place(world.by(TEACHER, late)).await.unwrap_err();
    assert_eq!(reason(late), "SESSION_PAST");
    let wrong = pb::BookPlaceRequest {
        follow_up_ids: vec![Uuid::now_v7().to_string()],
        objective_ids: vec![Uuid::now_v7().to_string()],
        ..booking(&session)
    };
    let wrong = world.sessions().book_place(world.by(TEACHER, wrong)).await.unwrap_err();
    assert_eq!(why(wrong).1, ["follow_up_ids[0]", "objective_ids[0]"]);
    let of_somebody_else = pb::BookPlaceRequest {
        follow_up_ids: vec![world.follow_up().await.to_string()],
        ..booking(&session)
    };
    let status = world
        .sessions()
        .book_place(world.by(SECOND, of_somebody_else))
        .await
        .unwrap_err();
    assert_eq!(why(status).1, ["follow_up_ids[0]"]);
    let cancel = pb::CancelSessionRequest {
        request_id: request_id(),
        occurred_at: noon("2023-09-11"),
        session_id: session.clone(),
        reason: "flooded".into(),
        ..Default::default()
    };
    world.sessions().cancel_session(world.by(HEAD, cancel)).await.unwrap();
    let cancelled = world.book(TEACHER, &session).await.unwrap_err();
    assert_eq!(reason(cancelled), "SESSION_CANCELLED");
    assert_eq!(world.see_session(TEACHER, &session).await.reason, "flooded");
}

#[tokio::test]
async fn sessions_are_listed_by_day() {
    listing(World::running().await).await;
    listing(World::running_on_postgres().await).await;
}

async fn listing(world: World) {
    let activity = world.published(|_| {}).await;
    let full = world.offered(&activity, |offer| offer.capacity = 1).await;
    let later = world.offered(&activity, |offer| offer.on = "2023-11-07".into()).await;
    world.book(TEACHER, &full).await.unwrap();
    world.book(SECOND, &full).await.unwrap();
    let list = async |change: fn(&mut pb::ListSessionsRequest)| {
        let mut request = pb::ListSessionsRequest {
            from_on: "2023-09-01".into(),
            ..Default::default()
        };
        change(&mut request);
        let reply = world
            .sessions()
            .list_sessions(world.by(COLLEAGUE, request))
            .await
            .unwrap();
        let sessions = reply.into_inner().sessions;
        sessions
            .into_iter()
            .map(|session| (session.session_id, session.taken_count, session.waiting_count))
            .collect::<Vec<_>>()
    };
    assert_eq!(list(|_| {}).await, [(full.clone(), 1, 1), (later.clone(), 0, 0)]);
    assert_eq!(
        list(|request| request.with_places = true).await,
        [(later.clone(), 0, 0)]
    );
    assert_eq!(
        list(|request| request.until_on = "2023-10-31".into()).await,
        [(full, 1, 1)]
    );
    assert_eq!(
        list(|request| request.from_on = "2023-11-01".into()).await,
        [(later, 0, 0)]
    );
    assert_eq!(list(|request| request.focus_area = "behaviour".into()).await, []);
}

#[tokio::test]
async fn everything_wrong_with_a_session_is_said_at_once() {
    let world = World::running().await;
    let wrong = pb::OfferSessionRequest {
        request_id: request_id(),
        activity_id: String::new(),
        on: "10/10/2023".into(),
        starts_at: "quarter to four".into(),
        minutes: -1,
        lead_ids: vec!["x".into()],
        ..Default::default()
    };
    let status = world
        .sessions()
        .offer_session(world.by(CPD_LEAD, wrong))
        .await
        .unwrap_err();
    let (_, mut fields) = why(status);
    fields.sort();
    assert_eq!(fields, ["activity_id", "lead_ids[0]", "minutes", "on", "starts_at"]);
}

#[tokio::test]
async fn whoever_leads_a_session_keeps_its_register() {
    let world = World::running().await;
    let activity = world.published(|_| {}).await;
    let session = world
        .offered(&activity, |offer| offer.lead_ids = vec![OBSERVER.to_string()])
        .await;
    let came = world.book(TEACHER, &session).await.unwrap();
    let denied = world
        .sessions()
        .hold_session(world.by(COLLEAGUE, hold(&session, &[])))
        .await
        .unwrap_err();
    assert_eq!(denied.code(), tonic::Code::PermissionDenied);
    let unknown = hold(&session, &[(&Uuid::now_v7().to_string(), 60)]);
    let status = world
        .sessions()
        .hold_session(world.by(OBSERVER, unknown))
        .await
        .unwrap_err();
    assert_eq!(why(status), ("WITHOUT_PLACE".into(), vec!["attendance".into()]));
    let held = hold(&session, &[(&came, 50)]);
    world.sessions().hold_session(world.by(OBSERVER, held)).await.unwrap();
    let seen = world.see_session(OBSERVER, &session).await;
    assert_eq!(
        (seen.bookings[0].state(), seen.bookings[0].minutes),
        (BookingState::Attended, 50)
    );
}

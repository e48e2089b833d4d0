//! A session as its reader may see it: when and where, and the bookings that are theirs to see.

use api::{
    catalogue::v1::{self as pb, BookingState, GetSessionRequest, SessionState, SessionSummary},
    ids::SessionId,
};
use service::{
    Error, Query, Violations,
    recorded::{text_of, texts},
};

use crate::{
    grpc::Edge,
    session::{Booking, Session, Stage, Standing},
};

pub(super) async fn show(edge: &Edge, query: &Query<GetSessionRequest>) -> Result<pb::Session, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<SessionId>("session_id", &query.message.session_id);
    let (id,) = violations.all((id,))?;
    let loaded = edge.commands.get::<Session>(id).await?;
    let session = loaded.state;
    edge.read(&query.actor, &session.as_record()).await?;
    let mut all = Vec::with_capacity(session.bookings.len());
    for booking in &session.bookings {
        all.push((session.as_record_of(booking), booking.clone()));
    }
    let readable = edge.readable(&query.actor, all).await?;
    let withheld_count = i32::try_from(session.bookings.len() - readable.len()).unwrap_or(i32::MAX);
    let mut bookings = Vec::with_capacity(readable.len());
    for booking in readable {
        let reason = edge.text(session.trust, booking.reason.as_ref()).await?;
        bookings.push(booking_of(id, &session, &booking, reason));
    }
    let offered = &session.offered;
    Ok(pb::Session {
        summary: Some(summary(id, &session)),
        school_minutes: offered.school_minutes,
        cost_pence: offered.cost_pence,
        lead_ids: texts(&session.leads),
        focus_areas: offered.focus_areas.clone(),
        priority_ids: offered.priority_ids.clone(),
        audience: offered.audience.clone(),
        mandatory: offered.mandatory.clone(),
        reason: edge.text(session.trust, session.reason.as_ref()).await?,
        bookings,
        withheld_count,
        version: loaded.version.0,
    })
}

fn summary(id: SessionId, session: &Session) -> SessionSummary {
    let state = match session.stage {
        Stage::Unknown => SessionState::Unspecified,
        Stage::Open => SessionState::Open,
        Stage::Held => SessionState::Held,
        Stage::Cancelled => SessionState::Cancelled,
    };
    SessionSummary {
        session_id: id.into(),
        activity_id: session.activity.into(),
        urn: text_of(session.urn),
        title: session.offered.title.clone(),
        kind: session.offered.kind,
        on: session.on.to_string(),
        starts_at: session.starts_at.clone(),
        minutes: session.minutes,
        place: session.place.clone(),
        capacity: session.capacity,
        taken_count: session.taken_count(),
        waiting_count: session.waiting_count(),
        state: state.into(),
    }
}

fn booking_of(session_id: SessionId, session: &Session, booking: &Booking, reason: String) -> pb::Booking {
    let state = state(booking.standing);
    let place_in_line = session.place_in_line(booking.id).unwrap_or_default();
    pb::Booking {
        booking_id: booking.id.into(),
        session_id: session_id.into(),
        activity_id: session.activity.into(),
        title: session.offered.title.clone(),
        on: session.on.to_string(),
        starts_at: session.starts_at.clone(),
        minutes: minutes(session.minutes, booking.minutes, state),
        person_id: booking.booker.person.into(),
        urn: text_of(booking.booker.urn),
        state: state.into(),
        needs_approval: booking.needs_approval && booking.standing.is_live(),
        place_in_line: i32::try_from(place_in_line).unwrap_or(i32::MAX),
        follow_up_ids: texts(&booking.booker.follow_ups),
        objective_ids: texts(&booking.booker.objectives),
        reason,
    }
}

fn state(standing: Standing) -> BookingState {
    match standing {
        Standing::Waiting => BookingState::Waiting,
        Standing::AwaitingApproval => BookingState::AwaitingApproval,
        Standing::Confirmed => BookingState::Confirmed,
        Standing::Declined => BookingState::Declined,
        Standing::Cancelled => BookingState::Cancelled,
        Standing::Attended => BookingState::Attended,
        Standing::Absent => BookingState::Absent,
    }
}

/// How long the session takes; once it is known, how long they were there.
pub(super) fn minutes(of_session: i32, of_booking: i32, state: BookingState) -> i32 {
    match state {
        BookingState::Attended | BookingState::Absent => of_booking,
        _ => of_session,
    }
}

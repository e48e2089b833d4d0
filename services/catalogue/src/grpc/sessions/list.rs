//! Lists of sessions and bookings, page by page.

use api::{
    catalogue::v1::{
        self as pb, BookingState, ListAwaitingApprovalRequest, ListAwaitingApprovalResponse, ListMyBookingsRequest,
        ListMyBookingsResponse, ListSessionsRequest, ListSessionsResponse, SessionSummary,
    },
    directory::v1::Role,
    ids::{ActivityId, PersonId, TrustId, Urn},
};
use identity::context::today;
use identity::{Record, access::Kind};
use service::{Error, Query, Violations, recorded::text_of};

use super::reply::minutes;
use crate::{
    grpc::{CODE, Edge, Reach, free_text},
    index::sessions::{Approver, BookingEntry, Cursor, Search, SessionEntry},
};

pub(super) async fn sessions(edge: &Edge, query: &Query<ListSessionsRequest>) -> Result<ListSessionsResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<ActivityId>("activity_id", &message.activity_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        violations.optional_date("from_on", &message.from_on),
        violations.optional_date("until_on", &message.until_on),
        violations.optional_choice("kind", message.kind),
        free_text(&mut violations, "focus_area", &message.focus_area, CODE),
    );
    let (trust, activity, urn, from_on, until_on, kind, focus_area) = violations.all(parts)?;
    let trust = Edge::trust_of(trust, &query.actor)?;
    edge.read(&query.actor, &Record::new(Kind::Session, trust).at(urn))
        .await?;
    let search = Search {
        trust,
        activity,
        urn,
        from_on: from_on.unwrap_or_else(today),
        until_on,
        kind,
        focus_area,
        with_places: message.with_places,
    };
    let parameters = ListSessionsRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let asked = (message.page_size, message.page_token.as_str());
    let (scope, page) = edge.page::<Cursor>("ListSessions", &query.actor, &parameters, asked)?;
    let mut entries = edge.index.sessions(&search, &page).await?;
    let next_page_token = edge
        .pager
        .cut(&scope, &page, &mut entries, |entry| (entry.on, entry.id.0))?;
    Ok(ListSessionsResponse {
        sessions: entries.into_iter().map(summary).collect(),
        next_page_token,
    })
}

pub(super) async fn mine(edge: &Edge, query: &Query<ListMyBookingsRequest>) -> Result<ListMyBookingsResponse, Error> {
    let message = &query.message;
    let person = Edge::meant("person_id", None, &query.actor)?;
    let parameters = ListMyBookingsRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let asked = (message.page_size, message.page_token.as_str());
    let (scope, page) = edge.page::<Cursor>("ListMyBookings", &query.actor, &parameters, asked)?;
    let from_on = message.upcoming_only.then(today);
    let mut entries = edge.index.bookings_of(person, from_on, &page).await?;
    let next_page_token = edge
        .pager
        .cut(&scope, &page, &mut entries, |entry| (entry.on, entry.id.0))?;
    let bookings = edge.readable(&query.actor, with_records(entries)).await?;
    Ok(ListMyBookingsResponse {
        bookings: bookings.into_iter().map(booking).collect(),
        next_page_token,
    })
}

pub(super) async fn awaiting_approval(
    edge: &Edge,
    query: &Query<ListAwaitingApprovalRequest>,
) -> Result<ListAwaitingApprovalResponse, Error> {
    let message = &query.message;
    let person = Edge::meant("person_id", None, &query.actor)?;
    let trust = Edge::trust_of(None, &query.actor)?;
    let roles = [Role::Head, Role::CpdLead, Role::TrustCpdLead];
    let Reach { schools, whole_trust } = edge.reach(person, trust, &roles, today());
    let approver = Approver {
        trust,
        schools,
        whole_trust,
        managed: managed_by(edge, person, trust),
        person,
    };
    let parameters = ListAwaitingApprovalRequest::default();
    let asked = (message.page_size, message.page_token.as_str());
    let (scope, page) = edge.page::<Cursor>("ListAwaitingApproval", &query.actor, &parameters, asked)?;
    let mut entries = edge.index.bookings_to_approve(&approver, &page).await?;
    let next_page_token = edge
        .pager
        .cut(&scope, &page, &mut entries, |entry| (entry.on, entry.id.0))?;
    let bookings = edge.readable(&query.actor, with_records(entries)).await?;
    Ok(ListAwaitingApprovalResponse {
        bookings: bookings.into_iter().map(booking).collect(),
        next_page_token,
    })
}

fn managed_by(edge: &Edge, manager: PersonId, trust: TrustId) -> Vec<PersonId> {
    let (register, today) = (edge.roster().read(), today());
    register
        .people_of(trust)
        .filter(|person| person.line_manager(today) == Some(manager))
        .map(|person| person.id)
        .collect()
}

fn with_records(entries: Vec<BookingEntry>) -> Vec<(Record, BookingEntry)> {
    let with_record = |entry: BookingEntry| {
        let record = Record::new(Kind::Booking, entry.trust);
        (record.at(entry.urn).about(entry.person), entry)
    };
    entries.into_iter().map(with_record).collect()
}

fn summary(entry: SessionEntry) -> SessionSummary {
    SessionSummary {
        session_id: entry.id.into(),
        activity_id: entry.activity.into(),
        urn: text_of(entry.urn),
        title: entry.title,
        kind: entry.kind,
        on: entry.on.to_string(),
        starts_at: entry.starts_at,
        minutes: entry.minutes,
        place: entry.place,
        capacity: entry.capacity,
        taken_count: i32::try_from(entry.taken_count).unwrap_or(i32::MAX),
        waiting_count: i32::try_from(entry.waiting_count).unwrap_or(i32::MAX),
        state: entry.state,
    }
}

/// Why it was declined is shown with its session.
fn booking(entry: BookingEntry) -> pb::Booking {
    let state = BookingState::try_from(entry.state).unwrap_or_default();
    let is_waiting = state == BookingState::Waiting;
    let place_in_line = if is_waiting { entry.place_in_line } else { 0 };
    let is_live = is_waiting || matches!(state, BookingState::AwaitingApproval | BookingState::Confirmed);
    pb::Booking {
        booking_id: entry.id.into(),
        session_id: entry.session.into(),
        activity_id: entry.activity.into(),
        title: entry.title,
        on: entry.on.to_string(),
        starts_at: entry.starts_at,
        minutes: minutes(entry.session_minutes, entry.minutes, state),
        person_id: entry.person.into(),
        urn: text_of(entry.urn),
        state: state.into(),
        needs_approval: entry.needs_approval && is_live,
        place_in_line: i32::try_from(place_in_line).unwrap_or(i32::MAX),
        follow_up_ids: entry.follow_ups,
        objective_ids: entry.objectives,
        reason: String::new(),
    }
}

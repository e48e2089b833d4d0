//! What each request asks a session to do.

use api::{
    catalogue::v1::{
        ApproveBookingRequest, Attendance as Came, BookPlaceRequest, CancelBookingRequest, CancelSessionRequest,
        ChangeCapacityRequest, DeclineBookingRequest, HoldSessionRequest, OfferSessionRequest, RecordAttendanceRequest,
        RescheduleSessionRequest,
    },
    directory::v1::Role,
    ids::{ActivityId, BookingId, FollowUpId, ObjectiveId, PersonId, SessionId, Urn},
};
use chrono::{NaiveDate, NaiveTime};
use identity::{Actor, roster::Person};
use service::{
    Call, Error, Plan, Violations,
    parse::{SHORT_TEXT, path},
    recorded,
};
use uuid::Uuid;

use crate::{
    activity::Activity,
    grpc::{CAPACITY, Edge, LINKS, REASON, free_text},
    session::{Attendance, Book, Booker, Command, Offer, OfferedActivity, Reschedule, Session},
};

/// Those who lead a session.
const LEADS: usize = 20;
/// A fortnight of days.
const MINUTES: i32 = 14 * 24 * 60;
/// Lines of a register.
const REGISTER: usize = 10_000;

pub(super) async fn offer(edge: &Edge, call: &Call<OfferSessionRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id("session_id", &message.session_id),
        violations.id::<ActivityId>("activity_id", &message.activity_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        violations.date("on", &message.on),
        clock_time(&mut violations, &message.starts_at),
        violations.number("minutes", message.minutes, 0..=MINUTES),
        violations.number("school_minutes", message.school_minutes, 0..=MINUTES),
        violations.number("capacity", message.capacity, 0..=CAPACITY),
        free_text(&mut violations, "place", &message.place, SHORT_TEXT),
        violations.ids::<PersonId>("lead_ids", &message.lead_ids, LEADS),
    );
    let (id, activity_id, urn, on, starts_at, minutes, school_minutes, capacity, place, leads) =
        violations.all(parts)?;
    let missing = || Error::invalid("activity_id", format!("there is no activity {activity_id}"));
    let loaded = edge.commands.load::<Activity>(activity_id).await?;
    let activity = loaded.ok_or_else(missing)?.state;
    let offering = activity.offering.clone().ok_or_else(missing)?;
    let urn = match urn {
        Some(urn) => edge.place(Some(activity.trust), Some(urn), on).await?.1,
        None => activity.urn,
    };
    for (index, lead) in leads.iter().enumerate() {
        edge.member(&path("lead_ids", index, ""), *lead, activity.trust, on)
            .await?;
    }
    let or = |said: i32, of_activity: i32| if said == 0 { of_activity } else { said };
    let offer = Offer {
        activity: offered(activity_id, &activity),
        urn,
        on,
        starts_at,
        minutes: or(minutes, offering.minutes.min(MINUTES)),
        school_minutes,
        capacity: or(capacity, offering.capacity),
        place,
        leads,
    };
    let id = id.unwrap_or_else(|| SessionId(Uuid::now_v7()));
    Ok(Plan::of::<Session>(id, Command::Offer(Box::new(offer))))
}

/// What a session takes over from its activity.
fn offered(id: ActivityId, activity: &Activity) -> OfferedActivity {
    let offering = activity.offering.clone().unwrap_or_default();
    OfferedActivity {
        id,
        trust: activity.trust,
        urn: activity.urn,
        kind: offering.kind(),
        provider_kind: offering.provider_kind(),
        openness: offering.openness(),
        title: offering.title,
        provider: recorded::optional_id(&offering.provider_id),
        cost_pence: offering.cost_pence,
        focus_areas: offering.focus_areas,
        priorities: recorded::ids(&offering.priority_ids),
        audience: offering.audience,
        network: recorded::optional_id(&offering.network_id),
        mandatory: offering.mandatory,
        purpose: activity.purpose(),
        withdrawn_on: activity.withdrawn_on,
    }
}

pub(super) fn reschedule(call: &Call<RescheduleSessionRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<SessionId>("session_id", &message.session_id),
        violations.date("on", &message.on),
        clock_time(&mut violations, &message.starts_at),
        free_text(&mut violations, "place", &message.place, SHORT_TEXT),
        free_text(&mut violations, "reason", &message.reason, REASON),
    );
    let (id, on, starts_at, place, reason) = violations.all(parts)?;
    let to = Reschedule {
        on,
        starts_at,
        place,
        reason,
    };
    Ok(Plan::of::<Session>(id, Command::Reschedule(to)))
}

pub(super) fn change_capacity(call: &Call<ChangeCapacityRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<SessionId>("session_id", &message.session_id),
        violations.number("capacity", message.capacity, 1..=CAPACITY),
    );
    let (id, capacity) = violations.all(parts)?;
    Ok(Plan::of::<Session>(id, Command::ChangeCapacity { capacity }))
}

pub(super) fn cancel(call: &Call<CancelSessionRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<SessionId>("session_id", &message.session_id),
        violations.optional_date("on", &message.on),
        free_text(&mut violations, "reason", &message.reason, REASON),
    );
    let (id, on, reason) = violations.all(parts)?;
    let on = on.unwrap_or(call.today());
    Ok(Plan::of::<Session>(id, Command::Cancel { on, reason }))
}

pub(super) fn hold(call: &Call<HoldSessionRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<SessionId>("session_id", &message.session_id),
        violations.optional_date("on", &message.on),
        violations.number("minutes", message.minutes, 0..=MINUTES),
        violations.list("attendance", &message.attendance, REGISTER, attendance),
    );
    let (id, on, minutes, attendance) = violations.all(parts)?;
    let hold = Command::Hold {
        on,
        minutes: (minutes > 0).then_some(minutes),
        attendance,
    };
    Ok(Plan::of::<Session>(id, hold))
}

pub(super) fn record_attendance(call: &Call<RecordAttendanceRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<SessionId>("session_id", &message.session_id),
        violations.some_of("attendance", &message.attendance, REGISTER, attendance),
    );
    let (id, attendance) = violations.all(parts)?;
    Ok(Plan::of::<Session>(id, Command::RecordAttendance { attendance }))
}

fn attendance(violations: &mut Violations, path: &str, came: &Came) -> Option<Attendance> {
    let booking = violations.id::<BookingId>(&format!("{path}.booking_id"), &came.booking_id);
    let minutes = violations.number(&format!("{path}.minutes"), came.minutes, 0..=MINUTES);
    violations.check(came.attended || came.minutes == 0, &format!("{path}.minutes"), || {
        "must be 0 for whoever did not come".into()
    });
    Some(Attendance {
        booking: booking?,
        minutes: minutes.map(|minutes| (minutes > 0).then_some(minutes))?,
        attended: came.attended,
    })
}

/// What the rule must know of whoever books is looked up for the day of the session.
pub(super) async fn book(edge: &Edge, call: &Call<BookPlaceRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<SessionId>("session_id", &message.session_id),
        violations.optional_id("booking_id", &message.booking_id),
        violations.optional_id::<PersonId>("person_id", &message.person_id),
        violations.ids::<FollowUpId>("follow_up_ids", &message.follow_up_ids, LINKS),
        violations.ids::<ObjectiveId>("objective_ids", &message.objective_ids, LINKS),
    );
    let (session_id, id, person, follow_ups, objectives) = violations.all(parts)?;
    let person_id = Edge::meant("person_id", person, &call.actor)?;
    let session = edge.commands.get::<Session>(session_id).await?.state;
    let on = session.on;
    let person = edge.member("person_id", person_id, session.trust, on).await?;
    edge.index.check_links(person_id, &follow_ups, &objectives).await?;
    // The school that offers it, if they work there; else the one where they work most.
    let post = session.urn.and_then(|urn| person.post_at(urn, on));
    let without_post = || {
        Error::invalid(
            "person_id",
            format!("{person_id} has no post on {on}: only staff take part"),
        )
    };
    let post = post.or(person.main_post(on)).ok_or_else(without_post)?;
    let book = Book {
        id: id.unwrap_or_else(|| BookingId(Uuid::now_v7())),
        booker: Booker {
            person: person_id,
            urn: post.school,
            role_group: post.role_group,
            career_stage: person.career_stage,
            follow_ups,
            objectives,
            purpose: session.offered.purpose(),
        },
        is_away: person.on_leave(on),
        by_approver: may_approve(edge, &call.actor, &person, post.school, call.today()),
    };
    Ok(Plan::of::<Session>(session_id, Command::Book(book)))
}

/// Whether the actor is somebody else who may agree to the person's bookings.
fn may_approve(edge: &Edge, actor: &Actor, person: &Person, urn: Option<Urn>, on: NaiveDate) -> bool {
    let Some(approver) = actor.acting_person().filter(|approver| *approver != person.id) else {
        return false;
    };
    let roles = [Role::Head, Role::CpdLead, Role::TrustCpdLead];
    person.line_manager(on) == Some(approver) || edge.reach(approver, person.trust, &roles, on).covers(urn)
}

pub(super) fn approve(call: &Call<ApproveBookingRequest>) -> Result<Plan, Error> {
    let (id, booking) = session_and_booking(&call.message.session_id, &call.message.booking_id)?;
    Ok(Plan::of::<Session>(id, Command::Approve { booking }))
}

pub(super) fn decline(call: &Call<DeclineBookingRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<SessionId>("session_id", &message.session_id),
        violations.id::<BookingId>("booking_id", &message.booking_id),
        violations.text("reason", &message.reason, REASON),
    );
    let (id, booking, reason) = violations.all(parts)?;
    Ok(Plan::of::<Session>(id, Command::Decline { booking, reason }))
}

pub(super) fn cancel_booking(call: &Call<CancelBookingRequest>) -> Result<Plan, Error> {
    let (id, booking) = session_and_booking(&call.message.session_id, &call.message.booking_id)?;
    Ok(Plan::of::<Session>(id, Command::CancelBooking { booking }))
}

fn session_and_booking(session: &str, booking: &str) -> Result<(SessionId, BookingId), Error> {
    let mut violations = Violations::new();
    let parts = (
        violations.id("session_id", session),
        violations.id("booking_id", booking),
    );
    violations.all(parts)
}

/// `15:45`, or empty.
fn clock_time(violations: &mut Violations, text: &str) -> Option<String> {
    let is_time = || text.len() == 5 && NaiveTime::parse_from_str(text, "%H:%M").is_ok();
    violations.check(text.is_empty() || is_time(), "starts_at", || {
        "is not a clock time: write it as HH:MM, such as 15:45".into()
    });
    Some(text.to_owned())
}

//! A session: when and where, a place on it, and for those who lead it, the register.

mod register;

use api::{
    catalogue::v1::{
        BookPlaceRequest, Booking, BookingState, CancelBookingRequest, GetSessionRequest, Session, SessionState,
        SessionSummary,
    },
    projection::v1::{ListThreadsRequest, ThreadSummary},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query},
    response::{IntoResponse as _, Redirect},
    routing::{get, post},
};
use identity::context::today;

use self::register::Register;
use super::{
    Shown,
    activity::when,
    asked::Asked,
    catalogue::{audience_of_activity, places_left},
    shell::Shell,
    show,
};
use crate::{
    Gateway,
    forms::{Choice, Fields, Sent},
    problem::Fault,
    visitor::Visitor,
    words::{self, Vocabulary, development as called},
};

/// Threads that a booking may name, as a choice.
const THREADS: i32 = 50;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/catalogue/sessions/{id}", get(session))
        .route("/catalogue/sessions/{id}/book", post(book))
        .route("/catalogue/sessions/{id}/cancel", post(cancel))
        .route("/catalogue/sessions/{id}/register", post(register::keep))
}

#[derive(Template)]
#[template(path = "catalogue/session.html")]
struct Page {
    shell: Shell,
    activity: String,
    /// What was just done.
    done: &'static str,
    when: String,
    facts: Vec<(&'static str, String)>,
    called_off: Option<String>,
    mine: Option<Mine>,
    book: Option<Form>,
    register: Option<Register>,
}

/// The visitor's own booking.
struct Mine {
    state: String,
    class: &'static str,
    says: String,
    serves: String,
    /// Where it can be given up.
    cancel: Option<Cancel>,
}

struct Cancel {
    action: String,
    booking_id: String,
    label: &'static str,
}

/// The form that books a place.
struct Form {
    says: String,
    form: Fields,
    follow_ups: Vec<Choice>,
    label: &'static str,
}

async fn session(visitor: Visitor, Path(id): Path<String>, Query(asked): Query<Asked>) -> Shown {
    let me = visitor.person()?.to_string();
    let clients = visitor.clients();
    let (mut sessions, mut tracking) = (clients.sessions, clients.tracking);
    let threads = ListThreadsRequest {
        person_id: me.clone(),
        open_only: true,
        page_size: THREADS,
        ..Default::default()
    };
    let (session, threads, vocabulary) = tokio::join!(
        sessions.get_session(visitor.ask(GetSessionRequest { session_id: id.clone() })),
        tracking.list_threads(visitor.ask(threads)),
        visitor.vocabulary(),
    );
    let session = session?
        .into_inner()
        .session
        .ok_or_else(|| Fault::not_found("session"))?;
    let vocabulary = vocabulary?;
    // Whoever may book may have no threads to name, or be somebody whose threads are not theirs to see.
    let threads = threads.map(|answer| answer.into_inner().threads).unwrap_or_default();
    let summary = session.summary.clone().unwrap_or_default();
    let people = session.bookings.iter().map(|booking| booking.person_id.as_str());
    let names = visitor
        .names(people.chain(session.lead_ids.iter().map(String::as_str)))
        .await;
    let own: Vec<&Booking> = session
        .bookings
        .iter()
        .filter(|booking| booking.person_id == me)
        .collect();
    let live = own.iter().rev().find(|booking| is_live(booking.state()));
    let mine = live
        .or(own.last())
        .map(|booking| Mine::of(&summary, booking, &threads, &vocabulary));
    let to_come = summary.state() == SessionState::Open && summary.on >= today().to_string();
    let book = match to_come && live.is_none() {
        true => Some(Form::of(&visitor, &summary, &threads, &vocabulary, &asked.text("follow_up")).await?),
        false => None,
    };
    show(&Page {
        shell: Shell::new(&visitor, &summary.title, "/catalogue"),
        activity: format!("/catalogue/activities/{}", summary.activity_id),
        done: done(&asked.text("done")),
        when: when(&summary),
        facts: facts(&session, &summary, &vocabulary, &names.names(&session.lead_ids)),
        called_off: (summary.state() == SessionState::Cancelled).then(|| match session.reason.as_str() {
            "" => "This session was called off. All bookings of it have ended.".to_owned(),
            reason => format!("This session was called off: {reason}"),
        }),
        register: Register::of(&visitor, &session, &summary, &names).await?,
        mine,
        book,
    })
}

fn done(code: &str) -> &'static str {
    match code {
        "booked" => "Your booking is recorded. Where it stands is below.",
        "cancelled" => "Your booking is cancelled. If somebody waits, the place is theirs now.",
        "registered" => "The register is recorded. Hours are credited to whoever was there.",
        _ => "",
    }
}

fn facts(
    session: &Session,
    summary: &SessionSummary,
    vocabulary: &Vocabulary,
    leads: &str,
) -> Vec<(&'static str, String)> {
    let waiting = usize::try_from(summary.waiting_count).unwrap_or(0);
    let mut facts = vec![
        ("Takes", words::minutes(summary.minutes)),
        (
            "Where",
            match summary.place.as_str() {
                "" => "not said".to_owned(),
                place => place.to_owned(),
            },
        ),
        (
            "Places",
            format!("{} of {} left", places_left(summary), summary.capacity),
        ),
        (
            "Waiting list",
            match waiting {
                0 => "nobody".to_owned(),
                _ => called::counted(waiting, "person", "people"),
            },
        ),
        ("Costs a place", called::cost(session.cost_pence)),
        (
            "For",
            audience_of_activity(&session.audience.clone().unwrap_or_default()),
        ),
        (
            "Offered by",
            match summary.urn.as_str() {
                "" => "the whole trust".to_owned(),
                urn => vocabulary.school(urn),
            },
        ),
        ("State", called::session_state(summary.state()).to_owned()),
    ];
    if session.school_minutes > 0 {
        facts.push(("In school time", words::minutes(session.school_minutes)));
    }
    if !leads.is_empty() {
        facts.push(("Led by", leads.to_owned()));
    }
    if !session.focus_areas.is_empty() {
        facts.push(("Focus areas", vocabulary.areas(&session.focus_areas)));
    }
    facts
}

/// Whether somebody has a place, or waits for one.
pub(super) fn is_live(state: BookingState) -> bool {
    matches!(
        state,
        BookingState::Confirmed | BookingState::AwaitingApproval | BookingState::Waiting
    )
}

/// What a booking's state means for whoever booked.
pub(super) fn promise(booking: &Booking) -> String {
    match booking.state() {
        BookingState::Confirmed => "You have a place.".into(),
        BookingState::AwaitingApproval => {
            "A place is kept for you until your school agrees: your line manager, your head, or whoever leads professional \
             development."
                .into()
        }
        BookingState::Waiting => {
            let place = called::ordinal(booking.place_in_line);
            let then = if booking.needs_approval {
                "it is kept for you until your school agrees"
            } else {
                "it is yours at once"
            };
            format!("You are {place} in line. When a place becomes free and it is your turn, {then}: you need not ask again.")
        }
        BookingState::Declined => match booking.reason.as_str() {
            "" => "Your school did not agree.".into(),
            reason => format!("Your school did not agree: {reason}"),
        },
        BookingState::Cancelled => "This booking has ended.".into(),
        BookingState::Attended => format!("You were there for {}.", words::minutes(booking.minutes)),
        BookingState::Absent => "You were recorded as absent.".into(),
        BookingState::Unspecified => String::new(),
    }
}

/// The class of a tag that says where a booking stands.
pub(super) fn class_of(state: BookingState) -> &'static str {
    match state {
        BookingState::Confirmed | BookingState::Attended => "good",
        BookingState::AwaitingApproval | BookingState::Waiting => "warn",
        BookingState::Declined | BookingState::Absent => "bad",
        BookingState::Cancelled | BookingState::Unspecified => "plain",
    }
}

impl Mine {
    fn of(session: &SessionSummary, booking: &Booking, threads: &[ThreadSummary], vocabulary: &Vocabulary) -> Self {
        let state = booking.state();
        let named: Vec<String> = threads
            .iter()
            .filter(|thread| booking.follow_up_ids.contains(&thread.follow_up_id))
            .map(|thread| follow_up_label(thread, vocabulary))
            .collect();
        let more = booking.follow_up_ids.len().saturating_sub(named.len());
        let serves = match (named.is_empty(), more) {
            (true, 0) => String::new(),
            (true, more) => called::counted(more, "follow-up", "follow-ups"),
            (false, _) => named.join("; "),
        };
        let open = session.state() == SessionState::Open && is_live(state);
        Self {
            state: called::capital(called::booking_state(state)),
            class: class_of(state),
            says: promise(booking),
            serves,
            cancel: open.then(|| Cancel {
                action: format!("/catalogue/sessions/{}/cancel", session.session_id),
                booking_id: booking.booking_id.clone(),
                label: if state == BookingState::Waiting {
                    "Leave the waiting list"
                } else {
                    "Give up the place"
                },
            }),
        }
    }
}

impl Form {
    async fn of(
        visitor: &Visitor,
        session: &SessionSummary,
        threads: &[ThreadSummary],
        vocabulary: &Vocabulary,
        follow_up: &str,
    ) -> Result<Self, Fault> {
        let form = visitor
            .draft(&format!("/catalogue/sessions/{}/book", session.session_id))
            .await?;
        let choice = |thread: &ThreadSummary| Choice::new(&thread.follow_up_id, follow_up_label(thread, vocabulary));
        let full = places_left(session) == 0;
        let line = session.waiting_count + 1;
        Ok(Self {
            says: if full {
                format!(
                    "All places are taken. If you book, you are {} in line, and the first place that becomes free in your \
                     turn is yours.",
                    called::ordinal(line)
                )
            } else {
                "Depending on your school’s policy a longer or dearer session waits for your school to agree; the place is \
                 kept for you meanwhile."
                    .into()
            },
            form: match follow_up {
                "" => form,
                id => form.preset("follow_up_ids", id),
            },
            follow_ups: threads.iter().map(choice).collect(),
            label: if full { "Join the waiting list" } else { "Book a place" },
        })
    }
}

/// A follow-up as its person knows it: what it is about, and when it was agreed.
pub(super) fn follow_up_label(thread: &ThreadSummary, vocabulary: &Vocabulary) -> String {
    let areas = vocabulary.areas(&thread.focus_areas);
    let agreed = words::iso_day(&thread.agreed_on);
    match areas.as_str() {
        "" => format!("Agreed on {agreed}"),
        areas => format!("{areas}, agreed on {agreed}"),
    }
}

async fn book(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = BookPlaceRequest {
        request_id: sent.fields.request_id(),
        session_id: id.clone(),
        follow_up_ids: texts(&sent.fields.all("follow_up_ids")),
        ..Default::default()
    };
    let mut sessions = sent.visitor.clients().sessions;
    let answer = sessions.book_place(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| format!("/catalogue/sessions/{id}?done=booked"))
        .await
}

async fn cancel(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = CancelBookingRequest {
        request_id: sent.fields.request_id(),
        session_id: id.clone(),
        booking_id: sent.fields.get("booking_id").to_owned(),
        ..Default::default()
    };
    let mut sessions = sent.visitor.clients().sessions;
    sessions.cancel_booking(sent.visitor.ask(message)).await?;
    Ok(Redirect::to(&format!("/catalogue/sessions/{id}?done=cancelled")).into_response())
}

/// Of a form's choices, as requests want them.
pub(super) fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_knows_their_place_and_what_happens_then() {
        let booking = Booking {
            state: BookingState::Waiting.into(),
            place_in_line: 2,
            ..Booking::default()
        };
        let says = promise(&booking);
        assert!(says.starts_with("You are 2nd in line.") && says.contains("it is yours at once"));
        let approval = Booking {
            needs_approval: true,
            ..booking
        };
        assert!(promise(&approval).contains("until your school agrees"));
    }
}

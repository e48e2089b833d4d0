//! Bookings stay true to what happens to people:
//!
//! | elsewhere | here |
//! |---|---|
//! | somebody goes on long leave | bookings of sessions on days away are cancelled, cause `LEAVE` |
//! | somebody leaves the trust | bookings of sessions after their last day are cancelled, cause `LEFT` |
//! | somebody is erased | all bookings to come are cancelled, cause `ERASED` |
//! | a place is booked, or a session moved to another day | the same, for whoever will be away or gone |
//!
//! Those who wait take the places. A move to another school changes nothing: the school that they come from is as it was
//! when they booked, and their learning record goes with them.
//!
//! What is known to begin later is answered at once, for the sessions from that day on: a place that nobody will take
//! helps nobody.

use api::{
    catalogue::v1::{BookingCancellation, SessionEvent, session_event},
    directory::v1::{PersonEvent, person_event::Event},
    ids::{PersonId, SessionId},
};
use chrono::NaiveDate;
use eventstore::Recorded;
use identity::{context::date_in_england, roster::Person};
use prost::Message as _;
use service::{Commands, Error, Plan, reactions::Answers};

use super::react;
use crate::{
    index::Index,
    session::{Command, Session},
};

/// Cancels bookings of those who cannot come. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Bookings {
    commands: Commands,
    index: Index,
}

impl Bookings {
    pub(crate) fn new(commands: Commands, index: Index) -> Self {
        Self { commands, index }
    }

    /// Somebody goes away, leaves or is erased: what is known of them by now decides on each of their bookings.
    async fn look_at_person(&self, event: &Recorded) -> Result<(), Error> {
        self.commands.gate().roster().ensure(event.position).await?;
        let id = PersonId(event.stream_id.0);
        let Some(person) = self.person(id) else { return Ok(()) };
        for upcoming in self.index.live_sessions_of(id, happened_on(event)).await? {
            self.look_at_place(event, upcoming.id, &person, upcoming.on).await?;
        }
        Ok(())
    }

    /// Somebody got a place or a turn for one, or the session moved for all.
    async fn look_at_session(&self, event: &Recorded, only: Option<PersonId>) -> Result<(), Error> {
        let id = SessionId(event.stream_id.0);
        let Some(loaded) = self.commands.load::<Session>(id).await? else {
            return Ok(());
        };
        let session = loaded.state;
        for booking in session.bookings.iter().filter(|booking| booking.standing.is_live()) {
            let person = booking.booker.person;
            if only.is_none_or(|only| only == person)
                && let Some(person) = self.person(person)
            {
                self.look_at_place(event, id, &person, session.on).await?;
            }
        }
        Ok(())
    }

    async fn look_at_place(
        &self,
        event: &Recorded,
        session: SessionId,
        person: &Person,
        on: NaiveDate,
    ) -> Result<(), Error> {
        let Some(cause) = cause(person, on) else {
            return Ok(());
        };
        let release = Command::Release {
            person: person.id,
            on: happened_on(event),
            cause,
        };
        let what = format!("release {} {session}", person.id);
        react(&self.commands, event, &what, Plan::of::<Session>(session, release)).await
    }

    fn person(&self, id: PersonId) -> Option<Person> {
        self.commands.gate().roster().read().person(id).cloned()
    }
}

/// Why somebody cannot take part on a day, if they cannot.
fn cause(person: &Person, on: NaiveDate) -> Option<BookingCancellation> {
    if person.erased {
        Some(BookingCancellation::Erased)
    } else if person.left(on) {
        Some(BookingCancellation::Left)
    } else if person.on_leave(on) {
        Some(BookingCancellation::Leave)
    } else {
        None
    }
}

impl Answers for Bookings {
    const NAME: Option<&'static str> = Some("bookings");

    async fn answer(&self, events: &[Recorded], _: NaiveDate) -> Result<(), Error> {
        // Whoever had gone when an event of ours was recorded is known to have gone; who goes later is told of later.
        self.commands.gate().roster().catch_up().await?;
        for event in events {
            match event.kind.as_str() {
                "session.booked" | "session.awaits_approval" | "session.waitlisted" => {
                    // Hardly anybody who books will be away: nothing is loaded for the others.
                    if let Some(person) = booker(event).and_then(|id| self.person(id)).filter(may_be_missing) {
                        self.look_at_session(event, Some(person.id)).await?;
                    }
                }
                "session.rescheduled" => self.look_at_session(event, None).await?,
                _ if event.kind.aggregate() == "person" && takes_away(event) => {
                    self.look_at_person(event).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Who booked.
fn booker(event: &Recorded) -> Option<PersonId> {
    use session_event::Event;
    let person = match SessionEvent::decode(event.payload.as_ref()).ok()?.event? {
        Event::Booked(booked) => booked.person_id,
        Event::AwaitsApproval(awaits) => awaits.person_id,
        Event::Waitlisted(waits) => waits.person_id,
        _ => return None,
    };
    person.parse().ok()
}

/// Whether there is any day on which somebody is not there.
fn may_be_missing(person: &Person) -> bool {
    person.erased || person.left_on.is_some() || !person.leave.is_empty()
}

/// Whether somebody may not be there any more because of it.
fn takes_away(event: &Recorded) -> bool {
    let decoded = PersonEvent::decode(event.payload.as_ref())
        .ok()
        .and_then(|decoded| decoded.event);
    matches!(
        decoded,
        Some(Event::LeaveStarted(_) | Event::Left(_) | Event::Erased(_))
    )
}

fn happened_on(event: &Recorded) -> NaiveDate {
    date_in_england(event.metadata.occurred_at)
}

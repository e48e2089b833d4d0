//! A session: one dated occurrence of an activity, with everybody's place on it.
//!
//! offered ──► held ──► attendance recorded, and corrected
//!    │  └── rescheduled · capacity changed
//!    └──► cancelled, with all bookings
//!
//! A booking ([`booking`]):
//!
//! ```text
//! booked, confirmed ◄── approved ── place kept for approval ──► declined
//!    ▲                                   ▲
//!    └───────── promoted ◄── waiting ────┘        cancelled, from any of them
//! ```
//!
//! Places and who waits are one aggregate's, so that there are never more places taken than there are: a place that is
//! kept for approval is taken. Whenever one becomes free, the first who waits has it in the same decision.

pub mod booking;
mod course;
mod rejection;
mod state;
#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        ActivityKind, Audience, BookingCancellation, MandatoryRule, Openness, ProviderKind, SessionEvent,
        SessionOffered,
    },
    common::v1::{Purpose, Sealed},
    ids::{ActivityId, BookingId, NetworkId, PersonId, PriorityId, ProviderId, TrustId, Urn},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;

pub use self::{
    booking::{Book, Booker, Booking, Standing},
    rejection::Rejection,
};

/// Where a session stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    #[default]
    Unknown,
    Open,
    Held,
    Cancelled,
}

/// What became of a session so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    pub stage: Stage,
    pub activity: ActivityId,
    pub trust: TrustId,
    /// The school that offers it; absent for the whole trust.
    pub urn: Option<Urn>,
    pub on: NaiveDate,
    /// Clock time; empty if any time will do.
    pub starts_at: String,
    /// As planned; once it was held, as it was.
    pub minutes: i32,
    pub capacity: i32,
    pub place: String,
    pub leads: Vec<PersonId>,
    /// As it was offered.
    pub offered: SessionOffered,
    /// Why it was called off, or moved last.
    pub reason: Option<Sealed>,
    /// In order of arrival.
    pub bookings: Vec<Booking>,
}

/// What can be asked of a session.
#[derive(Clone, Debug)]
pub enum Command {
    Offer(Box<Offer>),
    Reschedule(Reschedule),
    ChangeCapacity {
        capacity: i32,
    },
    Cancel {
        on: NaiveDate,
        reason: String,
    },
    Hold {
        /// Absent for the planned day.
        on: Option<NaiveDate>,
        /// Absent for as planned.
        minutes: Option<i32>,
        attendance: Vec<Attendance>,
    },
    RecordAttendance {
        attendance: Vec<Attendance>,
    },
    Book(Book),
    Approve {
        booking: BookingId,
    },
    Decline {
        booking: BookingId,
        reason: String,
    },
    CancelBooking {
        booking: BookingId,
    },
    /// Somebody cannot take part any more. Nothing happens if they have no place, nor a turn for one, or if it is over.
    Release {
        person: PersonId,
        on: NaiveDate,
        cause: BookingCancellation,
    },
}

/// Opens a session for booking, with what its activity says at that time.
#[derive(Clone, Debug)]
pub struct Offer {
    pub activity: OfferedActivity,
    /// The school that offers it; absent for the whole trust.
    pub urn: Option<Urn>,
    pub on: NaiveDate,
    pub starts_at: String,
    pub minutes: i32,
    pub school_minutes: i32,
    pub capacity: i32,
    pub place: String,
    pub leads: Vec<PersonId>,
}

/// What a session takes over from its activity.
#[derive(Clone, Debug)]
pub struct OfferedActivity {
    pub id: ActivityId,
    pub trust: TrustId,
    /// The school that published it; absent for the whole trust.
    pub urn: Option<Urn>,
    pub title: String,
    pub kind: ActivityKind,
    pub provider_kind: ProviderKind,
    pub provider: Option<ProviderId>,
    pub cost_pence: i64,
    pub focus_areas: Vec<String>,
    pub priorities: Vec<PriorityId>,
    pub audience: Option<Audience>,
    pub openness: Openness,
    pub network: Option<NetworkId>,
    pub mandatory: Option<MandatoryRule>,
    pub purpose: Purpose,
    pub withdrawn_on: Option<NaiveDate>,
}

/// Moves a session.
#[derive(Clone, Debug)]
pub struct Reschedule {
    pub on: NaiveDate,
    pub starts_at: String,
    pub place: String,
    pub reason: String,
}

/// Whether somebody came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attendance {
    pub booking: BookingId,
    /// For how long; absent for the whole session. None of it means that they did not come.
    pub minutes: Option<i32>,
    pub attended: bool,
}

impl Aggregate for Session {
    type Event = SessionEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<SessionEvent>, Rejection> {
        match command {
            Command::Offer(offer) => self.offer(*offer, context),
            Command::Reschedule(to) => self.reschedule(to, context),
            Command::ChangeCapacity { capacity } => self.change_capacity(capacity, context),
            Command::Cancel { on, reason } => self.cancel(on, reason, context),
            Command::Hold {
                on,
                minutes,
                attendance,
            } => self.hold(on, minutes, &attendance, context),
            Command::RecordAttendance { attendance } => self.record_attendance(&attendance),
            Command::Book(book) => self.book(book, context),
            Command::Approve { booking } => self.approve(booking, context),
            Command::Decline { booking, reason } => self.decline(booking, reason, context),
            Command::CancelBooking { booking } => self.cancel_booking(booking, context),
            Command::Release { person, on, cause } => self.release(person, on, cause, context),
        }
    }

    fn evolve(&mut self, event: &SessionEvent) {
        self.follow(event);
    }
}

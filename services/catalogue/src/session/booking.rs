//! Somebody's place on a session, or their turn for one.

use api::{
    catalogue::v1::{
        BookingApproved, BookingAwaitsApproval, BookingCancellation, BookingCancelled, BookingDeclined,
        BookingPromoted, BookingWaitlisted, Openness, PlaceBooked, SessionEvent,
    },
    common::v1::{CareerStage, Purpose, RoleGroup, Sealed},
    ids::{BookingId, FollowUpId, ObjectiveId, PersonId, Urn},
};
use chrono::NaiveDate;
use eventstore::Aggregate as _;
use identity::{Context, Policy};
use service::recorded;

use super::{Rejection, Session};
use crate::activity::is_for;

/// Where a booking stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// On the waiting list.
    #[default]
    Waiting,
    /// A place is kept until the school agrees.
    AwaitingApproval,
    Confirmed,
    Declined,
    Cancelled,
    Attended,
    Absent,
}

impl Standing {
    /// Whether a place is taken by it, so that whoever has it can have come.
    pub fn has_place(self) -> bool {
        matches!(
            self,
            Self::AwaitingApproval | Self::Confirmed | Self::Attended | Self::Absent
        )
    }

    /// Whether a place, or a turn for one, is still to come.
    pub fn is_live(self) -> bool {
        matches!(self, Self::Waiting | Self::AwaitingApproval | Self::Confirmed)
    }
}

/// A booking, and what became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Booking {
    pub id: BookingId,
    pub booker: Booker,
    pub standing: Standing,
    /// Whether the school must still agree.
    pub needs_approval: bool,
    /// How long they were there.
    pub minutes: i32,
    /// Why it was declined.
    pub reason: Option<Sealed>,
}

/// Who books, and what for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Booker {
    pub person: PersonId,
    /// The school that they come from; absent for the central team.
    pub urn: Option<Urn>,
    /// Theirs on that day.
    pub role_group: RoleGroup,
    /// Theirs on that day; unspecified if not known.
    pub career_stage: CareerStage,
    pub follow_ups: Vec<FollowUpId>,
    pub objectives: Vec<ObjectiveId>,
    pub purpose: Purpose,
}

/// Asks for a place.
#[derive(Clone, Debug)]
pub struct Book {
    pub id: BookingId,
    pub booker: Booker,
    /// Whether they are on long leave on that day.
    pub is_away: bool,
    /// Whether somebody books for them who may approve it.
    pub by_approver: bool,
}

impl Session {
    /// Whoever may approve and books for somebody has agreed by booking.
    pub(super) fn book(&self, book: Book, context: &Context) -> Result<Vec<SessionEvent>, Rejection> {
        self.must_be_bookable(context)?;
        let booker = &book.booker;
        if !is_for(self.offered.audience.as_ref(), booker.role_group, booker.career_stage) {
            return Err(Rejection::WrongAudience);
        }
        if self.offered.openness() == Openness::School && booker.urn != self.urn {
            return Err(Rejection::OfAnotherSchool);
        }
        if book.is_away {
            return Err(Rejection::OnLeave { on: self.on });
        }
        if self.bookings.iter().any(|booking| booking.id == book.id) {
            return Err(Rejection::BookingIdTaken);
        }
        if self.live_booking_of(booker.person).is_some() {
            return Err(Rejection::BookedAlready);
        }
        let needs_approval = self.needs_approval(&context.policy) && !book.by_approver;
        let event = if !self.has_free_place() {
            waitlisted(book, needs_approval).into()
        } else if needs_approval {
            awaits_approval(book).into()
        } else {
            booked(book).into()
        };
        Ok(vec![event])
    }

    /// Mandatory training is asked of staff: nobody needs leave to take it.
    fn needs_approval(&self, policy: &Policy) -> bool {
        let at_least = |value: i64, bound: u32| value >= i64::from(bound);
        self.offered.mandatory.is_none()
            && (at_least(self.offered.cost_pence, policy.booking_approval_pence)
                || at_least(i64::from(self.offered.school_minutes), policy.booking_approval_minutes))
    }

    pub(super) fn approve(&self, id: BookingId, context: &Context) -> Result<Vec<SessionEvent>, Rejection> {
        self.must_be_open()?;
        let booking = self.must_need_approval(id)?;
        let approver = must_be_somebody_else(booking, context)?;
        let approved = BookingApproved {
            booking_id: id.to_string(),
            person_id: booking.booker.person.to_string(),
            urn: recorded::text_of(booking.booker.urn),
            approved_by_id: approver.to_string(),
            on: context.today().to_string(),
        };
        Ok(vec![approved.into()])
    }

    pub(super) fn decline(
        &self,
        id: BookingId,
        reason: String,
        context: &Context,
    ) -> Result<Vec<SessionEvent>, Rejection> {
        self.must_be_open()?;
        let booking = self.must_need_approval(id)?;
        let decliner = must_be_somebody_else(booking, context)?;
        let declined = BookingDeclined {
            booking_id: id.to_string(),
            person_id: booking.booker.person.to_string(),
            urn: recorded::text_of(booking.booker.urn),
            declined_by_id: decliner.to_string(),
            on: context.today().to_string(),
            reason: Some(Sealed::about(booking.booker.person, reason)),
        };
        Ok(self.and_promote(vec![declined.into()]))
    }

    pub(super) fn cancel_booking(&self, id: BookingId, context: &Context) -> Result<Vec<SessionEvent>, Rejection> {
        self.must_be_bookable(context)?;
        let booking = self.must_have(id)?;
        if !booking.standing.is_live() {
            return Err(Rejection::BookingEnded);
        }
        let cause = if context.actor.is(booking.booker.person) {
            BookingCancellation::ByPerson
        } else {
            BookingCancellation::BySchool
        };
        Ok(self.and_promote(vec![cancelled(booking, cause, context.today())]))
    }

    pub(super) fn release(
        &self,
        person: PersonId,
        on: NaiveDate,
        cause: BookingCancellation,
        context: &Context,
    ) -> Result<Vec<SessionEvent>, Rejection> {
        let Some(booking) = self.live_booking_of(person) else {
            return Ok(Vec::new());
        };
        if self.must_be_open().is_err() {
            return Ok(Vec::new());
        }
        let events = vec![cancelled(booking, cause, on)];
        // Nobody can take a place on what is over.
        if self.must_be_bookable(context).is_err() {
            return Ok(events);
        }
        Ok(self.and_promote(events))
    }

    /// With what follows from free places: the first who wait have them.
    pub(super) fn and_promote(&self, mut events: Vec<SessionEvent>) -> Vec<SessionEvent> {
        let mut after = self.clone();
        for event in &events {
            after.evolve(event);
        }
        while let Some(promoted) = after.next_promotion() {
            after.evolve(&promoted);
            events.push(promoted);
        }
        events
    }

    fn next_promotion(&self) -> Option<SessionEvent> {
        let waits = |booking: &&Booking| booking.standing == Standing::Waiting;
        let first = self.bookings.iter().find(waits).filter(|_| self.has_free_place())?;
        let promoted = BookingPromoted {
            booking_id: first.id.to_string(),
            person_id: first.booker.person.to_string(),
            urn: recorded::text_of(first.booker.urn),
            awaits_approval: first.needs_approval,
        };
        Some(promoted.into())
    }

    /// Places that are confirmed, or kept for approval.
    pub fn taken_count(&self) -> i32 {
        self.count(Standing::has_place)
    }

    /// Those who wait for a place.
    pub fn waiting_count(&self) -> i32 {
        self.count(|standing| standing == Standing::Waiting)
    }

    fn count(&self, counts: impl Fn(Standing) -> bool) -> i32 {
        let count = self.bookings.iter().filter(|booking| counts(booking.standing)).count();
        i32::try_from(count).unwrap_or(i32::MAX)
    }

    fn has_free_place(&self) -> bool {
        self.taken_count() < self.capacity
    }

    /// Place on the waiting list, from 1; absent if not on it.
    pub fn place_in_line(&self, id: BookingId) -> Option<usize> {
        let mut line = self
            .bookings
            .iter()
            .filter(|booking| booking.standing == Standing::Waiting);
        line.position(|booking| booking.id == id).map(|ahead| ahead + 1)
    }

    /// The booking by which somebody is still to take part.
    pub fn live_booking_of(&self, person: PersonId) -> Option<&Booking> {
        self.bookings
            .iter()
            .find(|booking| booking.booker.person == person && booking.standing.is_live())
    }

    fn must_have(&self, id: BookingId) -> Result<&Booking, Rejection> {
        let booking = self.bookings.iter().find(|booking| booking.id == id);
        booking.ok_or(Rejection::NoSuchBooking)
    }

    fn must_need_approval(&self, id: BookingId) -> Result<&Booking, Rejection> {
        let booking = self.must_have(id)?;
        if !booking.standing.is_live() {
            return Err(Rejection::BookingEnded);
        }
        if !booking.needs_approval {
            return Err(Rejection::NothingToApprove);
        }
        Ok(booking)
    }
}

/// Nobody agrees to their own absence from school, or to what it costs.
fn must_be_somebody_else(booking: &Booking, context: &Context) -> Result<PersonId, Rejection> {
    let approver = context.actor.acting_person();
    approver
        .filter(|approver| *approver != booking.booker.person)
        .ok_or(Rejection::ApprovedByOneself)
}

fn cancelled(booking: &Booking, cause: BookingCancellation, on: NaiveDate) -> SessionEvent {
    BookingCancelled {
        booking_id: booking.id.to_string(),
        person_id: booking.booker.person.to_string(),
        urn: recorded::text_of(booking.booker.urn),
        cause: cause.into(),
        on: on.to_string(),
    }
    .into()
}

fn booked(Book { id, booker, .. }: Book) -> PlaceBooked {
    PlaceBooked {
        booking_id: id.to_string(),
        person_id: booker.person.to_string(),
        urn: recorded::text_of(booker.urn),
        role_group: booker.role_group.into(),
        career_stage: booker.career_stage.into(),
        follow_up_ids: recorded::texts(&booker.follow_ups),
        objective_ids: recorded::texts(&booker.objectives),
        purpose: booker.purpose.into(),
    }
}

fn awaits_approval(Book { id, booker, .. }: Book) -> BookingAwaitsApproval {
    BookingAwaitsApproval {
        booking_id: id.to_string(),
        person_id: booker.person.to_string(),
        urn: recorded::text_of(booker.urn),
        role_group: booker.role_group.into(),
        career_stage: booker.career_stage.into(),
        follow_up_ids: recorded::texts(&booker.follow_ups),
        objective_ids: recorded::texts(&booker.objectives),
        purpose: booker.purpose.into(),
    }
}

fn waitlisted(Book { id, booker, .. }: Book, needs_approval: bool) -> BookingWaitlisted {
    BookingWaitlisted {
        booking_id: id.to_string(),
        person_id: booker.person.to_string(),
        urn: recorded::text_of(booker.urn),
        role_group: booker.role_group.into(),
        career_stage: booker.career_stage.into(),
        follow_up_ids: recorded::texts(&booker.follow_ups),
        objective_ids: recorded::texts(&booker.objectives),
        purpose: booker.purpose.into(),
        needs_approval,
    }
}

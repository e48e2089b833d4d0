//! How events change a session.

use api::catalogue::v1::{
    BookingAwaitsApproval, BookingWaitlisted, PlaceBooked, SessionEvent, SessionOffered, session_event::Event,
};
use service::recorded;

use super::{Booker, Booking, Session, Stage, Standing};

impl Session {
    pub(super) fn follow(&mut self, event: &SessionEvent) {
        match &event.event {
            Some(Event::Offered(offered)) => self.on_offered(offered),
            Some(Event::Rescheduled(to)) => {
                self.on = recorded::date(&to.on);
                self.starts_at.clone_from(&to.starts_at);
                self.place.clone_from(&to.place);
                self.reason.clone_from(&to.reason);
            }
            Some(Event::CapacityChanged(changed)) => self.capacity = changed.capacity,
            Some(Event::Booked(booked)) => {
                self.arrive(booker_of_place(booked), &booked.booking_id, Standing::Confirmed, false)
            }
            Some(Event::AwaitsApproval(awaits)) => {
                self.arrive(
                    booker_awaiting(awaits),
                    &awaits.booking_id,
                    Standing::AwaitingApproval,
                    true,
                );
            }
            Some(Event::Waitlisted(waits)) => {
                self.arrive(
                    booker_waiting(waits),
                    &waits.booking_id,
                    Standing::Waiting,
                    waits.needs_approval,
                );
            }
            Some(Event::Approved(approved)) => self.change(&approved.booking_id, |booking| {
                booking.needs_approval = false;
                if booking.standing == Standing::AwaitingApproval {
                    booking.standing = Standing::Confirmed;
                }
            }),
            Some(Event::Declined(declined)) => self.change(&declined.booking_id, |booking| {
                booking.standing = Standing::Declined;
                booking.reason.clone_from(&declined.reason);
            }),
            Some(Event::Promoted(promoted)) => self.change(&promoted.booking_id, |booking| {
                booking.standing = if promoted.awaits_approval {
                    Standing::AwaitingApproval
                } else {
                    Standing::Confirmed
                };
            }),
            Some(Event::BookingCancelled(cancelled)) => {
                self.change(&cancelled.booking_id, |booking| booking.standing = Standing::Cancelled);
            }
            Some(Event::Held(held)) => {
                self.stage = Stage::Held;
                self.on = recorded::date(&held.on);
                self.minutes = held.minutes;
                // Nobody waits for what is over.
                self.end(|standing| standing == Standing::Waiting);
            }
            Some(Event::AttendanceRecorded(came)) => self.change(&came.booking_id, |booking| {
                booking.standing = if came.attended {
                    Standing::Attended
                } else {
                    Standing::Absent
                };
                booking.minutes = came.minutes;
            }),
            Some(Event::Cancelled(cancelled)) => {
                self.stage = Stage::Cancelled;
                self.reason.clone_from(&cancelled.reason);
                self.end(Standing::is_live);
            }
            None => {}
        }
    }

    fn on_offered(&mut self, offered: &SessionOffered) {
        *self = Self {
            stage: Stage::Open,
            activity: recorded::id(&offered.activity_id),
            trust: recorded::id(&offered.trust_id),
            urn: recorded::optional_urn(&offered.urn),
            on: recorded::date(&offered.on),
            starts_at: offered.starts_at.clone(),
            minutes: offered.minutes,
            capacity: offered.capacity,
            place: offered.place.clone(),
            leads: recorded::ids(&offered.lead_ids),
            offered: offered.clone(),
            reason: None,
            bookings: Vec::new(),
        };
    }

    fn arrive(&mut self, booker: Booker, id: &str, standing: Standing, needs_approval: bool) {
        self.bookings.push(Booking {
            id: recorded::id(id),
            booker,
            standing,
            needs_approval,
            ..Booking::default()
        });
    }

    fn change(&mut self, id: &str, change: impl Fn(&mut Booking)) {
        let id = recorded::id(id);
        self.bookings
            .iter_mut()
            .filter(|booking| booking.id == id)
            .for_each(change);
    }

    fn end(&mut self, ends: impl Fn(Standing) -> bool) {
        for booking in self.bookings.iter_mut().filter(|booking| ends(booking.standing)) {
            booking.standing = Standing::Cancelled;
        }
    }
}

fn booker_of_place(booked: &PlaceBooked) -> Booker {
    Booker {
        person: recorded::id(&booked.person_id),
        urn: recorded::optional_urn(&booked.urn),
        role_group: booked.role_group(),
        career_stage: booked.career_stage(),
        follow_ups: recorded::ids(&booked.follow_up_ids),
        objectives: recorded::ids(&booked.objective_ids),
        purpose: booked.purpose(),
    }
}

fn booker_awaiting(awaits: &BookingAwaitsApproval) -> Booker {
    Booker {
        person: recorded::id(&awaits.person_id),
        urn: recorded::optional_urn(&awaits.urn),
        role_group: awaits.role_group(),
        career_stage: awaits.career_stage(),
        follow_ups: recorded::ids(&awaits.follow_up_ids),
        objectives: recorded::ids(&awaits.objective_ids),
        purpose: awaits.purpose(),
    }
}

fn booker_waiting(waits: &BookingWaitlisted) -> Booker {
    Booker {
        person: recorded::id(&waits.person_id),
        urn: recorded::optional_urn(&waits.urn),
        role_group: waits.role_group(),
        career_stage: waits.career_stage(),
        follow_ups: recorded::ids(&waits.follow_up_ids),
        objectives: recorded::ids(&waits.objective_ids),
        purpose: waits.purpose(),
    }
}

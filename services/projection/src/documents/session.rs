//! A session of the catalogue with its bookings.

use api::catalogue::v1::{SessionEvent, session_event::Event};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// One dated occurrence of an activity.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Session {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    #[prost(bytes = "vec", tag = "4")]
    pub activity_id: Vec<u8>,
    /// What the activity is called, as published.
    #[prost(string, tag = "5")]
    pub title: String,
    #[prost(int32, optional, tag = "6")]
    pub on: Option<Day>,
    #[prost(bytes = "vec", repeated, tag = "7")]
    pub lead_ids: Vec<Vec<u8>>,
    #[prost(string, repeated, tag = "8")]
    pub focus_areas: Vec<String>,
    #[prost(message, repeated, tag = "9")]
    pub bookings: Vec<Booking>,
    #[prost(int32, optional, tag = "10")]
    pub held_on: Option<Day>,
    #[prost(bool, tag = "11")]
    pub cancelled: bool,
}

/// A person's place, or their turn for one.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Booking {
    /// The events about this booking alone.
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub booking_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    pub person_id: Vec<u8>,
    /// The school that they come from.
    #[prost(uint32, tag = "4")]
    pub urn: u32,
    #[prost(enumeration = "Place", tag = "5")]
    pub place: i32,
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub follow_up_ids: Vec<Vec<u8>>,
    /// Absent until the register says.
    #[prost(bool, optional, tag = "7")]
    pub attended: Option<bool>,
}

/// How a booking stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum Place {
    /// Not said.
    Unspecified = 0,
    /// They have a place.
    Confirmed = 1,
    /// A place is kept until their school agrees.
    AwaitsApproval = 2,
    /// They wait for a place.
    Waitlisted = 3,
    /// They wait for a place, and their school is still to agree.
    WaitlistedAwaitsApproval = 4,
    /// Cancelled or declined.
    Ended = 5,
}

impl Document for Session {
    const SOURCE: &'static str = "catalogue";
    const AGGREGATE: &'static str = "session";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        let entry = Entry::of(recorded);
        self.entries.push(entry);
        match SessionEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::Offered(offered)) => {
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.urn = compact::urn(&offered.urn);
                self.activity_id = compact::id_bytes(&offered.activity_id);
                self.title = offered.title;
                self.on = compact::day(&offered.on);
                self.lead_ids = compact::ids_bytes(&offered.lead_ids);
                self.focus_areas = offered.focus_areas;
            }
            Some(Event::Rescheduled(rescheduled)) => self.on = compact::day(&rescheduled.on),
            Some(Event::CapacityChanged(_)) | None => {}
            Some(Event::Booked(booked)) => {
                let follow_ups = booked.follow_up_ids;
                self.book(
                    entry,
                    &booked.booking_id,
                    &booked.person_id,
                    &booked.urn,
                    &follow_ups,
                    Place::Confirmed,
                );
            }
            Some(Event::AwaitsApproval(booked)) => {
                let follow_ups = booked.follow_up_ids;
                self.book(
                    entry,
                    &booked.booking_id,
                    &booked.person_id,
                    &booked.urn,
                    &follow_ups,
                    Place::AwaitsApproval,
                );
            }
            Some(Event::Waitlisted(booked)) => {
                let place = if booked.needs_approval {
                    Place::WaitlistedAwaitsApproval
                } else {
                    Place::Waitlisted
                };
                let follow_ups = booked.follow_up_ids;
                self.book(
                    entry,
                    &booked.booking_id,
                    &booked.person_id,
                    &booked.urn,
                    &follow_ups,
                    place,
                );
            }
            Some(Event::Approved(approved)) => self.update(entry, &approved.booking_id, |booking| {
                let place = match booking.place() {
                    Place::WaitlistedAwaitsApproval | Place::Waitlisted => Place::Waitlisted,
                    _ => Place::Confirmed,
                };
                booking.set_place(place);
            }),
            Some(Event::Declined(declined)) => {
                self.update(entry, &declined.booking_id, |booking| booking.set_place(Place::Ended));
            }
            Some(Event::Promoted(promoted)) => {
                let place = if promoted.awaits_approval {
                    Place::AwaitsApproval
                } else {
                    Place::Confirmed
                };
                self.update(entry, &promoted.booking_id, |booking| booking.set_place(place));
            }
            Some(Event::BookingCancelled(cancelled)) => {
                self.update(entry, &cancelled.booking_id, |booking| booking.set_place(Place::Ended));
            }
            Some(Event::Held(held)) => self.held_on = compact::day(&held.on),
            Some(Event::AttendanceRecorded(attendance)) => {
                self.update(entry, &attendance.booking_id, |booking| {
                    booking.attended = Some(attendance.attended);
                });
            }
            Some(Event::Cancelled(_)) => {
                self.cancelled = true;
                for booking in &mut self.bookings {
                    if booking.place() != Place::Ended {
                        booking.entries.push(entry);
                        booking.set_place(Place::Ended);
                    }
                }
            }
        }
        Ok(())
    }
}

impl Session {
    fn book(&mut self, entry: Entry, id: &str, person: &str, urn: &str, follow_ups: &[String], place: Place) {
        self.bookings.push(Booking {
            entries: vec![entry],
            booking_id: compact::id_bytes(id),
            person_id: compact::id_bytes(person),
            urn: compact::urn(urn),
            place: place.into(),
            follow_up_ids: compact::ids_bytes(follow_ups),
            attended: None,
        });
    }

    fn update(&mut self, entry: Entry, id: &str, change: impl FnOnce(&mut Booking)) {
        let id = compact::id_bytes(id);
        if let Some(booking) = self.bookings.iter_mut().rev().find(|booking| booking.booking_id == id) {
            booking.entries.push(entry);
            change(booking);
        }
    }

    /// Whether it took place and nobody has said yet who of those with a place came.
    pub fn register_owed(&self) -> bool {
        let unknown = |booking: &Booking| booking.place() == Place::Confirmed && booking.attended.is_none();
        self.held_on.is_some() && !self.cancelled && self.bookings.iter().any(unknown)
    }
}

impl Booking {
    /// Who takes part.
    pub fn person(&self) -> Option<Uuid> {
        compact::id(&self.person_id)
    }

    /// Whether their school is still to agree.
    pub fn awaits_approval(&self) -> bool {
        matches!(self.place(), Place::AwaitsApproval | Place::WaitlistedAwaitsApproval)
    }
}

impl Shelved for Session {
    fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    fn urn(&self) -> u32 {
        self.urn
    }

    fn day(&self) -> Option<Day> {
        self.on
    }

    fn people(&self) -> Vec<(Uuid, bool)> {
        let owed = self.register_owed();
        let leads = compact::ids(&self.lead_ids).map(|lead| (lead, owed));
        let booked = self
            .bookings
            .iter()
            .filter_map(|booking| Some((booking.person()?, booking.awaits_approval())));
        leads.chain(booked).collect()
    }

    fn schools(&self) -> Vec<(u32, bool)> {
        let schools = self
            .bookings
            .iter()
            .map(|booking| (booking.urn, booking.awaits_approval()));
        schools.collect()
    }
}

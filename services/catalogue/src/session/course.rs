//! The course of a session: offered, moved, held or called off; and who came.

use api::catalogue::v1::{
    AttendanceRecorded, Openness, SessionCancelled, SessionCapacityChanged, SessionEvent, SessionHeld, SessionOffered,
    SessionRescheduled,
};
use chrono::NaiveDate;
use eventstore::Aggregate as _;
use identity::Context;
use service::recorded;

use super::{Attendance, Offer, Rejection, Reschedule, Session, Stage, Standing};
use crate::activity::sealed;

impl Session {
    pub(super) fn offer(&self, offer: Offer, context: &Context) -> Result<Vec<SessionEvent>, Rejection> {
        if self.stage != Stage::Unknown {
            return Err(Rejection::OfferedAlready);
        }
        if let Some(on) = offer.activity.withdrawn_on {
            return Err(Rejection::ActivityWithdrawn { on });
        }
        let today = context.today();
        if offer.on < today {
            return Err(Rejection::OfferedForThePast { today });
        }
        if offer.school_minutes > offer.minutes {
            return Err(Rejection::MoreSchoolTimeThanTime { minutes: offer.minutes });
        }
        let activity = &offer.activity;
        if activity.openness == Openness::School && offer.urn != activity.urn {
            return Err(Rejection::ActivityOfOneSchool);
        }
        Ok(vec![offer.recorded().into()])
    }

    /// A session that did not take place as planned may be moved afterwards, too.
    pub(super) fn reschedule(&self, to: Reschedule, context: &Context) -> Result<Vec<SessionEvent>, Rejection> {
        self.must_be_open()?;
        let today = context.today();
        if to.on < today {
            return Err(Rejection::OfferedForThePast { today });
        }
        if (to.on, &to.starts_at, &to.place) == (self.on, &self.starts_at, &self.place) {
            return Err(Rejection::NotMoved);
        }
        let rescheduled = SessionRescheduled {
            on: to.on.to_string(),
            starts_at: to.starts_at,
            place: to.place,
            reason: sealed(self.trust, to.reason),
        };
        Ok(vec![rescheduled.into()])
    }

    /// Those who wait take new places at once. Nobody loses one when there are fewer.
    pub(super) fn change_capacity(&self, capacity: i32, context: &Context) -> Result<Vec<SessionEvent>, Rejection> {
        self.must_be_bookable(context)?;
        if capacity == self.capacity {
            return Err(Rejection::SameCapacity { capacity });
        }
        Ok(self.and_promote(vec![SessionCapacityChanged { capacity }.into()]))
    }

    pub(super) fn cancel(
        &self,
        on: NaiveDate,
        reason: String,
        context: &Context,
    ) -> Result<Vec<SessionEvent>, Rejection> {
        self.must_be_open()?;
        let today = context.today();
        if on > today {
            return Err(Rejection::InTheFuture { today });
        }
        let cancelled = SessionCancelled {
            on: on.to_string(),
            reason: sealed(self.trust, reason),
        };
        Ok(vec![cancelled.into()])
    }

    pub(super) fn hold(
        &self,
        on: Option<NaiveDate>,
        minutes: Option<i32>,
        attendance: &[Attendance],
        context: &Context,
    ) -> Result<Vec<SessionEvent>, Rejection> {
        self.must_be_open()?;
        let on = on.unwrap_or(self.on);
        let today = context.today();
        if on > today {
            return Err(Rejection::NotHeldYet { on, today });
        }
        let held = SessionHeld {
            on: on.to_string(),
            minutes: minutes.unwrap_or(self.minutes),
        };
        let mut events = vec![held.into()];
        let mut after = self.clone();
        after.evolve(&events[0]);
        events.extend(after.record_attendance(attendance)?);
        Ok(events)
    }

    /// Only what is new, or other than before, is recorded.
    pub(super) fn record_attendance(&self, attendance: &[Attendance]) -> Result<Vec<SessionEvent>, Rejection> {
        match self.stage {
            Stage::Held => {}
            Stage::Cancelled => return Err(Rejection::Cancelled),
            Stage::Unknown | Stage::Open => return Err(Rejection::HoldFirst),
        }
        let mut events = Vec::new();
        for (index, came) in attendance.iter().enumerate() {
            let booking = self.bookings.iter().find(|booking| booking.id == came.booking);
            let Some(booking) = booking.filter(|booking| booking.standing.has_place()) else {
                return Err(Rejection::WithoutPlace { booking: came.booking });
            };
            if attendance[..index].iter().any(|before| before.booking == came.booking) {
                return Err(Rejection::RegisteredTwice { booking: came.booking });
            }
            let minutes = if came.attended {
                came.minutes.unwrap_or(self.minutes)
            } else {
                0
            };
            if minutes > self.minutes {
                return Err(Rejection::LongerThanSession { minutes: self.minutes });
            }
            let standing = if came.attended {
                Standing::Attended
            } else {
                Standing::Absent
            };
            if (booking.standing, booking.minutes) != (standing, minutes) {
                events.push(
                    AttendanceRecorded {
                        booking_id: booking.id.to_string(),
                        person_id: booking.booker.person.to_string(),
                        urn: recorded::text_of(booking.booker.urn),
                        attended: came.attended,
                        minutes,
                        on: self.on.to_string(),
                    }
                    .into(),
                );
            }
        }
        Ok(events)
    }

    pub(super) fn must_be_open(&self) -> Result<(), Rejection> {
        match self.stage {
            Stage::Held => Err(Rejection::Held { on: self.on }),
            Stage::Cancelled => Err(Rejection::Cancelled),
            Stage::Unknown | Stage::Open => Ok(()),
        }
    }

    /// Open, and still to come.
    pub(super) fn must_be_bookable(&self, context: &Context) -> Result<(), Rejection> {
        self.must_be_open()?;
        if self.on < context.today() {
            return Err(Rejection::Past { on: self.on });
        }
        Ok(())
    }
}

impl Offer {
    fn recorded(self) -> SessionOffered {
        let activity = self.activity;
        SessionOffered {
            activity_id: activity.id.to_string(),
            trust_id: activity.trust.to_string(),
            urn: recorded::text_of(self.urn),
            title: activity.title,
            kind: activity.kind.into(),
            provider_kind: activity.provider_kind.into(),
            provider_id: recorded::text_of(activity.provider),
            on: self.on.to_string(),
            starts_at: self.starts_at,
            minutes: self.minutes,
            school_minutes: self.school_minutes,
            capacity: self.capacity,
            cost_pence: activity.cost_pence,
            place: self.place,
            lead_ids: recorded::texts(&self.leads),
            focus_areas: activity.focus_areas,
            priority_ids: recorded::texts(&activity.priorities),
            audience: activity.audience,
            openness: activity.openness.into(),
            network_id: recorded::text_of(activity.network),
            mandatory: activity.mandatory,
            purpose: activity.purpose.into(),
        }
    }
}

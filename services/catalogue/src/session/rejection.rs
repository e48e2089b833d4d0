//! The rules of a session and its bookings, each with the sentence that explains it.

use api::ids::BookingId;
use chrono::NaiveDate;
use service::Reject;

/// Why a session refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this session was offered already: reschedule it, or offer another")]
    OfferedAlready,
    #[error("its activity was withdrawn on {on}: offer a session of another")]
    ActivityWithdrawn { on: NaiveDate },
    #[error("a session takes place today ({today}) or later: choose another day")]
    OfferedForThePast { today: NaiveDate },
    #[error("it takes {minutes} minutes: no more of them can be school time")]
    MoreSchoolTimeThanTime { minutes: i32 },
    #[error("its activity is open to the staff of the school that publishes it: offer the session there")]
    ActivityOfOneSchool,
    #[error("day, time and place are as before: change at least one")]
    NotMoved,
    #[error("it has {capacity} places already")]
    SameCapacity { capacity: i32 },
    #[error("a day in the future cannot be recorded: today is {today}")]
    InTheFuture { today: NaiveDate },
    #[error(
        "it is planned for {on}, and today is {today}: record it when it has taken place, or say on which day it did"
    )]
    NotHeldYet { on: NaiveDate, today: NaiveDate },
    #[error("this session was held on {on}")]
    Held { on: NaiveDate },
    #[error("this session was cancelled: look for another")]
    Cancelled,
    #[error("this session was on {on}: look for another, or record who came")]
    Past { on: NaiveDate },
    #[error("record first that the session was held")]
    HoldFirst,
    #[error("booking {booking} has no place on this session: record only who had one")]
    WithoutPlace { booking: BookingId },
    #[error("booking {booking} is on the register twice: name it once")]
    RegisteredTwice { booking: BookingId },
    #[error("the session took {minutes} minutes: nobody was there for longer")]
    LongerThanSession { minutes: i32 },
    #[error("it is for other role groups or career stages: look for what is open to them")]
    WrongAudience,
    #[error("it is open to the staff of one school, and they work at another")]
    OfAnotherSchool,
    #[error("they are on long leave on {on}")]
    OnLeave { on: NaiveDate },
    #[error("this booking's identifier is taken: choose another")]
    BookingIdTaken,
    #[error("they have a place, or wait for one: cancel that booking first")]
    BookedAlready,
    #[error("this session has no such booking")]
    NoSuchBooking,
    #[error("this booking has ended: book anew")]
    BookingEnded,
    #[error("this booking needs nobody's approval, or has it")]
    NothingToApprove,
    #[error("somebody else must decide on it: their line manager, head, or who leads professional development")]
    ApprovedByOneself,
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::OfferedAlready => "SESSION_OFFERED_ALREADY",
            Self::ActivityWithdrawn { .. } => "ACTIVITY_WITHDRAWN",
            Self::OfferedForThePast { .. } => "IN_THE_PAST",
            Self::MoreSchoolTimeThanTime { .. } => "MORE_SCHOOL_TIME_THAN_TIME",
            Self::ActivityOfOneSchool => "ACTIVITY_OF_ONE_SCHOOL",
            Self::NotMoved => "SESSION_NOT_MOVED",
            Self::SameCapacity { .. } => "SAME_CAPACITY",
            Self::InTheFuture { .. } => "IN_THE_FUTURE",
            Self::NotHeldYet { .. } => "SESSION_NOT_HELD_YET",
            Self::Held { .. } => "SESSION_HELD",
            Self::Cancelled => "SESSION_CANCELLED",
            Self::Past { .. } => "SESSION_PAST",
            Self::HoldFirst => "SESSION_NOT_HELD",
            Self::WithoutPlace { .. } => "WITHOUT_PLACE",
            Self::RegisteredTwice { .. } => "REGISTERED_TWICE",
            Self::LongerThanSession { .. } => "LONGER_THAN_SESSION",
            Self::WrongAudience => "WRONG_AUDIENCE",
            Self::OfAnotherSchool => "OF_ANOTHER_SCHOOL",
            Self::OnLeave { .. } => "ON_LEAVE",
            Self::BookingIdTaken => "BOOKING_ID_TAKEN",
            Self::BookedAlready => "BOOKED_ALREADY",
            Self::NoSuchBooking => "NO_SUCH_BOOKING",
            Self::BookingEnded => "BOOKING_ENDED",
            Self::NothingToApprove => "NOTHING_TO_APPROVE",
            Self::ApprovedByOneself => "APPROVED_BY_ONESELF",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::ActivityWithdrawn { .. } => Some("activity_id"),
            Self::OfferedForThePast { .. } | Self::NotMoved | Self::InTheFuture { .. } | Self::NotHeldYet { .. } => {
                Some("on")
            }
            Self::MoreSchoolTimeThanTime { .. } => Some("school_minutes"),
            Self::ActivityOfOneSchool => Some("urn"),
            Self::SameCapacity { .. } => Some("capacity"),
            Self::WithoutPlace { .. } | Self::RegisteredTwice { .. } | Self::LongerThanSession { .. } => {
                Some("attendance")
            }
            Self::WrongAudience | Self::OfAnotherSchool | Self::OnLeave { .. } | Self::BookedAlready => {
                Some("person_id")
            }
            Self::BookingIdTaken | Self::NoSuchBooking | Self::BookingEnded | Self::NothingToApprove => {
                Some("booking_id")
            }
            _ => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::ActivityWithdrawn { on } => vec![("withdrawn_on", on.to_string())],
            Self::Held { on } => vec![("held_on", on.to_string())],
            Self::Past { on } | Self::OnLeave { on } => vec![("on", on.to_string())],
            Self::WithoutPlace { booking } | Self::RegisteredTwice { booking } => {
                vec![("booking_id", booking.to_string())]
            }
            Self::MoreSchoolTimeThanTime { minutes } | Self::LongerThanSession { minutes } => {
                vec![("minutes", minutes.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

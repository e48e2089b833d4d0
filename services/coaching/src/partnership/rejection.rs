//! The rules of a partnership, each with the sentence that explains it.

use api::ids::PersonId;
use chrono::NaiveDate;
use service::Reject;

use crate::days::WrongDay;

/// Why a partnership refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this partnership was proposed already")]
    AlreadyProposed,
    #[error("this partnership was never proposed")]
    NotProposed,
    #[error("nobody coaches themselves: name two people")]
    CoachIsCoached,
    #[error("name at least one focus area")]
    NoFocusArea,
    #[error("a partnership is for development, induction or appraisal: choose one of these purposes")]
    NotForThisPurpose,
    #[error(
        "{person} coaches in {held} partnerships, and policy allows {max} at once: ask somebody else, or wait until one ends"
    )]
    LoadTooHigh { person: PersonId, held: u32, max: u32 },
    #[error("only the two of the partnership can do this")]
    NotOfThePair,
    #[error("you have said yes already: the other of the two is to agree")]
    AwaitsTheOther,
    #[error("the other of the two has said yes: agree, with the goals that you negotiated")]
    AgreeInstead,
    #[error("the other of the two has not said yes yet: accept, and they agree with the goals that you negotiate")]
    OtherHasNotAccepted,
    #[error("this partnership was agreed on {on} already")]
    AlreadyAgreed { on: NaiveDate },
    #[error("name at least one goal")]
    NoGoal,
    #[error("this partnership is not agreed yet: the other of the two agrees first")]
    NotAgreed,
    #[error("this partnership was declined")]
    Declined,
    #[error("this partnership ended on {on}: propose a new one")]
    Ended { on: NaiveDate },
    #[error("one of the two is away since {since}: record it when they are back, or give a day before that")]
    Away { since: NaiveDate },
    #[error("they are not away")]
    NotAway,
    #[error("a session is planned for today or later: record one that was held on {on} instead")]
    PlannedInThePast { on: NaiveDate },
    #[error("there is a session of this identifier already")]
    SessionExists,
    #[error("there is no such session in this partnership")]
    NoSuchSession,
    #[error("this session was held already")]
    AlreadyHeld,
    #[error("this session was not held yet: record it first")]
    NotHeld,
    #[error("only {coach} coaches in this partnership: leave the coach out, or propose peer coaching")]
    NotTheCoach { coach: PersonId },
    #[error(
        "{coach} coached the last session, on {on}: in peer coaching roles swap each time, so this time the other coaches"
    )]
    NotTheirTurn { coach: PersonId, on: NaiveDate },
    #[error("in peer coaching sessions are recorded in their order, so that turns can be told: the last was on {last}")]
    OutOfOrder { last: NaiveDate },
    #[error("nobody wrote the log of this session yet: draft it")]
    NoLog,
    #[error("you wrote this log, which counts as agreeing to it: the other of the two agrees")]
    DraftIsAgreement,
    #[error("both agreed to this log already: nothing in it changes any more")]
    LogAgreedAlready,
    #[error("a next step is for one of the two: name one of them")]
    StepForSomebodyElse,
    #[error("nothing has come of it before the first session: record one")]
    NoSessionYet,
    #[error("this follow-up is linked already")]
    LinkedAlready,
    #[error("look at what has come of it before it is completed: record a review, or end it early")]
    NotReviewed,
    #[error(transparent)]
    Day(#[from] WrongDay),
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyProposed => "PARTNERSHIP_ALREADY_PROPOSED",
            Self::NotProposed => "PARTNERSHIP_NOT_PROPOSED",
            Self::CoachIsCoached => "COACH_IS_COACHED",
            Self::NoFocusArea => "NO_FOCUS_AREA",
            Self::NotForThisPurpose => "NOT_FOR_THIS_PURPOSE",
            Self::LoadTooHigh { .. } => "COACHING_LOAD_TOO_HIGH",
            Self::NotOfThePair => "NOT_OF_THE_PAIR",
            Self::AwaitsTheOther => "AWAITS_THE_OTHER",
            Self::AgreeInstead => "AGREE_INSTEAD",
            Self::OtherHasNotAccepted => "OTHER_HAS_NOT_ACCEPTED",
            Self::AlreadyAgreed { .. } => "PARTNERSHIP_ALREADY_AGREED",
            Self::NoGoal => "NO_GOAL",
            Self::NotAgreed => "PARTNERSHIP_NOT_AGREED",
            Self::Declined => "PARTNERSHIP_DECLINED",
            Self::Ended { .. } => "PARTNERSHIP_ENDED",
            Self::Away { .. } => "PARTNERSHIP_PAUSED",
            Self::NotAway => "NOT_AWAY",
            Self::PlannedInThePast { .. } => "SESSION_IN_THE_PAST",
            Self::SessionExists => "SESSION_EXISTS",
            Self::NoSuchSession => "NO_SUCH_SESSION",
            Self::AlreadyHeld => "SESSION_ALREADY_HELD",
            Self::NotHeld => "SESSION_NOT_HELD",
            Self::NotTheCoach { .. } => "NOT_THE_COACH",
            Self::NotTheirTurn { .. } => "NOT_THEIR_TURN",
            Self::OutOfOrder { .. } => "SESSION_OUT_OF_ORDER",
            Self::NoLog => "NO_LOG",
            Self::DraftIsAgreement => "DRAFT_IS_AGREEMENT",
            Self::LogAgreedAlready => "LOG_ALREADY_AGREED",
            Self::StepForSomebodyElse => "STEP_FOR_SOMEBODY_ELSE",
            Self::NoSessionYet => "NO_SESSION_YET",
            Self::LinkedAlready => "ALREADY_LINKED",
            Self::NotReviewed => "PARTNERSHIP_NOT_REVIEWED",
            Self::Day(day) => day.reason(),
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::CoachIsCoached => Some("coached_id"),
            Self::LoadTooHigh { .. } | Self::NotTheCoach { .. } | Self::NotTheirTurn { .. } => Some("coach_id"),
            Self::NoFocusArea => Some("focus_areas"),
            Self::NotForThisPurpose => Some("purpose"),
            Self::NoGoal => Some("goals"),
            Self::SessionExists | Self::NoSuchSession | Self::AlreadyHeld | Self::NotHeld => Some("session_id"),
            Self::StepForSomebodyElse => Some("next_steps"),
            Self::LinkedAlready => Some("follow_up_id"),
            Self::Away { .. } | Self::PlannedInThePast { .. } | Self::OutOfOrder { .. } | Self::Day(_) => Some("on"),
            _ => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::LoadTooHigh { held, max, .. } => vec![("held", held.to_string()), ("max", max.to_string())],
            Self::NotTheCoach { coach } | Self::NotTheirTurn { coach, .. } => vec![("coach_id", coach.to_string())],
            Self::OutOfOrder { last } => vec![("last", last.to_string())],
            Self::Away { since } => vec![("since", since.to_string())],
            Self::Day(day) => day.facts(),
            _ => Vec::new(),
        }
    }
}

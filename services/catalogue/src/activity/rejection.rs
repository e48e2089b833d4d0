//! The rules of an activity, each with the sentence that explains it.

use chrono::NaiveDate;
use service::Reject;

/// Why an activity refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this activity was published already: revise it")]
    PublishedAlready,
    #[error("this activity was withdrawn on {on}: publish a new one")]
    Withdrawn { on: NaiveDate },
    #[error("a day in the future cannot be recorded: today is {today}")]
    InTheFuture { today: NaiveDate },
    #[error("say which item of mandatory training it settles")]
    MandatoryWithoutItem,
    #[error("only mandatory training settles an item: change the kind, or leave the item out")]
    ItemWithoutMandatory,
    #[error("say what pupils are meant to gain from it, or that it serves a discrete process")]
    NoIntendedImpact,
    #[error("it takes {minutes} minutes in all: no more of them can be in classrooms")]
    MoreInClassroomsThanInAll { minutes: i32 },
    #[error("it is the trust's: open it to the trust or a network, or let a school publish it")]
    OpenToWhichSchool,
    #[error("say which network it is shown to")]
    OpenToWhichNetwork,
    #[error("it is not open to a network: leave the network out, or open it")]
    NotOpenToNetwork,
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::PublishedAlready => "ACTIVITY_PUBLISHED_ALREADY",
            Self::Withdrawn { .. } => "ACTIVITY_WITHDRAWN",
            Self::InTheFuture { .. } => "IN_THE_FUTURE",
            Self::MandatoryWithoutItem => "MANDATORY_WITHOUT_ITEM",
            Self::ItemWithoutMandatory => "ITEM_WITHOUT_MANDATORY",
            Self::NoIntendedImpact => "NO_INTENDED_IMPACT",
            Self::MoreInClassroomsThanInAll { .. } => "MORE_IN_CLASSROOMS_THAN_IN_ALL",
            Self::OpenToWhichSchool => "OPEN_TO_WHICH_SCHOOL",
            Self::OpenToWhichNetwork => "OPEN_TO_WHICH_NETWORK",
            Self::NotOpenToNetwork => "NOT_OPEN_TO_NETWORK",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::InTheFuture { .. } => Some("on"),
            Self::MandatoryWithoutItem | Self::ItemWithoutMandatory => Some("offering.mandatory"),
            Self::NoIntendedImpact => Some("offering.intended_impact"),
            Self::MoreInClassroomsThanInAll { .. } => Some("offering.design.classroom_minutes"),
            Self::OpenToWhichSchool => Some("offering.openness"),
            Self::OpenToWhichNetwork | Self::NotOpenToNetwork => Some("offering.network_id"),
            Self::PublishedAlready | Self::Withdrawn { .. } => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Withdrawn { on } => vec![("withdrawn_on", on.to_string())],
            Self::MoreInClassroomsThanInAll { minutes } => vec![("minutes", minutes.to_string())],
            _ => Vec::new(),
        }
    }
}

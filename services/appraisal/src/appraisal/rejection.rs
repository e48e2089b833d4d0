//! Why an appraisal refuses a command: one variant a rule.

use api::{
    appraisal::v1::{Party, Population},
    ids::{NeedId, ObjectiveId},
};
use chrono::NaiveDate;
use service::Reject;

/// Why an appraisal refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this person's appraisal for the cycle is open already")]
    AlreadyOpened,
    #[error("this appraisal was never opened")]
    NotOpened,
    #[error("the cycle is for another part of the workforce than this person belongs to")]
    NotInPopulation { population: Population },
    #[error("the directory names nobody who appraises this person: say who does")]
    NobodyAppraises,
    #[error("nobody appraises themselves")]
    AppraiserIsAppraisee,
    #[error("only the person appraised and their appraiser can do this")]
    NotAParty,
    #[error("only the appraiser can do this")]
    NotTheAppraiser,
    #[error("only the person appraised can review their own year")]
    NotTheirOwnReview,
    #[error("only the person appraised can appeal")]
    NotTheirOwnAppeal,
    #[error("nobody decides this about their own appraisal")]
    OwnAppraisal,
    #[error("an appraisal is moderated by somebody other than its parties")]
    ModeratorIsParty,
    #[error("nobody signs for somebody else")]
    SignsForAnother,
    #[error("{count} objectives were given: policy asks for {min} to {max}")]
    ObjectiveCount { count: usize, min: u32, max: u32 },
    #[error("objective {0} is there twice")]
    ObjectiveTwice(ObjectiveId),
    #[error("objective {number} says that it comes from a follow-up: name at least one")]
    OriginNeedsFollowUp { number: usize },
    #[error("objective {number} says that it comes from an improvement priority: name at least one")]
    OriginNeedsPriority { number: usize },
    #[error("objective {number} says that it comes from a standard: give its code")]
    OriginNeedsStandard { number: usize },
    #[error("objectives must be agreed or set first")]
    ObjectivesFirst,
    #[error("there is no objective {0} in this appraisal")]
    UnknownObjective(ObjectiveId),
    #[error("the mid-year review was recorded already, as held on {on}")]
    AlreadyReviewed { on: NaiveDate },
    #[error("the appraisal was concluded on {on}: this belongs before that")]
    AlreadyConcluded { on: NaiveDate },
    #[error("objective {0} has no conclusion: each needs one")]
    MissingConclusion(ObjectiveId),
    #[error("objective {0} is concluded twice")]
    ConcludedTwice(ObjectiveId),
    #[error("the appraisal must be concluded first")]
    NotConcluded,
    #[error("the conclusion was moderated and upheld already")]
    AlreadyModerated,
    #[error("the {} has signed already", name(*.0))]
    AlreadySigned(Party),
    #[error("the {} has not signed", name(*.0))]
    NotSigned(Party),
    #[error("the appraisal closed on {on}: nothing is added to it any more, unless it is reopened")]
    Closed { on: NaiveDate },
    #[error("the appraisal is contested since {on}: it must be reopened first")]
    UnderAppeal { on: NaiveDate },
    #[error("only a closed appraisal can be contested")]
    AppealBeforeClose,
    #[error("an appeal was due by {until}")]
    AppealTooLate { until: NaiveDate },
    #[error("the appraisal is open: there is nothing to reopen")]
    NotClosed,
    #[error("need {0} was recorded already")]
    NeedAlreadyIdentified(NeedId),
    #[error("{on} is still to come: record it when it has happened")]
    InTheFuture { on: NaiveDate },
    #[error("{on} is before {what} ({earliest})")]
    TooEarly {
        on: NaiveDate,
        what: &'static str,
        earliest: NaiveDate,
    },
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyOpened => "APPRAISAL_ALREADY_OPENED",
            Self::NotOpened => "APPRAISAL_NOT_OPENED",
            Self::NotInPopulation { .. } => "PERSON_NOT_IN_POPULATION",
            Self::NobodyAppraises => "NOBODY_APPRAISES",
            Self::AppraiserIsAppraisee => "APPRAISER_IS_APPRAISEE",
            Self::NotAParty => "NOT_A_PARTY",
            Self::NotTheAppraiser => "NOT_THE_APPRAISER",
            Self::NotTheirOwnReview => "NOT_THEIR_OWN_REVIEW",
            Self::NotTheirOwnAppeal => "NOT_THEIR_OWN_APPEAL",
            Self::OwnAppraisal => "OWN_APPRAISAL",
            Self::ModeratorIsParty => "MODERATOR_IS_PARTY",
            Self::SignsForAnother => "SIGNS_FOR_ANOTHER",
            Self::ObjectiveCount { .. } => "OBJECTIVE_COUNT",
            Self::ObjectiveTwice(_) => "OBJECTIVE_TWICE",
            Self::OriginNeedsFollowUp { .. } => "ORIGIN_NEEDS_FOLLOW_UP",
            Self::OriginNeedsPriority { .. } => "ORIGIN_NEEDS_PRIORITY",
            Self::OriginNeedsStandard { .. } => "ORIGIN_NEEDS_STANDARD",
            Self::ObjectivesFirst => "OBJECTIVES_FIRST",
            Self::UnknownObjective(_) => "UNKNOWN_OBJECTIVE",
            Self::AlreadyReviewed { .. } => "MID_YEAR_ALREADY_REVIEWED",
            Self::AlreadyConcluded { .. } => "APPRAISAL_ALREADY_CONCLUDED",
            Self::MissingConclusion(_) => "OBJECTIVE_NOT_CONCLUDED",
            Self::ConcludedTwice(_) => "OBJECTIVE_CONCLUDED_TWICE",
            Self::NotConcluded => "APPRAISAL_NOT_CONCLUDED",
            Self::AlreadyModerated => "ALREADY_MODERATED",
            Self::AlreadySigned(_) => "ALREADY_SIGNED",
            Self::NotSigned(_) => "NOT_SIGNED",
            Self::Closed { .. } => "APPRAISAL_CLOSED",
            Self::UnderAppeal { .. } => "APPRAISAL_UNDER_APPEAL",
            Self::AppealBeforeClose => "APPEAL_BEFORE_CLOSE",
            Self::AppealTooLate { .. } => "APPEAL_TOO_LATE",
            Self::NotClosed => "APPRAISAL_NOT_CLOSED",
            Self::NeedAlreadyIdentified(_) => "NEED_ALREADY_IDENTIFIED",
            Self::InTheFuture { .. } => "DATE_IN_THE_FUTURE",
            Self::TooEarly { .. } => "DATE_TOO_EARLY",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotInPopulation { .. } => Some("person_id"),
            Self::NobodyAppraises | Self::AppraiserIsAppraisee => Some("appraiser_id"),
            Self::ObjectiveCount { .. }
            | Self::ObjectiveTwice(_)
            | Self::OriginNeedsFollowUp { .. }
            | Self::OriginNeedsPriority { .. }
            | Self::OriginNeedsStandard { .. } => Some("objectives"),
            Self::MissingConclusion(_) | Self::ConcludedTwice(_) => Some("conclusions"),
            Self::UnknownObjective(_) => Some("objective_id"),
            Self::NeedAlreadyIdentified(_) => Some("need_id"),
            Self::InTheFuture { .. } | Self::TooEarly { .. } | Self::AppealTooLate { .. } => Some("on"),
            _ => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::ObjectiveCount { min, max, .. } => vec![("min", min.to_string()), ("max", max.to_string())],
            Self::Closed { on } => vec![("closed_on", on.to_string())],
            Self::TooEarly { earliest, .. } => vec![("earliest", earliest.to_string())],
            Self::AppealTooLate { until } => vec![("until", until.to_string())],
            Self::UnknownObjective(id) | Self::MissingConclusion(id) | Self::ConcludedTwice(id) => {
                vec![("objective_id", id.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

fn name(party: Party) -> &'static str {
    match party {
        Party::Appraisee => "person appraised",
        Party::Appraiser => "appraiser",
        Party::Unspecified => "party",
    }
}

//! The rules of an observation, each with the sentence that explains it.

use chrono::NaiveDate;
use service::Reject;

/// Why an observation refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this observation was scheduled already")]
    AlreadyScheduled,
    #[error("a visit on a learning walk names nobody: record it on its walk")]
    WalkVisitNamesNobody,
    #[error("quality assurance looks at provision and names nobody: plan a learning walk instead")]
    PurposeNamesNobody,
    #[error("the statutory purpose is for mandatory training, not for observations")]
    PurposeIsForTraining,
    #[error("name at least one observer")]
    NoObserver,
    #[error("name one observer, or two for a joint observation")]
    TooManyObservers,
    #[error("the two observers of a joint observation are two people")]
    SameObserverTwice,
    #[error("nobody observes themselves, except in a video self-review")]
    ObserverIsObservee,
    #[error("a video self-review is watched by the person themselves, and nobody else")]
    SelfReviewByAnother,
    #[error("an observation is not planned for a day that is over: today is {today}")]
    ScheduledInThePast { today: NaiveDate },
    #[error("notice of {notice_days} working days is due: the earliest day is {earliest_on}")]
    TooShortNotice { notice_days: u32, earliest_on: NaiveDate },
    #[error("{count} observations are planned or made in this cycle: the policy allows {cap_count}")]
    CapOfCount { count: u32, cap_count: u32 },
    #[error("{minutes} minutes of observation are planned or made in this cycle: the policy allows {cap_minutes}")]
    CapOfMinutes { minutes: u32, cap_minutes: u32 },
    #[error("this observation was cancelled")]
    Cancelled,
    #[error("this observation is closed")]
    Closed,
    #[error("this observation took place on {conducted_on}")]
    AlreadyConducted { conducted_on: NaiveDate },
    #[error("this observation has not taken place yet")]
    NotYetConducted,
    #[error("only an observer of this observation may do this")]
    NotAnObserver,
    #[error("this observation is planned for {scheduled_on}: move it first if it took place earlier")]
    BeforeScheduledDay { scheduled_on: NaiveDate },
    #[error("a day in the future cannot be recorded: today is {today}")]
    InTheFuture { today: NaiveDate },
    #[error("the policy in force does not allow grading: leave ratings out")]
    GradingNotAllowed,
    #[error("`{focus_area}` is there twice: describe each focus area once")]
    DescriptorTwice { focus_area: String },
    #[error("this observation has one observer only")]
    NotJoint,
    #[error("this observer's record is there already")]
    ObserverRecordedAlready,
    #[error("feedback was shared already")]
    FeedbackSharedAlready,
    #[error("feedback follows the observation of {conducted_on}")]
    FeedbackBeforeObservation { conducted_on: NaiveDate },
    #[error("feedback has not been shared yet")]
    FeedbackNotShared,
    #[error("only the person observed may acknowledge feedback")]
    NotTheObservee,
    #[error("feedback was acknowledged already")]
    AcknowledgedAlready,
    #[error("feedback was shared on {shared_on}: it cannot have been acknowledged before")]
    AcknowledgedBeforeShared { shared_on: NaiveDate },
    #[error("the last step was on {last_on}: it cannot have been closed before")]
    ClosedBeforeItsLastStep { last_on: NaiveDate },
    #[error("only the person observed and the observers may add media")]
    NotInvolved,
    #[error("this recording was added already")]
    MediaAddedAlready,
    #[error("this observation has no such recording")]
    NoSuchMedia,
    #[error("only the owner of a recording decides who sees it")]
    NotTheMediaOwner,
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyScheduled => "OBSERVATION_ALREADY_SCHEDULED",
            Self::WalkVisitNamesNobody => "WALK_VISIT_NAMES_NOBODY",
            Self::PurposeNamesNobody => "PURPOSE_NAMES_NOBODY",
            Self::PurposeIsForTraining => "PURPOSE_IS_FOR_TRAINING",
            Self::NoObserver => "NO_OBSERVER",
            Self::TooManyObservers => "TOO_MANY_OBSERVERS",
            Self::SameObserverTwice => "SAME_OBSERVER_TWICE",
            Self::ObserverIsObservee => "OBSERVER_IS_OBSERVEE",
            Self::SelfReviewByAnother => "SELF_REVIEW_BY_ANOTHER",
            Self::ScheduledInThePast { .. } => "SCHEDULED_IN_THE_PAST",
            Self::TooShortNotice { .. } => "NOTICE_TOO_SHORT",
            Self::CapOfCount { .. } => "OBSERVATION_CAP_COUNT",
            Self::CapOfMinutes { .. } => "OBSERVATION_CAP_MINUTES",
            Self::Cancelled => "OBSERVATION_CANCELLED",
            Self::Closed => "OBSERVATION_CLOSED",
            Self::AlreadyConducted { .. } => "OBSERVATION_ALREADY_CONDUCTED",
            Self::NotYetConducted => "OBSERVATION_NOT_CONDUCTED",
            Self::NotAnObserver => "NOT_AN_OBSERVER",
            Self::BeforeScheduledDay { .. } => "BEFORE_SCHEDULED_DAY",
            Self::InTheFuture { .. } => "IN_THE_FUTURE",
            Self::GradingNotAllowed => "GRADING_NOT_ALLOWED",
            Self::DescriptorTwice { .. } => "DESCRIPTOR_TWICE",
            Self::NotJoint => "NOT_A_JOINT_OBSERVATION",
            Self::ObserverRecordedAlready => "OBSERVER_RECORDED_ALREADY",
            Self::FeedbackSharedAlready => "FEEDBACK_SHARED_ALREADY",
            Self::FeedbackBeforeObservation { .. } => "FEEDBACK_BEFORE_OBSERVATION",
            Self::FeedbackNotShared => "FEEDBACK_NOT_SHARED",
            Self::NotTheObservee => "NOT_THE_OBSERVEE",
            Self::AcknowledgedAlready => "FEEDBACK_ACKNOWLEDGED_ALREADY",
            Self::AcknowledgedBeforeShared { .. } => "ACKNOWLEDGED_BEFORE_SHARED",
            Self::ClosedBeforeItsLastStep { .. } => "CLOSED_BEFORE_LAST_STEP",
            Self::NotInvolved => "NOT_INVOLVED",
            Self::MediaAddedAlready => "MEDIA_ADDED_ALREADY",
            Self::NoSuchMedia => "NO_SUCH_MEDIA",
            Self::NotTheMediaOwner => "NOT_THE_MEDIA_OWNER",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::WalkVisitNamesNobody => Some("kind"),
            Self::PurposeNamesNobody | Self::PurposeIsForTraining => Some("purpose"),
            Self::NoObserver
            | Self::TooManyObservers
            | Self::SameObserverTwice
            | Self::ObserverIsObservee
            | Self::SelfReviewByAnother => Some("observer_ids"),
            Self::ScheduledInThePast { .. }
            | Self::TooShortNotice { .. }
            | Self::BeforeScheduledDay { .. }
            | Self::InTheFuture { .. }
            | Self::FeedbackBeforeObservation { .. }
            | Self::AcknowledgedBeforeShared { .. }
            | Self::ClosedBeforeItsLastStep { .. } => Some("on"),
            Self::CapOfMinutes { .. } => Some("minutes"),
            Self::GradingNotAllowed | Self::DescriptorTwice { .. } => Some("descriptors"),
            Self::MediaAddedAlready | Self::NoSuchMedia => Some("media_id"),
            _ => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::TooShortNotice {
                notice_days,
                earliest_on,
            } => {
                vec![
                    ("notice_days", notice_days.to_string()),
                    ("earliest_on", earliest_on.to_string()),
                ]
            }
            Self::CapOfCount { count, cap_count } => {
                vec![("count", count.to_string()), ("cap_count", cap_count.to_string())]
            }
            Self::CapOfMinutes { minutes, cap_minutes } => {
                vec![
                    ("minutes", minutes.to_string()),
                    ("cap_minutes", cap_minutes.to_string()),
                ]
            }
            Self::BeforeScheduledDay { scheduled_on } => vec![("scheduled_on", scheduled_on.to_string())],
            _ => Vec::new(),
        }
    }
}

//! The rules of an evaluation, each with the sentence that explains it.

use api::evaluation::v1::Prompt;
use chrono::NaiveDate;
use service::Reject;

/// Why an evaluation refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this evaluation was planned already: revise it")]
    AlreadyPlanned,
    #[error("this evaluation was not planned")]
    NotPlanned,
    #[error("this evaluation is concluded: plan another one")]
    Concluded,
    #[error("think through {} as well: all ten prompts are answered", .prompt.as_str_name())]
    PromptLeftOut { prompt: Prompt },
    #[error("{} is answered twice: give one answer", .prompt.as_str_name())]
    PromptTwice { prompt: Prompt },
    #[error("what pupils say is among the sources of every evaluation: add pupil voice")]
    NoPupilVoice,
    #[error(
        "an evaluation is planned before there is anything to see: the short-term point must not be before {today}"
    )]
    PlannedTooLate { today: NaiveDate },
    #[error("the medium-term point comes after the short-term point on {short_on}")]
    MediumBeforeShort { short_on: NaiveDate },
    #[error("a later point was measured already, so what counts as success stays as it was planned")]
    MeasuredSincePlanned,
    #[error("this measure was recorded already")]
    MeasureRecordedAlready,
    #[error("this outcome was measured at this point already: withdraw that measure if it was wrong")]
    MeasuredAlready,
    #[error("points follow one another: another measure of this outcome was taken on {on}")]
    OutOfOrder { on: NaiveDate },
    #[error("give the group that the development is meant to reach")]
    NoIntervention,
    #[error("give each group once")]
    GroupTwice,
    #[error("the same pupils must be measured both times: {before} at the baseline and {after} now")]
    DifferentPupils { before: i32, after: i32 },
    #[error("there is no such measure of this evaluation")]
    NoSuchMeasure,
    #[error("say who was told")]
    NobodyWasTold,
    #[error("report what came of it before deciding what follows")]
    NotReported,
    #[error("this was planned on {planned_on}: give that day or a later one")]
    BeforePlanned { planned_on: NaiveDate },
    #[error("a day in the future cannot be recorded: today is {today}")]
    InTheFuture { today: NaiveDate },
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyPlanned => "EVALUATION_ALREADY_PLANNED",
            Self::NotPlanned => "EVALUATION_NOT_PLANNED",
            Self::Concluded => "EVALUATION_CONCLUDED",
            Self::PromptLeftOut { .. } => "PROMPT_LEFT_OUT",
            Self::PromptTwice { .. } => "PROMPT_TWICE",
            Self::NoPupilVoice => "NO_PUPIL_VOICE",
            Self::PlannedTooLate { .. } => "PLANNED_TOO_LATE",
            Self::MediumBeforeShort { .. } => "MEDIUM_BEFORE_SHORT",
            Self::MeasuredSincePlanned => "MEASURED_SINCE_PLANNED",
            Self::MeasureRecordedAlready => "MEASURE_RECORDED_ALREADY",
            Self::MeasuredAlready => "MEASURED_ALREADY",
            Self::OutOfOrder { .. } => "MEASURES_OUT_OF_ORDER",
            Self::NoIntervention => "NO_INTERVENTION_GROUP",
            Self::GroupTwice => "GROUP_TWICE",
            Self::DifferentPupils { .. } => "DIFFERENT_PUPILS",
            Self::NoSuchMeasure => "NO_SUCH_MEASURE",
            Self::NobodyWasTold => "NOBODY_WAS_TOLD",
            Self::NotReported => "NOT_REPORTED",
            Self::BeforePlanned { .. } => "BEFORE_PLANNED",
            Self::InTheFuture { .. } => "IN_THE_FUTURE",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::PromptLeftOut { .. } | Self::PromptTwice { .. } => Some("prompts"),
            Self::NoPupilVoice => Some("sources"),
            Self::PlannedTooLate { .. } => Some("short_on"),
            Self::MediumBeforeShort { .. } => Some("medium_on"),
            Self::MeasureRecordedAlready | Self::NoSuchMeasure => Some("measure_id"),
            Self::MeasuredAlready => Some("point"),
            Self::NoIntervention | Self::GroupTwice | Self::DifferentPupils { .. } => Some("groups"),
            Self::NobodyWasTold => Some("audiences"),
            Self::OutOfOrder { .. } | Self::BeforePlanned { .. } | Self::InTheFuture { .. } => Some("on"),
            _ => None,
        }
    }
}

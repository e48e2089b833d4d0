//! The rules of a learning walk, each with the sentence that explains it.

use chrono::NaiveDate;
use service::Reject;

/// Why a learning walk refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this learning walk was planned already")]
    AlreadyPlanned,
    #[error("who leads the walk is part of it: leave them out of the team")]
    LeadIsInTeam,
    #[error("name at least one focus area")]
    NoFocusArea,
    #[error("name at least one department or year group to visit")]
    NoArea,
    #[error("a walk is not planned for a day that is over: today is {today}")]
    PlannedInThePast { today: NaiveDate },
    #[error("this learning walk is closed")]
    Closed,
    #[error("only who walks may record what was seen")]
    NotOfTheTeam,
    #[error("the walk is planned for {on}")]
    BeforeTheDay { on: NaiveDate },
    #[error("`{area}` is not one of the places planned")]
    AreaNotPlanned { area: String },
    #[error("this visit was recorded already")]
    VisitRecordedAlready,
    #[error("the team agreed its findings already")]
    FindingsAgreedAlready,
    #[error("nobody has visited anything yet")]
    NobodyWent,
    #[error("the team has not agreed its findings yet")]
    FindingsNotAgreed,
    #[error("name the department or year group")]
    TeamMissing,
    #[error("a need of the whole school belongs to no team: leave it out")]
    SchoolIsNoTeam,
    #[error("this need was raised already")]
    NeedRaisedAlready,
    #[error("a day in the future cannot be recorded: today is {today}")]
    InTheFuture { today: NaiveDate },
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyPlanned => "WALK_ALREADY_PLANNED",
            Self::LeadIsInTeam => "LEAD_IS_IN_TEAM",
            Self::NoFocusArea => "NO_FOCUS_AREA",
            Self::NoArea => "NO_AREA",
            Self::PlannedInThePast { .. } => "PLANNED_IN_THE_PAST",
            Self::Closed => "WALK_CLOSED",
            Self::NotOfTheTeam => "NOT_OF_THE_TEAM",
            Self::BeforeTheDay { .. } => "BEFORE_THE_DAY",
            Self::AreaNotPlanned { .. } => "AREA_NOT_PLANNED",
            Self::VisitRecordedAlready => "VISIT_RECORDED_ALREADY",
            Self::FindingsAgreedAlready => "FINDINGS_AGREED_ALREADY",
            Self::NobodyWent => "NOBODY_WENT",
            Self::FindingsNotAgreed => "FINDINGS_NOT_AGREED",
            Self::TeamMissing => "TEAM_MISSING",
            Self::SchoolIsNoTeam => "SCHOOL_IS_NO_TEAM",
            Self::NeedRaisedAlready => "NEED_RAISED_ALREADY",
            Self::InTheFuture { .. } => "IN_THE_FUTURE",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::LeadIsInTeam => Some("team_ids"),
            Self::NoFocusArea => Some("focus_areas"),
            Self::NoArea => Some("areas"),
            Self::PlannedInThePast { .. } | Self::InTheFuture { .. } => Some("on"),
            Self::AreaNotPlanned { .. } => Some("area"),
            Self::VisitRecordedAlready => Some("visit_id"),
            Self::TeamMissing | Self::SchoolIsNoTeam => Some("team"),
            _ => None,
        }
    }
}

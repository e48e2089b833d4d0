//! Why a command to a person is refused: one case per rule.

use api::{directory::v1::Role, ids::Urn};
use chrono::NaiveDate;

use super::posts::MOST_FTE_PERCENT;

/// Why a command to a person is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this person is known already")]
    AlreadyAdded,
    #[error("this person was erased: nothing more can be recorded about them")]
    Erased,
    #[error("this person left the trust on {left_on}")]
    Left { left_on: NaiveDate },
    #[error("their present career stage holds from {since}: an earlier one cannot follow")]
    StageSetLater { since: NaiveDate },
    #[error("they hold or held a post with this identifier already")]
    PostExists,
    #[error("they have no such post")]
    NoSuchPost,
    #[error("this post ends on {on} already")]
    PostEnded { on: NaiveDate },
    #[error("they left the trust on {left_on}: another post can begin from the day after")]
    StartsBeforeLeft { left_on: NaiveDate },
    #[error("school {0} does not belong to their trust")]
    SchoolNotInTrust(Urn),
    #[error("school {urn} closed on {closed_on}")]
    SchoolClosed { urn: Urn, closed_on: NaiveDate },
    #[error(
        "all their posts would come to {percent} % of full time on {date}: at most {MOST_FTE_PERCENT} % is possible"
    )]
    TooManyHours { percent: u32, date: NaiveDate },
    #[error("a post goes to another school by a move")]
    SchoolChangesByMove,
    #[error("this post changed on {since}: a change cannot take effect before")]
    ChangedLater { since: NaiveDate },
    #[error("this post starts or changes on {from_on}: it cannot end before")]
    EndedBeforeStarted { from_on: NaiveDate },
    #[error("this post is at school {0} already")]
    AlreadyThere(Urn),
    #[error("this post starts or changes on {from_on}: it can move from the day after")]
    MovedBeforeStarted { from_on: NaiveDate },
    #[error("they are on long leave since {since}")]
    AlreadyOnLeave { since: NaiveDate },
    #[error("they were back from their last long leave on {back_on}: another cannot start before")]
    AwayBeforeBack { back_on: NaiveDate },
    #[error("the leave starts on {from_on}: it cannot be expected to end before")]
    LeaveEndsBeforeItStarts { from_on: NaiveDate },
    #[error("they are not on long leave")]
    NotOnLeave,
    #[error("their leave started on {from_on}: the first day back comes after it")]
    BackBeforeAway { from_on: NaiveDate },
    #[error("nobody manages or appraises themselves")]
    Oneself,
    #[error("they work for another trust")]
    ColleagueOfAnotherTrust,
    #[error("they will have left by then")]
    ColleagueLeft,
    #[error("they are managed by this person, directly or through others")]
    ManagesTheirManager,
    #[error("{} {}", role_name(*role), place_of(*role))]
    WrongScope { role: Role },
    #[error("people answer for something in their own trust only")]
    AnotherTrust,
    #[error("who leads a network is for the network to say: ask one of its leads, or an operator")]
    NetworkDecides,
    #[error("they do not have this role there, or its end is recorded already")]
    NotGranted,
    #[error("they have this role from {from_on}: it cannot end before")]
    RevokedBeforeGranted { from_on: NaiveDate },
    #[error("they have another teacher reference number: unlink it first")]
    HasOtherTrn,
    #[error("their identifiers changed at this moment: ask again")]
    IdentifiersChanged,
    #[error("this identifier does not lead to this person")]
    NotLinked,
}

impl service::Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyAdded => "PERSON_ALREADY_ADDED",
            Self::Erased => "PERSON_ERASED",
            Self::Left { .. } => "PERSON_LEFT",
            Self::StageSetLater { .. } => "CAREER_STAGE_SET_LATER",
            Self::PostExists => "POST_EXISTS",
            Self::NoSuchPost => "NO_SUCH_POST",
            Self::PostEnded { .. } => "POST_ENDED",
            Self::StartsBeforeLeft { .. } => "POST_STARTS_BEFORE_PERSON_LEFT",
            Self::SchoolNotInTrust(_) => "SCHOOL_NOT_IN_TRUST",
            Self::SchoolClosed { .. } => "SCHOOL_CLOSED",
            Self::TooManyHours { .. } => "TOO_MANY_HOURS",
            Self::SchoolChangesByMove => "SCHOOL_CHANGES_BY_MOVE",
            Self::ChangedLater { .. } => "POST_CHANGED_LATER",
            Self::EndedBeforeStarted { .. } => "POST_ENDS_BEFORE_IT_STARTS",
            Self::AlreadyThere(_) => "POST_ALREADY_THERE",
            Self::MovedBeforeStarted { .. } => "POST_MOVES_BEFORE_IT_STARTS",
            Self::AlreadyOnLeave { .. } => "ALREADY_ON_LEAVE",
            Self::AwayBeforeBack { .. } => "AWAY_BEFORE_BACK",
            Self::LeaveEndsBeforeItStarts { .. } => "LEAVE_ENDS_BEFORE_IT_STARTS",
            Self::NotOnLeave => "NOT_ON_LEAVE",
            Self::BackBeforeAway { .. } => "BACK_BEFORE_AWAY",
            Self::Oneself => "LINKED_TO_ONESELF",
            Self::ColleagueOfAnotherTrust => "COLLEAGUE_OF_ANOTHER_TRUST",
            Self::ColleagueLeft => "COLLEAGUE_LEFT",
            Self::ManagesTheirManager => "MANAGES_THEIR_MANAGER",
            Self::WrongScope { .. } => "ROLE_NOT_FOR_SUCH_A_PLACE",
            Self::AnotherTrust => "ROLE_IN_ANOTHER_TRUST",
            Self::NetworkDecides => "NETWORK_DECIDES_WHO_LEADS",
            Self::NotGranted => "ROLE_NOT_GRANTED",
            Self::RevokedBeforeGranted { .. } => "ROLE_REVOKED_BEFORE_GRANTED",
            Self::HasOtherTrn => "HAS_OTHER_TRN",
            Self::IdentifiersChanged => "IDENTIFIERS_CHANGED",
            Self::NotLinked => "IDENTIFIER_NOT_LINKED",
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Left { left_on } | Self::StartsBeforeLeft { left_on } => vec![("left_on", left_on.to_string())],
            Self::SchoolClosed { closed_on, .. } => vec![("closed_on", closed_on.to_string())],
            Self::TooManyHours { percent, date } => {
                vec![("fte_percent", percent.to_string()), ("date", date.to_string())]
            }
            _ => Vec::new(),
        }
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Unspecified => "this role",
        Role::Head => "the headteacher's role",
        Role::CpdLead => "the CPD lead's role",
        Role::SchoolLeader => "a school leader's role",
        Role::Governor => "a governor's role",
        Role::TrustLeader => "a trust leader's role",
        Role::TrustHr => "the role of a trust's human resources",
        Role::TrustCpdLead => "the trust CPD lead's role",
        Role::NetworkLead => "a network lead's role",
    }
}

fn place_of(role: Role) -> &'static str {
    match role {
        Role::Unspecified => "holds nowhere",
        Role::Head | Role::CpdLead | Role::SchoolLeader | Role::Governor => "holds in a school",
        Role::TrustLeader | Role::TrustHr | Role::TrustCpdLead => "holds in a trust",
        Role::NetworkLead => "holds in a network",
    }
}

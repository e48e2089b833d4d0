//! The rules of a learning record, each with the sentence that explains it.

use chrono::NaiveDate;
use service::Reject;

/// Why a learning record refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("only the person themselves may say what they learned elsewhere")]
    ClaimIsThePersons,
    #[error("this claim's identifier is taken: choose another")]
    ClaimedAlready,
    #[error("a day in the future cannot be recorded: today is {today}")]
    InTheFuture { today: NaiveDate },
    #[error("they claim no such learning")]
    NoSuchClaim,
    #[error("this claim was verified already")]
    VerifiedAlready,
    #[error("this claim was rejected already: let them claim it anew")]
    RejectedAlready,
    #[error("they claim {minutes} minutes: no more can be verified")]
    MoreThanClaimed { minutes: i32 },
    #[error("nobody vouches for themselves: ask their head, or who leads professional development")]
    ByOneself,
    #[error("they have no such hours: name a credit of their learning record")]
    NoSuchCredit,
    #[error("a certificate was issued for these hours already")]
    CertifiedAlready,
    #[error("they learned it on {on}: a certificate is issued then or later")]
    CertifiedBeforeLearned { on: NaiveDate },
    #[error("it must hold until after {on}, or for ever")]
    ExpiresBefore { on: NaiveDate },
    #[error("it was recorded already that they completed it on {on}")]
    CompletedAlready { on: NaiveDate },
    #[error("only the person themselves, or who owes the support, may say that it was for this follow-up")]
    LinkIsTheirs,
    #[error("these hours are linked to this follow-up already")]
    LinkedAlready,
    #[error("the follow-up was agreed on {agreed_on}: what was learned before cannot have come of it")]
    LearnedBeforeAgreed { agreed_on: NaiveDate },
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::ClaimIsThePersons => "CLAIM_IS_THE_PERSONS",
            Self::ClaimedAlready => "CLAIMED_ALREADY",
            Self::InTheFuture { .. } => "IN_THE_FUTURE",
            Self::NoSuchClaim => "NO_SUCH_CLAIM",
            Self::VerifiedAlready => "VERIFIED_ALREADY",
            Self::RejectedAlready => "REJECTED_ALREADY",
            Self::MoreThanClaimed { .. } => "MORE_THAN_CLAIMED",
            Self::ByOneself => "BY_ONESELF",
            Self::NoSuchCredit => "NO_SUCH_CREDIT",
            Self::CertifiedAlready => "CERTIFIED_ALREADY",
            Self::CertifiedBeforeLearned { .. } => "CERTIFIED_BEFORE_LEARNED",
            Self::ExpiresBefore { .. } => "EXPIRES_BEFORE",
            Self::CompletedAlready { .. } => "COMPLETED_ALREADY",
            Self::LinkIsTheirs => "LINK_IS_THEIRS",
            Self::LinkedAlready => "LINKED_ALREADY",
            Self::LearnedBeforeAgreed { .. } => "LEARNED_BEFORE_AGREED",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::ClaimedAlready | Self::NoSuchClaim | Self::VerifiedAlready | Self::RejectedAlready => {
                Some("claim_id")
            }
            Self::InTheFuture { .. } | Self::CertifiedBeforeLearned { .. } | Self::CompletedAlready { .. } => {
                Some("on")
            }
            Self::MoreThanClaimed { .. } => Some("minutes"),
            Self::NoSuchCredit | Self::CertifiedAlready => Some("credit_id"),
            Self::ExpiresBefore { .. } => Some("expires_on"),
            Self::LinkedAlready | Self::LearnedBeforeAgreed { .. } => Some("follow_up_id"),
            Self::ClaimIsThePersons | Self::ByOneself | Self::LinkIsTheirs => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::MoreThanClaimed { minutes } => vec![("minutes", minutes.to_string())],
            Self::CertifiedBeforeLearned { on } | Self::ExpiresBefore { on } | Self::CompletedAlready { on } => {
                vec![("on", on.to_string())]
            }
            Self::LearnedBeforeAgreed { agreed_on } => vec![("agreed_on", agreed_on.to_string())],
            _ => Vec::new(),
        }
    }
}

//! The rules of a follow-up, each with the sentence that explains it.

use chrono::NaiveDate;
use service::Reject;

/// Why a follow-up refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this follow-up was agreed already")]
    AgreedAlready,
    #[error("the observation has not taken place: agree what follows from it afterwards")]
    ObservationNotConducted,
    #[error("a follow-up is owed by the person who was observed, and by nobody else")]
    PersonIsNotObservee,
    #[error("the team of this learning walk has not agreed its findings yet")]
    WalkWithoutFindings,
    #[error("a learning walk's finding names nobody: only the person themselves may take it on")]
    NotVolunteered,
    #[error("name at least one focus area")]
    NoFocusArea,
    #[error("practice was seen on {seen_on}: nothing can have been agreed on it before")]
    AgreedBeforeSeen { seen_on: NaiveDate },
    #[error("an agreement in the future cannot be recorded: today is {today}")]
    AgreedInTheFuture { today: NaiveDate },
    #[error("the due date {due_on} is before the observation of {seen_on} that it follows from")]
    DueBeforeSeen { due_on: NaiveDate, seen_on: NaiveDate },
    #[error("the due date must be after {agreed_on}, the day of the agreement")]
    DueNotAfterAgreed { agreed_on: NaiveDate },
    #[error("support is owed by somebody else than the person who owes the action: name an owner")]
    OwnerIsPerson,
    #[error("this follow-up was agreed on {agreed_on}: nothing came of it before")]
    BeforeAgreed { agreed_on: NaiveDate },
    #[error("a day in the future cannot be recorded: today is {today}")]
    InTheFuture { today: NaiveDate },
    #[error("this follow-up was completed")]
    Completed,
    #[error("this follow-up was withdrawn")]
    Withdrawn,
    #[error("this follow-up lapsed")]
    Lapsed,
    #[error("this follow-up is paused since {paused_on}: its person is away")]
    Paused { paused_on: NaiveDate },
    #[error("only who owes the support, or leads the school or its professional development, may record it")]
    SupportIsTheOwners,
    #[error("this follow-up has no such promise")]
    NoSuchPromise,
    #[error("this promise was kept already")]
    ProvidedAlready,
    #[error("several promises are open: say which one was kept")]
    WhichPromise,
    #[error("nothing is owed any more")]
    NothingOwed,
    #[error("this follow-up was started already")]
    StartedAlready,
    #[error("only the person who owes the action may show evidence of it")]
    EvidenceIsThePersons,
    #[error("the later observation has not taken place yet")]
    RevisitNotConducted,
    #[error("the later observation is of somebody else")]
    RevisitOfSomebodyElse,
    #[error("a follow-up is not revisited by the observation that it came from")]
    RevisitByItsOwnObservation,
    #[error("it is revisited by an observation later than {agreed_on}, the day of the agreement")]
    RevisitNotLater { agreed_on: NaiveDate },
    #[error("this observation does not reach appraisal and the follow-up does: it is no measure of it")]
    SeenForAnotherPurpose,
    #[error("this observation is recorded as a revisit already")]
    RevisitedAlready,
    #[error("it is due on {due_on} already: give a later date")]
    NotLonger { due_on: NaiveDate },
    #[error("it is carried over into the next cycle only: give a date from 1 September {cycle} to 31 August after")]
    NotTheNextCycle { cycle: i32 },
    #[error("this person owes the support already")]
    OwnerAlready,
    #[error("something came of it: complete it, or withdraw it with a reason")]
    Touched,
    #[error("it may lapse after {earliest_on}")]
    LapsesLater { earliest_on: NaiveDate },
    #[error("its clock stands still only while its person is on long leave")]
    NotAway,
    #[error("this follow-up is not paused")]
    NotPaused,
    #[error("its person is still on long leave")]
    StillAway,
    #[error("it was paused on {paused_on}: it cannot have been resumed before")]
    ResumedBeforePaused { paused_on: NaiveDate },
    #[error("only the person themselves may let their appraisal see it, or take that back")]
    PromotionIsThePersons,
    #[error("this follow-up is promoted already")]
    PromotedAlready,
    #[error("what comes of a learning walk never reaches appraisal")]
    WalkNeverReachesAppraisal,
    #[error("only what is developmental or from induction is promoted: other purposes reach what they are for")]
    NothingToPromote,
    #[error("this follow-up is not promoted")]
    NotPromoted,
    #[error("an appraisal that spoke of it is closed: it can no longer be taken back")]
    PromotionSettled,
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AgreedAlready => "FOLLOW_UP_AGREED_ALREADY",
            Self::ObservationNotConducted => "OBSERVATION_NOT_CONDUCTED",
            Self::PersonIsNotObservee => "PERSON_IS_NOT_OBSERVEE",
            Self::WalkWithoutFindings => "WALK_WITHOUT_FINDINGS",
            Self::NotVolunteered => "NOT_VOLUNTEERED",
            Self::NoFocusArea => "NO_FOCUS_AREA",
            Self::AgreedBeforeSeen { .. } => "AGREED_BEFORE_OBSERVATION",
            Self::AgreedInTheFuture { .. } => "IN_THE_FUTURE",
            Self::DueBeforeSeen { .. } => "DUE_BEFORE_OBSERVATION",
            Self::DueNotAfterAgreed { .. } => "DUE_NOT_AFTER_AGREED",
            Self::OwnerIsPerson => "OWNER_IS_PERSON",
            Self::BeforeAgreed { .. } => "BEFORE_AGREED",
            Self::InTheFuture { .. } => "IN_THE_FUTURE",
            Self::Completed => "FOLLOW_UP_COMPLETED",
            Self::Withdrawn => "FOLLOW_UP_WITHDRAWN",
            Self::Lapsed => "FOLLOW_UP_LAPSED",
            Self::Paused { .. } => "FOLLOW_UP_PAUSED",
            Self::SupportIsTheOwners => "SUPPORT_IS_THE_OWNERS",
            Self::NoSuchPromise => "NO_SUCH_PROMISE",
            Self::ProvidedAlready => "SUPPORT_PROVIDED_ALREADY",
            Self::WhichPromise => "WHICH_PROMISE",
            Self::NothingOwed => "NOTHING_OWED",
            Self::StartedAlready => "FOLLOW_UP_STARTED_ALREADY",
            Self::EvidenceIsThePersons => "EVIDENCE_IS_THE_PERSONS",
            Self::RevisitNotConducted => "REVISIT_NOT_CONDUCTED",
            Self::RevisitOfSomebodyElse => "REVISIT_OF_SOMEBODY_ELSE",
            Self::RevisitByItsOwnObservation => "REVISIT_BY_ITS_OWN_OBSERVATION",
            Self::RevisitNotLater { .. } => "REVISIT_NOT_LATER",
            Self::SeenForAnotherPurpose => "SEEN_FOR_ANOTHER_PURPOSE",
            Self::RevisitedAlready => "REVISITED_ALREADY",
            Self::NotLonger { .. } => "DUE_NOT_LATER",
            Self::NotTheNextCycle { .. } => "NOT_THE_NEXT_CYCLE",
            Self::OwnerAlready => "OWNER_ALREADY",
            Self::Touched => "FOLLOW_UP_TOUCHED",
            Self::LapsesLater { .. } => "LAPSES_LATER",
            Self::NotAway => "PERSON_NOT_AWAY",
            Self::NotPaused => "FOLLOW_UP_NOT_PAUSED",
            Self::StillAway => "PERSON_STILL_AWAY",
            Self::ResumedBeforePaused { .. } => "RESUMED_BEFORE_PAUSED",
            Self::PromotionIsThePersons => "PROMOTION_IS_THE_PERSONS",
            Self::PromotedAlready => "PROMOTED_ALREADY",
            Self::WalkNeverReachesAppraisal => "WALK_NEVER_REACHES_APPRAISAL",
            Self::NothingToPromote => "NOTHING_TO_PROMOTE",
            Self::NotPromoted => "NOT_PROMOTED",
            Self::PromotionSettled => "PROMOTION_SETTLED",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::ObservationNotConducted
            | Self::RevisitNotConducted
            | Self::RevisitOfSomebodyElse
            | Self::RevisitByItsOwnObservation
            | Self::RevisitNotLater { .. }
            | Self::RevisitedAlready => Some("observation_id"),
            Self::PersonIsNotObservee | Self::NotVolunteered => Some("person_id"),
            Self::WalkWithoutFindings => Some("learning_walk_id"),
            Self::NoFocusArea => Some("focus_areas"),
            Self::AgreedBeforeSeen { .. } | Self::AgreedInTheFuture { .. } => Some("agreed_on"),
            Self::DueBeforeSeen { .. }
            | Self::DueNotAfterAgreed { .. }
            | Self::NotLonger { .. }
            | Self::NotTheNextCycle { .. } => Some("due_on"),
            Self::OwnerIsPerson => Some("owner_id"),
            Self::OwnerAlready => Some("to_id"),
            Self::NoSuchPromise | Self::ProvidedAlready | Self::WhichPromise => Some("promise_id"),
            Self::BeforeAgreed { .. }
            | Self::InTheFuture { .. }
            | Self::LapsesLater { .. }
            | Self::ResumedBeforePaused { .. } => Some("on"),
            _ => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::AgreedBeforeSeen { seen_on } | Self::DueBeforeSeen { seen_on, .. } => {
                vec![("seen_on", seen_on.to_string())]
            }
            Self::DueNotAfterAgreed { agreed_on } | Self::BeforeAgreed { agreed_on } => {
                vec![("agreed_on", agreed_on.to_string())]
            }
            Self::NotLonger { due_on } => vec![("due_on", due_on.to_string())],
            Self::NotTheNextCycle { cycle } => vec![("cycle", cycle.to_string())],
            Self::LapsesLater { earliest_on } => vec![("earliest_on", earliest_on.to_string())],
            Self::Paused { paused_on } => vec![("paused_on", paused_on.to_string())],
            _ => Vec::new(),
        }
    }
}

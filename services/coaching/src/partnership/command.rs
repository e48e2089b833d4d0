//! What can be asked of a partnership.

use api::{
    coaching::v1::{PartnershipEnd, PartnershipKind, ReviewedImpact, Situation},
    common::v1::{Purpose, RoleGroup},
    ids::{CoachingSessionId, FollowUpId, ObjectiveId, PersonId, TrustId, Urn},
};
use chrono::NaiveDate;

/// What can be asked of a partnership.
#[derive(Clone, Debug)]
pub enum Command {
    /// Propose it.
    Propose(Propose),
    /// Say, as one of two for whom somebody else arranged it, that one would like to.
    Accept,
    /// Agree to it, as the other of the two.
    Agree(Agree),
    /// Say no, or take the proposal back.
    Decline { on: NaiveDate, reason: Option<String> },
    /// Plan to meet.
    PlanSession(PlanSession),
    /// Take a planned session back.
    CancelSession { session: CoachingSessionId },
    /// Record that they met.
    RecordSession(RecordSession),
    /// Write a session's log.
    DraftLog(DraftLog),
    /// Agree to the log that the other wrote.
    AgreeLog { session: CoachingSessionId, on: NaiveDate },
    /// Record what has come of it.
    Review {
        on: NaiveDate,
        impact: ReviewedImpact,
        note: Option<String>,
    },
    /// Link it to another follow-up.
    Link { follow_up: FollowUpId },
    /// End it after a review.
    Complete { on: NaiveDate },
    /// End it early, because one of the two wants to.
    End { on: NaiveDate, reason: Option<String> },
    /// End it, because one of the two is gone.
    Release {
        person: PersonId,
        on: NaiveDate,
        cause: PartnershipEnd,
    },
    /// Let it rest while one of the two is away.
    Pause { person: PersonId, on: NaiveDate },
    /// Go on: who was away is back.
    Resume { person: PersonId, on: NaiveDate },
    /// The coached person works elsewhere in the trust now.
    Move {
        from: Option<Urn>,
        to: Option<Urn>,
        on: NaiveDate,
    },
}

/// Proposes a partnership.
#[derive(Clone, Debug)]
pub struct Propose {
    pub trust: TrustId,
    pub kind: PartnershipKind,
    pub coach: PersonId,
    pub coached: PersonId,
    /// The coached person's school; absent for the trust's central team.
    pub urn: Option<Urn>,
    /// The coached person's.
    pub role_group: RoleGroup,
    pub focus_areas: Vec<String>,
    /// The coached person's own, in peer coaching of either.
    pub follow_ups: Vec<FollowUpId>,
    pub objectives: Vec<ObjectiveId>,
    pub purpose: Purpose,
    pub situation: Situation,
    pub goals: Vec<String>,
    pub load: Load,
}

/// Agrees to a partnership.
#[derive(Clone, Debug)]
pub struct Agree {
    pub on: NaiveDate,
    pub goals: Vec<String>,
    pub confidentiality: String,
    pub load: Load,
}

/// How many partnerships the two already hold as coaches, besides this one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pub coach: u32,
    pub coached: u32,
}

/// Plans a session.
#[derive(Clone, Debug)]
pub struct PlanSession {
    pub session: CoachingSessionId,
    pub on: NaiveDate,
    pub minutes: i32,
    /// Empty for those of the partnership.
    pub focus_areas: Vec<String>,
}

/// Records a session.
#[derive(Clone, Debug)]
pub struct RecordSession {
    /// That of the plan, if it was planned.
    pub session: CoachingSessionId,
    pub on: NaiveDate,
    pub minutes: i32,
    /// Empty for those of the plan or the partnership.
    pub focus_areas: Vec<String>,
    /// Absent for whose turn it is.
    pub coach: Option<PersonId>,
}

/// Writes a log.
#[derive(Clone, Debug)]
pub struct DraftLog {
    pub session: CoachingSessionId,
    pub learning: String,
    pub next_steps: Vec<NextStep>,
}

/// What one of the two will do next.
#[derive(Clone, Debug)]
pub struct NextStep {
    pub text: String,
    pub person: PersonId,
    pub due_on: Option<NaiveDate>,
}

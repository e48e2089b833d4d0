//! What can be asked of an appraisal. All that a rule must know of the outside arrives here.

use api::{
    appraisal::v1::{ObjectiveLevel, ObjectiveOutcome, Origin, ReassignReason},
    common::v1::RoleGroup,
    ids::{ActivityId, CycleId, FollowUpId, NeedId, ObjectiveId, PersonId, PriorityId, TrustId, Urn},
};
use chrono::NaiveDate;
use uuid::Uuid;

use crate::cycle;

/// What can be asked of an appraisal.
#[derive(Clone)]
pub enum Command {
    /// Begin it.
    Open(Open),
    /// Record the objectives that both agreed.
    AgreeObjectives(Objectives),
    /// Record objectives without the person's agreement, and what they said to it.
    SetObjectives {
        objectives: Objectives,
        disagreement: String,
    },
    /// Record the mid-year meeting.
    ReviewMidYear {
        on: NaiveDate,
        note: Option<String>,
        discussion: Discussion,
    },
    /// Put evidence towards an objective forward.
    AddEvidence {
        objective_id: ObjectiveId,
        note: String,
        follow_ups: Vec<FollowUpId>,
    },
    /// Record the person's review of their own year.
    ReviewSelf { on: NaiveDate, text: String },
    /// Record the final meeting.
    Conclude(Conclude),
    /// Record that somebody else checked that it was fair.
    Moderate { upheld: bool, note: Option<String> },
    /// Sign, as whichever party the actor is.
    Sign,
    /// Close it.
    Close { on: NaiveDate },
    /// Contest it.
    Appeal { on: NaiveDate, grounds: String },
    /// Open it again.
    Reopen { on: NaiveDate, reason: String },
    /// Make somebody else the appraiser; nobody, if the directory names none.
    ReassignAppraiser {
        to: Option<PersonId>,
        on: NaiveDate,
        reason: ReassignReason,
    },
    /// Record a need for development.
    IdentifyNeed(Need),
    /// Take it along to another school.
    Carry {
        from: Option<Urn>,
        to: Option<Urn>,
        on: NaiveDate,
    },
    /// Let its clock stand still.
    Pause { on: NaiveDate },
    /// Let its clock run again.
    Resume { on: NaiveDate },
}

/// Begins an appraisal.
#[derive(Clone)]
pub struct Open {
    /// The cycle.
    pub cycle_id: CycleId,
    /// Whose cycle it is.
    pub trust_id: TrustId,
    /// What holds for the cycle.
    pub terms: cycle::Terms,
    /// Who is appraised.
    pub person_id: PersonId,
    /// Who appraises: as asked, or else as the directory names; absent if it names nobody.
    pub appraiser_id: Option<PersonId>,
    /// The posts that the person holds on that day.
    pub posts: Vec<Post>,
    /// The first day of a long leave that the person is on.
    pub away_since: Option<NaiveDate>,
}

/// A post that somebody holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Post {
    /// The school; absent for the trust's central team.
    pub urn: Option<Urn>,
    /// The part of the workforce.
    pub role_group: RoleGroup,
}

/// All objectives, and when they were settled.
#[derive(Clone)]
pub struct Objectives {
    /// The day of the meeting.
    pub on: NaiveDate,
    /// All of them.
    pub list: Vec<Objective>,
}

/// What somebody sets out to achieve.
#[derive(Clone)]
pub struct Objective {
    /// New, or that of the objective that it restates.
    pub id: ObjectiveId,
    /// Whose aim it is.
    pub level: ObjectiveLevel,
    /// The objective.
    pub text: String,
    /// How one will know.
    pub success_criteria: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
    /// Follow-ups that it builds on.
    pub follow_ups: Vec<FollowUpId>,
    /// Improvement priorities that it serves.
    pub priorities: Vec<PriorityId>,
    /// Catalogue activities that support it.
    pub activities: Vec<ActivityId>,
    /// Code of the standard that it comes from.
    pub standard: Option<String>,
}

/// What of observed practice and development was spoken of in a meeting.
#[derive(Clone, Default)]
pub struct Discussion {
    /// Follow-ups spoken of.
    pub follow_ups: Vec<FollowUpId>,
    /// Bookings, partnerships and enquiries spoken of.
    pub development: Vec<Uuid>,
    /// In words.
    pub what_came_of_it: Option<String>,
}

/// The final meeting.
#[derive(Clone)]
pub struct Conclude {
    /// Its day.
    pub on: NaiveDate,
    /// How each objective ended.
    pub conclusions: Vec<Conclusion>,
    /// What was said.
    pub summary: Option<String>,
    /// What of observed practice and development was spoken of.
    pub discussion: Discussion,
}

/// How one objective ended.
#[derive(Clone)]
pub struct Conclusion {
    /// The objective.
    pub objective_id: ObjectiveId,
    /// How it ended.
    pub outcome: ObjectiveOutcome,
    /// In words.
    pub comment: Option<String>,
}

/// A need for development.
#[derive(Clone)]
pub struct Need {
    /// Which.
    pub need_id: NeedId,
    /// Code of the focus area.
    pub focus_area: String,
    /// The objective that it serves.
    pub objective_id: Option<ObjectiveId>,
    /// In words.
    pub detail: Option<String>,
}

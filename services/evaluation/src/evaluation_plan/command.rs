//! What can be asked of an evaluation.

use api::{
    evaluation::v1::{
        EvaluationDecision, EvaluationSubject, EvidenceSource, GroupScores, MeasureGroup, MeasurePoint, Prompt,
        ReportAudience,
    },
    ids::{FollowUpId, MeasureId, PersonId, TrustId, Urn},
};
use chrono::NaiveDate;
use statistics::Group;
use uuid::Uuid;

/// What can be asked of an evaluation.
#[derive(Clone, Debug)]
pub enum Command {
    Plan(Plan),
    Revise(Revision),
    TakeMeasure(Measure),
    WithdrawMeasure { measure: MeasureId, reason: String },
    Report(Report),
    Conclude(Conclusion),
}

/// Plans an evaluation.
#[derive(Clone, Debug)]
pub struct Plan {
    pub subject: EvaluationSubject,
    pub subject_id: Uuid,
    pub trust: TrustId,
    /// Absent for the whole trust.
    pub urn: Option<Urn>,
    pub title: String,
    /// Who sees to it.
    pub lead: PersonId,
    pub thinking: Thinking,
    pub focus_areas: Vec<String>,
}

/// What is thought through before development begins.
#[derive(Clone, Debug)]
pub struct Thinking {
    pub prompts: Vec<(Prompt, String)>,
    pub sources: Vec<EvidenceSource>,
    pub short_on: NaiveDate,
    pub medium_on: NaiveDate,
}

/// Thinks it through again.
#[derive(Clone, Debug)]
pub struct Revision {
    pub thinking: Thinking,
}

/// Records a measure.
#[derive(Clone, Debug)]
pub struct Measure {
    pub id: MeasureId,
    pub point: MeasurePoint,
    pub on: NaiveDate,
    /// What was measured, by name.
    pub outcome: String,
    pub groups: Vec<Scores>,
    pub follow_ups: Vec<FollowUpId>,
    /// Those of the plan if empty.
    pub focus_areas: Vec<String>,
}

/// How one group did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scores {
    pub group: MeasureGroup,
    pub summary: Group,
    /// With the same pupils' baseline; between -1 and 1.
    pub correlation: Option<f64>,
}

impl Scores {
    pub(super) fn recorded(&self) -> GroupScores {
        GroupScores {
            group: self.group.into(),
            n: i32::try_from(self.summary.n()).unwrap_or(i32::MAX),
            mean: self.summary.mean(),
            sd: self.summary.sd(),
            correlation: self.correlation,
        }
    }
}

/// Records who was told.
#[derive(Clone, Debug)]
pub struct Report {
    pub audiences: Vec<ReportAudience>,
    pub findings: String,
    pub on: NaiveDate,
}

/// Records what follows.
#[derive(Clone, Debug)]
pub struct Conclusion {
    pub decision: EvaluationDecision,
    pub reason: String,
    pub on: NaiveDate,
}

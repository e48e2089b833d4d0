//! What a command to an appraisal touches.

use api::common::v1::Purpose;
use identity::{Action, Kind, Record};
use service::Guarded;

use super::{Appraisal, Command, Open};
use crate::cycle;

impl Guarded for Appraisal {
    const NAME: &'static str = "appraisal";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Open(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        let action = match command {
            Command::Open(open) if self.opened.is_none() => return (Action::OpenAppraisal, open.as_record()),
            Command::Open(_) => Action::OpenAppraisal,
            Command::AgreeObjectives(_) => Action::AgreeObjectives,
            Command::SetObjectives { .. } => Action::SetObjectives,
            Command::ReviewMidYear { .. } => Action::RecordMidYearReview,
            Command::AddEvidence { .. } => Action::AddAppraisalEvidence,
            Command::ReviewSelf { .. } => Action::RecordSelfReview,
            Command::Conclude(_) => Action::ConcludeAppraisal,
            Command::Moderate { .. } => Action::ModerateAppraisal,
            Command::Sign => Action::SignAppraisal,
            Command::Close { .. } => Action::CloseAppraisal,
            Command::Appeal { .. } => Action::AppealAppraisal,
            Command::Reopen { .. } => Action::ReopenAppraisal,
            Command::ReassignAppraiser { .. } => Action::ReassignAppraiser,
            Command::IdentifyNeed(_) => Action::IdentifyNeed,
            Command::Carry { .. } => Action::CarryAppraisal,
            Command::Pause { .. } => Action::PauseAppraisal,
            Command::Resume { .. } => Action::ResumeAppraisal,
        };
        (action, self.as_record(Kind::Appraisal))
    }
}

impl Appraisal {
    /// The appraisal, or its outcome alone, as far as access to it depends on it.
    pub fn as_record(&self, kind: Kind) -> Record {
        let trust = self.opened.map(|opened| opened.trust_id).unwrap_or_default();
        Record::new(kind, trust)
            .at(self.urn)
            .about(self.person_id())
            .appraised_by(self.appraiser_id)
            .purpose(Purpose::Appraisal)
    }
}

impl Open {
    /// The appraisal that will open. Who appraises is left to the directory: naming themselves gives nobody a right.
    pub fn as_record(&self) -> Record {
        let post = self
            .posts
            .iter()
            .find(|post| cycle::includes(self.terms.population, post.role_group));
        let school = post.or(self.posts.first()).and_then(|post| post.urn);
        Record::new(Kind::Appraisal, self.trust_id)
            .at(school)
            .about(self.person_id)
            .purpose(Purpose::Appraisal)
    }
}

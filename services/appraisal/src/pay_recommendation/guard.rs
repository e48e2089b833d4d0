//! What a command to a recommendation on pay touches.

use api::common::v1::Purpose;
use identity::{Action, Kind, Record};
use service::Guarded;

use super::{AppraisalFacts, Ask, Command, PayRecommendation};

impl Guarded for PayRecommendation {
    const NAME: &'static str = "pay recommendation";

    fn creates(command: &Command) -> bool {
        matches!(command.ask, Ask::GrantAccess { .. })
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        let action = match command.ask {
            Ask::GrantAccess { .. } => Action::GrantPayAccess,
            Ask::RevokeAccess { .. } => Action::RevokePayAccess,
            Ask::Recommend { .. } => Action::RecommendPay,
            Ask::Decide { .. } => Action::DecidePay,
        };
        (action, self.as_record(&command.appraisal))
    }
}

impl PayRecommendation {
    /// The recommendation, as far as access to it depends on it.
    pub fn as_record(&self, appraisal: &AppraisalFacts) -> Record {
        Record::new(Kind::PayRecommendation, appraisal.trust_id)
            .at(appraisal.urn)
            .about(appraisal.appraisee_id)
            .granted_to(self.granted_to.iter().copied())
            .purpose(Purpose::Appraisal)
    }
}

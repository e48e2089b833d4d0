//! What a command to a cycle touches.

use identity::{Action, Kind, Record};
use service::Guarded;

use super::{Command, Cycle};

impl Guarded for Cycle {
    const NAME: &'static str = "cycle";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Open { .. })
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        match command {
            // Whose cycle it is once it exists, lest a command say otherwise.
            Command::Open { trust_id, .. } => {
                let owner = if self.terms.is_some() { self.trust_id } else { *trust_id };
                (Action::OpenCycle, Record::new(Kind::Cycle, owner))
            }
            Command::Admit { appraisal, .. } => (Action::OpenAppraisal, appraisal.as_ref().clone()),
            Command::Close { .. } => (Action::CloseCycle, self.as_record()),
        }
    }
}

impl Cycle {
    /// The cycle, as far as access to it depends on it.
    pub fn as_record(&self) -> Record {
        Record::new(Kind::Cycle, self.trust_id)
    }
}

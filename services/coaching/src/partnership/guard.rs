//! What a command to a partnership touches.

use identity::{Action, Kind, Record};
use service::Guarded;

use super::{Command, Partnership, Propose};

impl Guarded for Partnership {
    const NAME: &'static str = "partnership";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Propose(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        let action = match command {
            Command::Propose(propose) if self.proposed.is_none() => {
                return (Action::ProposePartnership, propose.as_record());
            }
            Command::DraftLog(_) => return (Action::DraftLog, self.as_record(Kind::CoachingLog)),
            Command::AgreeLog { .. } => return (Action::AgreeLog, self.as_record(Kind::CoachingLog)),
            Command::Review { .. } => return (Action::ReviewPartnership, self.as_record(Kind::CoachingLog)),
            Command::Decline { .. } => {
                let proposer = self.proposed.as_ref().map(|proposed| proposed.proposed_by);
                let record = self.as_record(Kind::CoachingActivity).granted_to(proposer);
                return (Action::DeclinePartnership, record);
            }
            Command::Propose(_) => Action::ProposePartnership,
            Command::Accept => Action::AcceptPartnership,
            Command::Agree(_) => Action::AgreePartnership,
            Command::PlanSession(_) => Action::PlanCoachingSession,
            Command::CancelSession { .. } => Action::CancelCoachingSession,
            Command::RecordSession(_) => Action::RecordCoachingSession,
            Command::Link { .. } => Action::LinkPartnership,
            Command::Complete { .. } => Action::CompletePartnership,
            Command::End { .. } | Command::Release { .. } => Action::EndPartnership,
            Command::Pause { .. } => Action::PausePartnership,
            Command::Resume { .. } => Action::ResumePartnership,
            Command::Move { .. } => Action::MovePartnership,
        };
        (action, self.as_record(Kind::CoachingActivity))
    }
}

impl Partnership {
    /// That the two meet, or what they say, as access to it depends on it.
    pub(crate) fn as_record(&self, kind: Kind) -> Record {
        let Some(proposed) = &self.proposed else {
            return Record::new(kind, Default::default());
        };
        Record::new(kind, proposed.trust)
            .at(self.urn)
            .about(proposed.coach)
            .about(proposed.coached)
            .purpose(proposed.purpose)
    }
}

impl Propose {
    /// The partnership that it will be.
    pub(crate) fn as_record(&self) -> Record {
        Record::new(Kind::CoachingActivity, self.trust)
            .at(self.urn)
            .about(self.coach)
            .about(self.coached)
            .purpose(self.purpose)
    }
}

//! What each command touches, for the access policies: the action by its name, and the record that it is done to.

use api::common::v1::Purpose;
use identity::{Action, Record, access::Kind};
use service::Guarded;

use crate::{
    follow_up::{self, FollowUp, Promotion},
    learning_walk::{self, LearningWalk},
    observation::{self, Media, Observation, Standing},
};

impl Guarded for Observation {
    const NAME: &'static str = "observation";

    fn creates(command: &observation::Command) -> bool {
        matches!(command, observation::Command::Schedule(_))
    }

    fn record(&self, command: &observation::Command) -> (Action, Record) {
        use observation::Command;
        let action = match command {
            Command::Schedule(plan) => {
                let record = Record::new(Kind::Observation, plan.trust)
                    .at(plan.urn)
                    .about(plan.observee)
                    .observed_by(plan.observers.iter().copied())
                    .purpose(plan.purpose);
                return (Action::ScheduleObservation, record);
            }
            Command::ShareMedia { media, .. } => return (Action::ShareMedia, self.owned_media(*media)),
            Command::WithdrawMedia { media } => return (Action::WithdrawMedia, self.owned_media(*media)),
            Command::Reschedule(_) => Action::RescheduleObservation,
            Command::Cancel { .. } => Action::CancelObservation,
            Command::Conduct(_) => Action::ConductObservation,
            Command::RecordObserver(_) => Action::RecordObserver,
            Command::ShareFeedback { .. } => Action::ShareFeedback,
            Command::Acknowledge { .. } => Action::AcknowledgeFeedback,
            Command::Close { .. } => Action::CloseObservation,
            Command::AddMedia { .. } => Action::AddMedia,
        };
        (action, self.as_record(Kind::Observation))
    }
}

impl Observation {
    /// That it takes place, or what was seen and said, as access depends on it.
    pub(crate) fn as_record(&self, kind: Kind) -> Record {
        Record::new(kind, self.trust)
            .at(self.urn)
            .about(self.observee)
            .observed_by(self.observers.iter().copied())
            .purpose(self.purpose)
            .shared(self.standing >= Standing::FeedbackShared && self.feedback.is_some())
    }

    /// A recording, which is its owner's.
    pub(crate) fn media_record(&self, media: &Media) -> Record {
        Record::new(Kind::Media, self.trust)
            .at(self.urn)
            .about(media.owner)
            .granted_to(media.shared_with.iter().copied())
            .purpose(self.purpose)
    }

    /// One that does not exist is nobody's.
    fn owned_media(&self, id: api::ids::MediaId) -> Record {
        match self.media.iter().find(|media| media.id == id) {
            Some(media) => self.media_record(media),
            None => Record::new(Kind::Media, self.trust).at(self.urn).purpose(self.purpose),
        }
    }
}

impl Guarded for FollowUp {
    const NAME: &'static str = "follow-up";

    fn creates(command: &follow_up::Command) -> bool {
        matches!(command, follow_up::Command::Agree(_))
    }

    fn record(&self, command: &follow_up::Command) -> (Action, Record) {
        use follow_up::Command;
        let action = match command {
            Command::Agree(agree) => {
                let record = Record::new(Kind::FollowUp, agree.trust)
                    .at(agree.urn)
                    .about(agree.person)
                    .observed_by(agree.origin.observers().iter().copied())
                    .purpose(agree.origin.purpose());
                return (Action::AgreeFollowUp, record);
            }
            // Who looked again may say what they saw.
            Command::Revisit { observation, .. } => {
                let record = self.as_record().observed_by(observation.observers.iter().copied());
                return (Action::RevisitFollowUp, record);
            }
            Command::ProvideSupport(_) | Command::KeepPromise { .. } => Action::ProvideSupport,
            Command::Start { .. } => Action::StartFollowUp,
            Command::AddEvidence { .. } => Action::AddEvidence,
            Command::Complete { .. } => Action::CompleteFollowUp,
            Command::Extend { .. } => Action::ExtendFollowUp,
            Command::CarryOver { .. } => Action::CarryOverFollowUp,
            Command::HandOver { .. } | Command::ReplaceOwner { .. } => Action::HandOverFollowUp,
            Command::Move { .. } => Action::MoveFollowUp,
            Command::Withdraw { .. } | Command::LetGo { .. } => Action::WithdrawFollowUp,
            Command::Lapse { .. } => Action::LapseFollowUp,
            Command::Pause { .. } | Command::PauseForLeave { .. } => Action::PauseFollowUp,
            Command::Resume { .. } | Command::ResumeAfterLeave { .. } => Action::ResumeFollowUp,
            Command::Promote { .. } => Action::PromoteFollowUp,
            Command::TakeBack { .. } => Action::TakeBackFollowUp,
            Command::SettlePromotion { .. } => Action::SettlePromotion,
        };
        (action, self.as_record())
    }
}

impl FollowUp {
    /// As access depends on it.
    pub(crate) fn as_record(&self) -> Record {
        Record::new(Kind::FollowUp, self.trust)
            .at(self.urn)
            .about(self.person)
            .observed_by(self.observers.iter().copied())
            .supported_by(self.owner)
            .purpose(self.purpose)
            .promoted(self.promotion != Promotion::None)
    }
}

impl Guarded for LearningWalk {
    const NAME: &'static str = "learning walk";

    fn creates(command: &learning_walk::Command) -> bool {
        matches!(command, learning_walk::Command::Plan(_))
    }

    fn record(&self, command: &learning_walk::Command) -> (Action, Record) {
        use learning_walk::Command;
        let action = match command {
            Command::Plan(plan) => {
                let record = Record::new(Kind::LearningWalk, plan.trust)
                    .at(plan.urn)
                    .observed_by(plan.team.iter().copied().chain([plan.lead]))
                    .purpose(Purpose::QualityAssurance);
                return (Action::PlanLearningWalk, record);
            }
            Command::RecordVisit(_) => Action::RecordVisit,
            Command::AgreeFindings(_) => Action::AgreeFindings,
            Command::RaiseNeed(_) => Action::RaiseNeed,
            Command::Close { .. } => Action::CloseLearningWalk,
        };
        (action, self.as_record())
    }
}

impl LearningWalk {
    /// As access depends on it: about nobody.
    pub(crate) fn as_record(&self) -> Record {
        Record::new(Kind::LearningWalk, self.trust)
            .at(self.urn)
            .observed_by(self.team.iter().copied().chain([self.lead]))
            .purpose(Purpose::QualityAssurance)
    }
}

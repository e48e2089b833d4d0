//! What a command to an enquiry touches. Its subjects are those of the group, and its lead is granted it.

use api::{common::v1::Purpose, ids::PersonId};
use identity::{Action, Kind, Record};
use service::Guarded;

use super::{Command, Enquiry, Frame};

impl Guarded for Enquiry {
    const NAME: &'static str = "enquiry";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Frame(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        let action = match command {
            Command::Frame(frame) if self.framed.is_none() => return (Action::FrameEnquiry, frame.as_record()),
            Command::Join(join) => return (Action::JoinEnquiry, self.membership(join.who.person)),
            Command::Leave { person, .. } => return (Action::LeaveEnquiry, self.membership(*person)),
            Command::Frame(_) => Action::FrameEnquiry,
            Command::Reframe { .. } => Action::ReframeEnquiry,
            Command::Start { .. } => Action::StartEnquiry,
            Command::Meet(_) => Action::RecordEnquiryMeeting,
            Command::PlanLesson(_) => Action::PlanResearchLesson,
            Command::TeachLesson(_) => Action::TeachResearchLesson,
            Command::InterviewPupils { .. } => Action::InterviewPupils,
            Command::DiscussLesson { .. } => Action::DiscussResearchLesson,
            Command::Analyse { .. } => Action::AnalyseEnquiry,
            Command::CheckValidity { .. } => Action::CheckEnquiryValidity,
            Command::Replicate { .. } => Action::ReplicateEnquiry,
            Command::ShareFindings { .. } => Action::ShareEnquiryFindings,
            Command::Close { .. } => Action::CloseEnquiry,
        };
        (action, self.as_record(Kind::Enquiry))
    }
}

impl Enquiry {
    /// That it takes place, what was written on the way, or what was found, as access to it depends on it.
    pub(crate) fn as_record(&self, kind: Kind) -> Record {
        let group = self.group().map(|member| member.person);
        group.fold(self.bare(kind), Record::about)
    }

    /// That somebody is of the group.
    pub(crate) fn membership(&self, person: PersonId) -> Record {
        self.bare(Kind::EnquiryMembership).about(person)
    }

    fn bare(&self, kind: Kind) -> Record {
        let Some(framed) = &self.framed else {
            return Record::new(kind, Default::default());
        };
        Record::new(kind, framed.trust)
            .at(framed.urn)
            .granted_to((kind != Kind::EnquiryFindings).then_some(framed.lead))
            .purpose(Purpose::Developmental)
    }
}

impl Frame {
    fn as_record(&self) -> Record {
        Record::new(Kind::Enquiry, self.trust)
            .at(self.urn)
            .about(self.lead.person)
            .granted_to([self.lead.person])
            .purpose(Purpose::Developmental)
    }
}

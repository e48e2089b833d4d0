//! Which events of development and evaluation belong to the story of a thread: those that name it, and those by which
//! what names it took place.

use std::collections::BTreeSet;

use api::{
    catalogue::v1::learning_record_event::Event as OfLearning,
    coaching::v1::{enquiry_event::Event as OfEnquiry, partnership_event::Event as OfPartnership},
    evaluation::v1::{evaluation_plan_event::Event as OfEvaluation, feedback_event::Event as OfFeedback},
};

use super::Told;

/// A thread, and what is linked to it.
pub(crate) struct Served {
    /// The follow-up.
    pub(crate) follow_up: String,
    /// Its person.
    pub(crate) person: String,
    /// Credits linked to it.
    pub(crate) linked: BTreeSet<String>,
}

impl Told {
    /// Whether an event of a stream that names a thread belongs to its story.
    pub(crate) fn serves(&self, thread: &Served) -> bool {
        let names = |follow_ups: &[String]| follow_ups.contains(&thread.follow_up);
        let has = |people: &[String]| people.contains(&thread.person);
        match self {
            Self::Learning(event) => match &event.event {
                Some(OfLearning::HoursCredited(event)) => thread.linked.contains(&event.credit_id),
                Some(OfLearning::HoursCorrected(event)) => thread.linked.contains(&event.credit_id),
                Some(OfLearning::CertificateIssued(event)) => thread.linked.contains(&event.credit_id),
                Some(OfLearning::DevelopmentLinked(event)) => event.follow_up_id == thread.follow_up,
                _ => false,
            },
            Self::Partnership(event) => match &event.event {
                Some(OfPartnership::SessionHeld(event)) => event.coached_id == thread.person,
                Some(OfPartnership::Linked(event)) => event.follow_up_id == thread.follow_up,
                Some(OfPartnership::Agreed(_) | OfPartnership::Completed(_) | OfPartnership::EndedEarly(_)) => true,
                _ => false,
            },
            Self::Enquiry(event) => match &event.event {
                Some(OfEnquiry::Joined(event)) => event.person_id == thread.person,
                Some(OfEnquiry::Left(event)) => event.person_id == thread.person,
                Some(OfEnquiry::Met(event)) => has(&event.person_ids),
                Some(OfEnquiry::LessonPlanned(event)) => has(&event.person_ids),
                Some(OfEnquiry::LessonTaught(event)) => has(&event.person_ids),
                Some(OfEnquiry::LessonDiscussed(event)) => has(&event.person_ids),
                Some(OfEnquiry::Closed(event)) => has(&event.person_ids),
                _ => false,
            },
            Self::Evaluation(event) => match &event.event {
                Some(OfEvaluation::MeasureTaken(event)) => names(&event.follow_up_ids),
                Some(OfEvaluation::EffectEstimated(event)) => names(&event.follow_up_ids),
                _ => false,
            },
            Self::Feedback(event) => match &event.event {
                Some(OfFeedback::Given(event)) => names(&event.follow_up_ids),
                Some(OfFeedback::PracticeObserved(event)) => event.follow_up_id == thread.follow_up,
                _ => false,
            },
            Self::FollowUp(_) | Self::Observation(_) | Self::Appraisal(_) | Self::Person(_) | Self::Session(_) => false,
        }
    }
}

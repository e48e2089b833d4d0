//! Events told to people: a sentence, the day, and the text that was written with it.

mod development;
mod serving;

use api::{
    VisitSealed,
    appraisal::v1::{AppraisalEvent, ReviewKind, appraisal_event::Event as OfAppraisal},
    catalogue::v1::{LearningRecordEvent, SessionEvent},
    coaching::v1::{EnquiryEvent, PartnershipEvent},
    common::v1::{Purpose, Sealed, SupportKind},
    directory::v1::{PersonEvent, person_event::Event as OfPerson},
    evaluation::v1::{EvaluationPlanEvent, FeedbackEvent},
    observations::v1::{
        CompletionOutcome, FollowUpEvent, ObservationEvent, RevisitOutcome, follow_up_event::Event as OfFollowUp,
        observation_event::Event as OfObservation,
    },
};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

pub(crate) use serving::Served;

use crate::documents::{
    Appraisal, Document as _, Enquiry, EvaluationPlan, Feedback, FollowUp, LearningRecord, Observation, Partnership,
    Person, Session,
};

/// An event of one of the aggregates that views tell of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    FollowUp(FollowUpEvent),
    Observation(ObservationEvent),
    Appraisal(AppraisalEvent),
    Person(PersonEvent),
    Learning(LearningRecordEvent),
    Session(SessionEvent),
    Partnership(PartnershipEvent),
    Enquiry(EnquiryEvent),
    Feedback(FeedbackEvent),
    Evaluation(EvaluationPlanEvent),
}

impl VisitSealed for Told {
    fn visit_sealed(&mut self, visit: &mut dyn FnMut(&'static str, &mut Sealed)) {
        match self {
            Self::FollowUp(event) => event.visit_sealed(visit),
            Self::Observation(event) => event.visit_sealed(visit),
            Self::Appraisal(event) => event.visit_sealed(visit),
            Self::Learning(event) => event.visit_sealed(visit),
            // Names are shown as names, identifiers never.
            Self::Person(_) => {}
            // What a pair or a group writes is its own: here nobody opens it.
            Self::Partnership(_) | Self::Enquiry(_) => {}
            // Organisers' texts, not the person's.
            Self::Session(_) | Self::Feedback(_) | Self::Evaluation(_) => {}
        }
    }
}

impl Told {
    /// Reads an event; none of another aggregate.
    pub(crate) fn of(recorded: &Recorded) -> Result<Option<Self>, prost::DecodeError> {
        let payload = recorded.payload.as_ref();
        Ok(match recorded.kind.aggregate() {
            FollowUp::AGGREGATE => Some(Self::FollowUp(FollowUpEvent::decode(payload)?)),
            Observation::AGGREGATE => Some(Self::Observation(ObservationEvent::decode(payload)?)),
            Appraisal::AGGREGATE => Some(Self::Appraisal(AppraisalEvent::decode(payload)?)),
            Person::AGGREGATE => Some(Self::Person(PersonEvent::decode(payload)?)),
            LearningRecord::AGGREGATE => Some(Self::Learning(LearningRecordEvent::decode(payload)?)),
            Session::AGGREGATE => Some(Self::Session(SessionEvent::decode(payload)?)),
            Partnership::AGGREGATE => Some(Self::Partnership(PartnershipEvent::decode(payload)?)),
            Enquiry::AGGREGATE => Some(Self::Enquiry(EnquiryEvent::decode(payload)?)),
            Feedback::AGGREGATE => Some(Self::Feedback(FeedbackEvent::decode(payload)?)),
            EvaluationPlan::AGGREGATE => Some(Self::Evaluation(EvaluationPlanEvent::decode(payload)?)),
            _ => None,
        })
    }

    /// Everything that was written with it, once opened.
    pub(crate) fn text(&self) -> String {
        let mut texts = Vec::new();
        self.clone().visit_sealed(&mut |_, sealed| {
            if !sealed.clear.is_empty() && !texts.contains(&sealed.clear) {
                texts.push(sealed.clear.clone());
            }
        });
        texts.join("\n\n")
    }

    /// A sentence for people.
    pub(crate) fn summary(&self) -> String {
        match self {
            Self::FollowUp(event) => event.event.as_ref().map_or(String::new(), of_follow_up),
            Self::Observation(event) => event.event.as_ref().map_or(String::new(), of_observation),
            Self::Appraisal(event) => event.event.as_ref().map_or(String::new(), of_appraisal),
            Self::Person(event) => event.event.as_ref().map_or(String::new(), of_person),
            Self::Learning(event) => development::learning(event),
            Self::Session(event) => development::session(event),
            Self::Partnership(event) => development::partnership(event),
            Self::Enquiry(event) => development::enquiry(event),
            Self::Feedback(event) => development::feedback(event),
            Self::Evaluation(event) => development::evaluation(event),
        }
    }

    /// The day of which it speaks, ISO 8601; empty if it names none.
    pub(crate) fn on(&self) -> &str {
        match self {
            Self::FollowUp(event) => match &event.event {
                Some(OfFollowUp::Agreed(event)) => &event.agreed_on,
                Some(OfFollowUp::SupportProvided(event)) => &event.on,
                Some(OfFollowUp::Started(event)) => &event.on,
                Some(OfFollowUp::EvidenceAdded(event)) => &event.on,
                Some(OfFollowUp::Revisited(event)) => &event.on,
                Some(OfFollowUp::Completed(event)) => &event.on,
                Some(OfFollowUp::HandedOver(event)) => &event.on,
                Some(OfFollowUp::Withdrawn(event)) => &event.on,
                Some(OfFollowUp::Lapsed(event)) => &event.on,
                Some(OfFollowUp::Paused(event)) => &event.on,
                Some(OfFollowUp::Resumed(event)) => &event.on,
                Some(OfFollowUp::Promoted(event)) => &event.on,
                Some(OfFollowUp::TakenBack(event)) => &event.on,
                Some(OfFollowUp::Moved(event)) => &event.on,
                _ => "",
            },
            Self::Observation(event) => match &event.event {
                Some(OfObservation::Conducted(event)) => &event.on,
                Some(OfObservation::FeedbackShared(event)) => &event.on,
                Some(OfObservation::Acknowledged(event)) => &event.on,
                Some(OfObservation::Closed(event)) => &event.on,
                _ => "",
            },
            Self::Appraisal(event) => match &event.event {
                Some(OfAppraisal::ObjectivesAgreed(event)) => &event.on,
                Some(OfAppraisal::ObjectivesSet(event)) => &event.on,
                Some(OfAppraisal::MidYearReviewed(event)) => &event.on,
                Some(OfAppraisal::SelfReviewed(event)) => &event.on,
                Some(OfAppraisal::Concluded(event)) => &event.on,
                Some(OfAppraisal::Closed(event)) => &event.on,
                Some(OfAppraisal::Appealed(event)) => &event.on,
                Some(OfAppraisal::Reopened(event)) => &event.on,
                Some(OfAppraisal::AppraiserReassigned(event)) => &event.on,
                Some(OfAppraisal::Carried(event)) => &event.on,
                _ => "",
            },
            Self::Person(_) => "",
            Self::Learning(event) => development::learning_on(event),
            Self::Session(event) => development::session_on(event),
            Self::Partnership(event) => development::partnership_on(event),
            Self::Enquiry(event) => development::enquiry_on(event),
            Self::Feedback(event) => development::feedback_on(event),
            Self::Evaluation(event) => development::evaluation_on(event),
        }
    }

    /// Whether an appraisal's event names that follow-up.
    pub(crate) fn names(&self, follow_up: Uuid) -> bool {
        let Self::Appraisal(event) = self else { return false };
        let id = follow_up.to_string();
        let discussed = |discussion: &Option<api::appraisal::v1::Discussion>| {
            discussion
                .as_ref()
                .is_some_and(|discussion| discussion.follow_up_ids.contains(&id))
        };
        match &event.event {
            Some(OfAppraisal::ObjectivesAgreed(event)) => event
                .objectives
                .iter()
                .any(|objective| objective.follow_up_ids.contains(&id)),
            Some(OfAppraisal::ObjectivesSet(event)) => event
                .objectives
                .iter()
                .any(|objective| objective.follow_up_ids.contains(&id)),
            Some(OfAppraisal::MidYearReviewed(event)) => discussed(&event.discussion),
            Some(OfAppraisal::Concluded(event)) => discussed(&event.discussion),
            Some(OfAppraisal::EvidenceAdded(event)) => event.follow_up_ids.contains(&id),
            _ => false,
        }
    }
}

fn of_follow_up(event: &OfFollowUp) -> String {
    match event {
        OfFollowUp::Agreed(agreed) => {
            let promised: Vec<_> = agreed.promises.iter().map(|promise| support(promise.kind())).collect();
            match promised.as_slice() {
                [] => "A follow-up was agreed.".into(),
                promised => format!("A follow-up was agreed; the school promised {}.", promised.join(", ")),
            }
        }
        OfFollowUp::SupportProvided(_) => "The school kept a promise of support.".into(),
        OfFollowUp::Started(_) => "Work on it began.".into(),
        OfFollowUp::EvidenceAdded(_) => "Evidence was added.".into(),
        OfFollowUp::Revisited(revisited) => {
            let seen = match revisited.outcome() {
                RevisitOutcome::Embedded => "the practice is embedded",
                RevisitOutcome::Improving => "it is improving",
                RevisitOutcome::NotYet => "not there yet",
                RevisitOutcome::Unspecified => "no outcome was recorded",
            };
            format!("A later observation looked at it again: {seen}.")
        }
        OfFollowUp::Completed(completed) => completion(completed.outcome()).into(),
        OfFollowUp::Extended(extended) => format!("It was given until {}.", extended.due_on),
        OfFollowUp::CarriedOver(carried) => {
            format!(
                "It was carried over into {}, due {}.",
                year(carried.cycle),
                carried.due_on
            )
        }
        OfFollowUp::HandedOver(handed) if handed.to_id.is_empty() => {
            "Its owner no longer owes the support, and nobody has been named yet.".into()
        }
        OfFollowUp::HandedOver(_) => "The support was handed over to somebody else.".into(),
        OfFollowUp::Withdrawn(_) => "It was let go.".into(),
        OfFollowUp::Lapsed(_) => "It lapsed.".into(),
        OfFollowUp::Paused(_) => "Its clock was stopped for a long absence.".into(),
        OfFollowUp::Resumed(resumed) => format!("Its clock runs again; due {}.", resumed.due_on),
        OfFollowUp::Promoted(_) => "Its person let their appraisal see it.".into(),
        OfFollowUp::TakenBack(_) => "Its person took it back from their appraisal.".into(),
        OfFollowUp::PromotionSettled(_) => "The appraisal that spoke of it closed.".into(),
        OfFollowUp::Moved(_) => "It moved to another school with its person.".into(),
    }
}

fn of_observation(event: &OfObservation) -> String {
    match event {
        OfObservation::Scheduled(scheduled) => format!("An observation was planned for {}.", scheduled.on),
        OfObservation::Rescheduled(rescheduled) => format!("The observation was moved to {}.", rescheduled.on),
        OfObservation::Cancelled(_) => "The observation was called off.".into(),
        OfObservation::Conducted(_) => "The observation took place.".into(),
        OfObservation::Recorded(_) => "The other observer added their record.".into(),
        OfObservation::FeedbackShared(_) => "Feedback was shared.".into(),
        OfObservation::Acknowledged(_) => "The feedback was acknowledged.".into(),
        OfObservation::Closed(_) => "The observation was closed.".into(),
        OfObservation::MediaAdded(_) => "A recording was referred to.".into(),
        OfObservation::MediaShared(_) => "A recording was shared by its owner.".into(),
        OfObservation::MediaWithdrawn(_) => "A recording was withdrawn by its owner.".into(),
    }
}

fn of_appraisal(event: &OfAppraisal) -> String {
    match event {
        OfAppraisal::Opened(opened) => format!("The appraisal for {} was opened.", year(opened.year)),
        OfAppraisal::ObjectivesAgreed(agreed) => format!("{} were agreed.", objectives(agreed.objectives.len())),
        OfAppraisal::ObjectivesSet(set) => format!("{} were set without agreement.", objectives(set.objectives.len())),
        OfAppraisal::MidYearReviewed(_) => "The mid-year review was held.".into(),
        OfAppraisal::EvidenceAdded(_) => "Evidence towards an objective was put forward.".into(),
        OfAppraisal::SelfReviewed(_) => "The person reviewed their own year.".into(),
        OfAppraisal::Concluded(_) => "The final review was held, and each objective concluded.".into(),
        OfAppraisal::Moderated(moderated) if moderated.upheld => "Moderation upheld it.".into(),
        OfAppraisal::Moderated(_) => "Moderation did not uphold it: it is concluded again.".into(),
        OfAppraisal::Signed(_) => "One side signed.".into(),
        OfAppraisal::Closed(_) => "The appraisal was closed.".into(),
        OfAppraisal::Appealed(_) => "The person appealed.".into(),
        OfAppraisal::Reopened(_) => "The appraisal was opened again.".into(),
        OfAppraisal::AppraiserReassigned(reassigned) if reassigned.to_id.is_empty() => {
            "The appraiser no longer appraises, and nobody has been named yet.".into()
        }
        OfAppraisal::AppraiserReassigned(_) => "Somebody else appraises.".into(),
        OfAppraisal::Carried(_) => "The appraisal moved to another school with its person.".into(),
        OfAppraisal::NeedIdentified(_) => "A need for development was identified.".into(),
        OfAppraisal::Paused(_) => "Its clock was stopped for a long absence.".into(),
        OfAppraisal::Resumed(_) => "Its clock runs again.".into(),
    }
}

fn of_person(event: &OfPerson) -> String {
    match event {
        OfPerson::Added(_) => "Joined the trust's workforce.".into(),
        OfPerson::DetailsCorrected(_) => "A name was put right.".into(),
        OfPerson::CareerStageSet(_) => "Moved on in their career.".into(),
        OfPerson::EmploymentStarted(started) => {
            let from = started.employment.as_ref().map_or("", |post| post.from_on.as_str());
            format!("Took up a post from {from}.")
        }
        OfPerson::EmploymentChanged(_) => "Role or hours changed.".into(),
        OfPerson::EmploymentEnded(ended) => format!("A post ended on {}.", ended.on),
        OfPerson::Moved(moved) => format!("Moved to another school of the trust from {}.", moved.on),
        // Why somebody is away is nobody's business here.
        OfPerson::LeaveStarted(started) => format!("Away from {}.", started.from_on),
        OfPerson::LeaveEnded(ended) => format!("Back on {}.", ended.on),
        OfPerson::LineManagerAssigned(_) => "Another line manager.".into(),
        OfPerson::AppraiserAssigned(_) => "Another appraiser.".into(),
        OfPerson::RoleGranted(_) => "Took on a responsibility.".into(),
        OfPerson::RoleRevoked(_) => "Gave up a responsibility.".into(),
        OfPerson::IdentifierLinked(_) => "An identifier of another system was linked.".into(),
        OfPerson::IdentifierUnlinked(_) => "An identifier of another system was unlinked.".into(),
        OfPerson::Left(left) => format!("Left the trust on {}.", left.on),
        OfPerson::Erased(_) => "Their text was erased.".into(),
    }
}

fn objectives(count: usize) -> String {
    if count == 1 {
        "One objective".into()
    } else {
        format!("{count} objectives")
    }
}

/// An academic year by its first calendar year: `2025/26`.
pub(crate) fn year(cycle: i32) -> String {
    format!("{cycle}/{:02}", (cycle + 1).rem_euclid(100))
}

fn completion(outcome: CompletionOutcome) -> &'static str {
    match outcome {
        CompletionOutcome::Embedded => "It was completed: part of everyday practice.",
        CompletionOutcome::Partly => "It was completed: some of it is part of everyday practice.",
        CompletionOutcome::NotAchieved => "It was completed: it did not come about.",
        CompletionOutcome::Unspecified => "It was completed.",
    }
}

/// Whether practice changed, as far as a follow-up says.
pub(crate) fn changed(follow_up: &FollowUp) -> String {
    if let Some(last) = follow_up.revisits.last() {
        let on = crate::compact::iso(Some(last.on));
        let seen = match RevisitOutcome::try_from(last.outcome).unwrap_or_default() {
            RevisitOutcome::Embedded => "found the practice embedded",
            RevisitOutcome::Improving => "found it improving",
            RevisitOutcome::NotYet => "did not find it yet",
            RevisitOutcome::Unspecified => "looked at it again",
        };
        return format!("A later observation on {on} {seen}.");
    }
    if follow_up.completed_on.is_some() {
        let outcome = CompletionOutcome::try_from(follow_up.completion).unwrap_or_default();
        return format!("{} No later observation looked at it.", completion(outcome));
    }
    "No later observation has looked at it yet.".into()
}

/// A purpose in the middle of a sentence.
pub(crate) fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Unspecified => "an unknown purpose",
        Purpose::Developmental => "development",
        Purpose::Appraisal => "appraisal",
        Purpose::Induction => "induction",
        Purpose::QualityAssurance => "quality assurance",
        Purpose::Statutory => "mandatory training",
    }
}

fn support(kind: SupportKind) -> &'static str {
    match kind {
        SupportKind::Unspecified => "support",
        SupportKind::Coaching => "coaching",
        SupportKind::CpdActivity => "a CPD activity",
        SupportKind::Time => "time",
        SupportKind::Resource => "a resource",
        SupportKind::ColleagueObservation => "time to watch a colleague teach",
    }
}

/// A review, for people.
pub(crate) fn review(kind: ReviewKind) -> &'static str {
    match kind {
        ReviewKind::MidYear => "Spoken of at the mid-year review.",
        ReviewKind::Final => "Spoken of at the final review.",
        ReviewKind::Unspecified => "An objective builds on it.",
    }
}

//! Which events the ledger holds: those that views on development count. What is private is not among them: no journal,
//! no log, no section of a career plan, no answer to a survey.

use api::{
    EventMessage,
    appraisal::v1::AppraisalEvent,
    catalogue::v1::{
        ActivityEvent, CommissionEvent, ExpertiseEvent, LearningRecordEvent, NeedEvent, PriorityEvent, TimeBudgetEvent,
    },
    coaching::v1::{CareerPlanEvent, CoachingAskEvent, EnquiryEvent, PartnershipEvent},
    common::v1::Sealed,
    directory::v1::FocusFrameworkEvent,
    evaluation::v1::{EvaluationPlanEvent, FeedbackEvent},
    observations::v1::{FollowUpEvent, LearningWalkEvent, ObservationEvent},
};
use eventstore::Recorded;
use prost::DecodeError;

macro_rules! counted {
    ($($source:literal { $($event:ident: $($kind:literal)|+;)+ })+) => {
        /// An event as the ledger holds it, without its texts; none if nothing counts it.
        pub(super) fn without_texts(source: &str, recorded: &Recorded) -> Result<Option<Vec<u8>>, DecodeError> {
            match (source, recorded.kind.as_str()) {
                $($(($source, $($kind)|+) => strip::<$event>(recorded).map(Some),)+)+
                _ => Ok(None),
            }
        }

        /// Every kind with those that its message knows.
        #[cfg(test)]
        fn kinds() -> Vec<(&'static str, &'static [&'static str])> {
            vec![$($($(($kind, <$event as EventMessage>::KINDS),)+)+)+]
        }
    };
}

counted! {
    "directory" {
        FocusFrameworkEvent: "focus_framework.published" | "focus_framework.crosswalk_set";
    }
    "observations" {
        ObservationEvent: "observation.scheduled" | "observation.conducted" | "observation.recorded";
        FollowUpEvent: "follow_up.agreed" | "follow_up.evidence_added" | "follow_up.revisited" | "follow_up.withdrawn";
        LearningWalkEvent: "learning_walk.planned" | "learning_walk.findings_agreed" | "learning_walk.need_raised";
    }
    "appraisal" {
        AppraisalEvent: "appraisal.opened" | "appraisal.objectives_agreed" | "appraisal.objectives_set"
            | "appraisal.evidence_added" | "appraisal.concluded" | "appraisal.carried" | "appraisal.need_identified";
    }
    "catalogue" {
        ActivityEvent: "activity.published" | "activity.revised" | "activity.withdrawn";
        LearningRecordEvent: "learning_record.hours_credited" | "learning_record.hours_corrected";
        NeedEvent: "need.opened" | "need.matched" | "need.commissioned" | "need.commission_fell" | "need.met"
            | "need.closed";
        CommissionEvent: "commission.offered" | "commission.accepted" | "commission.declined" | "commission.delivered"
            | "commission.cancelled";
        ExpertiseEvent: "expertise.offered" | "expertise.found" | "expertise.revised" | "expertise.withdrawn";
        PriorityEvent: "priority.adopted" | "priority.revised" | "priority.ended";
        TimeBudgetEvent: "time_budget.planned" | "time_budget.replanned" | "time_budget.used" | "time_budget.diverted";
    }
    "coaching" {
        PartnershipEvent: "partnership.proposed" | "partnership.agreed" | "partnership.declined"
            | "partnership.session_held" | "partnership.completed" | "partnership.ended_early" | "partnership.paused"
            | "partnership.resumed" | "partnership.moved";
        EnquiryEvent: "enquiry.framed" | "enquiry.joined" | "enquiry.left" | "enquiry.met" | "enquiry.lesson_planned"
            | "enquiry.lesson_taught" | "enquiry.lesson_discussed" | "enquiry.closed";
        CoachingAskEvent: "coaching_ask.opened" | "coaching_ask.provided" | "coaching_ask.withdrawn"
            | "coaching_ask.moved";
        CareerPlanEvent: "career_plan.aim_shared" | "career_plan.aim_unshared";
    }
    "evaluation" {
        EvaluationPlanEvent: "evaluation_plan.planned" | "evaluation_plan.measure_taken"
            | "evaluation_plan.effect_estimated" | "evaluation_plan.measure_withdrawn";
        FeedbackEvent: "feedback.given";
    }
}

fn strip<E: EventMessage>(recorded: &Recorded) -> Result<Vec<u8>, DecodeError> {
    let mut event = E::decode(recorded.payload.as_ref())?;
    event.visit_sealed(&mut |_, text| *text = Sealed::default());
    Ok(event.encode_to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_one_of_the_protocol() {
        for (kind, known) in kinds() {
            assert!(known.contains(&kind), "{kind} is none of {known:?}");
        }
    }

    #[test]
    fn nothing_private_is_counted() {
        for (kind, _) in kinds() {
            let (aggregate, event) = kind.split_once('.').unwrap();
            assert!(!matches!(aggregate, "journal" | "survey" | "audit_wave"), "{kind}");
            assert!(aggregate != "career_plan" || event.starts_with("aim_"), "{kind}");
            assert!(aggregate != "partnership" || !event.starts_with("log_"), "{kind}");
        }
    }
}

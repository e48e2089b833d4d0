//! What each kind of event asked of somebody: the one table by which work is counted.
//!
//! A kind that is not named here is a line typed. What the product itself recorded asked nothing of anybody; where somebody
//! would have had to enter it otherwise, it was saved.

use api::projection::v1::EntryKind;

/// Forms: several fields to think about.
const FORMS: &[&str] = &[
    "observation.conducted",
    "observation.recorded",
    "learning_walk.planned",
    "learning_walk.findings_agreed",
    "appraisal.objectives_agreed",
    "appraisal.objectives_set",
    "appraisal.self_reviewed",
    "appraisal.concluded",
    "pay_recommendation.recommended",
    "activity.published",
    "session.offered",
    "learning_record.external_claimed",
    "priority.adopted",
    "alignment_plan.drafted",
    "commission.offered",
    "self_review.taken",
    "provider.reviewed",
    "partnership.agreed",
    "partnership.log_drafted",
    "enquiry.framed",
    "enquiry.lesson_planned",
    "enquiry.analysed",
    "career_plan.section_written",
    "evaluation_plan.planned",
    "evaluation_plan.measure_taken",
    "feedback.given",
    "survey.opened",
    "audit_wave.opened",
];

/// Meetings: two or more people, and one who notes it.
const MEETINGS: &[&str] = &[
    "observation.feedback_shared",
    "learning_walk.visited",
    "appraisal.mid_year_reviewed",
    "session.held",
    "partnership.session_held",
    "partnership.reviewed",
    "enquiry.met",
    "enquiry.lesson_taught",
    "enquiry.lesson_discussed",
];

/// What nobody had to enter, when the product itself recorded it, and from what it follows.
const SAVED: &[(&str, &str)] = &[
    (
        "follow_up.support_provided",
        "Attendance, or a coaching session held, kept what was promised.",
    ),
    (
        "follow_up.revisited",
        "The later observation says which follow-up it looked at again.",
    ),
    (
        "follow_up.handed_over",
        "The directory knows who left, and who takes over.",
    ),
    ("follow_up.paused", "The directory knows who is on long leave."),
    ("follow_up.resumed", "The directory knows who is back."),
    ("follow_up.moved", "The directory knows who moved."),
    ("appraisal.opened", "The cycle says for whom."),
    (
        "appraisal.appraiser_reassigned",
        "The directory knows who appraises now.",
    ),
    ("appraisal.carried", "The directory knows who moved."),
    ("appraisal.paused", "The directory knows who is on long leave."),
    ("appraisal.resumed", "The directory knows who is back."),
    ("need.opened", "An appraisal, a learning walk or a survey said so."),
    ("need.met", "The development that answers it took place."),
    ("support_ask.opened", "The follow-up promised it."),
    ("support_ask.provided", "The session was attended."),
    ("coaching_ask.opened", "The follow-up promised it."),
    ("coaching_ask.provided", "The first session was held."),
    ("learning_record.hours_credited", "Attendance was recorded once."),
    ("learning_record.mandatory_completed", "Attendance was recorded once."),
    ("learning_record.certificate_issued", "Attendance was recorded once."),
    ("session.promoted", "The waiting list moves up by itself."),
    ("expertise.found", "The enquiry shared what it found."),
    (
        "feedback.practice_observed",
        "A later observation saw what a form would have asked.",
    ),
    ("evaluation_plan.effect_estimated", "It follows from the measures."),
];

/// Recorded for somebody who is not to be known: counted nowhere.
const NOBODYS: &[&str] = &["audit_wave.answered", "survey.answered"];

/// Who recorded an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Person,
    /// An account for imports, which writes the directory alone.
    Import,
    /// The product itself.
    System,
}

/// What an event asked of somebody; none if that is nothing, and nothing was spared either.
pub(crate) fn entry(kind: &str, by: By) -> Option<EntryKind> {
    if NOBODYS.contains(&kind) {
        return None;
    }
    match by {
        By::Import => Some(EntryKind::Imported),
        By::System => saved_by(kind).map(|_| EntryKind::Saved),
        By::Person if FORMS.contains(&kind) => Some(EntryKind::Form),
        By::Person if MEETINGS.contains(&kind) => Some(EntryKind::Meeting),
        By::Person => Some(EntryKind::Typed),
    }
}

/// From what a saved entry follows.
pub(crate) fn saved_by(kind: &str) -> Option<&'static str> {
    SAVED.iter().find(|(known, _)| *known == kind).map(|(_, why)| *why)
}

/// The whole table, for the digest of the definition.
pub(crate) fn table() -> impl Iterator<Item = &'static str> {
    let saved = SAVED.iter().flat_map(|(kind, why)| [*kind, *why]);
    FORMS.iter().chain(MEETINGS).chain(NOBODYS).copied().chain(saved)
}

#[cfg(test)]
mod tests {
    use api::{
        EventMessage, appraisal::v1 as appraisal, catalogue::v1 as catalogue, coaching::v1 as coaching,
        evaluation::v1 as evaluation, observations::v1 as observations,
    };

    use super::*;

    fn known() -> Vec<&'static str> {
        [
            observations::ObservationEvent::KINDS,
            observations::FollowUpEvent::KINDS,
            observations::LearningWalkEvent::KINDS,
            appraisal::AppraisalEvent::KINDS,
            appraisal::PayRecommendationEvent::KINDS,
            catalogue::ActivityEvent::KINDS,
            catalogue::SessionEvent::KINDS,
            catalogue::LearningRecordEvent::KINDS,
            catalogue::PriorityEvent::KINDS,
            catalogue::AlignmentPlanEvent::KINDS,
            catalogue::NeedEvent::KINDS,
            catalogue::CommissionEvent::KINDS,
            catalogue::ExpertiseEvent::KINDS,
            catalogue::SelfReviewEvent::KINDS,
            catalogue::ProviderEvent::KINDS,
            catalogue::SupportAskEvent::KINDS,
            coaching::PartnershipEvent::KINDS,
            coaching::EnquiryEvent::KINDS,
            coaching::CareerPlanEvent::KINDS,
            coaching::CoachingAskEvent::KINDS,
            evaluation::EvaluationPlanEvent::KINDS,
            evaluation::FeedbackEvent::KINDS,
            evaluation::AuditWaveEvent::KINDS,
            evaluation::SurveyEvent::KINDS,
        ]
        .concat()
    }

    #[test]
    fn every_kind_named_is_one_of_the_protocol() {
        let known = known();
        let saved = SAVED.iter().map(|(kind, _)| kind);
        for kind in FORMS.iter().chain(MEETINGS).chain(NOBODYS).chain(saved) {
            assert!(known.contains(kind), "{kind}");
        }
    }

    #[test]
    fn a_kind_is_named_once_for_people() {
        for kind in FORMS {
            assert!(!MEETINGS.contains(kind) && !NOBODYS.contains(kind), "{kind}");
        }
    }

    #[test]
    fn who_recorded_it_decides() {
        let kind = "learning_record.hours_credited";
        assert_eq!(entry(kind, By::System), Some(EntryKind::Saved));
        assert_eq!(entry(kind, By::Person), Some(EntryKind::Typed));
        assert_eq!(
            entry("feedback.asked", By::System),
            None,
            "nobody would have typed that"
        );
        assert_eq!(entry("feedback.given", By::Person), Some(EntryKind::Form));
        assert_eq!(entry("person.added", By::Import), Some(EntryKind::Imported));
        assert_eq!(entry("survey.answered", By::Person), None);
    }
}

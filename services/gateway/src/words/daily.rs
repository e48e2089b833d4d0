//! Observations, follow-ups, appraisals and surveys, as their forms name them.

use api::{
    appraisal::v1::{AppraisalState, ObjectiveLevel},
    evaluation::v1::{FeedbackLevel, FeedbackWave, SurveyKind},
    observations::v1::{CompletionOutcome, FollowUpState, ObservationKind, ObservationState, Rating, RevisitOutcome},
};

pub(crate) fn observation_kind(kind: ObservationKind) -> &'static str {
    match kind {
        ObservationKind::Unspecified => "observation",
        ObservationKind::Lesson => "lesson observation",
        ObservationKind::Peer => "peer observation",
        ObservationKind::VideoReview => "video review",
        ObservationKind::VideoSelfReview => "video self-review",
        ObservationKind::ResearchLesson => "research lesson",
        ObservationKind::LearningWalkVisit => "learning-walk visit",
    }
}

pub(crate) fn observation_state(state: ObservationState) -> &'static str {
    match state {
        ObservationState::Unspecified => "not said",
        ObservationState::Scheduled => "scheduled",
        ObservationState::Cancelled => "cancelled",
        ObservationState::Conducted => "conducted, feedback not shared yet",
        ObservationState::FeedbackShared => "feedback shared",
        ObservationState::Acknowledged => "acknowledged",
        ObservationState::Closed => "closed",
    }
}

pub(crate) fn rating(rating: Rating) -> &'static str {
    match rating {
        Rating::Unspecified => "no rating",
        Rating::Emerging => "emerging",
        Rating::Established => "established",
        Rating::Strong => "strong",
    }
}

pub(crate) fn follow_up_state(state: FollowUpState) -> &'static str {
    match state {
        FollowUpState::Unspecified => "not said",
        FollowUpState::Agreed => "agreed, not started yet",
        FollowUpState::Started => "started",
        FollowUpState::Evidenced => "evidence added",
        FollowUpState::Revisited => "revisited",
        FollowUpState::Completed => "completed",
        FollowUpState::Withdrawn => "withdrawn",
        FollowUpState::Lapsed => "lapsed",
    }
}

pub(crate) fn revisit(outcome: RevisitOutcome) -> &'static str {
    match outcome {
        RevisitOutcome::Unspecified => "not said",
        RevisitOutcome::Embedded => "embedded",
        RevisitOutcome::Improving => "improving",
        RevisitOutcome::NotYet => "not yet",
    }
}

pub(crate) fn completion(outcome: CompletionOutcome) -> &'static str {
    match outcome {
        CompletionOutcome::Unspecified => "not said",
        CompletionOutcome::Embedded => "embedded in everyday practice",
        CompletionOutcome::Partly => "partly achieved",
        CompletionOutcome::NotAchieved => "not achieved",
    }
}

pub(crate) fn appraisal_state(state: AppraisalState) -> &'static str {
    match state {
        AppraisalState::Unspecified => "not said",
        AppraisalState::Opened => "opened, objectives not agreed yet",
        AppraisalState::ObjectivesAgreed => "objectives in place",
        AppraisalState::MidYearReviewed => "mid-year review held",
        AppraisalState::Concluded => "concluded, to be signed and closed",
        AppraisalState::Closed => "closed",
        AppraisalState::Appealed => "appealed",
    }
}

pub(crate) fn objective_level(level: ObjectiveLevel) -> &'static str {
    match level {
        ObjectiveLevel::Unspecified => "not said",
        ObjectiveLevel::Individual => "individual",
        ObjectiveLevel::Team => "team",
        ObjectiveLevel::School => "school",
    }
}

pub(crate) fn feedback_level(level: FeedbackLevel) -> &'static str {
    match level {
        FeedbackLevel::Unspecified => "not said",
        FeedbackLevel::Reaction => "reaction",
        FeedbackLevel::Learning => "learning",
        FeedbackLevel::OrganisationSupport => "organisation support",
        FeedbackLevel::UseInPractice => "use in practice",
        FeedbackLevel::PupilOutcomes => "pupil outcomes",
    }
}

pub(crate) fn feedback_wave(wave: FeedbackWave) -> &'static str {
    match wave {
        FeedbackWave::Unspecified => "not said",
        FeedbackWave::First => "after taking part",
        FeedbackWave::Weeks => "some weeks later",
        FeedbackWave::HalfYear => "half a year later",
    }
}

pub(crate) fn survey_kind(kind: SurveyKind) -> &'static str {
    match kind {
        SurveyKind::Unspecified => "survey",
        SurveyKind::Needs => "survey of needs",
        SurveyKind::Impact => "survey of impact",
    }
}

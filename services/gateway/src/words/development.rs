//! What the codes of the catalogue and of coaching are called.

use api::{
    catalogue::v1::{ActivityKind, BookingState, ClaimState, DesignAdvice, Openness, ProviderKind, SessionState},
    coaching::v1::{
        EnquiryKind, EnquiryState, FindingsAudience, PartnershipKind, PartnershipState, QuestionTest, Replication,
        ReviewedImpact, Situation,
    },
    common::v1::RoleGroup,
};

/// Every kind of activity, in the order in which a choice shows them.
pub(crate) const ACTIVITY_KINDS: [ActivityKind; 14] = [
    ActivityKind::Course,
    ActivityKind::InsetDay,
    ActivityKind::Twilight,
    ActivityKind::NetworkMeeting,
    ActivityKind::Conference,
    ActivityKind::ELearning,
    ActivityKind::Reading,
    ActivityKind::ResearchProject,
    ActivityKind::LessonStudy,
    ActivityKind::ActionEnquiry,
    ActivityKind::LearningCommunity,
    ActivityKind::CoachingProgramme,
    ActivityKind::Qualification,
    ActivityKind::MandatoryTraining,
];

/// Every role group, in the order in which a choice shows them.
pub(crate) const ROLE_GROUPS: [RoleGroup; 6] = [
    RoleGroup::Leadership,
    RoleGroup::ClassroomTeacher,
    RoleGroup::EarlyCareerTeacher,
    RoleGroup::TeachingAssistant,
    RoleGroup::OtherSupport,
    RoleGroup::Governor,
];

pub(crate) fn activity_kind(kind: ActivityKind) -> &'static str {
    match kind {
        ActivityKind::Unspecified => "development",
        ActivityKind::Course => "course",
        ActivityKind::InsetDay => "INSET day",
        ActivityKind::Twilight => "twilight session",
        ActivityKind::NetworkMeeting => "network meeting",
        ActivityKind::Conference => "conference",
        ActivityKind::ELearning => "e-learning",
        ActivityKind::Reading => "reading",
        ActivityKind::ResearchProject => "research project",
        ActivityKind::LessonStudy => "Lesson Study",
        ActivityKind::ActionEnquiry => "action enquiry",
        ActivityKind::LearningCommunity => "learning community",
        ActivityKind::CoachingProgramme => "coaching programme",
        ActivityKind::Qualification => "qualification",
        ActivityKind::MandatoryTraining => "mandatory training",
    }
}

pub(crate) fn provider_kind(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Unspecified => "not said",
        ProviderKind::Internal => "the school or trust itself",
        ProviderKind::Cluster => "schools nearby or of the network",
        ProviderKind::External => "somebody from outside",
    }
}

pub(crate) fn openness(openness: Openness) -> &'static str {
    match openness {
        Openness::Unspecified => "not said",
        Openness::School => "staff of the school that offers it",
        Openness::Trust => "all staff of the trust",
        Openness::Network => "all staff of the trust, and shown to the network",
    }
}

pub(crate) fn session_state(state: SessionState) -> &'static str {
    match state {
        SessionState::Unspecified => "not said",
        SessionState::Open => "open for booking",
        SessionState::Held => "took place",
        SessionState::Cancelled => "called off",
    }
}

pub(crate) fn booking_state(state: BookingState) -> &'static str {
    match state {
        BookingState::Unspecified => "not said",
        BookingState::Confirmed => "confirmed",
        BookingState::AwaitingApproval => "awaiting approval",
        BookingState::Waiting => "on the waiting list",
        BookingState::Declined => "declined",
        BookingState::Cancelled => "cancelled",
        BookingState::Attended => "attended",
        BookingState::Absent => "absent",
    }
}

pub(crate) fn claim_state(state: ClaimState) -> &'static str {
    match state {
        ClaimState::Unspecified => "not said",
        ClaimState::Claimed => "waits to be verified",
        ClaimState::Verified => "verified",
        ClaimState::Rejected => "not agreed to",
    }
}

/// Something to think about in a design, as a sentence.
pub(crate) fn design_advice(advice: DesignAdvice) -> &'static str {
    match advice {
        DesignAdvice::Unspecified => "",
        DesignAdvice::OneOffForPedagogy => {
            "A single occasion rarely changes teaching: plan to come back to it, or say that it serves a discrete process."
        }
        DesignAdvice::NotSustained => "It is shorter than half a term.",
        DesignAdvice::LittleTimeInClassrooms => "Less than half of it is in classrooms.",
        DesignAdvice::Alone => "Nobody does it together with a colleague.",
        DesignAdvice::NoSpecialist => "No specialist contributes.",
        DesignAdvice::NoFollowUp => "What comes after it is not planned.",
        DesignAdvice::NoEvaluation => "How one will know what it changed is not planned.",
        DesignAdvice::Unbalanced => "At least one of the four groups of mechanisms is missing.",
        DesignAdvice::NoImpactStatements => "Participants have no sentences by which to recognise its impact.",
    }
}

pub(crate) fn partnership_kind(kind: PartnershipKind) -> &'static str {
    match kind {
        PartnershipKind::Unspecified => "partnership",
        PartnershipKind::Mentoring => "mentoring",
        PartnershipKind::SpecialistCoaching => "specialist coaching",
        PartnershipKind::PeerCoaching => "peer coaching",
    }
}

pub(crate) fn partnership_state(state: PartnershipState) -> &'static str {
    match state {
        PartnershipState::Unspecified => "not said",
        PartnershipState::Proposed => "proposed",
        PartnershipState::Agreed => "under way",
        PartnershipState::Reviewed => "reviewed",
        PartnershipState::Completed => "completed",
        PartnershipState::EndedEarly => "ended early",
        PartnershipState::Declined => "did not come about",
    }
}

/// What makes somebody look for a partner, as they would put it.
pub(crate) fn situation(situation: Situation) -> &'static str {
    match situation {
        Situation::Unspecified => "not said",
        Situation::CareerChange => "I am changing role, stage or setting",
        Situation::SpecificSkill => "There is a specific skill that I want to master",
        Situation::MutualProblem => "A colleague and I have the same problem",
    }
}

pub(crate) fn reviewed_impact(impact: ReviewedImpact) -> &'static str {
    match impact {
        ReviewedImpact::Unspecified => "not said",
        ReviewedImpact::NotYet => "nothing to be seen yet",
        ReviewedImpact::InPractice => "practice changed",
        ReviewedImpact::ForPupils => "pupils learn better for it",
    }
}

pub(crate) fn enquiry_kind(kind: EnquiryKind) -> &'static str {
    match kind {
        EnquiryKind::Unspecified => "enquiry",
        EnquiryKind::ActionEnquiry => "action enquiry",
        EnquiryKind::LessonStudy => "Lesson Study",
        EnquiryKind::LearningCommunity => "learning community",
        EnquiryKind::ResearchProject => "research project",
    }
}

pub(crate) fn enquiry_state(state: EnquiryState) -> &'static str {
    match state {
        EnquiryState::Unspecified => "not said",
        EnquiryState::Framed => "question framed",
        EnquiryState::UnderWay => "under way",
        EnquiryState::Analysed => "data analysed",
        EnquiryState::Validated => "found valid",
        EnquiryState::Shared => "findings shared",
        EnquiryState::Closed => "closed",
    }
}

pub(crate) fn question_test(test: QuestionTest) -> &'static str {
    match test {
        QuestionTest::Unspecified => "not said",
        QuestionTest::AimsAtLearning => "It aims at pupils’ learning",
        QuestionTest::NamesPupils => "It says which pupils",
        QuestionTest::LeavesOutTheRest => "It leaves out what does not help",
        QuestionTest::AnswerableHere => "It can be answered in this setting",
        QuestionTest::PartsAnswerable => "Each of its parts can be answered",
    }
}

pub(crate) fn findings_audience(audience: FindingsAudience) -> &'static str {
    match audience {
        FindingsAudience::Unspecified => "not said",
        FindingsAudience::School => "the school",
        FindingsAudience::Trust => "the trust",
        FindingsAudience::Network => "the network",
    }
}

pub(crate) fn replication(outcome: Replication) -> &'static str {
    match outcome {
        Replication::Unspecified => "not said",
        Replication::Confirmed => "the same was found",
        Replication::Partly => "the same was found in part",
        Replication::Different => "something else was found",
    }
}

/// "free" or "£1,250", "£12.50".
pub(crate) fn cost(pence: i64) -> String {
    let (pounds, pence) = (pence / 100, pence % 100);
    let grouped = crate::figures::Cell::Count(pounds).shown();
    match (pounds, pence) {
        (0, 0) => "free".into(),
        (_, 0) => format!("£{grouped}"),
        _ => format!("£{grouped}.{pence:02}"),
    }
}

/// "1st", "2nd", "3rd", "11th".
pub(crate) fn ordinal(number: i32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// "one place", "3 places", "no places".
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    match count {
        0 => format!("no {many}"),
        1 => format!("one {one}"),
        _ => format!("{count} {many}"),
    }
}

/// "once", "twice", "12 times".
pub(crate) fn times(count: usize) -> String {
    match count {
        0 => "never".into(),
        1 => "once".into(),
        2 => "twice".into(),
        _ => format!("{count} times"),
    }
}

/// A first letter in upper case, as at the beginning of a heading.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// A code as it stands in an address: `ACTIVITY_KIND_INSET_DAY` without its beginning is `inset-day`.
pub(crate) fn slug(code: &str, beginning: &str) -> String {
    code.trim_start_matches(beginning).to_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_and_numbers_read_as_people_write_them() {
        assert_eq!(cost(0), "free");
        assert_eq!(cost(125_000), "£1,250");
        assert_eq!(cost(1_250), "£12.50");
        assert_eq!(ordinal(1), "1st");
        assert_eq!(ordinal(12), "12th");
        assert_eq!(ordinal(22), "22nd");
        assert_eq!(counted(0, "place", "places"), "no places");
        assert_eq!(counted(1, "place", "places"), "one place");
        assert_eq!(counted(7, "place", "places"), "7 places");
        assert_eq!(
            [times(0), times(1), times(2), times(9)],
            ["never", "once", "twice", "9 times"]
        );
    }

    #[test]
    fn every_kind_has_a_word_of_its_own_and_an_address() {
        let mut words: Vec<_> = ACTIVITY_KINDS.iter().map(|kind| activity_kind(*kind)).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), ACTIVITY_KINDS.len());
        assert_eq!(
            slug(ActivityKind::InsetDay.as_str_name(), "ACTIVITY_KIND_"),
            "inset-day"
        );
        assert_eq!(capital("e-learning"), "E-learning");
    }
}

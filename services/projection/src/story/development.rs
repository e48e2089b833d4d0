//! Events of the catalogue, of coaching and of evaluation told to people. Of coaching, enquiries and answers they say
//! that something took place: dates, minutes, focus areas, never what was said.

use api::{
    catalogue::v1::{
        BookingCancellation, LearningRecordEvent, SessionEvent, learning_record_event::Event as OfLearning,
        session_event::Event as OfSession,
    },
    coaching::v1::{
        EnquiryEvent, EnquiryKind, PartnershipEvent, PartnershipKind, enquiry_event::Event as OfEnquiry,
        partnership_event::Event as OfPartnership,
    },
    evaluation::v1::{
        EvaluationPlanEvent, FeedbackEvent, FeedbackWave, MeasurePoint, evaluation_plan_event::Event as OfEvaluation,
        feedback_event::Event as OfFeedback,
    },
    observations::v1::RevisitOutcome,
};

/// A sentence about what somebody learned.
pub(super) fn learning(event: &LearningRecordEvent) -> String {
    match event.event.as_ref() {
        Some(OfLearning::HoursCredited(credited)) => {
            format!(
                "{} of development were credited{}.",
                time(credited.minutes),
                about(&credited.focus_areas)
            )
        }
        Some(OfLearning::HoursCorrected(corrected)) if corrected.minutes == 0 => {
            "The register was put right: they did not take part after all.".into()
        }
        Some(OfLearning::HoursCorrected(corrected)) => {
            format!("The register was put right: {}.", time(corrected.minutes))
        }
        Some(OfLearning::ExternalClaimed(claimed)) => {
            format!("{} of learning elsewhere were claimed.", time(claimed.minutes))
        }
        Some(OfLearning::ExternalVerified(_)) => "Learning elsewhere was verified.".into(),
        Some(OfLearning::ExternalRejected(_)) => "Learning elsewhere could not be verified.".into(),
        Some(OfLearning::CertificateIssued(_)) => "A certificate was issued.".into(),
        Some(OfLearning::MandatoryCompleted(completed)) if completed.expires_on.is_empty() => {
            format!("Mandatory training was completed: {}.", completed.item)
        }
        Some(OfLearning::MandatoryCompleted(completed)) => format!(
            "Mandatory training was completed: {}, which holds until {}.",
            completed.item, completed.expires_on
        ),
        Some(OfLearning::DevelopmentLinked(_)) => "Development was confirmed to serve a follow-up.".into(),
        None => String::new(),
    }
}

/// The day of which it speaks.
pub(super) fn learning_on(event: &LearningRecordEvent) -> &str {
    match event.event.as_ref() {
        Some(OfLearning::HoursCredited(event)) => &event.on,
        Some(OfLearning::ExternalClaimed(event)) => &event.on,
        Some(OfLearning::ExternalVerified(event)) => &event.on,
        Some(OfLearning::ExternalRejected(event)) => &event.on,
        Some(OfLearning::CertificateIssued(event)) => &event.on,
        Some(OfLearning::MandatoryCompleted(event)) => &event.on,
        Some(OfLearning::DevelopmentLinked(event)) => &event.on,
        Some(OfLearning::HoursCorrected(_)) | None => "",
    }
}

/// A sentence about a session of the catalogue, or a place on it.
pub(super) fn session(event: &SessionEvent) -> String {
    let sentence = match event.event.as_ref() {
        Some(OfSession::Offered(_)) => "A session was offered.",
        Some(OfSession::Rescheduled(rescheduled)) => {
            return format!("The session was moved to {}.", rescheduled.on);
        }
        Some(OfSession::CapacityChanged(_)) => "The number of places changed.",
        Some(OfSession::Booked(_)) => "A place was booked.",
        Some(OfSession::AwaitsApproval(_)) => "A place was asked for; the school is to agree.",
        Some(OfSession::Waitlisted(_)) => "All places were taken: on the waiting list.",
        Some(OfSession::Approved(_)) => "The school agreed to the booking.",
        Some(OfSession::Declined(_)) => "The school did not agree to the booking.",
        Some(OfSession::Promoted(_)) => "A place became free.",
        Some(OfSession::BookingCancelled(cancelled)) => match cancelled.cause() {
            BookingCancellation::ByPerson => "The place was given up.",
            BookingCancellation::BySchool => "The school could not release them.",
            _ => "The booking ended.",
        },
        Some(OfSession::Held(_)) => "The session took place.",
        Some(OfSession::AttendanceRecorded(recorded)) if recorded.attended => "They came to the session.",
        Some(OfSession::AttendanceRecorded(_)) => "They did not come to the session.",
        Some(OfSession::Cancelled(_)) => "The session was called off.",
        None => "",
    };
    sentence.into()
}

/// The day of which it speaks.
pub(super) fn session_on(event: &SessionEvent) -> &str {
    match event.event.as_ref() {
        Some(OfSession::Held(event)) => &event.on,
        Some(OfSession::AttendanceRecorded(event)) => &event.on,
        _ => "",
    }
}

/// A sentence about a partnership: that it is there, never what it speaks of.
pub(super) fn partnership(event: &PartnershipEvent) -> String {
    match event.event.as_ref() {
        Some(OfPartnership::Proposed(proposed)) => {
            let kind = match proposed.kind() {
                PartnershipKind::Mentoring => "Mentoring",
                PartnershipKind::PeerCoaching => "Peer coaching",
                PartnershipKind::SpecialistCoaching => "Specialist coaching",
                PartnershipKind::Unspecified => "A partnership",
            };
            format!("{kind} was proposed{}.", about(&proposed.focus_areas))
        }
        Some(OfPartnership::Accepted(_)) => "One of the two would like to.".into(),
        Some(OfPartnership::Agreed(_)) => "The two agreed to work together.".into(),
        Some(OfPartnership::Declined(_)) => "It did not come about.".into(),
        Some(OfPartnership::SessionPlanned(planned)) => format!("A session was planned for {}.", planned.on),
        Some(OfPartnership::SessionCancelled(_)) => "A planned session was called off.".into(),
        Some(OfPartnership::SessionHeld(held)) => {
            format!(
                "A coaching session of {} was held{}.",
                time(held.minutes),
                about(&held.focus_areas)
            )
        }
        Some(OfPartnership::LogDrafted(_)) => "The log of a session was drafted.".into(),
        Some(OfPartnership::LogAgreed(_)) => "The log of a session was agreed.".into(),
        Some(OfPartnership::Reviewed(_)) => "The two reviewed their work.".into(),
        Some(OfPartnership::Linked(_)) => "The partnership was linked to a follow-up.".into(),
        Some(OfPartnership::Completed(_)) => "The partnership was completed.".into(),
        Some(OfPartnership::EndedEarly(_)) => "The partnership ended early.".into(),
        Some(OfPartnership::Paused(_)) => "The partnership rests during a long absence.".into(),
        Some(OfPartnership::Resumed(_)) => "The partnership goes on.".into(),
        Some(OfPartnership::Moved(_)) => "The coached person moved to another school.".into(),
        None => String::new(),
    }
}

/// The day of which it speaks.
pub(super) fn partnership_on(event: &PartnershipEvent) -> &str {
    match event.event.as_ref() {
        Some(OfPartnership::Agreed(event)) => &event.on,
        Some(OfPartnership::Declined(event)) => &event.on,
        Some(OfPartnership::SessionHeld(event)) => &event.on,
        Some(OfPartnership::LogAgreed(event)) => &event.on,
        Some(OfPartnership::Reviewed(event)) => &event.on,
        Some(OfPartnership::Completed(event)) => &event.on,
        Some(OfPartnership::EndedEarly(event)) => &event.on,
        Some(OfPartnership::Paused(event)) => &event.on,
        Some(OfPartnership::Resumed(event)) => &event.on,
        Some(OfPartnership::Moved(event)) => &event.on,
        _ => "",
    }
}

/// A sentence about an enquiry.
pub(super) fn enquiry(event: &EnquiryEvent) -> String {
    match event.event.as_ref() {
        Some(OfEnquiry::Framed(framed)) => {
            let kind = match framed.kind() {
                EnquiryKind::ActionEnquiry => "An action enquiry",
                EnquiryKind::LessonStudy => "A Lesson Study",
                EnquiryKind::LearningCommunity => "A learning community",
                EnquiryKind::ResearchProject => "A research project",
                EnquiryKind::Unspecified => "An enquiry",
            };
            format!("{kind} was begun: {}.", framed.title)
        }
        Some(OfEnquiry::Reframed(_)) => "Its question was put differently.".into(),
        Some(OfEnquiry::Joined(_)) => "Joined an enquiry.".into(),
        Some(OfEnquiry::Left(_)) => "Left an enquiry.".into(),
        Some(OfEnquiry::Started(_)) => "The group set to work.".into(),
        Some(OfEnquiry::Met(met)) => format!("The group met for {}.", time(met.minutes)),
        Some(OfEnquiry::LessonPlanned(planned)) => format!("Research lesson {} was planned.", planned.lesson),
        Some(OfEnquiry::LessonTaught(taught)) => format!("Research lesson {} was taught and observed.", taught.lesson),
        Some(OfEnquiry::PupilsInterviewed(_)) => "Pupils were asked what they learned.".into(),
        Some(OfEnquiry::LessonDiscussed(discussed)) => format!("Research lesson {} was discussed.", discussed.lesson),
        Some(OfEnquiry::Analysed(_)) => "The group analysed its data.".into(),
        Some(OfEnquiry::ValidityChecked(_)) => "The validity of the analysis was checked.".into(),
        Some(OfEnquiry::Replicated(_)) => "It was done again.".into(),
        Some(OfEnquiry::FindingsShared(_)) => "Findings were shared.".into(),
        Some(OfEnquiry::Closed(_)) => "The enquiry was closed.".into(),
        None => String::new(),
    }
}

/// The day of which it speaks.
pub(super) fn enquiry_on(event: &EnquiryEvent) -> &str {
    match event.event.as_ref() {
        Some(OfEnquiry::Joined(event)) => &event.on,
        Some(OfEnquiry::Left(event)) => &event.on,
        Some(OfEnquiry::Started(event)) => &event.on,
        Some(OfEnquiry::Met(event)) => &event.on,
        Some(OfEnquiry::LessonPlanned(event)) => &event.on,
        Some(OfEnquiry::LessonTaught(event)) => &event.on,
        Some(OfEnquiry::PupilsInterviewed(event)) => &event.on,
        Some(OfEnquiry::LessonDiscussed(event)) => &event.on,
        Some(OfEnquiry::Analysed(event)) => &event.on,
        Some(OfEnquiry::ValidityChecked(event)) => &event.on,
        Some(OfEnquiry::Replicated(event)) => &event.on,
        Some(OfEnquiry::FindingsShared(event)) => &event.on,
        Some(OfEnquiry::Closed(event)) => &event.on,
        Some(OfEnquiry::Framed(_) | OfEnquiry::Reframed(_)) | None => "",
    }
}

/// A sentence about feedback: that it was asked for or given, never what it said.
pub(super) fn feedback(event: &FeedbackEvent) -> String {
    match event.event.as_ref() {
        Some(OfFeedback::Asked(asked)) => {
            let when = match asked.wave() {
                FeedbackWave::First | FeedbackWave::Unspecified => "once they had taken part",
                FeedbackWave::Weeks => "some weeks later",
                FeedbackWave::HalfYear => "half a year later",
            };
            format!("Feedback was asked for {when}, by {}.", asked.due_on)
        }
        Some(OfFeedback::Given(_)) => "Feedback was given.".into(),
        Some(OfFeedback::PracticeObserved(seen)) => {
            let seen = match seen.outcome() {
                RevisitOutcome::Embedded => "it is embedded",
                RevisitOutcome::Improving => "it is improving",
                RevisitOutcome::NotYet => "not there yet",
                RevisitOutcome::Unspecified => "no outcome was recorded",
            };
            format!("A later observation saw what was developed: {seen}.")
        }
        Some(OfFeedback::Expired(_)) => "Feedback was not given in time.".into(),
        None => String::new(),
    }
}

/// The day of which it speaks.
pub(super) fn feedback_on(event: &FeedbackEvent) -> &str {
    match event.event.as_ref() {
        Some(OfFeedback::Given(event)) => &event.on,
        Some(OfFeedback::PracticeObserved(event)) => &event.on,
        Some(OfFeedback::Expired(event)) => &event.on,
        Some(OfFeedback::Asked(_)) | None => "",
    }
}

/// A sentence about an evaluation.
pub(super) fn evaluation(event: &EvaluationPlanEvent) -> String {
    match event.event.as_ref() {
        Some(OfEvaluation::Planned(planned)) => format!("It was planned how impact will be known: {}.", planned.title),
        Some(OfEvaluation::Revised(_)) => "The plan of evaluation was changed.".into(),
        Some(OfEvaluation::MeasureTaken(taken)) => {
            let point = match taken.point() {
                MeasurePoint::Baseline => "before the development",
                MeasurePoint::Short => "in the short term",
                MeasurePoint::Medium => "in the medium term",
                MeasurePoint::Unspecified => "at a point not said",
            };
            format!("{} was measured {point}.", taken.outcome)
        }
        Some(OfEvaluation::EffectEstimated(effect)) => format!(
            "The effect on {} was estimated: g = {:.2}, 95 % interval {:.2} to {:.2}.",
            effect.outcome, effect.g, effect.low, effect.high
        ),
        Some(OfEvaluation::MeasureWithdrawn(_)) => "A measure was withdrawn.".into(),
        Some(OfEvaluation::Reported(_)) => "What came of it was reported.".into(),
        Some(OfEvaluation::Concluded(_)) => "It was decided what follows.".into(),
        None => String::new(),
    }
}

/// The day of which it speaks.
pub(super) fn evaluation_on(event: &EvaluationPlanEvent) -> &str {
    match event.event.as_ref() {
        Some(OfEvaluation::Planned(event)) => &event.on,
        Some(OfEvaluation::MeasureTaken(event)) => &event.on,
        Some(OfEvaluation::EffectEstimated(event)) => &event.on,
        Some(OfEvaluation::MeasureWithdrawn(event)) => &event.on,
        Some(OfEvaluation::Reported(event)) => &event.on,
        Some(OfEvaluation::Concluded(event)) => &event.on,
        Some(OfEvaluation::Revised(_)) | None => "",
    }
}

fn time(minutes: i32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, 1) => "1 minute".into(),
        (0, minutes) => format!("{minutes} minutes"),
        (1, 0) => "1 hour".into(),
        (hours, 0) => format!("{hours} hours"),
        (1, minutes) => format!("1 hour {minutes} minutes"),
        (hours, minutes) => format!("{hours} hours {minutes} minutes"),
    }
}

fn about(focus_areas: &[String]) -> String {
    if focus_areas.is_empty() {
        String::new()
    } else {
        format!(" on {}", focus_areas.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::time;

    #[test]
    fn time_is_told_in_hours_and_minutes() {
        assert_eq!(
            [45, 60, 75, 120, 135].map(time),
            [
                "45 minutes",
                "1 hour",
                "1 hour 15 minutes",
                "2 hours",
                "2 hours 15 minutes"
            ]
        );
    }
}

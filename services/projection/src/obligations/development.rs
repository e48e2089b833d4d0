//! What is owed in documents of the catalogue, of coaching and of evaluation.

use api::projection::v1::ObligationKind;
use uuid::Uuid;

use super::{About, Owed};
use crate::{
    compact,
    documents::{Document as _, EvaluationPlan, Feedback, LearningRecord, Need, Partnership, Session, ask::Ask},
};

/// Whoever owes the support arranges what was asked for; while nobody has been named, somebody of the school does.
pub(crate) fn of_ask(id: Uuid, aggregate: &'static str, ask: &Ask) -> Vec<Owed> {
    if !ask.open() {
        return Vec::new();
    }
    vec![Owed {
        kind: ObligationKind::ArrangeSupport,
        by: compact::id(&ask.owner_id),
        to: compact::id(&ask.person_id),
        due_on: ask.due_on,
        about: About::Document(aggregate, id),
        urn: ask.urn,
        follow_up: ask.follow_up(),
        code: String::new(),
    }]
}

/// The booker's school agrees to a booking; whoever leads a session says who came.
pub(crate) fn of_session(id: Uuid, session: &Session) -> Vec<Owed> {
    let mut all = Vec::new();
    if session.cancelled {
        return all;
    }
    for booking in session.bookings.iter().filter(|booking| booking.awaits_approval()) {
        all.push(Owed {
            kind: ObligationKind::ApproveBooking,
            by: None,
            to: booking.person(),
            due_on: session.on,
            about: About::Document("booking", compact::id(&booking.booking_id).unwrap_or_default()),
            urn: booking.urn,
            follow_up: None,
            code: String::new(),
        });
    }
    if session.register_owed() {
        all.extend(compact::ids(&session.lead_ids).map(|lead| Owed {
            kind: ObligationKind::RecordAttendance,
            by: Some(lead),
            to: None,
            due_on: session.held_on,
            about: About::Document(Session::AGGREGATE, id),
            urn: session.urn,
            follow_up: None,
            code: String::new(),
        }));
    }
    all
}

/// Claims are verified by their school; mandatory training is renewed by its person.
pub(crate) fn of_learning(id: Uuid, record: &LearningRecord) -> Vec<Owed> {
    let claims = record.claims.iter().filter(|claim| !claim.settled).map(|claim| Owed {
        kind: ObligationKind::VerifyLearning,
        by: None,
        to: record.person(),
        due_on: Some(claim.on),
        about: About::Document("claim", compact::id(&claim.claim_id).unwrap_or_default()),
        urn: claim.urn,
        follow_up: None,
        code: String::new(),
    });
    let training = record.training.iter().filter_map(|training| {
        Some(Owed {
            kind: ObligationKind::RenewTraining,
            by: record.person(),
            to: None,
            due_on: Some(training.expires_on?),
            about: About::Document(LearningRecord::AGGREGATE, id),
            urn: record.urn,
            follow_up: None,
            code: training.item.clone(),
        })
    });
    claims.chain(training).collect()
}

/// A proposal is answered by who has not said yes yet; a log is agreed by who did not draft it.
pub(crate) fn of_partnership(id: Uuid, partnership: &Partnership) -> Vec<Owed> {
    let owed = |kind, by, about| Owed {
        kind,
        by: Some(by),
        to: partnership.other(by),
        due_on: None,
        about,
        urn: partnership.urn,
        follow_up: None,
        code: String::new(),
    };
    let answers = partnership.to_answer().map(|person| {
        let about = About::Document(Partnership::AGGREGATE, id);
        owed(ObligationKind::AnswerPartnership, person, about)
    });
    let logs = partnership.logs_to_agree().filter_map(|(session, drafted_by)| {
        let other = partnership.other(drafted_by)?;
        let about = About::Document("coaching_session", compact::id(&session.session_id)?);
        Some(owed(ObligationKind::AgreeLog, other, about))
    });
    answers.chain(logs).collect()
}

/// Whoever was asked says what came of it.
pub(crate) fn of_feedback(id: Uuid, feedback: &Feedback) -> Vec<Owed> {
    let owed = feedback.unanswered().map(|asked| Owed {
        kind: ObligationKind::GiveFeedback,
        by: feedback.person(),
        to: None,
        due_on: asked.due_on,
        about: About::Document(Feedback::AGGREGATE, id),
        urn: feedback.urn,
        follow_up: None,
        code: String::new(),
    });
    owed.collect()
}

/// Who sees to an evaluation measures when it was planned.
pub(crate) fn of_evaluation(id: Uuid, plan: &EvaluationPlan) -> Vec<Owed> {
    let owed = plan.next_due().map(|due| Owed {
        kind: ObligationKind::TakeMeasure,
        by: compact::id(&plan.lead_id),
        to: None,
        due_on: Some(due),
        about: About::Document(EvaluationPlan::AGGREGATE, id),
        urn: plan.urn,
        follow_up: None,
        code: String::new(),
    });
    owed.into_iter().collect()
}

/// The school finds an activity for a need, or commissions one.
pub(crate) fn of_need(id: Uuid, need: &Need) -> Vec<Owed> {
    if !need.open() {
        return Vec::new();
    }
    vec![Owed {
        kind: ObligationKind::AnswerNeed,
        by: None,
        to: need.person(),
        due_on: None,
        about: About::Document(Need::AGGREGATE, id),
        urn: need.urn,
        follow_up: None,
        code: need.focus_area.clone(),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{
        learning_record::{Claim, Training},
        partnership::Held,
        session::{Booking, Place},
    };

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn bytes(id: Uuid) -> Vec<u8> {
        id.as_bytes().to_vec()
    }

    fn kinds(owed: &[Owed]) -> Vec<(ObligationKind, Option<Uuid>, Option<Uuid>)> {
        owed.iter().map(|owed| (owed.kind, owed.by, owed.to)).collect()
    }

    #[test]
    fn a_booking_waits_for_the_school_and_the_register_for_who_leads() {
        let booking = |place: Place| Booking {
            person_id: bytes(ONE),
            place: place.into(),
            ..Booking::default()
        };
        let session = Session {
            lead_ids: vec![bytes(OTHER)],
            bookings: vec![booking(Place::AwaitsApproval), booking(Place::Confirmed)],
            held_on: Some(120),
            ..Session::default()
        };
        assert_eq!(
            kinds(&of_session(Uuid::nil(), &session)),
            [
                (ObligationKind::ApproveBooking, None, Some(ONE)),
                (ObligationKind::RecordAttendance, Some(OTHER), None)
            ]
        );
        let cancelled = Session {
            cancelled: true,
            ..session
        };
        assert!(of_session(Uuid::nil(), &cancelled).is_empty());
    }

    #[test]
    fn claims_wait_for_the_school_and_training_for_its_person() {
        let record = LearningRecord {
            person_id: bytes(ONE),
            claims: vec![Claim::default()],
            training: vec![
                Training {
                    item: "safeguarding_update".into(),
                    expires_on: Some(400),
                    ..Training::default()
                },
                Training::default(),
            ],
            ..LearningRecord::default()
        };
        let owed = of_learning(Uuid::nil(), &record);
        assert_eq!(
            kinds(&owed),
            [
                (ObligationKind::VerifyLearning, None, Some(ONE)),
                (ObligationKind::RenewTraining, Some(ONE), None)
            ]
        );
        assert_eq!((owed[1].waits_on(300), owed[1].waits_on(390)), (false, true));
    }

    #[test]
    fn a_log_waits_for_who_did_not_draft_it() {
        let proposed = Partnership {
            coach_id: bytes(ONE),
            coached_id: bytes(OTHER),
            accepted_by: vec![bytes(ONE)],
            proposed_on: Some(100),
            ..Partnership::default()
        };
        let of = |partnership: &Partnership| kinds(&of_partnership(Uuid::nil(), partnership));
        assert_eq!(
            of(&proposed),
            [(ObligationKind::AnswerPartnership, Some(OTHER), Some(ONE))]
        );
        let held = Partnership {
            agreed_on: Some(101),
            sessions: vec![Held {
                session_id: bytes(Uuid::from_u128(9)),
                drafted_by: bytes(OTHER),
                ..Held::default()
            }],
            ..proposed
        };
        assert_eq!(of(&held), [(ObligationKind::AgreeLog, Some(ONE), Some(OTHER))]);
    }

    #[test]
    fn a_need_waits_until_it_is_answered() {
        let need = Need {
            on: Some(100),
            ..Need::default()
        };
        assert_eq!(of_need(Uuid::nil(), &need).len(), 1);
        let answered = Need { answered: true, ..need };
        assert!(of_need(Uuid::nil(), &answered).is_empty());
    }
}

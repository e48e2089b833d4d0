//! Who owes what to whom, and by when: derived from documents whenever it is asked.
//!
//! Nothing of it is stored. An open document knows everything that is owed in it, and the open documents of one person
//! are few (some hundreds for a school's CPD lead), found by index from either side.

mod development;

use api::projection::v1::ObligationKind;
use uuid::Uuid;

pub(crate) use development::{of_ask, of_evaluation, of_feedback, of_learning, of_need, of_partnership, of_session};

use crate::{
    compact::Day,
    documents::{Appraisal, FollowUp, Observation},
};

/// What an obligation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum About {
    FollowUp(Uuid),
    Observation(Uuid),
    Appraisal(Uuid),
    /// What it is, and its identifier.
    Document(&'static str, Uuid),
}

/// Something that one side owes the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owed {
    pub(crate) kind: ObligationKind,
    /// Absent while nobody has been named: then it is the school's, that is, of its CPD lead or head.
    pub(crate) by: Option<Uuid>,
    pub(crate) to: Option<Uuid>,
    pub(crate) due_on: Option<Day>,
    pub(crate) about: About,
    /// The school; 0 for the trust's central team.
    pub(crate) urn: u32,
    /// The follow-up that it serves, if it is about something else.
    pub(crate) follow_up: Option<Uuid>,
    /// A training item or focus area; empty if none.
    pub(crate) code: String,
}

/// From so many days before its day, what recurs or is planned far ahead waits for somebody.
const RENEWAL_NEAR: Day = 60;
const MEASURE_NEAR: Day = 14;

impl Owed {
    /// Whether its day is past.
    pub(crate) fn overdue(&self, on: Day) -> bool {
        self.due_on.is_some_and(|due| due < on)
    }

    /// Whether it waits on that day already: what is due in the distant future does not.
    pub(crate) fn waits_on(&self, on: Day) -> bool {
        let near = match self.kind {
            ObligationKind::RenewTraining => RENEWAL_NEAR,
            ObligationKind::TakeMeasure => MEASURE_NEAR,
            _ => return true,
        };
        self.due_on.is_none_or(|due| due - near <= on)
    }

    /// In order of urgency: by day, those without one last, then the same every time.
    pub(crate) fn urgency(&self) -> (Day, About, i32, Option<Uuid>, String) {
        let due = self.due_on.unwrap_or(Day::MAX);
        (due, self.about, self.kind.into(), self.by, self.code.clone())
    }
}

/// What is owed in a follow-up. While its person is away for long, nothing is.
pub(crate) fn of_follow_up(id: Uuid, follow_up: &FollowUp) -> Vec<Owed> {
    let owed = |kind, by, to| Owed {
        kind,
        by,
        to,
        due_on: follow_up.due_on,
        about: About::FollowUp(id),
        urn: follow_up.urn,
        follow_up: None,
        code: String::new(),
    };
    let mut all = Vec::new();
    if follow_up.agreed_on.is_none() || follow_up.paused_on.is_some() {
        return all;
    }
    if follow_up.action_owed() {
        all.push(owed(ObligationKind::Action, follow_up.person(), follow_up.owner()));
    }
    if follow_up.support_owed() {
        let kind = if follow_up.owner().is_some() {
            ObligationKind::Support
        } else {
            ObligationKind::NameOwner
        };
        all.push(owed(kind, follow_up.owner(), follow_up.person()));
    }
    all
}

/// What is owed in an observation.
pub(crate) fn of_observation(id: Uuid, observation: &Observation) -> Vec<Owed> {
    if !observation.open() {
        return Vec::new();
    }
    let owed = |kind, by, to, due_on| Owed {
        kind,
        by,
        to,
        due_on,
        about: About::Observation(id),
        urn: observation.urn,
        follow_up: None,
        code: String::new(),
    };
    let observee = observation.observee();
    let first = observation.observers().next();
    if observation.conducted_on.is_none() {
        return vec![owed(
            ObligationKind::ConductObservation,
            first,
            observee,
            observation.planned_on,
        )];
    }
    let mut all: Vec<_> = observation
        .observers()
        .filter(|observer| {
            !observation
                .recorded_by
                .iter()
                .any(|by| by == observer.as_bytes().as_slice())
        })
        .map(|observer| {
            owed(
                ObligationKind::ConductObservation,
                Some(observer),
                observee,
                observation.feedback_due_on,
            )
        })
        .collect();
    match observation.feedback_on {
        None => all.push(owed(
            ObligationKind::ShareFeedback,
            first,
            observee,
            observation.feedback_due_on,
        )),
        // A self-review is acknowledged by being written.
        Some(_) if first == observee => {}
        Some(_) => all.push(owed(ObligationKind::AcknowledgeFeedback, observee, first, None)),
    }
    all
}

/// What is owed in an appraisal: the next step only. While its person is away for long, nothing is.
pub(crate) fn of_appraisal(id: Uuid, appraisal: &Appraisal) -> Vec<Owed> {
    if !appraisal.open() || appraisal.paused {
        return Vec::new();
    }
    let (person, appraiser) = (appraisal.person(), appraisal.appraiser());
    let owed = |kind, by, to, due_on| Owed {
        kind,
        by,
        to,
        due_on,
        about: About::Appraisal(id),
        urn: appraisal.urn,
        follow_up: None,
        code: String::new(),
    };
    let mut all = Vec::new();
    if appraiser.is_none() {
        all.push(owed(ObligationKind::NameAppraiser, None, person, None));
    }
    let concluded = appraisal.conclusion.is_some() && !appraisal.to_conclude_again;
    if appraisal.objectives_on.is_none() {
        all.push(owed(
            ObligationKind::AgreeObjectives,
            appraiser,
            person,
            appraisal.planning_by,
        ));
    } else if appraisal.mid_year.is_none() && !concluded {
        all.push(owed(
            ObligationKind::HoldMidYear,
            appraiser,
            person,
            appraisal.mid_year_by,
        ));
    } else if !concluded {
        all.push(owed(
            ObligationKind::ConcludeAppraisal,
            appraiser,
            person,
            appraisal.final_by,
        ));
    } else if appraisal.signed_by_appraisee && appraisal.signed_by_appraiser {
        all.push(owed(
            ObligationKind::CloseAppraisal,
            appraiser,
            person,
            appraisal.final_by,
        ));
    } else {
        if !appraisal.signed_by_appraisee {
            all.push(owed(
                ObligationKind::SignAppraisal,
                person,
                appraiser,
                appraisal.final_by,
            ));
        }
        if !appraisal.signed_by_appraiser {
            all.push(owed(
                ObligationKind::SignAppraisal,
                appraiser,
                person,
                appraisal.final_by,
            ));
        }
    }
    all
}

/// A sentence for whoever owes it.
pub(crate) fn sentence(kind: ObligationKind) -> &'static str {
    match kind {
        ObligationKind::Unspecified => "",
        ObligationKind::Action => "Do what was agreed.",
        ObligationKind::Support => "Give the support that was promised.",
        ObligationKind::NameOwner => "Say who owes the promised support now.",
        ObligationKind::ConductObservation => "Observe, and record what was seen.",
        ObligationKind::ShareFeedback => "Share the feedback.",
        ObligationKind::AcknowledgeFeedback => "Read the feedback and answer it.",
        ObligationKind::AgreeObjectives => "Agree the objectives.",
        ObligationKind::HoldMidYear => "Hold the mid-year review.",
        ObligationKind::ConcludeAppraisal => "Hold the final review and conclude.",
        ObligationKind::SignAppraisal => "Sign the appraisal.",
        ObligationKind::CloseAppraisal => "Close the appraisal.",
        ObligationKind::NameAppraiser => "Say who appraises now.",
        ObligationKind::ArrangeSupport => "Arrange the support that was promised.",
        ObligationKind::ApproveBooking => "Agree to a booking, or decline it.",
        ObligationKind::RecordAttendance => "Say who came.",
        ObligationKind::VerifyLearning => "Verify learning elsewhere.",
        ObligationKind::RenewTraining => "Renew the mandatory training.",
        ObligationKind::AnswerPartnership => "Answer the proposal to work together.",
        ObligationKind::AgreeLog => "Agree to the log of the session.",
        ObligationKind::GiveFeedback => "Say what came of the development.",
        ObligationKind::TakeMeasure => "Measure what was planned.",
        ObligationKind::AnswerNeed => "Find development for the need, or commission it.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::follow_up::Promise;

    const PERSON: Uuid = Uuid::from_u128(1);
    const OWNER: Uuid = Uuid::from_u128(2);

    fn agreed() -> FollowUp {
        FollowUp {
            person_id: PERSON.as_bytes().to_vec(),
            owner_id: OWNER.as_bytes().to_vec(),
            agreed_on: Some(100),
            due_on: Some(142),
            promises: vec![Promise::default()],
            ..FollowUp::default()
        }
    }

    fn kinds(owed: &[Owed]) -> Vec<(ObligationKind, Option<Uuid>)> {
        owed.iter().map(|owed| (owed.kind, owed.by)).collect()
    }

    #[test]
    fn both_sides_owe() {
        let owed = of_follow_up(Uuid::nil(), &agreed());
        assert_eq!(
            kinds(&owed),
            [
                (ObligationKind::Action, Some(PERSON)),
                (ObligationKind::Support, Some(OWNER))
            ]
        );
    }

    #[test]
    fn the_school_owes_on_after_completion() {
        let completed = FollowUp {
            completed_on: Some(120),
            ..agreed()
        };
        assert_eq!(
            kinds(&of_follow_up(Uuid::nil(), &completed)),
            [(ObligationKind::Support, Some(OWNER))]
        );
    }

    #[test]
    fn without_an_owner_somebody_must_be_named() {
        let nobody = FollowUp {
            owner_id: Vec::new(),
            completed_on: Some(120),
            ..agreed()
        };
        assert_eq!(
            kinds(&of_follow_up(Uuid::nil(), &nobody)),
            [(ObligationKind::NameOwner, None)]
        );
    }

    #[test]
    fn nothing_is_owed_by_who_is_away() {
        assert!(
            of_follow_up(
                Uuid::nil(),
                &FollowUp {
                    paused_on: Some(110),
                    ..agreed()
                }
            )
            .is_empty()
        );
    }

    #[test]
    fn an_observation_is_owed_step_by_step() {
        let bytes = |id: Uuid| id.as_bytes().to_vec();
        let planned = Observation {
            observee_id: bytes(PERSON),
            observer_ids: vec![bytes(OWNER)],
            planned_on: Some(90),
            ..Observation::default()
        };
        let of = |observation: &Observation| kinds(&of_observation(Uuid::nil(), observation));
        assert_eq!(of(&planned), [(ObligationKind::ConductObservation, Some(OWNER))]);
        let conducted = Observation {
            conducted_on: Some(90),
            recorded_by: vec![bytes(OWNER)],
            ..planned
        };
        assert_eq!(of(&conducted), [(ObligationKind::ShareFeedback, Some(OWNER))]);
        let shared = Observation {
            feedback_on: Some(95),
            ..conducted
        };
        assert_eq!(of(&shared), [(ObligationKind::AcknowledgeFeedback, Some(PERSON))]);
        assert!(
            of(&Observation {
                acknowledged_on: Some(96),
                ..shared
            })
            .is_empty()
        );
    }
}

//! One test for each rule, in the order of the life of a follow-up.

mod agreeing;
mod doing;
mod owing;
mod promoting;

use api::{
    common::v1::SupportKind,
    observations::v1::{
        FollowUpAgreed, FollowUpCompleted, FollowUpLapsed, FollowUpPaused, FollowUpWithdrawn, SupportProvided,
    },
};
use testkit::given;
use uuid::Uuid;

use super::*;
use estate::{OBSERVER, TEACHER, TRUST, day};

const OBSERVATION: ObservationId = ObservationId(Uuid::from_u128(70));
const COACHING: PromiseId = PromiseId(Uuid::from_u128(80));
const TIME: PromiseId = PromiseId(Uuid::from_u128(81));

/// The service itself acts.
fn reacting(on: &str) -> identity::Context {
    estate::reacting(crate::NAME, on)
}

fn promise(id: PromiseId, kind: SupportKind) -> Promise {
    Promise {
        promise_id: id.to_string(),
        kind: kind.into(),
        detail: None,
        activity_id: String::new(),
    }
}

/// Agreed on 10 October about an observation of the 8th, due on 21 November.
fn as_agreed() -> FollowUpAgreed {
    FollowUpAgreed {
        observation_id: OBSERVATION.to_string(),
        learning_walk_id: String::new(),
        urn: "136789".into(),
        person_id: TEACHER.to_string(),
        owner_id: OBSERVER.to_string(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        focus_areas: vec!["questioning".into()],
        action: Some(Sealed::about(TEACHER, "wait three seconds")),
        promises: vec![promise(COACHING, SupportKind::Coaching)],
        agreed_on: "2025-10-10".into(),
        due_on: "2025-11-21".into(),
        priority_id: String::new(),
        purpose: Purpose::Developmental.into(),
        trust_id: TRUST.to_string(),
        observer_ids: vec![OBSERVER.to_string()],
    }
}

fn agreed() -> FollowUpEvent {
    as_agreed().into()
}

fn agreed_for(purpose: Purpose) -> FollowUpEvent {
    FollowUpAgreed {
        purpose: purpose.into(),
        ..as_agreed()
    }
    .into()
}

fn started() -> FollowUpEvent {
    FollowUpStarted {
        on: "2025-10-13".into(),
    }
    .into()
}

fn provided(id: PromiseId) -> FollowUpEvent {
    SupportProvided {
        promise_id: id.to_string(),
        on: "2025-10-20".into(),
        provided_by_id: OBSERVER.to_string(),
    }
    .into()
}

fn paused() -> FollowUpEvent {
    FollowUpPaused {
        on: "2025-11-01".into(),
    }
    .into()
}

fn completed() -> FollowUpEvent {
    FollowUpCompleted {
        outcome: CompletionOutcome::Embedded.into(),
        on: "2025-11-14".into(),
    }
    .into()
}

fn withdrawn() -> FollowUpEvent {
    FollowUpWithdrawn {
        on: "2025-11-14".into(),
        reason: None,
        cause: WithdrawalCause::Agreed.into(),
    }
    .into()
}

fn lapsed() -> FollowUpEvent {
    FollowUpLapsed {
        on: "2026-03-01".into(),
    }
    .into()
}

#[track_caller]
fn refuses(history: impl IntoIterator<Item = FollowUpEvent>, context: Context, command: Command, why: Rejection) {
    given::<FollowUp>(history)
        .under(context)
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[track_caller]
fn accepts(
    history: impl IntoIterator<Item = FollowUpEvent>,
    context: Context,
    command: Command,
    expected: impl IntoIterator<Item = FollowUpEvent>,
) {
    given::<FollowUp>(history).under(context).when(command).then(expected);
}

/// What the person, or somebody for them, may no longer do once it ended or while it is paused.
fn running_only() -> [Command; 6] {
    [
        Command::Start { on: day("2026-03-02") },
        Command::AddEvidence {
            on: day("2026-03-02"),
            note: "a plan".into(),
        },
        Command::Complete {
            outcome: CompletionOutcome::Partly,
            on: day("2026-03-02"),
        },
        Command::Extend {
            due_on: day("2026-05-01"),
            reason: "exams".into(),
        },
        Command::CarryOver {
            due_on: day("2026-10-01"),
        },
        Command::Lapse { on: day("2026-03-02") },
    ]
}

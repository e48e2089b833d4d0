//! One test for each rule, in the order of the life of an observation.

mod looking;
mod media;
mod planning;

use api::common::v1::RoleGroup;
use testkit::given;
use uuid::Uuid;

use super::*;
use estate::{COLLEAGUE, OBSERVER, SECOND, TEACHER, TRUST, acting, day, under, urn};

const FILM: MediaId = MediaId(Uuid::from_u128(90));

/// A lesson observation for appraisal, a week and more ahead of Wednesday 1 October.
fn plan() -> Schedule {
    Schedule {
        trust: TRUST,
        urn: urn("136789"),
        observee: TEACHER,
        observers: vec![OBSERVER],
        kind: ObservationKind::Lesson,
        purpose: Purpose::Appraisal,
        on: day("2025-10-08"),
        minutes: 45,
        focus_areas: vec!["questioning".into()],
        role_group: RoleGroup::ClassroomTeacher,
        working_days: WorkingDays::default(),
        load: Load::default(),
    }
}

fn peer() -> Schedule {
    Schedule {
        kind: ObservationKind::Peer,
        purpose: Purpose::Developmental,
        ..plan()
    }
}

fn scheduled_as(plan: Schedule) -> ObservationEvent {
    ObservationScheduled {
        urn: plan.urn.to_string(),
        observee_id: plan.observee.to_string(),
        observer_ids: plan.observers.iter().map(ToString::to_string).collect(),
        kind: plan.kind.into(),
        on: plan.on.to_string(),
        minutes: plan.minutes,
        focus_areas: plan.focus_areas,
        purpose: plan.purpose.into(),
        role_group: plan.role_group.into(),
        trust_id: plan.trust.to_string(),
    }
    .into()
}

fn scheduled() -> ObservationEvent {
    scheduled_as(plan())
}

fn joint() -> ObservationEvent {
    scheduled_as(Schedule {
        observers: vec![OBSERVER, SECOND],
        ..plan()
    })
}

fn conduct(on: &str) -> Conduct {
    let notes = Notes {
        evidence: "wait time of three seconds".into(),
        ..Notes::default()
    };
    Conduct {
        on: day(on),
        minutes: 40,
        notes,
        working_days: WorkingDays::default(),
    }
}

fn rated() -> Descriptor {
    Descriptor {
        focus_area: "questioning".into(),
        seen: true,
        rating: Rating::Strong.into(),
    }
}

fn record(observer: PersonId) -> ObserverRecord {
    ObserverRecord {
        observer_id: observer.to_string(),
        evidence: Some(Sealed::about(TEACHER, "wait time of three seconds")),
        strengths: None,
        descriptors: Vec::new(),
    }
}

/// Feedback is due five working days later, on Wednesday 15 October.
fn conducted() -> ObservationEvent {
    ObservationConducted {
        on: "2025-10-08".into(),
        minutes: 40,
        record: Some(record(OBSERVER)),
        feedback_due_on: "2025-10-15".into(),
    }
    .into()
}

fn shared(on: &str, late: bool) -> ObservationEvent {
    FeedbackShared {
        on: on.into(),
        feedback: Some(Sealed::about(TEACHER, "ask one more")),
        late,
    }
    .into()
}

fn share(on: &str) -> Command {
    Command::ShareFeedback {
        on: day(on),
        feedback: "ask one more".into(),
    }
}

fn acknowledged(on: &str) -> ObservationEvent {
    FeedbackAcknowledged {
        on: on.into(),
        reflection: Some(Sealed::about(TEACHER, "I will")),
    }
    .into()
}

fn acknowledge(on: &str) -> Command {
    Command::Acknowledge {
        on: day(on),
        reflection: "I will".into(),
    }
}

fn closed(on: &str) -> ObservationEvent {
    ObservationClosed { on: on.into() }.into()
}

fn cancelled() -> ObservationEvent {
    ObservationCancelled {
        reason: Some(Sealed::about(TEACHER, "ill")),
    }
    .into()
}

fn cancel() -> Command {
    Command::Cancel { reason: "ill".into() }
}

fn filmed() -> ObservationEvent {
    api::observations::v1::MediaAdded {
        media_id: FILM.to_string(),
        owner_id: TEACHER.to_string(),
        uri: Some(Sealed::about(TEACHER, "https://videos.example/1")),
        digest: "ab".repeat(32),
        media_type: "video/mp4".into(),
    }
    .into()
}

fn lent() -> ObservationEvent {
    api::observations::v1::MediaShared {
        media_id: FILM.to_string(),
        with_id: COLLEAGUE.to_string(),
    }
    .into()
}

fn film() -> Command {
    Command::AddMedia {
        media: FILM,
        uri: "https://videos.example/1".into(),
        digest: "ab".repeat(32),
        media_type: "video/mp4".into(),
    }
}

fn reschedule(on: &str, load: Load) -> Command {
    Command::Reschedule(Reschedule {
        on: day(on),
        working_days: WorkingDays::default(),
        load,
    })
}

#[track_caller]
fn refuses(history: impl IntoIterator<Item = ObservationEvent>, context: Context, command: Command, why: Rejection) {
    given::<Observation>(history)
        .under(context)
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[track_caller]
fn refuses_plan(plan: Schedule, why: Rejection) {
    refuses([], acting(OBSERVER, "2025-10-01"), Command::Schedule(plan), why);
}

#[track_caller]
fn accepts(
    history: impl IntoIterator<Item = ObservationEvent>,
    context: Context,
    command: Command,
    expected: impl IntoIterator<Item = ObservationEvent>,
) {
    given::<Observation>(history)
        .under(context)
        .when(command)
        .then(expected);
}

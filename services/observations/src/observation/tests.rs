use api::common::v1::RoleGroup;
use testkit::given;
use uuid::Uuid;

use super::*;
use crate::fixtures::{COLLEAGUE, OBSERVER, SECOND, TEACHER, TRUST, acting, day, under, urn};

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

#[test]
fn an_observation_is_planned_with_notice() {
    accepts(
        [],
        acting(OBSERVER, "2025-10-01"),
        Command::Schedule(plan()),
        [scheduled()],
    );
}

#[test]
fn it_is_planned_once() {
    let again = Command::Schedule(plan());
    refuses(
        [scheduled()],
        acting(OBSERVER, "2025-10-01"),
        again,
        Rejection::AlreadyScheduled,
    );
}

#[test]
fn notice_is_counted_in_working_days() {
    let why = Rejection::TooShortNotice {
        notice_days: 5,
        earliest_on: day("2025-10-08"),
    };
    refuses_plan(
        Schedule {
            on: day("2025-10-07"),
            ..plan()
        },
        why,
    );
}

#[test]
fn colleagues_who_learn_together_need_no_notice() {
    for kind in [ObservationKind::Peer, ObservationKind::VideoReview] {
        let soon = Schedule {
            kind,
            on: day("2025-10-01"),
            ..peer()
        };
        accepts(
            [],
            acting(OBSERVER, "2025-10-01"),
            Command::Schedule(soon.clone()),
            [scheduled_as(soon)],
        );
    }
}

#[test]
fn a_peer_observation_for_appraisal_needs_notice() {
    let soon = Schedule {
        kind: ObservationKind::Peer,
        on: day("2025-10-02"),
        ..plan()
    };
    refuses_plan(
        soon,
        Rejection::TooShortNotice {
            notice_days: 5,
            earliest_on: day("2025-10-08"),
        },
    );
}

#[test]
fn nothing_is_planned_for_the_past() {
    let past = Schedule {
        on: day("2025-09-30"),
        ..peer()
    };
    refuses_plan(
        past,
        Rejection::ScheduledInThePast {
            today: day("2025-10-01"),
        },
    );
}

#[test]
fn nobody_observes_themselves() {
    refuses_plan(
        Schedule {
            observers: vec![TEACHER],
            ..plan()
        },
        Rejection::ObserverIsObservee,
    );
    refuses_plan(
        Schedule {
            observers: vec![OBSERVER, TEACHER],
            ..plan()
        },
        Rejection::ObserverIsObservee,
    );
}

#[test]
fn a_video_self_review_is_by_the_person_alone() {
    let alone = Schedule {
        kind: ObservationKind::VideoSelfReview,
        observers: vec![TEACHER],
        ..peer()
    };
    let with = Schedule {
        observers: vec![TEACHER, OBSERVER],
        ..alone.clone()
    };
    accepts(
        [],
        acting(TEACHER, "2025-10-01"),
        Command::Schedule(alone.clone()),
        [scheduled_as(alone)],
    );
    refuses_plan(with, Rejection::SelfReviewByAnother);
}

#[test]
fn a_joint_observation_has_two_observers() {
    let two = Schedule {
        observers: vec![OBSERVER, SECOND],
        ..plan()
    };
    accepts([], acting(OBSERVER, "2025-10-01"), Command::Schedule(two), [joint()]);
    refuses_plan(
        Schedule {
            observers: vec![],
            ..plan()
        },
        Rejection::NoObserver,
    );
    refuses_plan(
        Schedule {
            observers: vec![OBSERVER, OBSERVER],
            ..plan()
        },
        Rejection::SameObserverTwice,
    );
    refuses_plan(
        Schedule {
            observers: vec![OBSERVER, SECOND, COLLEAGUE],
            ..plan()
        },
        Rejection::TooManyObservers,
    );
}

#[test]
fn quality_assurance_names_nobody() {
    refuses_plan(
        Schedule {
            purpose: Purpose::QualityAssurance,
            ..plan()
        },
        Rejection::PurposeNamesNobody,
    );
    refuses_plan(
        Schedule {
            purpose: Purpose::Statutory,
            ..plan()
        },
        Rejection::PurposeIsForTraining,
    );
    refuses_plan(
        Schedule {
            kind: ObservationKind::LearningWalkVisit,
            ..plan()
        },
        Rejection::WalkVisitNamesNobody,
    );
}

#[test]
fn observation_for_appraisal_is_capped() {
    let many = Load { count: 3, minutes: 90 };
    refuses_plan(
        Schedule { load: many, ..plan() },
        Rejection::CapOfCount { count: 3, cap_count: 3 },
    );
    let long = Load { count: 2, minutes: 140 };
    refuses_plan(
        Schedule { load: long, ..plan() },
        Rejection::CapOfMinutes {
            minutes: 140,
            cap_minutes: 180,
        },
    );
    let within = Schedule {
        load: Load { count: 2, minutes: 135 },
        ..plan()
    };
    accepts(
        [],
        acting(OBSERVER, "2025-10-01"),
        Command::Schedule(within),
        [scheduled()],
    );
}

#[test]
fn what_is_developmental_is_not_capped() {
    let seventh = Schedule {
        load: Load { count: 6, minutes: 400 },
        ..peer()
    };
    accepts(
        [],
        acting(OBSERVER, "2025-10-01"),
        Command::Schedule(seventh.clone()),
        [scheduled_as(seventh)],
    );
}

fn reschedule(on: &str, load: Load) -> Command {
    Command::Reschedule(Reschedule {
        on: day(on),
        working_days: WorkingDays::default(),
        load,
    })
}

#[test]
fn moving_it_owes_notice_again() {
    let moved = ObservationRescheduled {
        on: "2025-10-14".into(),
    };
    accepts(
        [scheduled()],
        acting(OBSERVER, "2025-10-07"),
        reschedule("2025-10-14", Load::default()),
        [moved.into()],
    );
    let why = Rejection::TooShortNotice {
        notice_days: 5,
        earliest_on: day("2025-10-14"),
    };
    refuses(
        [scheduled()],
        acting(OBSERVER, "2025-10-07"),
        reschedule("2025-10-13", Load::default()),
        why,
    );
    let past = Rejection::ScheduledInThePast {
        today: day("2025-10-07"),
    };
    refuses(
        [scheduled()],
        acting(OBSERVER, "2025-10-07"),
        reschedule("2025-10-06", Load::default()),
        past,
    );
}

#[test]
fn moving_it_to_its_day_changes_nothing() {
    accepts(
        [scheduled()],
        acting(OBSERVER, "2025-10-07"),
        reschedule("2025-10-08", Load::default()),
        [],
    );
}

#[test]
fn moving_it_keeps_within_the_cap() {
    let why = Rejection::CapOfCount { count: 3, cap_count: 3 };
    let full = Load { count: 3, minutes: 60 };
    refuses(
        [scheduled()],
        acting(OBSERVER, "2025-10-01"),
        reschedule("2026-09-20", full),
        why,
    );
}

#[test]
fn a_planned_observation_can_be_cancelled() {
    accepts([scheduled()], acting(OBSERVER, "2025-10-07"), cancel(), [cancelled()]);
    refuses(
        [scheduled(), cancelled()],
        acting(OBSERVER, "2025-10-07"),
        cancel(),
        Rejection::Cancelled,
    );
    let why = Rejection::AlreadyConducted {
        conducted_on: day("2025-10-08"),
    };
    refuses(
        [scheduled(), conducted()],
        acting(OBSERVER, "2025-10-08"),
        cancel(),
        why,
    );
}

#[test]
fn an_observer_records_what_they_saw() {
    accepts(
        [scheduled()],
        acting(OBSERVER, "2025-10-08"),
        Command::Conduct(conduct("2025-10-08")),
        [conducted()],
    );
}

#[test]
fn it_is_not_recorded_before_its_day_or_in_the_future() {
    let early = Command::Conduct(conduct("2025-10-07"));
    let why = Rejection::BeforeScheduledDay {
        scheduled_on: day("2025-10-08"),
    };
    refuses([scheduled()], acting(OBSERVER, "2025-10-08"), early, why);
    let future = Command::Conduct(conduct("2025-10-09"));
    refuses(
        [scheduled()],
        acting(OBSERVER, "2025-10-08"),
        future,
        Rejection::InTheFuture {
            today: day("2025-10-08"),
        },
    );
}

#[test]
fn nobody_else_records_it() {
    let other = Command::Conduct(conduct("2025-10-08"));
    refuses(
        [scheduled()],
        acting(COLLEAGUE, "2025-10-08"),
        other,
        Rejection::NotAnObserver,
    );
}

#[test]
fn it_takes_place_once() {
    let again = Command::Conduct(conduct("2025-10-08"));
    let why = Rejection::AlreadyConducted {
        conducted_on: day("2025-10-08"),
    };
    refuses(
        [scheduled(), conducted()],
        acting(OBSERVER, "2025-10-08"),
        again.clone(),
        why,
    );
    refuses(
        [scheduled(), cancelled()],
        acting(OBSERVER, "2025-10-08"),
        again,
        Rejection::Cancelled,
    );
}

#[test]
fn ratings_need_a_policy_that_allows_them() {
    let notes = Notes {
        descriptors: vec![rated()],
        ..conduct("2025-10-08").notes
    };
    let graded = Command::Conduct(Conduct {
        notes,
        ..conduct("2025-10-08")
    });
    refuses(
        [scheduled()],
        acting(OBSERVER, "2025-10-08"),
        graded.clone(),
        Rejection::GradingNotAllowed,
    );
    let allowing = under(acting(OBSERVER, "2025-10-08"), |policy| policy.grading_allowed = true);
    given::<Observation>([scheduled()])
        .under(allowing)
        .when(graded)
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|observation| assert_eq!(observation.records[0].descriptors, [rated()]));
}

#[test]
fn a_focus_area_is_described_once() {
    let ungraded = Descriptor { rating: 0, ..rated() };
    let notes = Notes {
        descriptors: vec![ungraded.clone(), ungraded],
        ..Notes::default()
    };
    let twice = Command::Conduct(Conduct {
        notes,
        ..conduct("2025-10-08")
    });
    let why = Rejection::DescriptorTwice {
        focus_area: "questioning".into(),
    };
    refuses([scheduled()], acting(OBSERVER, "2025-10-08"), twice, why);
}

#[test]
fn the_other_observer_writes_their_own_record() {
    let theirs = Command::RecordObserver(conduct("2025-10-08").notes);
    let recorded = ObserverRecorded {
        record: Some(record(SECOND)),
    };
    accepts(
        [joint(), conducted()],
        acting(SECOND, "2025-10-09"),
        theirs.clone(),
        [recorded.clone().into()],
    );
    refuses(
        [joint(), conducted()],
        acting(OBSERVER, "2025-10-09"),
        theirs.clone(),
        Rejection::ObserverRecordedAlready,
    );
    refuses(
        [joint(), conducted()],
        acting(COLLEAGUE, "2025-10-09"),
        theirs.clone(),
        Rejection::NotAnObserver,
    );
    refuses(
        [joint()],
        acting(SECOND, "2025-10-09"),
        theirs.clone(),
        Rejection::NotYetConducted,
    );
    refuses(
        [scheduled(), conducted()],
        acting(OBSERVER, "2025-10-09"),
        theirs,
        Rejection::NotJoint,
    );
}

#[test]
fn feedback_in_time_is_shared_by_an_observer() {
    let history = [scheduled(), conducted()];
    accepts(
        history.clone(),
        acting(OBSERVER, "2025-10-15"),
        share("2025-10-15"),
        [shared("2025-10-15", false)],
    );
    refuses(
        history,
        acting(TEACHER, "2025-10-15"),
        share("2025-10-15"),
        Rejection::NotAnObserver,
    );
}

#[test]
fn late_feedback_is_recorded_as_late() {
    let history = [scheduled(), conducted()];
    accepts(
        history,
        acting(OBSERVER, "2025-10-20"),
        share("2025-10-16"),
        [shared("2025-10-16", true)],
    );
}

#[test]
fn feedback_follows_the_observation_once() {
    let context = || acting(OBSERVER, "2025-10-15");
    refuses(
        [scheduled()],
        context(),
        share("2025-10-15"),
        Rejection::NotYetConducted,
    );
    let early = Rejection::FeedbackBeforeObservation {
        conducted_on: day("2025-10-08"),
    };
    refuses([scheduled(), conducted()], context(), share("2025-10-07"), early);
    let future = Rejection::InTheFuture {
        today: day("2025-10-15"),
    };
    refuses([scheduled(), conducted()], context(), share("2025-10-16"), future);
    let history = [scheduled(), conducted(), shared("2025-10-10", false)];
    refuses(
        history,
        context(),
        share("2025-10-15"),
        Rejection::FeedbackSharedAlready,
    );
}

#[test]
fn only_the_observee_acknowledges() {
    let history = || [scheduled(), conducted(), shared("2025-10-10", false)];
    accepts(
        history(),
        acting(TEACHER, "2025-10-11"),
        acknowledge("2025-10-11"),
        [acknowledged("2025-10-11")],
    );
    refuses(
        history(),
        acting(OBSERVER, "2025-10-11"),
        acknowledge("2025-10-11"),
        Rejection::NotTheObservee,
    );
}

#[test]
fn acknowledgement_follows_feedback_once() {
    let context = || acting(TEACHER, "2025-10-11");
    refuses(
        [scheduled(), conducted()],
        context(),
        acknowledge("2025-10-11"),
        Rejection::FeedbackNotShared,
    );
    let history = [scheduled(), conducted(), shared("2025-10-10", false)];
    let early = Rejection::AcknowledgedBeforeShared {
        shared_on: day("2025-10-10"),
    };
    refuses(history.clone(), context(), acknowledge("2025-10-09"), early);
    let future = Rejection::InTheFuture {
        today: day("2025-10-11"),
    };
    refuses(history.clone(), context(), acknowledge("2025-10-12"), future);
    let history = history.into_iter().chain([acknowledged("2025-10-11")]);
    refuses(
        history,
        context(),
        acknowledge("2025-10-11"),
        Rejection::AcknowledgedAlready,
    );
}

#[test]
fn it_closes_after_feedback() {
    let close = |on: &str| Command::Close { on: day(on) };
    let context = || acting(OBSERVER, "2025-10-20");
    let history = [
        scheduled(),
        conducted(),
        shared("2025-10-10", false),
        acknowledged("2025-10-11"),
    ];
    accepts(history.clone(), context(), close("2025-10-20"), [closed("2025-10-20")]);
    accepts(
        history[..3].to_vec(),
        context(),
        close("2025-10-20"),
        [closed("2025-10-20")],
    );
    refuses(
        history[..2].to_vec(),
        context(),
        close("2025-10-20"),
        Rejection::FeedbackNotShared,
    );
    refuses(
        history[..1].to_vec(),
        context(),
        close("2025-10-20"),
        Rejection::NotYetConducted,
    );
    let early = Rejection::ClosedBeforeItsLastStep {
        last_on: day("2025-10-11"),
    };
    refuses(history.clone(), context(), close("2025-10-10"), early);
    refuses(
        history,
        context(),
        close("2025-10-21"),
        Rejection::InTheFuture {
            today: day("2025-10-20"),
        },
    );
}

#[test]
fn a_self_review_closes_without_feedback() {
    let alone = Schedule {
        kind: ObservationKind::VideoSelfReview,
        observers: vec![TEACHER],
        ..peer()
    };
    let close = Command::Close { on: day("2025-10-20") };
    accepts(
        [scheduled_as(alone), conducted()],
        acting(TEACHER, "2025-10-20"),
        close,
        [closed("2025-10-20")],
    );
}

#[test]
fn closed_is_closed() {
    let history = || [joint(), conducted(), shared("2025-10-10", false), closed("2025-10-20")];
    let context = |who| acting(who, "2025-10-21");
    for command in [
        cancel(),
        reschedule("2025-11-20", Load::default()),
        Command::Conduct(conduct("2025-10-21")),
        Command::RecordObserver(Notes::default()),
        share("2025-10-21"),
        Command::Close { on: day("2025-10-21") },
        film(),
    ] {
        refuses(history(), context(SECOND), command, Rejection::Closed);
    }
    refuses(
        history(),
        context(TEACHER),
        acknowledge("2025-10-21"),
        Rejection::Closed,
    );
}

#[test]
fn observee_and_observers_add_media_and_own_them() {
    accepts([scheduled()], acting(TEACHER, "2025-10-08"), film(), [filmed()]);
    refuses(
        [scheduled()],
        acting(COLLEAGUE, "2025-10-08"),
        film(),
        Rejection::NotInvolved,
    );
    refuses(
        [scheduled(), filmed()],
        acting(TEACHER, "2025-10-08"),
        film(),
        Rejection::MediaAddedAlready,
    );
    refuses(
        [scheduled(), cancelled()],
        acting(TEACHER, "2025-10-08"),
        film(),
        Rejection::Cancelled,
    );
}

#[test]
fn the_owner_alone_lends_media() {
    let lend = Command::ShareMedia {
        media: FILM,
        with: COLLEAGUE,
    };
    accepts(
        [scheduled(), filmed()],
        acting(TEACHER, "2025-10-08"),
        lend.clone(),
        [lent()],
    );
    accepts(
        [scheduled(), filmed(), lent()],
        acting(TEACHER, "2025-10-08"),
        lend.clone(),
        [],
    );
    refuses(
        [scheduled(), filmed()],
        acting(OBSERVER, "2025-10-08"),
        lend.clone(),
        Rejection::NotTheMediaOwner,
    );
    refuses(
        [scheduled()],
        acting(TEACHER, "2025-10-08"),
        lend,
        Rejection::NoSuchMedia,
    );
}

#[test]
fn the_owner_takes_media_back_even_after_closing() {
    let take_back = Command::WithdrawMedia { media: FILM };
    let withdrawn = api::observations::v1::MediaWithdrawn {
        media_id: FILM.to_string(),
    };
    let history = [
        scheduled(),
        conducted(),
        filmed(),
        lent(),
        shared("2025-10-10", false),
        closed("2025-10-20"),
    ];
    given::<Observation>(history)
        .under(acting(TEACHER, "2025-10-21"))
        .when(take_back.clone())
        .then([withdrawn.into()])
        .and_state(|observation| assert!(!observation.media[0].is_seen_by(COLLEAGUE)));
    accepts(
        [scheduled(), filmed()],
        acting(TEACHER, "2025-10-08"),
        take_back.clone(),
        [],
    );
    refuses(
        [scheduled(), filmed()],
        acting(OBSERVER, "2025-10-08"),
        take_back,
        Rejection::NotTheMediaOwner,
    );
}

use api::observations::v1::ObservationRescheduled;

use super::*;

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

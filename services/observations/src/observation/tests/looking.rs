use super::*;

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

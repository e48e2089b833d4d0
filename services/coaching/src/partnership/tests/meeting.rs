use super::*;
use crate::days::WrongDay;

fn on_session(command: impl FnOnce(RecordSession) -> RecordSession, on: &str) -> Command {
    Command::RecordSession(command(record(NEXT_SESSION, on)))
}

#[test]
fn a_session_is_planned_for_a_day_to_come() {
    let plan = |on| {
        Command::PlanSession(PlanSession {
            session: SESSION,
            on: day(on),
            minutes: 45,
            focus_areas: Vec::new(),
        })
    };
    let planned: pb::PartnershipEvent = pb::CoachingSessionPlanned {
        session_id: SESSION.to_string(),
        on: "2025-10-13".into(),
        minutes: 45,
        focus_areas: vec!["questioning".into()],
    }
    .into();
    let history = [proposed(), agreed()];
    after(history.clone(), acting(TEACHER, "2025-10-07"))
        .when(plan("2025-10-13"))
        .then([planned.clone()]);
    let on = day("2025-10-06");
    refused(
        history.clone(),
        acting(TEACHER, "2025-10-07"),
        plan("2025-10-06"),
        Rejection::PlannedInThePast { on },
    );
    refused(
        [proposed(), agreed(), planned.clone()],
        acting(TEACHER, "2025-10-07"),
        plan("2025-10-20"),
        Rejection::SessionExists,
    );
    let session = SESSION;
    after([proposed(), agreed(), planned], acting(COACH, "2025-10-08"))
        .when(Command::CancelSession { session })
        .then([pb::CoachingSessionCancelled {
            session_id: SESSION.to_string(),
        }
        .into()])
        .and_state(|partnership| assert!(partnership.sessions.is_empty()));
    refused(
        history,
        acting(COACH, "2025-10-08"),
        Command::CancelSession { session },
        Rejection::NoSuchSession,
    );
}

#[test]
fn a_session_that_was_held_names_what_it_serves() {
    after([proposed(), agreed()], acting(TEACHER, "2025-10-14"))
        .when(Command::RecordSession(record(SESSION, "2025-10-13")))
        .then([met()])
        .and_state(|partnership| assert_eq!(partnership.totals(), (1, 45)));
}

#[test]
fn nobody_coaches_before_it_is_agreed() {
    let command = Command::RecordSession(record(SESSION, "2025-10-03"));
    refused(
        [proposed()],
        acting(COACH, "2025-10-03"),
        command.clone(),
        Rejection::NotAgreed,
    );
    let expected = WrongDay::TooEarly {
        on: day("2025-10-03"),
        what: "the agreement",
        earliest: day("2025-10-06"),
    };
    refused(
        [proposed(), agreed()],
        acting(COACH, "2025-10-07"),
        command,
        expected.into(),
    );
}

#[test]
fn a_session_is_held_once_and_by_the_pair() {
    let history = [proposed(), agreed(), met()];
    refused(
        history.clone(),
        acting(COACH, "2025-10-21"),
        Command::RecordSession(record(SESSION, "2025-10-20")),
        Rejection::AlreadyHeld,
    );
    refused(
        history,
        acting(COLLEAGUE, "2025-10-21"),
        on_session(|record| record, "2025-10-20"),
        Rejection::NotOfThePair,
    );
}

#[test]
fn in_mentoring_and_specialist_coaching_one_coaches() {
    refused(
        [proposed(), agreed(), met()],
        acting(COACH, "2025-10-21"),
        on_session(
            |record| RecordSession {
                coach: Some(TEACHER),
                ..record
            },
            "2025-10-20",
        ),
        Rejection::NotTheCoach { coach: COACH },
    );
}

#[test]
fn in_peer_coaching_roles_swap_each_time() {
    let history = [peers(), agreed(), met()];
    after(history.clone(), acting(TEACHER, "2025-10-21"))
        .when(on_session(|record| record, "2025-10-20"))
        .then([pb::CoachingSessionHeld {
            is_first: false,
            ..held(NEXT_SESSION, "2025-10-20", TEACHER, COACH)
        }
        .into()]);
    let again = |record| RecordSession {
        coach: Some(COACH),
        ..record
    };
    let expected = Rejection::NotTheirTurn {
        coach: COACH,
        on: day("2025-10-13"),
    };
    assert!(expected.to_string().contains("roles swap each time"));
    refused(
        history.clone(),
        acting(TEACHER, "2025-10-21"),
        on_session(again, "2025-10-20"),
        expected,
    );
    let last = day("2025-10-13");
    refused(
        history,
        acting(TEACHER, "2025-10-21"),
        on_session(|record| record, "2025-10-10"),
        Rejection::OutOfOrder { last },
    );
}

#[test]
fn peers_choose_who_begins() {
    let begins = |record| RecordSession {
        coach: Some(TEACHER),
        ..record
    };
    after([peers(), agreed()], acting(TEACHER, "2025-10-21"))
        .when(on_session(begins, "2025-10-20"))
        .then([held(NEXT_SESSION, "2025-10-20", TEACHER, COACH).into()]);
    let stranger = |record| RecordSession {
        coach: Some(COLLEAGUE),
        ..record
    };
    refused(
        [peers(), agreed()],
        acting(TEACHER, "2025-10-21"),
        on_session(stranger, "2025-10-20"),
        Rejection::NotOfThePair,
    );
}

#[test]
fn a_log_drafted_by_one_is_agreed_by_the_other() {
    let step = |person| NextStep {
        text: "count to five".into(),
        person,
        due_on: None,
    };
    let draft = |person| {
        Command::DraftLog(DraftLog {
            session: SESSION,
            learning: "waiting is hard".into(),
            next_steps: vec![step(person)],
        })
    };
    let history = [proposed(), agreed(), met()];
    after(history.clone(), acting(COACH, "2025-10-14"))
        .when(draft(TEACHER))
        .then([pb::LogDrafted {
            session_id: SESSION.to_string(),
            drafted_by_id: COACH.to_string(),
            learning: Some(Sealed::about(TEACHER, "waiting is hard")),
            next_steps: vec![pb::NextStep {
                text: Some(Sealed::about(TEACHER, "count to five")),
                person_id: TEACHER.to_string(),
                due_on: String::new(),
            }],
        }
        .into()]);
    refused(
        history,
        acting(COACH, "2025-10-14"),
        draft(COLLEAGUE),
        Rejection::StepForSomebodyElse,
    );
    let on = day("2025-10-15");
    let session = SESSION;
    after(
        [proposed(), agreed(), met(), drafted_by(COACH)],
        acting(TEACHER, "2025-10-15"),
    )
    .when(Command::AgreeLog { session, on })
    .then([pb::LogAgreed {
        session_id: SESSION.to_string(),
        agreed_by_id: TEACHER.to_string(),
        on: "2025-10-15".into(),
    }
    .into()]);
}

#[test]
fn nobody_agrees_to_a_log_for_both() {
    let on = day("2025-10-15");
    let agree = Command::AgreeLog { session: SESSION, on };
    let drafted = [proposed(), agreed(), met(), drafted_by(COACH)];
    let by = |who| acting(who, "2025-10-15");
    refused(drafted.clone(), by(COACH), agree.clone(), Rejection::DraftIsAgreement);
    refused(drafted.clone(), by(COLLEAGUE), agree.clone(), Rejection::NotOfThePair);
    refused(drafted.clone(), by(CPD_LEAD), agree.clone(), Rejection::NotOfThePair);
    let agreed_log: pb::PartnershipEvent = pb::LogAgreed {
        session_id: SESSION.to_string(),
        agreed_by_id: TEACHER.to_string(),
        on: "2025-10-15".into(),
    }
    .into();
    let settled: Vec<_> = drafted.into_iter().chain([agreed_log]).collect();
    for who in [TEACHER, COACH] {
        refused(settled.clone(), by(who), agree.clone(), Rejection::LogAgreedAlready);
    }
    let rewrite = Command::DraftLog(DraftLog {
        session: SESSION,
        learning: "otherwise".into(),
        next_steps: Vec::new(),
    });
    refused(settled, by(COACH), rewrite, Rejection::LogAgreedAlready);
}

#[test]
fn a_draft_is_rewritten_until_the_other_agrees() {
    let rewrite = Command::DraftLog(DraftLog {
        session: SESSION,
        learning: "waiting is worth it".into(),
        next_steps: Vec::new(),
    });
    after(
        [proposed(), agreed(), met(), drafted_by(COACH)],
        acting(TEACHER, "2025-10-15"),
    )
    .when(rewrite)
    .then_events(|events| assert_eq!(events.len(), 1))
    .and_state(|partnership| {
        let log = partnership.session(SESSION).and_then(|session| session.log.clone());
        assert_eq!(log.map(|log| log.drafted_by), Some(TEACHER));
    });
}

#[test]
fn a_log_is_of_a_session_that_was_held() {
    let draft = |session| {
        Command::DraftLog(DraftLog {
            session,
            learning: "nothing".into(),
            next_steps: Vec::new(),
        })
    };
    let by = || acting(COACH, "2025-10-14");
    refused([proposed(), agreed()], by(), draft(SESSION), Rejection::NoSuchSession);
    let planned: pb::PartnershipEvent = pb::CoachingSessionPlanned {
        session_id: SESSION.to_string(),
        on: "2025-10-20".into(),
        ..Default::default()
    }
    .into();
    refused(
        [proposed(), agreed(), planned],
        by(),
        draft(SESSION),
        Rejection::NotHeld,
    );
    let on = day("2025-10-14");
    let command = Command::AgreeLog { session: SESSION, on };
    refused([proposed(), agreed(), met()], by(), command, Rejection::NoLog);
}

use super::*;
use crate::days::WrongDay;

fn review(on: &str) -> Command {
    Command::Review {
        on: day(on),
        impact: ReviewedImpact::InPractice,
        note: None,
    }
}

#[test]
fn what_has_come_of_it_is_looked_at_once_they_have_met() {
    after([proposed(), agreed(), met()], acting(TEACHER, "2025-12-01"))
        .when(review("2025-12-01"))
        .then([reviewed()])
        .and_state(|partnership| assert_eq!(partnership.stage(), pb::PartnershipState::Reviewed));
    refused(
        [proposed(), agreed()],
        acting(TEACHER, "2025-12-01"),
        review("2025-12-01"),
        Rejection::NoSessionYet,
    );
}

#[test]
fn it_is_completed_after_a_review() {
    let complete = |on| Command::Complete { on: day(on) };
    after([proposed(), agreed(), met(), reviewed()], acting(COACH, "2025-12-10"))
        .when(complete("2025-12-10"))
        .then([pb::PartnershipCompleted {
            on: "2025-12-10".into(),
            session_count: 1,
            minutes: 45,
        }
        .into()]);
    refused(
        [proposed(), agreed(), met()],
        acting(COACH, "2025-12-10"),
        complete("2025-12-10"),
        Rejection::NotReviewed,
    );
    let expected = WrongDay::TooEarly {
        on: day("2025-11-30"),
        what: "the last review",
        earliest: day("2025-12-01"),
    };
    refused(
        [proposed(), agreed(), met(), reviewed()],
        acting(COACH, "2025-12-10"),
        complete("2025-11-30"),
        expected.into(),
    );
}

#[test]
fn either_ends_it_early() {
    let on = day("2025-11-03");
    let reason = Some("we stopped".to_owned());
    after([proposed(), agreed(), met()], acting(TEACHER, "2025-11-03"))
        .when(Command::End { on, reason })
        .then([pb::PartnershipEndedEarly {
            on: "2025-11-03".into(),
            cause: PartnershipEnd::AtRequest.into(),
            reason: Some(Sealed::about(TEACHER, "we stopped")),
            session_count: 1,
            minutes: 45,
        }
        .into()]);
    refused(
        [proposed()],
        acting(TEACHER, "2025-11-03"),
        Command::End { on, reason: None },
        Rejection::NotAgreed,
    );
}

#[test]
fn what_ended_takes_nothing_more() {
    let ended: pb::PartnershipEvent = pb::PartnershipCompleted {
        on: "2025-12-10".into(),
        ..Default::default()
    }
    .into();
    let history = [proposed(), agreed(), met(), reviewed(), ended];
    let on = day("2025-12-10");
    let follow_up = FOLLOW_UP;
    for command in [
        Command::RecordSession(record(NEXT_SESSION, "2025-12-11")),
        Command::AgreeLog { session: SESSION, on },
        Command::Link { follow_up },
        review("2025-12-11"),
        Command::Complete { on },
    ] {
        let context = acting(TEACHER, "2025-12-11");
        refused(history.clone(), context, command, Rejection::Ended { on });
    }
}

#[test]
fn it_serves_more_follow_ups_each_once() {
    let other = FollowUpId(Uuid::from_u128(401));
    after([proposed(), agreed()], acting(TEACHER, "2025-11-03"))
        .when(Command::Link { follow_up: other })
        .then([pb::PartnershipLinked {
            follow_up_id: other.to_string(),
            linked_by_id: TEACHER.to_string(),
        }
        .into()]);
    let follow_up = FOLLOW_UP;
    refused(
        [proposed(), agreed()],
        acting(TEACHER, "2025-11-03"),
        Command::Link { follow_up },
        Rejection::LinkedAlready,
    );
}

#[test]
fn while_one_is_away_they_do_not_meet() {
    let pause = Command::Pause {
        person: TEACHER,
        on: day("2025-10-20"),
    };
    let paused: pb::PartnershipEvent = pb::PartnershipPaused {
        person_id: TEACHER.to_string(),
        on: "2025-10-20".into(),
    }
    .into();
    let history = [proposed(), agreed(), met()];
    after(history.clone(), reacting("coaching", "2025-10-20"))
        .when(pause.clone())
        .then([paused.clone()]);
    let away: Vec<_> = history.into_iter().chain([paused]).collect();
    // Told twice, it happened once.
    after(away.clone(), reacting("coaching", "2025-10-20"))
        .when(pause)
        .then([]);
    let since = day("2025-10-20");
    refused(
        away.clone(),
        acting(COACH, "2025-11-03"),
        Command::RecordSession(record(NEXT_SESSION, "2025-11-03")),
        Rejection::Away { since },
    );
    // What happened before may still be entered.
    after(away.clone(), acting(COACH, "2025-11-03"))
        .when(Command::RecordSession(record(NEXT_SESSION, "2025-10-17")))
        .then_events(|events| assert_eq!(events.len(), 1));
    let resume = Command::Resume {
        person: TEACHER,
        on: day("2025-11-10"),
    };
    after(away, reacting("coaching", "2025-11-10"))
        .when(resume)
        .then([pb::PartnershipResumed {
            person_id: TEACHER.to_string(),
            on: "2025-11-10".into(),
        }
        .into()])
        .and_state(|partnership| assert!(partnership.away.is_empty()));
}

#[test]
fn it_ends_when_one_of_them_is_gone_even_if_only_proposed() {
    let release = |person| Command::Release {
        person,
        on: day("2025-10-31"),
        cause: PartnershipEnd::PersonLeft,
    };
    let ended = |session_count, minutes| {
        pb::PartnershipEndedEarly {
            on: "2025-10-31".into(),
            cause: PartnershipEnd::PersonLeft.into(),
            reason: None,
            session_count,
            minutes,
        }
        .into()
    };
    let system = || reacting("coaching", "2025-11-01");
    after([proposed()], system()).when(release(COACH)).then([ended(0, 0)]);
    after([proposed(), agreed(), met()], system())
        .when(release(TEACHER))
        .then([ended(1, 45)]);
    refused([proposed()], system(), release(COLLEAGUE), Rejection::NotOfThePair);
}

#[test]
fn it_is_reported_where_the_coached_person_works() {
    let moves = |from| Command::Move {
        from: Some(urn(from)),
        to: Some(urn("136790")),
        on: day("2026-01-05"),
    };
    let system = || reacting("coaching", "2026-01-05");
    after([proposed(), agreed()], system())
        .when(moves(SCHOOL))
        .then([pb::PartnershipMoved {
            from_urn: SCHOOL.into(),
            to_urn: "136790".into(),
            on: "2026-01-05".into(),
        }
        .into()]);
    after([proposed(), agreed()], system()).when(moves("136800")).then([]);
}

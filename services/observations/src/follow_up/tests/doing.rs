use super::*;
use estate::{COLLEAGUE, acting};

const LATER: ObservationId = ObservationId(Uuid::from_u128(72));

fn start(on: &str) -> Command {
    Command::Start { on: day(on) }
}

fn show(on: &str) -> Command {
    Command::AddEvidence {
        on: day(on),
        note: "a plan".into(),
    }
}

fn shown(on: &str) -> FollowUpEvent {
    EvidenceAdded {
        on: on.into(),
        note: Some(Sealed::about(TEACHER, "a plan")),
    }
    .into()
}

fn later() -> Seen {
    Seen {
        id: LATER,
        observee: TEACHER,
        observers: vec![OBSERVER],
        purpose: Purpose::Developmental,
        conducted_on: Some(day("2025-11-12")),
    }
}

fn revisit(observation: Seen, outcome: RevisitOutcome) -> Command {
    Command::Revisit { observation, outcome }
}

fn revisited(outcome: RevisitOutcome) -> FollowUpEvent {
    FollowUpRevisited {
        observation_id: LATER.to_string(),
        on: "2025-11-12".into(),
        outcome: outcome.into(),
    }
    .into()
}

fn complete(on: &str) -> Command {
    Command::Complete {
        outcome: CompletionOutcome::Embedded,
        on: day(on),
    }
}

#[test]
fn it_is_started_once() {
    accepts(
        [agreed()],
        acting(TEACHER, "2025-10-13"),
        start("2025-10-13"),
        [started()],
    );
    refuses(
        [agreed(), started()],
        acting(TEACHER, "2025-10-14"),
        start("2025-10-14"),
        Rejection::StartedAlready,
    );
}

#[test]
fn nothing_comes_of_it_before_it_was_agreed_or_in_the_future() {
    let context = || acting(TEACHER, "2025-10-13");
    for command in [start("2025-10-09"), show("2025-10-09"), complete("2025-10-09")] {
        refuses(
            [agreed()],
            context(),
            command,
            Rejection::BeforeAgreed {
                agreed_on: day("2025-10-10"),
            },
        );
    }
    for command in [start("2025-10-14"), show("2025-10-14"), complete("2025-10-14")] {
        refuses(
            [agreed()],
            context(),
            command,
            Rejection::InTheFuture {
                today: day("2025-10-13"),
            },
        );
    }
}

#[test]
fn evidence_is_shown_by_its_person() {
    accepts(
        [agreed(), started()],
        acting(TEACHER, "2025-10-20"),
        show("2025-10-20"),
        [shown("2025-10-20")],
    );
    refuses(
        [agreed()],
        acting(OBSERVER, "2025-10-20"),
        show("2025-10-20"),
        Rejection::EvidenceIsThePersons,
    );
}

#[test]
fn whoever_shows_evidence_has_started() {
    let expected = [
        FollowUpStarted {
            on: "2025-10-20".into(),
        }
        .into(),
        shown("2025-10-20"),
    ];
    given::<FollowUp>([agreed()])
        .under(acting(TEACHER, "2025-10-20"))
        .when(show("2025-10-20"))
        .then(expected)
        .and_state(|follow_up| assert_eq!(follow_up.standing, Standing::Evidenced));
}

#[test]
fn a_later_observation_revisits_it() {
    given::<FollowUp>([agreed(), started()])
        .under(acting(OBSERVER, "2025-11-13"))
        .when(revisit(later(), RevisitOutcome::Improving))
        .then([revisited(RevisitOutcome::Improving)])
        .and_state(|follow_up| assert_eq!(follow_up.standing, Standing::Revisited));
}

#[test]
fn not_yet_starts_it_again() {
    given::<FollowUp>([agreed(), started(), shown("2025-10-20")])
        .under(acting(OBSERVER, "2025-11-13"))
        .when(revisit(later(), RevisitOutcome::NotYet))
        .then([revisited(RevisitOutcome::NotYet)])
        .and_state(|follow_up| assert_eq!(follow_up.standing, Standing::Started));
}

#[test]
fn what_was_completed_may_be_looked_at_again_without_reopening() {
    given::<FollowUp>([agreed(), completed()])
        .under(acting(OBSERVER, "2026-02-01"))
        .when(revisit(later(), RevisitOutcome::NotYet))
        .then([revisited(RevisitOutcome::NotYet)])
        .and_state(|follow_up| assert_eq!(follow_up.standing, Standing::Completed));
}

#[test]
fn only_a_later_observation_of_the_same_person_revisits_it() {
    let context = || acting(OBSERVER, "2025-11-13");
    let embedded = |seen| revisit(seen, RevisitOutcome::Embedded);
    let planned = embedded(Seen {
        conducted_on: None,
        ..later()
    });
    refuses([agreed()], context(), planned, Rejection::RevisitNotConducted);
    let other = embedded(Seen {
        observee: COLLEAGUE,
        ..later()
    });
    refuses([agreed()], context(), other, Rejection::RevisitOfSomebodyElse);
    let own = embedded(Seen {
        id: OBSERVATION,
        ..later()
    });
    refuses([agreed()], context(), own, Rejection::RevisitByItsOwnObservation);
    let same_day = embedded(Seen {
        conducted_on: Some(day("2025-10-10")),
        ..later()
    });
    refuses(
        [agreed()],
        context(),
        same_day,
        Rejection::RevisitNotLater {
            agreed_on: day("2025-10-10"),
        },
    );
    let history = [agreed(), revisited(RevisitOutcome::Improving)];
    refuses(history, context(), embedded(later()), Rejection::RevisitedAlready);
}

#[test]
fn a_developmental_observation_is_not_turned_against_its_person() {
    let command = revisit(later(), RevisitOutcome::NotYet);
    let history = [agreed_for(Purpose::Appraisal)];
    let context = || acting(OBSERVER, "2025-11-13");
    refuses(history, context(), command.clone(), Rejection::SeenForAnotherPurpose);
    // What does not reach appraisal either may be measured by it.
    let expected = [revisited(RevisitOutcome::NotYet)];
    accepts([agreed_for(Purpose::Induction)], context(), command, expected);
}

#[test]
fn its_person_completes_it() {
    accepts(
        [agreed(), started()],
        acting(TEACHER, "2025-11-14"),
        complete("2025-11-14"),
        [completed()],
    );
}

#[test]
fn support_still_owed_survives_completion() {
    given::<FollowUp>([agreed()])
        .under(acting(TEACHER, "2025-11-14"))
        .when(complete("2025-11-14"))
        .then([completed()])
        .and_state(|follow_up| {
            assert!(!follow_up.is_open() && follow_up.is_owed());
            let owed: Vec<_> = follow_up.owed_by_school().map(|promised| promised.id).collect();
            assert_eq!(owed, [COACHING]);
        });
}

#[test]
fn both_sides_let_it_go_for_a_reason() {
    let withdraw = |on: &str| Command::Withdraw {
        on: day(on),
        reason: "the class was dissolved".into(),
    };
    let reason = Some(Sealed::about(TEACHER, "the class was dissolved"));
    let expected = FollowUpWithdrawn {
        on: "2025-11-14".into(),
        reason,
        cause: WithdrawalCause::Agreed.into(),
    };
    given::<FollowUp>([agreed()])
        .under(acting(OBSERVER, "2025-11-14"))
        .when(withdraw("2025-11-14"))
        .then([expected.into()])
        .and_state(|follow_up| assert!(!follow_up.is_owed()));
    let early = Rejection::BeforeAgreed {
        agreed_on: day("2025-10-10"),
    };
    refuses(
        [agreed()],
        acting(OBSERVER, "2025-11-14"),
        withdraw("2025-10-01"),
        early,
    );
    refuses(
        [agreed(), completed()],
        acting(OBSERVER, "2025-11-14"),
        withdraw("2025-11-14"),
        Rejection::Completed,
    );
}

#[test]
fn ended_is_ended() {
    for (ended, why) in [
        (completed(), Rejection::Completed),
        (withdrawn(), Rejection::Withdrawn),
        (lapsed(), Rejection::Lapsed),
    ] {
        for command in running_only() {
            refuses(
                [agreed(), ended.clone()],
                acting(TEACHER, "2026-03-02"),
                command,
                why.clone(),
            );
        }
    }
    let again = revisit(later(), RevisitOutcome::Embedded);
    refuses(
        [agreed(), withdrawn()],
        acting(OBSERVER, "2026-03-02"),
        again,
        Rejection::Withdrawn,
    );
}

#[test]
fn while_its_person_is_away_nothing_is_asked_of_them() {
    for command in running_only() {
        let why = Rejection::Paused {
            paused_on: day("2025-11-01"),
        };
        refuses([agreed(), paused()], acting(TEACHER, "2026-03-02"), command, why);
    }
}

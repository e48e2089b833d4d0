use identity::Actor;

use super::*;
use estate::by;

fn close(on: &str) -> Command {
    Command::Close { on: day(on) }
}

fn appeal(on: &str) -> Command {
    Command::Appeal {
        on: day(on),
        grounds: "unheard".into(),
    }
}

fn reopen(on: &str) -> Command {
    Command::Reopen {
        on: day(on),
        reason: "evidence was missing".into(),
    }
}

fn moderate(upheld: bool) -> Command {
    Command::Moderate {
        upheld,
        note: Some("read both sides".into()),
    }
}

fn moderated(upheld: bool) -> pb::AppraisalEvent {
    let note = about_the_teacher("read both sides");
    pb::AppraisalModerated {
        moderator_id: COLLEAGUE.to_string(),
        upheld,
        note,
    }
    .into()
}

#[test]
fn somebody_else_moderates_the_conclusion() {
    after(up_to_conclusion(), COLLEAGUE)
        .when(moderate(true))
        .then([moderated(true)]);
    for party in [TEACHER, APPRAISER] {
        refused(up_to_conclusion(), party, moderate(true), Rejection::ModeratorIsParty);
    }
    refused(
        vec![opened(), agreed()],
        COLLEAGUE,
        moderate(true),
        Rejection::NotConcluded,
    );
    let upheld = up_to_conclusion().into_iter().chain([moderated(true)]).collect();
    refused(upheld, COLLEAGUE, moderate(false), Rejection::AlreadyModerated);
}

#[test]
fn what_is_not_upheld_is_concluded_and_signed_again() {
    after(up_to_signatures(), COLLEAGUE)
        .when(moderate(false))
        .then([moderated(false)])
        .and_state(|appraisal| {
            assert!(!appraisal.signed_by_appraisee && !appraisal.signed_by_appraiser);
            assert_eq!(appraisal.stage(), pb::AppraisalState::MidYearReviewed);
        });
    let history = || {
        up_to_signatures()
            .into_iter()
            .chain([moderated(false)])
            .collect::<Vec<_>>()
    };
    refused(history(), TEACHER, Command::Sign, Rejection::NotConcluded);
    after(history(), APPRAISER)
        .when(conclude(vec![met(QUESTIONING), met(READING)]))
        .then([concluded()]);
}

#[test]
fn each_party_signs_once_after_the_conclusion() {
    for (party, who) in [(Party::Appraisee, TEACHER), (Party::Appraiser, APPRAISER)] {
        after(up_to_conclusion(), who)
            .when(Command::Sign)
            .then([signed(party, who)]);
        refused(up_to_signatures(), who, Command::Sign, Rejection::AlreadySigned(party));
    }
    refused(
        vec![opened(), agreed()],
        TEACHER,
        Command::Sign,
        Rejection::NotConcluded,
    );
    refused(up_to_conclusion(), COLLEAGUE, Command::Sign, Rejection::NotAParty);
}

#[test]
fn nobody_signs_for_somebody_else() {
    given(up_to_conclusion())
        .under(by(Actor::person(COLLEAGUE, TRUST).on_behalf_of(TEACHER), "2026-07-21"))
        .when(Command::Sign)
        .then_rejected(|rejection| assert_eq!(rejection, Rejection::SignsForAnother));
}

#[test]
fn it_closes_when_both_signed_with_every_follow_up_spoken_of() {
    after(up_to_signatures(), APPRAISER)
        .when(close("2026-07-10"))
        .then([closed()])
        .and_state(|appraisal| assert_eq!(appraisal.stage(), pb::AppraisalState::Closed));
    refused(
        up_to_conclusion(),
        APPRAISER,
        close("2026-07-10"),
        Rejection::NotSigned(Party::Appraisee),
    );
    let one = up_to_conclusion()
        .into_iter()
        .chain([signed(Party::Appraisee, TEACHER)])
        .collect();
    refused(
        one,
        APPRAISER,
        close("2026-07-10"),
        Rejection::NotSigned(Party::Appraiser),
    );
    refused(
        vec![opened(), agreed()],
        APPRAISER,
        close("2026-07-10"),
        Rejection::NotConcluded,
    );
}

#[test]
fn it_closes_between_the_conclusion_and_today() {
    let early = Rejection::TooEarly {
        on: day("2026-06-30"),
        what: "the conclusion",
        earliest: day("2026-07-01"),
    };
    refused(up_to_signatures(), APPRAISER, close("2026-06-30"), early);
    refused(
        up_to_signatures(),
        APPRAISER,
        close("2026-07-22"),
        Rejection::InTheFuture { on: day("2026-07-22") },
    );
}

#[test]
fn nothing_is_added_once_it_is_closed() {
    let expected = Rejection::Closed { on: day("2026-07-10") };
    for (who, command) in [
        (TEACHER, agree(vec![reading()])),
        (APPRAISER, conclude(vec![met(QUESTIONING), met(READING)])),
        (
            TEACHER,
            Command::ReviewSelf {
                on: day("2026-07-20"),
                text: "late".into(),
            },
        ),
        (
            TEACHER,
            Command::AddEvidence {
                objective_id: READING,
                note: "late".into(),
                follow_ups: vec![],
            },
        ),
        (COLLEAGUE, moderate(true)),
        (TEACHER, Command::Sign),
        (APPRAISER, close("2026-07-20")),
        (
            COLLEAGUE,
            Command::ReassignAppraiser {
                to: Some(COLLEAGUE),
                on: day("2026-07-20"),
                reason: pb::ReassignReason::AtRequest,
            },
        ),
    ] {
        refused(up_to_close(), who, command, expected.clone());
    }
}

#[test]
fn its_person_contests_what_is_closed() {
    after(up_to_close(), TEACHER)
        .when(appeal("2026-07-12"))
        .then([appealed()])
        .and_state(|appraisal| assert_eq!(appraisal.stage(), pb::AppraisalState::Appealed));
    refused(
        up_to_close(),
        APPRAISER,
        appeal("2026-07-12"),
        Rejection::NotTheirOwnAppeal,
    );
    refused(
        up_to_signatures(),
        TEACHER,
        appeal("2026-07-12"),
        Rejection::AppealBeforeClose,
    );
}

#[test]
fn an_appeal_comes_in_the_time_that_policy_gives() {
    given(up_to_close())
        .under(acting(TEACHER, "2026-07-25"))
        .when(appeal("2026-07-25"))
        .then_rejected(|rejection| {
            assert_eq!(
                rejection,
                Rejection::AppealTooLate {
                    until: day("2026-07-24")
                }
            )
        });
    given(up_to_close())
        .under(under(acting(TEACHER, "2026-07-25"), |policy| policy.appeal_days = 28))
        .when(appeal("2026-07-25"))
        .then_events(|events| assert_eq!(events.len(), 1));
    let early = Rejection::TooEarly {
        on: day("2026-07-09"),
        what: "the close",
        earliest: day("2026-07-10"),
    };
    refused(up_to_close(), TEACHER, appeal("2026-07-09"), early);
    refused(
        up_to_close(),
        TEACHER,
        appeal("2026-07-22"),
        Rejection::InTheFuture { on: day("2026-07-22") },
    );
}

#[test]
fn while_it_is_contested_nothing_happens_but_a_reopening() {
    let history = || up_to_close().into_iter().chain([appealed()]).collect::<Vec<_>>();
    let expected = Rejection::UnderAppeal { on: day("2026-07-12") };
    refused(history(), TEACHER, appeal("2026-07-13"), expected.clone());
    refused(history(), TEACHER, Command::Sign, expected.clone());
    refused(
        history(),
        APPRAISER,
        conclude(vec![met(QUESTIONING), met(READING)]),
        expected,
    );
    after(history(), COLLEAGUE)
        .when(reopen("2026-07-20"))
        .then([reopened()]);
}

#[test]
fn a_reopening_voids_the_signatures_and_leaves_the_conclusion() {
    after(up_to_close(), COLLEAGUE)
        .when(reopen("2026-07-20"))
        .then([reopened()])
        .and_state(|appraisal| {
            assert_eq!(appraisal.stage(), pb::AppraisalState::Concluded);
            assert!(!appraisal.signed_by_appraisee && !appraisal.signed_by_appraiser);
        });
    let history = || up_to_close().into_iter().chain([reopened()]).collect::<Vec<_>>();
    after(history(), TEACHER)
        .when(Command::Sign)
        .then([signed(Party::Appraisee, TEACHER)]);
    after(history(), APPRAISER)
        .when(conclude(vec![met(QUESTIONING), met(READING)]))
        .then([concluded()]);
    refused(
        history(),
        APPRAISER,
        close("2026-07-21"),
        Rejection::NotSigned(Party::Appraisee),
    );
}

#[test]
fn only_what_is_closed_is_reopened_and_not_by_its_person() {
    refused(
        up_to_signatures(),
        COLLEAGUE,
        reopen("2026-07-20"),
        Rejection::NotClosed,
    );
    refused(up_to_close(), TEACHER, reopen("2026-07-20"), Rejection::OwnAppraisal);
    let early = Rejection::TooEarly {
        on: day("2026-07-09"),
        what: "the close",
        earliest: day("2026-07-10"),
    };
    refused(up_to_close(), COLLEAGUE, reopen("2026-07-09"), early);
}

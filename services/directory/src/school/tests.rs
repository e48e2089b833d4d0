use testkit::given;

use super::*;
use crate::{
    term_dates::tests::year,
    tests::{context, day, trust, urn},
};

fn details() -> SchoolDetails {
    SchoolDetails {
        name: "Hill School".into(),
        opened_on: "2012-09-01".into(),
        ..SchoolDetails::default()
    }
}

fn registered() -> SchoolEvent {
    SchoolRegistered {
        urn: urn().into(),
        details: Some(details()),
    }
    .into()
}

fn linked(predecessor: &str) -> SchoolEvent {
    SchoolPredecessorLinked {
        predecessor_urn: predecessor.into(),
        on: "2012-09-01".into(),
    }
    .into()
}

fn closed(on: &str) -> SchoolEvent {
    SchoolClosed { on: on.into() }.into()
}

fn joined_on(number: u128, on: &str) -> SchoolEvent {
    joined(trust(number), day(on))
}

fn left_on(number: u128, on: &str) -> SchoolEvent {
    left(trust(number), day(on))
}

fn join(number: u128, on: &str) -> Command {
    Command::JoinTrust {
        trust: trust(number),
        on: day(on),
    }
}

fn leave(on: &str) -> Command {
    Command::LeaveTrust { on: day(on) }
}

fn link(predecessor: &str, continued: &[Urn]) -> Command {
    let predecessor = predecessor.parse().unwrap();
    Command::LinkPredecessor {
        predecessor,
        continued: continued.to_vec(),
        on: day("2012-09-01"),
    }
}

fn imported() -> Imported {
    Imported {
        urn: urn(),
        details: details(),
        trust: None,
        joined_on: None,
        closed_on: None,
    }
}

#[track_caller]
fn decides(history: &[SchoolEvent], command: Command, expected: &[SchoolEvent]) {
    let history = history.to_vec();
    given::<School>(history)
        .under(context("2025-11-14"))
        .when(command)
        .then(expected.to_vec());
}

#[track_caller]
fn refuses(history: &[SchoolEvent], command: Command, expected: Rejection) {
    let history = history.to_vec();
    given::<School>(history)
        .under(context("2025-11-14"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, expected));
}

#[test]
fn a_school_is_registered_once() {
    let register = || Command::Register {
        urn: urn(),
        details: details(),
    };
    decides(&[], register(), &[registered()]);
    refuses(&[registered()], register(), Rejection::AlreadyRegistered(urn()));
}

#[test]
fn details_are_corrected_where_they_differ_even_after_closing() {
    let other = SchoolDetails {
        town: "Lewes".into(),
        ..details()
    };
    let corrected = SchoolDetailsCorrected {
        details: Some(other.clone()),
    };
    decides(&[registered()], Command::CorrectDetails(details()), &[]);
    decides(
        &[registered(), closed("2025-08-31")],
        Command::CorrectDetails(other),
        &[corrected.into()],
    );
}

#[test]
fn a_school_belongs_to_one_trust_at_a_time() {
    let history = [registered(), joined_on(1, "2013-01-01")];
    decides(&[registered()], join(1, "2013-01-01"), &[joined_on(1, "2013-01-01")]);
    decides(&history, join(1, "2014-01-01"), &[]);
    refuses(
        &history,
        join(2, "2014-01-01"),
        Rejection::InAnotherTrust {
            since: day("2013-01-01"),
        },
    );
}

#[test]
fn a_school_joins_after_it_opened_and_after_it_left_another_trust() {
    let history = [registered(), joined_on(1, "2013-01-01"), left_on(1, "2020-08-31")];
    refuses(
        &[registered()],
        join(1, "2012-08-31"),
        Rejection::JoinsBeforeOpened {
            opened_on: day("2012-09-01"),
        },
    );
    refuses(
        &history,
        join(2, "2020-08-31"),
        Rejection::JoinsBeforeLeft {
            left_on: day("2020-08-31"),
        },
    );
    decides(&history, join(2, "2020-09-01"), &[joined_on(2, "2020-09-01")]);
}

#[test]
fn a_school_leaves_the_trust_that_it_is_in() {
    let history = [registered(), joined_on(1, "2013-01-01")];
    decides(&history, leave("2020-08-31"), &[left_on(1, "2020-08-31")]);
    refuses(&[registered()], leave("2020-08-31"), Rejection::InNoTrust);
    refuses(
        &history,
        leave("2012-12-31"),
        Rejection::LeavesBeforeJoined {
            joined_on: day("2013-01-01"),
        },
    );
}

#[test]
fn a_school_continues_earlier_ones_but_never_itself() {
    decides(&[registered()], link("114385", &[]), &[linked("114385")]);
    decides(&[registered(), linked("114385")], link("114385", &[]), &[]);
    refuses(
        &[registered()],
        link(&urn().to_string(), &[]),
        Rejection::OwnPredecessor,
    );
    let predecessor = "114385".parse().unwrap();
    refuses(
        &[registered()],
        link("114385", &[urn()]),
        Rejection::PredecessorContinuesIt(predecessor),
    );
}

#[test]
fn a_school_sets_dates_of_its_own() {
    let set = SchoolTermDatesSet {
        cycle: 2025,
        half_terms: year(2025).half_terms(),
    };
    decides(
        &[registered()],
        Command::SetTermDates(year(2025)),
        &[set.clone().into()],
    );
    decides(&[registered(), set.into()], Command::SetTermDates(year(2025)), &[]);
}

#[test]
fn a_closed_school_takes_no_part_any_more() {
    let history = [registered(), closed("2025-08-31")];
    let rejection = || Rejection::Closed {
        closed_on: day("2025-08-31"),
    };
    decides(
        &[registered()],
        Command::Close { on: day("2025-08-31") },
        &[closed("2025-08-31")],
    );
    decides(&history, Command::Close { on: day("2025-08-31") }, &[]);
    refuses(&history, Command::Close { on: day("2025-12-31") }, rejection());
    refuses(&history, join(1, "2025-09-01"), rejection());
    refuses(&history, Command::SetTermDates(year(2025)), rejection());
    let opened_on = day("2012-09-01");
    refuses(
        &[registered()],
        Command::Close { on: day("2012-08-31") },
        Rejection::ClosesBeforeOpened { opened_on },
    );
}

#[test]
fn an_import_records_what_is_new_and_then_nothing() {
    let import = || {
        Command::Import(Box::new(Imported {
            trust: Some(trust(1)),
            ..imported()
        }))
    };
    // Without a joining date a school of no trust yet is taken to have opened in it.
    let events = [registered(), joined_on(1, "2012-09-01")];
    decides(&[], import(), &events);
    decides(&events, import(), &[]);
    decides(&events, Command::Import(Box::new(imported())), &[]);
}

#[test]
fn an_import_moves_a_school_between_trusts() {
    let history = [registered(), joined_on(1, "2012-09-01")];
    let to = |joined_on: Option<&str>| {
        Command::Import(Box::new(Imported {
            trust: Some(trust(2)),
            joined_on: joined_on.map(day),
            ..imported()
        }))
    };
    decides(
        &history,
        to(Some("2024-01-01")),
        &[left_on(1, "2023-12-31"), joined_on(2, "2024-01-01")],
    );
    decides(
        &history,
        to(None),
        &[left_on(1, "2025-11-13"), joined_on(2, "2025-11-14")],
    );
}

#[test]
fn an_import_closes_a_school() {
    let import = Command::Import(Box::new(Imported {
        closed_on: Some(day("2025-08-31")),
        ..imported()
    }));
    decides(&[registered()], import.clone(), &[closed("2025-08-31")]);
    decides(&[registered(), closed("2025-08-31")], import, &[]);
}

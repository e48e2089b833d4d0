use testkit::given;

use super::*;
use crate::{
    term_dates::tests::year,
    tests::{context, trust},
};

fn identity(name: &str, uid: &str) -> Identity {
    Identity {
        name: name.into(),
        group_uid: uid.into(),
        ..Identity::default()
    }
}

fn registered(name: &str, uid: &str) -> TrustEvent {
    TrustRegistered {
        name: name.into(),
        group_uid: uid.into(),
        trust_id: trust(1).into(),
        ..TrustRegistered::default()
    }
    .into()
}

fn renamed(name: &str) -> TrustEvent {
    TrustRenamed { name: name.into() }.into()
}

fn dates_set(cycle: i32) -> TrustEvent {
    TrustTermDatesSet {
        cycle,
        half_terms: year(cycle).half_terms(),
    }
    .into()
}

#[test]
fn a_trust_is_registered_once() {
    given::<Trust>([])
        .under(context("2025-11-14"))
        .when(Command::Register {
            id: trust(1),
            identity: identity("Hill Trust", "2048"),
        })
        .then([registered("Hill Trust", "2048")]);
    given::<Trust>([registered("Hill Trust", "2048")])
        .under(context("2025-11-14"))
        .when(Command::Register {
            id: trust(1),
            identity: identity("Hill Trust", "2048"),
        })
        .then_rejected(|rejection| assert_eq!(rejection, Rejection::AlreadyRegistered));
}

#[test]
fn a_trust_is_renamed_to_another_name_only() {
    given::<Trust>([registered("Hill Trust", "")])
        .under(context("2025-11-14"))
        .when(Command::Rename("Dale Trust".into()))
        .then([renamed("Dale Trust")]);
    given::<Trust>([registered("Hill Trust", "")])
        .under(context("2025-11-14"))
        .when(Command::Rename("Hill Trust".into()))
        .then([]);
}

#[test]
fn term_dates_are_set_year_by_year() {
    given::<Trust>([registered("Hill Trust", ""), dates_set(2024)])
        .under(context("2025-11-14"))
        .when(Command::SetTermDates(year(2025)))
        .then([dates_set(2025)])
        .and_state(|trust| assert_eq!(trust.term_dates().count(), 2));
    given::<Trust>([registered("Hill Trust", ""), dates_set(2025)])
        .under(context("2025-11-14"))
        .when(Command::SetTermDates(year(2025)))
        .then([]);
}

#[test]
fn an_import_changes_a_name_only_if_it_says_another() {
    let after = |name: &str, expected: &[TrustEvent]| {
        given::<Trust>([registered("Hill & Dale Trust", "")])
            .under(context("2025-11-14"))
            .when(Command::Import {
                id: trust(1),
                identity: identity(name, ""),
            })
            .then(expected.iter().cloned());
    };
    after("THE HILL AND DALE TRUST LIMITED", &[]);
    after("Valley Trust", &[renamed("Valley Trust")]);
    given::<Trust>([])
        .under(context("2025-11-14"))
        .when(Command::Import {
            id: trust(1),
            identity: identity("Hill Trust", "7"),
        })
        .then([registered("Hill Trust", "7")]);
}

#[test]
fn the_same_trust_gets_the_same_identifier() {
    assert_eq!(
        identity("Hill Trust", "2048").trust_id(),
        identity("HILL TRUST LTD", "2048").trust_id()
    );
    assert_eq!(
        identity("Hill Trust", "").trust_id(),
        identity(" The HILL  Trust", "").trust_id()
    );
    assert_ne!(
        identity("Hill Trust", "2048").trust_id(),
        identity("Hill Trust", "2049").trust_id()
    );
    assert_eq!(normalised("St. Clare's & Co. Limited"), "st clares and co");
}

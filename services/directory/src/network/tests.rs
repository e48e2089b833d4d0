use api::ids::NetworkId;
use testkit::given;
use uuid::Uuid;

use super::*;
use crate::tests::{context, day, trust, urn};

fn id() -> NetworkId {
    NetworkId(Uuid::from_u128(9))
}

fn registered() -> NetworkEvent {
    NetworkRegistered {
        name: "Coast Hub".into(),
        kind: NetworkKind::Hub.into(),
        network_id: id().into(),
    }
    .into()
}

fn joined() -> NetworkEvent {
    SchoolJoinedNetwork {
        urn: urn().into(),
        on: "2025-09-01".into(),
    }
    .into()
}

fn left(on: &str) -> NetworkEvent {
    SchoolLeftNetwork {
        urn: urn().into(),
        on: on.into(),
    }
    .into()
}

fn given_by(number: u128, on: &str) -> NetworkEvent {
    NetworkConsentGiven {
        urn: urn().into(),
        trust_id: trust(number).into(),
        on: on.into(),
    }
    .into()
}

fn withdrawn_by(number: u128, on: &str) -> NetworkEvent {
    withdrawn(urn(), trust(number), day(on))
}

fn join(on: &str, closed_on: Option<&str>) -> Command {
    Command::Join {
        urn: urn(),
        closed_on: closed_on.map(day),
        on: day(on),
    }
}

fn consent(number: Option<u128>, on: &str) -> Command {
    Command::GiveConsent {
        urn: urn(),
        trust: number.map(trust),
        on: day(on),
    }
}

fn withdraw(number: Option<u128>, on: &str) -> Command {
    Command::WithdrawConsent {
        urn: urn(),
        trust: number.map(trust),
        on: day(on),
    }
}

#[track_caller]
fn decides(history: &[NetworkEvent], command: Command, expected: &[NetworkEvent]) {
    given::<Network>(history.to_vec())
        .under(context("2025-11-14"))
        .when(command)
        .then(expected.to_vec());
}

#[track_caller]
fn refuses(history: &[NetworkEvent], command: Command, expected: Rejection) {
    given::<Network>(history.to_vec())
        .under(context("2025-11-14"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, expected));
}

#[test]
fn a_network_is_founded_once_and_renamed() {
    let register = || Command::Register {
        id: id(),
        name: "Coast Hub".into(),
        kind: NetworkKind::Hub,
    };
    decides(&[], register(), &[registered()]);
    refuses(&[registered()], register(), Rejection::AlreadyRegistered);
    decides(&[registered()], Command::Rename("Coast Hub".into()), &[]);
    let renamed = NetworkRenamed {
        name: "Shore Hub".into(),
    };
    decides(&[registered()], Command::Rename("Shore Hub".into()), &[renamed.into()]);
}

#[test]
fn a_school_joins_while_it_is_open() {
    decides(&[registered()], join("2025-09-01", None), &[joined()]);
    decides(&[registered(), joined()], join("2025-09-01", None), &[]);
    let joined_on = day("2025-09-01");
    refuses(
        &[registered(), joined()],
        join("2025-10-01", None),
        Rejection::AlreadyMember { urn: urn(), joined_on },
    );
    let closed_on = day("2025-08-31");
    refuses(
        &[registered()],
        join("2025-09-01", Some("2025-08-31")),
        Rejection::SchoolClosed { urn: urn(), closed_on },
    );
}

#[test]
fn the_schools_trust_decides_whether_its_aggregates_are_used() {
    let history = [registered(), joined()];
    decides(&history, consent(Some(1), "2025-10-01"), &[given_by(1, "2025-10-01")]);
    refuses(&history, consent(None, "2025-10-01"), Rejection::InNoTrust(urn()));
    refuses(
        &[registered()],
        consent(Some(1), "2025-10-01"),
        Rejection::NotMember(urn()),
    );
    let joined_on = day("2025-09-01");
    refuses(
        &history,
        consent(Some(1), "2025-08-31"),
        Rejection::BeforeJoined { urn: urn(), joined_on },
    );
    decides(
        &[registered(), joined(), given_by(1, "2025-10-01")],
        consent(Some(1), "2025-11-01"),
        &[],
    );
}

#[test]
fn consent_is_withdrawn_by_the_trust_that_gave_it() {
    let history = [registered(), joined(), given_by(1, "2025-10-01")];
    decides(
        &history,
        withdraw(Some(1), "2025-11-01"),
        &[withdrawn_by(1, "2025-11-01")],
    );
    refuses(&history, withdraw(Some(2), "2025-11-01"), Rejection::NoConsent(urn()));
    refuses(&history, withdraw(None, "2025-11-01"), Rejection::InNoTrust(urn()));
    let from_on = day("2025-10-01");
    refuses(
        &history,
        withdraw(Some(1), "2025-09-30"),
        Rejection::WithdrawnBeforeGiven { urn: urn(), from_on },
    );
}

#[test]
fn leaving_ends_the_consent() {
    let history = [registered(), joined(), given_by(1, "2025-10-01")];
    let leave = |on: &str| Command::Leave {
        urn: urn(),
        on: day(on),
    };
    decides(
        &history,
        leave("2025-12-31"),
        &[withdrawn_by(1, "2026-01-01"), left("2025-12-31")],
    );
    decides(&[registered(), joined()], leave("2025-12-31"), &[left("2025-12-31")]);
    refuses(&[registered()], leave("2025-12-31"), Rejection::NotMember(urn()));
}

#[test]
fn a_consent_does_not_outlive_its_trust() {
    let ended = |number| {
        Command::EndConsents(vec![EndedConsent {
            urn: urn(),
            trust: trust(number),
            on: day("2026-01-01"),
        }])
    };
    let history = [registered(), joined(), given_by(1, "2025-10-01")];
    decides(&history, ended(1), &[withdrawn_by(1, "2026-01-01")]);
    decides(&history, ended(2), &[]);
    decides(&[registered()], ended(1), &[]);
}

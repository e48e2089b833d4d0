use testkit::given;

use super::*;
use crate::tests::{context, day, trust, urn};

fn setting(school: Option<u128>, rules: Rules) -> Command {
    let school = school.map(|number| Place {
        urn: urn(),
        trust: Some(trust(number)),
        closed_on: None,
    });
    let standing = identity::Policy::national().to_rules();
    Command::Set(Box::new(Setting {
        trust: trust(1),
        school,
        from_on: day("2025-09-01"),
        rules,
        standing,
    }))
}

fn set(urn: &str, rules: Rules) -> PolicyEvent {
    PolicySet {
        urn: urn.into(),
        from_on: "2025-09-01".into(),
        rules: Some(rules),
    }
    .into()
}

fn notice(days: i32) -> Rules {
    Rules {
        observation_notice_days: Some(days),
        ..Rules::default()
    }
}

#[track_caller]
fn refuses(command: Command, expected: Rejection) {
    given::<Policy>([])
        .under(context("2025-11-14"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, expected));
}

#[test]
fn a_trust_sets_values_from_a_day_on() {
    given::<Policy>([])
        .under(context("2025-11-14"))
        .when(setting(None, notice(10)))
        .then([set("", notice(10))]);
}

#[test]
fn a_school_of_the_trust_may_differ() {
    given::<Policy>([set("", notice(10))])
        .under(context("2025-11-14"))
        .when(setting(Some(1), notice(3)))
        .then([set(&urn().to_string(), notice(3))]);
    refuses(setting(Some(2), notice(3)), Rejection::SchoolNotInTrust(urn()));
}

#[test]
fn the_same_values_again_change_nothing() {
    given::<Policy>([set("", notice(10))])
        .under(context("2025-11-14"))
        .when(setting(None, notice(10)))
        .then([]);
    given::<Policy>([set("", notice(10)), set("", notice(5))])
        .under(context("2025-11-14"))
        .when(setting(None, notice(10)))
        .then([set("", notice(10))]);
}

#[test]
fn something_must_be_set() {
    refuses(setting(None, Rules::default()), Rejection::NothingSet);
}

#[test]
fn values_must_agree_with_those_that_stand() {
    let objectives = Rules {
        objective_count_min: Some(5),
        ..Rules::default()
    };
    refuses(setting(None, objectives), Rejection::ObjectiveCounts { min: 5, max: 3 });
    let threshold = Rules {
        suppression_threshold: Some(12),
        ..Rules::default()
    };
    refuses(setting(None, threshold), Rejection::Thresholds { own: 12, network: 10 });
}

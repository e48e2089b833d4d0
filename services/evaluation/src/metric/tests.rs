use estate::{CPD_LEAD, SCHOOL, TRUST, acting, day, urn};
use testkit::given;

use super::*;

fn define(period: MetricPeriod, direction: MetricDirection) -> Command {
    Command::Define(Define {
        trust: TRUST,
        urn: Some(urn(SCHOOL)),
        title: "Pupils who feel safe".into(),
        unit: "%".into(),
        direction,
        period,
        priority: None,
    })
}

fn history(period: MetricPeriod, direction: MetricDirection, commands: Vec<Command>) -> Vec<MetricEvent> {
    let mut metric = Metric::default();
    let mut all = Vec::new();
    for command in [vec![define(period, direction)], commands].concat() {
        for event in metric.decide(command, &acting(CPD_LEAD, "2025-11-14")).unwrap() {
            metric.evolve(&event);
            all.push(event);
        }
    }
    all
}

fn report(period: &str, value: f64) -> Command {
    Command::Report {
        period: period.into(),
        value,
    }
}

fn target(period: &str, value: f64) -> Command {
    Command::SetTarget {
        period: period.into(),
        value,
    }
}

fn rejected(history: Vec<MetricEvent>, command: Command) -> Rejection {
    let mut found = None;
    given::<Metric>(history)
        .under(acting(CPD_LEAD, "2025-11-14"))
        .when(command)
        .then_rejected(|rejection| found = Some(rejection));
    found.unwrap()
}

#[test]
fn the_later_value_holds_and_is_held_against_the_target() {
    let commands = vec![
        report("2024", 71.0),
        target("2024", 75.0),
        report("2024", 76.0),
        report("2024", 76.0),
    ];
    let events = history(MetricPeriod::Year, MetricDirection::Higher, commands.clone());
    assert_eq!(events.len(), 4, "the same value again is nothing new");
    let mut metric = Metric::default();
    events.iter().for_each(|event| metric.evolve(event));
    assert_eq!(
        (metric.values["2024"], metric.met("2024"), metric.met("2025")),
        (76.0, Some(true), None)
    );
    let mut lower = Metric::default();
    history(MetricPeriod::Year, MetricDirection::Lower, commands)
        .iter()
        .for_each(|event| lower.evolve(event));
    assert_eq!(lower.met("2024"), Some(false));
}

#[test]
fn periods_are_written_as_the_metric_has_them() {
    for (period, right, wrong) in [
        (
            MetricPeriod::Year,
            "2025",
            vec!["25", "2025-09", "1999", "2025-", "20x5", ""],
        ),
        (
            MetricPeriod::Month,
            "2025-09",
            vec!["2025-13", "2025-00", "2025-9", "2025", "2025-H1"],
        ),
        (
            MetricPeriod::HalfTerm,
            "2025-H1",
            vec!["2025-H0", "2025-H7", "2025-T1", "2025-H12"],
        ),
        (MetricPeriod::Term, "2025-T1", vec!["2025-T4", "2025-T0", "2025-H1"]),
    ] {
        let events = history(period, MetricDirection::Higher, vec![report(right, 1.0)]);
        assert_eq!(events.len(), 2);
        for wrong in wrong {
            assert!(
                matches!(
                    rejected(events.clone(), target(wrong, 1.0)),
                    Rejection::OtherPeriod { .. }
                ),
                "{wrong}"
            );
        }
    }
}

#[test]
fn what_has_not_begun_has_a_target_but_no_value() {
    let events = history(
        MetricPeriod::HalfTerm,
        MetricDirection::Higher,
        vec![target("2025-H3", 1.0)],
    );
    assert!(matches!(
        rejected(events, report("2025-H3", 1.0)),
        Rejection::NotBegun { .. }
    ));
    let begins = |kind, text| Period::parse(kind, text).unwrap().begins_on();
    assert_eq!(begins(MetricPeriod::Year, "2025"), day("2025-09-01"));
    assert_eq!(begins(MetricPeriod::Term, "2025-T2"), day("2026-01-01"));
    assert_eq!(begins(MetricPeriod::Month, "2026-02"), day("2026-02-01"));
}

#[test]
fn a_retired_metric_is_left_alone() {
    let events = history(MetricPeriod::Year, MetricDirection::Higher, vec![Command::Retire]);
    for command in [report("2024", 1.0), target("2024", 1.0), Command::Retire] {
        assert_eq!(rejected(events.clone(), command), Rejection::Retired);
    }
    assert_eq!(rejected(vec![], Command::Retire), Rejection::NotDefined);
    assert_eq!(
        rejected(events, define(MetricPeriod::Year, MetricDirection::Higher)),
        Rejection::AlreadyDefined
    );
}

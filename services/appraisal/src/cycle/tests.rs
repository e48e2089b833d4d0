use testkit::Given;

use super::*;
use estate::{COLLEAGUE, TRUST, acting, day};

fn given(history: impl IntoIterator<Item = pb::CycleEvent>) -> Given<Cycle> {
    testkit::given(history)
}

fn terms() -> Terms {
    Terms {
        year: 2025,
        population: Population::Teachers,
        planning_by: day("2025-10-31"),
        mid_year_by: day("2026-03-31"),
        final_by: day("2026-07-31"),
    }
}

fn open(terms: Terms) -> Command {
    Command::Open { trust_id: TRUST, terms }
}

fn opened() -> pb::CycleEvent {
    pb::CycleOpened {
        year: 2025,
        population: Population::Teachers.into(),
        planning_by: "2025-10-31".into(),
        mid_year_by: "2026-03-31".into(),
        final_by: "2026-07-31".into(),
        trust_id: TRUST.to_string(),
    }
    .into()
}

fn closed(on: &str) -> pb::CycleEvent {
    pb::CycleClosed { on: on.into() }.into()
}

fn admit(role_groups: &[RoleGroup]) -> Command {
    let appraisal = Box::new(Record::new(identity::Kind::Appraisal, TRUST));
    Command::Admit {
        role_groups: role_groups.to_vec(),
        appraisal,
    }
}

#[test]
fn a_cycle_opens_for_a_population_with_its_dates() {
    given([])
        .under(acting(COLLEAGUE, "2025-09-01"))
        .when(open(terms()))
        .then([opened()])
        .and_state(|cycle| assert_eq!(cycle.terms, Some(terms())));
}

#[test]
fn a_cycle_opens_once() {
    given([opened()])
        .under(acting(COLLEAGUE, "2025-09-01"))
        .when(open(terms()))
        .then_rejected(|rejection| assert_eq!(rejection, Rejection::AlreadyOpened));
}

#[test]
fn its_dates_follow_one_another() {
    for wrong in [
        Terms {
            mid_year_by: day("2025-10-31"),
            ..terms()
        },
        Terms {
            final_by: day("2026-03-01"),
            ..terms()
        },
    ] {
        given([])
            .under(acting(COLLEAGUE, "2025-09-01"))
            .when(open(wrong))
            .then_rejected(|rejection| assert_eq!(rejection.reason(), "CYCLE_DATES_OUT_OF_ORDER"));
    }
}

#[test]
fn its_dates_lie_in_its_year_or_the_autumn_after() {
    for wrong in [
        Terms {
            planning_by: day("2025-08-31"),
            ..terms()
        },
        Terms {
            final_by: day("2027-01-01"),
            ..terms()
        },
    ] {
        given([])
            .under(acting(COLLEAGUE, "2025-09-01"))
            .when(open(wrong))
            .then_rejected(|rejection| assert_eq!(rejection.reason(), "CYCLE_DATES_OUTSIDE_YEAR"));
    }
    let concluding_in_october = Terms {
        final_by: day("2026-10-31"),
        ..terms()
    };
    given([])
        .under(acting(COLLEAGUE, "2025-09-01"))
        .when(open(concluding_in_october))
        .then_events(|events| assert_eq!(events.len(), 1));
}

#[test]
fn somebody_of_its_population_is_admitted_without_a_trace() {
    given([opened()])
        .under(acting(COLLEAGUE, "2025-10-01"))
        .when(admit(&[RoleGroup::EarlyCareerTeacher]))
        .then([]);
    given([opened()])
        .under(acting(COLLEAGUE, "2025-10-01"))
        .when(admit(&[RoleGroup::TeachingAssistant, RoleGroup::ClassroomTeacher]))
        .then([]);
}

#[test]
fn nobody_else_is_admitted() {
    for others in [
        &[RoleGroup::TeachingAssistant, RoleGroup::Leadership][..],
        &[RoleGroup::Governor],
        &[],
    ] {
        given([opened()])
            .under(acting(COLLEAGUE, "2025-10-01"))
            .when(admit(others))
            .then_rejected(|rejection| assert_eq!(rejection.reason(), "PERSON_NOT_IN_POPULATION"));
    }
}

#[test]
fn every_part_of_the_workforce_but_governors_has_one_population() {
    let populations = [Population::Teachers, Population::SupportStaff, Population::Leaders];
    for group in [
        RoleGroup::Leadership,
        RoleGroup::ClassroomTeacher,
        RoleGroup::EarlyCareerTeacher,
        RoleGroup::TeachingAssistant,
        RoleGroup::OtherSupport,
    ] {
        assert_eq!(
            populations
                .iter()
                .filter(|population| includes(**population, group))
                .count(),
            1,
            "{group:?}"
        );
    }
    assert!(
        !populations
            .iter()
            .any(|population| includes(*population, RoleGroup::Governor))
    );
}

#[test]
fn nobody_is_admitted_to_a_closed_cycle() {
    given([opened(), closed("2026-09-30")])
        .under(acting(COLLEAGUE, "2026-10-01"))
        .when(admit(&[RoleGroup::ClassroomTeacher]))
        .then_rejected(|rejection| assert_eq!(rejection, Rejection::Closed { on: day("2026-09-30") }));
}

#[test]
fn a_cycle_closes() {
    given([opened()])
        .under(acting(COLLEAGUE, "2026-09-30"))
        .when(Command::Close { on: day("2026-09-30") })
        .then([closed("2026-09-30")])
        .and_state(|cycle| assert_eq!(cycle.closed_on, Some(day("2026-09-30"))));
}

#[test]
fn it_closes_once() {
    given([opened(), closed("2026-09-30")])
        .under(acting(COLLEAGUE, "2026-10-01"))
        .when(Command::Close { on: day("2026-10-01") })
        .then_rejected(|rejection| assert_eq!(rejection.reason(), "CYCLE_CLOSED"));
}

#[test]
fn it_closes_neither_in_the_future_nor_before_it_began() {
    for (on, reason) in [
        ("2026-10-01", "CYCLE_CLOSES_IN_THE_FUTURE"),
        ("2025-08-31", "CYCLE_CLOSES_BEFORE_IT_BEGINS"),
    ] {
        given([opened()])
            .under(acting(COLLEAGUE, "2026-09-30"))
            .when(Command::Close { on: day(on) })
            .then_rejected(|rejection| assert_eq!(rejection.reason(), reason));
    }
}

#[test]
fn what_was_never_opened_cannot_close() {
    given([])
        .under(acting(COLLEAGUE, "2026-09-30"))
        .when(Command::Close { on: day("2026-09-30") })
        .then_rejected(|rejection| assert_eq!(rejection, Rejection::NotOpened));
}

#[test]
fn a_trust_has_one_cycle_a_year_for_each_population() {
    assert_eq!(
        id_of(TRUST, 2025, Population::Teachers),
        id_of(TRUST, 2025, Population::Teachers)
    );
    assert_ne!(
        id_of(TRUST, 2025, Population::Teachers),
        id_of(TRUST, 2025, Population::Leaders)
    );
    assert_ne!(
        id_of(TRUST, 2025, Population::Teachers),
        id_of(TRUST, 2026, Population::Teachers)
    );
}

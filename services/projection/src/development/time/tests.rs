use api::catalogue::v1::{TimeDiverted, TimePlanned, TimeReplanned, TimeUsed};

use super::*;
use crate::{
    development::given::{Given, stream},
    fixtures::{SCHOOL, TRUST},
};

fn planned(given: &mut Given, slot: &str, on: &str, minutes: i32) {
    let planned = TimePlanned {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        year: 2025,
        slot_id: slot.into(),
        kind: TimeSlotKind::Twilight.into(),
        on: on.into(),
        minutes,
        ..Default::default()
    };
    given.in_catalogue::<TimeBudgetEvent>(stream(1), planned);
}

fn used(given: &mut Given, slot: &str, on: &str, minutes: i32) {
    let used = TimeUsed {
        slot_id: slot.into(),
        on: on.into(),
        minutes,
        ..Default::default()
    };
    given.in_catalogue::<TimeBudgetEvent>(stream(1), used);
}

fn diverted(given: &mut Given, slot: &str, on: &str, minutes: i32, category: DiversionCategory) {
    let diverted = TimeDiverted {
        slot_id: slot.into(),
        on: on.into(),
        minutes,
        category: category.into(),
        why: None,
    };
    given.in_catalogue::<TimeBudgetEvent>(stream(1), diverted);
}

fn total(given: &Given, on: &str) -> TimeRow {
    let ground = given.ground(on);
    report(&ground, &slots(&ground).unwrap()).total.unwrap()
}

fn share(rate: &Option<Rate>) -> (i32, i32) {
    rate.map(|rate| (rate.numerator, rate.denominator)).unwrap()
}

#[test]
fn planned_time_is_used_diverted_or_unaccounted_for() {
    let mut given = Given::a_school();
    planned(&mut given, "a", "2025-09-10", 90);
    planned(&mut given, "b", "2025-11-12", 90);
    planned(&mut given, "c", "2026-06-10", 60);
    used(&mut given, "a", "2025-09-10", 60);
    diverted(&mut given, "a", "2025-09-10", 20, DiversionCategory::Cover);
    diverted(&mut given, "b", "2025-11-12", 90, DiversionCategory::Inspection);
    let row = total(&given, "2026-01-10");
    assert_eq!((row.planned_minutes, row.due_minutes), (240, 180));
    assert_eq!(share(&row.used), (60, 180));
    assert_eq!(share(&row.diverted), (110, 180));
    assert_eq!(share(&row.unaccounted), (10, 180));
    let why: Vec<_> = row
        .diversions
        .iter()
        .map(|one| (one.category(), one.minutes, one.slot_count))
        .collect();
    assert_eq!(
        why,
        [
            (DiversionCategory::Inspection, 90, 1),
            (DiversionCategory::Cover, 20, 1)
        ]
    );
    let planned: Vec<i32> = row
        .half_terms
        .iter()
        .map(|half_term| half_term.planned_minutes)
        .collect();
    assert_eq!(planned, [90, 90, 0, 0, 0, 60]);
}

#[test]
fn a_slot_counts_as_it_was_replanned() {
    let mut given = Given::a_school();
    planned(&mut given, "a", "2025-09-10", 90);
    let replanned = TimeReplanned {
        slot_id: "a".into(),
        on: "2026-06-10".into(),
        minutes: 45,
    };
    given.in_catalogue::<TimeBudgetEvent>(stream(1), replanned);
    let row = total(&given, "2026-01-10");
    assert_eq!((row.planned_minutes, row.due_minutes), (45, 0));
    assert_eq!(row.used.unwrap().ratio, None, "nothing is due yet");
}

#[test]
fn what_happened_later_is_not_told() {
    let mut given = Given::a_school();
    planned(&mut given, "a", "2025-09-10", 90);
    used(&mut given, "a", "2025-09-10", 90);
    planned(&mut given, "b", "2025-10-10", 90);
    used(&mut given, "b", "2025-12-10", 90);
    assert_eq!(share(&total(&given, "2025-11-10").used), (90, 180));
    assert_eq!(share(&total(&given, "2025-12-10").used), (180, 180));
}

use api::{
    common::v1::Purpose,
    directory::v1::{LongLeaveEnded, LongLeaveStarted, PersonEvent},
};

use super::*;
use crate::development::given::{Given, person, stream};

fn report_of(given: &Given, ground: &Ground) -> EntitlementReport {
    report(
        ground,
        members::all(ground, &given.people(), &Policies::national()).unwrap(),
    )
}

fn everybody(report: &EntitlementReport) -> &EntitlementRow {
    assert_eq!(report.rows[0].by(), GroupBy::All);
    &report.rows[0]
}

fn share(rate: &Option<Rate>) -> (i32, i32) {
    rate.map(|rate| (rate.numerator, rate.denominator)).unwrap()
}

fn group(report: &EntitlementReport, by: GroupBy, group: i32) -> &EntitlementRow {
    report
        .rows
        .iter()
        .find(|row| row.by() == by && row.group == group)
        .unwrap()
}

#[test]
fn hours_are_told_against_what_was_due() {
    let mut given = Given::a_school();
    given.teachers(0..3);
    let due = f64::from(Policy::national().entitlement(RoleGroup::ClassroomTeacher, 100));
    given.credited(person(0), "questioning", "2025-10-01", 100 * 60);
    given.credited(person(1), "questioning", "2025-10-01", 30);
    given.credited(person(2), "questioning", "2025-08-31", 600);
    let report = report_of(&given, &given.ground("2026-08-31"));
    let all = everybody(&report);
    assert_eq!(all.person_count, 3);
    assert!((all.hours - 100.5).abs() < 1e-9, "the year before counts nowhere");
    assert!((all.entitled_hours - 3.0 * due).abs() < 0.1, "{}", all.entitled_hours);
    assert_eq!(share(&all.entitled), (1, 3));
    assert_eq!(share(&all.none), (1, 3));
    assert_eq!(all.median_hours, Some(0.5));
}

#[test]
fn mandatory_training_is_shown_and_is_no_entitlement() {
    let mut given = Given::a_school();
    given.teachers(0..1);
    given.credited_for(
        person(0),
        ActivityKind::MandatoryTraining,
        "safeguarding",
        "2025-09-02",
        6000,
    );
    let report = report_of(&given, &given.ground("2026-08-31"));
    let all = everybody(&report);
    assert_eq!((all.hours, share(&all.none)), (0.0, (1, 1)));
    assert_eq!(all.kinds[0].kind(), ActivityKind::MandatoryTraining);
    assert!((all.kinds[0].hours - 100.0).abs() < 1e-9);
}

#[test]
fn part_of_the_time_and_part_of_the_year_are_due_part_of_the_hours() {
    let mut given = Given::a_school();
    given.works(person(0), RoleGroup::ClassroomTeacher, 50, "2020-09-01");
    given.works(person(1), RoleGroup::ClassroomTeacher, 100, "2020-09-01");
    let away = LongLeaveStarted {
        from_on: "2025-09-01".into(),
        ..Default::default()
    };
    given.directory.tell::<PersonEvent>(person(1), away);
    let back = LongLeaveEnded {
        on: "2026-03-02".into(),
    };
    given.directory.tell::<PersonEvent>(person(1), back);
    let due = f64::from(Policy::national().entitlement(RoleGroup::ClassroomTeacher, 100));
    let whole = report_of(&given, &given.ground("2026-08-31"));
    let part_time = group(&whole, GroupBy::WorkingTime, 2);
    assert!((part_time.entitled_hours - due / 2.0).abs() < 0.1);
    let away_half = group(&whole, GroupBy::WorkingTime, 1);
    assert!(
        (away_half.entitled_hours - due / 2.0).abs() < 0.5,
        "{}",
        away_half.entitled_hours
    );
    let begun = report_of(&given, &given.ground("2025-11-11"));
    let early = group(&begun, GroupBy::WorkingTime, 2);
    assert!((early.entitled_hours - due / 2.0 * 72.0 / 365.0).abs() < 0.1);
    assert_eq!(
        everybody(&begun).person_count,
        1,
        "who is away all the time is owed nothing"
    );
}

#[test]
fn observation_weighs_for_appraisal_and_quality_alone() {
    let mut given = Given::a_school();
    given.teachers(0..2);
    let cap = Policy::national().observation_cap_count;
    for number in 0..=cap {
        let on = format!("2025-10-{:02}", 1 + number);
        given.observed(
            stream(number),
            person(0),
            ("questioning", true),
            &on,
            Purpose::Appraisal,
        );
        given.observed(
            stream(100 + number),
            person(1),
            ("questioning", true),
            &on,
            Purpose::Developmental,
        );
    }
    let report = report_of(&given, &given.ground("2026-08-31"));
    let all = everybody(&report);
    assert_eq!(share(&all.observed), (1, 2));
    assert_eq!((share(&all.at_cap), share(&all.over_cap)), ((1, 2), (1, 2)));
    assert_eq!(all.observation_count, i32::try_from(cap + 1).unwrap());
}

#[test]
fn fairness_compares_posts_of_full_time() {
    let mut given = Given::a_school();
    given.teachers(0..2);
    given.works(person(5), RoleGroup::TeachingAssistant, 50, "2020-09-01");
    given.credited(person(0), "questioning", "2025-10-01", 1200);
    given.credited(person(5), "questioning", "2025-10-01", 300);
    let report = report_of(&given, &given.ground("2026-08-31"));
    assert!(
        (report.fairness_ratio.unwrap() - 1.0).abs() < 1e-9,
        "ten hours a post in both groups"
    );
    given.credited(person(0), "modelling", "2025-10-02", 1200);
    let report = report_of(&given, &given.ground("2026-08-31"));
    assert!((report.fairness_ratio.unwrap() - 0.5).abs() < 1e-9);
}

#[test]
fn governors_see_no_small_group_nor_what_gives_it_away() {
    let mut given = Given::a_school();
    given.teachers(0..30);
    given.works(person(50), RoleGroup::Leadership, 100, "2020-09-01");
    given.works(person(51), RoleGroup::TeachingAssistant, 100, "2020-09-01");
    for number in 0..29 {
        given.credited(person(number), "questioning", "2025-10-01", 60);
    }
    let report = report_of(&given, &given.ground_for_governors("2026-08-31"));
    let by_role: Vec<&EntitlementRow> = report
        .rows
        .iter()
        .filter(|row| row.by() == GroupBy::RoleGroup)
        .collect();
    assert!(
        by_role.iter().filter(|row| row.person_count > 0).count() == 0,
        "the rest would tell of two"
    );
    let all = everybody(&report);
    assert_eq!(all.person_count, 32);
    assert!(all.none.unwrap().suppressed, "three had none");
}

//! The views on development over real stores: who may ask, what each is told, and from when.

use api::{
    catalogue::v1::{
        self as catalogue, ActivityKind, DiversionCategory, LearningRecordEvent, NeedEvent, NeedSource, PriorityEvent,
        TimeBudgetEvent,
    },
    coaching::v1::{self as coaching, AimAudience, CareerAim, CareerPlanEvent, PartnershipEvent, PartnershipKind},
    common::v1::{Purpose, RoleGroup},
    directory::v1::{CrosswalkEntry, CrosswalkSet, FocusArea, FocusFrameworkEvent, FrameworkPublished},
    projection::v1::{
        GetCoachingReportRequest, GetEmergentNeedsRequest, GetEntitlementReportRequest, GetPriorityReportRequest,
        GetTalentReportRequest, GetTimeReportRequest, PriorityGap,
    },
};
use chrono::Utc;
use db::{Db, sql};
use service::Code;
use uuid::Uuid;

use super::world::{COLLEAGUE, CPD_LEAD, GOVERNOR, HEAD, LEADER, OWNER, TEACHER, World, actor};
use crate::{
    compact,
    fixtures::{SCHOOL, TRUST, text},
};

const ON: &str = "2025-10-01";
const PRIORITY: Uuid = Uuid::from_u128(0x5001);
const BUDGET: Uuid = Uuid::from_u128(0x5002);
const PARTNERSHIP: Uuid = Uuid::from_u128(0x5003);
const NEED: Uuid = Uuid::from_u128(0x5004);

fn credited(who: Uuid, kind: ActivityKind, minutes: i32) -> catalogue::HoursCredited {
    catalogue::HoursCredited {
        credit_id: Uuid::new_v4().to_string(),
        person_id: who.to_string(),
        urn: SCHOOL.into(),
        trust_id: TRUST.to_string(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        kind: kind.into(),
        on: ON.into(),
        minutes,
        focus_areas: vec!["cold-call".into()],
        priority_ids: vec![PRIORITY.to_string()],
        purpose: Purpose::Developmental.into(),
        ..Default::default()
    }
}

fn framework(codes: &[&str]) -> FrameworkPublished {
    let area = |code: &&str| FocusArea {
        code: (*code).into(),
        ..Default::default()
    };
    FrameworkPublished {
        areas: codes.iter().map(area).collect(),
        ..Default::default()
    }
}

/// Something of everything that these views count.
async fn happen(world: &mut World) {
    let (shared, own) = (Uuid::from_u128(0x6001), Uuid::from_u128(0x6002));
    let words = framework(&["questioning"]);
    world
        .tell_of::<FocusFrameworkEvent>(Uuid::nil(), "directory", shared, words)
        .await;
    let set = CrosswalkSet {
        entries: vec![CrosswalkEntry {
            own_code: "cold-call".into(),
            shared_code: "questioning".into(),
        }],
        ..Default::default()
    };
    world
        .tell::<FocusFrameworkEvent>("directory", own, framework(&["cold-call"]))
        .await;
    world.tell::<FocusFrameworkEvent>("directory", own, set).await;
    world.agree().await;
    let opened = catalogue::NeedOpened {
        source: NeedSource::Person.into(),
        urn: SCHOOL.into(),
        trust_id: TRUST.to_string(),
        focus_area: "cold-call".into(),
        person_id: COLLEAGUE.to_string(),
        on: ON.into(),
        detail: text(COLLEAGUE, "I would like to see it done."),
        ..Default::default()
    };
    world.tell::<NeedEvent>("catalogue", NEED, opened).await;
    let adopted = catalogue::PriorityAdopted {
        trust_id: TRUST.to_string(),
        title: "Every pupil answers".into(),
        from_year: 2025,
        years: 3,
        ..Default::default()
    };
    world.tell::<PriorityEvent>("catalogue", PRIORITY, adopted).await;
    let record = Uuid::from_u128(0x7001);
    world
        .tell::<LearningRecordEvent>("catalogue", record, credited(TEACHER, ActivityKind::Course, 120))
        .await;
    let planned = catalogue::TimePlanned {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        year: 2025,
        slot_id: "slot".into(),
        on: ON.into(),
        minutes: 90,
        ..Default::default()
    };
    world.tell::<TimeBudgetEvent>("catalogue", BUDGET, planned).await;
    let diverted = catalogue::TimeDiverted {
        slot_id: "slot".into(),
        on: ON.into(),
        minutes: 60,
        category: DiversionCategory::Cover.into(),
        why: text(TRUST, "Three colleagues were ill."),
    };
    world.tell::<TimeBudgetEvent>("catalogue", BUDGET, diverted).await;
    let proposed = coaching::PartnershipProposed {
        kind: PartnershipKind::Mentoring.into(),
        coach_id: OWNER.to_string(),
        coached_id: TEACHER.to_string(),
        urn: SCHOOL.into(),
        trust_id: TRUST.to_string(),
        focus_areas: vec!["cold-call".into()],
        goals: text(TEACHER, "Confidence").into_iter().collect(),
        ..Default::default()
    };
    world.tell::<PartnershipEvent>("coaching", PARTNERSHIP, proposed).await;
    let agreed = coaching::PartnershipAgreed {
        on: ON.into(),
        ..Default::default()
    };
    world.tell::<PartnershipEvent>("coaching", PARTNERSHIP, agreed).await;
    let held = coaching::CoachingSessionHeld {
        on: "2025-10-08".into(),
        minutes: 45,
        coach_id: OWNER.to_string(),
        coached_id: TEACHER.to_string(),
        ..Default::default()
    };
    world.tell::<PartnershipEvent>("coaching", PARTNERSHIP, held).await;
    let shared = coaching::CareerAimShared {
        person_id: TEACHER.to_string(),
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        aim: CareerAim::Headship.into(),
        with: AimAudience::School.into(),
        on: ON.into(),
        ..Default::default()
    };
    world
        .tell::<CareerPlanEvent>("coaching", Uuid::from_u128(0x7002), shared)
        .await;
}

fn needs(world: &World, urn: &str) -> GetEmergentNeedsRequest {
    GetEmergentNeedsRequest {
        trust_id: TRUST.to_string(),
        urn: urn.into(),
        cycle: 2025,
        at_least: world.all(),
        ..Default::default()
    }
}

fn entitlement(world: &World, urn: &str) -> GetEntitlementReportRequest {
    GetEntitlementReportRequest {
        trust_id: TRUST.to_string(),
        urn: urn.into(),
        cycle: 2025,
        at_least: world.all(),
        ..Default::default()
    }
}

fn time(world: &World, urn: &str) -> GetTimeReportRequest {
    GetTimeReportRequest {
        trust_id: TRUST.to_string(),
        urn: urn.into(),
        cycle: 2025,
        at_least: world.all(),
        ..Default::default()
    }
}

fn coaching_of(world: &World, urn: &str) -> GetCoachingReportRequest {
    GetCoachingReportRequest {
        trust_id: TRUST.to_string(),
        urn: urn.into(),
        cycle: 2025,
        at_least: world.all(),
        ..Default::default()
    }
}

fn talent(world: &World, urn: &str) -> GetTalentReportRequest {
    GetTalentReportRequest {
        trust_id: TRUST.to_string(),
        urn: urn.into(),
        cycle: 2025,
        at_least: world.all(),
        ..Default::default()
    }
}

fn priorities(world: &World, urn: &str) -> GetPriorityReportRequest {
    GetPriorityReportRequest {
        trust_id: TRUST.to_string(),
        urn: urn.into(),
        cycle: 2025,
        at_least: world.all(),
        ..Default::default()
    }
}

/// What leaders are told, the same whichever database the views are in.
async fn leaders_are_told(world: &World) {
    let leader = &actor(LEADER);
    let answer = world.views.get_emergent_needs(leader, needs(world, "")).await.unwrap();
    assert_eq!(answer.completeness.len(), 6);
    let report = answer.needs.unwrap();
    let rows: Vec<_> = report.areas.iter().map(|row| row.focus_area.as_str()).collect();
    assert_eq!(rows, ["questioning"], "the trust's own word is told in the shared one");
    assert_eq!(report.areas[0].own_codes, ["cold-call"]);
    assert!(report.areas[0].mapped && report.areas[0].unmet);
    assert_eq!(report.areas[0].participant_count, 1);

    let answer = world
        .views
        .get_priority_report(leader, priorities(world, ""))
        .await
        .unwrap();
    let rows = answer.report.unwrap().priorities;
    assert_eq!(
        (rows[0].title.as_str(), rows[0].participant_count),
        ("Every pupil answers", 1)
    );
    assert!(rows[0].gaps().any(|gap| gap == PriorityGap::NoEvaluationPlanned));
    assert!(!rows[0].gaps().any(|gap| gap == PriorityGap::SourceNotReporting));

    let answer = world
        .views
        .get_entitlement_report(leader, entitlement(world, ""))
        .await
        .unwrap();
    let rows = answer.report.unwrap().rows;
    assert_eq!(rows[0].person_count, 8);
    assert!((rows[0].hours - 2.75).abs() < 1e-9, "a course and a coaching session");
    assert_eq!(rows[0].none.unwrap().numerator, 7);

    let answer = world.views.get_time_report(leader, time(world, "")).await.unwrap();
    let report = answer.report.unwrap();
    assert_eq!(report.total.unwrap().diverted.unwrap().numerator, 60);
    assert_eq!(report.latest_diversions[0].reason, "Three colleagues were ill.");

    let answer = world
        .views
        .get_coaching_report(leader, coaching_of(world, ""))
        .await
        .unwrap();
    let report = answer.report.unwrap();
    let total = report.total.unwrap();
    assert_eq!(
        (total.coach_count, total.coached_count, total.session_minutes),
        (1, 1, 45)
    );
    assert_eq!(
        report.coaches,
        [],
        "whose coaching it is, only their school's leaders may know"
    );

    let answer = world.views.get_talent_report(leader, talent(world, "")).await.unwrap();
    let report = answer.report.unwrap();
    assert_eq!(
        (report.aims.len(), report.shared_with_reader.len()),
        (0, 0),
        "shared with the school alone"
    );
    assert!(report.coached_now_lead.unwrap().suppressed);
}

#[tokio::test]
async fn leaders_are_told_what_was_counted() {
    let mut world = World::new().await;
    happen(&mut world).await;
    leaders_are_told(&world).await;
}

#[tokio::test]
async fn leaders_are_told_the_same_from_postgres() {
    let server = testkit::postgres().await;
    let mut world = World::on_postgres(&server).await;
    happen(&mut world).await;
    leaders_are_told(&world).await;
}

#[tokio::test]
async fn a_head_knows_who_coaches_and_which_aims_are_shared_and_that_is_recorded() {
    let mut world = World::new().await;
    happen(&mut world).await;
    for reader in [HEAD, CPD_LEAD] {
        let answer = world
            .views
            .get_coaching_report(&actor(reader), coaching_of(&world, SCHOOL))
            .await
            .unwrap();
        let coaches = answer.report.unwrap().coaches;
        assert_eq!(coaches.len(), 1);
        assert_eq!(coaches[0].coach.as_ref().unwrap().name, "Ben Silva");
        assert_eq!((coaches[0].open_count, coaches[0].session_count), (1, 1));
        let answer = world
            .views
            .get_talent_report(&actor(reader), talent(&world, SCHOOL))
            .await
            .unwrap();
        let shared = answer.report.unwrap().shared_with_reader;
        assert_eq!(shared.len(), 1);
        assert_eq!((shared[0].aim(), shared[0].developed), (CareerAim::Headship, true));
    }
    let reads = world.reads.about(TEACHER, 10).await.unwrap();
    assert!(reads.iter().any(|read| read.record == "CareerPlan"), "{reads:?}");
}

#[tokio::test]
async fn governors_are_told_aggregates_of_their_school_alone() {
    let mut world = World::new().await;
    happen(&mut world).await;
    let governor = &actor(GOVERNOR);
    let row = world
        .views
        .get_emergent_needs(governor, needs(&world, SCHOOL))
        .await
        .unwrap();
    let row = row.needs.unwrap().areas.remove(0);
    assert!(row.suppressed && row.cells.iter().all(|cell| cell.observed_count == 0));
    let report = world
        .views
        .get_entitlement_report(governor, entitlement(&world, SCHOOL))
        .await
        .unwrap();
    let rows = report.report.unwrap().rows;
    assert_eq!(rows[0].person_count, 8);
    assert!(rows[0].none.unwrap().suppressed, "one had some");
    assert!(rows[0].kinds.is_empty());
    let report = world
        .views
        .get_time_report(governor, time(&world, SCHOOL))
        .await
        .unwrap()
        .report
        .unwrap();
    assert_eq!(
        report.total.unwrap().diverted.unwrap().numerator,
        60,
        "time is nobody's secret"
    );
    assert_eq!(report.latest_diversions, [], "what was written about it is");
    let report = world
        .views
        .get_coaching_report(governor, coaching_of(&world, SCHOOL))
        .await
        .unwrap();
    assert_eq!(report.report.unwrap().coaches, []);
    let report = world
        .views
        .get_talent_report(governor, talent(&world, SCHOOL))
        .await
        .unwrap();
    assert_eq!(report.report.unwrap().shared_with_reader, []);
    let refused = world
        .views
        .get_entitlement_report(governor, entitlement(&world, ""))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn teachers_are_not_told_of_each_other() {
    let mut world = World::new().await;
    happen(&mut world).await;
    let teacher = &actor(TEACHER);
    let refusals = [
        world
            .views
            .get_emergent_needs(teacher, needs(&world, SCHOOL))
            .await
            .err(),
        world
            .views
            .get_priority_report(teacher, priorities(&world, SCHOOL))
            .await
            .err(),
        world
            .views
            .get_entitlement_report(teacher, entitlement(&world, SCHOOL))
            .await
            .err(),
        world.views.get_time_report(teacher, time(&world, SCHOOL)).await.err(),
        world
            .views
            .get_coaching_report(teacher, coaching_of(&world, SCHOOL))
            .await
            .err(),
        world
            .views
            .get_talent_report(teacher, talent(&world, SCHOOL))
            .await
            .err(),
    ];
    for refused in refusals {
        assert_eq!(refused.unwrap().code(), Code::PermissionDenied);
    }
}

#[tokio::test]
async fn a_past_moment_is_told_as_it_was_known() {
    let mut world = World::new().await;
    happen(&mut world).await;
    let before = Utc::now();
    let record = Uuid::from_u128(0x7003);
    world
        .tell::<LearningRecordEvent>("catalogue", record, credited(COLLEAGUE, ActivityKind::Course, 60))
        .await;
    let hours = async |known_at| {
        let request = GetEntitlementReportRequest {
            known_at,
            ..entitlement(&world, "")
        };
        let report = world
            .views
            .get_entitlement_report(&actor(LEADER), request)
            .await
            .unwrap();
        report.report.unwrap().rows[0].hours
    };
    assert!((hours(None).await - 3.75).abs() < 1e-9);
    assert!((hours(Some(compact::timestamp(before))).await - 2.75).abs() < 1e-9);
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    let mut world = World::new().await;
    happen(&mut world).await;
    let leader = &actor(LEADER);
    let many = GetEmergentNeedsRequest {
        cycle_count: 3,
        ..needs(&world, "")
    };
    let refused = world.views.get_emergent_needs(leader, many).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let other_year = GetTimeReportRequest {
        on: "2024-10-01".into(),
        ..time(&world, "")
    };
    let refused = world.views.get_time_report(leader, other_year).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(format!("{refused:?}").contains("academic year 2025"), "{refused:?}");
    let unknown = GetPriorityReportRequest {
        priority_id: Uuid::from_u128(0xdead).to_string(),
        ..priorities(&world, "")
    };
    let refused = world.views.get_priority_report(leader, unknown).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let wrong = GetTalentReportRequest {
        trust_id: "castle".into(),
        ..talent(&world, "")
    };
    let refused = world.views.get_talent_report(leader, wrong).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn the_ledger_keeps_no_text_not_even_sealed() {
    let mut world = World::new().await;
    happen(&mut world).await;
    world.views.reach(&world.all()).await.unwrap();
    let db: Db = world.handle.db();
    let rows: Vec<(String, Vec<u8>)> = sql!("select kind, event from ledger").fetch_all(&db).await.unwrap();
    assert!(rows.len() > 10);
    let diverted = rows.iter().find(|(kind, _)| kind == "time_budget.diverted").unwrap();
    let event: TimeBudgetEvent = prost::Message::decode(diverted.1.as_slice()).unwrap();
    let Some(catalogue::time_budget_event::Event::Diverted(diverted)) = event.event else {
        panic!("a diversion");
    };
    let why = diverted.why.unwrap_or_default();
    assert!(why.clear.is_empty() && why.ciphertext.is_empty());
}

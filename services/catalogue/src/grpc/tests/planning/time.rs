use estate::{GOVERNOR, TRUST, TRUST_LEADER};
use pb::{DiversionCategory, TimeSlotKind};

use super::*;

#[tokio::test]
async fn time_is_planned_used_and_diverted() {
    spend(World::running().await).await;
    spend(World::running_on_postgres().await).await;
}

async fn spend(world: World) {
    let slot = request_id();
    let plan = |who, minutes: i32| {
        let (world, slot) = (&world, slot.clone());
        async move {
            command!(
                world,
                who,
                "2023-09-01",
                plan_time(PlanTimeRequest {
                    urn: SCHOOL.into(),
                    slot_id: slot,
                    kind: TimeSlotKind::InsetDay.into(),
                    on: "2023-10-20".into(),
                    minutes: minutes,
                    title: "Questioning".into(),
                })
            )
        }
    };
    denied(plan(COLLEAGUE, 300).await);
    invalid(plan(HEAD, 0).await, &["minutes"]);
    let id = plan(HEAD, 300).await.unwrap().id;
    refused(plan(HEAD, 300).await, "SLOT_PLANNED_ALREADY", "slot_id");
    let spend = |day: &'static str, minutes: i32| {
        let (world, id, slot) = (&world, id.clone(), slot.clone());
        async move {
            let request = pb::UseTimeRequest {
                request_id: request_id(),
                occurred_at: noon(day),
                time_budget_id: id,
                slot_id: slot,
                minutes,
                ..Default::default()
            };
            world.planning().use_time(world.by(CPD_LEAD, request)).await
        }
    };
    refused(spend("2023-10-19", 200).await, "SLOT_NOT_YET", "slot_id");
    spend("2023-10-23", 200).await.unwrap();
    let divert = |minutes: i32| {
        let (world, id, slot) = (&world, id.clone(), slot.clone());
        async move {
            command!(
                world,
                HEAD,
                "2023-10-23",
                divert_time(DivertTimeRequest {
                    time_budget_id: id,
                    slot_id: slot,
                    minutes: minutes,
                    category: DiversionCategory::Administration.into(),
                    why: "reports were due".into(),
                })
            )
        }
    };
    refused(divert(101).await, "BEYOND_PLANNED", "minutes");
    divert(60).await.unwrap();
    let replan = |minutes: i32, on: &'static str| {
        let (world, id, slot) = (&world, id.clone(), slot.clone());
        async move {
            command!(
                world,
                HEAD,
                "2023-10-24",
                replan_time(ReplanTimeRequest {
                    time_budget_id: id,
                    slot_id: slot,
                    on: on.into(),
                    minutes: minutes,
                })
            )
        }
    };
    refused(replan(259, "2023-10-20").await, "LESS_THAN_SPENT", "minutes");
    refused(replan(300, "2024-10-20").await, "ANOTHER_YEAR", "on");
    replan(260, "2023-10-20").await.unwrap();

    let get = pb::GetTimeBudgetRequest {
        urn: SCHOOL.into(),
        year: 2023,
    };
    let seen = query!(world, GOVERNOR, get_time_budget(get.clone()))
        .unwrap()
        .time_budget
        .unwrap();
    assert_eq!(
        (seen.planned_minutes, seen.used_minutes, seen.diverted_minutes),
        (260, 200, 60)
    );
    assert_eq!(seen.slots[0].diversions[0].why, "reports were due");
    denied(query!(world, COLLEAGUE, get_time_budget(get)));
    let of_trust = |year| pb::ListTimeBudgetsRequest {
        trust_id: TRUST.to_string(),
        year,
        ..Default::default()
    };
    let listed = query!(world, TRUST_LEADER, list_time_budgets(of_trust(2023)))
        .unwrap()
        .time_budgets;
    assert_eq!((listed.len(), listed[0].diverted_minutes), (1, 60));
    assert_eq!(listed[0].slots[0].diversions[0].why, "");
    let next = query!(world, TRUST_LEADER, list_time_budgets(of_trust(2024))).unwrap();
    assert_eq!(next.time_budgets, []);
    denied(query!(world, HEAD, list_time_budgets(of_trust(2023))));
    invalid(query!(world, TRUST_LEADER, list_time_budgets(of_trust(0))), &["year"]);
}

use super::*;

#[tokio::test]
async fn a_cycle_takes_its_dates_from_policy_and_closes() {
    let world = World::running().await;
    let rules = Rules {
        final_due: Some("--10-31".into()),
        ..Default::default()
    };
    world.policy(rules).await;
    let recorded = world
        .cycles()
        .open_cycle(world.by(HR, open_cycle()))
        .await
        .unwrap()
        .into_inner()
        .recorded
        .unwrap();
    assert_eq!(recorded.id, cycle_id().to_string());
    let get = || pb::GetCycleRequest {
        cycle_id: cycle_id().to_string(),
    };
    let cycle = world
        .cycles()
        .get_cycle(world.by(COLLEAGUE, get()))
        .await
        .unwrap()
        .into_inner()
        .cycle
        .unwrap();
    assert_eq!(
        (cycle.planning_by.as_str(), cycle.mid_year_by.as_str()),
        ("2023-10-31", "2024-03-31")
    );
    assert_eq!(cycle.final_by, "2024-10-31", "the autumn after");
    let close = pb::CloseCycleRequest {
        request_id: request_id(),
        cycle_id: cycle_id().to_string(),
        on: "2024-11-01".into(),
        ..Default::default()
    };
    world.cycles().close_cycle(world.by(HR, close)).await.unwrap();
    let late = world
        .appraisals()
        .open_appraisal(world.by(HEAD, open_appraisal()))
        .await
        .unwrap_err();
    assert_reason(&late, "CYCLE_CLOSED");
}

#[tokio::test]
async fn cycles_are_opened_by_those_who_lead_the_trust() {
    let world = World::running().await;
    let refused = world
        .cycles()
        .open_cycle(world.by(TEACHER, open_cycle()))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    let nowhere = pb::OpenCycleRequest {
        trust_id: Uuid::now_v7().to_string(),
        ..open_cycle()
    };
    assert_violation(
        &world.cycles().open_cycle(world.by(HR, nowhere)).await.unwrap_err(),
        "trust_id",
    );
    let undated = pb::OpenCycleRequest {
        final_by: "31 July".into(),
        ..open_cycle()
    };
    assert_violation(
        &world.cycles().open_cycle(world.by(HR, undated)).await.unwrap_err(),
        "final_by",
    );
}

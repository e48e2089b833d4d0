//! What schools promised of coaching.

use api::common::v1::SupportKind;
use estate::{APPRAISER, COLLEAGUE, CPD_LEAD, HEAD, SCHOOL};

use super::*;
use crate::{
    coaching_ask::{self, CoachingAsk},
    world::PROMISE,
};

async fn listed(
    world: &World,
    who: PersonId,
    request: pb::ListCoachingAsksRequest,
) -> Result<Vec<pb::CoachingAsk>, Status> {
    let answer = world.asks().list_coaching_asks(world.by(who, request)).await?;
    Ok(answer.into_inner().asks)
}

#[tokio::test]
async fn what_was_promised_waits_for_who_owes_it() {
    what_was_promised_waits(World::running().await).await;
}

#[tokio::test]
async fn what_was_promised_waits_on_postgres() {
    what_was_promised_waits(World::running_on_postgres().await).await;
}

async fn what_was_promised_waits(world: World) {
    let follow_up = world.promised(TEACHER, Some(SupportKind::ColleagueObservation)).await;
    let id = coaching_ask::id_of(follow_up, PROMISE);
    world
        .until::<CoachingAsk>(id, |ask| ask.stage() == pb::AskState::Open)
        .await;
    let at_school = pb::ListCoachingAsksRequest {
        urn: SCHOOL.into(),
        open_only: true,
        ..Default::default()
    };
    let to_teacher = pb::ListCoachingAsksRequest {
        person_id: TEACHER.to_string(),
        ..Default::default()
    };
    let by_lead = pb::ListCoachingAsksRequest {
        owner_id: CPD_LEAD.to_string(),
        ..Default::default()
    };
    for (who, request) in [
        (CPD_LEAD, at_school.clone()),
        (HEAD, at_school.clone()),
        (TEACHER, to_teacher.clone()),
        (CPD_LEAD, by_lead),
    ] {
        let asks = listed(&world, who, request).await.unwrap();
        assert_eq!(asks.len(), 1);
        assert_eq!(asks[0].ask_id, id.to_string());
        assert_eq!(asks[0].promised_on, "2025-10-01");
    }
    for (who, request) in [
        (COLLEAGUE, at_school.clone()),
        (COLLEAGUE, to_teacher.clone()),
        (APPRAISER, to_teacher),
    ] {
        assert_denied(&listed(&world, who, request).await.unwrap_err());
    }
    let nothing = pb::ListCoachingAsksRequest::default();
    assert_violation(&listed(&world, HEAD, nothing).await.unwrap_err(), "urn");
    let provide = |by: PersonId| pb::ProvideCoachingAskRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-14"),
        ask_id: id.to_string(),
        on: "2025-10-13".into(),
        provided_by_id: by.to_string(),
        ..Default::default()
    };
    let mut asks = world.asks();
    let refused = asks.provide_coaching_ask(world.by(COLLEAGUE, provide(COACH))).await;
    assert_denied(&refused.unwrap_err());
    let refused = asks.provide_coaching_ask(world.by(CPD_LEAD, provide(TEACHER))).await;
    assert_reason(&refused.unwrap_err(), "PROVIDED_BY_THEMSELVES");
    asks.provide_coaching_ask(world.by(CPD_LEAD, provide(COACH)))
        .await
        .unwrap();
    assert!(listed(&world, HEAD, at_school).await.unwrap().is_empty());
    let refused = asks.provide_coaching_ask(world.by(CPD_LEAD, provide(COACH))).await;
    assert_reason(&refused.unwrap_err(), "ASK_ALREADY_PROVIDED");
}

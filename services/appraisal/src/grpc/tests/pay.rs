use api::ids::PersonId;

use super::*;

#[tokio::test]
async fn a_recommendation_on_pay_is_seen_by_those_named_alone() {
    let world = opened().await;
    world
        .policy(Rules {
            pay_recommendations_enabled: Some(true),
            ..Default::default()
        })
        .await;
    let follow_up = world.follow_up(TEACHER).await;
    world
        .appraisals()
        .agree_objectives(world.by(APPRAISER, agree(&[follow_up])))
        .await
        .unwrap();
    world
        .appraisals()
        .conclude_appraisal(world.by(APPRAISER, conclude(&[])))
        .await
        .unwrap();
    let grant = |to: PersonId| pb::GrantPayAccessRequest {
        request_id: request_id(),
        appraisal_id: id().to_string(),
        person_id: to.to_string(),
        ..Default::default()
    };
    let recommend = || pb::RecommendPayRequest {
        request_id: request_id(),
        appraisal_id: id().to_string(),
        on: "2024-07-05".into(),
        progress: true,
        rationale: "objectives met".into(),
        ..Default::default()
    };
    let get = || pb::GetPayRecommendationRequest {
        appraisal_id: id().to_string(),
    };

    let early = world
        .pay()
        .recommend_pay(world.by(APPRAISER, recommend()))
        .await
        .unwrap_err();
    assert_eq!(early.code(), tonic::Code::NotFound);
    let own = world
        .pay()
        .grant_pay_access(world.by(TEACHER, grant(TEACHER)))
        .await
        .unwrap_err();
    assert_eq!(own.code(), tonic::Code::PermissionDenied);
    world
        .pay()
        .grant_pay_access(world.by(HR, grant(APPRAISER)))
        .await
        .unwrap();
    world
        .pay()
        .recommend_pay(world.by(APPRAISER, recommend()))
        .await
        .unwrap();

    let seen = world
        .pay()
        .get_pay_recommendation(world.by(APPRAISER, get()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(seen.recommendation.unwrap().rationale, "objectives met");
    for unnamed in [HR, HEAD, COLLEAGUE] {
        let refused = world
            .pay()
            .get_pay_recommendation(world.by(unnamed, get()))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), tonic::Code::PermissionDenied, "{unnamed}");
    }
    world.pay().grant_pay_access(world.by(HR, grant(HEAD))).await.unwrap();
    let decide = pb::DecidePayRequest {
        request_id: request_id(),
        appraisal_id: id().to_string(),
        on: "2024-07-09".into(),
        approved: true,
        ..Default::default()
    };
    world.pay().decide_pay(world.by(HEAD, decide)).await.unwrap();
    let revoke = pb::RevokePayAccessRequest {
        request_id: request_id(),
        appraisal_id: id().to_string(),
        person_id: APPRAISER.to_string(),
        ..Default::default()
    };
    world.pay().revoke_pay_access(world.by(HR, revoke)).await.unwrap();
    let refused = world
        .pay()
        .get_pay_recommendation(world.by(APPRAISER, get()))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
}

#[tokio::test]
async fn recommendations_on_pay_are_off_by_default() {
    let world = opened().await;
    let grant = pb::GrantPayAccessRequest {
        request_id: request_id(),
        appraisal_id: id().to_string(),
        person_id: APPRAISER.to_string(),
        ..Default::default()
    };
    let status = world.pay().grant_pay_access(world.by(HR, grant)).await.unwrap_err();
    assert_reason(&status, "PAY_RECOMMENDATIONS_TURNED_OFF");
}

use super::*;

#[tokio::test]
async fn a_finding_of_a_walk_is_taken_on_by_whoever_wants_to() {
    let world = World::running().await;
    let plan = pb::PlanLearningWalkRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-02"),
        urn: SCHOOL.into(),
        lead_id: CPD_LEAD.to_string(),
        team_ids: vec![SECOND.to_string()],
        on: "2023-10-04".into(),
        theme: "questioning".into(),
        focus_areas: vec!["questioning".into()],
        areas: vec!["Mathematics".into()],
        ..Default::default()
    };
    let reply = world
        .walks()
        .plan_learning_walk(world.by(CPD_LEAD, plan))
        .await
        .unwrap();
    let id: LearningWalkId = reply.into_inner().recorded.unwrap().id.parse().unwrap();
    let visit = pb::RecordVisitRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-04"),
        learning_walk_id: id.to_string(),
        area: "Mathematics".into(),
        minutes: 15,
        note: "many closed questions".into(),
        ..Default::default()
    };
    world.walks().record_visit(world.by(SECOND, visit)).await.unwrap();
    let findings = pb::AgreeFindingsRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-05"),
        learning_walk_id: id.to_string(),
        findings: "ask more open questions".into(),
        needs: vec!["questioning".into()],
        ..Default::default()
    };
    world
        .walks()
        .agree_findings(world.by(CPD_LEAD, findings))
        .await
        .unwrap();
    let need = pb::RaiseNeedRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-05"),
        learning_walk_id: id.to_string(),
        scope: pb::NeedScope::Department.into(),
        team: "Mathematics".into(),
        focus_area: "questioning".into(),
        ..Default::default()
    };
    world.walks().raise_need(world.by(CPD_LEAD, need)).await.unwrap();

    let see = async |who| {
        let request = pb::GetLearningWalkRequest {
            learning_walk_id: id.to_string(),
        };
        world
            .walks()
            .get_learning_walk(world.by(who, request))
            .await
            .map(|reply| {
                let walk = reply.into_inner().learning_walk.unwrap();
                (walk.visits[0].note.clone(), walk.findings.clone())
            })
    };
    let found = || "ask more open questions".to_owned();
    assert_eq!(
        see(SECOND).await.unwrap(),
        ("many closed questions".to_owned(), found())
    );
    // Notes are the team's.
    assert_eq!(see(HEAD).await.unwrap(), (String::new(), found()));
    assert_eq!(see(TEACHER).await.unwrap_err().code(), tonic::Code::PermissionDenied);

    let take_on = || pb::AgreeFollowUpRequest {
        request_id: request_id(),
        observation_id: String::new(),
        learning_walk_id: id.to_string(),
        ..agree("")
    };
    let refused = world
        .follow_ups()
        .agree_follow_up(world.by(CPD_LEAD, take_on()))
        .await
        .unwrap_err();
    assert_eq!(reason(refused), "NOT_VOLUNTEERED");
    let reply = world
        .follow_ups()
        .agree_follow_up(world.by(TEACHER, take_on()))
        .await
        .unwrap();
    let seen = world
        .see_follow_up(TEACHER, &reply.into_inner().recorded.unwrap().id)
        .await
        .unwrap();
    assert_eq!(
        (seen.purpose(), seen.owner_id),
        (Purpose::Developmental, CPD_LEAD.to_string())
    );
}

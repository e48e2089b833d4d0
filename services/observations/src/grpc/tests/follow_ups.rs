use super::*;

#[tokio::test]
async fn a_follow_up_goes_from_agreement_to_completion_with_support_still_owed() {
    let world = World::running().await;
    let id = world.agreed().await;
    let evidence = pb::AddEvidenceRequest {
        request_id: request_id(),
        occurred_at: noon("2023-11-01"),
        follow_up_id: id.clone(),
        on: "2023-11-01".into(),
        note: "my plan".into(),
        ..Default::default()
    };
    world
        .follow_ups()
        .add_evidence(world.by(TEACHER, evidence))
        .await
        .unwrap();
    world
        .follow_ups()
        .complete_follow_up(world.by(TEACHER, complete(&id)))
        .await
        .unwrap();
    let seen = world.see_follow_up(TEACHER, &id).await.unwrap();
    assert_eq!(seen.state(), pb::FollowUpState::Completed);
    assert_eq!(
        (seen.owner_id.as_str(), seen.due_on.as_str()),
        (OBSERVER.to_string().as_str(), "2023-11-23")
    );
    assert_eq!(
        (seen.action.as_str(), seen.evidence[0].note.as_str()),
        ("wait three seconds", "my plan")
    );
    assert_eq!(
        (seen.promises[0].detail.as_str(), seen.promises[0].provided_on.as_str()),
        ("three sessions", "")
    );

    // The only promise left needs no name; the lead of professional development may record it.
    let provide = pb::ProvideSupportRequest {
        request_id: request_id(),
        occurred_at: noon("2023-11-20"),
        follow_up_id: id.clone(),
        on: "2023-11-20".into(),
        ..Default::default()
    };
    world
        .follow_ups()
        .provide_support(world.by(CPD_LEAD, provide))
        .await
        .unwrap();
    assert_eq!(
        world.see_follow_up(OBSERVER, &id).await.unwrap().promises[0].provided_on,
        "2023-11-20"
    );
}

#[tokio::test]
async fn a_later_observation_revisits_a_follow_up() {
    let world = World::running().await;
    let id = world.agreed().await;
    let again = pb::ScheduleObservationRequest {
        observer_ids: vec![SECOND.to_string()],
        on: "2023-11-14".into(),
        ..lesson()
    };
    let observation_id = world.schedule(SECOND, again).await.unwrap().id;
    let revisit = || pb::RevisitFollowUpRequest {
        request_id: request_id(),
        occurred_at: noon("2023-11-15"),
        follow_up_id: id.clone(),
        observation_id: observation_id.clone(),
        outcome: pb::RevisitOutcome::NotYet.into(),
        ..Default::default()
    };
    let early = world
        .follow_ups()
        .revisit_follow_up(world.by(SECOND, revisit()))
        .await
        .unwrap_err();
    assert_eq!(reason(early), "REVISIT_NOT_CONDUCTED");
    let held = conduct(&observation_id, "2023-11-14");
    world
        .observations()
        .conduct_observation(world.by(SECOND, held))
        .await
        .unwrap();
    // Whoever looked again may say so, though they had no part in the first observation.
    world
        .follow_ups()
        .revisit_follow_up(world.by(SECOND, revisit()))
        .await
        .unwrap();
    let seen = world.see_follow_up(TEACHER, &id).await.unwrap();
    assert_eq!((seen.state(), seen.revisits.len()), (pb::FollowUpState::Started, 1));
}

#[tokio::test]
async fn only_its_person_promotes_a_follow_up() {
    let world = World::running().await;
    let id = world.agreed().await;
    let promote = || pb::PromoteFollowUpRequest {
        request_id: request_id(),
        occurred_at: noon("2023-11-01"),
        follow_up_id: id.clone(),
        on: "2023-11-01".into(),
        ..Default::default()
    };
    let refused = world
        .follow_ups()
        .promote_follow_up(world.by(OBSERVER, promote()))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    world
        .follow_ups()
        .promote_follow_up(world.by(TEACHER, promote()))
        .await
        .unwrap();
    assert!(world.see_follow_up(TEACHER, &id).await.unwrap().promoted);
    assert_eq!(
        world.see_follow_up(COLLEAGUE, &id).await.unwrap_err().code(),
        tonic::Code::PermissionDenied
    );
}

#[tokio::test]
async fn a_clock_stands_still_by_hand_only_during_leave() {
    let world = World::running().await;
    let id = world.agreed().await;
    let pause = |on: &str| pb::PauseFollowUpRequest {
        request_id: request_id(),
        occurred_at: noon(on),
        follow_up_id: id.clone(),
        on: on.into(),
        ..Default::default()
    };
    let refused = world
        .follow_ups()
        .pause_follow_up(world.by(CPD_LEAD, pause("2023-11-01")))
        .await
        .unwrap_err();
    assert_eq!(reason(refused), "PERSON_NOT_AWAY");
    let leave = LongLeaveStarted {
        kind: LeaveKind::Sickness.into(),
        from_on: "2023-11-06".into(),
        expected_until: String::new(),
    };
    world.person(TEACHER, leave).await;
    let id: FollowUpId = id.parse().unwrap();
    let paused = world.until(id, |follow_up| follow_up.paused_on.is_some()).await;
    assert_eq!(paused.paused_on, Some(day("2023-11-06")));
}

#[tokio::test]
async fn a_version_that_is_no_longer_current_is_refused() {
    let world = World::running().await;
    let id = world.agreed().await;
    let stale = pb::CompleteFollowUpRequest {
        expected_version: Some(7),
        ..complete(&id)
    };
    let status = world
        .follow_ups()
        .complete_follow_up(world.by(TEACHER, stale))
        .await
        .unwrap_err();
    assert_eq!(status.code(), tonic::Code::Aborted);
}

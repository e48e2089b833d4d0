use super::*;

#[tokio::test]
async fn an_observation_goes_from_plan_to_close() {
    let world = World::running().await;
    let id = world.conducted().await;
    world
        .observations()
        .share_feedback(world.by(OBSERVER, feedback(&id)))
        .await
        .unwrap();
    let acknowledge = pb::AcknowledgeFeedbackRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-13"),
        observation_id: id.clone(),
        on: "2023-10-13".into(),
        reflection: "I rush".into(),
        ..Default::default()
    };
    world
        .observations()
        .acknowledge_feedback(world.by(TEACHER, acknowledge))
        .await
        .unwrap();
    let close = pb::CloseObservationRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-16"),
        observation_id: id.clone(),
        on: "2023-10-16".into(),
        ..Default::default()
    };
    world
        .observations()
        .close_observation(world.by(OBSERVER, close))
        .await
        .unwrap();

    let seen = world.see_observation(TEACHER, &id).await.unwrap();
    assert_eq!(seen.state(), pb::ObservationState::Closed);
    assert_eq!(
        (seen.purpose(), seen.role_group()),
        (Purpose::Developmental, RoleGroup::ClassroomTeacher)
    );
    assert_eq!(
        (seen.feedback.as_str(), seen.reflection.as_str()),
        ("ask one more question", "I rush")
    );
    assert_eq!(
        (seen.feedback_due_on.as_str(), seen.feedback_late),
        ("2023-10-17", false)
    );
    assert_eq!(seen.notes[0].evidence, "three seconds of wait time");
    assert_eq!(seen.version, 5);
    // Nothing of it is stored in clear.
    for event in world.commands.store().read(eventstore::Position(0), 100).await.unwrap() {
        assert!(!event.payload.windows(6).any(|bytes| bytes == b"I rush"));
    }
}

#[tokio::test]
async fn notes_are_shown_to_those_who_may_read_them() {
    let world = World::running().await;
    let id = world.conducted().await;
    let notes = async |who| world.see_observation(who, &id).await.map(|seen| seen.notes.len());
    assert_eq!(notes(OBSERVER).await.unwrap(), 1);
    assert_eq!(notes(CPD_LEAD).await.unwrap(), 1);
    // The observee sees that it took place, and the notes once feedback is shared.
    assert_eq!(notes(TEACHER).await.unwrap(), 0);
    assert_eq!(
        notes(COLLEAGUE).await.unwrap_err().code(),
        tonic::Code::PermissionDenied
    );
    world
        .observations()
        .share_feedback(world.by(OBSERVER, feedback(&id)))
        .await
        .unwrap();
    assert_eq!(notes(TEACHER).await.unwrap(), 1);

    // Whoever else read about the teacher is on record.
    let readers = world.commands.gate().reads().about(TEACHER.0, 10).await.unwrap();
    let readers: std::collections::BTreeSet<_> = readers.into_iter().map(|read| read.reader_id).collect();
    assert_eq!(readers, [OBSERVER.0, CPD_LEAD.0].into());
}

#[tokio::test]
async fn joint_observers_write_before_they_read_and_are_then_compared() {
    let world = World::running().await;
    let joint = pb::ScheduleObservationRequest {
        observer_ids: vec![OBSERVER.to_string(), SECOND.to_string()],
        ..lesson()
    };
    let id = world.schedule(OBSERVER, joint).await.unwrap().id;
    world
        .observations()
        .conduct_observation(world.by(OBSERVER, conduct(&id, "2023-10-10")))
        .await
        .unwrap();
    assert_eq!(world.see_observation(SECOND, &id).await.unwrap().notes, []);
    let theirs = pb::RecordObserverRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-11"),
        observation_id: id.clone(),
        evidence: "few open questions".into(),
        descriptors: vec![
            pb::Descriptor {
                focus_area: "modelling".into(),
                seen: true,
                rating: 0,
            },
            pb::Descriptor {
                focus_area: "questioning".into(),
                seen: false,
                rating: 0,
            },
        ],
        ..Default::default()
    };
    world
        .observations()
        .record_observer(world.by(SECOND, theirs))
        .await
        .unwrap();
    assert_eq!(world.see_observation(SECOND, &id).await.unwrap().notes.len(), 2);
    let compare = pb::CompareObserversRequest { observation_id: id };
    let compared = world
        .observations()
        .compare_observers(world.by(SECOND, compare))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((compared.compared_count, compared.agreed_count), (1, 0));
    let codes: Vec<_> = compared
        .descriptors
        .iter()
        .map(|descriptor| descriptor.focus_area.as_str())
        .collect();
    assert_eq!(codes, ["modelling", "questioning"]);
    assert_eq!(compared.descriptors[0].first, None);
}

#[tokio::test]
async fn appraisal_observations_stop_at_the_cap() {
    let world = World::running().await;
    let appraisal = |on: &str| pb::ScheduleObservationRequest {
        request_id: request_id(),
        purpose: Purpose::Appraisal.into(),
        on: on.into(),
        ..lesson()
    };
    for on in ["2023-10-10", "2024-01-16", "2024-05-14"] {
        world.schedule(HEAD, appraisal(on)).await.unwrap();
    }
    let refused = world.schedule(HEAD, appraisal("2024-06-11")).await.unwrap_err();
    assert_eq!(reason(refused), "OBSERVATION_CAP_COUNT");
    world.schedule(HEAD, appraisal("2024-09-10")).await.unwrap();
    // For development nobody counts.
    world.schedule(OBSERVER, lesson()).await.unwrap();
}

#[tokio::test]
async fn a_command_sent_again_gets_its_first_answer() {
    let world = World::running().await;
    let request = lesson();
    let first = world.schedule(OBSERVER, request.clone()).await.unwrap();
    let again = world.schedule(OBSERVER, request).await.unwrap();
    assert_eq!((first.id, first.position), (again.id, again.position));
    assert!(again.replayed);
}

#[tokio::test]
async fn bad_requests_name_every_field() {
    let world = World::running().await;
    let nonsense = pb::ScheduleObservationRequest {
        urn: "1".into(),
        observee_id: "somebody".into(),
        observer_ids: vec!["x".into()],
        kind: 99,
        on: "soon".into(),
        minutes: 4,
        ..lesson()
    };
    let (_, fields) = why(world.schedule(OBSERVER, nonsense).await.unwrap_err());
    assert_eq!(
        fields,
        ["urn", "observee_id", "observer_ids[0]", "kind", "on", "minutes"]
    );

    let nobody = pb::ScheduleObservationRequest {
        observee_id: Uuid::from_u128(99).to_string(),
        ..lesson()
    };
    assert_eq!(
        why(world.schedule(OBSERVER, nobody).await.unwrap_err()).1,
        ["observee_id"]
    );
    let elsewhere = pb::ScheduleObservationRequest {
        urn: OTHER_SCHOOL.into(),
        ..lesson()
    };
    assert_eq!(
        why(world.schedule(OBSERVER, elsewhere).await.unwrap_err()).1,
        ["observee_id"]
    );
    let unknown = pb::ScheduleObservationRequest {
        urn: "999999".into(),
        ..lesson()
    };
    assert_eq!(why(world.schedule(OBSERVER, unknown).await.unwrap_err()).1, ["urn"]);

    let both = pb::AgreeFollowUpRequest {
        learning_walk_id: request_id(),
        ..agree(&request_id())
    };
    let status = world
        .follow_ups()
        .agree_follow_up(world.by(OBSERVER, both))
        .await
        .unwrap_err();
    assert_eq!(why(status).1, ["observation_id"]);
    let status = world
        .follow_ups()
        .agree_follow_up(world.by(OBSERVER, agree(&request_id())))
        .await
        .unwrap_err();
    assert_eq!(why(status).1, ["observation_id"]);

    let media = pb::AddMediaRequest {
        request_id: request_id(),
        observation_id: request_id(),
        digest: "abc".into(),
        media_type: "video".into(),
        ..Default::default()
    };
    let status = world
        .observations()
        .add_media(world.by(TEACHER, media))
        .await
        .unwrap_err();
    assert_eq!(why(status).1, ["digest", "media_type", "uri"]);
}

#[tokio::test]
async fn a_rule_of_the_domain_is_a_precondition_with_its_reason() {
    let world = World::running().await;
    let alone = pb::ScheduleObservationRequest {
        observer_ids: vec![TEACHER.to_string()],
        ..lesson()
    };
    let status = world.schedule(TEACHER, alone).await.unwrap_err();
    assert_eq!(status.code(), tonic::Code::FailedPrecondition);
    assert_eq!(
        why(status),
        ("OBSERVER_IS_OBSERVEE".into(), vec!["observer_ids".into()])
    );
}

#[tokio::test]
async fn media_are_lent_and_taken_back_by_their_owner() {
    let world = World::running().await;
    let id = world.conducted().await;
    let add = pb::AddMediaRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-11"),
        observation_id: id.clone(),
        media_id: Uuid::from_u128(90).to_string(),
        uri: "https://videos.example/1".into(),
        digest: "AB".repeat(32),
        media_type: "video/mp4".into(),
        ..Default::default()
    };
    world.observations().add_media(world.by(TEACHER, add)).await.unwrap();
    let count = async |who| world.see_observation(who, &id).await.unwrap().media.len();
    assert_eq!((count(TEACHER).await, count(OBSERVER).await), (1, 0));
    let share = || pb::ShareMediaRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-12"),
        observation_id: id.clone(),
        media_id: Uuid::from_u128(90).to_string(),
        with_id: OBSERVER.to_string(),
        ..Default::default()
    };
    let refused = world
        .observations()
        .share_media(world.by(OBSERVER, share()))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    world
        .observations()
        .share_media(world.by(TEACHER, share()))
        .await
        .unwrap();
    assert_eq!((count(OBSERVER).await, count(CPD_LEAD).await), (1, 0));
    let withdraw = pb::WithdrawMediaRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-13"),
        observation_id: id.clone(),
        media_id: Uuid::from_u128(90).to_string(),
        ..Default::default()
    };
    world
        .observations()
        .withdraw_media(world.by(TEACHER, withdraw))
        .await
        .unwrap();
    assert_eq!(count(OBSERVER).await, 0);
}

//! The service through its own clients.

use api::{
    common::v1::{Purpose, Recorded, RoleGroup, SupportKind},
    directory::v1::{LeaveKind, LongLeaveStarted},
    ids::{FollowUpId, LearningWalkId, PersonId},
    observations::v1 as pb,
};
use service::Error;
use tonic::Status;
use uuid::Uuid;

use crate::{
    fixtures::{COLLEAGUE, CPD_LEAD, OBSERVER, SECOND, TEACHER, day},
    world::{HEAD, OTHER_SCHOOL, SCHOOL, World, noon, request_id},
};

/// The machine reason of a refusal, and the fields at fault.
fn why(status: Status) -> (String, Vec<String>) {
    let error = Error::from_status(&status);
    let fields = error
        .violations()
        .iter()
        .map(|violation| violation.field.clone())
        .collect();
    (error.reason().to_owned(), fields)
}

fn reason(status: Status) -> String {
    why(status).0
}

fn lesson() -> pb::ScheduleObservationRequest {
    pb::ScheduleObservationRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-02"),
        urn: SCHOOL.into(),
        observee_id: TEACHER.to_string(),
        observer_ids: vec![OBSERVER.to_string()],
        kind: pb::ObservationKind::Lesson.into(),
        on: "2023-10-10".into(),
        minutes: 45,
        focus_areas: vec!["questioning".into()],
        ..Default::default()
    }
}

fn conduct(id: &str, on: &str) -> pb::ConductObservationRequest {
    pb::ConductObservationRequest {
        request_id: request_id(),
        occurred_at: noon(on),
        observation_id: id.into(),
        on: on.into(),
        minutes: 40,
        evidence: "three seconds of wait time".into(),
        strengths: "routines".into(),
        descriptors: vec![pb::Descriptor {
            focus_area: "questioning".into(),
            seen: true,
            rating: 0,
        }],
        ..Default::default()
    }
}

fn feedback(id: &str) -> pb::ShareFeedbackRequest {
    pb::ShareFeedbackRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-12"),
        observation_id: id.into(),
        on: "2023-10-12".into(),
        feedback: "ask one more question".into(),
        ..Default::default()
    }
}

fn agree(observation_id: &str) -> pb::AgreeFollowUpRequest {
    pb::AgreeFollowUpRequest {
        request_id: request_id(),
        occurred_at: noon("2023-10-12"),
        observation_id: observation_id.into(),
        person_id: TEACHER.to_string(),
        focus_areas: vec!["questioning".into()],
        action: "wait three seconds".into(),
        promises: vec![pb::PromisedSupport {
            kind: SupportKind::Coaching.into(),
            detail: "three sessions".into(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn complete(id: &str) -> pb::CompleteFollowUpRequest {
    pb::CompleteFollowUpRequest {
        request_id: request_id(),
        occurred_at: noon("2023-11-10"),
        follow_up_id: id.into(),
        outcome: pb::CompletionOutcome::Embedded.into(),
        on: "2023-11-10".into(),
        ..Default::default()
    }
}

impl World {
    async fn schedule(&self, by: PersonId, request: pb::ScheduleObservationRequest) -> Result<Recorded, Status> {
        let reply = self.observations().schedule_observation(self.by(by, request)).await?;
        Ok(reply.into_inner().recorded.unwrap())
    }

    async fn conducted(&self) -> String {
        let id = self.schedule(OBSERVER, lesson()).await.unwrap().id;
        self.observations()
            .conduct_observation(self.by(OBSERVER, conduct(&id, "2023-10-10")))
            .await
            .unwrap();
        id
    }

    async fn agreed(&self) -> String {
        let id = self.conducted().await;
        let reply = self
            .follow_ups()
            .agree_follow_up(self.by(OBSERVER, agree(&id)))
            .await
            .unwrap();
        reply.into_inner().recorded.unwrap().id
    }

    async fn see_observation(&self, by: PersonId, id: &str) -> Result<pb::Observation, Status> {
        let request = pb::GetObservationRequest {
            observation_id: id.into(),
        };
        Ok(self
            .observations()
            .get_observation(self.by(by, request))
            .await?
            .into_inner()
            .observation
            .unwrap())
    }

    async fn see_follow_up(&self, by: PersonId, id: &str) -> Result<pb::FollowUp, Status> {
        let request = pb::GetFollowUpRequest {
            follow_up_id: id.into(),
        };
        Ok(self
            .follow_ups()
            .get_follow_up(self.by(by, request))
            .await?
            .into_inner()
            .follow_up
            .unwrap())
    }
}

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

//! The service through its own clients.

mod follow_ups;
mod learning_walks;
mod observations;

use api::{
    common::v1::{Purpose, Recorded, RoleGroup, SupportKind},
    directory::v1::{LeaveKind, LongLeaveStarted},
    ids::{FollowUpId, LearningWalkId, PersonId},
    observations::v1 as pb,
};
use service::Error;
use tonic::Status;
use uuid::Uuid;

use crate::world::World;
use estate::{COLLEAGUE, CPD_LEAD, HEAD, OBSERVER, OTHER_SCHOOL, SCHOOL, SECOND, TEACHER, day, noon, request_id};

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

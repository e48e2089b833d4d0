//! The service through its own clients.

mod asks;
mod enquiries;
mod partnerships;
mod privacy;
mod private;

use api::{
    coaching::v1 as pb,
    ids::{CoachingSessionId, FollowUpId, PartnershipId, PersonId},
};
use estate::{OBSERVER as COACH, TEACHER, noon, request_id};
use service::{Code, Error};
use tonic::Status;
use uuid::Uuid;

use crate::world::World;

const PARTNERSHIP: PartnershipId = PartnershipId(Uuid::from_u128(100));
const SESSION: CoachingSessionId = CoachingSessionId(Uuid::from_u128(300));

fn propose(follow_ups: &[FollowUpId]) -> pb::ProposePartnershipRequest {
    pb::ProposePartnershipRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-02"),
        partnership_id: PARTNERSHIP.to_string(),
        kind: pb::PartnershipKind::SpecialistCoaching.into(),
        coach_id: COACH.to_string(),
        coached_id: TEACHER.to_string(),
        focus_areas: vec!["questioning".into()],
        follow_up_ids: follow_ups.iter().map(ToString::to_string).collect(),
        situation: pb::Situation::SpecificSkill.into(),
        goals: vec!["juniper: every pupil answers".into()],
        ..Default::default()
    }
}

fn agree() -> pb::AgreePartnershipRequest {
    pb::AgreePartnershipRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-06"),
        partnership_id: PARTNERSHIP.to_string(),
        on: "2025-10-06".into(),
        goals: vec!["juniper: nobody opts out".into()],
        confidentiality: "marzipan: it stays here".into(),
        ..Default::default()
    }
}

fn record_session(session: CoachingSessionId, on: &str) -> pb::RecordCoachingSessionRequest {
    pb::RecordCoachingSessionRequest {
        request_id: request_id(),
        occurred_at: noon(on),
        partnership_id: PARTNERSHIP.to_string(),
        session_id: session.to_string(),
        on: on.into(),
        minutes: 45,
        ..Default::default()
    }
}

fn draft_log() -> pb::DraftLogRequest {
    pb::DraftLogRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-14"),
        partnership_id: PARTNERSHIP.to_string(),
        session_id: SESSION.to_string(),
        learning: "cinnamon: waiting is hard".into(),
        next_steps: vec![pb::NextStepDraft {
            text: "saffron: count to five".into(),
            person_id: TEACHER.to_string(),
            due_on: "2025-10-20".into(),
        }],
        ..Default::default()
    }
}

fn agree_log() -> pb::AgreeLogRequest {
    pb::AgreeLogRequest {
        request_id: request_id(),
        occurred_at: noon("2025-10-15"),
        partnership_id: PARTNERSHIP.to_string(),
        session_id: SESSION.to_string(),
        on: "2025-10-15".into(),
        ..Default::default()
    }
}

fn review() -> pb::ReviewPartnershipRequest {
    pb::ReviewPartnershipRequest {
        request_id: request_id(),
        occurred_at: noon("2025-12-01"),
        partnership_id: PARTNERSHIP.to_string(),
        on: "2025-12-01".into(),
        impact: pb::ReviewedImpact::InPractice.into(),
        note: "paprika: hands go up".into(),
        ..Default::default()
    }
}

/// The pair has agreed to work together.
async fn agreed(world: &World, follow_ups: &[FollowUpId]) {
    let mut partnerships = world.partnerships();
    partnerships
        .propose_partnership(world.by(TEACHER, propose(follow_ups)))
        .await
        .unwrap();
    partnerships.agree_partnership(world.by(COACH, agree())).await.unwrap();
}

/// The pair has met, agreed what was learned, and looked at what came of it.
async fn reviewed(world: &World) {
    agreed(world, &[]).await;
    let mut partnerships = world.partnerships();
    let session = record_session(SESSION, "2025-10-13");
    partnerships
        .record_coaching_session(world.by(COACH, session))
        .await
        .unwrap();
    partnerships.draft_log(world.by(COACH, draft_log())).await.unwrap();
    partnerships.agree_log(world.by(TEACHER, agree_log())).await.unwrap();
    partnerships
        .review_partnership(world.by(TEACHER, review()))
        .await
        .unwrap();
}

async fn seen_by(world: &World, who: PersonId) -> Result<pb::Partnership, Status> {
    let request = pb::GetPartnershipRequest {
        partnership_id: PARTNERSHIP.to_string(),
    };
    let response = world.partnerships().get_partnership(world.by(who, request)).await?;
    Ok(response.into_inner().partnership.unwrap())
}

#[track_caller]
fn assert_violation(status: &Status, field: &str) {
    let error = Error::from_status(status);
    let fields: Vec<_> = error
        .violations()
        .iter()
        .map(|violation| violation.field.as_str())
        .collect();
    assert_eq!(fields, [field], "{status:?}");
}

#[track_caller]
fn assert_reason(status: &Status, reason: &str) {
    assert_eq!(Error::from_status(status).reason(), reason, "{status:?}");
}

#[track_caller]
fn assert_denied(status: &Status) {
    assert_eq!(Error::from_status(status).code(), Code::PermissionDenied, "{status:?}");
}

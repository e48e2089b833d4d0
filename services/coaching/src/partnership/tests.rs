//! The rules of a partnership, one sentence each.

mod agreeing;
mod ending;
mod meeting;

use api::{
    coaching::v1::{self as pb, PartnershipKind, Situation},
    common::v1::{Purpose, RoleGroup, Sealed},
    ids::{CoachingSessionId, FollowUpId, PersonId},
};
use estate::{COLLEAGUE, CPD_LEAD, OBSERVER as COACH, SCHOOL, TEACHER, TRUST, acting, day, reacting, under, urn};
use identity::Context;
use testkit::{Under, given};
use uuid::Uuid;

use super::*;

const SESSION: CoachingSessionId = CoachingSessionId(Uuid::from_u128(300));
const NEXT_SESSION: CoachingSessionId = CoachingSessionId(Uuid::from_u128(301));
const FOLLOW_UP: FollowUpId = FollowUpId(Uuid::from_u128(400));

fn propose() -> Propose {
    Propose {
        trust: TRUST,
        kind: PartnershipKind::SpecialistCoaching,
        coach: COACH,
        coached: TEACHER,
        urn: Some(urn(SCHOOL)),
        role_group: RoleGroup::ClassroomTeacher,
        focus_areas: vec!["questioning".into()],
        follow_ups: vec![FOLLOW_UP],
        objectives: Vec::new(),
        purpose: Purpose::Developmental,
        situation: Situation::SpecificSkill,
        goals: vec!["ask, wait, ask again".into()],
        load: Load::default(),
    }
}

fn proposed_by(proposer: PersonId) -> pb::PartnershipProposed {
    pb::PartnershipProposed {
        kind: PartnershipKind::SpecialistCoaching.into(),
        coach_id: COACH.to_string(),
        coached_id: TEACHER.to_string(),
        urn: SCHOOL.into(),
        trust_id: TRUST.to_string(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        focus_areas: vec!["questioning".into()],
        follow_up_ids: vec![FOLLOW_UP.to_string()],
        objective_ids: Vec::new(),
        purpose: Purpose::Developmental.into(),
        situation: Situation::SpecificSkill.into(),
        proposed_by_id: proposer.to_string(),
        goals: vec![Sealed::about(TEACHER, "ask, wait, ask again")],
    }
}

fn proposed() -> pb::PartnershipEvent {
    proposed_by(TEACHER).into()
}

fn peers() -> pb::PartnershipEvent {
    let kind = PartnershipKind::PeerCoaching.into();
    pb::PartnershipProposed {
        kind,
        ..proposed_by(TEACHER)
    }
    .into()
}

fn agree() -> Agree {
    Agree {
        on: day("2025-10-06"),
        goals: vec!["every pupil answers".into()],
        confidentiality: "what is said stays here".into(),
        load: Load::default(),
    }
}

fn agreed() -> pb::PartnershipEvent {
    pb::PartnershipAgreed {
        on: "2025-10-06".into(),
        goals: vec![Sealed::about(TEACHER, "every pupil answers")],
        confidentiality: Some(Sealed::about(TEACHER, "what is said stays here")),
        agreed_by_id: COACH.to_string(),
    }
    .into()
}

fn held(session: CoachingSessionId, on: &str, coach: PersonId, coached: PersonId) -> pb::CoachingSessionHeld {
    pb::CoachingSessionHeld {
        session_id: session.to_string(),
        on: on.into(),
        minutes: 45,
        focus_areas: vec!["questioning".into()],
        coach_id: coach.to_string(),
        coached_id: coached.to_string(),
        is_first: true,
        follow_up_ids: vec![FOLLOW_UP.to_string()],
    }
}

fn met() -> pb::PartnershipEvent {
    held(SESSION, "2025-10-13", COACH, TEACHER).into()
}

fn record(session: CoachingSessionId, on: &str) -> RecordSession {
    RecordSession {
        session,
        on: day(on),
        minutes: 45,
        focus_areas: Vec::new(),
        coach: None,
    }
}

fn drafted_by(author: PersonId) -> pb::PartnershipEvent {
    pb::LogDrafted {
        session_id: SESSION.to_string(),
        drafted_by_id: author.to_string(),
        learning: Some(Sealed::about(TEACHER, "waiting is hard")),
        next_steps: Vec::new(),
    }
    .into()
}

fn reviewed() -> pb::PartnershipEvent {
    pb::PartnershipReviewed {
        on: "2025-12-01".into(),
        impact: ReviewedImpact::InPractice.into(),
        note: None,
    }
    .into()
}

fn after(history: impl IntoIterator<Item = pb::PartnershipEvent>, context: Context) -> Under<Partnership> {
    given(history).under(context)
}

#[track_caller]
fn refused(
    history: impl IntoIterator<Item = pb::PartnershipEvent>,
    context: Context,
    command: Command,
    expected: Rejection,
) {
    after(history, context)
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, expected));
}

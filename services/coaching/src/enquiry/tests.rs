//! The rules of an enquiry, one sentence each.

mod finding;
mod framing;
mod lessons;

use api::{
    coaching::v1::{self as pb, EnquiryKind},
    common::v1::{Purpose, RoleGroup, Sealed},
    ids::{FollowUpId, PersonId},
};
use estate::{COLLEAGUE, OBSERVER as PARTNER, SCHOOL, SECOND, TEACHER, TRUST, acting, day, urn};
use identity::Context;
use testkit::{Under, given};
use uuid::Uuid;

use super::*;

const FOLLOW_UP: FollowUpId = FollowUpId(Uuid::from_u128(400));

fn who(person: PersonId) -> Colleague {
    Colleague {
        person,
        urn: Some(urn(SCHOOL)),
        role_group: RoleGroup::ClassroomTeacher,
    }
}

fn check(test: QuestionTest, holds: bool) -> Check {
    Check {
        test,
        holds,
        reason: "we looked".into(),
    }
}

fn frame(kind: EnquiryKind) -> Frame {
    Frame {
        trust: TRUST,
        urn: Some(urn(SCHOOL)),
        kind,
        title: "Reading aloud in year 5".into(),
        focus_areas: vec!["reading".into()],
        question: "Do quiet readers in year 5 gain from echo reading?".into(),
        checks: TESTS.map(|test| check(test, true)).to_vec(),
        lead: who(TEACHER),
        follow_ups: vec![FOLLOW_UP],
        activity: None,
        priorities: Vec::new(),
    }
}

fn checked(holds: impl Fn(QuestionTest) -> bool) -> Vec<pb::QuestionCheck> {
    let of = |test: QuestionTest| pb::QuestionCheck {
        test: test.into(),
        holds: holds(test),
        reason: Some(Sealed::about(TRUST, "we looked")),
    };
    TESTS.map(of).to_vec()
}

fn framed(kind: EnquiryKind, checks: Vec<pb::QuestionCheck>) -> pb::EnquiryEvent {
    pb::EnquiryFramed {
        kind: kind.into(),
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        title: "Reading aloud in year 5".into(),
        focus_areas: vec!["reading".into()],
        question: Some(Sealed::about(
            TRUST,
            "Do quiet readers in year 5 gain from echo reading?",
        )),
        checks,
        lead_id: TEACHER.to_string(),
        activity_id: String::new(),
        priority_ids: Vec::new(),
        purpose: Purpose::Developmental.into(),
    }
    .into()
}

fn joined(person: PersonId, on: &str) -> pb::EnquiryEvent {
    let follow_ups = if person == TEACHER {
        vec![FOLLOW_UP.to_string()]
    } else {
        Vec::new()
    };
    pb::EnquiryJoined {
        person_id: person.to_string(),
        urn: SCHOOL.into(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        follow_up_ids: follow_ups,
        on: on.into(),
        objective_ids: Vec::new(),
    }
    .into()
}

fn started() -> pb::EnquiryEvent {
    pb::EnquiryStarted {
        on: "2025-10-06".into(),
    }
    .into()
}

/// A group of two, at work.
fn at_work(kind: EnquiryKind) -> Vec<pb::EnquiryEvent> {
    vec![
        framed(kind, checked(|_| true)),
        joined(TEACHER, "2025-10-01"),
        joined(PARTNER, "2025-10-02"),
        started(),
    ]
}

fn with(mut history: Vec<pb::EnquiryEvent>, more: impl IntoIterator<Item = pb::EnquiryEvent>) -> Vec<pb::EnquiryEvent> {
    history.extend(more);
    history
}

fn met(on: &str) -> pb::EnquiryEvent {
    pb::EnquiryMet {
        meeting_id: Uuid::from_u128(700).to_string(),
        on: on.into(),
        minutes: 60,
        person_ids: vec![TEACHER.to_string(), PARTNER.to_string()],
        cycle: 1,
        note: None,
    }
    .into()
}

fn after(history: impl IntoIterator<Item = pb::EnquiryEvent>, context: Context) -> Under<Enquiry> {
    given(history).under(context)
}

#[track_caller]
fn refused(
    history: impl IntoIterator<Item = pb::EnquiryEvent>,
    context: Context,
    command: Command,
    expected: Rejection,
) {
    after(history, context)
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, expected));
}

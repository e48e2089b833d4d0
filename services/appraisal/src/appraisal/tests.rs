//! The rules, by where they come in an appraisal's life.

mod closing;
mod course;
mod meetings;
mod objectives;
mod opening;

use api::{
    appraisal::v1::{ObjectiveLevel, ObjectiveOutcome, Origin, Population},
    common::v1::{RoleGroup, Sealed},
};
use testkit::{Given, Under};
use uuid::Uuid;

use super::*;
use estate::{APPRAISER, COLLEAGUE, TEACHER, TRUST, acting, day, reacting, under, urn};

fn given(history: impl IntoIterator<Item = pb::AppraisalEvent>) -> Given<Appraisal> {
    testkit::given(history)
}

const CYCLE: CycleId = CycleId(Uuid::from_u128(100));
const QUESTIONING: ObjectiveId = ObjectiveId(Uuid::from_u128(200));
const READING: ObjectiveId = ObjectiveId(Uuid::from_u128(201));
const UNKNOWN: ObjectiveId = ObjectiveId(Uuid::from_u128(299));
const FOLLOW_UP: FollowUpId = FollowUpId(Uuid::from_u128(300));
const OTHER_FOLLOW_UP: FollowUpId = FollowUpId(Uuid::from_u128(301));

fn terms() -> cycle::Terms {
    cycle::Terms {
        year: 2025,
        population: Population::Teachers,
        planning_by: day("2025-10-31"),
        mid_year_by: day("2026-03-31"),
        final_by: day("2026-07-31"),
    }
}

fn opened() -> pb::AppraisalEvent {
    pb::AppraisalOpened {
        cycle_id: CYCLE.to_string(),
        year: 2025,
        person_id: TEACHER.to_string(),
        appraiser_id: APPRAISER.to_string(),
        urn: "136789".into(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        planning_by: "2025-10-31".into(),
        mid_year_by: "2026-03-31".into(),
        final_by: "2026-07-31".into(),
        trust_id: TRUST.to_string(),
    }
    .into()
}

fn about_the_teacher(text: &str) -> Option<Sealed> {
    Some(Sealed::about(TEACHER, text))
}

/// An objective on questioning that comes from a follow-up.
fn questioning() -> Objective {
    Objective {
        id: QUESTIONING,
        level: ObjectiveLevel::Individual,
        text: "ask questions that everybody must think about".into(),
        success_criteria: Some("cold calling in every lesson seen".into()),
        origin: Origin::FollowUp,
        follow_ups: vec![FOLLOW_UP],
        priorities: vec![],
        activities: vec![],
        standard: None,
    }
}

/// An objective on reading that comes from nowhere in particular.
fn reading() -> Objective {
    Objective {
        id: READING,
        text: "read aloud daily".into(),
        origin: Origin::Other,
        follow_ups: vec![],
        ..questioning()
    }
}

fn recorded(objective: Objective) -> pb::Objective {
    pb::Objective {
        objective_id: objective.id.to_string(),
        level: objective.level.into(),
        text: about_the_teacher(&objective.text),
        success_criteria: objective.success_criteria.as_deref().and_then(about_the_teacher),
        origin: objective.origin.into(),
        follow_up_ids: objective.follow_ups.iter().map(FollowUpId::to_string).collect(),
        priority_ids: objective.priorities.iter().map(ToString::to_string).collect(),
        activity_ids: vec![],
        standard: objective.standard.unwrap_or_default(),
    }
}

fn agree(list: Vec<Objective>) -> Command {
    Command::AgreeObjectives(Objectives {
        on: day("2025-10-10"),
        list,
    })
}

fn agreed() -> pb::AppraisalEvent {
    let objectives = vec![recorded(questioning()), recorded(reading())];
    pb::ObjectivesAgreed {
        on: "2025-10-10".into(),
        objectives,
    }
    .into()
}

fn talk_of(follow_ups: &[FollowUpId]) -> Discussion {
    Discussion {
        follow_ups: follow_ups.to_vec(),
        ..Discussion::default()
    }
}

fn talked_of(follow_ups: &[FollowUpId]) -> Option<pb::Discussion> {
    Some(pb::Discussion {
        follow_up_ids: texts(follow_ups),
        ..pb::Discussion::default()
    })
}

fn reviewed() -> pb::AppraisalEvent {
    pb::MidYearReviewed {
        on: "2026-03-02".into(),
        note: None,
        discussion: talked_of(&[FOLLOW_UP]),
    }
    .into()
}

fn met(objective_id: ObjectiveId) -> Conclusion {
    Conclusion {
        objective_id,
        outcome: ObjectiveOutcome::Met,
        comment: None,
    }
}

fn conclude(conclusions: Vec<Conclusion>) -> Command {
    let discussion = talk_of(&[OTHER_FOLLOW_UP]);
    Command::Conclude(Conclude {
        on: day("2026-07-01"),
        conclusions,
        summary: None,
        discussion,
    })
}

fn concluded() -> pb::AppraisalEvent {
    let met = |id: ObjectiveId| pb::Conclusion {
        objective_id: id.to_string(),
        outcome: ObjectiveOutcome::Met.into(),
        comment: None,
    };
    pb::AppraisalConcluded {
        on: "2026-07-01".into(),
        conclusions: vec![met(QUESTIONING), met(READING)],
        summary: None,
        discussion: talked_of(&[OTHER_FOLLOW_UP]),
    }
    .into()
}

fn signed(party: Party, by: PersonId) -> pb::AppraisalEvent {
    pb::AppraisalSigned {
        party: party.into(),
        signed_by_id: by.to_string(),
    }
    .into()
}

fn closed() -> pb::AppraisalEvent {
    let follow_up_ids = texts(&[FOLLOW_UP, OTHER_FOLLOW_UP]);
    pb::AppraisalClosed {
        on: "2026-07-10".into(),
        follow_up_ids,
    }
    .into()
}

fn appealed() -> pb::AppraisalEvent {
    pb::AppraisalAppealed {
        on: "2026-07-12".into(),
        grounds: about_the_teacher("unheard"),
    }
    .into()
}

fn reopened() -> pb::AppraisalEvent {
    pb::AppraisalReopened {
        on: "2026-07-20".into(),
        reason: about_the_teacher("evidence was missing"),
    }
    .into()
}

/// Everything up to the conclusion.
fn up_to_conclusion() -> Vec<pb::AppraisalEvent> {
    vec![opened(), agreed(), reviewed(), concluded()]
}

/// Everything up to both signatures.
fn up_to_signatures() -> Vec<pb::AppraisalEvent> {
    let signatures = [signed(Party::Appraisee, TEACHER), signed(Party::Appraiser, APPRAISER)];
    up_to_conclusion().into_iter().chain(signatures).collect()
}

/// Everything up to the close.
fn up_to_close() -> Vec<pb::AppraisalEvent> {
    up_to_signatures().into_iter().chain([closed()]).collect()
}

/// Somebody acts on the day after the close.
fn after(history: impl IntoIterator<Item = pb::AppraisalEvent>, who: PersonId) -> Under<Appraisal> {
    given(history).under(acting(who, "2026-07-21"))
}

#[track_caller]
fn refused(history: Vec<pb::AppraisalEvent>, who: PersonId, command: Command, expected: Rejection) {
    after(history, who)
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, expected));
}

//! What each request asks of a partnership.

use api::{
    coaching::v1::{self as pb, PartnershipKind, ReviewedImpact, Situation},
    common::v1::Purpose,
    ids::{CoachingSessionId, FollowUpId, ObjectiveId, PartnershipId, PersonId},
};
use service::{Call, Error, Plan, Violations};
use uuid::Uuid;

use super::super::{Grpc, MINUTES, MOST_LINKS, SENTENCE, TEXT, focus_areas, named, some_focus_areas};
use crate::partnership::{Agree, Command, DraftLog, NextStep, Partnership, PlanSession, Propose, RecordSession};

const MOST_GOALS: usize = 10;
const MOST_STEPS: usize = 10;

pub(super) async fn propose(edge: &Grpc, call: &Call<pb::ProposePartnershipRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.optional_id::<PartnershipId>("partnership_id", &message.partnership_id);
    let kind = violations.choice::<PartnershipKind>("kind", message.kind);
    let coach = violations.id::<PersonId>("coach_id", &message.coach_id);
    let coached = violations.id::<PersonId>("coached_id", &message.coached_id);
    let focus_areas = some_focus_areas(&mut violations, &message.focus_areas);
    let follow_ups = violations.ids::<FollowUpId>("follow_up_ids", &message.follow_up_ids, MOST_LINKS);
    let objectives = violations.ids::<ObjectiveId>("objective_ids", &message.objective_ids, MOST_LINKS);
    let purpose = violations.optional_choice::<Purpose>("purpose", message.purpose);
    let situation = violations.optional_choice::<Situation>("situation", message.situation);
    let goals = goals(&mut violations, &message.goals);
    let parts = (
        id,
        kind,
        coach,
        coached,
        focus_areas,
        follow_ups,
        objectives,
        purpose,
        situation,
        goals,
    );
    let (id, kind, coach, coached, focus_areas, follow_ups, objectives, purpose, situation, goals) =
        violations.all(parts)?;

    let today = call.today();
    let person = edge.person("coached_id", coached).await?;
    edge.colleague("coached_id", coached, person.trust, today).await?;
    edge.colleague("coach_id", coach, person.trust, today).await?;
    let served = match kind {
        PartnershipKind::PeerCoaching => vec![coach, coached],
        _ => vec![coached],
    };
    let named = named("follow_up_ids", &follow_ups);
    let command = Command::Propose(Propose {
        trust: person.trust,
        kind,
        coach,
        coached,
        urn: person.school_on(today),
        role_group: person.role_group_on(today).unwrap_or_default(),
        focus_areas,
        follow_ups,
        objectives,
        purpose: purpose.unwrap_or(Purpose::Developmental),
        situation: situation.unwrap_or_default(),
        goals,
        load: edge.load_of([coach, coached]).await?,
    });
    edge.check_follow_ups(&call.actor, &Partnership::default(), &command, &served, named)
        .await?;
    let id = id.unwrap_or_else(|| PartnershipId(Uuid::now_v7()));
    Ok(Plan::of::<Partnership>(id, command))
}

pub(super) fn accept(call: &Call<pb::AcceptPartnershipRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<PartnershipId>("partnership_id", &call.message.partnership_id);
    let (id,) = violations.all((id,))?;
    Ok(Plan::of::<Partnership>(id, Command::Accept))
}

pub(super) async fn agree(edge: &Grpc, call: &Call<pb::AgreePartnershipRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<PartnershipId>("partnership_id", &message.partnership_id);
    let on = violations.date("on", &message.on);
    violations.check(!message.goals.is_empty(), "goals", || {
        "must have at least one element".to_owned()
    });
    let goals = goals(&mut violations, &message.goals);
    let confidentiality = violations.text("confidentiality", &message.confidentiality, SENTENCE);
    let (id, on, goals, confidentiality) = violations.all((id, on, goals, confidentiality))?;
    let partnership = edge.commands.get::<Partnership>(id).await?.state;
    let load = match partnership.pair() {
        Some(pair) => edge.load_of(pair).await?,
        None => Default::default(),
    };
    let agree = Agree {
        on,
        goals,
        confidentiality,
        load,
    };
    Ok(Plan::of::<Partnership>(id, Command::Agree(agree)))
}

pub(super) fn decline(call: &Call<pb::DeclinePartnershipRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<PartnershipId>("partnership_id", &message.partnership_id);
    let on = violations.date("on", &message.on);
    let reason = violations.optional_text("reason", &message.reason, SENTENCE);
    let (id, on, reason) = violations.all((id, on, reason))?;
    Ok(Plan::of::<Partnership>(id, Command::Decline { on, reason }))
}

pub(super) fn plan_session(call: &Call<pb::PlanCoachingSessionRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<PartnershipId>("partnership_id", &message.partnership_id);
    let session = violations.optional_id::<CoachingSessionId>("session_id", &message.session_id);
    let on = violations.date("on", &message.on);
    let minutes = violations.number("minutes", message.minutes, MINUTES);
    let focus_areas = focus_areas(&mut violations, &message.focus_areas);
    let (id, session, on, minutes, focus_areas) = violations.all((id, session, on, minutes, focus_areas))?;
    let plan = PlanSession {
        session: session.unwrap_or_else(new_session),
        on,
        minutes,
        focus_areas,
    };
    Ok(Plan::of::<Partnership>(id, Command::PlanSession(plan)))
}

pub(super) fn cancel_session(call: &Call<pb::CancelCoachingSessionRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<PartnershipId>("partnership_id", &call.message.partnership_id);
    let session = violations.id::<CoachingSessionId>("session_id", &call.message.session_id);
    let (id, session) = violations.all((id, session))?;
    Ok(Plan::of::<Partnership>(id, Command::CancelSession { session }))
}

pub(super) fn record_session(call: &Call<pb::RecordCoachingSessionRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<PartnershipId>("partnership_id", &message.partnership_id);
    let session = violations.optional_id::<CoachingSessionId>("session_id", &message.session_id);
    let on = violations.date("on", &message.on);
    let minutes = violations.number("minutes", message.minutes, MINUTES);
    let focus_areas = focus_areas(&mut violations, &message.focus_areas);
    let coach = violations.optional_id::<PersonId>("coach_id", &message.coach_id);
    let parts = (id, session, on, minutes, focus_areas, coach);
    let (id, session, on, minutes, focus_areas, coach) = violations.all(parts)?;
    let record = RecordSession {
        session: session.unwrap_or_else(new_session),
        on,
        minutes,
        focus_areas,
        coach,
    };
    Ok(Plan::of::<Partnership>(id, Command::RecordSession(record)))
}

pub(super) fn draft_log(call: &Call<pb::DraftLogRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<PartnershipId>("partnership_id", &message.partnership_id);
    let session = violations.id::<CoachingSessionId>("session_id", &message.session_id);
    let learning = violations.text("learning", &message.learning, TEXT);
    let next_steps = violations.list(
        "next_steps",
        &message.next_steps,
        MOST_STEPS,
        |violations, path, step| {
            let at = |field: &str| format!("{path}.{field}");
            let text = violations.text(&at("text"), &step.text, SENTENCE);
            let person = violations.id::<PersonId>(&at("person_id"), &step.person_id);
            let due_on = violations.optional_date(&at("due_on"), &step.due_on);
            Some(NextStep {
                text: text?,
                person: person?,
                due_on: due_on?,
            })
        },
    );
    let (id, session, learning, next_steps) = violations.all((id, session, learning, next_steps))?;
    let draft = DraftLog {
        session,
        learning,
        next_steps,
    };
    Ok(Plan::of::<Partnership>(id, Command::DraftLog(draft)))
}

pub(super) fn agree_log(call: &Call<pb::AgreeLogRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<PartnershipId>("partnership_id", &message.partnership_id);
    let session = violations.id::<CoachingSessionId>("session_id", &message.session_id);
    let on = violations.date("on", &message.on);
    let (id, session, on) = violations.all((id, session, on))?;
    Ok(Plan::of::<Partnership>(id, Command::AgreeLog { session, on }))
}

pub(super) fn review(call: &Call<pb::ReviewPartnershipRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<PartnershipId>("partnership_id", &message.partnership_id);
    let on = violations.date("on", &message.on);
    let impact = violations.choice::<ReviewedImpact>("impact", message.impact);
    let note = violations.optional_text("note", &message.note, TEXT);
    let (id, on, impact, note) = violations.all((id, on, impact, note))?;
    Ok(Plan::of::<Partnership>(id, Command::Review { on, impact, note }))
}

pub(super) async fn link(edge: &Grpc, call: &Call<pb::LinkPartnershipRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<PartnershipId>("partnership_id", &call.message.partnership_id);
    let follow_up = violations.id::<FollowUpId>("follow_up_id", &call.message.follow_up_id);
    let (id, follow_up) = violations.all((id, follow_up))?;
    let partnership = edge.commands.get::<Partnership>(id).await?.state;
    let command = Command::Link { follow_up };
    let named = vec![crate::index::Named {
        field: "follow_up_id".to_owned(),
        follow_up_id: follow_up,
    }];
    edge.check_follow_ups(&call.actor, &partnership, &command, &partnership.served(), named)
        .await?;
    Ok(Plan::of::<Partnership>(id, command))
}

pub(super) fn complete(call: &Call<pb::CompletePartnershipRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<PartnershipId>("partnership_id", &call.message.partnership_id);
    let on = violations.date("on", &call.message.on);
    let (id, on) = violations.all((id, on))?;
    Ok(Plan::of::<Partnership>(id, Command::Complete { on }))
}

pub(super) fn end(call: &Call<pb::EndPartnershipRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<PartnershipId>("partnership_id", &message.partnership_id);
    let on = violations.date("on", &message.on);
    let reason = violations.optional_text("reason", &message.reason, SENTENCE);
    let (id, on, reason) = violations.all((id, on, reason))?;
    Ok(Plan::of::<Partnership>(id, Command::End { on, reason }))
}

fn goals(violations: &mut Violations, goals: &[String]) -> Option<Vec<String>> {
    violations.list("goals", goals, MOST_GOALS, |violations, path, goal| {
        violations.text(path, goal, SENTENCE)
    })
}

fn new_session() -> CoachingSessionId {
    CoachingSessionId(Uuid::now_v7())
}

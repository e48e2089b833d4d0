//! What each request asks a follow-up to do.

use api::{
    common::v1::{RoleGroup, SupportKind},
    ids::{ActivityId, FollowUpId, LearningWalkId, ObservationId, PersonId, PriorityId, PromiseId, TrustId, Urn},
    observations::v1::{
        AddEvidenceRequest, AgreeFollowUpRequest, CarryOverFollowUpRequest, CompleteFollowUpRequest,
        ExtendFollowUpRequest, HandOverFollowUpRequest, LapseFollowUpRequest, PauseFollowUpRequest,
        PromisedSupport as Promised, PromoteFollowUpRequest, ProvideSupportRequest, ResumeFollowUpRequest,
        RevisitFollowUpRequest, StartFollowUpRequest, TakeBackFollowUpRequest, WithdrawFollowUpRequest,
    },
};
use chrono::NaiveDate;
use service::{Call, Error, Plan, Violations};
use uuid::Uuid;

use crate::{
    follow_up::{Agree, Command, FollowUp, Origin, PromisedSupport, Provide, Seen},
    grpc::{Edge, codes, free_text},
    learning_walk::LearningWalk,
};

const FOCUS_AREAS: usize = 5;
const PROMISES: usize = 10;
const ACTION: usize = 2_000;
const DETAIL: usize = 1_000;
const REASON: usize = 1_000;
const NOTE: usize = 5_000;

pub(super) async fn agree(edge: &Edge, call: &Call<AgreeFollowUpRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let one_origin = message.observation_id.is_empty() != message.learning_walk_id.is_empty();
    violations.check(one_origin, "observation_id", || {
        "give either an observation or a learning walk".into()
    });
    let parts = (
        violations.optional_id("follow_up_id", &message.follow_up_id),
        violations.optional_id::<ObservationId>("observation_id", &message.observation_id),
        violations.optional_id::<LearningWalkId>("learning_walk_id", &message.learning_walk_id),
        violations.id::<PersonId>("person_id", &message.person_id),
        violations.optional_id::<PersonId>("owner_id", &message.owner_id),
        codes(&mut violations, "focus_areas", &message.focus_areas, FOCUS_AREAS),
        violations.text("action", &message.action, ACTION),
        violations.list("promises", &message.promises, PROMISES, promise),
        violations.optional_date("agreed_on", &message.agreed_on),
        violations.optional_date("due_on", &message.due_on),
        violations.optional_id::<PriorityId>("priority_id", &message.priority_id),
    );
    let (id, observation, walk, person, owner, focus_areas, action, promises, agreed_on, due_on, priority) =
        violations.all(parts)?;
    let id = id.unwrap_or_else(|| FollowUpId(Uuid::now_v7()));
    let agreed_on = agreed_on.unwrap_or(call.today());
    let Place { origin, trust, urn } = match (observation, walk) {
        (Some(observation), _) => seen_in(edge, observation).await?,
        (None, Some(walk)) => found_on(edge, walk).await?,
        (None, None) => {
            return Err(Error::invalid(
                "observation_id",
                "give either an observation or a learning walk",
            ));
        }
    };
    let (urn, role_group) = post(edge, person, trust, urn, agreed_on).await?;
    if let Some(owner) = owner {
        edge.member("owner_id", owner, trust, agreed_on).await?;
    }
    let agree = Agree {
        origin,
        trust,
        urn,
        person,
        role_group,
        owner,
        focus_areas,
        action,
        promises,
        agreed_on,
        due_on,
        priority,
    };
    Ok(Plan::of::<FollowUp>(id, Command::Agree(agree)))
}

/// What a follow-up comes from, and where.
struct Place {
    origin: Origin,
    trust: TrustId,
    urn: Urn,
}

async fn seen_in(edge: &Edge, id: ObservationId) -> Result<Place, Error> {
    let observation = edge.observation("observation_id", id).await?;
    let origin = Origin::Observation {
        id,
        observee: observation.observee,
        conducted_on: observation.conducted_on(),
        purpose: observation.purpose,
        observers: observation.observers,
    };
    Ok(Place {
        origin,
        trust: observation.trust,
        urn: observation.urn,
    })
}

async fn found_on(edge: &Edge, id: LearningWalkId) -> Result<Place, Error> {
    let missing = || Error::invalid("learning_walk_id", format!("there is no learning walk {id}"));
    let walk = edge.commands.load::<LearningWalk>(id).await?.ok_or_else(missing)?.state;
    let has_findings = walk.findings.is_some();
    let origin = Origin::LearningWalk {
        id,
        lead: walk.lead,
        on: walk.on,
        has_findings,
    };
    Ok(Place {
        origin,
        trust: walk.trust,
        urn: walk.urn,
    })
}

/// Where the person works on the day of the agreement: the school of the observation, or where they went from there.
async fn post(
    edge: &Edge,
    person: PersonId,
    trust: TrustId,
    urn: Urn,
    on: NaiveDate,
) -> Result<(Urn, RoleGroup), Error> {
    let known = edge.member("person_id", person, trust, on).await?;
    if known.post_at(urn, on).is_none()
        && let Some(main) = known.main_post(on)
        && let Some(elsewhere) = main.school
    {
        return Ok((elsewhere, main.role_group));
    }
    Ok((urn, edge.post("person_id", person, trust, urn, on).await?.role_group))
}

fn promise(violations: &mut Violations, path: &str, promised: &Promised) -> Option<PromisedSupport> {
    let kind = violations.choice::<SupportKind>(&format!("{path}.kind"), promised.kind);
    let detail = free_text(violations, &format!("{path}.detail"), &promised.detail, DETAIL);
    let activity = violations.optional_id::<ActivityId>(&format!("{path}.activity_id"), &promised.activity_id);
    Some(PromisedSupport {
        id: PromiseId(Uuid::now_v7()),
        kind: kind?,
        detail: detail?,
        activity: activity?,
    })
}

pub(super) async fn provide_support(edge: &Edge, call: &Call<ProvideSupportRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<FollowUpId>("follow_up_id", &message.follow_up_id),
        violations.optional_id("promise_id", &message.promise_id),
        violations.date("on", &message.on),
    );
    let (id, promise, on) = violations.all(parts)?;
    let follow_up = edge.commands.get::<FollowUp>(id).await?.state;
    let by_leader = edge.leads(&call.actor, follow_up.urn, follow_up.trust, call.today());
    Ok(Plan::of::<FollowUp>(
        id,
        Command::ProvideSupport(Provide { promise, on, by_leader }),
    ))
}

pub(super) fn start(call: &Call<StartFollowUpRequest>) -> Result<Plan, Error> {
    let (id, on) = id_and_day(&call.message.follow_up_id, &call.message.on)?;
    Ok(Plan::of::<FollowUp>(id, Command::Start { on }))
}

pub(super) fn add_evidence(call: &Call<AddEvidenceRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<FollowUpId>("follow_up_id", &message.follow_up_id),
        violations.date("on", &message.on),
        violations.text("note", &message.note, NOTE),
    );
    let (id, on, note) = violations.all(parts)?;
    Ok(Plan::of::<FollowUp>(id, Command::AddEvidence { on, note }))
}

pub(super) async fn revisit(edge: &Edge, call: &Call<RevisitFollowUpRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<FollowUpId>("follow_up_id", &message.follow_up_id),
        violations.id::<ObservationId>("observation_id", &message.observation_id),
        violations.choice("outcome", message.outcome),
    );
    let (id, observation_id, outcome) = violations.all(parts)?;
    let observation = edge.observation("observation_id", observation_id).await?;
    let seen = Seen {
        id: observation_id,
        observee: observation.observee,
        purpose: observation.purpose,
        conducted_on: observation.conducted_on(),
        observers: observation.observers,
    };
    Ok(Plan::of::<FollowUp>(
        id,
        Command::Revisit {
            observation: seen,
            outcome,
        },
    ))
}

pub(super) fn complete(call: &Call<CompleteFollowUpRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<FollowUpId>("follow_up_id", &message.follow_up_id),
        violations.choice("outcome", message.outcome),
        violations.date("on", &message.on),
    );
    let (id, outcome, on) = violations.all(parts)?;
    Ok(Plan::of::<FollowUp>(id, Command::Complete { outcome, on }))
}

pub(super) fn extend(call: &Call<ExtendFollowUpRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<FollowUpId>("follow_up_id", &message.follow_up_id),
        violations.date("due_on", &message.due_on),
        violations.text("reason", &message.reason, REASON),
    );
    let (id, due_on, reason) = violations.all(parts)?;
    Ok(Plan::of::<FollowUp>(id, Command::Extend { due_on, reason }))
}

pub(super) fn carry_over(call: &Call<CarryOverFollowUpRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<FollowUpId>("follow_up_id", &message.follow_up_id),
        violations.date("due_on", &message.due_on),
    );
    let (id, due_on) = violations.all(parts)?;
    Ok(Plan::of::<FollowUp>(id, Command::CarryOver { due_on }))
}

pub(super) async fn hand_over(edge: &Edge, call: &Call<HandOverFollowUpRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<FollowUpId>("follow_up_id", &message.follow_up_id),
        violations.id::<PersonId>("to_id", &message.to_id),
        violations.date("on", &message.on),
    );
    let (id, to, on) = violations.all(parts)?;
    let follow_up = edge.commands.get::<FollowUp>(id).await?.state;
    edge.member("to_id", to, follow_up.trust, call.today()).await?;
    Ok(Plan::of::<FollowUp>(id, Command::HandOver { to, on }))
}

pub(super) fn withdraw(call: &Call<WithdrawFollowUpRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<FollowUpId>("follow_up_id", &message.follow_up_id),
        violations.date("on", &message.on),
        violations.text("reason", &message.reason, REASON),
    );
    let (id, on, reason) = violations.all(parts)?;
    Ok(Plan::of::<FollowUp>(id, Command::Withdraw { on, reason }))
}

pub(super) fn lapse(call: &Call<LapseFollowUpRequest>) -> Result<Plan, Error> {
    let (id, on) = id_and_day(&call.message.follow_up_id, &call.message.on)?;
    Ok(Plan::of::<FollowUp>(id, Command::Lapse { on }))
}

pub(super) async fn pause(edge: &Edge, call: &Call<PauseFollowUpRequest>) -> Result<Plan, Error> {
    let (id, on) = id_and_day(&call.message.follow_up_id, &call.message.on)?;
    let is_away = is_away(edge, id, on).await?;
    Ok(Plan::of::<FollowUp>(id, Command::Pause { on, is_away }))
}

pub(super) async fn resume(edge: &Edge, call: &Call<ResumeFollowUpRequest>) -> Result<Plan, Error> {
    let (id, on) = id_and_day(&call.message.follow_up_id, &call.message.on)?;
    let is_away = is_away(edge, id, on).await?;
    Ok(Plan::of::<FollowUp>(id, Command::Resume { on, is_away }))
}

pub(super) fn promote(call: &Call<PromoteFollowUpRequest>) -> Result<Plan, Error> {
    let (id, on) = id_and_day(&call.message.follow_up_id, &call.message.on)?;
    Ok(Plan::of::<FollowUp>(id, Command::Promote { on }))
}

pub(super) fn take_back(call: &Call<TakeBackFollowUpRequest>) -> Result<Plan, Error> {
    let (id, on) = id_and_day(&call.message.follow_up_id, &call.message.on)?;
    Ok(Plan::of::<FollowUp>(id, Command::TakeBack { on }))
}

/// Whether its person is on long leave, by all that the directory holds now.
async fn is_away(edge: &Edge, id: FollowUpId, on: NaiveDate) -> Result<bool, Error> {
    let follow_up = edge.commands.get::<FollowUp>(id).await?.state;
    edge.roster().catch_up().await?;
    Ok(edge.roster().person(follow_up.person).await?.on_leave(on))
}

fn id_and_day(id: &str, on: &str) -> Result<(FollowUpId, NaiveDate), Error> {
    let mut violations = Violations::new();
    let parts = (violations.id("follow_up_id", id), violations.date("on", on));
    violations.all(parts)
}

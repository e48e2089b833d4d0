//! Pathways.

use api::{
    catalogue::v1::{self as pb, PathwayStep},
    common::v1::{CareerStage, RoleGroup},
    ids::{ActivityId, PathwayId, TrustId, Urn},
};
use identity::Kind;
use service::{Call, Error, Loaded, Plan, Query, Violations, recorded::text_of};
use uuid::Uuid;

use super::{Asked, CODE, FOCUS_AREAS, Planning, TITLE, one, today};
use crate::planning::{
    index::{Filter, Listed},
    pathway::{Command, Pathway, Route},
};

/// Most steps of a pathway.
const STEPS: usize = 60;
/// Most role groups or career stages that a pathway is for.
const GROUPS: usize = 10;
/// Longest that a step may take: a year of full days.
const MINUTES: std::ops::RangeInclusive<i32> = 0..=120_000;

pub(super) async fn publish(edge: &Planning, call: &Call<pb::PublishPathwayRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<PathwayId>("pathway_id", &message.pathway_id),
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        route(
            &mut violations,
            &message.title,
            &message.role_groups,
            &message.career_stages,
            &message.steps,
        ),
    );
    let (id, trust, urn, route) = violations.all(parts)?;
    let place = edge.place(trust, urn, call.today()).await?;
    know_activities(edge, &route, place.trust).await?;
    let id = id.unwrap_or_else(|| PathwayId(Uuid::now_v7()));
    Ok(Plan::of::<Pathway>(id, Command::Publish { place, route }))
}

pub(super) async fn revise(edge: &Planning, call: &Call<pb::RevisePathwayRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<PathwayId>("pathway_id", &message.pathway_id),
        route(
            &mut violations,
            &message.title,
            &message.role_groups,
            &message.career_stages,
            &message.steps,
        ),
    );
    let (id, route) = violations.all(parts)?;
    let current = edge.commands.get::<Pathway>(id).await?.state;
    know_activities(edge, &route, current.place.trust).await?;
    Ok(Plan::of::<Pathway>(id, Command::Revise(route)))
}

pub(super) async fn withdraw(_: &Planning, call: &Call<pb::WithdrawPathwayRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<PathwayId>("pathway_id", &call.message.pathway_id);
    let (id,) = violations.all((id,))?;
    Ok(Plan::of::<Pathway>(id, Command::Withdraw))
}

fn route(
    violations: &mut Violations,
    title: &str,
    role_groups: &[i32],
    career_stages: &[i32],
    steps: &[PathwayStep],
) -> Option<Route> {
    let title = violations.text("title", title, TITLE);
    let role_groups = violations.list("role_groups", role_groups, GROUPS, |violations, path, group| {
        violations.choice::<RoleGroup>(path, *group)
    });
    let career_stages = violations.list("career_stages", career_stages, GROUPS, |violations, path, stage| {
        violations.choice::<CareerStage>(path, *stage)
    });
    let steps = violations.list("steps", steps, STEPS, step);
    Some(Route {
        title: title?,
        role_groups: role_groups?,
        career_stages: career_stages?,
        steps: steps?,
    })
}

fn step(violations: &mut Violations, at: &str, step: &PathwayStep) -> Option<PathwayStep> {
    let unit = violations.text(&format!("{at}.unit"), &step.unit, CODE);
    let title = violations.text(&format!("{at}.title"), &step.title, TITLE);
    let areas = violations.list(
        &format!("{at}.focus_areas"),
        &step.focus_areas,
        FOCUS_AREAS,
        |violations, path, code| violations.text(path, code, CODE),
    );
    let activity = violations.optional_id::<ActivityId>(&format!("{at}.activity_id"), &step.activity_id);
    let minutes = violations.number(&format!("{at}.minutes"), step.minutes, MINUTES);
    Some(PathwayStep {
        unit: unit?,
        title: title?,
        focus_areas: areas?,
        activity_id: text_of(activity?),
        minutes: minutes?,
    })
}

/// The activities that its steps name are of the catalogue.
async fn know_activities(edge: &Planning, route: &Route, trust: TrustId) -> Result<(), Error> {
    for step in &route.steps {
        if let Ok(activity) = step.activity_id.parse() {
            edge.activity(activity, trust).await?;
        }
    }
    Ok(())
}

pub(super) async fn get(
    edge: &Planning,
    query: &Query<pb::GetPathwayRequest>,
) -> Result<pb::GetPathwayResponse, Error> {
    let id: PathwayId = one(query, "pathway_id", &query.message.pathway_id)?;
    let loaded = edge.readable(&query.actor, id, Pathway::as_record).await?;
    Ok(pb::GetPathwayResponse {
        pathway: Some(show(id.0, &loaded)),
    })
}

/// Those recommended now; for the caller, those of their trust or school that suit them.
pub(super) async fn list(
    edge: &Planning,
    query: &Query<pb::ListPathwaysRequest>,
) -> Result<pb::ListPathwaysResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let trust = violations.optional_id::<TrustId>("trust_id", &message.trust_id);
    let (trust,) = violations.all((trust,))?;
    let caller = match message.for_me {
        true => Some(edge.caller(&query.actor).await?),
        false => None,
    };
    let trust = trust.or(caller.as_ref().map(|caller| caller.trust));
    let place = edge.place(trust, None, today()).await?;
    edge.may_read(&query.actor, &place.record(Kind::Pathway)).await?;
    let filter = Filter {
        state: Some(1),
        ..Filter::of(Listed::Pathway, place.trust)
    };
    let asked = Asked {
        method: "ListPathways",
        page_size: message.page_size,
        page_token: &message.page_token,
    };
    let parameters = pb::ListPathwaysRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let found = edge
        .page(&query.actor, asked, &parameters, &filter, Pathway::as_record)
        .await?;
    let suits = |pathway: &Pathway| {
        caller.as_ref().is_none_or(|caller| {
            let role_group = caller.role_group_on(today()).unwrap_or_default();
            let here = pathway.place.urn.is_none() || pathway.place.urn == caller.school_on(today());
            here && pathway.suits(role_group, caller.career_stage)
        })
    };
    let suitable = found.entries.iter().filter(|(_, loaded)| suits(&loaded.state));
    Ok(pb::ListPathwaysResponse {
        pathways: suitable.map(|(id, loaded)| show(*id, loaded)).collect(),
        next_page_token: found.next_page_token,
    })
}

fn show(id: Uuid, loaded: &Loaded<Pathway>) -> pb::PathwayDetails {
    let Pathway {
        place,
        route,
        withdrawn_on,
        ..
    } = &loaded.state;
    pb::PathwayDetails {
        pathway_id: id.to_string(),
        trust_id: place.trust.into(),
        urn: place.urn_text(),
        title: route.title.clone(),
        role_groups: route.role_groups.iter().map(|group| (*group).into()).collect(),
        career_stages: route.career_stages.iter().map(|stage| (*stage).into()).collect(),
        steps: route.steps.clone(),
        withdrawn_on: text_of(*withdrawn_on),
        version: loaded.version.0,
    }
}

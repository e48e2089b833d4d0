//! Activities as their readers see them: alike for all.

use api::{
    catalogue::v1::{
        self as pb, ActivitySummary, Audience, GetActivityRequest, ListActivitiesRequest, ListActivitiesResponse,
        Offering, OfferingText, Openness,
    },
    ids::{ActivityId, NetworkId, PriorityId, TrustId, Urn},
};
use chrono::NaiveDate;
use identity::context::today;
use identity::{Actor, Record, access::Kind, roster::Network};
use reference::Set;
use service::{
    Error, Query, Violations,
    parse::SHORT_TEXT,
    recorded::{optional_id, text_of},
};

use crate::{
    activity::{
        Activity,
        design::{self, Mechanism},
        is_for,
    },
    grpc::{CODE, Edge, free_text},
    index::activities::{Cursor, Entry, Search, Somebody},
};

pub(super) async fn show(edge: &Edge, query: &Query<GetActivityRequest>) -> Result<pb::Activity, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<ActivityId>("activity_id", &query.message.activity_id);
    let (id,) = violations.all((id,))?;
    let loaded = edge.commands.get::<Activity>(id).await?;
    let activity = loaded.state;
    let offering = activity.offering.clone().unwrap_or_default();
    let reader = reader(edge, &query.actor, today());
    let shown_to = optional_id::<NetworkId>(&offering.network_id);
    let record = match query.actor.trust {
        // What is shown to a network is seen there as if it were their own.
        Some(trust) if shown_to.is_some_and(|network| reader.networks.contains(&network)) => {
            Record::new(Kind::Activity, trust)
        }
        _ => activity.as_record(),
    };
    edge.read(&query.actor, &record).await?;
    let edition = edge.roster().read().reference().edition(Set::Mechanisms);
    let mut mechanisms = Vec::with_capacity(edition.items.len());
    for item in &edition.items {
        mechanisms.push(Mechanism {
            code: &item.code,
            group: &item.group,
        });
    }
    Ok(pb::Activity {
        activity_id: id.into(),
        trust_id: activity.trust.into(),
        urn: text_of(activity.urn),
        profile: Some(design::profile(&offering, &mechanisms)),
        offering: Some(in_clear(edge, activity.trust, offering).await?),
        withdrawn_on: text_of(activity.withdrawn_on),
        withdrawn_reason: edge.text(activity.trust, activity.withdrawn_reason.as_ref()).await?,
        version: loaded.version.0,
    })
}

async fn in_clear(edge: &Edge, trust: TrustId, offering: Offering) -> Result<OfferingText, Error> {
    let mut impact_statements = Vec::with_capacity(offering.impact_statements.len());
    for statement in &offering.impact_statements {
        impact_statements.push(edge.text(trust, Some(statement)).await?);
    }
    Ok(OfferingText {
        title: offering.title,
        kind: offering.kind,
        provider_kind: offering.provider_kind,
        provider_id: offering.provider_id,
        subject: offering.subject,
        audience: offering.audience,
        focus_areas: offering.focus_areas,
        priority_ids: offering.priority_ids,
        openness: offering.openness,
        network_id: offering.network_id,
        minutes: offering.minutes,
        cost_pence: offering.cost_pence,
        capacity: offering.capacity,
        design: offering.design,
        mandatory: offering.mandatory,
        description: edge.text(trust, offering.description.as_ref()).await?,
        intended_impact: edge.text(trust, offering.intended_impact.as_ref()).await?,
        impact_statements,
    })
}

pub(super) async fn list(edge: &Edge, query: &Query<ListActivitiesRequest>) -> Result<ListActivitiesResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        free_text(&mut violations, "text", &message.text, SHORT_TEXT),
        free_text(&mut violations, "focus_area", &message.focus_area, CODE),
        violations.optional_choice("kind", message.kind),
        violations.optional_choice("role_group", message.role_group),
        violations.optional_choice("career_stage", message.career_stage),
        violations.optional_id::<PriorityId>("priority_id", &message.priority_id),
    );
    let (trust, urn, text, focus_area, kind, role_group, career_stage, priority) = violations.all(parts)?;
    let trust = Edge::trust_of(trust, &query.actor)?;
    edge.read(&query.actor, &Record::new(Kind::Activity, trust).at(urn))
        .await?;
    let reader = reader(edge, &query.actor, today());
    let is_own = query.actor.trust == Some(trust);
    let search = Search {
        trust,
        networks: if is_own { reader.networks.clone() } else { Vec::new() },
        urn,
        text,
        focus_area,
        kind,
        role_group,
        career_stage,
        priority,
        open_to: message.open_to_me.then(|| reader.clone()),
        with_withdrawn: message.include_withdrawn && !message.open_to_me,
    };
    let parameters = ListActivitiesRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let asked = (message.page_size, message.page_token.as_str());
    let (scope, page) = edge.page::<Cursor>("ListActivities", &query.actor, &parameters, asked)?;
    let mut entries = edge.index.search_activities(&search, &page).await?;
    let next_page_token = edge.pager.cut(&scope, &page, &mut entries, |entry| {
        (entry.sort_title.clone(), entry.id.0)
    })?;
    let activities = entries.into_iter().map(|entry| summary(entry, &reader)).collect();
    Ok(ListActivitiesResponse {
        activities,
        next_page_token,
    })
}

/// Who asks, as far as it matters what is open to them.
fn reader(edge: &Edge, actor: &Actor, on: NaiveDate) -> Somebody {
    let register = edge.roster().read();
    let Some(person) = actor.acting_person().and_then(|id| register.person(id)) else {
        return Somebody::default();
    };
    let of_trust: Vec<Urn> = register.schools_of(person.trust).map(|school| school.urn).collect();
    let joined = |network: &&Network| network.schools_on(on).any(|urn| of_trust.contains(&urn));
    Somebody {
        trust: person.trust,
        networks: register.networks().filter(joined).map(|network| network.id).collect(),
        schools: person.posts_on(on).filter_map(|post| post.school).collect(),
        role_group: person.role_group_on(on).unwrap_or_default(),
        career_stage: person.career_stage,
    }
}

fn summary(entry: Entry, reader: &Somebody) -> ActivitySummary {
    let at_home = entry.urn.is_some_and(|urn| reader.schools.contains(&urn));
    let open_to_me = entry.withdrawn_on.is_none()
        && entry.trust == reader.trust
        && (entry.openness != i32::from(Openness::School) || at_home)
        && is_for(Some(&entry.audience), reader.role_group, reader.career_stage);
    ActivitySummary {
        activity_id: entry.id.into(),
        urn: text_of(entry.urn),
        title: entry.title,
        kind: entry.kind,
        provider_kind: entry.provider_kind,
        subject: entry.subject,
        audience: Some(entry.audience).filter(|audience| *audience != Audience::default()),
        focus_areas: entry.focus_areas,
        openness: entry.openness,
        minutes: entry.minutes,
        cost_pence: entry.cost_pence,
        sustained: entry.sustained,
        mechanism_count: entry.mechanism_count,
        open_to_me,
        withdrawn: entry.withdrawn_on.is_some(),
    }
}

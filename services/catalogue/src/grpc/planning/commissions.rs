//! Commissions, each together with the needs that it is to meet.

use api::{
    catalogue::v1::{self as pb, CommissionState, ExpertiseState},
    ids::{ActivityId, CommissionId, ExpertiseId, NeedId, PersonId, ProviderId, TrustId, Urn},
};
use identity::Kind;
use service::{Call, Error, Loaded, Plan, Query, Violations, parse::path};
use uuid::Uuid;

use super::{Asked, NOTE, PENCE, Planning, TITLE, focus_areas, free_text, one, today};
use crate::planning::{
    commission::{Command, Commission, Offer},
    expertise::Expertise,
    index::{Filter, Listed, Schools},
    need::{self, Need},
    provider::Provider,
};

/// Most schools of a cluster, and most needs that one commission meets.
const SCHOOLS: usize = 50;

pub(super) async fn offer(edge: &Planning, call: &Call<pb::OfferCommissionRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let who = (
        violations.optional_id::<CommissionId>("commission_id", &message.commission_id),
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        violations.ids::<Urn>("urns", &message.urns, SCHOOLS),
        violations.ids::<NeedId>("need_ids", &message.need_ids, SCHOOLS),
        violations.optional_id::<ProviderId>("provider_id", &message.provider_id),
        violations.optional_id::<ExpertiseId>("expertise_id", &message.expertise_id),
    );
    let title = violations.text("title", &message.title, TITLE);
    let areas = violations
        .some_of("focus_areas", &message.focus_areas, super::FOCUS_AREAS, |_, _, _| {
            Some(())
        })
        .and_then(|_| focus_areas(&mut violations, &message.focus_areas));
    let cost_pence = violations.number("cost_pence", message.cost_pence, PENCE);
    let by_on = violations.date("by_on", &message.by_on);
    let brief = free_text(&mut violations, "brief", &message.brief, NOTE);
    let what = (title, areas, cost_pence, by_on, brief);
    let (who, what) = violations.all((together(who), together_five(what)))?;
    let (id, trust, urn, urns, needs, provider, expertise) = who;
    let (title, focus_areas, cost_pence, by_on, brief) = what;
    let place = edge.place(trust, urn, call.today()).await?;
    for (index, urn) in urns.iter().enumerate() {
        let field = path("urns", index, "");
        let school = edge.school(&field, *urn, call.today()).await?;
        if school.trust != place.trust {
            return Err(Error::invalid(field, format!("school {urn} belongs to another trust")));
        }
    }
    let urns = if urns.is_empty() {
        place.urn.into_iter().collect()
    } else {
        urns
    };
    if let Some(provider) = provider {
        known_provider(edge, provider, place.trust).await?;
    }
    let expertise = match expertise {
        Some(id) => Some((id, expert(edge, id, place.trust).await?)),
        None => None,
    };
    let id = id.unwrap_or_else(|| CommissionId(Uuid::now_v7()));
    let offer = Offer {
        place,
        urns,
        needs: needs.clone(),
        provider,
        expertise,
        title,
        focus_areas,
        cost_pence,
        by_on,
        brief,
    };
    let mut plan = Plan::of::<Commission>(id, Command::Offer(offer));
    for (index, need) in needs.into_iter().enumerate() {
        let loaded = edge.commands.load::<Need>(need).await?;
        if loaded.is_none_or(|loaded| loaded.trust_id != place.trust.0) {
            let field = path("need_ids", index, "");
            return Err(Error::invalid(field, format!("there is no need {need}")));
        }
        let command = need::Command::Commission {
            commission: id,
            expert: None,
        };
        plan = plan.and::<Need>(need, command);
    }
    Ok(plan)
}

/// All seven, or none of them.
fn together<A, B, C, D, E, F, G>(
    (a, b, c, d, e, f, g): (
        Option<A>,
        Option<B>,
        Option<C>,
        Option<D>,
        Option<E>,
        Option<F>,
        Option<G>,
    ),
) -> Option<(A, B, C, D, E, F, G)> {
    Some((a?, b?, c?, d?, e?, f?, g?))
}

/// All five, or none of them.
fn together_five<A, B, C, D, E>(
    (a, b, c, d, e): (Option<A>, Option<B>, Option<C>, Option<D>, Option<E>),
) -> Option<(A, B, C, D, E)> {
    Some((a?, b?, c?, d?, e?))
}

async fn known_provider(edge: &Planning, id: ProviderId, trust: TrustId) -> Result<(), Error> {
    let loaded = edge.commands.load::<Provider>(id).await?;
    match loaded.filter(|loaded| loaded.state.place.trust == trust) {
        None => Err(Error::invalid("provider_id", format!("there is no provider {id}"))),
        Some(loaded) if loaded.state.retired_on.is_some() => Err(Error::invalid(
            "provider_id",
            "this provider was retired: choose another",
        )),
        Some(_) => Ok(()),
    }
}

async fn expert(edge: &Planning, id: ExpertiseId, trust: TrustId) -> Result<PersonId, Error> {
    let loaded = edge.commands.load::<Expertise>(id).await?;
    let entry = loaded
        .map(|loaded| loaded.state)
        .filter(|entry| entry.place.trust == trust && entry.state == ExpertiseState::Offered);
    match entry {
        Some(entry) => Ok(entry.person),
        None => Err(Error::invalid(
            "expertise_id",
            format!("the register has no entry {id}"),
        )),
    }
}

pub(super) async fn accept(_: &Planning, call: &Call<pb::AcceptCommissionRequest>) -> Result<Plan, Error> {
    let id = named(&call.message.commission_id)?;
    Ok(Plan::of::<Commission>(id, Command::Accept))
}

pub(super) async fn decline(edge: &Planning, call: &Call<pb::DeclineCommissionRequest>) -> Result<Plan, Error> {
    let id = named(&call.message.commission_id)?;
    let plan = Plan::of::<Commission>(id, Command::Decline);
    release(edge, id, plan, true).await
}

pub(super) async fn cancel(edge: &Planning, call: &Call<pb::CancelCommissionRequest>) -> Result<Plan, Error> {
    let id = named(&call.message.commission_id)?;
    let mut violations = Violations::new();
    let reason = violations.text("reason", &call.message.reason, NOTE);
    let (reason,) = violations.all((reason,))?;
    let plan = Plan::of::<Commission>(id, Command::Cancel { reason });
    release(edge, id, plan, false).await
}

/// Opens the needs again that still wait for the commission.
async fn release(edge: &Planning, id: CommissionId, mut plan: Plan, declined: bool) -> Result<Plan, Error> {
    let commission = edge.commands.get::<Commission>(id).await?.state;
    for need in waiting(edge, id, &commission).await? {
        let command = need::Command::Release {
            commission: id,
            expert: commission.expert,
            declined,
        };
        plan = plan.and::<Need>(need, command);
    }
    Ok(plan)
}

pub(super) async fn deliver(edge: &Planning, call: &Call<pb::DeliverCommissionRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<CommissionId>("commission_id", &message.commission_id),
        violations.date("on", &message.on),
        violations.optional_id::<ActivityId>("activity_id", &message.activity_id),
        violations.number("cost_pence", message.cost_pence, PENCE),
    );
    let (id, on, activity, cost_pence) = violations.all(parts)?;
    let commission = edge.commands.get::<Commission>(id).await?.state;
    let activity = edge.optional_activity(activity, commission.place.trust).await?;
    let deliver = Command::Deliver {
        on,
        activity,
        cost_pence,
    };
    let mut plan = Plan::of::<Commission>(id, deliver);
    for need in waiting(edge, id, &commission).await? {
        plan = plan.and::<Need>(need, need::Command::Meet { on, by: Some(id) });
    }
    Ok(plan)
}

/// The needs of a commission that still wait for it: others were met or let go meanwhile.
async fn waiting(edge: &Planning, id: CommissionId, commission: &Commission) -> Result<Vec<NeedId>, Error> {
    let mut waiting = Vec::with_capacity(commission.needs.len());
    for need in &commission.needs {
        let loaded = edge.commands.load::<Need>(*need).await?;
        if loaded.is_some_and(|loaded| loaded.state.is_open() && loaded.state.commission == Some(id)) {
            waiting.push(*need);
        }
    }
    Ok(waiting)
}

fn named(id: &str) -> Result<CommissionId, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<CommissionId>("commission_id", id);
    let (id,) = violations.all((id,))?;
    Ok(id)
}

pub(super) async fn get(
    edge: &Planning,
    query: &Query<pb::GetCommissionRequest>,
) -> Result<pb::GetCommissionResponse, Error> {
    let id: CommissionId = one(query, "commission_id", &query.message.commission_id)?;
    let loaded = edge.readable(&query.actor, id, Commission::as_record).await?;
    Ok(pb::GetCommissionResponse {
        commission: Some(show(edge, id.0, &loaded).await?),
    })
}

pub(super) async fn list(
    edge: &Planning,
    query: &Query<pb::ListCommissionsRequest>,
) -> Result<pb::ListCommissionsResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        violations.optional_choice::<CommissionState>("state", message.state),
    );
    let (trust, urn, state) = violations.all(parts)?;
    let place = edge.place(trust, urn, today()).await?;
    edge.may_read(&query.actor, &place.record(Kind::Commission)).await?;
    let filter = Filter {
        schools: urn.map_or(Schools::Any, Schools::At),
        state: state.map(i32::from),
        ..Filter::of(Listed::Commission, place.trust)
    };
    let asked = Asked {
        method: "ListCommissions",
        page_size: message.page_size,
        page_token: &message.page_token,
    };
    let parameters = pb::ListCommissionsRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    // A school that it is for may read it as one of its own.
    let record = |commission: &Commission| match urn {
        Some(_) => place.record(Kind::Commission).granted_to(commission.expert),
        None => commission.as_record(),
    };
    let found = edge.page(&query.actor, asked, &parameters, &filter, record).await?;
    let mut commissions = Vec::with_capacity(found.entries.len());
    for (id, loaded) in &found.entries {
        commissions.push(show(edge, *id, loaded).await?);
    }
    Ok(pb::ListCommissionsResponse {
        commissions,
        next_page_token: found.next_page_token,
    })
}

async fn show(edge: &Planning, id: Uuid, loaded: &Loaded<Commission>) -> Result<pb::CommissionDetails, Error> {
    let commission = &loaded.state;
    let offered = commission.offered.clone().unwrap_or_default();
    let delivered = commission.delivered.as_ref();
    Ok(pb::CommissionDetails {
        commission_id: id.to_string(),
        brief: edge.text(commission.place.trust, offered.brief.as_ref()).await?,
        trust_id: offered.trust_id,
        urn: offered.urn,
        urns: offered.urns,
        need_ids: offered.need_ids,
        provider_id: offered.provider_id,
        expertise_id: offered.expertise_id,
        expert_id: offered.expert_id,
        title: offered.title,
        focus_areas: offered.focus_areas,
        cost_pence: delivered.map_or(offered.cost_pence, |delivered| delivered.cost_pence),
        by_on: offered.by_on,
        activity_id: delivered
            .map(|delivered| delivered.activity_id.clone())
            .unwrap_or_default(),
        state: commission.state.into(),
        state_on: commission.state_on.to_string(),
        version: loaded.version.0,
    })
}

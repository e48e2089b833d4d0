//! A follow-up as its reader may see it: whole, or not at all.

use api::{
    ids::FollowUpId,
    observations::v1::{self as pb, EvidenceNote, FollowUpState, GetFollowUpRequest, PromiseState, Revisit},
};
use identity::Action;
use service::{Error, Query, Violations};

use crate::{
    follow_up::{FollowUp, Promotion, Standing},
    grpc::Edge,
    recorded::text_of,
};

pub(super) async fn show(edge: &Edge, query: &Query<GetFollowUpRequest>) -> Result<pb::FollowUp, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<FollowUpId>("follow_up_id", &query.message.follow_up_id);
    let (id,) = violations.all((id,))?;
    let loaded = edge.commands.get::<FollowUp>(id).await?;
    let follow_up = loaded.state;
    edge.commands
        .gate()
        .authorise(&query.actor, Action::Read, &follow_up.as_record())
        .await?;
    let trust = follow_up.trust;
    let mut promises = Vec::with_capacity(follow_up.promises.len());
    for promised in &follow_up.promises {
        promises.push(PromiseState {
            promise_id: promised.id.into(),
            kind: promised.promise.kind,
            detail: edge.text(trust, promised.promise.detail.as_ref()).await?,
            activity_id: promised.promise.activity_id.clone(),
            provided_on: text_of(promised.provided_on),
        });
    }
    let mut evidence = Vec::with_capacity(follow_up.evidence.len());
    for shown in &follow_up.evidence {
        evidence.push(EvidenceNote {
            on: shown.on.clone(),
            note: edge.text(trust, shown.note.as_ref()).await?,
        });
    }
    let ending = follow_up.ending.as_ref();
    Ok(pb::FollowUp {
        follow_up_id: id.into(),
        observation_id: text_of(follow_up.observation),
        learning_walk_id: text_of(follow_up.learning_walk),
        urn: follow_up.urn.to_string(),
        person_id: follow_up.person.into(),
        owner_id: text_of(follow_up.owner),
        purpose: follow_up.purpose.into(),
        state: state(follow_up.standing).into(),
        paused: follow_up.paused_on.is_some() && follow_up.is_open(),
        promoted: follow_up.promotion != Promotion::None,
        focus_areas: follow_up.focus_areas.clone(),
        action: edge.text(trust, follow_up.action.as_ref()).await?,
        promises,
        agreed_on: follow_up.agreed_on.to_string(),
        due_on: follow_up.due_on.to_string(),
        evidence,
        revisits: follow_up
            .revisits
            .iter()
            .map(|revisit| Revisit {
                observation_id: revisit.observation_id.clone(),
                on: revisit.on.clone(),
                outcome: revisit.outcome,
            })
            .collect(),
        priority_id: text_of(follow_up.priority),
        version: loaded.version.0,
        role_group: follow_up.role_group.into(),
        cycle: follow_up.cycle,
        outcome: ending.map(|ending| ending.outcome.into()).unwrap_or_default(),
        ended_on: text_of(ending.map(|ending| ending.on)),
        withdrawal_cause: ending.map(|ending| ending.cause.into()).unwrap_or_default(),
        withdrawal_reason: edge
            .text(trust, ending.and_then(|ending| ending.reason.as_ref()))
            .await?,
        promotion_settled: follow_up.promotion == Promotion::Settled,
    })
}

fn state(standing: Standing) -> FollowUpState {
    match standing {
        Standing::Unknown => FollowUpState::Unspecified,
        Standing::Agreed => FollowUpState::Agreed,
        Standing::Started => FollowUpState::Started,
        Standing::Evidenced => FollowUpState::Evidenced,
        Standing::Revisited => FollowUpState::Revisited,
        Standing::Completed => FollowUpState::Completed,
        Standing::Withdrawn => FollowUpState::Withdrawn,
        Standing::Lapsed => FollowUpState::Lapsed,
    }
}

//! Needs.

use api::{
    catalogue::v1::{self as pb, NeedSource, NeedState},
    common::v1::{Purpose, RoleGroup},
    ids::{ActivityId, NeedId, PersonId, PriorityId, TrustId, Urn},
};
use identity::Kind;
use service::{Call, Error, Loaded, Plan, Query, Violations, recorded::text_of};
use uuid::Uuid;

use super::{Asked, CODE, NOTE, Planning, free_text, given, one, today};
use crate::planning::{
    Place,
    index::{Filter, Listed, Schools},
    need::{self, Command, Need},
};

pub(super) async fn open(edge: &Planning, call: &Call<pb::OpenNeedRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<NeedId>("need_id", &message.need_id),
        violations.choice::<NeedSource>("source", message.source),
        violations.optional_id::<Uuid>("source_id", &message.source_id),
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        violations.text("focus_area", &message.focus_area, CODE),
        violations.choice("scope", message.scope),
        free_text(&mut violations, "team", &message.team, CODE),
        violations.optional_id::<PersonId>("person_id", &message.person_id),
        violations.optional_choice::<RoleGroup>("role_group", message.role_group),
        free_text(&mut violations, "detail", &message.detail, NOTE),
        violations.optional_id::<PriorityId>("priority_id", &message.priority_id),
    );
    violations.check(
        !matches!(
            NeedSource::try_from(message.source),
            Ok(NeedSource::Appraisal | NeedSource::LearningWalk)
        ),
        "source",
        || "needs of appraisals and learning walks are raised there, and come here by themselves".to_owned(),
    );
    let (id, source, source_id, trust, urn, focus_area, reach, team, person, role_group, detail, priority) =
        violations.all(parts)?;
    let place = edge.place(trust, urn, call.today()).await?;
    let role_group = match person {
        Some(person) => {
            let member = edge.member("person_id", person, place.trust, call.today()).await?;
            let post = place.urn.and_then(|urn| member.post_at(urn, call.today()).copied());
            if place.urn.is_some() && post.is_none() {
                let missing = format!("{person} has no post at this school");
                return Err(Error::invalid("person_id", missing));
            }
            let main = member.role_group_on(call.today());
            post.map(|post| post.role_group).or(main).unwrap_or_default()
        }
        None => role_group.unwrap_or_default(),
    };
    let open = need::Open {
        place,
        source,
        source_id,
        focus_area,
        reach,
        team,
        person,
        role_group,
        detail,
        priority: edge.optional_priority(priority, place.trust).await?,
        purpose: purpose_of(source),
    };
    let id = id.unwrap_or_else(|| NeedId(Uuid::now_v7()));
    Ok(Plan::of::<Need>(id, Command::Open(open)))
}

/// What one person says of themselves is for development; what teams show is about provision.
fn purpose_of(source: NeedSource) -> Purpose {
    match source {
        NeedSource::Appraisal => Purpose::Appraisal,
        NeedSource::SelfReview | NeedSource::Person | NeedSource::Unspecified => Purpose::Developmental,
        NeedSource::LearningWalk | NeedSource::ObservationTrend | NeedSource::Survey => Purpose::QualityAssurance,
    }
}

pub(super) async fn match_to(edge: &Planning, call: &Call<pb::MatchNeedRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let parts = (
        violations.id::<NeedId>("need_id", &call.message.need_id),
        violations.id::<ActivityId>("activity_id", &call.message.activity_id),
    );
    let (id, activity) = violations.all(parts)?;
    let need = edge.commands.get::<Need>(id).await?.state;
    edge.activity(activity, need.place.trust).await?;
    Ok(Plan::of::<Need>(id, Command::Match { activity }))
}

pub(super) async fn meet(_: &Planning, call: &Call<pb::MeetNeedRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let parts = (
        violations.id::<NeedId>("need_id", &call.message.need_id),
        violations.date("on", &call.message.on),
    );
    let (id, on) = violations.all(parts)?;
    Ok(Plan::of::<Need>(id, Command::Meet { on, by: None }))
}

pub(super) async fn close(_: &Planning, call: &Call<pb::CloseNeedRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<NeedId>("need_id", &message.need_id),
        violations.choice("why", message.why),
        free_text(&mut violations, "note", &message.note, NOTE),
    );
    let (id, why, note) = violations.all(parts)?;
    Ok(Plan::of::<Need>(id, Command::Close { why, note }))
}

pub(super) async fn get(edge: &Planning, query: &Query<pb::GetNeedRequest>) -> Result<pb::GetNeedResponse, Error> {
    let id: NeedId = one(query, "need_id", &query.message.need_id)?;
    let loaded = edge.readable(&query.actor, id, Need::as_record).await?;
    Ok(pb::GetNeedResponse {
        need: Some(show(edge, id.0, &loaded).await?),
    })
}

/// Needs of one person, of a school with its teams, or of a whole trust.
pub(super) async fn list(edge: &Planning, query: &Query<pb::ListNeedsRequest>) -> Result<pb::ListNeedsResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        violations.optional_id::<PersonId>("person_id", &message.person_id),
        violations.optional_choice::<NeedState>("state", message.state),
    );
    let (trust, urn, person, state) = violations.all(parts)?;
    let place = match person {
        Some(id) => {
            let person = edge
                .roster()
                .person(id)
                .await
                .map_err(|error| super::unknown("person_id", error))?;
            let place = Place {
                trust: person.trust,
                urn: person.school_on(today()),
            };
            edge.may_read(&query.actor, &place.record(Kind::PersonalNeed).about(id))
                .await?;
            place
        }
        None => {
            let place = edge.place(trust, urn, today()).await?;
            edge.may_read(&query.actor, &place.record(Kind::Need)).await?;
            place
        }
    };
    let filter = Filter {
        schools: urn.map_or(Schools::Any, Schools::At),
        person,
        state: state.map(i32::from),
        focus_area: given(&message.focus_area),
        ..Filter::of(Listed::Need, place.trust)
    };
    let asked = Asked {
        method: "ListNeeds",
        page_size: message.page_size,
        page_token: &message.page_token,
    };
    let parameters = pb::ListNeedsRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let found = edge
        .page(&query.actor, asked, &parameters, &filter, Need::as_record)
        .await?;
    let mut needs = Vec::with_capacity(found.entries.len());
    for (id, loaded) in &found.entries {
        needs.push(show(edge, *id, loaded).await?);
    }
    Ok(pb::ListNeedsResponse {
        needs,
        next_page_token: found.next_page_token,
    })
}

async fn show(edge: &Planning, id: Uuid, loaded: &Loaded<Need>) -> Result<pb::NeedDetails, Error> {
    let need = &loaded.state;
    let opened = need.opened.clone().unwrap_or_default();
    let (closed_why, ended_on) = match (need.closed, need.met_on) {
        (Some((why, on)), _) => (why, on.to_string()),
        (None, met_on) => (pb::NeedClosure::Unspecified, text_of(met_on)),
    };
    Ok(pb::NeedDetails {
        need_id: id.to_string(),
        source: opened.source,
        source_id: opened.source_id,
        trust_id: opened.trust_id,
        urn: opened.urn,
        focus_area: opened.focus_area,
        scope: opened.scope,
        team: opened.team,
        person_id: opened.person_id,
        role_group: opened.role_group,
        on: opened.on,
        detail: edge.text(need.place.trust, need.detail()).await?,
        priority_id: opened.priority_id,
        state: state_of(need).into(),
        activity_ids: need.activities.iter().map(ToString::to_string).collect(),
        commission_id: text_of(need.commission),
        ended_on,
        closed_why: closed_why.into(),
        version: loaded.version.0,
    })
}

fn state_of(need: &Need) -> NeedState {
    match need {
        Need { closed: Some(_), .. } => NeedState::Closed,
        Need { met_on: Some(_), .. } => NeedState::Met,
        Need {
            commission: Some(_), ..
        } => NeedState::Commissioned,
        need if !need.activities.is_empty() => NeedState::Matched,
        _ => NeedState::Open,
    }
}

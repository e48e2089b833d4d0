//! The expertise register.

use api::{
    catalogue::v1::{self as pb, ExpertiseKind, ExpertiseState},
    ids::{ExpertiseAskId, ExpertiseId, PersonId, TrustId, Urn},
};
use identity::Kind;
use service::{Call, Error, Loaded, Plan, Query, Violations};
use uuid::Uuid;

use super::{Asked, CODE, NOTE, Planning, focus_areas, free_text, given, one, today};
use crate::planning::{
    Place,
    expertise::{Command, Expertise, Help, NewAsk, Offer},
    index::{Filter, Listed, Schools},
};

/// Most phases and subjects of an entry.
const PHASES: usize = 20;

pub(super) async fn offer(edge: &Planning, call: &Call<pb::OfferExpertiseRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<ExpertiseId>("expertise_id", &message.expertise_id),
        violations.optional_id::<PersonId>("person_id", &message.person_id),
        help(
            &mut violations,
            &message.focus_areas,
            message.kind,
            &message.phases,
            &message.description,
        ),
    );
    let (id, person, help) = violations.all(parts)?;
    let caller = edge.caller(&call.actor).await?;
    let person = match person {
        Some(person) => edge.member("person_id", person, caller.trust, call.today()).await?,
        None => caller,
    };
    let place = Place {
        trust: person.trust,
        urn: person.school_on(call.today()),
    };
    let offer = Offer {
        place,
        person: person.id,
        help,
    };
    let id = id.unwrap_or_else(|| ExpertiseId(Uuid::now_v7()));
    Ok(Plan::of::<Expertise>(id, Command::Offer(offer)))
}

fn help(
    violations: &mut Violations,
    areas: &[String],
    kind: i32,
    phases: &[String],
    description: &str,
) -> Option<Help> {
    let focus_areas = focus_areas(violations, areas);
    let kind = violations.choice::<ExpertiseKind>("kind", kind);
    let phases = violations.list("phases", phases, PHASES, |violations, path, code| {
        violations.text(path, code, CODE)
    });
    let description = free_text(violations, "description", description, NOTE);
    Some(Help {
        focus_areas: focus_areas?,
        kind: kind?,
        phases: phases?,
        description: description?,
    })
}

pub(super) async fn revise(_: &Planning, call: &Call<pb::ReviseExpertiseRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ExpertiseId>("expertise_id", &message.expertise_id),
        help(
            &mut violations,
            &message.focus_areas,
            message.kind,
            &message.phases,
            &message.description,
        ),
    );
    let (id, help) = violations.all(parts)?;
    Ok(Plan::of::<Expertise>(id, Command::Revise(help)))
}

pub(super) async fn ask(edge: &Planning, call: &Call<pb::AskForExpertiseRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ExpertiseId>("expertise_id", &message.expertise_id),
        violations.optional_id::<ExpertiseAskId>("ask_id", &message.ask_id),
        violations.text("focus_area", &message.focus_area, CODE),
        free_text(&mut violations, "message", &message.message, NOTE),
    );
    let (id, ask_id, focus_area, text) = violations.all(parts)?;
    let ask = NewAsk {
        id: ask_id.unwrap_or_else(|| ExpertiseAskId(Uuid::now_v7())),
        urn: edge.caller(&call.actor).await?.school_on(call.today()),
        focus_area,
        message: text,
    };
    Ok(Plan::of::<Expertise>(id, Command::Ask(ask)))
}

pub(super) async fn answer(_: &Planning, call: &Call<pb::AnswerExpertiseRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ExpertiseId>("expertise_id", &message.expertise_id),
        violations.id::<ExpertiseAskId>("ask_id", &message.ask_id),
    );
    let (id, ask) = violations.all(parts)?;
    let accepted = message.accepted;
    Ok(Plan::of::<Expertise>(id, Command::Answer { ask, accepted }))
}

pub(super) async fn withdraw(_: &Planning, call: &Call<pb::WithdrawExpertiseRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<ExpertiseId>("expertise_id", &call.message.expertise_id);
    let (id,) = violations.all((id,))?;
    Ok(Plan::of::<Expertise>(id, Command::Withdraw))
}

pub(super) async fn get(
    edge: &Planning,
    query: &Query<pb::GetExpertiseRequest>,
) -> Result<pb::GetExpertiseResponse, Error> {
    let id: ExpertiseId = one(query, "expertise_id", &query.message.expertise_id)?;
    let loaded = edge.readable(&query.actor, id, Expertise::as_record).await?;
    let reader = query.actor.person_id();
    Ok(pb::GetExpertiseResponse {
        expertise: Some(show(edge, id.0, &loaded, reader).await?),
    })
}

/// Who can help, across the schools of a trust; or the caller's own entries.
pub(super) async fn search(
    edge: &Planning,
    query: &Query<pb::SearchExpertiseRequest>,
) -> Result<pb::SearchExpertiseResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        violations.optional_choice::<ExpertiseKind>("kind", message.kind),
    );
    let (trust, urn, kind) = violations.all(parts)?;
    let mine = match message.mine {
        true => Some(edge.caller(&query.actor).await?),
        false => None,
    };
    let trust = match &mine {
        Some(caller) => caller.trust,
        None => {
            let place = edge.place(trust, urn, today()).await?;
            edge.may_read(&query.actor, &place.record(Kind::Expertise)).await?;
            place.trust
        }
    };
    let filter = Filter {
        schools: urn.map_or(Schools::Any, Schools::At),
        person: mine.as_ref().map(|caller| caller.id),
        state: mine.is_none().then_some(ExpertiseState::Offered.into()),
        class: kind.map(i32::from),
        focus_area: given(&message.focus_area),
        ..Filter::of(Listed::Expertise, trust)
    };
    let asked = Asked {
        method: "SearchExpertise",
        page_size: message.page_size,
        page_token: &message.page_token,
    };
    let parameters = pb::SearchExpertiseRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let found = edge
        .page(&query.actor, asked, &parameters, &filter, Expertise::as_record)
        .await?;
    let mut entries = Vec::with_capacity(found.entries.len());
    for (id, loaded) in &found.entries {
        entries.push(show(edge, *id, loaded, query.actor.person_id()).await?);
    }
    Ok(pb::SearchExpertiseResponse {
        entries,
        next_page_token: found.next_page_token,
    })
}

/// Who asked is between the two: the expert sees all requests, each who asked their own.
async fn show(
    edge: &Planning,
    id: Uuid,
    loaded: &Loaded<Expertise>,
    reader: Option<PersonId>,
) -> Result<pb::ExpertiseDetails, Error> {
    let entry = &loaded.state;
    let trust = entry.place.trust;
    let mut requests = Vec::new();
    for ask in &entry.asks {
        if reader != Some(entry.person) && reader != Some(ask.by) {
            continue;
        }
        let (accepted, answered_on) = match ask.answer {
            Some((accepted, on)) => (accepted, on.to_string()),
            None => Default::default(),
        };
        requests.push(pb::ExpertiseRequest {
            ask_id: ask.id.into(),
            by_id: ask.by.into(),
            urn: ask.asked.urn.clone(),
            focus_area: ask.asked.focus_area.clone(),
            message: edge.text(trust, ask.asked.message.as_ref()).await?,
            on: ask.asked.on.clone(),
            answered_on,
            accepted,
        });
    }
    Ok(pb::ExpertiseDetails {
        expertise_id: id.to_string(),
        person_id: entry.person.into(),
        urn: entry.place.urn_text(),
        trust_id: trust.into(),
        focus_areas: entry.focus_areas.clone(),
        kind: entry.kind.into(),
        phases: entry.phases.clone(),
        description: edge.text(trust, entry.description.as_ref()).await?,
        enquiry_id: entry.enquiry_id.clone(),
        state: entry.state.into(),
        requests,
        version: loaded.version.0,
    })
}

//! Support that follow-ups promised, as those see it who owe it or are to get it.

use api::{
    catalogue::v1 as pb,
    ids::{SupportAskId, Urn},
};
use identity::Kind;
use service::{Call, Error, Loaded, Plan, Query, Violations};
use uuid::Uuid;

use super::{Asked, Planning, one, today};
use crate::planning::{
    index::{Filter, Listed, Schools},
    support_ask::{Command, Provide, SupportAsk},
};

pub(super) async fn provide(_: &Planning, call: &Call<pb::ProvideAskRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<SupportAskId>("ask_id", &message.ask_id),
        violations.date("on", &message.on),
        violations.optional_id::<Uuid>("session_id", &message.session_id),
    );
    let (id, on, session) = violations.all(parts)?;
    Ok(Plan::of::<SupportAsk>(id, Command::Provide(Provide { on, session })))
}

pub(super) async fn get(edge: &Planning, query: &Query<pb::GetAskRequest>) -> Result<pb::GetAskResponse, Error> {
    let id: SupportAskId = one(query, "ask_id", &query.message.ask_id)?;
    let loaded = edge.readable(&query.actor, id, SupportAsk::as_record).await?;
    Ok(pb::GetAskResponse {
        ask: Some(show(id.0, &loaded)),
    })
}

/// What is owed: by a school, by the caller, or to the caller.
pub(super) async fn list(
    edge: &Planning,
    query: &Query<pb::ListOpenAsksRequest>,
) -> Result<pb::ListOpenAsksResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let urn = violations.optional_id::<Urn>("urn", &message.urn);
    violations.check(message.urn.is_empty() || !message.for_me, "for_me", || {
        "ask for what a school owes, or for what is owed to you: give one of them".to_owned()
    });
    let (urn,) = violations.all((urn,))?;
    let open = Filter {
        state: Some(pb::AskState::Open.into()),
        ..Filter::of(Listed::Ask, Uuid::nil())
    };
    let filter = match urn {
        Some(urn) => {
            let place = edge.school("urn", urn, today()).await?;
            edge.may_read(&query.actor, &place.record(Kind::SupportAsk)).await?;
            Filter {
                scope: place.trust.into(),
                schools: Schools::At(urn),
                ..open
            }
        }
        None => {
            let caller = edge.caller(&query.actor).await?;
            Filter {
                scope: caller.trust.into(),
                person: message.for_me.then_some(caller.id),
                owner: (!message.for_me).then_some(caller.id),
                ..open
            }
        }
    };
    let asked = Asked {
        method: "ListOpenAsks",
        page_size: message.page_size,
        page_token: &message.page_token,
    };
    let parameters = pb::ListOpenAsksRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let found = edge
        .page(&query.actor, asked, &parameters, &filter, SupportAsk::as_record)
        .await?;
    Ok(pb::ListOpenAsksResponse {
        asks: found.entries.iter().map(|(id, loaded)| show(*id, loaded)).collect(),
        next_page_token: found.next_page_token,
    })
}

fn show(id: Uuid, loaded: &Loaded<SupportAsk>) -> pb::SupportAskDetails {
    let ask = &loaded.state;
    let opened = ask.opened.clone().unwrap_or_default();
    let provided = ask.provided.clone().unwrap_or_default();
    pb::SupportAskDetails {
        ask_id: id.to_string(),
        follow_up_id: opened.follow_up_id,
        promise_id: opened.promise_id,
        person_id: opened.person_id,
        owner_id: service::recorded::text_of(ask.owner),
        urn: ask.place.urn_text(),
        support_kind: opened.support_kind,
        focus_areas: opened.focus_areas,
        activity_id: opened.activity_id,
        due_on: opened.due_on,
        state: ask.state.into(),
        provided_on: provided.on,
        session_id: provided.session_id,
        version: loaded.version.0,
    }
}

//! What is done to a partnership, each from a form of its page.

use api::coaching::v1::{
    AcceptPartnershipRequest, AgreeLogRequest, AgreePartnershipRequest, CancelCoachingSessionRequest,
    CompletePartnershipRequest, DeclinePartnershipRequest, EndPartnershipRequest, PlanCoachingSessionRequest,
    RecordCoachingSessionRequest, ReviewPartnershipRequest,
};
use axum::{
    extract::Path,
    response::{IntoResponse as _, Redirect},
};
use identity::context::today;

use super::{Shown, impact_of};
use crate::{forms::Sent, pages::partnerships::lines};

fn to(id: &str, done: &str) -> String {
    format!("/partnerships/{id}?done={done}")
}

/// A number as it was typed; what is none is refused by the service.
fn number(text: &str) -> i32 {
    text.parse().unwrap_or(0)
}

pub(super) async fn accept(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = AcceptPartnershipRequest {
        request_id: sent.fields.request_id(),
        partnership_id: id.clone(),
        ..Default::default()
    };
    let mut partnerships = sent.visitor.clients().partnerships;
    partnerships.accept_partnership(sent.visitor.ask(message)).await?;
    Ok(Redirect::to(&to(&id, "accepted")).into_response())
}

pub(super) async fn agree(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = AgreePartnershipRequest {
        request_id: sent.fields.request_id(),
        partnership_id: id.clone(),
        on: sent.fields.get("on").to_owned(),
        goals: lines(sent.fields.get("goals")),
        confidentiality: sent.fields.get("confidentiality").to_owned(),
        ..Default::default()
    };
    let mut partnerships = sent.visitor.clients().partnerships;
    let answer = partnerships.agree_partnership(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| to(&id, "agreed")).await
}

pub(super) async fn decline(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = DeclinePartnershipRequest {
        request_id: sent.fields.request_id(),
        partnership_id: id.clone(),
        on: today().to_string(),
        reason: sent.fields.get("reason").to_owned(),
        ..Default::default()
    };
    let mut partnerships = sent.visitor.clients().partnerships;
    let answer = partnerships.decline_partnership(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| to(&id, "declined")).await
}

pub(super) async fn plan(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = PlanCoachingSessionRequest {
        request_id: sent.fields.request_id(),
        partnership_id: id.clone(),
        on: sent.fields.get("on").to_owned(),
        minutes: number(sent.fields.get("minutes")),
        ..Default::default()
    };
    let mut partnerships = sent.visitor.clients().partnerships;
    let answer = partnerships.plan_coaching_session(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| to(&id, "planned")).await
}

pub(super) async fn record(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = RecordCoachingSessionRequest {
        request_id: sent.fields.request_id(),
        partnership_id: id.clone(),
        session_id: sent.fields.get("session_id").to_owned(),
        on: sent.fields.get("on").to_owned(),
        minutes: number(sent.fields.get("minutes")),
        ..Default::default()
    };
    let mut partnerships = sent.visitor.clients().partnerships;
    let answer = partnerships.record_coaching_session(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| to(&id, "recorded")).await
}

pub(super) async fn cancel(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = CancelCoachingSessionRequest {
        request_id: sent.fields.request_id(),
        partnership_id: id.clone(),
        session_id: sent.fields.get("session_id").to_owned(),
        ..Default::default()
    };
    let mut partnerships = sent.visitor.clients().partnerships;
    partnerships.cancel_coaching_session(sent.visitor.ask(message)).await?;
    Ok(Redirect::to(&to(&id, "cancelled")).into_response())
}

pub(super) async fn agree_log(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = AgreeLogRequest {
        request_id: sent.fields.request_id(),
        partnership_id: id.clone(),
        session_id: sent.fields.get("session_id").to_owned(),
        on: today().to_string(),
        ..Default::default()
    };
    let mut partnerships = sent.visitor.clients().partnerships;
    partnerships.agree_log(sent.visitor.ask(message)).await?;
    Ok(Redirect::to(&to(&id, "log-agreed")).into_response())
}

pub(super) async fn review(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = ReviewPartnershipRequest {
        request_id: sent.fields.request_id(),
        partnership_id: id.clone(),
        on: sent.fields.get("on").to_owned(),
        impact: impact_of(sent.fields.get("impact")).into(),
        note: sent.fields.get("note").to_owned(),
        ..Default::default()
    };
    let mut partnerships = sent.visitor.clients().partnerships;
    let answer = partnerships.review_partnership(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| to(&id, "reviewed")).await
}

pub(super) async fn complete(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = CompletePartnershipRequest {
        request_id: sent.fields.request_id(),
        partnership_id: id.clone(),
        on: today().to_string(),
        ..Default::default()
    };
    let mut partnerships = sent.visitor.clients().partnerships;
    partnerships.complete_partnership(sent.visitor.ask(message)).await?;
    Ok(Redirect::to(&to(&id, "completed")).into_response())
}

pub(super) async fn end(Path(id): Path<String>, sent: Sent) -> Shown {
    let message = EndPartnershipRequest {
        request_id: sent.fields.request_id(),
        partnership_id: id.clone(),
        on: today().to_string(),
        reason: sent.fields.get("reason").to_owned(),
        ..Default::default()
    };
    let mut partnerships = sent.visitor.clients().partnerships;
    let answer = partnerships.end_partnership(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| to(&id, "ended")).await
}

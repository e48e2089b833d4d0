//! Learning elsewhere: claimed by whoever learned, and verified by somebody in charge.

use api::catalogue::v1::{
    Claim, ClaimExternalLearningRequest, ListClaimsToVerifyRequest, RejectExternalLearningRequest,
    VerifyExternalLearningRequest,
};
use api::projection::v1::ListThreadsRequest;
use askama::Template;
use axum::{
    Router,
    extract::Path,
    routing::{get, post},
};

use super::{
    Shown,
    catalogue::{kind_of, kind_slug},
    session::{follow_up_label, texts},
    shell::Shell,
    show,
};
use crate::{
    Gateway,
    forms::{Choice, Fields, Sent},
    problem::Fault,
    visitor::Visitor,
    words::{self, Vocabulary, development as called},
};

const CLAIM: &str = "/bookings/claims";

pub(crate) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/bookings/claims/new", get(new))
        .route(CLAIM, post(claim))
        .route("/bookings/claims/{person}/{claim}", get(look))
        .route("/bookings/claims/{person}/{claim}/verify", post(verify))
        .route("/bookings/claims/{person}/{claim}/reject", post(reject))
}

#[derive(Template)]
#[template(path = "catalogue/claim.html")]
struct New {
    shell: Shell,
    form: Fields,
    kinds: Vec<Choice>,
    areas: Vec<Choice>,
    follow_ups: Vec<Choice>,
}

async fn new(visitor: Visitor) -> Shown {
    let threads = ListThreadsRequest {
        person_id: visitor.person()?.to_string(),
        open_only: true,
        page_size: 50,
        ..Default::default()
    };
    let mut tracking = visitor.clients().tracking;
    let (threads, vocabulary, form) = tokio::join!(
        tracking.list_threads(visitor.ask(threads)),
        visitor.vocabulary(),
        visitor.draft(CLAIM),
    );
    let vocabulary = vocabulary?;
    let threads = threads.map(|answer| answer.into_inner().threads).unwrap_or_default();
    let kinds = called::ACTIVITY_KINDS.iter();
    show(&New {
        shell: Shell::new(&visitor, "Claim learning elsewhere", "/catalogue"),
        form: form?,
        kinds: kinds
            .map(|kind| Choice::new(kind_slug(*kind), called::capital(called::activity_kind(*kind))))
            .collect(),
        areas: areas(&vocabulary),
        follow_ups: threads
            .iter()
            .map(|thread| Choice::new(&thread.follow_up_id, follow_up_label(thread, &vocabulary)))
            .collect(),
    })
}

/// Every focus area, in its group.
pub(super) fn areas(vocabulary: &Vocabulary) -> Vec<Choice> {
    let all = vocabulary.all_areas().into_iter();
    all.map(|area| Choice::new(&area.code, &area.label).of(&area.group))
        .collect()
}

async fn claim(sent: Sent) -> Shown {
    let fields = &sent.fields;
    let hours = |name: &str| fields.get(name).parse::<i32>().unwrap_or(0);
    let message = ClaimExternalLearningRequest {
        request_id: fields.request_id(),
        title: fields.get("title").to_owned(),
        provider: fields.get("provider").to_owned(),
        evidence: fields.get("evidence").to_owned(),
        kind: kind_of(fields.get("kind")).into(),
        on: fields.get("on").to_owned(),
        minutes: hours("minutes").saturating_add(hours("hours").saturating_mul(60)),
        cost_pence: i64::from(hours("cost")).saturating_mul(100),
        focus_areas: texts(&fields.all("focus_areas")),
        follow_up_ids: texts(&fields.all("follow_up_ids")),
        ..Default::default()
    };
    let mut learning = sent.visitor.clients().learning;
    let answer = learning.claim_external_learning(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| "/bookings?done=claimed".into()).await
}

#[derive(Template)]
#[template(path = "catalogue/verify.html")]
struct Look {
    shell: Shell,
    who: String,
    facts: Vec<(&'static str, String)>,
    evidence: String,
    verify: Fields,
    reject: Fields,
}

async fn look(visitor: Visitor, Path((person, id)): Path<(String, String)>) -> Shown {
    let mut learning = visitor.clients().learning;
    let message = ListClaimsToVerifyRequest {
        page_size: 500,
        ..Default::default()
    };
    let claims = learning
        .list_claims_to_verify(visitor.ask(message))
        .await?
        .into_inner()
        .claims;
    let claim: Claim = claims
        .into_iter()
        .find(|claim| claim.claim_id == id && claim.person_id == person)
        .ok_or_else(|| Fault::not_found("claim that waits for you"))?;
    let names = visitor.names([person.as_str()]).await;
    let path = format!("{CLAIM}/{person}/{id}");
    let verify = visitor.draft(&format!("{path}/verify")).await?;
    let reject = visitor.draft(&format!("{path}/reject")).await?;
    show(&Look {
        shell: Shell::new(&visitor, "Learning elsewhere to verify", "/catalogue"),
        who: names.name(&person),
        facts: vec![
            ("What it was", claim.title.clone()),
            ("Kind", called::activity_kind(claim.kind()).to_owned()),
            ("Provided by", or_not_said(&claim.provider)),
            ("Last day", words::iso_day(&claim.on)),
            ("Time claimed", words::minutes(claim.minutes)),
        ],
        verify: verify.preset("minutes", claim.minutes.to_string()),
        evidence: claim.evidence,
        reject,
    })
}

fn or_not_said(text: &str) -> String {
    match text {
        "" => "not said".to_owned(),
        text => text.to_owned(),
    }
}

async fn verify(Path((person_id, claim_id)): Path<(String, String)>, sent: Sent) -> Shown {
    let message = VerifyExternalLearningRequest {
        request_id: sent.fields.request_id(),
        person_id,
        claim_id,
        minutes: sent.fields.get("minutes").parse().unwrap_or(0),
        ..Default::default()
    };
    let mut learning = sent.visitor.clients().learning;
    let answer = learning.verify_external_learning(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| "/bookings?done=verified".into()).await
}

async fn reject(Path((person_id, claim_id)): Path<(String, String)>, sent: Sent) -> Shown {
    let message = RejectExternalLearningRequest {
        request_id: sent.fields.request_id(),
        person_id,
        claim_id,
        reason: sent.fields.get("reason").to_owned(),
        ..Default::default()
    };
    let mut learning = sent.visitor.clients().learning;
    let answer = learning.reject_external_learning(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| "/bookings?done=rejected".into()).await
}

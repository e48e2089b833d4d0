//! Explain: the records behind a thread, and the rules by which it was judged.

use api::projection::v1::{ExplainRequest, ExplainedEvent, Refusal};
use askama::Template;
use axum::{
    Router,
    extract::{Path, Query},
    routing::get,
};
use chrono::{DateTime, Utc};

use super::{
    Shown,
    asked::{Asked, link},
    shell::{Foot, Shell},
    show,
    thread::{end_of, known_on, unknown},
};
use crate::{
    Gateway,
    visitor::Visitor,
    words::{self, Vocabulary},
};

const MOST: i32 = 50;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new().route("/threads/{id}/explain", get(explain))
}

#[derive(Template)]
#[template(path = "explain.html")]
struct Page {
    shell: Shell,
    id: String,
    known: String,
    known_at: String,
    records: Vec<Record>,
    refusals: Vec<Refused>,
    /// What is counted, a sentence each.
    definitions: Vec<String>,
    definition_version: String,
    policy: String,
    first_page: bool,
    first: String,
    next: Option<String>,
    foot: Foot,
}

/// A record behind the page.
struct Record {
    summary: String,
    source: &'static str,
    class: &'static str,
    happened: String,
    recorded: String,
    by: String,
    purpose: &'static str,
}

struct Refused {
    reason: String,
    on: String,
}

async fn explain(visitor: Visitor, Path(id): Path<String>, Query(asked): Query<Asked>) -> Shown {
    let known_on = known_on(&asked)?;
    let message = ExplainRequest {
        follow_up_id: id.clone(),
        known_at: known_on.map(end_of),
        page_size: MOST,
        page_token: asked.text("page"),
        ..Default::default()
    };
    let mut tracking = visitor.clients().tracking;
    let (answer, vocabulary) = tokio::join!(tracking.explain(visitor.ask(message)), visitor.vocabulary());
    let answer = answer.map_err(|status| unknown(&status, known_on))?.into_inner();
    let vocabulary = vocabulary?;
    let known_at = known_on.map(|on| on.to_string()).unwrap_or_default();
    let again = |page: &str| {
        link(
            &format!("/threads/{id}/explain"),
            &[("known_at", &known_at), ("page", page)],
        )
    };
    show(&Page {
        shell: Shell::new(&visitor, "What this thread is told from", "/threads"),
        known: known_on.map(words::day).unwrap_or_default(),
        records: answer.events.iter().map(|event| record(event, &vocabulary)).collect(),
        refusals: answer.refusals.iter().map(refused).collect(),
        definitions: sentences(&answer.definition),
        definition_version: answer.definition_version,
        policy: answer.policy_digest,
        first_page: asked.text("page").is_empty(),
        first: again(""),
        next: (!answer.next_page_token.is_empty()).then(|| again(&answer.next_page_token)),
        foot: Foot::new(&answer.completeness, Utc::now()),
        known_at,
        id,
    })
}

fn record(event: &ExplainedEvent, vocabulary: &Vocabulary) -> Record {
    let happened = words::day_of(event.occurred_at.as_ref());
    let recorded = event.recorded_at.and_then(|at| DateTime::from_timestamp(at.seconds, 0));
    Record {
        summary: vocabulary.prose(&event.summary),
        source: words::source(&event.source),
        class: words::source_class(&event.source),
        happened: happened.map(words::day).unwrap_or_default(),
        recorded: recorded.map(words::moment).unwrap_or_default(),
        by: event
            .actor
            .as_ref()
            .map_or_else(|| "the system".to_owned(), |actor| actor.name.clone()),
        purpose: words::purpose(event.purpose()),
    }
}

fn refused(refusal: &Refusal) -> Refused {
    Refused {
        reason: refusal.reason.clone(),
        on: words::iso_day(&refusal.on),
    }
}

/// Sentences, one each.
fn sentences(text: &str) -> Vec<String> {
    let mut sentences: Vec<String> = text
        .split_inclusive(". ")
        .map(|sentence| sentence.trim().to_owned())
        .collect();
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_are_read_one_by_one() {
        assert_eq!(
            sentences("Agreed in the period. Revisited means looked at again."),
            ["Agreed in the period.", "Revisited means looked at again."]
        );
        assert!(sentences("").is_empty());
    }
}

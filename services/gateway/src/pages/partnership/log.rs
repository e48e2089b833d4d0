//! The learning log of a meeting: drafted by one, agreed by the other.

use api::coaching::v1::{DraftLogRequest, NextStepDraft};
use askama::Template;
use axum::extract::Path;

use super::{Shell, Shown, Visitor, found, show};
use crate::{
    forms::{Choice, Fields, Sent},
    problem::Fault,
    words::{self, development as called},
};

/// Next steps that the form has room for.
const STEPS: usize = 4;

#[derive(Template)]
#[template(path = "partnerships/log.html")]
struct Page {
    shell: Shell,
    back: String,
    with: String,
    on: String,
    form: Fields,
    pair: Vec<Choice>,
    steps: Vec<Step>,
}

/// The names of one step's inputs.
struct Step {
    number: usize,
    text: String,
    who: String,
    due: String,
}

fn step(number: usize) -> Step {
    Step {
        number,
        text: format!("step-{number}"),
        who: format!("step-{number}-who"),
        due: format!("step-{number}-due"),
    }
}

pub(super) async fn write(visitor: Visitor, Path((id, session)): Path<(String, String)>) -> Shown {
    let me = visitor.person()?.to_string();
    let (partnership, activity) = found(&visitor, &id).await?;
    if partnership.content_withheld {
        return Err(Fault::not_found("log"));
    }
    let met = activity.sessions.iter().find(|met| met.session_id == session);
    let met = met.ok_or_else(|| Fault::not_found("meeting"))?;
    let names = visitor
        .names([activity.coach_id.as_str(), activity.coached_id.as_str()])
        .await;
    let other = if activity.coach_id == me {
        &activity.coached_id
    } else {
        &activity.coach_id
    };
    let mut form = visitor
        .draft(&format!("/partnerships/{id}/sessions/{session}/log"))
        .await?;
    if let Some(log) = partnership.logs.iter().find(|log| log.session_id == session) {
        form = form.preset("learning", &log.learning);
        for (index, known) in log.next_steps.iter().enumerate().take(STEPS) {
            let names = step(index + 1);
            form = form
                .preset(&names.text, &known.text)
                .preset(&names.who, &known.person_id)
                .preset(&names.due, &known.due_on);
        }
    }
    show(&Page {
        shell: Shell::new(
            &visitor,
            format!("Learning log: {}", called::partnership_kind(activity.kind())),
            "/partnerships",
        ),
        back: format!("/partnerships/{id}"),
        with: names.name(other),
        on: words::iso_day(&met.on),
        form,
        pair: vec![Choice::new(&me, "I"), Choice::new(other, names.name(other))],
        steps: (1..=STEPS).map(step).collect(),
    })
}

/// Steps of which something was written.
fn next_steps(fields: &Fields) -> Vec<NextStepDraft> {
    let written = (1..=STEPS)
        .map(step)
        .filter(|names| !fields.get(&names.text).is_empty());
    written
        .map(|names| NextStepDraft {
            text: fields.get(&names.text).to_owned(),
            person_id: fields.get(&names.who).to_owned(),
            due_on: fields.get(&names.due).to_owned(),
        })
        .collect()
}

pub(super) async fn keep(Path((id, session)): Path<(String, String)>, sent: Sent) -> Shown {
    let message = DraftLogRequest {
        request_id: sent.fields.request_id(),
        partnership_id: id.clone(),
        session_id: session,
        learning: sent.fields.get("learning").to_owned(),
        next_steps: next_steps(&sent.fields),
        ..Default::default()
    };
    let mut partnerships = sent.visitor.clients().partnerships;
    let answer = partnerships.draft_log(sent.visitor.ask(message)).await;
    sent.settle(answer, |_| format!("/partnerships/{id}?done=drafted"))
        .await
}

//! A cell of the link report explained: what it counts, by which version of the definition, and the threads behind it.

use api::projection::v1::{ExplainRequest, ExplainedEvent, LinkCell, Step};
use askama::Template;
use chrono::{DateTime, Utc};
use service::Error;

use super::{Wanted, again};
use crate::{
    pages::{
        Shown,
        reports::frame::Asked,
        shell::{Foot, Shell},
        show,
    },
    words,
};

const MOST: i32 = 50;

#[derive(Template)]
#[template(path = "reports/link_cell.html")]
struct Page {
    shell: Shell,
    report: String,
    /// What was asked for, in a line.
    said: String,
    lead: String,
    reached: bool,
    other: String,
    threads: Vec<Thread>,
    definition: String,
    definition_version: String,
    policy: String,
    first_page: bool,
    first: String,
    next: Option<String>,
    foot: Foot,
}

/// A thread behind the cell.
struct Thread {
    summary: String,
    href: String,
    by: String,
    on: String,
    purpose: &'static str,
}

pub(super) async fn cell(asked: Asked) -> Shown {
    let wanted = Wanted::of(&asked);
    let step = asked
        .value("step")
        .parse()
        .ok()
        .and_then(|step: i32| Step::try_from(step).ok());
    let step = step
        .filter(|step| *step != Step::Unspecified)
        .ok_or_else(|| Error::invalid("step", "must be a step of the funnel"))?;
    let reached = step == Step::Agreed || !asked.value("reached").is_empty();
    let message = ExplainRequest {
        cell: Some(LinkCell {
            trust_id: asked.trust_id(),
            urn: asked.urn.clone(),
            cycle: asked.cycle,
            phase: asked.phase.into(),
            focus_area: wanted.area.clone(),
            role_group: wanted.group.into(),
            step: step.into(),
            reached,
        }),
        page_size: MOST,
        page_token: asked.value("page"),
        ..ExplainRequest::default()
    };
    let mut tracking = asked.visitor.clients().tracking;
    let (answer, vocabulary) = tokio::join!(tracking.explain(asked.visitor.ask(message)), asked.visitor.vocabulary());
    let (answer, vocabulary) = (answer?.into_inner(), vocabulary?);
    let number = i32::from(step).to_string();
    let address = |reached: bool, page: &str| {
        let reached = if reached { "yes" } else { "" };
        let more = [("step", number.as_str()), ("reached", reached), ("page", page)];
        again("/reports/link/cell", &asked, &wanted, &asked.urn, &more)
    };
    let name = words::step(step);
    let title = match (step, reached) {
        (Step::Agreed, _) => "Agreed".to_owned(),
        (_, true) => words::capital(name),
        (_, false) => format!("Not {name}"),
    };
    let lead = if reached {
        format!("The threads counted as {name}.")
    } else {
        format!("The threads that could have been {name}, and were not, or not yet.")
    };
    let mut said: Vec<String> = asked.said_in_words();
    if !wanted.area.is_empty() {
        said.push(vocabulary.area(&wanted.area));
    }
    if wanted.group_value() != String::new() {
        said.push(words::role_group(wanted.group).into());
    }
    show(&Page {
        shell: Shell::new(&asked.visitor, title, "/reports/link"),
        report: again("/reports/link", &asked, &wanted, &asked.urn, &[]),
        said: said.join(" · "),
        lead,
        reached,
        other: if step == Step::Agreed {
            String::new()
        } else {
            address(!reached, "")
        },
        threads: answer.events.iter().map(Thread::of).collect(),
        definition: answer.definition,
        definition_version: answer.definition_version,
        policy: answer.policy_digest,
        first_page: asked.value("page").is_empty(),
        first: address(reached, ""),
        next: (!answer.next_page_token.is_empty()).then(|| address(reached, &answer.next_page_token)),
        foot: Foot::new(&answer.completeness, Utc::now()),
    })
}

impl Thread {
    fn of(event: &ExplainedEvent) -> Self {
        let on = event.occurred_at.and_then(|at| DateTime::from_timestamp(at.seconds, 0));
        Self {
            summary: event.summary.clone(),
            href: format!("/threads/{}", event.stream_id),
            by: event.actor.as_ref().map(|actor| actor.name.clone()).unwrap_or_default(),
            on: on.map(|at| words::day(at.date_naive())).unwrap_or_default(),
            purpose: words::purpose(event.purpose()),
        }
    }
}

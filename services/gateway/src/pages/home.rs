//! Home: what waits for me, and what waits for others because of me.

use api::projection::v1::{AttentionItem, GetAttentionListRequest};
use askama::Template;
use axum::{Router, routing::get};
use chrono::Utc;

use super::{
    Shown,
    shell::{Foot, Shell},
    show,
};
use crate::{Gateway, visitor::Visitor, words};

pub(crate) fn routes() -> Router<Gateway> {
    Router::new().route("/", get(home))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    shell: Shell,
    mine: Vec<Item>,
    others: Vec<Item>,
    foot: Foot,
}

/// Something that waits.
struct Item {
    what: &'static str,
    summary: String,
    /// The other side, by name.
    with: String,
    due: String,
    overdue: bool,
    href: Option<String>,
}

async fn home(visitor: Visitor) -> Shown {
    visitor.person()?;
    let message = GetAttentionListRequest::default();
    let list = visitor
        .clients()
        .tracking
        .get_attention_list(visitor.ask(message))
        .await?
        .into_inner();
    show(&Page {
        shell: Shell::new(&visitor, "Home", "/"),
        mine: list.waits_for_me.iter().map(|item| Item::of(item, true)).collect(),
        others: list
            .waits_because_of_me
            .iter()
            .map(|item| Item::of(item, false))
            .collect(),
        foot: Foot::new(&list.completeness, Utc::now()),
    })
}

impl Item {
    fn of(item: &AttentionItem, mine: bool) -> Self {
        let owed = item.obligation.clone().unwrap_or_default();
        let other = if mine { &owed.owed_to } else { &owed.owed_by };
        Self {
            what: words::obligation(owed.kind()),
            summary: item.summary.clone(),
            with: other.as_ref().map(|person| person.name.clone()).unwrap_or_default(),
            due: words::iso_day(&owed.due_on),
            overdue: owed.overdue,
            href: (!owed.follow_up_id.is_empty()).then(|| format!("/threads/{}", owed.follow_up_id)),
        }
    }
}

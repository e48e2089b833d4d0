//! Home: what waits for me, and what waits for others because of me.

use api::projection::v1::GetAttentionListRequest;
use askama::Template;
use axum::{Router, extract::Query, routing::get};
use chrono::Utc;
use identity::context::today;

use super::{
    Shown,
    asked::{Asked, link},
    owed::{Reader, Urgency, Waiting},
    shell::{Foot, Shell},
    show,
};
use crate::{Gateway, visitor::Visitor};

/// What waits for me that one page shows.
const MOST: i32 = 100;
/// Of what others owe, so much is shown at once; the rest opens.
const OTHERS_SHOWN: usize = 100;

/// Of one group, so much is shown at once; the rest opens.
const AT_ONCE: usize = 8;

pub(crate) fn routes() -> Router<Gateway> {
    Router::new().route("/", get(home))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    shell: Shell,
    greeting: String,
    first_page: bool,
    mine: Side,
    others: Side,
    /// How many that others owe are not shown.
    others_left_out: usize,
    next: Option<String>,
    foot: Foot,
}

/// One side of the list.
struct Side {
    total: usize,
    overdue: usize,
    soon: usize,
    groups: Vec<Group>,
}

/// What is equally urgent.
struct Group {
    id: String,
    heading: &'static str,
    class: &'static str,
    /// The first of them.
    items: Vec<Waiting>,
    /// The others, which open.
    rest: Vec<Waiting>,
    total: usize,
}

async fn home(visitor: Visitor, Query(asked): Query<Asked>) -> Shown {
    let person = visitor.person()?.to_string();
    let message = GetAttentionListRequest {
        page_size: MOST,
        page_token: asked.text("page"),
        ..Default::default()
    };
    let mut tracking = visitor.clients().tracking;
    let (list, vocabulary) = tokio::join!(tracking.get_attention_list(visitor.ask(message)), visitor.vocabulary());
    let (list, vocabulary) = (list?.into_inner(), vocabulary?);
    let reader = Reader {
        person_id: &person,
        vocabulary: &vocabulary,
        today: today(),
    };
    let mine: Vec<Waiting> = list.waits_for_me.iter().map(|item| reader.mine(item)).collect();
    let mut others: Vec<Waiting> = list
        .waits_because_of_me
        .iter()
        .map(|item| reader.theirs(item))
        .collect();
    let others_left_out = others.len().saturating_sub(OTHERS_SHOWN);
    let counted = Side::new("others", &others);
    others.truncate(OTHERS_SHOWN);
    let next = (!list.next_page_token.is_empty()).then(|| link("/", &[("page", &list.next_page_token)]));
    show(&Page {
        shell: Shell::new(&visitor, "Home", "/"),
        greeting: visitor.me.name.clone(),
        first_page: asked.text("page").is_empty(),
        mine: Side::new("mine", &mine),
        others: Side {
            groups: groups("others", &others),
            ..counted
        },
        others_left_out,
        next,
        foot: Foot::new(&list.completeness, Utc::now()),
    })
}

impl Side {
    fn new(name: &str, items: &[Waiting]) -> Self {
        let count = |urgency| items.iter().filter(|item| item.urgency == urgency).count();
        Self {
            total: items.len(),
            overdue: count(Urgency::Overdue),
            soon: count(Urgency::Fortnight),
            groups: groups(name, items),
        }
    }
}

fn groups(name: &str, items: &[Waiting]) -> Vec<Group> {
    let group = |urgency: Urgency| {
        let mut items: Vec<Waiting> = items.iter().filter(|item| item.urgency == urgency).cloned().collect();
        let total = items.len();
        let rest = if total > AT_ONCE + 2 {
            items.split_off(AT_ONCE)
        } else {
            Vec::new()
        };
        Group {
            id: format!("{name}-{}", class(urgency)),
            heading: urgency.heading(),
            class: class(urgency),
            items,
            rest,
            total,
        }
    };
    let groups = Urgency::ALL.into_iter().map(group);
    groups.filter(|group| !group.items.is_empty()).collect()
}

fn class(urgency: Urgency) -> &'static str {
    match urgency {
        Urgency::Overdue => "overdue",
        Urgency::Fortnight => "soon",
        Urgency::Later => "later",
        Urgency::Undated => "undated",
    }
}

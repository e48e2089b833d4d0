//! Threads: what was agreed after observations, latest first, and where each has got to.

use api::projection::v1::{ListThreadsRequest, StuckReason, ThreadState, ThreadSummary};
use askama::Template;
use axum::{Router, extract::Query, routing::get};
use chrono::{Datelike as _, Utc};
use identity::context::today;

use super::{
    Shown,
    asked::{Asked, link},
    shell::{Foot, Shell},
    show,
    story::Milestones,
};
use crate::{
    Gateway,
    visitor::Visitor,
    words::{self, Vocabulary},
};

const MOST: i32 = 40;

/// Academic years that can be chosen.
const YEARS: i32 = 6;

/// Why a thread may be stuck, as one can ask for it.
const REASONS: [(&str, StuckReason); 9] = [
    ("not-started", StuckReason::NotStarted),
    ("support-not-provided", StuckReason::SupportNotProvided),
    ("overdue", StuckReason::Overdue),
    ("never-revisited", StuckReason::NeverRevisited),
    ("not-in-appraisal", StuckReason::NotInAppraisal),
    ("owner-left", StuckReason::OwnerLeft),
    ("paused", StuckReason::Paused),
    ("source-not-reporting", StuckReason::SourceNotReporting),
    ("not-permitted", StuckReason::NotPermitted),
];

/// How an address says why threads are stuck.
pub(crate) fn slug(reason: StuckReason) -> &'static str {
    let found = REASONS.iter().find(|(_, known)| *known == reason);
    found.map_or("", |(name, _)| name)
}

pub(crate) fn routes() -> Router<Gateway> {
    Router::new().route("/threads", get(threads))
}

#[derive(Template)]
#[template(path = "threads.html")]
struct Page {
    shell: Shell,
    lead: String,
    filters: Filters,
    threads: Vec<Row>,
    first_page: bool,
    first: String,
    next: Option<String>,
    foot: Foot,
}

/// What can be asked for.
struct Filters {
    /// Kept while one filters: whose.
    person: String,
    schools: Vec<Choice>,
    cycles: Vec<Choice>,
    areas: Vec<Choice>,
    stuck: Vec<Choice>,
    open_only: bool,
}

/// Something to choose.
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

/// A thread in the list.
struct Row {
    href: String,
    title: String,
    person: String,
    owner: String,
    school: String,
    agreed: String,
    due: String,
    state: &'static str,
    state_class: &'static str,
    stuck: Vec<&'static str>,
    milestones: Milestones,
}

async fn threads(visitor: Visitor, Query(asked): Query<Asked>) -> Shown {
    let (person, stuck) = (asked.text("person"), asked.text("stuck"));
    let own = visitor.me.person_id.map(|me| me.to_string()).unwrap_or_default();
    let leads = visitor.me.leads_trust() || visitor.me.leads_school();
    // Who leads nobody has their own threads.
    let whose = match person.as_str() {
        "" if !leads => own.clone(),
        "me" => own.clone(),
        person => person.to_owned(),
    };
    let mut urn = asked.text("urn");
    if urn.is_empty() && whose.is_empty() && !visitor.me.leads_trust() {
        urn = visitor
            .me
            .schools
            .first()
            .map(|school| school.urn.clone())
            .unwrap_or_default();
    }
    let reason = REASONS
        .iter()
        .find(|(name, _)| *name == stuck)
        .map(|(_, reason)| *reason);
    let message = ListThreadsRequest {
        trust_id: visitor.me.trust_id.clone(),
        urn: urn.clone(),
        person_id: whose.clone(),
        cycle: asked.number("cycle"),
        focus_area: asked.text("area"),
        stuck: reason.unwrap_or_default().into(),
        open_only: asked.ticked("open"),
        on: String::new(),
        page_size: MOST,
        page_token: asked.text("page"),
    };
    let mut tracking = visitor.clients().tracking;
    let (list, vocabulary) = tokio::join!(tracking.list_threads(visitor.ask(message)), visitor.vocabulary());
    let (list, vocabulary) = (list?.into_inner(), vocabulary?);
    let again = |page: &str| {
        let (cycle, area, open) = (asked.text("cycle"), asked.text("area"), asked.text("open"));
        link(
            "/threads",
            &[
                ("urn", &urn),
                ("person", &person),
                ("cycle", &cycle),
                ("area", &area),
                ("stuck", &stuck),
                ("open", &open),
                ("page", page),
            ],
        )
    };
    let lead = if whose == own && !own.is_empty() {
        "What was agreed with you after somebody saw you teach, what you owe and what the school owes you.".to_owned()
    } else if whose.is_empty() {
        "What was agreed after observations, and how far each went: from agreed to evaluated.".to_owned()
    } else {
        let name = list.threads.iter().find_map(|thread| thread.person.as_ref());
        let name = name.map_or("this person", |person| person.name.as_str());
        format!("What was agreed with {name}, and how far it went.")
    };
    show(&Page {
        shell: Shell::new(&visitor, "Threads", "/threads"),
        lead,
        filters: Filters::new(&visitor, &vocabulary, &asked, &urn, &person),
        threads: list
            .threads
            .iter()
            .map(|thread| Row::new(thread, &visitor, &vocabulary))
            .collect(),
        first_page: asked.text("page").is_empty(),
        first: again(""),
        next: (!list.next_page_token.is_empty()).then(|| again(&list.next_page_token)),
        foot: Foot::new(&list.completeness, Utc::now()),
    })
}

impl Filters {
    fn new(visitor: &Visitor, vocabulary: &Vocabulary, asked: &Asked, urn: &str, person: &str) -> Self {
        let choice = |value: String, label: String, chosen: &str| Choice {
            chosen: value == chosen,
            value,
            label,
        };
        let now = today();
        let this_year = if now.month() >= 9 { now.year() } else { now.year() - 1 };
        let schools = &visitor.me.schools;
        Self {
            person: person.to_owned(),
            schools: schools
                .iter()
                .map(|school| choice(school.urn.clone(), school.name.clone(), urn))
                .collect(),
            cycles: (0..YEARS)
                .map(|back| this_year - back)
                .map(|year| choice(year.to_string(), words::cycle(year), &asked.text("cycle")))
                .collect(),
            areas: vocabulary
                .all_areas()
                .into_iter()
                .map(|area| choice(area.code.clone(), area.label.clone(), &asked.text("area")))
                .collect(),
            stuck: REASONS
                .into_iter()
                .map(|(name, reason)| choice(name.into(), words::capital(words::stuck(reason)), &asked.text("stuck")))
                .collect(),
            open_only: asked.ticked("open"),
        }
    }
}

impl Row {
    fn new(thread: &ThreadSummary, visitor: &Visitor, vocabulary: &Vocabulary) -> Self {
        let name = |person: Option<&api::projection::v1::PersonRef>| {
            person.map_or_else(|| "nobody named".to_owned(), |person| person.name.clone())
        };
        let areas = vocabulary.areas(&thread.focus_areas);
        Self {
            href: format!("/threads/{}", thread.follow_up_id),
            title: if areas.is_empty() { "Follow-up".into() } else { areas },
            person: name(thread.person.as_ref()),
            owner: name(thread.owner.as_ref()),
            school: visitor.me.school(&thread.urn).to_owned(),
            agreed: words::iso_day(&thread.agreed_on),
            due: words::iso_day(&thread.due_on),
            state: words::state(thread.state()),
            state_class: state_class(thread.state()),
            stuck: thread.stuck().map(words::stuck).collect(),
            milestones: Milestones::new(&thread.milestones, true),
        }
    }
}

/// By which a state is marked.
pub(crate) fn state_class(state: ThreadState) -> &'static str {
    match state {
        ThreadState::Completed | ThreadState::Revisited => "good",
        ThreadState::Withdrawn | ThreadState::Lapsed => "quiet",
        ThreadState::Unspecified | ThreadState::Agreed | ThreadState::UnderWay => "",
    }
}

//! Reports: what the joined-up views say of schools and trusts, in figures, charts and files.

mod cells;
mod coaching;
mod entitlement;
pub(crate) mod frame;
mod impact;
mod link;
mod needs;
mod network;
mod priorities;
mod scorecard;
mod talent;
mod time;
mod values;
mod workload;

use api::directory::v1::Role;
use askama::Template;
use axum::{Router, routing::get};

use super::{Shown, shell::Shell, show};
use crate::{Gateway, export::report, visitor::Visitor};

pub(crate) fn routes() -> Router<Gateway> {
    let routes = Router::new()
        .route("/reports", get(index))
        .merge(link::routes())
        .merge(network::routes());
    let routes = report(routes, "/reports/needs", get(needs::page));
    let routes = report(routes, "/reports/values", get(values::page));
    let routes = report(routes, "/reports/impact", get(impact::page));
    let routes = report(routes, "/reports/entitlement", get(entitlement::page));
    let routes = report(routes, "/reports/time", get(time::page));
    let routes = report(routes, "/reports/coaching", get(coaching::page));
    let routes = report(routes, "/reports/talent", get(talent::page));
    let routes = report(routes, "/reports/priorities", get(priorities::page));
    let routes = report(routes, "/reports/scorecard", get(scorecard::page));
    report(routes, "/reports/workload", get(workload::page))
}

#[derive(Template)]
#[template(path = "reports/index.html")]
struct Page {
    shell: Shell,
    groups: Vec<Group>,
}

/// Reports about one thing.
struct Group {
    id: &'static str,
    heading: &'static str,
    reports: Vec<Offered>,
}

/// A report, and the question that it answers.
struct Offered {
    title: &'static str,
    href: &'static str,
    answers: &'static str,
    readers: &'static [Reader],
}

/// Whom a report is of use to. The services decide who may read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    Leader,
    Governor,
    Network,
}

async fn index(visitor: Visitor) -> Shown {
    let me = &visitor.me;
    let reads = |reader: &Reader| match reader {
        Reader::Leader => me.leads_trust() || me.leads_school(),
        Reader::Governor => me.is_governor(),
        Reader::Network => me.is_any(&[Role::NetworkLead]) || !me.networks.is_empty(),
    };
    let mut groups = all();
    for group in &mut groups {
        group.reports.retain(|report| report.readers.iter().any(reads));
    }
    groups.retain(|group| !group.reports.is_empty());
    show(&Page {
        shell: Shell::new(&visitor, "Reports", "/reports"),
        groups,
    })
}

const LEADERS: &[Reader] = &[Reader::Leader];
const GOVERNORS_TOO: &[Reader] = &[Reader::Leader, Reader::Governor];

fn all() -> Vec<Group> {
    let report = |title, href, answers, readers| Offered {
        title,
        href,
        answers,
        readers,
    };
    let group = |id, heading, reports| Group { id, heading, reports };
    vec![
        group(
            "followed",
            "What followed",
            vec![
                report(
                    "Link report",
                    "/reports/link",
                    "How far what was agreed after observations went: supported, developed, looked at again, discussed in \
                     appraisal, evaluated.",
                    GOVERNORS_TOO,
                ),
                report(
                    "Priorities",
                    "/reports/priorities",
                    "How we can know how far the development meant to improve something succeeded.",
                    GOVERNORS_TOO,
                ),
                report(
                    "Impact and value",
                    "/reports/impact",
                    "What development changed, by activity, provider and focus, and what it cost.",
                    GOVERNORS_TOO,
                ),
                report(
                    "Scorecard",
                    "/reports/scorecard",
                    "The school’s own measures and targets, beside the joined-up ones.",
                    GOVERNORS_TOO,
                ),
            ],
        ),
        group(
            "needed",
            "What is needed, and by whom",
            vec![
                report(
                    "Emergent needs",
                    "/reports/needs",
                    "Focus areas that rise across schools, and what the catalogue offers for them.",
                    GOVERNORS_TOO,
                ),
                report(
                    "Entitlement and fairness",
                    "/reports/entitlement",
                    "Who gets development, how much and of what kind; who had none; how observation weighs.",
                    GOVERNORS_TOO,
                ),
                report(
                    "Values and practice",
                    "/reports/values",
                    "What staff say we value about professional development, and what they say happens.",
                    GOVERNORS_TOO,
                ),
            ],
        ),
        group(
            "capacity",
            "Time and people",
            vec![
                report(
                    "Time",
                    "/reports/time",
                    "Time planned for development, how much of it was used, and what the rest went to.",
                    GOVERNORS_TOO,
                ),
                report(
                    "Coaching and capacity",
                    "/reports/coaching",
                    "Partnerships, coaches and their load, people coached who now coach, and where expertise is missing.",
                    GOVERNORS_TOO,
                ),
                report(
                    "Talent and succession",
                    "/reports/talent",
                    "Strengths seen in practice, and aims that their owners chose to share.",
                    LEADERS,
                ),
                report(
                    "Workload",
                    "/reports/workload",
                    "What our processes ask of people, and what joining them up spares.",
                    GOVERNORS_TOO,
                ),
            ],
        ),
        group(
            "network",
            "Across trusts",
            vec![report(
                "Network report",
                "/reports/network",
                "Aggregates of schools that agreed to report together; small numbers are suppressed.",
                &[Reader::Network],
            )],
        ),
    ]
}

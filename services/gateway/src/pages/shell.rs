//! What every page has around it: who is signed in, where one can go, and that a demo is a demo.

use api::{common::v1::Completeness, directory::v1::Role};
use chrono::{DateTime, Utc};

use crate::{
    assets::{ICON, SCRIPT, STYLE},
    visitor::Visitor,
    words,
};

/// Around a page. Templates that extend `base.html` hold it as `shell`.
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    pub(crate) title: String,
    pub(crate) name: String,
    pub(crate) trust_name: String,
    pub(crate) demo: bool,
    pub(crate) csrf: String,
    pub(crate) places: Vec<Place>,
    pub(crate) style: String,
    pub(crate) script: String,
    pub(crate) icon: String,
}

/// Somewhere to go.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) label: &'static str,
    pub(crate) href: &'static str,
    pub(crate) current: bool,
}

impl Shell {
    /// Around a page of this title, for this visitor. `path` is the page's own, to mark where one is.
    pub(crate) fn new(visitor: &Visitor, title: impl Into<String>, path: &str) -> Self {
        let places = places(visitor).into_iter().map(|(label, href)| Place {
            label,
            href,
            current: match href {
                "/" => path == "/",
                // One's own record is a place of its own.
                "/people" => path.starts_with("/people") && !path.starts_with("/people/me"),
                href => path.starts_with(href),
            },
        });
        Self {
            title: title.into(),
            name: visitor.me.name.clone(),
            trust_name: visitor.me.trust_name.clone(),
            demo: visitor.gateway().sessions().is_demo(),
            csrf: visitor.session.csrf().to_owned(),
            places: places.collect(),
            style: STYLE.path(),
            script: SCRIPT.path(),
            icon: ICON.path(),
        }
    }
}

/// Where this visitor can usefully go. What is not listed may still be asked for: the services decide.
fn places(visitor: &Visitor) -> Vec<(&'static str, &'static str)> {
    let me = &visitor.me;
    let mut places = Vec::new();
    if me.person_id.is_some() {
        places.push(("Home", "/"));
        if !me.is_any(&[Role::NetworkLead]) {
            places.extend([
                ("Threads", "/threads"),
                ("Observations", "/observations"),
                ("Appraisals", "/appraisals"),
                ("Surveys", "/surveys"),
                ("My record", "/people/me"),
                ("Catalogue", "/catalogue"),
                ("Partnerships", "/partnerships"),
            ]);
        }
    }
    let network = me.is_any(&[Role::NetworkLead]) || !me.networks.is_empty();
    if me.leads_trust() || me.leads_school() {
        places.push(("People", "/people"));
    }
    if me.leads_trust() || me.leads_school() || me.is_governor() || network {
        places.push(("Reports", "/reports"));
    }
    places
}

/// How far the sources of a page have been read, as its foot says it.
#[derive(Clone, Debug, askama::Template)]
#[template(path = "completeness.html")]
pub(crate) struct Foot {
    sources: Vec<SourceRead>,
    complete: bool,
    moment: String,
}

/// How far one source has been read.
#[derive(Clone, Debug)]
struct SourceRead {
    name: String,
    until: String,
    reporting: bool,
}

impl askama::filters::HtmlSafe for Foot {}

impl Foot {
    pub(crate) fn new(completeness: &[Completeness], moment: DateTime<Utc>) -> Self {
        let sources = completeness.iter().map(|source| {
            let until = source
                .complete_until
                .and_then(|until| DateTime::from_timestamp(until.seconds, 0))
                .map_or_else(|| "nothing yet".into(), words::moment);
            SourceRead {
                name: source.source.clone(),
                until,
                reporting: source.reporting,
            }
        });
        Self {
            sources: sources.collect(),
            complete: completeness.iter().all(|source| source.reporting),
            moment: words::moment(moment),
        }
    }
}

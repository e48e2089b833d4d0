//! What every report has in common: what may be asked for, the figures as files, what is counted, and how complete it is.

use api::{common::v1::Completeness, directory::v1::Phase};
use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{Uri, request::Parts},
};
use chrono::{DateTime, NaiveDate, Utc};
use identity::policy::cycle_of;
use prost_types::Timestamp;
use service::Error;

use crate::{
    Gateway, export,
    figures::{Cell, Figures, Format, Table},
    pages::{
        Shown,
        shell::{Foot, Shell},
    },
    problem::Fault,
    visitor::{School, Visitor},
    words,
};

/// How many academic years can be chosen, up to the running one.
const YEARS: i32 = 6;

/// A report as it was asked for, and by whom.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) visitor: Visitor,
    /// Empty for all schools.
    pub(crate) urn: String,
    /// The academic year by its first calendar year.
    pub(crate) cycle: i32,
    /// Unspecified for all.
    pub(crate) phase: Phase,
    /// The day at whose end it was known; absent for now.
    known_on: Option<NaiveDate>,
    format: Format,
    uri: Uri,
    at: DateTime<Utc>,
    /// Why it is of another year than the running one; empty if it is not.
    instead: String,
}

impl FromRequestParts<Gateway> for Asked {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, gateway: &Gateway) -> Result<Self, Fault> {
        let visitor = Visitor::from_request_parts(parts, gateway).await?;
        let Ok(format) = Format::from_request_parts(parts, gateway).await;
        let query = parts.uri.query().unwrap_or_default();
        let value = |name: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.into_owned())
        };
        let today = identity::context::today();
        let cycle = match value("cycle").filter(|cycle| !cycle.is_empty()) {
            None => cycle_of(today),
            Some(cycle) => cycle
                .parse()
                .ok()
                .filter(|cycle| (2000..=2100).contains(cycle))
                .ok_or_else(|| Error::invalid("cycle", "an academic year is given by its first calendar year"))?,
        };
        let phase = match value("phase").filter(|phase| !phase.is_empty()) {
            None => Phase::Unspecified,
            Some(phase) => phase
                .parse()
                .ok()
                .and_then(|phase: i32| Phase::try_from(phase).ok())
                .ok_or_else(|| Error::invalid("phase", "there is no such phase"))?,
        };
        let known_on = match value("known_on").filter(|on| !on.is_empty()) {
            None => None,
            Some(on) => {
                let on: NaiveDate = on
                    .parse()
                    .map_err(|_| Error::invalid("known_on", "a day is written like 2025-11-30"))?;
                Some(on).filter(|on| *on < today)
            }
        };
        let urn = value("urn").unwrap_or_else(|| own_school(&visitor));
        Ok(Self {
            visitor,
            urn,
            cycle,
            phase,
            known_on,
            format,
            uri: parts.uri.clone(),
            at: Utc::now(),
            instead: String::new(),
        })
    }
}

/// Where somebody begins: with everything, if they answer for all of it, otherwise with their own school.
fn own_school(visitor: &Visitor) -> String {
    if sees_all(visitor) {
        return String::new();
    }
    let schools = &visitor.me.schools;
    schools.first().map(|school| school.urn.clone()).unwrap_or_default()
}

/// Whether "all schools" is worth offering.
fn sees_all(visitor: &Visitor) -> bool {
    visitor.me.leads_trust()
}

impl Asked {
    pub(crate) fn trust_id(&self) -> String {
        self.visitor.me.trust_id.clone()
    }

    /// The same of the year before, unless a year was asked for: early in a year there is nothing to report yet.
    pub(crate) fn year_before(&self) -> Option<Self> {
        self.value("cycle").is_empty().then(|| Self {
            cycle: self.cycle - 1,
            instead: format!(
                "There is nothing to report of {} yet, so this shows {}.",
                words::cycle(self.cycle),
                words::cycle(self.cycle - 1)
            ),
            ..self.clone()
        })
    }

    /// As the protocol asks for what was known then.
    pub(crate) fn known_at(&self) -> Option<Timestamp> {
        let after = self.known_on?.succ_opt()?.and_hms_opt(0, 0, 0)?;
        Some(Timestamp {
            seconds: after.and_utc().timestamp(),
            nanos: 0,
        })
    }

    /// A value of the query that is of one report alone; empty if it was not asked for.
    pub(crate) fn value(&self, name: &str) -> String {
        let mut pairs = form_urlencoded::parse(self.uri.query().unwrap_or_default().as_bytes());
        let found = pairs.find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    }

    /// The address of this report for one school, in the same year.
    pub(crate) fn of_school(&self, urn: &str) -> String {
        format!("{}?cycle={}&urn={urn}", self.uri.path(), self.cycle)
    }

    /// A school as a row begins: it leads to the school's own report.
    pub(crate) fn school_cell(&self, urn: &str, name: &str) -> Cell {
        match (urn, name) {
            ("", "") => Cell::text("Central team"),
            ("", name) => Cell::text(name),
            (urn, name) => Cell::link(name, self.of_school(urn)),
        }
    }

    /// What was asked for, in words.
    fn said(&self, offers: Offers) -> Vec<(String, String)> {
        let schools = &self.visitor.me.schools;
        let school = schools.iter().find(|school| school.urn == self.urn);
        let school = match (self.urn.as_str(), school) {
            ("", _) => "all schools".into(),
            (_, Some(school)) => school.name.clone(),
            (urn, None) => urn.to_owned(),
        };
        let mut said = vec![
            ("Trust".into(), self.visitor.me.trust_name.clone()),
            ("School".into(), school),
            ("Academic year".into(), words::cycle(self.cycle)),
        ];
        if offers.phase && self.phase != Phase::Unspecified {
            said.push(("Phase".into(), words::reports::phase(self.phase).into()));
        }
        if let Some(on) = self.known_on.filter(|_| offers.known) {
            said.push(("As known on".into(), words::day(on)));
        }
        said
    }

    /// What was asked for, in words.
    pub(crate) fn said_in_words(&self) -> Vec<String> {
        let said = self.said(Offers {
            phase: true,
            known: true,
        });
        said.into_iter().map(|(_, value)| value).collect()
    }

    /// What a file of this report holds, and what its page says.
    pub(crate) fn figures(
        &self,
        title: &str,
        offers: Offers,
        completeness: &[Completeness],
        tables: Vec<Table>,
    ) -> Figures {
        Figures {
            title: title.into(),
            filters: self.said(offers),
            moment: self.at,
            completeness: completeness.to_vec(),
            tables,
        }
    }

    /// The file, if one was asked for instead of the page.
    pub(crate) fn file(&self, figures: &Figures) -> Option<Shown> {
        match &self.format {
            Format::Page => None,
            file => Some(export::answer(file.clone(), figures)),
        }
    }

    pub(crate) fn shell(&self, figures: &Figures) -> Shell {
        Shell::new(&self.visitor, figures.title.clone(), self.uri.path())
    }

    /// What the page has around its own content.
    pub(crate) fn frame(&self, figures: &Figures, offers: Offers, counted: &[(&str, &str)], version: &str) -> Frame {
        Frame {
            instead: self.instead.clone(),
            filters: self.form(offers),
            said: figures
                .filters
                .iter()
                .map(|(_, value)| value.clone())
                .collect::<Vec<_>>()
                .join(" · "),
            definitions: Definitions {
                counted: counted
                    .iter()
                    .map(|(what, how)| ((*what).to_owned(), (*how).to_owned()))
                    .collect(),
                version: version.to_owned(),
            },
            files: export::Files::of(&self.uri, figures),
            foot: Foot::new(&figures.completeness, self.at),
        }
    }

    fn form(&self, offers: Offers) -> FilterForm {
        let this_year = cycle_of(identity::context::today());
        let first = (this_year - YEARS + 1).min(self.cycle);
        let years = (first..=this_year.max(self.cycle)).rev();
        let mut choices = vec![Choice {
            name: "cycle",
            label: "Academic year",
            options: years
                .map(|year| Chance::of(year.to_string(), words::cycle(year), year == self.cycle))
                .collect(),
        }];
        let schools = &self.visitor.me.schools;
        if schools.len() > 1 {
            let all = sees_all(&self.visitor).then(|| Chance::of("", "All schools", self.urn.is_empty()));
            let each = |school: &School| Chance::of(&school.urn, &school.name, school.urn == self.urn);
            choices.push(Choice {
                name: "urn",
                label: "School",
                options: all.into_iter().chain(schools.iter().map(each)).collect(),
            });
        }
        if offers.phase && self.urn.is_empty() {
            let all = Chance::of("", "All phases", self.phase == Phase::Unspecified);
            let each = words::reports::PHASES.iter().map(|phase| {
                let value = i32::from(*phase).to_string();
                Chance::of(value, words::reports::phase(*phase), *phase == self.phase)
            });
            choices.push(Choice {
                name: "phase",
                label: "Phase",
                options: [all].into_iter().chain(each).collect(),
            });
        }
        FilterForm {
            action: self.uri.path().to_owned(),
            choices,
            known_on: offers
                .known
                .then(|| self.known_on.map(|on| on.to_string()).unwrap_or_default()),
            latest: identity::context::today().to_string(),
        }
    }
}

/// What can be asked of a report, beside year and school.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Offers {
    pub(crate) phase: bool,
    pub(crate) known: bool,
}

/// Around a report. Templates that extend `report.html` hold it as `frame`.
pub(crate) struct Frame {
    /// Why it is of another year than the running one; empty if it is not.
    pub(crate) instead: String,
    pub(crate) filters: FilterForm,
    /// What was asked for, in a line: filters are not printed.
    pub(crate) said: String,
    pub(crate) definitions: Definitions,
    pub(crate) files: export::Files,
    pub(crate) foot: Foot,
}

/// What is counted, in sentences.
#[derive(Clone, Debug, Template)]
#[template(path = "reports/definitions.html")]
pub(crate) struct Definitions {
    counted: Vec<(String, String)>,
    version: String,
}

impl askama::filters::HtmlSafe for Definitions {}

/// What a report can be asked for.
#[derive(Clone, Debug, Template)]
#[template(path = "reports/filters.html")]
pub(crate) struct FilterForm {
    action: String,
    choices: Vec<Choice>,
    /// Absent if the report is of now alone.
    known_on: Option<String>,
    latest: String,
}

impl askama::filters::HtmlSafe for FilterForm {}

impl FilterForm {
    /// Does not offer what this report cannot be asked for.
    pub(crate) fn without(&mut self, name: &str) {
        self.choices.retain(|choice| choice.name != name);
    }

    /// Offers something of one report alone: all of it, or one by its value and name.
    pub(crate) fn offer(
        &mut self,
        name: &'static str,
        label: &'static str,
        all: &str,
        each: impl IntoIterator<Item = (String, String)>,
        chosen: &str,
    ) {
        let each = each.into_iter().map(|(value, label)| {
            let is = value == chosen;
            Chance::of(value, label, is)
        });
        let all = (!all.is_empty()).then(|| Chance::of("", all, chosen.is_empty()));
        self.choices.push(Choice {
            name,
            label,
            options: all.into_iter().chain(each).collect(),
        });
    }
}

/// One of several.
#[derive(Clone, Debug)]
struct Choice {
    name: &'static str,
    label: &'static str,
    options: Vec<Chance>,
}

/// One that can be chosen.
#[derive(Clone, Debug)]
struct Chance {
    value: String,
    label: String,
    chosen: bool,
}

impl Chance {
    fn of(value: impl Into<String>, label: impl Into<String>, chosen: bool) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            chosen,
        }
    }
}

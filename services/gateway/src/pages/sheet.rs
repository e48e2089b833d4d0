//! A form put together field by field, on a page of its own: one step of the daily work.
//!
//! A field is named as the request's field is, so that what a service says of it is shown beside it.

use askama::Template;
use service::{Code, Error, Violations};
use tonic::Status;

use super::{Shown, shell::Shell, show};
use crate::{
    forms::{Choice, Fields},
    problem::Fault,
    visitor::Visitor,
};

/// A form. Templates show it as `{{ sheet }}`.
#[derive(Template)]
#[template(path = "sheet.html")]
pub(crate) struct Sheet {
    fields: Fields,
    parts: Vec<Part>,
    submit: &'static str,
    keeps_drafts: bool,
}

impl askama::filters::HtmlSafe for Sheet {}

/// What a form is made of.
enum Part {
    /// A group begins: what it is about, and a hint.
    Group(String, String),
    GroupEnds,
    /// Something to read.
    Words(String),
    /// An input as it is written.
    Field(String),
    /// Many choices, folded away unless something is chosen or wrong: what they are, how they are written, whether open.
    Many(String, String, bool),
    /// A few choices, side by side.
    Scale(String),
}

impl Sheet {
    /// A form with nothing in it yet. `submit` is what its button says.
    pub(crate) fn new(fields: Fields, submit: &'static str) -> Self {
        Self {
            fields,
            parts: Vec::new(),
            submit,
            keeps_drafts: true,
        }
    }

    /// There is nothing in it that would be worth keeping, or it must not be kept.
    pub(crate) fn without_drafts(mut self) -> Self {
        self.keeps_drafts = false;
        self
    }

    /// What a field begins with, unless somebody has been at the form before.
    pub(crate) fn preset(mut self, name: &str, value: impl Into<String>) -> Self {
        self.fields = self.fields.preset(name, value);
        self
    }

    /// Begins a group of fields.
    pub(crate) fn group(mut self, legend: impl Into<String>, hint: impl Into<String>) -> Self {
        self.parts.push(Part::Group(legend.into(), hint.into()));
        self
    }

    pub(crate) fn group_ends(mut self) -> Self {
        self.parts.push(Part::GroupEnds);
        self
    }

    /// Something to read before what follows.
    pub(crate) fn words(mut self, words: impl Into<String>) -> Self {
        self.parts.push(Part::Words(words.into()));
        self
    }

    /// Something that goes along unseen.
    pub(crate) fn hidden(self, name: &str, value: &str) -> Self {
        let hidden = self.fields.hidden(name, value).to_string();
        self.with(Part::Field(hidden))
    }

    /// What a field was preset with goes along unseen.
    pub(crate) fn carried(mut self, name: &str) -> Self {
        let values: Vec<String> = self.fields.all(name).into_iter().map(str::to_owned).collect();
        for value in values {
            self = self.hidden(name, &value);
        }
        self
    }

    /// One focus area, that must be chosen.
    pub(crate) fn choose_area(self, areas: &[Choice]) -> Self {
        self.select("focus_area", "Focus area", "", areas)
    }

    /// Sent only as long as what it is about is at this version.
    pub(crate) fn at_version(self, version: i64) -> Self {
        self.hidden("version", &version.to_string())
    }

    pub(crate) fn line(self, name: &str, label: &str, hint: &str) -> Self {
        let field = self.fields.text(name, label, hint).to_string();
        self.with(Part::Field(field))
    }

    pub(crate) fn long(self, name: &str, label: &str, hint: &str) -> Self {
        let field = self.fields.long(name, label, hint).required().to_string();
        self.with(Part::Field(field))
    }

    pub(crate) fn long_if_any(self, name: &str, label: &str, hint: &str) -> Self {
        let field = self.fields.long(name, &may(label), hint).to_string();
        self.with(Part::Field(field))
    }

    /// A day that must be given.
    pub(crate) fn day(self, name: &str, label: &str, hint: &str) -> Self {
        let field = self.fields.day(name, label, hint).required().to_string();
        self.with(Part::Field(field))
    }

    /// The day on which something happened: today, unless somebody says otherwise.
    pub(crate) fn happened(self, name: &str, label: &str) -> Self {
        self.preset(name, today())
            .day(name, label, "Today, unless it was earlier.")
    }

    pub(crate) fn day_if_any(self, name: &str, label: &str, hint: &str) -> Self {
        let field = self.fields.day(name, &may(label), hint).to_string();
        self.with(Part::Field(field))
    }

    pub(crate) fn number(self, name: &str, label: &str, hint: &str, (least, most): (i64, i64)) -> Self {
        let field = self
            .fields
            .number(name, label, hint, least, most)
            .required()
            .to_string();
        self.with(Part::Field(field))
    }

    /// One of many, that must be chosen.
    pub(crate) fn select(self, name: &str, label: &str, hint: &str, choices: &[Choice]) -> Self {
        let field = self.fields.choice(name, label, hint, choices).required().to_string();
        self.with(Part::Field(field))
    }

    pub(crate) fn select_if_any(self, name: &str, label: &str, hint: &str, choices: &[Choice]) -> Self {
        let field = self.fields.choice(name, &may(label), hint, choices).to_string();
        self.with(Part::Field(field))
    }

    pub(crate) fn radios(self, name: &str, label: &str, hint: &str, choices: &[Choice]) -> Self {
        let field = self.fields.radios(name, label, hint, choices).required().to_string();
        self.with(Part::Field(field))
    }

    pub(crate) fn radios_if_any(self, name: &str, label: &str, choices: &[Choice]) -> Self {
        let field = self.fields.radios(name, &may(label), "", choices).to_string();
        self.with(Part::Field(field))
    }

    pub(crate) fn checks(self, name: &str, label: &str, hint: &str, choices: &[Choice]) -> Self {
        let field = self.fields.checks(name, label, hint, choices).to_string();
        self.with(Part::Field(field))
    }

    /// Any of many, folded away.
    pub(crate) fn many(self, name: &str, label: &str, hint: &str, choices: &[Choice]) -> Self {
        let field = self.fields.checks(name, label, hint, choices).to_string();
        let open = field.contains(" checked") || field.contains("class=\"error\"");
        self.with(Part::Many(label.to_owned(), field, open))
    }

    /// From 1 to 5, with what the ends mean as its hint.
    pub(crate) fn scale(self, name: &str, label: &str, hint: &str, must: bool) -> Self {
        let scores: Vec<Choice> = (1..=5)
            .map(|score: i32| Choice::new(score.to_string(), score.to_string()))
            .collect();
        let field = self.fields.radios(name, label, hint, &scores);
        let field = if must { field.required() } else { field };
        self.with(Part::Scale(field.to_string()))
    }

    /// How often a group of this name was filled in, counted by one of its fields: `objectives[2].text` makes it 3.
    pub(crate) fn filled(&self, list: &str, field: &str) -> usize {
        (0..20)
            .rev()
            .find(|index| !self.fields.get(&format!("{list}[{index}].{field}")).is_empty())
            .map_or(0, |last| last + 1)
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }
}

fn may(label: &str) -> String {
    format!("{label} (if any)")
}

/// Today in England, as forms carry it.
pub(crate) fn today() -> String {
    identity::context::today().to_string()
}

/// A page around one form: what it is about, and what sending it means.
#[derive(Template)]
#[template(path = "step.html")]
pub(crate) struct Step {
    pub(crate) shell: Shell,
    /// Where it belongs: label and address.
    pub(crate) within: (String, String),
    /// What this step is, in a sentence or two.
    pub(crate) lead: &'static str,
    pub(crate) facts: Vec<(&'static str, String)>,
    /// What cannot be undone, or should be known before.
    pub(crate) caution: &'static str,
    pub(crate) sheet: Sheet,
}

impl Step {
    pub(crate) fn show(&self) -> Shown {
        show(self)
    }
}

/// What was sent, as requests want it.
pub(crate) trait Parsed {
    /// A whole number; 0 if it is none, which the services refuse.
    fn whole(&self, name: &str) -> i32;
    /// The version that the form was shown at.
    fn version(&self) -> Option<i64>;
    /// Everything that was chosen.
    fn each(&self, name: &str) -> Vec<String>;
    /// What was typed or chosen.
    fn word(&self, name: &str) -> String;
}

impl Parsed for Fields {
    fn whole(&self, name: &str) -> i32 {
        self.get(name).parse().unwrap_or_default()
    }

    fn version(&self) -> Option<i64> {
        self.get("version").parse().ok()
    }

    fn each(&self, name: &str) -> Vec<String> {
        self.all(name).into_iter().map(str::to_owned).collect()
    }

    fn word(&self, name: &str) -> String {
        self.get(name).to_owned()
    }
}

/// What a service said of a list from which empty entries were left out, said of the entries as the form numbers them.
pub(crate) fn renumbered(status: &Status, list: &str, kept: &[usize]) -> Error {
    let error = Error::from_status(status);
    if error.code() != Code::InvalidArgument || error.violations().is_empty() {
        return error;
    }
    let mut violations = Violations::new();
    for violation in error.violations() {
        violations.add(place(&violation.field, list, kept), violation.description.clone());
    }
    violations.finish().err().unwrap_or(error)
}

fn place(field: &str, list: &str, kept: &[usize]) -> String {
    let parts = || {
        let (index, rest) = field.strip_prefix(list)?.strip_prefix('[')?.split_once(']')?;
        let index: usize = index.parse().ok()?;
        Some(format!("{list}[{}]{rest}", kept.get(index)?))
    };
    parts().unwrap_or_else(|| field.to_owned())
}

/// Focus areas to choose from, under their headings.
pub(crate) async fn areas(visitor: &Visitor) -> Result<Vec<Choice>, Fault> {
    let vocabulary = visitor.vocabulary().await?;
    let areas = vocabulary.all_areas();
    Ok(areas
        .into_iter()
        .map(|area| Choice::new(&area.code, &area.label).of(&area.group))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_of_the_entry_as_the_form_numbers_it() {
        assert_eq!(place("promises[1].kind", "promises", &[0, 2]), "promises[2].kind");
        assert_eq!(place("promises[5].kind", "promises", &[0, 2]), "promises[5].kind");
        assert_eq!(place("promises", "promises", &[1]), "promises");
        assert_eq!(place("action", "promises", &[1]), "action");
    }
}

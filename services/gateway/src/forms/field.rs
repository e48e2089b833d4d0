//! A form as it is written on a page: each input with its label, a hint, and what was wrong with it.

use askama::Template;

use super::{Fields, Kept};
use crate::words;

/// Something that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    /// Choices of one group stand together; empty for none.
    pub(crate) group: String,
}

impl Choice {
    pub(crate) fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
            group: String::new(),
        }
    }

    #[must_use]
    pub(crate) fn of(self, group: impl Into<String>) -> Self {
        Self {
            group: group.into(),
            ..self
        }
    }
}

/// What kind of input it is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// One line; the kind of text it is for the browser.
    Line(&'static str),
    Number {
        min: i64,
        max: i64,
    },
    Long,
    Select,
    /// One of several, all seen at once.
    Radios,
    /// Any of several.
    Checks,
}

/// One input.
#[derive(Clone, Debug, Template)]
#[template(path = "field.html")]
pub(crate) struct Field {
    kind: Kind,
    id: String,
    name: String,
    label: String,
    hint: String,
    value: String,
    error: String,
    required: bool,
    groups: Vec<Group>,
}

/// Choices that stand together.
#[derive(Clone, Debug)]
struct Group {
    label: String,
    options: Vec<Shown>,
}

#[derive(Clone, Debug)]
struct Shown {
    id: String,
    value: String,
    label: String,
    chosen: bool,
}

impl askama::filters::HtmlSafe for Field {}

impl Field {
    /// It must be filled in before the browser sends the form.
    #[must_use]
    pub(crate) fn required(mut self) -> Self {
        self.required = true;
        self
    }

    fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.id));
        }
        if !self.error.is_empty() {
            ids.push(format!("{}-error", self.id));
        }
        ids.join(" ")
    }
}

/// The form's opening tag, what it carries unseen, and what was wrong with it.
#[derive(Clone, Debug, Template)]
#[template(path = "form.html")]
pub(crate) struct Begin {
    key: String,
    path: String,
    csrf: String,
    author: String,
    page: String,
    request_id: String,
    notice: String,
    refusal: String,
    problems: Vec<Problem>,
}

#[derive(Clone, Debug)]
struct Problem {
    field: String,
    href: Option<String>,
    sentence: String,
}

impl askama::filters::HtmlSafe for Begin {}

/// The buttons at a form's end: to send it, to go on later, to begin anew.
#[derive(Clone, Debug, Template)]
#[template(path = "buttons.html")]
pub(crate) struct Buttons {
    key: String,
    label: String,
    drafts: bool,
    saved: bool,
}

impl askama::filters::HtmlSafe for Buttons {}

/// Something that a form carries unseen.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<input type="hidden" name="{{ name }}" value="{{ value }}">"#,
    ext = "html"
)]
pub(crate) struct Hidden {
    name: String,
    value: String,
}

impl askama::filters::HtmlSafe for Hidden {}

/// What a field is called where it is not shown: `observation_id` is an observation.
fn called(name: &str) -> String {
    let name = name.split('[').next().unwrap_or_default();
    let name = name.strip_suffix("_ids").or(name.strip_suffix("_id")).unwrap_or(name);
    name.replace('_', " ").trim().to_owned()
}

impl Fields {
    /// The form's beginning: write `</form>` after its buttons.
    pub(crate) fn begin(&self) -> Begin {
        let content = &self.content;
        let problems = content.problems.iter().map(|(field, problem)| {
            let name = field.rsplit('.').next().unwrap_or_default();
            let known = [field.as_str(), name]
                .into_iter()
                .find(|name| content.values.iter().any(|(known, _)| known == name));
            Problem {
                field: words::sentence(&called(name)).trim_end_matches('.').to_owned(),
                href: known.map(|name| format!("#{}", self.id(name))),
                sentence: problem.clone(),
            }
        });
        Begin {
            key: self.key.clone(),
            path: self.path.clone(),
            csrf: self.csrf.clone(),
            author: self.author.clone(),
            page: content.page.clone(),
            request_id: content.request_id.clone(),
            notice: self.notice(),
            refusal: content.refusal.clone(),
            problems: problems.collect(),
        }
    }

    fn notice(&self) -> String {
        let Some(saved_at) = self.saved_at else {
            return String::new();
        };
        match self.content.kept {
            Kept::Saved => format!("Your draft of {}. It is kept for 30 days.", words::moment(saved_at)),
            Kept::Refused => String::new(),
            Kept::Stranded => {
                "Your session had ended when you sent this, so nothing was done yet. Here is what you had \
                               filled in: please look at it and send it again."
                    .into()
            }
        }
    }

    /// One line of text.
    pub(crate) fn text(&self, name: &str, label: &str, hint: &str) -> Field {
        self.field(Kind::Line("text"), name, label, hint)
    }

    /// Text of several lines.
    pub(crate) fn long(&self, name: &str, label: &str, hint: &str) -> Field {
        self.field(Kind::Long, name, label, hint)
    }

    /// A day, `YYYY-MM-DD`.
    pub(crate) fn day(&self, name: &str, label: &str, hint: &str) -> Field {
        self.field(Kind::Line("date"), name, label, hint)
    }

    /// A whole number within bounds.
    pub(crate) fn number(&self, name: &str, label: &str, hint: &str, min: i64, max: i64) -> Field {
        self.field(Kind::Number { min, max }, name, label, hint)
    }

    /// One of many, from a list that opens. The first entry is none.
    pub(crate) fn choice(&self, name: &str, label: &str, hint: &str, options: &[Choice]) -> Field {
        self.among(Kind::Select, name, label, hint, options)
    }

    /// One of a few, all seen at once.
    pub(crate) fn radios(&self, name: &str, label: &str, hint: &str, options: &[Choice]) -> Field {
        self.among(Kind::Radios, name, label, hint, options)
    }

    /// Any of several.
    pub(crate) fn checks(&self, name: &str, label: &str, hint: &str, options: &[Choice]) -> Field {
        self.among(Kind::Checks, name, label, hint, options)
    }

    /// Something that goes along, as it is now and not as it was in a draft: the version that was shown, for example.
    pub(crate) fn hidden(&self, name: &str, value: &str) -> Hidden {
        Hidden {
            name: name.to_owned(),
            value: value.to_owned(),
        }
    }

    /// The buttons of a form that may be saved as a draft.
    pub(crate) fn buttons(&self, label: &str) -> Buttons {
        Buttons {
            key: self.key.clone(),
            label: label.to_owned(),
            drafts: true,
            saved: self.saved_at.is_some(),
        }
    }

    /// The button of a form in which there is little to type.
    pub(crate) fn button(&self, label: &str) -> Buttons {
        Buttons {
            drafts: false,
            ..self.buttons(label)
        }
    }

    fn field(&self, kind: Kind, name: &str, label: &str, hint: &str) -> Field {
        Field {
            kind,
            id: self.id(name),
            name: name.to_owned(),
            label: label.to_owned(),
            hint: hint.to_owned(),
            value: self.get(name).to_owned(),
            error: self.problem(name).map(words::sentence).unwrap_or_default(),
            required: false,
            groups: Vec::new(),
        }
    }

    fn among(&self, kind: Kind, name: &str, label: &str, hint: &str, options: &[Choice]) -> Field {
        let mut field = self.field(kind, name, label, hint);
        for (index, option) in options.iter().enumerate() {
            let shown = Shown {
                id: format!("{}-{index}", field.id),
                chosen: self.has(name, &option.value),
                value: option.value.clone(),
                label: option.label.clone(),
            };
            match field.groups.last_mut() {
                Some(group) if group.label == option.group => group.options.push(shown),
                _ => field.groups.push(Group {
                    label: option.group.clone(),
                    options: vec![shown],
                }),
            }
        }
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> Fields {
        let mut fields = Fields::parse("/surveys", b"note=a+%3Cb%3E&area=two");
        fields.saved_at = Some(chrono::Utc::now());
        fields.content.kept = Kept::Refused;
        fields.content.refusal = "Something is not right yet.".into();
        fields.content.problems = vec![("survey.note".into(), "must be longer".into())];
        fields
    }

    #[test]
    fn an_input_has_its_label_its_value_and_what_is_wrong_with_it() {
        let html = refused()
            .long("note", "Your note", "A sentence or two")
            .required()
            .to_string();
        for part in [
            "<label for=\"surveys-note\">Your note</label>",
            "aria-describedby=\"surveys-note-hint surveys-note-error\"",
            "aria-invalid=\"true\"",
            "Must be longer.",
            "a &#60;b&#62;</textarea>",
            " required",
        ] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
    }

    #[test]
    fn what_was_chosen_is_chosen_again() {
        let options = [Choice::new("one", "One"), Choice::new("two", "Two").of("Others")];
        let fields = refused();
        let select = fields.choice("area", "Area", "", &options).to_string();
        assert!(select.contains("<optgroup label=\"Others\">"));
        assert!(select.contains("<option value=\"two\" selected>"));
        let checks = fields.checks("area", "Area", "", &options).to_string();
        assert!(
            checks.contains("id=\"surveys-area-1\" name=\"area\" value=\"two\" checked"),
            "{checks}"
        );
        assert!(checks.contains("<legend>Area</legend>"));
    }

    #[test]
    fn a_refusal_leads_to_its_fields() {
        let html = refused().begin().to_string();
        assert!(
            html.contains("<a href=\"#surveys-note\">Note</a>: must be longer"),
            "{html}"
        );
        assert!(html.contains("name=\"request_id\""));
        let fresh = Fields::fresh("/surveys", "/surveys").begin().to_string();
        assert!(!fresh.contains("role=\"alert\""));
    }
}

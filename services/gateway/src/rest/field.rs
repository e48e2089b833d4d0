//! What a text field of the protocol looks like, by its name and its comment: the one place from which both the
//! description and the check of a request take it.

use prost_reflect::{FieldDescriptor, Kind};

use super::surface::Surface;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Any text.
    Text,
    /// A UUID with hyphens.
    Uuid,
    /// `YYYY-MM-DD`.
    Date,
    /// A school's number of six digits.
    Urn,
}

impl Form {
    /// The form of a text field.
    pub(super) fn of(field: &FieldDescriptor) -> Self {
        if !matches!(field.kind(), Kind::String) {
            return Self::Text;
        }
        let name = field.name();
        // Group IDs of the national register are texts of its own; questions are told apart by short codes.
        let is_code = matches!(name, "group_id" | "question_id");
        if (name.ends_with("_id") || name.ends_with("_ids")) && !is_code {
            return Self::Uuid;
        }
        if name == "urn" || name == "urns" || name.ends_with("_urn") || name.ends_with("_urns") {
            return Self::Urn;
        }
        let comment = Surface::of_the_protocol().comment(field.parent_file().name(), field.path());
        if name == "on" || name.ends_with("_on") || comment.contains("ISO 8601 date") || comment.contains("ISO date") {
            return Self::Date;
        }
        Self::Text
    }

    /// What is wrong with a text that is not empty.
    pub(super) fn fault(self, text: &str) -> Option<&'static str> {
        let right = match self {
            Self::Text => !text.contains('\0'),
            Self::Uuid => is_written(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
            Self::Date => is_written(text, "dddd-dd-dd") && text.parse::<chrono::NaiveDate>().is_ok(),
            Self::Urn => is_written(text, "dddddd") && !text.starts_with('0'),
        };
        let fault = match self {
            Self::Text => "has a character that is no text (NUL): leave it out",
            Self::Uuid => "is not an identifier of this kind: write it as a UUID with hyphens",
            Self::Date => "is not a date: write it as YYYY-MM-DD",
            Self::Urn => "is not a school's number: write its six digits",
        };
        (!right).then_some(fault)
    }

    /// What a text that is not empty matches, as a regular expression.
    pub(super) fn pattern(self) -> Option<&'static str> {
        match self {
            Self::Text => None,
            Self::Uuid => Some("[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"),
            Self::Date => Some("[0-9]{4}-[0-9]{2}-[0-9]{2}"),
            Self::Urn => Some("[1-9][0-9]{5}"),
        }
    }
}

/// Whether a text has the shape of a model: `x` for a hexadecimal digit, `d` for a decimal one.
fn is_written(text: &str, model: &str) -> bool {
    text.len() == model.len()
        && text.bytes().zip(model.bytes()).all(|(byte, model)| match model {
            b'x' => byte.is_ascii_hexdigit(),
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

/// A field's name as JSON writes it.
pub(super) fn json_path(path: &str) -> String {
    let mut camel = String::with_capacity(path.len());
    let mut letters = path.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some(next) if letter == '_' && next.is_ascii_alphanumeric() => {
                camel.push(next.to_ascii_uppercase());
                letters.next();
            }
            _ => camel.push(letter),
        }
    }
    camel
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_held_to_its_form() {
        for (form, text, right) in [
            (Form::Uuid, "0198a1b2-0000-7000-8000-0123456789ab", true),
            (Form::Uuid, "0198a1b2000070008000-0123456789ab", false),
            (Form::Uuid, "42", false),
            (Form::Date, "2025-10-01", true),
            (Form::Date, "2025-02-30", false),
            (Form::Date, "2025-1-2", false),
            (Form::Date, "-999-01-01", false),
            (Form::Urn, "100012", true),
            (Form::Urn, "012345", false),
            (Form::Urn, "١٢٣", false),
            (Form::Text, "anything", true),
            (Form::Text, "a\0b", false),
        ] {
            assert_eq!(form.fault(text).is_none(), right, "{form:?} {text}");
        }
    }

    #[test]
    fn paths_are_written_as_json_writes_them() {
        assert_eq!(json_path("focus_areas[1].follow_up_ids"), "focusAreas[1].followUpIds");
        assert_eq!(json_path("x-on-behalf-of"), "x-on-behalf-of");
        assert_eq!(json_path("on"), "on");
    }
}

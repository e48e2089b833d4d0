//! Requests are parsed once, at the edge: from strings and numbers into types that cannot be wrong.
//!
//! Each parser gives `None` and notes a violation when the value is not right, so that one answer names every field:
//!
//! ```
//! # use service::Violations;
//! # use uuid::Uuid;
//! # fn f(person_id: &str, due_on: &str) -> Result<(), service::Error> {
//! let mut violations = Violations::new();
//! let person_id = violations.id::<Uuid>("person_id", person_id);
//! let due_on = violations.optional_date("due_on", due_on);
//! let (person_id, due_on) = violations.all((person_id, due_on))?;
//! # Ok(()) }
//! ```

use crate::Violations;
use chrono::{DateTime, NaiveDate, Utc};
use prost_types::Timestamp;
use reference::Edition;
use std::str::FromStr;

/// Most characters that a heading or a name may have.
pub const SHORT_TEXT: usize = 200;
/// Most characters that a note or a reflection may have.
pub const LONG_TEXT: usize = 10_000;

/// The path of a field of an element: `participants[2].role`.
pub fn path(list: &str, index: usize, field: &str) -> String {
    if field.is_empty() {
        format!("{list}[{index}]")
    } else {
        format!("{list}[{index}].{field}")
    }
}

impl Violations {
    /// An identifier that must be there, by the type's own `FromStr`.
    pub fn id<T: FromStr>(&mut self, field: &str, text: &str) -> Option<T> {
        if text.is_empty() {
            self.add(field, "must be given");
            return None;
        }
        let parsed = text.parse().ok();
        self.check(parsed.is_some(), field, || {
            "is not an identifier of this kind".to_owned()
        });
        parsed
    }

    /// An identifier that may be left out (empty).
    pub fn optional_id<T: FromStr>(&mut self, field: &str, text: &str) -> Option<Option<T>> {
        if text.is_empty() {
            Some(None)
        } else {
            self.id(field, text).map(Some)
        }
    }

    /// Identifiers, at most so many of them, each once.
    pub fn ids<T: FromStr + PartialEq>(&mut self, field: &str, texts: &[String], most: usize) -> Option<Vec<T>> {
        let ids: Vec<T> = self.list(field, texts, most, |violations, path, text| violations.id(path, text))?;
        self.distinct(field, ids)
    }

    /// Elements of which each must be there only once.
    fn distinct<T: PartialEq>(&mut self, field: &str, elements: Vec<T>) -> Option<Vec<T>> {
        let repeated = (1..elements.len()).find(|&index| elements[..index].contains(&elements[index]));
        if let Some(index) = repeated {
            self.add(path(field, index, ""), "is there twice: name each only once");
            return None;
        }
        Some(elements)
    }

    /// A list of at most so many elements, each parsed with its own path.
    pub fn list<S, T>(
        &mut self,
        field: &str,
        elements: &[S],
        most: usize,
        mut parse: impl FnMut(&mut Self, &str, &S) -> Option<T>,
    ) -> Option<Vec<T>> {
        if elements.len() > most {
            self.add(field, format!("has {} elements: give at most {most}", elements.len()));
            return None;
        }
        let parsed: Vec<Option<T>> = elements
            .iter()
            .enumerate()
            .map(|(index, element)| parse(self, &path(field, index, ""), element))
            .collect();
        parsed.into_iter().collect()
    }

    /// A list that must not be empty.
    pub fn some_of<S, T>(
        &mut self,
        field: &str,
        elements: &[S],
        most: usize,
        parse: impl FnMut(&mut Self, &str, &S) -> Option<T>,
    ) -> Option<Vec<T>> {
        if elements.is_empty() {
            self.add(field, "must have at least one element");
            return None;
        }
        self.list(field, elements, most, parse)
    }

    /// A date that must be there, as `YYYY-MM-DD`.
    pub fn date(&mut self, field: &str, text: &str) -> Option<NaiveDate> {
        if text.is_empty() {
            self.add(field, "must be given, as YYYY-MM-DD");
            return None;
        }
        // Chrono accepts `2025-1-2`: only the form that sorts as text is ours.
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .filter(|_| text.len() == 10);
        self.check(date.is_some(), field, || {
            "is not a date: write it as YYYY-MM-DD".to_owned()
        });
        date
    }

    /// A date that may be left out (empty).
    pub fn optional_date(&mut self, field: &str, text: &str) -> Option<Option<NaiveDate>> {
        if text.is_empty() {
            Some(None)
        } else {
            self.date(field, text).map(Some)
        }
    }

    /// Text that must be there, without surrounding space, of at most so many characters.
    pub fn text(&mut self, field: &str, text: &str, most: usize) -> Option<String> {
        let text = self.optional_text(field, text, most)?;
        self.check(text.is_some(), field, || "must be given".to_owned());
        text
    }

    /// Text that may be left out (empty or blank), of at most so many characters.
    pub fn optional_text(&mut self, field: &str, text: &str, most: usize) -> Option<Option<String>> {
        let text = text.trim();
        let count = text.chars().count();
        if count > most {
            self.add(field, format!("has {count} characters: shorten it to at most {most}"));
            return None;
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.add(field, "contains control characters: send plain text");
            return None;
        }
        Some((!text.is_empty()).then(|| text.to_owned()))
    }

    /// A code that an edition of reference data must have: a mechanism, a standard, an item of training.
    pub fn code(&mut self, field: &str, code: &str, among: &Edition) -> Option<String> {
        let code = self.text(field, code, 60)?;
        self.check(among.has(&code), field, || {
            format!(
                "is `{code}`, which is not in {} ({}): choose one of {}",
                among.title,
                among.edition,
                among.codes().collect::<Vec<_>>().join(", ")
            )
        });
        among.has(&code).then_some(code)
    }

    /// Codes of an edition of reference data, each once; none is fine.
    pub fn codes(&mut self, field: &str, codes: &[String], among: &Edition) -> Option<Vec<String>> {
        let most = among.items.len();
        let codes: Vec<String> = self.list(field, codes, most, |violations, path, code| {
            violations.code(path, code, among)
        })?;
        self.distinct(field, codes)
    }

    /// An enumeration that must be one of the known values, and not the unspecified one (0).
    pub fn choice<T: TryFrom<i32>>(&mut self, field: &str, value: i32) -> Option<T> {
        let parsed = if value == 0 { None } else { T::try_from(value).ok() };
        self.check(parsed.is_some(), field, || match value {
            0 => "must be given".to_owned(),
            unknown => format!("has the unknown value {unknown}"),
        });
        parsed
    }

    /// An enumeration that may be left unspecified (0).
    pub fn optional_choice<T: TryFrom<i32>>(&mut self, field: &str, value: i32) -> Option<Option<T>> {
        if value == 0 {
            Some(None)
        } else {
            self.choice(field, value).map(Some)
        }
    }

    /// A whole number within bounds, both included.
    pub fn number<T: PartialOrd + std::fmt::Display + Copy>(
        &mut self,
        field: &str,
        value: T,
        bounds: std::ops::RangeInclusive<T>,
    ) -> Option<T> {
        let within = bounds.contains(&value);
        self.check(within, field, || {
            format!("is {value}: must be from {} to {}", bounds.start(), bounds.end())
        });
        within.then_some(value)
    }

    /// An instant that must be there, kept to microseconds as the stores keep it.
    pub fn instant(&mut self, field: &str, value: Option<&Timestamp>) -> Option<DateTime<Utc>> {
        let instant = self.optional_instant(field, value)?;
        self.check(instant.is_some(), field, || "must be given".to_owned());
        instant
    }

    /// An instant that may be left out.
    pub fn optional_instant(&mut self, field: &str, value: Option<&Timestamp>) -> Option<Option<DateTime<Utc>>> {
        let Some(value) = value else { return Some(None) };
        let instant = u32::try_from(value.nanos)
            .ok()
            .and_then(|nanos| DateTime::from_timestamp(value.seconds, nanos / 1_000 * 1_000))
            .filter(|instant| (1900..=9999).contains(&chrono::Datelike::year(instant)));
        self.check(instant.is_some(), field, || {
            "is not an instant between the years 1900 and 9999".to_owned()
        });
        instant.map(Some)
    }

    /// A part that must be there.
    pub fn part<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        self.check(value.is_some(), field, || "must be given".to_owned());
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[derive(Debug, PartialEq)]
    enum Purpose {
        Developmental,
    }

    impl TryFrom<i32> for Purpose {
        type Error = ();
        fn try_from(value: i32) -> Result<Self, ()> {
            if value == 1 { Ok(Self::Developmental) } else { Err(()) }
        }
    }

    fn refused(parse: impl FnOnce(&mut Violations)) -> Vec<String> {
        let mut violations = Violations::new();
        parse(&mut violations);
        let error = violations.finish().expect_err("something should be wrong");
        error
            .violations()
            .iter()
            .map(|v| format!("{} {}", v.field, v.description))
            .collect()
    }

    #[test]
    fn a_right_request_gives_all_its_parts() {
        let mut v = Violations::new();
        let id = Uuid::now_v7();
        let at = Timestamp {
            seconds: 1_760_000_000,
            nanos: 123_456_789,
        };
        let parts = (
            v.id::<Uuid>("id", &id.to_string()),
            v.optional_id::<Uuid>("other_id", ""),
            v.date("on", "2025-10-01"),
            v.text("action", "  ask one more question  ", 30),
            v.choice::<Purpose>("purpose", 1),
            v.instant("at", Some(&at)),
            v.number("score", 5, 1..=5),
        );
        let (parsed, other, on, action, purpose, instant, score) = v.all(parts).unwrap();
        assert_eq!((parsed, other, score), (id, None, 5));
        assert_eq!(on.to_string(), "2025-10-01");
        assert_eq!(
            (action.as_str(), purpose),
            ("ask one more question", Purpose::Developmental)
        );
        assert_eq!(instant.timestamp_subsec_nanos(), 123_456_000);
    }

    #[test]
    fn what_is_missing_is_named() {
        let told = refused(|v| {
            v.id::<Uuid>("person_id", "");
            v.date("due_on", "");
            v.text("action", " \n", 10);
            v.choice::<Purpose>("purpose", 0);
            v.instant("at", None);
            v.some_of("areas", &Vec::<String>::new(), 3, |_, _, _| Some(()));
        });
        assert_eq!(
            told,
            [
                "person_id must be given",
                "due_on must be given, as YYYY-MM-DD",
                "action must be given",
                "purpose must be given",
                "at must be given",
                "areas must have at least one element"
            ]
        );
    }

    #[test]
    fn what_is_malformed_says_what_to_do() {
        let told = refused(|v| {
            v.id::<Uuid>("person_id", "42");
            v.date("due_on", "2025-2-30");
            v.date("due_on", "2025-1-2");
            v.text("action", "éééé", 3);
            v.text("action", "a\u{0}b", 3);
            v.choice::<Purpose>("purpose", 9);
            v.number("score", 6, 1..=5);
            v.optional_instant(
                "at",
                Some(&Timestamp {
                    seconds: i64::MAX,
                    nanos: 0,
                }),
            );
            v.optional_instant("at", Some(&Timestamp { seconds: 0, nanos: -1 }));
        });
        assert_eq!(told.len(), 9);
        assert_eq!(told[3], "action has 4 characters: shorten it to at most 3");
        assert_eq!(told[6], "score is 6: must be from 1 to 5");
    }

    #[test]
    fn codes_of_reference_data_must_be_there_and_may_be_none() {
        use reference::{Reference, Set};
        let mechanisms = Reference::shipped().edition(Set::Mechanisms);
        let (known, unknown) = ("modelling".to_owned(), "telepathy".to_owned());
        let mut v = Violations::new();
        assert_eq!(v.codes("mechanisms", &[], &mechanisms), Some(vec![]));
        assert_eq!(
            v.codes("mechanisms", std::slice::from_ref(&known), &mechanisms),
            Some(vec![known.clone()])
        );
        v.finish().unwrap();
        let told = refused(|v| {
            v.codes("mechanisms", &[known.clone(), unknown], &mechanisms);
            v.codes("mechanisms", &[known.clone(), known], &mechanisms);
            v.code("item", "", &mechanisms);
        });
        assert_eq!(told.len(), 3);
        assert!(told[0].starts_with("mechanisms[1] is `telepathy`, which is not in Mechanisms"));
        assert!(told[0].contains("choose one of managing_cognitive_load, "));
        assert_eq!(told[1], "mechanisms[1] is there twice: name each only once");
    }

    #[test]
    fn an_element_is_named_by_its_place() {
        let good = Uuid::nil().to_string();
        let told = refused(|v| {
            v.ids::<Uuid>("observers", &[good.clone(), "x".to_owned()], 2);
            v.ids::<Uuid>("observers", &[good.clone(), good.clone()], 2);
            v.ids::<Uuid>("observers", &[good.clone(), good.clone(), good], 2);
        });
        assert_eq!(
            told,
            [
                "observers[1] is not an identifier of this kind",
                "observers[1] is there twice: name each only once",
                "observers has 3 elements: give at most 2"
            ]
        );
    }
}

//! Reads the strings of recorded events back into types.
//!
//! Folding is total: what was recorded once was parsed then, and what still cannot be read becomes the type's default.

use std::str::FromStr;

use api::ids::Urn;
use chrono::NaiveDate;
use uuid::Uuid;

/// A date, as `YYYY-MM-DD`.
pub fn date(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

/// A date that may be absent in life, and is empty then.
pub fn optional_date(text: &str) -> Option<NaiveDate> {
    text.parse().ok()
}

/// An identifier that is always there.
pub fn id<T: From<Uuid>>(text: &str) -> T {
    T::from(Uuid::try_parse(text).unwrap_or_default())
}

/// An identifier that may be absent in life, and is empty then.
pub fn optional_id<T: From<Uuid>>(text: &str) -> Option<T> {
    Uuid::try_parse(text).ok().map(T::from)
}

/// Identifiers; those that cannot be read are left out.
pub fn ids<T: FromStr>(texts: &[String]) -> Vec<T> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

/// The texts of identifiers.
pub fn texts<T: ToString>(ids: &[T]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

/// A school.
pub fn urn(text: &str) -> Urn {
    text.parse().unwrap_or_default()
}

/// A school that may be absent in life, and is empty then.
pub fn optional_urn(text: &str) -> Option<Urn> {
    text.parse().ok()
}

/// The text of an identifier that may be absent.
pub fn text_of(id: Option<impl ToString>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

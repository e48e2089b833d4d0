//! Reads the strings of recorded events back into types.
//!
//! Folding is total: what was recorded once was parsed then, and what still cannot be read becomes the type's default.

use chrono::NaiveDate;
use uuid::Uuid;

/// A date, as `YYYY-MM-DD`.
pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap_or_default()
}

/// An identifier that is always there.
pub(crate) fn id<T: From<Uuid>>(text: &str) -> T {
    T::from(Uuid::try_parse(text).unwrap_or_default())
}

/// An identifier that may be absent in life, and is empty then.
pub(crate) fn optional_id<T: From<Uuid>>(text: &str) -> Option<T> {
    Uuid::try_parse(text).ok().map(T::from)
}

/// Identifiers that are always there.
pub(crate) fn ids<T: From<Uuid>>(texts: &[String]) -> Vec<T> {
    texts.iter().map(|text| id(text)).collect()
}

/// The text of an identifier that may be absent.
pub(crate) fn text_of(id: Option<impl ToString>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// The texts of identifiers.
pub(crate) fn texts_of<T: ToString>(ids: impl IntoIterator<Item = T>) -> Vec<String> {
    ids.into_iter().map(|id| id.to_string()).collect()
}

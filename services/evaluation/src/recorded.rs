//! Reads the strings of recorded events back into types.
//!
//! Folding is total: what was recorded once was parsed then, and what still cannot be read becomes the type's default.

use api::ids::Urn;
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

/// A school.
pub(crate) fn urn(text: &str) -> Urn {
    text.parse().unwrap_or_default()
}

/// The text of an identifier that may be absent.
pub(crate) fn text_of(id: Option<impl ToString>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// Several codes as one text, such as a column holds.
pub(crate) fn joined(codes: &[String]) -> String {
    codes.join("\n")
}

/// Codes that [`joined`] put together.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

//! How values are kept small in documents and columns: days as numbers, identifiers as 16 bytes.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use uuid::Uuid;

/// A day as the number of days since 1 January of year 1.
pub(crate) type Day = i32;

/// Parses an ISO 8601 date; empty or wrong text is no day.
pub(crate) fn day(text: &str) -> Option<Day> {
    text.parse::<NaiveDate>().ok().map(|date| date.num_days_from_ce())
}

/// The number of a date.
pub(crate) fn day_of(date: NaiveDate) -> Day {
    date.num_days_from_ce()
}

/// The date of a number.
pub(crate) fn date(day: Day) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(day)
}

/// ISO 8601; empty for none.
pub(crate) fn iso(day: Option<Day>) -> String {
    day.and_then(date).map(|date| date.to_string()).unwrap_or_default()
}

/// Parses a UUID into its bytes; empty or wrong text is none.
pub(crate) fn id_bytes(text: &str) -> Vec<u8> {
    Uuid::try_parse(text)
        .map(|id| id.as_bytes().to_vec())
        .unwrap_or_default()
}

/// Parses UUIDs into their bytes, in order, each once.
pub(crate) fn ids_bytes(texts: &[String]) -> Vec<Vec<u8>> {
    let mut ids: Vec<_> = texts
        .iter()
        .map(|text| id_bytes(text))
        .filter(|id| !id.is_empty())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Reads identifiers from their bytes.
pub(crate) fn ids(all: &[Vec<u8>]) -> impl Iterator<Item = Uuid> {
    all.iter().filter_map(|bytes| id(bytes))
}

/// Reads an identifier from its bytes.
pub(crate) fn id(bytes: &[u8]) -> Option<Uuid> {
    Uuid::from_slice(bytes).ok()
}

/// As text; empty for none.
pub(crate) fn id_text(bytes: &[u8]) -> String {
    id(bytes).map(|id| id.to_string()).unwrap_or_default()
}

/// A school's number; 0 for none.
pub(crate) fn urn(text: &str) -> u32 {
    text.parse().unwrap_or_default()
}

/// As text; empty for 0.
pub(crate) fn urn_text(urn: u32) -> String {
    if urn == 0 { String::new() } else { format!("{urn:06}") }
}

/// A school's number as a column; null for none.
pub(crate) fn urn_column(urn: u32) -> Option<i32> {
    i32::try_from(urn).ok().filter(|urn| *urn != 0)
}

/// The academic year that a day belongs to, by its first calendar year.
pub(crate) fn cycle(day: Day) -> Option<i32> {
    date(day).map(identity::policy::cycle_of)
}

/// An instant as the protocol shows it.
pub(crate) fn timestamp(instant: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: instant.timestamp(),
        nanos: i32::try_from(instant.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}

/// An instant from microseconds since 1970.
pub(crate) fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

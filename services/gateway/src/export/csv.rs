//! One tidy table as comma-separated values (RFC 4180).

use ::csv::{Terminator, WriterBuilder};

use super::{
    about,
    flat::{Flat, Value},
};
use crate::figures::{Figures, Table};

/// Tells Excel that it is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the table cannot be written as CSV")]
    Write(#[from] ::csv::Error),
    #[error("the end of the CSV cannot be written")]
    End(#[from] std::io::Error),
}

/// The table; each row ends in when, of what, and how complete.
pub(super) fn written(figures: &Figures, table: &Flat) -> Result<Vec<u8>, Error> {
    let last = [
        ("as_at", about::moment(figures)),
        ("filters", about::filters(figures)),
        ("complete_until", about::completeness(figures)),
    ];
    write(table, &last)
}

/// The table and nothing else.
pub(super) fn plain(table: &Table) -> Result<Vec<u8>, Error> {
    write(&Flat::of(table), &[])
}

fn write(table: &Flat, last: &[(&str, String)]) -> Result<Vec<u8>, Error> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(BYTE_ORDER_MARK.as_bytes().to_vec());
    let names = table.columns.iter().map(|column| column.name.as_str());
    writer.write_record(names.chain(last.iter().map(|(name, _)| *name)))?;
    for row in &table.rows {
        let last = last.iter().map(|(_, value)| defused(value));
        writer.write_record(row.iter().map(value).chain(last))?;
    }
    writer.into_inner().map_err(|unwritten| unwritten.into_error().into())
}

fn value(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Mark(text) => defused(text),
        Value::Count(count) => count.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Date(on) => on.to_string(),
        Value::Nothing => String::new(),
    }
}

/// What a spreadsheet takes for the beginning of a formula or a command, in the widths in which it is typed.
const BEGINNINGS: [char; 13] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', '\u{0}', '\u{feff}',
];

/// Text that a spreadsheet takes for text. A true number is left as it is.
pub(crate) fn defused(text: &str) -> String {
    let begins = |text: &str| text.starts_with(BEGINNINGS);
    let dangerous = begins(text) || begins(text.trim_start());
    if dangerous && !is_number(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Digits with at most a sign and a point: not `-inf`, nor anything that is worked out.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    digits.starts_with(|digit: char| digit.is_ascii_digit())
        && digits.chars().all(|letter| letter.is_ascii_digit() || letter == '.')
        && digits.parse::<f64>().is_ok()
}

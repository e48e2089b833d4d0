//! Figures: the one shape in which a view's numbers are shown in a table, drawn in a chart, and exported.

use std::convert::Infallible;

use api::{
    common::v1::Completeness,
    projection::v1::{Figure, FigureMark, Rate},
};
use axum::{
    extract::FromRequestParts,
    http::{Uri, request::Parts},
};
use chrono::{DateTime, NaiveDate, Utc};

/// What the symbols of the Department's published tables mean.
pub const SYMBOLS: [(&str, &str); 4] = [
    ("c", "suppressed: too few people"),
    ("z", "not applicable"),
    ("x", "not available"),
    ("low", "rounds to nothing"),
];

/// What a page says in numbers, and what an export carries.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// Of the page, such as "Link report".
    pub title: String,
    /// What was asked for, in words: name and value.
    pub filters: Vec<(String, String)>,
    /// When it was asked, or as known at.
    pub moment: DateTime<Utc>,
    /// How far each source has been read.
    pub completeness: Vec<Completeness>,
    pub tables: Vec<Table>,
}

/// One table.
#[derive(Clone, Debug, PartialEq, askama::Template)]
#[template(path = "table.html")]
pub struct Table {
    /// Short and stable, for file names and anchors: lower case and hyphens.
    pub name: &'static str,
    pub caption: String,
    pub columns: Vec<Column>,
    /// Each as long as `columns`; the first cell is the row's header.
    pub rows: Vec<Vec<Cell>>,
}

impl askama::filters::HtmlSafe for Table {}

impl Table {
    pub fn new(name: &'static str, caption: impl Into<String>, columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            name,
            caption: caption.into(),
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn push(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// For people, with its unit: "Hours used".
    pub label: String,
    /// For files: lower case and underscores, with its unit: `hours_used`.
    pub key: &'static str,
    /// What stands in it.
    pub kind: Kind,
}

/// What stands in a column. Files have the same columns whatever was found, so that it is said beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Count,
    /// Numbers; in files they are taken for counts or shares if all of its cells are.
    Number,
    /// Three columns of a file: numerator, denominator, ratio.
    Share,
    Date,
}

impl Column {
    pub fn text(key: &'static str, label: impl Into<String>) -> Self {
        Self::of(Kind::Text, key, label)
    }

    pub fn count(key: &'static str, label: impl Into<String>) -> Self {
        Self::of(Kind::Count, key, label)
    }

    pub fn number(key: &'static str, label: impl Into<String>) -> Self {
        Self::of(Kind::Number, key, label)
    }

    pub fn share(key: &'static str, label: impl Into<String>) -> Self {
        Self::of(Kind::Share, key, label)
    }

    pub fn date(key: &'static str, label: impl Into<String>) -> Self {
        Self::of(Kind::Date, key, label)
    }

    fn of(kind: Kind, key: &'static str, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            key,
            kind,
        }
    }

    /// Whether it is aligned as numbers are.
    pub fn numeric(&self) -> bool {
        matches!(self.kind, Kind::Count | Kind::Number | Kind::Share)
    }
}

/// In which form a report is wanted: the page, or a file of its figures, by the ending of its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Format {
    Page,
    /// One table, by its name: the first, if none is named.
    Csv(Option<String>),
    /// Every table, a sheet each.
    Xlsx,
    /// One table, as for CSV.
    Parquet(Option<String>),
}

impl Format {
    fn of(uri: &Uri) -> Self {
        let table = || {
            let mut pairs = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
            pairs
                .find(|(name, _)| name == "table")
                .map(|(_, value)| value.into_owned())
        };
        match uri.path().rsplit_once('.') {
            Some((_, "csv")) => Self::Csv(table()),
            Some((_, "xlsx")) => Self::Xlsx,
            Some((_, "parquet")) => Self::Parquet(table()),
            _ => Self::Page,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Format {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri))
    }
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Text(String),
    /// Text that leads somewhere on this site.
    Link {
        text: String,
        href: String,
    },
    Count(i64),
    /// A number with so many decimals.
    Number(f64, usize),
    /// A share with what it was taken of.
    Share {
        numerator: i64,
        denominator: i64,
    },
    Date(NaiveDate),
    /// Not shown, by the symbols of the Department's published tables: `c` suppressed, `z` not applicable, `x` not
    /// available, `low` rounds to nothing.
    Symbol(&'static str),
    /// There is nothing, and why.
    Absent(&'static str),
}

impl Cell {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn link(text: impl Into<String>, href: impl Into<String>) -> Self {
        Self::Link {
            text: text.into(),
            href: href.into(),
        }
    }

    /// A share as a view gives it: suppressed, of nothing, or a number.
    pub fn rate(rate: Option<&Rate>) -> Self {
        match rate {
            None => Self::Symbol("x"),
            Some(rate) if rate.suppressed => Self::Symbol("c"),
            Some(rate) if rate.denominator == 0 => Self::Symbol("z"),
            Some(rate) => Self::Share {
                numerator: rate.numerator.into(),
                denominator: rate.denominator.into(),
            },
        }
    }

    /// A count as a view gives it: suppressed, or a number.
    pub fn count(count: i32, suppressed: bool) -> Self {
        if suppressed {
            Self::Symbol("c")
        } else {
            Self::Count(count.into())
        }
    }

    /// A number as a view gives it, with so many decimals; absent is not applicable.
    pub fn number(number: Option<f64>, decimals: usize) -> Self {
        number.map_or(Self::Symbol("z"), |number| Self::Number(number, decimals))
    }

    /// A number that may be withheld, with so many decimals.
    pub fn figure(figure: Option<&Figure>, decimals: usize) -> Self {
        let Some(figure) = figure else { return Self::Symbol("x") };
        match figure.mark() {
            FigureMark::Unspecified => Self::Number(figure.value, decimals),
            FigureMark::Confidential => Self::Symbol("c"),
            FigureMark::NotApplicable => Self::Symbol("z"),
            FigureMark::NotAvailable => Self::Symbol("x"),
            FigureMark::Low => Self::Symbol("low"),
        }
    }

    /// An ISO 8601 date as views give it; empty is nothing.
    pub fn date(on: &str) -> Self {
        on.parse().map_or(Self::Absent("none"), Self::Date)
    }

    /// As a person reads it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Link { text, .. } => text.clone(),
            Self::Count(count) => grouped(*count),
            Self::Number(number, decimals) => grouped_number(*number, *decimals),
            Self::Share { numerator, denominator } => share(*numerator, *denominator),
            Self::Date(on) => crate::words::day(*on),
            Self::Symbol(symbol) => (*symbol).to_owned(),
            Self::Absent(reason) => (*reason).to_owned(),
        }
    }

    /// What a symbol means, for whoever does not know it.
    pub fn meaning(&self) -> Option<&'static str> {
        let Self::Symbol(symbol) = self else { return None };
        SYMBOLS
            .iter()
            .find(|(known, _)| known == symbol)
            .map(|(_, meaning)| *meaning)
    }

    /// Where a link leads.
    pub fn href(&self) -> Option<&str> {
        match self {
            Self::Link { href, .. } => Some(href),
            _ => None,
        }
    }

    /// Whether there is no figure to show.
    pub fn is_symbol(&self) -> bool {
        matches!(self, Self::Symbol(_) | Self::Absent(_))
    }
}

/// The figures that matter most, large, above the rest of a page.
#[derive(Clone, Debug, Default, askama::Template)]
#[template(path = "keys.html")]
pub struct Keys {
    keys: Vec<Key>,
}

impl askama::filters::HtmlSafe for Keys {}

/// One of them.
#[derive(Clone, Debug)]
struct Key {
    label: String,
    value: String,
    /// What a share was taken of, or what else belongs to it.
    note: String,
    symbol: bool,
}

impl Keys {
    /// Adds a figure. The note of a share says what it was taken of, that of a symbol what it means.
    pub fn add(mut self, label: impl Into<String>, cell: &Cell) -> Self {
        let shown = cell.shown();
        let (value, note) = match (cell, cell.meaning()) {
            (Cell::Share { .. }, _) => match shown.split_once(" (") {
                Some((percent, of)) => (percent.to_owned(), of.trim_end_matches(')').to_owned()),
                None => (shown, String::new()),
            },
            (_, Some(meaning)) => (shown, meaning.to_owned()),
            _ => (shown, String::new()),
        };
        self.keys.push(Key {
            label: label.into(),
            value,
            note,
            symbol: cell.is_symbol(),
        });
        self
    }

    /// Adds a figure with a note of one's own, unless there is no figure.
    pub fn add_noted(self, label: impl Into<String>, cell: &Cell, note: impl Into<String>) -> Self {
        let mut keys = self.add(label, cell);
        if let Some(key) = keys.keys.last_mut().filter(|_| !cell.is_symbol()) {
            key.note = note.into();
        }
        keys
    }
}

/// "62 % (31 of 50)".
fn share(numerator: i64, denominator: i64) -> String {
    if denominator == 0 {
        return "–".into();
    }
    let percent = (200 * numerator + denominator) / (2 * denominator);
    format!("{percent} % ({} of {})", grouped(numerator), grouped(denominator))
}

/// "1,234.5".
fn grouped_number(number: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", number.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if number < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        "−"
    } else {
        ""
    };
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

/// "12,345".
fn grouped(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut text = String::new();
    if count < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(Cell::Count(1_234_567).shown(), "1,234,567");
        assert_eq!(Cell::Count(-1_234).shown(), "−1,234");
        assert_eq!(Cell::Count(999).shown(), "999");
        assert_eq!(Cell::Number(0.345, 2).shown(), "0.34");
        assert_eq!(Cell::Number(12_345.67, 1).shown(), "12,345.7");
        assert_eq!(Cell::Number(-0.04, 1).shown(), "0.0");
        assert_eq!(Cell::Number(-1_000.0, 0).shown(), "−1,000");
    }

    #[test]
    fn the_ending_of_the_path_says_the_form() {
        let of = |uri: &'static str| Format::of(&Uri::from_static(uri));
        assert_eq!(of("/reports/link?cycle=2025"), Format::Page);
        assert_eq!(of("/reports/link.xlsx"), Format::Xlsx);
        assert_eq!(of("/reports/link.csv"), Format::Csv(None));
        let schools = Some("schools".into());
        assert_eq!(of("/reports/link.parquet?a=b&table=schools"), Format::Parquet(schools));
    }

    #[test]
    fn a_share_shows_what_it_was_taken_of() {
        let share = |numerator, denominator| Cell::Share { numerator, denominator }.shown();
        assert_eq!(share(31, 50), "62 % (31 of 50)");
        assert_eq!(share(1, 3), "33 % (1 of 3)");
        assert_eq!(share(2, 3), "67 % (2 of 3)");
    }

    #[test]
    fn a_suppressed_rate_is_never_a_nought() {
        let rate = Rate {
            suppressed: true,
            ..Rate::default()
        };
        assert_eq!(Cell::rate(Some(&rate)).shown(), "c");
        assert_eq!(Cell::rate(Some(&Rate::default())).shown(), "z");
        assert_eq!(Cell::rate(None).shown(), "x");
    }
}

//! Figures: the one shape in which a view's numbers are shown in a table, drawn in a chart, and exported.

use api::{common::v1::Completeness, projection::v1::Rate};
use chrono::{DateTime, NaiveDate, Utc};

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
    /// Whether it is aligned as numbers are.
    pub numeric: bool,
}

impl Column {
    pub fn text(key: &'static str, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            key,
            numeric: false,
        }
    }

    pub fn number(key: &'static str, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            key,
            numeric: true,
        }
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

    /// An ISO 8601 date as views give it; empty is nothing.
    pub fn date(on: &str) -> Self {
        on.parse().map_or(Self::Absent("none"), Self::Date)
    }

    /// As a person reads it.
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Link { text, .. } => text.clone(),
            Self::Count(count) => grouped(*count),
            Self::Number(number, decimals) => format!("{number:.decimals$}"),
            Self::Share { numerator, denominator } => share(*numerator, *denominator),
            Self::Date(on) => crate::words::day(*on),
            Self::Symbol(symbol) => (*symbol).to_owned(),
            Self::Absent(reason) => (*reason).to_owned(),
        }
    }

    /// What a symbol means, for whoever does not know it.
    pub fn meaning(&self) -> Option<&'static str> {
        match self {
            Self::Symbol("c") => Some("suppressed: too few people"),
            Self::Symbol("z") => Some("not applicable"),
            Self::Symbol("x") => Some("not available"),
            Self::Symbol("low") => Some("rounds to nothing"),
            _ => None,
        }
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

/// "62 % (31 of 50)".
fn share(numerator: i64, denominator: i64) -> String {
    if denominator == 0 {
        return "–".into();
    }
    let percent = (200 * numerator + denominator) / (2 * denominator);
    format!("{percent} % ({} of {})", grouped(numerator), grouped(denominator))
}

/// "12,345".
fn grouped(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut text = String::new();
    if count < 0 {
        text.push('−');
    }
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
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

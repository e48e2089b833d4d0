//! A table as files hold it: one value a column, a share in three.

use chrono::NaiveDate;

use crate::figures::{Cell, Column, Kind, Table};

/// A table, one value a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Flat {
    pub(super) columns: Vec<FlatColumn>,
    pub(super) rows: Vec<Vec<Value>>,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FlatColumn {
    /// `hours_used`, `revisited_ratio`.
    pub(super) name: String,
    /// For people: "Hours used", "Revisited: share".
    pub(super) label: String,
    pub(super) holds: Holds,
}

/// What a column of a file holds, unless a symbol stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Text,
    Count,
    Number,
    /// From 0 to 1, as a rule.
    Ratio,
    Date,
}

/// What stands in one place of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Text(String),
    Count(i64),
    Number(f64),
    Date(NaiveDate),
    /// No value, and why: a symbol, or a word.
    Mark(String),
    /// Nothing belongs there.
    Nothing,
}

impl Flat {
    pub(super) fn of(table: &Table) -> Self {
        let kinds: Vec<Kind> = (0..table.columns.len()).map(|index| kind(table, index)).collect();
        let columns = table.columns.iter().zip(&kinds);
        let row = |row: &Vec<Cell>| {
            row.iter()
                .zip(&kinds)
                .flat_map(|(cell, kind)| values(cell, *kind))
                .collect()
        };
        Self {
            columns: columns.flat_map(|(column, kind)| split(column, *kind)).collect(),
            rows: table.rows.iter().map(row).collect(),
        }
    }
}

/// What a column holds: as declared, or, of numbers at large, what its cells turn out to be.
fn kind(table: &Table, index: usize) -> Kind {
    let declared = table.columns[index].kind;
    if declared != Kind::Number {
        return declared;
    }
    let cells = || {
        table
            .rows
            .iter()
            .filter_map(|row| row.get(index))
            .filter(|cell| !cell.is_symbol())
    };
    if cells().any(|cell| matches!(cell, Cell::Share { .. })) {
        Kind::Share
    } else if cells().next().is_some() && cells().all(|cell| matches!(cell, Cell::Count(_))) {
        Kind::Count
    } else {
        Kind::Number
    }
}

fn split(column: &Column, kind: Kind) -> Vec<FlatColumn> {
    let one = |holds| FlatColumn {
        name: column.key.to_owned(),
        label: column.label.clone(),
        holds,
    };
    let part = |ending: &str, words: &str, holds| FlatColumn {
        name: format!("{}_{ending}", column.key),
        label: format!("{}: {words}", column.label),
        holds,
    };
    match kind {
        Kind::Text => vec![one(Holds::Text)],
        Kind::Count => vec![one(Holds::Count)],
        Kind::Number => vec![one(Holds::Number)],
        Kind::Date => vec![one(Holds::Date)],
        Kind::Share => vec![
            part("numerator", "number", Holds::Count),
            part("denominator", "of", Holds::Count),
            part("ratio", "share", Holds::Ratio),
        ],
    }
}

/// What a cell becomes, as many values as its column has.
fn values(cell: &Cell, kind: Kind) -> Vec<Value> {
    if kind == Kind::Share {
        return match cell {
            Cell::Share { denominator: 0, .. } => vec![mark("z"), Value::Count(0), mark("z")],
            Cell::Share { numerator, denominator } => vec![
                Value::Count(*numerator),
                Value::Count(*denominator),
                finite(float(*numerator) / float(*denominator)),
            ],
            Cell::Count(count) => vec![Value::Count(*count), Value::Nothing, Value::Nothing],
            Cell::Number(ratio, _) => vec![Value::Nothing, Value::Nothing, finite(*ratio)],
            other => vec![mark(&other.shown()); 3],
        };
    }
    let value = match (kind, cell) {
        (_, Cell::Symbol(why) | Cell::Absent(why)) => mark(why),
        (Kind::Text, Cell::Text(text) | Cell::Link { text, .. }) => Value::Text(text.clone()),
        (Kind::Text, other) => Value::Text(other.shown()),
        (Kind::Date, Cell::Date(on)) => Value::Date(*on),
        (Kind::Count, Cell::Count(count)) => Value::Count(*count),
        (Kind::Number, Cell::Count(count)) => Value::Number(float(*count)),
        (Kind::Number, Cell::Number(number, _)) => finite(*number),
        (_, other) => mark(&other.shown()),
    };
    vec![value]
}

fn mark(why: &str) -> Value {
    Value::Mark(why.to_owned())
}

/// What is no number is not available.
fn finite(number: f64) -> Value {
    if number.is_finite() {
        Value::Number(number)
    } else {
        mark("x")
    }
}

/// Exact for every count that a table can hold: 9 · 10¹⁵ and below.
fn float(count: i64) -> f64 {
    i32::try_from(count).map_or_else(|_| count.to_string().parse().unwrap_or(f64::NAN), f64::from)
}

//! What a file is about: title, what was asked for, the moment, completeness, and what columns and symbols mean.

use api::common::v1::Completeness;
use chrono::{DateTime, SecondsFormat, Utc};

use super::flat::Flat;
use crate::figures::{Cell, Column, Figures, SYMBOLS, Table};

/// The name of the table that tells it.
pub(super) const ABOUT: &str = "about";

/// As a table of three columns.
pub(super) fn table(figures: &Figures) -> Table {
    let columns = [
        Column::text("what", "What"),
        Column::text("name", "Name"),
        Column::text("value", "Value"),
    ];
    let mut about = Table::new(ABOUT, "About these figures", columns);
    let mut say = |what: &str, name: &str, value: String| {
        about.push([Cell::text(what), Cell::text(name), Cell::text(value)]);
    };
    say("title", "", figures.title.clone());
    say("as at", "", moment(figures));
    for (name, value) in &figures.filters {
        say("filter", name, value.clone());
    }
    for source in &figures.completeness {
        say("complete until", &source.source, until(source));
    }
    for (symbol, meaning) in SYMBOLS {
        say("symbol", symbol, meaning.into());
    }
    for table in &figures.tables {
        say("table", table.name, table.caption.clone());
    }
    for table in &figures.tables {
        for column in Flat::of(table).columns {
            say("column", &format!("{}.{}", table.name, column.name), column.label);
        }
    }
    about
}

/// RFC 3339.
pub(super) fn moment(figures: &Figures) -> String {
    figures.moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// "School: All schools; Year: 2025/26".
pub(super) fn filters(figures: &Figures) -> String {
    let named = figures.filters.iter().map(|(name, value)| format!("{name}: {value}"));
    named.collect::<Vec<_>>().join("; ")
}

/// "catalogue: 2025-11-22T10:00:00Z; coaching: not reporting since 2025-11-20T10:00:00Z".
pub(super) fn completeness(figures: &Figures) -> String {
    let sources = figures.completeness.iter();
    let said = sources.map(|source| format!("{}: {}", source.source, until(source)));
    said.collect::<Vec<_>>().join("; ")
}

/// How far a source has been read, in RFC 3339.
pub(super) fn until(source: &Completeness) -> String {
    let until = source
        .complete_until
        .and_then(|until| DateTime::<Utc>::from_timestamp(until.seconds, 0))
        .map(|until| until.to_rfc3339_opts(SecondsFormat::Secs, true));
    match (source.reporting, until) {
        (true, Some(until)) => until,
        (true, None) => "nothing yet".into(),
        (false, Some(until)) => format!("not reporting since {until}"),
        (false, None) => "not reporting".into(),
    }
}

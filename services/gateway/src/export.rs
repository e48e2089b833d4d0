//! Files: the figures of a page, for a spreadsheet or an analyst.
//!
//! Every file names what was asked for, the moment, and how far each source was complete; what is suppressed is a `c`
//! there as on the page, never a nought.
//!
//! - **CSV** is one tidy table, in UTF-8 with a byte order mark, without which Excel guesses the encoding; readers for
//!   analysts pass over it. Lines of comment, before or after, would break whatever reads a table; a companion file gets
//!   lost. So every row ends in the same columns: `as_at`, `filters`, `complete_until`. Two files put one below the other
//!   still say of each row where it comes from. The table named `about` tells the same in full, with what columns and
//!   symbols mean.
//! - **XLSX** holds every table, a sheet each, after a sheet "About".
//! - **Parquet** is one table with typed columns. Beside each that is no text there is one with `_symbol`, which says why
//!   there is no number. What the file is about is in its key-value metadata.
//!
//! A share becomes three columns everywhere: `_numerator`, `_denominator`, `_ratio`. Links are their texts: addresses
//! here mean nothing elsewhere.

mod about;
mod csv;
mod flat;
mod parquet;
mod xlsx;

use axum::{
    Router,
    http::{Uri, header},
    response::IntoResponse as _,
    routing::MethodRouter,
};
use service::{Code, Error};

pub(crate) use self::csv::defused;
use self::{about::ABOUT, flat::Flat};
use crate::{
    Gateway,
    figures::{Figures, Format, Table},
    pages::Shown,
    problem::Fault,
};

/// The most rows of a table that a file holds, so that memory stays bounded.
const ROWS_MAX: usize = 50_000;

/// Routes a report: the page, and the same figures as files.
pub(crate) fn report(router: Router<Gateway>, path: &str, page: MethodRouter<Gateway>) -> Router<Gateway> {
    [".csv", ".xlsx", ".parquet"]
        .into_iter()
        .fold(router.route(path, page.clone()), |router, ending| {
            router.route(&format!("{path}{ending}"), page.clone())
        })
}

/// The figures as a file. Not for pages: those are shown.
pub(crate) fn answer(format: Format, figures: &Figures) -> Shown {
    let (table, kind, content) = match format {
        Format::Page => return Err(Fault::not_found("file")),
        Format::Csv(name) if name.as_deref() == Some(ABOUT) => (
            Some(ABOUT),
            Kind::CSV,
            csv::plain(&about::table(figures)).map_err(Error::internal)?,
        ),
        Format::Csv(name) => {
            let table = chosen(figures, name.as_deref())?;
            let content = csv::written(figures, &Flat::of(table)).map_err(Error::internal)?;
            (Some(table.name), Kind::CSV, content)
        }
        Format::Parquet(name) => {
            let table = chosen(figures, name.as_deref())?;
            let content = parquet::written(figures, table).map_err(Error::internal)?;
            (Some(table.name), Kind::PARQUET, content)
        }
        Format::Xlsx => {
            for table in &figures.tables {
                bounded(table)?;
            }
            (None, Kind::XLSX, xlsx::written(figures).map_err(Error::internal)?)
        }
    };
    let disposition = format!("attachment; filename=\"{}\"", file_name(figures, table, kind.ending));
    let headers = [
        (header::CONTENT_TYPE, kind.media.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, content).into_response())
}

/// A kind of file.
struct Kind {
    ending: &'static str,
    media: &'static str,
}

impl Kind {
    const CSV: Self = Self {
        ending: "csv",
        media: "text/csv; charset=utf-8; header=present",
    };
    const XLSX: Self = Self {
        ending: "xlsx",
        media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    };
    const PARQUET: Self = Self {
        ending: "parquet",
        media: "application/vnd.apache.parquet",
    };
}

/// The table of this name; the first, if none is named.
fn chosen<'a>(figures: &'a Figures, name: Option<&str>) -> Result<&'a Table, Fault> {
    let found = match name {
        None => figures.tables.first(),
        Some(name) => figures.tables.iter().find(|table| table.name == name),
    };
    let table = found.ok_or_else(|| Fault::not_found("table"))?;
    bounded(table)?;
    Ok(table)
}

fn bounded(table: &Table) -> Result<(), Fault> {
    let rows = table.rows.len();
    if rows > ROWS_MAX {
        let sentence = format!(
            "“{}” has {rows} rows, and a file holds at most {ROWS_MAX}: ask for less",
            table.caption
        );
        return Err(Error::new(Code::ResourceExhausted, sentence).into());
    }
    Ok(())
}

/// "link-report-schools-2025-11-22.csv".
fn file_name(figures: &Figures, table: Option<&str>, ending: &str) -> String {
    let title = figures
        .title
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
        .to_lowercase();
    let on = figures.moment.format("%Y-%m-%d");
    match table {
        Some(table) => format!("{title}-{table}-{on}.{ending}"),
        None => format!("{title}-{on}.{ending}"),
    }
}

/// Where a page's figures are to be had as files.
#[derive(Clone, Debug, PartialEq, Eq, askama::Template)]
#[template(path = "files.html")]
pub(crate) struct Files {
    xlsx: String,
    about: String,
    tables: Vec<TableFiles>,
}

impl askama::filters::HtmlSafe for Files {}

/// The files of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct TableFiles {
    caption: String,
    csv: String,
    parquet: String,
}

impl Files {
    /// Beside the page at this address, with what was asked for there.
    pub(crate) fn of(page: &Uri, figures: &Figures) -> Self {
        let address = |ending: &str, table: Option<&str>| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            let asked = form_urlencoded::parse(page.query().unwrap_or_default().as_bytes());
            query.extend_pairs(asked.filter(|(name, _)| name != "table"));
            if let Some(table) = table {
                query.append_pair("table", table);
            }
            let query = query.finish();
            let mark = if query.is_empty() { "" } else { "?" };
            format!("{}{ending}{mark}{query}", page.path())
        };
        let tables = figures.tables.iter().map(|table| TableFiles {
            caption: table.caption.clone(),
            csv: address(".csv", Some(table.name)),
            parquet: address(".parquet", Some(table.name)),
        });
        Self {
            xlsx: address(".xlsx", None),
            about: address(".csv", Some(ABOUT)),
            tables: tables.collect(),
        }
    }
}

#[cfg(test)]
mod tests;

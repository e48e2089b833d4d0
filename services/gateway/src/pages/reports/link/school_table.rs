//! The table of schools, in which each cell leads to the threads behind it.

use api::projection::v1::{LinkReport, LinkRow, Step};
use askama::Template;

use super::{Wanted, again, agreed_count, rate_of};
use crate::{
    figures::{Cell, Column, Table},
    pages::reports::frame::Asked,
    words,
};

/// The steps beside agreed, with their keys in files.
const STEPS: [(&str, Step); 5] = [
    ("support_provided", Step::SupportProvided),
    ("developed", Step::Developed),
    ("revisited", Step::Revisited),
    ("discussed", Step::Discussed),
    ("evaluated", Step::Evaluated),
];

/// As it is shown on the page.
#[derive(Clone, Debug, Template)]
#[template(path = "reports/link_schools.html")]
pub(super) struct SchoolTable {
    headings: Vec<String>,
    rows: Vec<Row>,
}

impl askama::filters::HtmlSafe for SchoolTable {}

#[derive(Clone, Debug)]
struct Row {
    name: String,
    /// The report of this school alone; empty for nowhere.
    href: String,
    whole: bool,
    fields: Vec<Field>,
}

#[derive(Clone, Debug)]
struct Field {
    cell: Cell,
    /// The threads behind it; empty for nowhere.
    href: String,
}

impl Field {
    /// The share alone, and what it was taken of.
    fn parts(&self) -> (String, String) {
        let shown = self.cell.shown();
        match (&self.cell, shown.split_once(" (")) {
            (Cell::Share { .. }, Some((percent, of))) => (percent.to_owned(), of.trim_end_matches(')').to_owned()),
            _ => (shown, String::new()),
        }
    }
}

impl SchoolTable {
    pub(super) fn of(report: &LinkReport, total: &LinkRow, asked: &Asked, wanted: &Wanted, may_drill: bool) -> Self {
        let about_objectives = total.objectives_from_practice.is_some();
        let mut headings = vec!["Agreed".to_owned()];
        headings.extend(STEPS.map(|(_, step)| words::capital(words::step(step))));
        if about_objectives {
            headings.extend(["Objectives from practice".into(), "Silent appraisals".into()]);
        }
        let row = |row: &LinkRow, whole: bool| {
            let urn = if whole { &asked.urn } else { &row.urn };
            // The central team has no address of its own.
            let leads = may_drill && (whole || !row.urn.is_empty());
            let field = |step: Step, cell: Cell| {
                let some = match &cell {
                    Cell::Share { denominator, .. } => *denominator > 0,
                    Cell::Count(count) => *count > 0,
                    _ => false,
                };
                let step = i32::from(step).to_string();
                let more = [("step", step.as_str()), ("reached", "yes")];
                let href = if some && leads {
                    again("/reports/link/cell", asked, wanted, urn, &more)
                } else {
                    String::new()
                };
                Field { cell, href }
            };
            let mut fields = vec![field(Step::Agreed, agreed_count(row))];
            fields.extend(STEPS.map(|(_, step)| field(step, rate_of(row, step))));
            if about_objectives {
                let rates = [&row.objectives_from_practice, &row.silent_appraisals];
                fields.extend(rates.map(|rate| Field {
                    cell: Cell::rate(rate.as_ref()),
                    href: String::new(),
                }));
            }
            Row {
                name: if whole { "All together".into() } else { name(row) },
                href: if whole || row.urn.is_empty() || report.schools.len() < 2 {
                    String::new()
                } else {
                    again("/reports/link", asked, wanted, &row.urn, &[])
                },
                whole,
                fields,
            }
        };
        let several = report.schools.len() != 1;
        let whole = several.then(|| row(total, true));
        Self {
            headings,
            rows: whole
                .into_iter()
                .chain(report.schools.iter().map(|school| row(school, false)))
                .collect(),
        }
    }
}

/// A school by its name; the trust's central team has no school.
pub(super) fn name(row: &LinkRow) -> String {
    if row.urn.is_empty() && row.school_name.is_empty() {
        "Central team".into()
    } else {
        row.school_name.clone()
    }
}

/// The same for files.
pub(super) fn table(report: &LinkReport, total: &LinkRow) -> Table {
    let mut columns = vec![
        Column::text("school", "School"),
        Column::text("urn", "URN"),
        Column::text("phase", "Phase"),
        Column::count("agreed", "Follow-ups agreed"),
    ];
    columns.extend(STEPS.map(|(key, step)| Column::share(key, words::capital(words::step(step)))));
    columns.push(Column::share(
        "objectives_from_practice",
        "Objectives with an origin in observed practice",
    ));
    columns.push(Column::share(
        "silent_appraisals",
        "Appraisals concluded without a word on what was developed",
    ));
    let mut table = Table::new("schools", "School by school", columns);
    let mut push = |row: &LinkRow, name: String, urn: Cell, phase: Cell| {
        let mut cells = vec![Cell::text(name), urn, phase, agreed_count(row)];
        cells.extend(STEPS.map(|(_, step)| rate_of(row, step)));
        let of_objectives = |rate: &Option<_>| rate.as_ref().map_or(Cell::Symbol("z"), |rate| Cell::rate(Some(rate)));
        cells.push(of_objectives(&row.objectives_from_practice));
        cells.push(of_objectives(&row.silent_appraisals));
        table.push(cells);
    };
    push(total, "All together".into(), Cell::text("all"), Cell::text("all"));
    for school in &report.schools {
        let urn = if school.urn.is_empty() {
            Cell::Symbol("z")
        } else {
            Cell::text(school.urn.clone())
        };
        push(
            school,
            name(school),
            urn,
            Cell::text(words::reports::phase(school.phase())),
        );
    }
    table
}

//! Time: what was planned for development, how much of it was used, and what the rest went to.

use api::projection::v1::{GetTimeReportRequest, GetTimeReportResponse, TimeReport, TimeRow};
use askama::Template;

use super::{
    cells::{capital, hours_of},
    frame::{Asked, Frame, Offers},
};
use crate::{
    chart::{Bar, Bars, Caption, Chart as _, Figure, Layout, Part},
    figures::{Cell, Column, Keys, Table},
    pages::{Shown, shell::Shell, show},
    problem::Fault,
    words,
};

const OFFERS: Offers = Offers {
    phase: true,
    known: true,
};

const COUNTED: [(&str, &str); 4] = [
    (
        "Planned",
        "Time in slots of the school’s plan for the year, or up to the day of the report: INSET days, twilights, meetings, \
         directed time, release.",
    ),
    (
        "Used",
        "Of the time planned up to the day of the report, what was recorded as used for development.",
    ),
    (
        "Diverted",
        "Of the same time, what was recorded as gone to something else, with what it went to.",
    ),
    (
        "Unaccounted for",
        "Of the same time, what nobody has said anything about.",
    ),
];

#[derive(Template)]
#[template(path = "reports/time.html")]
struct Page {
    shell: Shell,
    frame: Frame,
    on: String,
    keys: Keys,
    planned: bool,
    by_school: Option<Figure>,
    by_half_term: Figure,
    went_to: Option<Figure>,
    schools: Table,
    half_terms: Table,
    slots: Table,
    diversions: Table,
    latest: Option<Table>,
}

pub(super) async fn page(mut asked: Asked) -> Shown {
    let mut answer = ask(&asked).await?;
    if !tells(&answer)
        && let Some(before) = asked.year_before()
    {
        let earlier = ask(&before).await?;
        if tells(&earlier) {
            (asked, answer) = (before, earlier);
        }
    }
    let report = answer.report.unwrap_or_default();
    let total = report.total.clone().unwrap_or_default();
    let schools = schools(&asked, &total, &report.schools);
    let half_terms = half_terms(&total);
    let slots = slots(&total);
    let diversions = diversions(&total);
    let latest = (!report.latest_diversions.is_empty()).then(|| latest(&report));
    let mut tables = vec![schools.clone(), half_terms.clone(), slots.clone(), diversions.clone()];
    tables.extend(latest.clone());
    let figures = asked.figures("Time for development", OFFERS, &answer.completeness, tables);
    if let Some(file) = asked.file(&figures) {
        return file;
    }
    show(&Page {
        shell: asked.shell(&figures),
        frame: asked.frame(&figures, OFFERS, &COUNTED, &report.definition_version),
        on: words::iso_day(&report.on),
        keys: keys(&total),
        planned: total.planned_minutes > 0,
        by_school: (report.schools.len() > 1).then(|| by_school(&report.schools)),
        by_half_term: by_half_term(&total),
        went_to: (!total.diversions.is_empty()).then(|| went_to(&total)),
        schools,
        half_terms,
        slots,
        diversions,
        latest,
    })
}

async fn ask(asked: &Asked) -> Result<GetTimeReportResponse, Fault> {
    let message = GetTimeReportRequest {
        trust_id: asked.trust_id(),
        urn: asked.urn.clone(),
        cycle: asked.cycle,
        phase: asked.phase.into(),
        known_at: asked.known_at(),
        ..Default::default()
    };
    let mut client = asked.visitor.clients().entitlement;
    Ok(client.get_time_report(asked.visitor.ask(message)).await?.into_inner())
}

/// Whether any time was planned.
fn tells(answer: &GetTimeReportResponse) -> bool {
    let total = answer.report.as_ref().and_then(|report| report.total.as_ref());
    total.is_some_and(|total| total.planned_minutes > 0)
}

fn keys(total: &TimeRow) -> Keys {
    let [used, diverted, unaccounted] = rates(total);
    Keys::default()
        .add_noted("Planned for the year", &hours_of(total.planned_minutes), "hours")
        .add_noted("Planned up to now", &hours_of(total.due_minutes), "hours")
        .add("Used, in minutes", &used)
        .add("Diverted, in minutes", &diverted)
        .add("Unaccounted for, in minutes", &unaccounted)
}

fn rates(row: &TimeRow) -> [Cell; 3] {
    [&row.used, &row.diverted, &row.unaccounted].map(|rate| Cell::rate(rate.as_ref()))
}

fn schools(asked: &Asked, total: &TimeRow, schools: &[TimeRow]) -> Table {
    let columns = [
        Column::text("school", "School"),
        Column::count("planned_minutes", "Planned, minutes"),
        Column::count("due_minutes", "Planned up to now, minutes"),
        Column::share("used", "Used"),
        Column::share("diverted", "Diverted"),
        Column::share("unaccounted", "Unaccounted for"),
    ];
    let mut table = Table::new("schools", "Time by school", columns);
    let row = |name: Cell, row: &TimeRow| {
        let [used, diverted, unaccounted] = rates(row);
        let [planned, due] = [row.planned_minutes, row.due_minutes].map(|minutes| Cell::Count(minutes.into()));
        [name, planned, due, used, diverted, unaccounted]
    };
    for school in schools {
        table.push(row(asked.school_cell(&school.urn, &school.school_name), school));
    }
    table.push(row(Cell::text("All together"), total));
    table
}

/// Columns of what was planned and what became of it.
fn became(what: Column) -> [Column; 4] {
    [
        what,
        Column::count("planned_minutes", "Planned, minutes"),
        Column::count("used_minutes", "Used, minutes"),
        Column::count("diverted_minutes", "Diverted, minutes"),
    ]
}

fn half_terms(total: &TimeRow) -> Table {
    let columns = became(Column::text("half_term", "Half-term"));
    let mut table = Table::new("half-terms", "Time by half-term", columns);
    for half in &total.half_terms {
        let minutes = [half.planned_minutes, half.used_minutes, half.diverted_minutes];
        let [planned, used, diverted] = minutes.map(|minutes| Cell::Count(minutes.into()));
        table.push([Cell::text(half.half_term.to_string()), planned, used, diverted]);
    }
    table
}

fn slots(total: &TimeRow) -> Table {
    let columns = became(Column::text("slot", "From"));
    let mut table = Table::new("slots", "Time by where in the calendar it comes from", columns);
    for slot in &total.slot_kinds {
        let minutes = [slot.planned_minutes, slot.used_minutes, slot.diverted_minutes];
        let [planned, used, diverted] = minutes.map(|minutes| Cell::Count(minutes.into()));
        let name = capital(words::reports::slot_kind(slot.kind()));
        table.push([Cell::text(name), planned, used, diverted]);
    }
    table
}

fn diversions(total: &TimeRow) -> Table {
    let columns = [
        Column::text("went_to", "Went to"),
        Column::count("diverted_minutes", "Minutes"),
        Column::count("slot_count", "From how many slots"),
    ];
    let mut table = Table::new("diversions", "What diverted time went to", columns);
    for diversion in &total.diversions {
        table.push([
            Cell::text(capital(words::reports::diversion(diversion.category()))),
            Cell::Count(diversion.minutes.into()),
            Cell::Count(diversion.slot_count.into()),
        ]);
    }
    table
}

fn latest(report: &TimeReport) -> Table {
    let columns = [
        Column::date("on", "Day"),
        Column::text("school", "School"),
        Column::text("went_to", "Went to"),
        Column::count("diverted_minutes", "Minutes"),
        Column::text("reason", "Why"),
    ];
    let mut table = Table::new("latest-diversions", "Latest diversions and why", columns);
    for diversion in &report.latest_diversions {
        let school = report.schools.iter().find(|school| school.urn == diversion.urn);
        let reason = match diversion.reason.as_str() {
            "" => Cell::Absent("no reason given"),
            reason => Cell::text(reason),
        };
        table.push([
            Cell::date(&diversion.on),
            Cell::text(school.map_or("Central team", |school| &school.school_name)),
            Cell::text(capital(words::reports::diversion(diversion.category()))),
            Cell::Count(diversion.minutes.into()),
            reason,
        ]);
    }
    table
}

fn part(key: &'static str, label: &str) -> Part {
    Part {
        key,
        label: label.into(),
    }
}

/// What became of the time due at each school.
fn by_school(schools: &[TimeRow]) -> Figure {
    let rows = schools.iter().map(|school| {
        let [used, diverted, unaccounted] = [&school.used, &school.diverted, &school.unaccounted]
            .map(|rate| hours_of(rate.as_ref().map(|rate| rate.numerator).unwrap_or_default()));
        Bar {
            label: school.school_name.clone(),
            values: vec![used, diverted, unaccounted],
        }
    });
    Bars {
        caption: Caption::new(
            "time-by-school",
            "What became of the time, by school",
            "A bar for each school: hours used for development, hours diverted to something else, and hours of which \
             nothing was said, one after the other.",
        ),
        of: "School",
        unit: "hours".into(),
        layout: Layout::Stacked,
        parts: vec![
            part("used_hours", "Used"),
            part("diverted_hours", "Diverted"),
            part("unaccounted_hours", "Unaccounted for"),
        ],
        rows: rows.collect(),
    }
    .figure()
}

fn by_half_term(total: &TimeRow) -> Figure {
    let rows = total.half_terms.iter().map(|half| Bar {
        label: format!("Half-term {}", half.half_term),
        values: [half.planned_minutes, half.used_minutes, half.diverted_minutes]
            .map(hours_of)
            .to_vec(),
    });
    Bars {
        caption: Caption::new(
            "time-by-half-term",
            "Planned, used and diverted, by half-term",
            "Three bars for each half-term: hours planned, hours used, and hours diverted.",
        ),
        of: "Half-term",
        unit: "hours".into(),
        layout: Layout::Grouped,
        parts: vec![
            part("planned_hours", "Planned"),
            part("used_hours", "Used"),
            part("diverted_hours", "Diverted"),
        ],
        rows: rows.collect(),
    }
    .figure()
}

fn went_to(total: &TimeRow) -> Figure {
    let rows = total.diversions.iter().map(|diversion| Bar {
        label: capital(words::reports::diversion(diversion.category())),
        values: vec![hours_of(diversion.minutes)],
    });
    Bars {
        caption: Caption::new(
            "time-went-to",
            "What diverted time went to",
            "A bar for each thing that time for development went to instead, in hours, most first.",
        ),
        of: "Went to",
        unit: "hours".into(),
        layout: Layout::Grouped,
        parts: vec![part("diverted_hours", "Hours")],
        rows: rows.collect(),
    }
    .figure()
}

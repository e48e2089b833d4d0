//! Workload: what the processes ask of people, and what joining them up spares.

use api::projection::v1::{
    EntryKind, Figure as Number, GetWorkloadReportRequest, WorkloadLine, WorkloadProcess, WorkloadReport,
};
use askama::Template;

use super::{
    cells::capital,
    frame::{Asked, Frame, Offers},
};
use crate::{
    chart::{Bar, Bars, Caption, Chart as _, Figure, Layout, Part},
    figures::{Cell, Column, Keys, Table},
    pages::{Shown, shell::Shell, show},
    words,
};

const OFFERS: Offers = Offers {
    phase: false,
    known: false,
};

/// How many processes are drawn; all are in the table.
const DRAWN: usize = 12;

#[derive(Template)]
#[template(path = "reports/workload.html")]
struct Page {
    shell: Shell,
    frame: Frame,
    keys: Keys,
    threshold: i32,
    by_school: Option<Figure>,
    by_role_group: Figure,
    processes_drawn: Option<Figure>,
    schools: Table,
    role_groups: Table,
    processes: Table,
    saved: Table,
    any_saved: bool,
}

pub(super) async fn page(asked: Asked) -> Shown {
    let message = GetWorkloadReportRequest {
        trust_id: asked.trust_id(),
        urn: asked.urn.clone(),
        cycle: asked.cycle,
        ..Default::default()
    };
    let mut client = asked.visitor.clients().workload;
    let answer = client
        .get_workload_report(asked.visitor.ask(message))
        .await?
        .into_inner();
    let report = answer.report.unwrap_or_default();
    let whole = report.whole.clone().unwrap_or_default();
    let schools = schools(&asked, &report, &whole);
    let role_groups = role_groups(&report, &whole);
    let (asks, saves): (Vec<&WorkloadProcess>, Vec<_>) = report
        .processes
        .iter()
        .partition(|process| process.entry() != EntryKind::Saved);
    let (processes, saved) = (processes(&asks), saved(&saves));
    let tables = vec![schools.clone(), role_groups.clone(), processes.clone(), saved.clone()];
    let figures = asked.figures("Workload", OFFERS, &answer.completeness, tables);
    if let Some(file) = asked.file(&figures) {
        return file;
    }
    let counted = [("Entries", report.definition.as_str())];
    show(&Page {
        shell: asked.shell(&figures),
        frame: asked.frame(&figures, OFFERS, &counted, &report.definition_version),
        keys: keys(&whole, &saves),
        threshold: report.threshold,
        by_school: (report.schools.len() > 1).then(|| by_school(&report)),
        by_role_group: by_role_group(&report),
        processes_drawn: (!asks.is_empty()).then(|| processes_drawn(&asks)),
        schools,
        role_groups,
        processes,
        any_saved: !saves.is_empty(),
        saved,
    })
}

/// A count that may be withheld.
fn count(figure: Option<&Number>) -> Cell {
    match Cell::figure(figure, 0) {
        // Counts are whole, and far from where that could be lost.
        Cell::Number(number, _) => format!("{number:.0}")
            .parse()
            .map_or(Cell::Number(number, 0), Cell::Count),
        other => other,
    }
}

fn keys(whole: &WorkloadLine, saves: &[&WorkloadProcess]) -> Keys {
    let saved: Vec<Cell> = saves
        .iter()
        .map(|process| count(process.event_count.as_ref()))
        .collect();
    let known = saved.iter().filter_map(|cell| match cell {
        Cell::Count(count) => Some(*count),
        _ => None,
    });
    let hidden = saved.iter().any(Cell::is_symbol);
    Keys::default()
        .add_noted(
            "Entries a person",
            &Cell::figure(whole.entries_per_person.as_ref(), 1),
            "lines, forms and meetings, by people who work there",
        )
        .add("Lines typed", &count(whole.typed_count.as_ref()))
        .add("Forms", &count(whole.form_count.as_ref()))
        .add("Meetings", &count(whole.meeting_count.as_ref()))
        .add_noted(
            "Entries saved",
            &Cell::Count(known.sum()),
            if hidden {
                "at least: some are suppressed"
            } else {
                "that nobody had to make"
            },
        )
}

fn columns(of: &str) -> [Column; 7] {
    [
        Column::text("group", of),
        Column::count("staff_count", "People who work there"),
        Column::count("people_count", "People who entered anything"),
        Column::count("typed_count", "Lines typed"),
        Column::count("form_count", "Forms"),
        Column::count("meeting_count", "Meetings"),
        Column::number("entries_per_person", "Entries a person"),
    ]
}

fn line(name: Cell, line: &WorkloadLine) -> [Cell; 7] {
    [
        name,
        count(line.staff_count.as_ref()),
        count(line.people_count.as_ref()),
        count(line.typed_count.as_ref()),
        count(line.form_count.as_ref()),
        count(line.meeting_count.as_ref()),
        Cell::figure(line.entries_per_person.as_ref(), 1),
    ]
}

fn schools(asked: &Asked, report: &WorkloadReport, whole: &WorkloadLine) -> Table {
    let mut table = Table::new("schools", "Entries by school", columns("School"));
    for school in &report.schools {
        table.push(line(asked.school_cell(&school.urn, &school.school_name), school));
    }
    table.push(line(Cell::text("All together"), whole));
    table
}

fn role_groups(report: &WorkloadReport, whole: &WorkloadLine) -> Table {
    let mut table = Table::new("role-groups", "Entries by role group", columns("Role group"));
    for group in &report.role_groups {
        table.push(line(Cell::text(capital(words::role_group(group.role_group()))), group));
    }
    table.push(line(Cell::text("All together"), whole));
    table
}

fn processes(asks: &[&WorkloadProcess]) -> Table {
    let columns = [
        Column::text("happening", "What was recorded"),
        Column::text("entry", "What it asks"),
        Column::count("event_count", "How often"),
    ];
    let mut table = Table::new("processes", "What processes ask, most frequent first", columns);
    for process in asks {
        table.push([
            Cell::text(words::reports::happening(&process.kind)),
            Cell::text(capital(words::reports::entry(process.entry()))),
            count(process.event_count.as_ref()),
        ]);
    }
    table
}

fn saved(saves: &[&WorkloadProcess]) -> Table {
    let columns = [
        Column::text("happening", "What nobody had to enter"),
        Column::count("event_count", "How often"),
        Column::text("saved_by", "From what it follows"),
    ];
    let mut table = Table::new("saved", "Entries that joining up spared", columns);
    for process in saves {
        table.push([
            Cell::text(words::reports::happening(&process.kind)),
            count(process.event_count.as_ref()),
            Cell::text(process.saved_by.clone()),
        ]);
    }
    table
}

/// What a person enters, by what: three bars end to end.
fn asked_of(caption: Caption, of: &'static str, lines: impl Iterator<Item = (String, WorkloadLine)>) -> Figure {
    let part = |key, label: &str| Part {
        key,
        label: label.into(),
    };
    let rows = lines.map(|(label, line)| Bar {
        label,
        values: [&line.typed_count, &line.form_count, &line.meeting_count]
            .map(|figure| count(figure.as_ref()))
            .to_vec(),
    });
    Bars {
        caption,
        of,
        unit: "entries".into(),
        layout: Layout::Stacked,
        parts: vec![
            part("typed_count", "Lines typed"),
            part("form_count", "Forms"),
            part("meeting_count", "Meetings"),
        ],
        rows: rows.collect(),
    }
    .figure()
}

fn by_school(report: &WorkloadReport) -> Figure {
    let caption = Caption::new(
        "workload-by-school",
        "What processes asked, by school",
        "A bar for each school, made up of lines typed, forms filled in, and meetings held and noted.",
    );
    let name = |school: &WorkloadLine| match school.school_name.as_str() {
        "" => "Central team".to_owned(),
        name => name.to_owned(),
    };
    asked_of(
        caption,
        "School",
        report.schools.iter().map(|school| (name(school), school.clone())),
    )
}

fn by_role_group(report: &WorkloadReport) -> Figure {
    let caption = Caption::new(
        "workload-by-role-group",
        "What processes asked, by role group",
        "A bar for each role group, made up of lines typed, forms filled in, and meetings held and noted.",
    );
    let groups = report
        .role_groups
        .iter()
        .map(|group| (capital(words::role_group(group.role_group())), group.clone()));
    asked_of(caption, "Role group", groups)
}

fn processes_drawn(asks: &[&WorkloadProcess]) -> Figure {
    let rows = asks.iter().take(DRAWN).map(|process| Bar {
        label: words::reports::happening(&process.kind),
        values: vec![count(process.event_count.as_ref())],
    });
    Bars {
        caption: Caption::new(
            "processes-drawn",
            "What is recorded most often",
            "A bar for each kind of entry, by how often it was made, most frequent first.",
        ),
        of: "What was recorded",
        unit: "entries".into(),
        layout: Layout::Grouped,
        parts: vec![Part {
            key: "event_count",
            label: "How often".into(),
        }],
        rows: rows.collect(),
    }
    .figure()
}

//! Entitlement and fairness: hours and kinds of development by group, who had none, and how observation weighs.

use api::{
    common::v1::{CareerStage, RoleGroup},
    projection::v1::{EntitlementReport, EntitlementRow, GetEntitlementReportRequest, GroupBy},
};
use askama::Template;

use super::{
    cells::{capital, few, hours, number, rate},
    frame::{Asked, Frame, Offers},
};
use crate::{
    chart::{Bar, Bars, Caption, Chart as _, Figure, Layout, Part},
    figures::{Cell, Column, Keys, Table},
    pages::{Shown, shell::Shell, show},
    words,
};

const OFFERS: Offers = Offers {
    phase: true,
    known: true,
};

const COUNTED: [(&str, &str); 5] = [
    (
        "Hours",
        "Credited for development attended, coaching sessions of whoever was coached, and meetings and lessons of \
         enquiries, each once. Mandatory training is shown among the kinds and does not count towards entitlement.",
    ),
    (
        "Entitled",
        "The policy’s hours for the role group, for each day in post and not on long leave up to the day of the report, by \
         working time.",
    ),
    (
        "Had their entitlement",
        "People with at least these hours, of those who are entitled to any.",
    ),
    (
        "None",
        "People in post in the period without any development, of all people in post.",
    ),
    (
        "Observed",
        "At least once for appraisal or quality purposes; the caps are those of the policy on number and minutes in a year.",
    ),
];

/// Groupings in the order of the page: by what, the table's name and caption, and what a row is.
const GROUPINGS: [(GroupBy, &str, &str, &str); 4] = [
    (GroupBy::RoleGroup, "role-groups", "By role group", "Role group"),
    (GroupBy::CareerStage, "career-stages", "By career stage", "Career stage"),
    (
        GroupBy::WorkingTime,
        "working-time",
        "Full-time and part-time",
        "Working time",
    ),
    (GroupBy::School, "schools", "By school", "School"),
];

#[derive(Template)]
#[template(path = "reports/entitlement.html")]
struct Page {
    shell: Shell,
    frame: Frame,
    on: String,
    keys: Keys,
    fairness: Option<String>,
    per_person: Figure,
    kinds_drawn: Option<Figure>,
    groups: Vec<Table>,
    kinds: Table,
    observation: Table,
}

pub(super) async fn page(asked: Asked) -> Shown {
    let message = GetEntitlementReportRequest {
        trust_id: asked.trust_id(),
        urn: asked.urn.clone(),
        cycle: asked.cycle,
        phase: asked.phase.into(),
        known_at: asked.known_at(),
        ..Default::default()
    };
    let mut client = asked.visitor.clients().entitlement;
    let answer = client
        .get_entitlement_report(asked.visitor.ask(message))
        .await?
        .into_inner();
    let report = answer.report.unwrap_or_default();
    let whole = whole(&report);
    let groups: Vec<Table> = GROUPINGS
        .into_iter()
        .map(|(by, name, caption, of)| group(&asked, &report, by, Table::new(name, caption, group_columns(of))))
        .collect();
    let (kinds, observation) = (kinds(&asked, &report), observation(&asked, &report));
    let mut tables = groups.clone();
    tables.extend([kinds.clone(), observation.clone()]);
    let figures = asked.figures("Entitlement and fairness", OFFERS, &answer.completeness, tables);
    if let Some(file) = asked.file(&figures) {
        return file;
    }
    show(&Page {
        shell: asked.shell(&figures),
        frame: asked.frame(&figures, OFFERS, &COUNTED, &report.definition_version),
        on: words::iso_day(&report.on),
        keys: keys(&whole),
        fairness: report
            .fairness_ratio
            .map(|ratio| Cell::Number(100.0 * ratio, 0).shown()),
        per_person: per_person(&asked, &report),
        kinds_drawn: (!whole.kinds.is_empty()).then(|| kinds_drawn(&whole)),
        groups,
        kinds,
        observation,
    })
}

/// Everybody.
fn whole(report: &EntitlementReport) -> EntitlementRow {
    let everybody = |row: &&EntitlementRow| row.by() == GroupBy::All;
    report.rows.iter().find(everybody).cloned().unwrap_or_default()
}

fn keys(whole: &EntitlementRow) -> Keys {
    Keys::default()
        .add("People in post", &few(whole.person_count, whole.suppressed))
        .add_noted(
            "In the middle",
            &Cell::number(whole.median_hours, 1),
            "hours a person, median",
        )
        .add(
            "Had their entitlement",
            &rate(whole.entitled.as_ref(), whole.suppressed),
        )
        .add("Had none", &rate(whole.none.as_ref(), whole.suppressed))
        .add(
            "Observed beyond the cap",
            &rate(whole.over_cap.as_ref(), whole.suppressed),
        )
}

/// What a group is called.
fn named(asked: &Asked, row: &EntitlementRow) -> Cell {
    let said = |text: &str| Cell::text(capital(text));
    match row.by() {
        GroupBy::RoleGroup => said(words::role_group(RoleGroup::try_from(row.group).unwrap_or_default())),
        GroupBy::CareerStage => match CareerStage::try_from(row.group).unwrap_or_default() {
            CareerStage::Unspecified => Cell::text("No career stage: support staff and others"),
            stage => said(words::career_stage(stage)),
        },
        GroupBy::WorkingTime => said(words::reports::working_time(row.group)),
        GroupBy::School => asked.school_cell(&row.urn, &row.school_name),
        GroupBy::All | GroupBy::Unspecified => Cell::text("Everybody"),
    }
}

/// Rows of one grouping, with everybody at the end.
fn rows(report: &EntitlementReport, by: GroupBy) -> impl Iterator<Item = &EntitlementRow> {
    let of = move |wanted: GroupBy| report.rows.iter().filter(move |row| row.by() == wanted);
    of(by).chain(of(GroupBy::All))
}

fn group_columns(of: &str) -> [Column; 7] {
    [
        Column::text("group", of),
        Column::count("person_count", "People"),
        Column::number("hours", "Hours"),
        Column::number("entitled_hours", "Entitled to, hours"),
        Column::number("median_hours", "Median hours a person"),
        Column::share("entitled", "Had their entitlement"),
        Column::share("none", "Had none"),
    ]
}

fn group(asked: &Asked, report: &EntitlementReport, by: GroupBy, mut table: Table) -> Table {
    for row in rows(report, by) {
        let hidden = row.suppressed && row.person_count == 0;
        table.push([
            named(asked, row),
            few(row.person_count, row.suppressed),
            hours(row.hours, hidden),
            hours(row.entitled_hours, hidden),
            number(row.median_hours, 1, hidden),
            rate(row.entitled.as_ref(), row.suppressed),
            rate(row.none.as_ref(), row.suppressed),
        ]);
    }
    table
}

/// Kinds of development by role group.
fn kinds(asked: &Asked, report: &EntitlementReport) -> Table {
    let columns = [
        Column::text("group", "Role group"),
        Column::text("kind", "Kind"),
        Column::number("hours", "Hours"),
        Column::count("person_count", "People who had any"),
    ];
    let mut table = Table::new("kinds", "Kinds of development by role group", columns);
    for row in rows(report, GroupBy::RoleGroup) {
        for kind in &row.kinds {
            table.push([
                named(asked, row),
                Cell::text(capital(words::development::activity_kind(kind.kind()))),
                Cell::Number(kind.hours, 1),
                Cell::Count(kind.person_count.into()),
            ]);
        }
    }
    table
}

fn observation(asked: &Asked, report: &EntitlementReport) -> Table {
    let columns = [
        Column::text("group", "Group"),
        Column::share("observed", "Observed"),
        Column::share("at_cap", "At the cap"),
        Column::share("over_cap", "Beyond the cap"),
        Column::count("observation_count", "Observations"),
        Column::count("observation_minutes", "Minutes"),
    ];
    let mut table = Table::new("observation", "Observation for appraisal or quality purposes", columns);
    let of = |by: GroupBy| report.rows.iter().filter(move |row| row.by() == by);
    for row in of(GroupBy::RoleGroup)
        .chain(of(GroupBy::School))
        .chain(of(GroupBy::All))
    {
        table.push([
            named(asked, row),
            rate(row.observed.as_ref(), row.suppressed),
            rate(row.at_cap.as_ref(), row.suppressed),
            rate(row.over_cap.as_ref(), row.suppressed),
            few(row.observation_count, row.suppressed),
            few(row.observation_minutes, row.suppressed),
        ]);
    }
    table
}

/// Hours a person had and was entitled to, by role group.
fn per_person(asked: &Asked, report: &EntitlementReport) -> Figure {
    let each = |hours: f64, row: &EntitlementRow| match row.person_count {
        0 if row.suppressed => Cell::Symbol("c"),
        0 => Cell::Symbol("z"),
        people => Cell::Number(hours / f64::from(people), 1),
    };
    let rows = rows(report, GroupBy::RoleGroup).map(|row| Bar {
        label: named(asked, row).shown(),
        values: vec![each(row.hours, row), each(row.entitled_hours, row)],
    });
    let part = |key, label: &str| Part {
        key,
        label: label.into(),
    };
    Bars {
        caption: Caption::new(
            "hours-a-person",
            "Hours a person, had and entitled to, by role group",
            "Two bars for each role group: the mean of hours that people had, and of hours to which they were entitled by \
             the day of the report.",
        ),
        of: "Role group",
        unit: "hours a person".into(),
        layout: Layout::Grouped,
        parts: vec![part("had_hours", "Had"), part("entitled_hours", "Entitled to")],
        rows: rows.collect(),
    }
    .figure()
}

fn kinds_drawn(whole: &EntitlementRow) -> Figure {
    let rows = whole.kinds.iter().map(|kind| Bar {
        label: capital(words::development::activity_kind(kind.kind())),
        values: vec![Cell::Number(kind.hours, 1)],
    });
    Bars {
        caption: Caption::new(
            "kinds-of-development",
            "Hours by kind of development, everybody together",
            "A bar for each kind of development, in hours, most first.",
        ),
        of: "Kind",
        unit: "hours".into(),
        layout: Layout::Grouped,
        parts: vec![Part {
            key: "hours",
            label: "Hours".into(),
        }],
        rows: rows.collect(),
    }
    .figure()
}

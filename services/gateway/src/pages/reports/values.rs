//! Values and practice: for each principle of effective professional development what staff say is in line with their
//! values, what they say happens, and the gap between the two; by wave, school and staff group.

use std::collections::HashMap;

use api::{
    common::v1::RoleGroup,
    directory::v1::GetReferenceSetRequest,
    projection::v1::{GetValuesReportRequest, ValuesLine, ValuesPrinciple, ValuesWave},
};
use askama::Template;

use super::{
    cells::figure_count,
    frame::{Asked, Frame, Offers},
};
use crate::{
    chart::{Caption, Chart as _, Dumbbell, Figure, Pair},
    figures::{Cell, Column, Keys, Table},
    pages::{Shown, shell::Shell, show},
    words,
};

const OFFERS: Offers = Offers {
    phase: false,
    known: false,
};

/// Staff groups with their keys in files.
const GROUPS: [(&str, RoleGroup); 6] = [
    ("leadership", RoleGroup::Leadership),
    ("classroom_teachers", RoleGroup::ClassroomTeacher),
    ("early_career_teachers", RoleGroup::EarlyCareerTeacher),
    ("teaching_assistants", RoleGroup::TeachingAssistant),
    ("other_support", RoleGroup::OtherSupport),
    ("governors", RoleGroup::Governor),
];

#[derive(Template)]
#[template(path = "reports/values.html")]
struct Page {
    shell: Shell,
    frame: Frame,
    /// Why there is nothing; empty if there is something.
    absence: &'static str,
    /// Of the wave: when it was open, and from how many answers anything is shown.
    wave: String,
    /// Whose lines are drawn.
    who: String,
    keys: Keys,
    lines: Option<Figure>,
    changes: Option<Table>,
    groups: Option<Table>,
    schools: Option<Table>,
}

/// What each principle is called.
struct Principles(HashMap<String, String>);

impl Principles {
    fn label(&self, code: &str) -> String {
        self.0
            .get(code)
            .cloned()
            .unwrap_or_else(|| words::capital(&code.replace('_', " ")))
    }
}

pub(super) async fn page(asked: Asked) -> Shown {
    let message = GetValuesReportRequest {
        trust_id: asked.trust_id(),
        urn: asked.urn.clone(),
        ..GetValuesReportRequest::default()
    };
    let principles = GetReferenceSetRequest {
        set: "audit_principles".into(),
        edition: String::new(),
    };
    let clients = asked.visitor.clients();
    let (mut values, mut reference) = (clients.values, clients.reference);
    let (answer, principles) = tokio::try_join!(
        values.get_values_report(asked.visitor.ask(message)),
        reference.get_reference_set(asked.visitor.ask(principles)),
    )?;
    let (answer, principles) = (answer.into_inner(), principles.into_inner());
    let principles = Principles(
        principles
            .items
            .into_iter()
            .map(|item| (item.code, item.label))
            .collect(),
    );
    let report = answer.report.clone().unwrap_or_default();
    let group = chosen_group(&asked.value("group"));
    let wanted = asked.value("wave");
    let wave = report
        .waves
        .iter()
        .find(|wave| wave.wave_id == wanted)
        .or(report.waves.first());
    let who = whose(wave, &asked, group);
    let mut tables = vec![everything(&report.waves, &principles)];
    let (changes, groups, schools) = match wave {
        Some(wave) => (
            who.line
                .filter(|_| !wave.compared_with_id.is_empty())
                .map(|line| changes(line, &principles)),
            (!wave.staff_groups.is_empty()).then(|| by_group(wave, &principles)),
            (wave.schools.len() > 1).then(|| by_school(wave, &asked)),
        ),
        None => (None, None, None),
    };
    tables.extend(groups.clone());
    tables.extend(schools.clone());
    let mut figures = asked.figures("Values and practice", OFFERS, &answer.completeness, tables);
    figures.filters.retain(|(name, _)| name != "Academic year");
    if let Some(wave) = wave {
        figures.filters.push(("Wave".into(), wave.title.clone()));
    }
    if let Some(file) = asked.file(&figures) {
        return file;
    }
    let counted = [("Values and practice", report.definition.as_str())];
    let mut frame = asked.frame(&figures, OFFERS, &counted, &report.definition_version);
    frame.filters.without("cycle");
    let waves = report
        .waves
        .iter()
        .map(|wave| (wave.wave_id.clone(), wave.title.clone()));
    frame
        .filters
        .offer("wave", "Wave", "", waves, wave.map_or("", |wave| wave.wave_id.as_str()));
    let staff = wave.map(|wave| wave.staff_groups.as_slice()).unwrap_or_default();
    if !staff.is_empty() {
        let staff = staff.iter().map(|line| {
            let group = line.staff_group();
            (i32::from(group).to_string(), words::capital(words::role_group(group)))
        });
        frame
            .filters
            .offer("group", "Staff group", "All staff", staff, &asked.value("group"));
    }
    show(&Page {
        shell: asked.shell(&figures),
        frame,
        absence: words::absence(report.absence()),
        wave: wave.map(told).unwrap_or_default(),
        keys: who.line.map(keys).unwrap_or_default(),
        lines: who.line.map(|line| lines(line, &who.name, &principles).figure()),
        who: who.name,
        changes,
        groups,
        schools,
    })
}

fn chosen_group(value: &str) -> RoleGroup {
    let group = value.parse().ok();
    group
        .and_then(|group: i32| RoleGroup::try_from(group).ok())
        .unwrap_or_default()
}

/// Part of the staff, and what it is called.
struct Whose<'a> {
    name: String,
    line: Option<&'a ValuesLine>,
}

/// The staff group that was asked for, else the school, else everybody.
fn whose<'a>(wave: Option<&'a ValuesWave>, asked: &Asked, group: RoleGroup) -> Whose<'a> {
    let of_group = wave.filter(|_| group != RoleGroup::Unspecified).and_then(|wave| {
        let mut lines = wave.staff_groups.iter();
        lines.find(|line| line.staff_group() == group)
    });
    if of_group.is_some() {
        return Whose {
            name: words::capital(words::role_group(group)),
            line: of_group,
        };
    }
    let of_school = wave
        .filter(|_| !asked.urn.is_empty())
        .and_then(|wave| wave.schools.iter().find(|line| line.urn == asked.urn));
    match of_school {
        Some(line) => Whose {
            name: line.school_name.clone(),
            line: of_school,
        },
        None => Whose {
            name: "Everybody who answered".into(),
            line: wave.and_then(|wave| wave.whole.as_ref()),
        },
    }
}

/// When a wave was open.
fn told(wave: &ValuesWave) -> String {
    format!(
        "{}: open from {} to {}. Nothing is shown of fewer than {} answers.",
        wave.title,
        words::iso_day(&wave.opened_on),
        words::iso_day(&wave.closed_on),
        wave.threshold,
    )
}

fn keys(line: &ValuesLine) -> Keys {
    let widest = line
        .principles
        .iter()
        .filter_map(|principle| crate::chart::number(&gap(principle)))
        .fold(f64::NAN, f64::max);
    let widest = Cell::number(Some(widest).filter(|gap| gap.is_finite()), 1);
    Keys::default()
        .add("Answers", &figure_count(line.answer_count.as_ref()))
        .add_noted("Widest gap", &widest, "on a scale from 1 to 5")
}

fn gap(principle: &ValuesPrinciple) -> Cell {
    Cell::figure(principle.gap.as_ref(), 1)
}

fn lines(line: &ValuesLine, who: &str, principles: &Principles) -> Dumbbell {
    let rows: Vec<Pair> = line
        .principles
        .iter()
        .map(|principle| Pair {
            label: principles.label(&principle.principle),
            one: Cell::figure(principle.values.as_ref(), 1),
            other: Cell::figure(principle.practice.as_ref(), 1),
            gap: gap(principle),
        })
        .collect();
    let said: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                "{}: values {}, practice {}",
                row.label,
                row.one.shown(),
                row.other.shown()
            )
        })
        .collect();
    Dumbbell {
        caption: Caption::new("principles", format!("Values and practice: {who}"), said.join("; ")),
        of: "Principle",
        unit: "mean score, from 1 to 5".into(),
        one: ("values", "In line with our values"),
        other: ("practice", "What actually happens"),
        gap: ("gap", "Gap"),
        from: 1.0,
        until: 5.0,
        rows,
    }
}

/// Since the wave before.
fn changes(line: &ValuesLine, principles: &Principles) -> Table {
    let columns = [
        Column::text("principle", "Principle"),
        Column::number("values_change", "Values"),
        Column::number("practice_change", "Practice"),
        Column::number("gap_change", "Gap"),
    ];
    let mut table = Table::new(
        "changes",
        "Change since the wave before, in points of the scale",
        columns,
    );
    for principle in &line.principles {
        table.push([
            Cell::text(principles.label(&principle.principle)),
            Cell::figure(principle.values_change.as_ref(), 1),
            Cell::figure(principle.practice_change.as_ref(), 1),
            Cell::figure(principle.gap_change.as_ref(), 1),
        ]);
    }
    table
}

/// The gap of each principle in each staff group.
fn by_group(wave: &ValuesWave, principles: &Principles) -> Table {
    let line_of = |group: RoleGroup| wave.staff_groups.iter().find(|line| line.staff_group() == group);
    let shown: Vec<_> = GROUPS
        .into_iter()
        .filter_map(|(key, group)| Some((key, group, line_of(group)?)))
        .collect();
    let columns = std::iter::once(Column::text("principle", "Principle")).chain(
        shown
            .iter()
            .map(|(key, group, _)| Column::number(key, words::capital(words::role_group(*group)))),
    );
    let mut table = Table::new("gaps", "Gap between values and practice, by staff group", columns);
    let whole = wave
        .whole
        .as_ref()
        .map(|line| line.principles.as_slice())
        .unwrap_or_default();
    for principle in whole {
        let gaps = shown.iter().map(|(.., line)| {
            let mut found = line.principles.iter();
            let found = found.find(|found| found.principle == principle.principle);
            found.map_or(Cell::Symbol("x"), gap)
        });
        table.push(std::iter::once(Cell::text(principles.label(&principle.principle))).chain(gaps));
    }
    table
}

/// Each school with its widest gap.
fn by_school(wave: &ValuesWave, asked: &Asked) -> Table {
    let columns = [
        Column::text("school", "School"),
        Column::count("answers", "Answers"),
        Column::number("widest_gap", "Widest gap"),
    ];
    let mut table = Table::new("schools", "Schools", columns);
    for line in &wave.schools {
        let gaps: Vec<Cell> = line.principles.iter().map(gap).collect();
        let numbers = gaps.iter().filter_map(crate::chart::number);
        let widest = numbers.fold(f64::NAN, f64::max);
        // Where all are withheld, so is the widest of them.
        let widest = if widest.is_finite() {
            Cell::Number(widest, 1)
        } else {
            gaps.first().cloned().unwrap_or(Cell::Symbol("x"))
        };
        table.push([
            asked.school_cell(&line.urn, &line.school_name),
            figure_count(line.answer_count.as_ref()),
            widest,
        ]);
    }
    table
}

/// All waves, all parts of the staff, one row a principle.
fn everything(waves: &[ValuesWave], principles: &Principles) -> Table {
    let columns = [
        Column::text("wave", "Wave"),
        Column::date("closed_on", "Closed on"),
        Column::text("part", "Part of the staff"),
        Column::text("principle", "Principle"),
        Column::count("answers", "Answers"),
        Column::number("values_mean", "In line with our values"),
        Column::number("practice_mean", "What actually happens"),
        Column::number("gap", "Gap"),
        Column::number("values_change", "Values, since the wave before"),
        Column::number("practice_change", "Practice, since the wave before"),
        Column::number("gap_change", "Gap, since the wave before"),
    ];
    let mut table = Table::new(
        "values",
        "Values and practice by wave, part of the staff and principle",
        columns,
    );
    for wave in waves {
        let parts = wave.whole.iter().chain(&wave.schools).chain(&wave.staff_groups);
        for line in parts {
            let part = match (line.school_name.as_str(), line.staff_group()) {
                ("", RoleGroup::Unspecified) => "everybody".to_owned(),
                ("", group) => words::role_group(group).to_owned(),
                (school, _) => school.to_owned(),
            };
            for principle in &line.principles {
                let figure = |figure: &Option<_>| Cell::figure(figure.as_ref(), 2);
                table.push([
                    Cell::text(wave.title.clone()),
                    Cell::date(&wave.closed_on),
                    Cell::text(part.clone()),
                    Cell::text(principles.label(&principle.principle)),
                    figure_count(line.answer_count.as_ref()),
                    figure(&principle.values),
                    figure(&principle.practice),
                    figure(&principle.gap),
                    figure(&principle.values_change),
                    figure(&principle.practice_change),
                    figure(&principle.gap_change),
                ]);
            }
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use api::projection::v1::{Figure as Number, FigureMark};

    use super::*;

    fn principle(values: f64, practice: f64) -> ValuesPrinciple {
        let number = |value| {
            Some(Number {
                value,
                ..Number::default()
            })
        };
        ValuesPrinciple {
            principle: "sustained".into(),
            values: number(values),
            practice: number(practice),
            gap: number(values - practice),
            ..ValuesPrinciple::default()
        }
    }

    fn named() -> Principles {
        Principles(HashMap::from([("sustained".into(), "It goes on long enough".into())]))
    }

    #[test]
    fn a_principle_is_called_by_its_words() {
        assert_eq!(named().label("sustained"), "It goes on long enough");
        assert_eq!(named().label("with_colleagues"), "With colleagues");
    }

    #[test]
    fn what_is_withheld_is_withheld_in_the_chart_too() {
        let withheld = Some(Number {
            mark: FigureMark::Confidential.into(),
            ..Number::default()
        });
        let mut second = principle(4.0, 3.0);
        (second.values, second.gap) = (withheld.clone(), withheld);
        let line = ValuesLine {
            principles: vec![principle(4.5, 3.2), second],
            ..ValuesLine::default()
        };
        let drawn = lines(&line, "Everybody", &named());
        assert_eq!(drawn.rows[0].gap.shown(), "1.3");
        assert_eq!(drawn.rows[1].one, Cell::Symbol("c"));
        assert_eq!(drawn.rows[1].gap, Cell::Symbol("c"));
    }
}

//! The priority report, for governors: from the aim to whether it was reached, answering how we can know.

use api::projection::v1::{
    GetPriorityReportRequest, GetPriorityReportResponse, PriorityEffect, PriorityReport, PriorityRow,
};
use askama::Template;

use super::{
    cells::{capital, few, hours, rate},
    frame::{Asked, Frame, Offers},
};
use crate::{
    chart::{Caption, Chart as _, Figure, Interval, Intervals},
    figures::{Cell, Column, Keys, Table},
    pages::{Shown, shell::Shell, show},
    problem::Fault,
    words,
};

const OFFERS: Offers = Offers {
    phase: false,
    known: true,
};

const COUNTED: [(&str, &str); 5] = [
    (
        "Serves a priority",
        "Objectives and follow-ups that name it; development that names it or comes from an activity that does; measures and \
         answers of the priority and of these activities.",
    ),
    (
        "Evidence",
        "Of its follow-ups, those of which evidence was put forward, and those looked at again; of these, those embedded at \
         the last look.",
    ),
    (
        "Used in practice, pupils gained",
        "Of participants’ answers on use in practice (level 4) and on pupils’ outcomes (level 5), those of 4 or 5 out of 5.",
    ),
    (
        "Effect",
        "Hedges’ g: the difference in standard deviations, with its 95 % interval. An interval that includes 0 shows nothing \
         for certain.",
    ),
    (
        "The answer",
        "What was measured; else the first thing without which it cannot be known.",
    ),
];

#[derive(Template)]
#[template(path = "reports/priorities.html")]
struct Page {
    shell: Shell,
    frame: Frame,
    keys: Keys,
    priorities: Vec<Priority>,
    effects: Option<Figure>,
    /// Leads back to all of them, if one was asked for.
    all: Option<String>,
}

/// A priority as the page tells it.
struct Priority {
    /// For anchors.
    number: usize,
    title: String,
    href: String,
    /// Whose it is, its strand and years, and how it ended.
    about: String,
    answer: String,
    gaps: Vec<&'static str>,
    steps: Vec<Link>,
    effects: Vec<String>,
}

/// A link of the chain from the aim to whether it was reached.
struct Link {
    name: &'static str,
    facts: Vec<(&'static str, Cell)>,
}

pub(super) async fn page(mut asked: Asked) -> Shown {
    let only = asked.value("priority_id");
    let mut answer = ask(&asked, &only).await?;
    if !tells(&answer)
        && let Some(before) = asked.year_before()
    {
        let earlier = ask(&before, &only).await?;
        if tells(&earlier) {
            (asked, answer) = (before, earlier);
        }
    }
    let report = answer.report.unwrap_or_default();
    let tables = vec![overview(&report), effects_table(&report)];
    let figures = asked.figures("Priorities", OFFERS, &answer.completeness, tables);
    if let Some(file) = asked.file(&figures) {
        return file;
    }
    let rows = report.priorities.iter().enumerate();
    let any_effects = report.priorities.iter().any(|row| !row.effects.is_empty());
    show(&Page {
        shell: asked.shell(&figures),
        frame: asked.frame(&figures, OFFERS, &COUNTED, &report.definition_version),
        keys: keys(&report),
        priorities: rows.map(|(at, row)| Priority::of(at + 1, &asked, row)).collect(),
        effects: any_effects.then(|| effects_drawn(&report)),
        all: (!only.is_empty()).then(|| asked.of_school(&asked.urn)),
    })
}

async fn ask(asked: &Asked, only: &str) -> Result<GetPriorityReportResponse, Fault> {
    let message = GetPriorityReportRequest {
        trust_id: asked.trust_id(),
        urn: asked.urn.clone(),
        cycle: asked.cycle,
        priority_id: only.to_owned(),
        known_at: asked.known_at(),
        ..Default::default()
    };
    let mut client = asked.visitor.clients().needs;
    Ok(client
        .get_priority_report(asked.visitor.ask(message))
        .await?
        .into_inner())
}

/// Whether any priority runs.
fn tells(answer: &GetPriorityReportResponse) -> bool {
    let report = answer.report.as_ref();
    report.is_some_and(|report| !report.priorities.is_empty())
}

fn keys(report: &PriorityReport) -> Keys {
    let all = report.priorities.len();
    let share = |wanted: &dyn Fn(&PriorityRow) -> bool| match i64::try_from(all) {
        Ok(denominator) if denominator > 0 => Cell::Share {
            numerator: report
                .priorities
                .iter()
                .filter(|row| wanted(row))
                .count()
                .try_into()
                .unwrap_or(i64::MAX),
            denominator,
        },
        _ => Cell::Symbol("z"),
    };
    Keys::default()
        .add("With an effect estimated", &share(&|row| !row.effects.is_empty()))
        .add("With evaluation planned", &share(&|row| row.evaluation_plan_count > 0))
        .add("With development on offer", &share(&|row| row.activity_count > 0))
        .add("With nothing missing", &share(&|row| row.gaps.is_empty()))
}

impl Priority {
    fn of(number: usize, asked: &Asked, row: &PriorityRow) -> Self {
        Self {
            number,
            title: row.title.clone(),
            href: format!("{}&priority_id={}", asked.of_school(&asked.urn), row.priority_id),
            about: about(row),
            answer: row.answer.clone(),
            gaps: row.gaps().map(words::reports::gap).collect(),
            steps: chain(row),
            effects: row.effects.iter().map(effect_said).collect(),
        }
    }
}

/// "New Rickstones Academy, science · attainment and progress · 2024/25 to 2026/27 · achieved".
fn about(row: &PriorityRow) -> String {
    let place = match (row.school_name.as_str(), row.department.as_str()) {
        ("", _) => "The whole trust".to_owned(),
        (school, "") => school.to_owned(),
        (school, department) => format!("{school}, {department}"),
    };
    let until = row.from_year + (row.year_count - 1).max(0);
    let years = if until == row.from_year {
        words::cycle(row.from_year)
    } else {
        format!("{} to {}", words::cycle(row.from_year), words::cycle(until))
    };
    let strand = words::reports::strand(row.strand());
    let ending = words::reports::ending(row.ending());
    format!("{place} · {strand} · {years} · {ending}")
}

fn chain(row: &PriorityRow) -> Vec<Link> {
    let share = |of: &Option<_>| rate(of.as_ref(), row.suppressed);
    let count = |of: i32| few(of, row.suppressed);
    vec![
        Link {
            name: "Objectives",
            facts: vec![
                ("objectives of the year serve it", count(row.objective_count)),
                ("of those concluded, met", share(&row.objectives_met)),
                ("follow-ups agreed for it", count(row.follow_up_count)),
            ],
        },
        Link {
            name: "Development",
            facts: vec![
                ("activities serve it", Cell::Count(row.activity_count.into())),
                ("people took part", count(row.participant_count)),
                ("hours", hours(row.hours, row.suppressed)),
            ],
        },
        Link {
            name: "Evidence",
            facts: vec![
                ("follow-ups with evidence", share(&row.follow_ups_evidenced)),
                ("looked at again", share(&row.follow_ups_revisited)),
                ("of these, embedded", share(&row.follow_ups_embedded)),
            ],
        },
        Link {
            name: "Evaluation",
            facts: vec![
                ("plans to find out", Cell::Count(row.evaluation_plan_count.into())),
                ("measures before", Cell::Count(row.baseline_count.into())),
                ("measures after", Cell::Count(row.later_measure_count.into())),
                ("say it is used in practice", share(&row.practice_used)),
                ("say pupils gained", share(&row.pupils_gained)),
            ],
        },
    ]
}

/// "Short term, against a comparison group: 0.32 (0.05 to 0.59). Small groups: chance alone may explain it."
fn effect_said(effect: &PriorityEffect) -> String {
    let [size, lower, upper] =
        [effect.effect, effect.lower, effect.upper].map(|number| Cell::Number(number, 2).shown());
    let point = capital(words::reports::measure_point(effect.point()));
    let design = words::reports::design(effect.design());
    let mut said = format!("{point}, {design}: effect {size} (95 % interval {lower} to {upper}).");
    for caution in effect.cautions() {
        said.push_str(&format!(" Read with care: {}.", words::reports::caution(caution)));
    }
    said
}

fn overview(report: &PriorityReport) -> Table {
    let columns = [
        Column::text("priority", "Priority"),
        Column::text("school", "School"),
        Column::text("department", "Department"),
        Column::text("strand", "Strand"),
        Column::text("ending", "How it stands"),
        Column::count("objective_count", "Objectives"),
        Column::share("objectives_met", "Objectives met"),
        Column::count("follow_up_count", "Follow-ups"),
        Column::count("activity_count", "Activities"),
        Column::count("participant_count", "People"),
        Column::number("hours", "Hours"),
        Column::share("follow_ups_evidenced", "With evidence"),
        Column::share("follow_ups_revisited", "Looked at again"),
        Column::share("follow_ups_embedded", "Embedded, of these"),
        Column::count("evaluation_plan_count", "Evaluation plans"),
        Column::count("baseline_count", "Measures before"),
        Column::count("later_measure_count", "Measures after"),
        Column::count("effect_count", "Effects estimated"),
        Column::share("practice_used", "Used in practice"),
        Column::share("pupils_gained", "Pupils gained"),
        Column::text("missing", "What is missing"),
        Column::text("answer", "How we know"),
    ];
    let mut table = Table::new("priorities", "Priorities, from objectives to evaluation", columns);
    for row in &report.priorities {
        let share = |of: &Option<_>| rate(of.as_ref(), row.suppressed);
        let count = |of: i32| few(of, row.suppressed);
        let whole = |of: i32| Cell::Count(of.into());
        let place = |text: &str, none| match text {
            "" => Cell::Absent(none),
            text => Cell::text(text),
        };
        let missing = row.gaps().map(words::reports::gap).collect::<Vec<_>>().join("; ");
        table.push([
            Cell::text(row.title.clone()),
            place(&row.school_name, "the whole trust"),
            place(&row.department, "all"),
            Cell::text(words::reports::strand(row.strand())),
            Cell::text(words::reports::ending(row.ending())),
            count(row.objective_count),
            share(&row.objectives_met),
            count(row.follow_up_count),
            whole(row.activity_count),
            count(row.participant_count),
            hours(row.hours, row.suppressed),
            share(&row.follow_ups_evidenced),
            share(&row.follow_ups_revisited),
            share(&row.follow_ups_embedded),
            whole(row.evaluation_plan_count),
            whole(row.baseline_count),
            whole(row.later_measure_count),
            Cell::Count(row.effects.len().try_into().unwrap_or(i64::MAX)),
            share(&row.practice_used),
            share(&row.pupils_gained),
            place(&missing, "nothing"),
            Cell::text(row.answer.clone()),
        ]);
    }
    table
}

fn effects_table(report: &PriorityReport) -> Table {
    let columns = [
        Column::text("priority", "Priority"),
        Column::text("point", "Measured"),
        Column::text("design", "Against"),
        Column::number("effect_g", "Hedges’ g"),
        Column::number("lower_95", "95 % interval from"),
        Column::number("upper_95", "95 % interval to"),
        Column::text("cautions", "Read with care"),
    ];
    let mut table = Table::new("effects", "Effects estimated", columns);
    for (row, effect) in effects(report) {
        table.push([
            Cell::text(row.title.clone()),
            Cell::text(words::reports::measure_point(effect.point())),
            Cell::text(words::reports::design(effect.design())),
            Cell::Number(effect.effect, 2),
            Cell::Number(effect.lower, 2),
            Cell::Number(effect.upper, 2),
            match cautions(effect) {
                said if said.is_empty() => Cell::Absent("nothing to add"),
                said => Cell::text(said),
            },
        ]);
    }
    table
}

fn effects(report: &PriorityReport) -> impl Iterator<Item = (&PriorityRow, &PriorityEffect)> {
    let rows = report.priorities.iter();
    rows.flat_map(|row| row.effects.iter().map(move |effect| (row, effect)))
}

fn cautions(effect: &PriorityEffect) -> String {
    let said = effect.cautions().map(words::reports::caution);
    said.collect::<Vec<_>>().join("; ")
}

fn effects_drawn(report: &PriorityReport) -> Figure {
    let rows = effects(report).map(|(row, effect)| Interval {
        label: format!(
            "{}: {}",
            capital(words::reports::measure_point(effect.point())),
            row.title
        ),
        estimate: effect.effect,
        low: effect.lower,
        high: effect.upper,
        n: 0,
        pooled: false,
        caution: cautions(effect),
    });
    Intervals {
        caption: Caption::new(
            "effects-drawn",
            "Effects estimated, with their 95 % intervals",
            "A mark for each effect that was estimated, on a line that reaches from the lower to the upper end of its 95 per \
             cent interval; the vertical line at 0 is no effect.",
        ),
        of: "Priority",
        unit: "Hedges’ g, in standard deviations".into(),
        rows: rows.collect(),
    }
    .figure()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_it_is_and_how_long_reads_in_a_line() {
        let row = PriorityRow {
            school_name: "A school".into(),
            department: "science".into(),
            from_year: 2024,
            year_count: 3,
            ..PriorityRow::default()
        };
        assert_eq!(
            about(&row),
            "A school, science · not said · 2024/25 to 2026/27 · still held"
        );
        let year = PriorityRow {
            from_year: 2024,
            year_count: 1,
            ..PriorityRow::default()
        };
        assert_eq!(about(&year), "The whole trust · not said · 2024/25 · still held");
    }
}

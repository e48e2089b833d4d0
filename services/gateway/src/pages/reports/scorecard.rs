//! The scorecard: what a school chose to watch, beside what is joined up for all.

use api::projection::v1::{
    Absence, FunnelStep, GetScorecardReportRequest, ScorecardMetric, ScorecardPoint, ScorecardReport,
};
use askama::Template;

use super::{
    cells::capital,
    frame::{Asked, Frame, Offers},
};
use crate::{
    chart::{Caption, Chart as _, Figure, Lines, Series, StepBar, Steps},
    figures::{Cell, Column, Keys, Table},
    pages::{Shown, shell::Shell, show},
    words,
};

const OFFERS: Offers = Offers {
    phase: false,
    known: false,
};

/// Names of the drawings of metrics: the first so many are drawn, all are in the table.
const DRAWINGS: [&str; 12] = [
    "metric-1",
    "metric-2",
    "metric-3",
    "metric-4",
    "metric-5",
    "metric-6",
    "metric-7",
    "metric-8",
    "metric-9",
    "metric-10",
    "metric-11",
    "metric-12",
];

const COUNTED: [(&str, &str); 4] = [
    (
        "Own measures",
        "Reported by the school or trust itself, as it defined them, with the targets that it set.",
    ),
    (
        "On target",
        "At the target or better, in the direction in which the measure is better.",
    ),
    (
        "Objectives from practice",
        "Objectives with an origin in observed practice, of all objectives agreed in the year.",
    ),
    (
        "Silent appraisals",
        "Appraisals concluded without a word on what was developed, of all concluded.",
    ),
];

#[derive(Template)]
#[template(path = "reports/scorecard.html")]
struct Page {
    shell: Shell,
    frame: Frame,
    keys: Keys,
    name: String,
    metrics: Vec<Metric>,
    /// Why there are none.
    own_absence: &'static str,
    own: Table,
    funnel: Figure,
    joined_up: Table,
}

/// A metric as the page tells it.
struct Metric {
    title: String,
    /// Unit, direction, and whether it is still watched.
    about: String,
    /// What was reported last, and how that stands to its target; empty if nothing was.
    latest: String,
    /// With two periods or more.
    drawn: Option<Figure>,
    /// Why nothing was reported; empty if something was.
    absence: &'static str,
}

pub(super) async fn page(asked: Asked) -> Shown {
    let message = GetScorecardReportRequest {
        trust_id: asked.trust_id(),
        urn: asked.urn.clone(),
        cycle: asked.cycle,
        ..Default::default()
    };
    let mut client = asked.visitor.clients().scorecard_views;
    let answer = client
        .get_scorecard_report(asked.visitor.ask(message))
        .await?
        .into_inner();
    let report = answer.report.unwrap_or_default();
    let (own, joined_up) = (own(&asked, &report), joined_up(&report));
    let tables = vec![own.clone(), joined_up.clone()];
    let figures = asked.figures("Scorecard", OFFERS, &answer.completeness, tables);
    if let Some(file) = asked.file(&figures) {
        return file;
    }
    let metrics = report.own.iter().enumerate();
    show(&Page {
        shell: asked.shell(&figures),
        frame: asked.frame(&figures, OFFERS, &COUNTED, &report.definition_version),
        keys: keys(&report),
        name: report.name.clone(),
        metrics: metrics
            .map(|(at, metric)| Metric::of(DRAWINGS.get(at).copied(), metric))
            .collect(),
        own_absence: match report.own_absence() {
            Absence::NothingAgreed | Absence::Unspecified => "none has been defined",
            absence => words::absence(absence),
        },
        own,
        funnel: funnel(&report.joined_up),
        joined_up,
    })
}

fn keys(report: &ScorecardReport) -> Keys {
    let latest = || {
        let watched = report.own.iter().filter(|metric| metric.retired_on.is_empty());
        watched.filter_map(|metric| metric.points.iter().rev().find_map(|point| point.on_target))
    };
    let on_target = latest().filter(|on_target| *on_target).count();
    let share = match latest().count() {
        0 => Cell::Symbol("z"),
        of => Cell::Share {
            numerator: i64::try_from(on_target).unwrap_or(i64::MAX),
            denominator: i64::try_from(of).unwrap_or(i64::MAX),
        },
    };
    Keys::default()
        .add("Own measures on target", &share)
        .add(
            "Objectives from practice",
            &Cell::rate(report.objectives_from_practice.as_ref()),
        )
        .add("Silent appraisals", &Cell::rate(report.silent_appraisals.as_ref()))
}

impl Metric {
    fn of(name: Option<&'static str>, metric: &ScorecardMetric) -> Self {
        let mut about = vec![
            metric.unit.clone(),
            words::reports::direction(metric.direction()).to_owned(),
        ];
        if metric.urn.is_empty() {
            about.push("for the whole trust".into());
        }
        if !metric.retired_on.is_empty() {
            about.push(format!(
                "no longer watched since {}",
                words::iso_day(&metric.retired_on)
            ));
        }
        about.retain(|part| !part.is_empty());
        let latest = metric.points.iter().rev().find_map(|point| latest(metric, point));
        let several = metric.points.iter().filter(|point| point.value.is_some()).count() > 1;
        Self {
            title: metric.title.clone(),
            about: about.join(" · "),
            drawn: name.filter(|_| several).map(|name| drawn(name, metric)),
            absence: match latest {
                Some(_) => "",
                None => words::absence(metric.absence()),
            },
            latest: latest.unwrap_or_default(),
        }
    }
}

/// "2025/26: 64.0 per cent; target 60.0, on target; 2.0 more than before". None if nothing was reported.
fn latest(metric: &ScorecardMetric, point: &ScorecardPoint) -> Option<String> {
    let shown = |number: f64| Cell::Number(number, 1).shown();
    let period = words::reports::period(metric.period(), &point.period);
    let mut said = vec![format!("{}: {} {}", capital(&period), shown(point.value?), metric.unit)];
    if let Some(target) = point.target {
        let stands = match point.on_target {
            Some(true) => ", on target",
            Some(false) => ", not on target",
            None => "",
        };
        said.push(format!("target {}{stands}", shown(target)));
    }
    match point.change {
        Some(change) if change > 0.0 => said.push(format!("{} more than before", shown(change))),
        Some(change) if change < 0.0 => said.push(format!("{} less than before", shown(-change))),
        Some(_) => said.push("the same as before".into()),
        None => {}
    }
    Some(said.join("; "))
}

/// A metric's values over its periods, beside where they should be.
fn drawn(name: &'static str, metric: &ScorecardMetric) -> Figure {
    let value = |value: Option<f64>| value.map_or(Cell::Absent("not reported"), |value| Cell::Number(value, 1));
    let target = |target: Option<f64>| target.map_or(Cell::Absent("no target"), |target| Cell::Number(target, 1));
    let moments = metric.points.iter().map(|point| short(&point.period));
    let mut series = vec![Series {
        key: "value",
        label: "Reported".into(),
        values: metric.points.iter().map(|point| value(point.value)).collect(),
    }];
    if metric.points.iter().any(|point| point.target.is_some()) {
        series.push(Series {
            key: "target",
            label: "Target".into(),
            values: metric.points.iter().map(|point| target(point.target)).collect(),
        });
    }
    Lines {
        caption: Caption::new(
            name,
            "Reported and target, period by period",
            format!(
                "A line through what was reported for {}, period by period, and another through its targets.",
                metric.title
            ),
        ),
        along: "Period",
        moments: moments.collect(),
        unit: metric.unit.clone(),
        series,
        per_cent: false,
    }
    .figure()
}

/// A period in few letters: what follows the year.
fn short(period: &str) -> String {
    let (_, last) = period.rsplit_once('-').unwrap_or(("", period));
    let month = last
        .parse()
        .ok()
        .and_then(|month: u32| chrono::NaiveDate::from_ymd_opt(2000, month, 1));
    match month {
        Some(month) => month.format("%b").to_string(),
        None => last.to_owned(),
    }
}

fn own(asked: &Asked, report: &ScorecardReport) -> Table {
    let columns = [
        Column::text("measure", "Measure"),
        Column::text("of", "Of"),
        Column::text("unit", "Unit"),
        Column::text("period", "Period"),
        Column::number("value", "Reported"),
        Column::number("target", "Target"),
        Column::text("on_target", "On target"),
        Column::number("change", "Change since the period before"),
    ];
    let mut table = Table::new("own", "Own measures, period by period", columns);
    let of = |urn: &str| match urn {
        "" => "the whole trust".to_owned(),
        _ if urn == report.urn => report.name.clone(),
        urn => {
            let mut schools = asked.visitor.me.schools.iter();
            schools
                .find(|school| school.urn == urn)
                .map(|school| school.name.clone())
                .unwrap_or_default()
        }
    };
    let number = |number: Option<f64>, why| number.map_or(Cell::Absent(why), |number| Cell::Number(number, 1));
    for metric in &report.own {
        for point in &metric.points {
            let on_target = match point.on_target {
                Some(true) => Cell::text("yes"),
                Some(false) => Cell::text("no"),
                None => Cell::Absent("–"),
            };
            table.push([
                Cell::text(metric.title.clone()),
                Cell::text(of(&metric.urn)),
                Cell::text(metric.unit.clone()),
                Cell::text(words::reports::period(metric.period(), &point.period)),
                number(point.value, "not reported"),
                number(point.target, "no target"),
                on_target,
                number(point.change, "–"),
            ]);
        }
    }
    table
}

/// What a step reached, or why nothing is said of it.
fn reached(step: &FunnelStep) -> Cell {
    match words::absence(step.absence()) {
        "" => Cell::rate(step.rate.as_ref()),
        why => Cell::Absent(why),
    }
}

fn joined_up(report: &ScorecardReport) -> Table {
    let columns = [
        Column::text("measure", "Measure"),
        Column::share("reached", "Reached, of those it applies to"),
        Column::number("median_days", "Median days from agreed"),
        Column::text("definition", "What is counted"),
    ];
    let mut table = Table::new("joined-up", "Joined-up measures, the same for every school", columns);
    for step in &report.joined_up {
        table.push([
            Cell::text(capital(words::step(step.step()))),
            reached(step),
            Cell::number(step.median_days, 0),
            Cell::text(step.definition.clone()),
        ]);
    }
    let others = [
        (
            "Objectives from practice",
            &report.objectives_from_practice,
            "Objectives with an origin in observed practice.",
        ),
        (
            "Silent appraisals",
            &report.silent_appraisals,
            "Appraisals concluded without a word on what was developed.",
        ),
    ];
    for (name, rate, definition) in others {
        let rate = Cell::rate(rate.as_ref());
        table.push([Cell::text(name), rate, Cell::Symbol("z"), Cell::text(definition)]);
    }
    table
}

fn funnel(steps: &[FunnelStep]) -> Figure {
    let steps = steps.iter().map(|step| StepBar {
        label: capital(words::step(step.step())),
        rate: reached(step),
        note: step
            .median_days
            .map(|days| format!("median {} days", Cell::Number(days, 0).shown()))
            .unwrap_or_default(),
    });
    Steps {
        caption: Caption::new(
            "joined-up-drawn",
            "From agreed to evaluated",
            "A bar for each step from agreed to evaluated: the share of follow-ups that reached it, of those to which it \
             applies.",
        ),
        steps: steps.collect(),
        note_label: "Median days",
    }
    .figure()
}

#[cfg(test)]
mod tests {
    use api::evaluation::v1::MetricPeriod;

    use super::*;

    #[test]
    fn what_was_reported_last_reads_in_a_line() {
        let metric = ScorecardMetric {
            unit: "per cent".into(),
            period: MetricPeriod::Year.into(),
            ..ScorecardMetric::default()
        };
        let point = ScorecardPoint {
            period: "2025".into(),
            value: Some(64.0),
            target: Some(60.0),
            on_target: Some(true),
            change: Some(-2.0),
        };
        let said = "2025/26: 64.0 per cent; target 60.0, on target; 2.0 less than before";
        assert_eq!(latest(&metric, &point).as_deref(), Some(said));
        assert_eq!(latest(&metric, &ScorecardPoint::default()), None);
    }

    #[test]
    fn periods_are_short_below_a_line() {
        assert_eq!(short("2025-09"), "Sep");
        assert_eq!(short("2025-H2"), "H2");
        assert_eq!(short("2025-T1"), "T1");
        assert_eq!(short("2025"), "2025");
    }
}

//! The network report in the tidy layout of the Department's published tables, with its companion metadata file.
//!
//! Open Data Standards (Department for Education, 2025): one row for each combination of time, place and filters, an
//! indicator a column, symbols instead of what is not shown; the metadata file describes every filter and indicator, while
//! columns of time and place have fixed names and need no description. Half-terms are no time identifier of theirs, so
//! the year is the period and the half-term a filter. A network is no area of theirs either: of their levels, a planning
//! area is the one whose schools its publisher says.
//!
//! The layout allows no further columns. What a file was asked for, when, and how complete it was is therefore said where
//! the layout has room for it: in the hint of the half-term.

use api::{
    common::v1::{Completeness, RoleGroup},
    directory::v1::Phase,
    projection::v1::{
        Figure, FigureMark, GetNetworkReportResponse, NetworkBreakdown, NetworkLine, NetworkReport, Step,
    },
};
use axum::{http::header, response::IntoResponse as _};
use chrono::{DateTime, SecondsFormat, Utc};
use service::Error;

use super::{latest, network};
use crate::{
    export::defused,
    pages::{Shown, reports::frame::Asked},
    words,
};

/// Columns of time and place, by their fixed names.
const FIXED: [&str; 11] = [
    "time_period",
    "time_identifier",
    "geographic_level",
    "country_code",
    "country_name",
    "planning_area_code",
    "planning_area_name",
    "trust_id",
    "trust_name",
    "school_urn",
    "school_name",
];

/// What is said of a filter or an indicator.
struct Described {
    name: &'static str,
    kind: &'static str,
    label: &'static str,
    grouping: &'static str,
    unit: &'static str,
    decimals: &'static str,
    hint: &'static str,
}

const fn filter(name: &'static str, label: &'static str, hint: &'static str) -> Described {
    Described {
        name,
        kind: "Filter",
        label,
        grouping: "",
        unit: "",
        decimals: "",
        hint,
    }
}

const fn indicator(name: &'static str, label: &'static str, unit: &'static str) -> Described {
    Described {
        name,
        kind: "Indicator",
        label,
        grouping: "Follow-ups",
        unit,
        decimals: "0",
        hint: "",
    }
}

/// The other columns, in order.
const DESCRIBED: [Described; 7] = [
    filter("half_term", "Half-term", "Half-term in which follow-ups were agreed"),
    filter("phase", "Phase", "Phase of the schools"),
    filter("role_group", "Role group", "Role group of the people"),
    filter("step", "Step", "Step of the way from agreed to evaluated"),
    indicator("follow_up_reached_count", "Follow-ups that reached the step", ""),
    indicator("follow_up_count", "Follow-ups to which the step applies", ""),
    indicator(
        "follow_up_reached_percent",
        "Follow-ups that reached the step, of those",
        "%",
    ),
];

pub(super) async fn data(asked: Asked) -> Shown {
    let (_, answer) = of(asked).await?;
    let report = answer.report.unwrap_or_default();
    sent(&rows(&report), &file_name(&report, "data"))
}

pub(super) async fn metadata(asked: Asked) -> Shown {
    let (_, answer) = of(asked).await?;
    let report = answer.report.unwrap_or_default();
    let about = about(&report, &answer.completeness, Utc::now());
    sent(&described(&about), &file_name(&report, "data.meta"))
}

async fn of(asked: Asked) -> Result<(Asked, GetNetworkReportResponse), crate::problem::Fault> {
    let network_id = network(&asked)?;
    latest(asked, &network_id).await
}

/// Both names are the same but for `.meta`, as the layout wants it.
fn file_name(report: &NetworkReport, ending: &str) -> String {
    let name: String = report
        .network_name
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
        .to_lowercase();
    format!("{name}-{}-{ending}.csv", period(report.cycle))
}

/// "202526".
fn period(cycle: i32) -> String {
    format!("{cycle}{:02}", (cycle + 1).rem_euclid(100))
}

/// In words: network and year, when it was read, how far each source was complete.
fn about(report: &NetworkReport, completeness: &[Completeness], at: DateTime<Utc>) -> String {
    let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let sources = completeness.iter().map(|source| {
        let until = source
            .complete_until
            .and_then(|until| DateTime::from_timestamp(until.seconds, 0))
            .map_or_else(|| "nothing yet".to_owned(), instant);
        let silent = if source.reporting { "" } else { ", not reporting" };
        format!("{} complete until {until}{silent}", source.source)
    });
    format!(
        "{}, {}; read at {}; {}; definitions {}",
        report.network_name,
        words::cycle(report.cycle),
        instant(at),
        sources.collect::<Vec<_>>().join(", "),
        report.definition_version,
    )
}

/// The header, then a row for each line and step.
fn rows(report: &NetworkReport) -> Vec<Vec<String>> {
    let header = FIXED.into_iter().chain(DESCRIBED.iter().map(|column| column.name));
    let mut rows = vec![header.map(str::to_owned).collect()];
    for release in &report.releases {
        for line in &release.lines {
            for figure in &line.figures {
                let rate = figure.rate.clone().unwrap_or_default();
                let mut row = place(line, report);
                row.extend([
                    format!("Half-term {}", release.half_term),
                    phase(line),
                    role_group(line),
                    step(figure.step()),
                    number(rate.numerator.as_ref()),
                    number(rate.denominator.as_ref()),
                    number(rate.percent.as_ref()),
                ]);
                rows.push(row);
            }
        }
    }
    rows
}

fn place(line: &NetworkLine, report: &NetworkReport) -> Vec<String> {
    let network = [report.network_id.as_str(), report.network_name.as_str()];
    let trust = [line.trust_id.as_str(), line.name.as_str()];
    let school = [line.urn.as_str(), line.name.as_str()];
    let none = ["", ""];
    let (level, network, trust, school) = match line.breakdown() {
        NetworkBreakdown::Trust => ("MAT", none, trust, none),
        NetworkBreakdown::School => ("School", none, none, school),
        _ => ("Planning area", network, none, none),
    };
    let time = [period(report.cycle), "Academic year".into()];
    let country = [level, "E92000001", "England"];
    let rest = country.into_iter().chain(network).chain(trust).chain(school);
    time.into_iter().chain(rest.map(str::to_owned)).collect()
}

fn phase(line: &NetworkLine) -> String {
    match line.phase() {
        Phase::Unspecified => "Total".into(),
        phase => words::capital(words::reports::phase(phase)),
    }
}

fn role_group(line: &NetworkLine) -> String {
    match line.role_group() {
        RoleGroup::Unspecified => "Total".into(),
        group => words::capital(words::role_group(group)),
    }
}

fn step(step: Step) -> String {
    words::capital(words::step(step))
}

/// A number, or the symbol that stands for why there is none.
fn number(figure: Option<&Figure>) -> String {
    match figure {
        None => "x".into(),
        Some(figure) if figure.mark() == FigureMark::Unspecified => format!("{:.0}", figure.value),
        Some(figure) if figure.symbol.is_empty() => "x".into(),
        Some(figure) => figure.symbol.clone(),
    }
}

/// The metadata file: its header, then a row for each filter and indicator.
fn described(about: &str) -> Vec<Vec<String>> {
    let header = [
        "col_name",
        "col_type",
        "label",
        "indicator_grouping",
        "indicator_unit",
        "indicator_dp",
        "filter_hint",
        "filter_grouping_column",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    rows.extend(DESCRIBED.iter().map(|column| {
        let hint = match column.name {
            "half_term" => format!("{}. {about}", column.hint),
            _ => column.hint.to_owned(),
        };
        let said = [
            column.name,
            column.kind,
            column.label,
            column.grouping,
            column.unit,
            column.decimals,
            &hint,
            "",
        ];
        said.map(str::to_owned).to_vec()
    }));
    rows
}

fn sent(rows: &[Vec<String>], file_name: &str) -> Shown {
    let headers = [
        (
            header::CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present".to_owned(),
        ),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file_name}\""),
        ),
    ];
    Ok((headers, written(rows).map_err(Error::internal)?).into_response())
}

fn written(rows: &[Vec<String>]) -> Result<Vec<u8>, std::io::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|value| defused(value)))?;
    }
    writer.into_inner().map_err(|error| error.into_error())
}

#[cfg(test)]
mod tests {
    use api::projection::v1::{FigureRate, NetworkFigure, NetworkRelease};

    use super::*;

    fn figure(value: f64) -> Option<Figure> {
        Some(Figure {
            value,
            ..Figure::default()
        })
    }

    fn withheld() -> Option<Figure> {
        Some(Figure {
            mark: FigureMark::Confidential.into(),
            symbol: "c".into(),
            ..Figure::default()
        })
    }

    fn line(breakdown: NetworkBreakdown, rate: FigureRate) -> NetworkLine {
        NetworkLine {
            breakdown: breakdown.into(),
            urn: "123456".into(),
            name: "=A school".into(),
            figures: vec![NetworkFigure {
                step: Step::Revisited.into(),
                rate: Some(rate),
            }],
            ..NetworkLine::default()
        }
    }

    fn report() -> NetworkReport {
        let seen = FigureRate {
            numerator: figure(31.0),
            denominator: figure(50.0),
            percent: figure(62.0),
        };
        let hidden = FigureRate {
            numerator: withheld(),
            denominator: withheld(),
            percent: withheld(),
        };
        NetworkReport {
            network_name: "The Estuary Network".into(),
            cycle: 2025,
            releases: vec![NetworkRelease {
                half_term: 2,
                lines: vec![
                    line(NetworkBreakdown::Network, seen),
                    line(NetworkBreakdown::School, hidden),
                ],
                ..NetworkRelease::default()
            }],
            ..NetworkReport::default()
        }
    }

    #[test]
    fn every_column_is_fixed_or_described() {
        let (data, described) = (rows(&report()), described(""));
        let header = &data[0];
        for column in header {
            let fixed = FIXED.contains(&column.as_str());
            let described = described[1..].iter().filter(|row| row[0] == *column).count();
            assert_eq!(usize::from(fixed) + described, 1, "{column}");
        }
        assert!(data.iter().all(|row| row.len() == header.len()));
        assert!(described.iter().all(|row| row.len() == described[0].len()));
        for row in &described[1..] {
            assert!(header.contains(&row[0]), "{} is described, and not there", row[0]);
            assert!(["Filter", "Indicator"].contains(&row[1].as_str()));
            assert_eq!(row[1] == "Indicator", !row[5].is_empty(), "decimals are of indicators");
        }
    }

    #[test]
    fn a_row_is_a_cell_and_what_is_withheld_is_a_symbol() {
        let rows = rows(&report());
        assert_eq!(rows.len(), 3);
        assert_eq!(
            rows[1][..5],
            ["202526", "Academic year", "Planning area", "E92000001", "England"]
        );
        assert_eq!(
            rows[1][11..],
            ["Half-term 2", "Total", "Total", "Revisited", "31", "50", "62"]
        );
        assert_eq!(rows[2][2], "School");
        assert_eq!(rows[2][9..11], ["123456", "=A school"]);
        assert_eq!(rows[2][15..], ["c", "c", "c"]);
    }

    #[test]
    fn no_name_becomes_a_formula() {
        let text = String::from_utf8(written(&rows(&report())).unwrap()).unwrap();
        assert!(text.starts_with("time_period,time_identifier,"));
        assert!(text.contains(",'=A school,"), "{text}");
    }

    #[test]
    fn the_metadata_say_when_and_how_complete() {
        let about = about(&report(), &[], DateTime::UNIX_EPOCH);
        assert!(
            about.starts_with("The Estuary Network, 2025/26; read at 1970-01-01T00:00:00Z"),
            "{about}"
        );
        assert!(described(&about)[1][6].contains("read at"));
        assert_eq!(
            file_name(&report(), "data.meta"),
            "the-estuary-network-202526-data.meta.csv"
        );
    }
}

//! Network report: aggregates of schools of several trusts that agreed to report together, in releases made once for
//! each half-term. What is withheld looks withheld.

mod tidy;

use api::{
    common::v1::RoleGroup,
    directory::v1::ListNetworksRequest,
    projection::v1::{
        FigureRate, GetNetworkReportRequest, GetNetworkReportResponse, NetworkBreakdown, NetworkLine, NetworkRelease,
        NetworkReport, Step,
    },
};
use askama::Template;
use axum::{Router, routing::get};
use chrono::DateTime;

use super::{
    cells::{figure_count, figure_rate},
    frame::{Asked, Frame, Offers},
};
use crate::{
    Gateway,
    chart::{Caption, Chart as _, Figure, HeatCell, HeatMap, HeatRow, StepBar, Steps},
    export,
    figures::{Cell, Column, Keys, Table},
    pages::{Shown, asked::link, shell::Shell, show},
    problem::Fault,
    words,
};

const OFFERS: Offers = Offers {
    phase: false,
    known: false,
};

/// How many lines are drawn; the table has them all.
const DRAWN: usize = 40;

/// Steps with their keys in files. Of agreed ones the share is always whole, so it is a count.
const STEPS: [(&str, Step); 5] = [
    ("support_provided", Step::SupportProvided),
    ("developed", Step::Developed),
    ("revisited", Step::Revisited),
    ("discussed", Step::Discussed),
    ("evaluated", Step::Evaluated),
];

pub(crate) fn routes() -> Router<Gateway> {
    let router = Router::new()
        .route("/reports/network.tidy.csv", get(tidy::data))
        .route("/reports/network.meta.csv", get(tidy::metadata));
    export::report(router, "/reports/network", get(page))
}

#[derive(Template)]
#[template(path = "reports/network.html")]
struct Page {
    shell: Shell,
    frame: Frame,
    name: String,
    release: Option<Release>,
    releases: Table,
    symbols: Vec<(String, String)>,
    tidy: String,
    meta: String,
}

/// The release that is shown.
struct Release {
    told: String,
    keys: Keys,
    steps: Figure,
    map: Figure,
    left_out: usize,
    lines: Table,
}

/// The networks that the visitor leads; the one that was asked for, or else the first.
fn network(asked: &Asked) -> Result<String, Fault> {
    let wanted = asked.value("network");
    if !wanted.is_empty() {
        return Ok(wanted);
    }
    let first = asked.visitor.me.networks.first();
    first.cloned().ok_or_else(|| Fault::not_found("network that you lead"))
}

async fn ask(asked: &Asked, network_id: &str) -> Result<GetNetworkReportResponse, Fault> {
    let message = GetNetworkReportRequest {
        network_id: network_id.to_owned(),
        cycle: asked.cycle,
        ..GetNetworkReportRequest::default()
    };
    let mut reports = asked.visitor.clients().network_reports;
    Ok(reports
        .get_network_report(asked.visitor.ask(message))
        .await?
        .into_inner())
}

/// The report of the year asked for; unless one was, of the last year with a release.
async fn latest(asked: Asked, network_id: &str) -> Result<(Asked, GetNetworkReportResponse), Fault> {
    let answer = ask(&asked, network_id).await?;
    if let Some(before) = asked.year_before().filter(|_| !released(&answer)) {
        let earlier = ask(&before, network_id).await?;
        if released(&earlier) {
            return Ok((before, earlier));
        }
    }
    Ok((asked, answer))
}

fn released(answer: &GetNetworkReportResponse) -> bool {
    let releases = answer.report.iter().flat_map(|report| &report.releases);
    releases.into_iter().any(|release| !release.lines.is_empty())
}

async fn page(asked: Asked) -> Shown {
    let network_id = network(&asked)?;
    let (asked, answer) = latest(asked, &network_id).await?;
    let report = answer.report.unwrap_or_default();
    let wanted: i32 = asked.value("half_term").parse().unwrap_or_default();
    let made = || report.releases.iter().filter(|release| !release.lines.is_empty());
    let release = made()
        .find(|release| release.half_term == wanted)
        .or(made().next_back());
    let releases = releases(&report);
    let tables = vec![everything(&report), releases.clone()];
    let mut figures = asked.figures("Network report", OFFERS, &answer.completeness, tables);
    figures.filters = vec![
        ("Network".into(), report.network_name.clone()),
        ("Academic year".into(), words::cycle(report.cycle)),
    ];
    if let Some(file) = asked.file(&figures) {
        return file;
    }
    let counted: Vec<(&str, &str)> = report
        .measures
        .iter()
        .map(|measure| (words::step(measure.step()), measure.definition.as_str()))
        .collect();
    let mut frame = asked.frame(&figures, OFFERS, &counted, &report.definition_version);
    frame.filters.without("urn");
    if made().count() > 1 {
        let each = made().map(|release| {
            (
                release.half_term.to_string(),
                format!("Half-term {}", release.half_term),
            )
        });
        let chosen = release.map(|release| release.half_term.to_string()).unwrap_or_default();
        frame.filters.offer("half_term", "Half-term", "", each, &chosen);
    }
    if asked.visitor.me.networks.len() > 1 {
        frame
            .filters
            .offer("network", "Network", "", named(&asked).await?, &network_id);
    }
    let cycle = asked.cycle.to_string();
    let same = [("network", network_id.as_str()), ("cycle", &cycle)];
    show(&Page {
        shell: asked.shell(&figures),
        frame,
        name: report.network_name.clone(),
        release: release.map(|release| Release::of(release, &report)),
        releases,
        symbols: report
            .symbols
            .iter()
            .map(|symbol| (symbol.symbol.clone(), symbol.meaning.clone()))
            .collect(),
        tidy: link("/reports/network.tidy.csv", &same),
        meta: link("/reports/network.meta.csv", &same),
    })
}

/// Networks that the visitor leads, by name.
async fn named(asked: &Asked) -> Result<Vec<(String, String)>, Fault> {
    let message = ListNetworksRequest {
        page_size: 500,
        page_token: String::new(),
    };
    let mut networks = asked.visitor.clients().networks;
    let networks = networks
        .list_networks(asked.visitor.ask(message))
        .await?
        .into_inner()
        .networks;
    let own = networks
        .into_iter()
        .filter(|network| asked.visitor.me.networks.contains(&network.network_id));
    Ok(own.map(|network| (network.network_id, network.name)).collect())
}

/// What a line is called.
fn name(line: &NetworkLine, report: &NetworkReport) -> String {
    let phase = || words::capital(words::reports::phase(line.phase()));
    let group = || match line.role_group() {
        RoleGroup::Unspecified => "role group not said",
        group => words::role_group(group),
    };
    match line.breakdown() {
        NetworkBreakdown::Unspecified | NetworkBreakdown::Network => report.network_name.clone(),
        NetworkBreakdown::Phase => format!("{} schools", phase()),
        NetworkBreakdown::Trust | NetworkBreakdown::School => line.name.clone(),
        NetworkBreakdown::RoleGroup => words::capital(group()),
        NetworkBreakdown::PhaseAndRoleGroup => format!("{} schools, {}", phase(), group()),
    }
}

fn about(breakdown: NetworkBreakdown) -> &'static str {
    match breakdown {
        NetworkBreakdown::Unspecified => "not said",
        NetworkBreakdown::Network => "the network",
        NetworkBreakdown::Phase => "a phase",
        NetworkBreakdown::Trust => "a trust",
        NetworkBreakdown::School => "a school",
        NetworkBreakdown::RoleGroup => "a role group",
        NetworkBreakdown::PhaseAndRoleGroup => "a role group in a phase",
    }
}

fn rate_of(line: &NetworkLine, step: Step) -> Option<&FigureRate> {
    let found = line.figures.iter().find(|figure| figure.step() == step);
    found.and_then(|figure| figure.rate.as_ref())
}

fn agreed(line: &NetworkLine) -> Cell {
    figure_count(rate_of(line, Step::Agreed).and_then(|rate| rate.denominator.as_ref()))
}

/// The share as it is published: in whole per cent, or why there is none.
fn percent(rate: Option<&FigureRate>) -> Cell {
    rate.map_or(Cell::Symbol("x"), |rate| Cell::figure(rate.percent.as_ref(), 0))
}

impl Release {
    fn of(release: &NetworkRelease, report: &NetworkReport) -> Self {
        let mut lines = release.lines.iter();
        let whole = lines
            .find(|line| line.breakdown() == NetworkBreakdown::Network)
            .cloned();
        let whole = whole.unwrap_or_default();
        Self {
            told: told(release),
            keys: keys(release, &whole),
            steps: steps(&whole, report).figure(),
            map: map(release, report).figure(),
            left_out: release
                .lines
                .iter()
                .filter(|line| is_drawn(line))
                .count()
                .saturating_sub(DRAWN),
            lines: shown(release, report),
        }
    }
}

fn told(release: &NetworkRelease) -> String {
    let on = release
        .released_at
        .and_then(|at| DateTime::from_timestamp(at.seconds, 0));
    format!(
        "Follow-ups agreed from {} to {}, as they stood on {}. Released on {}, once and for all. {} of {} schools that take \
         part consented. No count of fewer than {} people is shown, nor any from which one could be worked out.",
        words::iso_day(&release.agreed_from),
        words::iso_day(&release.agreed_until),
        words::iso_day(&release.settled_on),
        on.map(|at| words::day(at.date_naive())).unwrap_or_default(),
        release.consenting_count,
        release.taking_part_count,
        release.threshold,
    )
}

fn keys(release: &NetworkRelease, whole: &NetworkLine) -> Keys {
    let consenting = Cell::Share {
        numerator: release.consenting_count.into(),
        denominator: release.taking_part_count.into(),
    };
    let keys = Keys::default()
        .add("Schools that consented", &consenting)
        .add("Follow-ups agreed", &agreed(whole));
    STEPS.into_iter().fold(keys, |keys, (_, step)| {
        keys.add(words::capital(words::step(step)), &figure_rate(rate_of(whole, step)))
    })
}

fn steps(whole: &NetworkLine, report: &NetworkReport) -> Steps {
    let bars: Vec<StepBar> = STEPS
        .into_iter()
        .map(|(_, step)| StepBar {
            label: words::capital(words::step(step)),
            rate: figure_rate(rate_of(whole, step)),
            note: String::new(),
        })
        .collect();
    let said: Vec<String> = bars
        .iter()
        .map(|bar| format!("{}: {}", bar.label, bar.rate.shown()))
        .collect();
    Steps {
        caption: Caption::new(
            "steps",
            format!("From agreed to evaluated: {}", report.network_name),
            said.join("; "),
        ),
        steps: bars,
        note_label: "Note",
    }
}

/// Of a line in which nothing was agreed there is nothing to draw.
fn is_drawn(line: &NetworkLine) -> bool {
    agreed(line) != Cell::Count(0)
}

fn map(release: &NetworkRelease, report: &NetworkReport) -> HeatMap {
    let short = |step| match step {
        Step::SupportProvided => "supported",
        Step::Discussed => "discussed",
        Step::Evaluated => "evaluated",
        step => words::step(step),
    };
    let rows = release
        .lines
        .iter()
        .filter(|line| is_drawn(line))
        .take(DRAWN)
        .map(|line| HeatRow {
            label: name(line, report),
            cells: STEPS
                .into_iter()
                .map(|(_, step)| HeatCell {
                    cell: percent(rate_of(line, step)),
                    marked: false,
                    hint: String::new(),
                })
                .collect(),
        });
    HeatMap {
        caption: Caption::new(
            "shares",
            "Per cent that reached each step",
            "Each line of the release by step of the funnel, in whole per cent. Hatched fields are withheld, not applicable or \
             not available, as their symbols say.",
        ),
        of: "Line",
        unit: "per cent".into(),
        columns: STEPS.map(|(key, step)| (key, words::capital(short(step)))).to_vec(),
        rows: rows.collect(),
        marked: "",
    }
}

/// The lines of a release as its page shows them.
fn shown(release: &NetworkRelease, report: &NetworkReport) -> Table {
    let mut columns = vec![Column::text("line", "Line"), Column::count("agreed", "Agreed")];
    columns.extend(STEPS.map(|(key, step)| Column::share(key, words::capital(words::step(step)))));
    let mut table = Table::new("lines", "The lines of this release", columns);
    for line in &release.lines {
        let rates = STEPS.map(|(_, step)| figure_rate(rate_of(line, step)));
        table.push([Cell::text(name(line, report)), agreed(line)].into_iter().chain(rates));
    }
    table
}

/// Every line of every release, for files.
fn everything(report: &NetworkReport) -> Table {
    let mut columns = vec![
        Column::text("line", "Line"),
        Column::text("about", "About"),
        Column::text("urn", "URN"),
        Column::count("half_term", "Half-term"),
        Column::count("agreed", "Agreed"),
    ];
    columns.extend(STEPS.map(|(key, step)| Column::share(key, words::capital(words::step(step)))));
    columns.push(Column::text("definitions", "Definitions"));
    let mut table = Table::new("network", "Every line of every release", columns);
    for release in &report.releases {
        for line in &release.lines {
            let urn = if line.urn.is_empty() {
                Cell::Symbol("z")
            } else {
                Cell::text(line.urn.clone())
            };
            let mut cells = vec![
                Cell::text(name(line, report)),
                Cell::text(about(line.breakdown())),
                urn,
                Cell::Count(release.half_term.into()),
                agreed(line),
            ];
            cells.extend(STEPS.map(|(_, step)| figure_rate(rate_of(line, step))));
            cells.push(Cell::text(release.definition_version.clone()));
            table.push(cells);
        }
    }
    table
}

/// The half-terms of the year, with those not released yet and why.
fn releases(report: &NetworkReport) -> Table {
    let columns = [
        Column::text("half_term", "Half-term"),
        Column::date("agreed_from", "Agreed from"),
        Column::date("agreed_until", "To"),
        Column::date("settled_on", "As it stood on"),
        Column::text("released", "Released"),
        Column::share("consenting", "Schools that consented"),
        Column::count("threshold", "Fewest people shown"),
        Column::text("definitions", "Definitions"),
    ];
    let mut table = Table::new("releases", "Releases of the year", columns);
    for release in &report.releases {
        let on = release
            .released_at
            .and_then(|at| DateTime::from_timestamp(at.seconds, 0));
        let why = match words::absence(release.absence()) {
            "not for you to see" => "no school consents".to_owned(),
            "" => "not released".to_owned(),
            why if release.missing_sources.is_empty() => why.to_owned(),
            why => format!("{why}: {}", release.missing_sources.join(", ")),
        };
        let made = on.is_some();
        let only = |cell: Cell| if made { cell } else { Cell::Symbol("z") };
        table.push([
            Cell::text(format!("Half-term {}", release.half_term)),
            Cell::date(&release.agreed_from),
            Cell::date(&release.agreed_until),
            Cell::date(&release.settled_on),
            Cell::text(on.map_or(why, |at| words::day(at.date_naive()))),
            only(Cell::Share {
                numerator: release.consenting_count.into(),
                denominator: release.taking_part_count.into(),
            }),
            only(Cell::Count(release.threshold.into())),
            only(Cell::text(release.definition_version.clone())),
        ]);
    }
    table
}

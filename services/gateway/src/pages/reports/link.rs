//! Link report: how far what was agreed after observations went, from agreed to evaluated; school by school between
//! control limits, half-term by half-term, and down to the threads behind each cell.

mod cell;
mod school_table;

use api::{
    common::v1::RoleGroup,
    directory::v1::Phase,
    projection::v1::{FunnelStep, GetLinkReportRequest, GetLinkReportResponse, LinkReport, LinkRow, Step},
};
use askama::Template;
use axum::{Router, routing::get};

use self::school_table::SchoolTable;
use super::frame::{Asked, Frame, Offers};
use crate::{
    Gateway,
    chart::{Caption, Chart as _, Figure, FunnelPlot, FunnelPoint, Lines, Series, StepBar, Steps},
    export,
    figures::{Cell, Column, Keys, Table},
    pages::{Shown, asked::link, shell::Shell, show, threads::slug},
    problem::Fault,
    words::{self, Vocabulary},
};

const OFFERS: Offers = Offers {
    phase: true,
    known: false,
};

/// Groups of staff that can be asked for.
const ROLE_GROUPS: [RoleGroup; 5] = [
    RoleGroup::Leadership,
    RoleGroup::ClassroomTeacher,
    RoleGroup::EarlyCareerTeacher,
    RoleGroup::TeachingAssistant,
    RoleGroup::OtherSupport,
];

pub(crate) fn routes() -> Router<Gateway> {
    let router = Router::new().route("/reports/link/cell", get(cell::cell));
    export::report(router, "/reports/link", get(page))
}

#[derive(Template)]
#[template(path = "reports/link.html")]
struct Page {
    shell: Shell,
    frame: Frame,
    /// Where a stream tells that there is something new.
    live: String,
    here: String,
    keys: Keys,
    steps: Figure,
    plots: Vec<Figure>,
    half_terms: Figure,
    schools: SchoolTable,
    stuck: Table,
    apart: Vec<String>,
    /// A governor sees counts alone.
    may_drill: bool,
}

/// What is asked for beside year and school.
#[derive(Clone, Debug, Default)]
struct Wanted {
    /// Code; empty for all.
    area: String,
    group: RoleGroup,
}

impl Wanted {
    fn of(asked: &Asked) -> Self {
        let group = asked.value("group").parse().ok();
        Self {
            area: asked.value("area"),
            group: group
                .and_then(|group: i32| RoleGroup::try_from(group).ok())
                .unwrap_or_default(),
        }
    }

    fn group_value(&self) -> String {
        match self.group {
            RoleGroup::Unspecified => String::new(),
            group => i32::from(group).to_string(),
        }
    }
}

/// An address that asks for the same as this report, and more.
fn again(path: &str, asked: &Asked, wanted: &Wanted, urn: &str, more: &[(&str, &str)]) -> String {
    let cycle = asked.cycle.to_string();
    let phase = match asked.phase {
        Phase::Unspecified => String::new(),
        phase => i32::from(phase).to_string(),
    };
    let group = wanted.group_value();
    let same = [
        ("cycle", cycle.as_str()),
        ("urn", urn),
        ("phase", &phase),
        ("area", &wanted.area),
        ("group", &group),
    ];
    link(path, &[&same, more].concat())
}

/// Where a stream tells of this very report, in the words of the protocol.
fn live(asked: &Asked, wanted: &Wanted) -> String {
    let phase = Some(asked.phase).filter(|phase| *phase != Phase::Unspecified);
    let group = Some(wanted.group).filter(|group| *group != RoleGroup::Unspecified);
    let same = [
        ("trustId", asked.trust_id()),
        ("urn", asked.urn.clone()),
        ("cycle", asked.cycle.to_string()),
        ("phase", phase.map_or("", |phase| phase.as_str_name()).to_owned()),
        ("focusArea", wanted.area.clone()),
        ("roleGroup", group.map_or("", |group| group.as_str_name()).to_owned()),
    ];
    let same = same.each_ref().map(|(name, value)| (*name, value.as_str()));
    link("/live/link", &same)
}

async fn ask(asked: &Asked, wanted: &Wanted) -> Result<GetLinkReportResponse, Fault> {
    let message = GetLinkReportRequest {
        trust_id: asked.trust_id(),
        urn: asked.urn.clone(),
        cycle: asked.cycle,
        phase: asked.phase.into(),
        focus_area: wanted.area.clone(),
        role_group: wanted.group.into(),
        at_least: Vec::new(),
    };
    let mut tracking = asked.visitor.clients().tracking;
    Ok(tracking.get_link_report(asked.visitor.ask(message)).await?.into_inner())
}

async fn page(asked: Asked) -> Shown {
    let wanted = Wanted::of(&asked);
    let (answer, vocabulary) = tokio::try_join!(ask(&asked, &wanted), asked.visitor.vocabulary())?;
    let (asked, answer) = or_the_year_before(asked, &wanted, answer).await?;
    let report = answer.report.unwrap_or_default();
    let total = report.total.clone().unwrap_or_default();
    let drawn = Drawn::of(&report, &total, &asked, &wanted);
    let may_drill = asked.visitor.me.leads_trust() || asked.visitor.me.leads_school();
    let stuck = stuck(&total, &asked, &wanted, may_drill);
    let mut tables = vec![school_table::table(&report, &total), drawn.steps.table()];
    tables.extend(drawn.plots.iter().map(|plot| plot.table()));
    tables.extend([drawn.half_terms.table(), stuck.clone()]);
    let mut figures = asked.figures("Link report", OFFERS, &answer.completeness, tables);
    if !wanted.area.is_empty() {
        figures
            .filters
            .push(("Focus area".into(), vocabulary.area(&wanted.area)));
    }
    if wanted.group != RoleGroup::Unspecified {
        figures
            .filters
            .push(("Role group".into(), words::role_group(wanted.group).into()));
    }
    if let Some(file) = asked.file(&figures) {
        return file;
    }
    let mut counted: Vec<(&str, &str)> = total
        .funnel
        .iter()
        .map(|step| (words::step(step.step()), step.definition.as_str()))
        .collect();
    counted.push((
        "limits",
        "Exact binomial limits around the share of the whole: chance alone keeps 95 % of schools of a size between the \
         inner ones, 99.8 % between the outer ones. A school beyond them is worth a look, which is not a judgement.",
    ));
    let mut frame = asked.frame(&figures, OFFERS, &counted, &report.definition_version);
    if may_drill {
        offer(&mut frame, &vocabulary, &wanted);
    }
    show(&Page {
        shell: asked.shell(&figures),
        frame,
        live: live(&asked, &wanted),
        here: again("/reports/link", &asked, &wanted, &asked.urn, &[]),
        keys: keys(&total),
        steps: drawn.steps.figure(),
        plots: drawn.plots.iter().map(FunnelPlot::figure).collect(),
        half_terms: drawn.half_terms.figure(),
        schools: SchoolTable::of(&report, &total, &asked, &wanted, may_drill),
        stuck,
        apart: apart(&report),
        may_drill,
    })
}

/// Early in a year nothing has been agreed yet: unless a year was asked for, the one before says more.
async fn or_the_year_before(
    asked: Asked,
    wanted: &Wanted,
    answer: GetLinkReportResponse,
) -> Result<(Asked, GetLinkReportResponse), Fault> {
    if let Some(before) = asked.year_before().filter(|_| !agreed(&answer)) {
        let earlier = ask(&before, wanted).await?;
        if agreed(&earlier) {
            return Ok((before, earlier));
        }
    }
    Ok((asked, answer))
}

/// Whether there is anything to report on.
fn agreed(answer: &GetLinkReportResponse) -> bool {
    let total = answer.report.as_ref().and_then(|report| report.total.as_ref());
    total.is_some_and(|total| match rate_of(total, Step::Agreed) {
        Cell::Share { denominator, .. } => denominator > 0,
        Cell::Symbol(symbol) => symbol == "c",
        _ => false,
    })
}

fn offer(frame: &mut Frame, vocabulary: &Vocabulary, wanted: &Wanted) {
    let areas = vocabulary.all_areas().into_iter();
    frame.filters.offer(
        "area",
        "Focus area",
        "All focus areas",
        areas.map(|area| (area.code.clone(), area.label.clone())),
        &wanted.area,
    );
    offer_groups(frame, wanted.group);
}

/// Offers to ask for one role group.
pub(super) fn offer_groups(frame: &mut Frame, chosen: RoleGroup) {
    let value = |group: RoleGroup| i32::from(group).to_string();
    let chosen = if chosen == RoleGroup::Unspecified {
        String::new()
    } else {
        value(chosen)
    };
    let groups = ROLE_GROUPS.map(|group| (value(group), words::role_group(group).to_owned()));
    frame
        .filters
        .offer("group", "Role group", "All role groups", groups, &chosen);
}

/// How many reached a step, or why nobody can say.
fn rate_of(row: &LinkRow, step: Step) -> Cell {
    let found = row.funnel.iter().find(|found| found.step() == step);
    found.map_or(Cell::Symbol("x"), step_cell)
}

fn step_cell(step: &FunnelStep) -> Cell {
    match words::absence(step.absence()) {
        "" => Cell::rate(step.rate.as_ref()),
        why => Cell::Absent(why),
    }
}

/// Follow-ups agreed are a count: of themselves they are always all.
fn agreed_count(row: &LinkRow) -> Cell {
    match rate_of(row, Step::Agreed) {
        Cell::Share { denominator, .. } => Cell::Count(denominator),
        Cell::Symbol("z") => Cell::Count(0),
        other => other,
    }
}

fn keys(total: &LinkRow) -> Keys {
    let mut keys = Keys::default().add("Follow-ups agreed", &agreed_count(total));
    for step in total.funnel.iter().filter(|step| step.step() != Step::Agreed) {
        keys = keys.add(words::capital(words::step(step.step())), &step_cell(step));
    }
    if total.objectives_from_practice.is_some() {
        keys = keys.add(
            "Objectives that come from practice",
            &Cell::rate(total.objectives_from_practice.as_ref()),
        );
    }
    if total.silent_appraisals.is_some() {
        keys = keys.add(
            "Appraisals silent on development",
            &Cell::rate(total.silent_appraisals.as_ref()),
        );
    }
    keys
}

/// The charts of the report.
struct Drawn {
    steps: Steps,
    plots: Vec<FunnelPlot>,
    half_terms: Lines,
}

impl Drawn {
    fn of(report: &LinkReport, total: &LinkRow, asked: &Asked, wanted: &Wanted) -> Self {
        let plot = |name, step, title: &str| {
            let points = report.schools.iter().map(|row| FunnelPoint {
                name: school_table::name(row),
                href: if row.urn.is_empty() {
                    String::new()
                } else {
                    again("/reports/link", asked, wanted, &row.urn, &[])
                },
                rate: rate_of(row, step),
            });
            let whole = match rate_of(total, step) {
                Cell::Share { numerator, denominator } => (numerator, denominator),
                _ => (0, 0),
            };
            FunnelPlot {
                caption: Caption::new(
                    name,
                    title,
                    format!(
                        "Each school by how many follow-ups were agreed and how many of them were {}, between the limits \
                         within which chance keeps schools of that size. The whole: {}.",
                        words::step(step),
                        rate_of(total, step).shown(),
                    ),
                ),
                of: "Follow-ups agreed".into(),
                share: words::step(step).into(),
                points: points.collect(),
                whole,
            }
        };
        let plots = if report.schools.len() > 1 {
            vec![
                plot("revisited", Step::Revisited, "Looked at again, school by school"),
                plot("developed", Step::Developed, "Developed, school by school"),
            ]
        } else {
            Vec::new()
        };
        Self {
            steps: steps(total),
            plots,
            half_terms: half_terms(report),
        }
    }
}

fn steps(total: &LinkRow) -> Steps {
    let bars: Vec<StepBar> = total
        .funnel
        .iter()
        .map(|step| StepBar {
            label: words::capital(words::step(step.step())),
            rate: step_cell(step),
            note: step
                .median_days
                .filter(|_| step.step() != Step::Agreed)
                .map(|days| format!("median {days:.0} days"))
                .unwrap_or_default(),
        })
        .collect();
    let said: Vec<String> = bars
        .iter()
        .map(|bar| format!("{}: {}", bar.label, bar.rate.shown()))
        .collect();
    Steps {
        caption: Caption::new("steps", "From agreed to evaluated", said.join("; ")),
        steps: bars,
        note_label: "Days from agreed, median",
    }
}

fn half_terms(report: &LinkReport) -> Lines {
    let values = |of: fn(&api::projection::v1::HalfTermCount) -> i32| {
        let counts = report.half_terms.iter();
        counts
            .map(|half_term| Cell::count(of(half_term), half_term.suppressed))
            .collect()
    };
    Lines {
        caption: Caption::new(
            "half-terms",
            "By half-term",
            "Follow-ups agreed in each half-term, and how many of these have been looked at again since.",
        ),
        along: "Half-term in which they were agreed",
        moments: report
            .half_terms
            .iter()
            .map(|half_term| format!("HT{}", half_term.half_term))
            .collect(),
        unit: "follow-ups".into(),
        series: vec![
            Series {
                key: "agreed",
                label: "Agreed".into(),
                values: values(|half_term| half_term.agreed),
            },
            Series {
                key: "revisited_since",
                label: "Of these, looked at again since".into(),
                values: values(|half_term| half_term.revisited),
            },
        ],
        per_cent: false,
    }
}

/// Open threads by why they are stuck, each leading to the threads if these may be read and can be asked for.
fn stuck(total: &LinkRow, asked: &Asked, wanted: &Wanted, may_drill: bool) -> Table {
    let leads = may_drill && asked.phase == Phase::Unspecified && wanted.group == RoleGroup::Unspecified;
    let columns = [Column::text("reason", "Why"), Column::count("threads", "Open threads")];
    let mut table = Table::new("stuck", "Open threads that are stuck, by why", columns);
    for stuck in &total.stuck {
        let why = words::capital(words::stuck(stuck.reason()));
        let why = if leads {
            let cycle = asked.cycle.to_string();
            let asked = [
                ("cycle", cycle.as_str()),
                ("urn", &asked.urn),
                ("area", &wanted.area),
                ("stuck", slug(stuck.reason())),
                ("open", "yes"),
            ];
            Cell::link(why, link("/threads", &asked))
        } else {
            Cell::text(why)
        };
        table.push([why, Cell::count(stuck.count, stuck.suppressed)]);
    }
    table
}

/// What is counted nowhere else.
fn apart(report: &LinkReport) -> Vec<String> {
    if report.counted_apart_withheld {
        return vec![
            "How much looks linked, and how much was refused, is withheld: it concerns too few people.".into(),
        ];
    }
    let said = |count: i32, one: &str, several: &str| match count {
        0 => None,
        1 => Some(one.to_owned()),
        count => Some(format!("{} {several}", Cell::Count(count.into()).shown())),
    };
    [
        said(
            report.likely_links,
            "One later look seems likely to belong to a follow-up, but nobody has linked it.",
            "later looks seem likely to belong to a follow-up, but nobody has linked them.",
        ),
        said(
            report.likely_developments,
            "One follow-up seems likely to have been developed, but nobody has linked it.",
            "follow-ups seem likely to have been developed, but nobody has linked them.",
        ),
        said(
            report.refused_links,
            "One link was refused, because its purpose forbids it.",
            "links were refused, because their purpose forbids them.",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use api::projection::v1::{Absence, Rate};

    use super::*;

    fn row(numerator: i32, denominator: i32) -> LinkRow {
        let funnel = FunnelStep {
            step: Step::Agreed.into(),
            rate: Some(Rate {
                numerator,
                denominator,
                ..Rate::default()
            }),
            ..FunnelStep::default()
        };
        LinkRow {
            funnel: vec![funnel],
            ..LinkRow::default()
        }
    }

    fn answer(total: LinkRow) -> GetLinkReportResponse {
        let report = LinkReport {
            total: Some(total),
            ..LinkReport::default()
        };
        GetLinkReportResponse {
            report: Some(report),
            completeness: Vec::new(),
        }
    }

    #[test]
    fn a_year_in_which_nothing_was_agreed_is_passed_over() {
        assert!(agreed(&answer(row(3, 3))));
        assert!(!agreed(&answer(row(0, 0))));
        assert!(!agreed(&GetLinkReportResponse::default()));
    }

    #[test]
    fn a_source_that_does_not_report_is_no_nought() {
        let mut row = row(0, 0);
        assert_eq!(agreed_count(&row), Cell::Count(0));
        row.funnel[0].absence = Absence::SourceNotReporting.into();
        assert_eq!(agreed_count(&row), Cell::Absent("source not reporting"));
        assert_eq!(rate_of(&row, Step::Evaluated), Cell::Symbol("x"));
    }
}

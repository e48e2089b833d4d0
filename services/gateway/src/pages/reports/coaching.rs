//! Coaching and capacity: partnerships, coaches and their load, people coached who now coach, and gaps in expertise.

use std::collections::BTreeMap;

use api::{
    coaching::v1::PartnershipKind,
    projection::v1::{
        CoachingReport, CoachingRow, GetCoachingReportRequest, GetCoachingReportResponse, PartnershipStanding,
    },
};
use askama::Template;

use super::{
    cells::{capital, few, number, rate},
    frame::{Asked, Frame, Offers},
};
use crate::{
    chart::{Bar, Bars, Caption, Chart as _, Figure, Layout, Part},
    figures::{Cell, Column, Keys, Table},
    pages::{Shown, shell::Shell, show},
    problem::Fault,
    words::{self, Vocabulary},
};

const OFFERS: Offers = Offers {
    phase: true,
    known: true,
};

/// How many focus areas are drawn; all are in the table.
const DRAWN: usize = 12;

const COUNTED: [(&str, &str); 5] = [
    ("Partnerships", "Open at any time in the year, by how they stand now."),
    (
        "Load",
        "What a coach holds: partnerships agreed and not ended; in peer coaching it counts for both.",
    ),
    (
        "Coached, and now coach",
        "Of people who had a session outside peer coaching, those who later held one as coach of somebody in another \
         partnership.",
    ),
    (
        "Asks provided",
        "Of asks for coaching or for watching a colleague made in the year, those provided.",
    ),
    (
        "Gap",
        "Somebody waits for coaching or a colleague in this focus area, and nobody offers expertise in it or coaches in it.",
    ),
];

const STANDINGS: [(PartnershipStanding, &str); 6] = [
    (PartnershipStanding::Proposed, "proposed_count"),
    (PartnershipStanding::UnderWay, "under_way_count"),
    (PartnershipStanding::Paused, "paused_count"),
    (PartnershipStanding::Completed, "completed_count"),
    (PartnershipStanding::EndedEarly, "ended_early_count"),
    (PartnershipStanding::Declined, "declined_count"),
];

const KINDS: [PartnershipKind; 3] = [
    PartnershipKind::Mentoring,
    PartnershipKind::SpecialistCoaching,
    PartnershipKind::PeerCoaching,
];

#[derive(Template)]
#[template(path = "reports/coaching.html")]
struct Page {
    shell: Shell,
    frame: Frame,
    keys: Keys,
    more: Keys,
    partnerships_drawn: Figure,
    expertise_drawn: Option<Figure>,
    partnerships: Table,
    schools: Table,
    coaches: Option<Table>,
    expertise: Table,
    gap_count: usize,
}

pub(super) async fn page(mut asked: Asked) -> Shown {
    let (answer, vocabulary) = tokio::join!(ask(&asked), asked.visitor.vocabulary());
    let (mut answer, vocabulary) = (answer?, vocabulary?);
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
    let partnerships = partnerships(&total);
    let schools = schools(&asked, &total, &report.schools);
    let coaches = (!report.coaches.is_empty()).then(|| coaches(&asked, &report));
    let expertise = expertise(&report, &vocabulary);
    let mut tables = vec![schools.clone(), partnerships.clone(), expertise.clone()];
    tables.extend(coaches.clone());
    let figures = asked.figures("Coaching and capacity", OFFERS, &answer.completeness, tables);
    if let Some(file) = asked.file(&figures) {
        return file;
    }
    show(&Page {
        shell: asked.shell(&figures),
        frame: asked.frame(&figures, OFFERS, &COUNTED, &report.definition_version),
        keys: keys(&total),
        more: more(&total),
        partnerships_drawn: partnerships_drawn(&total),
        expertise_drawn: (!report.expertise.is_empty()).then(|| expertise_drawn(&report, &vocabulary)),
        gap_count: report.expertise.iter().filter(|area| area.gap).count(),
        partnerships,
        schools,
        coaches,
        expertise,
    })
}

async fn ask(asked: &Asked) -> Result<GetCoachingReportResponse, Fault> {
    let message = GetCoachingReportRequest {
        trust_id: asked.trust_id(),
        urn: asked.urn.clone(),
        cycle: asked.cycle,
        phase: asked.phase.into(),
        known_at: asked.known_at(),
        ..Default::default()
    };
    let mut client = asked.visitor.clients().capacity;
    Ok(client
        .get_coaching_report(asked.visitor.ask(message))
        .await?
        .into_inner())
}

/// Whether anybody met.
fn tells(answer: &GetCoachingReportResponse) -> bool {
    let total = answer.report.as_ref().and_then(|report| report.total.as_ref());
    total.is_some_and(|total| total.session_count > 0 || total.enquiry_count > 0)
}

fn keys(total: &CoachingRow) -> Keys {
    Keys::default()
        .add("Coaches", &few(total.coach_count, total.suppressed))
        .add("People coached", &few(total.coached_count, total.suppressed))
        .add(
            "Coached, and now coach",
            &rate(total.now_coach.as_ref(), total.suppressed),
        )
        .add(
            "Coaches at their load",
            &rate(total.coaches_at_load.as_ref(), total.suppressed),
        )
        .add("Asks provided", &rate(total.asks_provided.as_ref(), total.suppressed))
}

fn more(total: &CoachingRow) -> Keys {
    Keys::default()
        .add("Sessions held", &Cell::Count(total.session_count.into()))
        .add_noted("Length of a session", &mean_minutes(total), "minutes, mean")
        .add_noted(
            "From proposal to first session",
            &Cell::number(total.median_days_to_first, 0),
            "days, median",
        )
        .add(
            "Completed, of those ended",
            &rate(total.completed.as_ref(), total.suppressed),
        )
        .add("Enquiries", &Cell::Count(total.enquiry_count.into()))
        .add(
            "People in enquiries",
            &few(total.enquiry_member_count, total.suppressed),
        )
}

fn mean_minutes(row: &CoachingRow) -> Cell {
    let mean = (row.session_count > 0).then(|| f64::from(row.session_minutes) / f64::from(row.session_count));
    Cell::number(mean, 0)
}

/// How many partnerships of a kind stand so.
fn standing(row: &CoachingRow, kind: PartnershipKind, standing: PartnershipStanding) -> Cell {
    let found = row
        .partnerships
        .iter()
        .find(|count| count.kind() == kind && count.state() == standing);
    found.map_or(Cell::Count(0), |found| Cell::count(found.count, found.suppressed))
}

fn partnerships(total: &CoachingRow) -> Table {
    let standings = STANDINGS.map(|(standing, key)| Column::count(key, capital(words::reports::standing(standing))));
    let columns = [Column::text("kind", "Kind")].into_iter().chain(standings);
    let mut table = Table::new(
        "partnerships",
        "Partnerships of the year, by kind and how they stand",
        columns,
    );
    for kind in KINDS {
        let name = Cell::text(capital(words::reports::partnership(kind)));
        let counts = STANDINGS.map(|(state, _)| standing(total, kind, state));
        table.push([name].into_iter().chain(counts));
    }
    table
}

fn partnerships_drawn(total: &CoachingRow) -> Figure {
    let rows = KINDS.into_iter().map(|kind| Bar {
        label: capital(words::reports::partnership(kind)),
        values: STANDINGS.map(|(state, _)| standing(total, kind, state)).to_vec(),
    });
    let parts = STANDINGS.map(|(standing, key)| Part {
        key,
        label: capital(words::reports::standing(standing)),
    });
    Bars {
        caption: Caption::new(
            "partnerships-drawn",
            "Partnerships of the year",
            "A bar for each kind of partnership, made up of how many are proposed, under way, paused, completed, ended early \
             and declined.",
        ),
        of: "Kind",
        unit: "partnerships".into(),
        layout: Layout::Stacked,
        parts: parts.to_vec(),
        rows: rows.collect(),
    }
    .figure()
}

fn schools(asked: &Asked, total: &CoachingRow, schools: &[CoachingRow]) -> Table {
    let columns = [
        Column::text("school", "School"),
        Column::count("coach_count", "Coaches"),
        Column::count("coached_count", "People coached"),
        Column::number("median_load", "Median load"),
        Column::share("coaches_at_load", "Coaches at their load"),
        Column::count("session_count", "Sessions"),
        Column::count("session_minutes", "Minutes"),
        Column::number("median_days_to_first", "Median days to the first session"),
        Column::share("completed", "Completed, of those ended"),
        Column::share("now_coach", "Coached, and now coach"),
        Column::share("asks_provided", "Asks provided"),
        Column::count("enquiry_count", "Enquiries"),
        Column::count("enquiry_member_count", "People in enquiries"),
    ];
    let mut table = Table::new("schools", "Coaching by school", columns);
    for school in schools {
        table.push(school_row(asked.school_cell(&school.urn, &school.school_name), school));
    }
    table.push(school_row(Cell::text("All together"), total));
    table
}

fn school_row(name: Cell, row: &CoachingRow) -> [Cell; 13] {
    let share = |of: &Option<_>| rate(of.as_ref(), row.suppressed);
    [
        name,
        few(row.coach_count, row.suppressed),
        few(row.coached_count, row.suppressed),
        number(row.median_load, 1, row.suppressed),
        share(&row.coaches_at_load),
        Cell::Count(row.session_count.into()),
        Cell::Count(row.session_minutes.into()),
        Cell::number(row.median_days_to_first, 0),
        share(&row.completed),
        share(&row.now_coach),
        share(&row.asks_provided),
        Cell::Count(row.enquiry_count.into()),
        few(row.enquiry_member_count, row.suppressed),
    ]
}

fn coaches(asked: &Asked, report: &CoachingReport) -> Table {
    let columns = [
        Column::text("coach", "Coach"),
        Column::text("school", "School"),
        Column::count("open_count", "Holds now"),
        Column::count("load_max", "May hold"),
        Column::count("session_count", "Sessions in the year"),
        Column::count("minutes", "Minutes"),
    ];
    let schools: BTreeMap<&str, &str> = report
        .schools
        .iter()
        .map(|school| (school.urn.as_str(), school.school_name.as_str()))
        .collect();
    let mut table = Table::new("coaches", "Coaches and their load, heaviest first", columns);
    for load in &report.coaches {
        let coach = load.coach.clone().unwrap_or_default();
        let school = schools.get(load.urn.as_str()).copied().unwrap_or_default();
        table.push([
            Cell::link(coach.name, format!("/people/{}", coach.person_id)),
            asked.school_cell(&load.urn, if school.is_empty() { "Central team" } else { school }),
            Cell::Count(load.open_count.into()),
            Cell::Count(load.load_max.into()),
            Cell::Count(load.session_count.into()),
            Cell::Count(load.minutes.into()),
        ]);
    }
    table
}

fn expertise(report: &CoachingReport, vocabulary: &Vocabulary) -> Table {
    let columns = [
        Column::text("focus_area", "Focus area"),
        Column::text("gap", "Gap"),
        Column::count("open_need_count", "Wait for it"),
        Column::count("expert_count", "Offer expertise"),
        Column::count("coach_count", "Coached in it"),
    ];
    let mut table = Table::new("expertise", "Who waits, and who could help, by focus area", columns);
    for area in &report.expertise {
        table.push([
            Cell::text(vocabulary.area(&area.focus_area)),
            Cell::text(if area.gap { "gap" } else { "covered" }),
            few(area.open_need_count, area.suppressed),
            few(area.expert_count, area.suppressed),
            few(area.coach_count, area.suppressed),
        ]);
    }
    table
}

fn expertise_drawn(report: &CoachingReport, vocabulary: &Vocabulary) -> Figure {
    let rows = report.expertise.iter().take(DRAWN).map(|area| {
        let mark = if area.gap { " (gap)" } else { "" };
        Bar {
            label: format!("{}{mark}", vocabulary.area(&area.focus_area)),
            values: [area.open_need_count, area.expert_count, area.coach_count]
                .map(|count| few(count, area.suppressed))
                .to_vec(),
        }
    });
    let part = |key, label: &str| Part {
        key,
        label: label.into(),
    };
    let title = if report.expertise.len() > DRAWN {
        format!("Who waits, and who could help: the first {DRAWN} focus areas")
    } else {
        "Who waits, and who could help".to_owned()
    };
    Bars {
        caption: Caption::new(
            "expertise-drawn",
            title,
            "Three bars for each focus area, gaps first: how many wait for help in it, how many offer their expertise, and \
             how many coached in it.",
        ),
        of: "Focus area",
        unit: "people or needs".into(),
        layout: Layout::Grouped,
        parts: vec![
            part("open_need_count", "Wait for it"),
            part("expert_count", "Offer expertise"),
            part("coach_count", "Coached in it"),
        ],
        rows: rows.collect(),
    }
    .figure()
}

//! Talent and succession: strengths seen in practice, people coached who now lead, and aims that their owners share.

use api::projection::v1::{GetTalentReportRequest, GetTalentReportResponse, TalentReport};
use askama::Template;

use super::{
    cells::{capital, few, rate},
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
    phase: false,
    known: true,
};

/// How many focus areas are drawn; all are in the table.
const DRAWN: usize = 12;

const COUNTED: [(&str, &str); 4] = [
    (
        "Seen",
        "Of the times that observations looked for something, those when it was seen; over people, never for one.",
    ),
    (
        "Coached, and now lead",
        "Of people who were ever coached and did not lead then, those who lead now.",
    ),
    (
        "Aims",
        "Only those that their owner chose to share with whoever plans succession; taken back, they are gone from here.",
    ),
    (
        "Prepared in every way",
        "People with a qualification credited, who coached somebody or led others’ learning, and who had development in the \
         year.",
    ),
];

#[derive(Template)]
#[template(path = "reports/talent.html")]
struct Page {
    shell: Shell,
    frame: Frame,
    keys: Keys,
    bounds: String,
    strengths_drawn: Option<Figure>,
    strengths: Table,
    aims: Option<Table>,
    shared: Option<Table>,
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
    let strengths = strengths(&report, &vocabulary);
    let aims = (!report.aims.is_empty()).then(|| aims(&report));
    let shared = (!report.shared_with_reader.is_empty()).then(|| shared(&asked, &report));
    let mut tables = vec![strengths.clone()];
    tables.extend(aims.clone());
    tables.extend(shared.clone());
    let figures = asked.figures("Talent and succession", OFFERS, &answer.completeness, tables);
    if let Some(file) = asked.file(&figures) {
        return file;
    }
    let sharers = report.aims.iter();
    let any_hidden = sharers.clone().any(|aim| aim.suppressed);
    let keys = Keys::default()
        .add("Coached, and now lead", &Cell::rate(report.coached_now_lead.as_ref()))
        .add_noted(
            "Aims shared",
            &few(sharers.map(|aim| aim.person_count).sum(), any_hidden),
            if any_hidden { "beside those suppressed" } else { "" },
        );
    show(&Page {
        shell: asked.shell(&figures),
        frame: asked.frame(&figures, OFFERS, &COUNTED, &report.definition_version),
        keys,
        bounds: report.bounds.clone(),
        strengths_drawn: (!report.strengths.is_empty()).then(|| strengths_drawn(&report, &vocabulary)),
        strengths,
        aims,
        shared,
    })
}

async fn ask(asked: &Asked) -> Result<GetTalentReportResponse, Fault> {
    let message = GetTalentReportRequest {
        trust_id: asked.trust_id(),
        urn: asked.urn.clone(),
        cycle: asked.cycle,
        known_at: asked.known_at(),
        ..Default::default()
    };
    let mut client = asked.visitor.clients().capacity;
    Ok(client.get_talent_report(asked.visitor.ask(message)).await?.into_inner())
}

/// Whether any strength was looked for.
fn tells(answer: &GetTalentReportResponse) -> bool {
    let report = answer.report.as_ref();
    report.is_some_and(|report| !report.strengths.is_empty())
}

fn strengths(report: &TalentReport, vocabulary: &Vocabulary) -> Table {
    let columns = [
        Column::text("focus_area", "Focus area"),
        Column::share("seen", "Seen, of times looked for"),
        Column::count("person_count", "People with whom it was seen"),
        Column::count("embedded_count", "Follow-ups embedded"),
        Column::count("walk_count", "Learning walks that found it strong"),
    ];
    let mut table = Table::new("strengths", "Strengths seen in practice", columns);
    for strength in &report.strengths {
        table.push([
            Cell::text(vocabulary.area(&strength.focus_area)),
            rate(strength.seen.as_ref(), strength.suppressed),
            few(strength.person_count, strength.suppressed),
            few(strength.embedded_count, strength.suppressed),
            few(strength.walk_count, strength.suppressed),
        ]);
    }
    table
}

fn strengths_drawn(report: &TalentReport, vocabulary: &Vocabulary) -> Figure {
    let rows = report.strengths.iter().take(DRAWN).map(|strength| Bar {
        label: vocabulary.area(&strength.focus_area),
        values: vec![rate(strength.seen.as_ref(), strength.suppressed)],
    });
    Bars {
        caption: Caption::new(
            "strengths-drawn",
            "Seen when it was looked for",
            "A bar for each focus area: the share of times that observations looked for it and saw it; those seen with most \
             people first.",
        ),
        of: "Focus area",
        unit: "per cent of times looked for".into(),
        layout: Layout::Grouped,
        parts: vec![Part {
            key: "seen",
            label: "Seen".into(),
        }],
        rows: rows.collect(),
    }
    .figure()
}

fn aims(report: &TalentReport) -> Table {
    let columns = [
        Column::text("aim", "Aim"),
        Column::count("person_count", "Share it"),
        Column::count("holder_count", "Hold such a role now"),
        Column::share("ready", "Prepared in every way"),
        Column::share("qualified", "Qualification credited"),
        Column::share("led_others", "Coached or led others"),
        Column::share("developed", "Development this year"),
    ];
    let mut table = Table::new("aims", "Aims that people chose to share", columns);
    for aim in &report.aims {
        let share = |of: &Option<_>| rate(of.as_ref(), aim.suppressed);
        table.push([
            Cell::text(capital(words::reports::aim(aim.aim()))),
            few(aim.person_count, aim.suppressed),
            Cell::Count(aim.holder_count.into()),
            share(&aim.ready),
            share(&aim.qualified),
            share(&aim.led_others),
            share(&aim.developed),
        ]);
    }
    table
}

fn shared(asked: &Asked, report: &TalentReport) -> Table {
    let columns = [
        Column::text("person", "Who"),
        Column::text("school", "School"),
        Column::text("aim", "Aim"),
        Column::text("horizon", "By when"),
        Column::date("shared_on", "Shared on"),
        Column::text("qualified", "Qualification credited"),
        Column::text("led_others", "Coached or led others"),
        Column::text("developed", "Development this year"),
    ];
    let mut table = Table::new("shared", "Who chose to share an aim with you", columns);
    for aim in &report.shared_with_reader {
        let person = aim.person.clone().unwrap_or_default();
        let schools = &asked.visitor.me.schools;
        let school = schools.iter().find(|school| school.urn == aim.urn);
        let whether = |yes: bool| Cell::text(if yes { "yes" } else { "not yet" });
        table.push([
            Cell::link(person.name, format!("/people/{}", person.person_id)),
            Cell::text(school.map_or("Central team", |school| &school.name)),
            Cell::text(capital(words::reports::aim(aim.aim()))),
            Cell::text(words::reports::horizon(aim.horizon())),
            Cell::date(&aim.shared_on),
            whether(aim.qualified),
            whether(aim.led_others),
            whether(aim.developed),
        ]);
    }
    table
}

//! Impact and value: whether development made a difference, at five levels, in practice seen later and in effects on
//! pupils with their intervals; and at what cost. By activity, provider and focus area.

mod tables;

use api::{
    evaluation::v1::{FeedbackLevel, FeedbackWave, MeasurePoint},
    projection::v1::{
        Absence, GetImpactReportRequest, GetImpactReportResponse, ImpactEffect, ImpactLine, ImpactReport,
    },
};
use askama::Template;

use super::{
    cells::{figure_count, figure_rate},
    frame::{Asked, Frame, Offers},
};
use crate::{
    chart::{self, Bar, Bars, Caption, Chart as _, Figure, Interval, Intervals, Layout, Part},
    figures::{Cell, Keys, Table},
    pages::{Shown, shell::Shell, show},
    problem::Fault,
    words,
};

const OFFERS: Offers = Offers {
    phase: false,
    known: false,
};

/// How many estimates are drawn; the table has them all.
const DRAWN: usize = 30;

const COUNTED: [(&str, &str); 4] = [
    (
        "Five levels",
        "Reaction, learning, support by the organisation, use in practice, outcomes for pupils: answers of 4 or 5 on a scale \
         from 1 to 5, of those who answered.",
    ),
    (
        "Seen in practice",
        "What later observations of the same focus saw, where their purpose allowed: improving or embedded.",
    ),
    (
        "Effect on pupils",
        "Hedges’ g, in standard deviations, with its 95 % interval. An interval that holds 0 leaves open whether there is an \
         effect at all. Several are weighted by how sure each is.",
    ),
    (
        "Cost",
        "What was recorded as spent, divided by participants, by hours credited, and by people whose use in practice was shown.",
    ),
];

#[derive(Template)]
#[template(path = "reports/impact.html")]
struct Page {
    shell: Shell,
    frame: Frame,
    /// Why there is no feedback; empty if there is some.
    absence: &'static str,
    keys: Keys,
    levels: Option<Figure>,
    effects: Option<Figure>,
    left_out: usize,
    groups: Vec<Group>,
    threshold: i32,
}

/// Lines of one kind.
struct Group {
    id: &'static str,
    heading: &'static str,
    feedback: Table,
    value: Table,
    /// Lines of which nothing is known but who took part: they are in the files.
    left_out: usize,
}

async fn ask(asked: &Asked) -> Result<GetImpactReportResponse, Fault> {
    let message = GetImpactReportRequest {
        trust_id: asked.trust_id(),
        urn: asked.urn.clone(),
        cycle: asked.cycle,
        at_least: Vec::new(),
    };
    let mut impact = asked.visitor.clients().impact;
    Ok(impact.get_impact_report(asked.visitor.ask(message)).await?.into_inner())
}

pub(super) async fn page(asked: Asked) -> Shown {
    let (answer, vocabulary) = tokio::try_join!(ask(&asked), asked.visitor.vocabulary())?;
    let (asked, answer) = match asked.year_before() {
        Some(before) if !took_place(&answer) => {
            let earlier = ask(&before).await?;
            if took_place(&earlier) {
                (before, earlier)
            } else {
                (asked, answer)
            }
        }
        _ => (asked, answer),
    };
    let mut report = answer.report.unwrap_or_default();
    for line in &mut report.focus_areas {
        line.title = vocabulary.area(&line.focus_area);
    }
    let whole = report.whole.clone().unwrap_or_default();
    let (levels, effects) = (levels(&whole), effects(&report, &whole));
    let mut tables = Vec::new();
    for group in groups(&report, true) {
        tables.extend([group.feedback, group.value]);
    }
    tables.extend([levels.table(), effects.table()]);
    let figures = asked.figures("Impact and value", OFFERS, &answer.completeness, tables);
    if let Some(file) = asked.file(&figures) {
        return file;
    }
    let mut counted = COUNTED.to_vec();
    counted.push(("All of it", report.definition.as_str()));
    let drawn = Intervals {
        rows: effects.rows.iter().take(DRAWN).cloned().collect(),
        ..effects.clone()
    };
    show(&Page {
        shell: asked.shell(&figures),
        frame: asked.frame(&figures, OFFERS, &counted, &report.definition_version),
        absence: silence(whole.absence()),
        keys: keys(&whole),
        levels: (!levels.rows.is_empty()).then(|| levels.figure()),
        effects: (!effects.rows.is_empty()).then(|| drawn.figure()),
        left_out: effects.rows.len().saturating_sub(DRAWN),
        groups: groups(&report, false),
        threshold: report.threshold,
    })
}

/// Whether anybody took part, as far as it is shown.
fn took_place(answer: &GetImpactReportResponse) -> bool {
    let whole = answer.report.as_ref().and_then(|report| report.whole.as_ref());
    let people = whole.map(|whole| Cell::figure(whole.participant_count.as_ref(), 0));
    people
        .is_some_and(|people| people == Cell::Symbol("c") || chart::number(&people).is_some_and(|people| people > 0.0))
}

fn keys(whole: &ImpactLine) -> Keys {
    let mut keys = Keys::default()
        .add("People who took part", &figure_count(whole.participant_count.as_ref()))
        .add("Hours credited to them", &Cell::figure(whole.hours.as_ref(), 0));
    if let Some(practice) = &whole.practice {
        keys = keys.add("Seen in practice later", &figure_rate(practice.shown.as_ref()));
    }
    if let Some(pooled) = &whole.pooled {
        let interval = format!(
            "standard deviations, {} to {}",
            Cell::Number(pooled.low, 2).shown(),
            Cell::Number(pooled.high, 2).shown()
        );
        keys = keys.add_noted("Effect on pupils", &Cell::Number(pooled.g, 2), interval);
    }
    keys.add_noted(
        "Recorded as spent",
        &tables::pounds(whole.cost_pence.as_ref()),
        "pounds",
    )
    .add_noted(
        "For each person whose practice improved",
        &tables::pounds(whole.pence_per_improved.as_ref()),
        "pounds",
    )
}

/// Whether there is more to say of a line than who took part.
fn says_something(line: &ImpactLine) -> bool {
    let spent = line.cost_pence.as_ref().is_some_and(|cost| cost.value > 0.0);
    let seen = line.practice.as_ref().and_then(|practice| practice.shown.as_ref());
    let seen = seen.is_some_and(|seen| figure_rate(Some(seen)) != Cell::Symbol("z"));
    spent || seen || !line.levels.is_empty() || !line.effects.is_empty()
}

/// By activity, provider and focus area: for files every line, for the page those of which there is something to say.
fn groups(report: &ImpactReport, every: bool) -> Vec<Group> {
    let group = |id, heading, lines: &[ImpactLine], what, [feedback, value]: [&'static str; 2]| {
        let shown: Vec<ImpactLine> = lines
            .iter()
            .filter(|line| every || says_something(line))
            .cloned()
            .collect();
        Group {
            id,
            heading,
            feedback: tables::feedback(
                feedback,
                format!("{heading}: what participants said and what was seen"),
                what,
                &shown,
            ),
            value: tables::value(value, format!("{heading}: effect and cost"), what, &shown),
            left_out: lines.len() - shown.len(),
        }
    };
    vec![
        group(
            "activities",
            "By activity",
            &report.activities,
            "Activity",
            ["activities-feedback", "activities-value"],
        ),
        group(
            "providers",
            "By provider",
            &report.providers,
            "Provider",
            ["providers-feedback", "providers-value"],
        ),
        group(
            "focus",
            "By focus area",
            &report.focus_areas,
            "Focus area",
            ["focus-feedback", "focus-value"],
        ),
    ]
}

/// Why nobody has said anything.
fn silence(absence: Absence) -> &'static str {
    match absence {
        Absence::NothingAgreed => "nobody was asked",
        Absence::NotYet => "nobody has answered yet",
        other => words::absence(other),
    }
}

fn level_name(level: FeedbackLevel) -> &'static str {
    match level {
        FeedbackLevel::Unspecified => "not said",
        FeedbackLevel::Reaction => "1 Reaction: worth their time",
        FeedbackLevel::Learning => "2 Learning: learned what was intended",
        FeedbackLevel::OrganisationSupport => "3 Organisation: supported by the school",
        FeedbackLevel::UseInPractice => "4 Use in practice",
        FeedbackLevel::PupilOutcomes => "5 Outcomes for pupils",
    }
}

fn wave_name(wave: FeedbackWave) -> &'static str {
    match wave {
        FeedbackWave::Unspecified => "",
        FeedbackWave::First => "right after",
        FeedbackWave::Weeks => "weeks later",
        FeedbackWave::HalfYear => "half a year later",
    }
}

fn levels(whole: &ImpactLine) -> Bars {
    let rows: Vec<Bar> = whole
        .levels
        .iter()
        .map(|level| Bar {
            label: format!("{}, {}", level_name(level.level()), wave_name(level.wave())),
            values: vec![figure_rate(level.positive.as_ref())],
        })
        .collect();
    let said: Vec<String> = rows
        .iter()
        .map(|row| format!("{}: {}", row.label, row.values[0].shown()))
        .collect();
    Bars {
        caption: Caption::new("levels", "Answers of 4 or 5, level by level", said.join("; ")),
        of: "Level and time",
        unit: "per cent of those who answered".into(),
        layout: Layout::Grouped,
        parts: vec![Part {
            key: "positive",
            label: "Answers of 4 or 5".into(),
        }],
        rows,
    }
}

fn effects(report: &ImpactReport, whole: &ImpactLine) -> Intervals {
    let interval = |label: String, effect: &ImpactEffect, pooled: bool| {
        let cautions: Vec<&str> = effect.cautions().map(words::reports::caution).collect();
        Interval {
            label,
            estimate: effect.g,
            low: effect.low,
            high: effect.high,
            n: effect.n.into(),
            pooled,
            caution: cautions.join("; "),
        }
    };
    let of_activities = report.activities.iter().flat_map(|activity| {
        activity.effects.iter().map(move |effect| {
            let when = match effect.point() {
                MeasurePoint::Unspecified => String::new(),
                point => format!(", {}", words::reports::measure_point(point)),
            };
            interval(format!("{}: {}{when}", activity.title, effect.outcome), effect, false)
        })
    });
    let pooled = whole.pooled.as_ref().filter(|pooled| pooled.effect_count > 1);
    let together = pooled.map(|pooled| interval("All together".into(), pooled, true));
    let rows: Vec<Interval> = together.into_iter().chain(of_activities).collect();
    let said: Vec<String> = rows
        .iter()
        .map(|row| {
            let [estimate, low, high] = [row.estimate, row.low, row.high].map(|number| Cell::Number(number, 2).shown());
            format!("{}: {estimate}, from {low} to {high}", row.label)
        })
        .collect();
    Intervals {
        caption: Caption::new("effects", "Effects on pupils, with 95 % intervals", said.join("; ")),
        of: "Measured",
        unit: "Hedges’ g, in standard deviations".into(),
        rows,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_which_only_attendance_is_known_is_left_to_the_files() {
        let attended = ImpactLine {
            title: "INSET day".into(),
            ..ImpactLine::default()
        };
        let report = ImpactReport {
            activities: vec![attended],
            ..ImpactReport::default()
        };
        let (page, files) = (groups(&report, false), groups(&report, true));
        assert_eq!((page[0].feedback.rows.len(), page[0].left_out), (0, 1));
        assert_eq!((files[0].feedback.rows.len(), files[0].left_out), (1, 0));
    }

    #[test]
    fn several_effects_are_shown_together_and_one_by_one() {
        let effect = |g, effect_count| ImpactEffect {
            outcome: "Reading".into(),
            g,
            low: g - 0.2,
            high: g + 0.2,
            effect_count,
            ..ImpactEffect::default()
        };
        let report = ImpactReport {
            activities: vec![ImpactLine {
                title: "Phonics".into(),
                effects: vec![effect(0.3, 1), effect(0.1, 1)],
                ..ImpactLine::default()
            }],
            ..ImpactReport::default()
        };
        let whole = ImpactLine {
            pooled: Some(effect(0.2, 2)),
            ..ImpactLine::default()
        };
        let drawn = effects(&report, &whole);
        let labels: Vec<&str> = drawn.rows.iter().map(|row| row.label.as_str()).collect();
        assert_eq!(labels, ["All together", "Phonics: Reading", "Phonics: Reading"]);
        assert!(drawn.rows[0].pooled && !drawn.rows[1].pooled);
    }
}

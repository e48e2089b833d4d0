//! What participants said, what was seen, what came of it for pupils, and what it cost, a row each for an activity, a
//! provider or a focus area.

use api::{
    evaluation::v1::FeedbackLevel,
    projection::v1::{Figure, ImpactLine},
};

use crate::{
    figures::{Cell, Column, Table},
    pages::reports::cells::{figure_count, figure_rate},
};

/// Levels with their keys in files.
const LEVELS: [(&str, &str, FeedbackLevel); 5] = [
    ("reaction", "1 Reaction", FeedbackLevel::Reaction),
    ("learning", "2 Learning", FeedbackLevel::Learning),
    ("organisation", "3 Organisation", FeedbackLevel::OrganisationSupport),
    ("use_in_practice", "4 Use in practice", FeedbackLevel::UseInPractice),
    ("pupil_outcomes", "5 Pupils", FeedbackLevel::PupilOutcomes),
];

/// A sum of money in pounds.
pub(super) fn pounds(pence: Option<&Figure>) -> Cell {
    match Cell::figure(pence, 0) {
        Cell::Number(pence, _) => Cell::Number(pence / 100.0, if pence.abs() < 10_000.0 { 2 } else { 0 }),
        other => other,
    }
}

/// What participants said at each level, the last time they were asked, and what later observations saw.
pub(super) fn feedback(name: &'static str, caption: String, what: &str, lines: &[ImpactLine]) -> Table {
    let mut columns = vec![
        Column::text("title", what),
        Column::count("participants", "People"),
        Column::number("hours", "Hours credited"),
    ];
    columns.extend(LEVELS.map(|(key, label, _)| Column::share(key, label)));
    columns.push(Column::share("seen_in_practice", "Seen in practice"));
    columns.push(Column::share("embedded", "Embedded"));
    let mut table = Table::new(name, caption, columns);
    for line in lines {
        let mut cells = vec![
            title(line),
            figure_count(line.participant_count.as_ref()),
            Cell::figure(line.hours.as_ref(), 1),
        ];
        cells.extend(LEVELS.map(|(.., wanted)| {
            let mut answers = line.levels.iter().filter(|level| level.level() == wanted);
            answers
                .next_back()
                .map_or(Cell::Symbol("z"), |level| figure_rate(level.positive.as_ref()))
        }));
        let practice = line.practice.as_ref();
        cells.push(practice.map_or(Cell::Symbol("z"), |practice| figure_rate(practice.shown.as_ref())));
        cells.push(practice.map_or(Cell::Symbol("z"), |practice| figure_rate(practice.embedded.as_ref())));
        table.push(cells);
    }
    table
}

/// The effect on pupils with its interval, and what it cost.
pub(super) fn value(name: &'static str, caption: String, what: &str, lines: &[ImpactLine]) -> Table {
    let columns = [
        Column::text("title", what),
        Column::number("effect", "Effect, Hedges’ g"),
        Column::number("effect_low_95", "95 % from"),
        Column::number("effect_high_95", "95 % to"),
        Column::count("pupils", "Pupils"),
        Column::number("cost_pounds", "Spent, £"),
        Column::number("pounds_per_participant", "£ a person"),
        Column::number("pounds_per_hour", "£ an hour"),
        Column::number("pounds_per_improved", "£ a person whose practice improved"),
        Column::number("pounds_per_participant_and_sd", "£ a person and standard deviation"),
    ];
    let mut table = Table::new(name, caption, columns);
    for line in lines {
        let pooled = line.pooled.as_ref();
        let of_effect = |number: Option<f64>| Cell::number(number, 2);
        table.push([
            title(line),
            of_effect(pooled.map(|effect| effect.g)),
            of_effect(pooled.map(|effect| effect.low)),
            of_effect(pooled.map(|effect| effect.high)),
            pooled.map_or(Cell::Symbol("z"), |effect| Cell::Count(effect.n.into())),
            pounds(line.cost_pence.as_ref()),
            pounds(line.pence_per_participant.as_ref()),
            pounds(line.pence_per_hour.as_ref()),
            pounds(line.pence_per_improved.as_ref()),
            pounds(line.pence_per_participant_and_sd.as_ref()),
        ]);
    }
    table
}

fn title(line: &ImpactLine) -> Cell {
    match (line.title.as_str(), line.activity_id.as_str()) {
        ("", _) => Cell::text("No provider named"),
        (title, "") => Cell::text(title),
        (title, id) => Cell::link(title, format!("/catalogue/activities/{id}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_in_pounds() {
        let pence = |value| {
            pounds(Some(&Figure {
                value,
                ..Figure::default()
            }))
        };
        assert_eq!(pence(1_234.0).shown(), "12.34");
        assert_eq!(pence(1_234_567.0).shown(), "12,346");
        assert_eq!(pounds(None), Cell::Symbol("x"));
    }
}

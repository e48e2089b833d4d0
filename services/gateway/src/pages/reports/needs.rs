//! Emergent needs: focus areas by half-term against what was to be expected, and for each what is on offer, who takes it
//! up, and what is unmet.

use api::{
    common::v1::RoleGroup,
    projection::v1::{EmergentNeeds, GetEmergentNeedsRequest, GetEmergentNeedsResponse, NeedCell, NeedRow, SignalKind},
};
use askama::Template;

use super::{
    cells::{few, rate},
    frame::{Asked, Frame, Offers},
};
use crate::{
    chart::{Caption, Chart as _, Figure, HeatCell, HeatMap, HeatRow},
    figures::{Cell, Column, Keys, Table},
    pages::{Shown, asked::link, shell::Shell, show},
    problem::Fault,
    words::{self, Vocabulary},
};

const OFFERS: Offers = Offers {
    phase: true,
    known: true,
};

/// How many areas are drawn; the table has them all.
const DRAWN: usize = 24;

/// Half-terms of at most two years, for the chart's own table.
const HALF_TERMS: [&str; 12] = [
    "half_term_1",
    "half_term_2",
    "half_term_3",
    "half_term_4",
    "half_term_5",
    "half_term_6",
    "half_term_7",
    "half_term_8",
    "half_term_9",
    "half_term_10",
    "half_term_11",
    "half_term_12",
];

const COUNTED: [(&str, &str); 6] = [
    (
        "Pointed at",
        "How often a follow-up was agreed on a focus area, it was looked for and not seen, or a need for it was raised: in an \
         appraisal, on a learning walk, in a survey, a self-review or by somebody for themselves.",
    ),
    (
        "Expected",
        "What the half-terms before let expect, given how much was seen at all; nothing is expected after fewer than three.",
    ),
    (
        "Rising",
        "More than expected, with false discoveries controlled: of all fields marked so, no more than the accepted share \
         are so by chance.",
    ),
    (
        "On offer",
        "Activities not withdrawn, commissions under way, and people who offer their expertise.",
    ),
    (
        "Taken up",
        "Of the people to whom it was pointed out, those who took part in development in it afterwards.",
    ),
    (
        "Unanswered",
        "Needs raised that are open, and neither matched to an activity nor commissioned.",
    ),
];

#[derive(Template)]
#[template(path = "reports/needs.html")]
struct Page {
    shell: Shell,
    frame: Frame,
    keys: Keys,
    map: Option<Figure>,
    left_out: usize,
    rising: Vec<Rise>,
    unmet: Vec<(String, String)>,
    areas: Table,
    model: String,
}

/// A focus area that rises now.
struct Rise {
    area: String,
    href: String,
    sentence: String,
    offered: String,
}

/// What is asked for beside year, school and phase.
struct Wanted {
    years: i32,
    group: RoleGroup,
}

impl Wanted {
    fn of(asked: &Asked) -> Self {
        let group = asked.value("group").parse().ok();
        Self {
            years: if asked.value("years") == "2" { 2 } else { 1 },
            group: group
                .and_then(|group: i32| RoleGroup::try_from(group).ok())
                .unwrap_or_default(),
        }
    }
}

async fn ask(asked: &Asked, wanted: &Wanted) -> Result<GetEmergentNeedsResponse, Fault> {
    let message = GetEmergentNeedsRequest {
        trust_id: asked.trust_id(),
        urn: asked.urn.clone(),
        cycle: asked.cycle,
        cycle_count: wanted.years,
        role_group: wanted.group.into(),
        phase: asked.phase.into(),
        known_at: asked.known_at(),
        at_least: Vec::new(),
    };
    let mut needs = asked.visitor.clients().needs;
    Ok(needs.get_emergent_needs(asked.visitor.ask(message)).await?.into_inner())
}

pub(super) async fn page(asked: Asked) -> Shown {
    let wanted = Wanted::of(&asked);
    let (answer, vocabulary) = tokio::try_join!(ask(&asked, &wanted), asked.visitor.vocabulary())?;
    let (asked, answer) = match asked.year_before() {
        Some(before) if !has_signals(&answer) => {
            let earlier = ask(&before, &wanted).await?;
            if has_signals(&earlier) {
                (before, earlier)
            } else {
                (asked, answer)
            }
        }
        _ => (asked, answer),
    };
    let needs = answer.needs.unwrap_or_default();
    let areas = areas(&needs, &vocabulary);
    let mut figures = asked.figures(
        "Emergent needs",
        OFFERS,
        &answer.completeness,
        vec![areas.clone(), cells(&needs, &vocabulary)],
    );
    if wanted.years > 1 {
        figures.filters.push(("Years".into(), "this and the one before".into()));
    }
    if wanted.group != RoleGroup::Unspecified {
        figures
            .filters
            .push(("Role group".into(), words::role_group(wanted.group).into()));
    }
    if let Some(file) = asked.file(&figures) {
        return file;
    }
    let mut frame = asked.frame(&figures, OFFERS, &COUNTED, &needs.definition_version);
    let years = [("1".to_owned(), "One".to_owned()), ("2".to_owned(), "Two".to_owned())];
    frame
        .filters
        .offer("years", "Years", "", years, &wanted.years.to_string());
    super::link::offer_groups(&mut frame, wanted.group);
    let rising = needs.areas.iter().filter(|row| row.rising);
    let unmet = needs.areas.iter().filter(|row| row.unmet);
    show(&Page {
        shell: asked.shell(&figures),
        frame,
        keys: keys(&needs),
        map: (!needs.areas.is_empty()).then(|| map(&needs, &vocabulary).figure()),
        left_out: needs.areas.len().saturating_sub(DRAWN),
        rising: rising.map(|row| Rise::of(row, &vocabulary)).collect(),
        unmet: unmet
            .map(|row| (vocabulary.area(&row.focus_area), pointed_at(row).shown()))
            .collect(),
        areas,
        model: needs.model,
    })
}

fn has_signals(answer: &GetEmergentNeedsResponse) -> bool {
    let rows = answer.needs.iter().flat_map(|needs| &needs.areas);
    rows.flat_map(|row| &row.cells)
        .any(|cell| cell.observed_count > 0 || cell.suppressed)
}

/// How often anything pointed at an area in all half-terms; as long as one of them is suppressed, so is the sum.
fn pointed_at(row: &NeedRow) -> Cell {
    let suppressed = row.cells.iter().any(|cell| cell.suppressed);
    Cell::count(row.cells.iter().map(|cell| cell.observed_count).sum(), suppressed)
}

fn keys(needs: &EmergentNeeds) -> Keys {
    let count = |wanted: fn(&NeedRow) -> bool| {
        let found = needs.areas.iter().filter(|row| wanted(row)).count();
        Cell::Count(i64::try_from(found).unwrap_or(i64::MAX))
    };
    let suppressed = needs.areas.iter().any(|row| row.suppressed);
    let open: i32 = needs.areas.iter().map(|row| row.needs_unmet_count).sum();
    let open = if suppressed {
        Cell::Symbol("c")
    } else {
        Cell::Count(open.into())
    };
    let accepted = format!(
        "of {} fields tested; at most {:.0} % of those marked are so by chance",
        needs.tested_count,
        100.0 * needs.false_discovery_rate
    );
    Keys::default()
        .add(
            "Focus areas pointed at",
            &count(|row| row.cells.iter().any(|cell| cell.observed_count > 0)),
        )
        .add_noted("Rising now", &count(|row| row.rising), accepted)
        .add_noted(
            "With nothing on offer",
            &count(|row| row.unmet),
            "no activity, commission or expert",
        )
        .add("Needs open and unanswered", &open)
}

fn expected(cell: &NeedCell) -> String {
    match cell.expected_count {
        Some(expected) => format!("{expected:.1} expected"),
        None => "too little before to expect anything".into(),
    }
}

/// Half-terms as the cells of a row have them.
fn moments(needs: &EmergentNeeds) -> Vec<(i32, i32)> {
    let first = needs.areas.first();
    first
        .map(|row| row.cells.iter().map(|cell| (cell.cycle, cell.half_term)).collect())
        .unwrap_or_default()
}

/// How many half-terms have begun: after the last one in which anything was seen or tested there is nothing yet.
fn begun(needs: &EmergentNeeds) -> usize {
    let cells = needs.areas.iter().flat_map(|row| row.cells.iter().enumerate());
    cells
        .filter(|(_, cell)| cell.observed_count > 0 || cell.suppressed || cell.p_value.is_some())
        .map(|(at, _)| at + 1)
        .max()
        .unwrap_or_default()
}

fn observed(cell: &NeedCell, at: usize, begun: usize) -> Cell {
    if at < begun {
        Cell::count(cell.observed_count, cell.suppressed)
    } else {
        Cell::Absent("not yet")
    }
}

fn map(needs: &EmergentNeeds, vocabulary: &Vocabulary) -> HeatMap {
    let moments = moments(needs);
    let several = moments.first().map(|first| first.0) != moments.last().map(|last| last.0);
    let begun = begun(needs);
    let rows = needs.areas.iter().take(DRAWN).map(|row| HeatRow {
        label: vocabulary.area(&row.focus_area),
        cells: row
            .cells
            .iter()
            .enumerate()
            .map(|(at, cell)| HeatCell {
                cell: observed(cell, at, begun),
                marked: cell.rising,
                hint: if cell.suppressed { String::new() } else { expected(cell) },
            })
            .collect(),
    });
    let rows: Vec<HeatRow> = rows.collect();
    let rising: Vec<&str> = rows
        .iter()
        .filter(|row| row.cells.iter().any(|cell| cell.marked))
        .map(|row| row.label.as_str())
        .collect();
    let description = if rising.is_empty() {
        "How often each focus area was pointed at in each half-term. None is marked as rising.".to_owned()
    } else {
        format!(
            "How often each focus area was pointed at in each half-term. Marked as rising in some half-term: {}.",
            rising.join(", ")
        )
    };
    HeatMap {
        caption: Caption::new("areas-by-half-term", "Focus areas by half-term", description),
        of: "Focus area",
        unit: "times".into(),
        columns: HALF_TERMS
            .into_iter()
            .zip(moments)
            .map(|(key, (cycle, half_term))| {
                let label = if several {
                    format!("{half_term} {}", words::cycle(cycle).get(2..).unwrap_or_default())
                } else {
                    format!("HT{half_term}")
                };
                (key, label)
            })
            .collect(),
        rows,
        marked: "rising: more than expected",
    }
}

/// Where the catalogue shows what it has for an area.
fn in_catalogue(row: &NeedRow) -> String {
    link("/catalogue", &[("focus", &row.focus_area)])
}

fn walk_findings(row: &NeedRow) -> Cell {
    let signals = row.cells.iter().flat_map(|cell| &cell.signals);
    let of_walks: Vec<_> = signals
        .filter(|signal| signal.kind() == SignalKind::NeedFromWalk)
        .collect();
    let suppressed = row.suppressed || of_walks.iter().any(|signal| signal.suppressed);
    few(of_walks.iter().map(|signal| signal.count).sum(), suppressed)
}

fn areas(needs: &EmergentNeeds, vocabulary: &Vocabulary) -> Table {
    let columns = [
        Column::text("focus_area", "Focus area"),
        Column::text("rising", "Rising now"),
        Column::count("pointed_at", "Pointed at"),
        Column::count("walk_findings", "Of these, learning-walk findings"),
        Column::count("activities", "Activities on offer"),
        Column::count("commissions", "Commissions"),
        Column::count("experts", "People who offer expertise"),
        Column::count("participants", "People who took part"),
        Column::share("taken_up", "Taken up"),
        Column::share("needs_answered", "Needs answered"),
        Column::share("needs_met", "Needs met"),
        Column::count("needs_unanswered", "Unanswered"),
    ];
    let mut table = Table::new(
        "areas",
        "Focus areas: what points at them, what is on offer, who takes it up",
        columns,
    );
    for row in &needs.areas {
        table.push([
            Cell::link(vocabulary.area(&row.focus_area), in_catalogue(row)),
            Cell::text(if row.rising { "rising" } else { "no" }),
            pointed_at(row),
            walk_findings(row),
            Cell::Count(row.activity_count.into()),
            Cell::Count(row.commission_count.into()),
            few(row.expert_count, row.suppressed),
            few(row.participant_count, row.suppressed),
            rate(row.taken_up.as_ref(), row.suppressed),
            rate(row.needs_answered.as_ref(), row.suppressed),
            rate(row.needs_met.as_ref(), row.suppressed),
            few(row.needs_unmet_count, row.suppressed),
        ]);
    }
    table
}

/// One row a field, for whoever tests it themselves.
fn cells(needs: &EmergentNeeds, vocabulary: &Vocabulary) -> Table {
    let columns = [
        Column::text("focus_area", "Focus area"),
        Column::text("cycle", "Academic year"),
        Column::count("half_term", "Half-term"),
        Column::count("observed", "Pointed at"),
        Column::count("schools", "At so many schools"),
        Column::number("expected", "Expected"),
        Column::number("p_value", "Chance of so many or more"),
        Column::number("q_value", "False discovery rate at which it counts"),
        Column::text("rising", "Rising"),
    ];
    let mut table = Table::new("fields", "Focus areas by half-term, observed and expected", columns);
    let begun = begun(needs);
    for row in &needs.areas {
        for (at, cell) in row.cells.iter().enumerate() {
            let tested = |number: Option<f64>, decimals| match number {
                None if cell.suppressed => Cell::Symbol("c"),
                number => Cell::number(number, decimals),
            };
            table.push([
                Cell::text(vocabulary.area(&row.focus_area)),
                Cell::text(words::cycle(cell.cycle)),
                Cell::Count(cell.half_term.into()),
                observed(cell, at, begun),
                few(cell.school_count, cell.suppressed),
                tested(cell.expected_count, 2),
                tested(cell.p_value, 4),
                tested(cell.q_value, 4),
                Cell::text(if cell.rising { "rising" } else { "no" }),
            ]);
        }
    }
    table
}

impl Rise {
    fn of(row: &NeedRow, vocabulary: &Vocabulary) -> Self {
        let last = row.cells.iter().rfind(|cell| cell.rising);
        let sentence = last.map_or_else(String::new, |cell| {
            format!(
                "Pointed at {} times in half-term {} of {}, at {}; {}.",
                Cell::count(cell.observed_count, cell.suppressed).shown(),
                cell.half_term,
                words::cycle(cell.cycle),
                several(cell.school_count, "school", "schools"),
                expected(cell),
            )
        });
        let offered = if row.unmet {
            "Nothing is on offer: no activity, no commission, no expert.".to_owned()
        } else {
            format!(
                "On offer: {}, {}, {}.",
                several(row.activity_count, "activity", "activities"),
                several(row.commission_count, "commission under way", "commissions under way"),
                several(row.expert_count, "person with expertise", "people with expertise"),
            )
        };
        Self {
            area: vocabulary.area(&row.focus_area),
            href: in_catalogue(row),
            sentence,
            offered,
        }
    }
}

fn several(count: i32, one: &str, many: &str) -> String {
    let count = i64::from(count);
    format!("{} {}", Cell::Count(count).shown(), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(half_term: i32, observed_count: i32) -> NeedCell {
        NeedCell {
            cycle: 2025,
            half_term,
            observed_count,
            ..NeedCell::default()
        }
    }

    fn needs(cells: Vec<NeedCell>) -> EmergentNeeds {
        let row = NeedRow {
            focus_area: "questioning".into(),
            cells,
            ..NeedRow::default()
        };
        EmergentNeeds {
            areas: vec![row],
            ..EmergentNeeds::default()
        }
    }

    #[test]
    fn half_terms_that_have_not_begun_are_no_noughts() {
        let needs = needs(vec![cell(1, 3), cell(2, 0), cell(3, 2), cell(4, 0)]);
        assert_eq!(begun(&needs), 3);
        let map = map(&needs, &Vocabulary::default());
        let shown: Vec<String> = map.rows[0].cells.iter().map(|heat| heat.cell.shown()).collect();
        assert_eq!(shown, ["3", "0", "2", "not yet"]);
    }

    #[test]
    fn a_sum_is_suppressed_with_any_of_its_parts() {
        let mut needs = needs(vec![cell(1, 30), cell(2, 0)]);
        assert_eq!(pointed_at(&needs.areas[0]), Cell::Count(30));
        needs.areas[0].cells[1].suppressed = true;
        assert_eq!(pointed_at(&needs.areas[0]), Cell::Symbol("c"));
    }
}

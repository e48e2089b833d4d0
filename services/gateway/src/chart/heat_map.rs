//! Rows by columns, the more the darker, each field with its number.

use super::{
    Caption, Chart, Drawing, LegendItem, Room,
    draw::{fit, width, wrap},
    index, number,
    scale::Bands,
};
use crate::figures::{Cell, Column, Table};

/// How many steps of darkness there are.
const STEPS: u32 = 6;

/// A map of numbers.
#[derive(Clone, Debug)]
pub struct HeatMap {
    pub caption: Caption,
    /// What rows are, such as "Focus area".
    pub of: &'static str,
    /// What is counted, such as "times pointed at".
    pub unit: String,
    /// For files and for people, in few letters.
    pub columns: Vec<(&'static str, String)>,
    pub rows: Vec<HeatRow>,
    /// What a marked field is, such as "rising"; empty if none is ever marked.
    pub marked: &'static str,
}

/// A row: one field a column.
#[derive(Clone, Debug)]
pub struct HeatRow {
    pub label: String,
    pub cells: Vec<HeatCell>,
}

/// A field.
#[derive(Clone, Debug)]
pub struct HeatCell {
    pub cell: Cell,
    pub marked: bool,
    /// What shows when a pointer rests on it, after its number; empty for nothing.
    pub hint: String,
}

impl HeatMap {
    fn most(&self) -> f64 {
        let numbers = self
            .rows
            .iter()
            .flat_map(|row| row.cells.iter().filter_map(|cell| number(&cell.cell)));
        numbers.fold(0.0, f64::max)
    }
}

/// How dark, from 0 for nothing to 5 for the most.
fn step(value: f64, most: f64) -> u32 {
    if value <= 0.0 || most <= 0.0 {
        return 0;
    }
    let share = value / most * f64::from(STEPS - 1);
    (1..STEPS - 1)
        .find(|step| share <= f64::from(*step))
        .unwrap_or(STEPS - 1)
}

impl Chart for HeatMap {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn table(&self) -> Table {
        let columns = std::iter::once(Column::text("row", self.of)).chain(
            self.columns
                .iter()
                .map(|(key, label)| Column::number(key, label.clone())),
        );
        let mut table = Table::new(self.caption.name, self.caption.title.clone(), columns);
        for row in &self.rows {
            let cells = (0..self.columns.len()).map(|at| match row.cells.get(at) {
                Some(cell) => cell.cell.clone(),
                None => Cell::Symbol("x"),
            });
            table.push(std::iter::once(Cell::text(row.label.clone())).chain(cells));
        }
        table
    }

    fn legend(&self) -> Vec<LegendItem> {
        let most = self.most();
        let mut items = vec![LegendItem::field("none", "h0")];
        let mut below = 0.0;
        for step in 1..STEPS {
            let until = (most * f64::from(step) / f64::from(STEPS - 1)).floor();
            if until > below {
                let from = below + 1.0;
                let label = if until > from {
                    format!("{from:.0}–{until:.0}")
                } else {
                    format!("{until:.0}")
                };
                items.push(LegendItem::field(label, &format!("h{step}")));
                below = until;
            }
        }
        if !self.marked.is_empty() {
            let mut swatch = Drawing::new(16.0, 16.0);
            swatch.rect("h1", (1.0, 1.0), (14.0, 14.0), "");
            swatch.rect("marked", (2.0, 2.0), (12.0, 12.0), "");
            items.push(LegendItem {
                label: format!("▲ {}", self.marked),
                swatch,
            });
        }
        items.push(LegendItem::field("not shown", "missing hatched"));
        items
    }

    fn draw(&self, room: Room) -> Drawing {
        let (left, top, field, name) = match room {
            Room::Wide => (200.0, 26.0, 30.0, 0.0),
            Room::Narrow => (0.0, 24.0, 28.0, 20.0),
        };
        let high = field + name + if room == Room::Wide { 4.0 } else { 8.0 };
        let mut drawing = Drawing::new(room.width(), top + high * index(self.rows.len()) + 2.0);
        let bands = Bands::new(self.columns.len(), left, room.width());
        let widest = self.columns.iter().map(|(_, label)| width(label)).fold(0.0, f64::max);
        for (at, (_, label)) in self.columns.iter().enumerate().step_by(bands.every(widest + 4.0)) {
            drawing.text("quiet-text", (bands.middle(at), 15.0), "middle", label.clone());
        }
        let most = self.most();
        for (at, row) in self.rows.iter().enumerate() {
            let y = top + high * index(at) + name;
            if room == Room::Wide {
                let lines = wrap(&row.label, left - 12.0, 2);
                let first = y + field / 2.0 + 4.5 - 7.0 * index(lines.len().saturating_sub(1));
                for (line, text) in lines.into_iter().enumerate() {
                    drawing.text("", (left - 10.0, first + 14.0 * index(line)), "end", text);
                }
            } else {
                drawing.text("", (0.0, y - 6.0), "start", fit(&row.label, room.width()));
            }
            for (column, heat) in row.cells.iter().take(self.columns.len()).enumerate() {
                let (from, size) = ((bands.start(column) + 1.0, y), (bands.width() - 2.0, field));
                let mut hint = format!("{}, {}: {}", row.label, self.columns[column].1, heat.cell.shown());
                if number(&heat.cell).is_some() {
                    hint.push_str(&format!(" {}", self.unit));
                }
                if !heat.hint.is_empty() {
                    hint.push_str(&format!(", {}", heat.hint));
                }
                let on = (bands.middle(column), y + field / 2.0 + 4.5);
                match number(&heat.cell) {
                    Some(value) => {
                        let step = step(value, most);
                        drawing.rect(&format!("h{step}"), from, size, &hint);
                        let class = if step >= 4 { "on-heat" } else { "" };
                        let text = if heat.marked {
                            format!("▲ {}", heat.cell.shown())
                        } else {
                            heat.cell.shown()
                        };
                        if heat.marked {
                            drawing.rect(
                                "marked",
                                (from.0 + 1.5, from.1 + 1.5),
                                (size.0 - 3.0, size.1 - 3.0),
                                &hint,
                            );
                        }
                        drawing.text(class, on, "middle", text);
                    }
                    None => {
                        drawing.rect("missing", from, size, &hint);
                        drawing.hatch(from, size);
                        if let Cell::Symbol(symbol) = heat.cell {
                            let wide = width(symbol) + 8.0;
                            drawing.rect("behind", (on.0 - wide / 2.0, on.1 - 13.0), (wide, 17.0), "");
                            drawing.text("quiet-text", on, "middle", symbol);
                        }
                    }
                }
            }
        }
        drawing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Shape;

    #[test]
    fn the_most_is_the_darkest_and_nothing_the_lightest() {
        let steps: Vec<u32> = [0.0, 1.0, 4.0, 5.0, 8.0, 16.0, 20.0]
            .map(|value| step(value, 20.0))
            .into();
        assert_eq!(steps, [0, 1, 1, 2, 2, 4, 5]);
        assert_eq!(step(0.0, 0.0), 0);
        assert_eq!(step(1.0, 1.0), 5);
    }

    fn map(cells: Vec<HeatCell>) -> HeatMap {
        HeatMap {
            caption: Caption::new("needs", "Needs", "Where needs emerge"),
            of: "Focus area",
            unit: "times".into(),
            columns: vec![("ht1", "HT1".into()), ("ht2", "HT2".into())],
            rows: vec![HeatRow {
                label: "Questioning".into(),
                cells,
            }],
            marked: "rising",
        }
    }

    #[test]
    fn what_is_suppressed_is_hatched_and_what_rises_is_marked() {
        let cell = |cell, marked| HeatCell {
            cell,
            marked,
            hint: String::new(),
        };
        let drawing = map(vec![cell(Cell::Symbol("c"), false), cell(Cell::Count(9), true)]).draw(Room::Wide);
        let path = |wanted| {
            drawing
                .shapes
                .iter()
                .any(|shape| matches!(shape, Shape::Path { class, .. } if class == wanted))
        };
        let text = |wanted| {
            drawing
                .shapes
                .iter()
                .any(|shape| matches!(shape, Shape::Text { text, .. } if text == wanted))
        };
        assert!(path("hatch") && text("c") && text("▲ 9"));
    }

    #[test]
    fn an_empty_map_is_drawn() {
        let mut empty = map(vec![]);
        assert!(empty.draw(Room::Narrow).height > 0.0);
        empty.columns.clear();
        empty.rows.clear();
        assert!(!empty.draw(Room::Wide).width.is_nan());
        assert_eq!(empty.legend().len(), 3);
    }
}

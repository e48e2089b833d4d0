//! Bars: side by side, or one on top of the other as parts of a whole.

use super::{Caption, Chart, Drawing, LegendItem, Room, draw::width, index, number, rows::Rows, scale::Scale};
use crate::figures::{Cell, Column, Table};

/// How parts stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Below each other.
    Grouped,
    /// End to end.
    Stacked,
}

/// Rows of bars.
#[derive(Clone, Debug)]
pub struct Bars {
    pub caption: Caption,
    /// What rows are, such as "Role group".
    pub of: &'static str,
    /// What is counted, such as "hours".
    pub unit: String,
    pub layout: Layout,
    /// What each bar of a row is.
    pub parts: Vec<Part>,
    pub rows: Vec<Bar>,
}

/// One of the bars in every row.
#[derive(Clone, Debug)]
pub struct Part {
    /// For files.
    pub key: &'static str,
    pub label: String,
}

/// A row: one value a part.
#[derive(Clone, Debug)]
pub struct Bar {
    pub label: String,
    pub values: Vec<Cell>,
}

impl Bars {
    fn scale(&self) -> Scale {
        let is_count = |cell: &Cell| matches!(cell, Cell::Count(_) | Cell::Number(..));
        let shares = self.layout == Layout::Grouped && !self.rows.iter().flat_map(|bar| &bar.values).any(is_count);
        if shares {
            return Scale::per_cent();
        }
        let numbers = |bar: &Bar| bar.values.iter().filter_map(number).collect::<Vec<f64>>();
        let ends = self.rows.iter().flat_map(|bar| match self.layout {
            Layout::Grouped => numbers(bar),
            Layout::Stacked => vec![numbers(bar).iter().map(|number| number.max(0.0)).sum()],
        });
        let (low, high) = ends.fold((0.0, 0.0), |(low, high), end| (f64::min(low, end), f64::max(high, end)));
        Scale::covering(low, high, 4)
    }
}

impl Chart for Bars {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn table(&self) -> Table {
        let columns = std::iter::once(Column::text("row", self.of)).chain(
            self.parts
                .iter()
                .map(|part| Column::number(part.key, part.label.clone())),
        );
        let mut table = Table::new(self.caption.name, self.caption.title.clone(), columns);
        for bar in &self.rows {
            let values = (0..self.parts.len()).map(|at| bar.values.get(at).cloned().unwrap_or(Cell::Symbol("x")));
            table.push(std::iter::once(Cell::text(bar.label.clone())).chain(values));
        }
        table
    }

    fn legend(&self) -> Vec<LegendItem> {
        if self.parts.len() < 2 {
            return Vec::new();
        }
        let parts = self.parts.iter().enumerate();
        parts
            .map(|(at, part)| LegendItem::field(part.label.clone(), &format!("bar s{}", at % 6 + 1)))
            .collect()
    }

    fn draw(&self, room: Room) -> Drawing {
        let thick = if self.layout == Layout::Grouped && self.parts.len() > 1 {
            16.0
        } else {
            22.0
        };
        let lanes = match self.layout {
            Layout::Grouped => self.parts.len().max(1),
            Layout::Stacked => 1,
        };
        let body = (thick + 3.0) * index(lanes) + 8.0;
        let shown = self
            .rows
            .iter()
            .flat_map(|bar| &bar.values)
            .map(|cell| width(&cell.shown()));
        let aside = match self.layout {
            Layout::Grouped => shown.fold(0.0, f64::max) + 12.0,
            Layout::Stacked => 14.0,
        };
        let rows = Rows::new(
            room,
            self.rows.iter().map(|bar| bar.label.as_str()),
            body,
            aside.min(0.45 * room.width()),
        );
        let mut drawing = rows.drawing();
        let scale = self.scale().along(rows.left, rows.right);
        rows.axis(&mut drawing, &scale, &self.unit);
        let nought = scale.at(0.0);
        for (row, bar) in self.rows.iter().enumerate() {
            rows.name(&mut drawing, row);
            let first = rows.middle(row) - (thick + 3.0) * index(lanes) / 2.0 + 1.5;
            let mut reached = 0.0;
            for (at, cell) in bar.values.iter().take(self.parts.len()).enumerate() {
                let class = format!("bar s{}", at % 6 + 1);
                let hint = format!("{}, {}: {}", bar.label, self.parts[at].label, cell.shown());
                match (self.layout, number(cell)) {
                    (Layout::Grouped, value) => {
                        let top = first + (thick + 3.0) * index(at);
                        if let (None, Cell::Symbol(_)) = (value, cell) {
                            let (from, size) = ((nought, top), (rows.right - nought, thick));
                            drawing.rect("missing", from, size, &hint);
                            drawing.hatch(from, size);
                            drawing.rect(
                                "behind",
                                (nought + 2.0, top + 1.0),
                                (width(&cell.shown()) + 9.0, thick - 2.0),
                                "",
                            );
                        }
                        let end = scale.at(value.unwrap_or(0.0));
                        drawing.rect(&class, (end.min(nought), top), ((end - nought).abs(), thick), &hint);
                        let class = if value.is_some() { "" } else { "quiet-text" };
                        let on = (end.max(nought) + 6.0, top + thick / 2.0 + 4.5);
                        drawing.text(class, on, "start", cell.shown());
                    }
                    (Layout::Stacked, Some(value)) if value > 0.0 => {
                        let (start, end) = (scale.at(reached), scale.at(reached + value));
                        reached += value;
                        drawing.rect(&format!("{class} part"), (start, first), (end - start, thick), &hint);
                        let text = cell.shown();
                        if width(&text) + 6.0 <= end - start {
                            let on = (f64::midpoint(start, end), first + thick / 2.0 + 4.5);
                            drawing.text("on-bar", on, "middle", text);
                        }
                    }
                    (Layout::Stacked, Some(_)) => {}
                    (Layout::Stacked, None) => {
                        let start = scale.at(reached) + 6.0;
                        drawing.text("quiet-text", (start, first + thick / 2.0 + 4.5), "start", cell.shown());
                    }
                }
            }
        }
        drawing.line("axis", (nought, 6.0), (nought, rows.bottom()));
        drawing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Shape;

    fn bars(layout: Layout, rows: &[&[Cell]]) -> Bars {
        Bars {
            caption: Caption::new("bars", "Bars", "Some bars"),
            of: "School",
            unit: "hours".into(),
            layout,
            parts: vec![
                Part {
                    key: "used",
                    label: "Used".into(),
                },
                Part {
                    key: "diverted",
                    label: "Diverted".into(),
                },
            ],
            rows: rows
                .iter()
                .map(|values| Bar {
                    label: "A school".into(),
                    values: values.to_vec(),
                })
                .collect(),
        }
    }

    fn lengths(drawing: &Drawing) -> Vec<(f64, f64)> {
        let bars = drawing.shapes.iter().filter_map(|shape| match shape {
            Shape::Rect { class, from, size, .. } if class.starts_with("bar") => Some((from.0, size.0)),
            _ => None,
        });
        bars.collect()
    }

    #[test]
    fn stacked_parts_stand_end_to_end() {
        let drawing = bars(Layout::Stacked, &[&[Cell::Count(30), Cell::Count(10)]]).draw(Room::Wide);
        let lengths = lengths(&drawing);
        assert!((lengths[0].0 + lengths[0].1 - lengths[1].0).abs() < 1e-9);
        assert!((lengths[0].1 / lengths[1].1 - 3.0).abs() < 1e-9);
    }

    #[test]
    fn a_suppressed_bar_has_its_symbol_and_no_length() {
        let drawing = bars(Layout::Grouped, &[&[Cell::Symbol("c"), Cell::Count(10)]]).draw(Room::Narrow);
        assert_eq!(lengths(&drawing)[0].1, 0.0);
        assert!(
            drawing
                .shapes
                .iter()
                .any(|shape| matches!(shape, Shape::Text { text, .. } if text == "c"))
        );
    }

    #[test]
    fn nothing_noughts_and_negative_numbers_are_drawn() {
        let nothing: &[&[Cell]] = &[];
        for layout in [Layout::Grouped, Layout::Stacked] {
            for rows in [
                nothing,
                &[&[Cell::Count(0), Cell::Count(0)]],
                &[&[Cell::Number(-3.0, 1), Cell::Number(2.0, 1)], &[]],
            ] {
                for (start, length) in lengths(&bars(layout, rows).draw(Room::Wide)) {
                    assert!(start.is_finite() && length >= 0.0);
                }
            }
        }
    }
}

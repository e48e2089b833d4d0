//! Two values a row and the gap between them.

use super::{Caption, Chart, Drawing, LegendItem, Room, draw::width, number, rows::Rows, scale::Scale};
use crate::figures::{Cell, Column, Table};

/// Pairs over one scale.
#[derive(Clone, Debug)]
pub struct Dumbbell {
    pub caption: Caption,
    /// What rows are, such as "Principle".
    pub of: &'static str,
    /// What is measured, such as "mean score, 1 to 5".
    pub unit: String,
    /// Key and label of the two, and of the gap.
    pub one: (&'static str, &'static str),
    pub other: (&'static str, &'static str),
    pub gap: (&'static str, &'static str),
    /// The ends of the scale.
    pub from: f64,
    pub until: f64,
    pub rows: Vec<Pair>,
}

/// Two values.
#[derive(Clone, Debug)]
pub struct Pair {
    pub label: String,
    pub one: Cell,
    pub other: Cell,
    pub gap: Cell,
}

impl Chart for Dumbbell {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn table(&self) -> Table {
        let columns = [
            Column::text("row", self.of),
            Column::number(self.one.0, self.one.1),
            Column::number(self.other.0, self.other.1),
            Column::number(self.gap.0, self.gap.1),
        ];
        let mut table = Table::new(self.caption.name, self.caption.title.clone(), columns);
        for row in &self.rows {
            table.push([
                Cell::text(row.label.clone()),
                row.one.clone(),
                row.other.clone(),
                row.gap.clone(),
            ]);
        }
        table
    }

    fn legend(&self) -> Vec<LegendItem> {
        vec![
            LegendItem::mark(self.one.1, 0, ""),
            LegendItem::mark(self.other.1, 1, ""),
        ]
    }

    fn draw(&self, room: Room) -> Drawing {
        let rows = Rows::new(room, self.rows.iter().map(|row| row.label.as_str()), 38.0, 64.0);
        let mut drawing = rows.drawing();
        let scale = Scale::covering(self.from, self.until, 4).along(rows.left + 8.0, rows.right - 8.0);
        rows.axis(&mut drawing, &scale, &self.unit);
        for (at, row) in self.rows.iter().enumerate() {
            rows.name(&mut drawing, at);
            let middle = rows.middle(at);
            match (number(&row.one), number(&row.other)) {
                (Some(one), Some(other)) => {
                    let (one, other) = (scale.at(one), scale.at(other));
                    drawing.line("between", (one, middle), (other, middle));
                    let hint = |says: &str, cell: &Cell| format!("{}, {says}: {}", row.label, cell.shown());
                    drawing.mark(1, "mark", (other, middle), 6.0, &hint(self.other.1, &row.other));
                    drawing.mark(0, "mark", (one, middle), 6.0, &hint(self.one.1, &row.one));
                    let gap = signed(&row.gap);
                    drawing.text("", (rows.right + 8.0, middle + 4.5), "start", gap);
                }
                _ => {
                    let (from, size) = ((rows.left, middle - 10.0), (rows.right - rows.left, 20.0));
                    let missing = if number(&row.one).is_none() {
                        &row.one
                    } else {
                        &row.other
                    };
                    let says = missing.meaning().map_or_else(|| missing.shown(), ToOwned::to_owned);
                    drawing.rect("missing", from, size, &format!("{}: {says}", row.label));
                    drawing.hatch(from, size);
                    let text = missing.shown();
                    let on = f64::midpoint(rows.left, rows.right);
                    drawing.rect(
                        "behind",
                        (on - width(&text) / 2.0 - 6.0, middle - 9.0),
                        (width(&text) + 12.0, 18.0),
                        "",
                    );
                    drawing.text("quiet-text", (on, middle + 4.5), "middle", text);
                }
            }
        }
        drawing
    }
}

/// A gap with its sign.
fn signed(gap: &Cell) -> String {
    match number(gap) {
        Some(number) if number > 0.0 => format!("+{}", gap.shown()),
        _ => gap.shown(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Shape;

    fn dumbbell(rows: Vec<Pair>) -> Dumbbell {
        Dumbbell {
            caption: Caption::new("values", "Values", "Values and practice"),
            of: "Principle",
            unit: "mean score, 1 to 5".into(),
            one: ("values", "In line with our values"),
            other: ("practice", "What actually happens"),
            gap: ("gap", "Gap"),
            from: 1.0,
            until: 5.0,
            rows,
        }
    }

    #[test]
    fn the_gap_is_written_with_its_sign() {
        let pair = Pair {
            label: "Sustained".into(),
            one: Cell::Number(4.2, 1),
            other: Cell::Number(2.9, 1),
            gap: Cell::Number(1.3, 1),
        };
        let drawing = dumbbell(vec![pair]).draw(Room::Wide);
        assert!(
            drawing
                .shapes
                .iter()
                .any(|shape| matches!(shape, Shape::Text { text, .. } if text == "+1.3"))
        );
    }

    #[test]
    fn a_suppressed_pair_looks_suppressed() {
        let pair = Pair {
            label: "Sustained".into(),
            one: Cell::Symbol("c"),
            other: Cell::Symbol("c"),
            gap: Cell::Symbol("c"),
        };
        let drawing = dumbbell(vec![pair]).draw(Room::Narrow);
        assert!(
            drawing
                .shapes
                .iter()
                .any(|shape| matches!(shape, Shape::Path { class, .. } if class == "hatch"))
        );
        assert!(
            !drawing
                .shapes
                .iter()
                .any(|shape| matches!(shape, Shape::Path { class, .. } if class.starts_with("mark")))
        );
    }
}

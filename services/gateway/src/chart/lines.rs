//! Lines over half-terms or waves, with gaps where nothing is shown.

use super::{
    Caption, Chart, Drawing, LegendItem, Room,
    draw::{Point, fit, open},
    number,
    scale::{Bands, Scale},
};
use crate::figures::{Cell, Column, Table};

/// Series over the same moments.
#[derive(Clone, Debug)]
pub struct Lines {
    pub caption: Caption,
    /// What the moments are, such as "Half-term".
    pub along: &'static str,
    /// In order of time, in few letters.
    pub moments: Vec<String>,
    /// What is counted, such as "per cent revisited".
    pub unit: String,
    pub series: Vec<Series>,
    /// Whether it reaches from 0 to 100 %.
    pub per_cent: bool,
}

/// A line.
#[derive(Clone, Debug)]
pub struct Series {
    /// For files.
    pub key: &'static str,
    pub label: String,
    /// One a moment.
    pub values: Vec<Cell>,
}

impl Lines {
    fn scale(&self) -> Scale {
        if self.per_cent {
            return Scale::per_cent();
        }
        let numbers = || {
            self.series
                .iter()
                .flat_map(|series| series.values.iter().filter_map(number))
        };
        Scale::covering(numbers().fold(0.0, f64::min), numbers().fold(0.0, f64::max), 5)
    }
}

impl Chart for Lines {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn table(&self) -> Table {
        let columns = std::iter::once(Column::text("moment", self.along)).chain(
            self.series
                .iter()
                .map(|series| Column::number(series.key, series.label.clone())),
        );
        let mut table = Table::new(self.caption.name, self.caption.title.clone(), columns);
        for (at, moment) in self.moments.iter().enumerate() {
            let values = self
                .series
                .iter()
                .map(|series| series.values.get(at).cloned().unwrap_or(Cell::Symbol("x")));
            table.push(std::iter::once(Cell::text(moment.clone())).chain(values));
        }
        table
    }

    fn legend(&self) -> Vec<LegendItem> {
        let marks = self.series.iter().enumerate();
        marks
            .map(|(at, series)| LegendItem::mark(series.label.clone(), at, ""))
            .collect()
    }

    fn draw(&self, room: Room) -> Drawing {
        let (height, left) = match room {
            Room::Wide => (320.0, 52.0),
            Room::Narrow => (260.0, 38.0),
        };
        let mut drawing = Drawing::new(room.width(), height);
        let (right, top, bottom) = (room.width() - 14.0, 26.0, height - 44.0);
        let up = self.scale().along(bottom, top);
        for (y, text) in up.ticks() {
            drawing.line("grid", (left, y), (right, y));
            drawing.text("quiet-text", (left - 7.0, y + 4.5), "end", text);
        }
        drawing.text("quiet-text", (0.0, 13.0), "start", fit(&self.unit, right));
        let bands = Bands::new(self.moments.len(), left, right);
        let widest = self
            .moments
            .iter()
            .map(|moment| super::draw::width(moment))
            .fold(0.0, f64::max);
        let every = bands.every(widest + 8.0);
        for (at, moment) in self.moments.iter().enumerate().step_by(every) {
            drawing.text(
                "quiet-text",
                (bands.middle(at), bottom + 18.0),
                "middle",
                moment.clone(),
            );
        }
        drawing.line("axis", (left, bottom), (right, bottom));
        drawing.text(
            "quiet-text",
            (f64::midpoint(left, right), height - 8.0),
            "middle",
            self.along,
        );
        for (at, series) in self.series.iter().enumerate() {
            let mut run: Vec<Point> = Vec::new();
            let class = format!("line s{}", at % 6 + 1);
            let end = |run: &mut Vec<Point>, drawing: &mut Drawing| {
                if run.len() > 1 {
                    drawing.path(&class, open(run.iter().copied()), "");
                }
                run.clear();
            };
            let mut marks = Vec::new();
            for (moment, cell) in series.values.iter().take(self.moments.len()).enumerate() {
                match number(cell) {
                    Some(value) => {
                        let on = (bands.middle(moment), up.at(value));
                        run.push(on);
                        marks.push((
                            on,
                            format!("{}, {}: {}", series.label, self.moments[moment], cell.shown()),
                        ));
                    }
                    None => end(&mut run, &mut drawing),
                }
            }
            end(&mut run, &mut drawing);
            for (on, hint) in marks {
                drawing.mark(at, "mark", on, 5.0, &hint);
            }
        }
        // What is withheld has its symbol on the axis, once a moment.
        for moment in 0..self.moments.len() {
            let symbols = self.series.iter().filter_map(|series| series.values.get(moment));
            if let Some(Cell::Symbol(symbol)) = symbols.into_iter().find(|cell| matches!(cell, Cell::Symbol(_))) {
                drawing.text("quiet-text", (bands.middle(moment), bottom - 5.0), "middle", *symbol);
            }
        }
        drawing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Shape;

    fn lines(values: Vec<Cell>) -> Lines {
        Lines {
            caption: Caption::new("lines", "Lines", "Some lines"),
            along: "Half-term",
            moments: (1..=values.len()).map(|at| format!("HT{at}")).collect(),
            unit: "follow-ups".into(),
            series: vec![Series {
                key: "agreed",
                label: "Agreed".into(),
                values,
            }],
            per_cent: false,
        }
    }

    fn paths(drawing: &Drawing, wanted: &str) -> usize {
        let is = |shape: &&Shape| matches!(shape, Shape::Path { class, .. } if class.starts_with(wanted));
        drawing.shapes.iter().filter(is).count()
    }

    #[test]
    fn a_line_has_a_gap_where_something_is_suppressed() {
        let drawing = lines(vec![
            Cell::Count(3),
            Cell::Count(4),
            Cell::Symbol("c"),
            Cell::Count(5),
            Cell::Count(6),
        ])
        .draw(Room::Wide);
        assert_eq!((paths(&drawing, "line"), paths(&drawing, "mark")), (2, 4));
        assert!(
            drawing
                .shapes
                .iter()
                .any(|shape| matches!(shape, Shape::Text { text, .. } if text == "c"))
        );
    }

    #[test]
    fn nothing_one_and_equal_values_are_drawn() {
        for values in [
            vec![],
            vec![Cell::Count(0)],
            vec![Cell::Count(7); 3],
            vec![Cell::Symbol("c"); 3],
            vec![Cell::Number(-2.5, 1), Cell::Number(2.5, 1)],
        ] {
            for room in [Room::Wide, Room::Narrow] {
                for shape in lines(values.clone()).draw(room).shapes {
                    if let Shape::Path { d, .. } = shape {
                        assert!(!d.contains("NaN") && !d.contains("inf"), "{d}");
                    }
                }
            }
        }
    }
}

//! Estimates with how sure they are: a forest plot.

use super::{
    Caption, Chart, Drawing, LegendItem, Room,
    draw::{DIAMOND, polygon},
    rows::Rows,
    scale::Scale,
};
use crate::figures::{Cell, Column, Table};

/// Estimates around a line of no effect.
#[derive(Clone, Debug)]
pub struct Intervals {
    pub caption: Caption,
    /// What rows are, such as "Measured".
    pub of: &'static str,
    /// What is estimated, such as "Hedges' g, in standard deviations".
    pub unit: String,
    pub rows: Vec<Interval>,
}

/// An estimate.
#[derive(Clone, Debug)]
pub struct Interval {
    pub label: String,
    pub estimate: f64,
    pub low: f64,
    pub high: f64,
    /// How many it rests on; 0 where that is not said.
    pub n: i64,
    /// Whether it is of several together.
    pub pooled: bool,
    /// Why to read it with care; empty for none.
    pub caution: String,
}

impl Interval {
    fn shown(&self) -> String {
        let [estimate, low, high] = [self.estimate, self.low, self.high].map(|number| Cell::Number(number, 2).shown());
        format!("{estimate} ({low} to {high})")
    }
}

impl Chart for Intervals {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn table(&self) -> Table {
        let columns = [
            Column::text("measured", self.of),
            Column::number("estimate", "Estimate"),
            Column::number("low_95", "95 % interval from"),
            Column::number("high_95", "95 % interval to"),
            Column::number("n", "Pupils"),
            Column::text("caution", "Read with care"),
        ];
        let mut table = Table::new(self.caption.name, self.caption.title.clone(), columns);
        for row in &self.rows {
            let caution = if row.caution.is_empty() {
                Cell::Absent("nothing to add")
            } else {
                Cell::text(row.caution.clone())
            };
            table.push([
                Cell::text(row.label.clone()),
                Cell::Number(row.estimate, 2),
                Cell::Number(row.low, 2),
                Cell::Number(row.high, 2),
                if row.n == 0 {
                    Cell::Symbol("x")
                } else {
                    Cell::Count(row.n)
                },
                caution,
            ]);
        }
        table
    }

    fn legend(&self) -> Vec<LegendItem> {
        let mut together = Drawing::new(16.0, 16.0);
        together.path("mark s2", polygon((8.0, 8.0), 5.5, &DIAMOND), "");
        vec![
            LegendItem::mark("estimate with its 95 % interval", 1, ""),
            LegendItem::mark("read with care (see the numbers)", 1, "hollow"),
            LegendItem {
                label: "several together".into(),
                swatch: together,
            },
        ]
    }

    fn draw(&self, room: Room) -> Drawing {
        let aside = if room == Room::Wide { 150.0 } else { 14.0 };
        let body = if room == Room::Wide { 36.0 } else { 40.0 };
        let rows = Rows::new(room, self.rows.iter().map(|row| row.label.as_str()), body, aside);
        let mut drawing = rows.drawing();
        let ends = || self.rows.iter().flat_map(|row| [row.low, row.high, row.estimate]);
        let low = ends().filter(|end| end.is_finite()).fold(-0.2, f64::min);
        let high = ends().filter(|end| end.is_finite()).fold(0.2, f64::max);
        let scale = Scale::covering(low, high, 5).along(rows.left, rows.right);
        rows.axis(&mut drawing, &scale, &self.unit);
        drawing.line("mean", (scale.at(0.0), 0.0), (scale.at(0.0), rows.bottom()));
        for (at, row) in self.rows.iter().enumerate() {
            rows.name(&mut drawing, at);
            let mut middle = rows.middle(at);
            if room == Room::Narrow {
                drawing.text("quiet-text halo", (0.0, middle + 18.0), "start", row.shown());
                middle -= 8.0;
            } else {
                drawing.text("", (rows.right + 10.0, middle + 4.5), "start", row.shown());
            }
            let (left, right) = (scale.at(row.low), scale.at(row.high));
            drawing.line("interval s2", (left, middle), (right, middle));
            for end in [left, right] {
                drawing.line("interval s2", (end, middle - 4.0), (end, middle + 4.0));
            }
            let on = (scale.at(row.estimate), middle);
            let mut hint = format!("{}: {}", row.label, row.shown());
            if !row.caution.is_empty() {
                hint.push_str(&format!(". {}", row.caution));
            }
            let class = if row.caution.is_empty() { "mark" } else { "mark hollow" };
            if row.pooled {
                drawing.path(&format!("{class} s2"), polygon(on, 6.5, &DIAMOND), &hint);
            } else {
                drawing.mark(1, class, on, 5.0, &hint);
            }
        }
        drawing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Shape;

    fn interval(estimate: f64, low: f64, high: f64) -> Interval {
        Interval {
            label: "Reading age".into(),
            estimate,
            low,
            high,
            n: 60,
            pooled: false,
            caution: String::new(),
        }
    }

    fn intervals(rows: Vec<Interval>) -> Intervals {
        Intervals {
            caption: Caption::new("effects", "Effects", "Some effects"),
            of: "Measured",
            unit: "Hedges' g".into(),
            rows,
        }
    }

    #[test]
    fn the_line_of_no_effect_is_always_there() {
        for rows in [vec![], vec![interval(0.8, 0.5, 1.1)], vec![interval(-0.4, -0.9, -0.1)]] {
            let drawing = intervals(rows).draw(Room::Wide);
            assert!(
                drawing
                    .shapes
                    .iter()
                    .any(|shape| matches!(shape, Shape::Line { class, .. } if class == "mean"))
            );
        }
    }

    #[test]
    fn numbers_beyond_all_measure_stay_inside() {
        for row in [
            interval(f64::NAN, f64::NEG_INFINITY, f64::INFINITY),
            interval(0.0, 0.0, 0.0),
        ] {
            let drawing = intervals(vec![row]).draw(Room::Narrow);
            for shape in &drawing.shapes {
                if let Shape::Line { from, to, .. } = shape {
                    assert!([from.0, to.0].iter().all(|x| (0.0..=300.0).contains(x)), "{shape:?}");
                }
            }
        }
    }

    #[test]
    fn an_interval_reads_as_people_write_it() {
        assert_eq!(interval(0.321, -0.05, 0.7).shown(), "0.32 (−0.05 to 0.70)");
    }
}

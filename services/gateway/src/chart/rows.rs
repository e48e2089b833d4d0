//! Rows with a name each, over one scale: bars, intervals and pairs stand on them.
//!
//! Where there is room, names stand to the left; on a phone, above.

use super::{
    Room,
    draw::{Drawing, fit, wrap},
    index,
    scale::Scale,
};

/// Above the first row.
const TOP: f64 = 6.0;
/// For a line of a name.
const LINE: f64 = 15.0;
/// To the left, for names.
const NAMES: f64 = 190.0;
/// Below the last row, for ticks and what they are.
const AXIS: f64 = 42.0;

pub(super) struct Rows {
    room: Room,
    /// Where the scale begins and ends.
    pub(super) left: f64,
    pub(super) right: f64,
    /// Of a row, and of the names above rows.
    height: f64,
    above: f64,
    /// Each name in lines.
    names: Vec<Vec<String>>,
}

impl Rows {
    /// A row for each name, with so much room for what is drawn in it, and for what is written to its right.
    pub(super) fn new<'a>(room: Room, names: impl IntoIterator<Item = &'a str>, body: f64, aside: f64) -> Self {
        let (width, most) = match room {
            Room::Wide => (NAMES - 18.0, 3),
            Room::Narrow => (room.width(), 2),
        };
        let names: Vec<Vec<String>> = names.into_iter().map(|name| wrap(name, width, most)).collect();
        let lines = LINE * index(names.iter().map(Vec::len).max().unwrap_or(1));
        let (left, above, height) = match room {
            Room::Wide => (NAMES, 0.0, body.max(36.0).max(lines + 7.0)),
            Room::Narrow => (8.0, lines + 4.0, body + lines + 12.0),
        };
        Self {
            room,
            left,
            right: room.width() - aside.max(14.0),
            height,
            above,
            names,
        }
    }

    pub(super) fn drawing(&self) -> Drawing {
        Drawing::new(self.room.width(), self.bottom() + AXIS)
    }

    pub(super) fn bottom(&self) -> f64 {
        TOP + self.height * index(self.names.len())
    }

    /// The middle of what is drawn in a row.
    pub(super) fn middle(&self, row: usize) -> f64 {
        let top = TOP + self.height * index(row);
        match self.room {
            Room::Wide => top + self.height / 2.0,
            Room::Narrow => top + self.above + (self.height - self.above - 8.0) / 2.0,
        }
    }

    /// Ticks with lines behind what is drawn, and what they are.
    pub(super) fn axis(&self, drawing: &mut Drawing, scale: &Scale, title: &str) {
        let bottom = self.bottom();
        for (x, text) in scale.ticks() {
            drawing.line("grid", (x, TOP), (x, bottom));
            drawing.text("quiet-text", (x, bottom + 16.0), "middle", text);
        }
        drawing.line("axis", (self.left, bottom), (self.right, bottom));
        let middle = f64::midpoint(self.left, self.right);
        let title = fit(title, self.right - self.left + 60.0);
        drawing.text("quiet-text", (middle, bottom + 34.0), "middle", title);
    }

    /// What a row is called.
    pub(super) fn name(&self, drawing: &mut Drawing, row: usize) {
        let Some(lines) = self.names.get(row) else { return };
        let (class, x, anchor, first) = match self.room {
            Room::Wide => {
                let above = LINE / 2.0 * index(lines.len().saturating_sub(1));
                ("", self.left - 12.0, "end", self.middle(row) + 4.5 - above)
            }
            // The last line stands just above what is drawn.
            Room::Narrow => {
                let above = LINE * index(lines.len());
                (
                    "halo",
                    0.0,
                    "start",
                    TOP + self.height * index(row) + self.above + LINE - 5.0 - above,
                )
            }
        };
        for (line, text) in lines.iter().enumerate() {
            drawing.text(class, (x, first + LINE * index(line)), anchor, text.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Shape;

    #[test]
    fn long_names_have_room() {
        let names = [
            "Leaders take part in it, protect its time and make it fit together",
            "Modelling",
        ];
        for room in [Room::Wide, Room::Narrow] {
            let rows = Rows::new(room, names, 30.0, 14.0);
            let mut drawing = rows.drawing();
            for row in 0..names.len() {
                rows.name(&mut drawing, row);
            }
            let written: Vec<(f64, &str)> = drawing
                .shapes
                .iter()
                .filter_map(|shape| match shape {
                    Shape::Text { on, text, .. } => Some((on.1, text.as_str())),
                    _ => None,
                })
                .collect();
            let words: Vec<&str> = written.iter().flat_map(|(_, text)| text.split(' ')).collect();
            assert_eq!(words.join(" "), names.join(" "), "nothing is cut");
            assert!(
                written.is_sorted_by(|one, other| one.0 + 14.0 <= other.0),
                "{written:?}"
            );
            assert!(written[0].0 >= 10.0, "{written:?}");
        }
    }
}

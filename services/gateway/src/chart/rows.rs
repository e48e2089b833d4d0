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
/// For a name above its row.
const NAME: f64 = 19.0;
/// Below the last row, for ticks and what they are.
const AXIS: f64 = 42.0;

pub(super) struct Rows {
    room: Room,
    /// Where the scale begins and ends.
    pub(super) left: f64,
    pub(super) right: f64,
    height: f64,
    count: usize,
}

impl Rows {
    /// Rows with so much room for what is drawn in each, and for what is written to its right.
    pub(super) fn new(room: Room, count: usize, body: f64, aside: f64) -> Self {
        let (left, height) = match room {
            Room::Wide => (190.0, body.max(36.0)),
            Room::Narrow => (8.0, body + NAME + 8.0),
        };
        Self {
            room,
            left,
            right: room.width() - aside.max(14.0),
            height,
            count,
        }
    }

    pub(super) fn drawing(&self) -> Drawing {
        Drawing::new(self.room.width(), self.bottom() + AXIS)
    }

    pub(super) fn bottom(&self) -> f64 {
        TOP + self.height * index(self.count)
    }

    /// The middle of what is drawn in a row.
    pub(super) fn middle(&self, row: usize) -> f64 {
        let top = TOP + self.height * index(row);
        match self.room {
            Room::Wide => top + self.height / 2.0,
            Room::Narrow => top + NAME + (self.height - NAME - 8.0) / 2.0,
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
    pub(super) fn name(&self, drawing: &mut Drawing, row: usize, name: &str) {
        match self.room {
            Room::Wide => {
                let lines = wrap(name, self.left - 18.0, 2);
                let first = self.middle(row) + 4.5 - 7.5 * index(lines.len().saturating_sub(1));
                for (line, text) in lines.into_iter().enumerate() {
                    drawing.text("", (self.left - 12.0, first + 15.0 * index(line)), "end", text);
                }
            }
            Room::Narrow => {
                let top = TOP + self.height * index(row);
                drawing.text("halo", (0.0, top + 14.0), "start", fit(name, self.room.width()));
            }
        }
    }
}

//! Steps one after the other, each with how many reached it of those that it applies to.

use super::{
    Caption, Chart, Drawing, Room,
    draw::{fit, width},
    number,
    rows::Rows,
    scale::Scale,
};
use crate::figures::{Cell, Column, Table};

/// A funnel as bars: agreed, then what became of it.
#[derive(Clone, Debug)]
pub struct Steps {
    pub caption: Caption,
    pub steps: Vec<StepBar>,
    /// What notes are, such as "Median days".
    pub note_label: &'static str,
}

/// A step.
#[derive(Clone, Debug)]
pub struct StepBar {
    pub label: String,
    /// A share, a symbol, or why there is none.
    pub rate: Cell,
    /// Beside the share, such as "median 21 days"; empty for none.
    pub note: String,
}

impl Chart for Steps {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn table(&self) -> Table {
        let mut columns = vec![
            Column::text("step", "Step"),
            Column::share("reached", "Reached, of those it applies to"),
        ];
        let noted = self.steps.iter().any(|step| !step.note.is_empty());
        if noted {
            columns.push(Column::text("note", self.note_label));
        }
        let mut table = Table::new(self.caption.name, self.caption.title.clone(), columns);
        for step in &self.steps {
            let mut cells = vec![Cell::text(step.label.clone()), step.rate.clone()];
            if noted {
                let note = step.note.as_str();
                cells.push(if note.is_empty() {
                    Cell::Absent("–")
                } else {
                    Cell::text(note)
                });
            }
            table.push(cells);
        }
        table
    }

    fn draw(&self, room: Room) -> Drawing {
        let rows = Rows::new(room, self.steps.iter().map(|step| step.label.as_str()), 34.0, 14.0);
        let mut drawing = rows.drawing();
        let scale = Scale::per_cent().along(rows.left, rows.right);
        rows.axis(&mut drawing, &scale, "per cent of those that a step applies to");
        let whole = rows.right - rows.left;
        for (row, step) in self.steps.iter().enumerate() {
            rows.name(&mut drawing, row);
            let middle = rows.middle(row);
            let (top, height) = (middle - 14.0, 28.0);
            let hint = format!("{}: {}", step.label, step.rate.shown());
            match number(&step.rate) {
                Some(percent) => {
                    drawing.rect("track", (rows.left, top), (whole, height), &hint);
                    let length = scale.at(percent) - rows.left;
                    drawing.rect("bar s1", (rows.left, top), (length, height), &hint);
                    let share = step.rate.shown();
                    let all = [share.clone(), step.note.clone()].join(" · ");
                    let all = all.trim_end_matches(" · ").to_owned();
                    // In the bar if it is long enough, otherwise after it; without the note if need be.
                    let (inside, after) = (length - 16.0, whole - length - 16.0);
                    let written = [(inside, &all), (after, &all), (inside, &share), (after, &share)]
                        .into_iter()
                        .enumerate()
                        .find(|(_, (room, text))| width(text) <= *room);
                    let (within, text) = match written {
                        Some((at, (_, text))) => (at % 2 == 0, text.clone()),
                        None => (inside > after, fit(&share, inside.max(after))),
                    };
                    let (class, x) = if within {
                        ("on-bar", rows.left)
                    } else {
                        ("", rows.left + length)
                    };
                    drawing.text(class, (x + 8.0, middle + 4.5), "start", text);
                }
                None => {
                    drawing.rect("missing", (rows.left, top), (whole, height), &hint);
                    drawing.hatch((rows.left, top), (whole, height));
                    let text = step.rate.meaning().map_or_else(|| step.rate.shown(), ToOwned::to_owned);
                    let room = width(&text) + 12.0;
                    drawing.rect("behind", (rows.left + 4.0, middle - 10.0), (room, 20.0), "");
                    drawing.text("quiet-text", (rows.left + 8.0, middle + 4.5), "start", text);
                }
            }
        }
        drawing
    }
}

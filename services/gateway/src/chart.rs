//! Charts: SVG from our own template, each with a title, a description, and the same numbers as a table.
//!
//! A chart holds cells as a table does, says what it shows in words, and draws itself twice: for a wide place and for a
//! phone, of which the stylesheet shows one. It knows classes and never colours; nothing is told by colour alone.
//! A page shows `chart.figure()`, whose numbers are the chart's own [`Chart::table`].

mod bars;
mod draw;
mod dumbbell;
mod funnel_plot;
mod heat_map;
mod intervals;
mod lines;
mod rows;
pub mod scale;
mod steps;

use askama::Template;

use crate::figures::{Cell, Table};

pub use bars::{Bar, Bars, Layout, Part};
pub use draw::{Drawing, Point, Shape};
pub use dumbbell::{Dumbbell, Pair};
pub use funnel_plot::{FunnelPlot, FunnelPoint};
pub use heat_map::{HeatCell, HeatMap, HeatRow};
pub use intervals::{Interval, Intervals};
pub use lines::{Lines, Series};
pub use steps::{StepBar, Steps};

/// How much room a drawing has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    Wide,
    /// On a phone.
    Narrow,
}

impl Room {
    /// In the drawing's own units, in which text is 13 high.
    pub fn width(self) -> f64 {
        match self {
            Self::Wide => 640.0,
            Self::Narrow => 300.0,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
        }
    }
}

/// What is the same of every chart. Names are short, in lower case and hyphens, and once on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    pub name: &'static str,
    /// What it is.
    pub title: String,
    /// What it shows, for whoever does not see it.
    pub description: String,
}

impl Caption {
    pub fn new(name: &'static str, title: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            name,
            title: title.into(),
            description: description.into(),
        }
    }
}

/// What a chart says and how it draws itself.
pub trait Chart {
    fn caption(&self) -> &Caption;

    /// The same numbers.
    fn table(&self) -> Table;

    fn draw(&self, room: Room) -> Drawing;

    /// What the marks mean.
    fn legend(&self) -> Vec<LegendItem> {
        Vec::new()
    }

    /// As a page shows it.
    fn figure(&self) -> Figure {
        let caption = self.caption().clone();
        let drawings = [Room::Wide, Room::Narrow]
            .map(|room| Drawn {
                name: caption.name,
                title: caption.title.clone(),
                description: caption.description.clone(),
                room: room.class(),
                drawing: self.draw(room),
            })
            .to_vec();
        Figure {
            caption,
            legend: self.legend(),
            drawings,
            table: self.table(),
        }
    }
}

/// A mark and what it means.
#[derive(Clone, Debug)]
pub struct LegendItem {
    pub label: String,
    pub swatch: Drawing,
}

impl LegendItem {
    /// The mark of a series.
    fn mark(label: impl Into<String>, series: usize, class: &str) -> Self {
        let mut swatch = Drawing::new(16.0, 16.0);
        swatch.mark(series, &format!("mark {class}"), (8.0, 8.0), 5.5, "");
        Self {
            label: label.into(),
            swatch,
        }
    }

    /// A filled field.
    fn field(label: impl Into<String>, class: &str) -> Self {
        let mut swatch = Drawing::new(16.0, 16.0);
        swatch.rect(class, (1.0, 1.0), (14.0, 14.0), "");
        if class.contains("hatched") {
            swatch.hatch((1.0, 1.0), (14.0, 14.0));
        }
        Self {
            label: label.into(),
            swatch,
        }
    }

    /// A line.
    fn line(label: impl Into<String>, class: &str) -> Self {
        let mut swatch = Drawing::new(30.0, 16.0);
        swatch.line(class, (0.0, 8.0), (30.0, 8.0));
        Self {
            label: label.into(),
            swatch,
        }
    }
}

/// A chart on a page, with its numbers below.
#[derive(Clone, Debug, Template)]
#[template(path = "chart/figure.html")]
pub struct Figure {
    caption: Caption,
    legend: Vec<LegendItem>,
    drawings: Vec<Drawn>,
    table: Table,
}

impl askama::filters::HtmlSafe for Figure {}

/// A chart drawn for one room.
#[derive(Clone, Debug)]
struct Drawn {
    name: &'static str,
    title: String,
    description: String,
    room: &'static str,
    drawing: Drawing,
}

/// The number that a cell holds, if any: a share in per cent.
pub(crate) fn number(cell: &Cell) -> Option<f64> {
    let number = match cell {
        Cell::Count(count) => whole(*count),
        Cell::Number(number, _) => *number,
        Cell::Share { denominator: 0, .. } => return None,
        Cell::Share { numerator, denominator } => 100.0 * whole(*numerator) / whole(*denominator),
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// A count as a coordinate needs it; what is beyond 2 thousand million stops there.
fn whole(count: i64) -> f64 {
    f64::from(i32::try_from(count).unwrap_or(if count < 0 { i32::MIN } else { i32::MAX }))
}

/// A position in a list as a coordinate needs it.
fn index(at: usize) -> f64 {
    f64::from(u32::try_from(at).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_drawn() {
        assert_eq!(number(&Cell::Count(12)), Some(12.0));
        let share = |numerator, denominator| number(&Cell::Share { numerator, denominator });
        assert_eq!(share(1, 4), Some(25.0));
        assert_eq!(share(0, 0), None);
        assert_eq!(number(&Cell::Symbol("c")), None);
        assert_eq!(number(&Cell::Number(f64::NAN, 1)), None);
    }

    #[test]
    fn a_figure_says_what_it_shows_and_escapes_it() {
        let chart = Steps {
            caption: Caption::new("steps", "From <agreed> on", "What was reached"),
            steps: vec![StepBar {
                label: "Agreed & done".into(),
                rate: Cell::Share {
                    numerator: 1,
                    denominator: 2,
                },
                note: String::new(),
            }],
            note_label: "Median days",
        };
        let html = chart.figure().render().unwrap();
        assert!(
            html.contains("<title id=\"steps-wide-title\">From &#60;agreed&#62; on</title>"),
            "{html}"
        );
        assert!(html.contains("aria-labelledby=\"steps-narrow-title steps-narrow-description\""));
        assert!(html.contains("Agreed &#38; done"));
        assert!(html.contains("<table id=\"steps\">"));
        assert!(!html.contains("style="));
        assert!(!html.contains("NaN"));
    }
}

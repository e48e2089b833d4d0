//! A funnel plot: a share for each school over its denominator, between the limits within which chance keeps schools
//! of that size, so that small schools are not misread.
//!
//! D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005).

use statistics::funnel_limits;

use super::{
    Caption, Chart, Drawing, LegendItem, Room,
    draw::{Point, TRIANGLE_DOWN, TRIANGLE_UP, circle, fit, open, polygon, width},
    scale::Scale,
};
use crate::figures::{Cell, Column, Table};

/// How many points a curve is drawn through at most.
const CURVE_POINTS: u32 = 60;
/// How many names are written beside marks at most; the table has them all.
const NAMES: usize = 12;

/// Schools between control limits.
#[derive(Clone, Debug)]
pub struct FunnelPlot {
    pub caption: Caption,
    /// What the share is of, such as "Follow-ups agreed".
    pub of: String,
    /// What is counted among these, such as "revisited".
    pub share: String,
    pub points: Vec<FunnelPoint>,
    /// The whole, around which the limits lie: so many of so many.
    pub whole: (i64, i64),
}

/// A school.
#[derive(Clone, Debug)]
pub struct FunnelPoint {
    pub name: String,
    /// Where more about it is; empty for nowhere.
    pub href: String,
    pub rate: Cell,
}

/// Where a school lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Within,
    Above95,
    Below95,
    Above998,
    Below998,
}

impl Place {
    fn of(numerator: u32, denominator: u32, mean: f64) -> Option<Self> {
        let limits = funnel_limits(denominator, mean)?;
        let share = f64::from(numerator) / f64::from(denominator);
        Some(if share > limits.upper_998 {
            Self::Above998
        } else if share < limits.lower_998 {
            Self::Below998
        } else if share > limits.upper_95 {
            Self::Above95
        } else if share < limits.lower_95 {
            Self::Below95
        } else {
            Self::Within
        })
    }

    fn says(self) -> &'static str {
        match self {
            Self::Within => "within the limits",
            Self::Above95 => "above the 95 % limit",
            Self::Below95 => "below the 95 % limit",
            Self::Above998 => "above the 99.8 % limit",
            Self::Below998 => "below the 99.8 % limit",
        }
    }

    fn mark(self, on: Point, drawing: &mut Drawing, hint: &str) {
        let (class, d) = match self {
            Self::Within => ("mark s1", circle(on, 5.0)),
            Self::Above95 => ("mark hollow s2", polygon(on, 5.5, &TRIANGLE_UP)),
            Self::Below95 => ("mark hollow s2", polygon(on, 5.5, &TRIANGLE_DOWN)),
            Self::Above998 => ("mark outside", polygon(on, 6.5, &TRIANGLE_UP)),
            Self::Below998 => ("mark outside", polygon(on, 6.5, &TRIANGLE_DOWN)),
        };
        drawing.path(class, d, hint);
    }
}

/// A school that has a share to show.
struct Shown<'a> {
    point: &'a FunnelPoint,
    denominator: u32,
    share: f64,
    place: Place,
}

impl FunnelPlot {
    fn mean(&self) -> Option<f64> {
        let (numerator, denominator) = self.whole;
        (denominator > 0).then(|| super::whole(numerator) / super::whole(denominator))
    }

    fn shown(&self) -> Vec<Shown<'_>> {
        let Some(mean) = self.mean() else {
            return Vec::new();
        };
        let shown = self.points.iter().filter_map(|point| {
            let Cell::Share { numerator, denominator } = point.rate else {
                return None;
            };
            let (numerator, denominator) = (u32::try_from(numerator).ok()?, u32::try_from(denominator).ok()?);
            Some(Shown {
                point,
                denominator,
                share: f64::from(numerator) / f64::from(denominator),
                place: Place::of(numerator, denominator, mean)?,
            })
        });
        shown.collect()
    }

    fn place(&self, rate: &Cell) -> Option<Place> {
        let Cell::Share { numerator, denominator } = rate else {
            return None;
        };
        Place::of(
            u32::try_from(*numerator).ok()?,
            u32::try_from(*denominator).ok()?,
            self.mean()?,
        )
    }
}

/// Sizes at which curves are drawn: every one of the small, where curves bend, then fewer.
fn sizes(most: u32) -> Vec<u32> {
    let mut sizes: Vec<u32> = (1..=most.min(CURVE_POINTS / 2)).collect();
    let step = most.saturating_sub(CURVE_POINTS / 2).div_ceil(CURVE_POINTS / 2).max(1);
    while let Some(last) = sizes.last().copied()
        && last < most
    {
        sizes.push((last + step).min(most));
    }
    sizes
}

impl Chart for FunnelPlot {
    fn caption(&self) -> &Caption {
        &self.caption
    }

    fn table(&self) -> Table {
        let columns = [
            Column::text("school", "School"),
            Column::number("share", format!("{}, {}", self.of, self.share)),
            Column::text("limits", "Between the limits"),
        ];
        let mut table = Table::new(self.caption.name, self.caption.title.clone(), columns);
        for point in &self.points {
            let name = if point.href.is_empty() {
                Cell::text(point.name.clone())
            } else {
                Cell::link(point.name.clone(), point.href.clone())
            };
            let place = self
                .place(&point.rate)
                .map_or(Cell::Symbol("z"), |place| Cell::text(place.says()));
            table.push([name, point.rate.clone(), place]);
        }
        table
    }

    fn legend(&self) -> Vec<LegendItem> {
        let marked = |label, place: Place| {
            let mut swatch = Drawing::new(16.0, 16.0);
            place.mark((8.0, 8.0), &mut swatch, "");
            LegendItem {
                label: String::from(label),
                swatch,
            }
        };
        vec![
            marked("within the limits", Place::Within),
            marked("beyond 95 %", Place::Above95),
            marked("beyond 99.8 %", Place::Above998),
            LegendItem::line("the whole", "mean"),
            LegendItem::line("95 % limits", "limit inner"),
            LegendItem::line("99.8 % limits", "limit outer"),
        ]
    }

    fn draw(&self, room: Room) -> Drawing {
        let (height, left) = match room {
            Room::Wide => (400.0, 52.0),
            Room::Narrow => (320.0, 38.0),
        };
        let mut drawing = Drawing::new(room.width(), height);
        let (right, top, bottom) = (room.width() - 14.0, 26.0, height - 46.0);
        let shown = self.shown();
        let most = shown.iter().map(|school| school.denominator).max().unwrap_or(0).max(4);
        let across = Scale::covering(0.0, f64::from(most), if room == Room::Wide { 6 } else { 4 }).along(left, right);
        let up = Scale::per_cent().along(bottom, top);
        for (y, text) in up.ticks() {
            drawing.line("grid", (left, y), (right, y));
            drawing.text("quiet-text", (left - 7.0, y + 4.5), "end", text);
        }
        for (x, text) in across.ticks() {
            drawing.line("axis", (x, bottom), (x, bottom + 4.0));
            drawing.text("quiet-text", (x, bottom + 18.0), "middle", text);
        }
        drawing.line("axis", (left, bottom), (right, bottom));
        let above = fit(&format!("per cent {}", self.share), right);
        drawing.text("quiet-text", (0.0, 13.0), "start", above);
        drawing.text(
            "quiet-text",
            (f64::midpoint(left, right), height - 9.0),
            "middle",
            fit(&self.of, right - left),
        );
        let Some(mean) = self.mean() else {
            drawing.text(
                "quiet-text",
                (f64::midpoint(left, right), height / 2.0),
                "middle",
                "Nothing to compare yet",
            );
            return drawing;
        };
        let limits: Vec<_> = sizes(most)
            .into_iter()
            .filter_map(|size| Some((across.at(f64::from(size)), funnel_limits(size, mean)?)))
            .collect();
        let mut curve = |class: &str, limit: fn(&statistics::FunnelLimits) -> f64| {
            let points = limits.iter().map(|(x, limits)| (*x, up.at(100.0 * limit(limits))));
            drawing.path(class, open(points), "");
        };
        curve("limit outer", |limits| limits.upper_998);
        curve("limit inner", |limits| limits.upper_95);
        curve("limit inner", |limits| limits.lower_95);
        curve("limit outer", |limits| limits.lower_998);
        drawing.line("mean", (left, up.at(100.0 * mean)), (right, up.at(100.0 * mean)));
        let on = |school: &Shown<'_>| (across.at(f64::from(school.denominator)), up.at(100.0 * school.share));
        for school in &shown {
            let hint = format!(
                "{}: {}, {}",
                school.point.name,
                school.point.rate.shown(),
                school.place.says()
            );
            school.place.mark(on(school), &mut drawing, &hint);
        }
        let mut written: Vec<(Point, f64)> = Vec::new();
        let outside = shown.iter().filter(|school| school.place != Place::Within);
        for school in outside {
            if written.len() >= NAMES {
                break;
            }
            let (x, y) = on(school);
            let most: f64 = if room == Room::Wide { 180.0 } else { 120.0 };
            let name = fit(&school.point.name, most.min(right - left));
            // It is bold, which is wider.
            let wide = 1.12 * width(&name);
            // Beside its mark, on the side where it covers nothing; a name that would is left to the table.
            let free = |from: f64| {
                let inside = from >= 0.0 && from + wide <= drawing.width;
                let marks = shown.iter().map(&on).filter(|mark| *mark != (x, y));
                let clear = |((other, other_y), reach, length): (Point, f64, f64)| {
                    (y - other_y).abs() > reach || from > other + length || from + wide < other
                };
                inside
                    && marks.map(|(at, y)| ((at - 5.0, y), 9.0, 10.0)).all(clear)
                    && written.iter().map(|(at, length)| (*at, 13.0, *length)).all(clear)
            };
            if let Some(from) = [x + 10.0, x - 10.0 - wide].into_iter().find(|from| free(*from)) {
                drawing.text("name", (from, y + 4.5), "start", name);
                written.push(((from, y), wide));
            }
        }
        drawing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::Shape;

    fn plot(points: &[(i64, i64)], whole: (i64, i64)) -> FunnelPlot {
        let points = points
            .iter()
            .enumerate()
            .map(|(at, (numerator, denominator))| FunnelPoint {
                name: format!("School {at}"),
                href: String::new(),
                rate: Cell::Share {
                    numerator: *numerator,
                    denominator: *denominator,
                },
            });
        FunnelPlot {
            caption: Caption::new("plot", "Plot", "A plot"),
            of: "Follow-ups agreed".into(),
            share: "revisited".into(),
            points: points.collect(),
            whole,
        }
    }

    #[test]
    fn a_small_school_is_not_misread() {
        assert_eq!(Place::of(0, 3, 0.4), Some(Place::Within));
        assert_eq!(Place::of(0, 12, 0.4), Some(Place::Below95));
        assert_eq!(Place::of(0, 60, 0.4), Some(Place::Below998));
        assert_eq!(Place::of(60, 60, 0.4), Some(Place::Above998));
        assert_eq!(Place::of(0, 0, 0.4), None);
    }

    #[test]
    fn curves_go_through_every_small_size_and_end_at_the_largest() {
        assert_eq!(sizes(4), [1, 2, 3, 4]);
        let many = sizes(5_000);
        assert!(many.len() <= 62, "{}", many.len());
        assert_eq!(many.last(), Some(&5_000));
        assert!(many.is_sorted());
    }

    #[test]
    fn whatever_is_plotted_stays_inside() {
        let plots = [
            plot(&[], (0, 0)),
            plot(&[], (3, 10)),
            plot(&[(0, 0), (1, 1)], (1, 1)),
            plot(&[(5, 5); 4], (20, 20)),
            plot(&[(0, 90), (40, 80), (80, 80), (3, 7)], (123, 257)),
        ];
        for plot in plots {
            for room in [Room::Wide, Room::Narrow] {
                let drawing = plot.draw(room);
                for shape in &drawing.shapes {
                    if let Shape::Text { on: (x, y), text, .. } = shape {
                        assert!((0.0..=drawing.width).contains(x), "{text} at {x}");
                        assert!((0.0..=drawing.height).contains(y), "{text} at {y}");
                    }
                    if let Shape::Path { d, .. } = shape {
                        assert!(!d.contains("NaN") && !d.contains("inf"), "{d}");
                    }
                }
            }
        }
    }

    #[test]
    fn schools_outside_are_named_and_suppressed_ones_are_not_drawn() {
        let mut plot = plot(&[(0, 60), (24, 60), (30, 70)], (54, 190));
        plot.points[2].rate = Cell::Symbol("c");
        let drawing = plot.draw(Room::Wide);
        let named = |name: &str| {
            let is = |shape: &Shape| matches!(shape, Shape::Text { text, .. } if text == name);
            drawing.shapes.iter().any(is)
        };
        assert!(named("School 0") && !named("School 2"));
        let marks = drawing
            .shapes
            .iter()
            .filter(|shape| matches!(shape, Shape::Path { class, .. } if class.starts_with("mark")));
        assert_eq!(marks.count(), 2);
        assert_eq!(plot.table().rows[2][2], Cell::Symbol("z"));
    }
}

//! What drawings are made of: lines, fields, paths and text, with classes of the stylesheet.

use askama::Template;

/// A point, from the upper left.
pub type Point = (f64, f64);

/// How wide a character of text is, on average and a little more; capitals are wider.
const CHARACTER: f64 = 6.9;
const CAPITAL: f64 = 9.0;

/// A drawing in its own units, in which text is 13 high.
#[derive(Clone, Debug, PartialEq, Template)]
#[template(path = "chart/drawing.svg", escape = "html")]
pub struct Drawing {
    pub width: f64,
    pub height: f64,
    pub shapes: Vec<Shape>,
}

impl askama::filters::HtmlSafe for Drawing {}

/// One thing drawn. A hint shows when a pointer rests on it, and is empty for none.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    Line {
        class: String,
        from: Point,
        to: Point,
    },
    Rect {
        class: String,
        from: Point,
        size: Point,
        hint: String,
    },
    Path {
        class: String,
        d: String,
        hint: String,
    },
    Text {
        class: String,
        on: Point,
        anchor: &'static str,
        text: String,
    },
}

impl Drawing {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            shapes: Vec::new(),
        }
    }

    pub(super) fn line(&mut self, class: &str, from: Point, to: Point) {
        self.shapes.push(Shape::Line {
            class: class.to_owned(),
            from,
            to,
        });
    }

    pub(super) fn rect(&mut self, class: &str, from: Point, size: Point, hint: &str) {
        self.shapes.push(Shape::Rect {
            class: class.to_owned(),
            from,
            size: (size.0.max(0.0), size.1.max(0.0)),
            hint: hint.to_owned(),
        });
    }

    pub(super) fn path(&mut self, class: &str, d: String, hint: &str) {
        self.shapes.push(Shape::Path {
            class: class.to_owned(),
            d,
            hint: hint.to_owned(),
        });
    }

    pub(super) fn text(&mut self, class: &str, on: Point, anchor: &'static str, text: impl Into<String>) {
        self.shapes.push(Shape::Text {
            class: class.to_owned(),
            on,
            anchor,
            text: text.into(),
        });
    }

    /// Slanting lines across a field: what is there is not shown.
    pub(super) fn hatch(&mut self, from: Point, size: Point) {
        let (width, height) = size;
        let mut d = String::new();
        let mut start = 4.0;
        while start < width + height {
            // Along x + y = start, as far as it lies in the field.
            let (left, right) = ((start - height).max(0.0), start.min(width));
            d.push_str(&format!(
                "M{} {}L{} {}",
                at(from.0 + left),
                at(from.1 + start - left),
                at(from.0 + right),
                at(from.1 + start - right),
            ));
            start += 6.0;
        }
        self.path("hatch", d, "");
    }

    /// The mark of a series: each has a shape of its own, so that colour is not needed.
    pub(super) fn mark(&mut self, series: usize, class: &str, on: Point, reach: f64, hint: &str) {
        let d = match series % 6 {
            0 => circle(on, reach),
            1 => polygon(on, reach, &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)]),
            2 => polygon(on, reach, &TRIANGLE_UP),
            3 => polygon(on, reach, &DIAMOND),
            4 => polygon(on, reach, &TRIANGLE_DOWN),
            _ => polygon(on, reach, &CROSS),
        };
        self.path(&format!("{class} s{}", series % 6 + 1), d, hint);
    }
}

pub(super) const TRIANGLE_UP: [Point; 3] = [(0.0, -1.15), (1.1, 0.85), (-1.1, 0.85)];
pub(super) const TRIANGLE_DOWN: [Point; 3] = [(0.0, 1.15), (1.1, -0.85), (-1.1, -0.85)];
pub(super) const DIAMOND: [Point; 4] = [(0.0, -1.25), (1.25, 0.0), (0.0, 1.25), (-1.25, 0.0)];
const CROSS: [Point; 12] = [
    (-0.4, -1.1),
    (0.4, -1.1),
    (0.4, -0.4),
    (1.1, -0.4),
    (1.1, 0.4),
    (0.4, 0.4),
    (0.4, 1.1),
    (-0.4, 1.1),
    (-0.4, 0.4),
    (-1.1, 0.4),
    (-1.1, -0.4),
    (-0.4, -0.4),
];

pub(super) fn circle((x, y): Point, radius: f64) -> String {
    let (left, right, radius, y) = (at(x - radius), at(x + radius), at(radius), at(y));
    format!("M{left} {y}A{radius} {radius} 0 1 1 {right} {y}A{radius} {radius} 0 1 1 {left} {y}Z")
}

/// Corners around a point, in units of its reach.
pub(super) fn polygon((x, y): Point, reach: f64, corners: &[Point]) -> String {
    let corners = corners
        .iter()
        .map(|(right, down)| (x + reach * right, y + reach * down));
    let mut d = open(corners);
    d.push('Z');
    d
}

/// A line through points.
pub(super) fn open(points: impl IntoIterator<Item = Point>) -> String {
    let mut d = String::new();
    for (x, y) in points {
        d.push(if d.is_empty() { 'M' } else { 'L' });
        d.push_str(&format!("{} {}", at(x), at(y)));
    }
    d
}

/// As the template asks for it.
fn shown(coordinate: &f64) -> String {
    at(*coordinate)
}

/// A coordinate as it is written. What is no number would spoil the whole drawing, so it goes to the corner.
pub(super) fn at(coordinate: f64) -> String {
    let rounded = if coordinate.is_finite() {
        (coordinate * 10.0).round() / 10.0
    } else {
        0.0
    };
    // Without the sign of a nought.
    format!("{}", rounded + 0.0)
}

/// About how wide a text is.
pub(super) fn width(text: &str) -> f64 {
    let of = |character: char| if character.is_uppercase() { CAPITAL } else { CHARACTER };
    text.chars().map(of).sum()
}

/// As much of a text as there is room for.
pub(super) fn fit(text: &str, room: f64) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        if width(&kept) + 2.0 * CHARACTER > room {
            break;
        }
        kept.push(character);
    }
    format!("{}…", kept.trim_end())
}

/// A text in at most so many lines.
pub(super) fn wrap(text: &str, room: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let full = lines.len() >= most;
        match lines.last_mut() {
            Some(line) if full || width(line) + CHARACTER + width(word) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ if !full => lines.push(word.to_owned()),
            _ => {}
        }
    }
    lines.iter().map(|line| fit(line, room)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_always_numbers() {
        assert_eq!(at(12.345), "12.3");
        assert_eq!(at(12.0), "12");
        assert_eq!(at(-0.01), "0");
        assert_eq!(at(f64::NAN), "0");
        assert_eq!(at(f64::INFINITY), "0");
    }

    #[test]
    fn texts_are_cut_to_their_room() {
        assert_eq!(fit("Questioning", 200.0), "Questioning");
        let cut = fit("A very long name of a school", 80.0);
        assert!(cut.ends_with('…') && width(&cut) <= 80.0, "{cut}");
        let lines = wrap("A very long name of a school that goes on", 90.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines.iter().all(|line| width(line) <= 90.0), "{lines:?}");
        assert!(wrap("", 90.0, 2).is_empty());
    }

    #[test]
    fn a_hatch_stays_in_its_field() {
        let mut drawing = Drawing::new(100.0, 100.0);
        drawing.hatch((10.0, 20.0), (30.0, 15.0));
        let Shape::Path { d, .. } = &drawing.shapes[0] else {
            panic!("a hatch is a path")
        };
        for point in d.split(['M', 'L']).filter(|point| !point.is_empty()) {
            let (x, y) = point.split_once(' ').unwrap();
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            assert!((10.0..=40.0).contains(&x) && (20.0..=35.0).contains(&y), "{x} {y}");
        }
    }
}

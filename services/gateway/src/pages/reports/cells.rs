//! Cells as the views of a report give them.

use api::projection::v1::{Figure, FigureRate, Rate};

use crate::{chart, figures::Cell};

/// A count of a row that may be suppressed in part: nought is shown only where nothing is withheld.
pub(super) fn few(count: i32, suppressed: bool) -> Cell {
    Cell::count(count, suppressed && count == 0)
}

/// A share of a row that may be suppressed.
pub(super) fn rate(rate: Option<&Rate>, suppressed: bool) -> Cell {
    match rate {
        None if suppressed => Cell::Symbol("c"),
        rate => Cell::rate(rate),
    }
}

/// Hours of a row that may be suppressed.
pub(super) fn hours(hours: f64, suppressed: bool) -> Cell {
    if suppressed && hours == 0.0 {
        Cell::Symbol("c")
    } else {
        Cell::Number(hours, 1)
    }
}

/// A number of a row that may be suppressed, with so many decimals.
pub(super) fn number(number: Option<f64>, decimals: usize, suppressed: bool) -> Cell {
    match number {
        None if suppressed => Cell::Symbol("c"),
        number => Cell::number(number, decimals),
    }
}

/// A count that may be withheld.
pub(super) fn figure_count(figure: Option<&Figure>) -> Cell {
    let cell = Cell::figure(figure, 0);
    whole(&cell).map_or(cell, Cell::Count)
}

/// A share of which either side may be withheld.
pub(super) fn figure_rate(rate: Option<&FigureRate>) -> Cell {
    let Some(rate) = rate else { return Cell::Symbol("x") };
    let [numerator, denominator] = [&rate.numerator, &rate.denominator].map(|figure| Cell::figure(figure.as_ref(), 0));
    match (whole(&numerator), whole(&denominator)) {
        (Some(_), Some(0)) => Cell::Symbol("z"),
        (Some(numerator), Some(denominator)) => Cell::Share { numerator, denominator },
        (None, _) => numerator,
        (_, None) => denominator,
    }
}

/// A count that a view holds as a real number.
fn whole(cell: &Cell) -> Option<i64> {
    let number = chart::number(cell)?;
    format!("{number:.0}").parse().ok()
}

/// Hours from minutes, of a row that is never suppressed.
pub(super) fn hours_of(minutes: i32) -> Cell {
    Cell::Number(f64::from(minutes) / 60.0, 1)
}

/// A word as it begins a row.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

#[cfg(test)]
mod tests {
    use api::projection::v1::FigureMark;

    use super::*;

    #[test]
    fn a_share_is_withheld_if_either_side_is() {
        let number = |value| {
            Some(Figure {
                value,
                ..Figure::default()
            })
        };
        let withheld = || {
            Some(Figure {
                mark: FigureMark::Confidential.into(),
                ..Figure::default()
            })
        };
        let rate = |numerator, denominator| {
            figure_rate(Some(&FigureRate {
                numerator,
                denominator,
                percent: None,
            }))
        };
        assert_eq!(rate(number(3.0), number(4.0)).shown(), "75 % (3 of 4)");
        assert_eq!(rate(withheld(), number(4.0)), Cell::Symbol("c"));
        assert_eq!(rate(number(3.0), withheld()), Cell::Symbol("c"));
        assert_eq!(rate(number(0.0), number(0.0)), Cell::Symbol("z"));
        assert_eq!(figure_rate(None), Cell::Symbol("x"));
        assert_eq!(figure_count(number(12.0).as_ref()), Cell::Count(12));
        assert_eq!(figure_count(withheld().as_ref()), Cell::Symbol("c"));
    }

    #[test]
    fn nought_is_shown_only_where_nothing_is_withheld() {
        assert_eq!(few(0, true), Cell::Symbol("c"));
        assert_eq!(few(0, false), Cell::Count(0));
        assert_eq!(few(7, true), Cell::Count(7));
        assert_eq!(rate(None, true), Cell::Symbol("c"));
        assert_eq!(rate(None, false), Cell::Symbol("x"));
        assert_eq!(hours(0.0, true), Cell::Symbol("c"));
    }

    #[test]
    fn rows_begin_with_a_capital() {
        assert_eq!(capital("ünder way"), "Ünder way");
        assert_eq!(capital(""), "");
    }
}

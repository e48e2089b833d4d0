//! Cells as the views of a report give them.

use api::projection::v1::Rate;

use crate::figures::Cell;

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
    use super::*;

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

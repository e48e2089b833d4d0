//! Numbers as they are shown, and the marks that stand where there is none.

use api::projection::v1::{Figure, FigureMark, FigureRate, FigureSymbol};
use disclosure::{Symbol, whole_percent};
use sha2::{Digest as _, Sha256};

/// A number.
pub(crate) fn number(value: f64) -> Figure {
    Figure {
        value,
        ..Figure::default()
    }
}

/// A count. Those beyond four billion do not occur.
pub(crate) fn count(count: i64) -> Figure {
    number(to_f64(count))
}

/// A whole number as a real one.
pub(crate) fn to_f64(count: i64) -> f64 {
    i32::try_from(count).map_or_else(
        |_| {
            if count < 0 {
                f64::from(i32::MIN)
            } else {
                f64::from(i32::MAX)
            }
        },
        f64::from,
    )
}

/// Why there is no number.
pub(crate) fn mark(symbol: Symbol) -> Figure {
    let mark = match symbol {
        Symbol::Confidential => FigureMark::Confidential,
        Symbol::NotApplicable => FigureMark::NotApplicable,
        Symbol::NotAvailable => FigureMark::NotAvailable,
        Symbol::Low => FigureMark::Low,
    };
    Figure {
        value: 0.0,
        mark: mark.into(),
        symbol: symbol.code().to_owned(),
    }
}

/// One number divided by another; not applicable where there is nothing to divide by.
pub(crate) fn quotient(numerator: f64, denominator: f64) -> Figure {
    if denominator > 0.0 {
        number(numerator / denominator)
    } else {
        mark(Symbol::NotApplicable)
    }
}

/// A share with what it was taken of.
pub(crate) fn rate(numerator: i64, denominator: i64) -> FigureRate {
    FigureRate {
        numerator: Some(count(numerator)),
        denominator: Some(count(denominator)),
        percent: Some(whole_percent(numerator, denominator).map_or_else(mark, count)),
    }
}

/// A share of which there is nothing to be shown.
pub(crate) fn no_rate(symbol: Symbol) -> FigureRate {
    FigureRate {
        numerator: Some(mark(symbol)),
        denominator: Some(mark(symbol)),
        percent: Some(mark(symbol)),
    }
}

/// What the symbols mean.
pub(crate) fn symbols() -> Vec<FigureSymbol> {
    let meaning = |symbol: Symbol| FigureSymbol {
        symbol: symbol.code().to_owned(),
        meaning: symbol.sentence().to_owned(),
    };
    Symbol::ALL.into_iter().map(meaning).collect()
}

/// Version and digest of the sentences that define a view.
pub(crate) fn version_of(version: &str, sentences: &[&str]) -> String {
    let mut hash = Sha256::new();
    hash.update(version);
    for sentence in sentences {
        hash.update(sentence);
    }
    let digest: String = hash
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{version}+{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_withheld_is_no_nought() {
        let withheld = mark(Symbol::Confidential);
        assert_ne!(withheld, count(0));
        assert_eq!(withheld.symbol, "c");
        assert_eq!(rate(1, 400).percent, Some(mark(Symbol::Low)));
        assert_eq!(rate(0, 0).percent, Some(mark(Symbol::NotApplicable)));
    }
}

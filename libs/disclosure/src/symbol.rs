//! What stands where no number does, as in the published tables of the Department for Education ("Statistics at DfE:
//! symbols", in every release since 2019, after the Government Statistical Service's "Symbols in tables", 2021).

/// A mark in place of a number. Never a nought, and never a blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Symbol {
    /// Confidential: withheld, so that nobody is recognised.
    Confidential,
    /// Not applicable: there is nothing that it could be a number of.
    NotApplicable,
    /// Not available: it was not reported, or not yet.
    NotAvailable,
    /// More than nothing, but rounds to it.
    Low,
}

impl Symbol {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Confidential, Self::NotApplicable, Self::NotAvailable, Self::Low];

    /// As it is printed.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Confidential => "c",
            Self::NotApplicable => "z",
            Self::NotAvailable => "x",
            Self::Low => "low",
        }
    }

    /// What it means, in a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Confidential => "Withheld, so that nobody is recognised; not nought.",
            Self::NotApplicable => "Does not apply: there is nothing to take it of.",
            Self::NotAvailable => "Not available: not reported, or not yet.",
            Self::Low => "More than nought, but rounds to it.",
        }
    }
}

/// A share in whole per cent; a symbol where there is none.
pub fn whole_percent(numerator: i64, denominator: i64) -> Result<i64, Symbol> {
    if denominator <= 0 {
        return Err(Symbol::NotApplicable);
    }
    let percent = (200 * i128::from(numerator) + i128::from(denominator)).div_euclid(2 * i128::from(denominator));
    if percent == 0 && numerator > 0 {
        return Err(Symbol::Low);
    }
    i64::try_from(percent).map_err(|_| Symbol::NotAvailable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_and_never_to_a_false_nought() {
        assert_eq!(whole_percent(1, 3), Ok(33));
        assert_eq!(whole_percent(1, 200), Ok(1));
        assert_eq!(whole_percent(1, 201), Err(Symbol::Low));
        assert_eq!(whole_percent(0, 201), Ok(0));
        assert_eq!(whole_percent(0, 0), Err(Symbol::NotApplicable));
    }

    #[test]
    fn symbols_are_told_apart() {
        let codes: std::collections::BTreeSet<_> = Symbol::ALL.map(Symbol::code).into();
        assert_eq!(codes.len(), Symbol::ALL.len());
    }
}

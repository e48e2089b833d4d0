//! Shares and their differences, with intervals that hold for small groups.

use statrs::distribution::{Discrete as _, Hypergeometric};

use crate::Z_95;

/// So many of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proportion {
    count: u32,
    of: u32,
}

impl Proportion {
    /// None unless `count` is among `of`, and `of` is not 0.
    pub fn new(count: u32, of: u32) -> Option<Self> {
        (of > 0 && count <= of).then_some(Self { count, of })
    }

    /// From 0 to 1.
    pub fn share(&self) -> f64 {
        f64::from(self.count) / f64::from(self.of)
    }
}

/// A difference of two shares with its 95 % confidence interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    pub difference: f64,
    pub low: f64,
    pub high: f64,
}

/// The 95 % score interval of a share (E. B. Wilson, Journal of the American Statistical Association 22, 1927).
pub fn wilson(proportion: Proportion) -> (f64, f64) {
    let (n, share, square) = (f64::from(proportion.of), proportion.share(), Z_95.powi(2));
    let middle = share + square / (2.0 * n);
    let reach = Z_95 * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    let whole = 1.0 + square / n;
    (
        ((middle - reach) / whole).clamp(0.0, 1.0),
        ((middle + reach) / whole).clamp(0.0, 1.0),
    )
}

/// How much larger the first share is, with the hybrid score interval (R. G. Newcombe, "Interval estimation for the
/// difference between independent proportions", Statistics in Medicine 17, 1998, method 10).
pub fn difference(one: Proportion, other: Proportion) -> Difference {
    let ((low, high), (other_low, other_high)) = (wilson(one), wilson(other));
    let (share, other_share) = (one.share(), other.share());
    let difference = share - other_share;
    Difference {
        difference,
        low: difference - ((share - low).powi(2) + (other_high - other_share).powi(2)).sqrt(),
        high: difference + ((high - share).powi(2) + (other_share - other_low).powi(2)).sqrt(),
    }
}

/// How likely shares that differ at least so much are, if both groups are alike: Fisher's exact test, two-sided (all
/// tables that are at most as likely as the one seen).
pub fn fisher_exact(one: Proportion, other: Proportion) -> f64 {
    let (all, counted) = (
        u64::from(one.of) + u64::from(other.of),
        u64::from(one.count) + u64::from(other.count),
    );
    let Ok(distribution) = Hypergeometric::new(all, counted, u64::from(one.of)) else {
        return 1.0;
    };
    let seen = distribution.pmf(u64::from(one.count));
    let most = counted.min(u64::from(one.of));
    let least = (counted + u64::from(one.of)).saturating_sub(all);
    let as_unlikely = (least..=most)
        .map(|count| distribution.pmf(count))
        .filter(|chance| *chance <= seen * (1.0 + 1e-7));
    as_unlikely.sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(count: u32, of: u32) -> Proportion {
        Proportion::new(count, of).unwrap()
    }

    #[track_caller]
    fn near(actual: f64, expected: f64, within: f64) {
        assert!((actual - expected).abs() <= within, "{actual} is not {expected}");
    }

    /// Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I: 81/263, 15/148 and 0/20.
    #[test]
    fn score_intervals_as_in_newcombe_1998() {
        for (proportion, low, high) in [
            (of(81, 263), 0.2553, 0.3662),
            (of(15, 148), 0.0624, 0.1605),
            (of(0, 20), 0.0000, 0.1611),
            (of(1, 29), 0.0061, 0.1718),
        ] {
            near(wilson(proportion).0, low, 5e-5);
            near(wilson(proportion).1, high, 5e-5);
        }
    }

    /// Newcombe 1998, "Interval estimation for the difference", table II, method 10, contrasts (a) and (c).
    #[test]
    fn differences_as_in_newcombe_1998() {
        let contrast = difference(of(56, 70), of(48, 80));
        near(contrast.difference, 0.2, 1e-12);
        near(contrast.low, 0.0524, 5e-5);
        near(contrast.high, 0.3339, 5e-5);
        let small = difference(of(6, 7), of(2, 7));
        near(small.low, 0.0582, 5e-5);
        near(small.high, 0.8062, 5e-5);
    }

    /// R. A. Fisher, "The Design of Experiments" (1935), chapter 2: three of four cups told right.
    #[test]
    fn the_lady_tasting_tea() {
        near(fisher_exact(of(3, 4), of(1, 4)), 0.4857, 5e-5);
        near(fisher_exact(of(4, 4), of(0, 4)), 2.0 / 70.0, 1e-9);
    }

    #[test]
    fn a_share_of_nothing_is_none() {
        assert_eq!(Proportion::new(0, 0), None);
        assert_eq!(Proportion::new(3, 2), None);
    }

    proptest! {
        #[test]
        fn intervals_hold_what_was_seen(a in 0_u32..60, more_a in 1_u32..60, b in 0_u32..60, more_b in 1_u32..60) {
            let (one, other) = (of(a, a + more_a), of(b, b + more_b));
            let contrast = difference(one, other);
            prop_assert!(contrast.low <= contrast.difference && contrast.difference <= contrast.high);
            prop_assert!(contrast.low >= -1.0 - 1e-9 && contrast.high <= 1.0 + 1e-9);
            prop_assert!((0.0..=1.0).contains(&fisher_exact(one, other)));
        }
    }
}

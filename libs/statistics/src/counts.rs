//! Whether a count is more than was to be expected.

use statrs::distribution::{DiscreteCDF as _, NegativeBinomial, Poisson};

/// How likely at least so many are by chance, where so many are expected and each comes independently (Poisson).
/// None if the expectation is no positive number.
pub fn chance_of_at_least(observed: u32, expected: f64) -> Option<f64> {
    if !expected.is_finite() || expected <= 0.0 {
        return None;
    }
    let Some(below) = observed.checked_sub(1) else {
        return Some(1.0);
    };
    Some(Poisson::new(expected).ok()?.sf(u64::from(below)).clamp(0.0, 1.0))
}

/// As [`chance_of_at_least`], where counts vary more than by chance alone, as when several come of one visit: by the
/// negative binomial distribution whose variance is `dispersion` times its mean (P. McCullagh and J. A. Nelder,
/// "Generalized Linear Models", 1989, section 6.2.3). A dispersion of 1 or less is none.
pub fn chance_of_at_least_overdispersed(observed: u32, expected: f64, dispersion: f64) -> Option<f64> {
    if !dispersion.is_finite() {
        return None;
    }
    // So close to 1, the distribution is Poisson's to all digits that matter, and its own formula loses them.
    if dispersion <= 1.0 + 1e-6 {
        return chance_of_at_least(observed, expected);
    }
    if !expected.is_finite() || expected <= 0.0 {
        return None;
    }
    let Some(below) = observed.checked_sub(1) else {
        return Some(1.0);
    };
    let distribution = NegativeBinomial::new(expected / (dispersion - 1.0), 1.0 / dispersion).ok()?;
    Some(distribution.sf(u64::from(below)).clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn near(actual: Option<f64>, expected: f64, within: f64) {
        let actual = actual.unwrap();
        assert!((actual - expected).abs() <= within, "{actual} is not {expected}");
    }

    /// The tables of the Poisson distribution, as in E. S. Pearson and H. O. Hartley, "Biometrika Tables for
    /// Statisticians", volume 1, table 7.
    #[test]
    fn counts_above_expectation_as_in_the_tables() {
        near(chance_of_at_least(1, 1.0), 0.63212, 5e-6);
        near(chance_of_at_least(3, 1.0), 0.08030, 5e-6);
        near(chance_of_at_least(10, 5.0), 0.03183, 5e-6);
        near(chance_of_at_least(0, 5.0), 1.0, 0.0);
    }

    /// With whole "successes" it is the chance of so many failures before the r-th success of a coin.
    #[test]
    fn an_overdispersed_count_is_negative_binomial() {
        // r = 2 and p = 0.5: mean 2, variance 4. P(X = 0) = 1/4, P(X = 1) = 1/4.
        near(chance_of_at_least_overdispersed(1, 2.0, 2.0), 0.75, 1e-9);
        near(chance_of_at_least_overdispersed(2, 2.0, 2.0), 0.5, 1e-9);
        near(
            chance_of_at_least_overdispersed(8, 4.0, 1.0),
            chance_of_at_least(8, 4.0).unwrap(),
            0.0,
        );
    }

    #[test]
    fn without_an_expectation_there_is_no_surprise() {
        for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(chance_of_at_least(3, wrong), None);
            assert_eq!(chance_of_at_least_overdispersed(3, wrong, 2.0), None);
        }
        assert_eq!(chance_of_at_least_overdispersed(3, 1.0, f64::NAN), None);
    }

    proptest! {
        #[test]
        fn more_is_less_likely(count in 0_u32..200, expected in 0.1_f64..80.0, dispersion in 1.0_f64..6.0) {
            let chance = |count| chance_of_at_least_overdispersed(count, expected, dispersion).unwrap();
            prop_assert!(chance(count + 1) <= chance(count) + 1e-12);
            prop_assert!((0.0..=1.0).contains(&chance(count)));
        }
    }
}

//! Control limits for a share: between which counts chance alone would keep a group of that size.
//!
//! From the exact binomial distribution, for the normal approximation fails where it matters, at small schools.
//! D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005),
//! whose interpolation between counts is followed, so that limits narrow smoothly as schools grow.

use statrs::distribution::{Binomial, Discrete as _};

/// Between which shares chance keeps 95 % and 99.8 % of groups of that size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FunnelLimits {
    pub lower_95: f64,
    pub upper_95: f64,
    pub lower_998: f64,
    pub upper_998: f64,
}

/// The limits for a share of `n` around `share`; none if there is nothing to compare.
pub fn funnel_limits(n: u32, share: f64) -> Option<FunnelLimits> {
    if n == 0 || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let steps = Steps::of(n, share)?;
    Some(FunnelLimits {
        lower_95: steps.quantile(0.025),
        upper_95: steps.quantile(0.975),
        lower_998: steps.quantile(0.001),
        upper_998: steps.quantile(0.999),
    })
}

/// Cumulative probabilities of the counts that are likely at all, from `first`.
struct Steps {
    n: f64,
    first: f64,
    cumulative: Vec<f64>,
}

impl Steps {
    /// Twelve standard deviations below and above the mean nothing is left of the probability.
    fn of(n: u32, share: f64) -> Option<Self> {
        let distribution = Binomial::new(share, u64::from(n)).ok()?;
        let n = f64::from(n);
        let reach = 12.0 * (n * share * (1.0 - share)).sqrt() + 40.0;
        let first = (n * share - reach).floor().max(0.0);
        let last = (n * share + reach).ceil().min(n);
        let mut sum = 0.0;
        let mut cumulative = Vec::new();
        let mut count = first;
        let mut at = whole(first);
        while count <= last {
            sum += distribution.pmf(at);
            cumulative.push(f64::min(sum, 1.0));
            count += 1.0;
            at += 1;
        }
        Some(Self { n, first, cumulative })
    }

    /// The share below which lies that probability, interpolated between counts, from 0 to 1.
    fn quantile(&self, probability: f64) -> f64 {
        let last = self.cumulative.len().saturating_sub(1);
        let at = self
            .cumulative
            .partition_point(|cumulative| *cumulative < probability)
            .min(last);
        let below = at.checked_sub(1).map_or(0.0, |before| self.cumulative[before]);
        let step = self.cumulative[at] - below;
        let over = if step > 0.0 {
            (self.cumulative[at] - probability) / step
        } else {
            0.0
        };
        let count = self.first + f64::from(u32::try_from(at).unwrap_or(u32::MAX));
        ((count - over) / self.n).clamp(0.0, 1.0)
    }
}

/// A whole number that is held as a float.
fn whole(number: f64) -> u64 {
    format!("{number:.0}").parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-6, "{actual} is not {expected}");
    }

    #[test]
    fn probabilities_are_those_of_the_binomial_distribution() {
        let fair = Steps::of(4, 0.5).unwrap();
        for (cumulative, expected) in fair.cumulative.iter().zip([0.0625, 0.3125, 0.6875, 0.9375, 1.0]) {
            near(*cumulative, expected);
        }
        // P(X = 0) = 0.7^10, P(X ≤ 1) = 0.7^10 + 10 × 0.3 × 0.7^9.
        near(
            Steps::of(10, 0.3).unwrap().cumulative[1],
            0.7f64.powi(10) + 3.0 * 0.7f64.powi(9),
        );
    }

    #[test]
    fn limits_are_wide_for_small_schools_and_narrow_for_large_ones() {
        let small = funnel_limits(5, 0.4).unwrap();
        let large = funnel_limits(500, 0.4).unwrap();
        assert!(small.lower_95 < large.lower_95 && large.upper_95 < small.upper_95);
        assert!(large.lower_998 < large.lower_95 && large.upper_95 < large.upper_998);
        // The normal approximation is good at this size: 0.4 ± 1.96 √(0.24 / 500).
        assert!((large.lower_95 - 0.357).abs() < 0.003 && (large.upper_95 - 0.443).abs() < 0.003);
    }

    #[test]
    fn the_ends_are_kept() {
        for share in [0.0, 1.0] {
            let limits = funnel_limits(20, share).unwrap();
            assert!(limits.lower_998 >= 0.0 && limits.upper_998 <= 1.0);
            assert!(limits.lower_95 <= limits.upper_95);
        }
        assert!(funnel_limits(0, 0.5).is_none());
        assert!(funnel_limits(10, f64::NAN).is_none());
        assert!(funnel_limits(10, -0.1).is_none());
    }

    #[test]
    fn a_whole_trust_does_not_underflow() {
        let limits = funnel_limits(120_000, 0.3).unwrap();
        assert!((limits.lower_95 - 0.2974).abs() < 0.0002, "{limits:?}");
        assert!((limits.upper_95 - 0.3026).abs() < 0.0002, "{limits:?}");
    }
}

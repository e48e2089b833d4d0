//! Control limits for a share: between which counts chance alone would keep a school of that size.
//!
//! The exact binomial distribution is summed up, for the normal approximation fails where it matters, at small schools.
//! D. J. Spiegelhalter, "Funnel plots for comparing institutional performance", Statistics in Medicine 24 (2005),
//! whose interpolation between counts is followed, so that limits narrow smoothly as schools grow.

use api::projection::v1::FunnelLimits;

/// The 95 % and 99.8 % limits for a share of `n` around `share`; none if there is nothing to compare.
pub(crate) fn funnel_limits(n: i32, share: f64) -> Option<FunnelLimits> {
    if n <= 0 || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let distribution = Binomial::new(n, share);
    Some(FunnelLimits {
        lower_95: distribution.quantile(0.025),
        upper_95: distribution.quantile(0.975),
        lower_998: distribution.quantile(0.001),
        upper_998: distribution.quantile(0.999),
    })
}

/// Cumulative probabilities of 0, 1 … n successes.
struct Binomial {
    cumulative: Vec<f64>,
}

impl Binomial {
    fn new(n: i32, share: f64) -> Self {
        let n = f64::from(n);
        // The logarithm of each probability from the one before: nothing over- or underflows, however large the school.
        let odds = (share / (1.0 - share)).ln();
        let mut log = n * (1.0 - share).ln();
        let mut sum = 0.0;
        let mut cumulative = Vec::new();
        let mut k = 0.0;
        while k <= n {
            if share >= 1.0 {
                sum = if k < n { 0.0 } else { 1.0 };
            } else {
                sum += log.exp();
            }
            cumulative.push(f64::min(sum, 1.0));
            log += ((n - k) / (k + 1.0)).ln() + odds;
            k += 1.0;
        }
        Self { cumulative }
    }

    /// The share below which lies that probability, interpolated between counts, from 0 to 1.
    fn quantile(&self, probability: f64) -> f64 {
        let at = self.cumulative.partition_point(|cumulative| *cumulative < probability);
        let n = to_f64(self.cumulative.len() - 1);
        let at = at.min(self.cumulative.len() - 1);
        let below = if at == 0 { 0.0 } else { self.cumulative[at - 1] };
        let step = self.cumulative[at] - below;
        let over = if step > 0.0 {
            (self.cumulative[at] - probability) / step
        } else {
            0.0
        };
        ((to_f64(at) - over) / n).clamp(0.0, 1.0)
    }
}

fn to_f64(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-6, "{actual} is not {expected}");
    }

    #[test]
    fn probabilities_are_those_of_the_binomial_distribution() {
        let fair = Binomial::new(4, 0.5);
        for (cumulative, expected) in fair.cumulative.iter().zip([0.0625, 0.3125, 0.6875, 0.9375, 1.0]) {
            near(*cumulative, expected);
        }
        // P(X = 0) = 0.7^10, P(X ≤ 1) = 0.7^10 + 10 × 0.3 × 0.7^9.
        near(
            Binomial::new(10, 0.3).cumulative[1],
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
    }

    #[test]
    fn a_whole_trust_does_not_underflow() {
        let limits = funnel_limits(120_000, 0.3).unwrap();
        assert!((limits.lower_95 - 0.2974).abs() < 0.0002, "{limits:?}");
    }
}

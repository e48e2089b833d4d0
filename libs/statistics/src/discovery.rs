//! Many comparisons at once: how many of those that stand out would do so by chance.

/// For each p-value the smallest false discovery rate at which it still counts as a discovery, in the same order.
///
/// Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate: a practical and powerful approach to multiple
/// testing", Journal of the Royal Statistical Society B 57 (1995). What is no number is never a discovery.
pub fn false_discovery_rates(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).filter(|&at| !p_values[at].is_nan()).collect();
    order.sort_by(|&one, &other| p_values[one].total_cmp(&p_values[other]));
    let mut rates = vec![1.0; p_values.len()];
    let mut smallest = 1.0_f64;
    let all = as_float(order.len());
    for (rank, &at) in order.iter().enumerate().rev() {
        smallest = smallest.min(p_values[at] * all / as_float(rank + 1));
        rates[at] = smallest;
    }
    rates
}

fn as_float(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The fifteen p-values of Benjamini & Hochberg 1995, section 3.2: four discoveries at a rate of 5 %.
    #[test]
    fn four_discoveries_as_in_the_paper() {
        let p = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.000,
        ];
        let rates = false_discovery_rates(&p);
        assert_eq!(rates.iter().filter(|rate| **rate <= 0.05).count(), 4);
        assert!((rates[3] - 0.0095 * 15.0 / 4.0).abs() < 1e-12);
        // The fifth is carried by later ones: 0.0298 × 15 / 7 is larger than 0.0201 × 15 / 5.
        assert!((rates[4] - 0.0201 * 15.0 / 5.0).abs() < 1e-12);
    }

    #[test]
    fn the_order_given_is_kept() {
        let rates = false_discovery_rates(&[0.9, 0.01, f64::NAN, 0.02]);
        assert!((rates[1] - 0.03).abs() < 1e-12 && (rates[3] - 0.03).abs() < 1e-12);
        assert!((rates[0] - 0.9).abs() < 1e-12);
        assert!((rates[2] - 1.0).abs() < 1e-12);
        assert!(false_discovery_rates(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn no_rate_is_below_its_p_value(p in prop::collection::vec(0.0_f64..=1.0, 0..40)) {
            for (rate, p) in false_discovery_rates(&p).iter().zip(&p) {
                prop_assert!(*rate >= *p - 1e-12 && *rate <= 1.0);
            }
        }
    }
}

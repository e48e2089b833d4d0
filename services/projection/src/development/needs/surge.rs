//! Whether a focus area is pointed at more often than the past lets expect.
//!
//! What is expected of an area in a half-term is its share of everything that was pointed at in the half-terms before,
//! times everything that was pointed at in this one: a busy half-term is no rise. Counts of this kind come in clusters (one
//! walk points at a thing five times), so they vary more than chance: by the dispersion, estimated from all areas' past
//! together (Pearson's chi-squared over its degrees of freedom, never below 1). The prediction has that variance and the
//! uncertainty of the share itself, in a negative binomial distribution of the same mean and variance: the way in which
//! health services watch for outbreaks (Noufaily et al., Statistics in Medicine 32, 2013, after Farrington et al., 1996).
//! Of all cells tested, those rise whose false discovery rate by Benjamini and Hochberg (1995) is low enough.

use statistics::{chance_of_at_least_overdispersed, false_discovery_rates};

/// The share of false discoveries that is accepted among those said to rise.
pub(crate) const FALSE_DISCOVERY_RATE: f64 = 0.05;

/// Fewest half-terms before in which anything was pointed at, so that there is a past to expect from.
const PAST_MIN: usize = 3;

/// Most half-terms before that are looked at: two years.
pub(crate) const PAST_MAX: usize = 12;

/// Expected counts below this say nothing about how much counts vary.
const TELLING: f64 = 1.0;

/// Added to a count of the past, so that what was never pointed at is not impossible (Jeffreys' prior of a rate).
const PRIOR: f64 = 0.5;

/// How often one area was pointed at in one half-term, of everything that was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) of_area: u32,
    pub(crate) of_all: u32,
}

/// What is expected of an area in a half-term.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Expected {
    pub(crate) mean: f64,
    /// Its variance over its mean.
    dispersion: f64,
}

impl Expected {
    /// From the half-terms before, given how much counts vary; none without enough of a past.
    pub(crate) fn from(past: &[Count], of_all: u32, dispersion: f64) -> Option<Self> {
        let past: Vec<_> = past.iter().filter(|count| count.of_all > 0).collect();
        if past.len() < PAST_MIN {
            return None;
        }
        let seen: f64 = past.iter().map(|count| f64::from(count.of_area)).sum();
        let all: f64 = past.iter().map(|count| f64::from(count.of_all)).sum();
        let now = f64::from(of_all);
        let mean = (seen + PRIOR) / all * now;
        Some(Self {
            mean,
            dispersion: dispersion * (1.0 + now / all),
        })
    }

    /// How likely that many or more are if nothing changed.
    pub(crate) fn p_value(&self, observed: u32) -> f64 {
        chance_of_at_least_overdispersed(observed, self.mean, self.dispersion).unwrap_or(1.0)
    }
}

/// How much more than chance the counts of the past vary, over all areas; none if they tell nothing.
pub(crate) fn dispersion<'a>(areas: impl IntoIterator<Item = &'a [Count]>) -> Option<f64> {
    let (mut chi_squared, mut freedom) = (0.0, 0.0);
    for counts in areas {
        let seen: f64 = counts.iter().map(|count| f64::from(count.of_area)).sum();
        let all: f64 = counts.iter().map(|count| f64::from(count.of_all)).sum();
        if all == 0.0 {
            continue;
        }
        let expected = |count: &&Count| seen / all * f64::from(count.of_all);
        let telling: Vec<_> = counts.iter().filter(|count| expected(count) >= TELLING).collect();
        if telling.len() < 2 {
            continue;
        }
        for count in &telling {
            let expected = expected(count);
            chi_squared += (f64::from(count.of_area) - expected).powi(2) / expected;
        }
        freedom += f64::from(u32::try_from(telling.len() - 1).unwrap_or(u32::MAX));
    }
    (freedom > 0.0).then(|| f64::max(1.0, chi_squared / freedom))
}

/// The false discovery rate of each test, in their order.
pub(crate) fn q_values(p_values: &[f64]) -> Vec<f64> {
    false_discovery_rates(p_values)
}

/// Whether a test's false discovery rate is low enough.
pub(crate) fn rises(q_value: f64) -> bool {
    q_value <= FALSE_DISCOVERY_RATE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(of_area: u32, of_all: u32) -> Vec<Count> {
        vec![Count { of_area, of_all }; 6]
    }

    #[test]
    fn what_is_usual_is_expected() {
        let expected = Expected::from(&steady(10, 100), 100, 1.0).unwrap();
        assert!((expected.mean - 10.0).abs() < 0.1, "{expected:?}");
        assert!(expected.p_value(10) > 0.3);
        assert!(expected.p_value(30) < 0.001);
    }

    #[test]
    fn a_busy_half_term_is_no_rise() {
        let expected = Expected::from(&steady(10, 100), 300, 1.0).unwrap();
        assert!((expected.mean - 30.0).abs() < 0.5);
        assert!(expected.p_value(30) > 0.3);
    }

    #[test]
    fn two_half_terms_are_no_past() {
        assert_eq!(Expected::from(&steady(10, 100)[..2], 100, 1.0), None);
        let mut quiet = steady(0, 0);
        quiet.extend(&steady(10, 100)[..2]);
        assert_eq!(
            Expected::from(&quiet, 100, 1.0),
            None,
            "nothing was pointed at in most of them"
        );
    }

    #[test]
    fn counts_that_vary_much_need_more_to_rise() {
        let (calm, wild) = (
            Expected::from(&steady(10, 100), 100, 1.0).unwrap(),
            Expected::from(&steady(10, 100), 100, 4.0).unwrap(),
        );
        assert!(wild.p_value(20) > calm.p_value(20) * 5.0);
    }

    #[test]
    fn what_was_never_pointed_at_can_rise() {
        let expected = Expected::from(&steady(0, 100), 100, 1.0).unwrap();
        assert!(expected.mean > 0.0 && expected.mean < 0.2);
        assert!(expected.p_value(6) < 0.001);
        assert_eq!(expected.p_value(0), 1.0);
    }

    #[test]
    fn dispersion_is_that_of_all_areas_and_never_below_one() {
        let even = steady(10, 100);
        assert_eq!(dispersion([&even[..]]), Some(1.0));
        let mut clustered = steady(5, 100);
        clustered[3].of_area = 40;
        assert!(dispersion([&even[..], &clustered[..]]).unwrap() > 3.0);
        assert_eq!(dispersion([&steady(0, 100)[..]]), None, "nothing is told by noughts");
        assert_eq!(dispersion([]), None);
    }

    #[test]
    fn one_surprise_in_many_cells_is_no_discovery() {
        let mut p_values = vec![0.02];
        p_values.extend([0.6; 49]);
        assert!(!rises(q_values(&p_values)[0]));
        p_values[0] = 0.0005;
        assert!(rises(q_values(&p_values)[0]));
    }
}

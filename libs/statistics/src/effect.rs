//! Effect sizes: how far two groups, or two moments, lie apart, in standard deviations.
//!
//! Hedges' g with the exact correction for small samples, J = Γ(m/2) / (√(m/2) Γ((m−1)/2)) for m degrees of freedom:
//! L. V. Hedges, "Distribution theory for Glass's estimator of effect size and related estimators", Journal of
//! Educational Statistics 6 (1981), equation 6e.
//! Variances, and what is done with paired scores, follow M. Borenstein, L. V. Hedges, J. P. T. Higgins and
//! H. R. Rothstein, "Introduction to Meta-Analysis" (2009), chapter 4, equations 4.18 to 4.31.
//! Intervals are the large-sample normal ones, g ± 1.96 standard errors, as there; they are a little too narrow below
//! about ten in a group, which is why such effects carry a warning or are not reported at all.

use statrs::function::gamma::ln_gamma;

use crate::Z_95;

/// Why there is no effect size.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("a group of {n} has no spread: measure at least 2")]
    TooFew { n: usize },
    #[error("a number is missing or infinite: give finite numbers")]
    NotFinite,
    #[error("all scores are the same, so nothing can be said in standard deviations: give a spread above 0")]
    NoSpread,
    #[error("the same people must be measured both times: {before} before and {after} after")]
    DifferentSizes { before: u32, after: u32 },
    #[error("a correlation lies between -1 and 1, both excluded")]
    NoCorrelation,
}

/// A group as far as its effect depends on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    n: u32,
    mean: f64,
    sd: f64,
}

impl Group {
    /// Its size, its mean, and its standard deviation with n − 1.
    pub fn new(n: u32, mean: f64, sd: f64) -> Result<Self, Error> {
        if n < 2 {
            return Err(Error::TooFew {
                n: usize::try_from(n).unwrap_or_default(),
            });
        }
        if !mean.is_finite() || !sd.is_finite() {
            return Err(Error::NotFinite);
        }
        if sd <= 0.0 {
            return Err(Error::NoSpread);
        }
        Ok(Self { n, mean, sd })
    }

    /// From each score, by Welford's method: no digits are lost however far scores lie from 0.
    pub fn of_scores(scores: &[f64]) -> Result<Self, Error> {
        if scores.iter().any(|score| !score.is_finite()) {
            return Err(Error::NotFinite);
        }
        let (mut n, mut mean, mut squares) = (0_u32, 0.0, 0.0);
        for score in scores {
            n += 1;
            let away = score - mean;
            mean += away / f64::from(n);
            squares += away * (score - mean);
        }
        if n < 2 {
            return Err(Error::TooFew { n: scores.len() });
        }
        Self::new(n, mean, (squares / f64::from(n - 1)).sqrt())
    }

    /// People in it.
    pub fn n(&self) -> u32 {
        self.n
    }

    /// Mean score.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Standard deviation with n − 1.
    pub fn sd(&self) -> f64 {
        self.sd
    }
}

/// An effect size with how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Cohen's d, before the correction.
    pub d: f64,
    /// Hedges' g.
    pub g: f64,
    /// Of g.
    pub standard_error: f64,
    /// Lower end of the 95 % confidence interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Effect {
    fn of(d: f64, variance: f64, degrees_of_freedom: f64) -> Result<Self, Error> {
        let correction = small_sample_correction(degrees_of_freedom);
        Self::around(d, correction * d, correction * variance.sqrt())
    }

    fn around(d: f64, g: f64, standard_error: f64) -> Result<Self, Error> {
        if !g.is_finite() || !standard_error.is_finite() {
            return Err(Error::NotFinite);
        }
        Ok(Self {
            d,
            g,
            standard_error,
            low: g - Z_95 * standard_error,
            high: g + Z_95 * standard_error,
        })
    }
}

/// Hedges' exact correction of a standardised difference with so many degrees of freedom, between 0 and 1.
pub fn small_sample_correction(degrees_of_freedom: f64) -> f64 {
    let half = degrees_of_freedom / 2.0;
    if half <= 0.5 {
        // One degree of freedom: Γ(0) is infinite, the unbiased estimate is 0.
        return 0.0;
    }
    (ln_gamma(half) - ln_gamma(half - 0.5)).exp() / half.sqrt()
}

/// How far the first group lies above the second.
pub fn between(group: Group, other: Group) -> Result<Effect, Error> {
    let (n, m) = (f64::from(group.n), f64::from(other.n));
    let degrees_of_freedom = n + m - 2.0;
    let within = (((n - 1.0) * group.sd.powi(2) + (m - 1.0) * other.sd.powi(2)) / degrees_of_freedom).sqrt();
    let d = (group.mean - other.mean) / within;
    let variance = (n + m) / (n * m) + d.powi(2) / (2.0 * (n + m));
    Effect::of(d, variance, degrees_of_freedom)
}

/// How far the same people lie above where they were, in standard deviations of people rather than of differences, so
/// that it compares with [`between`]. `correlation` is that of their two scores.
pub fn before_after(before: Group, after: Group, correlation: f64) -> Result<Effect, Error> {
    if before.n != after.n {
        return Err(Error::DifferentSizes {
            before: before.n,
            after: after.n,
        });
    }
    if !correlation.is_finite() || correlation <= -1.0 || correlation >= 1.0 {
        return Err(Error::NoCorrelation);
    }
    let n = f64::from(after.n);
    let of_differences = (before.sd.powi(2) + after.sd.powi(2) - 2.0 * correlation * before.sd * after.sd).sqrt();
    let within = of_differences / (2.0 * (1.0 - correlation)).sqrt();
    let d = (after.mean - before.mean) / within;
    let variance = (1.0 / n + d.powi(2) / (2.0 * n)) * 2.0 * (1.0 - correlation);
    Effect::of(d, variance, n - 1.0)
}

/// The correlation of the same people's two scores; none without spread, or with fewer than 2.
pub fn correlation(before: &[f64], after: &[f64]) -> Option<f64> {
    if before.len() != after.len() {
        return None;
    }
    let (x, y) = (Group::of_scores(before).ok()?, Group::of_scores(after).ok()?);
    let products: f64 = before.iter().zip(after).map(|(b, a)| (b - x.mean) * (a - y.mean)).sum();
    let correlation = products / (f64::from(x.n - 1) * x.sd * y.sd);
    correlation.is_finite().then(|| correlation.clamp(-1.0, 1.0))
}

/// The mean of several effects, each weighing as much as it is sure (fixed-effect model; Borenstein et al., chapter 11).
pub fn combined(effects: &[Effect]) -> Option<Effect> {
    let weight = |effect: &Effect| 1.0 / effect.standard_error.powi(2);
    let total: f64 = effects.iter().map(weight).sum();
    if !total.is_finite() || total <= 0.0 {
        return None;
    }
    let mean = |of: fn(&Effect) -> f64| effects.iter().map(|effect| weight(effect) * of(effect)).sum::<f64>() / total;
    Effect::around(mean(|effect| effect.d), mean(|effect| effect.g), total.recip().sqrt()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn near(actual: f64, expected: f64, within: f64) {
        assert!((actual - expected).abs() <= within, "{actual} is not {expected}");
    }

    fn group(n: u32, mean: f64, sd: f64) -> Group {
        Group::new(n, mean, sd).unwrap()
    }

    /// Borenstein et al. 2009, chapter 4, "Computing d and g from studies that use independent groups".
    #[test]
    fn independent_groups_as_in_borenstein_2009() {
        let effect = between(group(50, 103.0, 5.5), group(50, 100.0, 4.5)).unwrap();
        near(effect.d, 0.5970, 5e-5);
        near(effect.g, 0.5924, 5e-5);
        near(effect.standard_error.powi(2), 0.0411, 5e-5);
        near(effect.standard_error, 0.2028, 1e-4);
        near(effect.low, 0.5924 - 1.96 * 0.2028, 3e-4);
        near(effect.high, 0.5924 + 1.96 * 0.2028, 3e-4);
    }

    /// Borenstein et al. 2009, chapter 4, "studies that use pre-post scores or matched groups": a mean difference of 3
    /// with a standard deviation of differences of 5.5 among 50 pairs whose scores correlate by 0.7.
    #[test]
    fn paired_scores_as_in_borenstein_2009() {
        let sd = 5.5 / (2.0 * (1.0 - 0.7_f64)).sqrt();
        near(sd, 7.1005, 5e-5);
        let effect = before_after(group(50, 100.0, sd), group(50, 103.0, sd), 0.7).unwrap();
        near(effect.d, 0.4225, 5e-5);
        near(effect.g, 0.4160, 5e-5);
        near(effect.standard_error.powi(2), 0.0127, 5e-5);
    }

    /// Borenstein et al. 2009, chapter 14, the first study of table 14.1 (Carroll): 94 (sd 22, n 60) and 92 (20, 60).
    #[test]
    fn the_study_of_carroll_as_in_borenstein_2009() {
        let effect = between(group(60, 94.0, 22.0), group(60, 92.0, 20.0)).unwrap();
        near(effect.g, 0.095, 5e-4);
        near(effect.standard_error.powi(2), 0.033, 5e-4);
    }

    /// The six studies of table 14.1: a fixed-effect mean of 0.414 with a standard error of 0.064.
    #[test]
    fn a_fixed_effect_mean_as_in_borenstein_2009() {
        let studies = [
            (group(60, 94.0, 22.0), group(60, 92.0, 20.0)),
            (group(65, 98.0, 21.0), group(65, 92.0, 22.0)),
            (group(40, 98.0, 28.0), group(40, 88.0, 26.0)),
            (group(200, 94.0, 19.0), group(200, 82.0, 17.0)),
            (group(50, 98.0, 21.0), group(45, 88.0, 22.0)),
            (group(85, 96.0, 21.0), group(85, 92.0, 22.0)),
        ];
        let effects: Vec<_> = studies.iter().map(|(a, b)| between(*a, *b).unwrap()).collect();
        let mean = combined(&effects).unwrap();
        near(mean.g, 0.414, 1e-3);
        near(mean.standard_error, 0.064, 1e-3);
        near(mean.low, 0.289, 2e-3);
        near(mean.high, 0.540, 2e-3);
        assert_eq!(combined(&[]), None);
    }

    /// Hedges 1981, table 1 (also Hedges & Olkin 1985, chapter 5, table 2): the exact factor, to three decimals.
    #[test]
    fn the_correction_is_hedges_table() {
        for (degrees_of_freedom, factor) in [
            (2.0, 0.564),
            (3.0, 0.724),
            (4.0, 0.798),
            (5.0, 0.841),
            (6.0, 0.869),
            (7.0, 0.888),
            (8.0, 0.903),
            (9.0, 0.914),
            (10.0, 0.923),
            (20.0, 0.962),
            (30.0, 0.975),
            (40.0, 0.981),
        ] {
            near(small_sample_correction(degrees_of_freedom), factor, 6e-4);
        }
        near(small_sample_correction(1.0), 0.0, 0.0);
        near(small_sample_correction(1e6), 1.0, 1e-5);
    }

    #[test]
    fn raw_scores_give_their_mean_and_deviation() {
        let group = Group::of_scores(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        near(group.mean(), 5.0, 1e-12);
        near(group.sd(), (32.0_f64 / 7.0).sqrt(), 1e-12);
        // Far from 0, the digits are still there.
        let far = Group::of_scores(&[1e9 + 4.0, 1e9 + 7.0, 1e9 + 13.0, 1e9 + 16.0]).unwrap();
        near(far.sd().powi(2), 30.0, 1e-6);
    }

    #[test]
    fn a_number_is_refused_where_it_would_mean_nothing() {
        assert_eq!(Group::new(1, 5.0, 1.0), Err(Error::TooFew { n: 1 }));
        assert_eq!(Group::of_scores(&[]), Err(Error::TooFew { n: 0 }));
        assert_eq!(Group::of_scores(&[3.0]), Err(Error::TooFew { n: 1 }));
        assert_eq!(Group::of_scores(&[3.0, 3.0, 3.0]), Err(Error::NoSpread));
        assert_eq!(Group::new(10, 5.0, 0.0), Err(Error::NoSpread));
        assert_eq!(Group::new(10, 5.0, -1.0), Err(Error::NoSpread));
        for wrong in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Group::of_scores(&[1.0, wrong]), Err(Error::NotFinite));
            assert_eq!(Group::new(10, wrong, 1.0), Err(Error::NotFinite));
            assert_eq!(Group::new(10, 1.0, wrong), Err(Error::NotFinite));
        }
        let (small, large) = (group(20, 1.0, 1.0), group(30, 1.0, 1.0));
        assert_eq!(
            before_after(small, large, 0.5),
            Err(Error::DifferentSizes { before: 20, after: 30 })
        );
        for wrong in [-1.0, 1.0, 1.5, f64::NAN] {
            assert_eq!(before_after(small, small, wrong), Err(Error::NoCorrelation));
        }
        assert_eq!(
            between(group(10, 1e308, 1.0), group(10, -1e308, 1e-300)),
            Err(Error::NotFinite)
        );
    }

    #[test]
    fn scores_correlate() {
        near(correlation(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]).unwrap(), 1.0, 1e-12);
        near(correlation(&[1.0, 2.0, 3.0], &[6.0, 4.0, 2.0]).unwrap(), -1.0, 1e-12);
        // Anscombe's first quartet (1973).
        let x = [10.0, 8.0, 13.0, 9.0, 11.0, 14.0, 6.0, 4.0, 12.0, 7.0, 5.0];
        let y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
        near(correlation(&x, &y).unwrap(), 0.816, 5e-4);
        assert_eq!(correlation(&[1.0, 1.0], &[1.0, 2.0]), None);
        assert_eq!(correlation(&[1.0, 2.0, 3.0], &[1.0, 2.0]), None);
    }

    prop_compose! {
        fn groups()(n in 2_u32..200, mean in -50.0_f64..150.0, sd in 0.5_f64..30.0) -> Group {
            group(n, mean, sd)
        }
    }

    proptest! {
        #[test]
        fn the_other_way_round_is_the_opposite(a in groups(), b in groups()) {
            let (one, other) = (between(a, b).unwrap(), between(b, a).unwrap());
            prop_assert!((one.g + other.g).abs() < 1e-9);
            prop_assert!((one.low + other.high).abs() < 1e-9);
        }

        #[test]
        fn small_samples_shrink(a in groups(), b in groups()) {
            let effect = between(a, b).unwrap();
            prop_assert!(effect.g.abs() <= effect.d.abs());
            prop_assert!(effect.low <= effect.g && effect.g <= effect.high);
        }

        #[test]
        fn neither_scale_nor_origin_matters(a in groups(), b in groups(), by in 0.1_f64..10.0, to in -100.0_f64..100.0) {
            let moved = |of: Group| group(of.n(), of.mean() * by + to, of.sd() * by);
            let (one, other) = (between(a, b).unwrap(), between(moved(a), moved(b)).unwrap());
            prop_assert!((one.g - other.g).abs() < 1e-6 * (1.0 + one.g.abs()));
        }

        #[test]
        fn more_people_are_surer(a in groups(), b in groups()) {
            let more = |of: Group| group(of.n() * 2, of.mean(), of.sd());
            let (few, many) = (between(a, b).unwrap(), between(more(a), more(b)).unwrap());
            prop_assert!(many.high - many.low < few.high - few.low + 1e-9 || few.g.abs() < 1e-9 || a.n().min(b.n()) < 4);
        }
    }
}

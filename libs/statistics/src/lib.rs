//! Statistics that reports and evaluations rest on: pure functions, each with the source of its formula, and tried in
//! its tests against published examples.
//!
//! Distributions come from `statrs`, without its matrices and random numbers. What is chosen here is which method, and
//! what is refused: a number is given only where it means something.

mod counts;
mod discovery;
mod effect;
mod funnel;
mod proportion;

pub use counts::{chance_of_at_least, chance_of_at_least_overdispersed};
pub use discovery::false_discovery_rates;
pub use effect::{Effect, Error, Group, before_after, between, combined, correlation, small_sample_correction};
pub use funnel::{FunnelLimits, funnel_limits};
pub use proportion::{Difference, Proportion, difference, fisher_exact, wilson};

/// The 97.5 % quantile of the standard normal distribution: half of a 95 % interval, in standard errors.
const Z_95: f64 = 1.959_963_984_540_054;

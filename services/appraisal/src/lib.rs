//! The appraisal service: objectives and reviews.

pub mod appraisal;
pub mod cycle;
pub mod pay_recommendation;

#[cfg(test)]
mod fixtures;

//! The observations service: what was seen, and what was agreed.

#[cfg(test)]
mod fixtures;
pub mod follow_up;
pub mod learning_walk;
pub mod observation;
mod recorded;
pub mod working_days;

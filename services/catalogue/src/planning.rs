//! Planning: why development is needed, who can help, what it takes, and what was promised.
//!
//! Each module is one aggregate with its rules. None of them knows another: what a rule must know of elsewhere travels in
//! the command, looked up at the edge.

pub mod alignment_plan;
pub mod commission;
pub mod expertise;
pub(crate) mod index;
pub mod need;
pub mod network_offer;
pub mod offer_uptake;
pub mod pathway;
mod place;
pub mod priority;
pub mod provider;
mod rejections;
pub mod self_review;
pub mod support_ask;
pub mod time_budget;

pub use self::place::Place;

//! The directory: who works where and answers for what, which words practice is described in, and which values each
//! trust has set. Every other service follows its feed.
//!
//! Commands are decided by one aggregate each (`trust`, `school`, `network`, `person`, `identifier`, `framework`,
//! `reference_set`, `policy`). Lists are found in the roster, which the store's own feed keeps up to date, and shown from the streams.

mod access;
pub mod details;
pub mod framework;
pub mod gias;
mod grpc;
pub mod identifier;
pub mod import;
pub mod network;
pub mod person;
pub mod policy;
mod reactions;
pub mod reference;
pub mod reference_set;
pub mod school;
pub mod term_dates;
pub mod trust;

#[cfg(test)]
mod tests;

pub use grpc::Directory;

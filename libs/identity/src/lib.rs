//! Who acts, what they may do, and the keys that seal personal text.

pub mod access;
pub mod actor;
pub mod context;
#[cfg(test)]
mod example;
pub mod issuer;
pub mod keys;
pub mod policy;
pub mod roster;
mod secret_file;
pub mod token;

pub use access::{Access, Action, Decision, Kind, Record};
pub use actor::{Actor, Authenticator, Principal};
pub use context::Context;
pub use keys::{Kek, Keys};
pub use policy::Policy;
pub use roster::Roster;

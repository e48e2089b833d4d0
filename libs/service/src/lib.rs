//! What every service is made of: configuration, telemetry, health, errors, commands.
//!
//! A service is a library: typed options in, a [`Server`] out. The binary decides which of them run in one process and
//! how they reach each other; no service can tell the difference.

pub mod commands;
pub mod config;
pub mod error;
pub mod gate;
pub mod page;
pub mod parse;
pub mod progress;
pub mod reactions;
pub mod reads;
pub mod recorded;
pub mod server;
pub mod shutdown;
pub mod telemetry;

pub use commands::{Call, Commands, Guarded, Loaded, Plan, Reaction};
pub use error::{Code, Error, Reject, Violations};
pub use gate::{Gate, Query};
pub use server::{Listen, Running, Server};

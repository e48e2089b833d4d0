//!
//! Servers listen on loopback, on a port of their own, keep their files in a temporary directory and end with the
//! process that started them, however it ends. A server that cannot be found or started is a panic that says what
//! to run: a test that needs a server never passes without it.

mod aggregate;
mod diff;
mod nats;
mod postgres;
mod server;
mod servers;

pub use aggregate::{Decided, Given, Outcome, Under, given};
pub use nats::{Nats, nats};
pub use postgres::{Dedicated, Postgres, postgres};

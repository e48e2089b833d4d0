//! From a store to its readers.
//!
//! The store is the truth; NATS is a fast tail that may lose whatever it likes. One JetStream stream per service is
//! written by its [`Relay`] alone, so that a message's sequence is the event's position: a reader knows a hole when it
//! sees one and heals it from the owner ([`FeedServer`]). A [`Source`] hides where the owner is: in this process, or
//! behind gRPC and NATS. Reading it ([`Tail`]) gives every event once, in order, without gaps.

mod envelope;
mod error;
mod owner;
mod relay;
mod server;
mod source;
mod tail;
#[cfg(test)]
mod tests;
mod token;
mod wire;

pub use envelope::{stream_name, subject};
pub use error::Error;
pub use relay::{Relay, RelayOptions};
pub use server::FeedServer;
pub use source::{Source, Status};
pub use tail::Tail;
pub use token::FeedToken;

/// Every loop looks at the state, woken or once in this time.
pub(crate) const LOOK_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

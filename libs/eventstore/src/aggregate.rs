//! An aggregate: rules that turn a command into events, and a fold that turns events into state.

use api::EventMessage;

/// Pure: no I/O, clock or randomness. What it needs to know arrives in the command and the context.
pub trait Aggregate: Clone + Default + Send + Sync + 'static {
    /// The generated `<Aggregate>Event` message.
    type Event: EventMessage;
    type Command: Send + 'static;
    /// Who acts, when, and under which policy.
    type Context: Send + Sync;
    type Rejection: std::error::Error + Send + Sync + 'static;

    /// What happens because of the command. An empty list means that it already has.
    fn decide(&self, command: Self::Command, context: &Self::Context) -> Result<Vec<Self::Event>, Self::Rejection>;

    /// Total: every event that was ever recorded is accepted.
    fn evolve(&mut self, event: &Self::Event);
}

//! Contexts in which rules are tried.

use std::sync::Arc;

use api::ids::{PersonId, Urn};
use chrono::NaiveDate;
use identity::{Actor, Context, Policy};

use crate::TRUST;

/// A day, from its ISO text.
pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A school's number, from its text.
pub fn urn(text: &str) -> Urn {
    text.parse().unwrap()
}

/// Somebody acts at noon of a day, under the national default.
pub fn acting(who: PersonId, on: &str) -> Context {
    by(Actor::person(who, TRUST), on)
}

/// A service itself acts.
pub fn reacting(service: &'static str, on: &str) -> Context {
    by(Actor::system(service), on)
}

/// An actor acts at noon of a day, under the national default.
pub fn by(actor: Actor, on: &str) -> Context {
    Context::new(actor, format!("{on}T12:00:00Z").parse().unwrap(), Policy::national())
}

/// The same context under a policy that differs.
#[must_use]
pub fn under(mut context: Context, change: impl FnOnce(&mut Policy)) -> Context {
    let mut policy = Policy::clone(&context.policy);
    change(&mut policy);
    context.policy = Arc::new(policy);
    context
}

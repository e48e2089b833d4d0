//! People, days and contexts for the tests of rules.

use std::sync::Arc;

use api::ids::{PersonId, TrustId, Urn};
use chrono::NaiveDate;
use identity::{Actor, Context, Policy};
use uuid::Uuid;

pub(crate) const TRUST: TrustId = TrustId(Uuid::from_u128(1));
/// Whose practice is looked at.
pub(crate) const TEACHER: PersonId = PersonId(Uuid::from_u128(10));
/// Who looks.
pub(crate) const OBSERVER: PersonId = PersonId(Uuid::from_u128(11));
/// Who looks along, or walks along.
pub(crate) const SECOND: PersonId = PersonId(Uuid::from_u128(12));
/// Who leads professional development.
pub(crate) const CPD_LEAD: PersonId = PersonId(Uuid::from_u128(13));
/// Who has nothing to do with it.
pub(crate) const COLLEAGUE: PersonId = PersonId(Uuid::from_u128(14));

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn urn(text: &str) -> Urn {
    text.parse().unwrap()
}

/// Somebody acts at noon of a day, under the national default.
pub(crate) fn acting(who: PersonId, on: &str) -> Context {
    by(Actor::person(who, TRUST), on)
}

/// The product itself acts.
pub(crate) fn reacting(on: &str) -> Context {
    by(Actor::system("observations"), on)
}

pub(crate) fn by(actor: Actor, on: &str) -> Context {
    Context::new(actor, format!("{on}T12:00:00Z").parse().unwrap(), Policy::national())
}

/// The same context under a policy that differs.
pub(crate) fn under(mut context: Context, change: impl FnOnce(&mut Policy)) -> Context {
    let mut policy = Policy::clone(&context.policy);
    change(&mut policy);
    context.policy = Arc::new(policy);
    context
}

//! People, days and contexts for the tests of rules.

use std::sync::Arc;

use api::ids::{PersonId, TrustId, Urn};
use chrono::NaiveDate;
use identity::{Actor, Context, Policy};
use uuid::Uuid;

pub(crate) const TRUST: TrustId = TrustId(Uuid::from_u128(1));
/// A classroom teacher.
pub(crate) const TEACHER: PersonId = PersonId(Uuid::from_u128(10));
/// Who appraises the teacher.
pub(crate) const APPRAISER: PersonId = PersonId(Uuid::from_u128(11));
/// Who appraises nobody here.
pub(crate) const COLLEAGUE: PersonId = PersonId(Uuid::from_u128(12));

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
    by(Actor::system("appraisal"), on)
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

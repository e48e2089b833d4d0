//! What the tests of all rules share.

use api::ids::{PersonId, TrustId, Urn};
use chrono::{NaiveDate, NaiveTime};
use identity::{Actor, Context, Policy};
use uuid::Uuid;

/// The middle of a day, under the national policy.
pub(crate) fn context(date: &str) -> Context {
    let noon = NaiveTime::from_hms_opt(12, 0, 0).expect("noon exists");
    Context {
        actor: Actor::system("tests"),
        now: day(date).and_time(noon).and_utc(),
        policy: Policy::national(),
    }
}

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn trust(number: u128) -> TrustId {
    TrustId(Uuid::from_u128(number))
}

pub(crate) fn person(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(number))
}

pub(crate) fn urn() -> Urn {
    "136789".parse().unwrap()
}

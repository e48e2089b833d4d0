//! Promises are kept elsewhere: what a follow-up promised is asked for in the catalogue or in coaching, and given there.

use api::{
    catalogue::v1::{SupportAskEvent, support_ask_event},
    coaching::v1::{CoachingAskEvent, coaching_ask_event},
    ids::{FollowUpId, PersonId, PromiseId},
};
use chrono::NaiveDate;
use eventstore::Recorded;
use prost::Message as _;
use service::Error;

use super::Reactions;
use crate::{follow_up::Command, recorded};

/// Support that was given, as either service says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Given {
    follow_up: FollowUpId,
    promise: PromiseId,
    on: NaiveDate,
    /// None if it came about by itself.
    by: Option<PersonId>,
}

impl Reactions {
    /// Keeps the promise, unless it was kept before.
    pub(super) async fn keep_promise(&self, event: &Recorded) -> Result<(), Error> {
        let Some(given) = Given::of(event)? else { return Ok(()) };
        let keep = Command::KeepPromise {
            promise: given.promise,
            on: given.on,
            provided_by: given.by,
        };
        self.react(event, "keep", given.follow_up, keep).await
    }
}

impl Given {
    fn of(event: &Recorded) -> Result<Option<Self>, Error> {
        let payload = event.payload.as_ref();
        let given = match event.kind.aggregate() {
            "support_ask" => match SupportAskEvent::decode(payload).map_err(Error::internal)?.event {
                Some(support_ask_event::Event::Provided(provided)) => Self::read(
                    &provided.follow_up_id,
                    &provided.promise_id,
                    &provided.on,
                    &provided.provided_by_id,
                ),
                _ => return Ok(None),
            },
            _ => match CoachingAskEvent::decode(payload).map_err(Error::internal)?.event {
                Some(coaching_ask_event::Event::Provided(provided)) => Self::read(
                    &provided.follow_up_id,
                    &provided.promise_id,
                    &provided.on,
                    &provided.provided_by_id,
                ),
                _ => return Ok(None),
            },
        };
        Ok(Some(given))
    }

    fn read(follow_up: &str, promise: &str, on: &str, by: &str) -> Self {
        Self {
            follow_up: recorded::id(follow_up),
            promise: recorded::id(promise),
            on: recorded::date(on),
            by: recorded::optional_id(by),
        }
    }
}

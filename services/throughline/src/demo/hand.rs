//! How the demo sends commands: identifiers that are the same in every run, counted, and remembered as far as the views
//! must have come to show them.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use api::{
    common::v1::{AtLeast, Recorded},
    ids::derived,
};
use backon::{BackoffBuilder as _, ExponentialBuilder};
use tonic::{Code, Request, Status};
use uuid::Uuid;

use client::Clients;

use crate::tokens::Tokens;

/// What all of the demo's play shares.
pub(super) struct Stage {
    pub(super) clients: Clients,
    pub(super) tokens: Tokens,
    /// The account that keeps the directory.
    pub(super) operator: String,
    commands: AtomicU64,
    reached: Mutex<BTreeMap<String, i64>>,
}

impl Stage {
    pub(super) fn new(clients: Clients, tokens: Tokens, operator: &str) -> Self {
        Self {
            clients,
            tokens,
            operator: operator.to_owned(),
            commands: AtomicU64::new(0),
            reached: Mutex::default(),
        }
    }

    /// A request by somebody.
    pub(super) fn signed<M>(&self, subject: &str, message: M) -> Result<Request<M>, Status> {
        let signed = self.tokens.request(subject, message);
        signed.map_err(|error| Status::internal(error.to_string()))
    }

    /// How many commands were sent.
    pub(super) fn sent(&self) -> u64 {
        self.commands.load(Ordering::Relaxed)
    }

    /// How far every source has come by what was sent.
    pub(super) fn reached(&self) -> Vec<AtLeast> {
        let reached = self.reached.lock().expect("no panic while held");
        reached
            .iter()
            .map(|(source, position)| AtLeast {
                source: source.clone(),
                position: *position,
            })
            .collect()
    }

    /// Counts a command and remembers where it was recorded.
    pub(super) fn took(&self, recorded: &Recorded) {
        self.commands.fetch_add(1, Ordering::Relaxed);
        let mut reached = self.reached.lock().expect("no panic while held");
        match reached.get_mut(&recorded.source) {
            Some(position) => *position = recorded.position.max(*position),
            None => drop(reached.insert(recorded.source.clone(), recorded.position)),
        }
    }
}

/// One hand of the play: a person's, a school's, a trust's.
pub(super) struct Hand<'a> {
    pub(super) stage: &'a Stage,
    whose: String,
    /// Counts identifiers, so that each is the same in every run.
    given: u64,
}

impl<'a> Hand<'a> {
    pub(super) fn of(stage: &'a Stage, whose: impl ToString) -> Self {
        Self {
            stage,
            whose: whose.to_string(),
            given: 0,
        }
    }

    pub(super) fn next_id(&mut self, what: &str) -> Uuid {
        self.given += 1;
        derived(&format!("demo {what}"), &format!("{}:{}", self.whose, self.given))
    }

    /// Counts what was recorded, or says the refusal in words.
    pub(super) fn took(&self, answer: Result<Recorded, Status>, method: &str) -> anyhow::Result<Recorded> {
        let recorded = answer.map_err(|status| Refused {
            method: method.to_owned(),
            error: service::Error::from_status(&status),
        })?;
        self.stage.took(&recorded);
        Ok(recorded)
    }
}

/// Sends again what a busy machine had no time for: the same request has its effect once.
pub(super) async fn patiently<T>(mut send: impl AsyncFnMut() -> Result<T, Status>) -> Result<T, Status> {
    let pauses = ExponentialBuilder::default().with_max_times(8).build();
    for pause in pauses {
        match send().await {
            Err(status) if matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded) => {
                tokio::time::sleep(pause).await;
            }
            done => return done,
        }
    }
    send().await
}

/// A service said no.
#[derive(Debug, thiserror::Error)]
#[error("{method} was refused: {} ({})", error.message(), error.reason())]
pub(super) struct Refused {
    method: String,
    error: service::Error,
}

/// Whether this is a refusal for that reason, which the play takes into account.
pub(super) fn refused_for<T>(answer: &anyhow::Result<T>, reason: &str) -> bool {
    answer
        .as_ref()
        .err()
        .and_then(|error| error.downcast_ref::<Refused>())
        .is_some_and(|refused| refused.error.reason() == reason)
}

/// Sends a command: `ask!(self, follow_ups.agree_follow_up, actor, on, observations::AgreeFollowUpRequest { … })`.
macro_rules! ask {
    ($who:expr, $client:ident.$method:ident, $actor:expr, $on:expr, $package:ident::$message:ident { $($field:ident: $value:expr),* $(,)? }) => {{
        let message = $package::$message {
            request_id: $who.hand.next_id("request").to_string(),
            occurred_at: Some($crate::demo::at($on, 15)),
            $($field: $value,)*
            ..Default::default()
        };
        let subject = $actor.to_string();
        let stage = $who.hand.stage;
        let answer = $crate::demo::hand::patiently(async || {
            let request = stage.signed(&subject, message.clone())?;
            stage.clients.$client.clone().$method(request).await
        })
        .await;
        let answer = answer.map(|response| response.into_inner().recorded.unwrap_or_default());
        $who.hand.took(answer, stringify!($method))
    }};
}
pub(super) use ask;

//! From a store to its JetStream stream, such that a message's sequence is the event's position.
//!
//! Position *p* is published on the condition that the stream's last sequence is *p* − 1. So the stream itself says
//! where to go on: the relay keeps no cursor, needs no leader, and two of them may race. Whatever goes wrong, it looks
//! at the stream again and goes on from there. Messages carry no `Nats-Msg-Id`: JetStream would answer a repeated one
//! from memory, and acknowledge what it has lost.

use std::{error::Error as StdError, time::Duration};

use async_nats::{
    HeaderMap,
    jetstream::{
        self, ErrorCode,
        context::{CreateStreamErrorKind, GetStreamErrorKind, PublishAckFuture, PublishErrorKind},
        message::PublishMessage,
        stream::{self, RawMessageErrorKind},
    },
};
use backon::{BackoffBuilder, ExponentialBuilder};
use bytes::Bytes;
use eventstore::{EventStore, Position, Recorded};
use tokio_util::sync::CancellationToken;

use crate::{Error, LOOK_EVERY, envelope, error::causes};

/// Published in one go, before their acknowledgements are awaited.
const BATCH: usize = 500;
/// A new stream begins this far before the head: further back, readers ask the owner anyway.
const TAIL: i64 = 10_000;
/// What NATS takes by default, less room for headers.
const MAX_PAYLOAD: usize = 1_000_000;
const EPOCH: &str = "epoch";

/// Publishes a store's events.
#[derive(Debug)]
pub struct Relay {
    name: &'static str,
    store: EventStore,
    epoch: i64,
    jetstream: jetstream::Context,
    options: RelayOptions,
    /// The highest position known to be published: where a lost stream goes on.
    published: Option<Position>,
    #[cfg(test)]
    pub(crate) loses: Option<fn(Position) -> bool>,
}

/// What the stream is made with.
#[derive(Clone, Copy, Debug)]
pub struct RelayOptions {
    /// Of a clustered JetStream; 3 for availability.
    pub replicas: usize,
    /// How long messages stay. Older events are read from the owner.
    pub keep: Duration,
}

impl Default for RelayOptions {
    fn default() -> Self {
        Self {
            replicas: 1,
            keep: Duration::from_hours(7 * 24),
        }
    }
}

/// Why a round ended.
enum Broken {
    /// Somebody else published, or a publication was lost: look again at once.
    Resume,
    /// The stream's storage failed: it must be made anew.
    Failed,
    Error(Error),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Relay {
    /// Publishes until `shutdown`. NATS may be away for as long as it likes. An error is final: see [`Error::is_final`].
    pub async fn run(
        name: &'static str,
        store: EventStore,
        nats: async_nats::Client,
        shutdown: CancellationToken,
    ) -> Result<(), Error> {
        Self::new(name, store, nats, RelayOptions::default())
            .until(shutdown)
            .await
    }

    /// A relay for a service's store that does not run yet.
    pub fn new(name: &'static str, store: EventStore, nats: async_nats::Client, options: RelayOptions) -> Self {
        let jetstream = jetstream::context::ContextBuilder::new()
            .max_ack_inflight(2 * BATCH)
            .build(nats);
        Self {
            name,
            store,
            epoch: 0,
            jetstream,
            options,
            published: None,
            #[cfg(test)]
            loses: None,
        }
    }

    /// Publishes until `shutdown`, as [`Relay::run`].
    pub async fn until(mut self, shutdown: CancellationToken) -> Result<(), Error> {
        tokio::select! {
            () = shutdown.cancelled() => Ok(()),
            Err(error) = self.publish_for_ever() => {
                tracing::error!(source = self.name, error = causes(&error), "the relay stops");
                metrics::counter!("relay_stopped", "source" => self.name).increment(1);
                Err(error)
            }
        }
    }

    async fn publish_for_ever(&mut self) -> Result<std::convert::Infallible, Error> {
        let patience = || {
            let builder = ExponentialBuilder::new().with_min_delay(Duration::from_millis(50));
            builder
                .with_max_delay(2 * LOOK_EVERY)
                .without_max_times()
                .with_jitter()
                .build()
        };
        let mut pauses = patience();
        let mut resumed: u32 = 0;
        loop {
            let before = self.published;
            let Err(broken) = self.follow().await;
            if self.published > before {
                pauses = patience();
                resumed = 0;
            }
            match broken {
                // Racing another relay must not become a busy loop.
                Broken::Resume if resumed < 3 => resumed += 1,
                Broken::Resume => tokio::time::sleep(pauses.next().unwrap_or(LOOK_EVERY)).await,
                Broken::Failed => {
                    tracing::warn!(source = self.name, "the stream in NATS failed: it is made anew");
                    if let Err(error) = self.jetstream.delete_stream(self.stream_name()).await {
                        tracing::warn!(
                            source = self.name,
                            error = causes(&error),
                            "the stream cannot be deleted"
                        );
                    }
                    tokio::time::sleep(pauses.next().unwrap_or(LOOK_EVERY)).await;
                }
                Broken::Error(error) if error.is_final() => return Err(error),
                Broken::Error(error) => {
                    let pause = pauses.next().unwrap_or(LOOK_EVERY);
                    tracing::warn!(
                        source = self.name,
                        error = causes(&error),
                        ?pause,
                        "cannot publish: waiting"
                    );
                    tokio::time::sleep(pause).await;
                }
            }
        }
    }

    /// Looks where the stream ends and publishes what follows, until something is not as expected.
    async fn follow(&mut self) -> Result<std::convert::Infallible, Broken> {
        let mut last = self.agreed_end().await?;
        let mut wake = self.store.watch();
        loop {
            wake.borrow_and_update();
            let events = self
                .store
                .read(last, BATCH)
                .await
                .map_err(|error| self.store_error(error))?;
            let Some(newest) = events.last().map(|event| event.position) else {
                metrics::gauge!("relay_lag", "source" => self.name).set(0.0);
                // Woken, or once in a while; a stream that is gone would otherwise go unnoticed while nothing happens.
                tokio::select! {
                    Ok(()) = wake.changed() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => last = self.agreed_end().await?,
                }
                continue;
            };
            self.publish(&events).await?;
            last = newest;
            self.published = Some(newest);
            let head = *wake.borrow();
            metrics::gauge!("relay_lag", "source" => self.name).set(lag(head, last));
        }
    }

    /// Publishes consecutive events without waiting for one before sending the next: the conditions keep the order.
    async fn publish(&mut self, events: &[Recorded]) -> Result<(), Broken> {
        let mut acks = Vec::with_capacity(events.len());
        for event in events {
            #[cfg(test)]
            if self.loses.is_some_and(|loses| loses(event.position)) {
                continue;
            }
            acks.push((
                event.position,
                self.send(event).await.map_err(|error| self.publish_error(error))?,
            ));
        }
        for (position, ack) in acks {
            let ack = ack.await.map_err(|error| self.publish_error(error))?;
            if i64::try_from(ack.sequence) != Ok(position.0) {
                return Err(Broken::Error(Error::Diverged {
                    name: self.name,
                    position,
                }));
            }
            self.published = Some(position);
        }
        Ok(())
    }

    async fn send(&self, event: &Recorded) -> Result<PublishAckFuture, jetstream::context::PublishError> {
        let name = self.name;
        let mut headers: HeaderMap = envelope::headers(name, self.epoch, event);
        let payload = if event.payload.len() > MAX_PAYLOAD {
            envelope::leave_out_payload(name, event, &mut headers);
            Bytes::new()
        } else {
            event.payload.clone()
        };
        let expected = u64::try_from(event.position.0 - 1).unwrap_or_default();
        let message = PublishMessage::build()
            .headers(headers)
            .payload(payload)
            .expected_last_sequence(expected);
        self.jetstream
            .send_publish(envelope::subject(name, event.kind), message)
            .await
    }

    /// Where the stream ends, once it exists and is known to be this store's.
    async fn agreed_end(&mut self) -> Result<Position, Broken> {
        let name = self.name;
        self.epoch = self.store.epoch().await.map_err(|error| self.store_error(error))?;
        let stream = match self.jetstream.get_stream(self.stream_name()).await {
            Ok(stream) => stream,
            Err(error) => match error.kind() {
                GetStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NOT_FOUND => {
                    self.create_stream().await?
                }
                _ => return Err(self.nats_error(error).into()),
            },
        };
        let info = stream.cached_info();
        let own = self.epoch;
        match info
            .config
            .metadata
            .get(EPOCH)
            .and_then(|epoch| epoch.parse::<i64>().ok())
        {
            Some(epoch) if epoch > own => {
                return Err(Error::EpochChanged {
                    name,
                    expected: epoch,
                    actual: own,
                }
                .into());
            }
            Some(epoch) if epoch == own => {}
            _ => {
                tracing::warn!(
                    source = name,
                    epoch = own,
                    "a new epoch: the stream in NATS is made anew"
                );
                self.jetstream
                    .delete_stream(self.stream_name())
                    .await
                    .map_err(|error| self.nats_error(error))?;
                self.published = None;
                return Err(Broken::Resume);
            }
        }
        let end = Position(i64::try_from(info.state.last_sequence).unwrap_or(i64::MAX));
        let head = self.store.head().await.map_err(|error| self.store_error(error))?;
        if end > head {
            return Err(Error::StoreBehind { name, head, seen: end }.into());
        }
        if self.published != Some(end) {
            self.compare(&stream, end).await?;
        }
        self.published = Some(end);
        Ok(end)
    }

    /// The stream's last message must be the event that the store has at that position.
    async fn compare(&self, stream: &stream::Stream, end: Position) -> Result<(), Broken> {
        let sequence = u64::try_from(end.0).unwrap_or_default();
        if sequence == 0 {
            return Ok(());
        }
        let message = match stream.get_raw_message(sequence).await {
            Ok(message) => message,
            // It has been removed, by age perhaps.
            Err(error) if matches!(error.kind(), RawMessageErrorKind::NoMessageFound) => return Ok(()),
            Err(error) => return Err(self.nats_error(error).into()),
        };
        let stored = self
            .store
            .read_at(&[end])
            .await
            .map_err(|error| self.store_error(error))?;
        let published = message.headers.get("ce-id").map(|id| id.as_str().to_owned());
        if stored.first().map(|event| event.event_id.to_string()) != published {
            return Err(Error::Diverged {
                name: self.name,
                position: end,
            }
            .into());
        }
        Ok(())
    }

    /// Makes the stream so that its next sequence is the next position to publish.
    async fn create_stream(&self) -> Result<stream::Stream, Broken> {
        let head = self.store.head().await.map_err(|error| self.store_error(error))?;
        let end = self
            .published
            .map_or(head.0 - TAIL, |published| published.0.min(head.0))
            .max(0);
        tracing::info!(source = self.name, first = end + 1, "making the stream in NATS");
        let config = stream::Config {
            name: self.stream_name(),
            description: Some(format!("Events of {}; sequence = position", self.name)),
            subjects: vec![format!("evt.{}.>", self.name)],
            max_age: self.options.keep,
            num_replicas: self.options.replicas,
            first_sequence: u64::try_from(end + 1).ok().filter(|first| *first > 1),
            metadata: [(EPOCH.to_owned(), self.epoch.to_string())].into(),
            ..stream::Config::default()
        };
        self.jetstream
            .create_stream(config)
            .await
            .map_err(|error| match error.kind() {
                // Another relay was faster.
                CreateStreamErrorKind::JetStream(error) if error.error_code() == ErrorCode::STREAM_NAME_EXIST => {
                    Broken::Resume
                }
                _ => self.nats_error(error).into(),
            })
    }

    fn stream_name(&self) -> String {
        envelope::stream_name(self.name)
    }

    fn store_error(&self, error: eventstore::Error) -> Error {
        Error::Store { name: self.name, error }
    }

    fn nats_error(&self, error: impl StdError + Send + Sync + 'static) -> Error {
        Error::Nats {
            name: self.name,
            error: Box::new(error),
        }
    }

    fn publish_error(&self, error: jetstream::context::PublishError) -> Broken {
        let code = error
            .source()
            .and_then(|cause| cause.downcast_ref::<jetstream::Error>())
            .map(|cause| cause.error_code());
        match error.kind() {
            PublishErrorKind::WrongLastSequence | PublishErrorKind::StreamNotFound => Broken::Resume,
            // It stays so until the stream is made anew.
            _ if code == Some(ErrorCode::STREAM_STORE_FAILED) => Broken::Failed,
            _ => Broken::Error(self.nats_error(error)),
        }
    }
}

/// How many events are not published yet.
fn lag(head: Position, last: Position) -> f64 {
    u32::try_from(head.0 - last.0).map_or(0.0, f64::from)
}

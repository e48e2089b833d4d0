//! What NATS says about new events: fast, and believed only as far as it is without gaps.

use std::time::Duration;

use async_nats::jetstream::{
    self,
    consumer::{AckPolicy, DeliverPolicy, pull},
};
use eventstore::Position;
use futures::{FutureExt, StreamExt};
use tokio::time::Instant;

use crate::{LOOK_EVERY, envelope, error::causes};

/// An ephemeral pull consumer without acknowledgements, opened again whenever it breaks.
pub(super) struct Messages {
    name: &'static str,
    jetstream: jetstream::Context,
    open: Option<pull::Stream>,
    open_at: Instant,
}

/// `None` for one that was left out for its size, or is not one of ours.
pub(super) type Message = Option<envelope::Message>;

impl Messages {
    pub(super) fn new(name: &'static str, nats: async_nats::Client) -> Self {
        Self {
            name,
            jetstream: jetstream::new(nats),
            open: None,
            open_at: Instant::now(),
        }
    }

    /// Opens the consumer behind `after`, unless it is open or has just failed. Whether it is a new one.
    pub(super) async fn open_if_due(&mut self, after: Position) -> bool {
        if self.open.is_some() || Instant::now() < self.open_at {
            return false;
        }
        self.open_at = Instant::now() + LOOK_EVERY;
        // A server that is away must not keep us from asking the owner.
        match tokio::time::timeout(LOOK_EVERY, self.consumer(after)).await {
            Ok(Ok(messages)) => self.open = Some(messages),
            Ok(Err(error)) => tracing::debug!(source = self.name, error = causes(&*error), "no tail in NATS yet"),
            Err(_) => tracing::debug!(source = self.name, "NATS does not answer"),
        }
        self.open.is_some()
    }

    async fn consumer(&self, after: Position) -> Result<pull::Stream, async_nats::Error> {
        let start_sequence = u64::try_from(after.0 + 1)?;
        let config = pull::Config {
            deliver_policy: DeliverPolicy::ByStartSequence { start_sequence },
            ack_policy: AckPolicy::None,
            inactive_threshold: Duration::from_secs(30),
            memory_storage: true,
            num_replicas: 1,
            ..pull::Config::default()
        };
        let stream = self
            .jetstream
            .get_stream_no_info(envelope::stream_name(self.name))
            .await?;
        let consumer = stream.create_consumer(config).await?;
        let messages = consumer
            .stream()
            .max_messages_per_batch(1_000)
            .heartbeat(Duration::from_secs(5));
        Ok(messages.expires(Duration::from_secs(30)).messages().await?)
    }

    /// A message that is here already.
    pub(super) fn arrived(&mut self) -> Option<Message> {
        let next = self.open.as_mut()?.next().now_or_never()?;
        self.read(next)
    }

    /// The next message, whenever it comes: never, if the consumer cannot be opened.
    pub(super) async fn next(&mut self) -> Message {
        loop {
            let Some(open) = &mut self.open else {
                return std::future::pending().await;
            };
            let next = open.next().await;
            if let Some(message) = self.read(next) {
                return message;
            }
        }
    }

    fn read(&mut self, next: Option<Result<jetstream::Message, pull::MessagesError>>) -> Option<Message> {
        match next {
            Some(Ok(message)) => {
                let headers = message.headers.as_ref();
                Some(headers.and_then(|headers| envelope::read(headers, message.payload.clone())))
            }
            Some(Err(error)) => {
                tracing::debug!(source = self.name, error = causes(&error), "the tail in NATS broke");
                self.open = None;
                None
            }
            None => {
                self.open = None;
                None
            }
        }
    }
}

impl std::fmt::Debug for Messages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Messages")
            .field("name", &self.name)
            .field("open", &self.open.is_some())
            .finish()
    }
}

//! A store of another process, through its feed service.

use std::{future::Future, time::Duration};

use api::feed::v1::{HeadRequest, ReadAtRequest, ReadRequest, feed_service_client::FeedServiceClient};
use eventstore::{Position, Recorded};
use tonic::{Status, service::interceptor::InterceptedService, transport::Channel};

use crate::{Error, FeedToken, source, wire};

/// A partition must not hold a reader for longer than this; it asks again.
const PATIENCE: Duration = Duration::from_secs(10);

/// The gRPC client of one store. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    name: &'static str,
    client: FeedServiceClient<InterceptedService<Channel, FeedToken>>,
}

impl Owner {
    pub(crate) fn new(name: &'static str, channel: Channel, token: FeedToken) -> Self {
        let client = FeedServiceClient::with_interceptor(channel, token).max_decoding_message_size(64 << 20);
        Self { name, client }
    }

    fn error(&self, status: Status) -> Error {
        Error::Owner {
            name: self.name,
            error: Box::new(status),
        }
    }

    async fn patiently<T>(&self, answer: impl Future<Output = Result<T, Status>>) -> Result<T, Error> {
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(answer) => answer.map_err(|status| self.error(status)),
            Err(_) => Err(self.error(Status::deadline_exceeded("no answer in time"))),
        }
    }

    pub(crate) async fn status(&self) -> Result<source::Status, Error> {
        let mut client = self.client.clone();
        let head = self
            .patiently(client.head(HeadRequest {
                source: self.name.into(),
            }))
            .await?
            .into_inner();
        let at = head
            .at
            .and_then(wire::from_timestamp)
            .ok_or_else(|| self.error(unreadable()))?;
        Ok(source::Status {
            position: Position(head.position),
            epoch: head.epoch,
            at,
        })
    }

    /// Consecutive events from the one after `after`.
    pub(crate) async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, Error> {
        let request = ReadRequest {
            source: self.name.into(),
            after: after.0,
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
        };
        let mut client = self.client.clone();
        let mut batches = self.patiently(client.read(request)).await?.into_inner();
        let mut events = Vec::new();
        let mut last = after;
        while let Some(batch) = self.patiently(batches.message()).await? {
            for event in batch.events {
                let event = wire::from_event(event).ok_or_else(|| self.error(unreadable()))?;
                if event.position.0 != last.0 + 1 {
                    return Err(self.error(Status::data_loss("the events are not consecutive")));
                }
                last = event.position;
                events.push(event);
            }
        }
        Ok(events)
    }

    pub(crate) async fn read_at(&self, positions: &[Position]) -> Result<Vec<Recorded>, Error> {
        let mut events = Vec::with_capacity(positions.len());
        for some in positions.chunks(crate::server::MAX_POSITIONS) {
            let positions = some.iter().map(|position| position.0).collect();
            let mut client = self.client.clone();
            let request = ReadAtRequest {
                source: self.name.into(),
                positions,
            };
            let mut batches = self.patiently(client.read_at(request)).await?.into_inner();
            while let Some(batch) = self.patiently(batches.message()).await? {
                for event in batch.events {
                    events.push(wire::from_event(event).ok_or_else(|| self.error(unreadable()))?);
                }
            }
        }
        Ok(events)
    }
}

fn unreadable() -> Status {
    Status::data_loss("the owner's answer cannot be read")
}

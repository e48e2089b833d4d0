//! The feed service: a store's events for other services, which show that they know the shared secret.

use std::pin::Pin;

use api::feed::v1::{
    Event, HeadRequest, HeadResponse, ReadAtRequest, ReadAtResponse, ReadRequest, ReadResponse,
    feed_service_server::{FeedService, FeedServiceServer},
};
use chrono::Utc;
use eventstore::{EventStore, Position, Recorded};
use futures::Stream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use crate::{FeedToken, error::causes, wire};

/// How many single positions one request may ask for.
pub(crate) const MAX_POSITIONS: usize = 10_000;
/// How many events are read from the store at a time.
const READ_AT_ONCE: usize = 2_000;
/// A batch is sent at this many bytes of payload, well below what gRPC takes by default.
const BATCH_BYTES: usize = 1 << 20;

/// The feed service over the stores of this process, mostly one.
#[derive(Debug)]
pub struct FeedServer {
    token: FeedToken,
    stores: Vec<(&'static str, EventStore)>,
}

impl FeedServer {
    /// Serves the stores, each under its service's name, to those who know the secret.
    pub fn new(
        stores: impl IntoIterator<Item = (&'static str, EventStore)>,
        token: FeedToken,
    ) -> FeedServiceServer<Self> {
        FeedServiceServer::new(Self {
            token,
            stores: stores.into_iter().collect(),
        })
    }

    fn store<T>(&self, request: &Request<T>, source: &str) -> Result<EventStore, Status> {
        self.token.check(request)?;
        let store = self.stores.iter().find(|(name, _)| *name == source);
        store
            .map(|(_, store)| store.clone())
            .ok_or_else(|| Status::not_found("that store is not here"))
    }
}

type Batches<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl FeedService for FeedServer {
    type ReadStream = Batches<ReadResponse>;
    type ReadAtStream = Batches<ReadAtResponse>;

    async fn head(&self, request: Request<HeadRequest>) -> Result<Response<HeadResponse>, Status> {
        let store = self.store(&request, &request.get_ref().source)?;
        let at = Some(wire::to_timestamp(Utc::now()));
        let position = store.head().await.map_err(unavailable)?;
        let epoch = store.epoch().await.map_err(unavailable)?;
        Ok(Response::new(HeadResponse {
            position: position.0,
            epoch,
            at,
        }))
    }

    async fn read(&self, request: Request<ReadRequest>) -> Result<Response<Self::ReadStream>, Status> {
        let store = self.store(&request, &request.get_ref().source)?;
        let ReadRequest { after, limit, .. } = request.into_inner();
        if after < 0 || limit < 0 {
            return Err(Status::invalid_argument("after and limit are not negative"));
        }
        let head = store.head().await.map_err(unavailable)?;
        let last = if limit == 0 {
            head
        } else {
            head.min(Position(after.saturating_add(limit)))
        };
        Ok(Response::new(batches(move |sender| async move {
            let mut after = Position(after);
            while after < last {
                let wanted = usize::try_from(last.0 - after.0)
                    .unwrap_or(READ_AT_ONCE)
                    .min(READ_AT_ONCE);
                let events = store.read(after, wanted).await.map_err(unavailable)?;
                let Some(newest) = events.last() else { break };
                after = newest.position;
                for events in chunks(events) {
                    if sender.send(Ok(ReadResponse { events })).await.is_err() {
                        return Ok(());
                    }
                }
            }
            Ok(())
        })))
    }

    async fn read_at(&self, request: Request<ReadAtRequest>) -> Result<Response<Self::ReadAtStream>, Status> {
        let store = self.store(&request, &request.get_ref().source)?;
        let positions: Vec<_> = request.into_inner().positions.into_iter().map(Position).collect();
        if positions.len() > MAX_POSITIONS {
            return Err(Status::invalid_argument("more positions than one request may ask for"));
        }
        Ok(Response::new(batches(move |sender| async move {
            for some in positions.chunks(READ_AT_ONCE) {
                for events in chunks(store.read_at(some).await.map_err(unavailable)?) {
                    if sender.send(Ok(ReadAtResponse { events })).await.is_err() {
                        return Ok(());
                    }
                }
            }
            Ok(())
        })))
    }
}

/// Runs `send` beside the reader, a few batches ahead; its error ends the stream.
fn batches<T, F>(send: impl FnOnce(mpsc::Sender<Result<T, Status>>) -> F) -> Batches<T>
where
    T: Send + 'static,
    F: Future<Output = Result<(), Status>> + Send + 'static,
{
    let (sender, receiver) = mpsc::channel(2);
    let sending = send(sender.clone());
    tokio::spawn(async move {
        if let Err(status) = sending.await {
            // A reader that is gone wants no error either.
            sender.send(Err(status)).await.ok();
        }
    });
    Box::pin(ReceiverStream::new(receiver))
}

fn chunks(events: Vec<Recorded>) -> Vec<Vec<Event>> {
    let mut chunks = Vec::new();
    let mut chunk = Vec::new();
    let mut bytes = 0;
    for event in events {
        bytes += event.payload.len() + 512;
        chunk.push(wire::to_event(event));
        if bytes >= BATCH_BYTES {
            chunks.push(std::mem::take(&mut chunk));
            bytes = 0;
        }
    }
    if !chunk.is_empty() {
        chunks.push(chunk);
    }
    chunks
}

/// Storage text never crosses the edge.
fn unavailable(error: eventstore::Error) -> Status {
    tracing::warn!(error = causes(&error), "the store cannot be read");
    Status::unavailable("the store cannot be read")
}

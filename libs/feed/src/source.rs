//! Where events come from: a store in this process, or another process behind gRPC and NATS.

use chrono::{DateTime, Utc};
use eventstore::{EventStore, Position, Recorded};
use tonic::transport::Channel;

use crate::{Error, FeedToken, Tail, owner::Owner};

/// One service's events. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Source {
    name: &'static str,
    place: Place,
}

#[derive(Clone, Debug)]
pub(crate) enum Place {
    Local(EventStore),
    Remote(Box<Remote>),
}

#[derive(Clone, Debug)]
pub(crate) struct Remote {
    pub(crate) owner: Owner,
    pub(crate) nats: Option<async_nats::Client>,
}

/// How far a source goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status {
    /// Of the last event; 0 if there is none.
    pub position: Position,
    /// Raised by an operator after the store was restored to an earlier state.
    pub epoch: i64,
    /// When that was so, by the owner's clock.
    pub at: DateTime<Utc>,
}

impl Source {
    /// A store in this process.
    pub fn local(name: &'static str, store: EventStore) -> Self {
        Self {
            name,
            place: Place::Local(store),
        }
    }

    /// Another process: its feed service, and NATS to hear of new events at once. Without NATS it is asked once a second.
    pub fn remote(
        name: &'static str,
        nats: impl Into<Option<async_nats::Client>>,
        channel: Channel,
        token: FeedToken,
    ) -> Self {
        let remote = Remote {
            owner: Owner::new(name, channel, token),
            nats: nats.into(),
        };
        Self {
            name,
            place: Place::Remote(Box::new(remote)),
        }
    }

    /// The service, such as `observations`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Position of the last event; 0 if there is none.
    pub async fn head(&self) -> Result<Position, Error> {
        match &self.place {
            Place::Local(store) => store
                .head()
                .await
                .map_err(|error| Error::Store { name: self.name, error }),
            Place::Remote(_) => Ok(self.status().await?.position),
        }
    }

    /// How far the source goes.
    pub async fn status(&self) -> Result<Status, Error> {
        self.place.status(self.name).await
    }

    /// Consecutive events from the one after `after`; empty at the head.
    pub async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, Error> {
        self.place.read(self.name, after, limit).await
    }

    /// The events at these positions, those of them that exist.
    pub async fn read_at(&self, positions: &[Position]) -> Result<Vec<Recorded>, Error> {
        match &self.place {
            Place::Local(store) => store
                .read_at(positions)
                .await
                .map_err(|error| Error::Store { name: self.name, error }),
            Place::Remote(remote) => remote.owner.read_at(positions).await,
        }
    }

    /// Follows the source from the event after `after`.
    pub fn tail(&self, after: Position) -> Tail {
        Tail::new(self.name, self.place.clone(), after)
    }
}

impl Place {
    pub(crate) async fn status(&self, name: &'static str) -> Result<Status, Error> {
        match self {
            Self::Local(store) => {
                let at = Utc::now();
                let position = store.head().await.map_err(|error| Error::Store { name, error })?;
                let epoch = store.epoch().await.map_err(|error| Error::Store { name, error })?;
                Ok(Status { position, epoch, at })
            }
            Self::Remote(remote) => remote.owner.status().await,
        }
    }

    pub(crate) async fn read(&self, name: &'static str, after: Position, limit: usize) -> Result<Vec<Recorded>, Error> {
        match self {
            Self::Local(store) => store
                .read(after, limit)
                .await
                .map_err(|error| Error::Store { name, error }),
            Self::Remote(remote) => remote.owner.read(after, limit).await,
        }
    }
}

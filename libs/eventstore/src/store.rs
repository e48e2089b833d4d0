//! The store as its users see it.

use std::{sync::Arc, time::Duration};

use db::{Db, sql};
use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
    time::{MissedTickBehavior, interval},
};
use uuid::Uuid;

use crate::{
    Append, AppendError, Error, Kind, Metadata, Position, Receipt, Recorded, StreamId, Version, batch,
    loader::{self, Load},
    schema::{COMPONENT, MIGRATIONS},
    writer::{BATCH, Pending, Writer, announce, error_chain},
};

/// How often another process's appends are looked for.
const LOOK: Duration = Duration::from_secs(1);

/// One service's events. Cheap to clone; the writer ends with the last clone.
#[derive(Clone, Debug)]
pub struct EventStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    db: Db,
    queue: mpsc::Sender<Pending>,
    loads: mpsc::Sender<Load>,
    head: watch::Sender<Position>,
    looking: AbortHandle,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

impl EventStore {
    /// Makes the tables if they are missing, and starts the writer.
    pub async fn open(db: Db) -> Result<Self, Error> {
        db.migrate(COMPONENT, MIGRATIONS).await?;
        let head = watch::Sender::new(read_head(&db).await?);
        let (queue, appends) = mpsc::channel(4 * BATCH);
        tokio::spawn(Writer::new(db.clone(), appends, head.clone()).run());
        let (loads, wanted) = mpsc::channel(4 * loader::TOGETHER);
        loader::start(&db, wanted);
        let looking = tokio::spawn(look_for_others(db.clone(), head.clone())).abort_handle();
        Ok(Self {
            inner: Arc::new(Inner {
                db,
                queue,
                loads,
                head,
                looking,
            }),
        })
    }

    /// Stores the events of all its streams, or none. The same request again gets the same receipt.
    ///
    /// Cancelling it leaves open whether they were stored; ask again with the same request id.
    pub async fn append(&self, append: Append) -> Result<Receipt, AppendError> {
        let (pending, answered) = Pending::new(append);
        self.inner.queue.send(pending).await.map_err(|_| AppendError::Closed)?;
        answered.await.map_err(|_| AppendError::Closed)?
    }

    /// The answer that this request already got, if it did: a look before deciding.
    pub async fn receipt(&self, request_id: Uuid, digest: &[u8; 32]) -> Result<Option<Receipt>, AppendError> {
        let known = batch::find_receipts(&self.inner.db, &[request_id]).await?;
        known.first().map(|known| known.answer(digest)).transpose()
    }

    /// All events of a stream, in order. None if it does not exist.
    ///
    /// Those whose streams are wanted at the same time share a query.
    pub async fn load(&self, stream_id: StreamId) -> Result<Vec<Recorded>, Error> {
        let (load, loaded) = Load::of(stream_id);
        let lost = || Error::Unavailable(Arc::new(db::Error::timed_out()));
        self.inner.loads.send(load).await.map_err(|_| lost())?;
        loaded.await.map_err(|_| lost())?
    }

    /// The events that follow a position, in order and without gaps, at most `limit`. None at the head.
    pub async fn read(&self, after: Position, limit: usize) -> Result<Vec<Recorded>, Error> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        Ok(sql!(
            select!("where position > $1 order by position limit $2"),
            after.0,
            limit
        )
        .fetch_all(&self.inner.db)
        .await?)
    }

    /// The events at these positions, in order. Positions beyond the head are left out.
    pub async fn read_at(&self, positions: &[Position]) -> Result<Vec<Recorded>, Error> {
        let positions: Vec<i64> = positions.iter().map(|position| position.0).collect();
        Ok(sql!(select!("where position = any($1) order by position"), positions)
            .fetch_all(&self.inner.db)
            .await?)
    }

    /// The position of the last event; 0 in an empty store.
    pub async fn head(&self) -> Result<Position, Error> {
        Ok(read_head(&self.inner.db).await?)
    }

    /// Wakes when there may be more to read, at the latest a second after another process's append. The position is
    /// a hint: read the store.
    pub fn watch(&self) -> watch::Receiver<Position> {
        self.inner.head.subscribe()
    }

    /// Counts how often the store was restored to an earlier time: positions of different epochs don't compare.
    pub async fn epoch(&self) -> Result<i64, Error> {
        let (epoch,) = sql!("select epoch from head").fetch_one(&self.inner.db).await?;
        Ok(epoch)
    }

    /// Begins a new epoch, after a restore. Says which.
    pub async fn raise_epoch(&self) -> Result<i64, Error> {
        let mut tx = self.inner.db.begin_write().await?;
        let (epoch,) = sql!("update head set epoch = epoch + 1 returning epoch")
            .fetch_one(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(epoch)
    }
}

impl EventStore {
    pub(crate) fn db(&self) -> &Db {
        &self.inner.db
    }

    pub(crate) fn announce(&self, position: Position) {
        announce(&self.inner.head, position);
    }
}

async fn read_head(db: &Db) -> db::Result<Position> {
    let (position,) = sql!("select position from head").fetch_one(db).await?;
    Ok(Position(position))
}

/// Another process may write to the same database, so look. While the database is away there is nothing to see.
async fn look_for_others(db: Db, head: watch::Sender<Position>) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if head.receiver_count() == 0 {
            continue;
        }
        match read_head(&db).await {
            Ok(position) => announce(&head, position),
            Err(error) => tracing::debug!(error = error_chain(&error), "cannot look at the head"),
        }
    }
}

/// A query for whole events.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select position, event_id, stream_id, version, kind,
               trust_id, actor_id, on_behalf_of, purpose, occurred_at, correlation_id, causation_id, traceparent,
               request_id, recorded_at, payload
             from events ",
            $rest
        )
    };
}
pub(crate) use select;

impl db::FromRow for Recorded {
    fn from_row(row: db::Row) -> db::Result<Self> {
        Ok(Self {
            position: Position(row.at(0)?),
            event_id: row.at(1)?,
            stream_id: StreamId(row.at(2)?),
            version: Version(row.at(3)?),
            kind: Kind::new(&row.at::<String>(4)?),
            metadata: Metadata {
                trust_id: row.at(5)?,
                actor_id: row.at(6)?,
                on_behalf_of: row.at(7)?,
                purpose: row.at(8)?,
                occurred_at: row.at(9)?,
                correlation_id: row.at(10)?,
                causation_id: row.at(11)?,
                traceparent: row.at(12)?,
                request_id: row.at(13)?,
            },
            recorded_at: row.at(14)?,
            payload: row.at(15)?,
        })
    }
}

//! Loads of streams, as many at a time as wait.
//!
//! A lone caller is served at once. While a query is under way those who come meanwhile gather, and the next one serves
//! them all: the busier the store, the fewer queries a load.

use std::{collections::HashMap, sync::Arc};

use db::{Db, sql};
use tokio::sync::{Mutex, mpsc, oneshot};
use uuid::Uuid;

use crate::{Error, Recorded, StreamId, store::select};

/// How many streams are loaded by one query.
pub(crate) const TOGETHER: usize = 64;

/// How many queries may be under way.
const QUERIES: usize = 2;

/// A stream that somebody waits for.
pub(crate) struct Load {
    stream_id: StreamId,
    answer: oneshot::Sender<Result<Vec<Recorded>, Error>>,
}

impl Load {
    pub(crate) fn of(stream_id: StreamId) -> (Self, oneshot::Receiver<Result<Vec<Recorded>, Error>>) {
        let (answer, loaded) = oneshot::channel();
        (Self { stream_id, answer }, loaded)
    }
}

/// Serves loads until nobody can ask any more.
pub(crate) fn start(db: &Db, wanted: mpsc::Receiver<Load>) {
    let wanted = Arc::new(Mutex::new(wanted));
    for _ in 0..QUERIES {
        tokio::spawn(serve(db.clone(), wanted.clone()));
    }
}

async fn serve(db: Db, wanted: Arc<Mutex<mpsc::Receiver<Load>>>) {
    loop {
        let mut loads = Vec::new();
        if wanted.lock().await.recv_many(&mut loads, TOGETHER).await == 0 {
            return;
        }
        // Who went away meanwhile wants nothing any more.
        loads.retain(|load| !load.answer.is_closed());
        match found(&db, &loads).await {
            Ok(mut streams) => {
                for load in loads {
                    // Two may want the same stream.
                    let events = streams.get_mut(&load.stream_id).map(|found| found.next());
                    let _ = load.answer.send(Ok(events.unwrap_or_default()));
                }
            }
            Err(error) => {
                for load in loads {
                    let _ = load.answer.send(Err(error.clone()));
                }
            }
        }
    }
}

/// A stream's events, and how many still wait for them.
#[derive(Default)]
struct Found {
    events: Vec<Recorded>,
    waiting: usize,
}

impl Found {
    fn next(&mut self) -> Vec<Recorded> {
        self.waiting -= 1;
        match self.waiting {
            0 => std::mem::take(&mut self.events),
            _ => self.events.clone(),
        }
    }
}

async fn found(db: &Db, loads: &[Load]) -> Result<HashMap<StreamId, Found>, Error> {
    let mut streams: HashMap<StreamId, Found> = HashMap::new();
    for load in loads {
        streams.entry(load.stream_id).or_default().waiting += 1;
    }
    let wanted: Vec<Uuid> = streams.keys().map(|stream| stream.0).collect();
    let events: Vec<Recorded> = match wanted.as_slice() {
        [] => Vec::new(),
        [one] => {
            sql!(select!("where stream_id = $1 order by version"), *one)
                .fetch_all(db)
                .await?
        }
        several => {
            sql!(
                select!("where stream_id = any($1) order by stream_id, version"),
                several
            )
            .fetch_all(db)
            .await?
        }
    };
    for event in events {
        if let Some(found) = streams.get_mut(&event.stream_id) {
            found.events.push(event);
        }
    }
    Ok(streams)
}

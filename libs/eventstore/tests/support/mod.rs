//! Stores and events for the tests.

#![allow(dead_code, reason = "each test file uses some of it")]

use std::collections::HashMap;

use bytes::Bytes;
use chrono::{SubsecRound, Utc};
use db::Db;
use eventstore::{
    Append, AppendError, EventStore, Kind, Metadata, NewEvent, Position, Receipt, Recorded, StreamAppend, StreamId,
    Version,
};
use tempfile::TempDir;
use uuid::Uuid;

/// A database of one test's own.
pub(crate) struct Database {
    /// The address, as a child process needs it.
    pub(crate) url: String,
    _files: Option<TempDir>,
    _postgres: Option<testkit::Postgres>,
}

impl Database {
    pub(crate) async fn sqlite() -> Self {
        let files = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", files.path().join("store.db").display());
        Self {
            url,
            _files: Some(files),
            _postgres: None,
        }
    }

    pub(crate) async fn postgres() -> Self {
        let postgres = testkit::postgres().await;
        let url = format!("{}?schema=store", postgres.url());
        Self {
            url,
            _files: None,
            _postgres: Some(postgres),
        }
    }

    /// A store as another process would open it.
    pub(crate) async fn open(&self) -> (Db, EventStore) {
        let db = Db::open(self.url.as_str()).await.unwrap();
        let store = EventStore::open(db.clone()).await.unwrap();
        (db, store)
    }
}

pub(crate) fn stream() -> StreamId {
    StreamId(Uuid::now_v7())
}

pub(crate) fn metadata(request_id: Uuid) -> Metadata {
    Metadata {
        trust_id: Uuid::from_u128(1),
        actor_id: Uuid::from_u128(2),
        on_behalf_of: None,
        purpose: 1,
        occurred_at: Utc::now().trunc_subsecs(6),
        correlation_id: request_id,
        causation_id: None,
        traceparent: None,
        request_id,
    }
}

pub(crate) fn events(count: usize) -> Vec<NewEvent> {
    (0..count)
        .map(|n| NewEvent {
            event_id: Uuid::now_v7(),
            kind: Kind::of("follow_up.agreed"),
            payload: Bytes::from(format!("payload {n}")),
        })
        .collect()
}

/// A request of its own that adds events to a stream.
pub(crate) fn append(stream_id: StreamId, expected: i64, count: usize) -> Append {
    append_to([(stream_id, expected, count)])
}

pub(crate) fn append_to<const N: usize>(streams: [(StreamId, i64, usize); N]) -> Append {
    let request_id = Uuid::now_v7();
    let streams = streams.map(|(stream_id, expected, count)| StreamAppend {
        stream_id,
        expected: Version(expected),
        events: events(count),
    });
    Append {
        metadata: metadata(request_id),
        digest: [7; 32],
        streams: streams.into(),
    }
}

/// Repeats a request while the store is away, as a client would.
pub(crate) async fn append_surely(store: &EventStore, append: &Append) -> Receipt {
    loop {
        match store.append(append.clone()).await {
            Ok(receipt) => return receipt,
            Err(AppendError::Unavailable(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// The whole store, read in pages.
pub(crate) async fn everything(store: &EventStore) -> Vec<Recorded> {
    let mut all: Vec<Recorded> = Vec::new();
    loop {
        let after = all.last().map(|event| event.position).unwrap_or_default();
        let page = store.read(after, 1000).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// Positions 1, 2, 3 …; versions of each stream 1, 2, 3 …; the clock never back.
pub(crate) fn assert_sound(events: &[Recorded]) {
    let mut versions: HashMap<StreamId, i64> = HashMap::new();
    for (position, event) in (1..).zip(events) {
        assert_eq!(event.position, Position(position));
        let version = versions.entry(event.stream_id).or_default();
        *version += 1;
        assert_eq!(event.version, Version(*version));
    }
    assert!(events.is_sorted_by_key(|event| event.recorded_at));
}

//! Relay, NATS, feed service and tail together, with everything that may go wrong in between.

use std::{path::Path, time::Duration};

use async_nats::jetstream;
use bytes::Bytes;
use chrono::Utc;
use db::Db;
use eventstore::{Append, EventStore, Kind, Metadata, NewEvent, Position, Recorded, StreamAppend, StreamId, Version};
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::{Channel, Endpoint, Server};
use uuid::Uuid;

use crate::*;

const NAME: &str = "observations";

async fn open(file: &Path) -> EventStore {
    EventStore::open(Db::open(format!("sqlite:{}", file.display())).await.unwrap())
        .await
        .unwrap()
}

/// Appends events, several to an append, each append to a stream of its own.
async fn append(store: &EventStore, count: usize) {
    for payloads in vec![Bytes::from_static(b"agreed"); count].chunks(50) {
        append_with(store, payloads).await;
    }
}

async fn append_with(store: &EventStore, payloads: &[Bytes]) {
    let metadata = Metadata {
        trust_id: Uuid::from_u128(1),
        actor_id: Uuid::from_u128(2),
        on_behalf_of: None,
        purpose: 1,
        occurred_at: Utc::now(),
        correlation_id: Uuid::new_v4(),
        causation_id: None,
        traceparent: None,
        request_id: Uuid::new_v4(),
    };
    let event = |payload: &Bytes| NewEvent {
        event_id: Uuid::now_v7(),
        kind: Kind::of("follow_up.agreed"),
        payload: payload.clone(),
    };
    let events = payloads.iter().map(event).collect();
    let stream = StreamAppend {
        stream_id: StreamId(Uuid::new_v4()),
        expected: Version(0),
        events,
    };
    store
        .append(Append {
            metadata,
            digest: [0; 32],
            streams: vec![stream],
        })
        .await
        .unwrap();
}

fn token() -> FeedToken {
    FeedToken::new("a-secret-of-the-tests").unwrap()
}

/// Serves the store on a port of its own.
async fn serve(store: &EventStore) -> Channel {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let server = Server::builder().add_service(FeedServer::new([(NAME, store.clone())], token()));
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    Endpoint::from_shared(address).unwrap().connect_lazy()
}

async fn connect(nats: &testkit::Nats) -> async_nats::Client {
    async_nats::connect(nats.url()).await.unwrap()
}

/// Asks until it is so.
async fn until<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let asking = async {
        loop {
            match ask().await {
                Some(answer) => return answer,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asking)
        .await
        .unwrap_or_else(|_| panic!("never: {what}"))
}

/// Waits until the stream ends at a position.
async fn published(client: &async_nats::Client, end: i64) -> jetstream::stream::Stream {
    let jetstream = jetstream::new(client.clone());
    until("everything is published", async || {
        let stream = jetstream.get_stream(stream_name(NAME)).await.ok()?;
        (stream.cached_info().state.last_sequence >= u64::try_from(end).unwrap()).then_some(stream)
    })
    .await
}

async fn take(tail: &mut Tail, count: usize) -> Vec<Recorded> {
    let mut events = Vec::new();
    while events.len() < count {
        let next = tokio::time::timeout(Duration::from_secs(60), tail.next(100))
            .await
            .expect("an event in time");
        events.extend(next.unwrap());
    }
    events
}

fn assert_follow(events: &[Recorded], after: i64) {
    for (event, position) in events.iter().zip(after + 1..) {
        assert_eq!(event.position, Position(position));
    }
}

/// One publication in thirty never arrives.
fn loses(_: Position) -> bool {
    Uuid::new_v4().as_u128().is_multiple_of(30)
}

#[tokio::test(flavor = "multi_thread")]
async fn sequence_is_position_though_relays_race_and_publications_are_lost() {
    let (folder, nats) = (tempfile::tempdir().unwrap(), testkit::nats().await);
    let store = open(&folder.path().join("store.db")).await;
    append(&store, 500).await;
    let client = connect(&nats).await;
    let shutdown = CancellationToken::new();
    let relays: Vec<_> = (0..2)
        .map(|_| {
            let mut relay = Relay::new(NAME, store.clone(), client.clone(), RelayOptions::default());
            relay.loses = Some(loses);
            tokio::spawn(relay.until(shutdown.clone()))
        })
        .collect();
    append(&store, 1_500).await;
    let stream = published(&client, 2_000).await;
    let stored = store.read(Position(0), 5_000).await.unwrap();
    assert_eq!(stream.cached_info().state.messages, 2_000);
    for event in stored.iter().step_by(37) {
        let message = stream
            .get_raw_message(u64::try_from(event.position.0).unwrap())
            .await
            .unwrap();
        assert_eq!(
            message.headers.get("ce-sequence").unwrap().as_str(),
            event.position.to_string()
        );
        assert_eq!(
            message.headers.get("ce-id").unwrap().as_str(),
            event.event_id.to_string()
        );
        assert_eq!(message.subject.as_str(), "evt.observations.follow_up.agreed");
    }
    shutdown.cancel();
    for relay in relays {
        relay.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_completes_itself_though_nats_loses_messages_and_its_disk() {
    let (folder, mut nats) = (tempfile::tempdir().unwrap(), testkit::nats().await);
    let store = open(&folder.path().join("store.db")).await;
    append(&store, 100).await;
    let client = connect(&nats).await;
    let shutdown = CancellationToken::new();
    let relay = tokio::spawn(Relay::run(NAME, store.clone(), client.clone(), shutdown.clone()));
    let stream = published(&client, 100).await;
    let source = Source::remote(NAME, client.clone(), serve(&store).await, token());

    // Holes.
    for sequence in [3, 4, 50, 100] {
        stream.delete_message(sequence).await.unwrap();
    }
    let mut tail = source.tail(Position(0));
    let events = take(&mut tail, 100).await;
    assert_eq!(events, store.read(Position(0), 1_000).await.unwrap());

    // The disk is lost under the running server.
    nats.wipe();
    append(&store, 200).await;
    assert_follow(&take(&mut tail, 200).await, 100);
    published(&client, 300).await;

    // The server comes back with nothing.
    nats.stop();
    append(&store, 50).await;
    assert_follow(&take(&mut tail, 50).await, 300);
    nats.start().await;
    append(&store, 50).await;
    assert_follow(&take(&mut tail, 50).await, 350);
    let stream = published(&client, 400).await;
    let last = stream.get_raw_message(400).await.unwrap();
    assert_eq!(last.headers.get("ce-sequence").unwrap().as_str(), "400");

    // Nothing new: the tail says so.
    let mut complete = tail.complete_up_to();
    let asked = Utc::now();
    tokio::select! {
        _ = tail.next(1) => panic!("nothing was appended"),
        complete = complete.wait_for(|at| at.is_some_and(|at| at >= asked)) => assert!(complete.is_ok()),
    }
    shutdown.cancel();
    relay.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_too_large_for_nats_reaches_its_readers() {
    let (folder, nats) = (tempfile::tempdir().unwrap(), testkit::nats().await);
    let store = open(&folder.path().join("store.db")).await;
    let client = connect(&nats).await;
    let shutdown = CancellationToken::new();
    let relay = tokio::spawn(Relay::run(NAME, store.clone(), client.clone(), shutdown.clone()));
    let source = Source::remote(NAME, client.clone(), serve(&store).await, token());
    let mut tail = source.tail(Position(0));
    append(&store, 2).await;
    assert_follow(&take(&mut tail, 2).await, 0);
    append_with(&store, &[Bytes::from(vec![7; 2_000_000]), Bytes::from_static(b"small")]).await;
    assert_eq!(take(&mut tail, 2).await, store.read(Position(2), 10).await.unwrap());
    published(&client, 4).await;
    shutdown.cancel();
    relay.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_tail_returns_what_is_there_and_then_waits() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    append(&store, 120).await;
    let mut tail = Source::local(NAME, store.clone()).tail(Position(20));
    assert_follow(&take(&mut tail, 100).await, 20);
    let (events, ()) = tokio::join!(tail.next(10), append(&store, 30));
    assert_follow(&events.unwrap(), 120);
    assert_eq!(tail.epoch(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_restored_to_the_past_is_noticed_until_its_epoch_is_raised() {
    let (folder, nats) = (tempfile::tempdir().unwrap(), testkit::nats().await);
    let (file, backup) = (folder.path().join("store.db"), folder.path().join("backup.db"));
    let db = Db::open(format!("sqlite:{}", file.display())).await.unwrap();
    let store = EventStore::open(db.clone()).await.unwrap();
    append(&store, 10).await;
    db.forget_deleted().await.unwrap();
    std::fs::copy(&file, &backup).unwrap();
    append(&store, 10).await;

    let client = connect(&nats).await;
    let shutdown = CancellationToken::new();
    let relay = tokio::spawn(Relay::run(NAME, store.clone(), client.clone(), shutdown.clone()));
    published(&client, 20).await;
    shutdown.cancel();
    relay.await.unwrap().unwrap();

    let restored = open(&backup).await;
    let run = || Relay::run(NAME, restored.clone(), client.clone(), CancellationToken::new());
    let behind = run().await.unwrap_err();
    assert!(
        matches!(
            behind,
            Error::StoreBehind {
                head: Position(10),
                seen: Position(20),
                ..
            }
        ),
        "{behind}"
    );

    let source = Source::remote(NAME, client.clone(), serve(&restored).await, token());
    let ahead = source.tail(Position(20)).next(10).await.unwrap_err();
    assert!(matches!(ahead, Error::StoreBehind { .. }), "{ahead}");
    let local = Source::local(NAME, restored.clone())
        .tail(Position(20))
        .next(10)
        .await
        .unwrap_err();
    assert!(local.is_final(), "{local}");

    // Other events take the places of those that are lost.
    append(&restored, 20).await;
    let diverged = run().await.unwrap_err();
    assert!(
        matches!(
            diverged,
            Error::Diverged {
                position: Position(20),
                ..
            }
        ),
        "{diverged}"
    );

    let mut tail = source.tail(Position(30));
    assert!(
        tokio::time::timeout(Duration::from_millis(100), tail.next(1))
            .await
            .is_err()
    );
    restored.raise_epoch().await.unwrap();
    let changed = tokio::time::timeout(Duration::from_secs(30), tail.next(1))
        .await
        .unwrap()
        .unwrap_err();
    assert!(
        matches!(
            changed,
            Error::EpochChanged {
                expected: 1,
                actual: 2,
                ..
            }
        ),
        "{changed}"
    );

    let shutdown = CancellationToken::new();
    let relay = tokio::spawn(Relay::run(NAME, restored.clone(), client.clone(), shutdown.clone()));
    let stream = published(&client, 30).await;
    until("the stream is of the new epoch", async || {
        let stream = jetstream::new(client.clone())
            .get_stream(stream_name(NAME))
            .await
            .ok()?;
        (stream.cached_info().config.metadata.get("epoch")? == "2").then_some(())
    })
    .await;
    drop(stream);
    shutdown.cancel();
    relay.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_feed_is_for_those_who_know_the_secret() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    append(&store, 60).await;
    let channel = serve(&store).await;
    let source = Source::remote(NAME, None, channel.clone(), token());
    assert_eq!(source.head().await.unwrap(), Position(60));
    assert_follow(&source.read(Position(10), 20).await.unwrap(), 10);
    let some = source
        .read_at(&[Position(2), Position(60), Position(61)])
        .await
        .unwrap();
    assert_eq!(some.iter().map(|event| event.position.0).collect::<Vec<_>>(), [2, 60]);

    let wrong = FeedToken::new("another-secret-of-theirs").unwrap();
    let Err(Error::Owner { error, .. }) = Source::remote(NAME, None, channel.clone(), wrong).head().await else {
        panic!("a wrong secret opens the feed")
    };
    assert_eq!(error.code(), tonic::Code::Unauthenticated);
    let Err(Error::Owner { error, .. }) = Source::remote("appraisal", None, channel, token()).head().await else {
        panic!("another service's feed is served")
    };
    assert_eq!(error.code(), tonic::Code::NotFound);
}

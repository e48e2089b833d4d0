//! What every store keeps to, on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, reason = "whatever fails here fails the test")]

mod support;

use std::{collections::HashSet, time::Duration};

use bytes::Bytes;
use db::sql;
use eventstore::{AppendError, EventStore, Position, Receipt, StreamId, Version};
use support::{Database, append, append_to, assert_sound, events, everything, stream};
use tokio::{task::JoinSet, time::timeout};
use uuid::Uuid;

macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread")] async fn $test() {
                super::$test(super::Database::sqlite().await).await
            })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread")] async fn $test() {
                super::$test(super::Database::postgres().await).await
            })*
        }
    };
}

on_both![
    a_new_store_is_empty,
    events_come_back_as_they_were_decided,
    the_expected_version_is_exact,
    streams_are_written_all_or_none,
    a_stream_may_come_twice_in_an_append,
    a_repeated_request_gets_the_first_answer,
    a_request_id_is_for_one_request,
    a_request_repeated_at_once_is_stored_once,
    nothing_to_store_still_leaves_a_receipt,
    a_conflict_fails_its_own_caller_only,
    a_reused_event_id_fails_its_own_caller_only,
    large_appends_are_stored_whole,
    a_tailing_reader_misses_nothing,
    reads_are_bounded_and_ordered,
    events_are_never_changed_or_deleted,
    a_reopened_store_goes_on,
    two_stores_on_one_database_are_safe,
    watchers_hear_of_another_process,
    the_writer_ends_with_the_store,
    the_operator_raises_the_epoch,
];

async fn a_new_store_is_empty(database: Database) {
    let (_, store) = database.open().await;
    assert_eq!(store.head().await.unwrap(), Position(0));
    assert_eq!(store.epoch().await.unwrap(), 1);
    assert!(store.load(stream()).await.unwrap().is_empty());
    assert!(store.read(Position(0), 10).await.unwrap().is_empty());
    assert_eq!(*store.watch().borrow(), Position(0));
}

async fn events_come_back_as_they_were_decided(database: Database) {
    let (_, store) = database.open().await;
    let stream_id = stream();
    let mut asked = append(stream_id, 0, 2);
    asked.metadata.on_behalf_of = Some(Uuid::now_v7());
    asked.metadata.causation_id = Some(Uuid::now_v7());
    asked.metadata.traceparent = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into());
    asked.streams[0].events[1].payload = Bytes::new();
    let receipt = store.append(asked.clone()).await.unwrap();
    assert_eq!(
        receipt,
        Receipt {
            request_id: asked.metadata.request_id,
            position: Position(2),
            stream_id,
            version: Version(2),
            replayed: false
        }
    );
    let stored = store.load(stream_id).await.unwrap();
    assert_eq!(stored.len(), 2);
    for (event, decided) in stored.iter().zip(&asked.streams[0].events) {
        assert_eq!(event.metadata, asked.metadata);
        assert_eq!((event.event_id, event.kind), (decided.event_id, decided.kind));
        assert_eq!(event.payload, decided.payload);
    }
    assert_sound(&stored);
    assert_eq!(stored, store.read(Position(0), 10).await.unwrap());
}

async fn the_expected_version_is_exact(database: Database) {
    let (_, store) = database.open().await;
    let stream_id = stream();
    store.append(append(stream_id, 0, 3)).await.unwrap();
    for wrong in [0, 2, 4] {
        let refused = store.append(append(stream_id, wrong, 1)).await.unwrap_err();
        let AppendError::VersionConflict {
            stream_id: of,
            expected,
            actual,
        } = refused
        else {
            panic!("{refused:?}")
        };
        assert_eq!((of, expected, actual), (stream_id, Version(wrong), Version(3)));
    }
    assert_eq!(store.append(append(stream_id, 3, 1)).await.unwrap().version, Version(4));
    let unborn = store.append(append(stream(), 1, 1)).await.unwrap_err();
    assert!(matches!(
        unborn,
        AppendError::VersionConflict { actual: Version(0), .. }
    ));
}

async fn streams_are_written_all_or_none(database: Database) {
    let (_, store) = database.open().await;
    let (one, other) = (stream(), stream());
    let receipt = store.append(append_to([(one, 0, 2), (other, 0, 1)])).await.unwrap();
    assert_eq!(
        (receipt.position, receipt.stream_id, receipt.version),
        (Position(3), one, Version(2))
    );
    store.append(append_to([(one, 2, 1), (other, 0, 1)])).await.unwrap_err();
    store.append(append_to([(other, 1, 0), (one, 1, 1)])).await.unwrap_err();
    assert_eq!(store.head().await.unwrap(), Position(3));
    assert_sound(&everything(&store).await);
}

async fn a_stream_may_come_twice_in_an_append(database: Database) {
    let (_, store) = database.open().await;
    let stream_id = stream();
    let receipt = store
        .append(append_to([(stream_id, 0, 1), (stream_id, 1, 1)]))
        .await
        .unwrap();
    assert_eq!(receipt.version, Version(2));
    store
        .append(append_to([(stream_id, 2, 1), (stream_id, 2, 1)]))
        .await
        .unwrap_err();
    assert_sound(&everything(&store).await);
}

async fn a_repeated_request_gets_the_first_answer(database: Database) {
    let (_, store) = database.open().await;
    let stream_id = stream();
    let request = append(stream_id, 0, 1);
    let first = store.append(request.clone()).await.unwrap();
    store.append(append(stream_id, 1, 1)).await.unwrap();
    let again = store.append(request.clone()).await.unwrap();
    assert_eq!(
        again,
        Receipt {
            replayed: true,
            ..first
        }
    );
    let seen = store
        .receipt(request.metadata.request_id, &request.digest)
        .await
        .unwrap();
    assert_eq!(seen, Some(again));
    assert_eq!(store.receipt(Uuid::now_v7(), &request.digest).await.unwrap(), None);
    assert_eq!(store.head().await.unwrap(), Position(2));
}

async fn a_request_id_is_for_one_request(database: Database) {
    let (_, store) = database.open().await;
    let mut request = append(stream(), 0, 1);
    store.append(request.clone()).await.unwrap();
    request.digest = [8; 32];
    let refused = store.append(request.clone()).await.unwrap_err();
    assert!(matches!(refused, AppendError::RequestReused(id) if id == request.metadata.request_id));
    let refused = store
        .receipt(request.metadata.request_id, &request.digest)
        .await
        .unwrap_err();
    assert!(matches!(refused, AppendError::RequestReused(_)));
}

async fn a_request_repeated_at_once_is_stored_once(database: Database) {
    let (_, store) = database.open().await;
    for _ in 0..5 {
        let before = store.head().await.unwrap();
        let request = append(stream(), 0, 1);
        let mut other = request.clone();
        other.digest = [9; 32];
        let mut tasks = JoinSet::new();
        for asked in std::iter::repeat_n(request, 20).chain([other]) {
            let store = store.clone();
            tasks.spawn(async move { store.append(asked).await });
        }
        let answers = tasks.join_all().await;
        let (stored, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        // Whichever question came first decides which is the reused one.
        assert!(matches!(stored.len(), 1 | 20), "{stored:?}");
        assert!(
            refused
                .iter()
                .all(|answer| matches!(answer, Err(AppendError::RequestReused(_))))
        );
        let first_answers = stored
            .iter()
            .filter(|answer| answer.as_ref().is_ok_and(|receipt| !receipt.replayed));
        assert_eq!(first_answers.count(), 1);
        assert_eq!(store.head().await.unwrap(), Position(before.0 + 1));
    }
}

async fn nothing_to_store_still_leaves_a_receipt(database: Database) {
    let (_, store) = database.open().await;
    let stream_id = stream();
    store.append(append(stream_id, 0, 1)).await.unwrap();
    let request = append(stream_id, 1, 0);
    let first = store.append(request.clone()).await.unwrap();
    assert_eq!(
        (first.position, first.version, first.replayed),
        (Position(1), Version(1), false)
    );
    assert!(store.append(request).await.unwrap().replayed);
    let refused = store.append(append(stream_id, 0, 0)).await.unwrap_err();
    assert!(
        matches!(refused, AppendError::VersionConflict { .. }),
        "a stream that was only looked at counts too"
    );
    let nowhere = store.append(append_to([])).await.unwrap();
    assert_eq!(
        (nowhere.stream_id, nowhere.version),
        (StreamId(Uuid::nil()), Version(0))
    );
}

async fn a_conflict_fails_its_own_caller_only(database: Database) {
    let (_, store) = database.open().await;
    let contested = stream();
    let mut tasks = JoinSet::new();
    for n in 0..100 {
        let store = store.clone();
        let asked = append(if n % 2 == 0 { contested } else { stream() }, 0, 1);
        tasks.spawn(async move { store.append(asked).await });
    }
    let answers = tasks.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 51);
    assert!(
        answers
            .iter()
            .flat_map(|answer| answer.as_ref().err())
            .all(|error| { matches!(error, AppendError::VersionConflict { actual: Version(1), .. }) })
    );
    assert_eq!(store.load(contested).await.unwrap().len(), 1);
    assert_sound(&everything(&store).await);
}

async fn a_reused_event_id_fails_its_own_caller_only(database: Database) {
    let (_, store) = database.open().await;
    let first = append(stream(), 0, 1);
    store.append(first.clone()).await.unwrap();
    let mut tasks = JoinSet::new();
    for n in 0..20 {
        let store = store.clone();
        let mut asked = append(stream(), 0, 1);
        if n == 10 {
            asked.streams[0].events = first.streams[0].events.clone();
        }
        tasks.spawn(async move { store.append(asked).await });
    }
    let refused: Vec<_> = tasks.join_all().await.into_iter().filter_map(Result::err).collect();
    assert!(
        matches!(refused.as_slice(), [AppendError::EventReused(_)]),
        "{refused:?}"
    );
    assert_eq!(store.head().await.unwrap(), Position(20));
    assert_sound(&everything(&store).await);
}

async fn large_appends_are_stored_whole(database: Database) {
    let (_, store) = database.open().await;
    let mut asked = append_to([(stream(), 0, 3_000), (stream(), 0, 1)]);
    asked.streams[1].events[0].payload = vec![0xa5; 1 << 20].into();
    let receipt = store.append(asked.clone()).await.unwrap();
    assert_eq!(receipt.position, Position(3_001));
    let all = everything(&store).await;
    assert_sound(&all);
    assert_eq!(all[3_000].payload, asked.streams[1].events[0].payload);
}

/// 64 writers, two stores' worth of streams contested, and a reader that follows by position alone.
async fn a_tailing_reader_misses_nothing(database: Database) {
    const WRITERS: usize = 64;
    const EACH: usize = 20;
    let (_, store) = database.open().await;
    let reader = tokio::spawn(follow(store.clone(), WRITERS * EACH));
    let contested: Vec<StreamId> = (0..8).map(|_| stream()).collect();
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (store, stream_id) = (store.clone(), contested[writer % contested.len()]);
        writers.spawn(async move { write_against_others(&store, stream_id, EACH).await });
    }
    let written: HashSet<Uuid> = writers.join_all().await.into_iter().flatten().collect();
    let followed = timeout(Duration::from_secs(60), reader).await.unwrap().unwrap();
    assert_sound(&followed);
    assert_eq!(
        followed.iter().map(|event| event.event_id).collect::<HashSet<_>>(),
        written
    );
}

async fn follow(store: EventStore, count: usize) -> Vec<eventstore::Recorded> {
    let mut woken = store.watch();
    let mut followed: Vec<eventstore::Recorded> = Vec::new();
    while followed.len() < count {
        woken.mark_unchanged();
        let after = followed.last().map(|event| event.position).unwrap_or_default();
        let page = store.read(after, 100).await.unwrap();
        if page.is_empty() {
            woken.changed().await.unwrap();
        }
        followed.extend(page);
    }
    followed
}

/// Adds events one at a time to a stream to which others add too. Says which.
async fn write_against_others(store: &EventStore, stream_id: StreamId, count: usize) -> Vec<Uuid> {
    let mut written = Vec::new();
    let mut expected = 0;
    while written.len() < count {
        let asked = append(stream_id, expected, 1);
        let event_id = asked.streams[0].events[0].event_id;
        match store.append(asked).await {
            Ok(receipt) => {
                expected = receipt.version.0;
                written.push(event_id);
            }
            Err(AppendError::VersionConflict { actual, .. }) => expected = actual.0,
            Err(error) => panic!("{error:?}"),
        }
    }
    written
}

async fn reads_are_bounded_and_ordered(database: Database) {
    let (_, store) = database.open().await;
    store.append(append(stream(), 0, 5)).await.unwrap();
    let positions = |events: Vec<eventstore::Recorded>| events.iter().map(|event| event.position.0).collect::<Vec<_>>();
    assert_eq!(positions(store.read(Position(2), 2).await.unwrap()), [3, 4]);
    assert_eq!(positions(store.read(Position(4), 10).await.unwrap()), [5]);
    assert_eq!(positions(store.read(Position(9), 10).await.unwrap()), [0; 0]);
    let at = [Position(4), Position(2), Position(9), Position(2)];
    assert_eq!(positions(store.read_at(&at).await.unwrap()), [2, 4]);
    assert_eq!(positions(store.read_at(&[]).await.unwrap()), [0; 0]);
}

async fn events_are_never_changed_or_deleted(database: Database) {
    let (db, store) = database.open().await;
    store.append(append(stream(), 0, 3)).await.unwrap();
    let before = everything(&store).await;
    for change in [
        "update events set kind = 'other'",
        "delete from events where position = 2",
        "update receipts set position = 0",
        "delete from receipts",
        "delete from head",
        "update head set position = 1",
        "update head set epoch = 0",
    ] {
        assert!(sql!(change).execute(&db).await.is_err(), "{change}");
    }
    if let db::Db::Pg(_) = db {
        for change in ["truncate events", "truncate receipts"] {
            assert!(sql!(change).execute(&db).await.is_err(), "{change}");
        }
    } else {
        let change = "insert or replace into events select * from events where position = 1";
        assert!(sql!(change).execute(&db).await.is_err(), "{change}");
    }
    assert_eq!(everything(&store).await, before);
}

async fn a_reopened_store_goes_on(database: Database) {
    let stream_id = stream();
    let request = append(stream_id, 0, 2);
    let (db, store) = database.open().await;
    let first = store.append(request.clone()).await.unwrap();
    drop(store);
    db.close().await;
    let (_, store) = database.open().await;
    assert_eq!(*store.watch().borrow(), Position(2));
    assert_eq!(
        store.append(request).await.unwrap(),
        Receipt {
            replayed: true,
            ..first
        }
    );
    let receipt = store.append(append(stream_id, 2, 1)).await.unwrap();
    assert_eq!((receipt.position, receipt.version), (Position(3), Version(3)));
    assert_sound(&everything(&store).await);
}

async fn two_stores_on_one_database_are_safe(database: Database) {
    let (_, one) = database.open().await;
    let (_, other) = database.open().await;
    let contested = stream();
    let shared = append(stream(), 0, 1);
    let mut writers = JoinSet::new();
    for writer in 0..16 {
        let store = if writer % 2 == 0 { one.clone() } else { other.clone() };
        let shared = shared.clone();
        writers.spawn(async move {
            store.append(shared).await.unwrap();
            write_against_others(&store, contested, 10).await
        });
    }
    writers.join_all().await;
    let all = everything(&one).await;
    assert_eq!(all.len(), 161);
    assert_sound(&all);
    assert_eq!(all, everything(&other).await);
}

async fn watchers_hear_of_another_process(database: Database) {
    let (_, one) = database.open().await;
    let (_, other) = database.open().await;
    let mut woken = other.watch();
    one.append(append(stream(), 0, 2)).await.unwrap();
    let heard = timeout(
        Duration::from_secs(20),
        woken.wait_for(|position| *position == Position(2)),
    )
    .await;
    assert!(heard.unwrap().is_ok());
}

async fn the_writer_ends_with_the_store(database: Database) {
    let (_, store) = database.open().await;
    let mut woken = store.watch();
    let last = tokio::spawn({
        let store = store.clone();
        async move { store.append(append(stream(), 0, 1)).await }
    });
    last.await.unwrap().unwrap();
    woken.mark_unchanged();
    drop(store);
    let ended = timeout(Duration::from_secs(20), woken.changed()).await.unwrap();
    assert!(ended.is_err(), "nobody is left to wake watchers");
}

async fn the_operator_raises_the_epoch(database: Database) {
    let (_, store) = database.open().await;
    let (_, other) = database.open().await;
    assert_eq!(store.raise_epoch().await.unwrap(), 2);
    assert_eq!(other.epoch().await.unwrap(), 2);
    let mut asked = append(stream(), 0, 0);
    asked.streams[0].events = events(1);
    store.append(asked).await.unwrap();
    assert_eq!(store.epoch().await.unwrap(), 2);
}

//! Importing histories, on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, reason = "whatever fails here fails the test")]

mod support;

use chrono::{DateTime, TimeDelta, Utc};
use eventstore::{AppendError, ImportError, Past, Position, StreamId};
use support::{Database, append, append_to, assert_sound, everything, stream};

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
    a_history_comes_back_as_it_was,
    appends_follow_an_import,
    requests_of_an_import_are_known,
    time_does_not_go_back,
    versions_are_exact,
];

fn moment(minutes: i64) -> DateTime<Utc> {
    "2024-09-02T08:00:00.000001Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::minutes(minutes)
}

/// So many appends to streams, one a minute.
fn history(streams: &[StreamId], count: i64) -> Vec<Past> {
    let mut versions = vec![0; streams.len()];
    (0..count)
        .map(|number| {
            let of = usize::try_from(number).unwrap() % streams.len();
            let mut append = append(streams[of], versions[of], 2);
            append.metadata.occurred_at = moment(number);
            append.metadata.on_behalf_of = (number % 2 == 0).then(uuid::Uuid::now_v7);
            append.metadata.traceparent =
                (number % 3 == 0).then(|| "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01".to_owned());
            versions[of] += 2;
            Past {
                append,
                recorded_at: moment(number),
            }
        })
        .collect()
}

async fn a_history_comes_back_as_it_was(database: Database) {
    let (_, store) = database.open().await;
    let streams = [stream(), stream(), stream()];
    let past = history(&streams, 25_000);
    assert_eq!(store.import(&past[..15_000]).await.unwrap(), Position(30_000));
    assert_eq!(store.import(&past[15_000..]).await.unwrap(), Position(50_000));
    assert_eq!(store.head().await.unwrap(), Position(50_000));
    let stored = everything(&store).await;
    assert_sound(&stored);
    assert_eq!(stored.len(), 50_000);
    for (event, past) in stored.iter().step_by(2).zip(&past) {
        let decided = &past.append.streams[0].events[0];
        assert_eq!(event.metadata, past.append.metadata);
        assert_eq!(event.recorded_at, past.recorded_at);
        assert_eq!((event.event_id, event.kind), (decided.event_id, decided.kind));
        assert_eq!(event.payload, decided.payload);
    }
}

async fn appends_follow_an_import(database: Database) {
    let (_, store) = database.open().await;
    let stream_id = stream();
    let watch = store.watch();
    store.import(&history(&[stream_id], 3)).await.unwrap();
    assert_eq!(*watch.borrow(), Position(6));
    let receipt = store.append(append(stream_id, 6, 1)).await.unwrap();
    assert_eq!(receipt.position, Position(7));
    assert_sound(&everything(&store).await);
}

async fn requests_of_an_import_are_known(database: Database) {
    let (_, store) = database.open().await;
    let past = history(&[stream()], 2);
    store.import(&past).await.unwrap();
    let again = store.append(past[1].append.clone()).await.unwrap();
    assert!(again.replayed);
    assert_eq!(again.position, Position(4));
    assert!(store.import(&past[1..]).await.is_err());
    assert_eq!(store.head().await.unwrap(), Position(4));
}

async fn time_does_not_go_back(database: Database) {
    let (_, store) = database.open().await;
    let mut past = history(&[stream()], 3);
    past[2].recorded_at = moment(0);
    let refused = store.import(&past).await.unwrap_err();
    assert!(matches!(refused, ImportError::OutOfOrder { .. }), "{refused:?}");
    assert!(everything(&store).await.is_empty());

    store.append(append(stream(), 0, 1)).await.unwrap();
    let refused = store.import(&history(&[stream()], 1)).await.unwrap_err();
    assert!(matches!(refused, ImportError::OutOfOrder { .. }), "{refused:?}");
}

async fn versions_are_exact(database: Database) {
    let (_, store) = database.open().await;
    let stream_id = stream();
    store.import(&history(&[stream_id], 1)).await.unwrap();
    for wrong in [0, 1, 3] {
        let past = Past {
            append: append_to([(stream(), 0, 1), (stream_id, wrong, 1)]),
            recorded_at: moment(9),
        };
        let refused = store.import(&[past]).await.unwrap_err();
        let conflict = matches!(refused, ImportError::Append(AppendError::VersionConflict { .. }));
        assert!(conflict, "{refused:?}");
    }
    assert_eq!(store.head().await.unwrap(), Position(2));
}

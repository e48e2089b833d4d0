//! Projections on both databases: exactly once, in spite of poison, races, restarts and rebuilds.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use chrono::Utc;
use db::{Db, Migration, Tx, sql};
use eventstore::{Append, EventStore, Kind, Metadata, NewEvent, Position, Recorded, StreamAppend, StreamId, Version};
use feed::Source;
use projection::{Error, Handle, Home, Projection, Runner, WaitError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const SOON: Duration = Duration::from_secs(60);

/// Counts events by kind.
#[derive(Clone)]
struct Counts {
    version: u32,
    poisoned: Arc<AtomicBool>,
}

impl Counts {
    fn new(version: u32) -> Self {
        Self {
            version,
            poisoned: Arc::new(AtomicBool::new(true)),
        }
    }
}

impl Projection for Counts {
    fn name(&self) -> &'static str {
        "counts"
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn migrations(&self) -> &'static [Migration] {
        const MIGRATIONS: &[Migration] = &[Migration::new(
            1,
            "counts",
            "create table counts (
               -- One row: a kind of event of a source.
               source text not null,
               kind text not null,
               count {i64} not null,
               primary key (source, kind)
             ) {strict};",
        )];
        MIGRATIONS
    }

    async fn apply(&self, tx: &mut Tx<'_>, source: &'static str, events: &[Recorded]) -> Result<(), Error> {
        for event in events {
            if event.kind.as_str() == "test.poison" && self.poisoned.load(Ordering::SeqCst) {
                return Err(Error::event("it is poison"));
            }
            sql!(
                "insert into counts (source, kind, count) values ($1, $2, 1)
                 on conflict (source, kind) do update set count = counts.count + 1",
                source,
                event.kind.as_str()
            )
            .execute(&mut *tx)
            .await?;
        }
        Ok(())
    }
}

/// A place for views, which lives as long as the test.
struct Place {
    home: Home,
    folder: tempfile::TempDir,
    _postgres: Option<testkit::Postgres>,
}

async fn places() -> Vec<Place> {
    let postgres = testkit::postgres().await;
    let folder = || tempfile::tempdir().unwrap();
    let lite = folder();
    vec![
        Place {
            home: Home::new(format!("sqlite:{}", lite.path().join("views").display())).unwrap(),
            folder: lite,
            _postgres: None,
        },
        Place {
            home: Home::new(postgres.url()).unwrap(),
            folder: folder(),
            _postgres: Some(postgres),
        },
    ]
}

impl Place {
    async fn store(&self, name: &str) -> EventStore {
        let file = self.folder.path().join(name).with_extension("db");
        EventStore::open(Db::open(format!("sqlite:{}", file.display())).await.unwrap())
            .await
            .unwrap()
    }
}

async fn append(store: &EventStore, kind: &'static str, count: usize) -> Position {
    let metadata = Metadata {
        trust_id: Uuid::from_u128(1),
        actor_id: Uuid::from_u128(2),
        on_behalf_of: None,
        purpose: 1,
        occurred_at: Utc::now(),
        correlation_id: Uuid::new_v4(),
        causation_id: None,
        traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into()),
        request_id: Uuid::new_v4(),
    };
    let event = |()| NewEvent {
        event_id: Uuid::now_v7(),
        kind: Kind::of(kind),
        payload: Bytes::from_static(b"payload"),
    };
    let events = std::iter::repeat_n((), count).map(event).collect();
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
        .unwrap()
        .position
}

/// Runs until dropped.
struct Run {
    handle: Handle,
    shutdown: CancellationToken,
    task: tokio::task::JoinHandle<Result<(), Error>>,
}

impl Run {
    async fn start(home: &Home, projection: Counts, sources: Vec<Source>) -> Self {
        let runner = Runner::new(home, projection, sources).await.unwrap();
        let (handle, shutdown) = (runner.handle(), CancellationToken::new());
        Self {
            handle,
            task: tokio::spawn(runner.run(shutdown.clone())),
            shutdown,
        }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap().unwrap();
    }

    async fn count(&self, source: &str, kind: &str) -> i64 {
        let count: Option<(i64,)> = sql!("select count from counts where source = $1 and kind = $2", source, kind)
            .fetch_optional(&self.handle.db())
            .await
            .unwrap();
        count.map_or(0, |(count,)| count)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_event_of_every_source_is_applied_once() {
    for place in places().await {
        let (one, two) = (place.store("one").await, place.store("two").await);
        append(&one, "test.a", 700).await;
        let sources = vec![Source::local("one", one.clone()), Source::local("two", two.clone())];
        let run = Run::start(&place.home, Counts::new(1), sources.clone()).await;
        run.handle.wait_for("one", Position(700), SOON).await.unwrap();

        let before = Utc::now();
        append(&one, "test.b", 5).await;
        let last = append(&two, "test.b", 3).await;
        run.handle.wait_for("one", Position(705), SOON).await.unwrap();
        run.handle.wait_for("two", last, SOON).await.unwrap();
        assert_eq!(run.count("one", "test.a").await, 700);
        assert_eq!(
            (run.count("one", "test.b").await, run.count("two", "test.b").await),
            (5, 3)
        );
        let checkpoints = run.handle.checkpoints();
        assert_eq!(
            checkpoints
                .iter()
                .map(|at| (at.source, at.position.0))
                .collect::<Vec<_>>(),
            [("one", 705), ("two", 3)]
        );
        assert!(
            checkpoints
                .iter()
                .all(|at| at.complete_up_to.unwrap() >= before && at.epoch == Some(1))
        );
        let late = run.handle.wait_for("two", Position(4), Duration::from_millis(20)).await;
        assert_eq!(late, Err(WaitError::TimedOut));
        let handle = run.handle.clone();
        run.stop().await;
        assert_eq!(handle.wait_for("two", Position(4), SOON).await, Err(WaitError::Stopped));

        // Started again, it goes on where it was.
        append(&one, "test.a", 10).await;
        let run = Run::start(&place.home, Counts::new(1), sources).await;
        run.handle.wait_for("one", Position(715), SOON).await.unwrap();
        run.handle.caught_up(SOON).await.unwrap();
        assert_eq!(run.count("one", "test.a").await, 710);
        run.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_stops_the_projection_until_it_is_repaired_or_skipped() {
    for place in places().await {
        let store = place.store("one").await;
        append(&store, "test.a", 20).await;
        let poison = append(&store, "test.poison", 1).await;
        let last = append(&store, "test.a", 20).await;
        let projection = Counts::new(1);
        let poisoned = projection.poisoned.clone();
        let run = Run::start(&place.home, projection, vec![Source::local("one", store.clone())]).await;

        run.handle.until_stalled(true, SOON).await.unwrap();
        let stalled = run.handle.stalled().unwrap();
        assert_eq!((stalled.source, stalled.position), ("one", poison));
        assert_eq!(stalled.error, "test.poison: an event cannot be applied: it is poison");
        assert_eq!(run.count("one", "test.a").await, 20, "what comes before it is applied");

        run.handle.retry().await.unwrap();
        run.handle.until_stalled(true, SOON).await.unwrap();
        poisoned.store(false, Ordering::SeqCst);
        run.handle.retry().await.unwrap();
        run.handle.wait_for("one", last, SOON).await.unwrap();
        assert_eq!(
            (run.count("one", "test.a").await, run.count("one", "test.poison").await),
            (40, 1)
        );
        assert!(run.handle.stalled().is_none());
        assert!(run.handle.skip("nothing stalls").await.is_err());

        poisoned.store(true, Ordering::SeqCst);
        let poison = append(&store, "test.poison", 1).await;
        let last = append(&store, "test.a", 1).await;
        run.handle.until_stalled(true, SOON).await.unwrap();
        run.handle.skip("recorded twice by mistake").await.unwrap();
        run.handle.wait_for("one", last, SOON).await.unwrap();
        assert_eq!(
            (run.count("one", "test.a").await, run.count("one", "test.poison").await),
            (41, 1)
        );
        let skipped: Vec<(i64, String)> = sql!("select position, reason from skipped")
            .fetch_all(&run.handle.db())
            .await
            .unwrap();
        assert_eq!(skipped, [(poison.0, "recorded twice by mistake".to_owned())]);
        run.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_and_a_new_version_replace_views_once_they_have_caught_up() {
    for place in places().await {
        let store = place.store("one").await;
        append(&store, "test.a", 300).await;
        let sources = vec![Source::local("one", store.clone())];
        let run = Run::start(&place.home, Counts::new(1), sources.clone()).await;
        run.handle.wait_for("one", Position(300), SOON).await.unwrap();
        assert_eq!(run.handle.build(), 1);

        // Somebody spoilt the views.
        sql!("update counts set count = 0")
            .execute(&run.handle.db())
            .await
            .unwrap();
        run.handle.rebuild().await.unwrap();
        while run.handle.build() == 1 {
            let last = append(&store, "test.b", 1).await;
            run.handle.wait_for("one", last, SOON).await.unwrap();
        }
        assert_eq!(run.count("one", "test.a").await, 300);
        run.stop().await;

        // The rebuilt views are the ones to go on with.
        let run = Run::start(&place.home, Counts::new(1), sources.clone()).await;
        assert_eq!(run.handle.build(), 2);
        let next = Run::start(&place.home, Counts::new(2), sources.clone()).await;
        let last = append(&store, "test.c", 1).await;
        for run in [&run, &next] {
            run.handle.wait_for("one", last, SOON).await.unwrap();
            assert_eq!(
                (run.count("one", "test.a").await, run.count("one", "test.c").await),
                (300, 1)
            );
        }
        assert_eq!(next.handle.build(), 1);
        run.stop().await;
        next.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runners_of_the_same_views_race_without_harm() {
    for place in places().await {
        let store = place.store("one").await;
        let sources = vec![Source::local("one", store.clone())];
        let one = Run::start(&place.home, Counts::new(1), sources.clone()).await;
        let two = Run::start(&place.home, Counts::new(1), sources).await;
        let mut last = Position(0);
        for _ in 0..100 {
            last = append(&store, "test.a", 3).await;
        }
        for run in [&one, &two] {
            run.handle.wait_for("one", last, SOON).await.unwrap();
            assert_eq!(run.count("one", "test.a").await, 300);
        }
        // What one of them rebuilds, the other goes on with.
        one.handle.rebuild().await.unwrap();
        while two.handle.build() == 1 {
            last = append(&store, "test.a", 1).await;
            two.handle.wait_for("one", last, SOON).await.unwrap();
        }
        assert_eq!(one.handle.build(), 2);
        assert_eq!(two.count("one", "test.a").await, last.0);
        one.stop().await;
        two.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_epoch_asks_for_a_rebuild() {
    for place in places().await {
        let store = place.store("one").await;
        append(&store, "test.a", 10).await;
        let sources = vec![Source::local("one", store.clone())];
        let run = Run::start(&place.home, Counts::new(1), sources.clone()).await;
        run.handle.wait_for("one", Position(10), SOON).await.unwrap();
        run.stop().await;
        store.raise_epoch().await.unwrap();
        append(&store, "test.b", 1).await;

        let run = Run::start(&place.home, Counts::new(1), sources).await;
        run.handle.until_stalled(true, SOON).await.unwrap();
        let stalled = run.handle.stalled().unwrap();
        assert_eq!(stalled.event_id, None);
        assert!(run.handle.skip("it is not an event's fault").await.is_err());
        run.handle.rebuild().await.unwrap();
        run.handle.until_stalled(false, SOON).await.unwrap();
        run.handle.wait_for("one", Position(11), SOON).await.unwrap();
        assert_eq!((run.handle.build(), run.count("one", "test.a").await), (2, 10));
        run.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_database_is_waited_for() {
    let mut postgres = testkit::Postgres::dedicated().await;
    let place = Place {
        home: Home::new(postgres.url()).unwrap(),
        folder: tempfile::tempdir().unwrap(),
        _postgres: None,
    };
    let store = place.store("one").await;
    let run = Run::start(&place.home, Counts::new(1), vec![Source::local("one", store.clone())]).await;
    let last = append(&store, "test.a", 100).await;
    run.handle.wait_for("one", last, SOON).await.unwrap();
    postgres.kill();
    let last = append(&store, "test.a", 100).await;
    let while_away = run.handle.wait_for("one", last, Duration::from_millis(100)).await;
    assert_eq!(while_away, Err(WaitError::TimedOut));
    postgres.start().await;
    run.handle.wait_for("one", last, SOON).await.unwrap();
    assert_eq!(run.count("one", "test.a").await, 200);
    assert!(run.handle.stalled().is_none());
    run.stop().await;
}

//! Every kind of query, on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, reason = "whatever fails here fails the test")]

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use db::{Db, Error, Migration, Options, Rows, from_row, sql};
use tempfile::TempDir;
use uuid::Uuid;

/// A database of one test's own.
struct Database {
    db: Db,
    options: Options,
    _files: Option<TempDir>,
    _postgres: Option<testkit::Postgres>,
}

impl Database {
    async fn sqlite() -> Self {
        let files = tempfile::tempdir().unwrap();
        let options = Options::new(format!("sqlite:{}", files.path().join("test.db").display()));
        Self {
            db: Db::open(&options).await.unwrap(),
            options,
            _files: Some(files),
            _postgres: None,
        }
    }

    async fn postgres() -> Self {
        let postgres = testkit::postgres().await;
        let options = Options::new(postgres.url()).schema("test");
        Self {
            db: Db::open(&options).await.unwrap(),
            options,
            _files: None,
            _postgres: Some(postgres),
        }
    }

    async fn with(self, script: &'static str) -> Self {
        self.db
            .migrate("test", &[Migration::new(1, "tables", script)])
            .await
            .unwrap();
        self
    }
}

macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test] async fn $test() { super::$test(super::Database::sqlite().await).await })*
        }
        mod on_postgres {
            $(#[tokio::test] async fn $test() { super::$test(super::Database::postgres().await).await })*
        }
    };
}

on_both![
    all_types_come_back,
    nulls_come_back,
    values_sort_alike,
    arrays_select_and_leave_out,
    arrays_become_rows,
    many_rows_are_inserted,
    many_rows_are_loaded,
    many_rows_are_upserted,
    existing_rows_are_kept,
    unique_constraints_are_named,
    missing_rows_and_columns_are_told,
    what_is_not_committed_is_undone,
    a_read_transaction_sees_one_moment,
    writers_queue,
    migrations_run_once,
    changed_migrations_are_refused,
    failed_migrations_leave_nothing,
    newer_migrations_are_left_alone,
    migrations_may_race,
    deleted_rows_can_be_forgotten,
    rows_follow_a_statement_that_changed_something,
    nothing_follows_a_statement_that_changed_nothing,
    what_was_put_off_is_made_up_for,
];

const VALUES: &str = "
    create table things (
      -- One row: a value of every type.
      id {uuid} primary key,
      at {instant}, day {date}, big {i64}, small {i32}, ratio {f64}, yes {bool}, words text, content {bytes}
    ) {strict};";

#[derive(Clone, Debug, PartialEq)]
struct Thing {
    id: Uuid,
    at: Option<DateTime<Utc>>,
    day: Option<NaiveDate>,
    big: Option<i64>,
    small: Option<i32>,
    ratio: Option<f64>,
    yes: Option<bool>,
    words: Option<String>,
    content: Option<Bytes>,
}
from_row!(Thing {
    id,
    at,
    day,
    big,
    small,
    ratio,
    yes,
    words,
    content
});

impl Thing {
    fn full() -> Self {
        Self {
            id: Uuid::now_v7(),
            at: Some(Utc::now().trunc_subsecs(6)),
            day: NaiveDate::from_ymd_opt(2025, 9, 1),
            big: Some(i64::MIN),
            small: Some(-7),
            ratio: Some(0.25),
            yes: Some(true),
            words: Some("naïve \"quoted\" 'text'\n\\".into()),
            content: Some(Bytes::from_static(b"\x00\xff'")),
        }
    }

    fn empty() -> Self {
        let id = Uuid::now_v7();
        Self {
            id,
            at: None,
            day: None,
            big: None,
            small: None,
            ratio: None,
            yes: None,
            words: None,
            content: None,
        }
    }

    async fn insert(&self, db: &Db) {
        sql!(
            "insert into things (id, at, day, big, small, ratio, yes, words, content)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            self.id,
            self.at,
            self.day,
            self.big,
            self.small,
            self.ratio,
            self.yes,
            &self.words,
            &self.content
        )
        .execute(db)
        .await
        .unwrap();
    }
}

fn rows(things: &[Thing]) -> Rows {
    Rows::of("things")
        .column("id", things.iter().map(|thing| thing.id))
        .column("at", things.iter().map(|thing| thing.at))
        .column("day", things.iter().map(|thing| thing.day))
        .column("big", things.iter().map(|thing| thing.big))
        .column("small", things.iter().map(|thing| thing.small))
        .column("ratio", things.iter().map(|thing| thing.ratio))
        .column("yes", things.iter().map(|thing| thing.yes))
        .column("words", things.iter().map(|thing| thing.words.as_deref()))
        .column("content", things.iter().map(|thing| thing.content.clone()))
}

async fn things(db: &Db) -> Vec<Thing> {
    sql!("select * from things order by id").fetch_all(db).await.unwrap()
}

async fn all_types_come_back(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    let thing = Thing::full();
    thing.insert(db).await;
    let back: Thing = sql!("select * from things where id = $1", thing.id)
        .fetch_one(db)
        .await
        .unwrap();
    assert_eq!(back, thing);
    let found: Option<(Uuid,)> = sql!(
        "select id from things
         where at = $1 and day = $2 and big = $3 and small = $4 and ratio = $5 and yes = $6 and words = $7 and content = $8",
        thing.at,
        thing.day,
        thing.big,
        thing.small,
        thing.ratio,
        thing.yes,
        thing.words,
        thing.content
    )
    .fetch_optional(db)
    .await
    .unwrap();
    assert_eq!(found, Some((thing.id,)));
    let counted: (i64, f64, i64, bool) =
        sql!("select count(*), avg(ratio), 1, count(*) = 1 from things where yes = true")
            .fetch_one(db)
            .await
            .unwrap();
    assert_eq!(counted, (1, 0.25, 1, true));
}

async fn nulls_come_back(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    let thing = Thing::empty();
    thing.insert(db).await;
    assert_eq!(things(db).await, std::slice::from_ref(&thing));
    for wanted in [None, Some(thing.id)] {
        let found: Vec<(Uuid,)> = sql!("select id from things where ($1 is null or id = $1)", wanted)
            .fetch_all(db)
            .await
            .unwrap();
        assert_eq!(found, [(thing.id,)]);
    }
}

async fn values_sort_alike(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    let instants = [
        "1969-12-31T23:59:59.5Z",
        "2025-01-01T00:00:00Z",
        "2025-01-01T00:00:00.5Z",
        "2025-01-01T00:00:00.500001Z",
    ];
    let dates = ["1999-12-31", "2025-09-01", "2025-09-30", "2025-10-01"];
    let expected: Vec<(Option<DateTime<Utc>>, Option<NaiveDate>, Uuid)> = instants
        .iter()
        .zip(dates)
        .map(|(at, day)| (Some(at.parse().unwrap()), Some(day.parse().unwrap()), Uuid::now_v7()))
        .collect();
    for (at, day, id) in expected.iter().rev() {
        Thing {
            at: *at,
            day: *day,
            id: *id,
            ..Thing::empty()
        }
        .insert(db)
        .await;
    }
    for order in ["at", "day", "id"] {
        let found: Vec<(Option<DateTime<Utc>>, Option<NaiveDate>, Uuid)> = match order {
            "at" => sql!("select at, day, id from things order by at"),
            "day" => sql!("select at, day, id from things order by day"),
            _ => sql!("select at, day, id from things order by id"),
        }
        .fetch_all(db)
        .await
        .unwrap();
        assert_eq!(found, expected, "by {order}");
    }
}

async fn arrays_select_and_leave_out(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    let all: Vec<Thing> = (0..5_i32)
        .map(|n| Thing {
            small: Some(n),
            words: Some(format!("\"{n}\" é")),
            ..Thing::full()
        })
        .collect();
    let mut tx = db.begin_write().await.unwrap();
    rows(&all).insert(&mut tx).await.unwrap();
    tx.commit().await.unwrap();

    let ids = [all[1].id, all[3].id, Uuid::new_v4()];
    let expected = [(Some(1),), (Some(3),)];
    let found: Vec<(Option<i32>,)> = sql!("select small from things where id = any($1) order by small", &ids[..])
        .fetch_all(db)
        .await
        .unwrap();
    assert_eq!(found, expected);
    let words = vec![all[1].words.clone().unwrap(), all[3].words.clone().unwrap()];
    let found: Vec<(Option<i32>,)> = sql!("select small from things where words = any($1) order by small", words)
        .fetch_all(db)
        .await
        .unwrap();
    assert_eq!(found, expected);
    let found: Vec<(Option<i32>,)> = sql!(
        "select small from things where at = any($1) and day = any($2) order by small",
        vec![all[1].at.unwrap(), all[3].at.unwrap()],
        vec![all[0].day.unwrap()]
    )
    .fetch_all(db)
    .await
    .unwrap();
    assert!(expected.iter().all(|small| found.contains(small)));
    let found: Vec<(Option<i32>,)> = sql!(
        "select small from things where id <> all($1) and small = any($2)",
        &ids[..],
        vec![0_i64, 1, 4]
    )
    .fetch_all(db)
    .await
    .unwrap();
    assert_eq!(found, [(Some(0),), (Some(4),)]);
    let none: Vec<(Uuid,)> = sql!("select id from things where id = any($1)", Vec::<Uuid>::new())
        .fetch_all(db)
        .await
        .unwrap();
    assert!(none.is_empty());
    let deleted = sql!("delete from things where id = any($1)", &ids[..])
        .execute(db)
        .await
        .unwrap();
    assert_eq!(deleted, 2);
}

async fn arrays_become_rows(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    let known = Thing::full();
    known.insert(db).await;
    let unknown = Uuid::now_v7();
    let found: Vec<(Uuid, Option<i32>)> = sql!(
        "select wanted, (select max(small) from things where id = wanted)
         from unnest($1) as wanted
         order by wanted",
        vec![known.id, unknown]
    )
    .fetch_all(db)
    .await
    .unwrap();
    assert_eq!(found, [(known.id, Some(-7)), (unknown, None)]);
}

async fn many_rows_are_inserted(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    for count in [0, 1, 249, 250, 251, 10_001] {
        let many: Vec<Thing> = (0..count)
            .map(|n| if n % 2 == 0 { Thing::full() } else { Thing::empty() })
            .collect();
        let mut tx = db.begin_write().await.unwrap();
        sql!("delete from things").execute(&mut tx).await.unwrap();
        rows(&many).insert(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert!(things(db).await == many, "{count} rows");
    }
}

async fn many_rows_are_loaded(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    let many: Vec<Thing> = (0..4_000)
        .map(|number| if number % 7 == 0 { Thing::empty() } else { Thing::full() })
        .collect();
    let mut tx = db.begin_write().await.unwrap();
    rows(&[]).load(&mut tx).await.unwrap();
    rows(&many).load(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert!(things(db).await == many);

    let mut tx = db.begin_write().await.unwrap();
    let again = rows(&many[..1]).load(&mut tx).await.unwrap_err();
    assert!(again.unique_constraint().is_some(), "{again:?}");
}

async fn many_rows_are_upserted(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    let mut many: Vec<Thing> = (0..600).map(|_| Thing::full()).collect();
    let mut tx = db.begin_write().await.unwrap();
    rows(&many[..300]).upsert(&["id"], &mut tx).await.unwrap();
    many[299].words = Some("changed".into());
    many[298].words = None;
    rows(&many).upsert(&["id"], &mut tx).await.unwrap();
    Rows::of("things")
        .column("id", many.iter().map(|thing| thing.id))
        .upsert(&["id"], &mut tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(things(db).await == many);
}

async fn existing_rows_are_kept(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    let first = Thing::full();
    first.insert(db).await;
    let again = Thing {
        words: None,
        ..first.clone()
    };
    let second = Thing::full();
    let mut tx = db.begin_write().await.unwrap();
    rows(&[again, second.clone()]).insert_missing(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(things(db).await, [first, second]);
}

async fn unique_constraints_are_named(database: Database) {
    let Database { db, .. } = &database
        .with(
            "create table places (
               -- One row: a place.
               id {i64} primary key, town text not null, street text not null, unique (town, street)
             ) {strict};",
        )
        .await;
    let insert = |id: i64, street: &'static str| sql!("insert into places values ($1, 'Hastings', $2)", id, street);
    insert(1, "High Street").execute(db).await.unwrap();
    let error = insert(1, "Low Street").execute(db).await.unwrap_err();
    assert_eq!(error.unique_constraint(), Some("places_pkey"), "{error:?}");
    let error = insert(2, "High Street").execute(db).await.unwrap_err();
    assert_eq!(error.unique_constraint(), Some("places_town_street_key"), "{error:?}");
    let error = sql!("insert into places (id) values (3)")
        .execute(db)
        .await
        .unwrap_err();
    assert_eq!(error.unique_constraint(), None);
    assert!(matches!(error, Error::Database(_)));
}

async fn missing_rows_and_columns_are_told(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    let none = sql!("select id from things").fetch_one::<(Uuid,)>(db).await;
    assert!(matches!(none, Err(Error::NoRow)));
    Thing::empty().insert(db).await;
    let row: db::Row = sql!("select id, words from things").fetch_one(db).await.unwrap();
    assert!(matches!(row.get::<String>("word"), Err(Error::Column { column, .. }) if column == "word"));
    assert!(matches!(row.get::<String>("words"), Err(Error::Column { .. })));
    assert!(matches!(row.get::<i64>("id"), Err(Error::Column { .. })));
}

async fn what_is_not_committed_is_undone(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    let mut tx = db.begin_write().await.unwrap();
    rows(&[Thing::full()]).insert(&mut tx).await.unwrap();
    drop(tx);
    let mut tx = db.begin_write().await.unwrap();
    rows(&[Thing::full()]).insert(&mut tx).await.unwrap();
    tx.rollback().await.unwrap();
    assert!(things(db).await.is_empty());
}

async fn a_read_transaction_sees_one_moment(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    let mut read = db.begin_read().await.unwrap();
    let count = || sql!("select count(*) from things");
    assert_eq!(count().fetch_one::<(i64,)>(&mut read).await.unwrap(), (0,));
    Thing::full().insert(db).await;
    assert_eq!(count().fetch_one::<(i64,)>(&mut read).await.unwrap(), (0,));
    assert_eq!(count().fetch_one::<(i64,)>(db).await.unwrap(), (1,));
    let refused = sql!("delete from things").execute(&mut read).await;
    assert!(refused.is_err(), "a read transaction cannot write");
}

async fn writers_queue(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    let thing = Thing {
        big: Some(0),
        ..Thing::empty()
    };
    thing.insert(db).await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut tx = db.begin_write().await?;
                let (big,): (i64,) = sql!("select big from things for update").fetch_one(&mut tx).await?;
                sql!("update things set big = $1", big + 1).execute(&mut tx).await?;
                tx.commit().await
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(things(db).await[0].big, Some(20));
}

const FIRST: Migration = Migration::new(1, "first", "create table first (id {i64} primary key) {strict};");
const SECOND: Migration = Migration::each(
    2,
    "second",
    "create table second (id bigint primary key); insert into second values (2)",
    "create table second (id integer primary key) strict; insert into second values (2)",
);

async fn migrations_run_once(database: Database) {
    let Database { db, .. } = &database;
    db.migrate("test", &[FIRST]).await.unwrap();
    db.migrate("test", &[FIRST, SECOND]).await.unwrap();
    db.migrate("test", &[FIRST, SECOND]).await.unwrap();
    db.migrate(
        "other",
        &[Migration::new(
            1,
            "other",
            "create table other (id {uuid} primary key) {strict};",
        )],
    )
    .await
    .unwrap();
    let applied: Vec<(String, i64, String)> =
        sql!("select component, version, name from migrations order by component, version")
            .fetch_all(db)
            .await
            .unwrap();
    let expected = [("other", 1, "other"), ("test", 1, "first"), ("test", 2, "second")];
    assert_eq!(
        applied,
        expected.map(|(component, version, name)| (component.into(), version, name.into()))
    );
    assert_eq!(
        sql!("select id from second").fetch_all::<(i64,)>(db).await.unwrap(),
        [(2,)]
    );
}

async fn changed_migrations_are_refused(database: Database) {
    let Database { db, .. } = &database;
    db.migrate("test", &[FIRST, SECOND]).await.unwrap();
    let changed = Migration::new(1, "first", "create table first (id {uuid} primary key) {strict};");
    let refused = db.migrate("test", &[changed, SECOND]).await;
    assert!(matches!(refused, Err(Error::MigrationChanged { version: 1, .. })));
    let refused = db.migrate("test", &[SECOND]).await;
    assert!(matches!(refused, Err(Error::MigrationUnknown { version: 1, .. })));
}

async fn failed_migrations_leave_nothing(database: Database) {
    let Database { db, .. } = &database;
    let wrong = Migration::new(
        2,
        "wrong",
        "create table second (id {i64} primary key) {strict}; insert into nowhere values (1);",
    );
    let failed = db.migrate("test", &[FIRST, wrong]).await;
    assert!(matches!(failed, Err(Error::Migration { version: 2, .. })));
    db.migrate("test", &[FIRST, SECOND]).await.unwrap();
}

async fn newer_migrations_are_left_alone(database: Database) {
    let Database { db, .. } = &database;
    db.migrate("test", &[FIRST, SECOND]).await.unwrap();
    db.migrate("test", &[FIRST]).await.unwrap();
}

async fn migrations_may_race(database: Database) {
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            let options = database.options.clone();
            tokio::spawn(async move { Db::open(options).await?.migrate("test", &[FIRST, SECOND]).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
}

async fn deleted_rows_can_be_forgotten(database: Database) {
    let Database { db, .. } = &database.with(VALUES).await;
    Thing::full().insert(db).await;
    sql!("delete from things").execute(db).await.unwrap();
    db.forget_deleted().await.unwrap();
    db.ping().await.unwrap();
    db.close().await;
    assert!(db.ping().await.unwrap_err().is_unavailable());
}

const COUNTED: &str = "
    create table head (at {i64} not null) {strict};
    create table one (id {uuid} primary key, at {i64} not null) {strict};
    create table other (name text primary key) {strict};
    insert into head (at) values (1)";

/// Moves the head from where it should be, and inserts rows of two tables.
async fn move_on(db: &Db, from: i64, ids: &[Uuid], names: &[&str]) -> db::Result<bool> {
    let mut connection = db.connect(std::time::Duration::from_secs(5)).await?;
    sql!("update head set at = $1 where at = $2", from + 1, from)
        .then_insert(
            vec![
                Rows::of("one").column("id", ids).column("at", ids.iter().map(|_| from)),
                Rows::of("other").column("name", names),
            ],
            &mut connection,
        )
        .await
}

async fn standing(db: &Db) -> (i64, i64, i64) {
    sql!("select (select at from head), (select count(*) from one), (select count(*) from other)")
        .fetch_one(db)
        .await
        .unwrap()
}

async fn rows_follow_a_statement_that_changed_something(on: Database) {
    let on = on.with(COUNTED).await;
    let ids = [Uuid::new_v4(), Uuid::new_v4()];
    assert!(move_on(&on.db, 1, &ids, &["a"]).await.unwrap());
    assert_eq!(standing(&on.db).await, (2, 2, 1));
    // One of them is there already: all or nothing.
    let error = move_on(&on.db, 2, &[Uuid::new_v4()], &["b", "a"]).await.unwrap_err();
    assert_eq!(error.unique_constraint(), Some("other_pkey"));
    assert_eq!(standing(&on.db).await, (2, 2, 1));
}

async fn nothing_follows_a_statement_that_changed_nothing(on: Database) {
    let on = on.with(COUNTED).await;
    assert!(!move_on(&on.db, 7, &[Uuid::new_v4()], &["a"]).await.unwrap());
    assert_eq!(standing(&on.db).await, (1, 0, 0));
}

async fn what_was_put_off_is_made_up_for(on: Database) {
    let on = on
        .with(
            "create table person (id {i64} primary key, name text not null) {strict};
             create index named on person (name)",
        )
        .await;
    let indexes = async || -> i64 {
        let count = match on.db {
            Db::Pg(_) => sql!("select count(*) from pg_indexes where indexname = 'named'"),
            Db::Lite(_) => sql!("select count(*) from sqlite_master where name = 'named'"),
        };
        count.fetch_one::<(i64,)>(&on.db).await.unwrap().0
    };
    on.db.begin_bulk().await.unwrap();
    // A process that was ended meanwhile begins again.
    on.db.begin_bulk().await.unwrap();
    assert_eq!(indexes().await, 0);
    sql!("insert into person (id, name) values (1, 'Ada')")
        .execute(&on.db)
        .await
        .unwrap();
    assert!(on.db.end_bulk().await.unwrap());
    assert_eq!(indexes().await, 1);
    assert!(!on.db.end_bulk().await.unwrap());
    let (name,): (String,) = sql!("select name from person").fetch_one(&on.db).await.unwrap();
    assert_eq!(name, "Ada");
    if let Db::Pg(_) = on.db {
        let (logged,): (i64,) = sql!("select count(*) from pg_class where relname = 'person' and relpersistence = 'p'")
            .fetch_one(&on.db)
            .await
            .unwrap();
        assert_eq!(logged, 1);
    }
}

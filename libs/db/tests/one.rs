//! What only one of the two databases does.

#![allow(clippy::unwrap_used, reason = "whatever fails here fails the test")]

use db::{Db, Migration, Options, sql};

#[tokio::test]
async fn sqlite_is_durable_strict_and_forgets() {
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("test.db");
    let db = Db::open(format!("sqlite:{}", path.display())).await.unwrap();
    const FULL: i64 = 2;
    let mut tx = db.begin_write().await.unwrap();
    let of = |pragma: &'static str| sql!(pragma);
    let (mode,): (String,) = of("pragma journal_mode").fetch_one(&mut tx).await.unwrap();
    assert_eq!(mode, "wal");
    for (pragma, expected) in [
        ("pragma synchronous", FULL),
        ("pragma foreign_keys", 1),
        ("pragma secure_delete", 1),
        ("pragma busy_timeout", 5_000),
    ] {
        let (value,): (i64,) = of(pragma).fetch_one(&mut tx).await.unwrap();
        assert_eq!(value, expected, "{pragma}");
    }
    tx.rollback().await.unwrap();

    let notes = "create table notes (id {i64} primary key, words text not null) {strict};";
    db.migrate("test", &[Migration::new(1, "notes", notes)]).await.unwrap();
    let secret = "unmistakable secret";
    sql!("insert into notes values (1, $1)", secret)
        .execute(&db)
        .await
        .unwrap();
    sql!("delete from notes").execute(&db).await.unwrap();
    db.forget_deleted().await.unwrap();
    for file in std::fs::read_dir(files.path()).unwrap() {
        let content = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!content.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }

    let wrong = sql!("insert into notes values (2, $1)", vec![1_u8]).execute(&db).await;
    assert!(wrong.is_err(), "tables are strict");
    let on_reader = sql!("insert into notes values (3, 'x') returning id")
        .fetch_one::<(i64,)>(&db)
        .await;
    assert!(on_reader.is_err(), "readers do not write");
}

#[tokio::test]
async fn a_file_that_cannot_be_opened_is_unavailable() {
    let error = Db::open("sqlite:/nowhere/at/all.db").await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
}

#[tokio::test]
async fn another_process_holding_the_file_makes_it_unavailable() {
    let files = tempfile::tempdir().unwrap();
    let options = Options::new(format!("sqlite:{}", files.path().join("test.db").display()))
        .patience(std::time::Duration::from_millis(50));
    let one = Db::open(&options).await.unwrap();
    let other = Db::open(&options).await.unwrap();
    let held = one.begin_write().await.unwrap();
    assert!(other.begin_write().await.err().unwrap().is_unavailable());
    drop(held);
}

#[tokio::test]
async fn stores_share_a_postgres_database_by_schema() {
    let postgres = testkit::postgres().await;
    let table = [Migration::new(
        1,
        "notes",
        "create table notes (id {i64} primary key) {strict};",
    )];
    for schema in ["one", "two"] {
        let db = Db::open(Options::new(postgres.url()).schema(schema)).await.unwrap();
        db.migrate("test", &table).await.unwrap();
        sql!("insert into notes values (1)").execute(&db).await.unwrap();
    }
    let by_address = Db::open(format!("{}?schema=one", postgres.url())).await.unwrap();
    let (schema,): (String,) = sql!("select cast(current_schema() as text)")
        .fetch_one(&by_address)
        .await
        .unwrap();
    assert_eq!(schema, "one");
}

#[tokio::test]
async fn postgres_comes_and_goes() {
    let mut server = testkit::Postgres::dedicated().await;
    let options = Options::new(server.url()).patience(std::time::Duration::from_secs(1));
    let db = Db::open(&options).await.unwrap();
    db.ping().await.unwrap();
    server.stop();
    assert!(db.ping().await.unwrap_err().is_unavailable());
    assert!(db.begin_write().await.err().unwrap().is_unavailable());
    assert!(
        db.connect(std::time::Duration::from_secs(1))
            .await
            .err()
            .unwrap()
            .is_unavailable()
    );
    assert!(Db::open(&options).await.unwrap_err().is_unavailable());
    server.start().await;
    db.ping().await.unwrap();
}

#[tokio::test]
async fn a_writer_that_stands_still_gives_up_its_locks() {
    let postgres = testkit::postgres().await;
    let db = Db::open(postgres.url()).await.unwrap();
    let patience = std::time::Duration::from_millis(200);
    db.migrate(
        "test",
        &[Migration::new(
            1,
            "notes",
            "create table notes (id {i64} primary key) {strict};",
        )],
    )
    .await
    .unwrap();
    sql!("insert into notes values (1)").execute(&db).await.unwrap();
    let lock = || sql!("select id from notes for update");

    let mut still = db.connect(patience).await.unwrap();
    let mut held = still.begin_write().await.unwrap();
    lock().fetch_one::<(i64,)>(&mut held).await.unwrap();
    let mut waiting = db.begin_write().await.unwrap();
    assert_eq!(lock().fetch_one::<(i64,)>(&mut waiting).await.unwrap(), (1,));
    assert!(
        lock()
            .fetch_one::<(i64,)>(&mut held)
            .await
            .unwrap_err()
            .is_unavailable()
    );

    let mut hurried = db.connect(patience).await.unwrap();
    let mut refused = hurried.begin_write().await.unwrap();
    assert!(
        lock()
            .fetch_one::<(i64,)>(&mut refused)
            .await
            .unwrap_err()
            .is_unavailable()
    );
}

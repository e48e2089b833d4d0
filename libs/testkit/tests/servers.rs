//! The private servers start, survive what they are meant to survive, and go.

#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

use sqlx::{Connection, PgConnection};

async fn answer(url: &str) -> i32 {
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::query_scalar("select 42")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn databases_share_a_server_and_nothing_else() {
    let (one, two) = tokio::join!(testkit::postgres(), testkit::postgres());
    assert_ne!(one.url(), two.url());
    let mut connection = PgConnection::connect(one.url()).await.unwrap();
    sqlx::query("create table marks (mark int)")
        .execute(&mut connection)
        .await
        .unwrap();
    let mut connection = PgConnection::connect(two.url()).await.unwrap();
    assert!(
        sqlx::query("select mark from marks")
            .fetch_all(&mut connection)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_killed_server_keeps_what_was_committed() {
    let mut server = testkit::Postgres::dedicated().await;
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    sqlx::query("create table marks as select 7 as mark")
        .execute(&mut connection)
        .await
        .unwrap();
    server.kill();
    assert!(PgConnection::connect(&server.url()).await.is_err());
    server.start().await;
    let mut connection = PgConnection::connect(&server.url()).await.unwrap();
    let mark: i32 = sqlx::query_scalar("select mark from marks")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(mark, 7);
    server.stop();
    server.start().await;
    assert_eq!(answer(&server.url()).await, 42);
}

#[tokio::test]
async fn nats_stops_and_starts_on_its_port() {
    let mut nats = testkit::nats().await;
    let url = nats.url();
    nats.stop();
    nats.start().await;
    assert_eq!(nats.url(), url);
    assert!(nats.store_dir().exists());
}

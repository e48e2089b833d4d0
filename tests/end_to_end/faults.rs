//! What is away is waited for or reported; nothing acknowledged is lost; the views catch up by themselves.

use api::{common::v1::Purpose, observations::v1 as observations};

use crate::{
    cast::{Cast, ask, at, fresh},
    world::{Mode, World},
};

/// A product that a test may break. It lasts as long as the test run.
async fn breakable(mode: Mode) -> Cast {
    let world = tokio::task::spawn_blocking(move || World::start(mode, &[]))
        .await
        .expect("the product starts");
    Cast::of(Box::leak(Box::new(world))).await
}

async fn evidence(cast: &Cast, follow_up: &str, note: &str) -> Result<api::common::v1::Recorded, tonic::Status> {
    let message = observations::AddEvidenceRequest {
        request_id: fresh(),
        occurred_at: at("2025-10-20"),
        follow_up_id: follow_up.to_owned(),
        on: "2025-10-20".into(),
        note: note.into(),
        ..Default::default()
    };
    let answer = cast
        .patiently(async || ask!(cast, cast.teacher, follow_ups.add_evidence, message.clone()))
        .await?;
    Ok(answer.recorded.expect("a receipt"))
}

fn evidence_count(thread: &api::projection::v1::Thread) -> usize {
    thread
        .story
        .iter()
        .filter(|entry| entry.kind == "follow_up.evidence_added")
        .count()
}

async fn follow_up(cast: &Cast) -> String {
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    cast.agreed(cast.teacher, &observation, "2025-10-08", "2025-12-12")
        .await
}

async fn killed_processes_lose_nothing(mode: Mode) {
    let cast = breakable(mode).await;
    let follow_up = follow_up(&cast).await;
    let mut last = evidence(&cast, &follow_up, "before").await.expect("shown");
    for role in ["observations", "projection", "directory", "appraisal"] {
        cast.world.kill(role);
        let world = cast.world;
        tokio::task::spawn_blocking(move || world.start_role(role))
            .await
            .expect("it starts again");
        last = evidence(&cast, &follow_up, role).await.expect("shown");
    }
    let read = async || cast.thread(cast.teacher, &follow_up, &[&last]).await;
    let thread = cast
        .until(read, |thread| evidence_count(thread) == 5)
        .await
        .expect("the thread");
    assert_eq!(evidence_count(&thread), 5, "what was acknowledged is there");
}

#[tokio::test]
async fn a_killed_process_loses_nothing() {
    killed_processes_lose_nothing(Mode::Embedded).await;
}

#[tokio::test]
async fn killed_roles_lose_nothing() {
    killed_processes_lose_nothing(Mode::Split).await;
}

#[tokio::test]
async fn commands_go_on_while_nats_is_away() {
    let cast = breakable(Mode::Split).await;
    let follow_up = follow_up(&cast).await;
    cast.world.servers().lock().await.nats.stop();
    evidence(&cast, &follow_up, "without NATS")
        .await
        .expect("commands don't need NATS");
    cast.world.servers().lock().await.nats.start().await;
    let last = evidence(&cast, &follow_up, "with NATS again").await.expect("shown");
    let read = async || cast.thread(cast.teacher, &follow_up, &[&last]).await;
    let thread = cast
        .until(read, |thread| evidence_count(thread) == 2)
        .await
        .expect("the views caught up");
    assert_eq!(evidence_count(&thread), 2);
}

#[tokio::test]
async fn views_complete_after_jetstream_lost_everything() {
    let cast = breakable(Mode::Split).await;
    let follow_up = follow_up(&cast).await;
    evidence(&cast, &follow_up, "before").await.expect("shown");
    cast.world.servers().lock().await.nats.wipe();
    let last = evidence(&cast, &follow_up, "after").await.expect("shown");
    let read = async || cast.thread(cast.teacher, &follow_up, &[&last]).await;
    let thread = cast
        .until(read, |thread| evidence_count(thread) == 2)
        .await
        .expect("the views are complete");
    assert_eq!(evidence_count(&thread), 2);
}

#[tokio::test]
async fn a_database_that_is_away_is_said_and_waited_for() {
    let cast = breakable(Mode::Split).await;
    let follow_up = follow_up(&cast).await;
    cast.world.servers().lock().await.postgres.stop();
    let message = observations::AddEvidenceRequest {
        request_id: fresh(),
        occurred_at: at("2025-10-20"),
        follow_up_id: follow_up.clone(),
        on: "2025-10-20".into(),
        note: "Sent while the database was away".into(),
        ..Default::default()
    };
    let refused = ask!(cast, cast.teacher, follow_ups.add_evidence, message.clone()).expect_err("nothing can be kept");
    assert_eq!(refused.code(), tonic::Code::Unavailable, "{refused:?}");
    cast.world.servers().lock().await.postgres.start().await;
    let sent = async || ask!(cast, cast.teacher, follow_ups.add_evidence, message.clone());
    let last = cast
        .patiently(sent)
        .await
        .expect("the same request, once it is back")
        .recorded
        .expect("a receipt");
    let read = async || cast.thread(cast.teacher, &follow_up, &[&last]).await;
    let thread = cast
        .until(read, |thread| evidence_count(thread) == 1)
        .await
        .expect("the views follow");
    assert_eq!(evidence_count(&thread), 1, "once, however often it was sent");
}

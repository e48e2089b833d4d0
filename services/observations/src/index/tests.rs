//! The index over a real store.

use api::{
    common::v1::Purpose,
    observations::v1::{
        FollowUpCompleted, FollowUpMoved, FollowUpWithdrawn, ObservationCancelled, ObservationConducted,
        ObservationEvent, ObservationRescheduled, ObservationScheduled, Promise, SupportProvided,
    },
};

use super::*;
use crate::world::World;
use estate::{OBSERVER, OTHER_SCHOOL, SCHOOL, TEACHER, record, urn};

async fn happens(world: &World, id: ObservationId, event: impl Into<ObservationEvent>) {
    record(world.commands.store(), id.0, event.into()).await;
}

async fn planned(world: &World, purpose: Purpose, on: &str) -> ObservationId {
    let id = ObservationId(Uuid::now_v7());
    let scheduled = ObservationScheduled {
        observee_id: TEACHER.to_string(),
        on: on.into(),
        minutes: 45,
        purpose: purpose.into(),
        ..Default::default()
    };
    happens(world, id, scheduled).await;
    id
}

#[tokio::test]
async fn load_is_what_is_planned_or_made_for_appraisal_in_a_cycle() {
    weigh(World::still().await).await;
    weigh(World::still_on_postgres().await).await;
}

async fn weigh(world: World) {
    let (index, _reactions) = world.reactions().await;
    let nothing = ObservationId::default();
    let load = async |cycle, without| {
        let Load { count, minutes } = index.load(TEACHER, cycle, without).await.unwrap();
        (count, minutes)
    };
    let first = planned(&world, Purpose::Appraisal, "2023-10-05").await;
    let second = planned(&world, Purpose::Appraisal, "2023-11-06").await;
    planned(&world, Purpose::Developmental, "2023-11-07").await;
    planned(&world, Purpose::Appraisal, "2024-09-03").await;
    assert_eq!(
        (load(2023, nothing).await, load(2024, nothing).await),
        ((2, 90), (1, 45))
    );
    assert_eq!(load(2023, first).await, (1, 45));

    happens(
        &world,
        first,
        ObservationConducted {
            on: "2023-10-05".into(),
            minutes: 30,
            ..Default::default()
        },
    )
    .await;
    assert_eq!(load(2023, nothing).await, (2, 75));
    happens(
        &world,
        second,
        ObservationRescheduled {
            on: "2024-09-20".into(),
        },
    )
    .await;
    assert_eq!(
        (load(2023, nothing).await, load(2024, nothing).await),
        ((1, 30), (2, 90))
    );
    happens(&world, second, ObservationCancelled { reason: None }).await;
    assert_eq!(load(2024, nothing).await, (1, 45));
}

#[tokio::test]
async fn debts_are_what_either_side_still_owes() {
    owe(World::still().await).await;
    owe(World::still_on_postgres().await).await;
}

async fn owe(world: World) {
    let (index, _reactions) = world.reactions().await;
    let promise = Promise {
        promise_id: Uuid::now_v7().to_string(),
        ..Promise::default()
    };
    let promising = world.follow_up(|agreed| agreed.promises = vec![promise.clone()]).await;
    let bare = world.follow_up(|_| {}).await;
    let by = async || {
        index
            .owed_by(OBSERVER)
            .await
            .unwrap()
            .iter()
            .map(|debt| debt.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(by().await, [promising, bare]);
    let with = index.owed_with(TEACHER).await.unwrap();
    assert!(with[0].is_open && with[0].urn == urn(SCHOOL) && with[0].owner == Some(OBSERVER));

    // What the school owes survives completion.
    for id in [promising, bare] {
        world.happens(id, FollowUpCompleted::default()).await;
    }
    assert_eq!(by().await, [promising]);
    assert!(!index.owed_with(TEACHER).await.unwrap()[0].is_open);
    world
        .happens(
            promising,
            SupportProvided {
                promise_id: promise.promise_id,
                ..Default::default()
            },
        )
        .await;
    assert_eq!(by().await, []);

    let another = world.follow_up(|_| {}).await;
    world
        .happens(
            another,
            FollowUpMoved {
                to_urn: OTHER_SCHOOL.into(),
                ..Default::default()
            },
        )
        .await;
    assert_eq!(index.owed_with(TEACHER).await.unwrap()[0].urn, urn(OTHER_SCHOOL));
    world.happens(another, FollowUpWithdrawn::default()).await;
    assert_eq!(index.owed_with(TEACHER).await.unwrap(), []);
}

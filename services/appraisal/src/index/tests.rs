use api::{
    common::v1::Purpose,
    observations::v1::{FollowUpEvent, FollowUpPromoted, FollowUpTakenBack},
};
use eventstore::EventStore;
use service::Code;
use tonic::transport::{Channel, Endpoint};

use super::*;
use crate::world::World;
use estate::{COLLEAGUE, TEACHER};

fn named(follow_up_id: FollowUpId) -> [Named; 1] {
    [Named {
        field: "follow_up_ids[0]".into(),
        follow_up_id,
    }]
}

#[tokio::test]
async fn a_follow_up_is_found_as_soon_as_it_was_recorded() {
    let world = World::still().await;
    let (index, _reactions) = world.reactions().await;
    for _ in 0..20 {
        let follow_up = world.follow_up(TEACHER).await;
        index.check_follow_ups(TEACHER, &named(follow_up)).await.unwrap();
    }
}

#[tokio::test]
async fn one_that_does_not_exist_or_is_somebody_elses_is_a_fault_of_its_field() {
    let world = World::still().await;
    let (index, _reactions) = world.reactions().await;
    let foreign = world.follow_up(COLLEAGUE).await;
    for wrong in [foreign, FollowUpId(Uuid::now_v7())] {
        let error = index.check_follow_ups(TEACHER, &named(wrong)).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidArgument);
        assert_eq!(error.violations()[0].field, "follow_up_ids[0]");
    }
}

#[tokio::test]
async fn purpose_and_promotion_are_kept_and_not_judged() {
    purpose_and_promotion_are_kept_and_not_judged_in(World::still().await).await;
}

#[tokio::test]
async fn purpose_and_promotion_are_kept_and_not_judged_on_postgres() {
    purpose_and_promotion_are_kept_and_not_judged_in(World::still_on_postgres().await).await;
}

async fn purpose_and_promotion_are_kept_and_not_judged_in(world: World) {
    let (index, _reactions) = world.reactions().await;
    let follow_up = world.follow_up(TEACHER).await;
    let look = async || -> (i32, bool) {
        index.catch_up(&index.observations).await.unwrap();
        sql!(
            "select purpose, promoted from known_follow_up where follow_up_id = $1",
            follow_up.0
        )
        .fetch_one(&index.db())
        .await
        .unwrap()
    };
    let developmental = i32::from(Purpose::Developmental);
    assert_eq!(look().await, (developmental, false));
    let promoted = FollowUpPromoted {
        on: "2023-11-01".into(),
    };
    world.record::<FollowUpEvent>("observations", follow_up, promoted).await;
    assert_eq!(look().await, (developmental, true));
    let taken_back = FollowUpTakenBack {
        on: "2023-11-02".into(),
    };
    world
        .record::<FollowUpEvent>("observations", follow_up, taken_back)
        .await;
    assert_eq!(look().await, (developmental, false));
}

#[tokio::test]
async fn with_the_observations_service_away_nothing_is_certain() {
    let folder = tempfile::tempdir().unwrap();
    let store = EventStore::open(
        Db::open(format!("sqlite:{}", folder.path().join("own.db").display()).as_str())
            .await
            .unwrap(),
    )
    .await
    .unwrap();
    let home = Home::new(format!("sqlite:{}", folder.path().display())).unwrap();
    // Nobody listens there.
    let nowhere: Channel = Endpoint::from_static("http://127.0.0.1:1").connect_lazy();
    let token = feed::FeedToken::new("a-shared-secret-for-tests").unwrap();
    let observations = Source::remote("observations", None, nowhere, token);
    let (index, _runner) = Index::open(&home, Source::local("appraisal", store), observations)
        .await
        .unwrap();
    let error = index
        .check_follow_ups(TEACHER, &named(FollowUpId(Uuid::now_v7())))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::Unavailable);
}

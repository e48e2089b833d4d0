use api::common::v1::{CareerStage, RoleGroup};

use super::*;

impl World {
    async fn titles(&self, search: pb::ListActivitiesRequest) -> Vec<String> {
        let reply = self
            .activities()
            .list_activities(self.by(TEACHER, search))
            .await
            .unwrap();
        let activities = reply.into_inner().activities;
        activities.into_iter().map(|activity| activity.title).collect()
    }
}

#[tokio::test]
async fn an_activity_is_shown_with_its_design_profile() {
    let world = World::running().await;
    let id = world.published(|offering| offering.design = None).await;
    let request = pb::GetActivityRequest {
        activity_id: id.clone(),
    };
    let reply = world
        .activities()
        .get_activity(world.by(COLLEAGUE, request))
        .await
        .unwrap();
    let activity = reply.into_inner().activity.unwrap();
    let shown = activity.offering.unwrap();
    assert_eq!(shown.intended_impact, "Pupils explain their thinking");
    assert_eq!(shown.impact_statements, ["I wait before I take an answer"]);
    let profile = activity.profile.unwrap();
    assert_eq!(profile.mechanism_groups.len(), 4);
    let count: i32 = profile.mechanism_groups.iter().map(|group| group.mechanism_count).sum();
    assert_eq!(count, 14);
    assert_eq!(profile.advice().next(), Some(pb::DesignAdvice::OneOffForPedagogy));
    let request = pb::GetActivityRequest { activity_id: id };
    let stranger = world.activities().get_activity(world.by(STRANGER, request)).await;
    assert_eq!(stranger.unwrap_err().code(), tonic::Code::PermissionDenied);
}

#[tokio::test]
async fn what_is_on_offer_is_searched() {
    search(World::running().await).await;
    search(World::running_on_postgres().await).await;
}

async fn search(world: World) {
    world.published(|_| {}).await;
    let leaders = |offering: &mut pb::OfferingText| {
        offering.title = "Leading 100%_well".into();
        offering.kind = pb::ActivityKind::Course.into();
        offering.focus_areas = vec!["behaviour".into(), "modelling".into()];
        offering.audience = Some(pb::Audience {
            role_groups: vec![RoleGroup::Leadership.into()],
            career_stages: vec![CareerStage::SeniorLeader.into()],
        });
    };
    let withdrawn = world.published(leaders).await;
    world.publish(OTHER_LEAD, OTHER_SCHOOL, offering()).await.unwrap();
    let all = pb::ListActivitiesRequest::default();
    assert_eq!(
        world.titles(all.clone()).await,
        ["Better questions", "Better questions", "Leading 100%_well"]
    );
    let open = pb::ListActivitiesRequest {
        open_to_me: true,
        ..all.clone()
    };
    assert_eq!(world.titles(open).await, ["Better questions"]);
    for (change, count) in [
        (
            pb::ListActivitiesRequest {
                text: "100%_W".into(),
                ..all.clone()
            },
            1,
        ),
        (
            pb::ListActivitiesRequest {
                text: "100_".into(),
                ..all.clone()
            },
            0,
        ),
        (
            pb::ListActivitiesRequest {
                text: "QUESTION".into(),
                ..all.clone()
            },
            2,
        ),
        (
            pb::ListActivitiesRequest {
                focus_area: "modelling".into(),
                ..all.clone()
            },
            1,
        ),
        (
            pb::ListActivitiesRequest {
                focus_area: "model".into(),
                ..all.clone()
            },
            0,
        ),
        (
            pb::ListActivitiesRequest {
                kind: pb::ActivityKind::Twilight.into(),
                ..all.clone()
            },
            2,
        ),
        (
            pb::ListActivitiesRequest {
                urn: OTHER_SCHOOL.into(),
                ..all.clone()
            },
            1,
        ),
        (
            pb::ListActivitiesRequest {
                role_group: RoleGroup::Leadership.into(),
                ..all.clone()
            },
            3,
        ),
        (
            pb::ListActivitiesRequest {
                role_group: RoleGroup::TeachingAssistant.into(),
                ..all.clone()
            },
            2,
        ),
        (
            pb::ListActivitiesRequest {
                career_stage: CareerStage::Trainee.into(),
                ..all.clone()
            },
            2,
        ),
    ] {
        assert_eq!(world.titles(change.clone()).await.len(), count, "{change:?}");
    }
    // Page by page.
    let mut page = pb::ListActivitiesRequest {
        page_size: 2,
        ..all.clone()
    };
    let first = world
        .activities()
        .list_activities(world.by(TEACHER, page.clone()))
        .await
        .unwrap();
    let first = first.into_inner();
    assert_eq!(first.activities.len(), 2);
    page.page_token = first.next_page_token;
    assert_eq!(world.titles(page).await, ["Leading 100%_well"]);

    let withdraw = pb::WithdrawActivityRequest {
        request_id: request_id(),
        activity_id: withdrawn,
        reason: "superseded".into(),
        ..Default::default()
    };
    world
        .activities()
        .withdraw_activity(world.by(CPD_LEAD, withdraw))
        .await
        .unwrap();
    assert_eq!(world.titles(all.clone()).await.len(), 2);
    let with_withdrawn = pb::ListActivitiesRequest {
        include_withdrawn: true,
        ..all
    };
    assert_eq!(world.titles(with_withdrawn).await.len(), 3);
}

#[tokio::test]
async fn everything_wrong_with_an_offering_is_said_at_once() {
    let world = World::running().await;
    let wrong = pb::OfferingText {
        title: String::new(),
        kind: 99,
        minutes: 0,
        capacity: -1,
        cost_pence: -5,
        focus_areas: vec!["a,b".into()],
        design: Some(pb::Design {
            mechanisms: vec!["telepathy".into()],
            weeks: -1,
            ..Default::default()
        }),
        mandatory: Some(pb::MandatoryRule {
            item: "juggling".into(),
            renewal_months: 0,
        }),
        ..offering()
    };
    let (reason, mut fields) = why(world.publish(CPD_LEAD, SCHOOL, wrong).await.unwrap_err());
    fields.sort();
    assert_eq!(reason, "INVALID_ARGUMENT");
    assert_eq!(
        fields,
        [
            "offering.capacity",
            "offering.cost_pence",
            "offering.design.mechanisms[0]",
            "offering.design.weeks",
            "offering.focus_areas[0]",
            "offering.kind",
            "offering.mandatory.item",
            "offering.minutes",
            "offering.title",
        ]
    );
    let denied = world.publish(COLLEAGUE, SCHOOL, offering()).await.unwrap_err();
    assert_eq!(denied.code(), tonic::Code::PermissionDenied);
    let elsewhere = world.publish(CPD_LEAD, OTHER_SCHOOL, offering()).await.unwrap_err();
    assert_eq!(elsewhere.code(), tonic::Code::PermissionDenied);
    let to_network = pb::OfferingText {
        openness: pb::Openness::Network.into(),
        network_id: Uuid::now_v7().to_string(),
        ..offering()
    };
    let (_, fields) = why(world.publish(CPD_LEAD, SCHOOL, to_network).await.unwrap_err());
    assert_eq!(fields, ["offering.network_id"]);
}

#[tokio::test]
async fn what_is_shown_to_a_network_is_seen_by_its_other_schools_and_booked_at_home() {
    let world = World::running().await;
    let to_network = |offering: &mut pb::OfferingText| {
        offering.title = "For the coast".into();
        offering.openness = pb::Openness::Network.into();
        offering.network_id = estate::NETWORK.to_string();
    };
    let id = world.published(to_network).await;
    world.published(|_| {}).await;
    let list = pb::ListActivitiesRequest::default();
    let reply = world.activities().list_activities(world.by(STRANGER, list)).await;
    let seen = reply.unwrap().into_inner().activities;
    assert_eq!(
        (seen.len(), seen[0].title.as_str(), seen[0].open_to_me),
        (1, "For the coast", false)
    );
    let request = pb::GetActivityRequest {
        activity_id: id.clone(),
    };
    world
        .activities()
        .get_activity(world.by(STRANGER, request))
        .await
        .unwrap();
    let session = world.offered(&id, |_| {}).await;
    world.book(OTHER_TEACHER, &session).await.unwrap();
    let stranger = world.book(STRANGER, &session).await.unwrap_err();
    assert_eq!(why(stranger).1, ["person_id"]);
}

use estate::TRUST;
use pb::{CriterionScore, ProviderSource, ProviderStanding, ReviewCriterion};

use super::*;

impl World {
    /// The head puts a provider on the trust's register.
    pub(super) async fn provider(&self, title: &str) -> String {
        let registered = command!(
            self,
            estate::TRUST_CPD_LEAD,
            "2023-09-04",
            register_provider(RegisterProviderRequest {
                trust_id: TRUST.to_string(),
                title: title.into(),
                source: ProviderSource::External.into(),
                focus_areas: vec!["modelling".into()],
            })
        );
        registered.unwrap().id
    }

    async fn providers(&self, search: pb::ListProvidersRequest) -> Vec<String> {
        let reply = query!(self, COLLEAGUE, list_providers(search)).unwrap();
        reply.providers.into_iter().map(|provider| provider.title).collect()
    }
}

#[tokio::test]
async fn a_provider_is_registered_reviewed_and_retired() {
    register(World::running().await).await;
    register(World::running_on_postgres().await).await;
}

async fn register(world: World) {
    let id = world.provider("Northern Science").await;
    let all = pb::ListProvidersRequest {
        trust_id: TRUST.to_string(),
        ..Default::default()
    };
    let of_area = |area: &str| pb::ListProvidersRequest {
        focus_area: area.into(),
        ..all.clone()
    };
    assert_eq!(world.providers(of_area("modelling")).await, ["Northern Science"]);
    assert_eq!(world.providers(of_area("behaviour")).await, Vec::<String>::new());
    let review = |who, scores: &'static [(ReviewCriterion, i32)]| {
        let (world, id) = (&world, id.clone());
        let scores = scores.iter().map(|(criterion, score)| CriterionScore {
            criterion: (*criterion).into(),
            score: *score,
        });
        async move {
            command!(
                world,
                who,
                "2023-12-01",
                review_provider(ReviewProviderRequest {
                    provider_id: id,
                    on: "2023-11-30".into(),
                    scores: scores.collect(),
                    standing: ProviderStanding::Recommended.into(),
                    summary: "well prepared".into(),
                })
            )
        }
    };
    let lead = estate::TRUST_CPD_LEAD;
    refused(review(lead, &[]).await, "REVIEW_WITHOUT_SCORES", "scores");
    let outside = review(lead, &[(ReviewCriterion::Value, 0)]).await;
    refused(outside, "SCORE_OUTSIDE_SCALE", "scores");
    denied(review(COLLEAGUE, &[(ReviewCriterion::Value, 4)]).await);
    review(lead, &[(ReviewCriterion::Value, 4)]).await.unwrap();
    let revised = command!(
        world,
        lead,
        "2023-12-02",
        revise_provider(ReviseProviderRequest {
            provider_id: id.clone(),
            title: "Northern Science Hub".into(),
            source: ProviderSource::External.into(),
            focus_areas: vec!["behaviour".into()],
        })
    );
    revised.unwrap();
    assert_eq!(world.providers(of_area("behaviour")).await, ["Northern Science Hub"]);
    let retired = command!(
        world,
        lead,
        "2023-12-03",
        retire_provider(RetireProviderRequest {
            provider_id: id.clone(),
        })
    );
    retired.unwrap();
    assert_eq!(world.providers(all.clone()).await, Vec::<String>::new());
    let with_retired = pb::ListProvidersRequest {
        include_retired: true,
        ..all.clone()
    };
    assert_eq!(world.providers(with_retired).await.len(), 1);
    let get = pb::GetProviderRequest { provider_id: id };
    let seen = query!(world, COLLEAGUE, get_provider(get.clone()))
        .unwrap()
        .provider
        .unwrap();
    assert_eq!(
        (seen.standing(), seen.retired_on.as_str()),
        (ProviderStanding::Recommended, "2023-12-03")
    );
    assert_eq!(seen.reviews[0].summary, "well prepared");
    denied(query!(world, STRANGER, get_provider(get)));
    denied(query!(world, STRANGER, list_providers(all)));
}

#[tokio::test]
async fn value_for_money_follows_from_sessions_that_were_held() {
    value(World::running().await).await;
    value(World::running_on_postgres().await).await;
}

async fn value(world: World) {
    let provider = world.provider("Northern Science").await;
    let activity = world
        .published(|offering| {
            offering.provider_kind = pb::ProviderKind::External.into();
            offering.provider_id = provider.clone();
            offering.cost_pence = 3_000;
        })
        .await;
    let session = world.offered(&activity, |_| {}).await;
    let came = world.book(TEACHER, &session).await.unwrap();
    let missed = world.book(SECOND, &session).await.unwrap();
    let request = pb::GetProviderValueRequest {
        provider_id: provider,
        from_on: "2023-09-01".into(),
        until_on: "2024-08-31".into(),
    };
    let nothing = query!(world, estate::TRUST_LEADER, get_provider_value(request.clone())).unwrap();
    assert_eq!(nothing.value.unwrap(), pb::ProviderValue::default());
    let held = hold(&session, &[(&came, 45), (&missed, 0)]);
    world.sessions().hold_session(world.by(CPD_LEAD, held)).await.unwrap();
    let seen = query!(world, estate::TRUST_LEADER, get_provider_value(request.clone())).unwrap();
    let expected = pb::ProviderValue {
        activity_count: 1,
        session_count: 1,
        participant_count: 1,
        participant_minutes: 45,
        cost_pence: 3_000,
        pence_per_participant: Some(3_000),
        pence_per_participant_hour: Some(4_000),
    };
    assert_eq!(seen.value.unwrap(), expected);
    let ever = pb::GetProviderValueRequest {
        from_on: String::new(),
        until_on: String::new(),
        ..request.clone()
    };
    let seen = query!(world, estate::TRUST_LEADER, get_provider_value(ever)).unwrap();
    assert_eq!(seen.value.unwrap(), expected);
    denied(query!(world, COLLEAGUE, get_provider_value(request)));
}

use api::{
    common::v1::{CareerStage, RoleGroup},
    ids::PersonId,
};
use estate::TRUST;
use pb::PathwayStep;

use super::*;

impl World {
    /// The head recommends a way into teaching assistance, or for everybody.
    async fn pathway(&self, role_groups: &[RoleGroup], units: &[&str]) -> Result<String, Status> {
        let published = command!(
            self,
            HEAD,
            "2023-09-04",
            publish_pathway(PublishPathwayRequest {
                urn: SCHOOL.into(),
                title: "First steps".into(),
                role_groups: role_groups.iter().map(|group| i32::from(*group)).collect(),
                steps: units.iter().map(|unit| step(unit)).collect(),
            })
        );
        Ok(published?.id)
    }

    async fn pathways(&self, by: PersonId, for_me: bool) -> Vec<String> {
        let request = pb::ListPathwaysRequest {
            trust_id: TRUST.to_string(),
            for_me,
            ..Default::default()
        };
        let reply = query!(self, by, list_pathways(request)).unwrap();
        reply.pathways.into_iter().map(|pathway| pathway.pathway_id).collect()
    }

    async fn review(&self, pathway: &str, framework: &str, scores: &[(&str, i32)]) -> Result<String, Status> {
        let scored = |(unit, score): &(&str, i32)| pb::ScoredUnit {
            unit: (*unit).into(),
            score: *score,
            note: "as I see it".into(),
        };
        let taken = command!(
            self,
            TEACHER,
            "2023-09-18",
            take_self_review(TakeSelfReviewRequest {
                pathway_id: pathway.into(),
                framework_id: framework.into(),
                scores: scores.iter().map(scored).collect(),
            })
        );
        Ok(taken?.id)
    }

    async fn see_review(&self, by: PersonId, id: &str) -> Result<pb::SelfReviewDetails, Status> {
        let request = pb::GetSelfReviewRequest {
            self_review_id: id.into(),
        };
        Ok(query!(self, by, get_self_review(request))?.self_review.unwrap())
    }
}

fn step(unit: &str) -> PathwayStep {
    PathwayStep {
        unit: unit.into(),
        title: format!("All about {unit}"),
        focus_areas: vec!["questioning".into()],
        minutes: 60,
        ..Default::default()
    }
}

#[tokio::test]
async fn a_pathway_is_recommended_to_those_whom_it_suits() {
    recommend(World::running().await).await;
    recommend(World::running_on_postgres().await).await;
}

async fn recommend(world: World) {
    let for_all = world.pathway(&[], &["safety", "questions"]).await.unwrap();
    let for_assistants = world
        .pathway(&[RoleGroup::TeachingAssistant], &["phonics"])
        .await
        .unwrap();
    assert_eq!(world.pathways(TEACHER, false).await.len(), 2);
    assert_eq!(world.pathways(TEACHER, true).await, std::slice::from_ref(&for_all));
    assert_eq!(world.pathways(ASSISTANT, true).await.len(), 2);
    // What one school recommends is for its staff.
    assert_eq!(world.pathways(OTHER_TEACHER, true).await, Vec::<String>::new());
    let revised = command!(
        world,
        CPD_LEAD,
        "2023-09-05",
        revise_pathway(RevisePathwayRequest {
            pathway_id: for_assistants.clone(),
            title: "First steps, again".into(),
            career_stages: vec![CareerStage::Trainee.into()],
            steps: vec![step("phonics")],
        })
    );
    revised.unwrap();
    assert_eq!(world.pathways(ASSISTANT, true).await, std::slice::from_ref(&for_all));
    let withdrawn = command!(
        world,
        HEAD,
        "2023-09-06",
        withdraw_pathway(WithdrawPathwayRequest {
            pathway_id: for_assistants.clone(),
        })
    );
    withdrawn.unwrap();
    assert_eq!(world.pathways(TEACHER, false).await, [for_all]);
    let get = pb::GetPathwayRequest {
        pathway_id: for_assistants,
    };
    let seen = query!(world, TEACHER, get_pathway(get.clone()))
        .unwrap()
        .pathway
        .unwrap();
    assert_eq!(
        (seen.title.as_str(), seen.withdrawn_on.as_str()),
        ("First steps, again", "2023-09-06")
    );
    denied(query!(world, STRANGER, get_pathway(get)));
}

#[tokio::test]
async fn a_pathway_has_steps_each_once() {
    let world = World::running().await;
    refused(world.pathway(&[], &[]).await, "PATHWAY_WITHOUT_STEPS", "steps");
    refused(world.pathway(&[], &["safety", "safety"]).await, "UNIT_TWICE", "steps");
    let by_colleague = command!(
        world,
        COLLEAGUE,
        "2023-09-04",
        publish_pathway(PublishPathwayRequest {
            urn: SCHOOL.into(),
            title: "Mine".into(),
            steps: vec![step("safety")],
        })
    );
    denied(by_colleague);
}

#[tokio::test]
async fn a_self_review_is_its_persons_until_they_share_it() {
    review(World::running().await).await;
    review(World::running_on_postgres().await).await;
}

async fn review(world: World) {
    let pathway = world.pathway(&[], &["safety", "questions"]).await.unwrap();
    let scores = [("safety", 4), ("questions", 2)];
    let outside = world.review(&pathway, "", &[("safety", 6)]).await;
    refused(outside, "SCORE_OUTSIDE_SCALE", "scores");
    refused(
        world.review(&pathway, "", &[("phonics", 3)]).await,
        "UNKNOWN_UNIT",
        "scores",
    );
    refused(
        world.review(&pathway, "", &[]).await,
        "SELF_REVIEW_WITHOUT_SCORES",
        "scores",
    );
    invalid(world.review("", "", &scores).await, &["pathway_id"]);
    invalid(world.review(&request_id(), "", &scores).await, &["pathway_id"]);
    let id = world.review(&pathway, "", &scores).await.unwrap();
    let seen = world.see_review(TEACHER, &id).await.unwrap();
    assert_eq!(seen.begin_with.first().map(String::as_str), Some("questions"));
    assert_eq!(seen.scores[0].note, "as I see it");
    for who in [LINE_MANAGER, HEAD, CPD_LEAD] {
        denied(world.see_review(who, &id).await);
    }
    let share = |with: PersonId| {
        let (world, id) = (&world, id.clone());
        async move {
            command!(
                world,
                TEACHER,
                "2023-09-19",
                share_self_review(ShareSelfReviewRequest {
                    self_review_id: id,
                    with_id: with.to_string(),
                })
            )
        }
    };
    refused(share(TEACHER).await, "SHARED_WITH_ONESELF", "with_id");
    share(LINE_MANAGER).await.unwrap();
    refused(share(LINE_MANAGER).await, "SHARED_ALREADY", "with_id");
    let shared = world.see_review(LINE_MANAGER, &id).await.unwrap();
    assert_eq!((shared.scores, shared.shared_with.len()), (seen.scores, 0));
    denied(world.see_review(HEAD, &id).await);
    let list = pb::ListSelfReviewsRequest::default();
    let own = query!(world, TEACHER, list_self_reviews(list.clone()))
        .unwrap()
        .self_reviews;
    assert_eq!((own.len(), own[0].shared_with.len()), (1, 1));
    assert_eq!(
        query!(world, LINE_MANAGER, list_self_reviews(list))
            .unwrap()
            .self_reviews,
        []
    );
    let unshared = command!(
        world,
        TEACHER,
        "2023-09-20",
        unshare_self_review(UnshareSelfReviewRequest {
            self_review_id: id.clone(),
            with_id: LINE_MANAGER.to_string(),
        })
    );
    unshared.unwrap();
    denied(world.see_review(LINE_MANAGER, &id).await);
}

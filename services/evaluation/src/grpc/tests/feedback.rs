//! Feedback through its clients.

use api::{
    directory::v1::Rules,
    evaluation::v1::{self as pb, FeedbackLevel},
    ids::PersonId,
};
use estate::{COLLEAGUE, CPD_LEAD, HEAD, HR, LINE_MANAGER, OBSERVER, OTHER_HEAD, SECOND, TEACHER, request_id};

use super::reason;
use crate::{
    feedback::{Feedback, id_of},
    world::{ACTIVITY, World, today},
};

/// Somebody takes part today, and is asked.
async fn asked(world: &World, who: PersonId) -> String {
    world.credit(who, today(), |_| {}).await;
    let id = id_of(who, ACTIVITY, today());
    world.until::<Feedback>(id, |feedback| feedback.open().is_some()).await;
    id.to_string()
}

fn answer(id: &str, score: i32) -> pb::GiveFeedbackRequest {
    let levels = [
        FeedbackLevel::Reaction,
        FeedbackLevel::Learning,
        FeedbackLevel::OrganisationSupport,
    ];
    pb::GiveFeedbackRequest {
        request_id: request_id(),
        feedback_id: id.into(),
        scores: levels
            .map(|level| pb::LevelScore {
                level: level.into(),
                score,
            })
            .into(),
        ..Default::default()
    }
}

async fn results(world: &World, who: PersonId) -> pb::FeedbackResults {
    let get = pb::GetFeedbackResultsRequest {
        activity_id: ACTIVITY.to_string(),
        ..Default::default()
    };
    let response = world.feedback().get_feedback_results(world.by(who, get)).await;
    response.unwrap().into_inner().results.unwrap()
}

#[tokio::test]
async fn who_took_part_finds_what_is_asked_and_answers_it() {
    let world = World::running().await;
    let id = asked(&world, TEACHER).await;
    let mut client = world.feedback();
    let mine = async |who| {
        let list = pb::ListMyFeedbackRequest {};
        let response = world.feedback().list_my_feedback(world.by(who, list)).await;
        response.unwrap().into_inner().requests
    };
    assert_eq!(mine(TEACHER).await[0].feedback_id, id);
    assert_eq!(mine(HEAD).await, []);
    for score in [0, 6, -1] {
        let refused = client.give_feedback(world.by(TEACHER, answer(&id, score))).await;
        assert_eq!(reason(refused.unwrap_err()), "INVALID_ARGUMENT");
    }
    for who in [HEAD, HR, LINE_MANAGER] {
        let refused = client.give_feedback(world.by(who, answer(&id, 5))).await;
        assert_eq!(reason(refused.unwrap_err()), "PERMISSION_DENIED");
    }
    client.give_feedback(world.by(TEACHER, answer(&id, 5))).await.unwrap();
    assert_eq!(mine(TEACHER).await, []);
    let refused = client.give_feedback(world.by(TEACHER, answer(&id, 1))).await;
    assert_eq!(reason(refused.unwrap_err()), "NOTHING_OPEN");
}

#[tokio::test]
async fn results_come_in_steps_that_tell_no_single_answer() {
    let world = World::running().await;
    world
        .policy(Rules {
            suppression_threshold: Some(3),
            ..Rules::default()
        })
        .await;
    let mut looks = Vec::new();
    for (who, score) in [
        (TEACHER, 5),
        (OBSERVER, 4),
        (SECOND, 3),
        (COLLEAGUE, 1),
        (LINE_MANAGER, 1),
    ] {
        let id = asked(&world, who).await;
        world
            .feedback()
            .give_feedback(world.by(who, answer(&id, score)))
            .await
            .unwrap();
        looks.push(results(&world, HEAD).await.levels[0].clone());
    }
    assert_eq!(looks.iter().map(|level| level.n).collect::<Vec<_>>(), [0, 0, 3, 3, 3]);
    assert!(looks[1].suppressed && looks[1].counts.is_empty() && looks[1].mean == 0.0);
    assert_eq!((looks[2].mean, &looks[2].counts[..]), (4.0, &[0, 0, 1, 1, 1][..]));
    assert_eq!(looks[2], looks[4], "two looks never differ by one answer");
    // The same for everybody who may look.
    for who in [CPD_LEAD, OTHER_HEAD] {
        assert_eq!(results(&world, who).await.levels[0], looks[4]);
    }
    let get = pb::GetFeedbackResultsRequest {
        activity_id: ACTIVITY.to_string(),
        ..Default::default()
    };
    let refused = world.feedback().get_feedback_results(world.by(TEACHER, get)).await;
    assert_eq!(reason(refused.unwrap_err()), "PERMISSION_DENIED");
}

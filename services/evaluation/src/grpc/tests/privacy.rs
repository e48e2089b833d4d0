//! Nobody is shown a single answer: not by permission, and not by what the protocol could say.

use std::collections::{BTreeMap, BTreeSet};

use api::{evaluation::v1 as pb, ids::PersonId};
use estate::{
    CPD_LEAD, GOVERNOR, HEAD, HR, LINE_MANAGER, OTHER_HEAD, TEACHER, TRUST_CPD_LEAD, TRUST_LEADER, request_id,
};
use identity::{Action, Kind, Record};
use prost::Message as _;
use prost_types::{DescriptorProto, FileDescriptorSet};

use crate::{
    feedback::{Feedback, id_of},
    world::{ACTIVITY, World, today},
};

const LEADERS: [PersonId; 8] = [
    HEAD,
    CPD_LEAD,
    GOVERNOR,
    HR,
    LINE_MANAGER,
    OTHER_HEAD,
    TRUST_LEADER,
    TRUST_CPD_LEAD,
];

/// Messages that hold what one person answered.
const SINGLE: [&str; 6] = [
    "FeedbackGiven",
    "LevelScore",
    "WaveAnswered",
    "PrincipleScore",
    "SurveyAnswered",
    "SurveyReply",
];

#[test]
fn no_response_of_the_protocol_can_hold_a_single_answer() {
    let files = FileDescriptorSet::decode(api::DESCRIPTORS).unwrap();
    let package = "throughline.evaluation.v1";
    let messages: BTreeMap<String, &DescriptorProto> = files
        .file
        .iter()
        .filter(|file| file.package() == package)
        .flat_map(|file| &file.message_type)
        .map(|message| (format!(".{package}.{}", message.name()), message))
        .collect();
    let responses: Vec<_> = messages
        .keys()
        .filter(|name| name.ends_with("Response"))
        .cloned()
        .collect();
    assert!(responses.len() > 25);
    for response in responses {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![response.clone()]);
        while let Some(name) = waiting.pop() {
            let Some(message) = messages.get(&name).filter(|_| seen.insert(name.clone())) else {
                continue;
            };
            assert!(!SINGLE.contains(&message.name()), "{response} holds {name}");
            waiting.extend(message.field.iter().map(|field| field.type_name().to_owned()));
        }
    }
}

#[tokio::test]
async fn a_single_answer_is_shown_to_nobody_who_leads() {
    let world = World::running().await;
    world.credit(TEACHER, today(), |_| {}).await;
    let id = id_of(TEACHER, ACTIVITY, today());
    let feedback = world.until::<Feedback>(id, |feedback| feedback.open().is_some()).await;
    let levels = feedback.open().unwrap().levels.clone();
    let scores = levels.into_iter().map(|level| pb::LevelScore {
        level: level.into(),
        score: 1,
    });
    let give = pb::GiveFeedbackRequest {
        request_id: request_id(),
        feedback_id: id.to_string(),
        scores: scores.collect(),
        ..Default::default()
    };
    world.feedback().give_feedback(world.by(TEACHER, give)).await.unwrap();
    let record = Record::new(Kind::Feedback, feedback.trust)
        .at(feedback.urn)
        .about(TEACHER);
    let access = world.commands.gate().access();
    for who in LEADERS {
        let actor = identity::Actor::person(who, feedback.trust);
        assert!(!access.check(&actor, Action::Read, &record).permitted, "{who}");
        assert!(!access.check(&actor, Action::Export, &record).permitted, "{who}");
        let get = pb::GetFeedbackResultsRequest {
            activity_id: ACTIVITY.to_string(),
            ..Default::default()
        };
        let Ok(response) = world.feedback().get_feedback_results(world.by(who, get)).await else {
            continue;
        };
        let results = response.into_inner().results.unwrap();
        assert!(
            results
                .levels
                .iter()
                .all(|level| level.suppressed && level.n == 0 && level.counts.is_empty())
        );
        assert!(results.practice.unwrap().suppressed);
        let mine = world
            .feedback()
            .list_my_feedback(world.by(who, pb::ListMyFeedbackRequest {}))
            .await;
        assert_eq!(mine.unwrap().into_inner().requests, []);
    }
    let get = pb::GetFeedbackResultsRequest {
        activity_id: ACTIVITY.to_string(),
        trust_id: feedback.trust.to_string(),
    };
    assert!(
        world
            .feedback()
            .get_feedback_results(world.by_operator(get))
            .await
            .is_err()
    );
}

//! Anonymous surveys through their clients.

use api::{
    directory::v1::Rules,
    evaluation::v1::{self as pb, QuestionKind, SurveyKind, SurveyQuestion},
    ids::{PersonId, SurveyId, WaveId},
};
use estate::{
    APPRAISER, COLLEAGUE, CPD_LEAD, HEAD, OBSERVER, OTHER_HEAD, OTHER_SCHOOL, OTHER_TEACHER, SCHOOL, SECOND, STRANGER,
    TEACHER, TRUST_CPD_LEAD, TRUST_LEADER, request_id,
};
use eventstore::Position;
use identity::Actor;

use super::{fields, reason};
use crate::{
    NAME,
    audit_wave::AuditWave,
    survey::Survey,
    world::{World, in_days, today},
};

const TEACHERS: [PersonId; 5] = [TEACHER, OBSERVER, SECOND, COLLEAGUE, APPRAISER];

fn open_wave(urns: &[&str]) -> pb::OpenWaveRequest {
    pb::OpenWaveRequest {
        request_id: request_id(),
        urns: urns.iter().map(|urn| (*urn).to_owned()).collect(),
        title: "Autumn".into(),
        on: today().to_string(),
        closes_on: in_days(14),
        ..Default::default()
    }
}

async fn opened(world: &World, who: PersonId, urns: &[&str]) -> String {
    let response = world.surveys().open_wave(world.by(who, open_wave(urns))).await;
    response.unwrap().into_inner().recorded.unwrap().id
}

async fn answer(world: &World, id: &str, values: i32) -> pb::AnswerWaveRequest {
    let wave = world.get::<AuditWave>(id.parse::<WaveId>().unwrap()).await;
    let score = |principle: &String| pb::PrincipleScore {
        principle: principle.clone(),
        values,
        practice: 2,
    };
    pb::AnswerWaveRequest {
        wave_id: id.into(),
        scores: wave.opened.unwrap().principles.iter().map(score).collect(),
    }
}

fn results(id: &str, urn: &str) -> pb::GetWaveResultsRequest {
    pb::GetWaveResultsRequest {
        wave_id: id.into(),
        urn: urn.into(),
    }
}

fn close(id: &str) -> pb::CloseWaveRequest {
    pb::CloseWaveRequest {
        request_id: request_id(),
        wave_id: id.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_wave_is_answered_in_secret_and_released_when_it_closes() {
    let world = World::running().await;
    let id = opened(&world, CPD_LEAD, &[SCHOOL]).await;
    let mut client = world.surveys();
    for (who, values) in TEACHERS.into_iter().zip([5, 4, 4, 4, 3]) {
        let request = answer(&world, &id, values).await;
        let given = client
            .answer_wave(world.by(who, request.clone()))
            .await
            .unwrap()
            .into_inner();
        assert!(!given.replayed);
        assert!(
            client
                .answer_wave(world.by(who, request))
                .await
                .unwrap()
                .into_inner()
                .replayed
        );
    }
    let again = answer(&world, &id, 1).await;
    let refused = client.answer_wave(world.by(TEACHER, again.clone())).await;
    assert_eq!(reason(refused.unwrap_err()), "ANSWERED_ALREADY");
    for who in [OTHER_TEACHER, STRANGER] {
        assert!(
            client.answer_wave(world.by(who, again.clone())).await.is_err(),
            "not asked"
        );
    }
    let head = world.commands.store().head().await.unwrap();
    assert_eq!(head, Position(1), "answers leave no trace before the end");
    let early = client.get_wave_results(world.by(HEAD, results(&id, ""))).await;
    assert_eq!(reason(early.unwrap_err()), "NOT_CLOSED");
    let refused = client.close_wave(world.by(TEACHER, close(&id))).await;
    assert_eq!(reason(refused.unwrap_err()), "PERMISSION_DENIED");

    let closing = close(&id);
    client.close_wave(world.by(HEAD, closing.clone())).await.unwrap();
    let replayed = client.close_wave(world.by(HEAD, closing)).await.unwrap().into_inner();
    assert!(replayed.recorded.unwrap().replayed);
    let refused = client.answer_wave(world.by(CPD_LEAD, again)).await;
    assert!(reason(refused.unwrap_err()).ends_with("_CLOSED"));
    let shown = client
        .get_wave_results(world.by(HEAD, results(&id, "")))
        .await
        .unwrap()
        .into_inner();
    let whole = shown.results.unwrap().whole.unwrap();
    assert_eq!(
        (whole.n, whole.principles[0].values, whole.principles[0].gap),
        (5, 4.0, 2.0)
    );
    for who in [TEACHER, OTHER_HEAD, STRANGER] {
        let refused = client.get_wave_results(world.by(who, results(&id, ""))).await;
        assert_eq!(reason(refused.unwrap_err()), "PERMISSION_DENIED");
    }

    // What is on record: digests in their order, one author, one moment, and nobody's name.
    let events = world.commands.store().read(Position(1), 100).await.unwrap();
    assert_eq!(events.len(), 6);
    let respondents: Vec<_> = world.get::<AuditWave>(id.parse::<WaveId>().unwrap()).await.answers;
    let respondents: Vec<_> = respondents.into_iter().map(|answer| answer.respondent).collect();
    assert!(respondents.is_sorted());
    for event in &events {
        assert_eq!(event.metadata.actor_id, Actor::system(NAME).id);
        assert_eq!(event.metadata.occurred_at, events[0].metadata.occurred_at);
        assert_eq!(
            (event.metadata.on_behalf_of, &event.metadata.traceparent),
            (None, &None)
        );
        for who in TEACHERS {
            let payload = String::from_utf8_lossy(&event.payload).into_owned();
            assert!(!payload.contains(&who.to_string()));
        }
    }
}

#[tokio::test]
async fn a_school_sees_its_part_and_a_small_one_is_not_seen() {
    let world = World::running().await;
    let id = opened(&world, TRUST_CPD_LEAD, &[SCHOOL, OTHER_SCHOOL]).await;
    let refused = world
        .surveys()
        .open_wave(world.by(CPD_LEAD, open_wave(&[SCHOOL, OTHER_SCHOOL])))
        .await;
    assert_eq!(reason(refused.unwrap_err()), "PERMISSION_DENIED");
    let mut client = world.surveys();
    for who in TEACHERS.into_iter().chain([OTHER_TEACHER]) {
        let request = answer(&world, &id, 4).await;
        client.answer_wave(world.by(who, request)).await.unwrap();
    }
    client.close_wave(world.by(TRUST_LEADER, close(&id))).await.unwrap();
    let shown = async |who, urn: &str| {
        let response = world.surveys().get_wave_results(world.by(who, results(&id, urn))).await;
        response.map(|response| response.into_inner().results.unwrap())
    };
    let trust = shown(TRUST_LEADER, "").await.unwrap();
    assert_eq!(trust.whole.unwrap().n, 6);
    assert!(
        trust.schools.iter().all(|cell| cell.suppressed),
        "6 less 5 would be one person"
    );
    let school = shown(HEAD, SCHOOL).await.unwrap();
    assert!(school.whole.is_none() && school.groups.is_empty() && school.schools[0].suppressed);
    assert_eq!(reason(shown(HEAD, "").await.unwrap_err()), "PERMISSION_DENIED");
    assert_eq!(
        reason(shown(HEAD, OTHER_SCHOOL).await.unwrap_err()),
        "PERMISSION_DENIED"
    );
}

#[tokio::test]
async fn a_wave_that_cannot_be_asked_is_refused() {
    let world = World::running().await;
    let mut client = world.surveys();
    let mut wave = open_wave(&[SCHOOL]);
    wave.principles = vec!["astrology".into()];
    let refused = client.open_wave(world.by(CPD_LEAD, wave)).await.unwrap_err();
    assert_eq!(fields(refused), ["principles[0]"]);
    let mut wave = open_wave(&[SCHOOL]);
    wave.previous_wave_id = opened(&world, CPD_LEAD, &[SCHOOL]).await;
    let refused = client.open_wave(world.by(CPD_LEAD, wave)).await.unwrap_err();
    assert_eq!(fields(refused), ["previous_wave_id"]);
    let id = opened(&world, CPD_LEAD, &[SCHOOL]).await;
    let mut missing = answer(&world, &id, 4).await;
    missing.scores.pop();
    let refused = client.answer_wave(world.by(TEACHER, missing)).await.unwrap_err();
    assert_eq!(reason(refused), "PRINCIPLE_LEFT_OUT");
    for wrong in [0, 6] {
        let mut outside = answer(&world, &id, 4).await;
        outside.scores[2].values = wrong;
        let refused = client.answer_wave(world.by(TEACHER, outside)).await.unwrap_err();
        assert_eq!(fields(refused), ["scores[2].values"]);
    }
    let mut later = open_wave(&[SCHOOL]);
    later.on = in_days(3);
    let later = client.open_wave(world.by(CPD_LEAD, later)).await.unwrap().into_inner();
    let early = answer(&world, &later.recorded.unwrap().id, 4).await;
    let refused = client.answer_wave(world.by(TEACHER, early)).await.unwrap_err();
    assert_eq!(reason(refused), "NOT_OPEN_YET");
    let list = pb::ListWavesRequest::default();
    let listed = client.list_waves(world.by(TEACHER, list)).await.unwrap().into_inner();
    assert_eq!(listed.waves.len(), 3);
}

fn question(id: &str, kind: QuestionKind, options: &[&str]) -> SurveyQuestion {
    SurveyQuestion {
        question_id: id.into(),
        text: format!("What of {id}?"),
        kind: kind.into(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
        ..Default::default()
    }
}

fn replies(id: &str, score: i32, text: &str) -> pb::AnswerSurveyRequest {
    let mut replies = vec![pb::Reply {
        question_id: "confident".into(),
        score,
        ..Default::default()
    }];
    if !text.is_empty() {
        replies.push(pb::Reply {
            question_id: "wish".into(),
            text: text.into(),
            ..Default::default()
        });
    }
    pb::AnswerSurveyRequest {
        survey_id: id.into(),
        replies,
    }
}

#[tokio::test]
async fn a_survey_shows_words_without_names_and_only_of_enough_people() {
    let world = World::running().await;
    world
        .policy(Rules {
            suppression_threshold: Some(3),
            ..Rules::default()
        })
        .await;
    let mut client = world.surveys();
    let open = pb::OpenSurveyRequest {
        request_id: request_id(),
        urns: vec![SCHOOL.into()],
        title: "What do you need?".into(),
        kind: SurveyKind::Needs.into(),
        questions: vec![
            question("confident", QuestionKind::Scale, &[]),
            question("wish", QuestionKind::Text, &[]),
        ],
        on: today().to_string(),
        closes_on: in_days(14),
        ..Default::default()
    };
    let response = client.open_survey(world.by(CPD_LEAD, open)).await.unwrap().into_inner();
    let id = response.recorded.unwrap().id;
    let form = pb::GetSurveyRequest { survey_id: id.clone() };
    let form = client.get_survey(world.by(TEACHER, form)).await.unwrap().into_inner();
    assert_eq!(form.survey.unwrap().questions.len(), 2);
    let said = ["more time", "A coach", "books"];
    for (who, text) in [TEACHER, OBSERVER, SECOND].into_iter().zip(said) {
        client
            .answer_survey(world.by(who, replies(&id, 3, text)))
            .await
            .unwrap();
    }
    assert!(
        client
            .answer_survey(world.by(TEACHER, replies(&id, 3, "more time")))
            .await
            .unwrap()
            .into_inner()
            .replayed
    );
    let refused = client
        .answer_survey(world.by(TEACHER, replies(&id, 4, "less time")))
        .await;
    assert_eq!(reason(refused.unwrap_err()), "ANSWERED_ALREADY");
    let refused = client.answer_survey(world.by(COLLEAGUE, replies(&id, 9, ""))).await;
    assert_eq!(fields(refused.unwrap_err()), ["replies[0].score"]);
    let get = || pb::GetSurveyResultsRequest { survey_id: id.clone() };
    let early = client.get_survey_results(world.by(CPD_LEAD, get())).await;
    assert_eq!(reason(early.unwrap_err()), "NOT_CLOSED");
    let close = pb::CloseSurveyRequest {
        request_id: request_id(),
        survey_id: id.clone(),
        ..Default::default()
    };
    client.close_survey(world.by(CPD_LEAD, close)).await.unwrap();
    let shown = client
        .get_survey_results(world.by(CPD_LEAD, get()))
        .await
        .unwrap()
        .into_inner();
    let shown = shown.results.unwrap();
    assert_eq!((shown.n, shown.questions[0].mean), (3, 3.0));
    assert_eq!(shown.questions[1].texts, ["A coach", "books", "more time"]);
    let refused = client.get_survey_results(world.by(TEACHER, get())).await;
    assert_eq!(reason(refused.unwrap_err()), "PERMISSION_DENIED");
    // On record, words are sealed, and under no person's key.
    for answered in world.get::<Survey>(id.parse::<SurveyId>().unwrap()).await.answers {
        let text = answered.replies[1].text.as_ref().unwrap();
        assert_eq!((text.clear.as_str(), &text.subject_id), ("", &id));
    }
}

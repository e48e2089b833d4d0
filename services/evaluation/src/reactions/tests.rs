//! Reactions with real stores and feeds.

use api::{directory::v1::PersonLeft, evaluation::v1::FeedbackLevel};
use estate::{COLLEAGUE, SCHOOL, TEACHER, TRUST, day, urn};
use eventstore::Position;
use uuid::Uuid;

use super::*;
use crate::{
    NAME, audit_wave,
    world::{ACTIVITY, World},
};

const DEVELOPED: &str = "2023-10-02";

fn feedback_of(person: PersonId) -> FeedbackId {
    feedback::id_of(person, ACTIVITY, day(DEVELOPED))
}

/// Answers all that a source holds and was not answered, on a day.
async fn answer(world: &World, reactions: &Reactions, source: &'static str, today: &str) {
    let after = reactions.progress.checkpoint(source).await.unwrap();
    let events = world.store(source).read(after, 1_000).await.unwrap();
    service::reactions::answer(
        &reactions.progress,
        &world.source(source),
        &events,
        reactions,
        day(today),
    )
    .await
    .unwrap();
}

/// What happened here, and what was due by then.
async fn pass(world: &World, reactions: &Reactions, today: &str) {
    answer(world, reactions, NAME, today).await;
    service::reactions::answer_held(&reactions.progress, &reactions.sources.own, reactions, day(today))
        .await
        .unwrap();
    answer(world, reactions, NAME, today).await;
}

async fn feedback(world: &World) -> Option<Feedback> {
    let loaded = world.commands.load::<Feedback>(feedback_of(TEACHER)).await.unwrap();
    loaded.map(|loaded| loaded.state)
}

async fn levels(world: &World) -> Vec<FeedbackLevel> {
    let feedback = feedback(world).await.unwrap();
    feedback.open().map(|open| open.levels.clone()).unwrap_or_default()
}

#[tokio::test]
async fn who_took_part_is_asked_again_and_again_until_time_runs_out() {
    ask_and_wait(World::still().await).await;
    ask_and_wait(World::still_on_postgres().await).await;
}

async fn ask_and_wait(world: World) {
    let (_index, reactions) = world.reactions().await;
    world.credit(TEACHER, day(DEVELOPED), |_| {}).await;
    world.credit(TEACHER, day("2023-10-09"), |_| {}).await;
    answer(&world, &reactions, "catalogue", "2023-10-10").await;
    assert_eq!(levels(&world).await.len(), 3, "asked once for both sessions");
    pass(&world, &reactions, "2023-10-31").await;
    assert_eq!(levels(&world).await.len(), 3);
    pass(&world, &reactions, "2023-11-01").await;
    assert_eq!(levels(&world).await, [], "expired");
    // Eight weeks after they took part.
    pass(&world, &reactions, "2023-11-26").await;
    assert_eq!(levels(&world).await, []);
    pass(&world, &reactions, "2023-11-27").await;
    assert_eq!(levels(&world).await, [FeedbackLevel::UseInPractice]);
    pass(&world, &reactions, "2023-12-26").await;
    assert_eq!(levels(&world).await, []);
    // Half a year.
    pass(&world, &reactions, "2024-03-31").await;
    assert_eq!(levels(&world).await, []);
    pass(&world, &reactions, "2024-04-01").await;
    let last = [FeedbackLevel::UseInPractice, FeedbackLevel::PupilOutcomes];
    assert_eq!(levels(&world).await, last);
    pass(&world, &reactions, "2024-07-01").await;
    assert_eq!(levels(&world).await, []);
    assert_eq!(reactions.progress.due(day("2034-01-01")).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_answered_twice_happens_once() {
    let world = World::still().await;
    let (_index, reactions) = world.reactions().await;
    world.credit(TEACHER, day(DEVELOPED), |_| {}).await;
    let events = world.store("catalogue").read(Position(0), 10).await.unwrap();
    for _ in 0..2 {
        let source = world.source("catalogue");
        service::reactions::answer(&reactions.progress, &source, &events, &reactions, day("2023-10-03"))
            .await
            .unwrap();
    }
    assert_eq!(world.commands.store().head().await.unwrap(), Position(1));
}

#[tokio::test]
async fn not_everybody_is_asked() {
    let world = World::still().await;
    let (_index, reactions) = world.reactions().await;
    let on = day(DEVELOPED);
    world
        .credit(TEACHER, on, |credit| credit.purpose = Purpose::Statutory.into())
        .await;
    world.credit(TEACHER, on, |credit| credit.activity_id.clear()).await;
    world.credit(TEACHER, on, |credit| credit.minutes = 0).await;
    world.credit(TEACHER, day("2023-03-06"), |_| {}).await;
    let left = PersonLeft {
        on: "2023-10-01".into(),
    };
    world.person(COLLEAGUE, left).await;
    world.credit(COLLEAGUE, on, |_| {}).await;
    answer(&world, &reactions, "catalogue", "2023-10-03").await;
    assert_eq!(world.commands.store().head().await.unwrap(), Position(0));
}

#[tokio::test]
async fn a_later_observation_spares_the_question_whichever_came_first() {
    for asked_first in [true, false] {
        let world = World::still().await;
        let (_index, reactions) = world.reactions().await;
        let follow_up = world.follow_up(Purpose::Developmental).await;
        world.credit(TEACHER, day(DEVELOPED), |_| {}).await;
        world.revisit(follow_up, "2023-11-06").await;
        let order = if asked_first {
            ["catalogue", "observations"]
        } else {
            ["observations", "catalogue"]
        };
        for source in order {
            answer(&world, &reactions, source, "2023-11-07").await;
        }
        pass(&world, &reactions, "2023-11-07").await;
        assert_eq!(feedback(&world).await.unwrap().observed.len(), 1);
        pass(&world, &reactions, "2023-12-10").await;
        assert_eq!(levels(&world).await, [], "use in practice is known");
        pass(&world, &reactions, "2024-04-01").await;
        let last = [FeedbackLevel::UseInPractice, FeedbackLevel::PupilOutcomes];
        assert_eq!(levels(&world).await, last);
    }
}

#[tokio::test]
async fn what_was_seen_for_appraisal_fills_nothing() {
    let world = World::still().await;
    let (_index, reactions) = world.reactions().await;
    let follow_up = world.follow_up(Purpose::Appraisal).await;
    world.credit(TEACHER, day(DEVELOPED), |_| {}).await;
    answer(&world, &reactions, "catalogue", "2023-10-03").await;
    world.revisit(follow_up, "2023-11-06").await;
    answer(&world, &reactions, "observations", "2023-11-07").await;
    pass(&world, &reactions, "2023-11-07").await;
    assert_eq!(feedback(&world).await.unwrap().observed, []);
}

#[tokio::test]
async fn a_wave_closes_after_its_last_day() {
    let world = World::still().await;
    let (_index, reactions) = world.reactions().await;
    let id = WaveId(Uuid::now_v7());
    let opened = api::evaluation::v1::WaveOpened {
        trust_id: TRUST.to_string(),
        urns: vec![SCHOOL.into()],
        principles: vec!["a".into()],
        on: "2023-10-02".into(),
        closes_on: "2023-10-13".into(),
        ..Default::default()
    };
    world
        .record::<api::evaluation::v1::AuditWaveEvent>(NAME, id, opened)
        .await;
    let voter = crate::ballot_box::Voter {
        trust: TRUST,
        survey: id.0,
        person: TEACHER,
    };
    let answered = api::evaluation::v1::WaveAnswered {
        respondent: reactions.ballots.respondent(voter).await.unwrap(),
        urn: urn(SCHOOL).to_string(),
        ..Default::default()
    };
    let content = answered.encode_to_vec();
    reactions.ballots.put(voter, b"said", content).await.unwrap();
    pass(&world, &reactions, "2023-10-13").await;
    assert_eq!(world.get::<AuditWave>(id).await.closed, None);
    pass(&world, &reactions, "2023-10-14").await;
    let wave = world.get::<audit_wave::AuditWave>(id).await;
    assert_eq!(wave.closed.unwrap().on, "2023-10-13");
    assert_eq!(wave.answers, [answered]);
    let gone = reactions.ballots.respondent(voter).await.unwrap_err();
    assert_eq!(gone.reason(), "SURVEY_CLOSED");
    // Whoever closed it is not told of, and neither is when anything was answered.
    let events = world.commands.store().read(Position(1), 10).await.unwrap();
    let system = identity::Actor::system(NAME).id;
    assert!(events.iter().all(|event| event.metadata.actor_id == system));
}

//! The index over real stores.

use api::{
    catalogue::v1::{HoursCorrected, LearningRecordEvent},
    common::v1::RoleGroup,
    evaluation::v1::{
        EvaluationPlanEvent, EvaluationPlanned, FeedbackAsked, FeedbackEvent, FeedbackExpired, FeedbackGiven,
        LevelScore, MetricDefined, MetricEvent, SurveyClosed, SurveyEvent, SurveyOpened,
    },
};
use estate::{COLLEAGUE, SCHOOL, TEACHER, TRUST, day, urn};

use super::*;
use crate::{
    NAME,
    world::{ACTIVITY, World},
};

#[tokio::test]
async fn what_is_looked_up_is_found_on_both_databases() {
    look_up(World::still().await).await;
    look_up(World::still_on_postgres().await).await;
}

async fn look_up(world: World) {
    let (index, _reactions) = world.reactions().await;
    lists(&world, &index).await;
    people(&world, &index).await;
    sightings(&world, &index).await;
}

async fn lists(world: &World, index: &Index) {
    let subject = Uuid::now_v7();
    let plan = |urn: &str, on: &str| EvaluationPlanned {
        trust_id: TRUST.to_string(),
        urn: urn.into(),
        subject_id: subject.to_string(),
        on: on.into(),
        ..EvaluationPlanned::default()
    };
    let mut ids = Vec::new();
    for on in ["2023-09-11", "2023-10-02", "2023-10-02"] {
        let id = Uuid::now_v7();
        world.record::<EvaluationPlanEvent>(NAME, id, plan(SCHOOL, on)).await;
        ids.push(id);
    }
    let whole = Uuid::now_v7();
    world
        .record::<EvaluationPlanEvent>(NAME, whole, plan("", "2023-10-02"))
        .await;
    let wanted = Wanted {
        trust: TRUST,
        urn: Some(urn(SCHOOL)),
        subject: Some(subject),
    };
    let first = index.evaluations(wanted, None, 2).await.unwrap();
    assert_eq!(first.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[2], ids[1]]);
    let rest = index.evaluations(wanted, Some(first[1]), 2).await.unwrap();
    assert_eq!(rest.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[0]]);
    let of_trust = Wanted {
        urn: None,
        subject: None,
        ..wanted
    };
    assert_eq!(index.evaluations(of_trust, None, 9).await.unwrap()[0].id, whole);
    assert_eq!(index.evaluations_of(TRUST, subject).await.unwrap().len(), 4);

    let survey = Uuid::now_v7();
    let opened = SurveyOpened {
        trust_id: TRUST.to_string(),
        on: "2023-10-02".into(),
        ..SurveyOpened::default()
    };
    world.record::<SurveyEvent>(NAME, survey, opened).await;
    world.record::<SurveyEvent>(NAME, survey, SurveyClosed::default()).await;
    let listed = index.surveys(Kind::Survey, TRUST, None, 9).await.unwrap();
    assert!(listed.len() == 1 && listed[0].closed && listed[0].listed.id == survey);
    assert_eq!(index.surveys(Kind::Wave, TRUST, None, 9).await.unwrap(), []);

    let metric = Uuid::now_v7();
    let defined = MetricDefined {
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        ..MetricDefined::default()
    };
    world.record::<MetricEvent>(NAME, metric, defined).await;
    assert_eq!(
        index.metrics(TRUST, Some(urn(SCHOOL))).await.unwrap(),
        [MetricId(metric)]
    );
    assert_eq!(index.metrics(TRUST, None).await.unwrap(), []);
}

fn asked(person: PersonId) -> FeedbackAsked {
    FeedbackAsked {
        activity_id: ACTIVITY.to_string(),
        trust_id: TRUST.to_string(),
        person_id: person.to_string(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        due_on: "2023-10-24".into(),
        developed_on: "2023-10-02".into(),
        ..FeedbackAsked::default()
    }
}

async fn people(world: &World, index: &Index) {
    let (one, other) = (Uuid::now_v7(), Uuid::now_v7());
    world.record::<FeedbackEvent>(NAME, one, asked(TEACHER)).await;
    world.record::<FeedbackEvent>(NAME, other, asked(COLLEAGUE)).await;
    assert_eq!(index.open_feedback(TEACHER).await.unwrap(), [FeedbackId(one)]);
    assert_eq!(index.asked_count(TRUST, ACTIVITY).await.unwrap(), 2);
    let score = |level: FeedbackLevel, score| LevelScore {
        level: level.into(),
        score,
    };
    let given = FeedbackGiven {
        wave: FeedbackWave::First.into(),
        activity_id: ACTIVITY.to_string(),
        trust_id: TRUST.to_string(),
        scores: vec![score(FeedbackLevel::Learning, 4), score(FeedbackLevel::Reaction, 5)],
        ..FeedbackGiven::default()
    };
    world.record::<FeedbackEvent>(NAME, one, given).await;
    world
        .record::<FeedbackEvent>(NAME, other, FeedbackExpired::default())
        .await;
    assert_eq!(index.open_feedback(TEACHER).await.unwrap(), []);
    assert_eq!(index.open_feedback(COLLEAGUE).await.unwrap(), []);
    let scores = index.scores(TRUST, ACTIVITY).await.unwrap();
    assert_eq!(scores.iter().map(|scored| scored.score).collect::<Vec<_>>(), [5, 4]);

    let mut credit_id = String::new();
    world
        .credit(TEACHER, day("2023-10-02"), |credit| {
            credit_id = credit.credit_id.clone()
        })
        .await;
    let position = world.credit(TEACHER, day("2023-10-09"), |_| {}).await;
    index.wait_for("catalogue", position).await.unwrap();
    let participation = index.participation(TRUST, ACTIVITY).await.unwrap();
    assert_eq!((participation.people, participation.minutes), (1, 180));
    let corrected = HoursCorrected {
        credit_id,
        person_id: TEACHER.to_string(),
        minutes: 0,
    };
    let position = world
        .record::<LearningRecordEvent>("catalogue", TEACHER, corrected)
        .await;
    index.wait_for("catalogue", position).await.unwrap();
    assert_eq!(index.participation(TRUST, ACTIVITY).await.unwrap().minutes, 90);
}

async fn sightings(world: &World, index: &Index) {
    let feedback = index_of(world, TEACHER).await;
    let follow_up = world.follow_up(Purpose::Developmental).await;
    world.revisit(follow_up, "2023-09-25").await;
    let position = world.revisit(follow_up, "2023-11-06").await;
    index.wait_for("observations", position).await.unwrap();
    let seen: Vec<_> = index.seen_for(feedback).await.unwrap();
    assert_eq!(seen.len(), 1, "what was seen before is of no account");
    let (id, sighting) = &seen[0];
    assert_eq!(
        (*id, sighting.on, sighting.purpose),
        (feedback, day("2023-11-06"), Purpose::Developmental)
    );
    assert_eq!(sighting.focus_areas, ["routines", "questioning"]);
    assert!(
        index
            .seen_of(follow_up)
            .await
            .unwrap()
            .iter()
            .any(|(id, _)| *id == feedback)
    );
}

async fn index_of(world: &World, person: PersonId) -> FeedbackId {
    let id = Uuid::now_v7();
    world.record::<FeedbackEvent>(NAME, id, asked(person)).await;
    FeedbackId(id)
}

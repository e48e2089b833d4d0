use api::{
    appraisal::v1::{AppraisalConcluded, AppraisalEvent, Conclusion, Objective, ObjectiveOutcome, ObjectivesAgreed},
    catalogue::v1::{ActivityEvent, ActivityPublished, Offering, PriorityAdopted, PriorityEnded},
    evaluation::v1::{
        EffectEstimated, EvaluationPlanEvent, EvaluationPlanned, EvaluationSubject, FeedbackEvent, FeedbackGiven,
        FeedbackLevel, LevelScore, MeasurePoint, MeasureTaken, MeasureWithdrawn,
    },
    observations::v1::{FollowUpAgreed, FollowUpEvent, FollowUpRevisited, RevisitOutcome},
    projection::v1::{PriorityGap, Rate},
};

use super::*;
use crate::{
    development::given::{Given, activity, person, stream},
    fixtures::{SCHOOL, TRUST, agreed, opened},
};

fn priority() -> Uuid {
    stream(500)
}

fn adopted(given: &mut Given, id: Uuid, title: &str, from_year: i32, years: i32) {
    let adopted = PriorityAdopted {
        trust_id: TRUST.to_string(),
        title: title.into(),
        from_year,
        years,
        ..Default::default()
    };
    given.in_catalogue::<PriorityEvent>(id, adopted);
}

fn published(given: &mut Given) {
    let published = ActivityPublished {
        trust_id: TRUST.to_string(),
        urn: String::new(),
        offering: Some(Offering {
            priority_ids: vec![priority().to_string()],
            ..Default::default()
        }),
    };
    given.in_catalogue::<ActivityEvent>(activity(), published);
}

fn report_of(given: &Given) -> Vec<PriorityRow> {
    let ground = given.ground("2026-08-31");
    let report = report(&ground, &given.people(), None, Suppression::below(5), false);
    report.unwrap().priorities
}

fn share(rate: &Option<Rate>) -> (i32, i32) {
    rate.map(|rate| (rate.numerator, rate.denominator)).unwrap()
}

fn plan(given: &mut Given, id: Uuid, subject: EvaluationSubject, subject_id: Uuid) {
    let planned = EvaluationPlanned {
        subject: subject.into(),
        subject_id: subject_id.to_string(),
        on: "2025-09-10".into(),
        ..Default::default()
    };
    given.evaluation.tell::<EvaluationPlanEvent>(id, planned);
}

fn measured(given: &mut Given, plan: Uuid, measure: u32, point: MeasurePoint, on: &str) {
    let taken = MeasureTaken {
        measure_id: stream(measure).to_string(),
        point: point.into(),
        on: on.into(),
        ..Default::default()
    };
    given.evaluation.tell::<EvaluationPlanEvent>(plan, taken);
}

#[test]
fn a_priority_is_followed_from_aim_to_effect() {
    let mut given = Given::a_school();
    given.teachers(0..8);
    adopted(&mut given, priority(), "Reading for all", 2025, 3);
    published(&mut given);
    let who = person(1);
    given
        .appraisal
        .tell::<AppraisalEvent>(stream(1), opened(who, person(2)));
    let objective = Objective {
        objective_id: "o".into(),
        priority_ids: vec![priority().to_string()],
        ..Default::default()
    };
    let objectives = ObjectivesAgreed {
        on: "2025-10-01".into(),
        objectives: vec![objective],
    };
    given.appraisal.tell::<AppraisalEvent>(stream(1), objectives);
    let concluded = AppraisalConcluded {
        on: "2026-07-01".into(),
        conclusions: vec![Conclusion {
            objective_id: "o".into(),
            outcome: ObjectiveOutcome::Met.into(),
            comment: None,
        }],
        ..Default::default()
    };
    given.appraisal.tell::<AppraisalEvent>(stream(1), concluded);
    let follow_up = FollowUpAgreed {
        priority_id: priority().to_string(),
        ..agreed(who, person(2), "2025-10-01")
    };
    given.observations.tell::<FollowUpEvent>(stream(2), follow_up);
    for (on, outcome) in [
        ("2025-12-01", RevisitOutcome::NotYet),
        ("2026-03-01", RevisitOutcome::Embedded),
    ] {
        let revisited = FollowUpRevisited {
            on: on.into(),
            outcome: outcome.into(),
            ..Default::default()
        };
        given.observations.tell::<FollowUpEvent>(stream(2), revisited);
    }
    given.credited(who, "reading", "2025-11-01", 90);
    plan(&mut given, stream(3), EvaluationSubject::Activity, activity());
    measured(&mut given, stream(3), 31, MeasurePoint::Baseline, "2025-09-15");
    measured(&mut given, stream(3), 32, MeasurePoint::Short, "2026-02-01");
    let estimated = EffectEstimated {
        measure_ids: vec![stream(31).to_string(), stream(32).to_string()],
        g: 0.4,
        low: 0.1,
        high: 0.7,
        subject_id: activity().to_string(),
        on: "2026-02-02".into(),
        ..Default::default()
    };
    given.evaluation.tell::<EvaluationPlanEvent>(stream(3), estimated);
    let rows = report_of(&given);
    let row = &rows[0];
    assert_eq!(
        (row.title.as_str(), row.objective_count, row.follow_up_count),
        ("Reading for all", 1, 1)
    );
    assert_eq!(
        (share(&row.objectives_met), share(&row.follow_ups_embedded)),
        ((1, 1), (1, 1))
    );
    assert_eq!((row.activity_count, row.participant_count, row.hours), (1, 1, 1.5));
    assert_eq!((row.baseline_count, row.later_measure_count), (1, 1));
    assert_eq!(row.effects[0].activity_id, activity().to_string());
    assert!(row.gaps.is_empty(), "{:?}", row.gaps);
    assert!(row.answer.contains("1 show an improvement"), "{}", row.answer);
}

#[test]
fn a_withdrawn_measure_takes_its_effect_along() {
    let mut given = Given::a_school();
    adopted(&mut given, priority(), "Reading for all", 2025, 3);
    plan(&mut given, stream(3), EvaluationSubject::Priority, priority());
    measured(&mut given, stream(3), 31, MeasurePoint::Baseline, "2025-09-15");
    let estimated = EffectEstimated {
        measure_ids: vec![stream(31).to_string()],
        on: "2026-02-02".into(),
        ..Default::default()
    };
    given.evaluation.tell::<EvaluationPlanEvent>(stream(3), estimated);
    assert_eq!(report_of(&given)[0].effects.len(), 1);
    let withdrawn = MeasureWithdrawn {
        measure_id: stream(31).to_string(),
        on: "2026-03-01".into(),
        ..Default::default()
    };
    given.evaluation.tell::<EvaluationPlanEvent>(stream(3), withdrawn);
    let row = &report_of(&given)[0];
    assert_eq!(
        (row.effects.len(), row.baseline_count, row.evaluation_plan_count),
        (0, 0, 1)
    );
    assert!(row.gaps().any(|gap| gap == PriorityGap::NoBaseline));
}

#[test]
fn priorities_of_other_years_and_those_that_ended_before_are_left_out() {
    let mut given = Given::a_school();
    adopted(&mut given, stream(1), "Past", 2022, 3);
    adopted(&mut given, stream(2), "To come", 2026, 1);
    adopted(&mut given, stream(3), "Ended", 2024, 3);
    let ended = PriorityEnded {
        on: "2025-07-01".into(),
        ..Default::default()
    };
    given.in_catalogue::<PriorityEvent>(stream(3), ended);
    adopted(&mut given, stream(4), "Now", 2024, 2);
    let titles: Vec<String> = report_of(&given).into_iter().map(|row| row.title).collect();
    assert_eq!(titles, ["Now"]);
}

#[test]
fn answers_of_few_are_told_to_nobody() {
    let mut given = Given::a_school();
    adopted(&mut given, priority(), "Reading for all", 2025, 3);
    published(&mut given);
    let answer = |given: &mut Given, number: u32, score: i32| {
        let answered = FeedbackGiven {
            activity_id: activity().to_string(),
            urn: SCHOOL.into(),
            scores: vec![LevelScore {
                level: FeedbackLevel::UseInPractice.into(),
                score,
            }],
            on: "2025-12-01".into(),
            ..Default::default()
        };
        given.evaluation.tell::<FeedbackEvent>(stream(number), answered);
    };
    for number in 0..4 {
        answer(&mut given, number, 5);
    }
    assert!(report_of(&given)[0].practice_used.unwrap().suppressed);
    for number in 4..12 {
        answer(&mut given, number, if number < 6 { 4 } else { 2 });
    }
    assert_eq!(share(&report_of(&given)[0].practice_used), (6, 12));
}

use std::collections::BTreeSet;

use uuid::Uuid;

use super::*;
use crate::{
    compact::Day,
    documents::{
        Activity, EvaluationPlan, Feedback, LearningRecord, Provider, Spending,
        evaluation_plan::Measure,
        feedback::{Asked, Practice, Score},
        learning_record::Credit,
        spending::Cost,
    },
    impact::gather::Period,
};

const ACTIVITY: Uuid = Uuid::from_u128(0xa1);
const PROVIDER: Uuid = Uuid::from_u128(0xb1);
const SCHOOL: u32 = 136_789;

fn bytes(id: Uuid) -> Vec<u8> {
    id.as_bytes().to_vec()
}

fn day(text: &str) -> Day {
    crate::compact::day(text).unwrap()
}

fn period() -> Period {
    Period {
        cycle: 2025,
        from: day("2025-09-01"),
        until: day("2026-09-01"),
    }
}

/// People who took part in an activity of a provider for an hour each.
fn gathered(people: u128) -> Gathered {
    let mut gathered = Gathered::default();
    let activity = Activity {
        title: "Questioning in depth".into(),
        provider_id: bytes(PROVIDER),
        focus_areas: vec!["questioning".into()],
        ..Activity::default()
    };
    gathered.take_activity(ACTIVITY, activity);
    let provider = Provider {
        title: "Harbour Hub".into(),
        ..Provider::default()
    };
    gathered.take_provider(PROVIDER, provider);
    for person in 0..people {
        let credit = Credit {
            on: day("2025-10-01"),
            minutes: 60,
            activity_id: bytes(ACTIVITY),
            focus_areas: vec!["questioning".into()],
            urn: SCHOOL,
            ..Credit::default()
        };
        let record = LearningRecord {
            person_id: bytes(Uuid::from_u128(person)),
            credits: vec![credit],
            ..LearningRecord::default()
        };
        gathered.take_hours(&record, period());
    }
    gathered
}

fn feedback(person: u128, score: Option<i32>) -> Feedback {
    let given = score.map(|score| Given {
        wave: FeedbackWave::First.into(),
        on: day("2025-10-08"),
        scores: vec![Score {
            level: FeedbackLevel::UseInPractice.into(),
            score,
        }],
    });
    Feedback {
        person_id: bytes(Uuid::from_u128(person)),
        urn: SCHOOL,
        activity_id: bytes(ACTIVITY),
        developed_on: Some(day("2025-10-01")),
        focus_areas: vec!["questioning".into()],
        asked: vec![Asked {
            wave: FeedbackWave::First.into(),
            levels: vec![FeedbackLevel::UseInPractice.into()],
            ..Asked::default()
        }],
        given: given.into_iter().collect(),
        ..Feedback::default()
    }
}

fn lines(gathered: &Gathered, ended: usize) -> Lines<'_> {
    Lines::new(gathered, Rule::below(5), ended, false, true)
}

fn value(figure: Option<&Figure>) -> Result<f64, String> {
    let figure = figure.unwrap();
    if figure.symbol.is_empty() {
        Ok(figure.value)
    } else {
        Err(figure.symbol.clone())
    }
}

fn effect(g: f64, standard_error: f64, outcome: &str, on: &str) -> Effect {
    Effect {
        measure_ids: vec![bytes(Uuid::from_u128(0xc1))],
        outcome: outcome.into(),
        g,
        low: g - 1.96 * standard_error,
        high: g + 1.96 * standard_error,
        standard_error,
        n: 60,
        focus_areas: vec!["questioning".into()],
        subject_id: bytes(ACTIVITY),
        on: day(on),
        ..Effect::default()
    }
}

#[test]
fn every_line_has_its_title_people_and_hours() {
    let gathered = gathered(12);
    let lines = lines(&gathered, 1);
    let keys: Vec<Key> = gathered.keys(None).into_iter().collect();
    assert_eq!(
        keys,
        [
            Key::Whole,
            Key::Activity(ACTIVITY),
            Key::Provider(PROVIDER),
            Key::Focus("questioning".into())
        ]
    );
    for key in keys {
        let line = lines.line(&key, None);
        assert_eq!(value(line.participant_count.as_ref()), Ok(12.0), "{key:?}");
        assert_eq!(value(line.hours.as_ref()), Ok(12.0), "{key:?}");
        assert_eq!(line.absence(), Absence::NothingAgreed);
    }
    assert_eq!(lines.line(&Key::Provider(PROVIDER), None).title, "Harbour Hub");
    assert_eq!(
        value(lines.line(&Key::Whole, Some(1)).participant_count.as_ref()),
        Ok(0.0)
    );
}

#[test]
fn answers_are_shown_in_sums_of_enough_people_once_a_half_term_has_ended() {
    let mut gathered = gathered(12);
    for person in 0..12 {
        let score = (person < 8).then_some(if person < 6 { 5 } else { 3 });
        gathered.take_feedback(&feedback(person, score), period());
    }
    let shown = lines(&gathered, 1).line(&Key::Activity(ACTIVITY), None);
    let level = &shown.levels[0];
    let answered = level.answered.as_ref().unwrap();
    assert_eq!(value(answered.numerator.as_ref()), Ok(8.0));
    assert_eq!(value(answered.denominator.as_ref()), Ok(12.0));
    assert_eq!(value(level.positive.as_ref().unwrap().percent.as_ref()), Ok(75.0));
    assert_eq!(value(level.mean.as_ref()), Ok(4.5));
    let early = lines(&gathered, 0).line(&Key::Activity(ACTIVITY), None);
    assert_eq!(value(early.levels[0].mean.as_ref()), Err("x".into()), "not yet");
}

#[test]
fn few_answers_are_withheld_from_leaders_too() {
    let mut gathered = gathered(12);
    for person in 0..3 {
        gathered.take_feedback(&feedback(person, Some(1)), period());
    }
    let line = lines(&gathered, 1).line(&Key::Whole, None);
    assert_eq!(value(line.levels[0].mean.as_ref()), Err("c".into()));
    assert_eq!(value(line.pence_per_improved.as_ref()), Err("c".into()));
    assert_eq!(
        value(line.participant_count.as_ref()),
        Ok(12.0),
        "that they took part is no answer"
    );
}

#[test]
fn governors_see_no_count_of_few_people() {
    let gathered = gathered(3);
    let governors = Lines::new(&gathered, Rule::below(5), 1, true, true);
    let line = governors.line(&Key::Whole, Some(SCHOOL));
    assert_eq!(value(line.participant_count.as_ref()), Err("c".into()));
    assert_eq!(value(line.hours.as_ref()), Err("c".into()));
}

#[test]
fn practice_seen_later_needs_no_form() {
    let mut gathered = gathered(12);
    for person in 0..12 {
        let mut feedback = feedback(person, None);
        let outcome = if person < 6 {
            RevisitOutcome::Embedded
        } else {
            RevisitOutcome::NotYet
        };
        feedback.practice = vec![Practice {
            on: day("2025-10-20"),
            outcome: outcome.into(),
        }];
        gathered.take_feedback(&feedback, period());
    }
    let cost = Cost {
        activity_id: bytes(ACTIVITY),
        pence: 120_000,
        on: day("2025-10-01"),
        ..Cost::default()
    };
    let spending = Spending {
        costs: vec![cost],
        ..Spending::default()
    };
    gathered.take_costs(&spending, period());
    let line = lines(&gathered, 1).line(&Key::Activity(ACTIVITY), None);
    let practice = line.practice.unwrap();
    assert_eq!(value(practice.embedded.unwrap().percent.as_ref()), Ok(50.0));
    assert_eq!(value(line.pence_per_participant.as_ref()), Ok(10_000.0));
    assert_eq!(value(line.pence_per_hour.as_ref()), Ok(10_000.0));
    assert_eq!(value(line.pence_per_improved.as_ref()), Ok(20_000.0));
}

#[test]
fn effects_are_pooled_by_how_sure_they_are_and_priced_where_shown() {
    let mut gathered = gathered(10);
    let plan = EvaluationPlan {
        effects: vec![
            effect(0.1, 0.5, "Reading", "2025-12-01"),
            effect(0.5, 0.1, "Reading", "2026-05-01"),
            effect(0.5, 0.1, "Writing", "2026-05-01"),
        ],
        ..EvaluationPlan::default()
    };
    gathered.take_effects(&plan, period());
    let cost = Cost {
        activity_id: bytes(ACTIVITY),
        pence: 100_000,
        on: day("2025-10-01"),
        ..Cost::default()
    };
    gathered.take_costs(
        &Spending {
            costs: vec![cost],
            ..Spending::default()
        },
        period(),
    );
    let line = lines(&gathered, 1).line(&Key::Focus("questioning".into()), None);
    assert_eq!(line.effects.len(), 2, "of each outcome the latest");
    let pooled = line.pooled.unwrap();
    assert!((pooled.g - 0.5).abs() < 1e-9 && pooled.low > 0.0);
    assert_eq!((pooled.effect_count, pooled.n), (2, 120));
    assert_eq!(value(line.pence_per_participant_and_sd.as_ref()), Ok(20_000.0));
}

#[test]
fn a_withdrawn_measure_takes_its_effect_with_it() {
    let mut gathered = gathered(10);
    let plan = EvaluationPlan {
        effects: vec![effect(0.5, 0.1, "Reading", "2026-05-01")],
        measures: vec![Measure {
            measure_id: bytes(Uuid::from_u128(0xc1)),
            withdrawn: true,
            ..Measure::default()
        }],
        ..EvaluationPlan::default()
    };
    gathered.take_effects(&plan, period());
    let line = lines(&gathered, 1).line(&Key::Whole, None);
    assert!(line.effects.is_empty() && line.pooled.is_none());
    assert_eq!(value(line.pence_per_participant_and_sd.as_ref()), Err("z".into()));
    assert_eq!(
        value(line.pence_per_participant.as_ref()),
        Err("z".into()),
        "nothing was spent"
    );
}

#[test]
fn what_is_of_another_year_is_left_out() {
    let mut gathered = Gathered::default();
    let mut late = feedback(1, Some(5));
    late.developed_on = Some(day("2026-09-01"));
    gathered.take_feedback(&late, period());
    assert_eq!(gathered.keys(None), BTreeSet::from([Key::Whole]));
}

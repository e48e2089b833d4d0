use api::{
    common::v1::Sealed,
    evaluation::v1::{PrincipleScore, SurveyAnswered, SurveyClosed, SurveyOpened, SurveyReply, WaveClosed, WaveOpened},
};
use estate::{OTHER_SCHOOL, SCHOOL, urn};

use super::*;

fn answered(urn: &str, group: RoleGroup, values: i32, practice: i32) -> WaveAnswered {
    WaveAnswered {
        respondent: String::new(),
        urn: urn.into(),
        staff_group: group.into(),
        scores: vec![PrincipleScore {
            principle: "a".into(),
            values,
            practice,
        }],
    }
}

fn wave(answers: Vec<WaveAnswered>) -> AuditWave {
    AuditWave {
        opened: Some(WaveOpened {
            principles: vec!["a".into()],
            ..WaveOpened::default()
        }),
        urns: vec![urn(SCHOOL), urn(OTHER_SCHOOL)],
        answers,
        closed: Some(WaveClosed {
            threshold: 5,
            ..WaveClosed::default()
        }),
        ..AuditWave::default()
    }
}

fn several(count: usize, urn: &str, group: RoleGroup, values: i32, practice: i32) -> Vec<WaveAnswered> {
    vec![answered(urn, group, values, practice); count]
}

const TEACHERS: RoleGroup = RoleGroup::ClassroomTeacher;
const LEADERS: RoleGroup = RoleGroup::Leadership;

#[test]
fn means_and_gaps_are_shown_over_the_threshold() {
    let answers = [
        several(6, SCHOOL, TEACHERS, 5, 2),
        several(6, OTHER_SCHOOL, TEACHERS, 3, 3),
    ]
    .concat();
    let cells = of_wave(&wave(answers)).unwrap();
    let whole = &cells.whole.principles[0];
    assert_eq!(
        (cells.whole.n, whole.values, whole.practice, whole.gap),
        (12, 4.0, 2.5, 1.5)
    );
    assert_eq!(cells.schools.iter().map(|cell| cell.n).collect::<Vec<_>>(), [6, 6]);
}

#[test]
fn a_small_school_is_not_had_from_the_whole_and_the_others() {
    let answers = [
        several(20, SCHOOL, TEACHERS, 5, 2),
        several(2, OTHER_SCHOOL, TEACHERS, 3, 3),
    ]
    .concat();
    let cells = of_wave(&wave(answers)).unwrap();
    assert_eq!(cells.whole.n, 22);
    for cell in &cells.schools {
        assert!(cell.suppressed && cell.n == 0 && cell.principles.is_empty(), "{cell:?}");
    }
}

#[test]
fn a_small_staff_group_is_not_had_either() {
    let answers = [several(20, SCHOOL, TEACHERS, 5, 2), several(1, SCHOOL, LEADERS, 1, 1)].concat();
    let cells = of_wave(&wave(answers)).unwrap();
    assert!(
        cells
            .groups
            .iter()
            .all(|cell| cell.suppressed && cell.principles.is_empty())
    );
}

#[test]
fn too_few_altogether_show_nothing_at_all() {
    let cells = of_wave(&wave(several(4, SCHOOL, TEACHERS, 5, 2))).unwrap();
    assert!(cells.whole.suppressed && cells.whole.n == 0 && cells.whole.principles.is_empty());
    assert!(cells.schools.iter().chain(&cells.groups).all(|cell| cell.suppressed));
    let mut open = wave(several(40, SCHOOL, TEACHERS, 5, 2));
    open.closed = None;
    assert_eq!(of_wave(&open), None, "nothing is counted while answers come in");
}

/// Whatever the numbers, the suppressed schools together are either none, or enough people.
#[test]
fn what_is_left_over_is_never_small() {
    for here in 0..14 {
        for there in 0..14 {
            let answers = [
                several(here, SCHOOL, TEACHERS, 5, 2),
                several(there, OTHER_SCHOOL, TEACHERS, 3, 3),
            ]
            .concat();
            let cells = of_wave(&wave(answers)).unwrap();
            let shown: i32 = cells.schools.iter().map(|cell| cell.n).sum();
            let left_over = cells.whole.n - shown;
            assert!(
                cells.whole.suppressed || left_over == 0 || left_over >= 5,
                "{here} {there}"
            );
            assert!(
                cells.schools.iter().all(|cell| cell.n == 0 || cell.n >= 5),
                "{here} {there}"
            );
        }
    }
}

#[test]
fn change_is_shown_where_both_waves_are() {
    let before = [
        several(6, SCHOOL, TEACHERS, 4, 2),
        several(6, OTHER_SCHOOL, TEACHERS, 4, 2),
    ]
    .concat();
    let before = of_wave(&wave(before)).unwrap();
    let now = [
        several(6, SCHOOL, TEACHERS, 5, 4),
        several(6, OTHER_SCHOOL, TEACHERS, 5, 4),
    ]
    .concat();
    let mut now = of_wave(&wave(now)).unwrap();
    compare(&mut now, &before);
    let whole = &now.whole.principles[0];
    assert_eq!((whole.values_change, whole.practice_change), (Some(1.0), Some(2.0)));
    let small = of_wave(&wave(several(2, SCHOOL, TEACHERS, 4, 2))).unwrap();
    let mut now = of_wave(&wave(several(6, SCHOOL, TEACHERS, 5, 4))).unwrap();
    compare(&mut now, &small);
    assert_eq!(now.whole.principles[0].values_change, None);
}

fn survey(answers: Vec<SurveyAnswered>) -> Survey {
    let question = |id: &str, kind: QuestionKind| SurveyQuestion {
        question_id: id.into(),
        kind: kind.into(),
        options: vec!["x".into(), "y".into()],
        ..SurveyQuestion::default()
    };
    Survey {
        opened: Some(SurveyOpened {
            questions: vec![
                question("scale", QuestionKind::Scale),
                question("choice", QuestionKind::Choice),
                question("words", QuestionKind::Text),
            ],
            ..SurveyOpened::default()
        }),
        answers,
        closed: Some(SurveyClosed {
            threshold: 3,
            ..SurveyClosed::default()
        }),
        ..Survey::default()
    }
}

fn says(score: i32, chosen: &[i32], text: Option<&str>) -> SurveyAnswered {
    let reply = |id: &str| SurveyReply {
        question_id: id.into(),
        ..SurveyReply::default()
    };
    let mut replies = vec![
        SurveyReply {
            score,
            ..reply("scale")
        },
        SurveyReply {
            chosen: chosen.to_vec(),
            ..reply("choice")
        },
    ];
    replies.extend(text.map(|text| SurveyReply {
        text: Some(Sealed {
            clear: text.into(),
            ..Sealed::default()
        }),
        ..reply("words")
    }));
    SurveyAnswered {
        replies,
        ..SurveyAnswered::default()
    }
}

fn texts(survey: &Survey) -> impl Fn(&str) -> Vec<String> {
    move |question| {
        let replies = survey.answers.iter().flat_map(|answer| &answer.replies);
        let of_it = replies.filter(|reply| reply.question_id == question);
        of_it
            .filter_map(|reply| Some(reply.text.as_ref()?.clear.clone()))
            .collect()
    }
}

#[test]
fn questions_are_tallied_and_words_come_in_the_order_of_the_alphabet() {
    let survey = survey(vec![
        says(5, &[0], Some("Time")),
        says(4, &[0, 1], Some("coaching")),
        says(3, &[1], Some("a room")),
    ]);
    let (n, questions) = of_survey(&survey, texts(&survey)).unwrap();
    assert_eq!(n, 3);
    assert_eq!(
        (questions[0].mean, &questions[0].counts[..]),
        (4.0, &[0, 0, 1, 1, 1][..])
    );
    assert_eq!(questions[1].counts, [2, 2]);
    assert_eq!(questions[2].texts, ["a room", "coaching", "Time"]);
}

#[test]
fn a_question_that_too_few_answered_shows_neither_number_nor_word() {
    let survey = survey(vec![
        says(5, &[0], Some("only me")),
        says(4, &[1], None),
        says(3, &[1], None),
    ]);
    let (_, questions) = of_survey(&survey, texts(&survey)).unwrap();
    assert!(questions[2].suppressed && questions[2].texts.is_empty() && questions[2].n == 0);
    assert!(!questions[0].suppressed);
    let mut few = survey.clone();
    few.answers.pop();
    assert_eq!(of_survey(&few, texts(&few)), None);
    let mut open = survey.clone();
    open.closed = None;
    assert_eq!(of_survey(&open, texts(&open)), None);
}

#[test]
fn what_comes_in_bit_by_bit_is_released_in_steps() {
    let given: Vec<i32> = (1..=11).collect();
    assert!(in_steps(&given[..4], 5).is_empty());
    assert_eq!(in_steps(&given[..5], 5).len(), 5);
    assert_eq!(in_steps(&given[..9], 5).len(), 5);
    assert_eq!(in_steps(&given, 5).len(), 10);
    // A careless policy shows nobody alone.
    assert!(in_steps(&given[..1], 1).is_empty());
}

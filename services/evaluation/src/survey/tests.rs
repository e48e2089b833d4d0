use estate::{CPD_LEAD, SCHOOL, TEACHER, TRUST, acting, day, urn};
use testkit::given;
use uuid::Uuid;

use super::*;

fn question(id: &str, kind: QuestionKind) -> SurveyQuestion {
    let options = match kind {
        QuestionKind::Choice => vec!["coaching".into(), "a course".into(), "time".into()],
        _ => Vec::new(),
    };
    SurveyQuestion {
        question_id: id.into(),
        text: format!("What of {id}?"),
        kind: kind.into(),
        options,
        several: id == "several",
        required: id == "scale",
        focus_area: String::new(),
    }
}

fn open() -> Open {
    Open {
        trust: TRUST,
        urns: vec![urn(SCHOOL)],
        title: "Needs".into(),
        kind: SurveyKind::Needs,
        questions: vec![
            question("scale", QuestionKind::Scale),
            question("one", QuestionKind::Choice),
            question("several", QuestionKind::Choice),
            question("words", QuestionKind::Text),
        ],
        on: day("2023-10-02"),
        closes_on: day("2023-10-13"),
    }
}

fn opened() -> Vec<SurveyEvent> {
    let context = acting(CPD_LEAD, "2023-09-25");
    Survey::default().decide(Command::Open(open()), &context).unwrap()
}

fn scale(score: i32) -> Reply {
    Reply::Scale(Score::new(score).unwrap())
}

fn answer(replies: Vec<(&str, Reply)>) -> Command {
    Command::Answer(Answer {
        survey: SurveyId(Uuid::from_u128(9)),
        respondent: "x".into(),
        urn: urn(SCHOOL),
        staff_group: RoleGroup::ClassroomTeacher,
        replies: replies.into_iter().map(|(id, reply)| (id.to_owned(), reply)).collect(),
    })
}

fn rejected(history: Vec<SurveyEvent>, command: Command, on: &str) -> Rejection {
    let mut found = None;
    given::<Survey>(history)
        .under(acting(TEACHER, on))
        .when(command)
        .then_rejected(|rejection| found = Some(rejection));
    found.unwrap()
}

#[test]
fn a_survey_asks_questions_that_can_be_answered() {
    let with = |change: fn(&mut Open)| {
        let mut open = open();
        change(&mut open);
        rejected(vec![], Command::Open(open), "2023-09-25")
    };
    assert_eq!(with(|open| open.questions.clear()), Rejection::NoQuestion);
    assert_eq!(with(|open| open.urns.clear()), Rejection::NoSchool);
    assert!(matches!(
        with(|open| open.questions[1].question_id = "scale".into()),
        Rejection::QuestionTwice { .. }
    ));
    assert!(matches!(
        with(|open| open.questions[1].options.truncate(1)),
        Rejection::OptionsMissing { .. }
    ));
    assert!(matches!(
        with(|open| open.questions[0].options = vec!["yes".into(), "no".into()]),
        Rejection::OptionsNotAsked { .. }
    ));
    assert_eq!(
        with(|open| open.closes_on = day("2023-10-01")),
        Rejection::ClosesTooEarly
    );
    assert!(matches!(
        with(|open| open.closes_on = day("2024-10-01")),
        Rejection::OpenTooLong { .. }
    ));
    assert_eq!(
        rejected(opened(), Command::Open(open()), "2023-09-25"),
        Rejection::AlreadyOpened
    );
}

#[test]
fn an_answer_fits_its_questions() {
    given::<Survey>(opened())
        .under(acting(TEACHER, "2023-10-04"))
        .when(answer(vec![
            ("words", Reply::Text(" more time ".into())),
            ("several", Reply::Choice(vec![2, 0])),
            ("scale", scale(4)),
        ]))
        .then_events(|events| {
            let Some(Event::Answered(answered)) = &events[0].event else {
                panic!()
            };
            let order: Vec<_> = answered
                .replies
                .iter()
                .map(|reply| reply.question_id.as_str())
                .collect();
            assert_eq!(order, ["scale", "several", "words"]);
            assert_eq!(answered.replies[1].chosen, [0, 2]);
            let text = answered.replies[2].text.as_ref().unwrap();
            assert_eq!(text.clear, "more time");
            assert_eq!(
                text.subject_id,
                Uuid::from_u128(9).to_string(),
                "under the survey's key"
            );
        });
}

#[test]
fn an_answer_that_does_not_fit_is_refused() {
    let refused = |replies| rejected(opened(), answer(replies), "2023-10-04");
    let is = |rejection: Rejection| rejection;
    assert!(matches!(refused(vec![]), Rejection::QuestionLeftOut { .. }));
    assert!(matches!(
        refused(vec![("one", Reply::Choice(vec![0]))]),
        Rejection::QuestionLeftOut { .. }
    ));
    let beside = |id, reply| is(refused(vec![("scale", scale(3)), (id, reply)]));
    assert!(matches!(beside("scale", scale(3)), Rejection::AnsweredTwice { .. }));
    assert!(matches!(beside("other", scale(3)), Rejection::NotAQuestion { .. }));
    assert!(matches!(
        beside("one", Reply::Choice(vec![3])),
        Rejection::NotAnOption { .. }
    ));
    assert!(matches!(
        beside("one", Reply::Choice(vec![-1])),
        Rejection::NotAnOption { .. }
    ));
    assert!(matches!(
        beside("one", Reply::Choice(vec![])),
        Rejection::NotAnOption { .. }
    ));
    assert!(matches!(
        beside("several", Reply::Choice(vec![1, 1])),
        Rejection::NotAnOption { .. }
    ));
    assert!(matches!(
        beside("one", Reply::Choice(vec![0, 1])),
        Rejection::OnlyOne { .. }
    ));
    assert!(matches!(beside("one", scale(3)), Rejection::OtherKind { .. }));
    assert!(matches!(
        beside("words", Reply::Text("  ".into())),
        Rejection::OtherKind { .. }
    ));
    let optional = {
        let mut open = open();
        open.questions[0].required = false;
        Survey::default()
            .decide(Command::Open(open), &acting(CPD_LEAD, "2023-09-25"))
            .unwrap()
    };
    assert_eq!(
        rejected(optional, answer(vec![]), "2023-10-04"),
        Rejection::NothingAnswered
    );
}

#[test]
fn a_survey_is_answered_in_its_days() {
    let answer = || answer(vec![("scale", scale(3))]);
    let on = day("2023-10-02");
    assert_eq!(rejected(opened(), answer(), "2023-10-01"), Rejection::NotOpenYet { on });
    assert_eq!(rejected(opened(), answer(), "2023-10-14"), Rejection::Closed);
    assert_eq!(rejected(vec![], answer(), "2023-10-04"), Rejection::NotOpened);
    let closed = [opened(), vec![SurveyClosed::default().into()]].concat();
    assert_eq!(rejected(closed.clone(), answer(), "2023-10-04"), Rejection::Closed);
    let close = Command::Close(Close {
        on: day("2023-10-13"),
        threshold: 5,
        answers: Vec::new(),
    });
    assert_eq!(rejected(closed, close, "2023-10-13"), Rejection::Closed);
}

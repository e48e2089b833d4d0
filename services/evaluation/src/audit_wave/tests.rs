use estate::{CPD_LEAD, OTHER_SCHOOL, SCHOOL, TEACHER, TRUST, acting, day, urn};
use testkit::given;

use super::*;

const PRINCIPLES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

fn open() -> Open {
    Open {
        trust: TRUST,
        urns: vec![urn(SCHOOL)],
        title: "Autumn".into(),
        principles: PRINCIPLES.map(str::to_owned).into(),
        on: day("2023-10-02"),
        closes_on: day("2023-10-13"),
        previous: None,
    }
}

fn opened() -> Vec<AuditWaveEvent> {
    let context = acting(CPD_LEAD, "2023-09-25");
    AuditWave::default().decide(Command::Open(open()), &context).unwrap()
}

fn seen(values: i32, practice: i32) -> Seen {
    Seen {
        values: Score::new(values).unwrap(),
        practice: Score::new(practice).unwrap(),
    }
}

fn answer(respondent: &str) -> Answer {
    Answer {
        respondent: respondent.into(),
        urn: urn(SCHOOL),
        staff_group: RoleGroup::ClassroomTeacher,
        scores: PRINCIPLES.map(|principle| (principle.to_owned(), seen(5, 2))).into(),
    }
}

fn answered(respondent: &str) -> WaveAnswered {
    let mut wave = AuditWave::default();
    opened().iter().for_each(|event| wave.evolve(event));
    let context = acting(TEACHER, "2023-10-04");
    let events = wave.decide(Command::Answer(answer(respondent)), &context).unwrap();
    match events.into_iter().next().unwrap().event {
        Some(Event::Answered(answered)) => answered,
        other => panic!("{other:?}"),
    }
}

fn close(respondents: &[&str]) -> Command {
    Command::Close(Close {
        on: day("2023-10-13"),
        threshold: 5,
        answers: respondents.iter().map(|respondent| answered(respondent)).collect(),
    })
}

fn rejected(history: Vec<AuditWaveEvent>, command: Command, on: &str) -> Rejection {
    let mut found = None;
    given::<AuditWave>(history)
        .under(acting(TEACHER, on))
        .when(command)
        .then_rejected(|rejection| found = Some(rejection));
    found.unwrap()
}

#[test]
fn a_wave_asks_about_eight_principles() {
    let without = |change: fn(&mut Open)| {
        let mut open = open();
        change(&mut open);
        rejected(vec![], Command::Open(open), "2023-09-25")
    };
    let too_few = without(|open| {
        open.principles.pop();
    });
    assert_eq!(too_few, Rejection::NotEightPrinciples);
    assert_eq!(
        without(|open| open.principles[7] = "a".into()),
        Rejection::NotEightPrinciples
    );
    assert_eq!(
        without(|open| open.principles.push("i".into())),
        Rejection::NotEightPrinciples
    );
    assert_eq!(without(|open| open.urns.clear()), Rejection::NoSchool);
    assert_eq!(
        without(|open| open.closes_on = day("2023-10-01")),
        Rejection::ClosesTooEarly
    );
    assert!(matches!(
        without(|open| open.closes_on = day("2024-10-01")),
        Rejection::OpenTooLong { .. }
    ));
    assert_eq!(
        rejected(opened(), Command::Open(open()), "2023-09-25"),
        Rejection::AlreadyOpened
    );
    let mut past = open();
    past.on = day("2023-01-02");
    past.closes_on = day("2023-01-13");
    assert_eq!(
        rejected(vec![], Command::Open(past), "2023-09-25"),
        Rejection::ClosesTooEarly
    );
}

#[test]
fn an_answer_scores_every_principle_once() {
    given::<AuditWave>(opened())
        .under(acting(TEACHER, "2023-10-13"))
        .when(Command::Answer(answer("x")))
        .then([answered("x").into()]);
    let with = |change: fn(&mut Answer)| {
        let mut answer = answer("x");
        change(&mut answer);
        rejected(opened(), Command::Answer(answer), "2023-10-04")
    };
    let principle = "h".to_owned();
    let left_out = with(|answer| {
        answer.scores.pop();
    });
    assert_eq!(left_out, Rejection::PrincipleLeftOut { principle });
    let principle = "a".to_owned();
    let twice = with(|answer| answer.scores.push(("a".into(), seen(1, 1))));
    assert_eq!(twice, Rejection::PrincipleTwice { principle });
    let principle = "z".to_owned();
    let other = with(|answer| answer.scores.push(("z".into(), seen(1, 1))));
    assert_eq!(other, Rejection::NotAPrinciple { principle });
    assert!(matches!(
        with(|answer| answer.urn = urn(OTHER_SCHOOL)),
        Rejection::SchoolNotAsked { .. }
    ));
}

#[test]
fn a_wave_is_answered_in_its_days() {
    let answer = || Command::Answer(answer("x"));
    let on = day("2023-10-02");
    assert_eq!(rejected(opened(), answer(), "2023-10-01"), Rejection::NotOpenYet { on });
    assert_eq!(rejected(opened(), answer(), "2023-10-14"), Rejection::Closed);
    assert_eq!(rejected(vec![], answer(), "2023-10-04"), Rejection::NotOpened);
    let closed = [opened(), vec![WaveClosed::default().into()]].concat();
    assert_eq!(rejected(closed, answer(), "2023-10-04"), Rejection::Closed);
}

#[test]
fn answers_go_on_record_with_the_end_in_an_order_that_tells_nothing() {
    given::<AuditWave>(opened())
        .under(acting(CPD_LEAD, "2023-10-13"))
        .when(close(&["m", "c", "x"]))
        .then_events(|events| {
            let respondents = events.iter().filter_map(|event| match &event.event {
                Some(Event::Answered(answered)) => Some(answered.respondent.as_str()),
                _ => None,
            });
            assert_eq!(respondents.collect::<Vec<_>>(), ["c", "m", "x"]);
        })
        .and_state(|wave| {
            let closed = wave.closed.as_ref().unwrap();
            assert_eq!((closed.answer_count, closed.threshold), (3, 5));
        });
}

#[test]
fn nobody_counts_twice_and_nothing_closes_twice() {
    given::<AuditWave>(opened())
        .under(acting(CPD_LEAD, "2023-10-13"))
        .when(close(&["m", "m"]))
        .then_events(|events| assert_eq!(events.len(), 2));
    let closed = [opened(), vec![WaveClosed::default().into()]].concat();
    assert_eq!(rejected(closed, close(&[]), "2023-10-13"), Rejection::Closed);
    assert_eq!(rejected(vec![], close(&[]), "2023-10-13"), Rejection::NotOpened);
}

use estate::{COLLEAGUE, SCHOOL, TEACHER, TRUST, acting, day, reacting, urn};
use testkit::given;
use uuid::Uuid;

use super::*;

fn took_part(purpose: Purpose) -> Participation {
    Participation {
        activity: ActivityId(Uuid::from_u128(5)),
        session: String::new(),
        trust: TRUST,
        urn: Some(urn(SCHOOL)),
        role_group: RoleGroup::ClassroomTeacher,
        person: TEACHER,
        on: day("2023-10-02"),
        focus_areas: vec!["questioning".into()],
        follow_ups: Vec::new(),
        purpose,
    }
}

fn ask(purpose: Purpose) -> Command {
    Command::Ask {
        participation: took_part(purpose),
        on: day("2023-10-03"),
    }
}

fn again(wave: FeedbackWave, on: &str) -> Command {
    Command::AskAgain { wave, on: day(on) }
}

fn give(scores: &[(FeedbackLevel, i32)], on: &str) -> Command {
    let score = |(level, score): &(FeedbackLevel, i32)| (*level, Score::new(*score).unwrap());
    Command::Give {
        scores: scores.iter().map(score).collect(),
        on: day(on),
    }
}

const FIRST: [(FeedbackLevel, i32); 3] = [
    (FeedbackLevel::Reaction, 5),
    (FeedbackLevel::Learning, 4),
    (FeedbackLevel::OrganisationSupport, 2),
];

fn seen(purpose: Purpose, on: &str) -> Command {
    Command::Observe(Sighting {
        follow_up: FollowUpId(Uuid::from_u128(7)),
        observation: ObservationId(Uuid::from_u128(8)),
        focus_areas: vec!["routines".into(), "questioning".into()],
        outcome: RevisitOutcome::Embedded,
        on: day(on),
        purpose,
    })
}

fn system() -> Context {
    reacting("evaluation", "2023-10-03")
}

/// What happened, by commands in their order.
fn history(commands: impl IntoIterator<Item = Command>) -> Vec<FeedbackEvent> {
    let mut feedback = Feedback::default();
    let mut all = Vec::new();
    for command in commands {
        let context = match &command {
            Command::Give { on, .. } => acting(TEACHER, &on.to_string()),
            _ => system(),
        };
        for event in feedback.decide(command, &context).unwrap() {
            feedback.evolve(&event);
            all.push(event);
        }
    }
    all
}

fn asked() -> Vec<FeedbackEvent> {
    history([ask(Purpose::Developmental)])
}

fn rejected(history: Vec<FeedbackEvent>, command: Command, context: Context) -> Rejection {
    let mut found = None;
    given::<Feedback>(history)
        .under(context)
        .when(command)
        .then_rejected(|rejection| found = Some(rejection));
    found.unwrap()
}

/// Levels asked after these commands.
fn open_levels(commands: impl IntoIterator<Item = Command>) -> Vec<FeedbackLevel> {
    let mut feedback = Feedback::default();
    history(commands).iter().for_each(|event| feedback.evolve(event));
    feedback.open().map(|open| open.levels.clone()).unwrap_or_default()
}

#[test]
fn who_took_part_is_asked_once_about_three_levels() {
    given::<Feedback>([])
        .under(system())
        .when(ask(Purpose::Developmental))
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|feedback| {
            let open = feedback.open().unwrap();
            assert_eq!((open.wave, open.due_on), (FeedbackWave::First, day("2023-10-24")));
            assert_eq!(open.levels.len(), 3);
        });
    given::<Feedback>(asked())
        .under(system())
        .when(ask(Purpose::Developmental))
        .then([]);
    assert_eq!(
        rejected(vec![], ask(Purpose::Statutory), system()),
        Rejection::StatutoryTraining
    );
}

#[test]
fn each_level_asked_is_answered_once_by_who_was_asked() {
    let today = || acting(TEACHER, "2023-10-10");
    given::<Feedback>(asked())
        .under(today())
        .when(give(&FIRST, "2023-10-10"))
        .then_events(|events| {
            let Some(Event::Given(given)) = &events[0].event else {
                panic!()
            };
            assert_eq!(given.scores.len(), 3);
            assert!(
                !format!("{given:?}").contains(&TEACHER.to_string()),
                "an answer names nobody"
            );
        })
        .and_state(|feedback| assert_eq!(feedback.open(), None));
    let refused = |scores: &[_]| rejected(asked(), give(scores, "2023-10-10"), today());
    let level = FeedbackLevel::OrganisationSupport;
    assert_eq!(refused(&FIRST[..2]), Rejection::LevelLeftOut { level });
    let twice = [&FIRST[..], &FIRST[2..]].concat();
    assert_eq!(refused(&twice), Rejection::LevelTwice { level });
    let more = [&FIRST[..], &[(FeedbackLevel::PupilOutcomes, 3)]].concat();
    let level = FeedbackLevel::PupilOutcomes;
    assert_eq!(refused(&more), Rejection::LevelNotAsked { level });
    let other = acting(COLLEAGUE, "2023-10-10");
    assert_eq!(
        rejected(asked(), give(&FIRST, "2023-10-10"), other),
        Rejection::NotAsked
    );
    let answered = history([ask(Purpose::Developmental), give(&FIRST, "2023-10-10")]);
    assert_eq!(
        rejected(answered, give(&FIRST, "2023-10-11"), today()),
        Rejection::NothingOpen
    );
    assert!(matches!(
        rejected(asked(), give(&FIRST, "2023-10-25"), acting(TEACHER, "2023-10-25")),
        Rejection::TooLate { .. }
    ));
}

#[test]
fn what_is_not_answered_in_time_expires() {
    let expire = |on| Command::Expire { on: day(on) };
    given::<Feedback>(asked())
        .under(system())
        .when(expire("2023-10-24"))
        .then([]);
    given::<Feedback>(asked())
        .under(system())
        .when(expire("2023-10-25"))
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|feedback| assert_eq!(feedback.open(), None));
    let answered = history([ask(Purpose::Developmental), give(&FIRST, "2023-10-10")]);
    given::<Feedback>(answered)
        .under(system())
        .when(expire("2023-10-25"))
        .then([]);
}

#[test]
fn practice_is_asked_after_weeks_and_pupils_after_half_a_year() {
    let first = [ask(Purpose::Developmental), give(&FIRST, "2023-10-10")];
    let weeks = again(FeedbackWave::Weeks, "2023-11-13");
    let levels = open_levels(first.clone().into_iter().chain([weeks.clone()]));
    assert_eq!(levels, [FeedbackLevel::UseInPractice]);
    let half_year = again(FeedbackWave::HalfYear, "2024-04-01");
    let levels = open_levels(first.clone().into_iter().chain([weeks.clone(), half_year]));
    assert_eq!(levels, [FeedbackLevel::UseInPractice, FeedbackLevel::PupilOutcomes]);
    // Twice is once.
    let asked = history(first.into_iter().chain([weeks.clone()]));
    given::<Feedback>(asked).under(system()).when(weeks).then([]);
}

#[test]
fn what_is_still_open_expires_when_the_next_is_asked() {
    let events = history([ask(Purpose::Developmental), again(FeedbackWave::Weeks, "2023-11-13")]);
    assert!(matches!(&events[1].event, Some(Event::Expired(expired)) if expired.wave() == FeedbackWave::First));
    assert_eq!(events.len(), 3);
}

#[test]
fn what_was_seen_is_not_asked() {
    let developed = ask(Purpose::Developmental);
    let saw = seen(Purpose::Developmental, "2023-11-06");
    let first = give(&FIRST, "2023-10-10");
    let weeks = again(FeedbackWave::Weeks, "2023-11-13");
    assert_eq!(
        open_levels([developed.clone(), first.clone(), saw.clone(), weeks.clone()]),
        []
    );
    // What is open already need not be answered any more.
    assert_eq!(open_levels([developed.clone(), first.clone(), weeks, saw.clone()]), []);
    // Half a year later practice is asked again, unless it was seen since the first time.
    let half_year = again(FeedbackWave::HalfYear, "2024-04-01");
    assert_eq!(
        open_levels([developed.clone(), first.clone(), saw, half_year.clone()]),
        [FeedbackLevel::UseInPractice, FeedbackLevel::PupilOutcomes]
    );
    let later = seen(Purpose::Developmental, "2024-03-04");
    assert_eq!(
        open_levels([developed, first, later, half_year]),
        [FeedbackLevel::PupilOutcomes]
    );
}

#[test]
fn purpose_bounds_what_is_joined() {
    for purpose in [
        Purpose::Appraisal,
        Purpose::Induction,
        Purpose::QualityAssurance,
        Purpose::Statutory,
        Purpose::Unspecified,
    ] {
        assert_eq!(
            rejected(asked(), seen(purpose, "2023-11-06"), system()),
            Rejection::PurposeForbids
        );
    }
    let induction = history([ask(Purpose::Induction)]);
    for purpose in [Purpose::Induction, Purpose::Developmental] {
        given::<Feedback>(induction.clone())
            .under(system())
            .when(seen(purpose, "2023-11-06"))
            .then_events(|events| assert_eq!(events.len(), 1));
    }
}

#[test]
fn only_later_looks_at_the_same_focus_count_and_once() {
    assert!(matches!(
        rejected(asked(), seen(Purpose::Developmental, "2023-10-01"), system()),
        Rejection::SeenBefore { .. }
    ));
    let other = Command::Observe(Sighting {
        focus_areas: vec!["routines".into()],
        ..match seen(Purpose::Developmental, "2023-11-06") {
            Command::Observe(sighting) => sighting,
            _ => unreachable!(),
        }
    });
    assert_eq!(rejected(asked(), other, system()), Rejection::OtherFocus);
    let saw = || seen(Purpose::Developmental, "2023-11-06");
    given::<Feedback>(history([ask(Purpose::Developmental), saw()]))
        .under(system())
        .when(saw())
        .then([]);
    assert_eq!(rejected(vec![], saw(), system()), Rejection::NotAsked);
}

#[test]
fn another_year_is_asked_about_anew() {
    let activity = ActivityId(Uuid::from_u128(5));
    let id = |on| id_of(TEACHER, activity, day(on));
    assert_eq!(id("2023-10-02"), id("2024-06-03"));
    assert_ne!(id("2023-10-02"), id("2024-10-02"));
}

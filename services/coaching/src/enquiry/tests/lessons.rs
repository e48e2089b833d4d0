use super::*;

fn pupil(code: &str) -> CaseNote {
    CaseNote {
        code: code.parse().unwrap(),
        note: "reads to the end".into(),
    }
}

fn plan(on: &str) -> PlanLesson {
    PlanLesson {
        on: day(on),
        minutes: 60,
        people: vec![TEACHER, PARTNER],
        case_pupils: vec![pupil("A"), pupil("B")],
        plan: "echo reading, then pairs".into(),
    }
}

fn teach(on: &str) -> TeachLesson {
    TeachLesson {
        on: day(on),
        minutes: 50,
        teacher: TEACHER,
        observers: vec![PARTNER],
        seen: vec![pupil("A")],
    }
}

fn interview(on: &str) -> Command {
    Command::InterviewPupils {
        on: day(on),
        said: vec![pupil("B")],
    }
}

fn discuss(on: &str) -> Command {
    Command::DiscussLesson {
        on: day(on),
        minutes: 40,
        people: vec![TEACHER, PARTNER],
        discussion: "B waits for the echo".into(),
    }
}

/// Goes through a whole lesson by its rules.
fn taught_and_discussed(mut history: Vec<pb::EnquiryEvent>, month: u32) -> Vec<pb::EnquiryEvent> {
    let on = |day: u32| format!("2025-{month:02}-{day:02}");
    for command in [
        Command::PlanLesson(plan(&on(7))),
        Command::TeachLesson(teach(&on(8))),
        interview(&on(8)),
        discuss(&on(9)),
    ] {
        let mut events = Vec::new();
        after(history.clone(), acting(TEACHER, &on(10)))
            .when(command)
            .then_events(|decided| events = decided.to_vec());
        history.extend(events);
    }
    history
}

fn study() -> Vec<pb::EnquiryEvent> {
    at_work(EnquiryKind::LessonStudy)
}

#[test]
fn a_lesson_study_is_three_research_lessons_and_no_fourth() {
    let mut history = study();
    for (month, left) in [(10, 2), (11, 1)] {
        history = taught_and_discussed(history, month);
        let expected = Rejection::LessonsMissing { left };
        let analyse = Command::Analyse {
            on: day("2025-12-20"),
            analysis: "they gain".into(),
        };
        refused(history.clone(), acting(TEACHER, "2025-12-20"), analyse, expected);
    }
    history = taught_and_discussed(history, 12);
    refused(
        history.clone(),
        acting(TEACHER, "2025-12-20"),
        Command::PlanLesson(plan("2025-12-15")),
        Rejection::ThreeLessons,
    );
    after(history, acting(TEACHER, "2025-12-20"))
        .when(Command::Analyse {
            on: day("2025-12-20"),
            analysis: "they gain".into(),
        })
        .then_events(|events| assert_eq!(events.len(), 1));
}

#[test]
fn a_case_pupil_is_a_letter_and_never_a_name() {
    assert_eq!("A".parse::<CaseCode>().map(|code| code.to_string()), Ok("A".to_owned()));
    for name in ["Ada", "AB", "A.", "", "a", "1", "É", " A", "Ａ"] {
        assert_eq!(name.parse::<CaseCode>(), Err(NotACode), "{name}");
    }
}

#[test]
fn one_lesson_after_another() {
    let planned = with(study(), [planned_lesson()]);
    refused(
        planned.clone(),
        acting(TEACHER, "2025-10-10"),
        Command::PlanLesson(plan("2025-10-09")),
        Rejection::LessonNotDiscussed { lesson: 1 },
    );
    refused(
        planned.clone(),
        acting(TEACHER, "2025-10-10"),
        interview("2025-10-09"),
        Rejection::LessonNotTaught { lesson: 1 },
    );
    refused(
        planned,
        acting(TEACHER, "2025-10-10"),
        discuss("2025-10-09"),
        Rejection::LessonNotTaught { lesson: 1 },
    );
    let nothing = || acting(TEACHER, "2025-10-10");
    let teaching = Command::TeachLesson(teach("2025-10-09"));
    refused(study(), nothing(), teaching, Rejection::NoLessonPlanned);
}

fn planned_lesson() -> pb::EnquiryEvent {
    let case = |code: &str| pb::CasePupil {
        code: code.into(),
        note: None,
    };
    pb::ResearchLessonPlanned {
        lesson: 1,
        on: "2025-10-07".into(),
        minutes: 60,
        person_ids: vec![TEACHER.to_string(), PARTNER.to_string()],
        case_pupils: vec![case("A"), case("B")],
        plan: None,
    }
    .into()
}

fn taught_lesson() -> pb::EnquiryEvent {
    pb::ResearchLessonTaught {
        lesson: 1,
        on: "2025-10-08".into(),
        ..Default::default()
    }
    .into()
}

#[test]
fn a_lesson_is_planned_and_discussed_together() {
    let alone = PlanLesson {
        people: vec![TEACHER],
        ..plan("2025-10-07")
    };
    let by = || acting(TEACHER, "2025-10-10");
    refused(study(), by(), Command::PlanLesson(alone), Rejection::TooFewPeople);
    let stranger = PlanLesson {
        people: vec![TEACHER, COLLEAGUE],
        ..plan("2025-10-07")
    };
    let expected = Rejection::NotAMember {
        person: COLLEAGUE,
        on: day("2025-10-07"),
    };
    refused(study(), by(), Command::PlanLesson(stranger), expected);
    let nobody = PlanLesson {
        case_pupils: Vec::new(),
        ..plan("2025-10-07")
    };
    refused(study(), by(), Command::PlanLesson(nobody), Rejection::NoCasePupil);
    let twice = PlanLesson {
        case_pupils: vec![pupil("A"), pupil("A")],
        ..plan("2025-10-07")
    };
    refused(
        study(),
        by(),
        Command::PlanLesson(twice),
        Rejection::CasePupilTwice("A".into()),
    );
}

#[test]
fn one_teaches_and_another_observes() {
    let planned = || with(study(), [planned_lesson()]);
    let by = || acting(TEACHER, "2025-10-10");
    let unseen = TeachLesson {
        observers: Vec::new(),
        ..teach("2025-10-08")
    };
    refused(planned(), by(), Command::TeachLesson(unseen), Rejection::NobodyObserved);
    let both = TeachLesson {
        observers: vec![TEACHER, PARTNER],
        ..teach("2025-10-08")
    };
    refused(planned(), by(), Command::TeachLesson(both), Rejection::TeacherObserves);
    let unknown = TeachLesson {
        seen: vec![pupil("C")],
        ..teach("2025-10-08")
    };
    refused(
        planned(),
        by(),
        Command::TeachLesson(unknown),
        Rejection::NoSuchCasePupil("C".into()),
    );
    refused(
        with(planned(), [taught_lesson()]),
        by(),
        Command::TeachLesson(teach("2025-10-09")),
        Rejection::LessonTaughtAlready { lesson: 1 },
    );
}

#[test]
fn pupils_are_asked_before_the_lesson_is_discussed() {
    let taught = with(study(), [planned_lesson(), taught_lesson()]);
    refused(
        taught,
        acting(TEACHER, "2025-10-10"),
        discuss("2025-10-09"),
        Rejection::PupilsNotInterviewed { lesson: 1 },
    );
}

#[test]
fn only_a_lesson_study_has_research_lessons() {
    refused(
        at_work(EnquiryKind::LearningCommunity),
        acting(TEACHER, "2025-10-10"),
        Command::PlanLesson(plan("2025-10-07")),
        Rejection::NotALessonStudy,
    );
}

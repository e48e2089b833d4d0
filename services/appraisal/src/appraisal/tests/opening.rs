use super::*;

fn open() -> Open {
    Open {
        cycle_id: CYCLE,
        trust_id: TRUST,
        terms: terms(),
        person_id: TEACHER,
        appraiser_id: Some(APPRAISER),
        posts: vec![Post {
            urn: Some(urn("136789")),
            role_group: RoleGroup::ClassroomTeacher,
        }],
        away_since: None,
    }
}

#[test]
fn an_appraisal_opens_with_its_appraiser_and_the_cycles_dates() {
    after([], COLLEAGUE)
        .when(Command::Open(open()))
        .then([opened()])
        .and_state(|appraisal| {
            assert_eq!(appraisal.person_id(), TEACHER);
            assert_eq!(appraisal.appraiser_id, Some(APPRAISER));
            assert_eq!(appraisal.final_by, day("2026-07-31"));
        });
}

#[test]
fn it_belongs_to_the_post_that_the_cycle_is_for() {
    let assistant = Post {
        urn: Some(urn("136790")),
        role_group: RoleGroup::TeachingAssistant,
    };
    let posts = [assistant].into_iter().chain(open().posts).collect();
    after([], COLLEAGUE)
        .when(Command::Open(Open { posts, ..open() }))
        .then([opened()]);
}

#[test]
fn there_is_one_for_a_person_and_a_cycle() {
    refused(
        vec![opened()],
        COLLEAGUE,
        Command::Open(open()),
        Rejection::AlreadyOpened,
    );
    assert_eq!(id_of(CYCLE, TEACHER), id_of(CYCLE, TEACHER));
    assert_ne!(id_of(CYCLE, TEACHER), id_of(CYCLE, APPRAISER));
}

#[test]
fn somebody_must_appraise() {
    let open = Open {
        appraiser_id: None,
        ..open()
    };
    refused(vec![], COLLEAGUE, Command::Open(open), Rejection::NobodyAppraises);
}

#[test]
fn nobody_appraises_themselves() {
    let open = Open {
        appraiser_id: Some(TEACHER),
        ..open()
    };
    refused(vec![], COLLEAGUE, Command::Open(open), Rejection::AppraiserIsAppraisee);
}

#[test]
fn the_cycle_is_for_the_persons_part_of_the_workforce() {
    let posts = vec![Post {
        urn: None,
        role_group: RoleGroup::OtherSupport,
    }];
    let expected = Rejection::NotInPopulation {
        population: Population::Teachers,
    };
    refused(vec![], COLLEAGUE, Command::Open(Open { posts, ..open() }), expected);
}

#[test]
fn it_opens_paused_while_the_person_is_away() {
    for (since, paused_on) in [("2026-01-05", "2026-01-05"), ("2025-06-01", "2025-09-01")] {
        let open = Open {
            away_since: Some(day(since)),
            ..open()
        };
        let paused = pb::AppraisalPaused { on: paused_on.into() }.into();
        after([], COLLEAGUE).when(Command::Open(open)).then([opened(), paused]);
    }
}

#[test]
fn nothing_happens_to_what_was_never_opened() {
    for command in [
        Command::Sign,
        Command::Close { on: day("2026-07-10") },
        Command::Pause { on: day("2026-07-10") },
        Command::Resume { on: day("2026-07-10") },
        Command::Appeal {
            on: day("2026-07-10"),
            grounds: "unheard".into(),
        },
        Command::Reopen {
            on: day("2026-07-10"),
            reason: "evidence".into(),
        },
        Command::Carry {
            from: None,
            to: Some(urn("136790")),
            on: day("2026-01-01"),
        },
        agree(vec![reading()]),
    ] {
        refused(vec![], COLLEAGUE, command, Rejection::NotOpened);
    }
}

use super::*;
use estate::{CPD_LEAD, acting, under, urn};

const WALK: LearningWalkId = LearningWalkId(Uuid::from_u128(71));

fn seen() -> Origin {
    Origin::Observation {
        id: OBSERVATION,
        observee: TEACHER,
        observers: vec![OBSERVER],
        purpose: Purpose::Developmental,
        conducted_on: Some(day("2025-10-08")),
    }
}

fn found(has_findings: bool) -> Origin {
    Origin::LearningWalk {
        id: WALK,
        lead: CPD_LEAD,
        on: day("2025-10-01"),
        has_findings,
    }
}

fn agreement() -> Agree {
    Agree {
        origin: seen(),
        trust: TRUST,
        urn: urn("136789"),
        person: TEACHER,
        role_group: RoleGroup::ClassroomTeacher,
        owner: None,
        focus_areas: vec!["questioning".into()],
        action: "wait three seconds".into(),
        promises: vec![PromisedSupport {
            id: COACHING,
            kind: SupportKind::Coaching,
            detail: String::new(),
            activity: None,
        }],
        agreed_on: day("2025-10-10"),
        due_on: None,
        priority: None,
    }
}

#[track_caller]
fn refuses_agreement(agree: Agree, why: Rejection) {
    refuses([], acting(OBSERVER, "2025-10-10"), Command::Agree(agree), why);
}

#[test]
fn what_is_agreed_takes_owner_due_date_and_purpose_from_where_it_came() {
    accepts(
        [],
        acting(OBSERVER, "2025-10-10"),
        Command::Agree(agreement()),
        [agreed()],
    );
}

#[test]
fn the_policy_says_when_it_is_due() {
    let sooner = under(acting(OBSERVER, "2025-10-10"), |policy| policy.follow_up_due_days = 14);
    let expected = FollowUpAgreed {
        due_on: "2025-10-24".into(),
        ..as_agreed()
    };
    accepts([], sooner, Command::Agree(agreement()), [expected.into()]);
}

#[test]
fn purpose_is_that_of_the_observation() {
    let Origin::Observation {
        id,
        observee,
        observers,
        conducted_on,
        ..
    } = seen()
    else {
        unreachable!()
    };
    let origin = Origin::Observation {
        id,
        observee,
        observers,
        conducted_on,
        purpose: Purpose::Appraisal,
    };
    let command = Command::Agree(Agree { origin, ..agreement() });
    accepts(
        [],
        acting(OBSERVER, "2025-10-10"),
        command,
        [agreed_for(Purpose::Appraisal)],
    );
}

#[test]
fn it_is_agreed_once() {
    refuses(
        [agreed()],
        acting(OBSERVER, "2025-10-10"),
        Command::Agree(agreement()),
        Rejection::AgreedAlready,
    );
}

#[test]
fn it_follows_an_observation_that_took_place() {
    let Origin::Observation {
        id,
        observee,
        observers,
        purpose,
        ..
    } = seen()
    else {
        unreachable!()
    };
    let origin = Origin::Observation {
        id,
        observee,
        observers,
        purpose,
        conducted_on: None,
    };
    refuses_agreement(Agree { origin, ..agreement() }, Rejection::ObservationNotConducted);
}

#[test]
fn it_is_owed_by_the_person_observed() {
    refuses_agreement(
        Agree {
            person: CPD_LEAD,
            ..agreement()
        },
        Rejection::PersonIsNotObservee,
    );
}

#[test]
fn it_has_a_focus() {
    refuses_agreement(
        Agree {
            focus_areas: vec![],
            ..agreement()
        },
        Rejection::NoFocusArea,
    );
}

#[test]
fn focus_areas_are_recorded_once_each() {
    let focus_areas = vec!["questioning".into(), "questioning".into()];
    accepts(
        [],
        acting(OBSERVER, "2025-10-10"),
        Command::Agree(Agree {
            focus_areas,
            ..agreement()
        }),
        [agreed()],
    );
}

#[test]
fn it_is_agreed_after_the_observation_and_not_in_the_future() {
    let before = Agree {
        agreed_on: day("2025-10-07"),
        ..agreement()
    };
    refuses_agreement(
        before,
        Rejection::AgreedBeforeSeen {
            seen_on: day("2025-10-08"),
        },
    );
    let future = Agree {
        agreed_on: day("2025-10-11"),
        ..agreement()
    };
    refuses_agreement(
        future,
        Rejection::AgreedInTheFuture {
            today: day("2025-10-10"),
        },
    );
}

#[test]
fn a_due_date_before_the_observation_is_refused_in_so_many_words() {
    let early = Agree {
        due_on: Some(day("2025-10-01")),
        ..agreement()
    };
    let why = Rejection::DueBeforeSeen {
        due_on: day("2025-10-01"),
        seen_on: day("2025-10-08"),
    };
    assert_eq!(
        why.to_string(),
        "the due date 2025-10-01 is before the observation of 2025-10-08 that it follows from"
    );
    refuses_agreement(early, why);
}

#[test]
fn it_is_due_after_the_agreement() {
    let same_day = Agree {
        due_on: Some(day("2025-10-10")),
        ..agreement()
    };
    refuses_agreement(
        same_day,
        Rejection::DueNotAfterAgreed {
            agreed_on: day("2025-10-10"),
        },
    );
}

#[test]
fn somebody_else_owes_the_support() {
    refuses_agreement(
        Agree {
            owner: Some(TEACHER),
            ..agreement()
        },
        Rejection::OwnerIsPerson,
    );
    let alone = Agree {
        owner: Some(TEACHER),
        promises: vec![],
        ..agreement()
    };
    let expected = FollowUpAgreed {
        owner_id: TEACHER.to_string(),
        promises: vec![],
        ..as_agreed()
    };
    accepts(
        [],
        acting(OBSERVER, "2025-10-10"),
        Command::Agree(alone),
        [expected.into()],
    );
}

#[test]
fn somebody_may_take_on_a_finding_of_a_walk() {
    let voluntary = Command::Agree(Agree {
        origin: found(true),
        ..agreement()
    });
    let expected = FollowUpAgreed {
        observation_id: String::new(),
        learning_walk_id: WALK.to_string(),
        owner_id: CPD_LEAD.to_string(),
        observer_ids: vec![],
        ..as_agreed()
    };
    accepts([], acting(TEACHER, "2025-10-10"), voluntary, [expected.into()]);
}

#[test]
fn nobody_is_volunteered_for_a_finding() {
    refuses_agreement(
        Agree {
            origin: found(true),
            ..agreement()
        },
        Rejection::NotVolunteered,
    );
    let represented = identity::Actor::person(CPD_LEAD, estate::TRUST).on_behalf_of(TEACHER);
    let context = estate::by(represented, "2025-10-10");
    let command = Command::Agree(Agree {
        origin: found(true),
        ..agreement()
    });
    refuses([], context, command, Rejection::NotVolunteered);
}

#[test]
fn a_walk_has_findings_first() {
    let early = Command::Agree(Agree {
        origin: found(false),
        ..agreement()
    });
    refuses([], acting(TEACHER, "2025-10-10"), early, Rejection::WalkWithoutFindings);
}

use service::Reject as _;

use super::*;

#[test]
fn one_of_the_two_proposes_and_has_said_yes() {
    after([], acting(TEACHER, "2025-10-01"))
        .when(Command::Propose(propose()))
        .then([proposed()])
        .and_state(|partnership| assert!(partnership.accepted.contains(&TEACHER)));
}

#[test]
fn nobody_coaches_themselves() {
    let propose = Propose {
        coached: COACH,
        ..propose()
    };
    refused(
        [],
        acting(COACH, "2025-10-01"),
        Command::Propose(propose),
        Rejection::CoachIsCoached,
    );
}

#[test]
fn it_is_about_something() {
    let propose = Propose {
        focus_areas: Vec::new(),
        ..propose()
    };
    let context = acting(TEACHER, "2025-10-01");
    refused([], context, Command::Propose(propose), Rejection::NoFocusArea);
}

#[test]
fn it_is_not_for_purposes_that_name_nobody() {
    for purpose in [Purpose::QualityAssurance, Purpose::Statutory, Purpose::Unspecified] {
        let propose = Propose { purpose, ..propose() };
        refused(
            [],
            acting(TEACHER, "2025-10-01"),
            Command::Propose(propose),
            Rejection::NotForThisPurpose,
        );
    }
}

#[test]
fn a_coach_takes_on_no_more_than_policy_allows() {
    let full = under(acting(TEACHER, "2025-10-01"), |policy| policy.coaching_load_max = 4);
    let with = |coach, coached| Propose {
        load: Load { coach, coached },
        ..propose()
    };
    let expected = Rejection::LoadTooHigh {
        person: COACH,
        held: 4,
        max: 4,
    };
    refused([], full.clone(), Command::Propose(with(4, 0)), expected.clone());
    assert!(expected.facts().contains(&("max", "4".to_owned())));
    // Who is coached carries no load of it, unless they take turns.
    after([], full.clone())
        .when(Command::Propose(with(3, 9)))
        .then([proposed()]);
    let peer = Propose {
        kind: PartnershipKind::PeerCoaching,
        ..with(3, 4)
    };
    let expected = Rejection::LoadTooHigh {
        person: TEACHER,
        held: 4,
        max: 4,
    };
    refused([], full, Command::Propose(peer), expected);
}

#[test]
fn a_coach_who_took_on_others_meanwhile_cannot_agree() {
    let full = under(acting(COACH, "2025-10-06"), |policy| policy.coaching_load_max = 4);
    let agree = Agree {
        load: Load { coach: 4, coached: 0 },
        ..agree()
    };
    let expected = Rejection::LoadTooHigh {
        person: COACH,
        held: 4,
        max: 4,
    };
    refused([proposed()], full, Command::Agree(agree), expected);
}

#[test]
fn it_is_proposed_once() {
    let context = acting(COACH, "2025-10-01");
    refused(
        [proposed()],
        context,
        Command::Propose(propose()),
        Rejection::AlreadyProposed,
    );
}

#[test]
fn the_other_agrees_with_the_goals_that_were_negotiated() {
    after([proposed()], acting(COACH, "2025-10-06"))
        .when(Command::Agree(agree()))
        .then([agreed()])
        .and_state(|partnership| {
            assert_eq!(partnership.goals[0].clear, "every pupil answers");
            assert_eq!(partnership.agreed_on, Some(day("2025-10-06")));
        });
}

#[test]
fn nobody_agrees_to_their_own_proposal() {
    let context = acting(TEACHER, "2025-10-06");
    refused(
        [proposed()],
        context,
        Command::Agree(agree()),
        Rejection::AwaitsTheOther,
    );
}

#[test]
fn a_third_agrees_to_nothing() {
    for command in [Command::Agree(agree()), Command::Accept] {
        let context = acting(COLLEAGUE, "2025-10-06");
        refused([proposed()], context, command, Rejection::NotOfThePair);
    }
}

#[test]
fn goals_are_agreed() {
    let agree = Agree {
        goals: Vec::new(),
        ..agree()
    };
    let context = acting(COACH, "2025-10-06");
    refused([proposed()], context, Command::Agree(agree), Rejection::NoGoal);
}

#[test]
fn an_agreement_has_happened() {
    let context = acting(COACH, "2025-10-05");
    let on = day("2025-10-06");
    refused(
        [proposed()],
        context,
        Command::Agree(agree()),
        crate::days::WrongDay::InTheFuture { on }.into(),
    );
}

#[test]
fn of_a_pair_brought_together_one_accepts_and_the_other_agrees() {
    let arranged: pb::PartnershipEvent = proposed_by(CPD_LEAD).into();
    let person_id = TEACHER.to_string();
    let accepted: pb::PartnershipEvent = pb::PartnershipAccepted { person_id }.into();
    refused(
        [arranged.clone()],
        acting(COACH, "2025-10-06"),
        Command::Agree(agree()),
        Rejection::OtherHasNotAccepted,
    );
    after([arranged.clone()], acting(TEACHER, "2025-10-02"))
        .when(Command::Accept)
        .then([accepted.clone()]);
    let both = [arranged, accepted];
    let teacher = acting(TEACHER, "2025-10-06");
    refused(both.clone(), teacher, Command::Accept, Rejection::AwaitsTheOther);
    let coach = acting(COACH, "2025-10-06");
    refused(both.clone(), coach.clone(), Command::Accept, Rejection::AgreeInstead);
    after(both, coach).when(Command::Agree(agree())).then([agreed()]);
}

#[test]
fn either_says_no_and_whoever_proposed_takes_it_back() {
    let on = day("2025-10-06");
    for (proposer, who) in [(TEACHER, COACH), (TEACHER, TEACHER), (CPD_LEAD, CPD_LEAD)] {
        let reason = Some("too much on".to_owned());
        after([proposed_by(proposer).into()], acting(who, "2025-10-06"))
            .when(Command::Decline { on, reason })
            .then([pb::PartnershipDeclined {
                on: "2025-10-06".into(),
                declined_by_id: who.to_string(),
                reason: Some(Sealed::about(TEACHER, "too much on")),
            }
            .into()])
            .and_state(|partnership| assert_eq!(partnership.stage(), pb::PartnershipState::Declined));
    }
    let command = Command::Decline { on, reason: None };
    refused(
        [proposed()],
        acting(COLLEAGUE, "2025-10-06"),
        command.clone(),
        Rejection::NotOfThePair,
    );
    refused(
        [proposed(), agreed()],
        acting(COACH, "2025-10-06"),
        command,
        Rejection::AlreadyAgreed { on },
    );
}

#[test]
fn what_was_declined_is_over() {
    let declined: pb::PartnershipEvent = pb::PartnershipDeclined {
        on: "2025-10-06".into(),
        ..Default::default()
    }
    .into();
    let context = acting(COACH, "2025-10-07");
    refused(
        [proposed(), declined],
        context,
        Command::Agree(agree()),
        Rejection::Declined,
    );
}

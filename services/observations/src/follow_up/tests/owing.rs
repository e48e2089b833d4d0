use api::observations::v1::{
    FollowUpCarriedOver, FollowUpExtended, FollowUpHandedOver, FollowUpMoved, FollowUpResumed,
};

use super::*;
use estate::{COLLEAGUE, CPD_LEAD, acting, under, urn};

fn provide(promise: Option<PromiseId>) -> Command {
    Command::ProvideSupport(Provide {
        promise,
        on: day("2025-10-20"),
        by_leader: false,
    })
}

fn promised_twice() -> FollowUpEvent {
    let promises = vec![
        promise(COACHING, SupportKind::Coaching),
        promise(TIME, SupportKind::Time),
    ];
    FollowUpAgreed {
        promises,
        ..as_agreed()
    }
    .into()
}

fn handed(to: Option<PersonId>, on: &str, reason: HandOverReason) -> FollowUpEvent {
    let to_id = crate::recorded::text_of(to);
    FollowUpHandedOver {
        from_id: OBSERVER.to_string(),
        to_id,
        on: on.into(),
        reason: reason.into(),
    }
    .into()
}

#[test]
fn the_owner_keeps_a_promise() {
    accepts(
        [agreed()],
        acting(OBSERVER, "2025-10-20"),
        provide(Some(COACHING)),
        [provided(COACHING)],
    );
}

#[test]
fn the_only_promise_left_needs_no_name() {
    let history = [promised_twice(), provided(TIME)];
    accepts(
        history,
        acting(OBSERVER, "2025-10-20"),
        provide(None),
        [provided(COACHING)],
    );
    refuses(
        [promised_twice()],
        acting(OBSERVER, "2025-10-20"),
        provide(None),
        Rejection::WhichPromise,
    );
    refuses(
        [agreed(), provided(COACHING)],
        acting(OBSERVER, "2025-10-20"),
        provide(None),
        Rejection::NothingOwed,
    );
}

#[test]
fn a_promise_is_known_and_kept_once() {
    let context = || acting(OBSERVER, "2025-10-20");
    refuses([agreed()], context(), provide(Some(TIME)), Rejection::NoSuchPromise);
    refuses(
        [agreed(), provided(COACHING)],
        context(),
        provide(Some(COACHING)),
        Rejection::ProvidedAlready,
    );
}

#[test]
fn owner_and_cpd_lead_alone_record_support() {
    refuses(
        [agreed()],
        acting(COLLEAGUE, "2025-10-20"),
        provide(None),
        Rejection::SupportIsTheOwners,
    );
    let by_lead = Command::ProvideSupport(Provide {
        promise: None,
        on: day("2025-10-20"),
        by_leader: true,
    });
    let expected = SupportProvided {
        promise_id: COACHING.to_string(),
        on: "2025-10-20".into(),
        provided_by_id: CPD_LEAD.to_string(),
    };
    accepts([agreed()], acting(CPD_LEAD, "2025-10-20"), by_lead, [expected.into()]);
}

#[test]
fn what_was_asked_for_elsewhere_keeps_a_promise_once() {
    let keep = |on: &str| Command::KeepPromise {
        promise: COACHING,
        on: day(on),
        provided_by: None,
    };
    let provided = |on: &str| -> FollowUpEvent {
        SupportProvided {
            promise_id: COACHING.to_string(),
            on: on.into(),
            provided_by_id: String::new(),
        }
        .into()
    };
    let context = || estate::reacting("observations", "2025-10-20");
    accepts([agreed()], context(), keep("2025-10-20"), [provided("2025-10-20")]);
    accepts([agreed(), provided("2025-10-15")], context(), keep("2025-10-20"), []);
    // What was there before it was promised is there from the promise on.
    accepts([agreed()], context(), keep("2025-09-01"), [provided("2025-10-10")]);
}

#[test]
fn support_comes_after_the_agreement_and_not_in_the_future() {
    let on = |on: &str| {
        Command::ProvideSupport(Provide {
            promise: None,
            on: day(on),
            by_leader: false,
        })
    };
    let context = || acting(OBSERVER, "2025-10-20");
    refuses(
        [agreed()],
        context(),
        on("2025-10-09"),
        Rejection::BeforeAgreed {
            agreed_on: day("2025-10-10"),
        },
    );
    refuses(
        [agreed()],
        context(),
        on("2025-10-21"),
        Rejection::InTheFuture {
            today: day("2025-10-20"),
        },
    );
}

#[test]
fn support_may_come_after_completion_but_not_after_letting_go() {
    accepts(
        [agreed(), completed()],
        acting(OBSERVER, "2025-11-20"),
        provide(None),
        [provided(COACHING)],
    );
    refuses(
        [agreed(), withdrawn()],
        acting(OBSERVER, "2025-11-20"),
        provide(None),
        Rejection::Withdrawn,
    );
    refuses(
        [agreed(), lapsed()],
        acting(OBSERVER, "2026-03-02"),
        provide(None),
        Rejection::Lapsed,
    );
}

#[test]
fn it_may_take_longer() {
    let extend = |due_on: &str| Command::Extend {
        due_on: day(due_on),
        reason: "mock exams".into(),
    };
    let reason = Some(Sealed::about(TEACHER, "mock exams"));
    let expected = FollowUpExtended {
        due_on: "2025-12-12".into(),
        reason,
    };
    accepts(
        [agreed()],
        acting(TEACHER, "2025-11-14"),
        extend("2025-12-12"),
        [expected.into()],
    );
    let why = Rejection::NotLonger {
        due_on: day("2025-11-21"),
    };
    refuses([agreed()], acting(TEACHER, "2025-11-14"), extend("2025-11-21"), why);
}

#[test]
fn it_goes_on_in_the_next_cycle_only() {
    let carry = |due_on: &str| Command::CarryOver { due_on: day(due_on) };
    let carried = FollowUpCarriedOver {
        cycle: 2026,
        due_on: "2026-10-01".into(),
    };
    accepts(
        [agreed()],
        acting(OBSERVER, "2026-07-10"),
        carry("2026-10-01"),
        [carried.clone().into()],
    );
    for wrong in ["2026-08-31", "2027-09-01"] {
        let why = Rejection::NotTheNextCycle { cycle: 2026 };
        refuses([agreed()], acting(OBSERVER, "2026-07-10"), carry(wrong), why);
    }
    let late = FollowUpExtended {
        due_on: "2026-11-01".into(),
        reason: None,
    };
    let why = Rejection::NotLonger {
        due_on: day("2026-11-01"),
    };
    refuses(
        [agreed(), late.into()],
        acting(OBSERVER, "2026-07-10"),
        carry("2026-10-01"),
        why,
    );
    given::<FollowUp>([agreed(), carried.into()])
        .under(acting(OBSERVER, "2027-07-10"))
        .when(carry("2027-10-01"))
        .then([FollowUpCarriedOver {
            cycle: 2027,
            due_on: "2027-10-01".into(),
        }
        .into()]);
}

#[test]
fn support_is_handed_over_by_agreement() {
    let hand = |to| Command::HandOver {
        to,
        on: day("2025-11-03"),
    };
    let expected = handed(Some(CPD_LEAD), "2025-11-03", HandOverReason::Agreed);
    accepts([agreed()], acting(OBSERVER, "2025-11-03"), hand(CPD_LEAD), [expected]);
    refuses(
        [agreed()],
        acting(OBSERVER, "2025-11-03"),
        hand(OBSERVER),
        Rejection::OwnerAlready,
    );
    refuses(
        [agreed()],
        acting(OBSERVER, "2025-11-03"),
        hand(TEACHER),
        Rejection::OwnerIsPerson,
    );
    let done = [agreed(), provided(COACHING), completed()];
    refuses(
        done,
        acting(OBSERVER, "2025-11-20"),
        hand(CPD_LEAD),
        Rejection::NothingOwed,
    );
    refuses(
        [agreed(), withdrawn()],
        acting(OBSERVER, "2025-11-20"),
        hand(CPD_LEAD),
        Rejection::Withdrawn,
    );
}

#[test]
fn an_owner_who_left_is_replaced_or_missed() {
    let gone = |to| Command::ReplaceOwner {
        owner: OBSERVER,
        to,
        on: day("2025-12-31"),
        reason: HandOverReason::OwnerLeft,
    };
    let to_lead = handed(Some(CPD_LEAD), "2025-12-31", HandOverReason::OwnerLeft);
    accepts(
        [agreed()],
        reacting("2025-12-31"),
        gone(Some(CPD_LEAD)),
        [to_lead.clone()],
    );
    let to_nobody = handed(None, "2025-12-31", HandOverReason::OwnerLeft);
    accepts([agreed()], reacting("2025-12-31"), gone(None), [to_nobody.clone()]);
    // Nobody owes support to themselves.
    accepts([agreed()], reacting("2025-12-31"), gone(Some(TEACHER)), [to_nobody]);
    accepts([agreed(), to_lead], reacting("2025-12-31"), gone(Some(CPD_LEAD)), []);
    accepts(
        [agreed(), withdrawn()],
        reacting("2025-12-31"),
        gone(Some(CPD_LEAD)),
        [],
    );
}

#[test]
fn an_action_moves_with_its_person_and_support_follows() {
    let go = |new_owner| Command::Move {
        to: urn("140001"),
        on: day("2026-01-05"),
        new_owner,
    };
    let moved = || -> FollowUpEvent {
        FollowUpMoved {
            from_urn: "136789".into(),
            to_urn: "140001".into(),
            on: "2026-01-05".into(),
        }
        .into()
    };
    accepts([agreed()], reacting("2026-01-05"), go(NewOwner::Same), [moved()]);
    let expected = [
        moved(),
        handed(Some(CPD_LEAD), "2026-01-05", HandOverReason::PersonMoved),
    ];
    accepts(
        [agreed()],
        reacting("2026-01-05"),
        go(NewOwner::Other(Some(CPD_LEAD))),
        expected,
    );
    accepts([agreed(), moved()], reacting("2026-01-05"), go(NewOwner::Same), []);
    accepts([agreed(), lapsed()], reacting("2026-01-05"), go(NewOwner::Same), []);
}

#[test]
fn who_leaves_takes_no_debt_along() {
    let go = Command::LetGo {
        on: day("2025-12-31"),
        cause: WithdrawalCause::PersonLeft,
    };
    let expected = FollowUpWithdrawn {
        on: "2025-12-31".into(),
        reason: None,
        cause: WithdrawalCause::PersonLeft.into(),
    };
    given::<FollowUp>([agreed(), paused()])
        .under(reacting("2025-12-31"))
        .when(go.clone())
        .then([expected.into()])
        .and_state(|follow_up| assert!(!follow_up.is_owed()));
    accepts([agreed(), completed()], reacting("2025-12-31"), go, []);
}

#[test]
fn what_nobody_touched_lapses_long_after_its_date() {
    let lapse = |on: &str| Command::Lapse { on: day(on) };
    let context = || acting(CPD_LEAD, "2026-03-01");
    accepts([agreed()], context(), lapse("2026-03-01"), [lapsed()]);
    let why = Rejection::LapsesLater {
        earliest_on: day("2026-02-19"),
    };
    refuses([agreed()], context(), lapse("2026-02-19"), why);
    refuses(
        [agreed(), started()],
        context(),
        lapse("2026-03-01"),
        Rejection::Touched,
    );
    refuses(
        [agreed()],
        context(),
        lapse("2026-03-02"),
        Rejection::InTheFuture {
            today: day("2026-03-01"),
        },
    );
    let patient = under(context(), |policy| policy.follow_up_lapse_days = 200);
    refuses(
        [agreed()],
        patient,
        lapse("2026-03-01"),
        Rejection::LapsesLater {
            earliest_on: day("2026-06-09"),
        },
    );
}

#[test]
fn its_clock_stands_still_during_long_leave() {
    let pause = |is_away| Command::Pause {
        on: day("2025-11-01"),
        is_away,
    };
    accepts([agreed()], acting(CPD_LEAD, "2025-11-03"), pause(true), [paused()]);
    refuses(
        [agreed()],
        acting(CPD_LEAD, "2025-11-03"),
        pause(false),
        Rejection::NotAway,
    );
    let twice = Rejection::Paused {
        paused_on: day("2025-11-01"),
    };
    refuses([agreed(), paused()], acting(CPD_LEAD, "2025-11-03"), pause(true), twice);
}

#[test]
fn its_due_date_moves_by_the_days_away() {
    let resume = |on: &str, is_away| Command::Resume { on: day(on), is_away };
    let context = || acting(CPD_LEAD, "2026-02-01");
    let resumed = FollowUpResumed {
        on: "2026-01-31".into(),
        due_on: "2026-02-20".into(),
    };
    accepts(
        [agreed(), paused()],
        context(),
        resume("2026-01-31", false),
        [resumed.into()],
    );
    refuses(
        [agreed(), paused()],
        context(),
        resume("2026-01-31", true),
        Rejection::StillAway,
    );
    refuses([agreed()], context(), resume("2026-01-31", false), Rejection::NotPaused);
    let early = Rejection::ResumedBeforePaused {
        paused_on: day("2025-11-01"),
    };
    refuses([agreed(), paused()], context(), resume("2025-10-31", false), early);
    let future = Rejection::InTheFuture {
        today: day("2026-02-01"),
    };
    refuses([agreed(), paused()], context(), resume("2026-02-02", false), future);
}

#[test]
fn leave_pauses_and_its_end_resumes_once() {
    let pause = |on: &str| Command::PauseForLeave { from_on: day(on) };
    let resume = |on: &str| Command::ResumeAfterLeave { on: day(on) };
    let context = || reacting("2025-10-01");
    accepts([agreed()], context(), pause("2025-11-01"), [paused()]);
    let from_the_agreement = FollowUpPaused {
        on: "2025-10-10".into(),
    };
    accepts([agreed()], context(), pause("2025-09-01"), [from_the_agreement.into()]);
    accepts([agreed(), paused()], context(), pause("2025-11-05"), []);
    accepts([agreed(), completed()], context(), pause("2025-11-20"), []);
    let resumed = FollowUpResumed {
        on: "2026-01-31".into(),
        due_on: "2026-02-20".into(),
    };
    accepts([agreed(), paused()], context(), resume("2026-01-31"), [resumed.into()]);
    accepts([agreed()], context(), resume("2026-01-31"), []);
}

//! What comes from outside while an appraisal takes its course.

use super::*;

fn reassign(to: Option<PersonId>) -> Command {
    Command::ReassignAppraiser {
        to,
        on: day("2026-01-10"),
        reason: pb::ReassignReason::AppraiserLeft,
    }
}

fn reassigned(from: &str, to: &str) -> pb::AppraisalEvent {
    pb::AppraiserReassigned {
        from_id: from.into(),
        to_id: to.into(),
        on: "2026-01-10".into(),
        reason: pb::ReassignReason::AppraiserLeft.into(),
    }
    .into()
}

fn paused(on: &str) -> pb::AppraisalEvent {
    pb::AppraisalPaused { on: on.into() }.into()
}

fn resumed(on: &str, mid_year_by: &str, final_by: &str) -> pb::AppraisalEvent {
    pb::AppraisalResumed {
        on: on.into(),
        mid_year_by: mid_year_by.into(),
        final_by: final_by.into(),
    }
    .into()
}

fn pause(on: &str) -> Command {
    Command::Pause { on: day(on) }
}

fn resume(on: &str) -> Command {
    Command::Resume { on: day(on) }
}

fn carry(from: &str, to: &str) -> Command {
    Command::Carry {
        from: Some(urn(from)),
        to: Some(urn(to)),
        on: day("2026-01-05"),
    }
}

#[test]
fn somebody_else_becomes_the_appraiser_and_acts_as_such() {
    let expected = reassigned(&APPRAISER.to_string(), &COLLEAGUE.to_string());
    after([opened(), agreed()], COLLEAGUE)
        .when(reassign(Some(COLLEAGUE)))
        .then([expected.clone()]);
    let history = || vec![opened(), agreed(), expected.clone()];
    let both = || conclude(vec![met(QUESTIONING), met(READING)]);
    after(history(), COLLEAGUE).when(both()).then([concluded()]);
    refused(history(), APPRAISER, both(), Rejection::NotTheAppraiser);
}

#[test]
fn for_a_while_it_may_be_nobody() {
    let expected = reassigned(&APPRAISER.to_string(), "");
    given([opened()])
        .under(reacting(crate::NAME, "2026-01-11"))
        .when(reassign(None))
        .then([expected.clone()])
        .and_state(|appraisal| assert_eq!(appraisal.appraiser_id, None));
    after([opened(), expected], COLLEAGUE)
        .when(reassign(Some(COLLEAGUE)))
        .then([reassigned("", &COLLEAGUE.to_string())]);
}

#[test]
fn naming_the_same_appraiser_again_changes_nothing() {
    after([opened()], COLLEAGUE).when(reassign(Some(APPRAISER))).then([]);
}

#[test]
fn the_person_neither_becomes_nor_chooses_their_appraiser() {
    refused(
        vec![opened()],
        COLLEAGUE,
        reassign(Some(TEACHER)),
        Rejection::AppraiserIsAppraisee,
    );
    refused(
        vec![opened()],
        TEACHER,
        reassign(Some(COLLEAGUE)),
        Rejection::OwnAppraisal,
    );
}

#[test]
fn what_the_former_appraiser_signed_stays_signed() {
    let history = up_to_conclusion()
        .into_iter()
        .chain([signed(Party::Appraiser, APPRAISER)]);
    let now = reassigned(&APPRAISER.to_string(), &COLLEAGUE.to_string());
    let history = history.chain([now]).collect();
    refused(
        history,
        COLLEAGUE,
        Command::Sign,
        Rejection::AlreadySigned(Party::Appraiser),
    );
}

#[test]
fn dates_to_come_move_by_the_days_away() {
    given([opened(), agreed(), paused("2026-01-05")])
        .under(reacting(crate::NAME, "2026-02-04"))
        .when(resume("2026-02-04"))
        .then([resumed("2026-02-04", "2026-04-30", "2026-08-30")])
        .and_state(|appraisal| {
            assert_eq!(appraisal.paused_on, None);
            assert_eq!(appraisal.final_by, day("2026-08-30"));
        });
}

#[test]
fn dates_that_had_passed_stay() {
    given([opened(), agreed(), paused("2026-04-01")])
        .under(reacting(crate::NAME, "2026-05-01"))
        .when(resume("2026-05-01"))
        .then([resumed("2026-05-01", "2026-03-31", "2026-08-30")]);
}

#[test]
fn who_is_back_before_they_left_was_never_away() {
    given([opened(), paused("2026-01-05")])
        .under(reacting(crate::NAME, "2026-01-05"))
        .when(resume("2026-01-04"))
        .then([resumed("2026-01-04", "2026-03-31", "2026-07-31")]);
}

#[test]
fn a_clock_stops_once_and_starts_once() {
    given([opened()])
        .under(reacting(crate::NAME, "2026-01-05"))
        .when(pause("2026-01-05"))
        .then([paused("2026-01-05")]);
    given([opened(), paused("2026-01-05")])
        .under(reacting(crate::NAME, "2026-01-06"))
        .when(pause("2026-01-06"))
        .then([]);
    given([opened()])
        .under(reacting(crate::NAME, "2026-01-06"))
        .when(resume("2026-01-06"))
        .then([]);
}

#[test]
fn a_closed_appraisal_has_no_clock() {
    given(up_to_close())
        .under(reacting(crate::NAME, "2026-07-21"))
        .when(pause("2026-07-21"))
        .then([]);
    let closed_while_away = vec![opened(), agreed(), concluded(), paused("2026-07-02"), closed()];
    given(closed_while_away)
        .under(reacting(crate::NAME, "2026-09-01"))
        .when(resume("2026-09-01"))
        .then([]);
}

#[test]
fn it_goes_along_to_the_persons_next_school() {
    let carried = pb::AppraisalCarried {
        from_urn: "136789".into(),
        to_urn: "136790".into(),
        on: "2026-01-05".into(),
    };
    given([opened()])
        .under(reacting(crate::NAME, "2026-01-05"))
        .when(carry("136789", "136790"))
        .then([carried.into()])
        .and_state(|appraisal| assert_eq!(appraisal.urn, Some(urn("136790"))));
}

#[test]
fn another_posts_move_leaves_it_where_it_is_and_so_does_its_close() {
    given([opened()])
        .under(reacting(crate::NAME, "2026-01-05"))
        .when(carry("136791", "136790"))
        .then([]);
    given([opened()])
        .under(reacting(crate::NAME, "2026-01-05"))
        .when(carry("136789", "136789"))
        .then([]);
    given(up_to_close())
        .under(reacting(crate::NAME, "2026-07-21"))
        .when(carry("136789", "136790"))
        .then([]);
}

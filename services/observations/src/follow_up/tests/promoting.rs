use api::observations::v1::{FollowUpPromoted, FollowUpTakenBack, PromotionSettled};

use super::*;
use estate::{CPD_LEAD, acting, by};

const APPRAISAL: AppraisalId = AppraisalId(Uuid::from_u128(60));

fn promote() -> Command {
    Command::Promote { on: day("2025-11-03") }
}

fn take_back() -> Command {
    Command::TakeBack { on: day("2025-11-04") }
}

fn promoted() -> FollowUpEvent {
    FollowUpPromoted {
        on: "2025-11-03".into(),
    }
    .into()
}

fn taken_back() -> FollowUpEvent {
    FollowUpTakenBack {
        on: "2025-11-04".into(),
    }
    .into()
}

fn settled() -> FollowUpEvent {
    PromotionSettled {
        appraisal_id: APPRAISAL.to_string(),
    }
    .into()
}

#[test]
fn its_person_promotes_and_takes_back() {
    accepts([agreed()], acting(TEACHER, "2025-11-04"), promote(), [promoted()]);
    accepts(
        [agreed(), promoted()],
        acting(TEACHER, "2025-11-04"),
        take_back(),
        [taken_back()],
    );
    accepts(
        [agreed(), promoted(), taken_back()],
        acting(TEACHER, "2025-11-04"),
        promote(),
        [promoted()],
    );
    accepts(
        [agreed(), completed()],
        acting(TEACHER, "2025-11-04"),
        promote(),
        [promoted()],
    );
}

#[test]
fn nobody_promotes_for_somebody_else() {
    let why = || Rejection::PromotionIsThePersons;
    refuses([agreed()], acting(OBSERVER, "2025-11-04"), promote(), why());
    refuses(
        [agreed(), promoted()],
        acting(OBSERVER, "2025-11-04"),
        take_back(),
        why(),
    );
    let represented = identity::Actor::person(CPD_LEAD, TRUST).on_behalf_of(TEACHER);
    refuses([agreed()], by(represented, "2025-11-04"), promote(), why());
}

#[test]
fn it_is_promoted_once() {
    refuses(
        [agreed(), promoted()],
        acting(TEACHER, "2025-11-04"),
        promote(),
        Rejection::PromotedAlready,
    );
    refuses(
        [agreed()],
        acting(TEACHER, "2025-11-04"),
        take_back(),
        Rejection::NotPromoted,
    );
}

#[test]
fn only_what_does_not_reach_appraisal_by_itself_is_promoted() {
    let context = || acting(TEACHER, "2025-11-04");
    accepts([agreed_for(Purpose::Induction)], context(), promote(), [promoted()]);
    refuses(
        [agreed_for(Purpose::Appraisal)],
        context(),
        promote(),
        Rejection::NothingToPromote,
    );
}

#[test]
fn what_comes_of_a_walk_never_reaches_appraisal() {
    let of_walk = FollowUpAgreed {
        learning_walk_id: Uuid::from_u128(71).to_string(),
        ..as_agreed()
    };
    refuses(
        [of_walk.into()],
        acting(TEACHER, "2025-11-04"),
        promote(),
        Rejection::WalkNeverReachesAppraisal,
    );
}

#[test]
fn what_was_let_go_is_not_promoted() {
    refuses(
        [agreed(), withdrawn()],
        acting(TEACHER, "2025-11-14"),
        promote(),
        Rejection::Withdrawn,
    );
    refuses(
        [agreed(), lapsed()],
        acting(TEACHER, "2026-03-02"),
        promote(),
        Rejection::Lapsed,
    );
}

#[test]
fn a_closed_appraisal_settles_the_promotion() {
    let settle = Command::SettlePromotion { appraisal: APPRAISAL };
    accepts(
        [agreed(), promoted()],
        reacting("2026-07-20"),
        settle.clone(),
        [settled()],
    );
    accepts(
        [agreed(), promoted(), settled()],
        reacting("2026-07-20"),
        settle.clone(),
        [],
    );
    accepts([agreed()], reacting("2026-07-20"), settle, []);
    let history = [agreed(), promoted(), settled()];
    refuses(
        history,
        acting(TEACHER, "2026-07-21"),
        take_back(),
        Rejection::PromotionSettled,
    );
}

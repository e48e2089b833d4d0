//! The rules of a career plan, one sentence each.

use estate::{COLLEAGUE, HEAD, SCHOOL, TEACHER, TRUST, acting, urn};
use testkit::{Under, given};

use super::*;

fn owner() -> Owner {
    Owner {
        person: TEACHER,
        trust: TRUST,
        urn: Some(urn(SCHOOL)),
    }
}

fn ask(what: What) -> Command {
    Command { owner: owner(), what }
}

fn written() -> CareerPlanEvent {
    CareerSectionWritten {
        person_id: TEACHER.to_string(),
        trust_id: TRUST.to_string(),
        section: CareerSection::InThreeYears.into(),
        text: Some(Sealed::about(TEACHER, "leading science")),
        on: "2025-10-06".into(),
    }
    .into()
}

fn shared(with: PersonId) -> CareerPlanEvent {
    CareerSectionShared {
        section: CareerSection::InThreeYears.into(),
        with_id: with.to_string(),
    }
    .into()
}

fn aim() -> CareerPlanEvent {
    CareerAimShared {
        person_id: TEACHER.to_string(),
        trust_id: TRUST.to_string(),
        urn: SCHOOL.into(),
        aim: CareerAim::SubjectLeadership.into(),
        horizon: AimHorizon::ThreeYears.into(),
        with: AimAudience::School.into(),
        on: "2025-10-06".into(),
    }
    .into()
}

fn after(history: impl IntoIterator<Item = CareerPlanEvent>) -> Under<CareerPlan> {
    given(history).under(acting(TEACHER, "2025-10-06"))
}

#[track_caller]
fn refused(history: impl IntoIterator<Item = CareerPlanEvent>, what: What, expected: Rejection) {
    after(history)
        .when(ask(what))
        .then_rejected(|rejection| assert_eq!(rejection, expected));
}

const SECTION: CareerSection = CareerSection::InThreeYears;

#[test]
fn its_owner_writes_it() {
    let text = "leading science".to_owned();
    after([])
        .when(ask(What::Write { section: SECTION, text }))
        .then([written()]);
}

#[test]
fn nobody_else_writes_or_shares_it() {
    let share = What::Share {
        section: SECTION,
        with: vec![HEAD],
    };
    given::<CareerPlan>([written()])
        .under(acting(HEAD, "2025-10-06"))
        .when(ask(share.clone()))
        .then_rejected(|rejection| assert_eq!(rejection, Rejection::NotTheirs));
    // Nor does naming oneself its owner help.
    let pretending = Command {
        owner: Owner {
            person: HEAD,
            ..owner()
        },
        what: share,
    };
    given::<CareerPlan>([written()])
        .under(acting(HEAD, "2025-10-06"))
        .when(pretending)
        .then_rejected(|rejection| assert_eq!(rejection, Rejection::NotTheirs));
}

#[test]
fn it_is_shared_by_name_and_section_and_taken_back() {
    let share = |with| What::Share { section: SECTION, with };
    after([written()])
        .when(ask(share(vec![HEAD, COLLEAGUE])))
        .then([shared(HEAD), shared(COLLEAGUE)])
        .and_state(|plan| {
            assert_eq!(plan.readers(SECTION), [COLLEAGUE, HEAD]);
            assert!(plan.readers(CareerSection::WhereNow).is_empty());
        });
    // Shared twice, it is shared.
    after([written(), shared(HEAD)]).when(ask(share(vec![HEAD]))).then([]);
    for with in [vec![HEAD], Vec::new()] {
        after([written(), shared(HEAD)])
            .when(ask(What::Unshare { section: SECTION, with }))
            .then_events(|events| assert_eq!(events.len(), 1))
            .and_state(|plan| assert!(plan.readers(SECTION).is_empty()));
    }
}

#[test]
fn what_is_not_there_is_not_shared_nor_taken_back() {
    let share = |section, with| What::Share { section, with };
    refused(
        [written()],
        share(CareerSection::WhereNow, vec![HEAD]),
        Rejection::NotWritten,
    );
    refused([written()], share(SECTION, vec![TEACHER]), Rejection::SharedWithOneself);
    for with in [vec![HEAD], Vec::new()] {
        refused(
            [written(), shared(COLLEAGUE)],
            What::Unshare {
                section: CareerSection::WhereNow,
                with,
            },
            Rejection::NotShared,
        );
    }
}

#[test]
fn an_aim_is_shared_as_a_code_and_taken_back() {
    let share = |with| What::ShareAim {
        aim: CareerAim::SubjectLeadership,
        horizon: AimHorizon::ThreeYears,
        with,
    };
    after([]).when(ask(share(AimAudience::School))).then([aim()]);
    refused([aim()], share(AimAudience::School), Rejection::AimSharedAlready);
    after([aim()])
        .when(ask(share(AimAudience::Trust)))
        .then_events(|events| assert_eq!(events.len(), 1));
    let unshare = What::UnshareAim {
        aim: CareerAim::SubjectLeadership,
    };
    after([aim()])
        .when(ask(unshare.clone()))
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|plan| assert!(plan.aims.is_empty()));
    refused([written()], unshare, Rejection::AimNotShared);
}

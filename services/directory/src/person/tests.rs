use api::common::v1::RoleGroup;
use testkit::given;
use uuid::Uuid;

use super::*;
use crate::tests::{context, day, person, trust, urn};

mod duties;
mod posts;

const OTHER_SCHOOL: &str = "136790";

fn other_urn() -> Urn {
    OTHER_SCHOOL.parse().unwrap()
}

fn post(number: u128) -> EmploymentId {
    EmploymentId(Uuid::from_u128(number))
}

fn text(text: &str) -> Sealed {
    Sealed::about(person(1), text)
}

fn added() -> PersonEvent {
    PersonAdded {
        given_name: Some(text("Ada")),
        family_name: Some(text("Byron")),
        career_stage: CareerStage::EctYear1.into(),
        trust_id: trust(1).into(),
        person_id: person(1).into(),
    }
    .into()
}

fn terms(fte_percent: u32, from_on: &str) -> Terms {
    Terms {
        school: Some(urn()),
        role_group: RoleGroup::ClassroomTeacher,
        job_title: "Teacher of mathematics".into(),
        fte_percent,
        from_on: day(from_on),
    }
}

fn place(urn: Urn) -> Place {
    Place {
        urn,
        trust: Some(trust(1)),
        closed_on: None,
    }
}

fn offer(number: u128, terms: Terms) -> Offer {
    Offer {
        employment: post(number),
        place: terms.school.map(place),
        terms,
    }
}

fn started(number: u128, fte_percent: u32, from_on: &str) -> PersonEvent {
    EmploymentStarted {
        employment: Some(terms(fte_percent, from_on).employment(post(number))),
    }
    .into()
}

fn start(number: u128, fte_percent: u32, from_on: &str) -> Command {
    Command::StartEmployment(offer(number, terms(fte_percent, from_on)))
}

fn ended(number: u128, on: &str, reason: EmploymentEnd) -> PersonEvent {
    EmploymentEnded {
        employment_id: post(number).into(),
        urn: urn().into(),
        on: on.into(),
        reason: reason.into(),
    }
    .into()
}

fn end(number: u128, on: &str) -> Command {
    Command::EndEmployment {
        employment: post(number),
        on: day(on),
        reason: EmploymentEnd::Resigned,
    }
}

fn resigned(number: u128, on: &str) -> PersonEvent {
    ended(number, on, EmploymentEnd::Resigned)
}

fn has_left(on: &str) -> PersonEvent {
    PersonLeft { on: on.into() }.into()
}

fn moved(number: u128, on: &str) -> PersonEvent {
    PersonMoved {
        employment_id: post(number).into(),
        from_urn: urn().into(),
        to_urn: OTHER_SCHOOL.into(),
        on: on.into(),
    }
    .into()
}

fn move_to(number: u128, to: Place, on: &str) -> Command {
    Command::Move {
        employment: post(number),
        to,
        on: day(on),
    }
}

fn away(from_on: &str) -> PersonEvent {
    LongLeaveStarted {
        kind: LeaveKind::Maternity.into(),
        from_on: from_on.into(),
        expected_until: String::new(),
    }
    .into()
}

fn back(on: &str) -> PersonEvent {
    LongLeaveEnded { on: on.into() }.into()
}

fn leave(from_on: &str, expected_until: Option<&str>) -> Command {
    let expected_until = expected_until.map(day);
    Command::StartLeave(Leave {
        kind: LeaveKind::Maternity,
        from_on: day(from_on),
        expected_until,
    })
}

fn granted(role: Role, scope: Scope) -> PersonEvent {
    RoleGranted {
        role: role.into(),
        scope: Some(scope.shown()),
        from_on: "2025-09-01".into(),
    }
    .into()
}

fn revoked(role: Role, scope: Scope, on: &str) -> PersonEvent {
    RoleRevoked {
        role: role.into(),
        scope: Some(scope.shown()),
        on: on.into(),
    }
    .into()
}

fn granting(role: Role, scope: Scope) -> Granting {
    let place = match scope {
        Scope::School(urn) => Some(place(urn)),
        Scope::Trust(_) | Scope::Network(_) => None,
    };
    Granting {
        role,
        scope,
        place,
        by_network_lead: false,
        from_on: day("2025-09-01"),
    }
}

fn grant(role: Role, scope: Scope) -> Command {
    Command::GrantRole(granting(role, scope))
}

fn colleague(number: u128) -> Colleague {
    Colleague {
        id: person(number),
        trust: trust(1),
        left_on: None,
        erased: false,
        managed_by: Vec::new(),
    }
}

fn appraised_by(appraiser: Colleague) -> Command {
    Command::AssignAppraiser {
        appraiser,
        from_on: day("2025-09-01"),
    }
}

fn managed_by(manager: Colleague) -> Command {
    Command::AssignLineManager {
        manager,
        from_on: day("2025-09-01"),
    }
}

fn linked(scheme: IdentifierScheme, digest: &str) -> PersonEvent {
    IdentifierLinked {
        scheme: scheme.into(),
        value: Some(text(digest)),
        digest: digest.into(),
    }
    .into()
}

fn unlinked(scheme: IdentifierScheme, digest: &str) -> PersonEvent {
    IdentifierUnlinked {
        scheme: scheme.into(),
        digest: digest.into(),
    }
    .into()
}

fn link(scheme: IdentifierScheme, digest: &str) -> Command {
    Command::LinkIdentifier(Identifier {
        scheme,
        digest: digest.into(),
        value: text(digest),
    })
}

#[track_caller]
fn decides(history: &[PersonEvent], command: Command, expected: &[PersonEvent]) {
    let history = [&[added()], history].concat();
    given::<Person>(history)
        .under(context("2025-11-14"))
        .when(command)
        .then(expected.to_vec());
}

#[track_caller]
fn refuses(history: &[PersonEvent], command: Command, expected: Rejection) {
    let history = [&[added()], history].concat();
    given::<Person>(history)
        .under(context("2025-11-14"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, expected));
}

fn newcomer() -> Newcomer {
    Newcomer {
        id: person(1),
        trust: trust(1),
        given_name: text("Ada"),
        family_name: text("Byron"),
        career_stage: CareerStage::EctYear1,
        first_post: Some(offer(1, terms(100, "2025-09-01"))),
        line_manager: None,
        appraiser: Some(colleague(2)),
        on: day("2025-11-14"),
    }
}

#[test]
fn somebody_is_added_with_post_and_appraiser_in_one_step() {
    let appraiser = AppraiserAssigned {
        appraiser_id: person(2).into(),
        from_on: "2025-09-01".into(),
    };
    given::<Person>([])
        .under(context("2025-11-14"))
        .when(Command::Add(Box::new(newcomer())))
        .then([added(), started(1, 100, "2025-09-01"), appraiser.into()]);
    refuses(&[], Command::Add(Box::new(newcomer())), Rejection::AlreadyAdded);
}

#[test]
fn nobody_is_added_to_a_school_of_another_trust_or_as_their_own_appraiser() {
    let mut elsewhere = newcomer();
    elsewhere.trust = trust(2);
    let mut own = newcomer();
    own.appraiser = Some(colleague(1));
    for (newcomer, expected) in [
        (elsewhere, Rejection::SchoolNotInTrust(urn())),
        (own, Rejection::Oneself),
    ] {
        given::<Person>([])
            .under(context("2025-11-14"))
            .when(Command::Add(Box::new(newcomer)))
            .then_rejected(|rejection| assert_eq!(rejection, expected));
    }
}

#[test]
fn a_name_is_put_right() {
    let (given_name, family_name) = (text("Ada"), text("Lovelace"));
    let corrected = PersonDetailsCorrected {
        given_name: Some(given_name.clone()),
        family_name: Some(family_name.clone()),
    };
    decides(
        &[],
        Command::Correct {
            given_name,
            family_name,
        },
        &[corrected.into()],
    );
}

#[test]
fn a_career_goes_on_from_stage_to_stage() {
    let set = |stage: CareerStage, on: &str| {
        CareerStageSet {
            career_stage: stage.into(),
            from_on: on.into(),
        }
        .into()
    };
    let to = |stage, on: &str| Command::SetCareerStage {
        stage,
        from_on: day(on),
    };
    decides(&[], to(CareerStage::EctYear1, "2025-09-01"), &[]);
    decides(
        &[],
        to(CareerStage::EctYear2, "2026-09-01"),
        &[set(CareerStage::EctYear2, "2026-09-01")],
    );
    let history = [set(CareerStage::EctYear2, "2026-09-01")];
    let since = day("2026-09-01");
    refuses(
        &history,
        to(CareerStage::Developing, "2026-08-31"),
        Rejection::StageSetLater { since },
    );
}

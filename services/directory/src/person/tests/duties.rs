//! Leave, links, roles, identifiers, erasure.

use identity::Actor;

use super::*;

#[test]
fn long_leave_starts_and_ends_in_turn() {
    decides(&[], leave("2025-10-01", None), &[away("2025-10-01")]);
    refuses(
        &[away("2025-10-01")],
        leave("2025-11-01", None),
        Rejection::AlreadyOnLeave {
            since: day("2025-10-01"),
        },
    );
    decides(
        &[away("2025-10-01")],
        Command::EndLeave { on: day("2026-01-05") },
        &[back("2026-01-05")],
    );
    let history = [away("2025-10-01"), back("2026-01-05")];
    refuses(
        &history,
        Command::EndLeave { on: day("2026-01-06") },
        Rejection::NotOnLeave,
    );
    refuses(
        &history,
        leave("2026-01-04", None),
        Rejection::AwayBeforeBack {
            back_on: day("2026-01-05"),
        },
    );
    decides(&history, leave("2026-01-05", None), &[away("2026-01-05")]);
}

#[test]
fn long_leave_ends_after_it_starts() {
    let from_on = day("2025-10-01");
    refuses(
        &[],
        leave("2025-10-01", Some("2025-09-30")),
        Rejection::LeaveEndsBeforeItStarts { from_on },
    );
    let end = Command::EndLeave { on: from_on };
    refuses(&[away("2025-10-01")], end, Rejection::BackBeforeAway { from_on });
}

#[test]
fn an_appraiser_is_a_present_colleague() {
    let assigned = AppraiserAssigned {
        appraiser_id: person(2).into(),
        from_on: "2025-09-01".into(),
    };
    decides(&[], appraised_by(colleague(2)), &[assigned.clone().into()]);
    decides(&[assigned.into()], appraised_by(colleague(2)), &[]);
    refuses(&[], appraised_by(colleague(1)), Rejection::Oneself);
    refuses(
        &[],
        appraised_by(Colleague {
            trust: trust(2),
            ..colleague(2)
        }),
        Rejection::ColleagueOfAnotherTrust,
    );
    let left = Colleague {
        left_on: Some(day("2025-08-31")),
        ..colleague(2)
    };
    refuses(&[], appraised_by(left), Rejection::ColleagueLeft);
    refuses(
        &[],
        appraised_by(Colleague {
            erased: true,
            ..colleague(2)
        }),
        Rejection::ColleagueLeft,
    );
}

#[test]
fn nobody_manages_their_own_manager() {
    let assigned = LineManagerAssigned {
        line_manager_id: person(2).into(),
        from_on: "2025-09-01".into(),
    };
    decides(&[], managed_by(colleague(2)), &[assigned.clone().into()]);
    decides(&[assigned.into()], managed_by(colleague(2)), &[]);
    refuses(&[], managed_by(colleague(1)), Rejection::Oneself);
    let below = Colleague {
        managed_by: vec![person(3), person(1)],
        ..colleague(2)
    };
    refuses(&[], managed_by(below), Rejection::ManagesTheirManager);
}

#[test]
fn a_role_holds_in_a_place_of_its_kind_within_the_trust() {
    let head = Scope::School(urn());
    decides(&[], grant(Role::Head, head), &[granted(Role::Head, head)]);
    decides(&[granted(Role::Head, head)], grant(Role::Head, head), &[]);
    refuses(
        &[],
        grant(Role::Head, Scope::Trust(trust(1))),
        Rejection::WrongScope { role: Role::Head },
    );
    refuses(
        &[],
        grant(Role::TrustHr, head),
        Rejection::WrongScope { role: Role::TrustHr },
    );
    refuses(
        &[],
        grant(Role::TrustHr, Scope::Trust(trust(2))),
        Rejection::AnotherTrust,
    );
    let mut elsewhere = granting(Role::Head, head);
    elsewhere.place = Some(Place {
        trust: Some(trust(2)),
        ..place(urn())
    });
    refuses(&[], Command::GrantRole(elsewhere), Rejection::SchoolNotInTrust(urn()));
}

#[test]
fn a_network_says_who_leads_it() {
    let scope = Scope::Network(NetworkId(Uuid::from_u128(9)));
    let under = |by_network_lead| {
        let by_hr = Context {
            actor: Actor::person(person(5), trust(1)),
            ..context("2025-11-14")
        };
        let command = Command::GrantRole(Granting {
            by_network_lead,
            ..granting(Role::NetworkLead, scope)
        });
        given::<Person>([added()]).under(by_hr).when(command)
    };
    under(false).then_rejected(|rejection| assert_eq!(rejection, Rejection::NetworkDecides));
    under(true).then([granted(Role::NetworkLead, scope)]);
}

#[test]
fn a_role_is_revoked_from_who_has_it() {
    let scope = Scope::School(urn());
    let revoke = |on: &str| Command::RevokeRole {
        role: Role::Head,
        scope,
        on: day(on),
    };
    let history = [granted(Role::Head, scope)];
    decides(
        &history,
        revoke("2025-12-31"),
        &[revoked(Role::Head, scope, "2025-12-31")],
    );
    refuses(&[], revoke("2025-12-31"), Rejection::NotGranted);
    let from_on = day("2025-09-01");
    refuses(
        &history,
        revoke("2025-08-30"),
        Rejection::RevokedBeforeGranted { from_on },
    );
}

#[test]
fn identifiers_are_linked_once_and_one_person_has_one_trn() {
    let trn = IdentifierScheme::Trn;
    decides(&[], link(trn, "a"), &[linked(trn, "a")]);
    decides(&[linked(trn, "a")], link(trn, "a"), &[]);
    refuses(&[linked(trn, "a")], link(trn, "b"), Rejection::HasOtherTrn);
    let mis = IdentifierScheme::Mis;
    decides(&[linked(mis, "a")], link(mis, "b"), &[linked(mis, "b")]);
    let unlink = |digest: &str| Command::UnlinkIdentifier {
        scheme: mis,
        digest: digest.into(),
    };
    decides(&[linked(mis, "a")], unlink("a"), &[unlinked(mis, "a")]);
    refuses(&[linked(mis, "a")], unlink("b"), Rejection::NotLinked);
}

#[test]
fn erasure_ends_posts_roles_and_links_and_is_final() {
    let scope = Scope::School(urn());
    let history = [
        started(1, 100, "2025-09-01"),
        granted(Role::Head, scope),
        linked(IdentifierScheme::Trn, "a"),
    ];
    let erase = |released: &[&str]| Command::Erase {
        reason: "subject_request".into(),
        released: released.iter().map(ToString::to_string).collect(),
    };
    let erased: PersonEvent = PersonErased {
        reason: "subject_request".into(),
    }
    .into();
    let events = [
        ended(1, "2025-11-14", EmploymentEnd::Other),
        revoked(Role::Head, scope, "2025-11-14"),
        unlinked(IdentifierScheme::Trn, "a"),
        has_left("2025-11-14"),
        erased.clone(),
    ];
    decides(&history, erase(&["a"]), &events);
    refuses(&history, erase(&[]), Rejection::IdentifiersChanged);
    decides(std::slice::from_ref(&erased), erase(&[]), &[]);
    refuses(&[erased], leave("2025-12-01", None), Rejection::Erased);
}

//! Posts: taken up, changed, moved, ended.

use super::*;

#[test]
fn a_post_is_taken_up_in_an_open_school_of_the_trust() {
    decides(&[], start(1, 100, "2025-09-01"), &[started(1, 100, "2025-09-01")]);
    let at = |place| {
        Command::StartEmployment(Offer {
            place: Some(place),
            ..offer(1, terms(100, "2025-09-01"))
        })
    };
    refuses(
        &[],
        at(Place {
            trust: Some(trust(2)),
            ..place(urn())
        }),
        Rejection::SchoolNotInTrust(urn()),
    );
    refuses(
        &[],
        at(Place {
            trust: None,
            ..place(urn())
        }),
        Rejection::SchoolNotInTrust(urn()),
    );
    let closed_on = day("2025-08-31");
    let closed = Place {
        closed_on: Some(closed_on),
        ..place(urn())
    };
    refuses(&[], at(closed), Rejection::SchoolClosed { urn: urn(), closed_on });
    refuses(
        &[started(1, 50, "2025-09-01")],
        start(1, 50, "2025-09-01"),
        Rejection::PostExists,
    );
}

#[test]
fn posts_together_come_to_little_more_than_full_time() {
    let history = [started(1, 60, "2025-09-01"), started(2, 40, "2026-01-01")];
    decides(&history, start(3, 20, "2025-09-01"), &[started(3, 20, "2025-09-01")]);
    let (percent, date) = (121, day("2026-01-01"));
    refuses(
        &history,
        start(3, 21, "2025-09-01"),
        Rejection::TooManyHours { percent, date },
    );
    let history = [
        started(1, 100, "2025-09-01"),
        resigned(1, "2025-12-31"),
        has_left("2025-12-31"),
    ];
    decides(&history, start(2, 100, "2026-01-01"), &[started(2, 100, "2026-01-01")]);
}

#[test]
fn governors_give_their_time_beside_any_post() {
    let mut governing = offer(2, terms(100, "2025-09-01"));
    governing.terms.role_group = RoleGroup::Governor;
    let event = EmploymentStarted {
        employment: Some(governing.employment()),
    };
    decides(
        &[started(1, 100, "2025-09-01")],
        Command::StartEmployment(governing),
        &[event.into()],
    );
}

#[test]
fn role_and_hours_of_a_post_change_from_a_day_on() {
    let change = |fte, from_on: &str| Command::ChangeEmployment(offer(1, terms(fte, from_on)));
    let changed = EmploymentChanged {
        employment: Some(terms(60, "2026-01-01").employment(post(1))),
    };
    let history = [started(1, 100, "2025-09-01")];
    decides(&history, change(60, "2026-01-01"), &[changed.into()]);
    decides(&history, change(100, "2025-09-01"), &[]);
    refuses(
        &history,
        change(60, "2025-08-31"),
        Rejection::ChangedLater {
            since: day("2025-09-01"),
        },
    );
    refuses(&[], change(60, "2026-01-01"), Rejection::NoSuchPost);
    let mut elsewhere = offer(1, terms(60, "2026-01-01"));
    elsewhere.terms.school = Some(other_urn());
    refuses(
        &history,
        Command::ChangeEmployment(elsewhere),
        Rejection::SchoolChangesByMove,
    );
}

#[test]
fn the_last_post_to_end_ends_the_time_in_the_trust_and_all_roles() {
    let scope = Scope::Trust(trust(1));
    let history = [
        started(1, 60, "2025-09-01"),
        started(2, 40, "2025-09-01"),
        granted(Role::TrustHr, scope),
    ];
    decides(&history, end(1, "2026-01-31"), &[resigned(1, "2026-01-31")]);
    let history = [&history[..], &[resigned(1, "2026-01-31")]].concat();
    // Their last day is that of the post that went on longest.
    let left = [
        resigned(2, "2025-12-31"),
        revoked(Role::TrustHr, scope, "2026-01-31"),
        has_left("2026-01-31"),
    ];
    decides(&history, end(2, "2025-12-31"), &left);
}

#[test]
fn a_post_ends_once_and_not_before_it_starts() {
    let history = [started(1, 100, "2025-09-01")];
    let from_on = day("2025-09-01");
    refuses(
        &history,
        end(1, "2025-08-30"),
        Rejection::EndedBeforeStarted { from_on },
    );
    // It was not taken up.
    decides(
        &history,
        end(1, "2025-08-31"),
        &[resigned(1, "2025-08-31"), has_left("2025-08-31")],
    );
    let history = [
        started(1, 100, "2025-09-01"),
        resigned(1, "2025-12-31"),
        has_left("2025-12-31"),
    ];
    refuses(
        &history,
        end(1, "2025-12-31"),
        Rejection::PostEnded { on: day("2025-12-31") },
    );
}

#[test]
fn who_left_comes_back_with_another_post() {
    let history = [
        started(1, 100, "2024-09-01"),
        resigned(1, "2025-08-31"),
        has_left("2025-08-31"),
    ];
    let left_on = day("2025-08-31");
    refuses(
        &history,
        start(2, 100, "2025-08-31"),
        Rejection::StartsBeforeLeft { left_on },
    );
    decides(&history, start(2, 100, "2025-09-01"), &[started(2, 100, "2025-09-01")]);
}

#[test]
fn who_left_is_given_nothing_more() {
    let history = [
        started(1, 100, "2024-09-01"),
        resigned(1, "2025-08-31"),
        has_left("2025-08-31"),
    ];
    let rejection = || Rejection::Left {
        left_on: day("2025-08-31"),
    };
    refuses(&history, leave("2025-09-01", None), rejection());
    refuses(&history, appraised_by(colleague(2)), rejection());
    refuses(&history, grant(Role::Head, Scope::School(urn())), rejection());
}

#[test]
fn a_post_moves_between_schools_of_the_trust() {
    let history = [started(1, 100, "2025-09-01")];
    decides(
        &history,
        move_to(1, place(other_urn()), "2026-01-01"),
        &[moved(1, "2026-01-01")],
    );
    refuses(
        &history,
        move_to(1, place(urn()), "2026-01-01"),
        Rejection::AlreadyThere(urn()),
    );
    let from_on = day("2025-09-01");
    refuses(
        &history,
        move_to(1, place(other_urn()), "2025-09-01"),
        Rejection::MovedBeforeStarted { from_on },
    );
    let elsewhere = Place {
        trust: Some(trust(2)),
        ..place(other_urn())
    };
    refuses(
        &history,
        move_to(1, elsewhere, "2026-01-01"),
        Rejection::SchoolNotInTrust(other_urn()),
    );
}

#[test]
fn roles_at_a_school_end_with_the_last_post_there() {
    let cpd_lead = granted(Role::CpdLead, Scope::School(urn()));
    let elsewhere = granted(Role::Governor, Scope::School(other_urn()));
    let ends = revoked(Role::CpdLead, Scope::School(urn()), "2025-12-31");
    let history = [started(1, 60, "2025-09-01"), cpd_lead.clone(), elsewhere];
    decides(
        &history,
        move_to(1, place(other_urn()), "2026-01-01"),
        &[moved(1, "2026-01-01"), ends],
    );
    let history = [started(1, 60, "2025-09-01"), started(2, 40, "2025-09-01"), cpd_lead];
    decides(
        &history,
        move_to(1, place(other_urn()), "2026-01-01"),
        &[moved(1, "2026-01-01")],
    );
}

#[test]
fn what_is_shown_of_a_post_follows_its_terms() {
    let mut state = Person::default();
    for event in [
        added(),
        started(1, 100, "2025-09-01"),
        moved(1, "2026-01-01"),
        resigned(1, "2026-08-31"),
    ] {
        state.evolve(&event);
    }
    let shown = |on: &str| {
        state
            .posts()
            .iter()
            .filter_map(|post| post.shown_on(day(on)))
            .map(|post| post.urn)
            .collect::<Vec<_>>()
    };
    assert_eq!(shown("2025-08-01"), [urn().to_string()]);
    assert_eq!(shown("2025-12-31"), [urn().to_string()]);
    assert_eq!(shown("2026-01-01"), [OTHER_SCHOOL]);
    assert_eq!(shown("2026-09-01"), [""; 0]);
}

use super::*;

#[test]
fn observee_and_observers_add_media_and_own_them() {
    accepts([scheduled()], acting(TEACHER, "2025-10-08"), film(), [filmed()]);
    refuses(
        [scheduled()],
        acting(COLLEAGUE, "2025-10-08"),
        film(),
        Rejection::NotInvolved,
    );
    refuses(
        [scheduled(), filmed()],
        acting(TEACHER, "2025-10-08"),
        film(),
        Rejection::MediaAddedAlready,
    );
    refuses(
        [scheduled(), cancelled()],
        acting(TEACHER, "2025-10-08"),
        film(),
        Rejection::Cancelled,
    );
}

#[test]
fn the_owner_alone_lends_media() {
    let lend = Command::ShareMedia {
        media: FILM,
        with: COLLEAGUE,
    };
    accepts(
        [scheduled(), filmed()],
        acting(TEACHER, "2025-10-08"),
        lend.clone(),
        [lent()],
    );
    accepts(
        [scheduled(), filmed(), lent()],
        acting(TEACHER, "2025-10-08"),
        lend.clone(),
        [],
    );
    refuses(
        [scheduled(), filmed()],
        acting(OBSERVER, "2025-10-08"),
        lend.clone(),
        Rejection::NotTheMediaOwner,
    );
    refuses(
        [scheduled()],
        acting(TEACHER, "2025-10-08"),
        lend,
        Rejection::NoSuchMedia,
    );
}

#[test]
fn the_owner_takes_media_back_even_after_closing() {
    let take_back = Command::WithdrawMedia { media: FILM };
    let withdrawn = api::observations::v1::MediaWithdrawn {
        media_id: FILM.to_string(),
    };
    let history = [
        scheduled(),
        conducted(),
        filmed(),
        lent(),
        shared("2025-10-10", false),
        closed("2025-10-20"),
    ];
    given::<Observation>(history)
        .under(acting(TEACHER, "2025-10-21"))
        .when(take_back.clone())
        .then([withdrawn.into()])
        .and_state(|observation| assert!(!observation.media[0].is_seen_by(COLLEAGUE)));
    accepts(
        [scheduled(), filmed()],
        acting(TEACHER, "2025-10-08"),
        take_back.clone(),
        [],
    );
    refuses(
        [scheduled(), filmed()],
        acting(OBSERVER, "2025-10-08"),
        take_back,
        Rejection::NotTheMediaOwner,
    );
}

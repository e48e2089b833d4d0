use super::*;

fn teacher() -> Context {
    acting(TEACHER, "2025-10-01")
}

fn asks(number: u128, person: PersonId) -> Command {
    Command::Book(book(number, person))
}

#[test]
fn a_place_is_confirmed_until_all_are_taken_and_then_people_wait_in_order() {
    accepts([offered()], teacher(), asks(1, TEACHER), [booked(1, TEACHER)]);
    let full = [offered(), booked(1, TEACHER), booked(2, OBSERVER)];
    accepts(
        full,
        acting(SECOND, "2025-10-01"),
        asks(3, SECOND),
        [waits(3, SECOND, false)],
    )
    .and_state(|session| assert_eq!(session.place_in_line(booking(3)), Some(1)));
}

#[test]
fn nobody_books_twice_nor_under_a_number_that_is_taken() {
    let history = [offered(), booked(1, TEACHER)];
    refuses(history.clone(), teacher(), asks(2, TEACHER), Rejection::BookedAlready);
    refuses(
        history,
        acting(SECOND, "2025-10-01"),
        asks(1, SECOND),
        Rejection::BookingIdTaken,
    );
    let again = [
        offered(),
        booked(1, TEACHER),
        gave_up(1, TEACHER, BookingCancellation::ByPerson),
    ];
    accepts(again, teacher(), asks(2, TEACHER), [booked(2, TEACHER)]);
}

#[test]
fn what_is_past_held_or_cancelled_is_not_booked() {
    let past = Rejection::Past { on: day("2025-10-10") };
    refuses([offered()], acting(TEACHER, "2025-10-11"), asks(1, TEACHER), past);
    let over = Rejection::Held { on: day("2025-10-10") };
    refuses(
        [offered(), held()],
        acting(TEACHER, "2025-10-10"),
        asks(1, TEACHER),
        over,
    );
    refuses(
        [offered(), called_off()],
        teacher(),
        asks(1, TEACHER),
        Rejection::Cancelled,
    );
}

#[test]
fn an_audience_is_kept_to() {
    let for_leaders: SessionEvent = SessionOffered {
        audience: Some(Audience {
            role_groups: vec![RoleGroup::Leadership.into()],
            career_stages: vec![],
        }),
        ..as_offered()
    }
    .into();
    refuses([for_leaders], teacher(), asks(1, TEACHER), Rejection::WrongAudience);
    let for_beginners: SessionEvent = SessionOffered {
        audience: Some(Audience {
            role_groups: vec![],
            career_stages: vec![CareerStage::EctYear1.into()],
        }),
        ..as_offered()
    }
    .into();
    refuses([for_beginners], teacher(), asks(1, TEACHER), Rejection::WrongAudience);
}

#[test]
fn what_is_open_to_one_school_is_for_its_staff() {
    let of_school: SessionEvent = SessionOffered {
        openness: Openness::School.into(),
        ..as_offered()
    }
    .into();
    let mut elsewhere = book(1, TEACHER);
    elsewhere.booker.urn = Some(urn(estate::OTHER_SCHOOL));
    refuses(
        [of_school.clone()],
        teacher(),
        Command::Book(elsewhere),
        Rejection::OfAnotherSchool,
    );
    accepts([of_school], teacher(), asks(1, TEACHER), [booked(1, TEACHER)]);
}

#[test]
fn nobody_books_for_a_day_on_which_they_are_away() {
    let away = Book {
        is_away: true,
        ..book(1, TEACHER)
    };
    let on = day("2025-10-10");
    refuses([offered()], teacher(), Command::Book(away), Rejection::OnLeave { on });
}

#[test]
fn school_time_and_cost_need_approval_by_policy() {
    let strict = || {
        under(teacher(), |policy| {
            policy.booking_approval_minutes = 60;
            policy.booking_approval_pence = 5_000;
        })
    };
    accepts([in_school_time()], strict(), asks(1, TEACHER), [kept(1, TEACHER)]);
    let dear = |cost_pence| {
        SessionOffered {
            cost_pence,
            ..as_offered()
        }
        .into()
    };
    accepts([dear(5_000)], strict(), asks(1, TEACHER), [kept(1, TEACHER)]);
    accepts([dear(4_999)], strict(), asks(1, TEACHER), [booked(1, TEACHER)]);
    // Whoever may approve, and books for somebody, has agreed.
    let by_head = Book {
        by_approver: true,
        ..book(1, TEACHER)
    };
    accepts(
        [in_school_time()],
        strict(),
        Command::Book(by_head),
        [booked(1, TEACHER)],
    );
    // Mandatory training is asked of staff.
    let required: SessionEvent = SessionOffered {
        school_minutes: 60,
        mandatory: Some(MandatoryRule {
            item: "prevent".into(),
            renewal_months: 24,
        }),
        ..as_offered()
    }
    .into();
    accepts([required], strict(), asks(1, TEACHER), [booked(1, TEACHER)]);
}

fn approval(number: u128, person: PersonId) -> SessionEvent {
    BookingApproved {
        booking_id: booking(number).to_string(),
        person_id: person.to_string(),
        urn: SCHOOL.into(),
        approved_by_id: CPD_LEAD.to_string(),
        on: "2025-10-01".into(),
    }
    .into()
}

#[test]
fn somebody_else_approves_and_only_what_needs_it() {
    let approve = || Command::Approve { booking: booking(1) };
    let lead = || acting(CPD_LEAD, "2025-10-01");
    accepts(
        [in_school_time(), kept(1, TEACHER)],
        lead(),
        approve(),
        [approval(1, TEACHER)],
    )
    .and_state(|session| assert_eq!(session.bookings[0].standing, Standing::Confirmed));
    refuses(
        [in_school_time(), kept(1, TEACHER)],
        teacher(),
        approve(),
        Rejection::ApprovedByOneself,
    );
    refuses(
        [offered(), booked(1, TEACHER)],
        lead(),
        approve(),
        Rejection::NothingToApprove,
    );
    refuses([offered()], lead(), approve(), Rejection::NoSuchBooking);
    let ended = [
        in_school_time(),
        kept(1, TEACHER),
        gave_up(1, TEACHER, BookingCancellation::ByPerson),
    ];
    refuses(ended, lead(), approve(), Rejection::BookingEnded);
}

#[test]
fn whoever_waits_may_be_approved_meanwhile() {
    let history = [
        in_school_time(),
        booked(1, TEACHER),
        booked(2, OBSERVER),
        waits(3, SECOND, true),
        approval(3, SECOND),
    ];
    let cancel = Command::CancelBooking { booking: booking(1) };
    accepts(
        history,
        teacher(),
        cancel,
        [
            gave_up(1, TEACHER, BookingCancellation::ByPerson),
            promoted(3, SECOND, false),
        ],
    );
}

#[test]
fn a_declined_booking_frees_its_place() {
    let history = [
        in_school_time(),
        kept(1, TEACHER),
        booked(2, OBSERVER),
        waits(3, SECOND, true),
    ];
    let declined = BookingDeclined {
        booking_id: booking(1).to_string(),
        person_id: TEACHER.to_string(),
        urn: SCHOOL.into(),
        declined_by_id: CPD_LEAD.to_string(),
        on: "2025-10-01".into(),
        reason: Some(Sealed::about(TEACHER, "exams")),
    };
    let decline = Command::Decline {
        booking: booking(1),
        reason: "exams".into(),
    };
    accepts(
        history,
        acting(CPD_LEAD, "2025-10-01"),
        decline,
        [declined.into(), promoted(3, SECOND, true)],
    )
    .and_state(|session| assert_eq!(session.bookings[2].standing, Standing::AwaitingApproval));
}

#[test]
fn a_cancelled_place_goes_to_the_first_who_waits() {
    let history = [
        offered(),
        booked(1, TEACHER),
        booked(2, OBSERVER),
        waits(3, SECOND, false),
        waits(4, ASSISTANT, false),
    ];
    let cancel = |number| Command::CancelBooking {
        booking: booking(number),
    };
    let gone = |cause| [gave_up(1, TEACHER, cause), promoted(3, SECOND, false)];
    accepts(
        history.clone(),
        teacher(),
        cancel(1),
        gone(BookingCancellation::ByPerson),
    );
    let head = acting(estate::HEAD, "2025-10-01");
    accepts(history.clone(), head, cancel(1), gone(BookingCancellation::BySchool));
    // Who gives up a turn frees nothing.
    let turn = gave_up(4, ASSISTANT, BookingCancellation::ByPerson);
    accepts(history.clone(), acting(ASSISTANT, "2025-10-01"), cancel(4), [turn]);
    let late = Rejection::Past { on: day("2025-10-10") };
    refuses(history, acting(TEACHER, "2025-10-12"), cancel(1), late);
}

#[test]
fn whoever_cannot_come_is_released_once() {
    let release = || Command::Release {
        person: TEACHER,
        on: day("2025-10-01"),
        cause: BookingCancellation::Leave,
    };
    let service = || reacting("catalogue", "2025-10-01");
    let full = [
        offered(),
        booked(1, TEACHER),
        booked(2, OBSERVER),
        waits(3, SECOND, false),
    ];
    let released = gave_up(1, TEACHER, BookingCancellation::Leave);
    accepts(
        full,
        service(),
        release(),
        [released.clone(), promoted(3, SECOND, false)],
    );
    accepts([offered(), booked(1, TEACHER), released], service(), release(), []);
    accepts([offered(), booked(1, TEACHER), held()], service(), release(), []);
}

#[test]
fn there_are_never_more_taken_than_there_are_places() {
    let mut session = Session::default();
    session.evolve(&offered());
    let people: Vec<PersonId> = (0..12)
        .map(|number| PersonId(Uuid::from_u128(5_000 + number)))
        .collect();
    let mut decide = |command, who| {
        let events = session.decide(command, &acting(who, "2025-10-01")).unwrap_or_default();
        events.iter().for_each(|event| session.evolve(event));
        assert!(session.taken_count() <= session.capacity);
        assert!(session.waiting_count() == 0 || session.taken_count() == session.capacity);
    };
    for (number, person) in (1_u128..).zip(&people) {
        decide(asks(number, *person), *person);
    }
    for number in [1, 5, 3, 2, 9] {
        decide(
            Command::CancelBooking {
                booking: booking(number),
            },
            people[0],
        );
    }
    decide(Command::ChangeCapacity { capacity: 4 }, CPD_LEAD);
    let confirmed: Vec<BookingId> = session
        .bookings
        .iter()
        .filter(|booking| booking.standing == Standing::Confirmed)
        .map(|booking| booking.id)
        .collect();
    assert_eq!(confirmed, [4, 6, 7, 8].map(booking));
    assert_eq!(recorded::text_of(session.place_in_line(booking(10))), "1");
}

use super::*;

fn offer() -> Offer {
    Offer {
        activity: OfferedActivity {
            id: ACTIVITY,
            trust: TRUST,
            urn: None,
            title: "Better questions".into(),
            kind: ActivityKind::Twilight,
            provider_kind: ProviderKind::Unspecified,
            provider: None,
            cost_pence: 0,
            focus_areas: vec![],
            priorities: vec![],
            audience: None,
            openness: Openness::Trust,
            network: None,
            mandatory: None,
            purpose: Purpose::Developmental,
            withdrawn_on: None,
        },
        urn: Some(urn(SCHOOL)),
        on: day("2025-10-10"),
        starts_at: String::new(),
        minutes: 60,
        school_minutes: 0,
        capacity: 2,
        place: String::new(),
        leads: vec![],
    }
}

fn offering(change: impl FnOnce(&mut Offer)) -> Command {
    let mut offer = offer();
    change(&mut offer);
    Command::Offer(Box::new(offer))
}

fn lead(on: &str) -> Context {
    acting(CPD_LEAD, on)
}

fn came(number: u128) -> Attendance {
    Attendance {
        booking: booking(number),
        minutes: None,
        attended: true,
    }
}

fn on_register(number: u128, person: PersonId, minutes: i32) -> SessionEvent {
    AttendanceRecorded {
        booking_id: booking(number).to_string(),
        person_id: person.to_string(),
        urn: SCHOOL.into(),
        attended: minutes > 0,
        minutes,
        on: "2025-10-10".into(),
    }
    .into()
}

use api::catalogue::v1::{AttendanceRecorded, SessionCapacityChanged, SessionRescheduled};

fn hold(attendance: Vec<Attendance>) -> Command {
    Command::Hold {
        on: None,
        minutes: None,
        attendance,
    }
}

fn move_to(on: &str) -> Command {
    Command::Reschedule(Reschedule {
        on: day(on),
        starts_at: String::new(),
        place: String::new(),
        reason: String::new(),
    })
}

#[test]
fn a_session_is_offered_once_and_not_for_the_past() {
    accepts([], lead("2025-09-10"), offering(|_| {}), [offered()]);
    refuses(
        [offered()],
        lead("2025-09-10"),
        offering(|_| {}),
        Rejection::OfferedAlready,
    );
    let today = day("2025-10-11");
    let late = Rejection::OfferedForThePast { today };
    refuses([], lead("2025-10-11"), offering(|_| {}), late);
}

#[test]
fn a_session_of_an_activity_that_was_withdrawn_is_not_offered() {
    let on = day("2025-09-01");
    let withdrawn = offering(|offer| offer.activity.withdrawn_on = Some(on));
    refuses([], lead("2025-09-10"), withdrawn, Rejection::ActivityWithdrawn { on });
}

#[test]
fn what_one_school_publishes_for_its_staff_is_offered_there() {
    let elsewhere = offering(|offer| offer.activity.openness = Openness::School);
    refuses([], lead("2025-09-10"), elsewhere, Rejection::ActivityOfOneSchool);
}

#[test]
fn school_time_is_part_of_its_time() {
    let more = offering(|offer| offer.school_minutes = 61);
    refuses(
        [],
        lead("2025-09-10"),
        more,
        Rejection::MoreSchoolTimeThanTime { minutes: 60 },
    );
}

#[test]
fn bookings_stay_when_a_session_moves() {
    let moved = SessionRescheduled {
        on: "2025-11-07".into(),
        ..Default::default()
    };
    accepts(
        [offered(), booked(1, TEACHER)],
        lead("2025-10-01"),
        move_to("2025-11-07"),
        [moved.into()],
    )
    .and_state(|session| assert_eq!((session.on, session.taken_count()), (day("2025-11-07"), 1)));
    refuses(
        [offered()],
        lead("2025-10-01"),
        move_to("2025-10-10"),
        Rejection::NotMoved,
    );
    refuses(
        [offered(), held()],
        lead("2025-10-11"),
        move_to("2025-11-07"),
        Rejection::Held { on: day("2025-10-10") },
    );
}

#[test]
fn more_places_go_to_those_who_wait_and_fewer_take_none_away() {
    let full = [
        offered(),
        booked(1, TEACHER),
        booked(2, OBSERVER),
        waits(3, SECOND, false),
    ];
    let more = Command::ChangeCapacity { capacity: 5 };
    let changed = |capacity| SessionCapacityChanged { capacity }.into();
    accepts(
        full.clone(),
        lead("2025-10-01"),
        more,
        [changed(5), promoted(3, SECOND, false)],
    );
    let fewer = Command::ChangeCapacity { capacity: 1 };
    accepts(full.clone(), lead("2025-10-01"), fewer, [changed(1)])
        .and_state(|session| assert_eq!((session.taken_count(), session.waiting_count()), (2, 1)));
    let same = Command::ChangeCapacity { capacity: 2 };
    refuses(
        full.clone(),
        lead("2025-10-01"),
        same,
        Rejection::SameCapacity { capacity: 2 },
    );
    let late = Command::ChangeCapacity { capacity: 5 };
    refuses(
        full,
        lead("2025-10-11"),
        late,
        Rejection::Past { on: day("2025-10-10") },
    );
}

#[test]
fn a_cancelled_session_ends_all_its_bookings() {
    let cancel = || Command::Cancel {
        on: day("2025-10-01"),
        reason: String::new(),
    };
    accepts(
        [offered(), booked(1, TEACHER), waits(2, SECOND, false)],
        lead("2025-10-01"),
        cancel(),
        [called_off()],
    )
    .and_state(|session| {
        let all = |standing| session.bookings.iter().all(|booking| booking.standing == standing);
        assert!(all(Standing::Cancelled));
    });
    refuses(
        [offered(), called_off()],
        lead("2025-10-02"),
        cancel(),
        Rejection::Cancelled,
    );
    refuses(
        [offered()],
        lead("2025-09-30"),
        cancel(),
        Rejection::InTheFuture {
            today: day("2025-09-30"),
        },
    );
}

#[test]
fn a_session_is_held_with_its_register() {
    let history = [
        offered(),
        booked(1, TEACHER),
        booked(2, OBSERVER),
        waits(3, SECOND, false),
    ];
    let early = Rejection::NotHeldYet {
        on: day("2025-10-10"),
        today: day("2025-10-09"),
    };
    refuses(history.clone(), lead("2025-10-09"), hold(vec![]), early);
    accepts(
        history,
        lead("2025-10-10"),
        hold(vec![came(1)]),
        [held(), on_register(1, TEACHER, 60)],
    )
    .and_state(|session| {
        let standing: Vec<_> = session.bookings.iter().map(|booking| booking.standing).collect();
        assert_eq!(standing, [Standing::Attended, Standing::Confirmed, Standing::Cancelled]);
    });
}

#[test]
fn only_those_with_a_place_are_on_the_register_each_once() {
    let history = [
        offered(),
        booked(1, TEACHER),
        booked(2, OBSERVER),
        waits(3, SECOND, false),
        held(),
    ];
    let record = |attendance| Command::RecordAttendance { attendance };
    for number in [3, 9] {
        let without = Rejection::WithoutPlace {
            booking: booking(number),
        };
        refuses(history.clone(), lead("2025-10-10"), record(vec![came(number)]), without);
    }
    let twice = Rejection::RegisteredTwice { booking: booking(1) };
    refuses(
        history.clone(),
        lead("2025-10-10"),
        record(vec![came(1), came(1)]),
        twice,
    );
    let longer = Attendance {
        minutes: Some(61),
        ..came(1)
    };
    let too_long = Rejection::LongerThanSession { minutes: 60 };
    refuses(history, lead("2025-10-10"), record(vec![longer]), too_long);
    let early = [offered(), booked(1, TEACHER)];
    refuses(early, lead("2025-10-10"), record(vec![came(1)]), Rejection::HoldFirst);
}

#[test]
fn a_register_is_corrected_and_what_is_known_is_not_said_again() {
    let history = [offered(), booked(1, TEACHER), held(), on_register(1, TEACHER, 60)];
    let record = |attendance| Command::RecordAttendance { attendance };
    accepts(history.clone(), lead("2025-10-11"), record(vec![came(1)]), []);
    let absent = Attendance {
        attended: false,
        ..came(1)
    };
    accepts(
        history,
        lead("2025-10-11"),
        record(vec![absent]),
        [on_register(1, TEACHER, 0)],
    )
    .and_state(|session| assert_eq!(session.bookings[0].standing, Standing::Absent));
}

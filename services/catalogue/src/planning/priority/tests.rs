use api::ids::TrustId;
use estate::{CPD_LEAD, TRUST, acting, day, urn};
use testkit::given;

use super::*;

fn place() -> Place {
    Place {
        trust: TRUST,
        urn: Some(urn("136789")),
    }
}

fn aim() -> Aim {
    Aim {
        title: "Reading across the curriculum".into(),
        strand: PriorityStrand::AttainmentAndProgress,
        years: 3,
        focus_areas: vec!["reading".into()],
        success: "More pupils read at their age".into(),
        owner: CPD_LEAD,
    }
}

fn adopt() -> Adopt {
    Adopt {
        place: place(),
        department: "English".into(),
        from_year: 2025,
        aim: aim(),
    }
}

fn adopted() -> PriorityEvent {
    PriorityAdopted {
        trust_id: TRUST.to_string(),
        urn: "136789".into(),
        department: "English".into(),
        title: "Reading across the curriculum".into(),
        strand: PriorityStrand::AttainmentAndProgress.into(),
        from_year: 2025,
        years: 3,
        focus_areas: vec!["reading".into()],
        success: Some(Sealed::about(TRUST, "More pupils read at their age")),
        owner_id: CPD_LEAD.to_string(),
        on: "2025-10-06".into(),
    }
    .into()
}

fn refuses(history: impl IntoIterator<Item = PriorityEvent>, command: Command, why: Rejection) {
    let context = acting(CPD_LEAD, "2025-10-06");
    given::<Priority>(history)
        .under(context)
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[test]
fn a_priority_is_adopted_for_up_to_three_years() {
    given::<Priority>([])
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(Command::Adopt(adopt()))
        .then([adopted()])
        .and_state(|priority| {
            assert_eq!(
                [2024, 2025, 2027, 2028].map(|year| priority.covers(year)),
                [false, true, true, false]
            );
        });
    for years in [0, 4, i32::MAX] {
        let too_long = Adopt {
            aim: Aim { years, ..aim() },
            ..adopt()
        };
        refuses([], Command::Adopt(too_long), Rejection::TooLong);
    }
    refuses([adopted()], Command::Adopt(adopt()), Rejection::AlreadyAdopted);
}

#[test]
fn years_that_are_over_and_departments_of_no_school_are_refused() {
    let past = Adopt {
        from_year: 2022,
        ..adopt()
    };
    refuses([], Command::Adopt(past), Rejection::InThePast { current: 2025 });
    let nowhere = Adopt {
        place: Place {
            trust: TrustId::default(),
            urn: None,
        },
        ..adopt()
    };
    refuses([], Command::Adopt(nowhere), Rejection::DepartmentWithoutSchool);
}

#[test]
fn what_has_ended_is_not_revised() {
    let end = |on: &str| Command::End {
        ending: PriorityEnding::Achieved,
        on: day(on),
        note: String::new(),
    };
    let ended: PriorityEvent = PriorityEnded {
        ending: PriorityEnding::Achieved.into(),
        on: "2025-10-06".into(),
        note: None,
    }
    .into();
    given::<Priority>([adopted()])
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(end("2025-10-06"))
        .then([ended.clone()]);
    let over = Rejection::Ended { on: day("2025-10-06") };
    refuses([adopted(), ended], Command::Revise(aim()), over);
    let today = day("2025-10-06");
    refuses([adopted()], end("2025-10-07"), Rejection::InTheFuture { today });
    let adopted_on = day("2025-10-06");
    refuses(
        [adopted()],
        end("2025-10-05"),
        Rejection::EndedBeforeAdopted { adopted_on },
    );
}

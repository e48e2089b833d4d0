use api::common::v1::Sealed;
use estate::{CPD_LEAD, TRUST, acting, day, urn};
use testkit::given;

use super::*;

const SLOT: TimeSlotId = TimeSlotId(Uuid::from_u128(50));

fn slot() -> NewSlot {
    NewSlot {
        place: Place {
            trust: TRUST,
            urn: Some(urn("136789")),
        },
        id: SLOT,
        kind: TimeSlotKind::Twilight,
        on: day("2025-10-01"),
        minutes: 90,
        title: "Questioning".into(),
        priority: None,
    }
}

fn planned() -> TimeBudgetEvent {
    TimePlanned {
        trust_id: TRUST.to_string(),
        urn: "136789".into(),
        year: 2025,
        slot_id: SLOT.to_string(),
        kind: TimeSlotKind::Twilight.into(),
        on: "2025-10-01".into(),
        minutes: 90,
        title: "Questioning".into(),
        priority_id: String::new(),
    }
    .into()
}

fn usage(minutes: i32) -> Command {
    Command::Use(Usage {
        slot: SLOT,
        minutes,
        activity: None,
        session: None,
        priority: None,
    })
}

fn used(minutes: i32) -> TimeBudgetEvent {
    TimeUsed {
        slot_id: SLOT.to_string(),
        on: "2025-10-01".into(),
        minutes,
        ..Default::default()
    }
    .into()
}

fn divert(minutes: i32) -> Command {
    Command::Divert {
        slot: SLOT,
        minutes,
        category: DiversionCategory::Assessment,
        why: "mock examinations".into(),
    }
}

fn diverted(minutes: i32) -> TimeBudgetEvent {
    TimeDiverted {
        slot_id: SLOT.to_string(),
        on: "2025-10-01".into(),
        minutes,
        category: DiversionCategory::Assessment.into(),
        why: Some(Sealed::about(TRUST, "mock examinations")),
    }
    .into()
}

fn accepts(history: impl IntoIterator<Item = TimeBudgetEvent>, command: Command, expected: TimeBudgetEvent) {
    given::<TimeBudget>(history)
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(command)
        .then([expected]);
}

fn refuses(history: impl IntoIterator<Item = TimeBudgetEvent>, command: Command, why: Rejection) {
    given::<TimeBudget>(history)
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[test]
fn time_is_planned_used_and_diverted() {
    accepts([], Command::Plan(slot()), planned());
    accepts([planned()], usage(60), used(60));
    accepts([planned(), used(60)], divert(30), diverted(30));
}

#[test]
fn no_more_is_diverted_than_was_planned() {
    refuses([planned()], divert(91), Rejection::BeyondPlanned { left: 90 });
    refuses([planned(), used(60)], divert(31), Rejection::BeyondPlanned { left: 30 });
    refuses(
        [planned(), diverted(90)],
        usage(1),
        Rejection::BeyondPlanned { left: 0 },
    );
    refuses([planned()], divert(0), Rejection::NoTime);
    refuses([planned()], divert(-5), Rejection::NoTime);
}

#[test]
fn what_is_to_come_has_gone_into_nothing_yet() {
    let on = day("2025-11-03");
    let later = NewSlot { on, ..slot() };
    given::<TimeBudget>([])
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(Command::Plan(later))
        .then_events(|events| refuses(events.to_vec(), usage(10), Rejection::NotYet { on }));
}

#[test]
fn nothing_that_was_spent_is_planned_away() {
    let replan = |on: &str, minutes| Command::Replan {
        slot: SLOT,
        on: day(on),
        minutes,
    };
    let history = || [planned(), used(40), diverted(20)];
    refuses(
        history(),
        replan("2025-10-01", 59),
        Rejection::LessThanSpent { spent: 60 },
    );
    let replanned: TimeBudgetEvent = TimeReplanned {
        slot_id: SLOT.to_string(),
        on: "2025-10-02".into(),
        minutes: 60,
    }
    .into();
    accepts(history(), replan("2025-10-02", 60), replanned);
    refuses(
        [planned()],
        replan("2026-09-01", 90),
        Rejection::AnotherYear { year: 2025 },
    );
}

#[test]
fn a_slot_is_planned_once_and_has_to_be_there() {
    refuses([planned()], Command::Plan(slot()), Rejection::PlannedAlready);
    refuses([], usage(10), Rejection::UnknownSlot);
    refuses([], Command::Plan(NewSlot { minutes: 0, ..slot() }), Rejection::NoTime);
}

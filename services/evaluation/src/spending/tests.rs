use estate::{CPD_LEAD, TRUST, acting, day};
use testkit::given;

use super::*;

const ACTIVITY: ActivityId = ActivityId(Uuid::from_u128(5));

fn cost(number: u128, pence: i64, on: &str) -> Command {
    Command {
        trust: TRUST,
        activity: ACTIVITY,
        ask: Ask::Record(Cost {
            id: CostId(Uuid::from_u128(number)),
            urn: None,
            kind: CostKind::Cover,
            pence,
            on: day(on),
        }),
    }
}

fn withdraw(number: u128) -> Command {
    Command {
        trust: TRUST,
        activity: ACTIVITY,
        ask: Ask::Withdraw {
            cost: CostId(Uuid::from_u128(number)),
        },
    }
}

fn history(commands: Vec<Command>) -> Vec<SpendingEvent> {
    let mut spending = Spending::default();
    let mut all = Vec::new();
    for command in commands {
        for event in spending.decide(command, &acting(CPD_LEAD, "2023-11-14")).unwrap() {
            spending.evolve(&event);
            all.push(event);
        }
    }
    all
}

fn rejected(history: Vec<SpendingEvent>, command: Command) -> Rejection {
    let mut found = None;
    given::<Spending>(history)
        .under(acting(CPD_LEAD, "2023-11-14"))
        .when(command)
        .then_rejected(|rejection| found = Some(rejection));
    found.unwrap()
}

#[test]
fn costs_add_up_without_those_withdrawn() {
    let events = history(vec![
        cost(1, 10_000, "2023-10-02"),
        cost(2, 5_000, "2023-10-02"),
        withdraw(1),
        withdraw(1),
    ]);
    assert_eq!(events.len(), 3);
    let mut spending = Spending::default();
    events.iter().for_each(|event| spending.evolve(event));
    assert_eq!(spending.pence(), 5_000);
}

#[test]
fn a_cost_is_recorded_once_and_after_it_was_paid() {
    let paid = history(vec![cost(1, 10_000, "2023-10-02")]);
    assert_eq!(
        rejected(paid.clone(), cost(1, 10_000, "2023-10-02")),
        Rejection::RecordedAlready
    );
    assert!(matches!(
        rejected(paid.clone(), cost(2, 10_000, "2023-11-15")),
        Rejection::InTheFuture { .. }
    ));
    assert_eq!(rejected(paid, withdraw(7)), Rejection::NoSuchCost);
}

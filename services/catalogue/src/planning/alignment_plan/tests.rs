use api::common::v1::Sealed;
use estate::{CPD_LEAD, TRUST, acting, urn};
use testkit::given;
use uuid::Uuid;

use super::*;

const READING: PriorityId = PriorityId(Uuid::from_u128(70));
const BEHAVIOUR: PriorityId = PriorityId(Uuid::from_u128(71));

fn line(year: AlignmentYear, priority: PriorityId) -> Line {
    Line {
        year,
        priority,
        strand: PriorityStrand::AttainmentAndProgress,
        development: "a course on reading".into(),
        in_force: (2025, 2028),
    }
}

fn draft(lines: Vec<Line>) -> Command {
    Command::Draft(Draft {
        place: Place {
            trust: TRUST,
            urn: Some(urn("136789")),
        },
        from_year: 2025,
        lines,
        points: vec![Point {
            quadrant: AlignmentQuadrant::Threat,
            text: "staff leave".into(),
        }],
    })
}

fn drafted(years: &[(AlignmentYear, PriorityId)]) -> AlignmentPlanEvent {
    let recorded = |(year, priority): &(AlignmentYear, PriorityId)| AlignmentLine {
        year: (*year).into(),
        priority_id: priority.to_string(),
        strand: PriorityStrand::AttainmentAndProgress.into(),
        development: Some(Sealed::about(TRUST, "a course on reading")),
    };
    AlignmentPlanDrafted {
        trust_id: TRUST.to_string(),
        urn: "136789".into(),
        from_year: 2025,
        lines: years.iter().map(recorded).collect(),
        points: vec![AlignmentPoint {
            quadrant: AlignmentQuadrant::Threat.into(),
            text: Some(Sealed::about(TRUST, "staff leave")),
        }],
        author_id: CPD_LEAD.to_string(),
    }
    .into()
}

fn refuses(history: impl IntoIterator<Item = AlignmentPlanEvent>, command: Command, why: Rejection) {
    given::<AlignmentPlan>(history)
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[test]
fn a_plan_lays_three_years_side_by_side() {
    use AlignmentYear::{After, Next, This};
    let years = [(This, READING), (This, BEHAVIOUR), (Next, READING), (After, READING)];
    let lines = years.iter().map(|(year, priority)| line(*year, *priority)).collect();
    given::<AlignmentPlan>([])
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(draft(lines))
        .then([drafted(&years)]);
}

#[test]
fn a_plan_without_years_is_refused() {
    refuses([], draft(Vec::new()), Rejection::WithoutYears);
    let only_later = vec![line(AlignmentYear::Next, READING)];
    refuses([], draft(only_later), Rejection::WithoutYears);
}

#[test]
fn years_out_of_order_are_refused() {
    use AlignmentYear::{After, Next, This};
    for order in [[Next, This, After], [This, After, Next], [After, Next, This]] {
        let lines = order.into_iter().map(|year| line(year, READING)).collect();
        refuses([], draft(lines), Rejection::YearsOutOfOrder);
    }
}

#[test]
fn a_priority_is_there_once_a_year_and_only_while_it_is_in_force() {
    let twice = vec![line(AlignmentYear::This, READING), line(AlignmentYear::This, READING)];
    refuses([], draft(twice), Rejection::PriorityTwice { priority: READING });
    let ended = Line {
        in_force: (2025, 2026),
        ..line(AlignmentYear::Next, READING)
    };
    let why = Rejection::NotInForce {
        priority: READING,
        year: 2026,
    };
    refuses([], draft(vec![line(AlignmentYear::This, READING), ended]), why);
}

#[test]
fn a_plan_is_adopted_once_and_a_revision_is_a_draft_again() {
    let years = [(AlignmentYear::This, READING)];
    let adopted: AlignmentPlanEvent = AlignmentPlanAdopted {
        on: "2025-10-06".into(),
    }
    .into();
    given::<AlignmentPlan>([drafted(&years)])
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(Command::Adopt)
        .then([adopted.clone()]);
    let history = || [drafted(&years), adopted.clone()];
    refuses(history(), Command::Adopt, Rejection::AlreadyAdopted);
    refuses(
        history(),
        draft(vec![line(AlignmentYear::This, READING)]),
        Rejection::AlreadyDrafted,
    );
    let revise = Command::Revise {
        lines: vec![line(AlignmentYear::This, BEHAVIOUR)],
        points: Vec::new(),
    };
    given::<AlignmentPlan>(history())
        .under(acting(CPD_LEAD, "2025-10-07"))
        .when(revise)
        .then_events(|events| assert_eq!(events.len(), 1))
        .and_state(|plan| assert_eq!(plan.adopted_on, None));
}

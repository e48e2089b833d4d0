use estate::{CPD_LEAD, TRUST, acting, day, urn};
use testkit::given;

use super::*;

fn step(unit: &str) -> PathwayStep {
    PathwayStep {
        unit: unit.into(),
        title: format!("Unit {unit}"),
        ..Default::default()
    }
}

fn route(units: &[&str]) -> Route {
    Route {
        title: "Towards middle leadership".into(),
        role_groups: vec![RoleGroup::ClassroomTeacher],
        career_stages: vec![CareerStage::Experienced],
        steps: units.iter().map(|unit| step(unit)).collect(),
    }
}

fn publish(units: &[&str]) -> Command {
    Command::Publish {
        place: Place {
            trust: TRUST,
            urn: Some(urn("136789")),
        },
        route: route(units),
    }
}

fn published(units: &[&str]) -> PathwayEvent {
    PathwayPublished {
        trust_id: TRUST.to_string(),
        urn: "136789".into(),
        title: "Towards middle leadership".into(),
        role_groups: vec![RoleGroup::ClassroomTeacher.into()],
        career_stages: vec![CareerStage::Experienced.into()],
        steps: units.iter().map(|unit| step(unit)).collect(),
        on: "2025-10-06".into(),
    }
    .into()
}

fn refuses(history: impl IntoIterator<Item = PathwayEvent>, command: Command, why: Rejection) {
    given::<Pathway>(history)
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[test]
fn a_pathway_is_a_sequence_for_those_whom_it_suits() {
    given::<Pathway>([])
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(publish(&["a", "b"]))
        .then([published(&["a", "b"])])
        .and_state(|pathway| {
            assert_eq!(pathway.units(), ["a", "b"]);
            assert!(pathway.suits(RoleGroup::ClassroomTeacher, CareerStage::Experienced));
            assert!(!pathway.suits(RoleGroup::TeachingAssistant, CareerStage::Experienced));
            assert!(!pathway.suits(RoleGroup::ClassroomTeacher, CareerStage::Trainee));
        });
}

#[test]
fn a_pathway_has_steps_each_with_its_own_code() {
    refuses([], publish(&[]), Rejection::WithoutSteps);
    let unit = "a".to_owned();
    refuses([], publish(&["a", "b", "a"]), Rejection::UnitTwice { unit });
    refuses([published(&["a"])], publish(&["a"]), Rejection::AlreadyPublished);
}

#[test]
fn what_was_withdrawn_is_recommended_no_more() {
    let withdrawn: PathwayEvent = PathwayWithdrawn {
        on: "2025-10-06".into(),
    }
    .into();
    let on = day("2025-10-06");
    let history = [published(&["a"]), withdrawn];
    refuses(
        history.clone(),
        Command::Revise(route(&["a"])),
        Rejection::Withdrawn { on },
    );
    refuses(history, Command::Withdraw, Rejection::Withdrawn { on });
}

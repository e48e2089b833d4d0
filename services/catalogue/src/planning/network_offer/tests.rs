use api::common::v1::Sealed;
use estate::{CPD_LEAD, NETWORK, TRUST, acting, day, urn};
use testkit::given;

use super::*;

fn offer() -> PutForward {
    PutForward {
        place: Place {
            trust: TRUST,
            urn: Some(urn("136789")),
        },
        network: NETWORK,
        year: 2025,
        term: SchoolTerm::Spring,
        title: "Modelling in science".into(),
        focus_areas: vec!["modelling".into()],
        role_groups: vec![RoleGroup::ClassroomTeacher],
        places: 12,
        cost_pence: 0,
        description: "two afternoons".into(),
    }
}

fn offered() -> NetworkOfferEvent {
    NetworkOfferPutForward {
        network_id: NETWORK.to_string(),
        trust_id: TRUST.to_string(),
        urn: "136789".into(),
        year: 2025,
        term: SchoolTerm::Spring.into(),
        title: "Modelling in science".into(),
        focus_areas: vec!["modelling".into()],
        role_groups: vec![RoleGroup::ClassroomTeacher.into()],
        places: 12,
        cost_pence: 0,
        description: Some(Sealed::about(TRUST, "two afternoons")),
        on: "2025-10-06".into(),
    }
    .into()
}

fn refuses(history: impl IntoIterator<Item = NetworkOfferEvent>, command: Command, why: Rejection) {
    given::<NetworkOffer>(history)
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[test]
fn a_school_puts_forward_what_it_can_lead_for_others() {
    given::<NetworkOffer>([])
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(Command::PutForward(offer()))
        .then([offered()]);
    refuses([offered()], Command::PutForward(offer()), Rejection::AlreadyPutForward);
}

#[test]
fn an_offer_has_a_focus_places_and_a_term_to_come() {
    let ended_on = day("2024-12-31");
    let cases = [
        (
            PutForward {
                focus_areas: Vec::new(),
                ..offer()
            },
            Rejection::NoFocusArea,
        ),
        (PutForward { places: 0, ..offer() }, Rejection::WithoutPlaces),
        (
            PutForward {
                year: 2024,
                term: SchoolTerm::Autumn,
                ..offer()
            },
            Rejection::TermIsOver { ended_on },
        ),
    ];
    for (offer, why) in cases {
        refuses([], Command::PutForward(offer), why);
    }
}

#[test]
fn an_offer_is_withdrawn_once() {
    let withdrawn: NetworkOfferEvent = NetworkOfferWithdrawn {
        on: "2025-10-06".into(),
    }
    .into();
    given::<NetworkOffer>([offered()])
        .under(acting(CPD_LEAD, "2025-10-06"))
        .when(Command::Withdraw)
        .then([withdrawn.clone()]);
    let on = day("2025-10-06");
    refuses([offered(), withdrawn], Command::Withdraw, Rejection::Withdrawn { on });
}

use estate::{NETWORK, OTHER_LEAD, TRUST, acting, day, urn};
use testkit::given;

use super::*;

const OFFER: NetworkOfferId = NetworkOfferId(Uuid::from_u128(30));

fn take_up() -> TakeUp {
    TakeUp {
        place: Place {
            trust: TRUST,
            urn: Some(urn("136790")),
        },
        offer: OFFER,
        network: NETWORK,
        offered_by: Some(urn("136789")),
        withdrawn_on: None,
        places: 3,
        places_left: 5,
    }
}

fn taken() -> OfferUptakeEvent {
    OfferTakenUp {
        offer_id: OFFER.to_string(),
        network_id: NETWORK.to_string(),
        trust_id: TRUST.to_string(),
        urn: "136790".into(),
        places: 3,
        on: "2025-10-06".into(),
    }
    .into()
}

fn cancelled() -> OfferUptakeEvent {
    UptakeCancelled {
        on: "2025-10-06".into(),
    }
    .into()
}

fn refuses(history: impl IntoIterator<Item = OfferUptakeEvent>, command: Command, why: Rejection) {
    given::<OfferUptake>(history)
        .under(acting(OTHER_LEAD, "2025-10-06"))
        .when(command)
        .then_rejected(|rejection| assert_eq!(rejection, why));
}

#[test]
fn another_school_takes_up_places_that_are_left() {
    for history in [vec![], vec![taken(), cancelled()]] {
        given::<OfferUptake>(history)
            .under(acting(OTHER_LEAD, "2025-10-06"))
            .when(Command::TakeUp(take_up()))
            .then([taken()]);
    }
    let left = 5;
    let too_many = TakeUp { places: 6, ..take_up() };
    refuses([], Command::TakeUp(too_many), Rejection::NotEnoughPlaces { left });
}

#[test]
fn ones_own_offer_and_what_was_withdrawn_are_not_taken_up() {
    let own = TakeUp {
        offered_by: Some(urn("136790")),
        ..take_up()
    };
    refuses([], Command::TakeUp(own), Rejection::OwnOffer);
    let on = day("2025-10-01");
    let gone = TakeUp {
        withdrawn_on: Some(on),
        ..take_up()
    };
    refuses([], Command::TakeUp(gone), Rejection::Withdrawn { on });
    refuses(
        [taken()],
        Command::TakeUp(take_up()),
        Rejection::AlreadyTakenUp { places: 3 },
    );
}

#[test]
fn places_are_given_back_once() {
    given::<OfferUptake>([taken()])
        .under(acting(OTHER_LEAD, "2025-10-06"))
        .when(Command::Cancel)
        .then([cancelled()]);
    refuses([taken(), cancelled()], Command::Cancel, Rejection::NotTakenUp);
}

//! An uptake: places of another school's network offer, taken by one school. A record of the school that takes them.
//!
//! taken up ──► cancelled ──► taken up again

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{OfferTakenUp, OfferUptakeEvent, UptakeCancelled, offer_uptake_event::Event},
    ids::{NetworkId, NetworkOfferId, Urn, derived},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::{Guarded, recorded};
use uuid::Uuid;

use super::{Place, rejections::rejections};

/// What became of an uptake so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OfferUptake {
    pub place: Place,
    pub network: NetworkId,
    pub offer: NetworkOfferId,
    /// None while nothing is taken up.
    pub places: Option<i32>,
}

/// What can be asked of an uptake.
#[derive(Clone, Debug)]
pub enum Command {
    TakeUp(TakeUp),
    Cancel,
}

/// Takes up places, with what was known of the offer when it was asked.
#[derive(Clone, Debug)]
pub struct TakeUp {
    /// The school that takes it up.
    pub place: Place,
    pub offer: NetworkOfferId,
    pub network: NetworkId,
    /// The school that offers.
    pub offered_by: Option<Urn>,
    pub withdrawn_on: Option<NaiveDate>,
    pub places: i32,
    /// Places that no other school has taken.
    pub places_left: i32,
}

rejections! {
    /// Why an uptake refused a command.
    "OWN_OFFER" ("urn") OwnOffer = "this is your school's own offer: book a session for your staff instead";
    "OFFER_WITHDRAWN" ("offer_id") Withdrawn { on: NaiveDate } = "this offer was withdrawn on {on}";
    "OFFER_TAKEN_UP_ALREADY" AlreadyTakenUp { places: i32 } =
        "your school took up {places} places already: cancel them before you take up others";
    "NOT_ENOUGH_PLACES" ("places") NotEnoughPlaces { left: i32 } = "{left} places are left";
    "OFFER_NOT_TAKEN_UP" ("offer_id") NotTakenUp = "your school has no places of this offer";
}

impl Aggregate for OfferUptake {
    type Event = OfferUptakeEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<OfferUptakeEvent>, Rejection> {
        match command {
            Command::TakeUp(take_up) => self.take_up(take_up, context),
            Command::Cancel => self.cancel(context),
        }
    }

    fn evolve(&mut self, event: &OfferUptakeEvent) {
        match &event.event {
            Some(Event::TakenUp(taken)) => {
                self.place = Place::recorded(&taken.trust_id, &taken.urn);
                self.network = recorded::id(&taken.network_id);
                self.offer = recorded::id(&taken.offer_id);
                self.places = Some(taken.places);
            }
            Some(Event::Cancelled(_)) => self.places = None,
            None => {}
        }
    }
}

impl OfferUptake {
    /// The one uptake of a school and offer.
    pub fn id_of(offer: NetworkOfferId, urn: Urn) -> Uuid {
        derived("offer_uptake", &format!("{offer}:{urn}"))
    }

    fn take_up(&self, take_up: TakeUp, context: &Context) -> Result<Vec<OfferUptakeEvent>, Rejection> {
        if take_up.offered_by == take_up.place.urn {
            return Err(Rejection::OwnOffer);
        }
        if let Some(on) = take_up.withdrawn_on {
            return Err(Rejection::Withdrawn { on });
        }
        if let Some(places) = self.places {
            return Err(Rejection::AlreadyTakenUp { places });
        }
        if take_up.places > take_up.places_left {
            return Err(Rejection::NotEnoughPlaces {
                left: take_up.places_left,
            });
        }
        let taken = OfferTakenUp {
            offer_id: take_up.offer.into(),
            network_id: take_up.network.into(),
            trust_id: take_up.place.trust.into(),
            urn: take_up.place.urn_text(),
            places: take_up.places,
            on: context.today().to_string(),
        };
        Ok(vec![taken.into()])
    }

    fn cancel(&self, context: &Context) -> Result<Vec<OfferUptakeEvent>, Rejection> {
        if self.places.is_none() {
            return Err(Rejection::NotTakenUp);
        }
        let on = context.today().to_string();
        Ok(vec![UptakeCancelled { on }.into()])
    }
}

impl Guarded for OfferUptake {
    const NAME: &'static str = "uptake of a network offer";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::TakeUp(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        let record = |place: Place, network| place.record(Kind::NetworkOffer).of_network(network);
        match command {
            // The uptake's identifier follows from its school.
            Command::TakeUp(take_up) => (Action::TakeUpOffer, record(take_up.place, take_up.network)),
            Command::Cancel => (Action::CancelUptake, record(self.place, self.network)),
        }
    }
}

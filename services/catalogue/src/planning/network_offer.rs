//! A network offer: what a school's staff can lead for other schools of a network, in one term.
//!
//! put forward ──► withdrawn
//!
//! Schools of other trusts take it up in records of their own ([`super::offer_uptake`]): a trust's records stay its own.

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        NetworkOfferEvent, NetworkOfferPutForward, NetworkOfferWithdrawn, SchoolTerm, network_offer_event::Event,
    },
    common::v1::RoleGroup,
    ids::NetworkId,
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::{Guarded, recorded};

use super::{Place, rejections::rejections};

/// What became of an offer so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkOffer {
    /// Absent before it was put forward.
    pub offered: Option<NetworkOfferPutForward>,
    pub place: Place,
    pub network: NetworkId,
    pub withdrawn_on: Option<NaiveDate>,
}

/// What can be asked of an offer.
#[derive(Clone, Debug)]
pub enum Command {
    PutForward(PutForward),
    Withdraw,
}

/// Puts an offer forward.
#[derive(Clone, Debug)]
pub struct PutForward {
    pub place: Place,
    pub network: NetworkId,
    pub year: i32,
    pub term: SchoolTerm,
    pub title: String,
    pub focus_areas: Vec<String>,
    pub role_groups: Vec<RoleGroup>,
    pub places: i32,
    pub cost_pence: i64,
    pub description: String,
}

rejections! {
    /// Why a network offer refused a command.
    "OFFER_PUT_FORWARD_ALREADY" AlreadyPutForward = "this offer was put forward already";
    "NO_FOCUS_AREA" ("focus_areas") NoFocusArea = "name at least one focus area";
    "OFFER_WITHOUT_PLACES" ("places") WithoutPlaces = "offer at least one place to other schools";
    "TERM_IS_OVER" ("term") TermIsOver { ended_on: NaiveDate } = "this term ended on {ended_on}: offer it for one to come";
    "OFFER_WITHDRAWN" Withdrawn { on: NaiveDate } = "this offer was withdrawn on {on}";
}

impl Aggregate for NetworkOffer {
    type Event = NetworkOfferEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<NetworkOfferEvent>, Rejection> {
        match command {
            Command::PutForward(offer) => self.put_forward(offer, context),
            Command::Withdraw => self.withdraw(context),
        }
    }

    fn evolve(&mut self, event: &NetworkOfferEvent) {
        match &event.event {
            Some(Event::PutForward(offered)) => {
                self.place = Place::recorded(&offered.trust_id, &offered.urn);
                self.network = recorded::id(&offered.network_id);
                self.offered = Some(offered.clone());
            }
            Some(Event::Withdrawn(withdrawn)) => self.withdrawn_on = Some(recorded::date(&withdrawn.on)),
            None => {}
        }
    }
}

impl NetworkOffer {
    fn put_forward(&self, offer: PutForward, context: &Context) -> Result<Vec<NetworkOfferEvent>, Rejection> {
        if self.offered.is_some() {
            return Err(Rejection::AlreadyPutForward);
        }
        if offer.focus_areas.is_empty() {
            return Err(Rejection::NoFocusArea);
        }
        if offer.places < 1 {
            return Err(Rejection::WithoutPlaces);
        }
        let ended_on = last_day(offer.year, offer.term);
        if ended_on < context.today() {
            return Err(Rejection::TermIsOver { ended_on });
        }
        let offered = NetworkOfferPutForward {
            network_id: offer.network.into(),
            trust_id: offer.place.trust.into(),
            urn: offer.place.urn_text(),
            year: offer.year,
            term: offer.term.into(),
            title: offer.title,
            focus_areas: offer.focus_areas,
            role_groups: offer.role_groups.into_iter().map(Into::into).collect(),
            places: offer.places,
            cost_pence: offer.cost_pence,
            description: offer.place.sealed(offer.description),
            on: context.today().to_string(),
        };
        Ok(vec![offered.into()])
    }

    fn withdraw(&self, context: &Context) -> Result<Vec<NetworkOfferEvent>, Rejection> {
        if let Some(on) = self.withdrawn_on {
            return Err(Rejection::Withdrawn { on });
        }
        let on = context.today().to_string();
        Ok(vec![NetworkOfferWithdrawn { on }.into()])
    }

    /// As access depends on it.
    pub(crate) fn as_record(&self) -> Record {
        self.place.record(Kind::NetworkOffer).of_network(self.network)
    }
}

/// The latest day that a term has anywhere in England: Easter moves, and trusts set their own dates.
fn last_day(year: i32, term: SchoolTerm) -> NaiveDate {
    let (year, month, day) = match term {
        SchoolTerm::Unspecified | SchoolTerm::Autumn => (year, 12, 31),
        SchoolTerm::Spring => (year + 1, 4, 30),
        SchoolTerm::Summer => (year + 1, 8, 31),
    };
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MIN)
}

impl Guarded for NetworkOffer {
    const NAME: &'static str = "network offer";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::PutForward(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        match command {
            Command::PutForward(offer) if self.offered.is_none() => {
                let record = offer.place.record(Kind::NetworkOffer).of_network(offer.network);
                (Action::PutForwardOffer, record)
            }
            Command::PutForward(_) => (Action::PutForwardOffer, self.as_record()),
            Command::Withdraw => (Action::WithdrawOffer, self.as_record()),
        }
    }
}

//! Network offers, and how schools take them up.

use api::{
    catalogue::v1::{self as pb, SchoolTerm},
    common::v1::RoleGroup,
    ids::{NetworkId, NetworkOfferId, TrustId, Urn},
};
use identity::{Kind, Record};
use service::{Call, Error, Loaded, Plan, Query, Violations};
use uuid::Uuid;

use super::{Asked, NOTE, PENCE, Planning, TITLE, YEARS, focus_areas, free_text, given, today};
use crate::planning::{
    index::{Filter, Listed, Schools},
    network_offer::{Command, NetworkOffer, PutForward},
    offer_uptake::{self, OfferUptake, TakeUp},
};

/// Most places of one offer.
const PLACES: std::ops::RangeInclusive<i32> = 1..=1_000;
/// Most role groups that anything is for.
const ROLE_GROUPS: usize = 10;

pub(super) async fn put_forward(edge: &Planning, call: &Call<pb::PutForwardOfferRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<NetworkOfferId>("offer_id", &message.offer_id),
        violations.id::<NetworkId>("network_id", &message.network_id),
        violations.id::<Urn>("urn", &message.urn),
        violations.number("year", message.year, YEARS),
        violations.choice::<SchoolTerm>("term", message.term),
        violations.text("title", &message.title, TITLE),
        focus_areas(&mut violations, &message.focus_areas),
        violations.list(
            "role_groups",
            &message.role_groups,
            ROLE_GROUPS,
            |violations, path, group| violations.choice::<RoleGroup>(path, *group),
        ),
        violations.number("places", message.places, PLACES),
        violations.number("cost_pence", message.cost_pence, PENCE),
        free_text(&mut violations, "description", &message.description, NOTE),
    );
    let (id, network, urn, year, term, title, focus_areas, role_groups, places, cost_pence, description) =
        violations.all(parts)?;
    let place = edge.school("urn", urn, call.today()).await?;
    must_take_part(edge, network, urn).await?;
    let offer = PutForward {
        place,
        network,
        year,
        term,
        title,
        focus_areas,
        role_groups,
        places,
        cost_pence,
        description,
    };
    let id = id.unwrap_or_else(|| NetworkOfferId(Uuid::now_v7()));
    Ok(Plan::of::<NetworkOffer>(id, Command::PutForward(offer)))
}

pub(super) async fn withdraw(_: &Planning, call: &Call<pb::WithdrawOfferRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<NetworkOfferId>("offer_id", &call.message.offer_id);
    let (id,) = violations.all((id,))?;
    Ok(Plan::of::<NetworkOffer>(id, Command::Withdraw))
}

pub(super) async fn take_up(edge: &Planning, call: &Call<pb::TakeUpOfferRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<NetworkOfferId>("offer_id", &message.offer_id),
        violations.id::<Urn>("urn", &message.urn),
        violations.number("places", message.places, PLACES),
    );
    let (id, urn, places) = violations.all(parts)?;
    let place = edge.school("urn", urn, call.today()).await?;
    // Whoever is of no school of the network cannot tell an offer from none.
    let missing = || Error::invalid("offer_id", format!("there is no offer {id} for school {urn}"));
    let offer = edge.commands.load::<NetworkOffer>(id).await?.ok_or_else(missing)?.state;
    must_take_part(edge, offer.network, urn).await.map_err(|_| missing())?;
    let (taken, _) = edge.index.places_taken(id, None).await?;
    let take_up = TakeUp {
        place,
        offer: id,
        network: offer.network,
        offered_by: offer.place.urn,
        withdrawn_on: offer.withdrawn_on,
        places,
        places_left: offer.offered.map_or(0, |offered| offered.places).saturating_sub(taken),
    };
    let command = offer_uptake::Command::TakeUp(take_up);
    Ok(Plan::of::<OfferUptake>(OfferUptake::id_of(id, urn), command))
}

pub(super) async fn cancel(_: &Planning, call: &Call<pb::CancelUptakeRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let parts = (
        violations.id::<NetworkOfferId>("offer_id", &call.message.offer_id),
        violations.id::<Urn>("urn", &call.message.urn),
    );
    let (id, urn) = violations.all(parts)?;
    let uptake = OfferUptake::id_of(id, urn);
    Ok(Plan::of::<OfferUptake>(uptake, offer_uptake::Command::Cancel))
}

/// A school of the network, today. The roster may be a moment behind, so a miss is looked at twice.
async fn must_take_part(edge: &Planning, network: NetworkId, urn: Urn) -> Result<(), Error> {
    let takes_part = || {
        let register = edge.roster().read();
        let network = register.network(network);
        network.is_some_and(|network| network.schools_on(today()).any(|school| school == urn))
    };
    if takes_part() {
        return Ok(());
    }
    edge.roster().catch_up().await?;
    match takes_part() {
        true => Ok(()),
        false => Err(Error::invalid(
            "network_id",
            format!("school {urn} does not take part in network {network}"),
        )),
    }
}

/// The shelf of a network, as seen from one of its schools or by whoever leads it.
pub(super) async fn list(
    edge: &Planning,
    query: &Query<pb::ListNetworkOffersRequest>,
) -> Result<pb::ListNetworkOffersResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<NetworkId>("network_id", &message.network_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        violations.optional_choice::<SchoolTerm>("term", message.term),
    );
    let (network, urn, term) = violations.all(parts)?;
    let shelf = match urn {
        Some(urn) => {
            let place = edge.school("urn", urn, today()).await?;
            must_take_part(edge, network, urn).await?;
            place.record(Kind::NetworkOffer).of_network(network)
        }
        None => Record::new(Kind::NetworkOffer, TrustId::default()).of_network(network),
    };
    edge.may_read(&query.actor, &shelf).await?;
    let filter = Filter {
        schools: Schools::Any,
        state: Some(1),
        class: term.map(i32::from),
        year: Some(message.year).filter(|year| *year != 0),
        focus_area: given(&message.focus_area),
        ..Filter::of(Listed::NetworkOffer, network)
    };
    let asked = Asked {
        method: "ListNetworkOffers",
        page_size: message.page_size,
        page_token: &message.page_token,
    };
    let parameters = pb::ListNetworkOffersRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let record = |_: &NetworkOffer| shelf.clone();
    let found = edge.page(&query.actor, asked, &parameters, &filter, record).await?;
    let mut offers = Vec::with_capacity(found.entries.len());
    for (id, loaded) in &found.entries {
        offers.push(show(edge, NetworkOfferId(*id), loaded, urn).await?);
    }
    Ok(pb::ListNetworkOffersResponse {
        offers,
        next_page_token: found.next_page_token,
    })
}

async fn show(
    edge: &Planning,
    id: NetworkOfferId,
    loaded: &Loaded<NetworkOffer>,
    reader: Option<Urn>,
) -> Result<pb::NetworkOfferDetails, Error> {
    let offer = &loaded.state;
    let offered = offer.offered.clone().unwrap_or_default();
    let (places_taken, places_here) = edge.index.places_taken(id, reader).await?;
    Ok(pb::NetworkOfferDetails {
        offer_id: id.into(),
        network_id: offered.network_id,
        urn: offered.urn,
        year: offered.year,
        term: offered.term,
        title: offered.title,
        focus_areas: offered.focus_areas,
        role_groups: offered.role_groups,
        places: offered.places,
        places_taken,
        cost_pence: offered.cost_pence,
        description: edge.text(offer.place.trust, offered.description.as_ref()).await?,
        places_here,
        version: loaded.version.0,
    })
}

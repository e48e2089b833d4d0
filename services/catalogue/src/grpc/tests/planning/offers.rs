use api::ids::PersonId;
use estate::{NETWORK, NETWORK_LEAD, OTHER_HEAD, STRANGE_SCHOOL, TRUST_LEADER};
use pb::SchoolTerm;

use super::*;

impl World {
    async fn shelf(&self, by: PersonId, urn: &str, term: SchoolTerm) -> Result<Vec<pb::NetworkOfferDetails>, Status> {
        let request = pb::ListNetworkOffersRequest {
            network_id: NETWORK.to_string(),
            urn: urn.into(),
            year: 2023,
            term: term.into(),
            ..Default::default()
        };
        Ok(query!(self, by, list_network_offers(request))?.offers)
    }

    async fn put_forward(&self, by: PersonId, year: i32, places: i32) -> Result<String, Status> {
        let offered = command!(
            self,
            by,
            "2023-09-06",
            put_forward_offer(PutForwardOfferRequest {
                network_id: NETWORK.to_string(),
                urn: OTHER_SCHOOL.into(),
                year: year,
                term: SchoolTerm::Autumn.into(),
                title: "Reading aloud".into(),
                focus_areas: vec!["reading".into()],
                places: places,
                cost_pence: 2_500,
                description: "three twilights".into(),
            })
        );
        Ok(offered?.id)
    }

    async fn take_up(&self, by: PersonId, urn: &str, offer: &str, places: i32) -> Result<(), Status> {
        let taken = command!(
            self,
            by,
            "2023-09-11",
            take_up_offer(TakeUpOfferRequest {
                offer_id: offer.into(),
                urn: urn.into(),
                places: places,
            })
        );
        taken.map(|_| ())
    }
}

#[tokio::test]
async fn the_shelf_of_a_network_is_for_its_schools() {
    shelf(World::running().await).await;
    shelf(World::running_on_postgres().await).await;
}

async fn shelf(world: World) {
    let autumn = SchoolTerm::Autumn;
    let offer = world.put_forward(OTHER_LEAD, 2023, 10).await.unwrap();
    let too_many = world.take_up(HEAD, SCHOOL, &offer, 11).await;
    refused(too_many, "NOT_ENOUGH_PLACES", "places");
    refused(
        world.take_up(OTHER_HEAD, OTHER_SCHOOL, &offer, 1).await,
        "OWN_OFFER",
        "urn",
    );
    denied(world.take_up(COLLEAGUE, SCHOOL, &offer, 1).await);
    denied(world.take_up(HEAD, STRANGE_SCHOOL, &offer, 1).await);
    world.take_up(HEAD, SCHOOL, &offer, 4).await.unwrap();
    let twice = world.take_up(CPD_LEAD, SCHOOL, &offer, 1).await;
    assert_eq!(reason(twice.unwrap_err()), "OFFER_TAKEN_UP_ALREADY");
    // Staff of a school of another trust see it too, and whoever leads the network, who sees how many will come.
    for (who, urn, here) in [
        (TEACHER, SCHOOL, 4),
        (STRANGER, STRANGE_SCHOOL, 0),
        (NETWORK_LEAD, "", 0),
    ] {
        let shown = world.shelf(who, urn, autumn).await.unwrap();
        assert_eq!(shown.len(), 1);
        assert_eq!(
            (shown[0].places, shown[0].places_taken, shown[0].places_here),
            (10, 4, here)
        );
        assert_eq!(shown[0].description, "three twilights");
    }
    denied(world.shelf(STRANGER, "", autumn).await);
    denied(world.shelf(STRANGER, SCHOOL, autumn).await);
    assert_eq!(world.shelf(TEACHER, SCHOOL, SchoolTerm::Summer).await.unwrap(), []);
    let reading = pb::ListNetworkOffersRequest {
        network_id: NETWORK.to_string(),
        urn: SCHOOL.into(),
        focus_area: "reading".into(),
        page_size: 1,
        ..Default::default()
    };
    assert_eq!(
        query!(world, TEACHER, list_network_offers(reading))
            .unwrap()
            .offers
            .len(),
        1
    );

    let cancel = || async {
        command!(
            world,
            HEAD,
            "2023-09-20",
            cancel_uptake(CancelUptakeRequest {
                offer_id: offer.clone(),
                urn: SCHOOL.into(),
            })
        )
    };
    cancel().await.unwrap();
    refused(cancel().await, "OFFER_NOT_TAKEN_UP", "offer_id");
    assert_eq!(world.shelf(TEACHER, SCHOOL, autumn).await.unwrap()[0].places_taken, 0);
    let withdrawn = command!(
        world,
        OTHER_HEAD,
        "2023-09-21",
        withdraw_offer(WithdrawOfferRequest {
            offer_id: offer.clone(),
        })
    );
    withdrawn.unwrap();
    assert_eq!(world.shelf(TEACHER, SCHOOL, autumn).await.unwrap(), []);
    refused(
        world.take_up(HEAD, SCHOOL, &offer, 1).await,
        "OFFER_WITHDRAWN",
        "offer_id",
    );
}

#[tokio::test]
async fn an_offer_is_put_forward_by_those_who_answer_for_its_school() {
    let world = World::running().await;
    denied(world.put_forward(HEAD, 2023, 10).await);
    denied(world.put_forward(OTHER_TEACHER, 2023, 10).await);
    refused(world.put_forward(OTHER_HEAD, 2021, 10).await, "TERM_IS_OVER", "term");
    invalid(world.put_forward(OTHER_HEAD, 2023, 0).await, &["places"]);
    world.put_forward(TRUST_LEADER, 2023, 10).await.unwrap();
    invalid(world.take_up(HEAD, SCHOOL, &request_id(), 1).await, &["offer_id"]);
}

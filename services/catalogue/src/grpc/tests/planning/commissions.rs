use api::ids::PersonId;
use estate::{GOVERNOR, TRUST, TRUST_LEADER};
use pb::{CommissionState, NeedState};

use super::*;

impl World {
    /// The lead of professional development orders a course, in September 2023.
    async fn commission(&self, needs: &[&str], provider: &str, expertise: &str) -> Result<String, Status> {
        let offered = command!(
            self,
            CPD_LEAD,
            "2023-09-11",
            offer_commission(OfferCommissionRequest {
                urn: SCHOOL.into(),
                need_ids: needs.iter().map(ToString::to_string).collect(),
                provider_id: provider.into(),
                expertise_id: expertise.into(),
                title: "Modelling in science".into(),
                focus_areas: vec!["modelling".into()],
                cost_pence: 40_000,
                by_on: "2024-01-31".into(),
                brief: "six twilights".into(),
            })
        );
        Ok(offered?.id)
    }

    async fn accept(&self, by: PersonId, id: &str) -> Result<(), Status> {
        let accepted = command!(
            self,
            by,
            "2023-09-12",
            accept_commission(AcceptCommissionRequest {
                commission_id: id.into(),
            })
        );
        accepted.map(|_| ())
    }

    async fn commissions(&self, by: PersonId, search: pb::ListCommissionsRequest) -> Result<Vec<String>, Status> {
        let reply = query!(self, by, list_commissions(search))?;
        let commissions = reply.commissions.into_iter();
        Ok(commissions.map(|commission| commission.commission_id).collect())
    }
}

#[tokio::test]
async fn what_is_commissioned_is_accepted_and_delivered() {
    deliver(World::running().await).await;
    deliver(World::running_on_postgres().await).await;
}

async fn deliver(world: World) {
    let need = world.need_of_team().await;
    let provider = world.provider("Northern Science").await;
    let id = world.commission(&[&need], &provider, "").await.unwrap();
    assert_eq!(world.need(&need).await.state(), NeedState::Commissioned);
    let twice = world.commission(&[&need], &provider, "").await;
    refused(twice, "NEED_COMMISSIONED_ALREADY", "need_ids");
    let deliver = |activity: String| {
        let (world, id) = (&world, id.clone());
        async move {
            command!(
                world,
                CPD_LEAD,
                "2024-01-20",
                deliver_commission(DeliverCommissionRequest {
                    commission_id: id,
                    on: "2024-01-19".into(),
                    activity_id: activity,
                    cost_pence: 38_500,
                })
            )
        }
    };
    let early = deliver(String::new()).await;
    assert_eq!(reason(early.unwrap_err()), "COMMISSION_NOT_ACCEPTED");
    denied(world.accept(COLLEAGUE, &id).await);
    world.accept(HEAD, &id).await.unwrap();
    invalid(deliver(request_id()).await, &["activity_id"]);
    let activity = world.published(|_| {}).await;
    deliver(activity.clone()).await.unwrap();
    let seen = world.need(&need).await;
    assert_eq!((seen.state(), seen.ended_on.as_str()), (NeedState::Met, "2024-01-19"));

    let get = pb::GetCommissionRequest {
        commission_id: id.clone(),
    };
    let seen = query!(world, GOVERNOR, get_commission(get.clone()))
        .unwrap()
        .commission
        .unwrap();
    assert_eq!((seen.state(), seen.cost_pence), (CommissionState::Delivered, 38_500));
    assert_eq!((seen.activity_id, seen.brief.as_str()), (activity, "six twilights"));
    denied(query!(world, COLLEAGUE, get_commission(get)));
    let here = pb::ListCommissionsRequest {
        urn: SCHOOL.into(),
        state: CommissionState::Delivered.into(),
        ..Default::default()
    };
    assert_eq!(
        world.commissions(CPD_LEAD, here.clone()).await.unwrap(),
        std::slice::from_ref(&id)
    );
    denied(world.commissions(COLLEAGUE, here.clone()).await);
    let open = pb::ListCommissionsRequest {
        state: CommissionState::Offered.into(),
        ..here
    };
    assert_eq!(world.commissions(CPD_LEAD, open).await.unwrap(), Vec::<String>::new());
    let of_trust = pb::ListCommissionsRequest {
        trust_id: TRUST.to_string(),
        ..Default::default()
    };
    assert_eq!(world.commissions(TRUST_LEADER, of_trust).await.unwrap(), [id]);
}

#[tokio::test]
async fn an_expert_answers_for_themselves_and_a_need_that_is_let_go_is_open_again() {
    let world = World::running().await;
    let need = world.need_of_team().await;
    let expertise = world.expertise(OTHER_TEACHER).await.unwrap();
    let id = world.commission(&[&need], "", &expertise).await.unwrap();
    denied(world.accept(COLLEAGUE, &id).await);
    world.accept(OTHER_TEACHER, &id).await.unwrap();
    let get = pb::GetCommissionRequest {
        commission_id: id.clone(),
    };
    let seen = query!(world, OTHER_TEACHER, get_commission(get)).unwrap();
    assert_eq!(seen.commission.unwrap().expert_id, OTHER_TEACHER.to_string());
    let declined = command!(
        world,
        OTHER_TEACHER,
        "2023-09-20",
        decline_commission(DeclineCommissionRequest {
            commission_id: id.clone(),
        })
    );
    declined.unwrap();
    assert_eq!(world.need(&need).await.state(), NeedState::Open);

    let again = world.commission(&[&need], "", &expertise).await.unwrap();
    let cancel = |reason: &'static str| {
        let (world, again) = (&world, again.clone());
        async move {
            command!(
                world,
                HEAD,
                "2023-09-21",
                cancel_commission(CancelCommissionRequest {
                    commission_id: again,
                    reason: reason.into(),
                })
            )
        }
    };
    invalid(cancel("").await, &["reason"]);
    cancel("no money").await.unwrap();
    assert_eq!(reason(cancel("no money").await.unwrap_err()), "COMMISSION_OVER");
    assert_eq!(world.need(&need).await.state(), NeedState::Open);
}

#[tokio::test]
async fn a_commission_meets_a_need_and_is_ordered_from_somebody() {
    let world = World::running().await;
    let need = world.need_of_team().await;
    let provider = world.provider("Northern Science").await;
    let expertise = world.expertise(OTHER_TEACHER).await.unwrap();
    let without = world.commission(&[], &provider, "").await;
    refused(without, "COMMISSION_WITHOUT_NEED", "need_ids");
    let unknown = world.commission(&[&request_id()], &provider, "").await;
    invalid(unknown, &["need_ids[0]"]);
    refused(
        world.commission(&[&need], "", "").await,
        "COMMISSION_FROM_NOBODY",
        "provider_id",
    );
    let both = world.commission(&[&need], &provider, &expertise).await;
    refused(both, "COMMISSION_FROM_TWO", "expertise_id");
    invalid(world.commission(&[&need], &request_id(), "").await, &["provider_id"]);
    invalid(world.commission(&[&need], "", &request_id()).await, &["expertise_id"]);
    assert_eq!(world.need(&need).await.state(), NeedState::Open);
}

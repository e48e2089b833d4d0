//! The service in a trust in a box.

use std::ops::Deref;

use api::{
    coaching::v1::{
        career_plan_service_client::CareerPlanServiceClient, coaching_ask_service_client::CoachingAskServiceClient,
        enquiry_service_client::EnquiryServiceClient, journal_service_client::JournalServiceClient,
        partnership_service_client::PartnershipServiceClient,
    },
    common::v1::{Purpose, SupportKind},
    ids::{FollowUpId, PersonId, PromiseId},
    observations::v1 as observations,
};
use estate::{CPD_LEAD, Estate, SCHOOL, TRUST};
use eventstore::Position;
use service::page::Pager;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::{Deps, NAME, Service, index::Index};

/// The one promise of [`World::promised`].
pub(crate) const PROMISE: PromiseId = PromiseId(Uuid::from_u128(500));

pub(crate) struct World {
    estate: Estate,
}

impl Deref for World {
    type Target = Estate;

    fn deref(&self) -> &Estate {
        &self.estate
    }
}

impl World {
    /// With the service served and running.
    pub(crate) async fn running() -> Self {
        Self::run(Self::still().await).await
    }

    /// As [`Self::running`], with the service's own tables on PostgreSQL.
    pub(crate) async fn running_on_postgres() -> Self {
        Self::run(Self::still_on_postgres().await).await
    }

    async fn run(world: Self) -> Self {
        let service = Service::open(world.deps()).await.unwrap();
        world.serve(service.register(world.server())).await;
        tokio::spawn(service.run(world.shutdown.clone()));
        world
    }

    /// With nothing running yet.
    pub(crate) async fn still() -> Self {
        let estate = Estate::new(NAME).await;
        Self { estate }
    }

    /// As [`Self::still`], with the service's own tables on PostgreSQL.
    pub(crate) async fn still_on_postgres() -> Self {
        let estate = Estate::on_postgres(NAME).await;
        Self { estate }
    }

    pub(crate) fn deps(&self) -> Deps {
        Deps {
            commands: self.commands.clone(),
            db: self.db.clone(),
            index: self.index.clone(),
            pager: Pager::ephemeral(),
            directory: self.source("directory"),
            observations: self.source("observations"),
        }
    }

    /// The index, kept up to date.
    pub(crate) async fn indexed(&self) -> Index {
        let (index, runner) = Index::open(&self.index, self.source(NAME), self.source("observations"))
            .await
            .unwrap();
        tokio::spawn(runner.run(self.shutdown.clone()));
        index
    }

    /// Something befalls a follow-up in the observations service.
    pub(crate) async fn observed(
        &self,
        follow_up: FollowUpId,
        event: impl Into<observations::FollowUpEvent>,
    ) -> Position {
        self.record::<observations::FollowUpEvent>("observations", follow_up, event)
            .await
    }

    /// Somebody agrees a follow-up there, in which this is promised.
    pub(crate) async fn promised(&self, person: PersonId, support: Option<SupportKind>) -> FollowUpId {
        let id = FollowUpId(Uuid::now_v7());
        let promise = |kind: SupportKind| observations::Promise {
            promise_id: PROMISE.to_string(),
            kind: kind.into(),
            ..Default::default()
        };
        let agreed = observations::FollowUpAgreed {
            urn: SCHOOL.into(),
            trust_id: TRUST.to_string(),
            person_id: person.to_string(),
            owner_id: CPD_LEAD.to_string(),
            focus_areas: vec!["questioning".into()],
            promises: support.map(promise).into_iter().collect(),
            purpose: Purpose::Developmental.into(),
            agreed_on: "2025-10-01".into(),
            due_on: "2025-11-12".into(),
            ..Default::default()
        };
        self.observed(id, agreed).await;
        id
    }

    /// Somebody agrees a follow-up there, in which nothing is promised.
    pub(crate) async fn follow_up(&self, person: PersonId) -> FollowUpId {
        self.promised(person, None).await
    }

    pub(crate) fn partnerships(&self) -> PartnershipServiceClient<Channel> {
        PartnershipServiceClient::new(self.channel())
    }

    pub(crate) fn enquiries(&self) -> EnquiryServiceClient<Channel> {
        EnquiryServiceClient::new(self.channel())
    }

    pub(crate) fn career_plans(&self) -> CareerPlanServiceClient<Channel> {
        CareerPlanServiceClient::new(self.channel())
    }

    pub(crate) fn journals(&self) -> JournalServiceClient<Channel> {
        JournalServiceClient::new(self.channel())
    }

    pub(crate) fn asks(&self) -> CoachingAskServiceClient<Channel> {
        CoachingAskServiceClient::new(self.channel())
    }
}

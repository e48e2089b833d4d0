//! The service in a trust in a box.

use std::ops::Deref;

use api::{
    appraisal::v1::{
        appraisal_service_client::AppraisalServiceClient, cycle_service_client::CycleServiceClient,
        pay_recommendation_service_client::PayRecommendationServiceClient,
    },
    common::v1::Purpose,
    directory::v1 as directory,
    ids::{AppraisalId, FollowUpId, PersonId},
    observations::v1 as observations,
};
use estate::{Estate, HEAD, SCHOOL};
use eventstore::Position;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::{Deps, NAME, Service, appraisal::Appraisal, index::Index, reactions::Reactions};

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
        let world = Self::still().await;
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
            directory: self.source("directory"),
            observations: self.source("observations"),
        }
    }

    /// The index, kept up to date, and the reactions, which nobody runs.
    pub(crate) async fn reactions(&self) -> (Index, Reactions) {
        let (index, runner) = Index::open(&self.index, self.source(NAME), self.source("observations"))
            .await
            .unwrap();
        tokio::spawn(runner.run(self.shutdown.clone()));
        let reactions = Reactions::open(
            self.commands.clone(),
            index.clone(),
            self.source("directory"),
            self.db.clone(),
        )
        .await
        .unwrap();
        (index, reactions)
    }

    pub(crate) async fn appraiser(&self, person: PersonId, appraiser: PersonId, from_on: &str) -> Position {
        let appraiser_id = appraiser.to_string();
        self.person(
            person,
            directory::AppraiserAssigned {
                appraiser_id,
                from_on: from_on.into(),
            },
        )
        .await
    }

    /// Somebody agrees a follow-up in the observations service.
    pub(crate) async fn follow_up(&self, person: PersonId) -> FollowUpId {
        let id = FollowUpId(Uuid::now_v7());
        let agreed = observations::FollowUpAgreed {
            urn: SCHOOL.into(),
            person_id: person.to_string(),
            owner_id: HEAD.to_string(),
            purpose: Purpose::Developmental.into(),
            agreed_on: "2023-10-02".into(),
            due_on: "2023-11-13".into(),
            ..Default::default()
        };
        self.record::<observations::FollowUpEvent>("observations", id, agreed)
            .await;
        id
    }

    pub(crate) fn cycles(&self) -> CycleServiceClient<Channel> {
        CycleServiceClient::new(self.channel())
    }

    pub(crate) fn appraisals(&self) -> AppraisalServiceClient<Channel> {
        AppraisalServiceClient::new(self.channel())
    }

    pub(crate) fn pay(&self) -> PayRecommendationServiceClient<Channel> {
        PayRecommendationServiceClient::new(self.channel())
    }

    /// The appraisal, once it is as expected.
    pub(crate) async fn until(&self, id: AppraisalId, expected: impl Fn(&Appraisal) -> bool) -> Appraisal {
        self.estate.until(id, expected).await
    }

    /// The appraisal as it is now.
    pub(crate) async fn appraisal(&self, id: AppraisalId) -> Appraisal {
        self.get(id).await
    }
}

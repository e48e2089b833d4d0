//! The service in a trust in a box.

use std::ops::Deref;

use api::{
    appraisal::v1 as appraisal,
    common::v1::Purpose,
    ids::{AppraisalId, FollowUpId, ObservationId},
    observations::v1::{
        FollowUpAgreed, FollowUpEvent, follow_up_service_client::FollowUpServiceClient,
        learning_walk_service_client::LearningWalkServiceClient, observation_service_client::ObservationServiceClient,
    },
};
use estate::{Estate, OBSERVER, SCHOOL, TEACHER, TRUST};
use eventstore::Position;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::{
    Deps, NAME, Service,
    follow_up::FollowUp,
    index::Index,
    reactions::{Reactions, Sources},
};

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

    fn deps(&self) -> Deps {
        Deps {
            commands: self.commands.clone(),
            db: self.db.clone(),
            index: self.index.clone(),
            directory: self.source("directory"),
            appraisal: self.source("appraisal"),
            catalogue: self.source("catalogue"),
            coaching: self.source("coaching"),
        }
    }

    /// The index, kept up to date, and the reactions, which nobody runs.
    pub(crate) async fn reactions(&self) -> (Index, Reactions) {
        let (index, runner) = Index::open(&self.index, self.source(NAME)).await.unwrap();
        tokio::spawn(runner.run(self.shutdown.clone()));
        let sources = Sources {
            own: self.source(NAME),
            directory: self.source("directory"),
            appraisal: self.source("appraisal"),
            catalogue: self.source("catalogue"),
            coaching: self.source("coaching"),
        };
        let reactions = Reactions::open(self.commands.clone(), index.clone(), sources, self.db.clone())
            .await
            .unwrap();
        (index, reactions)
    }

    /// An appraisal that spoke of follow-ups closes.
    pub(crate) async fn close_appraisal(&self, appraisal: AppraisalId, follow_ups: &[FollowUpId]) -> Position {
        let follow_up_ids = follow_ups.iter().map(ToString::to_string).collect();
        let closed = appraisal::AppraisalClosed {
            on: "2024-07-12".into(),
            follow_up_ids,
        };
        self.record::<appraisal::AppraisalEvent>("appraisal", appraisal, closed)
            .await
    }

    /// A follow-up of the teacher, owed by the observer, as it was recorded.
    pub(crate) async fn follow_up(&self, change: impl FnOnce(&mut FollowUpAgreed)) -> FollowUpId {
        let id = FollowUpId(Uuid::now_v7());
        let mut agreed = FollowUpAgreed {
            observation_id: ObservationId(Uuid::now_v7()).to_string(),
            trust_id: TRUST.to_string(),
            urn: SCHOOL.into(),
            person_id: TEACHER.to_string(),
            owner_id: OBSERVER.to_string(),
            observer_ids: vec![OBSERVER.to_string()],
            purpose: Purpose::Developmental.into(),
            focus_areas: vec!["questioning".into()],
            agreed_on: "2023-10-02".into(),
            due_on: "2023-11-13".into(),
            ..Default::default()
        };
        change(&mut agreed);
        self.record::<FollowUpEvent>(NAME, id, agreed).await;
        id
    }

    /// Something happens to a follow-up.
    pub(crate) async fn happens(&self, id: FollowUpId, event: impl Into<FollowUpEvent>) -> Position {
        self.record::<FollowUpEvent>(NAME, id, event).await
    }

    pub(crate) fn observations(&self) -> ObservationServiceClient<Channel> {
        ObservationServiceClient::new(self.channel())
    }

    pub(crate) fn follow_ups(&self) -> FollowUpServiceClient<Channel> {
        FollowUpServiceClient::new(self.channel())
    }

    pub(crate) fn walks(&self) -> LearningWalkServiceClient<Channel> {
        LearningWalkServiceClient::new(self.channel())
    }

    /// The follow-up, once it is as expected.
    pub(crate) async fn until(&self, id: FollowUpId, expected: impl Fn(&FollowUp) -> bool) -> FollowUp {
        self.estate.until(id, expected).await
    }

    /// The follow-up as it is now.
    pub(crate) async fn get(&self, id: FollowUpId) -> FollowUp {
        self.estate.get(id).await
    }
}

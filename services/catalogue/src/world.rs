//! The service in a trust in a box.

use std::ops::Deref;

use api::{
    catalogue::v1::{
        self as pb, activity_service_client::ActivityServiceClient, learning_service_client::LearningServiceClient,
        planning_service_client::PlanningServiceClient, session_service_client::SessionServiceClient,
    },
    common::v1::{Purpose, Recorded},
    ids::{FollowUpId, ObservationId, PersonId},
    observations::v1::{FollowUpAgreed, FollowUpEvent, Promise},
};
use estate::{CPD_LEAD, Estate, OBSERVER, SCHOOL, TEACHER, TRUST, noon, request_id};
use service::page::Pager;
use tonic::{Status, transport::Channel};
use uuid::Uuid;

use crate::{Deps, NAME, Service, reactions::Reactions};

pub(crate) struct World {
    estate: Estate,
    /// As they run: to be asked as well.
    pub(crate) reactions: Reactions,
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
        Self::serving(Estate::new(NAME).await).await
    }

    /// As [`Self::running`], with the service's own tables on PostgreSQL.
    pub(crate) async fn running_on_postgres() -> Self {
        Self::serving(Estate::on_postgres(NAME).await).await
    }

    async fn serving(estate: Estate) -> Self {
        let service = Service::open(deps(&estate)).await.unwrap();
        let world = Self {
            estate,
            reactions: service.reactions.clone(),
        };
        world.serve(service.register(world.server())).await;
        tokio::spawn(service.run(world.shutdown.clone()));
        world
    }

    pub(crate) fn activities(&self) -> ActivityServiceClient<Channel> {
        ActivityServiceClient::new(self.channel())
    }

    pub(crate) fn sessions(&self) -> SessionServiceClient<Channel> {
        SessionServiceClient::new(self.channel())
    }

    pub(crate) fn learning(&self) -> LearningServiceClient<Channel> {
        LearningServiceClient::new(self.channel())
    }

    pub(crate) fn planning(&self) -> PlanningServiceClient<Channel> {
        PlanningServiceClient::new(self.channel())
    }

    /// A follow-up of the teacher, its support owed by the observer, as it was agreed.
    pub(crate) async fn follow_up(&self) -> FollowUpId {
        self.follow_up_with(Vec::new()).await
    }

    /// As [`Self::follow_up`], with what was promised.
    pub(crate) async fn follow_up_with(&self, promises: Vec<Promise>) -> FollowUpId {
        let id = FollowUpId(Uuid::now_v7());
        let agreed = FollowUpAgreed {
            promises,
            observation_id: ObservationId(Uuid::now_v7()).to_string(),
            trust_id: TRUST.to_string(),
            urn: SCHOOL.into(),
            person_id: TEACHER.to_string(),
            owner_id: OBSERVER.to_string(),
            purpose: Purpose::Developmental.into(),
            focus_areas: vec!["questioning".into()],
            agreed_on: "2023-10-02".into(),
            due_on: "2023-11-13".into(),
            ..Default::default()
        };
        self.record::<FollowUpEvent>("observations", id, agreed).await;
        id
    }

    /// The lead of professional development publishes an activity of the school.
    pub(crate) async fn published(&self, change: impl FnOnce(&mut pb::OfferingText)) -> String {
        let mut offering = offering();
        change(&mut offering);
        self.publish(CPD_LEAD, SCHOOL, offering).await.unwrap().id
    }

    pub(crate) async fn publish(
        &self,
        by: PersonId,
        urn: &str,
        offering: pb::OfferingText,
    ) -> Result<Recorded, Status> {
        let request = pb::PublishActivityRequest {
            request_id: request_id(),
            occurred_at: noon("2023-09-04"),
            trust_id: TRUST.to_string(),
            urn: urn.into(),
            offering: Some(offering),
            ..Default::default()
        };
        let reply = self.activities().publish_activity(self.by(by, request)).await?;
        Ok(reply.into_inner().recorded.unwrap())
    }

    /// The lead of professional development offers a session, on 10 October 2023 unless changed.
    pub(crate) async fn offered(&self, activity: &str, change: impl FnOnce(&mut pb::OfferSessionRequest)) -> String {
        let mut request = pb::OfferSessionRequest {
            request_id: request_id(),
            occurred_at: noon("2023-09-05"),
            activity_id: activity.into(),
            on: "2023-10-10".into(),
            starts_at: "15:45".into(),
            ..Default::default()
        };
        change(&mut request);
        let reply = self.sessions().offer_session(self.by(CPD_LEAD, request)).await.unwrap();
        reply.into_inner().recorded.unwrap().id
    }

    /// Somebody books for themselves, in September 2023.
    pub(crate) async fn book(&self, by: PersonId, session: &str) -> Result<String, Status> {
        let booking_id = Uuid::now_v7().to_string();
        let request = pb::BookPlaceRequest {
            booking_id: booking_id.clone(),
            ..booking(session)
        };
        self.sessions().book_place(self.by(by, request)).await?;
        Ok(booking_id)
    }

    pub(crate) async fn see_session(&self, by: PersonId, session: &str) -> pb::Session {
        let request = pb::GetSessionRequest {
            session_id: session.into(),
        };
        let reply = self.sessions().get_session(self.by(by, request)).await.unwrap();
        reply.into_inner().session.unwrap()
    }

    pub(crate) async fn see_learning(&self, by: PersonId, person: PersonId) -> Result<pb::LearningRecord, Status> {
        let request = pb::GetLearningRecordRequest {
            person_id: person.to_string(),
            ..Default::default()
        };
        let reply = self.learning().get_learning_record(self.by(by, request)).await?;
        Ok(reply.into_inner().record.unwrap())
    }
}

fn deps(estate: &Estate) -> Deps {
    Deps {
        commands: estate.commands.clone(),
        db: estate.db.clone(),
        index: estate.index.clone(),
        pager: Pager::ephemeral(),
        directory: estate.source("directory"),
        observations: estate.source("observations"),
        appraisal: estate.source("appraisal"),
        coaching: estate.source("coaching"),
    }
}

pub(crate) fn booking(session: &str) -> pb::BookPlaceRequest {
    pb::BookPlaceRequest {
        request_id: request_id(),
        occurred_at: noon("2023-09-12"),
        session_id: session.into(),
        ..Default::default()
    }
}

/// A twilight on questioning: twenty places, an hour, nothing to pay.
pub(crate) fn offering() -> pb::OfferingText {
    pb::OfferingText {
        title: "Better questions".into(),
        kind: pb::ActivityKind::Twilight.into(),
        provider_kind: pb::ProviderKind::Internal.into(),
        focus_areas: vec!["questioning".into()],
        minutes: 60,
        capacity: 20,
        design: Some(pb::Design {
            weeks: 8,
            classroom_minutes: 30,
            with_colleague: true,
            specialist_input: true,
            follow_up_planned: true,
            evaluation_planned: true,
            mechanisms: vec!["modelling".into()],
            discrete_process: false,
        }),
        intended_impact: "Pupils explain their thinking".into(),
        impact_statements: vec!["I wait before I take an answer".into()],
        ..Default::default()
    }
}

//! The service in a trust in a box.

use std::ops::Deref;

use api::{
    catalogue::v1::{ActivityKind, HoursCredited, LearningRecordEvent},
    common::v1::{Purpose, RoleGroup},
    evaluation::v1::{
        evaluation_service_client::EvaluationServiceClient, feedback_service_client::FeedbackServiceClient,
        scorecard_service_client::ScorecardServiceClient, survey_service_client::SurveyServiceClient,
        value_service_client::ValueServiceClient,
    },
    ids::{ActivityId, FollowUpId, ObservationId, PersonId},
    observations::v1::{FollowUpAgreed, FollowUpEvent, FollowUpRevisited, RevisitOutcome},
};
use chrono::{Days, NaiveDate, Utc};
use estate::{Estate, SCHOOL, TEACHER, TRUST};
use eventstore::Position;
use identity::context::date_in_england;
use service::page::Pager;
use tonic::transport::Channel;
use uuid::Uuid;

use crate::{
    Deps, NAME, Service,
    ballot_box::BallotBox,
    index::Index,
    reactions::{Reactions, Sources},
};

/// What people take part in.
pub(crate) const ACTIVITY: ActivityId = ActivityId(Uuid::from_u128(500));

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
            pager: Pager::ephemeral(),
            catalogue: self.source("catalogue"),
            observations: self.source("observations"),
        }
    }

    pub(crate) async fn ballots(&self) -> BallotBox {
        BallotBox::open(self.db.clone(), self.commands.keys().clone())
            .await
            .unwrap()
    }

    /// The index, kept up to date, and the reactions, which nobody runs.
    pub(crate) async fn reactions(&self) -> (Index, Reactions) {
        let sources = Sources {
            own: self.source(NAME),
            catalogue: self.source("catalogue"),
            observations: self.source("observations"),
        };
        let (index, runner) = Index::open(
            &self.index,
            sources.own.clone(),
            sources.catalogue.clone(),
            sources.observations.clone(),
        )
        .await
        .unwrap();
        tokio::spawn(runner.run(self.shutdown.clone()));
        let (commands, ballots) = (self.commands.clone(), self.ballots().await);
        let reactions = Reactions::open(commands, index.clone(), ballots, sources, self.db.clone())
            .await
            .unwrap();
        (index, reactions)
    }

    /// Hours of questioning are credited to somebody.
    pub(crate) async fn credit(
        &self,
        person: PersonId,
        on: NaiveDate,
        change: impl FnOnce(&mut HoursCredited),
    ) -> Position {
        let mut credit = HoursCredited {
            credit_id: Uuid::now_v7().to_string(),
            person_id: person.to_string(),
            urn: SCHOOL.into(),
            trust_id: TRUST.to_string(),
            role_group: RoleGroup::ClassroomTeacher.into(),
            activity_id: ACTIVITY.to_string(),
            session_id: Uuid::from_u128(501).to_string(),
            kind: ActivityKind::Course.into(),
            on: on.to_string(),
            minutes: 90,
            focus_areas: vec!["questioning".into()],
            purpose: Purpose::Developmental.into(),
            ..HoursCredited::default()
        };
        change(&mut credit);
        self.record::<LearningRecordEvent>("catalogue", person, credit).await
    }

    /// A follow-up of the teacher about questioning.
    pub(crate) async fn follow_up(&self, purpose: Purpose) -> FollowUpId {
        let id = FollowUpId(Uuid::now_v7());
        let agreed = FollowUpAgreed {
            trust_id: TRUST.to_string(),
            urn: SCHOOL.into(),
            person_id: TEACHER.to_string(),
            purpose: purpose.into(),
            focus_areas: vec!["routines".into(), "questioning".into()],
            agreed_on: "2023-09-11".into(),
            due_on: "2023-11-13".into(),
            ..FollowUpAgreed::default()
        };
        self.record::<FollowUpEvent>("observations", id, agreed).await;
        id
    }

    /// A later observation looks at a follow-up again.
    pub(crate) async fn revisit(&self, id: FollowUpId, on: &str) -> Position {
        let revisited = FollowUpRevisited {
            observation_id: ObservationId(Uuid::now_v7()).to_string(),
            on: on.into(),
            outcome: RevisitOutcome::Embedded.into(),
        };
        self.record::<FollowUpEvent>("observations", id, revisited).await
    }

    pub(crate) fn evaluations(&self) -> EvaluationServiceClient<Channel> {
        EvaluationServiceClient::new(self.channel())
    }

    pub(crate) fn feedback(&self) -> FeedbackServiceClient<Channel> {
        FeedbackServiceClient::new(self.channel())
    }

    pub(crate) fn surveys(&self) -> SurveyServiceClient<Channel> {
        SurveyServiceClient::new(self.channel())
    }

    pub(crate) fn scorecard(&self) -> ScorecardServiceClient<Channel> {
        ScorecardServiceClient::new(self.channel())
    }

    pub(crate) fn value(&self) -> ValueServiceClient<Channel> {
        ValueServiceClient::new(self.channel())
    }
}

/// The day that it is.
pub(crate) fn today() -> NaiveDate {
    date_in_england(Utc::now())
}

/// So many days from now.
pub(crate) fn in_days(days: u64) -> String {
    today().checked_add_days(Days::new(days)).unwrap().to_string()
}

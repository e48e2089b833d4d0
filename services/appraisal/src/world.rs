//! A trust in a box: the service with real stores and feeds, a directory with a few people, and clients that sign in.

use std::{sync::Arc, time::Duration};

use api::{
    EventMessage,
    appraisal::v1::{
        appraisal_service_client::AppraisalServiceClient, cycle_service_client::CycleServiceClient,
        pay_recommendation_service_client::PayRecommendationServiceClient,
    },
    common::v1::{Purpose, RoleGroup},
    directory::v1 as directory,
    ids::{AppraisalId, EmploymentId, FollowUpId, PersonId},
    observations::v1 as observations,
};
use bytes::Bytes;
use db::Db;
use eventstore::{Append, EventStore, Kind, Metadata, NewEvent, Position, StreamAppend, StreamId, Version};
use feed::Source;
use identity::{Authenticator, Keys, Roster, issuer::Issuer, token::Verifier};
use projection::Home;
use prost_types::Timestamp;
use service::{Commands, Gate, Listen, Server, reads::ReadLog, server::Limits};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Request, transport::Channel};
use uuid::Uuid;

use crate::{
    Deps, NAME, Service,
    appraisal::Appraisal,
    fixtures::{APPRAISER, COLLEAGUE, TEACHER, TRUST, urn},
    index::Index,
    reactions::Reactions,
};

/// Head of the school.
pub(crate) const HEAD: PersonId = PersonId(Uuid::from_u128(13));
/// Human resources of the trust.
pub(crate) const HR: PersonId = PersonId(Uuid::from_u128(14));
/// A teaching assistant.
pub(crate) const ASSISTANT: PersonId = PersonId(Uuid::from_u128(15));

pub(crate) const SCHOOL: &str = "136789";

/// How long a level is waited for before a test fails.
pub(crate) const SOON: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) directory: EventStore,
    pub(crate) observations: EventStore,
    pub(crate) commands: Commands,
    pub(crate) deps: Arc<dyn Fn() -> Deps + Send + Sync>,
    issuer: Issuer,
    channel: Option<Channel>,
    shutdown: CancellationToken,
    _ends: DropGuard,
    _folder: tempfile::TempDir,
    _postgres: Option<testkit::Postgres>,
}

impl World {
    /// With the service served and running.
    pub(crate) async fn running() -> Self {
        let mut world = Self::still().await;
        let service = Service::open((world.deps)()).await.unwrap();
        let server = service.register(Server::new(NAME, Limits::default()));
        let served = server.start(Listen::Memory, world.shutdown.clone()).await.unwrap();
        world.channel = Some(served.channel());
        tokio::spawn(service.run(world.shutdown.clone()));
        tokio::spawn(served.wait());
        world
    }

    /// With nothing running yet.
    pub(crate) async fn still() -> Self {
        Self::over(None).await
    }

    /// As [`Self::still`], with the service's own tables on PostgreSQL.
    pub(crate) async fn still_on_postgres() -> Self {
        Self::over(Some(testkit::postgres().await)).await
    }

    async fn over(postgres: Option<testkit::Postgres>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let open = async |name: &str| {
            Db::open(format!("sqlite:{}", folder.path().join(name).display()).as_str())
                .await
                .unwrap()
        };
        let directory = EventStore::open(open("directory.db").await).await.unwrap();
        let observations = EventStore::open(open("observations.db").await).await.unwrap();
        let db = match &postgres {
            Some(postgres) => Db::open(db::Options::new(postgres.url()).schema(NAME)).await.unwrap(),
            None => open("appraisal.db").await,
        };
        let store = EventStore::open(db.clone()).await.unwrap();
        let keys = Keys::over(open("keys.db").await, identity::Kek::generate())
            .await
            .unwrap();
        let roster = Roster::follow(Source::local("directory", directory.clone()));
        let issuer = Issuer::open(folder.path(), "http://issuer.test").unwrap();
        let verifier = Verifier::new([issuer.trusted()]);
        let authenticator = Authenticator::new(verifier, roster.clone(), keys.clone(), []);
        let reads = ReadLog::open(db.clone()).await.unwrap();
        let commands = Commands::new(Gate::new(NAME, authenticator, roster, reads), store, keys);
        let index = match &postgres {
            Some(postgres) => Home::new(postgres.url()).unwrap(),
            None => Home::new(format!("sqlite:{}", folder.path().join("index").display())).unwrap(),
        };
        let shutdown = CancellationToken::new();
        let sources = (directory.clone(), observations.clone());
        let for_deps = commands.clone();
        let deps = Arc::new(move || Deps {
            commands: for_deps.clone(),
            db: db.clone(),
            index: index.clone(),
            directory: Source::local("directory", sources.0.clone()),
            observations: Source::local("observations", sources.1.clone()),
        });
        let world = Self {
            directory,
            observations,
            commands,
            deps,
            issuer,
            channel: None,
            _ends: shutdown.clone().drop_guard(),
            shutdown,
            _folder: folder,
            _postgres: postgres,
        };
        world.populate().await;
        world
    }

    /// The index, kept up to date, and the reactions, which nobody runs.
    pub(crate) async fn reactions(&self) -> (Index, Reactions) {
        let Deps {
            commands,
            db,
            index,
            directory,
            observations,
        } = (self.deps)();
        let own = Source::local(NAME, commands.store().clone());
        let (index, runner) = Index::open(&index, own, observations).await.unwrap();
        tokio::spawn(runner.run(self.shutdown.clone()));
        let reactions = Reactions::open(commands, index.clone(), directory, db).await.unwrap();
        (index, reactions)
    }

    async fn populate(&self) {
        let trust = directory::TrustRegistered {
            name: "Harbour Trust".into(),
            ..Default::default()
        };
        record::<directory::TrustEvent>(&self.directory, TRUST.0, trust.into()).await;
        let school = directory::SchoolRegistered {
            urn: SCHOOL.into(),
            details: None,
        };
        record::<directory::SchoolEvent>(&self.directory, urn(SCHOOL).stream_id(), school.into()).await;
        let joined = directory::SchoolJoinedTrust {
            trust_id: TRUST.to_string(),
            on: "2015-09-01".into(),
        };
        record::<directory::SchoolEvent>(&self.directory, urn(SCHOOL).stream_id(), joined.into()).await;
        for (person, role_group) in [
            (TEACHER, RoleGroup::ClassroomTeacher),
            (APPRAISER, RoleGroup::ClassroomTeacher),
            (COLLEAGUE, RoleGroup::ClassroomTeacher),
            (HEAD, RoleGroup::Leadership),
            (HR, RoleGroup::OtherSupport),
            (ASSISTANT, RoleGroup::TeachingAssistant),
        ] {
            self.person(
                person,
                directory::PersonAdded {
                    trust_id: TRUST.to_string(),
                    ..Default::default()
                },
            )
            .await;
            let employment = directory::Employment {
                employment_id: employment_of(person).to_string(),
                urn: SCHOOL.into(),
                role_group: role_group.into(),
                job_title: String::new(),
                fte_percent: 100,
                from_on: "2015-09-01".into(),
            };
            self.person(
                person,
                directory::EmploymentStarted {
                    employment: Some(employment),
                },
            )
            .await;
        }
        let of_school = directory::RoleScope {
            urn: SCHOOL.into(),
            ..Default::default()
        };
        self.grant(HEAD, directory::Role::Head, of_school).await;
        let of_trust = directory::RoleScope {
            trust_id: TRUST.to_string(),
            ..Default::default()
        };
        self.grant(HR, directory::Role::TrustHr, of_trust).await;
        self.appraiser(TEACHER, APPRAISER, "2015-09-01").await;
    }

    async fn grant(&self, person: PersonId, role: directory::Role, scope: directory::RoleScope) {
        let granted = directory::RoleGranted {
            role: role.into(),
            scope: Some(scope),
            from_on: "2015-09-01".into(),
        };
        self.person(person, granted).await;
    }

    /// Something happens to somebody in the directory.
    pub(crate) async fn person(&self, person: PersonId, event: impl Into<directory::PersonEvent>) -> Position {
        record(&self.directory, person.0, event.into()).await
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

    /// The trust sets values.
    pub(crate) async fn policy(&self, rules: directory::Rules) {
        let set = directory::PolicySet {
            urn: String::new(),
            from_on: "2015-09-01".into(),
            rules: Some(rules),
        };
        record::<directory::PolicyEvent>(&self.directory, Uuid::from_u128(900), set.into()).await;
        self.commands.gate().roster().catch_up().await.unwrap();
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
        record::<observations::FollowUpEvent>(&self.observations, id.0, agreed.into()).await;
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

    fn channel(&self) -> Channel {
        self.channel.clone().expect("the service runs")
    }

    /// Somebody asks.
    pub(crate) fn by<M>(&self, who: PersonId, message: M) -> Request<M> {
        let token = self.issuer.mint(who, Duration::from_secs(600)).unwrap();
        let mut request = Request::new(message);
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {token}").parse().unwrap());
        request
    }

    /// The appraisal, once it is as expected.
    pub(crate) async fn until(&self, id: AppraisalId, expected: impl Fn(&Appraisal) -> bool) -> Appraisal {
        let mut head = self.commands.store().watch();
        tokio::time::timeout(SOON, async {
            loop {
                head.borrow_and_update();
                let loaded = self.commands.load::<Appraisal>(id).await.unwrap();
                if let Some(loaded) = loaded.filter(|loaded| expected(&loaded.state)) {
                    return loaded.state;
                }
                head.changed().await.unwrap();
            }
        })
        .await
        .expect("the appraisal is never as expected")
    }

    /// The appraisal as it is now.
    pub(crate) async fn appraisal(&self, id: AppraisalId) -> Appraisal {
        self.commands.get::<Appraisal>(id).await.unwrap().state
    }
}

pub(crate) fn employment_of(person: PersonId) -> EmploymentId {
    EmploymentId(Uuid::from_u128(person.0.as_u128() + 7_000))
}

pub(crate) fn request_id() -> String {
    Uuid::now_v7().to_string()
}

/// Noon of a day.
pub(crate) fn noon(day: &str) -> Option<Timestamp> {
    let at: chrono::DateTime<chrono::Utc> = format!("{day}T12:00:00Z").parse().unwrap();
    Some(Timestamp {
        seconds: at.timestamp(),
        nanos: 0,
    })
}

/// Appends an event to a store as its service would.
pub(crate) async fn record<E: EventMessage>(store: &EventStore, stream: Uuid, event: E) -> Position {
    let expected = Version(i64::try_from(store.load(StreamId(stream)).await.unwrap().len()).unwrap());
    let new = NewEvent {
        event_id: Uuid::now_v7(),
        kind: Kind::of(event.kind()),
        payload: Bytes::from(event.encode_to_vec()),
    };
    let metadata = Metadata {
        trust_id: TRUST.0,
        actor_id: HR.0,
        on_behalf_of: None,
        purpose: Purpose::Unspecified.into(),
        occurred_at: chrono::Utc::now(),
        correlation_id: Uuid::now_v7(),
        causation_id: None,
        traceparent: None,
        request_id: Uuid::now_v7(),
    };
    let streams = vec![StreamAppend {
        stream_id: StreamId(stream),
        expected,
        events: vec![new],
    }];
    store
        .append(Append {
            metadata,
            digest: [0; 32],
            streams,
        })
        .await
        .unwrap()
        .position
}

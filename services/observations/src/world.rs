//! A trust in a box: the service with real stores and feeds, a directory with a few people, and clients that sign in.

use std::{sync::Arc, time::Duration};

use api::{
    EventMessage,
    appraisal::v1 as appraisal,
    common::v1::{Purpose, RoleGroup},
    directory::v1 as directory,
    ids::{AppraisalId, EmploymentId, FollowUpId, ObservationId, PersonId},
    observations::v1::{
        FollowUpAgreed, FollowUpEvent, follow_up_service_client::FollowUpServiceClient,
        learning_walk_service_client::LearningWalkServiceClient, observation_service_client::ObservationServiceClient,
    },
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
    fixtures::{COLLEAGUE, CPD_LEAD, OBSERVER, SECOND, TEACHER, TRUST, urn},
    follow_up::FollowUp,
    index::Index,
    reactions::{Reactions, Sources},
};

/// Head of the school.
pub(crate) const HEAD: PersonId = PersonId(Uuid::from_u128(15));
/// Leads professional development in the other school.
pub(crate) const OTHER_LEAD: PersonId = PersonId(Uuid::from_u128(16));

pub(crate) const SCHOOL: &str = "136789";
pub(crate) const OTHER_SCHOOL: &str = "136790";

/// How long a level is waited for before a test fails.
const SOON: Duration = Duration::from_secs(60);

pub(crate) struct World {
    pub(crate) directory: EventStore,
    pub(crate) appraisal: EventStore,
    pub(crate) commands: Commands,
    deps: Arc<dyn Fn() -> Deps + Send + Sync>,
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
        let appraisal = EventStore::open(open("appraisal.db").await).await.unwrap();
        let db = match &postgres {
            Some(postgres) => Db::open(db::Options::new(postgres.url()).schema(NAME)).await.unwrap(),
            None => open("observations.db").await,
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
        let sources = (directory.clone(), appraisal.clone());
        let for_deps = commands.clone();
        let deps = Arc::new(move || Deps {
            commands: for_deps.clone(),
            db: db.clone(),
            index: index.clone(),
            directory: Source::local("directory", sources.0.clone()),
            appraisal: Source::local("appraisal", sources.1.clone()),
        });
        let world = Self {
            directory,
            appraisal,
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
            appraisal,
        } = (self.deps)();
        let own = Source::local(NAME, commands.store().clone());
        let (index, runner) = Index::open(&index, own.clone()).await.unwrap();
        tokio::spawn(runner.run(self.shutdown.clone()));
        let sources = Sources {
            own,
            directory,
            appraisal,
        };
        let reactions = Reactions::open(commands, index.clone(), sources, db).await.unwrap();
        (index, reactions)
    }

    async fn populate(&self) {
        let trust = directory::TrustRegistered {
            name: "Harbour Trust".into(),
            ..Default::default()
        };
        record::<directory::TrustEvent>(&self.directory, TRUST.0, trust.into()).await;
        for school in [SCHOOL, OTHER_SCHOOL] {
            let stream = urn(school).stream_id();
            let registered = directory::SchoolRegistered {
                urn: school.into(),
                details: None,
            };
            record::<directory::SchoolEvent>(&self.directory, stream, registered.into()).await;
            let joined = directory::SchoolJoinedTrust {
                trust_id: TRUST.to_string(),
                on: "2015-09-01".into(),
            };
            record::<directory::SchoolEvent>(&self.directory, stream, joined.into()).await;
        }
        for (person, role_group, school) in [
            (TEACHER, RoleGroup::ClassroomTeacher, SCHOOL),
            (OBSERVER, RoleGroup::ClassroomTeacher, SCHOOL),
            (SECOND, RoleGroup::ClassroomTeacher, SCHOOL),
            (CPD_LEAD, RoleGroup::Leadership, SCHOOL),
            (COLLEAGUE, RoleGroup::ClassroomTeacher, SCHOOL),
            (HEAD, RoleGroup::Leadership, SCHOOL),
            (OTHER_LEAD, RoleGroup::Leadership, OTHER_SCHOOL),
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
                urn: school.into(),
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
        self.grant(HEAD, directory::Role::Head, SCHOOL).await;
        self.grant(CPD_LEAD, directory::Role::CpdLead, SCHOOL).await;
        self.grant(OTHER_LEAD, directory::Role::CpdLead, OTHER_SCHOOL).await;
        self.commands.gate().roster().catch_up().await.unwrap();
    }

    async fn grant(&self, person: PersonId, role: directory::Role, school: &str) {
        let scope = Some(directory::RoleScope {
            urn: school.into(),
            ..Default::default()
        });
        self.person(
            person,
            directory::RoleGranted {
                role: role.into(),
                scope,
                from_on: "2015-09-01".into(),
            },
        )
        .await;
    }

    /// Something happens to somebody in the directory.
    pub(crate) async fn person(&self, person: PersonId, event: impl Into<directory::PersonEvent>) -> Position {
        record(&self.directory, person.0, event.into()).await
    }

    /// An appraisal that spoke of follow-ups closes.
    pub(crate) async fn close_appraisal(&self, appraisal: AppraisalId, follow_ups: &[FollowUpId]) -> Position {
        let follow_up_ids = follow_ups.iter().map(ToString::to_string).collect();
        let closed = appraisal::AppraisalClosed {
            on: "2024-07-12".into(),
            follow_up_ids,
        };
        record::<appraisal::AppraisalEvent>(&self.appraisal, appraisal.0, closed.into()).await
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
        record::<FollowUpEvent>(self.commands.store(), id.0, agreed.into()).await;
        id
    }

    /// Something happens to a follow-up.
    pub(crate) async fn happens(&self, id: FollowUpId, event: impl Into<FollowUpEvent>) -> Position {
        record(self.commands.store(), id.0, event.into()).await
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

    /// The follow-up, once it is as expected.
    pub(crate) async fn until(&self, id: FollowUpId, expected: impl Fn(&FollowUp) -> bool) -> FollowUp {
        let mut head = self.commands.store().watch();
        tokio::time::timeout(SOON, async {
            loop {
                head.borrow_and_update();
                let loaded = self.commands.load::<FollowUp>(id).await.unwrap();
                if let Some(loaded) = loaded.filter(|loaded| expected(&loaded.state)) {
                    return loaded.state;
                }
                head.changed().await.unwrap();
            }
        })
        .await
        .expect("the follow-up is never as expected")
    }

    /// The follow-up as it is now.
    pub(crate) async fn get(&self, id: FollowUpId) -> FollowUp {
        self.commands.get::<FollowUp>(id).await.unwrap().state
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
        actor_id: HEAD.0,
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

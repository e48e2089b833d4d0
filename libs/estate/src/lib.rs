//! A trust in a box, for the tests of services: real stores and feeds, a directory with a few people, and callers who
//! sign in. And for tests of rules: who they are, and contexts in which they act.

#![allow(clippy::unwrap_used, reason = "a test fails where it stands")]

mod people;
mod rules;

use std::{collections::HashMap, sync::Mutex, time::Duration};

use api::{
    EventMessage,
    common::v1::{Purpose, RoleGroup},
    directory::v1 as directory,
    ids::{EmploymentId, PersonId, TrustId},
};
use bytes::Bytes;
use db::Db;
use eventstore::{Append, EventStore, Kind, Metadata, NewEvent, Position, StreamAppend, StreamId, Version};
use feed::Source;
use identity::{Authenticator, Keys, Roster, issuer::Issuer, token::Verifier};
use projection::Home;
use prost_types::Timestamp;
use service::{Commands, Gate, Guarded, Listen, Server, reads::ReadLog, server::Limits};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::{Request, transport::Channel};
use uuid::Uuid;

pub use self::people::{
    APPRAISER, ASSISTANT, COLLEAGUE, CPD_LEAD, GOVERNOR, HEAD, HR, LINE_MANAGER, NETWORK, NETWORK_LEAD, OBSERVER,
    OPERATOR, OTHER_HEAD, OTHER_LEAD, OTHER_SCHOOL, OTHER_TEACHER, SCHOOL, SECOND, STRANGE_SCHOOL, STRANGER, STRANGERS,
    TEACHER, TRUST, TRUST_CPD_LEAD, TRUST_LEADER,
};
pub use self::rules::{acting, by, day, reacting, under, urn};

/// How long a level is waited for before a test fails.
pub const SOON: Duration = Duration::from_secs(60);

/// The stores of a trust, and what a service under test stands on.
pub struct Estate {
    /// The command path of the service under test, over its own store.
    pub commands: Commands,
    /// The database of the service under test.
    pub db: Db,
    /// Where the service under test keeps an index.
    pub index: Home,
    /// Ends what runs when the estate is dropped.
    pub shutdown: CancellationToken,
    service: &'static str,
    issuer: Issuer,
    stores: HashMap<&'static str, EventStore>,
    channel: Mutex<Option<Channel>>,
    _ends: DropGuard,
    _folder: tempfile::TempDir,
    _postgres: Option<testkit::Postgres>,
}

impl Estate {
    /// For a service with SQLite files.
    pub async fn new(service: &'static str) -> Self {
        Self::over(service, None).await
    }

    /// For a service whose own tables are on PostgreSQL.
    pub async fn on_postgres(service: &'static str) -> Self {
        Self::over(service, Some(testkit::postgres().await)).await
    }

    async fn over(service: &'static str, postgres: Option<testkit::Postgres>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let open = async |name: &str| {
            Db::open(format!("sqlite:{}", folder.path().join(name).display()).as_str())
                .await
                .unwrap()
        };
        let db = match &postgres {
            Some(postgres) => Db::open(db::Options::new(postgres.url()).schema(service))
                .await
                .unwrap(),
            None => open(service).await,
        };
        let mut stores = HashMap::new();
        for name in [
            "directory",
            "observations",
            "appraisal",
            "catalogue",
            "coaching",
            "evaluation",
        ] {
            let db = if name == service { db.clone() } else { open(name).await };
            stores.insert(name, EventStore::open(db).await.unwrap());
        }
        let keys = Keys::over(open("keys").await, identity::Kek::generate()).await.unwrap();
        let roster = Roster::follow(Source::local("directory", stores["directory"].clone()));
        keys.forget_with(&roster);
        let issuer = Issuer::open(folder.path(), "http://issuer.test").unwrap();
        let verifier = Verifier::new([issuer.trusted()]);
        let operators = [(format!("{}#{OPERATOR}", issuer.issuer()), None)];
        let authenticator = Authenticator::new(verifier, roster.clone(), keys.clone(), operators);
        let reads = ReadLog::open(db.clone()).await.unwrap();
        let commands = Commands::new(
            Gate::new(service, authenticator, roster, reads),
            stores[service].clone(),
            keys,
        );
        let index = match &postgres {
            Some(postgres) => Home::new(postgres.url()).unwrap(),
            None => Home::new(format!("sqlite:{}", folder.path().join("index").display())).unwrap(),
        };
        let shutdown = CancellationToken::new();
        let estate = Self {
            commands,
            db,
            index,
            _ends: shutdown.clone().drop_guard(),
            shutdown,
            service,
            issuer,
            stores,
            channel: Mutex::default(),
            _folder: folder,
            _postgres: postgres,
        };
        people::populate(&estate).await;
        estate
    }

    /// The events of a service, by its name.
    pub fn store(&self, service: &str) -> &EventStore {
        &self.stores[service]
    }

    /// The feed of a service, by its name.
    pub fn source(&self, service: &'static str) -> Source {
        Source::local(service, self.stores[service].clone())
    }

    /// A server for the service under test to register with.
    pub fn server(&self) -> Server {
        Server::new(self.service, Limits::default())
    }

    /// Serves in memory until the estate is dropped.
    pub async fn serve(&self, server: Server) {
        let served = server.start(Listen::Memory, self.shutdown.clone()).await.unwrap();
        *self.channel.lock().unwrap() = Some(served.channel());
        tokio::spawn(served.wait());
    }

    /// The way to the service, once it is served.
    pub fn channel(&self) -> Channel {
        self.channel.lock().unwrap().clone().expect("the service is served")
    }

    /// Somebody asks.
    pub fn by<M>(&self, who: PersonId, message: M) -> Request<M> {
        signed(message, &self.issuer.mint(who, Duration::from_secs(600)).unwrap())
    }

    /// The account that keeps the platform running asks.
    pub fn by_operator<M>(&self, message: M) -> Request<M> {
        signed(message, &self.issuer.mint(OPERATOR, Duration::from_secs(600)).unwrap())
    }

    /// Something is recorded by a service, as it would itself.
    pub async fn record<E: EventMessage>(
        &self,
        service: &str,
        stream: impl Into<Uuid>,
        event: impl Into<E>,
    ) -> Position {
        record(self.store(service), stream.into(), event.into()).await
    }

    /// Something happens to somebody in the directory.
    pub async fn person(&self, person: PersonId, event: impl Into<directory::PersonEvent>) -> Position {
        self.record("directory", person, event).await
    }

    /// Somebody joins the trust's staff at a school.
    pub async fn employ(&self, person: PersonId, role_group: RoleGroup, school: &str) {
        people::employ(self, person, role_group, school).await;
    }

    /// The trust sets values.
    pub async fn policy(&self, rules: directory::Rules) {
        let set = directory::PolicySet {
            urn: String::new(),
            from_on: "2015-09-01".into(),
            rules: Some(rules),
        };
        self.record::<directory::PolicyEvent>("directory", Uuid::from_u128(900), set)
            .await;
        self.catch_up().await;
    }

    /// Waits until the roster knows what the directory recorded.
    pub async fn catch_up(&self) {
        self.commands.gate().roster().catch_up().await.unwrap();
    }

    /// An aggregate of the service under test, as it is now.
    pub async fn get<A: Guarded>(&self, id: impl Into<Uuid>) -> A {
        self.commands.get::<A>(id).await.unwrap().state
    }

    /// An aggregate of the service under test, once it is as expected.
    pub async fn until<A: Guarded>(&self, id: impl Into<Uuid>, expected: impl Fn(&A) -> bool) -> A {
        let id = id.into();
        let mut head = self.commands.store().watch();
        let waited = tokio::time::timeout(SOON, async {
            loop {
                head.borrow_and_update();
                let loaded = self.commands.load::<A>(id).await.unwrap();
                if let Some(loaded) = loaded.filter(|loaded| expected(&loaded.state)) {
                    return loaded.state;
                }
                head.changed().await.unwrap();
            }
        });
        waited
            .await
            .unwrap_or_else(|_| panic!("{} {id} is never as expected", A::NAME))
    }
}

fn signed<M>(message: M, token: &str) -> Request<M> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("authorization", format!("Bearer {token}").parse().unwrap());
    request
}

/// The one employment that [`Estate::employ`] gives somebody.
pub fn employment_of(person: PersonId) -> EmploymentId {
    EmploymentId(Uuid::from_u128(person.0.as_u128() + 7_000))
}

/// A new request id.
pub fn request_id() -> String {
    Uuid::now_v7().to_string()
}

/// Noon of a day.
pub fn noon(day: &str) -> Option<Timestamp> {
    let at: chrono::DateTime<chrono::Utc> = format!("{day}T12:00:00Z").parse().unwrap();
    Some(Timestamp {
        seconds: at.timestamp(),
        nanos: 0,
    })
}

/// Appends an event of the trust to a store as its service would.
pub async fn record<E: EventMessage>(store: &EventStore, stream: Uuid, event: E) -> Position {
    record_of(TRUST, store, stream, event).await
}

/// As [`record`], of either trust.
pub(crate) async fn record_of<E: EventMessage>(trust: TrustId, store: &EventStore, stream: Uuid, event: E) -> Position {
    let expected = Version(i64::try_from(store.load(StreamId(stream)).await.unwrap().len()).unwrap());
    let new = NewEvent {
        event_id: Uuid::now_v7(),
        kind: Kind::of(event.kind()),
        payload: Bytes::from(event.encode_to_vec()),
    };
    let metadata = Metadata {
        trust_id: trust.0,
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
    let append = Append {
        metadata,
        digest: [0; 32],
        streams,
    };
    store.append(append).await.unwrap().position
}

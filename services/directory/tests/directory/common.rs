//! A directory with its store, keys and roster, reached through gRPC in memory.

use std::time::Duration;

use api::{
    common::v1::{Recorded, RoleGroup},
    directory::v1::{self as pb, *},
    ids::derived,
};
use db::Db;
use directory_service::Directory;
use eventstore::EventStore;
use feed::Source;
use identity::{Authenticator, Keys, Roster, issuer::Issuer, keys::Kek, token::Verifier};
use service::{Commands, Gate, Listen, Running, Server, page::Pager, reads::ReadLog, server::Limits};
use tokio_util::sync::CancellationToken;
use tonic::{Request, transport::Channel};
use uuid::Uuid;

pub(crate) const OPERATOR: &str = "import";

pub(crate) struct World {
    pub(crate) commands: Commands,
    pub(crate) keys: Keys,
    pub(crate) directory: Directory,
    issuer: Issuer,
    running: Running,
    shutdown: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let open = async |name: &str| {
            Db::open(format!("sqlite:{}", folder.path().join(name).display()))
                .await
                .unwrap()
        };
        let (events, keys) = (open("directory.db").await, open("keys.db").await);
        let store = EventStore::open(events.clone()).await.unwrap();
        let keys = Keys::over(keys, Kek::generate()).await.unwrap();
        let roster = Roster::follow(Source::local("directory", store.clone()));
        let issuer = Issuer::open(folder.path(), "http://127.0.0.1").unwrap();
        let operators = [(format!("{}#{OPERATOR}", issuer.issuer()), None)];
        let authenticator = Authenticator::new(
            Verifier::new([issuer.trusted()]),
            roster.clone(),
            keys.clone(),
            operators,
        );
        let gate = Gate::new("directory", authenticator, roster, ReadLog::open(events).await.unwrap());
        let commands = Commands::new(gate, store, keys.clone());
        let directory = Directory::new(commands.clone(), Pager::ephemeral());
        directory.load_reference().await.unwrap();
        let shutdown = CancellationToken::new();
        let server = directory.register(Server::new("directory", Limits::default()));
        let running = server.start(Listen::Memory, shutdown.clone()).await.unwrap();
        Self {
            commands,
            keys,
            directory,
            issuer,
            running,
            shutdown,
            _folder: folder,
        }
    }

    pub(crate) fn channel(&self) -> Channel {
        self.running.channel()
    }

    /// A request by somebody: a person's identifier, or the operator.
    pub(crate) fn by<M>(&self, who: &str, message: M) -> Request<M> {
        let token = self.issuer.mint(who, Duration::from_secs(60)).unwrap();
        let mut request = Request::new(message);
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {token}").parse().unwrap());
        request
    }

    pub(crate) fn by_operator<M>(&self, message: M) -> Request<M> {
        self.by(OPERATOR, message)
    }

    /// Hill Trust with two schools and Grace, its human resources.
    pub(crate) async fn with_a_trust(&self) -> Uuid {
        let rows = vec![
            row(2, HILL, "Hill School", "HILL TRUST"),
            row(3, DALE, "Dale School", "Hill Trust "),
        ];
        self.import(rows).await;
        let trust = derived("trust", "name:hill trust");
        self.add(trust, GRACE, "Grace", "Hopper", None).await;
        let scope = Some(RoleScope {
            trust_id: trust.to_string(),
            ..RoleScope::default()
        });
        let grant = GrantRoleRequest {
            request_id: id(),
            person_id: GRACE.into(),
            role: pb::Role::TrustHr.into(),
            scope,
            from_on: "2024-09-01".into(),
            ..GrantRoleRequest::default()
        };
        self.people().grant_role(self.by_operator(grant)).await.unwrap();
        trust
    }

    pub(crate) async fn import(&self, rows: Vec<ImportRow>) -> Recorded {
        let request = ImportSchoolsRequest {
            request_id: id(),
            rows,
            ..ImportSchoolsRequest::default()
        };
        let reply = self.schools().import_schools(self.by_operator(request)).await.unwrap();
        reply.into_inner().recorded.unwrap()
    }

    pub(crate) async fn add(&self, trust: Uuid, person: &str, given: &str, family: &str, post: Option<Employment>) {
        let request = AddPersonRequest {
            request_id: id(),
            person_id: person.into(),
            trust_id: trust.to_string(),
            given_name: given.into(),
            family_name: family.into(),
            employment: post,
            ..AddPersonRequest::default()
        };
        self.people().add_person(self.by_operator(request)).await.unwrap();
    }

    pub(crate) async fn get(&self, who: &str, person: &str) -> Result<pb::Person, tonic::Status> {
        let request = self.by(
            who,
            GetPersonRequest {
                person_id: person.into(),
            },
        );
        Ok(self.people().get_person(request).await?.into_inner().person.unwrap())
    }

    pub(crate) fn schools(&self) -> school_service_client::SchoolServiceClient<Channel> {
        school_service_client::SchoolServiceClient::new(self.channel())
    }

    pub(crate) fn people(&self) -> person_service_client::PersonServiceClient<Channel> {
        person_service_client::PersonServiceClient::new(self.channel())
    }
}

pub(crate) const HILL: &str = "136789";
pub(crate) const DALE: &str = "136790";
pub(crate) const GRACE: &str = "00000000-0000-7000-8000-000000000001";
pub(crate) const ADA: &str = "00000000-0000-7000-8000-000000000002";

pub(crate) fn id() -> String {
    Uuid::now_v7().to_string()
}

pub(crate) fn row(number: i32, urn: &str, name: &str, trust: &str) -> ImportRow {
    let details = SchoolDetails {
        name: name.into(),
        opened_on: "2012-09-01".into(),
        ..SchoolDetails::default()
    };
    ImportRow {
        row: number,
        urn: urn.into(),
        details: Some(details),
        trust_name: trust.into(),
        ..ImportRow::default()
    }
}

pub(crate) fn post(employment_id: &str, urn: &str) -> Employment {
    Employment {
        employment_id: employment_id.into(),
        urn: urn.into(),
        role_group: RoleGroup::ClassroomTeacher.into(),
        job_title: "Teacher of mathematics".into(),
        fte_percent: 100,
        from_on: "2024-09-01".into(),
    }
}

//! A school in a box: six stores, a roster that follows one of them, keys, and the projection service over them.

use std::collections::HashMap;

use api::{
    EventMessage,
    appraisal::v1::AppraisalEvent,
    common::v1::{AtLeast, RoleGroup},
    directory::v1::{self as directory, PersonEvent, Role, SchoolEvent, TrustEvent},
    ids::{PersonId, TrustId, Urn},
    observations::v1::{self as observations, FollowUpEvent, ObservationEvent},
    projection::v1::{Absence, GetLinkReportRequest, GetThreadRequest, LinkReport, LinkRow, Step, Thread},
};
use bytes::Bytes;
use chrono::Utc;
use eventstore::{Append, EventStore, Kind, Metadata, NewEvent, StreamAppend, StreamId, Version};
use feed::Source;
use identity::{Actor, Authenticator, Keys, Roster, keys::Kek, token::Verifier};
use projection::Home;
use service::{gate::Gate, page::Pager, reads::ReadLog};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    Deps, Service, Views,
    fixtures::{SCHOOL, TRUST, agreed, conducted, lite, metadata, scheduled, text},
};

pub(super) const TEACHER: Uuid = Uuid::from_u128(0x1001);
pub(super) const OWNER: Uuid = Uuid::from_u128(0x1002);
pub(super) const HEAD: Uuid = Uuid::from_u128(0x1003);
pub(super) const APPRAISER: Uuid = Uuid::from_u128(0x1004);
pub(super) const GOVERNOR: Uuid = Uuid::from_u128(0x1005);
pub(super) const LEADER: Uuid = Uuid::from_u128(0x1006);
pub(super) const CPD_LEAD: Uuid = Uuid::from_u128(0x1007);
pub(super) const COLLEAGUE: Uuid = Uuid::from_u128(0x1008);

pub(super) const FOLLOW_UP: Uuid = Uuid::from_u128(0x2001);
pub(super) const OBSERVATION: Uuid = Uuid::from_u128(0x3001);
pub(super) const APPRAISAL: Uuid = Uuid::from_u128(0x4001);

const SOURCES: [&str; 6] = [
    "directory",
    "observations",
    "appraisal",
    "catalogue",
    "coaching",
    "evaluation",
];

/// A school in a box.
pub(super) struct World {
    stores: HashMap<&'static str, EventStore>,
    versions: HashMap<Uuid, i64>,
    positions: HashMap<&'static str, i64>,
    pub(super) keys: Keys,
    pub(super) roster: Roster,
    pub(super) reads: ReadLog,
    pub(super) views: Views,
    pub(super) handle: projection::Handle,
    stop: CancellationToken,
    _directory: tempfile::TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl World {
    /// A trust with one school and the people above, with views in SQLite.
    pub(super) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let views = format!("sqlite:{}", directory.path().join("views").display());
        Self::over(directory, &views).await
    }

    /// The same with views in PostgreSQL.
    pub(super) async fn on_postgres(server: &testkit::Postgres) -> Self {
        Self::over(tempfile::tempdir().unwrap(), server.url()).await
    }

    async fn over(directory: tempfile::TempDir, views: &str) -> Self {
        let mut stores = HashMap::new();
        for name in SOURCES {
            stores.insert(name, EventStore::open(lite(&directory, name).await).await.unwrap());
        }
        let keys = Keys::over(lite(&directory, "keys").await, Kek::generate())
            .await
            .unwrap();
        let roster = Roster::follow(Source::local("directory", stores["directory"].clone()));
        let reads = ReadLog::open(lite(&directory, "reads").await).await.unwrap();
        let authenticator = Authenticator::new(Verifier::new([]), roster.clone(), keys.clone(), []);
        let gate = Gate::new("projection", authenticator, roster.clone(), reads.clone());
        let service = Service::open(Deps {
            home: Home::new(views).unwrap(),
            sources: SOURCES.map(|name| Source::local(name, stores[name].clone())).into(),
            keys: keys.clone(),
            gate,
            pager: Pager::ephemeral(),
        })
        .await
        .unwrap();
        let (views, handle, stop) = (service.views.clone(), service.handle(), CancellationToken::new());
        tokio::spawn(service.run(stop.clone()));
        let (versions, positions) = (HashMap::new(), HashMap::new());
        let mut world = Self {
            stores,
            versions,
            positions,
            keys,
            roster,
            reads,
            views,
            handle,
            stop,
            _directory: directory,
        };
        world.found().await;
        world
    }

    async fn found(&mut self) {
        let registered = directory::TrustRegistered {
            name: "Castle Trust".into(),
            ..Default::default()
        };
        self.tell::<TrustEvent>("directory", TRUST, registered).await;
        let urn: Urn = SCHOOL.parse().unwrap();
        let details = directory::SchoolDetails {
            name: "Castle School".into(),
            ..Default::default()
        };
        let registered = directory::SchoolRegistered {
            urn: SCHOOL.into(),
            details: Some(details),
        };
        self.tell::<SchoolEvent>("directory", urn.stream_id(), registered).await;
        let joined = directory::SchoolJoinedTrust {
            trust_id: TRUST.to_string(),
            on: "2020-09-01".into(),
        };
        self.tell::<SchoolEvent>("directory", urn.stream_id(), joined).await;
        let people = [
            (TEACHER, "Ana", None),
            (OWNER, "Ben", None),
            (HEAD, "Cleo", Some(Role::Head)),
            (APPRAISER, "Dev", None),
            (GOVERNOR, "Eve", Some(Role::Governor)),
            (LEADER, "Fay", Some(Role::TrustLeader)),
            (CPD_LEAD, "Gus", Some(Role::CpdLead)),
            (COLLEAGUE, "Hal", None),
        ];
        for (id, name, role) in people {
            let added = directory::PersonAdded {
                given_name: text(id, name),
                family_name: text(id, "Silva"),
                trust_id: TRUST.to_string(),
                person_id: id.to_string(),
                ..Default::default()
            };
            self.tell::<PersonEvent>("directory", id, added).await;
            let employment = directory::Employment {
                employment_id: id.to_string(),
                urn: SCHOOL.into(),
                role_group: RoleGroup::ClassroomTeacher.into(),
                fte_percent: 100,
                from_on: "2020-09-01".into(),
                ..Default::default()
            };
            let started = directory::EmploymentStarted {
                employment: Some(employment),
            };
            self.tell::<PersonEvent>("directory", id, started).await;
            if let Some(role) = role {
                let scope = match role {
                    Role::TrustLeader => directory::RoleScope {
                        trust_id: TRUST.to_string(),
                        ..Default::default()
                    },
                    _ => directory::RoleScope {
                        urn: SCHOOL.into(),
                        ..Default::default()
                    },
                };
                let granted = directory::RoleGranted {
                    role: role.into(),
                    scope: Some(scope),
                    from_on: "2020-09-01".into(),
                };
                self.tell::<PersonEvent>("directory", id, granted).await;
            }
        }
        let assigned = directory::AppraiserAssigned {
            appraiser_id: APPRAISER.to_string(),
            from_on: "2020-09-01".into(),
        };
        self.tell::<PersonEvent>("directory", TEACHER, assigned).await;
        self.roster.catch_up().await.unwrap();
    }

    /// Seals and records an event.
    pub(super) async fn tell<M: EventMessage>(&mut self, source: &'static str, stream: Uuid, event: impl Into<M>) {
        self.tell_of::<M>(TRUST, source, stream, event).await;
    }

    /// The same of another trust; nil for what belongs to none.
    pub(super) async fn tell_of<M: EventMessage>(
        &mut self,
        trust: Uuid,
        source: &'static str,
        stream: Uuid,
        event: impl Into<M>,
    ) {
        let mut event: M = event.into();
        let (event_id, request_id) = (Uuid::now_v7(), Uuid::new_v4());
        self.keys.seal(trust, event_id, &mut event).await.unwrap();
        let version = self.versions.entry(stream).or_default();
        let append = Append {
            metadata: Metadata {
                trust_id: trust,
                actor_id: OWNER,
                ..metadata(request_id, Utc::now())
            },
            digest: [0; 32],
            streams: vec![StreamAppend {
                stream_id: StreamId(stream),
                expected: Version(*version),
                events: vec![NewEvent {
                    event_id,
                    kind: Kind::of(event.kind()),
                    payload: Bytes::from(event.encode_to_vec()),
                }],
            }],
        };
        *version += 1;
        let receipt = self.stores[source].append(append).await.unwrap();
        self.positions.insert(source, receipt.position.0);
    }

    pub(super) async fn follow_up(&mut self, event: impl Into<FollowUpEvent>) {
        self.tell::<FollowUpEvent>("observations", FOLLOW_UP, event).await;
    }

    pub(super) async fn appraisal(&mut self, event: impl Into<AppraisalEvent>) {
        self.tell::<AppraisalEvent>("appraisal", APPRAISAL, event).await;
    }

    /// A teacher was observed, and a follow-up agreed.
    pub(super) async fn agree(&mut self) {
        self.tell::<ObservationEvent>("observations", OBSERVATION, scheduled(TEACHER, OWNER, "2025-11-10"))
            .await;
        self.tell::<ObservationEvent>("observations", OBSERVATION, conducted(TEACHER, OWNER, "2025-11-10"))
            .await;
        let agreed = agreed(TEACHER, OWNER, "2025-11-14");
        self.follow_up(observations::FollowUpAgreed {
            observation_id: OBSERVATION.to_string(),
            ..agreed
        })
        .await;
    }

    /// Everything told so far.
    pub(super) fn all(&self) -> Vec<AtLeast> {
        self.positions
            .iter()
            .map(|(source, position)| AtLeast {
                source: (*source).into(),
                position: *position,
            })
            .collect()
    }

    pub(super) async fn thread(&self, reader: Uuid, on: &str) -> Result<Thread, service::Error> {
        let request = GetThreadRequest {
            follow_up_id: FOLLOW_UP.to_string(),
            on: on.into(),
            at_least: self.all(),
            known_at: None,
        };
        Ok(self.views.get_thread(&actor(reader), request).await?.thread.unwrap())
    }

    /// What the leaders of the trust are shown, of one focus area or of all.
    pub(super) async fn report_on(&self, reader: Uuid, focus_area: &str) -> LinkReport {
        let request = GetLinkReportRequest {
            trust_id: TRUST.to_string(),
            cycle: 2025,
            focus_area: focus_area.into(),
            at_least: self.all(),
            ..Default::default()
        };
        self.views
            .get_link_report(&actor(reader), request)
            .await
            .unwrap()
            .report
            .unwrap()
    }

    pub(super) async fn report(&self, reader: Uuid, urn: &str) -> Result<LinkReport, service::Error> {
        let request = GetLinkReportRequest {
            trust_id: TRUST.to_string(),
            urn: urn.into(),
            cycle: 2025,
            at_least: self.all(),
            ..Default::default()
        };
        Ok(self
            .views
            .get_link_report(&actor(reader), request)
            .await?
            .report
            .unwrap())
    }
}

pub(super) fn actor(person: Uuid) -> Actor {
    Actor::person(PersonId(person), TrustId(TRUST))
}

pub(super) fn milestone(thread: &Thread, step: Step) -> (String, Absence) {
    let found = thread
        .milestones
        .iter()
        .find(|milestone| milestone.step() == step)
        .unwrap();
    (found.on.clone(), found.absence())
}

pub(super) fn rate(row: &LinkRow, step: Step) -> (i32, i32) {
    let step = row.funnel.iter().find(|funnel| funnel.step() == step).unwrap();
    let rate = step.rate.unwrap();
    (rate.numerator, rate.denominator)
}

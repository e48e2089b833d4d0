//! For tests: a directory told event by event.

use api::{
    EventMessage,
    common::v1::RoleGroup,
    directory::v1::{
        AppraiserAssigned, Employment, EmploymentStarted, LineManagerAssigned, PersonAdded, PersonErased, PersonEvent,
        PersonLeft, PolicyEvent, PolicySet, Role, RoleGranted, RoleRevoked, RoleScope, Rules, SchoolDetails,
        SchoolEvent, SchoolJoinedTrust, SchoolRegistered, TrustEvent, TrustRegistered, person_event, policy_event,
        school_event, trust_event,
    },
    ids::{PersonId, TrustId, Urn, derived},
};
use chrono::DateTime;
use eventstore::{Kind, Metadata, Position, Recorded, StreamId, Version};
use uuid::Uuid;

use crate::roster::{Register, Scope};

pub(crate) const TRUST: TrustId = TrustId(Uuid::from_u128(0x10));
pub(crate) const OTHER_TRUST: TrustId = TrustId(Uuid::from_u128(0x11));

/// The day on which tests ask.
pub(crate) const TODAY: &str = "2025-11-14";
/// Everything in place since.
pub(crate) const SINCE: &str = "2025-09-01";

pub(crate) fn school() -> Urn {
    "136789".parse().unwrap()
}

pub(crate) fn other_school() -> Urn {
    "136790".parse().unwrap()
}

pub(crate) fn somebody(number: u128) -> PersonId {
    PersonId(Uuid::from_u128(0x1000 + number))
}

#[derive(Default)]
pub(crate) struct Directory {
    pub(crate) events: Vec<Recorded>,
}

impl Directory {
    /// Two schools of one trust, and another trust.
    pub(crate) fn of_two_schools() -> Self {
        let mut directory = Self::default();
        for (trust, name) in [(TRUST, "Castle Trust"), (OTHER_TRUST, "Harbour Trust")] {
            let registered = TrustRegistered {
                name: name.into(),
                ..TrustRegistered::default()
            };
            directory.tell(
                trust,
                trust.0,
                TrustEvent {
                    event: Some(trust_event::Event::Registered(registered)),
                },
            );
        }
        for urn in [school(), other_school()] {
            directory.school(
                urn,
                school_event::Event::Registered(SchoolRegistered {
                    urn: urn.to_string(),
                    details: Some(SchoolDetails {
                        name: format!("School {urn}"),
                        ..SchoolDetails::default()
                    }),
                }),
            );
            directory.school(
                urn,
                school_event::Event::JoinedTrust(SchoolJoinedTrust {
                    trust_id: TRUST.to_string(),
                    on: SINCE.into(),
                }),
            );
        }
        directory
    }

    pub(crate) fn tell<E: EventMessage>(&mut self, trust: TrustId, stream: Uuid, event: E) {
        let position = Position(i64::try_from(self.events.len()).unwrap() + 1);
        self.events.push(Recorded {
            position,
            event_id: Uuid::now_v7(),
            stream_id: StreamId(stream),
            version: Version(1),
            kind: Kind::of(event.kind()),
            metadata: Metadata {
                trust_id: trust.0,
                actor_id: Uuid::nil(),
                on_behalf_of: None,
                purpose: 0,
                occurred_at: DateTime::UNIX_EPOCH,
                correlation_id: Uuid::nil(),
                causation_id: None,
                traceparent: None,
                request_id: Uuid::nil(),
            },
            recorded_at: DateTime::UNIX_EPOCH,
            payload: event.encode_to_vec().into(),
        });
    }

    pub(crate) fn school(&mut self, urn: Urn, event: school_event::Event) {
        self.tell(TRUST, urn.stream_id(), SchoolEvent { event: Some(event) });
    }

    pub(crate) fn person_event(&mut self, trust: TrustId, person: PersonId, event: person_event::Event) {
        self.tell(trust, person.0, PersonEvent { event: Some(event) });
    }

    /// Adds somebody with one post.
    pub(crate) fn works_at(&mut self, trust: TrustId, person: PersonId, school: Option<Urn>) {
        self.person_event(trust, person, person_event::Event::Added(PersonAdded::default()));
        let employment = Employment {
            employment_id: derived("employment", &person.to_string()).to_string(),
            urn: school.map(|urn| urn.to_string()).unwrap_or_default(),
            role_group: RoleGroup::ClassroomTeacher.into(),
            job_title: "Teacher".into(),
            fte_percent: 100,
            from_on: SINCE.into(),
        };
        let started = EmploymentStarted {
            employment: Some(employment),
        };
        self.person_event(trust, person, person_event::Event::EmploymentStarted(started));
    }

    pub(crate) fn answers_for(&mut self, person: PersonId, role: Role, scope: Scope) {
        let granted = RoleGranted {
            role: role.into(),
            scope: Some(protocol(scope)),
            from_on: SINCE.into(),
        };
        self.person_event(TRUST, person, person_event::Event::RoleGranted(granted));
    }

    pub(crate) fn no_longer(&mut self, person: PersonId, role: Role, scope: Scope, on: &str) {
        let revoked = RoleRevoked {
            role: role.into(),
            scope: Some(protocol(scope)),
            on: on.into(),
        };
        self.person_event(TRUST, person, person_event::Event::RoleRevoked(revoked));
    }

    pub(crate) fn appraised_by(&mut self, person: PersonId, appraiser: PersonId, from_on: &str) {
        let assigned = AppraiserAssigned {
            appraiser_id: appraiser.to_string(),
            from_on: from_on.into(),
        };
        self.person_event(TRUST, person, person_event::Event::AppraiserAssigned(assigned));
    }

    pub(crate) fn managed_by(&mut self, person: PersonId, manager: PersonId) {
        let assigned = LineManagerAssigned {
            line_manager_id: manager.to_string(),
            from_on: SINCE.into(),
        };
        self.person_event(TRUST, person, person_event::Event::LineManagerAssigned(assigned));
    }

    pub(crate) fn leaves(&mut self, person: PersonId, on: &str) {
        self.person_event(TRUST, person, person_event::Event::Left(PersonLeft { on: on.into() }));
    }

    pub(crate) fn is_erased(&mut self, person: PersonId) {
        self.person_event(TRUST, person, person_event::Event::Erased(PersonErased::default()));
    }

    pub(crate) fn sets_policy(&mut self, from_on: &str, rules: Rules) {
        let set = PolicySet {
            urn: String::new(),
            from_on: from_on.into(),
            rules: Some(rules),
        };
        self.tell(
            TRUST,
            derived("policy", "test"),
            PolicyEvent {
                event: Some(policy_event::Event::Set(set)),
            },
        );
    }

    pub(crate) fn register(&self) -> Register {
        Register::of(&self.events)
    }
}

fn protocol(scope: Scope) -> RoleScope {
    match scope {
        Scope::School(urn) => RoleScope {
            urn: urn.to_string(),
            ..RoleScope::default()
        },
        Scope::Trust(trust) => RoleScope {
            trust_id: trust.to_string(),
            ..RoleScope::default()
        },
        Scope::Network(network) => RoleScope {
            network_id: network.to_string(),
            ..RoleScope::default()
        },
    }
}

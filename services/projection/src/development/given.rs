//! What the tests of views on development begin with: logs of the services, and the ground on which a view counts them.

use api::{
    EventMessage,
    catalogue::v1::{self as catalogue, ActivityKind, LearningRecordEvent},
    common::v1::{Purpose, RoleGroup},
    directory::v1::{self as directory, PersonEvent, SchoolEvent, TrustEvent},
    ids::{TrustId, Urn},
    observations::v1::{self as observations, FollowUpEvent, ObservationEvent},
};
use identity::roster::Register;
use uuid::Uuid;

use super::{Ask, Ground, ledger::Ledger, people::People, places::Places, words::Words};
use crate::{
    compact,
    fixtures::{Log, SCHOOL, TRUST, agreed, conducted, scheduled},
    link_report::Scope,
    suppression::Suppression,
};

/// Logs of all services.
pub(crate) struct Given {
    pub(crate) directory: Log,
    pub(crate) observations: Log,
    pub(crate) appraisal: Log,
    pub(crate) catalogue: Log,
    pub(crate) coaching: Log,
    pub(crate) evaluation: Log,
}

/// Somebody.
pub(crate) fn person(number: u32) -> Uuid {
    Uuid::from_u128(0x1000 + u128::from(number))
}

/// Something that happens.
pub(crate) fn stream(number: u32) -> Uuid {
    Uuid::from_u128(0x9000 + u128::from(number))
}

impl Given {
    /// A trust with one school and nobody in it.
    pub(crate) fn a_school() -> Self {
        let mut given = Self {
            directory: Log::new("directory"),
            observations: Log::new("observations"),
            appraisal: Log::new("appraisal"),
            catalogue: Log::new("catalogue"),
            coaching: Log::new("coaching"),
            evaluation: Log::new("evaluation"),
        };
        let registered = directory::TrustRegistered {
            name: "Castle Trust".into(),
            trust_id: TRUST.to_string(),
            ..Default::default()
        };
        given.directory.tell::<TrustEvent>(TRUST, registered);
        given.school(SCHOOL, "Castle School");
        given
    }

    /// Another school.
    pub(crate) fn school(&mut self, urn: &str, name: &str) {
        let at = urn.parse::<Urn>().unwrap().stream_id();
        let details = directory::SchoolDetails {
            name: name.into(),
            ..Default::default()
        };
        let registered = directory::SchoolRegistered {
            urn: urn.into(),
            details: Some(details),
        };
        self.directory.tell::<SchoolEvent>(at, registered);
        let joined = directory::SchoolJoinedTrust {
            trust_id: TRUST.to_string(),
            on: "2015-09-01".into(),
        };
        self.directory.tell::<SchoolEvent>(at, joined);
    }

    /// Somebody who works at the school.
    pub(crate) fn works(&mut self, who: Uuid, role_group: RoleGroup, fte_percent: i32, from_on: &str) {
        if !self.directory.has(who) {
            let added = directory::PersonAdded {
                trust_id: TRUST.to_string(),
                person_id: who.to_string(),
                ..Default::default()
            };
            self.directory.tell::<PersonEvent>(who, added);
        }
        let employment = directory::Employment {
            employment_id: Uuid::new_v5(&who, from_on.as_bytes()).to_string(),
            urn: SCHOOL.into(),
            role_group: role_group.into(),
            fte_percent,
            from_on: from_on.into(),
            ..Default::default()
        };
        let started = directory::EmploymentStarted {
            employment: Some(employment),
        };
        self.directory.tell::<PersonEvent>(who, started);
    }

    /// Teachers at full time, from the first number on.
    pub(crate) fn teachers(&mut self, numbers: std::ops::Range<u32>) {
        for number in numbers {
            self.works(person(number), RoleGroup::ClassroomTeacher, 100, "2020-09-01");
        }
    }

    /// A follow-up on a focus area.
    pub(crate) fn follow_up(&mut self, id: Uuid, who: Uuid, focus_area: &str, on: &str) {
        let agreed = observations::FollowUpAgreed {
            focus_areas: vec![focus_area.into()],
            ..agreed(who, person(99), on)
        };
        self.observations.tell::<FollowUpEvent>(id, agreed);
    }

    /// An observation for that purpose in which a focus area was looked for.
    pub(crate) fn observed(&mut self, id: Uuid, who: Uuid, (area, seen): (&str, bool), on: &str, purpose: Purpose) {
        let scheduled = observations::ObservationScheduled {
            purpose: purpose.into(),
            ..scheduled(who, person(99), on)
        };
        self.observations.tell::<ObservationEvent>(id, scheduled);
        let mut conducted = conducted(who, person(99), on);
        let descriptor = observations::Descriptor {
            focus_area: area.into(),
            seen,
            rating: 0,
        };
        conducted.record.as_mut().unwrap().descriptors.push(descriptor);
        self.observations.tell::<ObservationEvent>(id, conducted);
    }

    /// Hours credited for an activity on a focus area.
    pub(crate) fn credited(&mut self, who: Uuid, focus_area: &str, on: &str, minutes: i32) -> String {
        self.credited_for(who, ActivityKind::Course, focus_area, on, minutes)
    }

    /// The same of another kind.
    pub(crate) fn credited_for(
        &mut self,
        who: Uuid,
        kind: ActivityKind,
        focus_area: &str,
        on: &str,
        minutes: i32,
    ) -> String {
        let credit_id = Uuid::new_v5(&who, format!("{kind:?}{focus_area}{on}").as_bytes()).to_string();
        let credited = catalogue::HoursCredited {
            credit_id: credit_id.clone(),
            person_id: who.to_string(),
            urn: SCHOOL.into(),
            trust_id: TRUST.to_string(),
            activity_id: activity().to_string(),
            kind: kind.into(),
            on: on.into(),
            minutes,
            focus_areas: vec![focus_area.into()],
            purpose: Purpose::Developmental.into(),
            ..Default::default()
        };
        self.catalogue
            .tell::<LearningRecordEvent>(learning_record(who), credited);
        credit_id
    }

    /// Tells the catalogue's log something.
    pub(crate) fn in_catalogue<M: EventMessage>(&mut self, at: Uuid, event: impl Into<M>) {
        self.catalogue.tell::<M>(at, event);
    }

    /// What a view of 2025/26 is counted with on a day, for readers who see counts as they are.
    pub(crate) fn ground(&self, on: &str) -> Ground {
        self.ground_for(on, Suppression::none())
    }

    /// The same for readers who see no count below five.
    pub(crate) fn ground_for_governors(&self, on: &str) -> Ground {
        self.ground_for(on, Suppression::below(5))
    }

    fn ground_for(&self, on: &str, suppression: Suppression) -> Ground {
        let scope = Scope::parse(&TRUST.to_string(), "", 2025, 0, "", 0).unwrap();
        let logs = [
            &self.directory,
            &self.observations,
            &self.appraisal,
            &self.catalogue,
            &self.coaching,
            &self.evaluation,
        ];
        Ground {
            ask: Ask {
                scope,
                known_at: None,
                on: compact::day(on).unwrap(),
            },
            places: Places::in_register(&self.register(), TrustId(TRUST)),
            words: Words::default(),
            suppression,
            ledger: Ledger::of(logs),
        }
    }

    /// The people.
    pub(crate) fn people(&self) -> People {
        People::of(&self.register(), TrustId(TRUST))
    }

    fn register(&self) -> Register {
        Register::of(&self.directory.events)
    }
}

/// The activity for which hours are credited.
pub(crate) fn activity() -> Uuid {
    Uuid::from_u128(0xac)
}

/// Somebody's learning record.
pub(crate) fn learning_record(who: Uuid) -> Uuid {
    Uuid::new_v5(&who, b"learning record")
}

//! Who the actor is to a record, at this moment, by the roster. Everything that a policy may ask, in one number.

use api::{common::v1::Purpose, directory::v1::Role};
use chrono::NaiveDate;

use super::Record;
use crate::{
    actor::{Actor, Principal},
    roster::{Register, Scope},
};

/// One bit for each fact of the schema's `Standing` that is true or false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Facts(u32);

macro_rules! facts {
    ($($constant:ident = $bit:literal $name:literal),* $(,)?) => {
        impl Facts {
            $(pub(super) const $constant: Self = Self(1 << $bit);)*

            /// Every fact with its name in the schema.
            pub(super) const ALL: &'static [(Self, &'static str)] = &[$((Self::$constant, $name)),*];
        }
    };
}

facts! {
    SUBJECT = 0 "subject",
    OBSERVER = 1 "observer",
    SUPPORT_OWNER = 2 "supportOwner",
    APPRAISER = 3 "appraiser",
    LINE_MANAGER = 4 "lineManager",
    GRANTED = 5 "granted",
    HEAD = 6 "head",
    SCHOOL_LEADER = 7 "schoolLeader",
    CPD_LEAD = 8 "cpdLead",
    GOVERNOR = 9 "governor",
    COLLEAGUE = 10 "colleague",
    TRUST_LEADER = 11 "trustLeader",
    TRUST_HR = 12 "trustHr",
    TRUST_CPD_LEAD = 13 "trustCpdLead",
    SAME_TRUST = 14 "sameTrust",
    NETWORK_LEAD = 15 "networkLead",
    ON_BEHALF = 16 "onBehalf",
    MAY_REPRESENT = 17 "mayRepresent",
    REACHES_APPRAISAL = 18 "reachesAppraisal",
    PROMOTED = 19 "promoted",
    SHARED = 20 "shared",
}

impl Facts {
    pub(super) fn has(self, fact: Self) -> bool {
        self.0 & fact.0 != 0
    }

    fn set(&mut self, fact: Self, holds: bool) {
        if holds {
            self.0 |= fact.0;
        }
    }

    /// Who the actor is to the record on that day.
    pub(super) fn of(actor: &Actor, record: &Record, register: &Register, date: NaiveDate) -> Self {
        let mut facts = Self::default();
        facts.set(Self::SAME_TRUST, actor.may_enter(record.trust));
        facts.set(Self::PROMOTED, record.promoted);
        facts.set(Self::SHARED, record.shared);
        let policy = register.policy_at(record.trust, record.school, date);
        facts.set(Self::REACHES_APPRAISAL, policy.reaches_appraisal(record.purpose));
        if actor.on_behalf_of.is_some() {
            facts.set(Self::ON_BEHALF, true);
            facts.set(Self::MAY_REPRESENT, may_represent(actor, record, register, date));
        }
        let Some(id) = actor.acting_person() else { return facts };
        facts.set(Self::SUBJECT, record.subjects.contains(&id));
        let person = register.person(id);
        if person.is_some_and(|person| person.left(date) || person.erased) {
            // Whoever left keeps their own record, and nothing else.
            return facts;
        }
        facts.set(Self::OBSERVER, record.observers.contains(&id));
        facts.set(Self::SUPPORT_OWNER, record.support_owner == Some(id));
        facts.set(Self::GRANTED, record.granted.contains(&id));
        facts.set(
            Self::APPRAISER,
            match record.appraiser {
                Some(appraiser) => appraiser == id,
                None => record
                    .subjects
                    .iter()
                    .any(|subject| register.appraiser_of(*subject, date) == Some(id)),
            },
        );
        let manages = |subject| register.person(subject).and_then(|person| person.line_manager(date)) == Some(id);
        facts.set(
            Self::LINE_MANAGER,
            record.subjects.iter().any(|subject| manages(*subject)),
        );
        let Some(person) = person else { return facts };
        facts.set(Self::COLLEAGUE, person.trust == record.trust);
        for duty in person.duties.iter().filter(|duty| duty.on(date)) {
            let there = match duty.scope {
                Scope::School(school) => record.school == Some(school),
                Scope::Trust(trust) => record.trust == trust,
                Scope::Network(network) => record.network == Some(network),
            };
            let fact = match (duty.role, duty.scope) {
                (Role::Head, Scope::School(_)) => Self::HEAD,
                (Role::SchoolLeader, Scope::School(_)) => Self::SCHOOL_LEADER,
                (Role::CpdLead, Scope::School(_)) => Self::CPD_LEAD,
                (Role::Governor, Scope::School(_)) => Self::GOVERNOR,
                (Role::TrustLeader, Scope::Trust(_)) => Self::TRUST_LEADER,
                (Role::TrustHr, Scope::Trust(_)) => Self::TRUST_HR,
                (Role::TrustCpdLead, Scope::Trust(_)) => Self::TRUST_CPD_LEAD,
                (Role::NetworkLead, Scope::Network(_)) => Self::NETWORK_LEAD,
                _ => continue,
            };
            facts.set(fact, there);
        }
        facts
    }
}

fn may_represent(actor: &Actor, record: &Record, register: &Register, date: NaiveDate) -> bool {
    match actor.principal {
        Principal::Operator => true,
        Principal::Person(hr) => register
            .person(hr)
            .is_some_and(|hr| hr.has(Role::TrustHr, Scope::Trust(record.trust), date)),
        Principal::System(_) => false,
    }
}

/// The purpose's name in policies.
pub(super) fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Unspecified => "unspecified",
        Purpose::Developmental => "developmental",
        Purpose::Appraisal => "appraisal",
        Purpose::Induction => "induction",
        Purpose::QualityAssurance => "quality_assurance",
        Purpose::Statutory => "statutory",
    }
}

//! Who and where: two schools of one trust, a school of another, and a network of all three.

use api::{
    common::v1::RoleGroup,
    directory::v1::{self as directory, Role, RoleScope},
    ids::{NetworkId, PersonId, TrustId},
};
use uuid::Uuid;

use crate::{Estate, employment_of, record_of, rules::urn};

/// The trust.
pub const TRUST: TrustId = TrustId(Uuid::from_u128(1));
/// Another trust.
pub const STRANGERS: TrustId = TrustId(Uuid::from_u128(2));
/// A network of schools of both trusts, all of which gave consent.
pub const NETWORK: NetworkId = NetworkId(Uuid::from_u128(3));

/// The school where most of it happens.
pub const SCHOOL: &str = "136789";
/// The trust's other school.
pub const OTHER_SCHOOL: &str = "136790";
/// A school of the other trust.
pub const STRANGE_SCHOOL: &str = "136791";

/// Whom it is about: a classroom teacher.
pub const TEACHER: PersonId = PersonId(Uuid::from_u128(10));
/// A teacher who looks, coaches or helps.
pub const OBSERVER: PersonId = PersonId(Uuid::from_u128(11));
/// Another teacher who takes part.
pub const SECOND: PersonId = PersonId(Uuid::from_u128(12));
/// Leads professional development at the school.
pub const CPD_LEAD: PersonId = PersonId(Uuid::from_u128(13));
/// A teacher who has nothing to do with it.
pub const COLLEAGUE: PersonId = PersonId(Uuid::from_u128(14));
/// Head of the school.
pub const HEAD: PersonId = PersonId(Uuid::from_u128(15));
/// Leads professional development in the other school.
pub const OTHER_LEAD: PersonId = PersonId(Uuid::from_u128(16));
/// Human resources of the trust.
pub const HR: PersonId = PersonId(Uuid::from_u128(17));
/// A teaching assistant.
pub const ASSISTANT: PersonId = PersonId(Uuid::from_u128(18));
/// Appraises [`TEACHER`].
pub const APPRAISER: PersonId = PersonId(Uuid::from_u128(19));
/// Manages [`TEACHER`].
pub const LINE_MANAGER: PersonId = PersonId(Uuid::from_u128(20));
/// Leads the trust.
pub const TRUST_LEADER: PersonId = PersonId(Uuid::from_u128(21));
/// Leads professional development in the trust.
pub const TRUST_CPD_LEAD: PersonId = PersonId(Uuid::from_u128(22));
/// Governor of the school.
pub const GOVERNOR: PersonId = PersonId(Uuid::from_u128(23));
/// Leads the network.
pub const NETWORK_LEAD: PersonId = PersonId(Uuid::from_u128(24));
/// Head of the trust's other school.
pub const OTHER_HEAD: PersonId = PersonId(Uuid::from_u128(25));
/// A teacher of the trust's other school.
pub const OTHER_TEACHER: PersonId = PersonId(Uuid::from_u128(26));
/// A teacher of the other trust.
pub const STRANGER: PersonId = PersonId(Uuid::from_u128(27));

/// The account that keeps the platform running.
pub const OPERATOR: &str = "operator";

const FROM: &str = "2015-09-01";

pub(crate) async fn populate(estate: &Estate) {
    for (trust, name) in [(TRUST, "Harbour Trust"), (STRANGERS, "Meadow Trust")] {
        let registered = directory::TrustRegistered {
            name: name.into(),
            ..Default::default()
        };
        estate
            .record::<directory::TrustEvent>("directory", trust, registered)
            .await;
    }
    let network = directory::NetworkRegistered {
        name: "Coast Network".into(),
        network_id: NETWORK.to_string(),
        ..Default::default()
    };
    estate
        .record::<directory::NetworkEvent>("directory", NETWORK, network)
        .await;
    for (school, trust) in [(SCHOOL, TRUST), (OTHER_SCHOOL, TRUST), (STRANGE_SCHOOL, STRANGERS)] {
        let stream = urn(school).stream_id();
        let registered = directory::SchoolRegistered {
            urn: school.into(),
            details: None,
        };
        estate
            .record::<directory::SchoolEvent>("directory", stream, registered)
            .await;
        let joined = directory::SchoolJoinedTrust {
            trust_id: trust.to_string(),
            on: FROM.into(),
        };
        estate
            .record::<directory::SchoolEvent>("directory", stream, joined)
            .await;
        network_joined(estate, school, trust).await;
    }
    for (person, role_group, school) in [
        (TEACHER, RoleGroup::ClassroomTeacher, SCHOOL),
        (OBSERVER, RoleGroup::ClassroomTeacher, SCHOOL),
        (SECOND, RoleGroup::ClassroomTeacher, SCHOOL),
        (CPD_LEAD, RoleGroup::Leadership, SCHOOL),
        (COLLEAGUE, RoleGroup::ClassroomTeacher, SCHOOL),
        (HEAD, RoleGroup::Leadership, SCHOOL),
        (OTHER_LEAD, RoleGroup::Leadership, OTHER_SCHOOL),
        (HR, RoleGroup::OtherSupport, SCHOOL),
        (ASSISTANT, RoleGroup::TeachingAssistant, SCHOOL),
        (APPRAISER, RoleGroup::ClassroomTeacher, SCHOOL),
        (LINE_MANAGER, RoleGroup::ClassroomTeacher, SCHOOL),
        (TRUST_LEADER, RoleGroup::Leadership, OTHER_SCHOOL),
        (TRUST_CPD_LEAD, RoleGroup::Leadership, OTHER_SCHOOL),
        (GOVERNOR, RoleGroup::Governor, SCHOOL),
        (NETWORK_LEAD, RoleGroup::Leadership, OTHER_SCHOOL),
        (OTHER_HEAD, RoleGroup::Leadership, OTHER_SCHOOL),
        (OTHER_TEACHER, RoleGroup::ClassroomTeacher, OTHER_SCHOOL),
        (STRANGER, RoleGroup::ClassroomTeacher, STRANGE_SCHOOL),
    ] {
        employ(estate, person, role_group, school).await;
    }
    for (person, role, scope) in [
        (HEAD, Role::Head, at(SCHOOL)),
        (CPD_LEAD, Role::CpdLead, at(SCHOOL)),
        (GOVERNOR, Role::Governor, at(SCHOOL)),
        (OTHER_LEAD, Role::CpdLead, at(OTHER_SCHOOL)),
        (OTHER_HEAD, Role::Head, at(OTHER_SCHOOL)),
        (HR, Role::TrustHr, of_trust()),
        (TRUST_LEADER, Role::TrustLeader, of_trust()),
        (TRUST_CPD_LEAD, Role::TrustCpdLead, of_trust()),
        (NETWORK_LEAD, Role::NetworkLead, of_network()),
    ] {
        let granted = directory::RoleGranted {
            role: role.into(),
            scope: Some(scope),
            from_on: FROM.into(),
        };
        estate.person(person, granted).await;
    }
    let assigned = directory::AppraiserAssigned {
        appraiser_id: APPRAISER.to_string(),
        from_on: FROM.into(),
    };
    estate.person(TEACHER, assigned).await;
    let assigned = directory::LineManagerAssigned {
        line_manager_id: LINE_MANAGER.to_string(),
        from_on: FROM.into(),
    };
    estate.person(TEACHER, assigned).await;
    estate.catch_up().await;
}

async fn network_joined(estate: &Estate, school: &str, trust: TrustId) {
    let joined = directory::SchoolJoinedNetwork {
        urn: school.into(),
        on: FROM.into(),
    };
    estate
        .record::<directory::NetworkEvent>("directory", NETWORK, joined)
        .await;
    let consent = directory::NetworkConsentGiven {
        urn: school.into(),
        trust_id: trust.to_string(),
        on: FROM.into(),
    };
    estate
        .record::<directory::NetworkEvent>("directory", NETWORK, consent)
        .await;
}

pub(crate) async fn employ(estate: &Estate, person: PersonId, role_group: RoleGroup, school: &str) {
    let trust = if school == STRANGE_SCHOOL { STRANGERS } else { TRUST };
    let added = directory::PersonAdded {
        trust_id: trust.to_string(),
        ..Default::default()
    };
    of(trust, estate, person, added.into()).await;
    let employment = directory::Employment {
        employment_id: employment_of(person).to_string(),
        urn: school.into(),
        role_group: role_group.into(),
        job_title: String::new(),
        fte_percent: 100,
        from_on: FROM.into(),
    };
    let started = directory::EmploymentStarted {
        employment: Some(employment),
    };
    of(trust, estate, person, started.into()).await;
}

async fn of(trust: TrustId, estate: &Estate, person: PersonId, event: directory::PersonEvent) {
    record_of(trust, estate.store("directory"), person.0, event).await;
}

fn at(school: &str) -> RoleScope {
    RoleScope {
        urn: school.into(),
        ..Default::default()
    }
}

fn of_trust() -> RoleScope {
    RoleScope {
        trust_id: TRUST.to_string(),
        ..Default::default()
    }
}

fn of_network() -> RoleScope {
    RoleScope {
        network_id: NETWORK.to_string(),
        ..Default::default()
    }
}

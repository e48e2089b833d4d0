//! A record as far as access to it depends on it.

use api::{
    common::v1::Purpose,
    ids::{NetworkId, PersonId, TrustId, Urn},
};

use super::Kind;

/// What is to be read or changed. What is not stated is nobody, nowhere, not promoted and not withheld.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub kind: Kind,
    pub trust: TrustId,
    pub school: Option<Urn>,
    pub network: Option<NetworkId>,
    pub subjects: Vec<PersonId>,
    pub observers: Vec<PersonId>,
    pub support_owner: Option<PersonId>,
    pub appraiser: Option<PersonId>,
    pub granted: Vec<PersonId>,
    pub purpose: Purpose,
    pub promoted: bool,
    pub shared: bool,
}

impl Record {
    /// A record of a trust.
    pub fn new(kind: Kind, trust: TrustId) -> Self {
        Self {
            kind,
            trust,
            school: None,
            network: None,
            subjects: Vec::new(),
            observers: Vec::new(),
            support_owner: None,
            appraiser: None,
            granted: Vec::new(),
            purpose: Purpose::Unspecified,
            promoted: false,
            shared: true,
        }
    }

    /// The school that it belongs to.
    pub fn at(self, school: impl Into<Option<Urn>>) -> Self {
        Self {
            school: school.into(),
            ..self
        }
    }

    /// The network that it belongs to.
    pub fn of_network(self, network: NetworkId) -> Self {
        Self {
            network: Some(network),
            ..self
        }
    }

    /// Whom it is about, or whose own it is. Call it for each of a pair.
    pub fn about(mut self, person: PersonId) -> Self {
        self.subjects.push(person);
        self
    }

    /// Who observed, or was on the walk's team.
    pub fn observed_by(mut self, observers: impl IntoIterator<Item = PersonId>) -> Self {
        self.observers.extend(observers);
        self
    }

    /// Who owes the promised support.
    pub fn supported_by(self, owner: impl Into<Option<PersonId>>) -> Self {
        Self {
            support_owner: owner.into(),
            ..self
        }
    }

    /// Who appraises, as the record says. Where it says nothing, the roster does.
    pub fn appraised_by(self, appraiser: impl Into<Option<PersonId>>) -> Self {
        Self {
            appraiser: appraiser.into(),
            ..self
        }
    }

    /// Who was given access by name.
    pub fn granted_to(mut self, people: impl IntoIterator<Item = PersonId>) -> Self {
        self.granted.extend(people);
        self
    }

    /// The purpose fixed at capture.
    pub fn purpose(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    /// Whether its subject promoted it to their own appraisal.
    pub fn promoted(self, promoted: bool) -> Self {
        Self { promoted, ..self }
    }

    /// Whether its subject may see it by now, as feedback that was shared.
    pub fn shared(self, shared: bool) -> Self {
        Self { shared, ..self }
    }
}

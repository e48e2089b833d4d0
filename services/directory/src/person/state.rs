//! What a person's state shows to queries and to other rules, and the parts that it is made of.

use super::*;

impl Person {
    /// Their identifier; nil before they are added.
    pub fn id(&self) -> PersonId {
        self.id
    }

    /// The trust that employs them, or last did; absent before they are added.
    pub fn trust(&self) -> Option<TrustId> {
        self.trust
    }

    /// Given and family name, sealed.
    pub fn names(&self) -> (Sealed, Sealed) {
        (self.given_name.clone(), self.family_name.clone())
    }

    /// Unspecified for support staff.
    pub fn career_stage(&self) -> CareerStage {
        self.career_stage
    }

    /// Past, present and future posts.
    pub fn posts(&self) -> &Posts {
        &self.posts
    }

    /// Last day in the trust.
    pub fn left_on(&self) -> Option<NaiveDate> {
        self.left_on
    }

    /// The long absence that has not ended.
    pub fn leave(&self) -> Option<Leave> {
        self.leave
    }

    /// Who manages them.
    pub fn line_manager(&self) -> Option<PersonId> {
        self.line_manager
    }

    /// Who appraises them.
    pub fn appraiser(&self) -> Option<PersonId> {
        self.appraiser
    }

    /// Roles held on a day.
    pub fn roles_on(&self, date: NaiveDate) -> impl Iterator<Item = &Grant> {
        self.grants
            .iter()
            .filter(move |grant| grant.until.is_none_or(|until| date <= until))
    }

    /// Identifiers in other systems.
    pub fn identifiers(&self) -> &[Identifier] {
        &self.identifiers
    }

    /// Whether their text can no longer be read.
    pub fn erased(&self) -> bool {
        self.erased
    }
}

impl Offer {
    /// As the protocol writes it.
    pub fn employment(&self) -> Employment {
        self.terms.employment(self.employment)
    }
}

impl Grant {
    /// Whether no end is known.
    pub fn is_open(&self) -> bool {
        self.until.is_none()
    }

    pub(super) fn revoked(&self, on: NaiveDate) -> PersonEvent {
        // A role that was to begin later never does.
        let on = on.max(before(self.from_on));
        RoleRevoked {
            role: self.role.into(),
            scope: Some(self.scope.shown()),
            on: on.to_string(),
        }
        .into()
    }
}

impl Scope {
    /// Reads what was recorded; absent unless it names a place.
    pub fn read(scope: Option<&RoleScope>) -> Option<Self> {
        let scope = scope?;
        let school = scope.urn.parse().ok().map(Self::School);
        let trust = || scope.trust_id.parse().ok().map(Self::Trust);
        let network = || scope.network_id.parse().ok().map(Self::Network);
        school.or_else(trust).or_else(network)
    }

    /// As the protocol writes it.
    pub fn shown(self) -> RoleScope {
        match self {
            Self::School(urn) => RoleScope {
                urn: urn.into(),
                ..RoleScope::default()
            },
            Self::Trust(trust) => RoleScope {
                trust_id: trust.into(),
                ..RoleScope::default()
            },
            Self::Network(network) => RoleScope {
                network_id: network.into(),
                ..RoleScope::default()
            },
        }
    }

    /// Whether a role can hold in such a place.
    pub fn suits(self, role: Role) -> bool {
        match role {
            Role::Head | Role::CpdLead | Role::SchoolLeader | Role::Governor => matches!(self, Self::School(_)),
            Role::TrustLeader | Role::TrustHr | Role::TrustCpdLead => matches!(self, Self::Trust(_)),
            Role::NetworkLead => matches!(self, Self::Network(_)),
            Role::Unspecified => false,
        }
    }
}

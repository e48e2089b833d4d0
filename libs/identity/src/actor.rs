//! Who acts: a person of a trust, an operator's account, or the product itself.

use std::{collections::HashMap, sync::Arc};

use api::{
    directory::v1::{IdentifierScheme, Role},
    ids::{PersonId, TrustId, derived},
};
use chrono::Utc;
use tonic::metadata::MetadataMap;
use uuid::Uuid;

use crate::{
    Keys, context, keys,
    roster::{self, Roster, Scope},
    token::{self, Claims, SubjectIs, Verifier},
};

/// The request header that names whom the sender stands in for: a person's UUID.
pub const ON_BEHALF_OF: &str = "x-on-behalf-of";

/// Why a caller is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Token(#[from] token::Error),
    #[error("nobody here signs in with this account")]
    UnknownAccount,
    #[error("this account's person was erased")]
    Erased,
    #[error("the person to act on behalf of is not a known person's identifier")]
    NotAPerson,
    #[error("only human resources and operators may enter what others did")]
    MayNotRepresent,
    #[error("who is asking cannot be found out right now")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// What kind of principal acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A member of the workforce.
    Person(PersonId),
    /// An account for imports from HR and management information systems: directory commands, never personal records.
    Operator,
    /// A reaction of the product itself, by its name.
    System(&'static str),
}

/// Who acts, for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub principal: Principal,
    /// For the record: a person's own identifier, else one derived from the account or the name.
    pub id: Uuid,
    /// The trust that a person belongs to or an operator serves; absent for whoever serves all.
    pub trust: Option<TrustId>,
    /// Whose act is being entered, when it is somebody else's.
    pub on_behalf_of: Option<PersonId>,
}

impl Actor {
    /// A person of a trust.
    pub fn person(id: PersonId, trust: TrustId) -> Self {
        Self {
            principal: Principal::Person(id),
            id: id.0,
            trust: Some(trust),
            on_behalf_of: None,
        }
    }

    /// An operator's account by its `issuer#sub`, for one trust or all.
    pub fn operator(account: &str, trust: Option<TrustId>) -> Self {
        Self {
            principal: Principal::Operator,
            id: derived("operator", account),
            trust,
            on_behalf_of: None,
        }
    }

    /// A part of the product, such as `hand-over`.
    pub fn system(name: &'static str) -> Self {
        Self {
            principal: Principal::System(name),
            id: derived("system", name),
            trust: None,
            on_behalf_of: None,
        }
    }

    /// Enters what somebody else did.
    pub fn on_behalf_of(self, person: PersonId) -> Self {
        Self {
            on_behalf_of: Some(person),
            ..self
        }
    }

    /// The person who acts, if it is one.
    pub fn person_id(&self) -> Option<PersonId> {
        match self.principal {
            Principal::Person(id) => Some(id),
            Principal::Operator | Principal::System(_) => None,
        }
    }

    /// Whose act it is: the person stood in for, else the person who acts.
    pub fn acting_person(&self) -> Option<PersonId> {
        self.on_behalf_of.or(self.person_id())
    }

    /// Whether it is this person's own act.
    pub fn is(&self, person: PersonId) -> bool {
        self.acting_person() == Some(person)
    }

    /// Whether the actor has anything to do with this trust at all.
    pub fn may_enter(&self, trust: TrustId) -> bool {
        self.trust.is_none_or(|own| own == trust)
    }
}

/// Turns requests into actors. Cheap to clone.
#[derive(Clone)]
pub struct Authenticator {
    verifier: Verifier,
    roster: Roster,
    keys: Keys,
    /// By `issuer#sub`, with the trust that they serve.
    operators: Arc<HashMap<String, Option<TrustId>>>,
}

impl Authenticator {
    /// `operators` are accounts by their `issuer#sub`, each with the one trust that it serves or none for all.
    pub fn new(
        verifier: Verifier,
        roster: Roster,
        keys: Keys,
        operators: impl IntoIterator<Item = (String, Option<TrustId>)>,
    ) -> Self {
        Self {
            verifier,
            roster,
            keys,
            operators: Arc::new(operators.into_iter().collect()),
        }
    }

    /// Who sent a request, by its bearer token, and for whom, by [`ON_BEHALF_OF`].
    pub async fn authenticate(&self, metadata: &MetadataMap) -> Result<Actor, Error> {
        let claims = self.verifier.verify_request(metadata).await?;
        let actor = self.identify(&claims).await?;
        match metadata.get(ON_BEHALF_OF) {
            None => Ok(actor),
            Some(header) => {
                let person = header
                    .to_str()
                    .ok()
                    .and_then(|text| text.parse().ok())
                    .ok_or(Error::NotAPerson)?;
                self.represent(actor, person).await
            }
        }
    }

    /// Whom a verified token speaks for.
    pub async fn identify(&self, claims: &Claims) -> Result<Actor, Error> {
        let account = claims.external();
        if let Some(trust) = self.operators.get(&account) {
            return Ok(Actor::operator(&account, *trust));
        }
        let id = match claims.subject_is {
            SubjectIs::PersonId => claims.subject.parse().map_err(|_| Error::UnknownAccount)?,
            SubjectIs::ExternalIdentifier => {
                let digest = self.keys.digest(IdentifierScheme::Oidc, &account).await?;
                self.roster.signing_in(&digest).await?.ok_or(Error::UnknownAccount)?
            }
        };
        let person = self.roster.person(id).await?;
        if person.erased {
            return Err(Error::Erased);
        }
        Ok(Actor::person(id, person.trust))
    }

    async fn represent(&self, actor: Actor, id: PersonId) -> Result<Actor, Error> {
        let represented = self.roster.person(id).await.map_err(|error| match error {
            roster::Error::UnknownPerson(_) => Error::NotAPerson,
            error => error.into(),
        })?;
        let allowed = match actor.principal {
            Principal::Person(hr) => self.roster.read().person(hr).is_some_and(|hr| {
                hr.has(
                    Role::TrustHr,
                    Scope::Trust(represented.trust),
                    context::date_in_england(Utc::now()),
                )
            }),
            Principal::Operator => actor.may_enter(represented.trust),
            Principal::System(_) => false,
        };
        if allowed {
            Ok(actor.on_behalf_of(id))
        } else {
            Err(Error::MayNotRepresent)
        }
    }
}

impl From<roster::Error> for Error {
    fn from(error: roster::Error) -> Self {
        match error {
            roster::Error::Unavailable => Self::Unavailable(Box::new(error)),
            _ => Self::UnknownAccount,
        }
    }
}

impl From<keys::Error> for Error {
    fn from(error: keys::Error) -> Self {
        Self::Unavailable(Box::new(error))
    }
}

#[cfg(test)]
mod tests;

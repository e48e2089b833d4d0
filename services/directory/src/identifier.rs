//! Another system's identifier of a person: one owner at a time within a trust.
//!
//! claimed ◄──► released
//!
//! It has a stream of its own so that two people can never be given it at the same moment: both would write to the
//! same stream. The stream's identifier follows from a keyed digest, so the identifier itself is not stored here.

use api::{
    directory::v1::{IdentifierClaimed, IdentifierEvent, IdentifierReleased, IdentifierScheme, identifier_event},
    ids::{PersonId, TrustId, derived},
};
use eventstore::Aggregate;
use identity::Context;
use uuid::Uuid;

/// An identifier as it is now.
#[derive(Clone, Debug, Default)]
pub struct Identifier {
    owner: Option<PersonId>,
    trust: Option<TrustId>,
}

/// What may be asked of an identifier.
#[derive(Clone, Debug)]
pub enum Command {
    /// It leads to this person from now on.
    Claim {
        trust: TrustId,
        scheme: IdentifierScheme,
        person: PersonId,
    },
    /// It leads nowhere.
    Release { person: PersonId },
}

/// Why a command is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this identifier belongs to somebody else: take it from them first")]
    Taken,
    #[error("this identifier does not belong to this person")]
    NotTheirs,
}

impl service::Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::Taken => "IDENTIFIER_TAKEN",
            Self::NotTheirs => "IDENTIFIER_NOT_THEIRS",
        }
    }

    fn field(&self) -> Option<&'static str> {
        Some("value")
    }
}

/// The stream of an identifier. A sign-in is the same person's in every trust; other identifiers are a trust's own.
pub fn stream_id(trust: TrustId, scheme: IdentifierScheme, digest: &str) -> Uuid {
    match scheme {
        IdentifierScheme::Oidc => derived("identifier", &format!("{}:{digest}", scheme.as_str_name())),
        _ => derived("identifier", &format!("{trust}:{}:{digest}", scheme.as_str_name())),
    }
}

impl Aggregate for Identifier {
    type Event = IdentifierEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, _: &Context) -> Result<Vec<IdentifierEvent>, Rejection> {
        match command {
            Command::Claim { trust, scheme, person } => self.claim(trust, scheme, person),
            Command::Release { person } => self.release(person),
        }
    }

    fn evolve(&mut self, event: &IdentifierEvent) {
        match &event.event {
            Some(identifier_event::Event::Claimed(claimed)) => {
                self.owner = claimed.person_id.parse().ok();
                self.trust = claimed.trust_id.parse().ok();
            }
            Some(identifier_event::Event::Released(_)) => self.owner = None,
            None => {}
        }
    }
}

impl Identifier {
    /// Whom it leads to.
    pub fn owner(&self) -> Option<PersonId> {
        self.owner
    }

    /// The trust of whom it led to last.
    pub fn trust(&self) -> Option<TrustId> {
        self.trust
    }

    fn claim(
        &self,
        trust: TrustId,
        scheme: IdentifierScheme,
        person: PersonId,
    ) -> Result<Vec<IdentifierEvent>, Rejection> {
        match self.owner {
            Some(owner) if owner == person => Ok(Vec::new()),
            Some(_) => Err(Rejection::Taken),
            None => Ok(vec![
                IdentifierClaimed {
                    scheme: scheme.into(),
                    person_id: person.into(),
                    trust_id: trust.into(),
                }
                .into(),
            ]),
        }
    }

    fn release(&self, person: PersonId) -> Result<Vec<IdentifierEvent>, Rejection> {
        if self.owner != Some(person) {
            return Err(Rejection::NotTheirs);
        }
        Ok(vec![
            IdentifierReleased {
                person_id: person.into(),
            }
            .into(),
        ])
    }
}

#[cfg(test)]
mod tests {
    use identity::Context;
    use testkit::given;

    use super::*;
    use crate::tests::{context, person, trust};

    fn claimed(number: u128) -> IdentifierEvent {
        let (person_id, trust_id) = (person(number).into(), trust(1).into());
        IdentifierClaimed {
            scheme: IdentifierScheme::Trn.into(),
            person_id,
            trust_id,
        }
        .into()
    }

    fn claim(number: u128) -> Command {
        Command::Claim {
            trust: trust(1),
            scheme: IdentifierScheme::Trn,
            person: person(number),
        }
    }

    fn today() -> Context {
        context("2025-11-14")
    }

    #[test]
    fn a_free_identifier_is_claimed() {
        given::<Identifier>([]).under(today()).when(claim(1)).then([claimed(1)]);
    }

    #[test]
    fn claiming_ones_own_changes_nothing() {
        given::<Identifier>([claimed(1)]).under(today()).when(claim(1)).then([]);
    }

    #[test]
    fn nobody_takes_what_is_somebody_elses() {
        given::<Identifier>([claimed(1)])
            .under(today())
            .when(claim(2))
            .then_rejected(|rejection| assert_eq!(rejection, Rejection::Taken));
    }

    #[test]
    fn a_released_identifier_is_free_again() {
        let released = IdentifierReleased {
            person_id: person(1).into(),
        };
        given::<Identifier>([claimed(1)])
            .under(today())
            .when(Command::Release { person: person(1) })
            .then([released.clone().into()]);
        given::<Identifier>([claimed(1), released.into()])
            .under(today())
            .when(claim(2))
            .then([claimed(2)]);
    }

    #[test]
    fn only_its_owner_releases_it() {
        given::<Identifier>([claimed(1)])
            .under(today())
            .when(Command::Release { person: person(2) })
            .then_rejected(|rejection| assert_eq!(rejection, Rejection::NotTheirs));
    }

    #[test]
    fn a_sign_in_is_one_persons_across_trusts() {
        let of = |number, scheme| stream_id(trust(number), scheme, "digest");
        assert_eq!(of(1, IdentifierScheme::Oidc), of(2, IdentifierScheme::Oidc));
        assert_ne!(of(1, IdentifierScheme::Payroll), of(2, IdentifierScheme::Payroll));
    }
}

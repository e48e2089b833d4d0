//! The edge: requests become typed commands, and state becomes replies. Nothing is decided here.
//!
//! What a rule must know of the outside is looked up on the way: posts in the roster, activities in the store,
//! follow-ups and objectives in the index.

mod activities;
mod learning;
pub(crate) mod planning;
mod sessions;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use api::{
    catalogue::v1::{
        activity_service_server::ActivityServiceServer, learning_service_server::LearningServiceServer,
        session_service_server::SessionServiceServer,
    },
    common::v1::Sealed,
    directory::v1::Role,
    ids::{PersonId, TrustId, Urn},
};
use chrono::NaiveDate;
use identity::{
    Action, Actor, Record, Roster,
    roster::{self, Person, School, Scope},
};
use service::{
    Commands, Error, Server, Violations,
    page::{self, Page, Pager},
    server::MAX_REQUEST_BYTES,
};

use crate::index::Index;

/// Most characters of the code of a focus area or a subject.
pub(crate) const CODE: usize = 100;
/// Most codes of focus areas.
pub(crate) const FOCUS_AREAS: usize = 10;
/// Most follow-ups, objectives or priorities that something is for.
pub(crate) const LINKS: usize = 20;
/// Most places of a session.
pub(crate) const CAPACITY: i32 = 10_000;
/// Most characters of a reason.
pub(crate) const REASON: usize = 1_000;

/// The gRPC services. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Edge {
    pub(crate) commands: Commands,
    pub(crate) index: Index,
    pub(crate) pager: Arc<Pager>,
}

impl Edge {
    pub(crate) fn new(commands: Commands, index: Index, pager: Pager) -> Self {
        Self {
            commands,
            index,
            pager: Arc::new(pager),
        }
    }

    /// Adds the services to a server.
    pub(crate) fn register(&self, server: Server) -> Server {
        server
            .with(ActivityServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(SessionServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(LearningServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
    }

    pub(crate) fn roster(&self) -> &Roster {
        self.commands.gate().roster()
    }

    /// A school and the trust that it belongs to on a day.
    pub(crate) async fn school(&self, field: &str, urn: Urn, on: NaiveDate) -> Result<(School, TrustId), Error> {
        let school = self.roster().school(urn).await.map_err(|error| unknown(field, error))?;
        if school.closed_on.is_some_and(|closed_on| closed_on < on) {
            return Err(Error::invalid(field, format!("school {urn} is closed on {on}")));
        }
        match school.trust_on(on).or(school.trust) {
            Some(trust) => Ok((school, trust)),
            None => Err(Error::invalid(field, format!("school {urn} belongs to no trust"))),
        }
    }

    /// A trust, and its school if one is given. A school alone says which trust.
    pub(crate) async fn place(
        &self,
        trust: Option<TrustId>,
        urn: Option<Urn>,
        on: NaiveDate,
    ) -> Result<(TrustId, Option<Urn>), Error> {
        match (trust, urn) {
            (None, None) => Err(Error::invalid("trust_id", "give a trust, or a school of it")),
            (Some(trust), None) => {
                let known = self.roster().trust(trust).await;
                known.map_err(|error| unknown("trust_id", error))?;
                Ok((trust, None))
            }
            (trust, Some(urn)) => {
                let (_, of_school) = self.school("urn", urn, on).await?;
                if trust.is_some_and(|trust| trust != of_school) {
                    return Err(Error::invalid("urn", format!("school {urn} is of another trust")));
                }
                Ok((of_school, Some(urn)))
            }
        }
    }

    /// Somebody of a trust who is there on a day. People of other trusts do not exist here.
    pub(crate) async fn member(
        &self,
        field: &str,
        id: PersonId,
        trust: TrustId,
        on: NaiveDate,
    ) -> Result<Person, Error> {
        let person = self.roster().person(id).await.map_err(|error| unknown(field, error))?;
        if person.trust != trust {
            return Err(unknown(field, roster::Error::UnknownPerson(id)));
        }
        if person.left(on) || person.erased {
            return Err(Error::invalid(
                field,
                format!("{id} does not belong to the trust any more on {on}"),
            ));
        }
        Ok(person)
    }

    /// The person whom a request means: the one named, or else the one whose act it is.
    pub(crate) fn meant(field: &str, named: Option<PersonId>, actor: &Actor) -> Result<PersonId, Error> {
        named
            .or(actor.acting_person())
            .ok_or_else(|| Error::invalid(field, "say who: this account is nobody's own"))
    }

    /// The trust whose lists a caller asks for: the one named, or else their own.
    pub(crate) fn trust_of(named: Option<TrustId>, actor: &Actor) -> Result<TrustId, Error> {
        named
            .or(actor.trust)
            .ok_or_else(|| Error::invalid("trust_id", "say which trust: this account serves all"))
    }

    /// Schools where somebody holds one of these roles, and whether one of them holds across the trust.
    pub(crate) fn reach(&self, person: PersonId, trust: TrustId, roles: &[Role], on: NaiveDate) -> Reach {
        let register = self.roster().read();
        let mut reach = Reach::default();
        let Some(person) = register.person(person).filter(|person| !person.left(on)) else {
            return reach;
        };
        for duty in person
            .duties
            .iter()
            .filter(|duty| duty.on(on) && roles.contains(&duty.role))
        {
            match duty.scope {
                Scope::School(urn) => reach.schools.push(urn),
                Scope::Trust(scope) => reach.whole_trust |= scope == trust,
                Scope::Network(_) => {}
            }
        }
        reach
    }

    /// Lets the actor read a record, or says that they may not.
    pub(crate) async fn read(&self, actor: &Actor, record: &Record) -> Result<(), Error> {
        self.commands.gate().authorise(actor, Action::Read, record).await
    }

    /// Of what is to be shown with its record, what the actor may read; the reading is recorded.
    pub(crate) async fn readable<T>(&self, actor: &Actor, all: Vec<(Record, T)>) -> Result<Vec<T>, Error> {
        let decisions =
            self.commands
                .gate()
                .access()
                .check_many(actor, Action::Read, all.iter().map(|(record, _)| record));
        let shown: Vec<(Record, T)> = all
            .into_iter()
            .zip(decisions)
            .filter_map(|(shown, decision)| decision.permitted.then_some(shown))
            .collect();
        self.commands
            .gate()
            .record_reads(actor, shown.iter().map(|(record, _)| record))
            .await?;
        Ok(shown.into_iter().map(|(_, shown)| shown).collect())
    }

    /// Text for a reader; empty if there is none, `[erased]` if its key was destroyed.
    pub(crate) async fn text(&self, trust: TrustId, sealed: Option<&Sealed>) -> Result<String, Error> {
        match sealed {
            Some(sealed) => Ok(self.commands.keys().open_one(trust.0, sealed).await?),
            None => Ok(String::new()),
        }
    }

    /// The page that a query asks for. `parameters` is the query without its page fields.
    pub(crate) fn page<C: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        actor: &Actor,
        parameters: &impl prost::Message,
        (size, token): (i32, &str),
    ) -> Result<(page::Scope, Page<C>), Error> {
        let scope = page::Scope::of(method, &actor.id.to_string(), parameters);
        let page = self.pager.page(&scope, size, token)?;
        Ok((scope, page))
    }
}

/// How far somebody's duties reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) schools: Vec<Urn>,
    pub(crate) whole_trust: bool,
}

impl Reach {
    /// Whether it reaches a school, or the central team.
    pub(crate) fn covers(&self, urn: Option<Urn>) -> bool {
        self.whole_trust || urn.is_some_and(|urn| self.schools.contains(&urn))
    }
}

/// What the roster does not know is a mistake in the request; that it cannot be asked is not.
pub(crate) fn unknown(field: &str, error: roster::Error) -> Error {
    match error {
        roster::Error::Unavailable => error.into(),
        unknown => Error::invalid(field, unknown.to_string()),
    }
}

/// Codes of focus areas.
pub(crate) fn codes(violations: &mut Violations, field: &str, codes: &[String]) -> Option<Vec<String>> {
    violations.list(field, codes, FOCUS_AREAS, |violations, path, code| {
        let code = violations.text(path, code, CODE)?;
        violations.check(!code.contains(','), path, || "must not contain a comma".into());
        Some(code)
    })
}

/// Text that may be empty.
pub(crate) fn free_text(violations: &mut Violations, field: &str, text: &str, most: usize) -> Option<String> {
    violations
        .optional_text(field, text, most)
        .map(Option::unwrap_or_default)
}

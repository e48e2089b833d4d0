//! The edge: requests become typed commands, and state becomes replies. Nothing is decided here.
//!
//! What a rule must know of the outside is looked up on the way: posts and terms in the roster, other observations in
//! the store, load in the index.

mod follow_ups;
mod learning_walks;
mod observations;
#[cfg(test)]
mod tests;

use api::{
    common::v1::Sealed,
    directory::v1::Role,
    ids::{ObservationId, PersonId, TrustId, Urn},
    observations::v1::{
        follow_up_service_server::FollowUpServiceServer, learning_walk_service_server::LearningWalkServiceServer,
        observation_service_server::ObservationServiceServer,
    },
};
use chrono::NaiveDate;
use identity::{
    Action, Actor, Record, Roster,
    policy::cycle_of,
    roster::{self, Person, Post, School, Scope},
};
use service::{Code, Commands, Error, Server, Violations, server::MAX_REQUEST_BYTES};

use crate::{
    index::Index,
    observation::{Load, Observation},
    working_days::WorkingDays,
};

/// Most characters of the code of a focus area, or of the name of a team.
const CODE: usize = 100;

/// The three gRPC services. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Edge {
    commands: Commands,
    index: Index,
}

impl Edge {
    pub(crate) fn new(commands: Commands, index: Index) -> Self {
        Self { commands, index }
    }

    /// Adds the services to a server.
    pub(crate) fn register(&self, server: Server) -> Server {
        server
            .with(ObservationServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(FollowUpServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(LearningWalkServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
    }

    fn roster(&self) -> &Roster {
        self.commands.gate().roster()
    }

    /// A school and the trust that it belongs to on a day.
    async fn school(&self, field: &str, urn: Urn, on: NaiveDate) -> Result<(School, TrustId), Error> {
        let school = self.roster().school(urn).await.map_err(|error| unknown(field, error))?;
        if school.closed_on.is_some_and(|closed_on| closed_on < on) {
            return Err(Error::invalid(field, format!("school {urn} is closed on {on}")));
        }
        match school.trust_on(on).or(school.trust) {
            Some(trust) => Ok((school, trust)),
            None => Err(Error::invalid(field, format!("school {urn} belongs to no trust"))),
        }
    }

    /// Somebody of a trust who is there on a day. People of other trusts do not exist here.
    async fn member(&self, field: &str, id: PersonId, trust: TrustId, on: NaiveDate) -> Result<Person, Error> {
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

    /// Somebody's post at a school on a day. One that the roster does not know yet may be a moment old.
    async fn post(&self, field: &str, id: PersonId, trust: TrustId, urn: Urn, on: NaiveDate) -> Result<Post, Error> {
        if let Some(post) = self.member(field, id, trust, on).await?.post_at(urn, on) {
            return Ok(*post);
        }
        self.roster().catch_up().await?;
        let person = self.member(field, id, trust, on).await?;
        let missing = || Error::invalid(field, format!("{id} has no post at school {urn} on {on}"));
        person.post_at(urn, on).copied().ok_or_else(missing)
    }

    /// The days on which a school works.
    fn working_days(&self, school: &School, trust: TrustId) -> WorkingDays {
        WorkingDays::of(school, self.roster().read().trust(trust))
    }

    async fn working_days_at(&self, urn: Urn, trust: TrustId) -> Result<WorkingDays, Error> {
        let school = self.roster().school(urn).await?;
        Ok(self.working_days(&school, trust))
    }

    /// What somebody is observed for already in the cycle of a day, without one observation.
    async fn load(&self, observee: PersonId, on: NaiveDate, without: ObservationId) -> Result<Load, Error> {
        self.index.load(observee, cycle_of(on), without).await
    }

    /// An observation that a request names. Whoever may not read it cannot tell it from one that does not exist.
    async fn observation(&self, field: &str, id: ObservationId) -> Result<Observation, Error> {
        match self.commands.load::<Observation>(id).await? {
            Some(loaded) => Ok(loaded.state),
            None => Err(Error::invalid(field, format!("there is no observation {id}"))),
        }
    }

    /// Whether the actor leads professional development at a school or across its trust, or leads the school.
    fn leads(&self, actor: &Actor, urn: Urn, trust: TrustId, on: NaiveDate) -> bool {
        let register = self.roster().read();
        actor
            .acting_person()
            .and_then(|id| register.person(id))
            .is_some_and(|person| {
                person.has(Role::CpdLead, Scope::School(urn), on)
                    || person.has(Role::Head, Scope::School(urn), on)
                    || person.has(Role::TrustCpdLead, Scope::Trust(trust), on)
            })
    }

    /// Whether the actor may read a part of what they asked for; it is left out otherwise.
    async fn may_read(&self, actor: &Actor, part: &Record) -> Result<bool, Error> {
        match self.commands.gate().authorise(actor, Action::Read, part).await {
            Ok(()) => Ok(true),
            Err(error) if error.code() == Code::PermissionDenied => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Text for a reader; empty if there is none, `[erased]` if its key was destroyed.
    async fn text(&self, trust: TrustId, sealed: Option<&Sealed>) -> Result<String, Error> {
        match sealed {
            Some(sealed) => Ok(self.commands.keys().open_one(trust.0, sealed).await?),
            None => Ok(String::new()),
        }
    }
}

/// What the roster does not know is a mistake in the request; that it cannot be asked is not.
fn unknown(field: &str, error: roster::Error) -> Error {
    match error {
        roster::Error::Unavailable => error.into(),
        unknown => Error::invalid(field, unknown.to_string()),
    }
}

/// Codes of focus areas, or names of teams.
fn codes(violations: &mut Violations, field: &str, codes: &[String], most: usize) -> Option<Vec<String>> {
    violations.list(field, codes, most, |violations, path, code| {
        violations.text(path, code, CODE)
    })
}

/// Text that may be empty.
fn free_text(violations: &mut Violations, field: &str, text: &str, most: usize) -> Option<String> {
    violations
        .optional_text(field, text, most)
        .map(Option::unwrap_or_default)
}

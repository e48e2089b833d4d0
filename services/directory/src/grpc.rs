//! Requests → typed commands → replies. Nothing is decided here: what a rule must know of other places and people is
//! looked up in the roster, which is first brought as far as the store.

mod focus;
mod networks;
mod people;
mod policies;
mod references;
mod schools;
mod trusts;

use api::{
    directory::v1::{
        focus_service_server::FocusServiceServer, network_service_server::NetworkServiceServer,
        person_service_server::PersonServiceServer, policy_service_server::PolicyServiceServer,
        reference_service_server::ReferenceServiceServer, school_service_server::SchoolServiceServer,
        trust_service_server::TrustServiceServer,
    },
    ids::{PersonId, TrustId, Urn},
};
use chrono::{Datelike as _, NaiveDate};
use identity::{Actor, Roster, context::today, roster};
use service::{
    Commands, Error, Server, Violations,
    page::{Pager, Scope},
    server::MAX_REQUEST_BYTES,
};
use tokio_util::sync::CancellationToken;

use crate::{
    person::{Colleague, Place},
    reactions, reference,
};

/// An import of every school of England takes about 6 MB.
const MAX_IMPORT_BYTES: usize = 32 * 1024 * 1024;

/// The directory service. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    commands: Commands,
    pager: Pager,
}

impl Directory {
    /// `commands` over the directory's own store, with a roster that follows it.
    pub fn new(commands: Commands, pager: Pager) -> Self {
        Self { commands, pager }
    }

    /// Adds the directory's gRPC services to a server.
    #[must_use]
    pub fn register(&self, server: Server) -> Server {
        server
            .with(TrustServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(SchoolServiceServer::new(self.clone()).max_decoding_message_size(MAX_IMPORT_BYTES))
            .with(NetworkServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(PersonServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(FocusServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(ReferenceServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(PolicyServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
    }

    /// Loads the data that every directory begins with. Safe to repeat, and by several processes at once.
    pub async fn load_reference(&self) -> Result<(), Error> {
        reference::load(&self.commands).await
    }

    /// Follows the directory's own events until it is told to stop.
    pub async fn react(&self, shutdown: CancellationToken) {
        reactions::run(self.commands.clone(), shutdown).await;
    }

    /// The roster, holding everything that this process has stored, and what others have a moment ago. Where it misses
    /// something it asks the store itself.
    async fn roster(&self) -> Result<&Roster, Error> {
        let roster = self.commands.gate().roster();
        let stored = *self.commands.store().watch().borrow();
        roster.ensure(stored).await?;
        Ok(roster)
    }

    /// A school as it stands on a day.
    async fn place(&self, field: &str, urn: Urn, on: NaiveDate) -> Result<Place, Error> {
        let school = self
            .roster()
            .await?
            .school(urn)
            .await
            .map_err(|error| unknown(field, error))?;
        // Some join later, and are planned for before.
        let trust = school.trust_on(on).or(school.trust);
        Ok(Place {
            urn,
            trust,
            closed_on: school.closed_on,
        })
    }

    /// Somebody to be linked to, with everybody above them.
    async fn colleague(&self, field: &str, id: PersonId, on: NaiveDate) -> Result<Colleague, Error> {
        let roster = self.roster().await?;
        let person = roster.person(id).await.map_err(|error| unknown(field, error))?;
        let mut managed_by = Vec::new();
        let mut next = person.line_manager(on);
        let register = roster.read();
        while let Some(manager) = next.filter(|manager| !managed_by.contains(manager)) {
            managed_by.push(manager);
            next = register.person(manager).and_then(|manager| manager.line_manager(on));
        }
        Ok(Colleague {
            id,
            trust: person.trust,
            left_on: person.left_on,
            erased: person.erased,
            managed_by,
        })
    }

    /// The trust of somebody who must be known.
    async fn trust_of(&self, person: PersonId) -> Result<TrustId, Error> {
        Ok(self.roster().await?.person(person).await?.trust)
    }
}

/// Something named in a field is not known: the field is wrong.
fn unknown(field: &str, error: roster::Error) -> Error {
    match error {
        roster::Error::Unavailable => error.into(),
        unknown => Error::invalid(field, unknown.to_string()),
    }
}

/// The page that a caller asks for belongs to their own query.
fn scope(method: &str, actor: &Actor, parameters: &impl prost::Message) -> Scope {
    Scope::of(method, &actor.id.to_string(), parameters)
}

/// A code that a vocabulary or a set of reference data gives to one of its entries.
fn stable_code(violations: &mut Violations, field: &str, code: &str) -> Option<String> {
    let code = violations.text(field, code, 60)?;
    let stable = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'.');
    violations.check(code.bytes().all(stable), field, || {
        "must be lower-case letters, digits, `_`, `-` and `.`".to_owned()
    });
    Some(code)
}

/// A date that must be there, and within a working life of ours.
fn date(violations: &mut Violations, field: &str, text: &str) -> Option<NaiveDate> {
    let date = violations.date(field, text)?;
    let plausible = (1950..=2100).contains(&date.year());
    violations.check(plausible, field, || format!("is {date}: must be between 1950 and 2100"));
    plausible.then_some(date)
}

/// A date that may be left out.
fn optional_date(violations: &mut Violations, field: &str, text: &str) -> Option<Option<NaiveDate>> {
    if text.is_empty() {
        Some(None)
    } else {
        date(violations, field, text).map(Some)
    }
}

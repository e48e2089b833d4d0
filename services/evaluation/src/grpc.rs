//! The edge: requests become typed commands, and state becomes replies. Nothing is decided here.
//!
//! What a rule must know of the outside is looked up on the way: schools, posts and principles in the roster, earlier
//! waves in the store. Answers to anonymous surveys do not become commands of their own: once the survey has checked
//! them, they go to the ballot box.

mod evaluations;
mod feedback;
mod scorecard;
mod surveys;
#[cfg(test)]
mod tests;
mod value;
mod waves;

use api::{
    common::v1::Sealed,
    evaluation::v1::{
        evaluation_service_server::EvaluationServiceServer, feedback_service_server::FeedbackServiceServer,
        scorecard_service_server::ScorecardServiceServer, survey_service_server::SurveyServiceServer,
        value_service_server::ValueServiceServer,
    },
    ids::{PersonId, TrustId, Urn},
};
use chrono::{NaiveDate, Utc};
use identity::{
    Action, Actor, Context, Kind, Record, Roster,
    context::{date_in_england, today},
    roster::{self, Person, Post, Scope},
};
use serde::{Deserialize, Serialize};
use service::{Commands, Error, Server, Violations, page::Pager, server::MAX_REQUEST_BYTES};
use uuid::Uuid;

use crate::{
    access::place,
    ballot_box::BallotBox,
    index::{Index, Listed},
};

/// Most characters of the code of a focus area, or of a question.
const CODE: usize = 100;
const FOCUS_AREAS: usize = 10;
const TITLE: usize = 200;
/// Most schools whose staff one survey asks.
const SCHOOLS: usize = 200;

/// The five gRPC services. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Edge {
    commands: Commands,
    index: Index,
    ballots: BallotBox,
    pager: Pager,
}

impl Edge {
    pub(crate) fn new(commands: Commands, index: Index, ballots: BallotBox, pager: Pager) -> Self {
        Self {
            commands,
            index,
            ballots,
            pager,
        }
    }

    /// Adds the services to a server.
    pub(crate) fn register(&self, server: Server) -> Server {
        server
            .with(EvaluationServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(FeedbackServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(SurveyServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(ScorecardServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(ValueServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
    }

    fn roster(&self) -> &Roster {
        self.commands.gate().roster()
    }

    async fn authorise(&self, actor: &Actor, action: Action, record: &Record) -> Result<(), Error> {
        self.commands.gate().authorise(actor, action, record).await
    }

    /// Who asks for a record in force today.
    fn context(&self, actor: &Actor, record: &Record) -> Context {
        let now = Utc::now();
        let policy = self.commands.gate().policy(record, date_in_england(now));
        Context::new(actor.clone(), now, policy)
    }

    /// The trust that a school belongs to on a day.
    async fn trust_of(&self, field: &str, urn: Urn, on: NaiveDate) -> Result<TrustId, Error> {
        let school = self.roster().school(urn).await.map_err(|error| unknown(field, error))?;
        let missing = || Error::invalid(field, format!("school {urn} belongs to no trust on {on}"));
        school.trust_on(on).or(school.trust).ok_or_else(missing)
    }

    /// A school with its trust; or, where none is named, the whole of the trust named or else the caller's.
    async fn place(&self, actor: &Actor, named: Place, on: NaiveDate) -> Result<(TrustId, Option<Urn>), Error> {
        match named.urn {
            Some(urn) => {
                let trust = self.trust_of("urn", urn, on).await?;
                if named.trust.is_some_and(|named| named != trust) {
                    return Err(Error::invalid(
                        "trust_id",
                        format!("school {urn} belongs to another trust"),
                    ));
                }
                Ok((trust, Some(urn)))
            }
            None => Ok((self.trust(actor, named.trust)?, None)),
        }
    }

    /// The trust named, or else the caller's.
    fn trust(&self, actor: &Actor, named: Option<TrustId>) -> Result<TrustId, Error> {
        let missing = || Error::invalid("trust_id", "must be given unless you belong to one");
        named.or(actor.trust).ok_or_else(missing)
    }

    /// Schools of a trust, as a request names them.
    async fn schools(&self, urns: &[Urn], trust: TrustId, on: NaiveDate) -> Result<(), Error> {
        for (index, urn) in urns.iter().enumerate() {
            let field = service::parse::path("urns", index, "");
            if self.trust_of(&field, *urn, on).await? != trust {
                return Err(Error::invalid(field, format!("school {urn} belongs to another trust")));
            }
        }
        Ok(())
    }

    /// Somebody of a trust who is there on a day. People of other trusts do not exist here.
    async fn member(&self, field: &str, id: PersonId, trust: TrustId, on: NaiveDate) -> Result<Person, Error> {
        let person = self.roster().person(id).await.map_err(|error| unknown(field, error))?;
        if person.trust != trust {
            return Err(unknown(field, roster::Error::UnknownPerson(id)));
        }
        if person.left(on) || person.erased {
            let gone = format!("{id} does not belong to the trust any more on {on}");
            return Err(Error::invalid(field, gone));
        }
        Ok(person)
    }

    /// The caller's post today at one of these schools: their main post if it is there.
    async fn own_post(&self, actor: &Actor, urns: &[Urn], today: NaiveDate) -> Result<(PersonId, Urn, Post), Error> {
        let nobody = || Error::permission_denied("only who works at the school can answer");
        let id = actor.person_id().ok_or_else(nobody)?;
        let find = |person: &Person| {
            let here = |post: &&Post| post.school.is_some_and(|school| urns.contains(&school));
            let post = person.main_post(today).filter(here);
            post.or_else(|| person.posts_on(today).find(here)).copied()
        };
        let mut post = find(&self.roster().person(id).await?);
        if post.is_none() {
            // A post that the roster does not know yet may be a moment old.
            self.roster().catch_up().await?;
            post = find(&self.roster().person(id).await?);
        }
        let (post, school) = post.and_then(|post| Some((post, post.school?))).ok_or_else(|| {
            Error::permission_denied("your school is not among those whose staff are asked").because("SCHOOL_NOT_ASKED")
        })?;
        Ok((id, school, post))
    }

    /// From where a caller may read something of a trust: the trust itself, or a school of theirs among those given (all,
    /// if none are). If from nowhere, the trust, which refuses them.
    fn vantage(&self, actor: &Actor, kind: Kind, trust: TrustId, among: &[Urn]) -> Record {
        let whole = place(kind, trust, None);
        let access = self.commands.gate().access();
        if access.check(actor, Action::Read, &whole).permitted {
            return whole;
        }
        let schools: Vec<Urn> = {
            let register = self.roster().read();
            let person = actor.acting_person().and_then(|id| register.person(id));
            let duties = person.into_iter().flat_map(|person| &person.duties);
            let schools = duties.filter_map(|duty| match duty.scope {
                Scope::School(urn) => Some(urn),
                Scope::Trust(_) | Scope::Network(_) => None,
            });
            schools.filter(|urn| among.is_empty() || among.contains(urn)).collect()
        };
        let there = schools.into_iter().map(|urn| place(kind, trust, Some(urn)));
        there
            .into_iter()
            .find(|record| access.check(actor, Action::Read, record).permitted)
            .unwrap_or(whole)
    }

    /// Text for a reader; empty if there is none, `[erased]` if its key was destroyed.
    async fn text(&self, trust: TrustId, sealed: Option<&Sealed>) -> Result<String, Error> {
        match sealed {
            Some(sealed) => Ok(self.commands.keys().open_one(trust.0, sealed).await?),
            None => Ok(String::new()),
        }
    }
}

/// Where something belongs, as a request says it.
#[derive(Clone, Copy, Debug)]
struct Place {
    urn: Option<Urn>,
    trust: Option<TrustId>,
}

/// Where a page of a list ended.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Cursor {
    on: NaiveDate,
    id: Uuid,
}

impl From<Listed> for Cursor {
    fn from(listed: Listed) -> Self {
        Self {
            on: listed.on,
            id: listed.id,
        }
    }
}

impl From<Cursor> for Listed {
    fn from(cursor: Cursor) -> Self {
        Self {
            on: cursor.on,
            id: cursor.id,
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

/// Codes of focus areas.
fn codes(violations: &mut Violations, field: &str, codes: &[String], most: usize) -> Option<Vec<String>> {
    violations.list(field, codes, most, |violations, path, code| {
        violations.text(path, code, CODE)
    })
}

/// A number that is one.
fn finite(violations: &mut Violations, field: &str, value: f64) -> Option<f64> {
    /// Beyond it nothing is measured in schools, and nothing overflows below.
    const MOST: f64 = 1e9;
    let is_sound = value.is_finite() && value.abs() <= MOST;
    violations.check(is_sound, field, || format!("must be a number from -{MOST} to {MOST}"));
    is_sound.then_some(value)
}

//! Requests become typed commands, and state becomes replies. Nothing is decided here.

mod asks;
mod career_plans;
mod enquiries;
mod journals;
mod partnerships;
#[cfg(test)]
mod tests;

use api::{
    coaching::v1::{
        career_plan_service_server::CareerPlanServiceServer, coaching_ask_service_server::CoachingAskServiceServer,
        enquiry_service_server::EnquiryServiceServer, journal_service_server::JournalServiceServer,
        partnership_service_server::PartnershipServiceServer,
    },
    common::v1::Sealed,
    ids::{FollowUpId, PersonId, TrustId},
};
use chrono::NaiveDate;
use identity::{
    Actor,
    context::today,
    roster::{self, Person},
};
use service::{Commands, Error, Guarded, Server, Violations, page::Pager, server::MAX_REQUEST_BYTES};

use crate::index::{Index, Named};

/// Most characters of a code of the shared vocabulary.
const CODE: usize = 100;
/// Most characters of a goal, a question, a reason.
const SENTENCE: usize = 2_000;
/// Most characters of a reason that takes longer.
const REASON: usize = 5_000;
/// Most characters of a log, a note, an analysis.
const TEXT: usize = 10_000;
/// Minutes of anything that people do together.
const MINUTES: std::ops::RangeInclusive<i32> = 5..=480;
const MOST_FOCUS_AREAS: usize = 10;
const MOST_LINKS: usize = 20;
const MOST_PEOPLE: usize = 50;
const MOST_READERS: usize = 20;

/// The service's gRPC services. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Grpc {
    commands: Commands,
    index: Index,
    pager: Pager,
}

impl Grpc {
    pub(crate) fn new(commands: Commands, index: Index, pager: Pager) -> Self {
        Self { commands, index, pager }
    }

    /// Adds them to a server.
    pub(crate) fn serve(self, server: Server) -> Server {
        server
            .with(PartnershipServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(EnquiryServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(CareerPlanServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(JournalServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(CoachingAskServiceServer::new(self).max_decoding_message_size(MAX_REQUEST_BYTES))
    }

    /// Somebody whom the directory knows.
    async fn person(&self, field: &str, id: PersonId) -> Result<Person, Error> {
        let known = self.commands.gate().roster().person(id).await;
        known.map_err(|error| at(field, error))
    }

    /// Somebody who works for the trust on that day.
    async fn colleague(&self, field: &str, id: PersonId, trust: TrustId, on: NaiveDate) -> Result<Person, Error> {
        let person = self.person(field, id).await?;
        if person.trust != trust || person.left(on) || person.erased {
            return Err(Error::invalid(field, format!("{id} does not work for the trust")));
        }
        Ok(person)
    }

    /// People who work for the trust on that day.
    async fn colleagues(&self, field: &str, ids: &[PersonId], trust: TrustId, on: NaiveDate) -> Result<(), Error> {
        for (index, id) in ids.iter().enumerate() {
            self.colleague(&service::parse::path(field, index, ""), *id, trust, on)
                .await?;
        }
        Ok(())
    }

    /// A command names follow-ups, which must be one of those people's own. Whoever may not give the command is not told
    /// which there are.
    async fn check_follow_ups<A: Guarded>(
        &self,
        actor: &Actor,
        state: &A,
        command: &A::Command,
        people: &[PersonId],
        named: Vec<Named>,
    ) -> Result<(), Error> {
        if named.is_empty() {
            return Ok(());
        }
        let (action, record) = state.record(command);
        self.commands.gate().authorise(actor, action, &record).await?;
        self.index.check_follow_ups(people, &named).await
    }
}

/// What the roster does not know, told as a fault of the field that names it.
fn at(field: &str, error: roster::Error) -> Error {
    match error {
        roster::Error::Unavailable => error.into(),
        unknown => Error::invalid(field, unknown.to_string()),
    }
}

/// The person who calls, or for whom somebody enters it.
fn caller(actor: &Actor) -> Result<PersonId, Error> {
    actor
        .acting_person()
        .ok_or_else(|| Error::permission_denied("only a person can do this for themselves: name whom it is about"))
}

/// Follow-ups with the fields that name them.
fn named(list: &str, follow_ups: &[FollowUpId]) -> Vec<Named> {
    let path = |index| service::parse::path(list, index, "");
    let numbered = follow_ups.iter().enumerate();
    numbered
        .map(|(index, id)| Named {
            field: path(index),
            follow_up_id: *id,
        })
        .collect()
}

/// Codes of focus areas; may be none.
fn focus_areas(violations: &mut Violations, codes: &[String]) -> Option<Vec<String>> {
    violations.list("focus_areas", codes, MOST_FOCUS_AREAS, |violations, path, code| {
        violations.text(path, code, CODE)
    })
}

/// Codes of focus areas; at least one.
fn some_focus_areas(violations: &mut Violations, codes: &[String]) -> Option<Vec<String>> {
    violations.check(!codes.is_empty(), "focus_areas", || {
        "must have at least one element".to_owned()
    });
    focus_areas(violations, codes)
}

/// Exactly one of several ways to say what to list.
fn one_of<T>(violations: &mut Violations, field: &str, choices: Vec<T>) -> Option<T> {
    let count = choices.len();
    violations.check(count == 1, field, || {
        "give exactly one of the ways to say which".to_owned()
    });
    choices.into_iter().next().filter(|_| count == 1)
}

fn clear(text: Option<&Sealed>) -> String {
    text.map(|text| text.clear.clone()).unwrap_or_default()
}

fn date(date: Option<NaiveDate>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

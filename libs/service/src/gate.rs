//! The door of every service: who calls, and whether they may.
//!
//! Tokens say who somebody is; what they may do follows from the directory and from the policies. Whoever reads
//! somebody else's personal record leaves a trace that its subject can see.

use std::sync::Arc;

use chrono::{NaiveDate, Utc};
use identity::{Access, Action, Actor, Policy, Record, Roster, token::Verifier};
use tonic::metadata::MetadataMap;

use crate::{
    Error,
    reads::{Read, ReadLog},
};

/// Checks callers and what they ask for. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    service: &'static str,
    verifier: Verifier,
    roster: Roster,
    access: Arc<Access>,
    reads: ReadLog,
}

/// A query as it came in.
#[derive(Clone, Debug)]
pub struct Query<M> {
    pub actor: Actor,
    pub message: M,
}

impl Gate {
    pub fn new(
        service: &'static str,
        verifier: Verifier,
        roster: Roster,
        access: Arc<Access>,
        reads: ReadLog,
    ) -> Self {
        Self { service, verifier, roster, access, reads }
    }

    /// The service behind this door, as in receipts.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Who is where, in which role, under which policy.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// Who may do what.
    pub fn access(&self) -> &Access {
        &self.access
    }

    /// Whoever sent this request.
    pub async fn actor(&self, metadata: &MetadataMap) -> Result<Actor, Error> {
        let claims = self.verifier.verify_request(metadata).await?;
        Ok(Actor::resolve(&claims, metadata, &self.roster).await?)
    }

    /// Takes a query in.
    pub async fn caller<M>(&self, request: tonic::Request<M>) -> Result<Query<M>, Error> {
        let actor = self.actor(request.metadata()).await?;
        Ok(Query { actor, message: request.into_inner() })
    }

    /// Lets an actor do or read something, or says why not. Reading about somebody else is recorded.
    pub async fn authorise(&self, actor: &Actor, action: Action, record: &Record) -> Result<(), Error> {
        let decision = self.access.check(actor, action, record);
        if !decision.allowed() {
            return Err(Error::permission_denied(decision.sentence()).because(decision.reason()));
        }
        if decision.must_record() {
            self.reads.record(Read::of(actor, record, Utc::now())).await?;
        }
        Ok(())
    }

    /// The values in force where a record belongs, on a day.
    pub fn policy(&self, record: &Record, on: NaiveDate) -> Arc<Policy> {
        match record.trust_id() {
            Some(trust) => self.roster.policy_at(trust, record.school(), on),
            None => Policy::national(),
        }
    }
}

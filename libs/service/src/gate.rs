//! The door of every service: who calls, and whether they may.
//!
//! Tokens say who somebody is; what they may do follows from the directory and from the policies. Whoever reads
//! somebody else's personal record leaves a trace that its subject can see.

use std::sync::Arc;

use chrono::{NaiveDate, Utc};
use identity::{Access, Action, Actor, Authenticator, Policy, Record, Roster};
use tonic::metadata::MetadataMap;

use crate::{
    Error,
    reads::{Read, ReadLog},
};

/// Checks callers and what they ask for. Cheap to clone.
#[derive(Clone)]
pub struct Gate {
    service: &'static str,
    authenticator: Authenticator,
    roster: Roster,
    access: Access,
    reads: ReadLog,
}

/// A query as it came in.
#[derive(Clone, Debug)]
pub struct Query<M> {
    pub actor: Actor,
    pub message: M,
}

impl Gate {
    pub fn new(service: &'static str, authenticator: Authenticator, roster: Roster, reads: ReadLog) -> Self {
        let access = Access::new(roster.clone());
        Self {
            service,
            authenticator,
            roster,
            access,
            reads,
        }
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
        Ok(self.authenticator.authenticate(metadata).await?)
    }

    /// Takes a query in.
    pub async fn caller<M>(&self, request: tonic::Request<M>) -> Result<Query<M>, Error> {
        let actor = self.actor(request.metadata()).await?;
        Ok(Query {
            actor,
            message: request.into_inner(),
        })
    }

    /// Lets an actor do or read something, or says that they may not. Reading about somebody else is recorded first.
    pub async fn authorise(&self, actor: &Actor, action: Action, record: &Record) -> Result<(), Error> {
        let mut decision = self.access.check(actor, action, record).require();
        // What allows it may have been recorded a moment ago. Whoever cannot be asked leaves the refusal as it is.
        if decision.is_err() && self.roster.catch_up().await.is_ok() {
            decision = self.access.check(actor, action, record).require();
        }
        let decision = decision?;
        if decision.must_record {
            self.reads.record(Read::of(actor, record, Utc::now())).await?;
        }
        Ok(())
    }

    /// Records what a page shows of others, once a reader has been found to be permitted ([`Access::check_many`]).
    pub async fn record_reads<'a>(
        &self,
        actor: &Actor,
        records: impl IntoIterator<Item = &'a Record>,
    ) -> Result<(), Error> {
        let now = Utc::now();
        let reads = records.into_iter().map(|record| Read::of(actor, record, now));
        match Read::together(reads) {
            Some(read) => self.reads.record(read).await,
            None => Ok(()),
        }
    }

    /// Who read about whom.
    pub fn reads(&self) -> &ReadLog {
        &self.reads
    }

    /// The values in force where a record belongs, on a day.
    pub fn policy(&self, record: &Record, on: NaiveDate) -> Arc<Policy> {
        if record.trust.0.is_nil() {
            return Policy::national();
        }
        self.roster.policy_at(record.trust, record.school, on)
    }
}

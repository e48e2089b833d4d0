//! For operators: how far the views are, and what holds them up.

use api::{
    common::v1::Completeness,
    ids::TrustId,
    projection::v1::{ProjectionStatus, SkipStalledRequest, Stall},
};
use chrono::{TimeDelta, Utc};
use feed::Source;
use identity::{Action, Kind, Policy, Record};
use projection::{Handle, Stalled};
use service::{Error, Violations, gate::Gate};
use tonic::Request;
use uuid::Uuid;

use crate::{NAME, compact, tables};

/// The reasons that are given for passing over an event, in characters.
const REASON: std::ops::RangeInclusive<usize> = 10..=1_000;

/// Directs the projection. Cheap to clone.
#[derive(Clone)]
pub struct Admin {
    pub(crate) handle: Handle,
    pub(crate) gate: Gate,
    pub(crate) sources: Vec<Source>,
}

impl Admin {
    /// Takes in a request of somebody who may look at operations.
    pub(crate) async fn reader<M>(&self, request: Request<M>) -> Result<M, Error> {
        self.allowed(request, Action::Read).await
    }

    /// Takes in a request of somebody who may direct operations.
    pub(crate) async fn operator<M>(&self, request: Request<M>) -> Result<M, Error> {
        self.allowed(request, Action::Operate).await
    }

    async fn allowed<M>(&self, request: Request<M>, action: Action) -> Result<M, Error> {
        let query = self.gate.caller(request).await?;
        let record = Record::new(Kind::Operations, TrustId(Uuid::nil()));
        self.gate.authorise(&query.actor, action, &record).await?;
        Ok(query.message)
    }

    /// How far the projection is.
    pub(crate) async fn status(&self) -> ProjectionStatus {
        let patience = TimeDelta::minutes(i64::from(Policy::national().stale_source_minutes));
        let now = Utc::now();
        let sources = self.handle.checkpoints().into_iter().map(|checkpoint| Completeness {
            source: checkpoint.source.to_owned(),
            position: checkpoint.position.0,
            complete_until: checkpoint.complete_up_to.map(compact::timestamp),
            reporting: checkpoint.complete_up_to.is_some_and(|heard| now - heard <= patience),
        });
        let stall = match self.handle.stalled() {
            Some(stalled) => Some(self.stall(stalled).await),
            None => None,
        };
        ProjectionStatus {
            name: NAME.to_owned(),
            version: i32::try_from(tables::VERSION).unwrap_or(i32::MAX),
            active: self.handle.is_caught_up(),
            sources: sources.collect(),
            stall,
        }
    }

    async fn stall(&self, stalled: Stalled) -> Stall {
        let source = self.sources.iter().find(|source| source.name() == stalled.source);
        // Its kind helps to find it; if its owner is away, the position must do.
        let event = match source.filter(|_| stalled.event_id.is_some()) {
            Some(source) => source.read_at(&[stalled.position]).await.unwrap_or_default(),
            None => Vec::new(),
        };
        Stall {
            source: stalled.source.to_owned(),
            position: stalled.position.0,
            kind: event
                .first()
                .map(|event| event.kind.as_str().to_owned())
                .unwrap_or_default(),
            error: stalled.error,
            since: Some(compact::timestamp(stalled.since)),
        }
    }

    /// Tries a stalled event again.
    pub(crate) async fn retry(&self, name: &str) -> Result<ProjectionStatus, Error> {
        known(name)?;
        self.handle.retry().await.map_err(refused)?;
        Ok(self.status().await)
    }

    /// Passes over a stalled event: exactly the one that the operator has seen.
    pub(crate) async fn skip(&self, request: SkipStalledRequest) -> Result<ProjectionStatus, Error> {
        known(&request.name)?;
        let mut violations = Violations::new();
        violations.check(REASON.contains(&request.reason.chars().count()), "reason", || {
            format!("must have {} to {} characters", REASON.start(), REASON.end())
        });
        violations.finish()?;
        let stalled = self.handle.stalled();
        let meant = stalled.is_some_and(|stalled| {
            stalled.source == request.source && stalled.position.0 == request.position && stalled.event_id.is_some()
        });
        if !meant {
            return Err(Error::new(
                service::Code::FailedPrecondition,
                "the projection does not stand still at that event",
            )
            .because("NOT_STALLED_THERE"));
        }
        self.handle.skip(request.reason).await.map_err(refused)?;
        Ok(self.status().await)
    }

    /// Begins to build the views anew.
    pub(crate) async fn rebuild(&self, name: &str) -> Result<ProjectionStatus, Error> {
        known(name)?;
        self.handle.rebuild().await.map_err(refused)?;
        Ok(self.status().await)
    }
}

fn known(name: &str) -> Result<(), Error> {
    if name == NAME {
        Ok(())
    } else {
        Err(Error::not_found("projection", name))
    }
}

fn refused(error: projection::Error) -> Error {
    match error {
        projection::Error::Settings(sentence) => Error::new(service::Code::FailedPrecondition, sentence),
        projection::Error::Db(error) => Error::unavailable(error),
        error => Error::internal(error),
    }
}

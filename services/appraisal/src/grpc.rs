//! Requests become typed commands, and state becomes replies. Nothing is decided here.

mod appraisals;
mod cycles;
mod drafts;
mod pay;
mod replies;
#[cfg(test)]
mod tests;

use api::{
    appraisal::v1::{
        appraisal_service_server::AppraisalServiceServer, cycle_service_server::CycleServiceServer,
        pay_recommendation_service_server::PayRecommendationServiceServer,
    },
    ids::{PersonId, TrustId},
};
use chrono::NaiveDate;
use identity::roster::{self, Person};
use service::{Commands, Error, Server, server::MAX_REQUEST_BYTES};

use crate::index::Index;

/// The service's three gRPC services. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Grpc {
    commands: Commands,
    index: Index,
}

impl Grpc {
    pub(crate) fn new(commands: Commands, index: Index) -> Self {
        Self { commands, index }
    }

    /// Adds them to a server.
    pub(crate) fn serve(self, server: Server) -> Server {
        server
            .with(CycleServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(AppraisalServiceServer::new(self.clone()).max_decoding_message_size(MAX_REQUEST_BYTES))
            .with(PayRecommendationServiceServer::new(self).max_decoding_message_size(MAX_REQUEST_BYTES))
    }

    /// Somebody who works for the trust on that day.
    async fn colleague(&self, field: &str, id: PersonId, trust: TrustId, on: NaiveDate) -> Result<Person, Error> {
        let person = self
            .commands
            .gate()
            .roster()
            .person(id)
            .await
            .map_err(|error| at(field, error))?;
        if person.trust != trust || person.left(on) || person.erased {
            return Err(Error::invalid(field, format!("{id} does not work for the trust")));
        }
        Ok(person)
    }
}

/// What the roster does not know, told as a fault of the field that names it.
fn at(field: &str, error: roster::Error) -> Error {
    match error {
        roster::Error::Unavailable => error.into(),
        unknown => Error::invalid(field, unknown.to_string()),
    }
}

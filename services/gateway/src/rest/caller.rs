//! Whoever sends a request: by their bearer token, or from a page of ours by their session.

use axum::http::{HeaderMap, Method, header};
use service::Error;
use tonic::metadata::{Ascii, MetadataMap, MetadataValue};

use super::{problem::Problem, text_of};
use crate::{Gateway, sign_in::Session};

pub(super) const ON_BEHALF_OF: &str = "x-on-behalf-of";

/// Who sends a request, as the services are told.
pub(super) struct Caller {
    bearer: MetadataValue<Ascii>,
    on_behalf_of: Option<MetadataValue<Ascii>>,
}

impl Caller {
    /// A session is enough to read, for pages of ours alone: a site elsewhere cannot make a browser change anything.
    pub(super) async fn of(gateway: &Gateway, method: &Method, headers: &HeaderMap) -> Result<Self, Problem> {
        let reads = *method == Method::GET || *method == Method::HEAD;
        let session = async {
            if reads && from_our_pages(headers) {
                gateway.sessions().of(headers).await
            } else {
                Ok(None)
            }
        };
        Self::with(headers, session).await
    }

    /// Whoever listens to a stream.
    pub(super) async fn of_a_stream(gateway: &Gateway, headers: &HeaderMap) -> Result<Self, Problem> {
        let session = async {
            if from_our_pages(headers) {
                gateway.sessions().of_a_stream(headers).await
            } else {
                Ok(None)
            }
        };
        Self::with(headers, session).await
    }

    async fn with(
        headers: &HeaderMap,
        session: impl Future<Output = Result<Option<Session>, Error>>,
    ) -> Result<Self, Problem> {
        let nobody = || Error::unauthenticated("send a bearer token").because("TOKEN_MISSING");
        let on_behalf_of = match headers.get(ON_BEHALF_OF) {
            None => None,
            Some(person) => {
                let person = person.to_str().ok().and_then(|person| person.parse().ok());
                Some(person.ok_or_else(|| Error::invalid(ON_BEHALF_OF, "is not an identifier"))?)
            }
        };
        let bearer = match headers.get(header::AUTHORIZATION) {
            Some(authorization) => authorization
                .to_str()
                .ok()
                .filter(|text| {
                    text.get(..7)
                        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer "))
                })
                .and_then(|text| format!("Bearer {}", text[7..].trim()).parse().ok())
                .ok_or_else(nobody)?,
            None => session.await?.ok_or_else(nobody)?.bearer()?,
        };
        Ok(Self { bearer, on_behalf_of })
    }

    /// Puts them on a request.
    pub(super) fn sign(&self, metadata: &mut MetadataMap) {
        metadata.insert("authorization", self.bearer.clone());
        if let Some(person) = &self.on_behalf_of {
            metadata.insert(ON_BEHALF_OF, person.clone());
        }
    }
}

/// Browsers say where a request comes from; whoever says nothing is no browser, and has no session of a browser's.
fn from_our_pages(headers: &HeaderMap) -> bool {
    text_of(headers, "sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none")
}

//! What went wrong, as RFC 9457 has it, from the same closed set of codes as everywhere.

use std::collections::BTreeMap;

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use service::{Code, Error, Violations};

use super::field::json_path;
use crate::{Gateway, problem::Fault};

/// The media type of a problem.
pub(super) const PROBLEM: &str = "application/problem+json";

/// A request that was refused.
#[derive(Debug)]
pub(super) struct Problem {
    error: Error,
    /// Where HTTP has a status of its own for it.
    status: Option<StatusCode>,
}

impl Problem {
    /// What HTTP itself refuses, with its own status.
    fn of_http(status: StatusCode, code: Code, reason: &'static str, sentence: &str) -> Self {
        Self {
            error: Error::new(code, sentence).because(reason),
            status: Some(status),
        }
    }

    pub(super) fn no_such_address() -> Self {
        Self::from(
            Error::new(
                Code::NotFound,
                "there is nothing at this address: /api shows what there is",
            )
            .because("NO_SUCH_ADDRESS"),
        )
    }

    /// The router adds the methods that are allowed.
    pub(super) fn wrong_method() -> Self {
        Self::of_http(
            StatusCode::METHOD_NOT_ALLOWED,
            Code::InvalidArgument,
            "METHOD_NOT_ALLOWED",
            "this cannot be done at this address: see `Allow`",
        )
    }

    pub(super) fn too_large(most: usize) -> Self {
        Self::of_http(
            StatusCode::PAYLOAD_TOO_LARGE,
            Code::InvalidArgument,
            "BODY_TOO_LARGE",
            &format!("the request has more than {most} bytes: send less at once"),
        )
    }

    pub(super) fn not_json() -> Self {
        Self::of_http(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::InvalidArgument,
            "NOT_JSON",
            "send the body as application/json",
        )
    }

    pub(super) fn not_acceptable() -> Self {
        Self::of_http(
            StatusCode::NOT_ACCEPTABLE,
            Code::InvalidArgument,
            "NOT_ACCEPTABLE",
            "answers are application/json: accept that",
        )
    }

    pub(super) fn code(&self) -> Code {
        self.error.code()
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status.unwrap_or_else(|| {
            StatusCode::from_u16(self.error.code().http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
        })
    }

    fn document(&self) -> Document<'_> {
        let violations: Vec<Named> = self
            .error
            .violations()
            .iter()
            .map(|violation| Named {
                field: json_path(&violation.field),
                description: &violation.description,
            })
            .collect();
        // The services' own sentence names the field as they spell it.
        let detail = match violations.as_slice() {
            [only] if self.error.code() == Code::InvalidArgument => format!("{} {}", only.field, only.description),
            _ => self.error.message().to_owned(),
        };
        Document {
            kind: format!("/problems/{}", slug(self.error.code())),
            title: title(self.error.code()),
            status: self.status().as_u16(),
            detail,
            code: self.error.code().name(),
            reason: self.error.reason(),
            violations,
            facts: self.error.facts(),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self { error, status: None }
    }
}

impl From<Violations> for Problem {
    fn from(violations: Violations) -> Self {
        Error::from(violations).into()
    }
}

impl From<tonic::Status> for Problem {
    fn from(status: tonic::Status) -> Self {
        Error::from_status(&status).into()
    }
}

/// A problem as it is sent. The description at `/openapi.json` says the same of it.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'static str,
    status: u16,
    detail: String,
    code: &'static str,
    reason: &'a str,
    violations: Vec<Named<'a>>,
    facts: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Named<'a> {
    field: String,
    description: &'a str,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        if self.error.code() == Code::Internal {
            // What we found ourselves has been logged by nobody yet.
            let cause = std::error::Error::source(&self.error).map(ToString::to_string);
            tracing::error!(cause, reason = self.error.reason(), "request failed");
        }
        let status = self.status();
        let body = serde_json::to_vec(&self.document()).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM)], body).into_response();
        let headers = response.headers_mut();
        if let Some(delay) = self.error.retry_delay() {
            let seconds = delay.as_millis().div_ceil(1000).max(1);
            if let Ok(seconds) = HeaderValue::from_str(&seconds.to_string()) {
                headers.insert(header::RETRY_AFTER, seconds);
            }
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

/// A code's name in addresses: `version-conflict`.
pub(super) fn slug(code: Code) -> String {
    code.name().to_ascii_lowercase().replace('_', "-")
}

fn title(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument => "Something in the request is not right",
        Code::NotFound => "There is nothing here",
        Code::AlreadyExists => "It is there already",
        Code::FailedPrecondition => "This cannot be done as things stand",
        Code::VersionConflict => "Somebody changed this meanwhile",
        Code::RequestReused => "This request id was used for another request",
        Code::Unauthenticated => "Nobody is signed in",
        Code::PermissionDenied => "This is not for the caller to do or see",
        Code::ResourceExhausted => "Too much at once",
        Code::Unavailable => "Not available right now",
        Code::DeadlineExceeded => "Not done in the time allowed",
        Code::Internal => "A fault on our side",
    }
}

/// A code on the page that explains them.
struct Explained {
    slug: String,
    name: &'static str,
    status: u16,
    title: &'static str,
    advice: &'static str,
    current: bool,
}

#[derive(Template)]
#[template(path = "api_problems.html")]
struct Page {
    demo: bool,
    problems: Vec<Explained>,
}

async fn explain_all(State(gateway): State<Gateway>) -> Result<Html<String>, Fault> {
    explain(&gateway, None)
}

async fn explain_one(State(gateway): State<Gateway>, Path(slug): Path<String>) -> Result<Html<String>, Fault> {
    explain(&gateway, Some(slug))
}

fn explain(gateway: &Gateway, current: Option<String>) -> Result<Html<String>, Fault> {
    let problems: Vec<Explained> = Code::ALL
        .into_iter()
        .map(|code| Explained {
            current: current.as_ref().is_some_and(|current| *current == slug(code)),
            slug: slug(code),
            name: code.name(),
            status: code.http_status(),
            title: title(code),
            advice: code.advice(),
        })
        .collect();
    if current.is_some() && !problems.iter().any(|problem| problem.current) {
        return Err(Fault::not_found("kind of problem"));
    }
    let demo = gateway.sessions().is_demo();
    Ok(Html(Page { demo, problems }.render()?))
}

pub(super) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/problems", get(explain_all))
        .route("/problems/{code}", get(explain_one))
}

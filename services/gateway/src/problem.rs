//! What a visitor sees when something cannot be done: a page that says what to do, in the status of the closed set.

use askama::Template;
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use service::{Code, Error};

use crate::{Gateway, sign_in::SignedOut, words};

/// Why a page is not shown.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Sign in first, then come back.
    SignedOut(SignedOut),
    /// A service, or the gateway itself, said no.
    Refused(Error),
    /// Something else is the answer: a form goes back to its page.
    Elsewhere(Box<Response>),
}

impl Fault {
    /// An operator's account is no person.
    pub(crate) fn nobody() -> Self {
        Self::Refused(Error::permission_denied("this page is for members of staff"))
    }

    /// Another answer than the page.
    pub(crate) fn elsewhere(answer: Response) -> Self {
        Self::Elsewhere(Box::new(answer))
    }

    /// Whether signing in again is what it takes.
    pub(crate) fn is_signed_out(&self) -> bool {
        match self {
            Self::SignedOut(_) => true,
            Self::Refused(error) => error.code() == Code::Unauthenticated,
            Self::Elsewhere(_) => false,
        }
    }

    /// No such page, or nothing that the visitor may know of.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::Refused(Error::new(Code::NotFound, format!("there is no such {what}")))
    }
}

impl From<SignedOut> for Fault {
    fn from(signed_out: SignedOut) -> Self {
        Self::SignedOut(signed_out)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<tonic::Status> for Fault {
    fn from(status: tonic::Status) -> Self {
        Self::Refused(Error::from_status(&status))
    }
}

impl From<askama::Error> for Fault {
    fn from(error: askama::Error) -> Self {
        Self::Refused(Error::internal(error))
    }
}

/// What is told of a fault. [`tell`] writes it out, once it is known around what.
#[derive(Clone, Template)]
#[template(path = "problem.html")]
struct Page {
    demo: bool,
    heading: &'static str,
    sentence: String,
    advice: &'static str,
    sign_in: bool,
    violations: Vec<String>,
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let error = match self {
            Self::SignedOut(signed_out) => return Redirect::to(&signed_out.sign_in()).into_response(),
            Self::Elsewhere(answer) => return *answer,
            Self::Refused(error) => error,
        };
        let code = error.code();
        log(&error);
        let status = StatusCode::from_u16(code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let page = Page {
            demo: false,
            heading: heading(code),
            sentence: sentence(&error),
            advice: advice(code),
            sign_in: code == Code::Unauthenticated,
            violations: error
                .violations()
                .iter()
                .map(|violation| violation.description.clone())
                .collect(),
        };
        let mut response = status.into_response();
        response.extensions_mut().insert(page);
        response
    }
}

/// Writes out what is told of a fault; in a demo the page says that it is one.
pub(crate) async fn tell(State(gateway): State<Gateway>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(mut page) = response.extensions_mut().remove::<Page>() {
        page.demo = gateway.sessions().is_demo();
        if let Ok(html) = page.render() {
            let html_is = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, html_is);
            *response.body_mut() = Body::from(html);
        }
    }
    response
}

/// Writes down the cause that the visitor is not told.
fn log(error: &Error) {
    let Some(source) = std::error::Error::source(error) else {
        return;
    };
    let mut cause = source.to_string();
    let mut next = source.source();
    while let Some(inner) = next {
        cause = format!("{cause}: {inner}");
        next = inner.source();
    }
    let told = error.message();
    match error.code() {
        Code::Internal => tracing::error!(told, cause, "a page was not shown"),
        code => tracing::warn!(code = code.name(), cause, "a page was not shown"),
    }
}

/// What happened, where the service's own sentence is for programs.
fn sentence(error: &Error) -> String {
    match error.code() {
        Code::Unauthenticated => "You are not signed in any more, or your account is not known here.".into(),
        Code::Unavailable | Code::DeadlineExceeded => "A part of Throughline does not answer just now.".into(),
        Code::PermissionDenied => words::refusal(&named(error.message())),
        _ => words::sentence(&named(error.message())),
    }
}

/// A service's sentence without identifiers, which tell its reader nothing.
fn named(sentence: &str) -> String {
    let is_word = |word: &&str| uuid::Uuid::try_parse(word.trim_end_matches(['.', ',', ':', ';'])).is_err();
    sentence.split(' ').filter(is_word).collect::<Vec<_>>().join(" ")
}

/// What to do next.
fn advice(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument => "Go back, put it right, and try again.",
        Code::NotFound => "It may have been moved, or it is not for you to see.",
        Code::AlreadyExists | Code::RequestReused => "Look at what is there: nothing was done twice.",
        Code::FailedPrecondition => "Nothing was changed.",
        Code::VersionConflict => "Look at what it says now, and decide again.",
        Code::Unauthenticated => "Sign in again; what you had typed is kept.",
        Code::PermissionDenied => "Ask somebody whose role allows it, if you think it should be yours.",
        Code::ResourceExhausted => "Wait a moment, then try again.",
        Code::Unavailable | Code::DeadlineExceeded => "Nothing is lost: try again in a moment.",
        Code::Internal => "Try again; if it stays so, tell whoever runs this, with the number above.",
    }
}

fn heading(code: Code) -> &'static str {
    match code {
        Code::InvalidArgument => "Something in the request is not right",
        Code::NotFound => "There is nothing here",
        Code::AlreadyExists | Code::RequestReused => "This has been done already",
        Code::FailedPrecondition => "This cannot be done as things stand",
        Code::VersionConflict => "Somebody changed this meanwhile",
        Code::Unauthenticated => "Please sign in again",
        Code::PermissionDenied => "This is not for you to see",
        Code::ResourceExhausted => "Too much at once",
        Code::Unavailable | Code::DeadlineExceeded => "Not available right now",
        Code::Internal => "Something went wrong here",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visitor_reads_no_identifiers() {
        assert_eq!(
            named("there is no follow-up 06dea0d7-a85e-517c-9551-8b93d6cabdb6"),
            "there is no follow-up"
        );
        assert_eq!(named("give a day."), "give a day.");
    }
}

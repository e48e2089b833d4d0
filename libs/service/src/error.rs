//! What a caller is told when a request fails: one closed set of codes, and nothing about how we store things.
//!
//! Every failure leaves a service as a [`tonic::Status`] with an `ErrorInfo` (reason, domain `throughline`, code), a
//! `BadRequest` where fields are at fault, and a `RetryInfo` where trying again helps. The text of the cause is logged
//! under an id, and the caller is given the id alone.

mod code;
mod sources;
mod status;
mod violations;

pub use code::Code;
pub use status::DOMAIN;
pub use violations::{Together, Violation, Violations};

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;
use uuid::Uuid;

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A rule of the domain that refused a command: a stable reason for machines, and a sentence for people (`Display`).
pub trait Reject: fmt::Display {
    /// The rule, in screaming snake case, for example `OBSERVER_IS_OBSERVEE`. Never changes once published.
    fn reason(&self) -> &'static str;

    /// The request's field which the rule is about, where there is one.
    fn field(&self) -> Option<&'static str> {
        None
    }

    /// Facts that a program may act upon, for example the date from which the command would be accepted.
    fn facts(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Why a request failed, as its caller will see it.
#[derive(Debug)]
pub struct Error {
    code: Code,
    reason: Cow<'static, str>,
    message: String,
    violations: Vec<Violation>,
    facts: BTreeMap<String, String>,
    retry_after: Option<Duration>,
    source: Option<Source>,
}

impl Error {
    /// A failure with its code's own name as reason.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            reason: code.name().into(),
            message: message.into(),
            violations: Vec::new(),
            facts: BTreeMap::new(),
            retry_after: code.retry_after(),
            source: None,
        }
    }

    /// A single field is wrong; collect several with [`Violations`].
    pub fn invalid(field: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self::from(Violations::one(field, sentence))
    }

    /// Nothing of that name, or nothing that the caller may know of: `not_found("follow-up", id)`.
    pub fn not_found(what: &str, id: impl fmt::Display) -> Self {
        Self::new(Code::NotFound, format!("there is no {what} {id}"))
    }

    /// It is there already: `already_exists("school", urn)`.
    pub fn already_exists(what: &str, id: impl fmt::Display) -> Self {
        Self::new(Code::AlreadyExists, format!("{what} {id} exists already"))
    }

    /// A rule of the domain said no.
    pub fn rejected(rejection: &impl Reject) -> Self {
        let mut error = Self::new(Code::FailedPrecondition, rejection.to_string()).because(rejection.reason());
        for (name, value) in rejection.facts() {
            error = error.with_fact(name, value);
        }
        if let Some(field) = rejection.field() {
            error.violations.push(Violation::new(field, rejection.to_string()));
        }
        error
    }

    /// Somebody changed the stream since the caller read it.
    pub fn version_conflict(expected: impl fmt::Display, actual: impl fmt::Display) -> Self {
        Self::new(
            Code::VersionConflict,
            format!("this changed meanwhile: version {expected} was expected and it stands at {actual}"),
        )
        .with_fact("expected_version", expected.to_string())
        .with_fact("actual_version", actual.to_string())
    }

    /// A request id came again with other contents.
    pub fn request_reused(request_id: impl fmt::Display) -> Self {
        Self::new(
            Code::RequestReused,
            format!("request id {request_id} was used before for another request"),
        )
    }

    /// No valid credential came with the request.
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(Code::Unauthenticated, message)
    }

    /// The actor is known and may not do this.
    pub fn permission_denied(message: impl Into<String>) -> Self {
        Self::new(Code::PermissionDenied, message)
    }

    /// Too much is asked at once.
    pub fn exhausted(message: impl Into<String>) -> Self {
        Self::new(Code::ResourceExhausted, message)
    }

    /// Something we need does not answer; the cause is logged, not told.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(Code::Unavailable, "temporarily unavailable, try again")
        }
    }

    /// It took longer than the caller or the service allows.
    pub fn deadline_exceeded(message: impl Into<String>) -> Self {
        Self::new(Code::DeadlineExceeded, message)
    }

    /// A fault of ours; the cause is logged under an id which is all that the caller is told.
    pub fn internal(source: impl Into<Source>) -> Self {
        let id = Uuid::new_v4();
        Self {
            source: Some(source.into()),
            ..Self::new(Code::Internal, format!("internal error, reported as {id}"))
        }
        .with_fact("error_id", id.to_string())
    }

    /// Names the rule or circumstance, instead of the code's own name.
    #[must_use]
    pub fn because(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.reason = reason.into();
        self
    }

    /// Adds a fact for programs; never personal text.
    #[must_use]
    pub fn with_fact(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.facts.insert(name.into(), value.into());
        self
    }

    /// When trying again is likely to succeed.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// The member of the closed set.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The machine reason, for example `OBSERVER_IS_OBSERVEE`.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The sentence for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Which fields are at fault.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// Facts for programs.
    pub fn facts(&self) -> &BTreeMap<String, String> {
        &self.facts
    }

    /// When trying again is likely to succeed, where that is known.
    pub fn retry_delay(&self) -> Option<Duration> {
        self.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| {
            let source: &(dyn std::error::Error + 'static) = source;
            source
        })
    }
}

impl<R: Reject> From<R> for Error {
    fn from(rejection: R) -> Self {
        Self::rejected(&rejection)
    }
}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Self {
        let violations = violations.into_vec();
        let message = match violations.as_slice() {
            [only] => format!("{}: {}", only.field, only.description),
            several => format!("{} fields are not right", several.len()),
        };
        Self {
            violations,
            ..Self::new(Code::InvalidArgument, message)
        }
    }
}

#[cfg(test)]
mod tests;

//! What the libraries below say, as callers are told it.

use eventstore::AppendError;
use identity::{access::Denied, actor, keys, roster, token};

use super::{Code, Error};

impl Error {
    /// Whether the same request may succeed later, without anybody changing it.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.code,
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted | Code::VersionConflict
        )
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        if error.is_unavailable() {
            Self::unavailable(error)
        } else {
            Self::internal(error)
        }
    }
}

impl From<eventstore::Error> for Error {
    fn from(error: eventstore::Error) -> Self {
        match error {
            eventstore::Error::Unavailable(_) => Self::unavailable(error),
            eventstore::Error::Storage(_) => Self::internal(error),
        }
    }
}

impl From<AppendError> for Error {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::VersionConflict { expected, actual, .. } => Self::version_conflict(expected, actual),
            AppendError::RequestReused(request_id) => Self::request_reused(request_id),
            AppendError::Unavailable(_) | AppendError::Closed => Self::unavailable(error),
            AppendError::EventReused(_) | AppendError::Storage(_) => Self::internal(error),
        }
    }
}

impl From<keys::Error> for Error {
    fn from(error: keys::Error) -> Self {
        match error {
            keys::Error::Unavailable(_) => Self::unavailable(error),
            keys::Error::Erased(subject) => Self::new(
                Code::FailedPrecondition,
                format!("{subject} was erased: nothing can be written about them"),
            )
            .because("PERSON_ERASED"),
            keys::Error::NoSubject { .. }
            | keys::Error::Damaged { .. }
            | keys::Error::NoKey(_)
            | keys::Error::UnknownKek { .. } => Self::internal(error),
        }
    }
}

impl From<roster::Error> for Error {
    fn from(error: roster::Error) -> Self {
        match error {
            roster::Error::UnknownPerson(id) => Self::not_found("person", id),
            roster::Error::UnknownSchool(urn) => Self::not_found("school", urn),
            roster::Error::UnknownTrust(id) => Self::not_found("trust", id),
            roster::Error::Unavailable => Self::unavailable(error),
        }
    }
}

impl From<Denied> for Error {
    fn from(denied: Denied) -> Self {
        Self::permission_denied(denied.to_string())
    }
}

impl From<actor::Error> for Error {
    fn from(error: actor::Error) -> Self {
        let reason = match &error {
            actor::Error::Unavailable(_) | actor::Error::Token(token::Error::Unavailable(_)) => {
                return Self::unavailable(error);
            }
            actor::Error::MayNotRepresent => {
                return Self::permission_denied(error.to_string()).because("MAY_NOT_REPRESENT");
            }
            actor::Error::NotAPerson => return Self::invalid(actor::ON_BEHALF_OF, error.to_string()),
            actor::Error::UnknownAccount => "UNKNOWN_ACCOUNT",
            actor::Error::Erased => "ACCOUNT_ERASED",
            actor::Error::Token(token) => match token {
                token::Error::Missing => "TOKEN_MISSING",
                token::Error::Expired => "TOKEN_EXPIRED",
                token::Error::NotYetValid => "TOKEN_NOT_YET_VALID",
                token::Error::Unsigned => "TOKEN_UNSIGNED",
                token::Error::Algorithm(_) => "TOKEN_ALGORITHM",
                token::Error::WrongIssuer(_) => "TOKEN_ISSUER",
                token::Error::WrongAudience => "TOKEN_AUDIENCE",
                token::Error::BadSignature | token::Error::UnknownKey => "TOKEN_SIGNATURE",
                token::Error::Malformed | token::Error::MissingClaim(_) => "TOKEN_MALFORMED",
                token::Error::Unavailable(_) => "TOKEN_KEYS_UNAVAILABLE",
            },
        };
        Self::unauthenticated(error.to_string()).because(reason)
    }
}

impl From<feed::Error> for Error {
    fn from(error: feed::Error) -> Self {
        Self::unavailable(error)
    }
}

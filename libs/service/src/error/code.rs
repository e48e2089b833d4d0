//! The closed set of public codes: what each means on gRPC, on HTTP, and to the caller.

use std::fmt;
use std::time::Duration;

/// Why a request failed. The set is closed: a new circumstance gets a reason, not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// A field is missing or malformed, whatever the state of the system. Correct the request.
    InvalidArgument,
    /// Nothing of that name, or nothing that the caller may know of. Check the identifier.
    NotFound,
    /// What should be created is there already. Read it instead.
    AlreadyExists,
    /// A rule of the domain forbids it as things stand. Read the reason; change the circumstance or the request.
    FailedPrecondition,
    /// Somebody changed it meanwhile. Read again, decide again, send with the new version.
    VersionConflict,
    /// The request id was used for another request. Use a fresh one for every new request.
    RequestReused,
    /// No credential, or not a valid one. Sign in again.
    Unauthenticated,
    /// The actor may not do this. Ask somebody who may.
    PermissionDenied,
    /// Too much at once. Wait as told, then try again.
    ResourceExhausted,
    /// Something needed is away for now. Try again with the same request id.
    Unavailable,
    /// Not done in the time allowed; it may still happen. Try again with the same request id.
    DeadlineExceeded,
    /// A fault of ours. Report the error id.
    Internal,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: [Self; 12] = [
        Self::InvalidArgument,
        Self::NotFound,
        Self::AlreadyExists,
        Self::FailedPrecondition,
        Self::VersionConflict,
        Self::RequestReused,
        Self::Unauthenticated,
        Self::PermissionDenied,
        Self::ResourceExhausted,
        Self::Unavailable,
        Self::DeadlineExceeded,
        Self::Internal,
    ];

    /// The published name, for example `VERSION_CONFLICT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::FailedPrecondition => "FAILED_PRECONDITION",
            Self::VersionConflict => "VERSION_CONFLICT",
            Self::RequestReused => "REQUEST_REUSED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::Unavailable => "UNAVAILABLE",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::Internal => "INTERNAL",
        }
    }

    /// The gRPC status. Two of ours share one with a neighbour: the `code` fact of `ErrorInfo` tells them apart.
    pub const fn grpc(self) -> tonic::Code {
        match self {
            Self::InvalidArgument => tonic::Code::InvalidArgument,
            Self::NotFound => tonic::Code::NotFound,
            Self::AlreadyExists | Self::RequestReused => tonic::Code::AlreadyExists,
            Self::FailedPrecondition => tonic::Code::FailedPrecondition,
            Self::VersionConflict => tonic::Code::Aborted,
            Self::Unauthenticated => tonic::Code::Unauthenticated,
            Self::PermissionDenied => tonic::Code::PermissionDenied,
            Self::ResourceExhausted => tonic::Code::ResourceExhausted,
            Self::Unavailable => tonic::Code::Unavailable,
            Self::DeadlineExceeded => tonic::Code::DeadlineExceeded,
            Self::Internal => tonic::Code::Internal,
        }
    }

    /// The HTTP status of the problem document (RFC 9457).
    pub const fn http_status(self) -> u16 {
        match self {
            Self::InvalidArgument => 400,
            Self::Unauthenticated => 401,
            Self::PermissionDenied => 403,
            Self::NotFound => 404,
            Self::AlreadyExists | Self::VersionConflict => 409,
            Self::FailedPrecondition | Self::RequestReused => 422,
            Self::ResourceExhausted => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
            Self::DeadlineExceeded => 504,
        }
    }

    /// What the caller should do, in a sentence.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::InvalidArgument => "Correct the fields named in the violations and send again.",
            Self::NotFound => "Check the identifier; it may also be that you may not see it.",
            Self::AlreadyExists => "Read what is there instead of creating it.",
            Self::FailedPrecondition => "Read the reason: a rule forbids this as things stand.",
            Self::VersionConflict => "Read it again, decide again, and send with the new version.",
            Self::RequestReused => "Use a fresh request id for every new request.",
            Self::Unauthenticated => "Sign in again and send a valid bearer token.",
            Self::PermissionDenied => "Ask somebody whose role allows it.",
            Self::ResourceExhausted => "Wait as long as told, then try again.",
            Self::Unavailable => "Try again with the same request id.",
            Self::DeadlineExceeded => "It may still have happened: try again with the same request id.",
            Self::Internal => "Report the error id.",
        }
    }

    /// How long to wait before the same request may succeed; absent where it will not succeed by waiting.
    pub(super) const fn retry_after(self) -> Option<Duration> {
        match self {
            Self::ResourceExhausted => Some(Duration::from_secs(1)),
            Self::Unavailable | Self::DeadlineExceeded => Some(Duration::from_millis(200)),
            _ => None,
        }
    }

    /// The code of that published name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.name() == name)
    }

    /// The nearest code for a status that is not one of ours, such as one of the transport.
    pub const fn from_grpc(code: tonic::Code) -> Self {
        match code {
            tonic::Code::InvalidArgument | tonic::Code::OutOfRange => Self::InvalidArgument,
            tonic::Code::NotFound | tonic::Code::Unimplemented => Self::NotFound,
            tonic::Code::AlreadyExists => Self::AlreadyExists,
            tonic::Code::FailedPrecondition => Self::FailedPrecondition,
            tonic::Code::Aborted => Self::VersionConflict,
            tonic::Code::Unauthenticated => Self::Unauthenticated,
            tonic::Code::PermissionDenied => Self::PermissionDenied,
            tonic::Code::ResourceExhausted => Self::ResourceExhausted,
            tonic::Code::Unavailable | tonic::Code::Cancelled => Self::Unavailable,
            tonic::Code::DeadlineExceeded => Self::DeadlineExceeded,
            tonic::Code::Ok | tonic::Code::Unknown | tonic::Code::Internal | tonic::Code::DataLoss => Self::Internal,
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

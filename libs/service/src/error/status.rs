//! To and from `tonic::Status`, with the standard error details.

use super::{Code, Error, Violation};
use std::collections::{BTreeMap, HashMap};
use std::error::Error as _;
use std::fmt::Write as _;
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

/// The `domain` of every `ErrorInfo`.
pub const DOMAIN: &str = "throughline";

/// Details travel in trailers, of which callers take 16 KiB: what is said is cut before they refuse it all.
const LONGEST_TEXT: usize = 300;
const MOST_VIOLATIONS: usize = 20;

/// Fact that carries the code of the closed set, since two codes may share a gRPC status.
const CODE: &str = "code";

impl From<Error> for tonic::Status {
    fn from(error: Error) -> Self {
        error.log();
        let mut facts: HashMap<String, String> = error.facts.into_iter().collect();
        facts.insert(CODE.to_owned(), error.code.name().to_owned());
        let mut details = ErrorDetails::with_error_info(error.reason, DOMAIN, facts);
        if !error.violations.is_empty() {
            details.set_bad_request(told(error.violations));
        }
        if error.retry_after.is_some() {
            details.set_retry_info(error.retry_after);
        }
        Self::with_error_details(error.code.grpc(), cut(error.message), details)
    }
}

/// The first violations, and how many more there are.
fn told(violations: Vec<Violation>) -> Vec<FieldViolation> {
    let more = violations.len().saturating_sub(MOST_VIOLATIONS);
    let mut told: Vec<_> = violations
        .into_iter()
        .take(MOST_VIOLATIONS)
        .map(|violation| FieldViolation::new(cut(violation.field), cut(violation.description)))
        .collect();
    if more > 0 {
        told.push(FieldViolation::new("", format!("and {more} more fields are not right")));
    }
    told
}

fn cut(mut text: String) -> String {
    if text.chars().count() > LONGEST_TEXT {
        text = text.chars().take(LONGEST_TEXT).chain(['…']).collect();
    }
    text
}

impl Error {
    /// What another service answered, for a caller that passes it on.
    pub fn from_status(status: &tonic::Status) -> Self {
        let details = status.get_error_details();
        let info = details.error_info().filter(|info| info.domain == DOMAIN);
        let Some(info) = info else {
            // Not one of ours: the transport's words stay in the log.
            return Self {
                source: Some(status.clone().into()),
                ..Self::new(Code::from_grpc(status.code()), "request failed")
            };
        };
        let code = info
            .metadata
            .get(CODE)
            .and_then(|name| Code::from_name(name))
            .unwrap_or_else(|| Code::from_grpc(status.code()));
        let facts: BTreeMap<_, _> = info
            .metadata
            .iter()
            .filter(|(name, _)| *name != CODE)
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect();
        let violations = details.bad_request().map_or_else(Vec::new, |bad| {
            bad.field_violations
                .iter()
                .map(|v| Violation::new(v.field.clone(), v.description.clone()))
                .collect()
        });
        Self {
            facts,
            violations,
            retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
            ..Self::new(code, status.message()).because(info.reason.clone())
        }
    }

    /// Writes the cause to the log, where there is one that the caller is not told.
    fn log(&self) {
        let Some(source) = self.source() else { return };
        let mut cause = source.to_string();
        let mut next = source.source();
        while let Some(inner) = next {
            // Writing to a string cannot fail.
            let _ = write!(cause, ": {inner}");
            next = inner.source();
        }
        let error_id = self.facts.get("error_id").map_or("", String::as_str);
        match self.code {
            Code::Internal => tracing::error!(error_id, code = self.code.name(), cause, "request failed"),
            _ => tracing::warn!(code = self.code.name(), cause, "request failed"),
        }
    }
}

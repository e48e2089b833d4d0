//! What HTTP says in headers and the protocol in fields: which request it is, and which version it is about.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use prost_reflect::{DynamicMessage, Value};
use service::Violations;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{surface::Operation, text_of};

pub(super) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Takes `request_id` from `Idempotency-Key`, and `expected_version` from `If-Match`. Where the body says them as well,
/// both must agree.
pub(super) fn read(
    operation: &Operation,
    headers: &HeaderMap,
    message: &mut DynamicMessage,
    violations: &mut Violations,
) {
    if operation.has_request_id() {
        request_id(headers, message, violations);
    }
    if operation.has_expected_version()
        && let Some(if_match) = headers.get(header::IF_MATCH)
    {
        match expected_version(if_match) {
            Ok(None) => {}
            Ok(Some(version)) => {
                let said = message
                    .has_field_by_name("expected_version")
                    .then(|| {
                        message
                            .get_field_by_name("expected_version")
                            .and_then(|said| said.as_i64())
                    })
                    .flatten();
                violations.check(said.is_none_or(|said| said == version), "If-Match", || {
                    "names another version than `expectedVersion`: send one of them".to_owned()
                });
                message.set_field_by_name("expected_version", Value::I64(version));
            }
            Err(fault) => violations.add("If-Match", fault),
        }
    }
}

fn request_id(headers: &HeaderMap, message: &mut DynamicMessage, violations: &mut Violations) {
    let said = message
        .get_field_by_name("request_id")
        .and_then(|said| said.as_str().map(str::to_owned))
        .filter(|said| !said.is_empty());
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return violations.check(said.is_some(), "Idempotency-Key", || {
            "must be given: a fresh UUID for every new command, the same one to send a command again".to_owned()
        });
    };
    let key = key
        .to_str()
        .ok()
        .map(|key| key.trim().trim_matches('"'))
        .and_then(|key| {
            let hyphenated = key.len() == 36;
            key.parse::<Uuid>().ok().filter(|_| hyphenated)
        });
    let Some(key) = key else {
        return violations.add("Idempotency-Key", "is not a UUID");
    };
    let agrees = said.is_none_or(|said| said.parse().is_ok_and(|said: Uuid| said == key));
    violations.check(agrees, "Idempotency-Key", || {
        "differs from `requestId`: send one of them".to_owned()
    });
    message.set_field_by_name("request_id", Value::String(key.to_string()));
}

/// The version that a caller has seen; none where any will do (`*`).
fn expected_version(if_match: &HeaderValue) -> Result<Option<i64>, &'static str> {
    const MALFORMED: &str = "is not a version: send the `ETag` of what was read, or *";
    let text = if_match.to_str().map_err(|_| MALFORMED)?.trim();
    if text == "*" {
        return Ok(None);
    }
    if text.contains(',') {
        return Err("names several versions: send one");
    }
    // A proxy that compresses weakens the tag; the version is the same.
    let tag = text.strip_prefix("W/").unwrap_or(text);
    let opaque = tag
        .strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .ok_or(MALFORMED)?;
    let version = opaque.split_once('-').map_or(opaque, |(version, _)| version);
    let digits = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit());
    let version = version.parse().ok().filter(|_| digits);
    version.map(Some).ok_or(MALFORMED)
}

/// The tag of an answer: the version that it shows, where it shows one, and a digest of what it says, since two readers
/// of one version may be shown different parts of it.
pub(super) fn tag(version: Option<i64>, body: &[u8]) -> String {
    let digest = URL_SAFE_NO_PAD.encode(&Sha256::digest(body)[..12]);
    match version {
        Some(version) => format!("\"{version}-{digest}\""),
        None => format!("\"v-{digest}\""),
    }
}

/// The tag of what a command left behind.
pub(super) fn version_tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Whether the caller has an answer already.
pub(super) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    text_of(headers, header::IF_NONE_MATCH).is_some_and(|known| {
        known
            .split(',')
            .map(str::trim)
            .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_names_a_version() {
        for (header, version) in [
            ("\"7\"", Ok(Some(7))),
            ("W/\"7\"", Ok(Some(7))),
            ("\"7-abc_-d\"", Ok(Some(7))),
            (" \"0\" ", Ok(Some(0))),
            ("*", Ok(None)),
        ] {
            assert_eq!(expected_version(&HeaderValue::from_static(header)), version, "{header}");
        }
        for malformed in [
            "7",
            "\"\"",
            "\"v-abc\"",
            "\"-7\"",
            "\"7\", \"8\"",
            "w/\"7\"",
            "\"99999999999999999999\"",
        ] {
            assert!(
                expected_version(&HeaderValue::from_static(malformed)).is_err(),
                "{malformed}"
            );
        }
    }

    #[test]
    fn what_is_known_is_not_sent_again() {
        let tag = tag(Some(3), b"{}");
        let mut headers = HeaderMap::new();
        assert!(!is_known(&headers, &tag));
        for (known, is) in [
            (tag.clone(), true),
            (format!("\"other\", W/{tag}"), true),
            ("*".to_owned(), true),
            ("\"3\"".to_owned(), false),
        ] {
            headers.insert(header::IF_NONE_MATCH, known.parse().unwrap());
            assert_eq!(is_known(&headers, &tag), is, "{known}");
        }
    }
}

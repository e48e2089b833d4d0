//! Bearer tokens: who says that they speak, checked against the keys that their issuer publishes.
//!
//! Only the algorithms below are ever accepted, whatever a token or a key set says: a list that a caller could
//! widen is how `none` and HMAC-with-the-public-key attacks get in. Roles are never read from claims.

mod jwks;

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::Utc;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, errors::ErrorKind};
use moka::future::Cache;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tonic::metadata::MetadataMap;

pub use jwks::{KeySet, KeySource};

/// Every algorithm that is accepted.
pub const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];

/// How far two clocks may differ, in seconds.
const LEEWAY_SECONDS: u64 = 30;

/// How long a token is believed without another look, and how many are.
const BELIEVED_FOR: Duration = Duration::from_secs(60);
const GOOD_TOKENS: u64 = 50_000;

/// Longer tokens are refused before they are decoded, in bytes.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Why a token was refused. All but [`Error::Unavailable`] are the caller's to put right.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no bearer token was sent")]
    Missing,
    #[error("the token is not a signed JSON web token")]
    Malformed,
    #[error("the token is not signed")]
    Unsigned,
    #[error("tokens signed with {0} are not accepted")]
    Algorithm(String),
    #[error("the token has expired")]
    Expired,
    #[error("the token is not valid yet")]
    NotYetValid,
    #[error("tokens of the issuer {0:?} are not accepted")]
    WrongIssuer(String),
    #[error("the token was issued for another audience")]
    WrongAudience,
    #[error("the token's signature does not match")]
    BadSignature,
    #[error("the token was signed with a key that its issuer does not publish")]
    UnknownKey,
    #[error("the token has no {0:?} claim")]
    MissingClaim(String),
    #[error("the issuer's keys cannot be fetched")]
    Unavailable(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

/// How a token's `sub` names a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SubjectIs {
    /// It is the person's identifier here: the demo issuer, or an issuer provisioned from the directory.
    PersonId,
    /// `issuer#sub` is one of the person's external identifiers.
    #[default]
    ExternalIdentifier,
}

/// An issuer whose tokens are accepted.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// Compared with the token's `iss`, letter by letter.
    pub issuer: String,
    /// One of the token's `aud`.
    pub audience: String,
    pub subject_is: SubjectIs,
    pub keys: KeySource,
}

/// What a verified token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    pub issuer: String,
    pub subject: String,
    pub subject_is: SubjectIs,
}

impl Claims {
    /// `issuer#sub`: unique across issuers.
    pub fn external(&self) -> String {
        format!("{}#{}", self.issuer, self.subject)
    }
}

/// Checks tokens of a fixed list of issuers. Cheap to clone.
///
/// A token that was found good is believed again for a minute, though never beyond its own end: signatures cost more
/// than most requests do otherwise.
#[derive(Clone)]
pub struct Verifier {
    issuers: Arc<[(TrustedIssuer, KeySet)]>,
    good: Cache<[u8; 32], Good>,
}

/// What a good token said, and until when it may, in seconds since 1970.
#[derive(Clone)]
struct Good {
    claims: Claims,
    until: i64,
}

impl Verifier {
    pub fn new(issuers: impl IntoIterator<Item = TrustedIssuer>) -> Self {
        let with_keys = |issuer: TrustedIssuer| {
            let keys = KeySet::new(&issuer.issuer, issuer.keys.clone());
            (issuer, keys)
        };
        Self {
            issuers: issuers.into_iter().map(with_keys).collect(),
            good: Cache::builder()
                .max_capacity(GOOD_TOKENS)
                .time_to_live(BELIEVED_FOR)
                .build(),
        }
    }

    /// Checks signature, issuer, audience and times.
    pub async fn verify(&self, token: &str) -> Result<Claims, Error> {
        let digest: [u8; 32] = Sha256::digest(token).into();
        match self.good.get(&digest).await {
            Some(good) if Utc::now().timestamp() < good.until => Ok(good.claims),
            _ => {
                let good = self.look_at(token).await?;
                self.good.insert(digest, good.clone()).await;
                Ok(good.claims)
            }
        }
    }

    async fn look_at(&self, token: &str) -> Result<Good, Error> {
        let unverified = Unverified::parse(token)?;
        let (issuer, keys) = self
            .issuers
            .iter()
            .find(|(issuer, _)| issuer.issuer == unverified.issuer)
            .ok_or_else(|| Error::WrongIssuer(unverified.issuer.clone()))?;
        let key = keys.find(unverified.key_id.as_deref(), unverified.algorithm).await?;
        check(token, &key, unverified.algorithm, issuer)
    }

    /// As [`Self::verify`], for the token in a request's `authorization` header.
    pub async fn verify_request(&self, metadata: &MetadataMap) -> Result<Claims, Error> {
        self.verify(bearer(metadata)?).await
    }
}

/// The token of a request's `authorization: Bearer …` header.
pub fn bearer(metadata: &MetadataMap) -> Result<&str, Error> {
    let header = metadata
        .get("authorization")
        .ok_or(Error::Missing)?
        .to_str()
        .map_err(|_| Error::Malformed)?;
    let (scheme, token) = header.split_once(' ').ok_or(Error::Missing)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Error::Missing);
    }
    Ok(token.trim())
}

/// What must be read before the key is known: only ever used to choose a key.
struct Unverified {
    algorithm: Algorithm,
    key_id: Option<String>,
    issuer: String,
}

impl Unverified {
    fn parse(token: &str) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Header {
            alg: String,
            kid: Option<String>,
        }
        #[derive(Deserialize)]
        struct Body {
            iss: Option<String>,
        }
        if token.is_empty() {
            return Err(Error::Missing);
        }
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Error::Malformed);
        }
        let mut parts = token.split('.');
        let (Some(header), Some(body), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::Malformed);
        };
        let header: Header = decoded(header)?;
        if header.alg.eq_ignore_ascii_case("none") || signature.is_empty() {
            return Err(Error::Unsigned);
        }
        let algorithm = header
            .alg
            .parse()
            .ok()
            .filter(|algorithm| ALGORITHMS.contains(algorithm))
            .ok_or(Error::Algorithm(header.alg))?;
        let body: Body = decoded(body)?;
        let issuer = body.iss.ok_or_else(|| Error::MissingClaim("iss".into()))?;
        Ok(Self {
            algorithm,
            key_id: header.kid,
            issuer,
        })
    }
}

fn decoded<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, Error> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| Error::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Error::Malformed)
}

fn check(token: &str, key: &DecodingKey, algorithm: Algorithm, issuer: &TrustedIssuer) -> Result<Good, Error> {
    #[derive(Deserialize)]
    struct Body {
        sub: String,
        exp: Option<serde_json::Number>,
    }
    let mut validation = Validation::new(algorithm);
    validation.leeway = LEEWAY_SECONDS;
    validation.validate_nbf = true;
    validation.set_issuer(&[&issuer.issuer]);
    validation.set_audience(&[&issuer.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let body = jsonwebtoken::decode::<Body>(token, key, &validation)
        .map_err(|error| refusal(error, issuer))?
        .claims;
    Ok(Good {
        claims: Claims {
            issuer: issuer.issuer.clone(),
            subject: body.sub,
            subject_is: issuer.subject_is,
        },
        // Told in parts of a second, it is looked at each time.
        until: body
            .exp
            .and_then(|end| end.as_i64())
            .map_or(0, |end| end.saturating_add(LEEWAY_SECONDS.cast_signed())),
    })
}

fn refusal(error: jsonwebtoken::errors::Error, issuer: &TrustedIssuer) -> Error {
    match error.into_kind() {
        ErrorKind::ExpiredSignature => Error::Expired,
        ErrorKind::ImmatureSignature => Error::NotYetValid,
        ErrorKind::InvalidIssuer => Error::WrongIssuer(issuer.issuer.clone()),
        ErrorKind::InvalidAudience => Error::WrongAudience,
        ErrorKind::InvalidSignature => Error::BadSignature,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidKeyFormat => Error::UnknownKey,
        ErrorKind::MissingRequiredClaim(claim) => Error::MissingClaim(claim),
        ErrorKind::Json(error) if error.to_string().contains("missing field `sub`") => {
            Error::MissingClaim("sub".into())
        }
        _ => Error::Malformed,
    }
}

#[cfg(test)]
mod tests;

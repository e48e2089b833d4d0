//! An issuer's published keys: fetched when first needed, again when a token names an unknown key, and again when old.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse},
};
use serde::Deserialize;
use tokio::{
    sync::{Mutex, RwLock},
    time::Instant,
};

use super::{ALGORITHMS, Error};

/// Unknown keys cause at most one fetch in this time, whatever strangers send.
const REFRESH_AT_MOST_EVERY: Duration = Duration::from_secs(30);

/// A key that its issuer withdrew is forgotten after this time.
const REFRESH_AT_LEAST_EVERY: Duration = Duration::from_secs(3600);

/// With the issuer away, its last known keys serve this long.
const SERVE_STALE_FOR: Duration = Duration::from_secs(24 * 3600);

const FETCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Where an issuer's keys come from.
#[derive(Clone)]
pub enum KeySource {
    /// The keys themselves.
    Given(JwkSet),
    /// A JSON web key set at this address.
    Url(String),
    /// Whatever the issuer's `/.well-known/openid-configuration` names.
    Discovered,
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given(keys) => write!(f, "Given({} keys)", keys.keys.len()),
            Self::Url(url) => write!(f, "Url({url})"),
            Self::Discovered => f.write_str("Discovered"),
        }
    }
}

#[derive(Clone)]
struct Key {
    algorithm: Algorithm,
    key: Arc<DecodingKey>,
}

struct Known {
    by_id: HashMap<String, Key>,
    fetched: Instant,
}

/// The keys of one issuer.
pub struct KeySet {
    issuer: String,
    source: KeySource,
    known: RwLock<Option<Known>>,
    /// When a fetch was last tried; held while fetching, so that a crowd waits for one fetch.
    tried: Mutex<Option<Instant>>,
}

impl KeySet {
    pub fn new(issuer: &str, source: KeySource) -> Self {
        let known = match &source {
            KeySource::Given(keys) => Some(Known {
                by_id: usable(keys.keys.iter().cloned()),
                fetched: Instant::now(),
            }),
            _ => None,
        };
        Self {
            issuer: issuer.into(),
            source,
            known: RwLock::new(known),
            tried: Mutex::new(None),
        }
    }

    /// The key that a token names. A token without a key id is accepted only while the issuer has a single key.
    pub(super) async fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Result<Arc<DecodingKey>, Error> {
        let (found, age) = self.look(id).await;
        let fresh = matches!(self.source, KeySource::Given(_)) || age.is_some_and(|age| age < REFRESH_AT_LEAST_EVERY);
        let found = match found {
            Some(key) if fresh => Some(key),
            stale => match self.refresh().await {
                Ok(()) => self.look(id).await.0,
                Err(error) if age.is_some_and(|age| age < SERVE_STALE_FOR) && stale.is_some() => {
                    tracing::warn!(issuer = self.issuer, %error, "serving the issuer's last known keys");
                    stale
                }
                Err(error) => return Err(error),
            },
        };
        found
            .filter(|key| key.algorithm == algorithm)
            .map(|key| key.key)
            .ok_or(Error::UnknownKey)
    }

    async fn look(&self, id: Option<&str>) -> (Option<Key>, Option<Duration>) {
        let known = self.known.read().await;
        let Some(known) = known.as_ref() else {
            return (None, None);
        };
        let found = match id {
            Some(id) => known.by_id.get(id),
            None if known.by_id.len() == 1 => known.by_id.values().next(),
            None => None,
        };
        (found.cloned(), Some(known.fetched.elapsed()))
    }

    /// Fetches the keys, unless somebody just did.
    async fn refresh(&self) -> Result<(), Error> {
        if matches!(self.source, KeySource::Given(_)) {
            return Ok(());
        }
        let mut tried = self.tried.lock().await;
        if tried.is_some_and(|at| at.elapsed() < REFRESH_AT_MOST_EVERY) {
            return match &*self.known.read().await {
                Some(_) => Ok(()),
                None => Err(Error::Unavailable(Arc::from(Box::from(
                    "the last attempt failed a moment ago",
                )))),
            };
        }
        *tried = Some(Instant::now());
        let keys = self
            .fetch()
            .await
            .map_err(|error| Error::Unavailable(Arc::from(error)))?;
        *self.known.write().await = Some(Known {
            by_id: usable(keys),
            fetched: Instant::now(),
        });
        Ok(())
    }

    async fn fetch(&self) -> Result<Vec<Jwk>, Box<dyn std::error::Error + Send + Sync>> {
        #[derive(Deserialize)]
        struct Configuration {
            issuer: String,
            jwks_uri: String,
        }
        #[derive(Deserialize)]
        struct Published {
            keys: Vec<serde_json::Value>,
        }
        let url = match &self.source {
            KeySource::Url(url) => url.clone(),
            _ => {
                let well_known = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
                let found: Configuration = get(&well_known).await?;
                if found.issuer != self.issuer {
                    return Err(format!("{well_known} speaks for another issuer, {}", found.issuer).into());
                }
                found.jwks_uri
            }
        };
        let published: Published = get(&url).await?;
        // Keys of kinds unknown here are other parties' business, not a reason to refuse the rest.
        Ok(published
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value(key).ok())
            .collect())
    }
}

async fn get<T: for<'de> Deserialize<'de>>(url: &str) -> reqwest::Result<T> {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    let client = CLIENT.get_or_init(|| {
        // Whoever chose one before may keep it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::new()
    });
    client
        .get(url)
        .timeout(FETCH_TIMEOUT)
        .send()
        .await?
        .error_for_status()?
        .json()
        .await
}

fn usable(keys: impl IntoIterator<Item = Jwk>) -> HashMap<String, Key> {
    keys.into_iter()
        .filter(|jwk| !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption)))
        .filter_map(|jwk| {
            let algorithm = algorithm(&jwk).filter(|algorithm| ALGORITHMS.contains(algorithm))?;
            let key = DecodingKey::from_jwk(&jwk).ok()?;
            Some((
                jwk.common.key_id.unwrap_or_default(),
                Key {
                    algorithm,
                    key: Arc::new(key),
                },
            ))
        })
        .collect()
}

/// The algorithm that a key is for: as stated, else the only one here for its type.
fn algorithm(jwk: &Jwk) -> Option<Algorithm> {
    if let Some(stated) = jwk.common.key_algorithm {
        return stated.try_into().ok();
    }
    match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Some(Algorithm::RS256),
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => Some(Algorithm::ES256),
        AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => Some(Algorithm::EdDSA),
        _ => None,
    }
}

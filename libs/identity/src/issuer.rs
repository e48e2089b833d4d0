//! The demo issuer of the embedded default: named demo people sign in without a server to install.
//!
//! It is for one machine. Its key lives in a file of the owner alone, and it listens on loopback or not at all.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use aes_gcm_siv::aead::Generate as _;
use axum::{Json, Router, routing::get};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet, PublicKeyUse, ThumbprintHash},
};
use serde::Serialize;
use serde_json::json;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use crate::token::{KeySource, SubjectIs, TrustedIssuer};

/// The audience of every token for the product's interfaces.
pub const AUDIENCE: &str = "throughline";

/// An Ed25519 private key in PKCS #8 is these bytes and the 32 of its seed (RFC 8410, section 7).
const PKCS8_ED25519: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

const KEY_FILE: &str = "issuer.key";

/// Why the demo issuer does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the issuer's key file {path} cannot be used")]
    KeyFile { path: PathBuf, source: io::Error },
    #[error("the issuer's key cannot be used")]
    Key(#[from] jsonwebtoken::errors::Error),
    #[error("the demo issuer listens on loopback alone, not on {0}")]
    NotLoopback(SocketAddr),
    #[error("the demo issuer cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
}

/// Signs tokens for demo people. Cheap to clone.
#[derive(Clone)]
pub struct Issuer {
    issuer: Arc<str>,
    key: Arc<EncodingKey>,
    public: Arc<Jwk>,
}

impl Issuer {
    /// Reads the signing key in `directory`, or makes it on first start. `issuer` is its address, the tokens' `iss`.
    pub fn open(directory: &Path, issuer: impl Into<String>) -> Result<Self, Error> {
        let path = directory.join(KEY_FILE);
        let der = load_or_create(&path).map_err(|source| Error::KeyFile { path, source })?;
        let key = EncodingKey::from_ed_der(&der);
        let mut public = Jwk::from_encoding_key(&key, Algorithm::EdDSA)?;
        public.common.key_id = Some(public.thumbprint(ThumbprintHash::SHA256)?);
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self {
            issuer: issuer.into().into(),
            key: Arc::new(key),
            public: Arc::new(public),
        })
    }

    /// The `iss` of its tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The public keys.
    pub fn key_set(&self) -> JwkSet {
        JwkSet {
            keys: vec![self.public.as_ref().clone()],
        }
    }

    /// For a [`crate::token::Verifier`] in the same process. Other processes use [`KeySource::Discovered`].
    pub fn trusted(&self) -> TrustedIssuer {
        TrustedIssuer {
            issuer: self.issuer.to_string(),
            audience: AUDIENCE.into(),
            subject_is: SubjectIs::PersonId,
            keys: KeySource::Given(self.key_set()),
        }
    }

    /// A token for a person, by their identifier here, or for an operator by any name.
    pub fn mint(&self, subject: impl ToString, valid_for: Duration) -> Result<String, Error> {
        let now = jsonwebtoken::get_current_timestamp();
        self.sign(subject, now, now.saturating_add(valid_for.as_secs()))
    }

    /// A token that ran out this long ago, to see it refused.
    pub fn mint_expired(&self, subject: impl ToString, ago: Duration) -> Result<String, Error> {
        let expired = jsonwebtoken::get_current_timestamp().saturating_sub(ago.as_secs());
        self.sign(subject, expired.saturating_sub(3600), expired)
    }

    fn sign(&self, subject: impl ToString, issued: u64, expires: u64) -> Result<String, Error> {
        #[derive(Serialize)]
        struct Body<'a> {
            iss: &'a str,
            aud: &'a str,
            sub: String,
            iat: u64,
            exp: u64,
        }
        let body = Body {
            iss: &self.issuer,
            aud: AUDIENCE,
            sub: subject.to_string(),
            iat: issued,
            exp: expires,
        };
        self.sign_claims(&body)
    }

    /// Signs any claims.
    pub(crate) fn sign_claims(&self, claims: &impl Serialize) -> Result<String, Error> {
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid.clone_from(&self.public.common.key_id);
        Ok(jsonwebtoken::encode(&header, claims, &self.key)?)
    }

    /// `/.well-known/openid-configuration` and `/jwks.json`.
    pub fn router(&self) -> Router {
        let configuration = json!({
            "issuer": &*self.issuer,
            "jwks_uri": format!("{}/jwks.json", self.issuer.trim_end_matches('/')),
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
        });
        let keys = self.key_set();
        Router::new()
            .route(
                "/.well-known/openid-configuration",
                get(async move || Json(configuration)),
            )
            .route("/jwks.json", get(async move || Json(keys)))
    }

    /// Serves [`Self::router`] on `listener` until `stop` resolves. Anything but loopback is refused.
    pub async fn serve(
        &self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Error> {
        let address = listener
            .local_addr()
            .unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)));
        if !address.ip().is_loopback() {
            return Err(Error::NotLoopback(address));
        }
        axum::serve(listener, self.router())
            .with_graceful_shutdown(stop)
            .await
            .map_err(|source| Error::Listen { address, source })
    }
}

fn load_or_create(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    match fs::read(path) {
        Ok(der) if der.len() == PKCS8_ED25519.len() + 32 && der.starts_with(&PKCS8_ED25519) => Ok(Zeroizing::new(der)),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "not an Ed25519 key in PKCS #8",
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let seed = Zeroizing::new(<[u8; 32]>::generate());
            let der = Zeroizing::new([&PKCS8_ED25519[..], &seed[..]].concat());
            crate::secret_file::create(path, &der)?;
            Ok(der)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::{self, Verifier};

    #[tokio::test]
    async fn the_key_survives_a_restart_and_belongs_to_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let first = Issuer::open(directory.path(), "http://127.0.0.1:1").unwrap();
        let token = first.mint("somebody", Duration::from_secs(60)).unwrap();
        let second = Issuer::open(directory.path(), "http://127.0.0.1:1").unwrap();
        let claims = Verifier::new([second.trusted()]).verify(&token).await.unwrap();
        assert_eq!(claims.subject, "somebody");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(directory.path().join(KEY_FILE))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[tokio::test]
    async fn anything_but_loopback_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let issuer = Issuer::open(directory.path(), "http://localhost").unwrap();
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let refused = issuer.serve(listener, async {}).await;
        assert!(matches!(refused, Err(Error::NotLoopback(_))));
    }

    #[tokio::test]
    async fn other_processes_discover_its_keys() {
        let directory = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = Issuer::open(directory.path(), format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let serving = tokio::spawn({
            let issuer = issuer.clone();
            async move { issuer.serve(listener, std::future::pending()).await }
        });
        let verifier = Verifier::new([TrustedIssuer {
            keys: KeySource::Discovered,
            ..issuer.trusted()
        }]);
        let token = issuer.mint("somebody", Duration::from_secs(60)).unwrap();
        assert_eq!(verifier.verify(&token).await.unwrap().subject, "somebody");

        // A stranger's key, however well made, is not among them, and asking again at once fetches nothing.
        let elsewhere = tempfile::tempdir().unwrap();
        let stranger = Issuer::open(elsewhere.path(), issuer.issuer()).unwrap();
        let forged = stranger.mint("somebody", Duration::from_secs(60)).unwrap();
        for _ in 0..2 {
            assert!(matches!(verifier.verify(&forged).await, Err(token::Error::UnknownKey)));
        }
        serving.abort();
    }
}

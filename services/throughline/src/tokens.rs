//! Requests that carry who asks, signed by the embedded issuer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use identity::issuer::Issuer;
use tonic::metadata::MetadataValue;

type Token = MetadataValue<tonic::metadata::Ascii>;

/// Signs requests as whomever they come from.
#[derive(Clone)]
pub struct Tokens {
    issuer: Arc<Issuer>,
    minted: Arc<Mutex<HashMap<String, Token>>>,
}

/// How long a token of the embedded issuer lives.
pub const TOKEN_LIFE: Duration = Duration::from_secs(12 * 60 * 60);

impl Tokens {
    pub fn new(issuer: Arc<Issuer>) -> Self {
        Self {
            issuer,
            minted: Arc::default(),
        }
    }

    /// A request by this person or account.
    pub fn request<M>(&self, subject: impl ToString, message: M) -> anyhow::Result<tonic::Request<M>> {
        let mut request = tonic::Request::new(message);
        request
            .metadata_mut()
            .insert("authorization", self.token(subject.to_string())?);
        Ok(request)
    }

    fn token(&self, subject: String) -> anyhow::Result<Token> {
        let mut minted = self.minted.lock().expect("no panic while held");
        if let Some(token) = minted.get(&subject) {
            return Ok(token.clone());
        }
        let token: Token = format!("Bearer {}", self.issuer.mint(&subject, TOKEN_LIFE)?).parse()?;
        minted.insert(subject, token.clone());
        Ok(token)
    }
}

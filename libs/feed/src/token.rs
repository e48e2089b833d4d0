//! The secret that services share for reading each other's feeds.

use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tonic::{Request, Status, metadata::AsciiMetadataValue, service::Interceptor};

const HEADER: &str = "x-feed-token";

/// The secret that services share for reading each other's feeds. Never printed.
#[derive(Clone, Debug)]
pub struct FeedToken(SecretString);

impl FeedToken {
    /// `None` if the secret is shorter than 16 characters or not printable ASCII.
    pub fn new(secret: impl Into<String>) -> Option<Self> {
        let secret = secret.into();
        let usable = secret.len() >= 16 && secret.bytes().all(|byte| byte.is_ascii_graphic());
        usable.then(|| Self(secret.into()))
    }

    /// Compares digests without an early end, so that time tells nothing about the secret.
    fn matches(&self, given: &[u8]) -> bool {
        let (own, given) = (Sha256::digest(self.0.expose_secret()), Sha256::digest(given));
        std::hint::black_box(
            own.iter()
                .zip(given.iter())
                .fold(0, |differences, (a, b)| differences | (a ^ b)),
        ) == 0
    }

    /// Lets a request in that carries the secret.
    pub(crate) fn check<T>(&self, request: &Request<T>) -> Result<(), Status> {
        match request.metadata().get(HEADER) {
            Some(given) if self.matches(given.as_bytes()) => Ok(()),
            _ => Err(Status::unauthenticated("the feed token is missing or wrong")),
        }
    }
}

/// Adds the secret to every request.
impl Interceptor for FeedToken {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let mut value = AsciiMetadataValue::try_from(self.0.expose_secret())
            .map_err(|_| Status::internal("the feed token is not printable"))?;
        value.set_sensitive(true);
        request.metadata_mut().insert(HEADER, value);
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_secret_matches() {
        let token = FeedToken::new("correct horse battery".replace(' ', "-")).unwrap();
        assert!(token.matches(b"correct-horse-battery"));
        assert!(!token.matches(b"correct-horse-batter"));
        assert!(!token.matches(b""));
        assert!(!format!("{token:?}").contains("horse"));
        assert!(FeedToken::new("short").is_none());
    }
}

//! What only a browser holds: 256 random bits in a cookie. The database finds a row by their digest, and what is in the
//! row is sealed under a key derived from them, so that the database alone opens nothing.

use std::fmt;

use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit as _, Nonce,
    aead::{Aead as _, Generate as _, Payload},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};

const BYTES: usize = 32;
const NONCE_BYTES: usize = 12;

/// A browser's secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret([u8; BYTES]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// A new one, which nobody can guess.
    pub(crate) fn fresh() -> Self {
        Self(<[u8; BYTES]>::generate())
    }

    /// As a cookie brought it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// As a cookie or a query carries it.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// By what a row is found; it says nothing about the secret.
    pub(crate) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// Seals something that only this secret opens, for this use.
    pub(crate) fn seal(&self, purpose: &'static str, clear: &[u8]) -> Vec<u8> {
        let nonce = Nonce::generate();
        let sealed = self
            .cipher(purpose)
            .encrypt(
                &nonce,
                Payload {
                    msg: clear,
                    aad: purpose.as_bytes(),
                },
            )
            .expect("what is sealed is far below 64 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// The reverse of [`Self::seal`]; nothing when secret, use or text is not the same.
    pub(crate) fn open(&self, purpose: &'static str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
        self.cipher(purpose)
            .decrypt(
                &Nonce::from(*nonce),
                Payload {
                    msg: sealed,
                    aad: purpose.as_bytes(),
                },
            )
            .ok()
    }

    /// Something else that follows from the secret, and from which the secret does not.
    pub(crate) fn derived(&self, purpose: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.key(purpose))
    }

    fn cipher(&self, purpose: &'static str) -> Aes256GcmSiv {
        Aes256GcmSiv::new((&self.key(purpose)).into())
    }

    fn key(&self, purpose: &str) -> [u8; 32] {
        let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&self.0).expect("any length will do");
        mac.chain_update(purpose).finalize().into_bytes().into()
    }
}

/// Whether two texts are the same, in a time that does not tell how much of them is.
pub(crate) fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one) == Sha256::digest(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_secret_opens_what_it_sealed_and_only_for_the_same_use() {
        let secret = Secret::fresh();
        let sealed = secret.seal("tokens", b"a token");
        assert_eq!(secret.open("tokens", &sealed).unwrap(), b"a token");
        assert!(secret.open("forms", &sealed).is_none());
        assert!(Secret::fresh().open("tokens", &sealed).is_none());
        let mut damaged = sealed.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert!(secret.open("tokens", &damaged).is_none());
        assert!(secret.open("tokens", b"short").is_none());
    }

    #[test]
    fn a_cookie_brings_the_secret_back() {
        let secret = Secret::fresh();
        assert_eq!(Secret::parse(&secret.text()), Some(secret));
        assert!(Secret::parse("abc").is_none());
        assert!(Secret::parse("").is_none());
    }
}

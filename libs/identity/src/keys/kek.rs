//! Key-encryption keys: what the keys of people are wrapped with, kept outside their database.

use std::{env, fmt, fs, io, path::Path};

use aes_gcm_siv::{
    Aes256GcmSiv, KeyInit as _, Nonce,
    aead::{Aead as _, Generate as _, Payload},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

pub(super) const KEY_BYTES: usize = 32;
pub(super) const NONCE_BYTES: usize = 12;

/// 256 bits that leave no copy behind.
pub(super) type KeyBytes = Zeroizing<[u8; KEY_BYTES]>;

/// Why there is no key-encryption key.
#[derive(Debug, thiserror::Error)]
pub enum KekError {
    #[error("the key-encryption key file {0} cannot be used")]
    File(String, #[source] io::Error),
    #[error("the environment variable {0} is not set")]
    NotSet(String),
    #[error("a key-encryption key is 32 bytes in base64, one on each line")]
    Malformed,
}

/// The key-encryption keys in use: the first wraps, all unwrap. To rotate, put a new key first, run
/// [`super::Keys::rewrap`], then take the old one away.
#[derive(Clone)]
pub struct Kek {
    keys: Vec<(String, KeyBytes)>,
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(id, _)| id)).finish()
    }
}

impl Kek {
    /// A fresh one, for tests and first starts.
    pub fn generate() -> Self {
        Self::of([Zeroizing::new(<[u8; KEY_BYTES]>::generate())])
    }

    /// Reads a file that only its owner may read: one key on each line, the current one first.
    pub fn load(path: &Path) -> Result<Self, KekError> {
        let refused = |source| KekError::File(path.display().to_string(), source);
        crate::secret_file::must_be_private(path).map_err(refused)?;
        Self::parse(&Zeroizing::new(fs::read_to_string(path).map_err(refused)?))
    }

    /// As [`Self::load`]; makes the file on first start.
    pub fn load_or_create(path: &Path) -> Result<Self, KekError> {
        if !path.exists() {
            let key = Zeroizing::new(<[u8; KEY_BYTES]>::generate());
            let line = Zeroizing::new(format!("{}\n", STANDARD.encode(*key)));
            match crate::secret_file::create(path, line.as_bytes()) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(KekError::File(path.display().to_string(), error));
                }
                _ => {}
            }
        }
        Self::load(path)
    }

    /// Reads an environment variable, laid out as the file is.
    pub fn from_env(name: &str) -> Result<Self, KekError> {
        Self::parse(&Zeroizing::new(
            env::var(name).map_err(|_| KekError::NotSet(name.into()))?,
        ))
    }

    /// Parses keys in base64, separated by white space, the current one first.
    pub fn parse(text: &str) -> Result<Self, KekError> {
        let key = |line: &str| -> Result<KeyBytes, KekError> {
            let bytes = Zeroizing::new(STANDARD.decode(line).map_err(|_| KekError::Malformed)?);
            let bytes = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_| KekError::Malformed)?;
            Ok(Zeroizing::new(bytes))
        };
        let keys = text.split_whitespace().map(key).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Err(KekError::Malformed);
        }
        Ok(Self::of(keys))
    }

    fn of(keys: impl IntoIterator<Item = KeyBytes>) -> Self {
        Self {
            keys: keys.into_iter().map(|key| (name(&key), key)).collect(),
        }
    }

    /// With `newer` in front: it wraps from now on.
    pub fn rotated(self, newer: Self) -> Self {
        Self {
            keys: newer.keys.into_iter().chain(self.keys).collect(),
        }
    }

    /// The name of the key that wraps now. Says nothing about the key itself.
    pub fn id(&self) -> &str {
        &self.keys[0].0
    }

    /// Wraps with the current key.
    pub(super) fn wrap(&self, key: &KeyBytes, aad: &[u8]) -> Vec<u8> {
        encrypt(&self.keys[0].1, key.as_slice(), aad)
    }

    /// Unwraps with the key of that name.
    pub(super) fn unwrap(&self, id: &str, wrapped: &[u8], aad: &[u8]) -> Option<KeyBytes> {
        let (_, kek) = self.keys.iter().find(|(known, _)| known == id)?;
        let bytes = Zeroizing::new(decrypt(kek, wrapped, aad)?);
        Some(Zeroizing::new(<[u8; KEY_BYTES]>::try_from(bytes.as_slice()).ok()?))
    }
}

fn name(key: &KeyBytes) -> String {
    let digest = Sha256::new()
        .chain_update(b"throughline key-encryption key")
        .chain_update(key.as_slice())
        .finalize();
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Nonce, ciphertext and tag, in this order. The nonce is random: AES-GCM-SIV keeps its promise even if one repeats.
pub(super) fn encrypt(key: &KeyBytes, clear: &[u8], aad: &[u8]) -> Vec<u8> {
    let nonce = Nonce::generate();
    let cipher = Aes256GcmSiv::new((&**key).into());
    let sealed = cipher
        .encrypt(&nonce, Payload { msg: clear, aad })
        .expect("text is far below 64 GiB");
    [nonce.as_slice(), &sealed].concat()
}

/// The reverse of [`encrypt`]; nothing when key, text or associated data is not the same.
pub(super) fn decrypt(key: &KeyBytes, sealed: &[u8], aad: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>()?;
    Aes256GcmSiv::new((&**key).into())
        .decrypt(&Nonce::from(*nonce), Payload { msg: sealed, aad })
        .ok()
}

//! Pages of a list: how many, and where to go on.
//!
//! A page token is opaque and cannot be forged: it carries the cursor under an HMAC that also covers the method, the
//! caller and the query's parameters. A token that is changed, or taken to another query or by another person, is refused.
//! It is signed, not sealed: a cursor holds keys to sort by, never personal text.

use crate::{Error, Violations};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use uuid::Uuid;

/// Rows on a page when the request does not say.
pub const DEFAULT_SIZE: u32 = 50;
/// Most rows on a page; more are asked for in vain.
pub const MAX_SIZE: u32 = 500;

const MAC_BYTES: usize = 32;
const FORMAT: u8 = 1;

/// The query which a token belongs to.
#[derive(Clone, Debug)]
pub struct Scope {
    digest: [u8; 32],
}

impl Scope {
    /// A query is its method, its caller, and its parameters without the page fields:
    /// `Scope::of("ListPeople", actor, &ListPeopleRequest { page_size: 0, page_token: String::new(), ..request.clone() })`.
    pub fn of(method: &str, caller: &str, parameters: &impl prost::Message) -> Self {
        let mut hash = Sha256::new();
        for part in [method.as_bytes(), caller.as_bytes(), &parameters.encode_to_vec()] {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        Self {
            digest: hash.finalize().into(),
        }
    }
}

/// One page as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<C> {
    /// Rows to give, from 1 to [`MAX_SIZE`].
    pub size: u32,
    /// Where the last page ended; absent on the first.
    pub after: Option<C>,
}

impl<C> Page<C> {
    /// Rows to read: one more than to give, which tells whether there is a next page.
    pub fn limit(&self) -> i64 {
        i64::from(self.size) + 1
    }
}

/// Signs and checks page tokens. Replicas of a service share the key.
#[derive(Clone)]
pub struct Pager {
    key: Arc<SecretSlice<u8>>,
}

impl Pager {
    /// A key derived from a secret that every replica has.
    pub fn from_secret(secret: &SecretString) -> Self {
        let mac = mac(secret.expose_secret().as_bytes())
            .chain_update(b"throughline page token")
            .finalize();
        Self {
            key: Arc::new(mac.into_bytes().to_vec().into()),
        }
    }

    /// A key of this process alone: tokens end with it.
    pub fn ephemeral() -> Self {
        let mut key = Uuid::new_v4().into_bytes().to_vec();
        key.extend_from_slice(Uuid::new_v4().as_bytes());
        Self {
            key: Arc::new(key.into()),
        }
    }

    /// Reads `page_size` (0 for the default, capped at the most) and `page_token` (empty for the first page).
    pub fn page<C: DeserializeOwned>(&self, scope: &Scope, page_size: i32, page_token: &str) -> Result<Page<C>, Error> {
        let mut violations = Violations::new();
        let size = match u32::try_from(page_size) {
            Ok(0) => Some(DEFAULT_SIZE),
            Ok(size) => Some(size.min(MAX_SIZE)),
            Err(_) => {
                violations.add(
                    "page_size",
                    format!("is {page_size}: must be from 1 to {MAX_SIZE}, or 0 for the default"),
                );
                None
            }
        };
        let after = if page_token.is_empty() {
            Some(None)
        } else {
            self.open(scope, page_token).map(Some)
        };
        violations.check(after.is_some(), "page_token", || {
            "is not a token of this query: start again without one".to_owned()
        });
        let (size, after) = violations.all((size, after))?;
        Ok(Page { size, after })
    }

    /// The token from which the next page starts.
    pub fn token<C: Serialize>(&self, scope: &Scope, after: &C) -> Result<String, Error> {
        let cursor = serde_json::to_vec(after).map_err(Error::internal)?;
        let mut bytes = vec![FORMAT];
        bytes.extend_from_slice(&cursor);
        bytes.extend_from_slice(&self.sign(scope, &cursor).finalize().into_bytes());
        Ok(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Cuts rows read up to [`Page::limit`] to the page's size, and gives the token of the next page, empty on the last.
    pub fn cut<T, C: Serialize, D>(
        &self,
        scope: &Scope,
        page: &Page<D>,
        rows: &mut Vec<T>,
        cursor: impl FnOnce(&T) -> C,
    ) -> Result<String, Error> {
        let size = usize::try_from(page.size).map_err(Error::internal)?;
        if rows.len() <= size {
            return Ok(String::new());
        }
        rows.truncate(size);
        rows.last()
            .map_or_else(|| Ok(String::new()), |last| self.token(scope, &cursor(last)))
    }

    fn open<C: DeserializeOwned>(&self, scope: &Scope, token: &str) -> Option<C> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (format, rest) = bytes.split_first()?;
        if *format != FORMAT {
            return None;
        }
        let (cursor, tag) = rest.split_at_checked(rest.len().checked_sub(MAC_BYTES)?)?;
        // Compares in constant time.
        self.sign(scope, cursor).verify_slice(tag).ok()?;
        serde_json::from_slice(cursor).ok()
    }

    fn sign(&self, scope: &Scope, cursor: &[u8]) -> Hmac<Sha256> {
        mac(self.key.expose_secret())
            .chain_update([FORMAT])
            .chain_update(scope.digest)
            .chain_update(cursor)
    }
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(method: &str, caller: &str, parameters: &str) -> Scope {
        Scope::of(method, caller, &parameters.to_owned())
    }

    #[test]
    fn a_token_leads_to_the_next_page_of_the_same_query() {
        let pager = Pager::from_secret(&"shared".into());
        let scope = scope("ListPeople", "ana", "school 1");
        let first: Page<(String, u32)> = pager.page(&scope, 2, "").unwrap();
        assert_eq!(first, Page { size: 2, after: None });
        assert_eq!(first.limit(), 3);

        let mut rows = vec![("a", 1), ("b", 2), ("c", 3)];
        let token = pager
            .cut(&scope, &first, &mut rows, |row| (row.0.to_owned(), row.1))
            .unwrap();
        assert_eq!(rows.len(), 2);

        // Another replica with the same secret understands it.
        let next: Page<(String, u32)> = Pager::from_secret(&"shared".into()).page(&scope, 2, &token).unwrap();
        assert_eq!(next.after, Some(("b".to_owned(), 2)));
        assert_eq!(pager.cut(&scope, &next, &mut vec![("c", 3)], |row| row.1).unwrap(), "");
    }

    #[test]
    fn a_token_of_another_query_or_person_is_refused() {
        let pager = Pager::ephemeral();
        let token = pager.token(&scope("ListPeople", "ana", "school 1"), &7_u32).unwrap();
        for other in [
            scope("ListSchools", "ana", "school 1"),
            scope("ListPeople", "ben", "school 1"),
            scope("ListPeople", "ana", "school 2"),
            scope("ListPeopl", "eana", "school 1"),
        ] {
            let error = pager.page::<u32>(&other, 0, &token).unwrap_err();
            assert_eq!(error.violations()[0].field, "page_token");
        }
    }

    #[test]
    fn a_token_changed_in_any_byte_is_refused() {
        let pager = Pager::ephemeral();
        let scope = scope("ListPeople", "ana", "");
        let bytes = URL_SAFE_NO_PAD.decode(pager.token(&scope, &7_u32).unwrap()).unwrap();
        for at in 0..bytes.len() {
            let mut forged = bytes.clone();
            forged[at] ^= 1;
            assert!(
                pager.page::<u32>(&scope, 0, &URL_SAFE_NO_PAD.encode(forged)).is_err(),
                "byte {at}"
            );
        }
        for nonsense in [
            "a",
            "AQ",
            "not base64!",
            &URL_SAFE_NO_PAD.encode(&bytes[..bytes.len() - 1]),
        ] {
            assert!(pager.page::<u32>(&scope, 0, nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn a_page_has_from_one_to_five_hundred_rows() {
        let pager = Pager::ephemeral();
        let scope = scope("ListPeople", "ana", "");
        let size = |asked| pager.page::<u32>(&scope, asked, "").map(|page| page.size);
        assert_eq!(size(0).unwrap(), DEFAULT_SIZE);
        assert_eq!(size(1).unwrap(), 1);
        assert_eq!(size(10_000).unwrap(), MAX_SIZE);
        assert_eq!(size(-1).unwrap_err().violations()[0].field, "page_size");
    }
}

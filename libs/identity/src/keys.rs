//! Person keys: every piece of personal text is sealed under its subject's own key, and erasing a person destroys it.
//!
//! Text is AES-256-GCM-SIV under the subject's key; the tag also covers tenant, subject, event and field, so sealed
//! text cannot be passed off as another's, nor moved within an event. What binds it travels with it
//! (`Sealed.event_id`, `Sealed.field`), so any copy of it can be opened given its trust.
//! The subject's key is wrapped by a key-encryption key that is kept elsewhere ([`Kek`]), and lives in a database
//! of its own, apart from the events: destroying a row there reaches every copy of the text, backups of the
//! events included.
//!
//! A key is created when first sealed for. A destroyed key leaves a row without bytes behind, so that nothing can
//! ever be sealed for that subject again, and `[erased]` is read where text was. With the database away nothing is
//! sealed or opened: [`Error::Unavailable`].

mod kek;

use std::{collections::HashMap, sync::Arc, time::Duration};

use api::{VisitSealed, common::v1::Sealed, directory::v1::IdentifierScheme};
use chrono::Utc;
use db::{Db, Migration, Rows, sql};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kek::{KEY_BYTES, KeyBytes, decrypt, encrypt};
use moka::future::Cache;
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

pub use kek::{Kek, KekError};

use crate::Roster;

/// What is read where text was, once its subject's key is destroyed.
pub const ERASED: &str = "[erased]";

/// A process that missed an erasure stops opening text after this time at the latest.
const CACHED_FOR: Duration = Duration::from_secs(60);

/// Subjects whose keys are held in memory at once.
const CACHED_KEYS: u64 = 100_000;

/// The version of a subject's first key, and so far of every key.
const FIRST_VERSION: i32 = 1;

/// The key for digests of identifiers belongs to nobody.
const DIGEST_KEY: Uuid = Uuid::nil();

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "person keys",
    "create table person_key (
       -- One row: the key of one subject, a person or an organisation for its own text. Without bytes once destroyed.
       subject_id {uuid} primary key,
       trust_id {uuid} not null,
       -- Which key-encryption key wraps it.
       kek_id text not null,
       wrapped {bytes},
       version {i32} not null,
       created_at {instant} not null,
       destroyed_at {instant},
       check ((wrapped is null) = (destroyed_at is not null))
     ) {strict};
     create index person_key_kek on person_key (kek_id);",
)];

/// Why text was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the keys are not available")]
    Unavailable(#[source] db::Error),
    #[error("the subject {0} was erased: nothing can be written about them any more")]
    Erased(Uuid),
    #[error("the text in {field} names no subject whose key could seal it")]
    NoSubject { field: &'static str },
    #[error("the sealed text in {field} of event {event} is damaged or was moved")]
    Damaged { event: String, field: String },
    #[error("there is no key for the subject {0}: the keys database is older than the text")]
    NoKey(Uuid),
    #[error("the key of {subject} is wrapped by {kek}, which is not among the key-encryption keys given")]
    UnknownKek { subject: Uuid, kek: String },
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        Self::Unavailable(error)
    }
}

impl Error {
    /// Whether trying the same again later may succeed.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// A subject's key as far as it still exists.
#[derive(Clone)]
enum Key {
    Live { bytes: Arc<KeyBytes>, version: i32 },
    Destroyed,
}

/// The keys of all subjects. Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    db: Db,
    kek: Arc<Kek>,
    cache: Cache<Uuid, Key>,
}

/// Keys of some subjects of a trust, as they were when asked for: not to be kept for long.
pub struct Sealer {
    trust: Uuid,
    keys: HashMap<Uuid, Key>,
}

impl Sealer {
    /// Takes in the keys of more subjects of the same trust.
    pub fn extend(&mut self, other: Self) {
        self.keys.extend(other.keys);
    }

    /// Seals all clear text of an event: afterwards it holds none, unless a key is missing.
    pub fn seal(&self, event_id: Uuid, message: &mut impl VisitSealed) -> Result<(), Error> {
        let mut outcome = Ok(());
        message.visit_sealed(&mut |field, sealed| {
            if outcome.is_ok() && !sealed.clear.is_empty() {
                outcome = self.seal_text(event_id, field, sealed);
            }
        });
        outcome
    }

    fn seal_text(&self, event_id: Uuid, field: &'static str, sealed: &mut Sealed) -> Result<(), Error> {
        let subject = subject_of(sealed).ok_or(Error::NoSubject { field })?;
        let (bytes, version) = match self.keys.get(&subject) {
            Some(Key::Live { bytes, version }) => (bytes, *version),
            Some(Key::Destroyed) => return Err(Error::Erased(subject)),
            None => return Err(Error::NoKey(subject)),
        };
        let clear = Zeroizing::new(std::mem::take(&mut sealed.clear));
        let aad = bound_to(self.trust, subject, event_id, field);
        sealed.ciphertext = encrypt(bytes, clear.as_bytes(), &aad).into();
        sealed.key_version = version;
        sealed.event_id = event_id.to_string();
        sealed.field = field.to_owned();
        Ok(())
    }
}

impl Keys {
    /// Prepares the database, which must be for keys alone.
    pub async fn over(db: Db, kek: Kek) -> Result<Self, Error> {
        db.migrate("keys", MIGRATIONS).await?;
        let cache = Cache::builder()
            .max_capacity(CACHED_KEYS)
            .time_to_live(CACHED_FOR)
            .build();
        Ok(Self {
            db,
            kek: Arc::new(kek),
            cache,
        })
    }

    /// Seals all clear text of an event: afterwards it holds none. Subjects without a key get one.
    ///
    /// [`Error::Erased`] when text is about somebody whose key was destroyed; the message is then unchanged.
    pub async fn seal(&self, trust: Uuid, event_id: Uuid, message: &mut impl VisitSealed) -> Result<(), Error> {
        self.seal_many(trust, &mut [(event_id, message)]).await
    }

    /// As [`Self::seal`], for all events of one command.
    pub async fn seal_many<M: VisitSealed>(&self, trust: Uuid, events: &mut [(Uuid, &mut M)]) -> Result<(), Error> {
        let mut wanted = Ok(Vec::new());
        for (_, message) in &mut *events {
            message.visit_sealed(&mut |field, sealed| {
                if !sealed.clear.is_empty()
                    && let Ok(subjects) = &mut wanted
                {
                    match subject_of(sealed) {
                        Some(subject) => subjects.push(subject),
                        None => wanted = Err(Error::NoSubject { field }),
                    }
                }
            });
        }
        let sealer = self.sealer(trust, wanted?).await?;
        for (event_id, message) in events {
            sealer.seal(*event_id, *message)?;
        }
        Ok(())
    }

    /// The keys of some subjects at hand, to seal without a look at the database. Subjects without a key get one.
    pub async fn sealer(&self, trust: Uuid, subjects: Vec<Uuid>) -> Result<Sealer, Error> {
        let keys = self.keys_for_sealing(trust, subjects).await?;
        Ok(Sealer { trust, keys })
    }

    /// Fills in the clear text of a message, `[erased]` where a key was destroyed. Text not sealed is left alone.
    pub async fn open(&self, trust: Uuid, message: &mut impl VisitSealed) -> Result<(), Error> {
        self.open_many(&mut [(trust, message)]).await
    }

    /// As [`Self::open`], for many messages with one look at the database.
    pub async fn open_many<M: VisitSealed>(&self, messages: &mut [(Uuid, &mut M)]) -> Result<(), Error> {
        let mut subjects = Vec::new();
        for (_, message) in &mut *messages {
            message.visit_sealed(&mut |_, sealed| {
                if !sealed.ciphertext.is_empty() {
                    subjects.extend(subject_of(sealed));
                }
            });
        }
        let keys = self.existing(subjects).await?;
        let mut outcome = Ok(());
        for (trust, message) in messages {
            message.visit_sealed(&mut |_, sealed| {
                if outcome.is_ok() && !sealed.ciphertext.is_empty() {
                    match clear_text(*trust, sealed, &keys) {
                        Ok(clear) => sealed.clear = clear,
                        Err(error) => outcome = Err(error),
                    }
                }
            });
        }
        outcome
    }

    /// The clear text of one sealed text, such as a copy in a read model.
    pub async fn open_one(&self, trust: Uuid, sealed: &Sealed) -> Result<String, Error> {
        if sealed.ciphertext.is_empty() {
            return Ok(String::new());
        }
        let keys = self.existing(subject_of(sealed).into_iter().collect()).await?;
        clear_text(trust, sealed, &keys)
    }

    /// Destroys a subject's key, so that no text about them can be read again anywhere, nor written. Doing so again
    /// is harmless. When it returns, the key's bytes are gone from the database's files too.
    pub async fn destroy(&self, trust: Uuid, subject: Uuid) -> Result<(), Error> {
        let now = Utc::now();
        let mut tx = self.db.begin_write().await?;
        // Also for a subject without a key yet, so that none is made later.
        Rows::of("person_key")
            .column("subject_id", [subject])
            .column("trust_id", [trust])
            .column("kek_id", [""])
            .column("wrapped", [None::<Vec<u8>>])
            .column("version", [FIRST_VERSION])
            .column("created_at", [now])
            .column("destroyed_at", [Some(now)])
            .insert_missing(&mut tx)
            .await?;
        sql!(
            "update person_key set wrapped = null, kek_id = '', destroyed_at = $2
             where subject_id = $1 and destroyed_at is null",
            subject,
            now
        )
        .execute(&mut tx)
        .await?;
        tx.commit().await?;
        self.cache.insert(subject, Key::Destroyed).await;
        self.db.forget_deleted().await?;
        if matches!(self.db, Db::Pg(_)) {
            // A plain vacuum frees the old row's space but leaves its bytes there; a rewritten table has none. What a
            // transaction open at this moment may still see goes with the next rewrite: at the latest when the directory
            // starts again, since it destroys the keys of all who were erased.
            sql!("vacuum full person_key").execute(&self.db).await?;
        }
        // A reader that had fetched the key before may have cached it after.
        self.cache.insert(subject, Key::Destroyed).await;
        Ok(())
    }

    /// Drops a key from memory: to be called when its subject is seen to be erased.
    pub async fn forget(&self, subject: Uuid) {
        self.cache.invalidate(&subject).await;
    }

    /// Forgets keys as soon as the roster sees their subjects erased, whichever process destroyed them.
    pub fn forget_with(&self, roster: &Roster) {
        let keys = self.clone();
        roster.on_erased(move |person| {
            let keys = keys.clone();
            tokio::spawn(async move { keys.forget(person.0).await });
        });
    }

    /// Whether the subject's key was destroyed.
    pub async fn is_erased(&self, subject: Uuid) -> Result<bool, Error> {
        Ok(matches!(
            self.existing(vec![subject]).await?.get(&subject),
            Some(Key::Destroyed)
        ))
    }

    /// Wraps all keys with the current key-encryption key. Returns how many needed it. Safe to repeat.
    pub async fn rewrap(&self) -> Result<usize, Error> {
        const AT_ONCE: i64 = 1000;
        let mut rewrapped = 0;
        loop {
            let mut tx = self.db.begin_write().await?;
            let rows: Vec<(Uuid, Uuid, String, Vec<u8>, i32)> = sql!(
                "select subject_id, trust_id, kek_id, wrapped, version from person_key
                 where destroyed_at is null and kek_id <> $1
                 limit $2
                 for update",
                self.kek.id(),
                AT_ONCE
            )
            .fetch_all(&mut tx)
            .await?;
            if rows.is_empty() {
                return Ok(rewrapped);
            }
            for (subject, trust, kek, wrapped, version) in rows {
                let wrapped = self.unwrap(subject, trust, &kek, &wrapped, version)?;
                sql!(
                    "update person_key set wrapped = $2, kek_id = $3 where subject_id = $1",
                    subject,
                    self.kek.wrap(&wrapped, &wrapped_for(trust, subject, version)),
                    self.kek.id()
                )
                .execute(&mut tx)
                .await?;
                rewrapped += 1;
            }
            tx.commit().await?;
        }
    }

    /// A keyed digest of another system's identifier, by which its person is found without the identifier being
    /// stored in the clear. The same everywhere that shares these keys.
    pub async fn digest(&self, scheme: IdentifierScheme, value: &str) -> Result<String, Error> {
        let keys = self.keys_for_sealing(DIGEST_KEY, vec![DIGEST_KEY]).await?;
        let Some(Key::Live { bytes, .. }) = keys.get(&DIGEST_KEY) else {
            return Err(Error::NoKey(DIGEST_KEY));
        };
        let mac = mac(bytes)
            .chain_update(scheme.as_str_name())
            .chain_update(b"\0")
            .chain_update(value.trim());
        Ok(hex(&mac.finalize().into_bytes()))
    }

    /// A keyed digest that tells values apart without naming them, under a key of its own: once the subject's key is
    /// destroyed, nobody can make it again, nor find out whose it was.
    pub async fn digest_under(&self, trust: Uuid, subject: Uuid, value: &[u8]) -> Result<String, Error> {
        let keys = self.keys_for_sealing(trust, vec![subject]).await?;
        let Some(Key::Live { bytes, .. }) = keys.get(&subject) else {
            return Err(Error::NoKey(subject));
        };
        Ok(hex(&mac(bytes).chain_update(value).finalize().into_bytes()))
    }

    /// The keys of all these subjects, created where missing.
    async fn keys_for_sealing(&self, trust: Uuid, subjects: Vec<Uuid>) -> Result<HashMap<Uuid, Key>, Error> {
        let mut keys = self.existing(subjects.clone()).await?;
        let mut missing: Vec<Uuid> = subjects
            .iter()
            .copied()
            .filter(|subject| !keys.contains_key(subject))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            self.create(trust, &missing).await?;
            keys.extend(self.existing(missing).await?);
        }
        match subjects
            .into_iter()
            .find(|subject| !matches!(keys.get(subject), Some(Key::Live { .. })))
        {
            Some(erased) => Err(Error::Erased(erased)),
            None => Ok(keys),
        }
    }

    /// Whoever comes first makes a subject's key; all others find it. Sorted, so that two never wait for each other.
    async fn create(&self, trust: Uuid, subjects: &[Uuid]) -> Result<(), Error> {
        use aes_gcm_siv::aead::Generate as _;
        let now = Utc::now();
        let wrapped = subjects.iter().map(|subject| {
            let key: KeyBytes = Zeroizing::new(<[u8; KEY_BYTES]>::generate());
            self.kek.wrap(&key, &wrapped_for(trust, *subject, FIRST_VERSION))
        });
        let mut tx = self.db.begin_write().await?;
        Rows::of("person_key")
            .column("subject_id", subjects.iter().copied())
            .column("trust_id", subjects.iter().map(|_| trust))
            .column("kek_id", subjects.iter().map(|_| self.kek.id()))
            .column("wrapped", wrapped)
            .column("version", subjects.iter().map(|_| FIRST_VERSION))
            .column("created_at", subjects.iter().map(|_| now))
            .insert_missing(&mut tx)
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The keys, destroyed ones included, of those subjects that have one: from memory, the others in one query.
    async fn existing(&self, mut subjects: Vec<Uuid>) -> Result<HashMap<Uuid, Key>, Error> {
        subjects.sort_unstable();
        subjects.dedup();
        let mut keys = HashMap::with_capacity(subjects.len());
        let mut wanted = Vec::new();
        for subject in subjects {
            match self.cache.get(&subject).await {
                Some(key) => drop(keys.insert(subject, key)),
                None => wanted.push(subject),
            }
        }
        if wanted.is_empty() {
            return Ok(keys);
        }
        let rows: Vec<(Uuid, Uuid, String, Option<Vec<u8>>, i32)> = sql!(
            "select subject_id, trust_id, kek_id, wrapped, version from person_key where subject_id = any($1)",
            &wanted[..]
        )
        .fetch_all(&self.db)
        .await?;
        for (subject, trust, kek, wrapped, version) in rows {
            let key = match wrapped {
                Some(wrapped) => {
                    let bytes = Arc::new(self.unwrap(subject, trust, &kek, &wrapped, version)?);
                    Key::Live { bytes, version }
                }
                None => Key::Destroyed,
            };
            self.cache.insert(subject, key.clone()).await;
            keys.insert(subject, key);
        }
        Ok(keys)
    }

    fn unwrap(&self, subject: Uuid, trust: Uuid, kek: &str, wrapped: &[u8], version: i32) -> Result<KeyBytes, Error> {
        self.kek
            .unwrap(kek, wrapped, &wrapped_for(trust, subject, version))
            .ok_or_else(|| Error::UnknownKek {
                subject,
                kek: kek.to_owned(),
            })
    }
}

fn mac(bytes: &KeyBytes) -> Hmac<Sha256> {
    Hmac::new_from_slice(bytes.as_slice()).expect("any length will do")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn subject_of(sealed: &Sealed) -> Option<Uuid> {
    Uuid::try_parse(&sealed.subject_id).ok()
}

fn clear_text(trust: Uuid, sealed: &Sealed, keys: &HashMap<Uuid, Key>) -> Result<String, Error> {
    let damaged = || Error::Damaged {
        event: sealed.event_id.clone(),
        field: sealed.field.clone(),
    };
    let subject = subject_of(sealed).ok_or_else(damaged)?;
    match keys.get(&subject) {
        Some(Key::Destroyed) => Ok(ERASED.to_owned()),
        Some(Key::Live { bytes, .. }) => {
            let event_id = Uuid::try_parse(&sealed.event_id).map_err(|_| damaged())?;
            let aad = bound_to(trust, subject, event_id, &sealed.field);
            let clear = decrypt(bytes, &sealed.ciphertext, &aad).ok_or_else(damaged)?;
            String::from_utf8(clear).map_err(|_| damaged())
        }
        None => Err(Error::NoKey(subject)),
    }
}

/// What a text's seal also covers. The lengths of all parts but the last are fixed, so no two differ only in where
/// one ends.
fn bound_to(trust: Uuid, subject: Uuid, event_id: Uuid, field: &str) -> Vec<u8> {
    [
        b"text",
        trust.as_bytes().as_slice(),
        subject.as_bytes(),
        event_id.as_bytes(),
        field.as_bytes(),
    ]
    .concat()
}

/// What a key's wrapping also covers.
fn wrapped_for(trust: Uuid, subject: Uuid, version: i32) -> Vec<u8> {
    [
        b"key ",
        trust.as_bytes().as_slice(),
        subject.as_bytes(),
        &version.to_be_bytes(),
    ]
    .concat()
}

#[cfg(test)]
mod tests;

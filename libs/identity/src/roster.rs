//! The roster: who works where and answers for what, kept in memory from the directory's events.
//!
//! Every service that decides or shows anything needs it, at any moment and fast, so each holds its own copy: the
//! directory's feed is folded from its beginning ([`Register`]), then followed. It holds no names and no other
//! personal text. At about 400 bytes a person, the largest trust takes 5 MB.
//!
//! A copy may be a moment behind. Where "there is no such person" must be certain, [`Roster::person`] and
//! [`Roster::catch_up`] first ask the directory how far its store goes, and wait until the copy is as far.

mod person;
mod place;
mod register;
mod vocabulary;

use std::{
    sync::{Arc, RwLock, RwLockReadGuard},
    time::Duration,
};

use api::ids::{PersonId, TrustId, Urn};
use chrono::NaiveDate;
use eventstore::{Position, Recorded};
use feed::Source;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

pub use person::{Duty, Leave, Person, Post, Scope};
pub use place::{Network, School, Trust};
pub use register::Register;
pub use vocabulary::Vocabulary;

use crate::Policy;

/// How long a miss waits for the directory.
const PATIENCE: Duration = Duration::from_secs(3);

/// How many events are folded at once, so that readers are not kept waiting.
const BATCH: usize = 2_000;

/// Before starting over.
const PAUSE: Duration = Duration::from_millis(500);

/// Why the roster has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("there is no person {0}")]
    UnknownPerson(PersonId),
    #[error("there is no school {0}")]
    UnknownSchool(Urn),
    #[error("there is no trust {0}")]
    UnknownTrust(TrustId),
    #[error("the directory cannot be reached to be certain")]
    Unavailable,
}

type Listener = Box<dyn Fn(PersonId) + Send + Sync>;

struct Shared {
    register: RwLock<Register>,
    position: watch::Sender<Position>,
    source: Option<Source>,
    on_erased: RwLock<Vec<Listener>>,
}

/// A copy of the directory that follows it. Cheap to clone; the last clone dropped ends the following.
#[derive(Clone)]
pub struct Roster {
    shared: Arc<Shared>,
    _following: Option<Arc<Following>>,
}

struct Following(tokio::task::JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Roster {
    /// Begins to follow the directory's feed. Returns at once: wait with [`Self::catch_up`].
    pub fn follow(source: Source) -> Self {
        let shared = Arc::new(Shared::new(Register::default(), Some(source.clone())));
        let following = tokio::spawn(follow(shared.clone(), source));
        Self {
            shared,
            _following: Some(Arc::new(Following(following))),
        }
    }

    /// A roster that follows nothing: what it does not know does not exist.
    pub fn fixed(register: Register) -> Self {
        Self {
            shared: Arc::new(Shared::new(register, None)),
            _following: None,
        }
    }

    /// Calls `listener` with everybody who is erased from now on. It must not block, nor call the roster.
    pub fn on_erased(&self, listener: impl Fn(PersonId) + Send + Sync + 'static) {
        self.shared
            .on_erased
            .write()
            .expect("no panic while held")
            .push(Box::new(listener));
    }

    /// Everything at one moment. Hold it briefly, never across an `await`.
    pub fn read(&self) -> RwLockReadGuard<'_, Register> {
        self.shared.register.read().expect("no panic while held")
    }

    /// How far the directory has been read.
    pub fn position(&self) -> Position {
        *self.shared.position.borrow()
    }

    /// Changes whenever more has been read.
    pub fn watch(&self) -> watch::Receiver<Position> {
        self.shared.position.subscribe()
    }

    /// Waits until the directory has been read this far, as a receipt of it says.
    pub async fn ensure(&self, position: Position) -> Result<(), Error> {
        if self.shared.source.is_none() {
            return Ok(());
        }
        let mut watch = self.watch();
        match timeout(PATIENCE, watch.wait_for(|read| *read >= position)).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(Error::Unavailable),
        }
    }

    /// Waits until everything is read that the directory holds now.
    pub async fn catch_up(&self) -> Result<(), Error> {
        let Some(source) = &self.shared.source else {
            return Ok(());
        };
        match timeout(PATIENCE, source.head()).await {
            Ok(Ok(head)) => self.ensure(head).await,
            _ => Err(Error::Unavailable),
        }
    }

    /// Somebody, as they are known now. On a miss the directory is asked, so that [`Error::UnknownPerson`] is certain.
    pub async fn person(&self, id: PersonId) -> Result<Person, Error> {
        self.certain(|register| register.person(id).cloned(), Error::UnknownPerson(id))
            .await
    }

    /// As [`Self::person`], for a school.
    pub async fn school(&self, urn: Urn) -> Result<School, Error> {
        self.certain(|register| register.school(urn).cloned(), Error::UnknownSchool(urn))
            .await
    }

    /// As [`Self::person`], for a trust.
    pub async fn trust(&self, id: TrustId) -> Result<Trust, Error> {
        self.certain(|register| register.trust(id).cloned(), Error::UnknownTrust(id))
            .await
    }

    /// Who signs in with this digest of an `issuer#sub` ([`crate::Keys::digest`]); nobody if it is certain.
    pub async fn signing_in(&self, digest: &str) -> Result<Option<PersonId>, Error> {
        let found = self.read().signing_in(digest);
        if found.is_some() {
            return Ok(found);
        }
        self.catch_up().await?;
        Ok(self.read().signing_in(digest))
    }

    /// The values in force at a school, or for a trust as a whole, on a day.
    pub fn policy_at(&self, trust: TrustId, school: Option<Urn>, date: NaiveDate) -> Arc<Policy> {
        self.read().policy_at(trust, school, date)
    }

    async fn certain<T>(&self, look: impl Fn(&Register) -> Option<T>, unknown: Error) -> Result<T, Error> {
        if let Some(found) = look(&self.read()) {
            return Ok(found);
        }
        self.catch_up().await?;
        look(&self.read()).ok_or(unknown)
    }
}

impl Shared {
    fn new(register: Register, source: Option<Source>) -> Self {
        Self {
            register: RwLock::new(register),
            position: watch::Sender::new(Position::default()),
            source,
            on_erased: RwLock::default(),
        }
    }

    fn apply(&self, events: &[Recorded]) {
        let Some(last) = events.last() else { return };
        let erased = {
            let mut register = self.register.write().expect("no panic while held");
            events
                .iter()
                .filter_map(|event| register.apply(event))
                .collect::<Vec<_>>()
        };
        for person in erased {
            for listener in &*self.on_erased.read().expect("no panic while held") {
                listener(person);
            }
        }
        self.position.send_replace(last.position);
    }
}

/// Folds the feed for ever. When the directory's store was restored to an earlier state, what was folded may not have
/// happened: it is folded anew.
async fn follow(shared: Arc<Shared>, source: Source) {
    loop {
        let mut tail = source.tail(Position::default());
        let error = loop {
            match tail.next(BATCH).await {
                Ok(events) => shared.apply(&events),
                Err(error) => break error,
            }
        };
        tracing::error!(source = source.name(), %error, "the roster starts over");
        sleep(PAUSE).await;
        *shared.register.write().expect("no panic while held") = Register::default();
        shared.position.send_replace(Position::default());
    }
}

#[cfg(test)]
mod tests;

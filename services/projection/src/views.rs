//! What every view is made with: the tables, the owners of the events, the keys, and who may read.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use api::{
    VisitSealed,
    common::v1::{AtLeast, Completeness, Purpose, Sealed},
    ids::{PersonId, TrustId, Urn},
    projection::v1::PersonRef,
};
use chrono::{DateTime, NaiveDate, Utc};
use db::Tx;
use eventstore::{Position, Recorded};
use feed::Source;
use identity::{Keys, keys::ERASED, roster::Register};
use projection::Handle;
use service::{Error, gate::Gate, page::Pager};
use uuid::Uuid;

use crate::{
    answers::Answers,
    compact::{self, Day},
    definitions::Reporting,
    documents::Document,
    network::Releases,
    rows,
    story::Told,
    tables,
};

/// How long a query waits for a position that it asks for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Events fetched from their owner at once.
const FETCH: usize = 5_000;

/// What the views are made with. Cheap to clone.
#[derive(Clone)]
pub struct Views {
    pub(crate) handle: Handle,
    pub(crate) sources: Vec<Source>,
    pub(crate) keys: Keys,
    pub(crate) gate: Gate,
    pub(crate) pager: Pager,
    pub(crate) releases: Releases,
    pub(crate) answers: Answers,
}

/// The past moment for which a view is asked, and the day against which due dates are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AsOf {
    pub(crate) known_at: Option<DateTime<Utc>>,
    pub(crate) on: Day,
}

impl AsOf {
    /// The day is that of the moment unless it is given.
    pub(crate) fn new(known_at: Option<DateTime<Utc>>, on: Option<NaiveDate>) -> Self {
        let on = on.unwrap_or_else(|| identity::context::date_in_england(known_at.unwrap_or_else(Utc::now)));
        Self {
            known_at,
            on: compact::day_of(on),
        }
    }

    /// Whether something recorded then is known.
    pub(crate) fn knows(self, recorded_at: DateTime<Utc>) -> bool {
        self.known_at.is_none_or(|moment| recorded_at <= moment)
    }
}

impl From<rows::Error> for Error {
    fn from(error: rows::Error) -> Self {
        match error {
            rows::Error::Db(error) => unread(error),
            error => Self::internal(error),
        }
    }
}

/// The read database failed: away, or a fault of ours.
pub(crate) fn unread(error: db::Error) -> Error {
    if error.is_unavailable() {
        Error::unavailable(error)
    } else {
        Error::internal(error)
    }
}

impl Views {
    /// Waits until the views, and the roster, are as far as the caller asks.
    pub(crate) async fn reach(&self, at_least: &[AtLeast]) -> Result<(), Error> {
        let late = |source: &str| {
            Error::deadline_exceeded(format!(
                "the views have not read {source} that far within {} seconds: ask again",
                PATIENCE.as_secs()
            ))
            .because("VIEW_BEHIND")
            .with_fact("source", source)
        };
        let deadline = tokio::time::Instant::now() + PATIENCE;
        for wanted in at_least {
            let known = self.sources.iter().find(|source| source.name() == wanted.source);
            let Some(source) = known else {
                return Err(Error::invalid(
                    "at_least",
                    format!("there is no source {}", wanted.source),
                ));
            };
            let position = Position(wanted.position);
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            self.handle
                .wait_for(source.name(), position, left)
                .await
                .map_err(|_| late(source.name()))?;
            if source.name() == "directory" {
                let mut read = self.gate.roster().watch();
                let reached = tokio::time::timeout_at(deadline, read.wait_for(|read| *read >= position)).await;
                reached.map_err(|_| late("directory"))?.map_err(Error::unavailable)?;
            }
        }
        Ok(())
    }

    /// How far each source has been read. One that was not heard of for longer than the policy says does not report.
    pub(crate) fn completeness(&self, trust: Uuid) -> Vec<Completeness> {
        let now = Utc::now();
        let policy = self
            .gate
            .roster()
            .policy_at(TrustId(trust), None, identity::context::date_in_england(now));
        let patience = chrono::TimeDelta::minutes(i64::from(policy.stale_source_minutes));
        let completeness = |checkpoint: projection::Checkpoint| Completeness {
            source: checkpoint.source.to_owned(),
            position: checkpoint.position.0,
            complete_until: checkpoint.complete_up_to.map(compact::timestamp),
            reporting: checkpoint.complete_up_to.is_some_and(|heard| now - heard <= patience),
        };
        self.handle.checkpoints().into_iter().map(completeness).collect()
    }

    /// Which sources have been heard of lately.
    pub(crate) fn reporting(&self, completeness: &[Completeness]) -> Reporting {
        let reports = |name| {
            completeness
                .iter()
                .any(|source| source.source == name && source.reporting)
        };
        Reporting {
            observations: reports("observations"),
            appraisal: reports("appraisal"),
            catalogue: reports("catalogue"),
            coaching: reports("coaching"),
            evaluation: reports("evaluation"),
            silent: completeness.iter().any(|source| !source.reporting),
        }
    }

    /// Reads the rows of one trust.
    pub(crate) async fn read(&self, trust: Uuid) -> Result<Tx<'static>, Error> {
        tables::read(&self.handle.db(), trust).await.map_err(unread)
    }

    /// Reads before it is known whose a record is.
    pub(crate) async fn read_any(&self) -> Result<Tx<'static>, Error> {
        tables::read_any(&self.handle.db()).await.map_err(unread)
    }

    /// The events at these positions of a service, from their owner.
    pub(crate) async fn events(&self, source: &str, positions: &[Position]) -> Result<Vec<Recorded>, Error> {
        if positions.is_empty() {
            return Ok(Vec::new());
        }
        let owner = self.sources.iter().find(|known| known.name() == source);
        let owner = owner.ok_or_else(|| Error::internal(format!("no source {source}")))?;
        let mut events = Vec::with_capacity(positions.len());
        for positions in positions.chunks(FETCH) {
            events.extend(owner.read_at(positions).await.map_err(Error::unavailable)?);
        }
        events.sort_by_key(|event| event.position);
        Ok(events)
    }

    /// The events of documents of one kind, as far as they were known: by stream, fetched together.
    pub(crate) async fn histories<'a, D: Document + 'a>(
        &self,
        documents: impl IntoIterator<Item = &'a D>,
        as_of: AsOf,
    ) -> Result<HashMap<Uuid, Vec<Recorded>>, Error> {
        let positions = documents
            .into_iter()
            .flat_map(|document| document.positions(as_of.known_at));
        let positions: Vec<Position> = positions.collect::<BTreeSet<_>>().into_iter().collect();
        let mut histories: HashMap<Uuid, Vec<Recorded>> = HashMap::new();
        for event in self.events(D::SOURCE, &positions).await? {
            histories.entry(event.stream_id.0).or_default().push(event);
        }
        Ok(histories)
    }

    /// A document as it was known, with its events.
    pub(crate) async fn as_known<D: Document>(&self, document: &D, as_of: AsOf) -> Result<(D, Vec<Recorded>), Error> {
        let events = self.events(D::SOURCE, &document.positions(as_of.known_at)).await?;
        Ok((D::fold(&events).map_err(Error::internal)?, events))
    }

    /// Documents as they were known: those that changed since are folded anew.
    pub(crate) async fn all_as_known<D: Document>(
        &self,
        documents: &[(Uuid, D)],
        as_of: AsOf,
    ) -> Result<Vec<(Uuid, D)>, Error> {
        let changed = |document: &D| !document.entries().iter().all(|entry| as_of.knows(entry.recorded_at()));
        let later = documents
            .iter()
            .map(|(_, document)| document)
            .filter(|document| changed(document));
        let mut histories = self.histories(later, as_of).await?;
        let mut known = Vec::with_capacity(documents.len());
        for (id, document) in documents {
            let document = if changed(document) {
                D::fold(&histories.remove(id).unwrap_or_default()).map_err(Error::internal)?
            } else {
                document.clone()
            };
            known.push((*id, document));
        }
        Ok(known)
    }

    /// Events as they are told to people, opened where `may_read` says so.
    pub(crate) async fn tell(
        &self,
        events: &[Recorded],
        may_read: impl Fn(&Recorded) -> bool,
    ) -> Result<Vec<Option<Told>>, Error> {
        let mut told = events
            .iter()
            .map(Told::of)
            .collect::<Result<Vec<_>, _>>()
            .map_err(Error::internal)?;
        let mut open: Vec<(Uuid, &mut Told)> = events
            .iter()
            .zip(&mut told)
            .filter(|(event, _)| may_read(event))
            .filter_map(|(event, told)| Some((event.metadata.trust_id, told.as_mut()?)))
            .collect();
        self.keys.open_many(&mut open).await.map_err(sealed)?;
        Ok(told)
    }

    /// The names of people of a trust.
    pub(crate) async fn names(
        &self,
        tx: &mut Tx<'_>,
        trust: Uuid,
        people: impl IntoIterator<Item = Uuid>,
    ) -> Result<Names, Error> {
        let ids: Vec<Uuid> = people.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let rows = rows::people(tx, &ids).await?;
        let mut names: Vec<(Uuid, Name)> = rows.into_iter().map(|(id, row)| (id, Name::of(row.person))).collect();
        let mut open: Vec<(Uuid, &mut Name)> = names.iter_mut().map(|(_, name)| (trust, name)).collect();
        self.keys.open_many(&mut open).await.map_err(sealed)?;
        Ok(Names(names.into_iter().map(|(id, name)| (id, name.text())).collect()))
    }

    /// The policies of a trust, as they answer whether a purpose reaches appraisal.
    pub(crate) fn reach_of(&self, trust: Uuid) -> Reach<'_> {
        Reach {
            views: self,
            trust: TrustId(trust),
            known: RefCell::default(),
        }
    }

    /// Whether somebody had left the trust by that day.
    pub(crate) fn has_left(&self, person: Uuid, on: Day) -> bool {
        let Some(on) = compact::date(on) else { return false };
        self.roster(|register| register.person(PersonId(person)).is_some_and(|person| person.left(on)))
    }

    /// Looks at the roster.
    pub(crate) fn roster<T>(&self, look: impl FnOnce(&Register) -> T) -> T {
        look(&self.gate.roster().read())
    }

    /// The name of a school; empty if there is none.
    pub(crate) fn school_name(&self, urn: u32) -> String {
        let name = |register: &Register| register.school(school(urn)?).map(|school| school.name.clone());
        self.roster(name).unwrap_or_default()
    }
}

/// The keys failed: away, or a text that cannot be opened.
pub(crate) fn sealed(error: identity::keys::Error) -> Error {
    if error.is_unavailable() {
        Error::unavailable(error)
    } else {
        Error::internal(error)
    }
}

/// A school's number, unless it is 0.
pub(crate) fn school(urn: u32) -> Option<Urn> {
    Urn::try_from(i64::from(urn)).ok()
}

/// Whether purposes reach appraisal, remembered for the time of one answer.
pub(crate) struct Reach<'a> {
    views: &'a Views,
    trust: TrustId,
    known: RefCell<HashMap<(u32, Purpose, Day), bool>>,
}

impl Reach<'_> {
    /// Whether the policy in force at a school on a day lets a purpose reach appraisal.
    pub(crate) fn reaches(&self, urn: u32, purpose: Purpose, on: Day) -> bool {
        *self.known.borrow_mut().entry((urn, purpose, on)).or_insert_with(|| {
            let Some(on) = compact::date(on) else { return false };
            self.views
                .gate
                .roster()
                .policy_at(self.trust, school(urn), on)
                .reaches_appraisal(purpose)
        })
    }
}

/// Names of people, opened.
pub(crate) struct Names(BTreeMap<Uuid, String>);

impl Names {
    /// A person by name; the name is empty while the directory has not told of them.
    pub(crate) fn of(&self, person: Uuid) -> PersonRef {
        PersonRef {
            person_id: person.to_string(),
            name: self.0.get(&person).cloned().unwrap_or_default(),
        }
    }

    /// Whoever acted; none for a system.
    pub(crate) fn actor(&self, actor: Uuid) -> Option<PersonRef> {
        self.0.contains_key(&actor).then(|| self.of(actor))
    }
}

/// A name under its seal, then open.
struct Name {
    erased: bool,
    given: Sealed,
    family: Sealed,
}

impl Name {
    fn of(person: crate::documents::Person) -> Self {
        Self {
            erased: person.erased,
            given: person.given_name.unwrap_or_default(),
            family: person.family_name.unwrap_or_default(),
        }
    }

    fn text(self) -> String {
        if self.erased || self.given.clear == ERASED || self.family.clear == ERASED {
            return ERASED.to_owned();
        }
        format!("{} {}", self.given.clear, self.family.clear).trim().to_owned()
    }
}

impl VisitSealed for Name {
    fn visit_sealed(&mut self, visit: &mut dyn FnMut(&'static str, &mut Sealed)) {
        visit("Person.given_name", &mut self.given);
        visit("Person.family_name", &mut self.family);
    }
}

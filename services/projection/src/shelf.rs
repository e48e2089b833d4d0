//! The shelf: one table for documents that need no table of their own, whichever service they come from.
//!
//! A document says where it belongs and whom it concerns; from that follow its row and how it is found: by trust,
//! school and day ([`of_trust`], [`each`]), by the people whom it concerns ([`concerning`]), or by its identifier
//! ([`load`]). The touched documents of a batch are loaded once, folded in memory and written back.
//!
//! To put a document on the shelf: write it in `documents/`, folded from its own stream alone, say what [`Shelved`] asks,
//! and add it to the list in `registered.rs`. One document for each kind of stream: who needs another field adds it
//! there. What needs two documents is joined when it is read.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use db::{Rows, Tx, sql};
use eventstore::Recorded;
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    documents::Document,
    fold,
    open_items::OnShelf,
    rows::{self, Change, Error},
};

/// Documents read in one go, so that a view of a whole trust never holds all of them.
const CHUNK: i64 = 1_000;

/// A document that is kept on the shelf, under the name of its aggregate.
pub trait Shelved: Document {
    /// The trust; absent until its first event has been read.
    fn trust(&self) -> Option<Uuid>;

    /// The school; 0 for the whole trust.
    fn urn(&self) -> u32;

    /// The day by which a period finds it: that of which it speaks or, of what goes on, its last day. Absent until its
    /// first event has been read: such a document is in no list.
    fn day(&self) -> Option<Day>;

    /// Everybody whom it concerns, and whether something in it waits for them or because of them. Who was concerned
    /// once remains so.
    fn people(&self) -> Vec<(Uuid, bool)> {
        Vec::new()
    }

    /// The schools in which something in it waits, or once waited, for those who lead there, and whether it still does.
    fn schools(&self) -> Vec<(u32, bool)> {
        Vec::new()
    }
}

/// Which documents of a trust are wanted.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    /// Only of this school; absent for all.
    pub(crate) urn: Option<u32>,
    /// Only of this day or later.
    pub(crate) from: Option<NaiveDate>,
    /// Only of a day before this one.
    pub(crate) until: Option<NaiveDate>,
}

impl Wanted {
    /// Everything.
    pub(crate) const ALL: Self = Self {
        urn: None,
        from: None,
        until: None,
    };
}

/// Folds a batch into the documents that it touches.
pub(crate) async fn fold<D: Shelved>(tx: &mut Tx<'_>, events: &[Recorded]) -> Result<BTreeMap<Uuid, Change<D>>, Error> {
    let streams = fold::streams_of::<D>(events);
    let ids = fold::ids(&streams);
    let mut changes: BTreeMap<Uuid, Change<D>> = Change::of(load(tx, &ids).await?, &ids);
    for (id, events) in &streams {
        fold::evolve(&mut changes.entry(*id).or_default().after, events)?;
    }
    write(tx, &changes).await?;
    Ok(changes)
}

async fn write<D: Shelved>(tx: &mut Tx<'_>, changes: &BTreeMap<Uuid, Change<D>>) -> Result<(), Error> {
    if changes.is_empty() {
        return Ok(());
    }
    let rows = || changes.values().map(|change| &change.after);
    Rows::of("shelf")
        .column("kind", rows().map(|_| D::AGGREGATE))
        .column("document_id", changes.keys().copied())
        .column("trust_id", rows().map(D::trust))
        .column("urn", rows().map(|row| compact::urn_column(row.urn())))
        .column("on_day", rows().map(|row| row.day().and_then(compact::date)))
        .column("document", rows().map(D::encode_to_vec))
        .upsert(&["kind", "document_id"], tx)
        .await?;
    write_concerned(tx, changes).await?;
    write_awaiting(tx, changes).await
}

async fn write_concerned<D: Shelved>(tx: &mut Tx<'_>, changes: &BTreeMap<Uuid, Change<D>>) -> Result<(), Error> {
    let concerned = newly(changes, D::people);
    if concerned.is_empty() {
        return Ok(());
    }
    Rows::of("concern")
        .column("person_id", concerned.iter().map(|(person, ..)| *person))
        .column("kind", concerned.iter().map(|_| D::AGGREGATE))
        .column("document_id", concerned.iter().map(|(_, id, ..)| *id))
        .column("open", concerned.iter().map(|(_, _, open, _)| *open))
        .column("trust_id", concerned.iter().map(|(.., trust)| *trust))
        .upsert(&["person_id", "kind", "document_id"], tx)
        .await?;
    Ok(())
}

async fn write_awaiting<D: Shelved>(tx: &mut Tx<'_>, changes: &BTreeMap<Uuid, Change<D>>) -> Result<(), Error> {
    let awaiting: Vec<_> = newly(changes, D::schools)
        .into_iter()
        .filter_map(|(urn, id, open, trust)| Some((compact::urn_column(urn)?, id, open, trust)))
        .collect();
    if awaiting.is_empty() {
        return Ok(());
    }
    Rows::of("awaiting")
        .column("urn", awaiting.iter().map(|(urn, ..)| *urn))
        .column("kind", awaiting.iter().map(|_| D::AGGREGATE))
        .column("document_id", awaiting.iter().map(|(_, id, ..)| *id))
        .column("open", awaiting.iter().map(|(_, _, open, _)| *open))
        .column("trust_id", awaiting.iter().map(|(.., trust)| *trust))
        .upsert(&["urn", "kind", "document_id"], tx)
        .await?;
    Ok(())
}

/// Those with whom changed documents begin to have to do, or have to do otherwise than before: who, which document,
/// whether something waits, and the trust.
fn newly<D: Shelved, W: Copy + Ord>(
    changes: &BTreeMap<Uuid, Change<D>>,
    who: impl Fn(&D) -> Vec<(W, bool)>,
) -> Vec<(W, Uuid, bool, Option<Uuid>)> {
    let once = |document: &D| -> BTreeMap<W, bool> {
        let mut all = BTreeMap::new();
        for (who, open) in who(document) {
            *all.entry(who).or_insert(false) |= open;
        }
        all
    };
    let mut news = Vec::new();
    for (id, Change { before, after }) in changes {
        let trust = after.trust();
        let known = if before.trust() == trust {
            once(before)
        } else {
            BTreeMap::new()
        };
        let otherwise = once(after)
            .into_iter()
            .filter(|(who, open)| known.get(who) != Some(open));
        news.extend(otherwise.map(|(who, open)| (who, *id, open, trust)));
    }
    news
}

/// The documents with these identifiers, those that there are.
pub(crate) async fn load<D: Shelved>(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, D>, Error> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found: Vec<(Uuid, Vec<u8>)> = sql!(
        "select document_id, document from shelf where kind = $1 and document_id = any($2)",
        D::AGGREGATE,
        ids
    )
    .fetch_all(tx)
    .await?;
    rows::decoded(found)
}

/// Looks at every document of a trust that is wanted, in order of day and identifier, some at a time.
pub(crate) async fn each<D: Shelved>(
    tx: &mut Tx<'_>,
    trust: Uuid,
    wanted: Wanted,
    mut look: impl FnMut(Uuid, D),
) -> Result<(), Error> {
    let mut after: Option<(NaiveDate, Uuid)> = None;
    loop {
        let found: Vec<(Uuid, NaiveDate, Vec<u8>)> = sql!(
            "select document_id, on_day, document
             from shelf
             where trust_id = $1 and kind = $2 and on_day >= $3
               and ($4 is null or on_day < $4)
               and ($5 is null or urn = $5)
               and ($6 is null or on_day > $6 or document_id > $7)
             order by on_day, document_id
             limit $8",
            trust,
            D::AGGREGATE,
            after.map(|(day, _)| day).or(wanted.from).unwrap_or(FIRST_DAY),
            wanted.until,
            wanted.urn.and_then(compact::urn_column),
            after.map(|(day, _)| day),
            after.map(|(_, id)| id).unwrap_or_default(),
            CHUNK
        )
        .fetch_all(&mut *tx)
        .await?;
        let last = i64::try_from(found.len()).unwrap_or(i64::MAX) < CHUNK;
        after = found.last().map(|(id, day, _)| (*day, *id));
        for (id, _, document) in found {
            look(id, rows::decode(&document)?);
        }
        if last {
            return Ok(());
        }
    }
}

/// Every document of a trust that is wanted: where they are few, or all needed at once.
pub(crate) async fn of_trust<D: Shelved>(
    tx: &mut Tx<'_>,
    trust: Uuid,
    wanted: Wanted,
) -> Result<Vec<(Uuid, D)>, Error> {
    let mut all = Vec::new();
    each(tx, trust, wanted, |id, document| all.push((id, document))).await?;
    Ok(all)
}

/// The documents that concern a person, or of these only where something waits for them or because of them.
pub(crate) async fn concerning<D: Shelved>(
    tx: &mut Tx<'_>,
    person: Uuid,
    open_only: bool,
) -> Result<Vec<(Uuid, D)>, Error> {
    let found: Vec<(Uuid, Vec<u8>)> = sql!(
        "select document_id, document
         from shelf
         where kind = $2 and document_id in (
           select document_id from concern where person_id = $1 and kind = $2 and (open or not $3))
         order by document_id",
        person,
        D::AGGREGATE,
        open_only
    )
    .fetch_all(tx)
    .await?;
    rows::decoded(found)
}

/// The documents of every kind in which something waits for these people or because of them.
pub(crate) async fn waiting_for(tx: &mut Tx<'_>, people: &[Uuid]) -> Result<Vec<OnShelf>, Error> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let found = sql!(
        "select s.kind, s.document_id, s.document
         from shelf s
         join (select distinct kind, document_id from concern where person_id = any($1) and open) c
           on c.kind = s.kind and c.document_id = s.document_id
         order by s.kind, s.document_id",
        people
    );
    Ok(found.fetch_all(tx).await?)
}

/// As [`waiting_for`], of one kind.
pub(crate) async fn waiting_in<D: Shelved>(tx: &mut Tx<'_>, people: &[Uuid]) -> Result<Vec<(Uuid, D)>, Error> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<(Uuid, Vec<u8>)> = sql!(
        "select document_id, document
         from shelf
         where kind = $2 and document_id in (
           select document_id from concern where person_id = any($1) and kind = $2 and open)
         order by document_id",
        people,
        D::AGGREGATE
    )
    .fetch_all(tx)
    .await?;
    rows::decoded(found)
}

/// The documents of every kind in which something waits for those who lead these schools.
pub(crate) async fn waiting_at(tx: &mut Tx<'_>, urns: &[i32]) -> Result<Vec<OnShelf>, Error> {
    if urns.is_empty() {
        return Ok(Vec::new());
    }
    let found = sql!(
        "select s.kind, s.document_id, s.document
         from shelf s
         join (select distinct kind, document_id from awaiting where urn = any($1) and open) a
           on a.kind = s.kind and a.document_id = s.document_id
         order by s.kind, s.document_id",
        urns
    );
    Ok(found.fetch_all(tx).await?)
}

/// Earlier than anything that is recorded, and a day to both databases.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("1 January 1900 is a day");

#[cfg(test)]
mod tests;

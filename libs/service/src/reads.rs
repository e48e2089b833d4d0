//! Who read whose personal record: kept by every service for what it shows, and shown to the person read about.
//!
//! Reads of one person by another are counted by record and day, so that the log stays small and still says everything.
//! A read is shown only after it has been recorded; reads that come together are recorded together.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, Utc};
use db::{Db, Migration, sql};
use identity::{Actor, Record};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::Error;

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "personal reads",
    "create table personal_read (
       -- One row: somebody read one kind of record about somebody else on one day.
       subject_id {uuid} not null,
       reader_id {uuid} not null,
       record text not null,
       day {date} not null,
       trust_id {uuid} not null,
       read_count {i64} not null,
       last_read_at {instant} not null,
       primary key (subject_id, reader_id, record, day)
     ) {strict}",
)];

/// Reads recorded in one transaction at the most.
const BATCH: usize = 512;

/// How long a reader waits for the log.
const PATIENCE: Duration = Duration::from_secs(5);

/// Somebody is about to see something about others.
#[derive(Clone, Debug)]
pub struct Read {
    reader_id: Uuid,
    trust_id: Uuid,
    at: DateTime<Utc>,
    /// Whom it is about, and what kind of record it is.
    seen: Vec<(Uuid, &'static str)>,
}

impl Read {
    /// An actor reads a record. What is about the actor does not count.
    pub fn of(actor: &Actor, record: &Record, at: DateTime<Utc>) -> Self {
        let others = record
            .subjects
            .iter()
            .map(|person| person.0)
            .filter(|person| *person != actor.id);
        Self {
            reader_id: actor.id,
            trust_id: record.trust.0,
            at,
            seen: others.map(|person| (person, record.kind.name())).collect(),
        }
    }

    /// What one actor reads at one moment, as one. None if that is nothing about others.
    pub fn together(reads: impl Iterator<Item = Self>) -> Option<Self> {
        let all = reads.reduce(|mut all, read| {
            all.seen.extend(read.seen);
            all
        })?;
        Some(all).filter(|all| !all.seen.is_empty())
    }
}

/// Somebody read about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRead {
    pub reader_id: Uuid,
    /// What was read, such as `FollowUp`.
    pub record: String,
    pub day: NaiveDate,
    /// How often on that day.
    pub count: i64,
    pub last_at: DateTime<Utc>,
}

type Pending = (Read, oneshot::Sender<Result<(), Arc<db::Error>>>);

/// The log of one service. Cheap to clone.
#[derive(Clone)]
pub struct ReadLog {
    db: Db,
    queue: mpsc::Sender<Pending>,
}

impl ReadLog {
    /// Keeps the log in a service's own database.
    pub async fn open(db: Db) -> Result<Self, db::Error> {
        db.migrate("reads", MIGRATIONS).await?;
        let (queue, reads) = mpsc::channel(4 * BATCH);
        tokio::spawn(write(db.clone(), reads));
        Ok(Self { db, queue })
    }

    /// Returns once the read is on record.
    pub async fn record(&self, read: Read) -> Result<(), Error> {
        let (done, recorded) = oneshot::channel();
        let away = || Error::unavailable("the log of personal reads has stopped");
        self.queue.send((read, done)).await.map_err(|_| away())?;
        tokio::time::timeout(PATIENCE, recorded)
            .await
            .map_err(|_| Error::unavailable("the log of personal reads does not answer"))?
            .map_err(|_| away())?
            .map_err(Error::unavailable)
    }

    /// Who read about a person, latest first.
    pub async fn about(&self, subject: Uuid, limit: i64) -> Result<Vec<PastRead>, Error> {
        let rows: Vec<(Uuid, String, NaiveDate, i64, DateTime<Utc>)> = sql!(
            "select reader_id, record, day, read_count, last_read_at
             from personal_read
             where subject_id = $1
             order by last_read_at desc, reader_id, record
             limit $2",
            subject,
            limit
        )
        .fetch_all(&self.db)
        .await?;
        let past = |(reader_id, record, day, count, last_at)| PastRead {
            reader_id,
            record,
            day,
            count,
            last_at,
        };
        Ok(rows.into_iter().map(past).collect())
    }
}

/// Records what is waiting, all at once, for as long as the log is open.
async fn write(db: Db, mut reads: mpsc::Receiver<Pending>) {
    let mut batch = Vec::new();
    while reads.recv_many(&mut batch, BATCH).await > 0 {
        let result = record_all(&db, batch.iter().map(|(read, _)| read))
            .await
            .map_err(Arc::new);
        for (_, done) in batch.drain(..) {
            // Whoever asked may have given up.
            let _ = done.send(result.clone());
        }
    }
}

async fn record_all(db: &Db, reads: impl Iterator<Item = &Read>) -> Result<(), db::Error> {
    let mut counts: BTreeMap<(Uuid, Uuid, &'static str, NaiveDate), (Uuid, i64, DateTime<Utc>)> = BTreeMap::new();
    for read in reads {
        for (subject, record) in &read.seen {
            let key = (*subject, read.reader_id, *record, read.at.date_naive());
            let (_, count, last_at) = counts.entry(key).or_insert((read.trust_id, 0, read.at));
            *count += 1;
            *last_at = read.at.max(*last_at);
        }
    }
    let mut tx = db.begin_write().await?;
    for ((subject, reader, record, day), (trust, count, last_at)) in counts {
        sql!(
            "insert into personal_read (subject_id, reader_id, record, day, trust_id, read_count, last_read_at)
             values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (subject_id, reader_id, record, day) do update
             set read_count = personal_read.read_count + excluded.read_count, last_read_at = excluded.last_read_at",
            subject,
            reader,
            record,
            day,
            trust,
            count,
            last_at
        )
        .execute(&mut tx)
        .await?;
    }
    tx.commit().await
}

//! Many appends in one transaction.
//!
//! lock head → known receipts answered → versions of the touched streams → conflicts answered → events and receipts
//! inserted → head moved. What is refused fails its own caller only.
//!
//! Mostly nobody else has written in between, no request is a repetition and no version conflicts: then all of it is
//! one statement ([`AtOnce`]), which stores nothing if any of that turns out otherwise.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use db::{Connection, Rows, Tx, sql};
use uuid::Uuid;

use crate::{
    Append, AppendError, NewEvent, Position, Receipt, StreamId, Version,
    import::{ImportError, Past},
};

/// Appends of an import that are made into rows together.
const TOGETHER: usize = 10_000;

/// The answer to each append of a batch, in order, and where the store is after it.
pub(crate) struct Outcome {
    pub(crate) answers: Vec<Result<Receipt, AppendError>>,
    pub(crate) head: Head,
}

/// How far a store goes, and when its last event was recorded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    pub(crate) position: Position,
    recorded_at: DateTime<Utc>,
}

/// Most events that are written at once.
const AT_ONCE: usize = 2_000;

/// A batch that is stored in one statement, commit included, if all is as expected: the store ends where it was left,
/// no request was answered before, and all streams are at the versions that the appends expect.
pub(crate) struct AtOnce<'a> {
    left_at: Head,
    expected: BTreeMap<StreamId, Version>,
    requests: Vec<Uuid>,
    accepted: Vec<Accepted<'a>>,
    /// What it comes to, once stored.
    pub(crate) outcome: Outcome,
}

impl<'a> AtOnce<'a> {
    /// None for what must be looked at closer in any case.
    pub(crate) fn after(left_at: Head, appends: &[&'a Append]) -> Option<Self> {
        let mut expected: BTreeMap<StreamId, Version> = BTreeMap::new();
        for stream in appends.iter().flat_map(|append| &append.streams) {
            expected.entry(stream.stream_id).or_insert(stream.expected);
        }
        let mut judge = Judge {
            head: left_at.position,
            receipts: HashMap::new(),
            versions: expected.iter().map(|(stream, version)| (*stream, *version)).collect(),
            accepted: Vec::new(),
        };
        let answers = appends.iter().map(|append| judge.judge(append)).collect();
        let events: usize = judge.accepted.iter().map(|accepted| accepted.events.len()).sum();
        if judge.accepted.is_empty() || events > AT_ONCE {
            return None;
        }
        let recorded_at = now().max(left_at.recorded_at);
        for accepted in &mut judge.accepted {
            accepted.recorded_at = recorded_at;
        }
        Some(Self {
            left_at,
            expected,
            requests: appends.iter().map(|append| append.metadata.request_id).collect(),
            accepted: judge.accepted,
            outcome: Outcome {
                answers,
                head: Head {
                    position: judge.head,
                    recorded_at,
                },
            },
        })
    }

    /// Says whether all was as expected; nothing is stored otherwise.
    pub(crate) async fn store(&self, connection: &mut Connection) -> db::Result<bool> {
        let Head { position, recorded_at } = self.outcome.head;
        let streams: Vec<Uuid> = self.expected.keys().map(|stream| stream.0).collect();
        let versions: Vec<i64> = self.expected.values().map(|version| version.0).collect();
        let rows = vec![event_rows(&self.accepted), receipt_rows(&self.accepted)];
        sql!(
            "update head set position = $1, recorded_at = $2
             where position = $3 and recorded_at <= $2
               and not exists (select 1 from receipts where request_id = any($4))
               and not exists (
                 select 1
                 from unnest($5, $6) as touched(touched_id, expected)
                 where expected <> coalesce((select max(version) from events where stream_id = touched_id), 0)
               )",
            position.0,
            recorded_at,
            self.left_at.position.0,
            self.requests.as_slice(),
            streams,
            versions
        )
        .then_insert(rows, connection)
        .await
    }
}

/// Does everything but the commit.
pub(crate) async fn write(tx: &mut Tx<'_>, appends: &[&Append]) -> db::Result<Outcome> {
    // From here on, whoever else writes to this store waits.
    let (head, last_recorded_at): (i64, DateTime<Utc>) = sql!("select position, recorded_at from head for update")
        .fetch_one(&mut *tx)
        .await?;
    let mut judge = Judge {
        head: Position(head),
        receipts: known_receipts(tx, appends).await?,
        versions: current_versions(tx, appends).await?,
        accepted: Vec::new(),
    };
    let answers = appends.iter().map(|append| judge.judge(append)).collect();
    let mut recorded_at = last_recorded_at;
    if !judge.accepted.is_empty() {
        recorded_at = now().max(last_recorded_at);
        for accepted in &mut judge.accepted {
            accepted.recorded_at = recorded_at;
        }
        event_rows(&judge.accepted).insert(tx).await?;
        receipt_rows(&judge.accepted).insert(tx).await?;
        move_head(tx, judge.head, recorded_at).await?;
    }
    Ok(Outcome {
        answers,
        head: Head {
            position: judge.head,
            recorded_at,
        },
    })
}

/// Does everything but the commit, for appends whose moments are known. None of their requests may be known.
pub(crate) async fn write_past(tx: &mut Tx<'_>, past: &[Past]) -> Result<Position, ImportError> {
    let (head, last_recorded_at): (i64, DateTime<Utc>) = sql!("select position, recorded_at from head for update")
        .fetch_one(&mut *tx)
        .await?;
    let mut recorded_at = last_recorded_at;
    let mut head = Position(head);
    for some in past.chunks(TOGETHER) {
        let appends: Vec<&Append> = some.iter().map(|past| &past.append).collect();
        let mut judge = Judge {
            head,
            receipts: HashMap::new(),
            versions: current_versions(tx, &appends).await?,
            accepted: Vec::with_capacity(some.len()),
        };
        for past in some {
            if past.recorded_at < recorded_at {
                return Err(ImportError::OutOfOrder {
                    recorded_at: past.recorded_at,
                    after: recorded_at,
                });
            }
            recorded_at = past.recorded_at;
            if judge.judge(&past.append)?.replayed {
                return Err(AppendError::RequestReused(past.append.metadata.request_id).into());
            }
            if let Some(accepted) = judge.accepted.last_mut() {
                accepted.recorded_at = recorded_at;
            }
        }
        event_rows(&judge.accepted).load(tx).await?;
        receipt_rows(&judge.accepted).load(tx).await?;
        head = judge.head;
    }
    move_head(tx, head, recorded_at).await?;
    Ok(head)
}

async fn move_head(tx: &mut Tx<'_>, head: Position, recorded_at: DateTime<Utc>) -> db::Result<()> {
    sql!("update head set position = $1, recorded_at = $2", head.0, recorded_at)
        .execute(tx)
        .await?;
    Ok(())
}

/// The clock, to the microsecond: what is kept is what is answered.
fn now() -> DateTime<Utc> {
    let now = Utc::now();
    DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
}

/// A receipt, and the digest of the request that it answered.
pub(crate) struct Known {
    digest: [u8; 32],
    receipt: Receipt,
}

async fn known_receipts(tx: &mut Tx<'_>, appends: &[&Append]) -> db::Result<HashMap<Uuid, Known>> {
    let requests: Vec<Uuid> = appends.iter().map(|append| append.metadata.request_id).collect();
    let known = find_receipts(tx, &requests).await?;
    Ok(known
        .into_iter()
        .map(|known| (known.receipt.request_id, known))
        .collect())
}

pub(crate) async fn find_receipts<'a>(on: impl Into<db::On<'a>>, requests: &[Uuid]) -> db::Result<Vec<Known>> {
    let rows: Vec<(Uuid, [u8; 32], i64, Uuid, i64)> = sql!(
        "select request_id, digest, position, stream_id, version
         from receipts
         where request_id = any($1)",
        requests
    )
    .fetch_all(on)
    .await?;
    let known = rows
        .into_iter()
        .map(|(request_id, digest, position, stream_id, version)| Known {
            digest,
            receipt: Receipt {
                request_id,
                position: Position(position),
                stream_id: StreamId(stream_id),
                version: Version(version),
                replayed: true,
            },
        });
    Ok(known.collect())
}

impl Known {
    /// The first answer again, if it is the same question.
    pub(crate) fn answer(&self, digest: &[u8; 32]) -> Result<Receipt, AppendError> {
        if self.digest == *digest {
            Ok(self.receipt.clone())
        } else {
            Err(AppendError::RequestReused(self.receipt.request_id))
        }
    }
}

/// Streams that do not exist are left out.
async fn current_versions(tx: &mut Tx<'_>, appends: &[&Append]) -> db::Result<HashMap<StreamId, Version>> {
    let mut streams: Vec<Uuid> = appends
        .iter()
        .flat_map(|append| &append.streams)
        .map(|stream| stream.stream_id.0)
        .collect();
    streams.sort_unstable();
    streams.dedup();
    // One look at the end of the index for each stream, however long it is.
    let rows: Vec<(Uuid, Option<i64>)> = sql!(
        "select touched, (select max(version) from events where stream_id = touched)
         from unnest($1) as touched",
        streams
    )
    .fetch_all(tx)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(stream, version)| Some((StreamId(stream), Version(version?))))
        .collect())
}

/// Decides on appends one after the other, each against what the ones before it left.
struct Judge<'a> {
    head: Position,
    receipts: HashMap<Uuid, Known>,
    versions: HashMap<StreamId, Version>,
    accepted: Vec<Accepted<'a>>,
}

/// An append that is to be stored.
struct Accepted<'a> {
    append: &'a Append,
    events: Vec<Placed<'a>>,
    receipt: Receipt,
    recorded_at: DateTime<Utc>,
}

struct Placed<'a> {
    position: Position,
    stream_id: StreamId,
    version: Version,
    event: &'a NewEvent,
}

impl<'a> Judge<'a> {
    fn judge(&mut self, append: &'a Append) -> Result<Receipt, AppendError> {
        let request_id = append.metadata.request_id;
        if let Some(known) = self.receipts.get(&request_id) {
            return known.answer(&append.digest);
        }
        let mut head = self.head;
        let mut versions: HashMap<StreamId, Version> = HashMap::new();
        let mut events = Vec::new();
        for stream in &append.streams {
            let stream_id = stream.stream_id;
            let current = versions.get(&stream_id).or_else(|| self.versions.get(&stream_id));
            let mut version = current.copied().unwrap_or_default();
            if version != stream.expected {
                return Err(AppendError::VersionConflict {
                    stream_id,
                    expected: stream.expected,
                    actual: version,
                });
            }
            for event in &stream.events {
                head.0 += 1;
                version.0 += 1;
                events.push(Placed {
                    position: head,
                    stream_id,
                    version,
                    event,
                });
            }
            versions.insert(stream_id, version);
        }
        let stream_id = append
            .streams
            .first()
            .map(|stream| stream.stream_id)
            .unwrap_or(StreamId(Uuid::nil()));
        let version = versions.get(&stream_id).copied().unwrap_or_default();
        let receipt = Receipt {
            request_id,
            position: head,
            stream_id,
            version,
            replayed: false,
        };
        self.head = head;
        self.versions.extend(versions);
        let known = Known {
            digest: append.digest,
            receipt: Receipt {
                replayed: true,
                ..receipt.clone()
            },
        };
        self.receipts.insert(request_id, known);
        self.accepted.push(Accepted {
            append,
            events,
            receipt: receipt.clone(),
            recorded_at: DateTime::UNIX_EPOCH,
        });
        Ok(receipt)
    }
}

fn event_rows(accepted: &[Accepted<'_>]) -> Rows {
    let placed = || accepted.iter().flat_map(|accepted| &accepted.events);
    let each = || {
        accepted
            .iter()
            .flat_map(|accepted| accepted.events.iter().map(move |_| accepted))
    };
    let metadata = || each().map(|accepted| &accepted.append.metadata);
    Rows::of("events")
        .column("position", placed().map(|placed| placed.position.0))
        .column("event_id", placed().map(|placed| placed.event.event_id))
        .column("stream_id", placed().map(|placed| placed.stream_id.0))
        .column("version", placed().map(|placed| placed.version.0))
        .column("kind", placed().map(|placed| placed.event.kind.as_str()))
        .column("trust_id", metadata().map(|metadata| metadata.trust_id))
        .column("actor_id", metadata().map(|metadata| metadata.actor_id))
        .column("on_behalf_of", metadata().map(|metadata| metadata.on_behalf_of))
        .column("purpose", metadata().map(|metadata| metadata.purpose))
        .column("occurred_at", metadata().map(|metadata| metadata.occurred_at))
        .column("recorded_at", each().map(|accepted| accepted.recorded_at))
        .column("correlation_id", metadata().map(|metadata| metadata.correlation_id))
        .column("causation_id", metadata().map(|metadata| metadata.causation_id))
        .column(
            "traceparent",
            metadata().map(|metadata| metadata.traceparent.as_deref()),
        )
        .column("request_id", metadata().map(|metadata| metadata.request_id))
        .column("payload", placed().map(|placed| placed.event.payload.clone()))
}

fn receipt_rows(accepted: &[Accepted<'_>]) -> Rows {
    let receipts = || accepted.iter().map(|accepted| &accepted.receipt);
    Rows::of("receipts")
        .column("request_id", receipts().map(|receipt| receipt.request_id))
        .column("digest", accepted.iter().map(|accepted| accepted.append.digest))
        .column("position", receipts().map(|receipt| receipt.position.0))
        .column("stream_id", receipts().map(|receipt| receipt.stream_id.0))
        .column("version", receipts().map(|receipt| receipt.version.0))
        .column("recorded_at", accepted.iter().map(|accepted| accepted.recorded_at))
}

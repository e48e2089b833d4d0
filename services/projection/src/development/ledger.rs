//! The ledger: the events that views on development count, as they were recorded, without what people wrote.
//!
//! A row is one event of one service, found by trust, kind and day. Nothing is folded when it is written, so any
//! interleaving of the services' logs leaves the same rows, and a view is a pure function of the rows that it reads: all
//! of them, or those recorded by a past moment (*as known at*).

mod counted;

use std::collections::BTreeMap;

use api::EventMessage;
use chrono::{DateTime, NaiveDate, Utc};
use db::{Rows, Tx, sql};
use eventstore::{Position, Recorded};
use prost::DecodeError;
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    registered::Tables,
    rows::Error,
};

/// The ledger's table.
pub(crate) struct Book;

impl Tables for Book {
    const SQL: &'static str = "
create table ledger (
  -- One row: an event that views on development count, its texts left out.
  source text not null,
  position {i64} not null,
  -- Nil for facts of no trust, such as the shared vocabulary.
  trust_id {uuid} not null,
  stream_id {uuid} not null,
  kind text not null,
  -- When it happened, as its actor said.
  occurred_on {date} not null,
  recorded_at {instant} not null,
  -- The event's message, such as FollowUpEvent.
  event {bytes} not null,
  primary key (source, position)
) {strict};
create index ledger_listed on ledger (trust_id, kind, occurred_on);
";

    const KEYS: &'static [(&'static str, &'static str)] = &[("ledger", "source, position")];

    async fn apply(tx: &mut Tx<'_>, source: &str, events: &[Recorded]) -> Result<(), Error> {
        let mut rows: Vec<(&Recorded, Vec<u8>)> = Vec::new();
        for event in events {
            if let Some(without_texts) = counted::without_texts(source, event)? {
                rows.push((event, without_texts));
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let events = || rows.iter().map(|(event, _)| *event);
        Rows::of("ledger")
            .column("source", events().map(|_| source))
            .column("position", events().map(|event| event.position.0))
            .column("trust_id", events().map(|event| event.metadata.trust_id))
            .column("stream_id", events().map(|event| event.stream_id.0))
            .column("kind", events().map(|event| event.kind.as_str()))
            .column(
                "occurred_on",
                events().map(|event| event.metadata.occurred_at.date_naive()),
            )
            .column("recorded_at", events().map(|event| event.recorded_at))
            .column("event", rows.iter().map(|(_, event)| event.as_slice()))
            .insert(tx)
            .await?;
        Ok(())
    }
}

/// What a view reads of the ledger.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Kinds of which every event counts, however old: states that last.
    pub(crate) lasting: Vec<&'static str>,
    /// Kinds of which only those count that occurred since that day.
    pub(crate) recent: Vec<&'static str>,
    /// The day.
    pub(crate) since: NaiveDate,
    /// Only what was recorded by this moment; absent for everything.
    pub(crate) known_at: Option<DateTime<Utc>>,
}

/// Events of one trust, in the order in which each service recorded them.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    by_aggregate: BTreeMap<String, Vec<(At, Vec<u8>)>>,
}

/// Where and when an event happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) stream: Uuid,
    /// As its actor said.
    pub(crate) on: Day,
    /// Its place in its service's store.
    pub(crate) position: Position,
}

impl Ledger {
    /// Reads a trust's, or with the nil trust what belongs to none: one query.
    pub(crate) async fn read(tx: &mut Tx<'_>, trust: Uuid, wanted: &Wanted) -> Result<Self, Error> {
        let rows: Vec<(Uuid, NaiveDate, i64, String, Vec<u8>)> = sql!(
            "select stream_id, occurred_on, position, kind, event
             from ledger
             where trust_id = $1
               and (kind = any($2) or (kind = any($3) and occurred_on >= $4))
               and ($5 is null or recorded_at <= $5)
             order by source, position",
            trust,
            &wanted.lasting[..],
            &wanted.recent[..],
            wanted.since,
            wanted.known_at
        )
        .fetch_all(tx)
        .await?;
        let mut ledger = Self::default();
        for (stream, on, position, kind, event) in rows {
            let at = At {
                stream,
                on: compact::day_of(on),
                position: Position(position),
            };
            ledger.add(at, &kind, event);
        }
        Ok(ledger)
    }

    /// As if these logs had been taken in.
    #[cfg(test)]
    pub(crate) fn of<'a>(logs: impl IntoIterator<Item = &'a crate::fixtures::Log>) -> Self {
        let mut ledger = Self::default();
        for log in logs {
            for event in &log.events {
                if let Some(without_texts) = counted::without_texts(log.source, event).unwrap() {
                    let at = At {
                        stream: event.stream_id.0,
                        on: compact::day_of(event.metadata.occurred_at.date_naive()),
                        position: event.position,
                    };
                    ledger.add(at, event.kind.as_str(), without_texts);
                }
            }
        }
        ledger
    }

    fn add(&mut self, at: At, kind: &str, event: Vec<u8>) {
        let aggregate = kind.split_once('.').map_or(kind, |(aggregate, _)| aggregate);
        match self.by_aggregate.get_mut(aggregate) {
            Some(events) => events.push((at, event)),
            None => {
                self.by_aggregate.insert(aggregate.to_owned(), vec![(at, event)]);
            }
        }
    }

    /// Looks at every event of one kind of stream, with where and when it happened.
    pub(crate) fn each<E: EventMessage>(&self, mut look: impl FnMut(At, E)) -> Result<(), DecodeError> {
        for (at, event) in self.by_aggregate.get(E::AGGREGATE).into_iter().flatten() {
            look(*at, E::decode(event.as_slice())?);
        }
        Ok(())
    }
}

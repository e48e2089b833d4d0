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
            .load(tx)
            .await?;
        Ok(())
    }
}

/// Kinds of event that a view reads of the ledger, and since which day.
#[derive(Clone, Debug)]
pub(crate) struct Kinds {
    names: Vec<&'static str>,
    since: NaiveDate,
}

impl Kinds {
    /// Of which every event counts, however old: states that last.
    pub(crate) fn lasting(names: &[&[&'static str]]) -> Self {
        Self::since(EVER, names)
    }

    /// Of which only those count that occurred since that day.
    pub(crate) fn since(day: NaiveDate, names: &[&[&'static str]]) -> Self {
        Self {
            names: names.concat(),
            since: day,
        }
    }

    /// What is to be read: each kind once, since the earliest day for which anybody wants it.
    fn apart(all: &[Self]) -> BTreeMap<NaiveDate, Vec<&'static str>> {
        let mut since: BTreeMap<&'static str, NaiveDate> = BTreeMap::new();
        for kinds in all {
            for name in &kinds.names {
                let day = since.entry(name).or_insert(kinds.since);
                *day = kinds.since.min(*day);
            }
        }
        let mut apart: BTreeMap<NaiveDate, Vec<&'static str>> = BTreeMap::new();
        for (name, day) in since {
            apart.entry(day).or_default().push(name);
        }
        apart
    }
}

/// Before anything that is recorded, and a day to both databases.
const EVER: NaiveDate = NaiveDate::from_ymd_opt(1900, 1, 1).expect("1 January 1900 is a day");

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
    /// Reads a trust's, or with the nil trust what belongs to none; as far as it was recorded by a moment, or all. One
    /// query for each day since which something is wanted: so each is answered by the index.
    pub(crate) async fn read(
        tx: &mut Tx<'_>,
        trust: Uuid,
        wanted: &[Kinds],
        known_at: Option<DateTime<Utc>>,
    ) -> Result<Self, Error> {
        let mut ledger = Self::default();
        for (since, kinds) in Kinds::apart(wanted) {
            let rows: Vec<(Uuid, NaiveDate, i64, String, Vec<u8>)> = sql!(
                "select stream_id, occurred_on, position, kind, event
                 from ledger
                 where trust_id = $1 and kind = any($2) and occurred_on >= $3 and ($4 is null or recorded_at <= $4)",
                trust,
                &kinds[..],
                since,
                known_at
            )
            .fetch_all(&mut *tx)
            .await?;
            for (stream, on, position, kind, event) in rows {
                let at = At {
                    stream,
                    on: compact::day_of(on),
                    position: Position(position),
                };
                ledger.add(at, &kind, event);
            }
        }
        // Streams of one kind are all of one service.
        for events in ledger.by_aggregate.values_mut() {
            events.sort_unstable_by_key(|(at, _)| at.position);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_read_once_since_the_earliest_day() {
        let day = |year| NaiveDate::from_ymd_opt(year, 9, 1).unwrap();
        let wanted = [
            Kinds::since(day(2024), &[&["need.opened", "need.met"]]),
            Kinds::since(day(2022), &[&["need.opened"]]),
            Kinds::lasting(&[&["activity.published"], &["activity.revised"]]),
        ];
        let apart: Vec<_> = Kinds::apart(&wanted).into_iter().collect();
        assert_eq!(
            apart,
            [
                (EVER, vec!["activity.published", "activity.revised"]),
                (day(2022), vec!["need.opened"]),
                (day(2024), vec!["need.met"]),
            ]
        );
    }
}

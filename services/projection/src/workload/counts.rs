//! How many events of each kind each actor recorded in an academic year: sums, so that any order of events gives the same.

use std::collections::{BTreeMap, BTreeSet};

use db::{Rows, Tx, sql};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use crate::{
    registered::Tables,
    rows::{self, Error},
};

/// The counters' table.
pub(crate) struct Counters;

/// What one actor recorded in one year.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Counts {
    /// In order of source and kind, each once.
    #[prost(message, repeated, tag = "1")]
    pub(crate) kinds: Vec<Count>,
}

/// Events of one kind.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Count {
    #[prost(string, tag = "1")]
    pub(crate) source: String,
    #[prost(string, tag = "2")]
    pub(crate) kind: String,
    #[prost(int64, tag = "3")]
    pub(crate) event_count: i64,
}

impl Counts {
    fn add(&mut self, source: &str, kind: &str, event_count: i64) {
        let key = (source, kind);
        let at = self
            .kinds
            .binary_search_by(|count| (count.source.as_str(), count.kind.as_str()).cmp(&key));
        match at {
            Ok(at) => self.kinds[at].event_count += event_count,
            Err(at) => self.kinds.insert(
                at,
                Count {
                    source: source.to_owned(),
                    kind: kind.to_owned(),
                    event_count,
                },
            ),
        }
    }
}

type Key = (Uuid, i32, Uuid);

impl Tables for Counters {
    const SQL: &'static str = "
create table workload (
  -- One row: what one actor recorded in one academic year of a trust.
  trust_id {uuid} not null,
  cycle {i32} not null,
  actor_id {uuid} not null,
  -- workload::counts::Counts.
  document {bytes} not null,
  primary key (trust_id, cycle, actor_id)
) {strict};
";

    const KEYS: &'static [(&'static str, &'static str)] = &[("workload", "trust_id, cycle, actor_id")];

    async fn apply(tx: &mut Tx<'_>, source: &str, events: &[Recorded]) -> Result<(), Error> {
        let mut added: BTreeMap<Key, BTreeMap<&str, i64>> = BTreeMap::new();
        for event in events {
            let on = identity::context::date_in_england(event.metadata.occurred_at);
            let key = (
                event.metadata.trust_id,
                identity::policy::cycle_of(on),
                event.metadata.actor_id,
            );
            *added.entry(key).or_default().entry(event.kind.as_str()).or_default() += 1;
        }
        if added.is_empty() {
            return Ok(());
        }
        let mut counts = load(tx, &added).await?;
        for (key, kinds) in added {
            let counts = counts.entry(key).or_default();
            for (kind, event_count) in kinds {
                counts.add(source, kind, event_count);
            }
        }
        Rows::of("workload")
            .column("trust_id", counts.keys().map(|(trust, ..)| *trust))
            .column("cycle", counts.keys().map(|(_, cycle, _)| *cycle))
            .column("actor_id", counts.keys().map(|(.., actor)| *actor))
            .column("document", counts.values().map(Counts::encode_to_vec))
            .upsert(&["trust_id", "cycle", "actor_id"], tx)
            .await?;
        Ok(())
    }
}

/// The rows about to change, those that there are.
async fn load(tx: &mut Tx<'_>, touched: &BTreeMap<Key, BTreeMap<&str, i64>>) -> Result<BTreeMap<Key, Counts>, Error> {
    let trusts: Vec<Uuid> = distinct(touched.keys().map(|(trust, ..)| *trust));
    let cycles: Vec<i32> = distinct(touched.keys().map(|(_, cycle, _)| *cycle));
    let actors: Vec<Uuid> = distinct(touched.keys().map(|(.., actor)| *actor));
    let found: Vec<(Uuid, i32, Uuid, Vec<u8>)> = sql!(
        "select trust_id, cycle, actor_id, document
         from workload
         where trust_id = any($1) and cycle = any($2) and actor_id = any($3)",
        &trusts[..],
        &cycles[..],
        &actors[..]
    )
    .fetch_all(tx)
    .await?;
    let touched_rows = found
        .into_iter()
        .filter(|(trust, cycle, actor, _)| touched.contains_key(&(*trust, *cycle, *actor)));
    touched_rows
        .map(|(trust, cycle, actor, document)| Ok(((trust, cycle, actor), rows::decode(&document)?)))
        .collect()
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    values.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Looks at what everybody recorded in a year of a trust: one query.
pub(crate) async fn each(
    tx: &mut Tx<'_>,
    trust: Uuid,
    cycle: i32,
    mut look: impl FnMut(Uuid, Counts),
) -> Result<(), Error> {
    let found: Vec<(Uuid, Vec<u8>)> = sql!(
        "select actor_id, document from workload where trust_id = $1 and cycle = $2 order by actor_id",
        trust,
        cycle
    )
    .fetch_all(tx)
    .await?;
    for (actor, document) in found {
        look(actor, rows::decode(&document)?);
    }
    Ok(())
}

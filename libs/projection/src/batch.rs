//! Events that are applied in one transaction, together with their checkpoints.

use db::Db;
use eventstore::Position;
use tracing::Instrument;

use crate::{
    Error, Projection,
    readers::{Item, Readers, Run},
    state::State,
    store::{self, Move},
    trace,
};

/// What arrived: events first, then what it means for completeness.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) runs: Vec<Run>,
    /// Anything else, in order.
    pub(crate) others: Vec<Item>,
}

impl Batch {
    /// The first item, and all that has arrived behind it: one event when there is little to do, thousands when there
    /// is much.
    pub(crate) fn gather(first: Item, readers: &mut Readers, most: usize) -> Self {
        let mut batch = Self::default();
        let mut count = batch.add(first);
        while count < most {
            match readers.arrived() {
                Some(item) => count += batch.add(item),
                None => break,
            }
        }
        batch
    }

    fn add(&mut self, item: Item) -> usize {
        match item {
            Item::Events(run) => {
                let count = run.events.len();
                match self
                    .runs
                    .iter_mut()
                    .find(|known| known.source == run.source && known.epoch == run.epoch)
                {
                    Some(known) => known.events.extend(run.events),
                    None => self.runs.push(run),
                }
                count
            }
            other => {
                self.others.push(other);
                0
            }
        }
    }
}

/// Applies events and moves the checkpoints, or does neither.
pub(crate) async fn apply(projection: &impl Projection, db: &Db, state: &State, runs: &[Run]) -> Result<(), Error> {
    let mut moves = Vec::with_capacity(runs.len());
    for run in runs {
        moves.push(next_move(state, run)?);
    }
    let mut tx = store::begin(db, &moves).await?;
    for run in runs {
        let span = trace::span(projection.name(), run.source, &run.events);
        projection
            .apply(&mut tx, run.source, &run.events)
            .instrument(span)
            .await?;
    }
    store::advance(&mut tx, &moves).await?;
    Ok(tx.commit().await?)
}

fn next_move(state: &State, run: &Run) -> Result<Move, Error> {
    let checkpoint = state.checkpoints.get(run.source);
    let applied = checkpoint.and_then(|checkpoint| checkpoint.epoch);
    if let (Some(applied), Some(actual)) = (applied, run.epoch)
        && applied != actual
    {
        return Err(Error::EpochChanged {
            name: run.source,
            applied,
            actual,
        });
    }
    let from = checkpoint.map_or(Position(0), |checkpoint| checkpoint.position);
    let follows = run.events.first().is_some_and(|event| event.position.0 == from.0 + 1);
    match run.events.last() {
        Some(last) if follows => Ok(Move {
            source: run.source,
            from,
            to: last.position,
            epoch: run.epoch,
            recorded_at: Some(last.recorded_at),
        }),
        // What was read belongs to another checkpoint than the one that is believed in now.
        _ => Err(Error::LostRace),
    }
}

//! One build at work: from its checkpoints on, for ever.

use std::{sync::Arc, time::Duration};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use chrono::Utc;
use eventstore::Position;
use feed::Source;
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Interval, MissedTickBehavior, interval, sleep, timeout},
};

use crate::{
    Error, Projection, Stalled,
    batch::{self, Batch},
    error::causes,
    readers::{BATCH, BULK, Item, Readers, Run},
    state::State,
    store,
};

/// How many events must be waiting for empty tables before it pays to put their indexes off.
const WORTH_IT: i64 = 50_000;

/// What to do about an event that cannot be applied.
#[derive(Debug)]
pub(crate) enum Remedy {
    Retry,
    Skip { reason: String },
}

/// A remedy and whom to tell that it was taken.
pub(crate) type Order = (Remedy, oneshot::Sender<Result<(), Error>>);

/// Why a round ended.
enum Halt {
    /// The checkpoints are not where they were believed to be.
    Reload,
    Stalled(Stalled),
}

/// Applies what the sources give to one build's views.
pub(crate) struct Worker<P> {
    pub(crate) projection: Arc<P>,
    pub(crate) sources: Vec<Source>,
    pub(crate) state: watch::Sender<State>,
    pub(crate) orders: mpsc::Receiver<Order>,
}

impl<P: Projection> Worker<P> {
    /// Runs until it is dropped.
    pub(crate) async fn run(mut self) -> std::convert::Infallible {
        let mut ticks = interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut pauses = patience();
        self.load().await;
        let batch = match self.begin_bulk().await {
            true => BULK,
            false => BATCH,
        };
        // What made it stand still may have been repaired since: it will tell again if not.
        let db = self.state.borrow().db.clone();
        if let Err(error) = self.patiently(|| store::go_on(&db)).await {
            tracing::error!(projection = self.name(), error = causes(&error), "cannot begin anew");
        }
        loop {
            self.load().await;
            let before = self.state.borrow().checkpoints.clone();
            let halt = self.follow(batch, &mut ticks).await;
            if self.state.borrow().checkpoints != before {
                pauses = patience();
            }
            match halt {
                Halt::Reload => sleep(pauses.next().unwrap_or(PAUSE)).await,
                Halt::Stalled(stalled) => self.stand_still(stalled, &mut ticks).await,
            }
        }
    }

    /// Reads where the checkpoints stand, as soon as the database answers.
    async fn load(&self) {
        let sources: Vec<_> = self.sources.iter().map(Source::name).collect();
        let db = self.state.borrow().db.clone();
        let read = || async {
            // A crash of the server may have emptied tables that were being filled: then it begins anew.
            store::prepare(&db, &sources).await?;
            store::checkpoints(&db, &sources).await
        };
        let checkpoints = self.patiently(read).await;
        match checkpoints {
            Ok(checkpoints) => self.state.send_modify(|state| {
                let named = checkpoints
                    .into_iter()
                    .map(|checkpoint| (checkpoint.source, checkpoint));
                state.checkpoints = named.collect();
            }),
            Err(error) => tracing::error!(projection = self.name(), error = causes(&error), "no checkpoints"),
        }
    }

    /// Puts off what only costs while much is to be applied to empty tables. Says whether it did.
    async fn begin_bulk(&self) -> bool {
        if self
            .state
            .borrow()
            .checkpoints
            .values()
            .any(|checkpoint| checkpoint.position > Position(0))
        {
            return false;
        }
        let mut ahead = 0;
        for source in &self.sources {
            // Of a source that is away nothing is known: it is waited for later.
            if let Ok(Ok(head)) = timeout(PAUSE, source.head()).await {
                ahead += head.0;
            }
        }
        if ahead < WORTH_IT {
            return false;
        }
        let db = self.state.borrow().db.clone();
        let begun = self.patiently(|| async { Ok(db.begin_bulk().await?) }).await;
        if let Err(error) = &begun {
            tracing::warn!(
                projection = self.name(),
                error = causes(error),
                "indexes stay while it is built"
            );
        }
        begun.is_ok()
    }

    /// Makes up for what was put off, once everything is applied for the first time.
    async fn end_bulk(&self, last: &'static str) -> Result<(), Error> {
        let is_last = |state: &State| {
            !state.is_caught_up()
                && state
                    .caught_up
                    .iter()
                    .all(|(source, caught_up)| *caught_up || *source == last)
        };
        if !is_last(&self.state.borrow()) {
            return Ok(());
        }
        let db = self.state.borrow().db.clone();
        if self.patiently(|| async { Ok(db.end_bulk().await?) }).await? {
            tracing::info!(projection = self.name(), "all indexes are made");
        }
        Ok(())
    }

    /// Applies batch after batch, until something is not as expected.
    async fn follow(&self, batch: usize, ticks: &mut Interval) -> Halt {
        let mut readers = Readers::open(&self.sources, self.state.borrow().checkpoints.values(), batch);
        loop {
            let first = tokio::select! {
                item = readers.next() => item,
                _ = ticks.tick() => {
                    self.report_lag();
                    continue;
                }
            };
            let Batch { runs, others } = Batch::gather(first, &mut readers, batch);
            if let Err(halt) = self.apply(&runs).await {
                return halt;
            }
            for other in others {
                match other {
                    Item::Complete { source, at } => {
                        if let Err(error) = self.end_bulk(source).await {
                            return Halt::Stalled(self.cannot_follow(source, &error));
                        }
                        self.state.send_modify(|state| {
                            state.caught_up.insert(source, true);
                            if let Some(checkpoint) = state.checkpoints.get_mut(source) {
                                checkpoint.complete_up_to = checkpoint.complete_up_to.max(Some(at));
                            }
                        });
                    }
                    Item::Ended { source, error } => return Halt::Stalled(self.cannot_follow(source, &error)),
                    Item::Events(_) => {}
                }
            }
        }
    }

    /// Applies all of it in one transaction; should that fail, one event at a time, to find which one it is.
    async fn apply(&self, runs: &[Run]) -> Result<(), Halt> {
        if runs.is_empty() {
            return Ok(());
        }
        match self.apply_at_once(runs).await {
            Ok(()) => return Ok(()),
            Err(Error::LostRace) => return Err(Halt::Reload),
            Err(Error::EpochChanged { name, applied, actual }) => {
                let error = Error::EpochChanged { name, applied, actual };
                return Err(Halt::Stalled(self.cannot_follow(name, &error)));
            }
            Err(error) => {
                tracing::warn!(
                    projection = self.name(),
                    error = causes(&error),
                    "a batch failed: event by event"
                );
            }
        }
        for run in runs {
            for event in &run.events {
                let one = Run {
                    source: run.source,
                    epoch: run.epoch,
                    events: vec![event.clone()],
                };
                match self.apply_at_once(&[one]).await {
                    Ok(()) => {}
                    Err(Error::LostRace) => return Err(Halt::Reload),
                    Err(error) => {
                        return Err(Halt::Stalled(Stalled {
                            source: run.source,
                            position: event.position,
                            event_id: Some(event.event_id),
                            error: format!("{}: {}", event.kind, causes(&error)),
                            since: Utc::now(),
                        }));
                    }
                }
            }
        }
        Ok(())
    }

    async fn apply_at_once(&self, runs: &[Run]) -> Result<(), Error> {
        let state = self.state.borrow().clone();
        self.patiently(|| batch::apply(&*self.projection, &state.db, &state, runs))
            .await?;
        self.state.send_modify(|state| {
            for run in runs {
                let (Some(last), Some(checkpoint)) = (run.events.last(), state.checkpoints.get_mut(run.source)) else {
                    continue;
                };
                checkpoint.position = last.position;
                checkpoint.epoch = run.epoch.or(checkpoint.epoch);
                checkpoint.complete_up_to = checkpoint.complete_up_to.max(Some(last.recorded_at));
            }
        });
        let count: usize = runs.iter().map(|run| run.events.len()).sum();
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        metrics::counter!("projected_events", "projection" => self.name()).increment(count);
        Ok(())
    }

    /// Says that it stands still, and waits for somebody who does something about it.
    async fn stand_still(&mut self, stalled: Stalled, ticks: &mut Interval) {
        tracing::error!(
            projection = self.name(),
            source = stalled.source,
            position = stalled.position.0,
            error = stalled.error,
            "the projection stands still: retry or skip"
        );
        let db = self.state.borrow().db.clone();
        if let Err(error) = self.patiently(|| store::stall(&db, &stalled)).await {
            tracing::error!(
                projection = self.name(),
                error = causes(&error),
                "cannot record that it stands still"
            );
        }
        self.show(Some(stalled.clone()));
        loop {
            let order = tokio::select! {
                order = self.orders.recv() => order,
                _ = ticks.tick() => {
                    self.report_lag();
                    continue;
                }
            };
            // Without anybody left to give orders, it stands still until it ends.
            let Some((remedy, reply)) = order else {
                return std::future::pending().await;
            };
            let taken = match (remedy, stalled.event_id) {
                (Remedy::Retry, _) => store::go_on(&db).await,
                (Remedy::Skip { reason }, Some(event_id)) => {
                    tracing::warn!(projection = self.name(), %event_id, reason, "an event is skipped");
                    store::skip(&db, &stalled, event_id, &reason).await
                }
                (Remedy::Skip { .. }, None) => Err(Error::Settings(
                    "there is no event to skip: rebuild the projection".into(),
                )),
            };
            let went_on = taken.is_ok();
            if went_on {
                self.show(None);
            }
            // Whoever gave the order may be gone.
            reply.send(taken).ok();
            if went_on {
                return;
            }
        }
    }

    fn show(&self, stalled: Option<Stalled>) {
        let gauge = metrics::gauge!("stalled", "projection" => self.name());
        gauge.set(if stalled.is_some() { 1.0 } else { 0.0 });
        self.state.send_modify(|state| state.stalled = stalled);
    }

    fn cannot_follow(&self, source: &'static str, error: &dyn std::error::Error) -> Stalled {
        let state = self.state.borrow();
        let position = state
            .checkpoints
            .get(source)
            .map_or(Position(0), |checkpoint| checkpoint.position);
        Stalled {
            source,
            position,
            event_id: None,
            error: causes(error),
            since: Utc::now(),
        }
    }

    /// In seconds: how old the views are, per source.
    fn report_lag(&self) {
        for checkpoint in self.state.borrow().checkpoints.values() {
            let Some(at) = checkpoint.complete_up_to else { continue };
            let lag = (Utc::now() - at).to_std().unwrap_or_default().as_secs_f64();
            metrics::gauge!("projection_lag", "projection" => self.name(), "source" => checkpoint.source).set(lag);
        }
    }

    /// Waits as long as the database is away.
    async fn patiently<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let mut pauses = patience();
        loop {
            match attempt().await {
                Err(error) if error.is_transient() => {
                    let pause = pauses.next().unwrap_or(PAUSE);
                    tracing::warn!(projection = self.name(), error = causes(&error), ?pause, "waiting");
                    sleep(pause).await;
                }
                result => return result,
            }
        }
    }

    fn name(&self) -> &'static str {
        self.projection.name()
    }
}

const PAUSE: Duration = Duration::from_secs(1);

fn patience() -> ExponentialBackoff {
    let builder = ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(20))
        .with_max_delay(PAUSE);
    builder.without_max_times().with_jitter().build()
}

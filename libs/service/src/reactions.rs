//! What the reactions of every service have in common: they follow a source from a checkpoint of their own, hold what is
//! about a later day until that day, go on until they are told to stop, and try again what cannot be done now.

use std::{convert::Infallible, future::Future, time::Duration};

use chrono::NaiveDate;
use eventstore::Recorded;
use feed::Source;
use identity::context::today;
use tokio_util::sync::CancellationToken;

use crate::{Error, progress::Progress};

/// Events answered between two checkpoints at the most.
const BATCH: usize = 500;

/// Before trying again what could not be done.
const PAUSE: Duration = Duration::from_secs(1);

/// How often held events are looked at.
const LOOK: Duration = Duration::from_secs(60);

/// What follows from events.
pub trait Answers: Sync {
    /// Names its checkpoints, where a service has several kinds of reaction to one source. Never to be changed.
    const NAME: Option<&'static str> = None;

    /// Does what follows from events, in their order. Each comes at least once.
    fn answer(&self, events: &[Recorded], today: NaiveDate) -> impl Future<Output = Result<(), Error>> + Send;
}

/// What follows from an event that was held until its day.
pub trait AnswersHeld: Sync {
    /// Does what follows from the event, now that its day has come.
    fn answer_held(&self, event: &Recorded, today: NaiveDate) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Follows until `shutdown`, again from its checkpoint whenever it fails.
pub async fn patiently<F>(shutdown: &CancellationToken, follow: impl Fn() -> F)
where
    F: Future<Output = Result<Infallible, Error>>,
{
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            Err(error) = follow() => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, cause, ?PAUSE, "reactions wait");
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// Answers what a source holds, from the checkpoint on.
pub async fn follow<A: Answers>(progress: &Progress, source: &Source, to: &A) -> Result<Infallible, Error> {
    let mut tail = source.tail(progress.checkpoint(&checkpoint::<A>(source)).await?);
    loop {
        let events = tail.next(BATCH).await?;
        answer(progress, source, &events, to, today()).await?;
    }
}

/// Answers some events of a source, and moves the checkpoint behind them.
pub async fn answer<A: Answers>(
    progress: &Progress,
    source: &Source,
    events: &[Recorded],
    to: &A,
    today: NaiveDate,
) -> Result<(), Error> {
    to.answer(events, today).await?;
    if let Some(last) = events.last() {
        progress.advance(&checkpoint::<A>(source), last.position).await?;
    }
    Ok(())
}

fn checkpoint<A: Answers>(source: &Source) -> String {
    match A::NAME {
        Some(name) => format!("{name}/{}", source.name()),
        None => source.name().to_owned(),
    }
}

/// Answers the held events of a source whose day has come, whenever one may have.
pub async fn follow_calendar(progress: &Progress, source: &Source, to: &impl AnswersHeld) -> Result<Infallible, Error> {
    loop {
        answer_held(progress, source, to, today()).await?;
        tokio::time::sleep(LOOK).await;
    }
}

/// Answers the held events of a source whose day has come, in the order of their days.
pub async fn answer_held(
    progress: &Progress,
    source: &Source,
    to: &impl AnswersHeld,
    today: NaiveDate,
) -> Result<(), Error> {
    let due = progress.due(today).await?;
    let events = source.read_at(&due).await?;
    for position in due {
        if let Some(event) = events.iter().find(|event| event.position == position) {
            to.answer_held(event, today).await?;
        }
        progress.release(position).await?;
    }
    Ok(())
}

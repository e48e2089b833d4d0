//! The one task of a store that writes.
//!
//! It takes all appends that wait, up to [`BATCH`], and commits them together: the busier the store, the larger the
//! batches. It holds its own connection, makes a new one when that is lost, and turns callers away, rather than let
//! them wait, while the database is away.

use std::{sync::Arc, time::Duration};

use db::{Connection, Db};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, sleep, timeout},
};

use crate::{
    Append, AppendError, Position, Receipt,
    batch::{self, AtOnce, Head, Outcome},
};

/// How many appends are committed together.
pub(crate) const BATCH: usize = 256;

/// How long a transaction may take before its connection counts as lost.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection that failed within this time may have been lost while nobody used it.
const PROMPT: Duration = Duration::from_secs(1);

/// How long callers wait to learn what became of a commit whose connection was lost.
const DOUBT: Duration = Duration::from_secs(10);

/// An append that waits for its answer.
pub(crate) struct Pending {
    append: Append,
    answer: oneshot::Sender<Result<Receipt, AppendError>>,
    /// The receipt that a commit may have stored; its connection was lost before the answer.
    in_doubt: Option<Receipt>,
}

impl Pending {
    pub(crate) fn new(append: Append) -> (Self, oneshot::Receiver<Result<Receipt, AppendError>>) {
        let (answer, answered) = oneshot::channel();
        (
            Self {
                append,
                answer,
                in_doubt: None,
            },
            answered,
        )
    }

    /// A caller who went away meanwhile gets no answer, and may ask again.
    fn answer(self, answer: Result<Receipt, AppendError>) {
        let answer = answer.map(|receipt| Receipt {
            // Found by its receipt, but stored by this very request.
            replayed: receipt.replayed
                && self
                    .in_doubt
                    .is_none_or(|attempted| attempted.position != receipt.position),
            ..receipt
        });
        let _ = self.answer.send(answer);
    }
}

/// Why a batch was not committed.
enum Failure {
    /// The database is away. Mostly, nothing was stored.
    Away(db::Error),
    /// Nothing was stored: the database refused.
    Refused(db::Error),
    /// The connection was lost during the commit.
    InDoubt(db::Error),
}

impl Failure {
    fn before_commit(error: db::Error) -> Self {
        if matches!(error, db::Error::Unavailable(_) | db::Error::Contended(_)) {
            Self::Away(error)
        } else {
            Self::Refused(error)
        }
    }
}

pub(crate) struct Writer {
    db: Db,
    connection: Option<Connection>,
    /// Where the last batch left the store.
    left_at: Option<Head>,
    queue: mpsc::Receiver<Pending>,
    head: watch::Sender<Position>,
}

impl Writer {
    pub(crate) fn new(db: Db, queue: mpsc::Receiver<Pending>, head: watch::Sender<Position>) -> Self {
        Self {
            db,
            connection: None,
            left_at: None,
            queue,
            head,
        }
    }

    /// Ends when nobody can ask any more, after everything that was asked is answered.
    pub(crate) async fn run(mut self) {
        let mut waiting = Vec::with_capacity(BATCH);
        while self.queue.recv_many(&mut waiting, BATCH).await > 0 {
            self.store(std::mem::take(&mut waiting)).await;
        }
    }

    async fn store(&mut self, mut batch: Vec<Pending>) {
        let held = self.connection.is_some();
        let began = Instant::now();
        let mut result = self.attempt(&mut batch).await;
        if matches!(result, Err(Failure::Away(_))) && held && began.elapsed() < PROMPT {
            // The database may well be there.
            result = self.attempt(&mut batch).await;
        }
        match result {
            Ok(outcome) => self.answer(batch, outcome),
            Err(Failure::Away(error)) => {
                tracing::warn!(error = error_chain(&error), "the event store is not available");
                turn_away(batch, error);
            }
            Err(Failure::InDoubt(error)) => self.settle(batch, error).await,
            Err(Failure::Refused(error)) => self.store_one_by_one(batch, error).await,
        }
    }

    /// Tries the whole batch in one statement, or else in one transaction.
    async fn attempt(&mut self, batch: &mut [Pending]) -> Result<Outcome, Failure> {
        // Taken, and put back only if all went well: whatever goes wrong, the next attempt begins afresh.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => within(self.db.connect(PATIENCE))
                .await
                .map_err(Failure::before_commit)?,
        };
        let appends: Vec<&Append> = batch.iter().map(|pending| &pending.append).collect();
        if let Some(at_once) = self.left_at.take().and_then(|head| AtOnce::after(head, &appends)) {
            match within(at_once.store(&mut connection)).await {
                Ok(true) => {
                    self.connection = Some(connection);
                    self.left_at = Some(at_once.outcome.head);
                    return Ok(at_once.outcome);
                }
                Err(error @ db::Error::Unavailable(_)) => {
                    // It may be stored: another attempt finds its receipts, as does whoever is turned away and asks again.
                    let answers = at_once.outcome.answers;
                    doubt(batch, &answers);
                    return Err(Failure::Away(error));
                }
                // Something is not as expected, and nothing was stored.
                Ok(false) => {}
                Err(error) => tracing::debug!(error = error_chain(&error), "not at once"),
            }
        }
        let (tx, outcome) = within(async {
            let mut tx = connection.begin_write().await?;
            let outcome = batch::write(&mut tx, &appends).await?;
            Ok((tx, outcome))
        })
        .await
        .map_err(Failure::before_commit)?;
        if let Err(error) = within(tx.commit()).await {
            doubt(batch, &outcome.answers);
            return Err(Failure::InDoubt(error));
        }
        self.connection = Some(connection);
        self.left_at = Some(outcome.head);
        Ok(outcome)
    }

    fn answer(&self, batch: Vec<Pending>, outcome: Outcome) {
        // Watchers first: who has an answer may look at the feed at once.
        announce(&self.head, outcome.head.position);
        for (pending, answer) in batch.into_iter().zip(outcome.answers) {
            pending.answer(answer);
        }
    }

    /// Tries again until the receipts tell what became of the commit: those found were stored, the others are now.
    async fn settle(&mut self, mut batch: Vec<Pending>, mut error: db::Error) {
        tracing::warn!(
            error = error_chain(&error),
            "connection lost during a commit: looking for its receipts"
        );
        let until = Instant::now() + DOUBT;
        let mut pause = Duration::from_millis(20);
        while Instant::now() < until {
            match self.attempt(&mut batch).await {
                Ok(outcome) => return self.answer(batch, outcome),
                Err(Failure::Refused(error)) => return Box::pin(self.store_one_by_one(batch, error)).await,
                Err(Failure::Away(latest) | Failure::InDoubt(latest)) => error = latest,
            }
            self.turn_away_for(pause).await;
            pause = (pause * 2).min(Duration::from_millis(500));
        }
        turn_away(batch, error);
    }

    async fn turn_away_for(&mut self, pause: Duration) {
        let pause = sleep(pause);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                () = &mut pause => return,
                Some(pending) = self.queue.recv() => turn_away(vec![pending], db::Error::timed_out()),
            }
        }
    }

    /// One append made the database refuse the whole batch, so each gets a transaction of its own.
    async fn store_one_by_one(&mut self, batch: Vec<Pending>, error: db::Error) {
        if let [_] = batch.as_slice() {
            let answer = refused(batch[0].append.metadata.request_id, error);
            batch
                .into_iter()
                .for_each(|pending| pending.answer(Err(answer.clone())));
            return;
        }
        tracing::warn!(
            error = error_chain(&error),
            "an append was refused: trying its batch one by one"
        );
        for pending in batch {
            Box::pin(self.store(vec![pending])).await;
        }
    }
}

/// Notes what may have been stored.
fn doubt(batch: &mut [Pending], answers: &[Result<Receipt, AppendError>]) {
    for (pending, answer) in batch.iter_mut().zip(answers) {
        if let Ok(receipt) = answer {
            pending.in_doubt = Some(receipt.clone());
        }
    }
}

/// The database's own reason, as an answer.
fn refused(request_id: uuid::Uuid, error: db::Error) -> AppendError {
    match error.unique_constraint() {
        Some("events_event_id_key") => AppendError::EventReused(request_id),
        _ => AppendError::Storage(Arc::new(error)),
    }
}

fn turn_away(batch: Vec<Pending>, error: db::Error) {
    let error = Arc::new(error);
    for pending in batch {
        pending.answer(Err(AppendError::Unavailable(error.clone())));
    }
}

/// Tells watchers of a later head; an earlier one is old news.
pub(crate) fn announce(head: &watch::Sender<Position>, position: Position) {
    head.send_if_modified(|known| {
        let later = position > *known;
        *known = position.max(*known);
        later
    });
}

async fn within<T>(work: impl Future<Output = db::Result<T>>) -> db::Result<T> {
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(db::Error::timed_out()))
}

/// For the log, with its sources.
pub(crate) fn error_chain(error: &db::Error) -> &(dyn std::error::Error + 'static) {
    error
}

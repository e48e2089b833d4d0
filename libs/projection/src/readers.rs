//! All sources of a projection, merged as they come and read ahead while a batch is applied.

use chrono::{DateTime, Utc};
use eventstore::{Position, Recorded};
use feed::Source;
use tokio::{sync::mpsc, task::JoinSet};

use crate::Checkpoint;

/// How many events a source gives at a time, and how many a batch takes before it is applied.
pub(crate) const BATCH: usize = 5_000;

/// The same while views are filled from nothing: a document that several events change is then written once for them.
pub(crate) const BULK: usize = 30_000;

/// What a source says.
#[derive(Debug)]
pub(crate) enum Item {
    Events(Run),
    /// Everything up to this moment was given before.
    Complete {
        source: &'static str,
        at: DateTime<Utc>,
    },
    /// It cannot be followed any further.
    Ended {
        source: &'static str,
        error: feed::Error,
    },
}

/// Consecutive events of one source.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) source: &'static str,
    pub(crate) epoch: Option<i64>,
    pub(crate) events: Vec<Recorded>,
}

/// The sources, each followed from its checkpoint by a task of its own.
#[derive(Debug)]
pub(crate) struct Readers {
    items: mpsc::Receiver<Item>,
    /// Ends them when dropped.
    _tasks: JoinSet<()>,
}

impl Readers {
    pub(crate) fn open<'a>(
        sources: &[Source],
        checkpoints: impl Iterator<Item = &'a Checkpoint> + Clone,
        batch: usize,
    ) -> Self {
        let (sender, items) = mpsc::channel(sources.len().max(1));
        let mut tasks = JoinSet::new();
        for source in sources {
            let after = checkpoints
                .clone()
                .find(|checkpoint| checkpoint.source == source.name());
            let after = after.map_or(Position(0), |checkpoint| checkpoint.position);
            tasks.spawn(read(source.clone(), after, batch, sender.clone()));
        }
        Self { items, _tasks: tasks }
    }

    /// The next item, whenever it comes.
    pub(crate) async fn next(&mut self) -> Item {
        match self.items.recv().await {
            Some(item) => item,
            // A projection without sources has nothing to wait for.
            None => std::future::pending().await,
        }
    }

    /// An item that is here already.
    pub(crate) fn arrived(&mut self) -> Option<Item> {
        self.items.try_recv().ok()
    }
}

async fn read(source: Source, after: Position, batch: usize, sender: mpsc::Sender<Item>) {
    let name = source.name();
    let mut tail = source.tail(after);
    let mut complete = tail.complete_up_to();
    loop {
        let item = tokio::select! {
            events = tail.next(batch) => match events {
                Ok(events) => Item::Events(Run { source: name, epoch: tail.epoch(), events }),
                Err(error) => {
                    sender.send(Item::Ended { source: name, error }).await.ok();
                    return;
                }
            },
            Ok(()) = complete.changed() => match *complete.borrow_and_update() {
                Some(at) => Item::Complete { source: name, at },
                None => continue,
            },
        };
        if sender.send(item).await.is_err() {
            return;
        }
    }
}

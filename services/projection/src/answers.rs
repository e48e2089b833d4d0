//! Reports that are still right: kept in memory for as long as nothing was recorded that could change them.
//!
//! A report of a whole trust reads many rows, and is opened, filtered and taken away several times before anything new is
//! recorded. So it is kept under all that it depends on: what was asked for, how small counts are treated for its reader,
//! the day, how far every source and the roster have been read, and the build that was read. Access is checked, and what
//! the reader has just recorded is waited for, before it is looked up. How far sources were read is taken before the rows
//! are: what is kept may be newer than it says, never older.
//! Nothing kept names anybody.

use std::{hash::Hash, sync::Arc, time::Duration};

use api::projection::v1::{EmergentNeeds, EntitlementReport, ImpactReport, LinkReport, PriorityReport};
use eventstore::Position;
use moka::future::Cache;
use service::Error;
use uuid::Uuid;

use crate::{
    compact::{self, Day},
    definitions::Reporting,
    development::Ask,
    link_report::Scope,
    suppression::Suppression,
    views::Views,
};

/// Reports of one kind that are kept at once.
const MOST: u64 = 500;

/// How long one is kept that nobody asks for.
const IDLE: Duration = Duration::from_secs(600);

/// What was asked for, and how things stood.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Question<Q> {
    asked: Q,
    build: i64,
    /// Of every source: its name, epoch and position.
    read: Vec<(&'static str, Option<i64>, Position)>,
    roster: Position,
    today: Day,
}

/// Answers to questions of one kind.
pub(crate) type Kept<Q, A> = Cache<Question<Q>, Arc<A>>;

/// All that is kept. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Answers {
    pub(crate) link: Kept<(Scope, Suppression, Reporting), LinkReport>,
    pub(crate) impact: Kept<(Scope, Suppression, bool), ImpactReport>,
    pub(crate) needs: Kept<(Ask, Suppression, i32), EmergentNeeds>,
    pub(crate) entitlement: Kept<(Ask, Suppression), EntitlementReport>,
    pub(crate) priorities: Kept<(Ask, Suppression, Option<Uuid>, bool), PriorityReport>,
}

impl Answers {
    pub(crate) fn none() -> Self {
        Self {
            link: empty(),
            impact: empty(),
            needs: empty(),
            entitlement: empty(),
            priorities: empty(),
        }
    }
}

fn empty<Q, A>() -> Kept<Q, A>
where
    Q: Hash + Eq + Send + Sync + 'static,
    A: Send + Sync + 'static,
{
    Cache::builder().max_capacity(MOST).time_to_idle(IDLE).build()
}

impl Views {
    /// The answer that is kept, else the one that is made.
    pub(crate) async fn answer<Q, A>(
        &self,
        kept: &Kept<Q, A>,
        asked: Q,
        make: impl Future<Output = Result<A, Error>>,
    ) -> Result<A, Error>
    where
        Q: Hash + Eq + Send + Sync + 'static,
        A: Clone + Send + Sync + 'static,
    {
        let question = Question {
            asked,
            build: self.handle.build(),
            read: self
                .handle
                .checkpoints()
                .into_iter()
                .map(|known| (known.source, known.epoch, known.position))
                .collect(),
            roster: self.gate.roster().position(),
            today: compact::day_of(identity::context::today()),
        };
        if let Some(answer) = kept.get(&question).await {
            return Ok(A::clone(&answer));
        }
        let answer = make.await?;
        kept.insert(question, Arc::new(answer.clone())).await;
        Ok(answer)
    }
}

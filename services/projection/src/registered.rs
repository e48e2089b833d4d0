//! What the projection is made of beside its core: documents on the shelf, and tables of single views.
//!
//! A view is a module of its own with a gRPC service of its own, answered by [`Views`](crate::Views). Mostly it needs no
//! table: it reads documents from the [`shelf`](crate::shelf) and joins them when it is asked. A view that counts what
//! no document holds brings tables ([`Tables`]) and folds events into them itself.

use db::{Migration, Tx};
use eventstore::Recorded;

use crate::{
    development::ledger::Book,
    documents::{
        Activity, AuditWave, CoachingAsk, Document, Enquiry, EvaluationPlan, Feedback, LearningRecord, LearningWalk,
        Metric, Need, Partnership, Provider, Session, Spending, SupportAsk,
    },
    fold,
    rows::Error,
    shelf,
    workload::counts::Counters,
};

/// Tables of a view's own.
///
/// What is folded into them must come out the same however the services' logs interleave: each row from one service's
/// events alone, or from sums. Every table has a `trust_id`: on PostgreSQL its rows are guarded like all others.
pub(crate) trait Tables {
    /// The statements that make them, with a comment on each that says what a row is.
    const SQL: &'static str;
    /// Each with its key, by which its rows are compared and counted.
    const KEYS: &'static [(&'static str, &'static str)];

    /// Takes in consecutive events of one service.
    async fn apply(tx: &mut Tx<'_>, source: &str, events: &[Recorded]) -> Result<(), Error>;
}

macro_rules! documents {
    (shelved: $($document:ty),*; telling: $($telling:ty),*;) => {
        /// Folds events into the documents on the shelf, and tells threads what these say of them.
        pub(crate) async fn shelve(tx: &mut Tx<'_>, source: &str, events: &[Recorded]) -> Result<(), Error> {
            $(
                if <$document as Document>::SOURCE == source {
                    shelf::fold::<$document>(tx, events).await?;
                }
            )*
            $(
                if <$telling as Document>::SOURCE == source {
                    fold::tell::<$telling>(tx, events).await?;
                }
            )*
            Ok(())
        }
    };
}

macro_rules! tables {
    ($($version:literal: $tables:ty),* $(,)?) => {
        /// The tables of single views, after those of the core.
        pub(crate) const MIGRATIONS: &[Migration] =
            &[$(Migration::new($version, stringify!($tables), <$tables as Tables>::SQL)),*];

        /// Each with its key.
        pub(crate) fn keys() -> Vec<(&'static str, &'static str)> {
            let keys: &[&[(&'static str, &'static str)]] = &[$(<$tables as Tables>::KEYS),*];
            keys.concat()
        }

        /// Folds events into the tables of single views.
        pub(crate) async fn tabulate(tx: &mut Tx<'_>, source: &str, events: &[Recorded]) -> Result<(), Error> {
            $(<$tables as Tables>::apply(tx, source, events).await?;)*
            Ok(())
        }
    };
}

documents! {
    shelved: LearningWalk, Session, SupportAsk, CoachingAsk, Need, Activity, Provider, AuditWave, Metric, Spending;
    telling: LearningRecord, Partnership, Enquiry, Feedback, EvaluationPlan;
}

// Numbered from 10 on, each number once.
tables! {
    10: Book,
    20: Counters,
}

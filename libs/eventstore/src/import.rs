//! Histories that were decided elsewhere, each append with the moment at which it was recorded: for simulation, and for
//! moving a trust from one place to another. In bulk, and by the same rules as any append.

use chrono::{DateTime, Utc};

use crate::{Append, AppendError, EventStore, Position, batch};

/// An append of the past.
#[derive(Clone, Debug)]
pub struct Past {
    pub append: Append,
    /// When it was recorded, to the microsecond.
    pub recorded_at: DateTime<Utc>,
}

/// Why nothing was imported.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ImportError {
    /// A store's clock never goes back.
    #[error("an append of {recorded_at} cannot follow one of {after}")]
    OutOfOrder {
        recorded_at: DateTime<Utc>,
        after: DateTime<Utc>,
    },
    /// An append does not fit its streams, or the database failed.
    #[error("an append cannot be imported")]
    Append(#[from] AppendError),
}

impl From<db::Error> for ImportError {
    fn from(error: db::Error) -> Self {
        Self::Append(error.into())
    }
}

impl EventStore {
    /// Stores appends of the past in their order, all or none, and says where the store is then. Tens of thousands are
    /// fine. None of their requests may be known: an import is not repeated, as appends are.
    pub async fn import(&self, past: &[Past]) -> Result<Position, ImportError> {
        let mut tx = self.db().begin_write().await?;
        let head = batch::write_past(&mut tx, past).await?;
        tx.commit().await?;
        self.announce(head);
        Ok(head)
    }
}

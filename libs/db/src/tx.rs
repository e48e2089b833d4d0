//! Transactions, and a connection of one's own.

use std::time::Duration;

use sqlx::{ConnectOptions, Connection as _, PgConnection, Postgres, Sqlite, Transaction};

use crate::{Db, Lite, Result};

const BEGIN_READ_PG: &str = "begin isolation level repeatable read read only";
const BEGIN_WRITE_LITE: &str = "begin immediate";

/// A transaction. Dropped without [`commit`](Self::commit), it is rolled back.
///
/// After a failed statement nothing more can be done in it on PostgreSQL: leave it with `?`.
pub enum Tx<'c> {
    Pg(Transaction<'c, Postgres>),
    Lite(Transaction<'c, Sqlite>),
}

impl Db {
    /// Begins to read: everything read in it is of the same moment.
    pub async fn begin_read(&self) -> Result<Tx<'static>> {
        Ok(match self {
            Self::Pg(pool) => Tx::Pg(pool.begin_with(BEGIN_READ_PG).await?),
            Self::Lite(lite) => Tx::Lite(lite.readers.begin().await?),
        })
    }

    /// Begins to write. SQLite has one writer at a time: callers queue here, and nothing fails half-way for a lock.
    pub async fn begin_write(&self) -> Result<Tx<'static>> {
        Ok(match self {
            Self::Pg(pool) => Tx::Pg(pool.begin().await?),
            Self::Lite(lite) => Tx::Lite(lite.writer.begin_with(BEGIN_WRITE_LITE).await?),
        })
    }

    /// A connection outside of the pool, for a task that writes all the time.
    ///
    /// On PostgreSQL, waits for locks and pauses within a transaction are bounded by `patience`, so that a lost peer
    /// cannot hold a lock for ever. On SQLite it shares the one write connection.
    pub async fn connect(&self, patience: Duration) -> Result<Connection> {
        Ok(match self {
            Self::Pg(pool) => {
                let patience = format!("{}ms", patience.as_millis());
                let options = pool.connect_options().as_ref().clone().options([
                    ("lock_timeout", &patience),
                    ("idle_in_transaction_session_timeout", &patience),
                ]);
                Connection::Pg(options.connect().await?)
            }
            Self::Lite(lite) => Connection::Lite(lite.clone()),
        })
    }
}

/// A connection held by one task. When anything failed on it, drop it and connect again.
pub enum Connection {
    Pg(PgConnection),
    Lite(Lite),
}

impl Connection {
    /// Begins to write, like [`Db::begin_write`].
    pub async fn begin_write(&mut self) -> Result<Tx<'_>> {
        Ok(match self {
            Self::Pg(connection) => Tx::Pg(connection.begin().await?),
            Self::Lite(lite) => Tx::Lite(lite.writer.begin_with(BEGIN_WRITE_LITE).await?),
        })
    }
}

impl Tx<'_> {
    /// Makes everything written lasting. When it fails for a lost connection, whether it was committed is unknown.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Pg(tx) => tx.commit().await?,
            Self::Lite(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Undoes everything written.
    pub async fn rollback(self) -> Result<()> {
        match self {
            Self::Pg(tx) => tx.rollback().await?,
            Self::Lite(tx) => tx.rollback().await?,
        }
        Ok(())
    }
}

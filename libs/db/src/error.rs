//! What can go wrong with a database, told apart by kinds and codes, never by message text.

use sqlx::error::ErrorKind;

/// Why a query, a transaction or a connection failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database is away, busy or shutting down. Nothing is wrong with the request: try again later.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// Two transactions stood in each other's way, and this one was rolled back: try again at once.
    #[error("the transaction was rolled back in favour of another")]
    Contended(#[source] sqlx::Error),
    /// A row with this key exists already. On SQLite, where constraints have no names of their own, it is the name
    /// that PostgreSQL would give: `<table>_pkey` or `<table>_<columns>_key`.
    #[error("unique constraint {constraint} is violated")]
    Unique {
        constraint: String,
        #[source]
        source: sqlx::Error,
    },
    /// A single row was asked for, and there is none.
    #[error("no such row")]
    NoRow,
    /// A column is missing, or is of another type than expected.
    #[error("column {column} cannot be read")]
    Column {
        column: String,
        #[source]
        source: sqlx::Error,
    },
    /// The connection's address or a setting is wrong.
    #[error("invalid database settings: {0}")]
    Settings(String),
    /// A migration that was already applied has another text now.
    #[error("migration {component} {version} was changed after it had been applied")]
    MigrationChanged { component: String, version: i64 },
    /// The database holds a migration, older than the newest known one, which is not known here.
    #[error("migration {component} {version} is applied, but not known")]
    MigrationUnknown { component: String, version: i64 },
    /// A migration failed and was rolled back.
    #[error("migration {component} {version} failed")]
    Migration {
        component: String,
        version: i64,
        #[source]
        source: Box<Error>,
    },
    /// Anything else that the database refused.
    #[error("the database refused the statement")]
    Database(#[source] sqlx::Error),
}

impl Error {
    /// Whether trying the same again later may succeed.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// The database did not answer in time.
    pub fn timed_out() -> Self {
        Self::Unavailable(sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()))
    }

    /// The violated unique constraint, if it is that.
    pub fn unique_constraint(&self) -> Option<&str> {
        match self {
            Self::Unique { constraint, .. } => Some(constraint),
            _ => None,
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match classify(&error) {
            Class::Unavailable => Self::Unavailable(error),
            Class::Contended => Self::Contended(error),
            Class::Unique(constraint) => Self::Unique {
                constraint,
                source: error,
            },
            Class::NoRow => Self::NoRow,
            Class::Other => Self::Database(error),
        }
    }
}

enum Class {
    Unavailable,
    Contended,
    Unique(String),
    NoRow,
    Other,
}

fn classify(error: &sqlx::Error) -> Class {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Class::Unavailable,
        sqlx::Error::RowNotFound => Class::NoRow,
        sqlx::Error::Database(database) => {
            if let Some(postgres) = database.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
                return match postgres.code() {
                    "23505" => Class::Unique(postgres.constraint().unwrap_or_default().to_owned()),
                    // Serialization failure, deadlock.
                    "40001" | "40P01" => Class::Contended,
                    // Administrator's or crash shutdown, starting up, database dropped, idle or lock time-out,
                    // read-only after a failover.
                    "57P01" | "57P02" | "57P03" | "57P04" | "57P05" | "25P03" | "55P03" | "25006" => Class::Unavailable,
                    // Connection exceptions, insufficient resources.
                    code if code.starts_with("08") || code.starts_with("53") => Class::Unavailable,
                    _ => Class::Other,
                };
            }
            let extended: i64 = database.code().and_then(|code| code.parse().ok()).unwrap_or_default();
            match extended & 0xff {
                // Busy, locked, I/O error, disk full, cannot open.
                5 | 6 | 10 | 13 | 14 => Class::Unavailable,
                _ if database.kind() == ErrorKind::UniqueViolation => {
                    const PRIMARY_KEY: i64 = 1555;
                    Class::Unique(lite_constraint(database.message(), extended == PRIMARY_KEY))
                }
                _ => Class::Other,
            }
        }
        _ => Class::Other,
    }
}

/// SQLite names a violated constraint by its columns, `… failed: events.stream_id, events.version`, and nowhere else.
/// That it is a unique violation is already known from the code.
fn lite_constraint(message: &str, primary_key: bool) -> String {
    let columns = message.rsplit_once(": ").map_or(message, |(_, columns)| columns);
    let table = columns.split_once('.').map_or(columns, |(table, _)| table);
    if primary_key {
        return format!("{table}_pkey");
    }
    let names = columns
        .split(", ")
        .map(|column| column.split_once('.').map_or(column, |(_, name)| name));
    format!("{table}_{}_key", names.collect::<Vec<_>>().join("_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lite_constraints_are_named_like_those_of_postgres() {
        let unique = "UNIQUE constraint failed: events.stream_id, events.version";
        assert_eq!(lite_constraint(unique, false), "events_stream_id_version_key");
        assert_eq!(lite_constraint("UNIQUE constraint failed: head.id", true), "head_pkey");
    }

    #[test]
    fn lost_connections_are_unavailable() {
        let lost = sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert!(Error::from(lost).is_unavailable());
        assert!(Error::from(sqlx::Error::PoolTimedOut).is_unavailable());
        assert!(!Error::from(sqlx::Error::Protocol("connection refused".into())).is_unavailable());
    }
}

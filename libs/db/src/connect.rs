//! Opening a database.

use std::{str::FromStr, time::Duration};

use sqlx::{
    Connection as _, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use crate::{Error, Result, sql};

/// A database: PostgreSQL, one schema of it, or one SQLite file. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    Pg(PgPool),
    Lite(Lite),
}

/// A SQLite file: one connection that writes, several that read.
#[derive(Clone, Debug)]
pub struct Lite {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

/// Which database, and how many connections to it.
#[derive(Clone, Debug)]
pub struct Options {
    url: String,
    schema: Option<String>,
    connections: u32,
    patience: Duration,
    synchronous: SqliteSynchronous,
}

impl Options {
    /// `postgres://user:password@host:port/database?schema=name`, or `sqlite:path`.
    pub fn new(url: impl Into<String>) -> Self {
        let url = url.into();
        let (url, schema) = take_schema(&url);
        Self {
            url,
            schema,
            connections: 8,
            patience: Duration::from_secs(5),
            synchronous: SqliteSynchronous::Full,
        }
    }

    /// The schema on PostgreSQL, made if it is missing and alone in the search path. SQLite knows none.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// How many connections to PostgreSQL, or readers of a SQLite file. 8 unless set.
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections;
        self
    }

    /// How long to wait for a connection, or for SQLite's lock, before the database counts as unavailable. 5 s unless set.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// For what can be made again: SQLite no longer waits for the disk at every commit. After a power cut the last
    /// commits may be gone, never a part of one.
    pub fn rebuildable(mut self) -> Self {
        self.synchronous = SqliteSynchronous::Normal;
        self
    }
}

impl FromStr for Options {
    type Err = Error;

    fn from_str(url: &str) -> Result<Self> {
        let options = Self::new(url);
        match scheme(&options.url) {
            Some(_) => Ok(options),
            None => Err(unknown_scheme()),
        }
    }
}

impl From<&Options> for Options {
    fn from(options: &Options) -> Self {
        options.clone()
    }
}

impl From<&str> for Options {
    fn from(url: &str) -> Self {
        Self::new(url)
    }
}

impl From<String> for Options {
    fn from(url: String) -> Self {
        Self::new(url)
    }
}

enum Scheme {
    Postgres,
    Sqlite,
}

fn scheme(url: &str) -> Option<Scheme> {
    match url.split_once(':')?.0 {
        "postgres" | "postgresql" => Some(Scheme::Postgres),
        "sqlite" => Some(Scheme::Sqlite),
        _ => None,
    }
}

fn unknown_scheme() -> Error {
    Error::Settings("the database's address must begin with postgres: or sqlite:".into())
}

/// Takes our own `schema=` out of the address's query.
fn take_schema(url: &str) -> (String, Option<String>) {
    let Some((base, query)) = url.split_once('?') else {
        return (url.to_owned(), None);
    };
    let schema = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("schema="))
        .map(str::to_owned);
    let rest: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("schema=")).collect();
    let url = if rest.is_empty() {
        base.to_owned()
    } else {
        format!("{base}?{}", rest.join("&"))
    };
    (url, schema)
}

impl Db {
    /// Connects. [`Error::Unavailable`] when the database is away.
    pub async fn open(options: impl Into<Options>) -> Result<Self> {
        let options = options.into();
        match scheme(&options.url) {
            Some(Scheme::Postgres) => open_postgres(&options).await.map(Self::Pg),
            Some(Scheme::Sqlite) => open_sqlite(&options).await.map(Self::Lite),
            None => Err(unknown_scheme()),
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        sql!("select 1").fetch_one::<(i64,)>(self).await.map(|_| ())
    }

    /// Empties SQLite's write-ahead log into the file, so that what was deleted is gone from both. PostgreSQL clears
    /// away deleted rows by itself (vacuum).
    pub async fn forget_deleted(&self) -> Result<()> {
        if let Self::Lite(lite) = self {
            sqlx::query("pragma wal_checkpoint(truncate)")
                .execute(&lite.writer)
                .await?;
        }
        Ok(())
    }

    /// Closes all connections, after waiting for those in use.
    pub async fn close(&self) {
        match self {
            Self::Pg(pool) => pool.close().await,
            Self::Lite(lite) => {
                lite.readers.close().await;
                lite.writer.close().await;
            }
        }
    }
}

async fn open_postgres(options: &Options) -> Result<PgPool> {
    // Used so recently that it need not be tried again.
    const FRESH: Duration = Duration::from_millis(100);
    let mut connect = PgConnectOptions::from_str(&options.url).map_err(settings)?;
    if let Some(schema) = &options.schema {
        check_schema_name(schema)?;
        connect = connect.options([("search_path", schema)]);
    }
    // A first connection by hand: the pool would go on trying until its patience ends.
    sqlx::PgConnection::connect_with(&connect).await?.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(options.patience)
        .test_before_acquire(false)
        .before_acquire(|connection, metadata| {
            Box::pin(async move { Ok(metadata.idle_for < FRESH || connection.ping().await.is_ok()) })
        })
        .connect_with(connect)
        .await?;
    if let Some(schema) = &options.schema {
        create_schema(&pool, schema).await?;
    }
    Ok(pool)
}

async fn create_schema(pool: &PgPool, schema: &str) -> Result<()> {
    let db = Db::Pg(pool.clone());
    let exists = || sql!("select 1 from pg_namespace where nspname = $1", schema);
    if exists().fetch_optional::<(i64,)>(&db).await?.is_some() {
        return Ok(());
    }
    let mut tx = db.begin_write().await?;
    // Two at once would collide in the catalogue, in spite of `if not exists`.
    sql!("select 1 from pg_advisory_xact_lock(hashtext($1))", schema)
        .fetch_one::<(i64,)>(&mut tx)
        .await?;
    crate::Query::composed(format!("create schema if not exists \"{schema}\""), Vec::new(), false)
        .execute(&mut tx)
        .await?;
    tx.commit().await
}

fn check_schema_name(name: &str) -> Result<()> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    let plain = name
        .chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if starts_well && plain && name.len() < 64 {
        Ok(())
    } else {
        Err(Error::Settings(format!(
            "{name:?} is no plain schema name (a-z, 0-9, _)"
        )))
    }
}

async fn open_sqlite(options: &Options) -> Result<Lite> {
    let common = SqliteConnectOptions::from_str(&options.url)
        .map_err(settings)?
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(options.patience)
        .synchronous(options.synchronous)
        // Erased means erased: freed pages are overwritten.
        .pragma("secure_delete", "on")
        // Without it `insert or replace` would pass by triggers that refuse deletion.
        .pragma("recursive_triggers", "on")
        .statement_cache_capacity(256)
        .row_buffer_size(1024);
    let pool = || {
        SqlitePoolOptions::new()
            .acquire_timeout(options.patience)
            .test_before_acquire(false)
            .idle_timeout(None)
            .max_lifetime(None)
    };
    let writer = common.clone().journal_mode(SqliteJournalMode::Wal);
    let writer = pool()
        .min_connections(1)
        .max_connections(1)
        .connect_with(writer)
        .await?;
    let readers = common.pragma("query_only", "on");
    let readers = pool().max_connections(options.connections).connect_lazy_with(readers);
    Ok(Lite { writer, readers })
}

fn settings(error: sqlx::Error) -> Error {
    Error::Settings(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_is_taken_from_the_address() {
        let options = Options::new("postgres://localhost/throughline?schema=observations&sslmode=disable");
        assert_eq!(options.schema.as_deref(), Some("observations"));
        assert_eq!(options.url, "postgres://localhost/throughline?sslmode=disable");
    }

    #[test]
    fn schema_names_are_plain() {
        assert!(check_schema_name("observations_2").is_ok());
        assert!(check_schema_name("a\"; drop schema public").is_err());
        assert!(check_schema_name("").is_err());
    }

    #[test]
    fn other_databases_are_refused() {
        assert!("mysql://localhost".parse::<Options>().is_err());
    }
}

//! Forward-only migrations, each applied once and held to its text.

use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

use crate::{Db, Error, Result, Tx, sql};

/// One step of a schema. Steps are never changed or taken back, only followed by others.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// Counted from 1 within its component.
    pub version: i64,
    /// What it makes, for people.
    pub name: &'static str,
    /// What it runs.
    pub sql: Script,
}

/// The statements of a migration.
#[derive(Clone, Copy, Debug)]
pub enum Script {
    /// The same for both, with `{uuid}`, `{instant}` … for column types, as listed for the crate.
    Both(&'static str),
    /// Where the two differ by more than names: triggers, for example.
    Each { pg: &'static str, lite: &'static str },
}

impl Migration {
    /// A migration whose text holds for both databases.
    pub const fn new(version: i64, name: &'static str, sql: &'static str) -> Self {
        Self {
            version,
            name,
            sql: Script::Both(sql),
        }
    }

    /// A migration with a text of its own for each database.
    pub const fn each(version: i64, name: &'static str, pg: &'static str, lite: &'static str) -> Self {
        Self {
            version,
            name,
            sql: Script::Each { pg, lite },
        }
    }

    fn checksum(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        match self.sql {
            Script::Both(text) => hash.update(text),
            Script::Each { pg, lite } => {
                hash.update(pg);
                hash.update([0]);
                hash.update(lite);
            }
        }
        hash.finalize().into()
    }
}

const TYPES: [(&str, &str, &str); 9] = [
    ("{uuid}", "uuid", "blob"),
    ("{instant}", "timestamptz", "integer"),
    ("{date}", "date", "text"),
    ("{i64}", "bigint", "integer"),
    ("{i32}", "integer", "integer"),
    ("{f64}", "double precision", "real"),
    ("{bool}", "boolean", "integer"),
    ("{bytes}", "bytea", "blob"),
    ("{strict}", "", "strict"),
];

impl Db {
    /// Applies what is missing, all in one transaction. Several processes may do so at once.
    ///
    /// `component` names whose migrations these are, since several may share a schema or file. Migrations newer than
    /// those known here are left alone: an older program may run beside a newer one.
    pub async fn migrate(&self, component: &str, migrations: &[Migration]) -> Result<()> {
        let mut tx = self.begin_write().await?;
        if let Tx::Pg(_) = tx {
            sql!("select 1 from pg_advisory_xact_lock(hashtext('migrations ' || current_schema()))")
                .fetch_one::<(i64,)>(&mut tx)
                .await?;
        }
        run_script(&mut tx, MIGRATIONS_TABLE).await?;
        let applied: Vec<(i64, Vec<u8>)> = sql!(
            "select version, checksum from migrations where component = $1 order by version",
            component
        )
        .fetch_all(&mut tx)
        .await?;
        let newest = migrations
            .iter()
            .map(|migration| migration.version)
            .max()
            .unwrap_or_default();
        for (version, checksum) in &applied {
            match migrations.iter().find(|migration| migration.version == *version) {
                Some(migration) if migration.checksum() != **checksum => {
                    return Err(Error::MigrationChanged {
                        component: component.to_owned(),
                        version: *version,
                    });
                }
                None if *version < newest => {
                    return Err(Error::MigrationUnknown {
                        component: component.to_owned(),
                        version: *version,
                    });
                }
                _ => {}
            }
        }
        let mut pending: Vec<_> = migrations
            .iter()
            .filter(|migration| !applied.iter().any(|(version, _)| *version == migration.version))
            .collect();
        pending.sort_by_key(|migration| migration.version);
        for migration in pending {
            apply(&mut tx, component, migration)
                .await
                .map_err(|error| match error {
                    unavailable @ Error::Unavailable(_) => unavailable,
                    error => Error::Migration {
                        component: component.to_owned(),
                        version: migration.version,
                        source: Box::new(error),
                    },
                })?;
        }
        tx.commit().await
    }
}

const MIGRATIONS_TABLE: Script = Script::Both(
    "create table if not exists migrations (
       -- One row: a migration that was applied.
       component text not null,
       version {i64} not null,
       name text not null,
       checksum {bytes} not null,
       applied_at {instant} not null,
       primary key (component, version)
     ) {strict};",
);

async fn apply(tx: &mut Tx<'_>, component: &str, migration: &Migration) -> Result<()> {
    run_script(tx, migration.sql).await?;
    sql!(
        "insert into migrations (component, version, name, checksum, applied_at)
         values ($1, $2, $3, $4, $5)",
        component,
        migration.version,
        migration.name,
        migration.checksum(),
        chrono::Utc::now()
    )
    .execute(tx)
    .await
    .map(|_| ())
}

async fn run_script(tx: &mut Tx<'_>, script: Script) -> Result<()> {
    let text = match (script, &tx) {
        (Script::Both(text), Tx::Pg(_)) => TYPES
            .iter()
            .fold(text.to_owned(), |text, (word, pg, _)| text.replace(word, pg)),
        (Script::Both(text), Tx::Lite(_)) => TYPES
            .iter()
            .fold(text.to_owned(), |text, (word, _, lite)| text.replace(word, lite)),
        (Script::Each { pg, .. }, Tx::Pg(_)) => pg.to_owned(),
        (Script::Each { lite, .. }, Tx::Lite(_)) => lite.to_owned(),
    };
    match tx {
        Tx::Pg(tx) => sqlx::raw_sql(AssertSqlSafe(text))
            .execute(&mut **tx)
            .await
            .map(|_| ())?,
        Tx::Lite(tx) => sqlx::raw_sql(AssertSqlSafe(text))
            .execute(&mut **tx)
            .await
            .map(|_| ())?,
    }
    Ok(())
}

//! Tables that are filled from nothing: without their indexes, and on PostgreSQL without a log, until they are complete.
//!
//! Rows go in several times faster so. What was put off is written down in the database itself, so that a process that
//! was ended meanwhile finds it again: until [`Db::end_bulk`], a crash of the server may empty such tables.

use sqlx::AssertSqlSafe;

use crate::{Db, Migration, Result, Rows, Tx, sql};

const COMPONENT: &str = "bulk";

const MIGRATIONS: &[Migration] = &[Migration::new(
    1,
    "what was put off",
    "
    create table put_off (
      -- One row: an index to be made again, or a table to be logged again, once the tables are filled.
      statement text primary key,
      -- Tables before indexes, which are then made once.
      is_index {bool} not null
    ) {strict};
    ",
)];

/// Indexes that are no constraints, with the statements that make them.
const INDEXES_PG: &str = "
    select format('drop index %I', c.relname), pg_get_indexdef(i.indexrelid)
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    where c.relnamespace = current_schema()::regnamespace
      and not exists (select 1 from pg_constraint k where k.conindid = i.indexrelid)
    order by 1";
const INDEXES_LITE: &str = "
    select 'drop index \"' || name || '\"', sql from sqlite_master where type = 'index' and sql is not null order by 1";

/// Tables that may go without a log.
const TABLES_PG: &str = "
    select format('alter table %I set unlogged', relname), format('alter table %I set logged', relname)
    from pg_class
    where relnamespace = current_schema()::regnamespace and relkind = 'r' and relpersistence = 'p'
      and relname not in ('put_off', 'migrations')
    order by 1";

impl Db {
    /// Puts off the indexes of all tables in this schema or file, and on PostgreSQL their log.
    pub async fn begin_bulk(&self) -> Result<()> {
        self.migrate(COMPONENT, MIGRATIONS).await?;
        let mut tx = self.begin_write().await?;
        let (indexes, tables) = match tx {
            Tx::Pg(_) => (INDEXES_PG, TABLES_PG),
            Tx::Lite(_) => (INDEXES_LITE, ""),
        };
        let mut steps: Vec<(String, String, bool)> = Vec::new();
        for (list, is_index) in [(indexes, true), (tables, false)] {
            if !list.is_empty() {
                let found: Vec<(String, String)> = sql!(list).fetch_all(&mut tx).await?;
                steps.extend(found.into_iter().map(|(now, later)| (now, later, is_index)));
            }
        }
        Rows::of("put_off")
            .column("statement", steps.iter().map(|(_, later, _)| later.as_str()))
            .column("is_index", steps.iter().map(|(.., is_index)| *is_index))
            .insert_missing(&mut tx)
            .await?;
        for (now, ..) in &steps {
            run(&mut tx, now).await?;
        }
        tx.commit().await
    }

    /// Makes up for what was put off. Says whether anything was.
    pub async fn end_bulk(&self) -> Result<bool> {
        self.migrate(COMPONENT, MIGRATIONS).await?;
        let mut tx = self.begin_write().await?;
        let steps: Vec<(String,)> = sql!("select statement from put_off order by is_index, statement")
            .fetch_all(&mut tx)
            .await?;
        for (step,) in &steps {
            run(&mut tx, step).await?;
        }
        sql!("delete from put_off").execute(&mut tx).await?;
        if !steps.is_empty() {
            run(&mut tx, "analyze").await?;
        }
        tx.commit().await?;
        Ok(!steps.is_empty())
    }
}

/// Runs a statement that the database itself put together.
async fn run(tx: &mut Tx<'_>, statement: &str) -> Result<()> {
    let statement = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
    match tx {
        Tx::Pg(tx) => statement.execute(&mut **tx).await.map(drop)?,
        Tx::Lite(tx) => statement.execute(&mut **tx).await.map(drop)?,
    }
    Ok(())
}

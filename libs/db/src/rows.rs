//! Many rows at once, column by column: one call a table, however many rows.

use crate::{Query, Result, ToValue, Tx, Type, Value, copy};

/// Rows to be written to one table.
///
/// ```no_run
/// # async fn write(threads: &[(uuid::Uuid, Option<chrono::NaiveDate>)], tx: &mut db::Tx<'_>) -> db::Result<()> {
/// db::Rows::of("threads")
///     .column("follow_up_id", threads.iter().map(|(id, _)| id))
///     .column("due_on", threads.iter().map(|(_, due_on)| due_on))
///     .upsert(&["follow_up_id"], tx)
///     .await
/// # }
/// ```
///
/// Runs as `insert … select from unnest(…)` on PostgreSQL, and as inserts of 250 rows on SQLite. A row may come once
/// only in an upsert. All columns must be of the same length: a shorter one is a mistake in code, and panics.
pub struct Rows {
    table: &'static str,
    columns: Vec<Column>,
}

struct Column {
    name: &'static str,
    of: Type,
    values: Vec<Value>,
}

/// What to do about rows that exist already.
enum Existing<'a> {
    Refuse,
    Keep,
    Replace { key: &'a [&'a str] },
}

/// How many rows one statement takes: enough to make the statement's own cost vanish.
const PG_ROWS: usize = 10_000;
/// For fewer rows, `copy` takes more journeys than it saves time.
const WORTH_COPYING: usize = 500;
const LITE_ROWS: usize = 250;
/// So few rows are common, so their statements are worth being kept.
const LITE_FEW_ROWS: usize = 4;

impl Rows {
    /// No rows yet, for that table.
    pub fn of(table: &'static str) -> Self {
        Self {
            table,
            columns: Vec::new(),
        }
    }

    /// Adds a column: its value in every row.
    pub fn column<T: ToValue>(mut self, name: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<Value> = values.into_iter().map(T::to_value).collect();
        if let Some(first) = self.columns.first() {
            assert_eq!(
                first.values.len(),
                values.len(),
                "column {name} of {} has as many values as the others",
                self.table
            );
        }
        self.columns.push(Column {
            name,
            of: T::TYPE,
            values,
        });
        self
    }

    /// Inserts the rows. One that exists already is an error.
    pub async fn insert(self, tx: &mut Tx<'_>) -> Result<()> {
        self.write(Existing::Refuse, tx).await
    }

    /// Inserts the rows that do not exist yet, by any unique constraint, and leaves the others as they are.
    pub async fn insert_missing(self, tx: &mut Tx<'_>) -> Result<()> {
        self.write(Existing::Keep, tx).await
    }

    /// Inserts the rows, or replaces all columns given of those that exist, by the key's columns.
    pub async fn upsert(self, key: &[&str], tx: &mut Tx<'_>) -> Result<()> {
        self.write(Existing::Replace { key }, tx).await
    }

    /// As one statement for PostgreSQL, whose values begin at that number; more may follow its `from`.
    pub(crate) fn into_insert(self, first: usize) -> (String, Vec<Value>) {
        let text = format!(
            "insert into {} ({}) select * from unnest({})",
            self.table,
            self.names().join(", "),
            self.arrays(first).join(", ")
        );
        let columns = self.columns.into_iter();
        let values = columns.map(|column| Value::Array(column.of, column.values));
        (text, values.collect())
    }

    /// The parameters of an `unnest` of all columns.
    fn arrays(&self, first: usize) -> Vec<String> {
        (first..)
            .zip(&self.columns)
            .map(|(number, column)| format!("${number}::{}[]", column.of.pg_name()))
            .collect()
    }

    /// As [`insert`](Self::insert), for so many rows that their number is what costs: `copy` on PostgreSQL.
    pub async fn load(self, tx: &mut Tx<'_>) -> Result<()> {
        let count = self.columns.first().map_or(0, |column| column.values.len());
        match tx {
            Tx::Pg(connection) if count >= WORTH_COPYING => {
                let columns = self.columns.into_iter();
                let columns = columns.map(|column| (column.name, column.values)).collect();
                copy::rows(self.table, columns, connection).await
            }
            _ => self.write(Existing::Refuse, tx).await,
        }
    }

    async fn write(self, existing: Existing<'_>, tx: &mut Tx<'_>) -> Result<()> {
        let count = self.columns.first().map_or(0, |column| column.values.len());
        let insert = format!("insert into {} ({})", self.table, self.names().join(", "));
        let conflict = self.on_conflict(&existing);
        match tx {
            Tx::Pg(_) => self.write_pg(count, &insert, &conflict, tx).await,
            Tx::Lite(_) => self.write_lite(count, &insert, &conflict, tx).await,
        }
    }

    async fn write_pg(self, count: usize, insert: &str, conflict: &str, tx: &mut Tx<'_>) -> Result<()> {
        let text = format!("{insert} select * from unnest({}){conflict}", self.arrays(1).join(", "));
        let mut columns: Vec<_> = self
            .columns
            .into_iter()
            .map(|column| (column.of, column.values.into_iter()))
            .collect();
        for start in (0..count).step_by(PG_ROWS) {
            let rows = PG_ROWS.min(count - start);
            let arrays = columns
                .iter_mut()
                .map(|(of, values)| Value::Array(*of, values.take(rows).collect()))
                .collect();
            Query::composed(text.clone(), arrays, true).execute(&mut *tx).await?;
        }
        Ok(())
    }

    async fn write_lite(self, count: usize, insert: &str, conflict: &str, tx: &mut Tx<'_>) -> Result<()> {
        let width = self.columns.len();
        let mut columns: Vec<_> = self
            .columns
            .into_iter()
            .map(|column| column.values.into_iter())
            .collect();
        for start in (0..count).step_by(LITE_ROWS) {
            let rows = LITE_ROWS.min(count - start);
            let mut values = Vec::with_capacity(rows * width);
            for _ in 0..rows {
                values.extend(columns.iter_mut().filter_map(Iterator::next));
            }
            let row = format!("({})", vec!["?"; width].join(", "));
            let text = format!("{insert} values {}{conflict}", vec![row; rows].join(", "));
            let persistent = rows == LITE_ROWS || rows <= LITE_FEW_ROWS;
            Query::composed(text, values, persistent).execute(&mut *tx).await?;
        }
        Ok(())
    }

    fn names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|column| column.name).collect()
    }

    fn on_conflict(&self, existing: &Existing<'_>) -> String {
        match existing {
            Existing::Refuse => String::new(),
            Existing::Keep => " on conflict do nothing".to_owned(),
            Existing::Replace { key } => {
                let names = self.names();
                let others = names.iter().filter(|name| !key.contains(name));
                let set: Vec<String> = others.map(|name| format!("{name} = excluded.{name}")).collect();
                let key = key.join(", ");
                if set.is_empty() {
                    format!(" on conflict ({key}) do nothing")
                } else {
                    format!(" on conflict ({key}) do update set {}", set.join(", "))
                }
            }
        }
    }
}

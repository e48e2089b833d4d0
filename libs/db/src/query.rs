//! One SQL text for two databases.

use std::borrow::Cow;

use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, SqlSafeStr, SqlStr, SqliteConnection, postgres::PgArguments,
    sqlite::SqliteArguments,
};

use crate::{Db, Error, FromRow, Lite, Result, Row, ToValue, Tx, Type, Value};

/// A query with its values: `sql!("select name from schools where urn = $1", urn)`.
///
/// Then `.fetch_all(&db)`, `.fetch_optional(&mut tx)`, `.fetch_one(…)` or `.execute(…)`. Statements are prepared once a
/// connection.
#[macro_export]
macro_rules! sql {
    ($text:expr $(, $value:expr)* $(,)?) => {
        $crate::Query::new($text)$(.bind($value))*
    };
}

/// Where a query runs: on any connection of a [`Db`], or within a [`Tx`].
pub struct On<'a>(Target<'a>);

enum Target<'a> {
    PgPool(&'a PgPool),
    Pg(&'a mut PgConnection),
    LitePool(&'a Lite),
    Lite(&'a mut SqliteConnection),
}

impl<'a> From<&'a Db> for On<'a> {
    fn from(db: &'a Db) -> Self {
        Self(match db {
            Db::Pg(pool) => Target::PgPool(pool),
            Db::Lite(lite) => Target::LitePool(lite),
        })
    }
}

impl<'a> From<&'a mut Tx<'_>> for On<'a> {
    fn from(tx: &'a mut Tx<'_>) -> Self {
        Self(match tx {
            Tx::Pg(tx) => Target::Pg(tx),
            Tx::Lite(tx) => Target::Lite(tx),
        })
    }
}

/// A statement and its values, ready to run. Made by [`sql!`](crate::sql).
pub struct Query {
    text: Cow<'static, str>,
    values: Vec<Value>,
    persistent: bool,
}

macro_rules! run {
    ($query:expr, $on:expr, $lite_pool:ident, $method:ident, $native:ident => $result:expr) => {
        match $on.into().0 {
            Target::PgPool(pool) => {
                let (text, arguments, persistent) = $query.into_pg()?;
                let $native = sqlx::query_with(text, arguments)
                    .persistent(persistent)
                    .$method(pool)
                    .await?;
                $result
            }
            Target::Pg(connection) => {
                let (text, arguments, persistent) = $query.into_pg()?;
                let $native = sqlx::query_with(text, arguments)
                    .persistent(persistent)
                    .$method(connection)
                    .await?;
                $result
            }
            Target::LitePool(lite) => {
                let (text, arguments, persistent) = $query.into_lite()?;
                let query = sqlx::query_with(text, arguments).persistent(persistent);
                let $native = query.$method(&lite.$lite_pool).await?;
                $result
            }
            Target::Lite(connection) => {
                let (text, arguments, persistent) = $query.into_lite()?;
                let $native = sqlx::query_with(text, arguments)
                    .persistent(persistent)
                    .$method(connection)
                    .await?;
                $result
            }
        }
    };
}

impl Query {
    /// The statement, without values yet.
    pub fn new(text: &'static str) -> Self {
        Self {
            text: Cow::Borrowed(text),
            values: Vec::new(),
            persistent: true,
        }
    }

    /// A text put together here, from names in code. `persistent` if it will come again.
    pub(crate) fn composed(text: String, values: Vec<Value>, persistent: bool) -> Self {
        Self {
            text: Cow::Owned(text),
            values,
            persistent,
        }
    }

    /// The value of the next `$n`.
    pub fn bind(mut self, value: impl ToValue) -> Self {
        self.values.push(value.to_value());
        self
    }

    /// All rows. On a SQLite [`Db`] this runs on a reader: write with [`execute`](Self::execute) or in a transaction.
    pub async fn fetch_all<'a, T: FromRow>(self, on: impl Into<On<'a>>) -> Result<Vec<T>> {
        run!(self, on, readers, fetch_all, rows => rows.into_iter().map(|row| T::from_row(row.into())).collect())
    }

    /// The first row, if there is one.
    pub async fn fetch_optional<'a, T: FromRow>(self, on: impl Into<On<'a>>) -> Result<Option<T>> {
        run!(self, on, readers, fetch_optional, row => row.map(|row| T::from_row(row.into())).transpose())
    }

    /// The first row; [`Error::NoRow`] if there is none.
    pub async fn fetch_one<'a, T: FromRow>(self, on: impl Into<On<'a>>) -> Result<T> {
        self.fetch_optional(on).await?.ok_or(Error::NoRow)
    }

    /// Runs the statement, and says how many rows it changed.
    pub async fn execute<'a>(self, on: impl Into<On<'a>>) -> Result<u64> {
        run!(self, on, writer, execute, done => Ok(done.rows_affected()))
    }

    fn into_pg(self) -> Result<(SqlStr, PgArguments, bool)> {
        let mut arguments = PgArguments::default();
        for value in self.values {
            value.add_to_pg(&mut arguments)?;
        }
        Ok((sql_str(self.text), arguments, self.persistent))
    }

    fn into_lite(self) -> Result<(SqlStr, SqliteArguments, bool)> {
        let text = for_lite(self.text, &self.values);
        let mut arguments = SqliteArguments::default();
        for value in self.values {
            value.add_to_lite(&mut arguments)?;
        }
        Ok((sql_str(text), arguments, self.persistent))
    }
}

/// Texts come from code alone: values are always bound.
fn sql_str(text: Cow<'static, str>) -> SqlStr {
    match text {
        Cow::Borrowed(text) => text.into_sql_str(),
        Cow::Owned(text) => AssertSqlSafe(text).into_sql_str(),
    }
}

impl From<sqlx::postgres::PgRow> for Row {
    fn from(row: sqlx::postgres::PgRow) -> Self {
        Self::Pg(row)
    }
}

impl From<sqlx::sqlite::SqliteRow> for Row {
    fn from(row: sqlx::sqlite::SqliteRow) -> Self {
        Self::Lite(row)
    }
}

/// Rewrites the few clauses of PostgreSQL that the crate allows.
fn for_lite(text: Cow<'static, str>, values: &[Value]) -> Cow<'static, str> {
    let mut text = text;
    for (index, value) in values.iter().enumerate() {
        if let Value::Array(of, _) = value {
            text = Cow::Owned(array_for_lite(&text, index + 1, *of));
        }
    }
    match text.trim_end().strip_suffix("for update") {
        Some(rest) => Cow::Owned(rest.to_owned()),
        None => text,
    }
}

fn array_for_lite(text: &str, number: usize, of: Type) -> String {
    let element = of.lite_element();
    let elements = format!("(select {element} from json_each(${number}))");
    let text = text
        .replace(&format!("= any(${number})"), &format!("in {elements}"))
        .replace(&format!("<> all(${number})"), &format!("not in {elements}"));
    let unnest = format!("unnest(${number}) as ");
    let mut pieces = text.split(&unnest);
    let mut rewritten = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(piece.len());
        let (name, rest) = piece.split_at(end);
        rewritten += &format!("(select {element} as {name} from json_each(${number})) as {name}{rest}");
    }
    rewritten
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lite(text: &'static str, values: &[Value]) -> String {
        for_lite(text.into(), values).into_owned()
    }

    #[test]
    fn arrays_become_json_on_sqlite() {
        let ids = Value::array([uuid::Uuid::nil()]);
        let names = Value::array(["a"]);
        assert_eq!(
            lite(
                "select 1 from t where id = any($1) and name <> all($2)",
                &[ids.clone(), names]
            ),
            "select 1 from t where id in (select unhex(value) from json_each($1)) \
             and name not in (select value from json_each($2))"
        );
        assert_eq!(
            lite("select id from unnest($1) as id order by id", &[ids]),
            "select id from (select unhex(value) as id from json_each($1)) as id order by id"
        );
    }

    #[test]
    fn row_locks_are_left_out_on_sqlite() {
        assert_eq!(lite("select 1 from head for update", &[]).trim(), "select 1 from head");
    }
}

//! One SQL text for two databases.

use std::borrow::Cow;

use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, SqlSafeStr, SqlStr, SqliteConnection, postgres::PgArguments,
    sqlite::SqliteArguments,
};

use crate::{Connection, Db, Error, FromRow, Lite, Result, Row, Rows, ToValue, Tx, Type, Value};

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

impl<'a> From<&'a mut Connection> for On<'a> {
    fn from(connection: &'a mut Connection) -> Self {
        Self(match connection {
            Connection::Pg(connection) => Target::Pg(connection),
            Connection::Lite(lite) => Target::LitePool(lite),
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

    /// Inserts rows of several tables if this statement changes a row, all or nothing, lasting once it returns. Says
    /// whether it did.
    ///
    /// On PostgreSQL it is one statement, and so one journey and one commit; the statement must have no `returning`.
    pub async fn then_insert(self, rows: Vec<Rows>, on: &mut Connection) -> Result<bool> {
        if let Connection::Lite(_) = on {
            let mut tx = on.begin_write().await?;
            if self.execute(&mut tx).await? == 0 {
                return Ok(false);
            }
            for rows in rows {
                rows.insert(&mut tx).await?;
            }
            tx.commit().await?;
            return Ok(true);
        }
        let mut text = format!("with changed as ({} returning 1)", self.text);
        let mut values = self.values;
        for (number, rows) in rows.into_iter().enumerate() {
            let (insert, more) = rows.into_insert(values.len() + 1);
            text += &format!(", inserted_{number} as ({insert} where exists (select 1 from changed))");
            values.extend(more);
        }
        text += " select count(*) from changed";
        let (changed,): (i64,) = Self::composed(text, values, true).fetch_one(on).await?;
        Ok(changed > 0)
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
            if let Some(Value::Array(next, _)) = values.get(index + 1) {
                text = Cow::Owned(pairs_for_lite(&text, index + 1, [*of, *next]));
            }
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

/// Two arrays side by side: `unnest($1, $2) as name(a, b)`.
fn pairs_for_lite(text: &str, number: usize, of: [Type; 2]) -> String {
    let unnest = format!("unnest(${number}, ${}) as ", number + 1);
    let mut pieces = text.split(&unnest);
    let mut rewritten = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let named = piece.split_once('(').and_then(|(name, rest)| {
            let (columns, rest) = rest.split_once(')')?;
            let (first, second) = columns.split_once(", ")?;
            Some((name, first, second, rest))
        });
        let Some((name, first, second, rest)) = named else {
            rewritten = rewritten + &unnest + piece;
            continue;
        };
        let [one, other] = of.map(Type::lite_element);
        rewritten += &format!(
            "(select {first}, {second} from (select key, {one} as {first} from json_each(${number})) \
             join (select key, {other} as {second} from json_each(${})) using (key)) as {name}{rest}",
            number + 1
        );
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
    fn two_arrays_go_side_by_side_on_sqlite() {
        let ids = Value::array([uuid::Uuid::nil()]);
        let versions = Value::array([1_i64]);
        assert_eq!(
            lite(
                "select id from unnest($1, $2) as t(id, version) where version > 0",
                &[ids, versions]
            ),
            "select id from (select id, version from (select key, unhex(value) as id from json_each($1)) \
             join (select key, value as version from json_each($2)) using (key)) as t where version > 0"
        );
    }

    #[test]
    fn row_locks_are_left_out_on_sqlite() {
        assert_eq!(lite("select 1 from head for update", &[]).trim(), "select 1 from head");
    }
}

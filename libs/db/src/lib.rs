//! One database interface over PostgreSQL and SQLite.
//!
//! A query is written once, with `$1`, `$2` … and [`sql!`], and runs on both native drivers; callers never branch.
//! What differs is settled here:
//!
//! | in Rust | column type to write | PostgreSQL | SQLite |
//! |---|---|---|---|
//! | `Uuid` | `{uuid}` | `uuid` | `blob`, 16 bytes: sorts alike |
//! | `DateTime<Utc>` | `{instant}` | `timestamptz` | `integer`, microseconds since 1970: sorts alike |
//! | `NaiveDate` | `{date}` | `date` | `text`, `YYYY-MM-DD`: sorts alike |
//! | `i64`, `i32` | `{i64}`, `{i32}` | `bigint`, `integer` | `integer` |
//! | `f64` | `{f64}` | `double precision` | `real` |
//! | `bool` | `{bool}` | `boolean` | `integer`, 0 or 1; `true` and `false` may be written |
//! | `String`, `&str` | `text` | `text` | `text` |
//! | `Bytes`, `Vec<u8>`, `[u8; N]` | `{bytes}` | `bytea` | `blob` |
//!
//! Instants are kept to the microsecond on both; anything finer is cut off. Tables end in `) {strict};`.
//!
//! Besides plain SQL that both understand (`on conflict … do update`, `returning`, common table expressions, window
//! functions, `cast(x as text)` rather than `x::text`), these may be written in PostgreSQL's way:
//!
//! - `= any($1)` and `<> all($1)` with an array (`&[Uuid]`, `Vec<String>` …) as value;
//! - `from unnest($1) as id`: the array's elements as the rows of one column of that name;
//! - `for update` at the end: left out on SQLite, where a write transaction holds the only lock there is.
//!
//! Many rows are written by [`Rows`], column by column, in one call. A parameter that may be null is an `Option`;
//! an optional filter is `($1 is null or school_id = $1)`. `sum()` of a `bigint` is `numeric` on PostgreSQL: cast it.

mod bulk;
mod connect;
mod copy;
mod error;
mod migrate;
mod query;
mod row;
mod rows;
mod tx;
mod value;

pub use connect::{Db, Lite, Options};
pub use error::Error;
pub use migrate::{Migration, Script};
pub use query::{On, Query};
pub use row::{FromRow, Get, Row};
pub use rows::Rows;
pub use tx::{Connection, Tx};
pub use value::{ToValue, Type, Value};

/// What most functions here return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

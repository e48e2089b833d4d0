//! A row as either database returns it, read without asking which.

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{ColumnIndex, Row as _, ValueRef, postgres::PgRow, sqlite::SqliteRow};
use uuid::Uuid;

use crate::{Error, Result};

/// One row of a result.
pub enum Row {
    Pg(PgRow),
    Lite(SqliteRow),
}

/// A type that can be read from a column. Newtypes implement it by way of what they wrap.
pub trait Get: Sized {
    /// Reads the column at that place, counted from 0.
    fn get(row: &Row, index: usize) -> Result<Self>;
}

/// A type that can be read from a whole row: a tuple by position, a struct by name (see [`from_row!`](crate::from_row)).
pub trait FromRow: Sized {
    /// Reads the row.
    fn from_row(row: Row) -> Result<Self>;
}

impl Row {
    /// The column of that name.
    pub fn get<T: Get>(&self, column: &str) -> Result<T> {
        let index = match self {
            Self::Pg(row) => column.index(row),
            Self::Lite(row) => column.index(row),
        };
        match index {
            Ok(index) => T::get(self, index),
            Err(source) => Err(Error::Column {
                column: column.to_owned(),
                source,
            }),
        }
    }

    /// The column at that place, counted from 0.
    pub fn at<T: Get>(&self, index: usize) -> Result<T> {
        T::get(self, index)
    }

    fn is_null(&self, index: usize) -> Result<bool> {
        match self {
            Self::Pg(row) => row.try_get_raw(index).map(|value| value.is_null()),
            Self::Lite(row) => row.try_get_raw(index).map(|value| value.is_null()),
        }
        .map_err(|source| unreadable(index, source))
    }
}

/// SQLite's driver reads null as 0 or as an empty text.
fn present(row: &SqliteRow, index: usize) -> sqlx::Result<()> {
    if row.try_get_raw(index)?.is_null() {
        return Err(sqlx::Error::Decode(Box::new(sqlx::error::UnexpectedNullError)));
    }
    Ok(())
}

fn unreadable(index: usize, source: sqlx::Error) -> Error {
    Error::Column {
        column: index.to_string(),
        source,
    }
}

impl<T: Get> Get for Option<T> {
    fn get(row: &Row, index: usize) -> Result<Self> {
        if row.is_null(index)? {
            Ok(None)
        } else {
            T::get(row, index).map(Some)
        }
    }
}

macro_rules! get_as_it_is {
    ($($type:ty),*) => {$(
        impl Get for $type {
            fn get(row: &Row, index: usize) -> Result<Self> {
                match row {
                    Row::Pg(row) => row.try_get(index),
                    Row::Lite(row) => present(row, index).and_then(|_| row.try_get(index)),
                }
                .map_err(|source| unreadable(index, source))
            }
        }
    )*};
}

get_as_it_is!(Uuid, NaiveDate, i32, bool, String, Vec<u8>);

impl Get for i64 {
    /// Narrower integers are widened: a literal is an `integer` on PostgreSQL.
    fn get(row: &Row, index: usize) -> Result<Self> {
        match row {
            Row::Pg(row) => row.try_get(index).or_else(|error| match error {
                sqlx::Error::ColumnDecode { .. } => row.try_get::<i32, _>(index).map(Self::from).map_err(|_| error),
                _ => Err(error),
            }),
            Row::Lite(row) => present(row, index).and_then(|_| row.try_get(index)),
        }
        .map_err(|source| unreadable(index, source))
    }
}

impl Get for f64 {
    /// SQLite gives integers for whole results of arithmetic: they are converted.
    fn get(row: &Row, index: usize) -> Result<Self> {
        match row {
            Row::Pg(row) => row.try_get(index),
            Row::Lite(row) => present(row, index).and_then(|_| row.try_get_unchecked(index)),
        }
        .map_err(|source| unreadable(index, source))
    }
}

impl Get for DateTime<Utc> {
    fn get(row: &Row, index: usize) -> Result<Self> {
        match row {
            Row::Pg(row) => row.try_get(index),
            Row::Lite(row) => present(row, index).and_then(|_| row.try_get(index)).and_then(|micros| {
                Self::from_timestamp_micros(micros)
                    .ok_or_else(|| sqlx::Error::Decode(format!("{micros} is no instant").into()))
            }),
        }
        .map_err(|source| unreadable(index, source))
    }
}

impl Get for Bytes {
    fn get(row: &Row, index: usize) -> Result<Self> {
        Vec::get(row, index).map(Self::from)
    }
}

impl<const N: usize> Get for [u8; N] {
    fn get(row: &Row, index: usize) -> Result<Self> {
        Vec::get(row, index)?.try_into().map_err(|bytes: Vec<u8>| {
            let problem = format!("{} bytes where {N} were expected", bytes.len());
            unreadable(index, sqlx::Error::Decode(problem.into()))
        })
    }
}

impl FromRow for Row {
    fn from_row(row: Row) -> Result<Self> {
        Ok(row)
    }
}

macro_rules! from_row_for_tuple {
    ($($type:ident $index:literal),*) => {
        impl<$($type: Get),*> FromRow for ($($type,)*) {
            fn from_row(row: Row) -> Result<Self> {
                Ok(($(row.at::<$type>($index)?,)*))
            }
        }
    };
}

from_row_for_tuple!(A 0);
from_row_for_tuple!(A 0, B 1);
from_row_for_tuple!(A 0, B 1, C 2);
from_row_for_tuple!(A 0, B 1, C 2, D 3);
from_row_for_tuple!(A 0, B 1, C 2, D 3, E 4);
from_row_for_tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
from_row_for_tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
from_row_for_tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

/// Makes a struct readable from a row whose columns are named like its fields: `from_row!(Thread { id, agreed_on });`
#[macro_export]
macro_rules! from_row {
    ($type:ident { $($field:ident),* $(,)? }) => {
        impl $crate::FromRow for $type {
            fn from_row(row: $crate::Row) -> $crate::Result<Self> {
                Ok(Self { $($field: row.get(stringify!($field))?),* })
            }
        }
    };
}

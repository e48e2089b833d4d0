//! Values bound to a query, and how each is written on either database.

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;
use sqlx::{Arguments, postgres::PgArguments, sqlite::SqliteArguments};
use uuid::Uuid;

use crate::Result;

/// The type of a column or parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    Uuid,
    Instant,
    Date,
    I64,
    I32,
    F64,
    Bool,
    Text,
    Bytes,
}

impl Type {
    /// The name as a type of PostgreSQL.
    pub(crate) fn pg_name(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::Instant => "timestamptz",
            Self::Date => "date",
            Self::I64 => "bigint",
            Self::I32 => "integer",
            Self::F64 => "double precision",
            Self::Bool => "boolean",
            Self::Text => "text",
            Self::Bytes => "bytea",
        }
    }

    /// How SQLite turns an element of a JSON array back into the value as it is stored.
    pub(crate) fn lite_element(self) -> &'static str {
        match self {
            Self::Uuid | Self::Bytes => "unhex(value)",
            _ => "value",
        }
    }
}

/// One value of a query.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null(Type),
    Uuid(Uuid),
    Instant(DateTime<Utc>),
    Date(NaiveDate),
    I64(i64),
    I32(i32),
    F64(f64),
    Bool(bool),
    Text(String),
    Bytes(Bytes),
    /// Elements of one type, nulls among them.
    Array(Type, Vec<Value>),
}

/// What can be bound to a query. Newtypes implement it by way of what they wrap.
pub trait ToValue {
    /// The type when there is no value.
    const TYPE: Type;
    /// The value as it is bound.
    fn to_value(self) -> Value;
}

macro_rules! to_value {
    ($($type:ty => $variant:ident, $value:ident -> $into:expr;)*) => {$(
        impl ToValue for $type {
            const TYPE: Type = Type::$variant;
            fn to_value(self) -> Value {
                let $value = self;
                Value::$variant($into)
            }
        }
    )*};
}

to_value! {
    Uuid => Uuid, value -> value;
    DateTime<Utc> => Instant, value -> value;
    NaiveDate => Date, value -> value;
    i64 => I64, value -> value;
    i32 => I32, value -> value;
    f64 => F64, value -> value;
    bool => Bool, value -> value;
    String => Text, value -> value;
    &str => Text, value -> value.to_owned();
    Bytes => Bytes, value -> value;
    Vec<u8> => Bytes, value -> value.into();
    &[u8] => Bytes, value -> Bytes::copy_from_slice(value);
}

impl<const N: usize> ToValue for [u8; N] {
    const TYPE: Type = Type::Bytes;
    fn to_value(self) -> Value {
        Value::Bytes(Bytes::copy_from_slice(&self))
    }
}

impl<T: ToValue + Clone> ToValue for &T {
    const TYPE: Type = T::TYPE;
    fn to_value(self) -> Value {
        self.clone().to_value()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    const TYPE: Type = T::TYPE;
    fn to_value(self) -> Value {
        self.map_or(Value::Null(T::TYPE), T::to_value)
    }
}

impl Value {
    /// All values of an iterator as one array.
    pub fn array<T: ToValue>(values: impl IntoIterator<Item = T>) -> Self {
        Self::Array(T::TYPE, values.into_iter().map(T::to_value).collect())
    }

    /// As a parameter of a query on PostgreSQL.
    pub(crate) fn add_to_pg(self, arguments: &mut PgArguments) -> Result<()> {
        let added = match self {
            Self::Null(Type::Uuid) => arguments.add(None::<Uuid>),
            Self::Null(Type::Instant) => arguments.add(None::<DateTime<Utc>>),
            Self::Null(Type::Date) => arguments.add(None::<NaiveDate>),
            Self::Null(Type::I64) => arguments.add(None::<i64>),
            Self::Null(Type::I32) => arguments.add(None::<i32>),
            Self::Null(Type::F64) => arguments.add(None::<f64>),
            Self::Null(Type::Bool) => arguments.add(None::<bool>),
            Self::Null(Type::Text) => arguments.add(None::<String>),
            Self::Null(Type::Bytes) => arguments.add(None::<Vec<u8>>),
            Self::Uuid(value) => arguments.add(value),
            Self::Instant(value) => arguments.add(value),
            Self::Date(value) => arguments.add(value),
            Self::I64(value) => arguments.add(value),
            Self::I32(value) => arguments.add(value),
            Self::F64(value) => arguments.add(value),
            Self::Bool(value) => arguments.add(value),
            Self::Text(value) => arguments.add(value),
            Self::Bytes(value) => arguments.add(&*value),
            Self::Array(of, values) => return add_array_to_pg(of, &values, arguments),
        };
        added.map_err(|error| sqlx::Error::Encode(error).into())
    }

    /// As a parameter of a query on SQLite: arrays as JSON, for `json_each`.
    pub(crate) fn add_to_lite(self, arguments: &mut SqliteArguments) -> Result<()> {
        let added = match self {
            Self::Null(_) => arguments.add(None::<i64>),
            Self::Uuid(value) => arguments.add(value),
            Self::Instant(value) => arguments.add(value.timestamp_micros()),
            Self::Date(value) => arguments.add(value),
            Self::I64(value) => arguments.add(value),
            Self::I32(value) => arguments.add(value),
            Self::F64(value) => arguments.add(value),
            Self::Bool(value) => arguments.add(value),
            Self::Text(value) => arguments.add(value),
            Self::Bytes(value) => arguments.add(Vec::from(value)),
            Self::Array(_, values) => {
                arguments.add(Json::Array(values.into_iter().map(Self::into_json).collect()).to_string())
            }
        };
        added.map_err(|error| sqlx::Error::Encode(error).into())
    }

    fn into_json(self) -> Json {
        match self {
            Self::Null(_) => Json::Null,
            Self::Uuid(value) => Json::String(value.as_simple().to_string()),
            Self::Instant(value) => value.timestamp_micros().into(),
            Self::Date(value) => Json::String(value.to_string()),
            Self::I64(value) => value.into(),
            Self::I32(value) => value.into(),
            Self::F64(value) => value.into(),
            Self::Bool(value) => i32::from(value).into(),
            Self::Text(value) => Json::String(value),
            Self::Bytes(value) => Json::String(value.iter().map(|byte| format!("{byte:02x}")).collect()),
            Self::Array(_, values) => Json::Array(values.into_iter().map(Self::into_json).collect()),
        }
    }
}

pub(crate) fn add_array_to_pg(of: Type, values: &[Value], arguments: &mut PgArguments) -> Result<()> {
    macro_rules! add {
        ($variant:ident, $type:ty, $value:ident -> $as:expr) => {{
            let values: Vec<Option<$type>> = values
                .iter()
                .map(|value| match value {
                    Value::$variant($value) => Some($as),
                    _ => None,
                })
                .collect();
            arguments.add(values)
        }};
    }
    let added = match of {
        Type::Uuid => add!(Uuid, Uuid, value -> *value),
        Type::Instant => add!(Instant, DateTime<Utc>, value -> *value),
        Type::Date => add!(Date, NaiveDate, value -> *value),
        Type::I64 => add!(I64, i64, value -> *value),
        Type::I32 => add!(I32, i32, value -> *value),
        Type::F64 => add!(F64, f64, value -> *value),
        Type::Bool => add!(Bool, bool, value -> *value),
        Type::Text => add!(Text, &str, value -> value.as_str()),
        Type::Bytes => add!(Bytes, &[u8], value -> &**value),
    };
    added.map_err(|error| sqlx::Error::Encode(error).into())
}

/// What can be the value of `= any($1)`: a slice or a list.
macro_rules! array_to_value {
    ($($type:ty),*) => {$(
        impl ToValue for &[$type] {
            const TYPE: Type = <$type as ToValue>::TYPE;
            fn to_value(self) -> Value {
                Value::array(self)
            }
        }
        impl ToValue for Vec<$type> {
            const TYPE: Type = <$type as ToValue>::TYPE;
            fn to_value(self) -> Value {
                Value::array(self)
            }
        }
    )*};
}

array_to_value!(Uuid, DateTime<Utc>, NaiveDate, i64, i32, String, &str);

impl ToValue for Value {
    const TYPE: Type = Type::Text;
    fn to_value(self) -> Value {
        self
    }
}

//! `copy … (format binary)`: the fastest way into a table of PostgreSQL. The format is in its manual, under COPY.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use crate::{Error, Result, Value};

/// Before the first row: the signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// After the last row.
const TRAILER: i16 = -1;

/// In place of a length.
const NULL: i32 = -1;

/// Sent at once.
const CHUNK: usize = 1 << 20;

/// Copies rows, given by their columns, all of the same length.
pub(crate) async fn rows(
    table: &str,
    columns: Vec<(&'static str, Vec<Value>)>,
    connection: &mut PgConnection,
) -> Result<()> {
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let count = columns.first().map_or(0, |(_, values)| values.len());
    let width = i16::try_from(columns.len()).map_err(|_| too_large())?;
    let text = format!("copy {table} ({}) from stdin (format binary)", names.join(", "));
    let mut copy = connection.copy_in_raw(&text).await?;
    let mut bytes = Vec::with_capacity(CHUNK + CHUNK / 8);
    bytes.extend_from_slice(HEADER);
    for row in 0..count {
        bytes.extend_from_slice(&width.to_be_bytes());
        for (_, values) in &columns {
            if let Err(error) = write(&values[row], &mut bytes) {
                copy.abort("a value cannot be copied").await?;
                return Err(error);
            }
        }
        if bytes.len() >= CHUNK {
            copy.send(&bytes[..]).await?;
            bytes.clear();
        }
    }
    bytes.extend_from_slice(&TRAILER.to_be_bytes());
    copy.send(&bytes[..]).await?;
    copy.finish().await?;
    Ok(())
}

fn write(value: &Value, bytes: &mut Vec<u8>) -> Result<()> {
    match value {
        Value::Null(_) => bytes.extend_from_slice(&NULL.to_be_bytes()),
        Value::Uuid(value) => field(value.as_bytes(), bytes)?,
        Value::Instant(value) => field(
            &(value.timestamp_micros() - epoch().timestamp_micros()).to_be_bytes(),
            bytes,
        )?,
        Value::Date(value) => {
            let days = (*value - epoch().date_naive()).num_days();
            field(&i32::try_from(days).map_err(|_| too_large())?.to_be_bytes(), bytes)?;
        }
        Value::I64(value) => field(&value.to_be_bytes(), bytes)?,
        Value::I32(value) => field(&value.to_be_bytes(), bytes)?,
        Value::F64(value) => field(&value.to_be_bytes(), bytes)?,
        Value::Bool(value) => field(&[u8::from(*value)], bytes)?,
        Value::Text(value) => field(value.as_bytes(), bytes)?,
        Value::Bytes(value) => field(value, bytes)?,
        Value::Array(..) => return Err(Error::Settings("arrays are not copied".to_owned())),
    }
    Ok(())
}

fn field(value: &[u8], bytes: &mut Vec<u8>) -> Result<()> {
    let length = i32::try_from(value.len()).map_err(|_| too_large())?;
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(value);
    Ok(())
}

/// PostgreSQL counts from here.
fn epoch() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2000, 1, 1)
        .and_then(|date| date.and_hms_opt(0, 0, 0))
        .expect("a date and a time")
        .and_utc()
}

fn too_large() -> Error {
    Error::Settings("a value is too large to be copied".to_owned())
}

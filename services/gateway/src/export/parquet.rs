//! One table as Parquet, with typed columns that may be null, and why beside them.

use std::sync::Arc;

use ::parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical},
    data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type},
    errors::{ParquetError, Result},
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::types::{Type, TypePtr},
};
use chrono::{Datelike as _, NaiveDate};
use serde_json::json;

use super::{
    about,
    flat::{Flat, FlatColumn, Holds, Value},
};
use crate::figures::{Figures, SYMBOLS, Table};

pub(super) fn written(figures: &Figures, table: &Table) -> Result<Vec<u8>> {
    let flat = Flat::of(table);
    let mut fields = Vec::new();
    for column in &flat.columns {
        fields.push(field(column)?);
        if column.holds != Holds::Text {
            fields.push(text_field(&symbol_name(column))?);
        }
    }
    let schema = Type::group_type_builder("table").with_fields(fields).build()?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by("Throughline".into())
        .set_key_value_metadata(Some(metadata(figures, table, &flat)))
        .build();
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), Arc::new(properties))?;
    if !flat.rows.is_empty() {
        let mut group = writer.next_row_group()?;
        for (index, column) in flat.columns.iter().enumerate() {
            let values = || flat.rows.iter().map(|row| row.get(index).unwrap_or(&Value::Nothing));
            match column.holds {
                Holds::Text => write::<ByteArrayType>(&mut group, values().map(text))?,
                Holds::Count => write::<Int64Type>(&mut group, values().map(count))?,
                Holds::Number | Holds::Ratio => write::<DoubleType>(&mut group, values().map(number))?,
                Holds::Date => write::<Int32Type>(&mut group, values().map(date))?,
            }
            if column.holds != Holds::Text {
                write::<ByteArrayType>(&mut group, values().map(symbol))?;
            }
        }
        group.close()?;
    }
    writer.into_inner()
}

fn field(column: &FlatColumn) -> Result<TypePtr> {
    let of = |physical, logical| {
        let field = Type::primitive_type_builder(&column.name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical);
        field.build().map(Arc::new)
    };
    match column.holds {
        Holds::Text => text_field(&column.name),
        Holds::Count => of(Physical::INT64, None),
        Holds::Number | Holds::Ratio => of(Physical::DOUBLE, None),
        Holds::Date => of(Physical::INT32, Some(LogicalType::Date)),
    }
}

fn text_field(name: &str) -> Result<TypePtr> {
    let field = Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::String));
    field.build().map(Arc::new)
}

fn symbol_name(column: &FlatColumn) -> String {
    format!("{}_symbol", column.name)
}

/// Writes the next column of the row group, null where there is nothing.
fn write<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: impl Iterator<Item = Option<T::T>>,
) -> Result<()> {
    let (mut present, mut levels) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(i16::from(value.is_some()));
        present.extend(value);
    }
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("the schema has fewer columns than the table".into()))?;
    column.typed::<T>().write_batch(&present, Some(&levels), None)?;
    column.close()
}

fn text(value: &Value) -> Option<ByteArray> {
    match value {
        Value::Text(text) | Value::Mark(text) => Some(text.as_str().into()),
        _ => None,
    }
}

fn symbol(value: &Value) -> Option<ByteArray> {
    match value {
        Value::Mark(why) => Some(why.as_str().into()),
        _ => None,
    }
}

fn count(value: &Value) -> Option<i64> {
    match value {
        Value::Count(count) => Some(*count),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

/// Days since 1 January 1970.
fn date(value: &Value) -> Option<i32> {
    let Value::Date(on) = value else { return None };
    Some(on.num_days_from_ce() - NaiveDate::default().num_days_from_ce())
}

/// What the file is about; lists as JSON.
fn metadata(figures: &Figures, table: &Table, flat: &Flat) -> Vec<KeyValue> {
    let filters: serde_json::Map<_, _> = figures
        .filters
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let sources = figures.completeness.iter().map(|source| {
        json!({
            "source": source.source,
            "reporting": source.reporting,
            "complete_until": about::until(source),
        })
    });
    let sources: Vec<_> = sources.collect();
    let symbols: serde_json::Map<_, _> = SYMBOLS
        .iter()
        .map(|(symbol, meaning)| ((*symbol).to_owned(), json!(meaning)))
        .collect();
    let columns: serde_json::Map<_, _> = flat
        .columns
        .iter()
        .map(|column| (column.name.clone(), json!(column.label)))
        .collect();
    let said = [
        ("title", figures.title.clone()),
        ("table", table.name.to_owned()),
        ("caption", table.caption.clone()),
        ("as_at", about::moment(figures)),
        ("filters", json!(filters).to_string()),
        ("completeness", json!(sources).to_string()),
        ("symbols", json!(symbols).to_string()),
        ("columns", json!(columns).to_string()),
    ];
    let said = said.into_iter();
    said.map(|(key, value)| KeyValue::new(format!("throughline.{key}"), value))
        .collect()
}

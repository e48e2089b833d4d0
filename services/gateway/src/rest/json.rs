//! Requests from JSON and from queries into messages, and answers back into JSON.
//!
//! The mapping is protobuf's own. What comes in is taken as strictly as it is written out: names of fields in
//! lowerCamelCase (the protocol's own spelling is understood, too), enumerations by name, no `null`. Everything that is
//! wrong is told at once, each with its place.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, SerializeOptions,
    Value,
};
use serde::{Serialize, Serializer};
use serde_json::Value as Json;
use service::Violations;

use super::field::Form;

const TIMESTAMP: &str = "google.protobuf.Timestamp";

/// Longest value that a query may carry; a page's token is far shorter.
const LONGEST_IN_QUERY: usize = 2_000;

/// Reads the members of a JSON object into a message's fields. `may` says which fields can be given here.
pub(super) fn read(
    json: &Json,
    message: &mut DynamicMessage,
    may: &dyn Fn(&FieldDescriptor) -> bool,
    violations: &mut Violations,
) {
    match json {
        Json::Object(_) => object(json, message, "", may, violations),
        _ => violations.add("body", "must be a JSON object"),
    }
}

fn object(
    json: &Json,
    message: &mut DynamicMessage,
    at: &str,
    may: &dyn Fn(&FieldDescriptor) -> bool,
    violations: &mut Violations,
) {
    let Json::Object(members) = json else {
        return violations.add(at, "must be an object");
    };
    let descriptor = message.descriptor();
    for (name, json) in members {
        let path = if at.is_empty() {
            name.clone()
        } else {
            format!("{at}.{name}")
        };
        match named(&descriptor, name).filter(|field| may(field)) {
            None => violations.add(path, "is unknown here: leave it out"),
            Some(field) if field.is_list() => match json {
                Json::Array(elements) => {
                    let values = (0..)
                        .zip(elements)
                        .filter_map(|(index, element)| value(&field, element, &format!("{path}[{index}]"), violations));
                    let values = values.collect();
                    message.set_field(&field, Value::List(values));
                }
                _ => violations.add(path, "must be a list"),
            },
            Some(field) => {
                if let Some(value) = value(&field, json, &path, violations) {
                    message.set_field(&field, value);
                }
            }
        }
    }
}

/// A field by either of its names.
fn named(message: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    message
        .get_field_by_json_name(name)
        .or_else(|| message.get_field_by_name(name))
}

fn value(field: &FieldDescriptor, json: &Json, path: &str, violations: &mut Violations) -> Option<Value> {
    if json.is_null() {
        violations.add(path, "is null: leave it out instead");
        return None;
    }
    let read = match (field.kind(), json) {
        (Kind::Message(part), Json::String(text)) if part.full_name() == TIMESTAMP => instant(&part, text),
        (Kind::Message(part), _) if part.full_name() == TIMESTAMP => Err(Fault::from("must be an instant, as text")),
        (Kind::Message(part), _) => {
            let mut inner = DynamicMessage::new(part);
            object(json, &mut inner, path, &|_| true, violations);
            return Some(Value::Message(inner));
        }
        (Kind::Bool, Json::Bool(truth)) => Ok(Value::Bool(*truth)),
        (Kind::Bool, _) => Err("must be true or false".into()),
        (Kind::Double, Json::Number(number)) => number
            .as_f64()
            .filter(|number| number.is_finite())
            .map(Value::F64)
            .ok_or_else(|| "is too large".into()),
        (Kind::Double, _) => Err("must be a number".into()),
        (Kind::Int32 | Kind::Int64, Json::Number(number)) => whole(&field.kind(), &plain(number)),
        (Kind::Int64, Json::String(text)) => whole(&field.kind(), text),
        (Kind::Int32 | Kind::Int64, _) => Err("must be a whole number".into()),
        (Kind::Enum(names), Json::String(name)) => choice(&names, name),
        (Kind::Enum(_), _) => Err("must be one of the names".into()),
        (Kind::String, Json::String(text)) => plain_text(field, text),
        (Kind::String, _) => Err("must be text".into()),
        _ => Err("cannot be given as JSON".into()),
    };
    noted(read, path, violations)
}

/// Reads a query's pairs into a message's fields: repeated keys for lists, dotted names for parts. The parts of a list
/// are told apart by their order: the second `atLeast.source` belongs to the second `atLeast.position`.
pub(super) fn read_query(
    query: &str,
    message: &mut DynamicMessage,
    may: &dyn Fn(&FieldDescriptor) -> bool,
    violations: &mut Violations,
) {
    let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        if text.contains('\u{fffd}') {
            violations.add(name.clone(), "is not text in UTF-8");
        }
        given.entry(name.into_owned()).or_default().push(text.into_owned());
    }
    let known = query_fields(&message.descriptor(), may);
    for (name, texts) in given {
        let Some(way) = known
            .iter()
            .find(|way| joined(way, FieldDescriptor::json_name) == name || joined(way, FieldDescriptor::name) == name)
        else {
            violations.add(name, "is unknown here: leave it out");
            continue;
        };
        let many = way.iter().any(FieldDescriptor::is_list);
        if texts.len() > 1 && !many {
            violations.add(name, "is there more than once");
            continue;
        }
        let values: Vec<Value> = texts
            .iter()
            .filter_map(|text| query_value(way.last()?, text, &name, violations))
            .collect();
        if values.len() == texts.len() {
            put(message, way, values, &name, violations);
        }
    }
}

/// Every field that can be a query's parameter, each with the way to it.
pub(super) fn query_fields(
    message: &MessageDescriptor,
    may: &dyn Fn(&FieldDescriptor) -> bool,
) -> Vec<Vec<FieldDescriptor>> {
    let mut ways = Vec::new();
    for field in message.fields().filter(|field| may(field)) {
        match field.kind() {
            Kind::Message(part) if part.full_name() != TIMESTAMP => {
                for mut way in query_fields(&part, &|_| true) {
                    way.insert(0, field.clone());
                    ways.push(way);
                }
            }
            _ => ways.push(vec![field]),
        }
    }
    ways
}

/// A parameter's name, such as `atLeast.source`.
pub(super) fn query_name(way: &[FieldDescriptor]) -> String {
    joined(way, FieldDescriptor::json_name)
}

fn joined<'a>(way: &'a [FieldDescriptor], name: impl Fn(&'a FieldDescriptor) -> &'a str) -> String {
    way.iter().map(name).collect::<Vec<_>>().join(".")
}

fn query_value(field: &FieldDescriptor, text: &str, path: &str, violations: &mut Violations) -> Option<Value> {
    // What is refused is quoted in gRPC's trailers, which hold little.
    if text.len() > LONGEST_IN_QUERY {
        violations.add(path, format!("has more than {LONGEST_IN_QUERY} bytes"));
        return None;
    }
    noted(scalar(field, text), path, violations)
}

/// A single value as an address or a query writes it.
pub(super) fn scalar(field: &FieldDescriptor, text: &str) -> Result<Value, Fault> {
    match field.kind() {
        Kind::Bool => text
            .parse()
            .map(Value::Bool)
            .map_err(|_| "must be true or false".into()),
        Kind::Double => text
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(Value::F64)
            .ok_or_else(|| "must be a number".into()),
        Kind::Int32 | Kind::Int64 => whole(&field.kind(), text),
        Kind::Enum(names) => choice(&names, text),
        Kind::String => plain_text(field, text),
        Kind::Message(part) if part.full_name() == TIMESTAMP => instant(&part, text),
        _ => Err("cannot be given here".into()),
    }
}

/// Sets values at the end of a way through the message.
fn put(
    message: &mut DynamicMessage,
    way: &[FieldDescriptor],
    mut values: Vec<Value>,
    name: &str,
    violations: &mut Violations,
) {
    let Some((field, rest)) = way.split_first() else { return };
    if rest.is_empty() {
        let value = if field.is_list() {
            Some(Value::List(values))
        } else {
            values.pop()
        };
        if let Some(value) = value {
            message.set_field(field, value);
        }
        return;
    }
    let Kind::Message(part) = field.kind() else { return };
    match message.get_field_mut(field) {
        Value::Message(inner) => put(inner, rest, values, name, violations),
        Value::List(parts) => {
            if parts.is_empty() {
                parts.resize_with(values.len(), || Value::Message(DynamicMessage::new(part.clone())));
            }
            if parts.len() != values.len() {
                return violations.add(name, "is not there as often as the others of its list");
            }
            for (inner, value) in parts.iter_mut().zip(values) {
                if let Value::Message(inner) = inner {
                    put(inner, rest, vec![value], name, violations);
                }
            }
        }
        _ => {}
    }
}

/// What is wrong with a value.
pub(super) type Fault = String;

fn noted(read: Result<Value, Fault>, path: &str, violations: &mut Violations) -> Option<Value> {
    read.map_err(|fault| violations.add(path, fault)).ok()
}

fn plain_text(field: &FieldDescriptor, text: &str) -> Result<Value, Fault> {
    match Form::of(field).fault(text).filter(|_| !text.is_empty()) {
        Some(fault) => Err(fault.into()),
        None => Ok(Value::String(text.to_owned())),
    }
}

/// A JSON number without the fraction that some writers give whole numbers.
fn plain(number: &serde_json::Number) -> String {
    let text = number.to_string();
    match text.strip_suffix(".0") {
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

fn whole(kind: &Kind, text: &str) -> Result<Value, Fault> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("must be a whole number".into());
    }
    let value = match kind {
        Kind::Int32 => text.parse().map(Value::I32),
        _ => text.parse().map(Value::I64),
    };
    value.map_err(|_| "is out of range".into())
}

fn choice(names: &EnumDescriptor, name: &str) -> Result<Value, Fault> {
    names
        .get_value_by_name(name)
        .map(|value| Value::EnumNumber(value.number()))
        .ok_or_else(|| {
            let names: Vec<String> = names.values().map(|value| value.name().to_owned()).collect();
            format!("is not one of {}", names.join(", "))
        })
}

fn instant(timestamp: &MessageDescriptor, text: &str) -> Result<Value, Fault> {
    let instant: DateTime<Utc> = DateTime::parse_from_rfc3339(text)
        .map_err(|_| "is not an instant: write it as 2025-10-01T09:30:00Z")?
        .with_timezone(&Utc);
    let mut message = DynamicMessage::new(timestamp.clone());
    message.set_field_by_name("seconds", Value::I64(instant.timestamp()));
    let nanos = i32::try_from(instant.timestamp_subsec_nanos().min(999_999_999)).unwrap_or_default();
    message.set_field_by_name("nanos", Value::I32(nanos));
    Ok(Value::Message(message))
}

/// An answer, every field of it, and where to go on.
pub(super) struct Answer<'a> {
    pub(super) message: &'a DynamicMessage,
    /// Where the next page is.
    pub(super) next: Option<&'a str>,
}

impl Answer<'_> {
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        #[derive(Serialize)]
        struct WithNext<'a> {
            #[serde(flatten)]
            answer: Whole<'a>,
            next: &'a str,
        }
        let answer = Whole(self.message);
        match self.next {
            Some(next) => serde_json::to_vec(&WithNext { answer, next }),
            None => serde_json::to_vec(&answer),
        }
    }
}

struct Whole<'a>(&'a DynamicMessage);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let options = SerializeOptions::new().skip_default_fields(false);
        self.0.serialize_with_options(serializer, &options)
    }
}

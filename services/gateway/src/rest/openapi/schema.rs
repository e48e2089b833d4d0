//! Schemas of messages and enumerations.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value as Json, json};

use super::super::{
    field::Form,
    surface::{Operation, Surface},
};

const TIMESTAMP: &str = "google.protobuf.Timestamp";

/// Collects the schemas that the description refers to.
pub(super) struct Schemas {
    surface: &'static Surface,
    /// Messages that callers send: there, what is unknown is refused.
    sent: BTreeSet<String>,
    /// Messages that only come back: there, every field is present.
    received: BTreeSet<String>,
    named: BTreeMap<String, Json>,
}

impl Schemas {
    pub(super) fn of(surface: &'static Surface) -> Self {
        let mut sent = BTreeSet::new();
        let mut received = BTreeSet::new();
        for operation in &surface.operations {
            for field in operation.free_fields() {
                if let Kind::Message(part) = field.kind() {
                    reach(&part, &mut sent);
                }
            }
            reach(&operation.output(), &mut received);
        }
        let mut schemas = Self {
            surface,
            sent,
            received,
            named: basics(),
        };
        let all: BTreeMap<String, MessageDescriptor> = surface
            .operations
            .iter()
            .flat_map(|operation| [operation.input(), operation.output()])
            .flat_map(|message| parts(&message))
            .map(|message| (message.full_name().to_owned(), message))
            .collect();
        for message in all.values() {
            if schemas.sent.contains(message.full_name()) || schemas.received.contains(message.full_name()) {
                let schema = schemas.message(message);
                schemas.named.insert(name(message.full_name()), schema);
            }
        }
        schemas
    }

    /// All of them, by name.
    pub(super) fn into_named(self) -> BTreeMap<String, Json> {
        self.named
    }

    fn message(&mut self, message: &MessageDescriptor) -> Json {
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in message.fields() {
            properties.insert(field.json_name().to_owned(), self.field(&field));
            // Parts that are not there and what was never said are left out; everything else is always written.
            if !field.supports_presence() {
                required.push(json!(field.json_name()));
            }
        }
        if message.get_field_by_name("next_page_token").is_some() {
            properties.insert(
                "next".into(),
                json!({
                    "type": "string",
                    "format": "uri-reference",
                    "description": "Address of the next page, to be used as it is; absent on the last page."
                }),
            );
        }
        let mut schema = json!({
            "type": "object",
            "description": self.surface.comment(message.parent_file().name(), message.path()),
            "properties": properties,
        });
        if self.sent.contains(message.full_name()) {
            schema["additionalProperties"] = json!(false);
        } else if !required.is_empty() {
            schema["required"] = Json::Array(required);
        }
        schema
    }

    /// The body of an operation: its fields without those of the address and the headers.
    pub(super) fn body(&mut self, operation: &Operation) -> Json {
        let properties: Map<String, Json> = operation
            .free_fields()
            .map(|field| (field.json_name().to_owned(), self.field(&field)))
            .collect();
        json!({ "type": "object", "properties": properties, "additionalProperties": false })
    }

    /// A field, with what the protocol says about it.
    fn field(&mut self, field: &FieldDescriptor) -> Json {
        let mut schema = self.one(field);
        if field.is_list() {
            schema = json!({ "type": "array", "items": schema });
        }
        let comment = self.surface.comment(field.parent_file().name(), field.path());
        if !comment.is_empty() {
            schema["description"] = json!(comment);
        }
        schema
    }

    fn one(&mut self, field: &FieldDescriptor) -> Json {
        match field.kind() {
            Kind::Message(part) if part.full_name() == TIMESTAMP => json!({ "type": "string", "format": "date-time" }),
            Kind::Message(part) => reference(&name(part.full_name())),
            Kind::Enum(names) => self.enumeration(&names),
            Kind::Int64 => reference("Int64"),
            Kind::String => match Form::of(field) {
                Form::Text => json!({ "type": "string" }),
                Form::Uuid => reference("UUID"),
                Form::Date => reference("Date"),
                Form::Urn => reference("URN"),
            },
            kind => plain(&kind),
        }
    }

    /// A parameter of an address, which is never empty.
    pub(super) fn in_address(&mut self, field: &FieldDescriptor) -> Json {
        match (field.kind(), Form::of(field)) {
            (Kind::String, Form::Text) => json!({ "type": "string", "minLength": 1 }),
            (Kind::String, form) => written(form),
            _ => self.in_query(field),
        }
    }

    /// A parameter of a query.
    pub(super) fn in_query(&mut self, field: &FieldDescriptor) -> Json {
        match field.kind() {
            Kind::Int64 => json!({ "type": "integer", "format": "int64", "minimum": i64::MIN, "maximum": i64::MAX }),
            _ => self.one(field),
        }
    }

    fn enumeration(&mut self, names: &EnumDescriptor) -> Json {
        let key = name(names.full_name());
        if !self.named.contains_key(&key) {
            let file = names.parent_file().name().to_owned();
            let mut about = self.surface.comment(&file, names.path()).to_owned();
            for value in names.values() {
                let comment = self.surface.comment(&file, value.path());
                if !comment.is_empty() {
                    about.push_str(&format!("\n* `{}`: {comment}", value.name()));
                }
            }
            let all: Vec<String> = names.values().map(|value| value.name().to_owned()).collect();
            self.named.insert(
                key.clone(),
                json!({ "type": "string", "enum": all, "description": about }),
            );
        }
        reference(&key)
    }
}

/// A reference to a named schema.
pub(super) fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// The name of a message or an enumeration in the description. Two contexts may each have one of a name.
pub(in super::super) fn name(full_name: &str) -> String {
    let mut parts = full_name.rsplit('.');
    let own = parts.next().unwrap_or(full_name);
    match (own, full_name.split('.').nth(1)) {
        ("SharedAim", Some(package)) => {
            let (first, rest) = package.split_at(1);
            format!("{}{rest}{own}", first.to_ascii_uppercase())
        }
        _ => own.to_owned(),
    }
}

fn reach(message: &MessageDescriptor, into: &mut BTreeSet<String>) {
    into.extend(parts(message).iter().map(|part| part.full_name().to_owned()));
}

/// A message and all that it is made of.
pub(in super::super) fn parts(message: &MessageDescriptor) -> Vec<MessageDescriptor> {
    let mut found: Vec<MessageDescriptor> = Vec::new();
    let mut open = vec![message.clone()];
    while let Some(message) = open.pop() {
        if message.full_name() == TIMESTAMP || found.contains(&message) {
            continue;
        }
        open.extend(message.fields().filter_map(|field| match field.kind() {
            Kind::Message(part) => Some(part),
            _ => None,
        }));
        found.push(message);
    }
    found
}

fn plain(kind: &Kind) -> Json {
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Double => json!({ "type": "number", "format": "double" }),
        Kind::Int32 => json!({ "type": "integer", "format": "int32", "minimum": i32::MIN, "maximum": i32::MAX }),
        _ => json!({}),
    }
}

/// A text of a form, never empty.
fn written(form: Form) -> Json {
    let mut schema = json!({ "type": "string" });
    if let Some(pattern) = form.pattern() {
        schema["pattern"] = json!(format!("^{pattern}$"));
    }
    match form {
        Form::Uuid => schema["format"] = json!("uuid"),
        Form::Date => schema["format"] = json!("date"),
        Form::Text | Form::Urn => {}
    }
    schema
}

/// What most fields are written as. A field that may be empty says so in its own words.
fn basics() -> BTreeMap<String, Json> {
    let may_be_empty = |form: Form, about: &str, example: &str| {
        json!({
            "description": format!("{about} Empty where there is none."),
            "type": "string",
            "anyOf": [written(form), { "type": "string", "maxLength": 0 }],
            "examples": [example],
        })
    };
    let uuid = may_be_empty(
        Form::Uuid,
        "An identifier: a UUID with hyphens.",
        "0198a1b2-0000-7000-8000-0123456789ab",
    );
    let date = may_be_empty(Form::Date, "A day, as ISO 8601 writes it.", "2025-10-01");
    let urn = may_be_empty(
        Form::Urn,
        "A school's unique reference number, of six digits.",
        "100012",
    );
    let int64 = json!({
        "description": "A whole number of 64 bits; written as text, since numbers of JSON lose digits beyond 53 bits.",
        "type": ["string", "integer"],
        "format": "int64",
        "pattern": "^-?[0-9]{1,18}$",
        "minimum": i64::MIN,
        "maximum": i64::MAX,
        "examples": ["7"],
    });
    let violation = json!({
        "type": "object",
        "description": "One field that is not right.",
        "required": ["field", "description"],
        "properties": {
            "field": { "type": "string", "description": "Where it is: `focusAreas[1]`." },
            "description": { "type": "string", "description": "What it must be." },
        },
    });
    let codes: Vec<&str> = service::Code::ALL.iter().map(|code| code.name()).collect();
    let problem = json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "required": ["type", "title", "status", "detail", "code", "reason", "violations", "facts"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference", "description": "Address of the page that explains it." },
            "title": { "type": "string", "description": "What kind of problem it is." },
            "status": { "type": "integer", "description": "The HTTP status." },
            "detail": { "type": "string", "description": "What is wrong, in a sentence." },
            "code": { "type": "string", "enum": codes, "description": "One of a closed set." },
            "reason": { "type": "string", "description": "The rule or circumstance; never changes once published." },
            "violations": { "type": "array", "items": reference("Violation"), "description": "Fields at fault." },
            "facts": {
                "type": "object",
                "additionalProperties": { "type": "string" },
                "description": "Facts that a program may act upon.",
            },
        },
    });
    BTreeMap::from([
        ("UUID".to_owned(), uuid),
        ("Date".to_owned(), date),
        ("URN".to_owned(), urn),
        ("Int64".to_owned(), int64),
        ("Violation".to_owned(), violation),
        ("Problem".to_owned(), problem),
    ])
}

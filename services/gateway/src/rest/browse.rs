//! The surface as pages: services, their operations, and what goes in and comes out.

use std::{collections::BTreeMap, sync::LazyLock};

use askama::Template;
use axum::{
    Router,
    extract::{Path, State},
    http::Method,
    response::{IntoResponse as _, Redirect},
    routing::get,
};
use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ServiceDescriptor};

use super::{
    field::Form,
    json as mapping,
    openapi::{self, schema},
    surface::{Operation, Surface},
};
use crate::{Gateway, pages::Shown, pages::show, problem::Fault};

pub(super) fn routes() -> Router<Gateway> {
    Router::new()
        .route("/api", get(index))
        .route("/api/services/{service}", get(service))
        .route("/api/schemas/{schema}", get(one_schema))
        .route("/api/", get(|| async { Redirect::permanent("/api").into_response() }))
}

/// Services of one context.
struct Context {
    slug: String,
    name: String,
    services: Vec<Listed>,
}

struct Listed {
    slug: String,
    name: String,
    about: &'static str,
    count: usize,
}

#[derive(Template)]
#[template(path = "api.html")]
struct Index {
    demo: bool,
    contexts: Vec<Context>,
}

/// A field, or a value of an enumeration.
struct Field {
    name: String,
    place: &'static str,
    kind: String,
    link: String,
    about: String,
}

struct Described {
    id: String,
    verb: String,
    address: String,
    about: &'static str,
    fields: Vec<Field>,
    status: u16,
    answer: String,
    answer_link: String,
}

#[derive(Template)]
#[template(path = "api_service.html")]
struct Service {
    demo: bool,
    name: String,
    about: &'static str,
    operations: Vec<Described>,
}

#[derive(Template)]
#[template(path = "api_schema.html")]
struct Schema {
    demo: bool,
    name: String,
    about: &'static str,
    heading: &'static str,
    is_choice: bool,
    fields: Vec<Field>,
}

async fn index(State(gateway): State<Gateway>) -> Shown {
    let surface = Surface::of_the_protocol();
    let mut contexts: Vec<Context> = Vec::new();
    for service in openapi::services(surface) {
        let tag = openapi::tag(&service);
        let (context, name) = tag.split_once(": ").unwrap_or((&tag, &tag));
        let listed = Listed {
            slug: slug(&service),
            name: capital(name),
            about: openapi::comment_of(surface, &service),
            count: surface
                .operations
                .iter()
                .filter(|operation| *operation.service() == service)
                .count(),
        };
        match contexts.last_mut().filter(|last| last.name == context) {
            Some(last) => last.services.push(listed),
            None => contexts.push(Context {
                slug: context.to_ascii_lowercase(),
                name: context.to_owned(),
                services: vec![listed],
            }),
        }
    }
    let demo = gateway.sessions().is_demo();
    show(&Index { demo, contexts })
}

async fn service(State(gateway): State<Gateway>, Path(asked): Path<String>) -> Shown {
    let surface = Surface::of_the_protocol();
    let service = openapi::services(surface)
        .find(|service| slug(service) == asked)
        .ok_or_else(|| Fault::not_found("service"))?;
    let operations = surface
        .operations
        .iter()
        .filter(|operation| *operation.service() == service)
        .map(|operation| described(surface, operation));
    show(&Service {
        demo: gateway.sessions().is_demo(),
        name: openapi::tag(&service),
        about: openapi::comment_of(surface, &service),
        operations: operations.collect(),
    })
}

fn described(surface: &'static Surface, operation: &'static Operation) -> Described {
    let mut fields: Vec<Field> = operation
        .in_address
        .iter()
        .map(|field| row(surface, field.json_name().to_owned(), field, "address"))
        .collect();
    let free: Vec<FieldDescriptor> = operation.free_fields().collect();
    if operation.takes_body() {
        let rows = free
            .iter()
            .map(|field| row(surface, field.json_name().to_owned(), field, "body"));
        fields.extend(rows);
    } else {
        let ways = mapping::query_fields(&operation.input(), &|field| free.contains(field));
        let rows = ways.iter().filter_map(|way| {
            let field = way.last()?;
            Some(row(surface, mapping::query_name(way), field, "query"))
        });
        fields.extend(rows);
    }
    let answer = schema::name(operation.output().full_name());
    Described {
        id: operation.name().to_owned(),
        verb: operation.verb.to_string(),
        address: openapi::shown_address(operation),
        about: openapi::comment(surface, operation),
        fields,
        status: if operation.creates.is_some() && operation.verb == Method::POST {
            201
        } else {
            200
        },
        answer_link: format!("/api/schemas/{answer}"),
        answer,
    }
}

/// A message or an enumeration that something refers to.
enum Named {
    Message(MessageDescriptor),
    Choice(EnumDescriptor),
}

static NAMED: LazyLock<BTreeMap<String, Named>> = LazyLock::new(|| {
    let mut named = BTreeMap::new();
    for operation in &Surface::of_the_protocol().operations {
        for message in [operation.input(), operation.output()].iter().flat_map(schema::parts) {
            for field in message.fields() {
                if let Kind::Enum(choice) = field.kind() {
                    named.insert(schema::name(choice.full_name()), Named::Choice(choice));
                }
            }
            named.insert(schema::name(message.full_name()), Named::Message(message));
        }
    }
    named
});

async fn one_schema(State(gateway): State<Gateway>, Path(asked): Path<String>) -> Shown {
    let surface = Surface::of_the_protocol();
    let demo = gateway.sessions().is_demo();
    let page = match NAMED.get(&asked) {
        Some(Named::Message(message)) => Schema {
            demo,
            name: asked,
            about: surface.comment(message.parent_file().name(), message.path()),
            heading: "Its fields",
            is_choice: false,
            fields: message
                .fields()
                .map(|field| row(surface, field.json_name().to_owned(), &field, ""))
                .collect(),
        },
        Some(Named::Choice(choice)) => Schema {
            demo,
            name: asked,
            about: surface.comment(choice.parent_file().name(), choice.path()),
            heading: "Its values",
            is_choice: true,
            fields: choice
                .values()
                .map(|value| Field {
                    name: value.name().to_owned(),
                    place: "",
                    kind: String::new(),
                    link: String::new(),
                    about: surface.comment(choice.parent_file().name(), value.path()).to_owned(),
                })
                .collect(),
        },
        None => return Err(Fault::not_found("schema")),
    };
    show(&page)
}

fn row(surface: &'static Surface, name: String, field: &FieldDescriptor, place: &'static str) -> Field {
    let (mut kind, link) = kind(field);
    if field.is_list() {
        kind = format!("list of {kind}");
    }
    Field {
        name,
        place,
        kind,
        link,
        about: surface.comment(field.parent_file().name(), field.path()).to_owned(),
    }
}

fn kind(field: &FieldDescriptor) -> (String, String) {
    let named = |full_name: &str| {
        let name = schema::name(full_name);
        let link = format!("/api/schemas/{name}");
        (name, link)
    };
    let plain = |text: &str| (text.to_owned(), String::new());
    match field.kind() {
        Kind::Message(part) if part.full_name() == "google.protobuf.Timestamp" => plain("instant"),
        Kind::Message(part) => named(part.full_name()),
        Kind::Enum(choice) => named(choice.full_name()),
        Kind::Bool => plain("true or false"),
        Kind::Int32 | Kind::Int64 => plain("whole number"),
        Kind::Double => plain("number"),
        _ => match Form::of(field) {
            Form::Text => plain("text"),
            Form::Uuid => plain("UUID"),
            Form::Date => plain("date"),
            Form::Urn => plain("URN"),
        },
    }
}

fn slug(service: &ServiceDescriptor) -> String {
    openapi::tag(service)
        .to_ascii_lowercase()
        .replace(": ", "-")
        .replace(' ', "-")
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
        .unwrap_or_default()
}

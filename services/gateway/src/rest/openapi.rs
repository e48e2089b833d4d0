//! The description of the surface: OpenAPI 3.1, written from the protocol's descriptors and comments.

pub(super) mod schema;

use std::sync::LazyLock;

use axum::{
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use serde_json::{Map, Value as Json, json};

use self::schema::{Schemas, reference};
use super::{
    conditions, json as mapping,
    problem::PROBLEM,
    surface::{Operation, Surface},
};

static DOCUMENT: LazyLock<(String, Vec<u8>)> = LazyLock::new(|| {
    let text = serde_json::to_vec(&document(Surface::of_the_protocol())).unwrap_or_default();
    (conditions::tag(None, &text), text)
});

const ABOUT: &str = "\
Joins up teachers' professional development across schools: observations, follow-ups, appraisal, the catalogue, coaching \
and evaluation, and the views that show what came of each.

**Who asks.** Send a bearer token of the issuer. Whoever may stand in for somebody else names them in `X-On-Behalf-Of`.

**Commands** happen once under one `Idempotency-Key`, a UUID chosen by the caller: sent again with the same key, a command \
gets its first answer. (The field `requestId` in the body does the same for clients that cannot set headers.) With \
`If-Match`, a command happens only if nobody has changed the record since the version of that `ETag`; otherwise the answer \
is 409. Whatever does not lie in the address goes into the body; what is left out is empty, 0 or false.

**Queries** carry an `ETag`; with `If-None-Match` an answer that is known already comes as 304 without a body. Lists come in \
pages: `next` in the answer, and the `Link` header, are the address of the next one.

**Fields** are written as protobuf's JSON mapping has it: names in lowerCamelCase, 64-bit numbers as text, instants as \
RFC 3339, enumerations by name; no `null`, and nothing unknown.

**Problems** come as `application/problem+json` with one of a closed set of codes; `/problems` explains them.";

/// Sends the description.
pub(super) async fn show(headers: HeaderMap) -> Response {
    let (tag, text) = &*DOCUMENT;
    if conditions::is_known(&headers, tag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag.as_str())]).into_response();
    }
    let described = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-cache"),
        (header::ETAG, tag.as_str()),
    ];
    (described, text.as_slice()).into_response()
}

/// The whole description.
pub(super) fn document(surface: &'static Surface) -> Json {
    let mut schemas = Schemas::of(surface);
    let mut paths = Map::new();
    for operation in &surface.operations {
        let methods = paths.entry(shown_address(operation)).or_insert_with(|| json!({}));
        methods[operation.verb.as_str().to_ascii_lowercase()] = described(surface, operation, &mut schemas);
    }
    for (address, name, about) in [
        (
            "/live/attention",
            "GetAttentionList",
            "Says when the list of what waits has changed.",
        ),
        ("/live/link", "GetLinkReport", "Says when the link report has changed."),
    ] {
        if let Some(operation) = surface.operation(name) {
            paths.insert(address.to_owned(), live(operation, about, &mut schemas));
        }
    }
    let tags: Vec<Json> = services(surface)
        .map(|service| json!({ "name": tag(&service), "description": comment_of(surface, &service) }))
        .collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Throughline",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
        },
        "servers": [{ "url": "/" }],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas.into_named(),
            "responses": responses(),
            "headers": headers(),
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
                "session": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "throughline",
                    "description": "The session of somebody who signed in to the pages (`__Host-throughline` over https); enough to read, from these \
                                    pages alone.",
                },
            },
        },
        "security": [{ "bearer": [] }],
    })
}

/// Every service that has an address, in the order of the routes.
pub(super) fn services(surface: &'static Surface) -> impl Iterator<Item = prost_reflect::ServiceDescriptor> {
    let mut last: Option<String> = None;
    surface.operations.iter().filter_map(move |operation| {
        let service = operation.service();
        let new = last.as_deref() != Some(service.full_name());
        last = Some(service.full_name().to_owned());
        new.then(|| service.clone())
    })
}

/// A service's name for people: "Observations: follow up".
pub(super) fn tag(service: &prost_reflect::ServiceDescriptor) -> String {
    let package = service.package_name().split('.').nth(1).unwrap_or_default();
    let mut tag = package.get(..1).unwrap_or_default().to_ascii_uppercase();
    tag.push_str(package.get(1..).unwrap_or_default());
    tag.push(':');
    let name = service.name().strip_suffix("Service").unwrap_or(service.name());
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            tag.push(' ');
        }
        tag.push(letter.to_ascii_lowercase());
    }
    tag
}

/// What the protocol says about a service.
pub(super) fn comment_of<'a>(surface: &'a Surface, service: &prost_reflect::ServiceDescriptor) -> &'a str {
    surface.comment(service.parent_file().name(), service.path())
}

/// What the protocol says about an operation.
pub(super) fn comment(surface: &'static Surface, operation: &Operation) -> &'static str {
    surface.comment(operation.service().parent_file().name(), operation.rpc.path())
}

/// The address with the names of its fields as JSON writes them.
pub(super) fn shown_address(operation: &Operation) -> String {
    let mut address = operation.address.to_owned();
    for field in &operation.in_address {
        address = address.replace(&format!("{{{}}}", field.name()), &format!("{{{}}}", field.json_name()));
    }
    address
}

fn described(surface: &'static Surface, operation: &Operation, schemas: &mut Schemas) -> Json {
    let about = comment(surface, operation);
    let summary = about.split(". ").next().unwrap_or(about).trim_end_matches('.');
    let mut described = json!({
        "operationId": operation.name(),
        "tags": [tag(operation.service())],
        "summary": summary,
        "description": about,
        "parameters": parameters(operation, schemas),
        "responses": answers(operation),
    });
    if operation.verb == Method::GET {
        described["security"] = json!([{ "bearer": [] }, { "session": [] }]);
    }
    if operation.takes_body() && operation.free_fields().next().is_some() {
        described["requestBody"] = json!({
            "required": false,
            "content": { "application/json": { "schema": schemas.body(operation) } },
        });
    }
    described
}

fn parameters(operation: &Operation, schemas: &mut Schemas) -> Vec<Json> {
    let surface = Surface::of_the_protocol();
    let about = |field: &prost_reflect::FieldDescriptor| surface.comment(field.parent_file().name(), field.path());
    let mut parameters: Vec<Json> = operation
        .in_address
        .iter()
        .map(|field| {
            json!({
                "name": field.json_name(),
                "in": "path",
                "required": true,
                "description": about(field),
                "schema": schemas.in_address(field),
            })
        })
        .collect();
    if operation.has_request_id() {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": true,
            "description": "A UUID chosen by the caller; the same command sent again with it gets its first answer.",
            "schema": {
                "type": "string",
                "format": "uuid",
                "pattern": "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
            },
        }));
    }
    if operation.has_expected_version() {
        parameters.push(json!({
            "name": "If-Match",
            "in": "header",
            "required": false,
            "description": "The `ETag` of what the caller has seen, or `*` for any version.",
            "schema": { "type": "string", "pattern": "^(\\*|(W/)?\"[0-9]{1,18}(-[A-Za-z0-9_-]+)?\")$" },
        }));
    }
    if !operation.takes_body() {
        let free: Vec<u32> = operation.free_fields().map(|field| field.number()).collect();
        let ways = mapping::query_fields(&operation.input(), &|field| free.contains(&field.number()));
        parameters.extend(ways.iter().filter_map(|way| {
            let field = way.last()?;
            let many = way.iter().any(prost_reflect::FieldDescriptor::is_list);
            let one = schemas.in_query(field);
            Some(json!({
                "name": mapping::query_name(way),
                "in": "query",
                "required": false,
                "description": about(field),
                "schema": if many { json!({ "type": "array", "items": one }) } else { one },
            }))
        }));
    }
    parameters
}

fn answers(operation: &Operation) -> Json {
    let content = json!({
        "application/json": { "schema": reference(&schema::name(operation.output().full_name())) },
    });
    let header = |name: &str| json!({ "$ref": format!("#/components/headers/{name}") });
    let mut answers = Map::new();
    if operation.verb == Method::GET {
        let mut headers = json!({ "ETag": header("ETag") });
        if operation.next.is_some() {
            headers["Link"] = header("Link");
        }
        answers.insert(
            "200".into(),
            json!({ "description": "The answer.", "headers": headers, "content": content }),
        );
        answers.insert(
            "304".into(),
            json!({ "description": "The caller has this answer already." }),
        );
    } else if operation.creates.is_some() {
        let headers = json!({ "ETag": header("ETag"), "Location": header("Location") });
        answers.insert(
            "201".into(),
            json!({ "description": "It is recorded.", "headers": headers, "content": content }),
        );
    } else {
        let headers = json!({ "ETag": header("ETag") });
        answers.insert(
            "200".into(),
            json!({ "description": "It is done.", "headers": headers, "content": content }),
        );
    }
    let mut refused = vec!["400", "401", "403", "404", "406", "422", "429", "500", "503", "504"];
    if operation.verb != Method::GET {
        refused.push("409");
    }
    if operation.takes_body() {
        refused.extend(["413", "415"]);
    }
    for status in refused {
        answers.insert(
            status.into(),
            json!({ "$ref": format!("#/components/responses/{status}") }),
        );
    }
    Json::Object(answers)
}

fn live(operation: &Operation, about: &str, schemas: &mut Schemas) -> Json {
    let mut answers = json!({
        "200": {
            "description": "Events named `changed`: one at the beginning, then one whenever the answer has changed. Their data \
                            is a digest that means nothing by itself; ask again for what changed.",
            "content": { "text/event-stream": { "schema": { "type": "string" } } },
        },
    });
    for status in ["400", "401", "403", "404", "422", "429", "500", "503", "504"] {
        answers[status] = json!({ "$ref": format!("#/components/responses/{status}") });
    }
    json!({
        "get": {
            "operationId": format!("Watch{}", operation.name().trim_start_matches("Get")),
            "tags": [tag(operation.service())],
            "summary": about.trim_end_matches('.'),
            "description": about,
            "parameters": parameters(operation, schemas),
            "responses": answers,
            "security": [{ "bearer": [] }, { "session": [] }],
        },
    })
}

fn responses() -> Json {
    let mut responses = Map::new();
    for (status, about) in [
        ("400", "Something in the request is not right: INVALID_ARGUMENT."),
        ("401", "Nobody is signed in: UNAUTHENTICATED."),
        ("403", "The caller may not do or see this: PERMISSION_DENIED."),
        (
            "404",
            "There is nothing here, or nothing that the caller may know of: NOT_FOUND.",
        ),
        ("406", "Only JSON can be sent."),
        (
            "409",
            "It is there already, or somebody changed it meanwhile: ALREADY_EXISTS, VERSION_CONFLICT.",
        ),
        ("413", "The body is too large."),
        ("415", "The body is not JSON."),
        (
            "422",
            "A rule forbids this as things stand, or the key was used for another command: FAILED_PRECONDITION, REQUEST_REUSED.",
        ),
        ("429", "Too much at once: RESOURCE_EXHAUSTED."),
        ("500", "A fault on our side: INTERNAL."),
        ("503", "Not available right now: UNAVAILABLE."),
        ("504", "Not done in the time allowed: DEADLINE_EXCEEDED."),
    ] {
        let mut response = json!({
            "description": about,
            "content": { PROBLEM: { "schema": reference("Problem") } },
        });
        if ["429", "503", "504"].contains(&status) {
            response["headers"] = json!({ "Retry-After": { "$ref": "#/components/headers/Retry-After" } });
        }
        responses.insert(status.into(), response);
    }
    Json::Object(responses)
}

fn headers() -> Json {
    json!({
        "ETag": {
            "description": "The version that the answer shows or left behind; send it as `If-Match` or `If-None-Match`.",
            "schema": { "type": "string" },
        },
        "Link": {
            "description": "The next page, with `rel=\"next\"`; absent on the last page.",
            "schema": { "type": "string" },
        },
        "Location": {
            "description": "Where what was created can be read.",
            "schema": { "type": "string", "format": "uri-reference" },
        },
        "Retry-After": { "description": "Seconds to wait.", "schema": { "type": "integer" } },
    })
}

//! One request, from HTTP to a service and back.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{FromRequestParts as _, RawPathParams, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts, uri::PathAndQuery},
    response::{IntoResponse as _, Response},
};
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};
use service::{Error, Violations, telemetry};
use tonic::transport::Channel;

use super::{
    caller::Caller,
    codec::Dynamic,
    conditions,
    json::{self, Answer},
    ours,
    problem::Problem,
    surface::Operation,
    text_of,
};
use crate::Gateway;

/// Largest answer of a service, in bytes.
const MOST: usize = 64 * 1024 * 1024;

/// Answers a request to one of the addresses.
pub(super) async fn answer(gateway: Gateway, operation: &'static Operation, request: Request) -> Response {
    match attempt(&gateway, operation, request).await {
        Ok(response) => response,
        Err(problem) => problem.into_response(),
    }
}

async fn attempt(gateway: &Gateway, operation: &'static Operation, request: Request) -> Result<Response, Problem> {
    let (mut parts, body) = request.into_parts();
    let caller = Caller::of(gateway, &parts.method, &parts.headers).await?;
    if !takes_json(&parts.headers) {
        return Err(Problem::not_acceptable());
    }
    let message = read(gateway, operation, &mut parts, body).await?;
    let asked = message.clone();
    let answer = call(gateway, operation, message, &caller).await?;
    show(operation, &parts, &asked, &answer)
}

/// Asks the service behind an operation.
pub(super) async fn call(
    gateway: &Gateway,
    operation: &Operation,
    message: DynamicMessage,
    caller: &Caller,
) -> Result<DynamicMessage, Problem> {
    let patience = gateway.rest().options.timeout;
    let path = format!("/{}/{}", operation.service().full_name(), operation.name());
    let path = PathAndQuery::try_from(path).map_err(Error::internal)?;
    let mut request = tonic::Request::new(message);
    caller.sign(request.metadata_mut());
    request.set_timeout(patience);
    let channel = telemetry::outgoing(channel(gateway, operation)?);
    let mut client = tonic::client::Grpc::new(channel).max_decoding_message_size(MOST);
    let codec = Dynamic {
        answer: operation.output(),
    };
    let asked = async {
        client
            .ready()
            .await
            .map_err(|error| Error::unavailable(error.to_string()))?;
        let answer = client.unary(request, path, codec).await?;
        Ok::<_, Problem>(answer.into_inner())
    };
    // The service has the same patience: a moment more lets its own words arrive.
    match tokio::time::timeout(patience + Duration::from_millis(200), asked).await {
        Ok(answer) => answer,
        Err(_) => Err(Error::deadline_exceeded(format!("not done within {} s", patience.as_secs())).into()),
    }
}

fn channel(gateway: &Gateway, operation: &Operation) -> Result<Channel, Error> {
    let channels = gateway.channels();
    let channel = match operation.service().package_name().split('.').nth(1) {
        Some("directory") => &channels.directory,
        Some("observations") => &channels.observations,
        Some("appraisal") => &channels.appraisal,
        Some("catalogue") => &channels.catalogue,
        Some("coaching") => &channels.coaching,
        Some("evaluation") => &channels.evaluation,
        Some("projection") => &channels.projection,
        _ => return Err(ours("no service is known for this address")),
    };
    Ok(channel.clone())
}

/// The message that a request says with its address, its query or body, and its headers.
async fn read(
    gateway: &Gateway,
    operation: &Operation,
    parts: &mut Parts,
    body: Body,
) -> Result<DynamicMessage, Problem> {
    let mut violations = Violations::new();
    let mut message = DynamicMessage::new(operation.input());
    let query = parts.uri.query().unwrap_or_default();
    if operation.takes_body() {
        if !query.is_empty() {
            violations.add("query", "is not used here: send the fields in the body");
        }
        let body = read_body(gateway, &parts.headers, body).await?;
        if !body.is_empty() {
            let json = serde_json::from_slice(&body)
                .map_err(|error| Error::invalid("body", format!("is not JSON: {error}")))?;
            json::read(&json, &mut message, &|_| true, &mut violations);
        }
    } else {
        let free: Vec<u32> = operation.free_fields().map(|field| field.number()).collect();
        json::read_query(
            query,
            &mut message,
            &|field| free.contains(&field.number()),
            &mut violations,
        );
    }
    let in_address = RawPathParams::from_request_parts(parts, &())
        .await
        .map_err(|_| Error::invalid("address", "is not text in UTF-8"))?;
    for (name, text) in &in_address {
        if let Some(field) = operation.in_address.iter().find(|field| field.name() == name) {
            place(field, text, &mut message, &mut violations);
        }
    }
    conditions::read(operation, &parts.headers, &mut message, &mut violations);
    violations.finish().map_err(Problem::from)?;
    Ok(message)
}

/// Puts a part of the address into its field. The body may say it once more, but nothing else.
fn place(field: &FieldDescriptor, text: &str, message: &mut DynamicMessage, violations: &mut Violations) {
    match json::scalar(field, text) {
        Ok(value) => {
            let agrees = !message.has_field(field) || *message.get_field(field) == value;
            violations.check(agrees, field.name(), || {
                "differs from the address: leave it out".to_owned()
            });
            message.set_field(field, value);
        }
        Err(fault) => violations.add(field.name(), fault),
    }
}

async fn read_body(gateway: &Gateway, headers: &HeaderMap, body: Body) -> Result<Vec<u8>, Problem> {
    let most = gateway.rest().options.max_body;
    let declared = text_of(headers, header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|length| length > most) {
        return Err(Problem::too_large(most));
    }
    let body = axum::body::to_bytes(body, most)
        .await
        .map_err(|_| Problem::too_large(most))?;
    let is_json = text_of(headers, header::CONTENT_TYPE).is_some_and(|kind| {
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/json")
    });
    if is_json || body.is_empty() {
        Ok(body.to_vec())
    } else {
        Err(Problem::not_json())
    }
}

/// Whether the caller takes what is sent. Weights do not matter where there is one form.
fn takes_json(headers: &HeaderMap) -> bool {
    let Some(accept) = text_of(headers, header::ACCEPT) else {
        return true;
    };
    accept.trim().is_empty()
        || accept.split(',').any(|range| {
            let kind = range.split(';').next().unwrap_or_default().trim();
            ["*/*", "application/*", "application/json", super::problem::PROBLEM]
                .iter()
                .any(|taken| kind.eq_ignore_ascii_case(taken))
        })
}

/// An answer as HTTP says it.
fn show(
    operation: &Operation,
    parts: &Parts,
    asked: &DynamicMessage,
    answer: &DynamicMessage,
) -> Result<Response, Problem> {
    let next = next(operation, parts, answer);
    let body = Answer {
        message: answer,
        next: next.as_deref(),
    };
    let body = body.to_bytes().map_err(Error::internal)?;
    let mut headers = HeaderMap::new();
    let mut insert = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    let mut status = StatusCode::OK;
    if operation.verb == Method::GET {
        let version = operation.version.as_ref().and_then(|(part, version)| match part {
            None => answer.get_field(version).as_i64(),
            Some(part) => answer.get_field(part).as_message()?.get_field(version).as_i64(),
        });
        let tag = conditions::tag(version, &body);
        insert(header::ETAG, &tag);
        if conditions::is_known(&parts.headers, &tag) {
            return Ok((StatusCode::NOT_MODIFIED, headers).into_response());
        }
    } else if let Some(recorded) = answer.get_field_by_name("recorded")
        && let Some(recorded) = recorded.as_message()
    {
        if let Some(version) = recorded
            .get_field_by_name("version")
            .and_then(|version| version.as_i64())
        {
            insert(header::ETAG, &conditions::version_tag(version));
        }
        if let Some((address, field)) = &operation.creates {
            status = StatusCode::CREATED;
            let said = text_in(asked, field).or_else(|| text_in(recorded, "id"));
            insert(header::LOCATION, &format!("{address}/{}", said.unwrap_or_default()));
        }
    }
    if let Some(next) = &next {
        insert(header::LINK, &format!("<{next}>; rel=\"next\""));
    }
    insert(header::CONTENT_TYPE, "application/json");
    Ok((status, headers, body).into_response())
}

fn text_in(message: &DynamicMessage, field: &str) -> Option<String> {
    let value = message.get_field_by_name(field)?;
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The address of the next page: this one, from there on.
fn next(operation: &Operation, parts: &Parts, answer: &DynamicMessage) -> Option<String> {
    let token = answer.get_field(operation.next.as_ref()?);
    let Value::String(token) = &*token else { return None };
    if token.is_empty() {
        return None;
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, text) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        if name != "pageToken" && name != "page_token" {
            query.append_pair(&name, &text);
        }
    }
    query.append_pair("pageToken", token);
    // The router has taken `/v1` off the address.
    Some(format!("/v1{}?{}", parts.uri.path(), query.finish()))
}

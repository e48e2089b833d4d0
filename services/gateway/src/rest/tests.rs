//! The surface as its callers meet it, with stand-ins for the services.

use std::{
    collections::BTreeSet,
    num::NonZeroU32,
    sync::{Arc, Mutex},
};

use api::{common::v1::Recorded, directory::v1 as directory};
use axum::{
    body::Body,
    http::{HeaderValue, Method, Request, Response, StatusCode, header},
};
use client::Channels;
use db::Db;
use identity::{Kek, Keys, issuer::Issuer};
use prost_reflect::DescriptorPool;
use serde_json::{Value as Json, json};
use service::{Error, Listen, Server, Violations, server::Limits};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

use super::{Options, Origin, openapi, surface::Surface};
use crate::{Deps, Gateway, SignIn, Visits};

const TRUST: &str = "0198a1b2-0000-7000-8000-0123456789ab";
const KEY: &str = "0198a1b2-0000-7000-8000-00000000000a";

/// A stand-in for the directory's trusts: it remembers what it was asked.
#[derive(Clone, Default)]
struct Trusts {
    asked: Arc<Mutex<Vec<String>>>,
}

type Answer<T> = Result<tonic::Response<T>, tonic::Status>;

#[tonic::async_trait]
impl directory::trust_service_server::TrustService for Trusts {
    async fn register_trust(
        &self,
        request: tonic::Request<directory::RegisterTrustRequest>,
    ) -> Answer<directory::RegisterTrustResponse> {
        let request = request.into_inner();
        self.asked.lock().unwrap().push(request.request_id.clone());
        let recorded = Recorded {
            id: request.trust_id,
            version: 1,
            ..Recorded::default()
        };
        Ok(tonic::Response::new(recorded.into()))
    }

    async fn rename_trust(
        &self,
        request: tonic::Request<directory::RenameTrustRequest>,
    ) -> Answer<directory::RenameTrustResponse> {
        let request = request.into_inner();
        match request.expected_version {
            Some(2) => {
                let recorded = Recorded {
                    id: request.trust_id,
                    version: 3,
                    ..Recorded::default()
                };
                Ok(tonic::Response::new(recorded.into()))
            }
            Some(expected) => Err(Error::version_conflict(expected, 2).into()),
            None => {
                let mut violations = Violations::new();
                violations.add("half_terms[0].from_on", "must be given");
                Err(Error::from(violations).into())
            }
        }
    }

    async fn set_trust_term_dates(
        &self,
        _: tonic::Request<directory::SetTrustTermDatesRequest>,
    ) -> Answer<directory::SetTrustTermDatesResponse> {
        Err(Error::unavailable("away").into())
    }

    async fn get_trust(
        &self,
        request: tonic::Request<directory::GetTrustRequest>,
    ) -> Answer<directory::GetTrustResponse> {
        let told = request
            .metadata()
            .get("x-on-behalf-of")
            .map(|id| id.to_str().unwrap().to_owned());
        self.asked.lock().unwrap().extend(told);
        if request.metadata().get("authorization").unwrap() != "Bearer somebody" {
            return Err(Error::unauthenticated("no such token").because("TOKEN_EXPIRED").into());
        }
        let trust = directory::Trust {
            trust_id: request.into_inner().trust_id,
            name: "Northern Lights".into(),
            version: 2,
            ..directory::Trust::default()
        };
        Ok(tonic::Response::new(directory::GetTrustResponse { trust: Some(trust) }))
    }

    async fn list_trusts(
        &self,
        request: tonic::Request<directory::ListTrustsRequest>,
    ) -> Answer<directory::ListTrustsResponse> {
        let request = request.into_inner();
        Ok(tonic::Response::new(directory::ListTrustsResponse {
            next_page_token: if request.page_token.is_empty() { "a+b" } else { "" }.into(),
            ..directory::ListTrustsResponse::default()
        }))
    }
}

/// A gateway that nobody has signed in to.
async fn gateway(channels: Channels, rest: Options) -> (Gateway, tempfile::TempDir) {
    let files = tempfile::tempdir().unwrap();
    let database = |name: &str| Db::open(format!("sqlite:{}", files.path().join(name).display()));
    let keys = Keys::over(database("keys.db").await.unwrap(), Kek::generate())
        .await
        .unwrap();
    let gateway = Gateway::open(Deps {
        channels,
        db: database("gateway.db").await.unwrap(),
        keys,
        sign_in: SignIn::Demo {
            issuer: Arc::new(Issuer::open(files.path(), "http://127.0.0.1:1").unwrap()),
            people: Arc::new(Vec::new),
        },
        rest,
        visits: Visits::default(),
    });
    (gateway.await.unwrap(), files)
}

/// A gateway before the stand-in.
struct Site {
    router: axum::Router,
    trusts: Trusts,
    _server: service::Running,
    _files: tempfile::TempDir,
}

impl Site {
    async fn new(options: Options) -> Self {
        let trusts = Trusts::default();
        let server = Server::new("directory", Limits::default())
            .with(directory::trust_service_server::TrustServiceServer::new(trusts.clone()))
            .start(Listen::Memory, CancellationToken::new())
            .await
            .unwrap();
        let (gateway, files) = gateway(Channels::one(server.channel()), options).await;
        Self {
            router: gateway.router(),
            trusts,
            _server: server,
            _files: files,
        }
    }

    async fn send(&self, mut request: Request<Body>) -> Response<Body> {
        // A demo answers to its own loopback address alone.
        request
            .headers_mut()
            .insert(header::HOST, HeaderValue::from_static("127.0.0.1"));
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn get(&self, address: &str) -> (StatusCode, Json) {
        told(self.send(request(Method::GET, address, &[], "")).await).await
    }
}

fn request(method: Method, address: &str, headers: &[(&str, &str)], body: &'static str) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(address)
        .header("authorization", "Bearer somebody");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_empty() && !headers.iter().any(|(name, _)| *name == "content-type") {
        request = request.header("content-type", "application/json");
    }
    request.body(Body::from(body)).unwrap()
}

async fn told(response: Response<Body>) -> (StatusCode, Json) {
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

#[test]
fn every_rpc_is_routed_or_internal() {
    let surface = Surface::of_the_protocol();
    let mut known = BTreeSet::new();
    for name in surface
        .operations
        .iter()
        .map(|operation| operation.rpc.full_name().to_owned())
        .chain(surface.internal.iter().cloned())
    {
        assert!(known.insert(name.clone()), "{name} is there twice");
    }
    let pool = DescriptorPool::decode(api::DESCRIPTORS).unwrap();
    let all: BTreeSet<String> = pool
        .services()
        .filter(|service| service.package_name().starts_with("throughline."))
        .flat_map(|service| {
            service
                .methods()
                .map(|method| method.full_name().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(known, all);
}

#[test]
fn names_are_unique_and_every_command_can_be_repeated() {
    let surface = Surface::of_the_protocol();
    let names: BTreeSet<&str> = surface.operations.iter().map(|operation| operation.name()).collect();
    assert_eq!(names.len(), surface.operations.len());
    for operation in &surface.operations {
        let reads = operation.verb == Method::GET;
        assert!(
            !(reads && operation.has_request_id()),
            "{} is a command",
            operation.name()
        );
    }
}

#[test]
fn the_description_refers_to_nothing_that_is_not_there() {
    fn references(json: &Json, into: &mut Vec<String>) {
        match json {
            Json::Object(members) => {
                for (name, value) in members {
                    match value {
                        Json::String(reference) if name == "$ref" => into.push(reference.clone()),
                        value => references(value, into),
                    }
                }
            }
            Json::Array(elements) => elements.iter().for_each(|element| references(element, into)),
            _ => {}
        }
    }
    let document = openapi::document(Surface::of_the_protocol());
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 1000);
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn a_query_is_answered_with_every_field_and_a_tag() {
    let site = Site::new(Options::default()).await;
    let address = format!("/v1/trusts/{TRUST}");
    let response = site.send(request(Method::GET, &address, &[], "")).await;
    let tag = response.headers()[header::ETAG].to_str().unwrap().to_owned();
    assert!(tag.starts_with("\"2-"), "{tag}");
    let (_, body) = told(response).await;
    assert_eq!(body["trust"]["name"], "Northern Lights");
    assert_eq!(body["trust"]["version"], "2");
    assert_eq!(body["trust"]["groupId"], "");

    let again = site
        .send(request(Method::GET, &address, &[("if-none-match", &tag)], ""))
        .await;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()[header::ETAG], tag);

    let stands_in = [("x-on-behalf-of", KEY)];
    site.send(request(Method::GET, &address, &stands_in, "")).await;
    assert_eq!(*site.trusts.asked.lock().unwrap(), [KEY]);
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_told_so() {
    let site = Site::new(Options::default()).await;
    for authorization in [None, Some("Basic c29tZWJvZHk="), Some("Bearer"), Some("Bearer nobody")] {
        let mut request = Request::get(format!("/v1/trusts/{TRUST}"));
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let response = site.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{authorization:?}");
        assert_eq!(response.headers()[header::WWW_AUTHENTICATE], "Bearer");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
    }
}

#[tokio::test]
async fn a_page_leads_to_the_next() {
    let site = Site::new(Options::default()).await;
    let response = site.send(request(Method::GET, "/v1/trusts?pageSize=2", &[], "")).await;
    let link = response.headers()[header::LINK].to_str().unwrap().to_owned();
    let (_, body) = told(response).await;
    assert_eq!(body["next"], "/v1/trusts?pageSize=2&pageToken=a%2Bb");
    assert_eq!(link, format!("<{}>; rel=\"next\"", body["next"].as_str().unwrap()));

    let last = site
        .send(request(Method::GET, body["next"].as_str().unwrap(), &[], ""))
        .await;
    assert!(last.headers().get(header::LINK).is_none());
    assert!(told(last).await.1.get("next").is_none());
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_told_with_its_place() {
    let site = Site::new(Options::default()).await;
    for (address, fields) in [
        ("/v1/trusts?foo=1", vec!["foo"]),
        (
            "/v1/trusts?pageSize=x&pageToken=1&pageToken=2",
            vec!["pageSize", "pageToken"],
        ),
        ("/v1/trusts?pageSize=99999999999", vec!["pageSize"]),
        ("/v1/trusts?pageToken=%ff", vec!["pageToken"]),
        ("/v1/trusts?pageToken=%00", vec!["pageToken"]),
        ("/v1/trusts/42", vec!["trustId"]),
        ("/v1/trusts/%ff", vec!["address"]),
        (
            "/v1/reports/link?atLeast.source=a&atLeast.source=b&atLeast.position=1",
            vec!["atLeast.source"],
        ),
    ] {
        let (status, problem) = site.get(address).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{address}");
        assert_eq!(problem["code"], "INVALID_ARGUMENT");
        let found: Vec<&str> = problem["violations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|violation| violation["field"].as_str().unwrap())
            .collect();
        assert_eq!(found, fields, "{address}");
    }
}

#[tokio::test]
async fn a_command_happens_under_its_key() {
    let site = Site::new(Options::default()).await;
    let other = "0198a1b2-0000-7000-8000-00000000000b";
    let said =
        r#"{"trustId":"0198a1b2-0000-7000-8000-0123456789ab","requestId":"0198a1b2-0000-7000-8000-00000000000a"}"#;
    let silent = r#"{"trustId":"0198a1b2-0000-7000-8000-0123456789ab","name":"x"}"#;
    let quoted = format!("\"{KEY}\"");
    for (key, body, status) in [
        (Some(KEY), silent, StatusCode::CREATED),
        (Some(quoted.as_str()), silent, StatusCode::CREATED),
        (Some(KEY), said, StatusCode::CREATED),
        (None, said, StatusCode::CREATED),
        (None, silent, StatusCode::BAD_REQUEST),
        (Some("nonsense"), silent, StatusCode::BAD_REQUEST),
        (Some(other), said, StatusCode::BAD_REQUEST),
    ] {
        let headers: Vec<(&str, &str)> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        let response = site.send(request(Method::POST, "/v1/trusts", &headers, body)).await;
        assert_eq!(response.status(), status, "{key:?} {body}");
        if status == StatusCode::CREATED {
            assert_eq!(response.headers()[header::LOCATION], format!("/v1/trusts/{TRUST}"));
            assert_eq!(response.headers()[header::ETAG], "\"1\"");
        }
    }
    assert_eq!(*site.trusts.asked.lock().unwrap(), [KEY; 4]);
}

#[tokio::test]
async fn a_version_that_was_overtaken_is_a_conflict() {
    let site = Site::new(Options::default()).await;
    let address = format!("/v1/trusts/{TRUST}");
    for (if_match, body, status) in [
        ("\"2-abc\"", "{}", StatusCode::OK),
        ("W/\"2\"", r#"{"expectedVersion":"2"}"#, StatusCode::OK),
        ("\"1\"", "{}", StatusCode::CONFLICT),
        ("\"2\"", r#"{"expectedVersion":"3"}"#, StatusCode::BAD_REQUEST),
        ("2", "{}", StatusCode::BAD_REQUEST),
        ("*", "{}", StatusCode::BAD_REQUEST),
    ] {
        let headers = [("idempotency-key", KEY), ("if-match", if_match)];
        let (found, problem) = told(site.send(request(Method::PATCH, &address, &headers, body)).await).await;
        assert_eq!(found, status, "{if_match} {body}");
        if status == StatusCode::CONFLICT {
            assert_eq!(problem["type"], "/problems/version-conflict");
            assert_eq!(problem["facts"]["actual_version"], "2");
        }
        if if_match == "*" {
            // Any version: the stand-in then finds fault with a field, which is told as JSON writes it.
            assert_eq!(problem["violations"][0]["field"], "halfTerms[0].fromOn");
        }
    }
}

#[tokio::test]
async fn bodies_are_taken_as_strictly_as_they_are_described() {
    let site = Site::new(Options::default()).await;
    let address = format!("/v1/trusts/{TRUST}");
    for (body, field) in [
        (r#"{"nmae":"x"}"#, "nmae"),
        (r#"{"name":1}"#, "name"),
        (r#"{"name":null}"#, "name"),
        (r#"{"occurredAt":"yesterday"}"#, "occurredAt"),
        (r#"{"expectedVersion":1.5}"#, "expectedVersion"),
        (r#"{"expectedVersion":"99999999999999999999"}"#, "expectedVersion"),
        (r#"{"trustId":"0198a1b2-0000-7000-8000-00000000000b"}"#, "trustId"),
        ("[]", "body"),
        ("{", "body"),
        (r#"{"name":"\ud800"}"#, "body"),
    ] {
        let headers = [("idempotency-key", KEY)];
        let (status, problem) = told(site.send(request(Method::PATCH, &address, &headers, body)).await).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!(problem["violations"][0]["field"], field, "{body}");
    }
    let (_, problem) = told(
        site.send(request(
            Method::PUT,
            &format!("{address}/term-dates/2025"),
            &[],
            r#"{"halfTerms":[{"x":1}]}"#,
        ))
        .await,
    )
    .await;
    assert_eq!(problem["violations"][0]["field"], "halfTerms[0].x");
}

#[tokio::test]
async fn http_has_its_own_refusals() {
    let options = Options {
        max_body: 64,
        ..Options::default()
    };
    let site = Site::new(options).await;
    let key = ("idempotency-key", KEY);
    let long = concat!(
        r#"{"name":"0123456789012345678901234567890123456789"#,
        r#"0123456789012345678901234567890123456789"}"#
    );
    for (request, status, reason) in [
        (
            request(Method::GET, "/v1/nothing", &[], ""),
            StatusCode::NOT_FOUND,
            "NO_SUCH_ADDRESS",
        ),
        (
            request(Method::DELETE, "/v1/trusts", &[], ""),
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
        ),
        (
            request(Method::POST, "/v1/trusts", &[key], long),
            StatusCode::PAYLOAD_TOO_LARGE,
            "BODY_TOO_LARGE",
        ),
        (
            request(Method::POST, "/v1/trusts", &[key, ("content-type", "text/plain")], "{}"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "NOT_JSON",
        ),
        (
            request(Method::GET, "/v1/trusts", &[("accept", "text/html")], ""),
            StatusCode::NOT_ACCEPTABLE,
            "NOT_ACCEPTABLE",
        ),
    ] {
        let response = site.send(request).await;
        let allow = response.headers().get(header::ALLOW).cloned();
        let (found, problem) = told(response).await;
        assert_eq!((found, problem["reason"].as_str().unwrap()), (status, reason));
        assert_eq!(problem["status"], json!(status.as_u16()));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            let allow = allow.unwrap();
            let allow: BTreeSet<&str> = allow.to_str().unwrap().split(',').collect();
            assert_eq!(allow, BTreeSet::from(["GET", "HEAD", "POST"]));
        }
    }
}

#[tokio::test]
async fn what_is_away_for_a_moment_says_when_to_come_again() {
    let site = Site::new(Options::default()).await;
    let address = format!("/v1/trusts/{TRUST}/term-dates/2025");
    let response = site
        .send(request(Method::PUT, &address, &[("idempotency-key", KEY)], ""))
        .await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()[header::RETRY_AFTER], "1");
}

#[tokio::test]
async fn each_caller_may_ask_so_often() {
    let options = Options {
        per_second: NonZeroU32::MIN,
        burst: NonZeroU32::new(2).unwrap(),
        ..Options::default()
    };
    let site = Site::new(options).await;
    let ask = |caller: &str| {
        let request = Request::get(format!("/v1/trusts/{TRUST}")).header("authorization", format!("Bearer {caller}"));
        site.send(request.body(Body::empty()).unwrap())
    };
    for _ in 0..2 {
        assert_eq!(ask("somebody").await.status(), StatusCode::OK);
    }
    let refused = ask("somebody").await;
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    let (status, problem) = told(refused).await;
    assert_eq!(
        (status, &problem["reason"]),
        (StatusCode::TOO_MANY_REQUESTS, &json!("RATE_LIMITED"))
    );
    assert_eq!(ask("another").await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn other_sites_are_let_in_by_name_alone() {
    let named = Options {
        origins: vec!["https://timetable.example".parse().unwrap()],
        ..Options::default()
    };
    for (options, origin, allowed) in [
        (Options::default(), "https://timetable.example", false),
        (named.clone(), "https://timetable.example", true),
        (named, "https://elsewhere.example", false),
    ] {
        let site = Site::new(options).await;
        let response = site
            .send(request(Method::GET, "/v1/trusts", &[("origin", origin)], ""))
            .await;
        let told = response.headers().get(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        assert_eq!(told.is_some(), allowed, "{origin}");
        assert!(
            !response
                .headers()
                .contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS)
        );
    }
}

#[test]
fn an_origin_is_a_site() {
    for (text, is) in [
        ("https://timetable.example", true),
        ("http://127.0.0.1:8080", true),
        ("https://timetable.example/", false),
        ("*", false),
        ("null", false),
        ("https://*.example", false),
        ("", false),
    ] {
        assert_eq!(text.parse::<Origin>().is_ok(), is, "{text}");
    }
}

#[tokio::test]
async fn every_code_is_explained() {
    let site = Site::new(Options::default()).await;
    for code in service::Code::ALL {
        let address = format!("/problems/{}", super::problem::slug(code));
        assert_eq!(site.get(&address).await.0, StatusCode::OK, "{address}");
    }
    assert_eq!(site.get("/problems/bad-luck").await.0, StatusCode::NOT_FOUND);
    for page in [
        "/api",
        "/api/services/observations-follow-up",
        "/api/schemas/FollowUp",
        "/api/schemas/Purpose",
    ] {
        assert_eq!(site.get(page).await.0, StatusCode::OK, "{page}");
    }
}

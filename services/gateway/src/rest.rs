//! REST: every command and query of the services under `/v1`, described at `/openapi.json` and shown at `/api`.
//!
//! Nothing here knows a single request by its type: `routes.txt` says which address is which RPC, the protocol's
//! descriptors say what goes in and comes out, and JSON is the canonical mapping of protobuf.

mod browse;
mod call;
mod caller;
mod codec;
mod conditions;
mod field;
mod json;
mod limits;
mod live;
mod openapi;
mod problem;
mod surface;
#[cfg(test)]
mod tests;

use std::{num::NonZeroU32, str::FromStr, time::Duration};

use axum::{
    Router,
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    middleware,
    routing::{MethodRouter, get},
};
use service::{Code, Error};
use tokio_util::sync::CancellationToken;
use tower_http::cors::{AllowOrigin, CorsLayer};

use self::{limits::Limiter, live::Streams, problem::Problem, surface::Surface};
use crate::Gateway;

/// How much is taken on from each caller, and from where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Requests a second that one caller may send for long.
    pub per_second: NonZeroU32,
    /// Requests that one caller may send at once.
    pub burst: NonZeroU32,
    /// Largest request, in bytes.
    pub max_body: usize,
    /// Longest time for an answer.
    pub timeout: Duration,
    /// Other sites whose scripts may use the interface, such as `https://example.org`; none unless named.
    pub origins: Vec<Origin>,
    /// How often a live stream looks for something new.
    pub look_every: Duration,
    /// Live streams that one caller may hold open.
    pub streams: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            per_second: const { NonZeroU32::new(50).expect("not nought") },
            burst: const { NonZeroU32::new(500).expect("not nought") },
            max_body: 1024 * 1024,
            timeout: Duration::from_secs(30),
            origins: Vec::new(),
            look_every: Duration::from_secs(2),
            streams: 6,
        }
    }
}

/// A site, as browsers name it: `https://example.org`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(HeaderValue);

impl FromStr for Origin {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        host.filter(|host| !host.is_empty() && !host.contains(['/', '*', '?', '#', '@', ' ']))
            .and_then(|_| HeaderValue::from_str(&text.to_ascii_lowercase()).ok())
            .map(Self)
            .ok_or("is not a site: write it as https://example.org, without a path")
    }
}

/// What requests share.
pub(crate) struct Rest {
    options: Options,
    limiter: Limiter,
    streams: Streams,
    /// Ends live streams when the server ends, which otherwise would wait for them.
    pub(crate) closing: CancellationToken,
}

impl Rest {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            limiter: Limiter::new(&options),
            streams: Streams::new(options.streams),
            options,
            closing: CancellationToken::new(),
        }
    }
}

pub(crate) fn routes(gateway: &Gateway) -> Router<Gateway> {
    let surface = Surface::of_the_protocol();
    let mut v1 = Router::new();
    for (address, operations) in surface.addresses() {
        let methods = operations.fold(MethodRouter::new(), |methods, operation| {
            methods.on(
                operation.filter(),
                move |State(gateway): State<Gateway>, request: Request| call::answer(gateway, operation, request),
            )
        });
        v1 = v1.route(address.strip_prefix("/v1").unwrap_or(address), methods);
    }
    let v1 = v1
        .method_not_allowed_fallback(|| async { Problem::wrong_method() })
        .fallback(|| async { Problem::no_such_address() });
    let limited = |State(gateway): State<Gateway>, request: Request, next: middleware::Next| async move {
        match gateway.rest().limiter.admit(&request) {
            Ok(()) => next.run(request).await,
            Err(problem) => axum::response::IntoResponse::into_response(problem),
        }
    };
    let limited = Router::new()
        .nest("/v1", v1)
        .merge(live::routes())
        .layer(middleware::from_fn_with_state(gateway.clone(), limited));
    let open = Router::new().route("/openapi.json", get(openapi::show));
    let shared = match cors(&gateway.rest().options) {
        Some(cors) => limited.merge(open).layer(cors),
        None => limited.merge(open),
    };
    shared.merge(browse::routes()).merge(problem::routes())
}

/// Closed, unless origins are configured. Cookies never cross.
fn cors(options: &Options) -> Option<CorsLayer> {
    if options.origins.is_empty() {
        return None;
    }
    let asked = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        HeaderName::from_static(conditions::IDEMPOTENCY_KEY),
        HeaderName::from_static(caller::ON_BEHALF_OF),
    ];
    let shown = [header::ETAG, header::LINK, header::LOCATION, header::RETRY_AFTER];
    Some(
        CorsLayer::new()
            .allow_origin(AllowOrigin::list(options.origins.iter().map(|origin| origin.0.clone())))
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
            .allow_headers(asked)
            .expose_headers(shown)
            .max_age(Duration::from_secs(600)),
    )
}

/// A header's text, if it is there and is text.
fn text_of(headers: &axum::http::HeaderMap, name: impl axum::http::header::AsHeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// What cannot come about while the descriptors are those of the protocol.
fn ours(message: &str) -> Error {
    Error::new(Code::Internal, message)
}

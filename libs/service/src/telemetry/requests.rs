//! A span and two metrics for every gRPC request that a server takes.

use super::context::join_headers;
use futures::future::BoxFuture;
use std::task::{Context, Poll};
use std::time::Instant;
use tonic::Code;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};
use tower::Layer;
use tracing::{Instrument as _, Span, field::Empty};

/// The layer: outermost on a server, so that refused requests are counted too.
#[derive(Clone, Copy, Debug, Default)]
pub struct Requests;

impl<S> Layer<S> for Requests {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed { inner }
    }
}

/// A service whose requests are traced and counted.
#[derive(Clone, Debug)]
pub struct Observed<S> {
    inner: S,
}

impl<S> Service<Request<Body>> for Observed<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let method = request.uri().path().trim_start_matches('/').to_owned();
        // Probes and reflection say nothing worth keeping.
        if method.starts_with("grpc.") {
            return Box::pin(self.inner.call(request));
        }
        let span = if polled(&method, &request) {
            Span::none()
        } else {
            tracing::info_span!(
                "request",
                otel.name = method,
                otel.kind = "server",
                otel.status_code = Empty,
                rpc.system = "grpc",
                rpc.method = method,
                rpc.grpc.status_code = Empty,
            )
        };
        join_headers(&span, request.headers());
        let begun = Instant::now();
        // The inner future is made inside the span, for services that begin work before the first poll.
        let answer = span.in_scope(|| self.inner.call(request));
        let recorded = span.clone();
        Box::pin(
            async move {
                let response = answer.await?;
                let code = code_of(&response);
                recorded.record("rpc.grpc.status_code", i32::from(code));
                if matches!(
                    code,
                    Code::Internal | Code::Unknown | Code::DataLoss | Code::Unavailable
                ) {
                    recorded.record("otel.status_code", "ERROR");
                }
                // An unknown path is nobody's method: counting it by name would let callers make up labels.
                let method = if code == Code::Unimplemented {
                    "unknown".to_owned()
                } else {
                    method
                };
                let seconds = begun.elapsed().as_secs_f64();
                metrics::histogram!("grpc_request_seconds", "method" => method.clone()).record(seconds);
                metrics::counter!("grpc_requests_total", "method" => method, "code" => i32::from(code).to_string())
                    .increment(1);
                tracing::debug!(code = i32::from(code), seconds, "answered");
                Ok(response)
            }
            .instrument(span),
        )
    }
}

/// Readers of a feed ask many times a second whether there is more: that is counted, and begins no trace.
fn polled(method: &str, request: &Request<Body>) -> bool {
    method.starts_with("throughline.feed.") && !request.headers().contains_key("traceparent")
}

/// The status, where it is known before the body: every failure of a unary call, and refusals of a stream.
fn code_of(response: &Response<Body>) -> Code {
    response
        .headers()
        .get("grpc-status")
        .map_or(Code::Ok, |status| Code::from_bytes(status.as_bytes()))
}

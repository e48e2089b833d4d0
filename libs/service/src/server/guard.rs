//! What protects a server from its callers and from itself: a bound on requests at once, a time for each, and no panic
//! that takes a connection with it.

use super::Limits;
use crate::Error;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::Semaphore;
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};
use tower::Layer;

/// The layer; all listeners of a server share its bound.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    places: Arc<Semaphore>,
    timeout: Duration,
}

impl Guard {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            places: Arc::new(Semaphore::new(limits.max_requests)),
            timeout: limits.request_timeout,
        }
    }
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded {
            guard: self.clone(),
            inner,
        }
    }
}

/// A service under guard.
#[derive(Clone, Debug)]
pub(super) struct Guarded<S> {
    guard: Guard,
    inner: S,
}

impl<S> Service<Request<Body>> for Guarded<S>
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
        // A busy server is not an unhealthy one: probes are always answered.
        if request.uri().path().starts_with("/grpc.health.") {
            return Box::pin(self.inner.call(request));
        }
        let Ok(place) = Arc::clone(&self.guard.places).try_acquire_owned() else {
            return Box::pin(async { Ok(refuse(Error::exhausted("too many requests at once, try again"))) });
        };
        let timeout = self.guard.timeout;
        let answer = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
        Box::pin(async move {
            let answered = tokio::time::timeout(timeout, answer).await;
            // A stream gives its place back with its first answer: it may last for days.
            drop(place);
            match answered {
                Ok(Ok(response)) => response,
                // The panic's own words went to standard error by the hook.
                Ok(Err(_)) => Ok(refuse(Error::internal("a request handler panicked"))),
                Err(_) => Ok(refuse(Error::deadline_exceeded(format!(
                    "not done within {} s",
                    timeout.as_secs()
                )))),
            }
        })
    }
}

fn refuse(error: Error) -> Response<Body> {
    Status::from(error).into_http()
}

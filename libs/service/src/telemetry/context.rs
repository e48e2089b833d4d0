//! The trace context as W3C headers: in from a request or an event, out with the next.

use opentelemetry::Context;
use opentelemetry::propagation::{Extractor, Injector, TextMapPropagator as _};
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tonic::codegen::http::{HeaderMap, HeaderName, HeaderValue};
use tonic::metadata::{MetadataKey, MetadataMap};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

const TRACEPARENT: &str = "traceparent";

/// The current span as a `traceparent` header, for an event or a message; absent while nothing is traced.
pub fn current_traceparent() -> Option<String> {
    let mut header = Header::default();
    let context = Span::current().context();
    TraceContextPropagator::new().inject_context(&context, &mut header);
    header.0
}

/// Gives a span that has not been entered yet its parent from elsewhere. A malformed header is ignored, as W3C asks.
#[must_use]
pub fn with_parent(span: Span, traceparent: &str) -> Span {
    join(&span, &Header(Some(traceparent.to_owned())));
    span
}

/// A channel whose requests carry the current trace.
pub type Outgoing = InterceptedService<Channel, Propagate>;

/// Lets the requests of a channel carry the current trace.
pub fn outgoing(channel: Channel) -> Outgoing {
    InterceptedService::new(channel, Propagate)
}

/// Writes the current trace context into outgoing requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct Propagate;

impl Interceptor for Propagate {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let context = Span::current().context();
        TraceContextPropagator::new().inject_context(&context, &mut Metadata(request.metadata_mut()));
        Ok(request)
    }
}

/// Lets a span go on with the trace that the headers tell of.
pub(super) fn join_headers(span: &Span, headers: &HeaderMap) {
    join(span, &Headers(headers));
}

fn join(span: &Span, carrier: &dyn Extractor) {
    if carrier.get(TRACEPARENT).is_none() {
        return;
    }
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), carrier);
    if context.span().span_context().is_valid() {
        // Fails only where nothing is traced.
        let _ = span.set_parent(context);
    }
}

#[derive(Default)]
struct Header(Option<String>);

impl Extractor for Header {
    fn get(&self, key: &str) -> Option<&str> {
        if key == TRACEPARENT { self.0.as_deref() } else { None }
    }
    fn keys(&self) -> Vec<&str> {
        vec![TRACEPARENT]
    }
}

impl Injector for Header {
    fn set(&mut self, key: &str, value: String) {
        if key == TRACEPARENT {
            self.0 = Some(value);
        }
    }
}

struct Headers<'a>(&'a HeaderMap<HeaderValue>);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }
    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

struct Metadata<'a>(&'a mut MetadataMap);

impl Injector for Metadata<'_> {
    fn set(&mut self, key: &str, value: String) {
        // An empty tracestate need not travel.
        if value.is_empty() {
            return;
        }
        if let (Ok(key), Ok(value)) = (MetadataKey::from_bytes(key.as_bytes()), value.parse()) {
            self.0.insert(key, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::error::OTelSdkResult;
    use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::layer::SubscriberExt as _;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

    #[derive(Clone, Debug, Default)]
    struct Kept(Arc<Mutex<Vec<SpanData>>>);

    impl SpanExporter for Kept {
        async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
            self.0.lock().unwrap().extend(batch);
            Ok(())
        }
    }

    fn traced<T>(work: impl FnOnce() -> T) -> (T, Vec<SpanData>) {
        let exporter = Kept::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let done = tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        let spans = exporter.0.lock().unwrap().clone();
        (done, spans)
    }

    #[test]
    fn a_trace_goes_on_from_an_event_to_the_next_request() {
        let (request, spans) = traced(|| {
            let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
            let span = with_parent(tracing::info_span!("apply"), &parent);
            span.in_scope(|| {
                assert!(current_traceparent().unwrap().starts_with(&format!("00-{TRACE}-")));
                Propagate.call(Request::new(())).unwrap()
            })
        });
        let sent = request.metadata().get(TRACEPARENT).unwrap().to_str().unwrap();
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].span_context.trace_id().to_string(), TRACE);
        assert_eq!(spans[0].parent_span_id.to_string(), "b7ad6b7169203331");
        assert_eq!(sent, format!("00-{TRACE}-{}-01", spans[0].span_context.span_id()));
        assert!(request.metadata().get("tracestate").is_none());
    }

    #[test]
    fn a_malformed_parent_begins_a_new_trace() {
        let ((), spans) = traced(|| with_parent(tracing::info_span!("apply"), "00-nonsense").in_scope(|| ()));
        assert_eq!(spans[0].parent_span_id, opentelemetry::trace::SpanId::INVALID);
    }

    #[test]
    fn nothing_is_sent_where_nothing_is_traced() {
        assert_eq!(current_traceparent(), None);
        let request = Propagate.call(Request::new(())).unwrap();
        assert!(request.metadata().is_empty());
    }
}

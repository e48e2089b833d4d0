//! The span in which events are applied: part of the trace of the command that caused them.

use std::collections::BTreeSet;

use eventstore::Recorded;
use opentelemetry::{
    Context,
    trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// More causes than this are not linked: the batch is a rebuild.
const LINKS: usize = 16;

/// A span for events of one source: below their command's, if they have one in common, else linked to each.
pub(crate) fn span(projection: &'static str, source: &'static str, events: &[Recorded]) -> Span {
    let position = events.last().map(|event| event.position.0);
    let span = tracing::info_span!("project", projection, source, events = events.len(), position);
    let parents: BTreeSet<_> = events
        .iter()
        .filter_map(|event| event.metadata.traceparent.as_deref())
        .take(LINKS + 1)
        .collect();
    let mut parents: Vec<_> = parents.into_iter().filter_map(parse).collect();
    match (parents.pop(), parents.len()) {
        (Some(parent), 0) => {
            // Without a collector there is nothing to be part of.
            span.set_parent(Context::new().with_remote_span_context(parent)).ok();
        }
        (Some(last), 1..LINKS) => parents
            .into_iter()
            .chain([last])
            .for_each(|parent| span.add_link(parent)),
        _ => {}
    }
    span
}

/// W3C trace context, level 1: `00-<trace id>-<span id>-<flags>`.
fn parse(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-');
    let version = parts.next()?;
    let trace_id = TraceId::from_hex(parts.next()?).ok()?;
    let span_id = SpanId::from_hex(parts.next()?).ok()?;
    let flags = u8::from_str_radix(parts.next()?, 16).ok()?;
    let parent = SpanContext::new(trace_id, span_id, TraceFlags::new(flags), true, TraceState::default());
    (version != "ff" && parent.is_valid()).then_some(parent)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_trace_context_is_read_or_ignored() {
        let parent = parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        assert_eq!(parent.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert!(parent.is_sampled() && parent.is_remote());
        for wrong in [
            "",
            "00-0-0-00",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "nonsense",
        ] {
            assert!(parse(wrong).is_none(), "{wrong}");
        }
    }
}

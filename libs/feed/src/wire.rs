//! Events as messages of the feed service.

use api::feed::v1::Event;
use chrono::{DateTime, Utc};
use eventstore::{Kind, Metadata, Position, Recorded, StreamId, Version};
use prost_types::Timestamp;
use uuid::Uuid;

pub(crate) fn to_event(recorded: Recorded) -> Event {
    let Recorded {
        position,
        event_id,
        stream_id,
        version,
        kind,
        metadata,
        recorded_at,
        payload,
    } = recorded;
    Event {
        position: position.0,
        event_id: event_id.to_string(),
        stream_id: stream_id.0.to_string(),
        version: version.0,
        kind: kind.to_string(),
        trust_id: metadata.trust_id.to_string(),
        actor_id: metadata.actor_id.to_string(),
        on_behalf_of: metadata.on_behalf_of.map(|id| id.to_string()),
        purpose: metadata.purpose,
        occurred_at: Some(to_timestamp(metadata.occurred_at)),
        recorded_at: Some(to_timestamp(recorded_at)),
        correlation_id: metadata.correlation_id.to_string(),
        causation_id: metadata.causation_id.map(|id| id.to_string()),
        traceparent: metadata.traceparent,
        request_id: metadata.request_id.to_string(),
        payload,
    }
}

/// `None` if a field is not what the protocol says.
pub(crate) fn from_event(event: Event) -> Option<Recorded> {
    Some(Recorded {
        position: Position(event.position),
        event_id: event.event_id.parse().ok()?,
        stream_id: StreamId(event.stream_id.parse().ok()?),
        version: Version(event.version),
        kind: Kind::new(&event.kind),
        metadata: Metadata {
            trust_id: event.trust_id.parse().ok()?,
            actor_id: event.actor_id.parse().ok()?,
            on_behalf_of: optional_id(event.on_behalf_of)?,
            purpose: event.purpose,
            occurred_at: from_timestamp(event.occurred_at?)?,
            correlation_id: event.correlation_id.parse().ok()?,
            causation_id: optional_id(event.causation_id)?,
            traceparent: event.traceparent,
            request_id: event.request_id.parse().ok()?,
        },
        recorded_at: from_timestamp(event.recorded_at?)?,
        payload: event.payload,
    })
}

fn optional_id(text: Option<String>) -> Option<Option<Uuid>> {
    text.map(|text| text.parse()).transpose().ok()
}

pub(crate) fn to_timestamp(at: DateTime<Utc>) -> Timestamp {
    let nanos = i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(999_999_999);
    Timestamp {
        seconds: at.timestamp(),
        nanos,
    }
}

pub(crate) fn from_timestamp(timestamp: Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(timestamp.seconds, u32::try_from(timestamp.nanos).ok()?)
}

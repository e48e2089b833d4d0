//! Events as NATS messages: CloudEvents 1.0 in binary mode, with attributes in `ce-` headers and the event as payload.

use async_nats::HeaderMap;
use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use eventstore::{Kind, Metadata, Position, Recorded, StreamId, Version};

/// An event of which NATS carries the headers only, since it does not fit; readers fetch it from the owner.
const LEFT_OUT: &str = "ce-dataref";

/// The JetStream stream of a service: `EVT_OBSERVATIONS`.
pub fn stream_name(service: &str) -> String {
    format!("EVT_{}", service.replace(['-', '.'], "_").to_uppercase())
}

/// The subject of a kind of event: `evt.observations.follow_up.agreed`.
pub fn subject(service: &str, kind: Kind) -> String {
    format!("evt.{service}.{kind}")
}

/// An event's attributes.
pub(crate) fn headers(service: &str, epoch: i64, event: &Recorded) -> HeaderMap {
    let metadata = &event.metadata;
    let mut headers = HeaderMap::new();
    let mut put = |name: &'static str, value: &str| headers.insert(name, percent_encode(value));
    put("ce-specversion", "1.0");
    put("ce-id", &event.event_id.to_string());
    put("ce-source", &format!("/throughline/{service}"));
    put("ce-type", event.kind.as_str());
    put("ce-subject", &event.stream_id.0.to_string());
    put("ce-time", &instant(metadata.occurred_at));
    put("ce-datacontenttype", "application/protobuf");
    put("ce-sequence", &event.position.to_string());
    put("ce-epoch", &epoch.to_string());
    put("ce-version", &event.version.to_string());
    put("ce-recordedat", &instant(event.recorded_at));
    put("ce-trust", &metadata.trust_id.to_string());
    put("ce-actor", &metadata.actor_id.to_string());
    put("ce-purpose", &metadata.purpose.to_string());
    put("ce-correlation", &metadata.correlation_id.to_string());
    put("ce-request", &metadata.request_id.to_string());
    if let Some(person) = metadata.on_behalf_of {
        put("ce-onbehalfof", &person.to_string());
    }
    if let Some(event) = metadata.causation_id {
        put("ce-causation", &event.to_string());
    }
    if let Some(traceparent) = &metadata.traceparent {
        put("ce-traceparent", traceparent);
        put("traceparent", traceparent);
    }
    headers
}

/// Marks a message whose payload stays with the owner.
pub(crate) fn leave_out_payload(service: &str, event: &Recorded, headers: &mut HeaderMap) {
    headers.insert(LEFT_OUT, format!("/throughline/{service}/{}", event.position));
}

/// A message read back.
pub(crate) struct Message {
    pub(crate) epoch: i64,
    pub(crate) event: Recorded,
}

/// `None` for a message without its payload, or that nobody but a relay of ours can have written.
pub(crate) fn read(headers: &HeaderMap, payload: Bytes) -> Option<Message> {
    let text = |name: &str| headers.get(name).and_then(|value| percent_decode(value.as_str()));
    let id = |name: &str| text(name)?.parse().ok();
    let number = |name: &str| text(name)?.parse().ok();
    let instant = |name: &str| Some(DateTime::parse_from_rfc3339(&text(name)?).ok()?.to_utc());
    if headers.get(LEFT_OUT).is_some() {
        return None;
    }
    let event = Recorded {
        position: Position(number("ce-sequence")?),
        event_id: id("ce-id")?,
        stream_id: StreamId(id("ce-subject")?),
        version: Version(number("ce-version")?),
        kind: Kind::new(&text("ce-type")?),
        metadata: Metadata {
            trust_id: id("ce-trust")?,
            actor_id: id("ce-actor")?,
            on_behalf_of: id("ce-onbehalfof"),
            purpose: text("ce-purpose")?.parse().ok()?,
            occurred_at: instant("ce-time")?,
            correlation_id: id("ce-correlation")?,
            causation_id: id("ce-causation"),
            traceparent: text("ce-traceparent"),
            request_id: id("ce-request")?,
        },
        recorded_at: instant("ce-recordedat")?,
        payload,
    };
    Some(Message {
        epoch: number("ce-epoch")?,
        event,
    })
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// As the HTTP and NATS bindings of CloudEvents say: what is not printable ASCII, and space, double quote and percent.
fn percent_encode(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'%');
    if value.bytes().all(plain) {
        return value.to_owned();
    }
    let encode = |byte: u8| {
        if plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    value.bytes().map(encode).collect()
}

fn percent_decode(value: &str) -> Option<String> {
    let mut bytes = value.bytes();
    let mut decoded = Vec::with_capacity(value.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn event() -> Recorded {
        Recorded {
            position: Position(7),
            event_id: Uuid::from_u128(1),
            stream_id: StreamId(Uuid::from_u128(2)),
            version: Version(3),
            kind: Kind::of("follow_up.agreed"),
            metadata: Metadata {
                trust_id: Uuid::from_u128(4),
                actor_id: Uuid::from_u128(5),
                on_behalf_of: None,
                purpose: 1,
                occurred_at: DateTime::from_timestamp_micros(1_762_000_000_123_456).unwrap(),
                correlation_id: Uuid::from_u128(6),
                causation_id: Some(Uuid::from_u128(7)),
                traceparent: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into()),
                request_id: Uuid::from_u128(8),
            },
            recorded_at: DateTime::from_timestamp_micros(1_762_000_001_000_001).unwrap(),
            payload: Bytes::from_static(b"payload"),
        }
    }

    #[test]
    fn an_event_survives_the_journey() {
        let headers = headers("observations", 2, &event());
        let message = read(&headers, event().payload).unwrap();
        assert_eq!((message.epoch, message.event), (2, event()));
    }

    #[test]
    fn a_payload_left_out_is_not_taken_for_an_empty_one() {
        let mut headers = headers("observations", 2, &event());
        leave_out_payload("observations", &event(), &mut headers);
        assert!(read(&headers, Bytes::new()).is_none());
    }

    #[test]
    fn attributes_are_printable_ascii() {
        let name = "Évelyne \"100%\"";
        assert_eq!(percent_encode(name), "%C3%89velyne%20%22100%25%22");
        assert_eq!(percent_decode(&percent_encode(name)).as_deref(), Some(name));
    }

    #[test]
    fn names_follow_the_service() {
        assert_eq!(stream_name("observations"), "EVT_OBSERVATIONS");
        assert_eq!(
            subject("observations", Kind::of("follow_up.agreed")),
            "evt.observations.follow_up.agreed"
        );
    }
}

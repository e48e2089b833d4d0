//! The protocol: code generated from `proto/`, and the typed identifiers that parse its strings.
//!
//! Beside prost's messages and tonic's clients and servers, `build.rs` writes from the descriptors:
//! [`EventMessage`] for every `<Aggregate>Event`, [`VisitSealed`] for every message, and [`CommandRequest`] for
//! every request that carries a `request_id`, so that no event, sealed field or command can be forgotten by hand.

#![allow(clippy::all, clippy::as_conversions, clippy::unwrap_used, reason = "generated code")]

pub mod ids;

#[allow(unreachable_pub, missing_docs)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/protocol.rs"));
}
include!(concat!(env!("OUT_DIR"), "/traits.rs"));

pub use generated::throughline::{
    self, appraisal, catalogue, coaching, common, directory, evaluation, feed, observations, projection,
};

/// The whole protocol as an encoded `FileDescriptorSet`, comments included.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Calls `visit` with every sealed text of a message and with the field that holds it, such as `FollowUpAgreed.action`.
pub trait VisitSealed {
    fn visit_sealed(&mut self, visit: &mut dyn FnMut(&'static str, &mut common::v1::Sealed));
}

impl VisitSealed for common::v1::Sealed {
    fn visit_sealed(&mut self, visit: &mut dyn FnMut(&'static str, &mut common::v1::Sealed)) {
        visit("Sealed", self);
    }
}

/// What is stored, published and read: one of the events of one aggregate.
pub trait EventMessage: prost::Message + Default + Clone + PartialEq + VisitSealed + 'static {
    /// The aggregate, such as `follow_up`.
    const AGGREGATE: &'static str;
    /// Every kind that there is, such as `follow_up.agreed`.
    const KINDS: &'static [&'static str];

    /// The kind of this event, such as `follow_up.agreed`.
    fn kind(&self) -> &'static str;
}

/// What every command carries.
pub trait CommandRequest: prost::Message {
    type Response: From<common::v1::Recorded>;
    /// The message's own name, such as `AgreeFollowUpRequest`.
    const NAME: &'static str;

    fn request_id(&self) -> &str;
    fn expected_version(&self) -> Option<i64>;
    fn occurred_at(&self) -> Option<&prost_types::Timestamp>;
}

impl common::v1::Sealed {
    /// Text about `subject`, still to be sealed.
    pub fn about(subject: impl Into<uuid::Uuid>, text: impl Into<String>) -> Self {
        Self {
            subject_id: subject.into().to_string(),
            clear: text.into(),
            ..Self::default()
        }
    }
}

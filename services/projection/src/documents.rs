//! What the views remember: one document for each stream, folded from that stream's events alone.
//!
//! Nothing in a document depends on another stream, so it is the same in whichever order the services' logs arrive.
//! What needs two documents is either told to the other's row, in a part of its own ([`appraisal::Link`],
//! [`appraisal::Review`], [`part::Part`]), or joined when it is read. What depends on the day or on a policy is computed when it is read.
//!
//! Documents hold dates, identifiers and numbers. The texts stay with their owner, sealed, and are fetched by
//! position when somebody who may read them asks; only people's names are kept here, sealed as well.

pub mod activity;
pub mod appraisal;
pub mod ask;
pub mod audit_wave;
pub mod enquiry;
pub mod evaluation_plan;
pub mod feedback;
pub mod follow_up;
pub mod learning_record;
pub mod learning_walk;
pub mod metric;
pub mod need;
pub mod observation;
pub mod part;
pub mod partnership;
pub mod person;
pub mod provider;
pub mod session;
pub mod spending;

use chrono::{DateTime, Utc};
use eventstore::{Position, Recorded};

use crate::compact;

pub use activity::Activity;
pub use appraisal::Appraisal;
pub use ask::{CoachingAsk, SupportAsk};
pub use audit_wave::AuditWave;
pub use enquiry::Enquiry;
pub use evaluation_plan::EvaluationPlan;
pub use feedback::Feedback;
pub use follow_up::FollowUp;
pub use learning_record::LearningRecord;
pub use learning_walk::LearningWalk;
pub use metric::Metric;
pub use need::Need;
pub use observation::Observation;
pub use partnership::Partnership;
pub use person::Person;
pub use provider::Provider;
pub use session::Session;
pub use spending::Spending;

/// Where an event of the document's stream is, and when it happened.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Entry {
    #[prost(int64, tag = "1")]
    pub position: i64,
    /// Microseconds since 1970.
    #[prost(int64, tag = "2")]
    pub occurred: i64,
    /// Microseconds from then until it was recorded.
    #[prost(sint64, tag = "3")]
    pub lag: i64,
}

impl Entry {
    fn of(event: &Recorded) -> Self {
        let occurred = event.metadata.occurred_at.timestamp_micros();
        Self {
            position: event.position.0,
            occurred,
            lag: event.recorded_at.timestamp_micros() - occurred,
        }
    }

    /// Its place in its service's store.
    pub fn position(&self) -> Position {
        Position(self.position)
    }

    /// When it was recorded.
    pub fn recorded_at(&self) -> DateTime<Utc> {
        compact::instant(self.occurred + self.lag)
    }
}

/// A document: what one stream's events add up to.
pub trait Document: prost::Message + Default + Clone + PartialEq {
    /// The service whose store holds the stream.
    const SOURCE: &'static str;
    /// The aggregate in the kinds of its events.
    const AGGREGATE: &'static str;

    /// Takes an event in. Every event that was ever recorded is accepted.
    fn evolve(&mut self, event: &Recorded) -> Result<(), prost::DecodeError>;

    /// The events that it was folded from, in order.
    fn entries(&self) -> &[Entry];

    /// Folds events anew, as far as they are of this kind.
    fn fold<'a>(events: impl IntoIterator<Item = &'a Recorded>) -> Result<Self, prost::DecodeError> {
        let mut document = Self::default();
        for event in events {
            document.evolve(event)?;
        }
        Ok(document)
    }

    /// The positions of what was recorded by that moment.
    fn positions(&self, known_at: Option<DateTime<Utc>>) -> Vec<Position> {
        let known = |entry: &&Entry| known_at.is_none_or(|moment| entry.recorded_at() <= moment);
        self.entries().iter().filter(known).map(Entry::position).collect()
    }
}

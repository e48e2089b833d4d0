//! What was spent on an activity, as evaluation told it.

use api::evaluation::v1::{SpendingEvent, spending_event::Event};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// The costs of one activity.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Spending {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    /// Those that were not withdrawn.
    #[prost(message, repeated, tag = "3")]
    pub costs: Vec<Cost>,
    #[prost(int32, optional, tag = "4")]
    pub last_on: Option<Day>,
}

/// Money spent.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Cost {
    #[prost(bytes = "vec", tag = "1")]
    pub cost_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub activity_id: Vec<u8>,
    /// The school that paid; 0 for the trust.
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    #[prost(int64, tag = "4")]
    pub pence: i64,
    #[prost(int32, tag = "5")]
    pub on: Day,
}

impl Document for Spending {
    const SOURCE: &'static str = "evaluation";
    const AGGREGATE: &'static str = "spending";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
        match SpendingEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::CostRecorded(recorded)) => {
                let on = compact::day(&recorded.on);
                self.last_on = self.last_on.max(on);
                self.costs.push(Cost {
                    cost_id: compact::id_bytes(&recorded.cost_id),
                    activity_id: compact::id_bytes(&recorded.activity_id),
                    urn: compact::urn(&recorded.urn),
                    pence: recorded.pence,
                    on: on.unwrap_or_default(),
                });
            }
            Some(Event::CostWithdrawn(withdrawn)) => {
                let id = compact::id_bytes(&withdrawn.cost_id);
                self.costs.retain(|cost| cost.cost_id != id);
            }
            None => {}
        }
        Ok(())
    }
}

impl Shelved for Spending {
    fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    fn urn(&self) -> u32 {
        0
    }

    fn day(&self) -> Option<Day> {
        self.last_on
    }
}

//! Something on offer, as the catalogue told it: its title, its provider and what it develops.

use api::catalogue::v1::{ActivityEvent, Offering, activity_event::Event};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// An activity of the catalogue.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Activity {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    #[prost(string, tag = "4")]
    pub title: String,
    /// The provider's register entry; empty if none.
    #[prost(bytes = "vec", tag = "5")]
    pub provider_id: Vec<u8>,
    #[prost(string, repeated, tag = "6")]
    pub focus_areas: Vec<String>,
    #[prost(int32, optional, tag = "7")]
    pub published_on: Option<Day>,
}

impl Document for Activity {
    const SOURCE: &'static str = "catalogue";
    const AGGREGATE: &'static str = "activity";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        match ActivityEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::Published(published)) => {
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.urn = compact::urn(&published.urn);
                let on = identity::context::date_in_england(recorded.metadata.occurred_at);
                self.published_on = Some(compact::day_of(on));
                self.offer(published.offering);
            }
            Some(Event::Revised(revised)) => self.offer(revised.offering),
            Some(Event::Withdrawn(_)) | None => {}
        }
        Ok(())
    }
}

impl Activity {
    fn offer(&mut self, offering: Option<Offering>) {
        let offering = offering.unwrap_or_default();
        self.title = offering.title;
        self.provider_id = compact::id_bytes(&offering.provider_id);
        self.focus_areas = offering.focus_areas;
    }
}

impl Shelved for Activity {
    fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    fn urn(&self) -> u32 {
        self.urn
    }

    fn day(&self) -> Option<Day> {
        self.published_on
    }
}

//! Who provides development, as the catalogue's register names them.

use api::catalogue::v1::{ProviderEvent, provider_event::Event};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// An entry of a trust's register of providers.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Provider {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    /// Of an organisation.
    #[prost(string, tag = "3")]
    pub title: String,
    #[prost(int32, optional, tag = "4")]
    pub registered_on: Option<Day>,
}

impl Document for Provider {
    const SOURCE: &'static str = "catalogue";
    const AGGREGATE: &'static str = "provider";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        match ProviderEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::Registered(registered)) => {
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.registered_on = compact::day(&registered.on);
                self.title = registered.title;
            }
            Some(Event::Revised(revised)) => self.title = revised.title,
            Some(Event::Reviewed(_) | Event::Retired(_)) | None => {}
        }
        Ok(())
    }
}

impl Shelved for Provider {
    fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    fn urn(&self) -> u32 {
        0
    }

    fn day(&self) -> Option<Day> {
        self.registered_on
    }
}

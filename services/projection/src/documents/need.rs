//! A need for development as the catalogue told it.

use api::catalogue::v1::{NeedEvent, need_event::Event};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// What somebody, or a team, needs to learn.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Need {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    /// Empty for a team.
    #[prost(bytes = "vec", tag = "4")]
    pub person_id: Vec<u8>,
    #[prost(string, tag = "5")]
    pub focus_area: String,
    #[prost(int32, optional, tag = "6")]
    pub on: Option<Day>,
    /// Whether an activity was found for it, or development was commissioned.
    #[prost(bool, tag = "7")]
    pub answered: bool,
    /// Met or closed.
    #[prost(bool, tag = "8")]
    pub ended: bool,
    #[prost(int32, tag = "9")]
    pub purpose: i32,
}

impl Document for Need {
    const SOURCE: &'static str = "catalogue";
    const AGGREGATE: &'static str = "need";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        match NeedEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::Opened(opened)) => {
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.urn = compact::urn(&opened.urn);
                self.person_id = compact::id_bytes(&opened.person_id);
                self.focus_area = opened.focus_area;
                self.on = compact::day(&opened.on);
                self.purpose = opened.purpose;
            }
            Some(Event::Matched(_) | Event::Commissioned(_)) => self.answered = true,
            Some(Event::CommissionFell(_)) => self.answered = false,
            Some(Event::Met(_) | Event::Closed(_)) => self.ended = true,
            None => {}
        }
        Ok(())
    }
}

impl Need {
    /// Whose it is; absent for a team's.
    pub fn person(&self) -> Option<Uuid> {
        compact::id(&self.person_id)
    }

    /// Whether nobody has answered it yet.
    pub fn open(&self) -> bool {
        self.on.is_some() && !self.answered && !self.ended
    }
}

impl Shelved for Need {
    fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    fn urn(&self) -> u32 {
        self.urn
    }

    fn day(&self) -> Option<Day> {
        self.on
    }

    fn people(&self) -> Vec<(Uuid, bool)> {
        self.person().map(|person| (person, self.open())).into_iter().collect()
    }

    fn schools(&self) -> Vec<(u32, bool)> {
        vec![(self.urn, self.open())]
    }
}

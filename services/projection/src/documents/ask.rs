//! Support that a follow-up promised, as the catalogue or coaching is asked for it.

use api::{
    catalogue::v1::{SupportAskEvent, support_ask_event},
    coaching::v1::{CoachingAskEvent, coaching_ask_event},
};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// What both kinds of ask say.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Ask {
    #[prost(bytes = "vec", tag = "1")]
    pub follow_up_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    pub person_id: Vec<u8>,
    /// Empty while nobody has been named.
    #[prost(bytes = "vec", tag = "3")]
    pub owner_id: Vec<u8>,
    #[prost(uint32, tag = "4")]
    pub urn: u32,
    #[prost(int32, optional, tag = "5")]
    pub on: Option<Day>,
    /// When the follow-up is due, if the ask says so.
    #[prost(int32, optional, tag = "6")]
    pub due_on: Option<Day>,
    /// Whether it was provided or withdrawn.
    #[prost(bool, tag = "7")]
    pub settled: bool,
    #[prost(int32, tag = "8")]
    pub support_kind: i32,
    #[prost(bytes = "vec", tag = "9")]
    pub promise_id: Vec<u8>,
}

impl Ask {
    /// The follow-up in which it was promised.
    pub fn follow_up(&self) -> Option<Uuid> {
        compact::id(&self.follow_up_id)
    }

    /// Whether somebody still has to see to it.
    pub fn open(&self) -> bool {
        self.on.is_some() && !self.settled
    }

    fn people(&self) -> Vec<(Uuid, bool)> {
        let sides = [&self.person_id, &self.owner_id].into_iter();
        sides
            .filter_map(|side| compact::id(side))
            .map(|side| (side, self.open()))
            .collect()
    }

    fn schools(&self) -> Vec<(u32, bool)> {
        vec![(self.urn, self.open() && self.owner_id.is_empty())]
    }
}

macro_rules! asks {
    ($($(#[$doc:meta])* $name:ident of $source:literal, $aggregate:literal, $event:ident, $module:ident;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, PartialEq, prost::Message)]
            pub struct $name {
                #[prost(message, repeated, tag = "1")]
                pub entries: Vec<Entry>,
                #[prost(bytes = "vec", tag = "2")]
                pub trust_id: Vec<u8>,
                #[prost(message, required, tag = "3")]
                pub ask: Ask,
                /// Everybody whom it ever concerned.
                #[prost(bytes = "vec", repeated, tag = "4")]
                pub owners: Vec<Vec<u8>>,
            }

            impl Document for $name {
                const SOURCE: &'static str = $source;
                const AGGREGATE: &'static str = $aggregate;

                fn entries(&self) -> &[Entry] {
                    &self.entries
                }

                fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
                    use $module::Event;
                    self.entries.push(Entry::of(recorded));
                    match $event::decode(recorded.payload.as_ref())?.event {
                        Some(Event::Opened(opened)) => {
                            self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                            self.ask = Ask {
                                follow_up_id: compact::id_bytes(&opened.follow_up_id),
                                person_id: compact::id_bytes(&opened.person_id),
                                owner_id: compact::id_bytes(&opened.owner_id),
                                urn: compact::urn(&opened.urn),
                                on: compact::day(&opened.on),
                                due_on: due_on!($name, opened),
                                settled: false,
                                support_kind: opened.support_kind,
                                promise_id: compact::id_bytes(&opened.promise_id),
                            };
                        }
                        Some(Event::Provided(_) | Event::Withdrawn(_)) => self.ask.settled = true,
                        Some(Event::HandedOver(handed)) => {
                            let before = std::mem::replace(&mut self.ask.owner_id, compact::id_bytes(&handed.to_id));
                            self.owners.push(before);
                        }
                        Some(Event::Moved(moved)) => self.ask.urn = compact::urn(&moved.to_urn),
                        None => {}
                    }
                    Ok(())
                }
            }

            impl Shelved for $name {
                fn trust(&self) -> Option<Uuid> {
                    compact::id(&self.trust_id)
                }

                fn urn(&self) -> u32 {
                    self.ask.urn
                }

                fn day(&self) -> Option<Day> {
                    self.ask.on
                }

                fn people(&self) -> Vec<(Uuid, bool)> {
                    let before = compact::ids(&self.owners).map(|owner| (owner, false));
                    before.chain(self.ask.people()).collect()
                }

                fn schools(&self) -> Vec<(u32, bool)> {
                    self.ask.schools()
                }
            }
        )*
    };
}

/// Only the catalogue's asks say when the follow-up is due.
macro_rules! due_on {
    (SupportAsk, $opened:ident) => {
        compact::day(&$opened.due_on)
    };
    (CoachingAsk, $opened:ident) => {
        None
    };
}

asks! {
    /// A CPD activity, time or a resource was promised.
    SupportAsk of "catalogue", "support_ask", SupportAskEvent, support_ask_event;
    /// Coaching, or time to watch a colleague, was promised.
    CoachingAsk of "coaching", "coaching_ask", CoachingAskEvent, coaching_ask_event;
}

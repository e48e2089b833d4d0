//! A collaborative enquiry as coaching told it: who took part and when.

use std::collections::BTreeSet;

use api::coaching::v1::{EnquiryEvent, enquiry_event::Event};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{
    Document, Entry,
    part::{PartKind, Telling, Undertaken},
};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// A group that enquires into its own practice.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Enquiry {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    /// 0 for one across schools.
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    #[prost(int32, tag = "4")]
    pub kind: i32,
    #[prost(string, repeated, tag = "5")]
    pub focus_areas: Vec<String>,
    #[prost(int32, tag = "6")]
    pub purpose: i32,
    #[prost(bytes = "vec", tag = "7")]
    pub lead_id: Vec<u8>,
    /// Everybody who was ever of the group.
    #[prost(message, repeated, tag = "8")]
    pub members: Vec<Member>,
    #[prost(int32, optional, tag = "9")]
    pub last_on: Option<Day>,
    #[prost(bool, tag = "10")]
    pub closed: bool,
    /// The activity of the catalogue that it is run as; empty if none.
    #[prost(bytes = "vec", tag = "11")]
    pub activity_id: Vec<u8>,
}

/// Somebody's part in an enquiry.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Member {
    /// The events that name them.
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub person_id: Vec<u8>,
    /// Follow-ups of theirs that it serves, in order.
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub follow_up_ids: Vec<Vec<u8>>,
    /// When they met or taught together.
    #[prost(message, repeated, tag = "4")]
    pub occasions: Vec<Occasion>,
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub objective_ids: Vec<Vec<u8>>,
}

/// A meeting, or a research lesson planned, taught or discussed.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Occasion {
    #[prost(int32, tag = "1")]
    pub on: Day,
    #[prost(int32, tag = "2")]
    pub minutes: i32,
}

impl Document for Enquiry {
    const SOURCE: &'static str = "coaching";
    const AGGREGATE: &'static str = "enquiry";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        let entry = Entry::of(recorded);
        self.entries.push(entry);
        let happened = compact::day_of(recorded.metadata.occurred_at.date_naive());
        self.last_on = self.last_on.max(Some(happened));
        match EnquiryEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::Framed(framed)) => {
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.urn = compact::urn(&framed.urn);
                self.kind = framed.kind;
                self.focus_areas = framed.focus_areas;
                self.purpose = framed.purpose;
                self.lead_id = compact::id_bytes(&framed.lead_id);
                self.activity_id = compact::id_bytes(&framed.activity_id);
                self.member(entry, &framed.lead_id);
            }
            Some(Event::Joined(joined)) => {
                let member = self.member(entry, &joined.person_id);
                member.follow_up_ids.extend(compact::ids_bytes(&joined.follow_up_ids));
                member.follow_up_ids.sort_unstable();
                member.follow_up_ids.dedup();
                member.objective_ids.extend(compact::ids_bytes(&joined.objective_ids));
            }
            Some(Event::Left(left)) => {
                self.member(entry, &left.person_id);
            }
            Some(Event::Met(met)) => self.together(entry, &met.on, met.minutes, &met.person_ids),
            Some(Event::LessonPlanned(planned)) => {
                self.together(entry, &planned.on, planned.minutes, &planned.person_ids);
            }
            Some(Event::LessonTaught(taught)) => self.together(entry, &taught.on, taught.minutes, &taught.person_ids),
            Some(Event::LessonDiscussed(discussed)) => {
                self.together(entry, &discussed.on, discussed.minutes, &discussed.person_ids);
            }
            Some(Event::Closed(closed)) => {
                self.closed = true;
                for person in &closed.person_ids {
                    self.member(entry, person);
                }
            }
            Some(
                Event::Reframed(_)
                | Event::Started(_)
                | Event::PupilsInterviewed(_)
                | Event::Analysed(_)
                | Event::ValidityChecked(_)
                | Event::Replicated(_)
                | Event::FindingsShared(_),
            )
            | None => {}
        }
        Ok(())
    }
}

impl Enquiry {
    fn member(&mut self, entry: Entry, person: &str) -> &mut Member {
        let id = compact::id_bytes(person);
        let at = self.members.iter().position(|member| member.person_id == id);
        let at = at.unwrap_or_else(|| {
            self.members.push(Member {
                person_id: id,
                ..Member::default()
            });
            self.members.len() - 1
        });
        let member = &mut self.members[at];
        member.entries.push(entry);
        member
    }

    fn together(&mut self, entry: Entry, on: &str, minutes: i32, people: &[String]) {
        let day = compact::day(on).unwrap_or_default();
        for person in people {
            let member = self.member(entry, person);
            member.occasions.push(Occasion { on: day, minutes });
        }
    }
}

impl Shelved for Enquiry {
    fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    fn urn(&self) -> u32 {
        self.urn
    }

    fn day(&self) -> Option<Day> {
        self.last_on.filter(|_| !self.trust_id.is_empty())
    }

    fn people(&self) -> Vec<(Uuid, bool)> {
        let people = self.members.iter().filter_map(|member| compact::id(&member.person_id));
        people.map(|person| (person, false)).collect()
    }
}

impl Telling for Enquiry {
    fn named(&self) -> BTreeSet<Uuid> {
        let named = self
            .members
            .iter()
            .flat_map(|member| compact::ids(&member.follow_up_ids));
        named.collect()
    }

    fn undertaken(&self, id: Uuid) -> Vec<Undertaken> {
        let undertaken = self.members.iter().filter_map(|member| {
            let mut days: Vec<Day> = member.occasions.iter().map(|occasion| occasion.on).collect();
            days.sort_unstable();
            Some(Undertaken {
                kind: PartKind::Enquiry,
                ref_id: id,
                person: compact::id(&member.person_id)?,
                days,
                minutes: member.occasions.iter().map(|occasion| occasion.minutes).sum(),
                purpose: self.purpose,
                focus_areas: self.focus_areas.clone(),
                follow_up_ids: compact::ids(&member.follow_up_ids).collect(),
                objective_ids: compact::ids(&member.objective_ids).collect(),
            })
        });
        undertaken.collect()
    }
}

//! A coaching partnership as coaching told it: activity alone, never what was said.

use std::collections::BTreeSet;

use api::coaching::v1::{PartnershipEvent, partnership_event::Event};
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

/// Two people who work together.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Partnership {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    /// The coached person's school.
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    #[prost(int32, tag = "4")]
    pub kind: i32,
    #[prost(bytes = "vec", tag = "5")]
    pub coach_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "6")]
    pub coached_id: Vec<u8>,
    #[prost(string, repeated, tag = "7")]
    pub focus_areas: Vec<String>,
    /// Follow-ups that it serves, in order.
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub follow_up_ids: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub objective_ids: Vec<Vec<u8>>,
    #[prost(int32, tag = "10")]
    pub purpose: i32,
    #[prost(int32, optional, tag = "11")]
    pub proposed_on: Option<Day>,
    #[prost(int32, optional, tag = "12")]
    pub agreed_on: Option<Day>,
    /// Those of the two who have said yes.
    #[prost(bytes = "vec", repeated, tag = "13")]
    pub accepted_by: Vec<Vec<u8>>,
    /// Declined, completed or ended early.
    #[prost(bool, tag = "14")]
    pub ended: bool,
    #[prost(message, repeated, tag = "15")]
    pub sessions: Vec<Held>,
}

/// A session that was held.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Held {
    #[prost(bytes = "vec", tag = "1")]
    pub session_id: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub on: Day,
    #[prost(int32, tag = "3")]
    pub minutes: i32,
    /// Who was coached: in peer coaching roles swap.
    #[prost(bytes = "vec", tag = "4")]
    pub coached_id: Vec<u8>,
    #[prost(string, repeated, tag = "5")]
    pub focus_areas: Vec<String>,
    /// Who drafted its log; empty while nobody has.
    #[prost(bytes = "vec", tag = "6")]
    pub drafted_by: Vec<u8>,
    /// Whether the other agreed to it.
    #[prost(bool, tag = "7")]
    pub log_agreed: bool,
}

impl Document for Partnership {
    const SOURCE: &'static str = "coaching";
    const AGGREGATE: &'static str = "partnership";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        match PartnershipEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::Proposed(proposed)) => {
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.urn = compact::urn(&proposed.urn);
                self.kind = proposed.kind;
                self.coach_id = compact::id_bytes(&proposed.coach_id);
                self.coached_id = compact::id_bytes(&proposed.coached_id);
                self.focus_areas = proposed.focus_areas;
                self.follow_up_ids = compact::ids_bytes(&proposed.follow_up_ids);
                self.objective_ids = compact::ids_bytes(&proposed.objective_ids);
                self.purpose = proposed.purpose;
                self.proposed_on = Some(compact::day_of(recorded.metadata.occurred_at.date_naive()));
                self.accepted_by = vec![compact::id_bytes(&proposed.proposed_by_id)];
            }
            Some(Event::Accepted(accepted)) => self.accepted_by.push(compact::id_bytes(&accepted.person_id)),
            Some(Event::Agreed(agreed)) => self.agreed_on = compact::day(&agreed.on),
            Some(Event::SessionHeld(held)) => self.sessions.push(Held {
                session_id: compact::id_bytes(&held.session_id),
                on: compact::day(&held.on).unwrap_or_default(),
                minutes: held.minutes,
                coached_id: compact::id_bytes(&held.coached_id),
                focus_areas: held.focus_areas,
                drafted_by: Vec::new(),
                log_agreed: false,
            }),
            Some(Event::LogDrafted(drafted)) => {
                let by = compact::id_bytes(&drafted.drafted_by_id);
                self.session(&drafted.session_id, |session| {
                    session.drafted_by = by;
                    session.log_agreed = false;
                });
            }
            Some(Event::LogAgreed(agreed)) => self.session(&agreed.session_id, |session| session.log_agreed = true),
            Some(Event::Linked(linked)) => {
                let follow_up = compact::id_bytes(&linked.follow_up_id);
                if let Err(at) = self.follow_up_ids.binary_search(&follow_up) {
                    self.follow_up_ids.insert(at, follow_up);
                }
            }
            Some(Event::Declined(_) | Event::Completed(_) | Event::EndedEarly(_)) => self.ended = true,
            Some(Event::Moved(moved)) => self.urn = compact::urn(&moved.to_urn),
            Some(
                Event::SessionPlanned(_)
                | Event::SessionCancelled(_)
                | Event::Reviewed(_)
                | Event::Paused(_)
                | Event::Resumed(_),
            )
            | None => {}
        }
        Ok(())
    }
}

impl Partnership {
    fn session(&mut self, id: &str, change: impl FnOnce(&mut Held)) {
        let id = compact::id_bytes(id);
        if let Some(session) = self.sessions.iter_mut().find(|session| session.session_id == id) {
            change(session);
        }
    }

    /// The two.
    pub fn pair(&self) -> impl Iterator<Item = Uuid> {
        [&self.coach_id, &self.coached_id]
            .into_iter()
            .filter_map(|id| compact::id(id))
    }

    /// The other of the two.
    pub fn other(&self, person: Uuid) -> Option<Uuid> {
        self.pair().find(|other| *other != person)
    }

    /// Those of the two who have not answered a proposal yet.
    pub fn to_answer(&self) -> impl Iterator<Item = Uuid> {
        let waits = self.agreed_on.is_none() && !self.ended && self.proposed_on.is_some();
        self.pair()
            .filter(move |person| waits && !self.accepted_by.iter().any(|by| by == person.as_bytes().as_slice()))
    }

    /// Logs to which somebody still has to agree: the session, who drafted it, and when it was held.
    pub fn logs_to_agree(&self) -> impl Iterator<Item = (&Held, Uuid)> {
        self.sessions
            .iter()
            .filter(|session| !session.log_agreed)
            .filter_map(|session| Some((session, compact::id(&session.drafted_by)?)))
    }
}

impl Shelved for Partnership {
    fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    fn urn(&self) -> u32 {
        self.urn
    }

    fn day(&self) -> Option<Day> {
        self.sessions
            .iter()
            .map(|session| session.on)
            .max()
            .max(self.proposed_on)
    }

    fn people(&self) -> Vec<(Uuid, bool)> {
        let waits = self.to_answer().next().is_some() || self.logs_to_agree().next().is_some();
        self.pair().map(|person| (person, waits)).collect()
    }
}

impl Telling for Partnership {
    fn named(&self) -> BTreeSet<Uuid> {
        compact::ids(&self.follow_up_ids).collect()
    }

    /// Whose each follow-up is, the thread knows: in peer coaching it may be either's.
    fn undertaken(&self, id: Uuid) -> Vec<Undertaken> {
        let coached = self
            .sessions
            .iter()
            .filter_map(|session| compact::id(&session.coached_id));
        let coached: BTreeSet<Uuid> = coached.chain(compact::id(&self.coached_id)).collect();
        let of = |person: Uuid| {
            let own = self
                .sessions
                .iter()
                .filter(move |session| session.coached_id == person.as_bytes().as_slice());
            let mut days: Vec<Day> = own.clone().map(|session| session.on).collect();
            days.sort_unstable();
            let areas = own
                .clone()
                .flat_map(|session| &session.focus_areas)
                .chain(&self.focus_areas);
            Undertaken {
                kind: PartKind::Partnership,
                ref_id: id,
                person,
                days,
                minutes: own.map(|session| session.minutes).sum(),
                purpose: self.purpose,
                focus_areas: areas.cloned().collect::<BTreeSet<_>>().into_iter().collect(),
                follow_up_ids: compact::ids(&self.follow_up_ids).collect(),
                objective_ids: compact::ids(&self.objective_ids).collect(),
            }
        };
        coached.into_iter().map(of).collect()
    }
}

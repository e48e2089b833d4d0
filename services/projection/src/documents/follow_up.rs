//! A follow-up as the observations service told it.

use api::{
    observations::v1::{FollowUpEvent, FollowUpMoved, follow_up_event::Event},
    projection::v1::ThreadState,
};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::compact::{self, Day};

/// What was agreed, and what happened since.
#[derive(Clone, PartialEq, prost::Message)]
pub struct FollowUp {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    #[prost(bytes = "vec", tag = "4")]
    pub person_id: Vec<u8>,
    /// Empty while nobody has been named.
    #[prost(bytes = "vec", tag = "5")]
    pub owner_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "6")]
    pub observation_id: Vec<u8>,
    #[prost(int32, tag = "7")]
    pub role_group: i32,
    #[prost(string, repeated, tag = "8")]
    pub focus_areas: Vec<String>,
    #[prost(message, repeated, tag = "9")]
    pub promises: Vec<Promise>,
    /// Absent until the agreement itself has been read.
    #[prost(int32, optional, tag = "10")]
    pub agreed_on: Option<Day>,
    #[prost(int32, optional, tag = "11")]
    pub due_on: Option<Day>,
    #[prost(int32, tag = "12")]
    pub purpose: i32,
    /// Whether the person, or the school, has done anything yet.
    #[prost(bool, tag = "13")]
    pub touched: bool,
    #[prost(message, repeated, tag = "14")]
    pub revisits: Vec<Revisit>,
    #[prost(int32, optional, tag = "15")]
    pub completed_on: Option<Day>,
    #[prost(bool, tag = "16")]
    pub withdrawn: bool,
    #[prost(bool, tag = "17")]
    pub lapsed: bool,
    #[prost(int32, optional, tag = "18")]
    pub paused_on: Option<Day>,
    /// When its person let their appraisal see it, in order.
    #[prost(message, repeated, tag = "19")]
    pub promotions: Vec<Promotion>,
    #[prost(int32, tag = "20")]
    pub completion: i32,
    /// Empty unless it came from a learning walk.
    #[prost(bytes = "vec", tag = "21")]
    pub learning_walk_id: Vec<u8>,
}

/// Support that the school promised.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Promise {
    #[prost(bytes = "vec", tag = "1")]
    pub promise_id: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub kind: i32,
    #[prost(int32, optional, tag = "3")]
    pub provided_on: Option<Day>,
}

/// A later observation that looked at it again.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Revisit {
    #[prost(bytes = "vec", tag = "1")]
    pub observation_id: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub on: Day,
    #[prost(int32, tag = "3")]
    pub outcome: i32,
}

/// From the day of promotion up to, but without, the day on which it was taken back.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct Promotion {
    #[prost(int32, tag = "1")]
    pub from: Day,
    #[prost(int32, optional, tag = "2")]
    pub until: Option<Day>,
}

impl Promotion {
    /// Whether it held on that day. On the day on which it was taken back it does not: doubt favours the person.
    pub fn held_on(&self, on: Day) -> bool {
        self.from <= on && self.until.is_none_or(|until| on < until)
    }
}

impl Document for FollowUp {
    const SOURCE: &'static str = "observations";
    const AGGREGATE: &'static str = "follow_up";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        let event = FollowUpEvent::decode(recorded.payload.as_ref())?.event;
        match event {
            None => {}
            Some(Event::Agreed(agreed)) => {
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.urn = compact::urn(&agreed.urn);
                self.person_id = compact::id_bytes(&agreed.person_id);
                self.owner_id = compact::id_bytes(&agreed.owner_id);
                self.observation_id = compact::id_bytes(&agreed.observation_id);
                self.learning_walk_id = compact::id_bytes(&agreed.learning_walk_id);
                self.role_group = agreed.role_group;
                self.focus_areas = agreed.focus_areas;
                self.agreed_on = compact::day(&agreed.agreed_on);
                self.due_on = compact::day(&agreed.due_on);
                self.purpose = agreed.purpose;
                let promise = |promise: api::observations::v1::Promise| Promise {
                    promise_id: compact::id_bytes(&promise.promise_id),
                    kind: promise.kind,
                    provided_on: None,
                };
                self.promises = agreed.promises.into_iter().map(promise).collect();
            }
            Some(Event::SupportProvided(provided)) => {
                self.touched = true;
                let id = compact::id_bytes(&provided.promise_id);
                if let Some(promise) = self.promises.iter_mut().find(|promise| promise.promise_id == id) {
                    promise.provided_on = compact::day(&provided.on);
                }
            }
            Some(Event::Started(_) | Event::EvidenceAdded(_)) => self.touched = true,
            Some(Event::Revisited(revisited)) => self.revisits.push(Revisit {
                observation_id: compact::id_bytes(&revisited.observation_id),
                on: compact::day(&revisited.on).unwrap_or_default(),
                outcome: revisited.outcome,
            }),
            Some(Event::Completed(completed)) => {
                self.completed_on = compact::day(&completed.on);
                self.completion = completed.outcome;
            }
            Some(Event::Extended(extended)) => self.due_on = compact::day(&extended.due_on),
            Some(Event::CarriedOver(carried)) => self.due_on = compact::day(&carried.due_on),
            Some(Event::HandedOver(handed)) => self.owner_id = compact::id_bytes(&handed.to_id),
            Some(Event::Withdrawn(_)) => self.withdrawn = true,
            Some(Event::Lapsed(_)) => self.lapsed = true,
            Some(Event::Paused(paused)) => self.paused_on = compact::day(&paused.on),
            Some(Event::Resumed(resumed)) => {
                self.paused_on = None;
                self.due_on = compact::day(&resumed.due_on);
            }
            Some(Event::Promoted(promoted)) => {
                let from = compact::day(&promoted.on).unwrap_or_default();
                self.promotions.push(Promotion { from, until: None });
            }
            Some(Event::TakenBack(taken)) => {
                if let Some(promotion) = self.promotions.last_mut() {
                    promotion.until = compact::day(&taken.on);
                }
            }
            Some(Event::PromotionSettled(_)) => {}
            Some(Event::Moved(FollowUpMoved { to_urn, .. })) => self.urn = compact::urn(&to_urn),
        }
        Ok(())
    }
}

impl FollowUp {
    /// The trust; absent until the agreement has been read.
    pub fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    /// Who owes the action.
    pub fn person(&self) -> Option<Uuid> {
        compact::id(&self.person_id)
    }

    /// Who owes the support; absent while nobody has been named.
    pub fn owner(&self) -> Option<Uuid> {
        compact::id(&self.owner_id)
    }

    /// Where it stands.
    pub fn state(&self) -> ThreadState {
        if self.withdrawn {
            ThreadState::Withdrawn
        } else if self.lapsed {
            ThreadState::Lapsed
        } else if self.completed_on.is_some() {
            ThreadState::Completed
        } else if !self.revisits.is_empty() {
            ThreadState::Revisited
        } else if self.touched {
            ThreadState::UnderWay
        } else {
            ThreadState::Agreed
        }
    }

    /// Whether the action is still owed.
    pub fn action_owed(&self) -> bool {
        self.agreed_on.is_some() && !self.withdrawn && !self.lapsed && self.completed_on.is_none()
    }

    /// Whether the school still owes support. It does so after the person has completed their side.
    pub fn support_owed(&self) -> bool {
        !self.withdrawn && !self.lapsed && self.promises.iter().any(|promise| promise.provided_on.is_none())
    }

    /// Whether either side owes anything.
    pub fn open(&self) -> bool {
        self.action_owed() || self.support_owed()
    }

    /// The day on which the last promise was kept; absent while one is not, or without promises.
    pub fn supported_on(&self) -> Option<Day> {
        self.promises
            .iter()
            .map(|promise| promise.provided_on)
            .collect::<Option<Vec<_>>>()?
            .into_iter()
            .max()
    }

    /// The first day on which a later observation looked at it.
    pub fn revisited_on(&self) -> Option<Day> {
        self.revisits.iter().map(|revisit| revisit.on).min()
    }

    /// Whether its person lets their appraisal see it on that day.
    pub fn promoted_on(&self, on: Day) -> bool {
        self.promotions.iter().any(|promotion| promotion.held_on(on))
    }
}

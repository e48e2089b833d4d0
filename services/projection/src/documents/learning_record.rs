//! What one person has learned, as the catalogue told it: hours, claims, and mandatory training.

use std::collections::BTreeSet;

use api::catalogue::v1::{ActivityKind, LearningRecordEvent, learning_record_event::Event};
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

/// One person's hours, claims and mandatory training.
#[derive(Clone, PartialEq, prost::Message)]
pub struct LearningRecord {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    /// Where the person worked when something was last recorded.
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    #[prost(bytes = "vec", tag = "4")]
    pub person_id: Vec<u8>,
    #[prost(message, repeated, tag = "5")]
    pub credits: Vec<Credit>,
    #[prost(message, repeated, tag = "6")]
    pub claims: Vec<Claim>,
    /// The latest of each item.
    #[prost(message, repeated, tag = "7")]
    pub training: Vec<Training>,
    /// The latest day of which it speaks.
    #[prost(int32, optional, tag = "8")]
    pub last_on: Option<Day>,
}

/// Time spent developing, once for each booking or claim.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Credit {
    #[prost(bytes = "vec", tag = "1")]
    pub credit_id: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub on: Day,
    /// 0 if they did not come after all.
    #[prost(int32, tag = "3")]
    pub minutes: i32,
    #[prost(int32, tag = "4")]
    pub kind: i32,
    #[prost(string, repeated, tag = "5")]
    pub focus_areas: Vec<String>,
    /// Follow-ups that it was meant to help: stated, or confirmed later; in order.
    #[prost(bytes = "vec", repeated, tag = "6")]
    pub follow_up_ids: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "7")]
    pub objective_ids: Vec<Vec<u8>>,
    #[prost(int32, tag = "8")]
    pub purpose: i32,
    #[prost(bytes = "vec", tag = "9")]
    pub session_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "10")]
    pub activity_id: Vec<u8>,
    /// The provider's register entry; empty if none.
    #[prost(bytes = "vec", tag = "11")]
    pub provider_id: Vec<u8>,
    /// Where the person worked then; 0 for the central team.
    #[prost(uint32, tag = "12")]
    pub urn: u32,
}

/// Learning elsewhere that somebody claims.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Claim {
    #[prost(bytes = "vec", tag = "1")]
    pub claim_id: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub on: Day,
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    /// Whether it was verified or rejected.
    #[prost(bool, tag = "4")]
    pub settled: bool,
}

/// A mandatory training item that was completed.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Training {
    #[prost(string, tag = "1")]
    pub item: String,
    #[prost(int32, tag = "2")]
    pub on: Day,
    /// The last day on which it holds; absent if it never expires.
    #[prost(int32, optional, tag = "3")]
    pub expires_on: Option<Day>,
}

impl Document for LearningRecord {
    const SOURCE: &'static str = "catalogue";
    const AGGREGATE: &'static str = "learning_record";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
        match LearningRecordEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::HoursCredited(credited)) => {
                self.belongs(&credited.person_id, Some(&credited.urn), &credited.on);
                self.credits.push(Credit {
                    credit_id: compact::id_bytes(&credited.credit_id),
                    on: compact::day(&credited.on).unwrap_or_default(),
                    minutes: credited.minutes,
                    kind: credited.kind,
                    follow_up_ids: compact::ids_bytes(&credited.follow_up_ids),
                    objective_ids: compact::ids_bytes(&credited.objective_ids),
                    purpose: credited.purpose,
                    session_id: compact::id_bytes(&credited.session_id),
                    activity_id: compact::id_bytes(&credited.activity_id),
                    provider_id: compact::id_bytes(&credited.provider_id),
                    urn: compact::urn(&credited.urn),
                    focus_areas: credited.focus_areas,
                });
            }
            Some(Event::HoursCorrected(corrected)) => {
                if let Some(credit) = self.credit(&corrected.credit_id) {
                    credit.minutes = corrected.minutes;
                }
            }
            Some(Event::ExternalClaimed(claimed)) => {
                self.belongs(&claimed.person_id, Some(&claimed.urn), &claimed.on);
                self.claims.push(Claim {
                    claim_id: compact::id_bytes(&claimed.claim_id),
                    on: compact::day(&claimed.on).unwrap_or_default(),
                    urn: compact::urn(&claimed.urn),
                    settled: false,
                });
            }
            Some(Event::ExternalVerified(verified)) => self.settle(&verified.claim_id),
            Some(Event::ExternalRejected(rejected)) => self.settle(&rejected.claim_id),
            Some(Event::CertificateIssued(issued)) => self.belongs(&issued.person_id, None, &issued.on),
            Some(Event::MandatoryCompleted(completed)) => {
                self.belongs(&completed.person_id, Some(&completed.urn), &completed.on);
                let training = Training {
                    on: compact::day(&completed.on).unwrap_or_default(),
                    expires_on: compact::day(&completed.expires_on),
                    item: completed.item,
                };
                match self.training.iter_mut().find(|known| known.item == training.item) {
                    Some(known) if known.on > training.on => {}
                    Some(known) => *known = training,
                    None => self.training.push(training),
                }
            }
            Some(Event::DevelopmentLinked(linked)) => {
                let follow_up = compact::id_bytes(&linked.follow_up_id);
                if let Some(credit) = self.credit(&linked.credit_id)
                    && let Err(at) = credit.follow_up_ids.binary_search(&follow_up)
                {
                    credit.follow_up_ids.insert(at, follow_up);
                }
            }
            None => {}
        }
        Ok(())
    }
}

impl LearningRecord {
    fn belongs(&mut self, person: &str, urn: Option<&str>, on: &str) {
        self.person_id = compact::id_bytes(person);
        if let Some(urn) = urn {
            self.urn = compact::urn(urn);
        }
        self.last_on = self.last_on.max(compact::day(on));
    }

    fn credit(&mut self, id: &str) -> Option<&mut Credit> {
        let id = compact::id_bytes(id);
        self.credits.iter_mut().find(|credit| credit.credit_id == id)
    }

    fn settle(&mut self, claim: &str) {
        let id = compact::id_bytes(claim);
        for claim in self.claims.iter_mut().filter(|claim| claim.claim_id == id) {
            claim.settled = true;
        }
    }

    /// Whose it is.
    pub fn person(&self) -> Option<Uuid> {
        compact::id(&self.person_id)
    }

    /// Minutes credited from one day up to, but without, another; mandatory training left out.
    pub fn minutes(&self, from: Day, until: Day) -> i32 {
        let counts = |credit: &&Credit| {
            (from..until).contains(&credit.on) && credit.kind != i32::from(ActivityKind::MandatoryTraining)
        };
        self.credits.iter().filter(counts).map(|credit| credit.minutes).sum()
    }

    /// Whether somebody was credited for an activity on a day.
    pub fn credited(&self, activity: &[u8], on: Day) -> bool {
        let same = |credit: &Credit| credit.activity_id == activity && credit.on == on && credit.minutes > 0;
        !activity.is_empty() && self.credits.iter().any(same)
    }

    fn unsettled(&self) -> impl Iterator<Item = &Claim> {
        self.claims.iter().filter(|claim| !claim.settled)
    }
}

impl Shelved for LearningRecord {
    fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    fn urn(&self) -> u32 {
        self.urn
    }

    fn day(&self) -> Option<Day> {
        self.last_on
    }

    fn people(&self) -> Vec<(Uuid, bool)> {
        let expires = self.training.iter().any(|training| training.expires_on.is_some());
        let waits = expires || self.unsettled().next().is_some();
        self.person().map(|person| (person, waits)).into_iter().collect()
    }

    fn schools(&self) -> Vec<(u32, bool)> {
        let open = |urn| self.unsettled().any(|claim| claim.urn == urn);
        self.claims.iter().map(|claim| (claim.urn, open(claim.urn))).collect()
    }
}

impl Telling for LearningRecord {
    fn named(&self) -> BTreeSet<Uuid> {
        let named = self
            .credits
            .iter()
            .flat_map(|credit| compact::ids(&credit.follow_up_ids));
        named.collect()
    }

    fn undertaken(&self, _id: Uuid) -> Vec<Undertaken> {
        let Some(person) = self.person() else { return Vec::new() };
        let undertaken = self.credits.iter().map(|credit| Undertaken {
            kind: PartKind::Hours,
            ref_id: compact::id(&credit.credit_id).unwrap_or_default(),
            person,
            days: Vec::from_iter((credit.minutes > 0).then_some(credit.on)),
            minutes: credit.minutes,
            purpose: credit.purpose,
            focus_areas: credit.focus_areas.clone(),
            follow_up_ids: compact::ids(&credit.follow_up_ids).collect(),
            objective_ids: compact::ids(&credit.objective_ids).collect(),
        });
        undertaken.collect()
    }
}

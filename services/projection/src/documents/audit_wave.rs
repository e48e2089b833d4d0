//! A wave of the audit as evaluation told it: sums by school and staff group, once it was closed. No answer is kept singly.

use api::evaluation::v1::{AuditWaveEvent, PrincipleScore, audit_wave_event::Event};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// Staff were asked about the principles of effective professional development.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AuditWave {
    /// Its opening and closing; answers are no entries of their own.
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    #[prost(string, tag = "3")]
    pub title: String,
    #[prost(int32, optional, tag = "4")]
    pub opened_on: Option<Day>,
    #[prost(int32, optional, tag = "5")]
    pub closed_on: Option<Day>,
    #[prost(int32, tag = "6")]
    pub threshold: i32,
    #[prost(bytes = "vec", tag = "7")]
    pub previous_wave_id: Vec<u8>,
    /// Codes.
    #[prost(string, repeated, tag = "8")]
    pub principles: Vec<String>,
    /// In order of school and staff group, each once.
    #[prost(message, repeated, tag = "9")]
    pub groups: Vec<AuditGroup>,
    /// The schools whose staff were asked, in the order in which they were named.
    #[prost(uint32, repeated, tag = "10")]
    pub urns: Vec<u32>,
}

/// What one staff group of one school answered.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AuditGroup {
    #[prost(uint32, tag = "1")]
    pub urn: u32,
    #[prost(int32, tag = "2")]
    pub staff_group: i32,
    #[prost(int32, tag = "3")]
    pub answer_count: i32,
    /// One for each principle of the wave, in its order.
    #[prost(message, repeated, tag = "4")]
    pub sums: Vec<AuditSums>,
}

/// Scores of one principle, added up.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub struct AuditSums {
    #[prost(int32, tag = "1")]
    pub answer_count: i32,
    #[prost(int32, tag = "2")]
    pub values: i32,
    #[prost(int32, tag = "3")]
    pub practice: i32,
}

impl AuditSums {
    /// Adds others.
    pub fn add(&mut self, other: &Self) {
        self.answer_count += other.answer_count;
        self.values += other.values;
        self.practice += other.practice;
    }
}

impl Document for AuditWave {
    const SOURCE: &'static str = "evaluation";
    const AGGREGATE: &'static str = "audit_wave";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        match AuditWaveEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::Opened(opened)) => {
                self.entries.push(Entry::of(recorded));
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.title = opened.title;
                self.opened_on = compact::day(&opened.on);
                self.previous_wave_id = compact::id_bytes(&opened.previous_wave_id);
                self.principles = opened.principles;
                self.urns = opened.urns.iter().map(|urn| compact::urn(urn)).collect();
            }
            Some(Event::Answered(answered)) => {
                let urn = compact::urn(&answered.urn);
                self.answer(urn, answered.staff_group, &answered.scores);
            }
            Some(Event::Closed(closed)) => {
                self.entries.push(Entry::of(recorded));
                self.closed_on = compact::day(&closed.on);
                self.threshold = closed.threshold;
            }
            None => {}
        }
        Ok(())
    }
}

impl AuditWave {
    fn answer(&mut self, urn: u32, staff_group: i32, scores: &[PrincipleScore]) {
        let key = (urn, staff_group);
        let at = self
            .groups
            .binary_search_by_key(&key, |group| (group.urn, group.staff_group));
        let at = at.unwrap_or_else(|at| {
            let group = AuditGroup {
                urn,
                staff_group,
                answer_count: 0,
                sums: vec![AuditSums::default(); self.principles.len()],
            };
            self.groups.insert(at, group);
            at
        });
        let group = &mut self.groups[at];
        group.answer_count += 1;
        for score in scores {
            let principle = self.principles.iter().position(|known| *known == score.principle);
            if let Some(sums) = principle.and_then(|at| group.sums.get_mut(at)) {
                sums.add(&AuditSums {
                    answer_count: 1,
                    values: score.values,
                    practice: score.practice,
                });
            }
        }
    }
}

impl Shelved for AuditWave {
    fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    /// A wave asks several schools.
    fn urn(&self) -> u32 {
        0
    }

    fn day(&self) -> Option<Day> {
        self.closed_on.or(self.opened_on)
    }
}

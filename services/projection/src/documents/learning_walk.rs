//! A learning walk as the observations service told it: about provision, naming nobody.

use api::observations::v1::{LearningWalkEvent, learning_walk_event::Event};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// A short team tour on a theme.
#[derive(Clone, PartialEq, prost::Message)]
pub struct LearningWalk {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    #[prost(int32, optional, tag = "4")]
    pub on: Option<Day>,
    /// What it looked for, as planned.
    #[prost(string, repeated, tag = "5")]
    pub focus_areas: Vec<String>,
    #[prost(int32, tag = "6")]
    pub visit_count: i32,
    /// Focus areas that the team found strong.
    #[prost(string, repeated, tag = "7")]
    pub strengths: Vec<String>,
    /// Focus areas that the team found to need work.
    #[prost(string, repeated, tag = "8")]
    pub needs: Vec<String>,
    /// Needs raised for a team of the school.
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub need_ids: Vec<Vec<u8>>,
    #[prost(bool, tag = "10")]
    pub closed: bool,
    #[prost(bytes = "vec", tag = "11")]
    pub lead_id: Vec<u8>,
    #[prost(bytes = "vec", repeated, tag = "12")]
    pub team_ids: Vec<Vec<u8>>,
}

impl Document for LearningWalk {
    const SOURCE: &'static str = "observations";
    const AGGREGATE: &'static str = "learning_walk";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        match LearningWalkEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::Planned(planned)) => {
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.urn = compact::urn(&planned.urn);
                self.on = compact::day(&planned.on);
                self.focus_areas = planned.focus_areas;
                self.lead_id = compact::id_bytes(&planned.lead_id);
                self.team_ids = planned.team_ids.iter().map(|id| compact::id_bytes(id)).collect();
            }
            Some(Event::Visited(_)) => self.visit_count += 1,
            Some(Event::FindingsAgreed(agreed)) => {
                self.strengths = agreed.strengths;
                self.needs = agreed.needs;
            }
            Some(Event::NeedRaised(raised)) => self.need_ids.push(compact::id_bytes(&raised.need_id)),
            Some(Event::Closed(_)) => self.closed = true,
            None => {}
        }
        Ok(())
    }
}

impl Shelved for LearningWalk {
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
        let lead = compact::id(&self.lead_id).map(|lead| (lead, !self.closed));
        let team = self.team_ids.iter().filter_map(|id| compact::id(id));
        lead.into_iter().chain(team.map(|member| (member, false))).collect()
    }
}

//! A person as the directory told it, names sealed.

use api::{
    common::v1::Sealed,
    directory::v1::{Employment, PersonEvent, person_event::Event},
};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::compact::{self, Day};

/// A member of the workforce.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Person {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    #[prost(message, optional, tag = "3")]
    pub given_name: Option<Sealed>,
    #[prost(message, optional, tag = "4")]
    pub family_name: Option<Sealed>,
    #[prost(int32, tag = "5")]
    pub career_stage: i32,
    /// Posts held, in the order in which they were taken up.
    #[prost(message, repeated, tag = "6")]
    pub employments: Vec<Employment>,
    #[prost(int32, optional, tag = "7")]
    pub on_leave_since: Option<Day>,
    #[prost(bytes = "vec", tag = "8")]
    pub line_manager_id: Vec<u8>,
    #[prost(bytes = "vec", tag = "9")]
    pub appraiser_id: Vec<u8>,
    #[prost(bool, tag = "10")]
    pub left: bool,
    #[prost(bool, tag = "11")]
    pub erased: bool,
}

impl Document for Person {
    const SOURCE: &'static str = "directory";
    const AGGREGATE: &'static str = "person";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
        let event = PersonEvent::decode(recorded.payload.as_ref())?.event;
        match event {
            Some(Event::Added(added)) => {
                self.given_name = added.given_name;
                self.family_name = added.family_name;
                self.career_stage = added.career_stage;
            }
            Some(Event::DetailsCorrected(corrected)) => {
                self.given_name = corrected.given_name;
                self.family_name = corrected.family_name;
            }
            Some(Event::CareerStageSet(set)) => self.career_stage = set.career_stage,
            Some(Event::EmploymentStarted(started)) => {
                self.left = false;
                self.employments.extend(started.employment);
            }
            Some(Event::EmploymentChanged(changed)) => {
                if let Some(next) = changed.employment
                    && let Some(post) = self.post(&next.employment_id)
                {
                    *post = next;
                }
            }
            Some(Event::EmploymentEnded(ended)) => {
                self.employments
                    .retain(|post| post.employment_id != ended.employment_id);
            }
            Some(Event::Moved(moved)) => {
                if let Some(post) = self.post(&moved.employment_id) {
                    post.urn = moved.to_urn;
                    post.from_on = moved.on;
                }
            }
            Some(Event::LeaveStarted(started)) => self.on_leave_since = compact::day(&started.from_on),
            Some(Event::LeaveEnded(_)) => self.on_leave_since = None,
            Some(Event::LineManagerAssigned(assigned)) => {
                self.line_manager_id = compact::id_bytes(&assigned.line_manager_id);
            }
            Some(Event::AppraiserAssigned(assigned)) => self.appraiser_id = compact::id_bytes(&assigned.appraiser_id),
            Some(Event::Left(_)) => self.left = true,
            Some(Event::Erased(_)) => {
                // The key is gone, so this could not be read anyway; what cannot be read need not be kept.
                self.erased = true;
                self.given_name = None;
                self.family_name = None;
                for post in &mut self.employments {
                    post.job_title.clear();
                }
            }
            Some(_) | None => {}
        }
        Ok(())
    }
}

impl Person {
    fn post(&mut self, employment_id: &str) -> Option<&mut Employment> {
        self.employments
            .iter_mut()
            .find(|post| post.employment_id == employment_id)
    }

    /// The trust; absent until the directory has been read.
    pub fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }
}

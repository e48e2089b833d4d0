//! An observation as the observations service told it.

use api::observations::v1::{ObservationEvent, ObserverRecord, observation_event::Event};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::compact::{self, Day};

/// A look at somebody's practice.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Observation {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    #[prost(bytes = "vec", tag = "4")]
    pub observee_id: Vec<u8>,
    #[prost(bytes = "vec", repeated, tag = "5")]
    pub observer_ids: Vec<Vec<u8>>,
    #[prost(int32, tag = "6")]
    pub purpose: i32,
    /// The day for which it is planned.
    #[prost(int32, optional, tag = "7")]
    pub planned_on: Option<Day>,
    #[prost(int32, optional, tag = "8")]
    pub conducted_on: Option<Day>,
    /// The observers whose record is there.
    #[prost(bytes = "vec", repeated, tag = "9")]
    pub recorded_by: Vec<Vec<u8>>,
    /// Planned or looked for, in order of the code.
    #[prost(string, repeated, tag = "10")]
    pub focus_areas: Vec<String>,
    #[prost(int32, optional, tag = "11")]
    pub feedback_due_on: Option<Day>,
    #[prost(int32, optional, tag = "12")]
    pub feedback_on: Option<Day>,
    #[prost(int32, optional, tag = "13")]
    pub acknowledged_on: Option<Day>,
    #[prost(bool, tag = "14")]
    pub cancelled: bool,
    #[prost(bool, tag = "15")]
    pub closed: bool,
}

impl Document for Observation {
    const SOURCE: &'static str = "observations";
    const AGGREGATE: &'static str = "observation";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        let event = ObservationEvent::decode(recorded.payload.as_ref())?.event;
        match event {
            Some(Event::Scheduled(scheduled)) => {
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.urn = compact::urn(&scheduled.urn);
                self.observee_id = compact::id_bytes(&scheduled.observee_id);
                self.observer_ids = scheduled.observer_ids.iter().map(|id| compact::id_bytes(id)).collect();
                self.purpose = scheduled.purpose;
                self.planned_on = compact::day(&scheduled.on);
                self.looked_for(scheduled.focus_areas);
            }
            Some(Event::Rescheduled(rescheduled)) => self.planned_on = compact::day(&rescheduled.on),
            Some(Event::Cancelled(_)) => self.cancelled = true,
            Some(Event::Conducted(conducted)) => {
                self.conducted_on = compact::day(&conducted.on);
                self.feedback_due_on = compact::day(&conducted.feedback_due_on);
                self.take_record(conducted.record);
            }
            Some(Event::Recorded(record)) => self.take_record(record.record),
            Some(Event::FeedbackShared(shared)) => self.feedback_on = compact::day(&shared.on),
            Some(Event::Acknowledged(acknowledged)) => self.acknowledged_on = compact::day(&acknowledged.on),
            Some(Event::Closed(_)) => self.closed = true,
            Some(Event::MediaAdded(_) | Event::MediaShared(_) | Event::MediaWithdrawn(_)) | None => {}
        }
        Ok(())
    }
}

impl Observation {
    fn take_record(&mut self, record: Option<ObserverRecord>) {
        if let Some(record) = record {
            self.recorded_by.push(compact::id_bytes(&record.observer_id));
            self.looked_for(record.descriptors.into_iter().map(|descriptor| descriptor.focus_area));
        }
    }

    fn looked_for(&mut self, areas: impl IntoIterator<Item = String>) {
        self.focus_areas.extend(areas);
        self.focus_areas.sort_unstable();
        self.focus_areas.dedup();
    }

    /// The trust; absent until the planning has been read.
    pub fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    /// Whose practice.
    pub fn observee(&self) -> Option<Uuid> {
        compact::id(&self.observee_id)
    }

    /// Those who look.
    pub fn observers(&self) -> impl Iterator<Item = Uuid> {
        self.observer_ids.iter().filter_map(|observer| compact::id(observer))
    }

    /// Whether anybody still owes anything.
    pub fn open(&self) -> bool {
        self.planned_on.is_some() && !self.cancelled && !self.closed && self.acknowledged_on.is_none()
    }
}

//! What the row of a thread is told by streams of the catalogue, of coaching and of evaluation.
//!
//! Only explicit links are told: a stream names the follow-up. Each stream's parts stand for themselves and are replaced
//! whenever it changes, so they come out the same in any order.

use std::collections::BTreeSet;

use api::projection::v1::Step;
use uuid::Uuid;

use super::{Document, Enquiry, EvaluationPlan, Feedback, LearningRecord, Partnership};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// What a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub enum PartKind {
    /// Not said.
    Unspecified = 0,
    /// Hours credited, of the catalogue.
    Hours = 1,
    /// A coaching partnership.
    Partnership = 2,
    /// Somebody's part in an enquiry.
    Enquiry = 3,
    /// A measure of impact.
    Measure = 4,
    /// An answer at level 4 or 5.
    Answer = 5,
    /// Practice seen by a later observation, in place of an answer.
    Practice = 6,
}

impl PartKind {
    /// The step of the funnel that it serves.
    pub fn step(self) -> Step {
        match self {
            Self::Unspecified => Step::Unspecified,
            Self::Hours | Self::Partnership | Self::Enquiry => Step::Developed,
            Self::Measure | Self::Answer | Self::Practice => Step::Evaluated,
        }
    }

    /// The service that tells it.
    pub fn source(self) -> &'static str {
        match self {
            Self::Unspecified => "",
            Self::Hours => LearningRecord::SOURCE,
            Self::Partnership | Self::Enquiry => Partnership::SOURCE,
            Self::Measure | Self::Answer | Self::Practice => Feedback::SOURCE,
        }
    }

    /// The aggregate that it is told of.
    pub fn aggregate(self) -> &'static str {
        match self {
            Self::Unspecified => "",
            Self::Hours => LearningRecord::AGGREGATE,
            Self::Partnership => Partnership::AGGREGATE,
            Self::Enquiry => Enquiry::AGGREGATE,
            Self::Measure => EvaluationPlan::AGGREGATE,
            Self::Answer | Self::Practice => Feedback::AGGREGATE,
        }
    }
}

/// Everything that a thread's row is told of its development and evaluation.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Parts {
    /// In order of kind, stream and what it refers to.
    #[prost(message, repeated, tag = "1")]
    pub parts: Vec<Part>,
    /// Every stream that ever named it, so that the past can be shown; in order.
    #[prost(message, repeated, tag = "2")]
    pub streams: Vec<Naming>,
}

/// Development or evaluation that names a follow-up.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Part {
    #[prost(enumeration = "PartKind", tag = "1")]
    pub kind: i32,
    #[prost(bytes = "vec", tag = "2")]
    pub stream_id: Vec<u8>,
    /// The credit, partnership, enquiry, measure or feedback.
    #[prost(bytes = "vec", tag = "3")]
    pub ref_id: Vec<u8>,
    /// Whose development; empty for a measure of pupils.
    #[prost(bytes = "vec", tag = "4")]
    pub person_id: Vec<u8>,
    /// The days on which it took place, in order.
    #[prost(int32, repeated, tag = "5")]
    pub days: Vec<Day>,
    #[prost(int32, tag = "6")]
    pub minutes: i32,
    #[prost(int32, tag = "7")]
    pub purpose: i32,
}

/// A stream that names a follow-up.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, prost::Message)]
pub struct Naming {
    #[prost(string, tag = "1")]
    pub aggregate: String,
    #[prost(bytes = "vec", tag = "2")]
    pub stream_id: Vec<u8>,
}

/// Development that one person took part in: hours credited, a partnership, or their part in an enquiry.
#[derive(Clone, Debug, PartialEq)]
pub struct Undertaken {
    pub kind: PartKind,
    /// The credit, partnership or enquiry: what a review names as development.
    pub ref_id: Uuid,
    pub person: Uuid,
    /// When it took place, in order; none if it did not, after all or yet.
    pub days: Vec<Day>,
    pub minutes: i32,
    pub purpose: i32,
    pub focus_areas: Vec<String>,
    pub follow_up_ids: Vec<Uuid>,
    pub objective_ids: Vec<Uuid>,
}

impl Undertaken {
    /// What threads are told of it. Hours that were not spent after all serve nothing.
    pub fn parts(self, stream: Uuid) -> Vec<(Uuid, Part)> {
        if self.kind == PartKind::Hours && self.days.is_empty() {
            return Vec::new();
        }
        let part = Part {
            kind: self.kind.into(),
            stream_id: stream.as_bytes().to_vec(),
            ref_id: self.ref_id.as_bytes().to_vec(),
            person_id: self.person.as_bytes().to_vec(),
            days: self.days,
            minutes: self.minutes,
            purpose: self.purpose,
        };
        let served = self.follow_up_ids.into_iter();
        served.map(|follow_up| (follow_up, part.clone())).collect()
    }
}

/// A document that tells threads of development or evaluation.
pub trait Telling: Shelved {
    /// Every follow-up that it ever named. One that was named once remains so.
    fn named(&self) -> BTreeSet<Uuid>;

    /// The development in it, of each person. Whatever was once there remains, if only without days.
    fn undertaken(&self, _id: Uuid) -> Vec<Undertaken> {
        Vec::new()
    }

    /// What it says of each follow-up now.
    fn parts(&self, id: Uuid) -> Vec<(Uuid, Part)> {
        let undertaken = self.undertaken(id).into_iter();
        undertaken.flat_map(|undertaken| undertaken.parts(id)).collect()
    }
}

impl Parts {
    /// Takes over what one stream says now, in place of what it said before.
    pub fn replace(&mut self, aggregate: &str, stream: Uuid, parts: Vec<Part>) {
        let naming = Naming {
            aggregate: aggregate.to_owned(),
            stream_id: stream.as_bytes().to_vec(),
        };
        self.parts
            .retain(|part| part.kind().aggregate() != aggregate || part.stream_id != naming.stream_id);
        self.parts.extend(parts);
        self.parts.sort_by(|a, b| Part::place(a).cmp(&Part::place(b)));
        if let Err(at) = self.streams.binary_search(&naming) {
            self.streams.insert(at, naming);
        }
    }

    /// The streams of one aggregate that ever named it.
    pub fn streams_of(&self, aggregate: &str) -> Vec<Uuid> {
        self.streams
            .iter()
            .filter(|naming| naming.aggregate == aggregate)
            .filter_map(|naming| compact::id(&naming.stream_id))
            .collect()
    }

    /// The parts that serve a step for that person, on or after that day.
    pub fn serving(&self, step: Step, person: &[u8], since: Day) -> impl Iterator<Item = (&Part, Day)> {
        self.parts
            .iter()
            .filter(move |part| part.kind().step() == step && part.concerns(person))
            .filter_map(move |part| {
                let day = part.days.iter().copied().filter(|day| *day >= since).min()?;
                Some((part, day))
            })
    }

    /// The first day on which a step was reached for that person since that day.
    pub fn reached(&self, step: Step, person: &[u8], since: Day) -> Option<Day> {
        self.serving(step, person, since).map(|(_, day)| day).min()
    }
}

impl Part {
    fn place(&self) -> (i32, &[u8], &[u8], &[u8], &[Day]) {
        (self.kind, &self.stream_id, &self.ref_id, &self.person_id, &self.days)
    }

    /// Whether it may be joined to a follow-up of that person: somebody else's development never is.
    pub fn concerns(&self, person: &[u8]) -> bool {
        self.person_id.is_empty() || self.person_id == person
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(stream: u128, days: &[Day]) -> Part {
        Part {
            kind: PartKind::Hours.into(),
            stream_id: Uuid::from_u128(stream).as_bytes().to_vec(),
            person_id: vec![1],
            days: days.to_vec(),
            ..Part::default()
        }
    }

    #[test]
    fn development_counts_from_the_agreement_on() {
        let mut parts = Parts::default();
        parts.replace("learning_record", Uuid::from_u128(5), vec![hours(5, &[90, 120, 110])]);
        assert_eq!(parts.reached(Step::Developed, &[1], 100), Some(110));
        assert_eq!(
            parts.reached(Step::Developed, &[1], 110),
            Some(110),
            "on the day itself"
        );
        assert_eq!(parts.reached(Step::Developed, &[1], 121), None);
        assert_eq!(parts.reached(Step::Developed, &[2], 100), None, "somebody else's");
        assert_eq!(parts.reached(Step::Evaluated, &[1], 100), None);
    }

    #[test]
    fn a_stream_replaces_what_it_said_and_is_remembered() {
        let (one, other) = (Uuid::from_u128(5), Uuid::from_u128(6));
        let mut parts = Parts::default();
        parts.replace("learning_record", other, vec![hours(6, &[130])]);
        parts.replace("learning_record", one, vec![hours(5, &[110])]);
        let mut in_other_order = Parts::default();
        in_other_order.replace("learning_record", one, vec![hours(5, &[110])]);
        in_other_order.replace("learning_record", other, vec![hours(6, &[130])]);
        assert_eq!(parts, in_other_order);
        parts.replace("learning_record", one, Vec::new());
        assert_eq!(parts.reached(Step::Developed, &[1], 0), Some(130));
        assert_eq!(parts.streams_of("learning_record"), [one, other]);
    }
}

//! Something that a school or trust chose to watch, as evaluation told it.

use api::evaluation::v1::{MetricEvent, metric_event::Event};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{Document, Entry};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// A metric with its targets and what was reported.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Metric {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    #[prost(string, tag = "4")]
    pub title: String,
    #[prost(string, tag = "5")]
    pub unit: String,
    #[prost(int32, tag = "6")]
    pub direction: i32,
    #[prost(int32, tag = "7")]
    pub period: i32,
    #[prost(bytes = "vec", tag = "8")]
    pub priority_id: Vec<u8>,
    #[prost(int32, optional, tag = "9")]
    pub defined_on: Option<Day>,
    #[prost(int32, optional, tag = "10")]
    pub retired_on: Option<Day>,
    /// In order of period, each once.
    #[prost(message, repeated, tag = "11")]
    pub points: Vec<Point>,
}

/// One period.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Point {
    #[prost(string, tag = "1")]
    pub period: String,
    /// As reported last.
    #[prost(double, optional, tag = "2")]
    pub value: Option<f64>,
    /// As set last.
    #[prost(double, optional, tag = "3")]
    pub target: Option<f64>,
}

impl Document for Metric {
    const SOURCE: &'static str = "evaluation";
    const AGGREGATE: &'static str = "metric";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        match MetricEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::Defined(defined)) => {
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.urn = compact::urn(&defined.urn);
                self.title = defined.title;
                self.unit = defined.unit;
                self.direction = defined.direction;
                self.period = defined.period;
                self.priority_id = compact::id_bytes(&defined.priority_id);
                let on = identity::context::date_in_england(recorded.metadata.occurred_at);
                self.defined_on = Some(compact::day_of(on));
            }
            Some(Event::TargetSet(set)) => self.point(&set.period).target = Some(set.value),
            Some(Event::Reported(reported)) => self.point(&reported.period).value = Some(reported.value),
            Some(Event::Retired(retired)) => self.retired_on = compact::day(&retired.on),
            None => {}
        }
        Ok(())
    }
}

impl Metric {
    fn point(&mut self, period: &str) -> &mut Point {
        let at = self.points.binary_search_by_key(&period, |point| &point.period);
        let at = at.unwrap_or_else(|at| {
            let point = Point {
                period: period.to_owned(),
                ..Point::default()
            };
            self.points.insert(at, point);
            at
        });
        &mut self.points[at]
    }
}

impl Shelved for Metric {
    fn trust(&self) -> Option<Uuid> {
        compact::id(&self.trust_id)
    }

    fn urn(&self) -> u32 {
        self.urn
    }

    fn day(&self) -> Option<Day> {
        self.defined_on
    }
}

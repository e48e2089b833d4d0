//! A plan of how impact will be known, as evaluation told it, with the measures taken.

use std::collections::BTreeSet;

use api::evaluation::v1::{EffectCaution, EvaluationPlanEvent, MeasurePoint, evaluation_plan_event::Event};
use eventstore::Recorded;
use prost::Message as _;
use uuid::Uuid;

use super::{
    Document, Entry,
    part::{Part, PartKind, Telling},
};
use crate::{
    compact::{self, Day},
    shelf::Shelved,
};

/// How the impact of an activity, enquiry or priority will be known.
#[derive(Clone, PartialEq, prost::Message)]
pub struct EvaluationPlan {
    #[prost(message, repeated, tag = "1")]
    pub entries: Vec<Entry>,
    #[prost(bytes = "vec", tag = "2")]
    pub trust_id: Vec<u8>,
    #[prost(uint32, tag = "3")]
    pub urn: u32,
    #[prost(bytes = "vec", tag = "4")]
    pub lead_id: Vec<u8>,
    #[prost(int32, optional, tag = "5")]
    pub on: Option<Day>,
    #[prost(int32, optional, tag = "6")]
    pub short_on: Option<Day>,
    #[prost(int32, optional, tag = "7")]
    pub medium_on: Option<Day>,
    #[prost(message, repeated, tag = "8")]
    pub measures: Vec<Measure>,
    #[prost(bool, tag = "9")]
    pub concluded: bool,
    #[prost(message, repeated, tag = "10")]
    pub effects: Vec<Effect>,
}

/// The size of an effect, as evaluation estimated it.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Effect {
    /// The measures behind it.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub measure_ids: Vec<Vec<u8>>,
    #[prost(enumeration = "MeasurePoint", tag = "2")]
    pub point: i32,
    #[prost(string, tag = "3")]
    pub outcome: String,
    #[prost(double, tag = "4")]
    pub g: f64,
    #[prost(double, tag = "5")]
    pub low: f64,
    #[prost(double, tag = "6")]
    pub high: f64,
    #[prost(double, tag = "7")]
    pub standard_error: f64,
    /// Pupils in all groups.
    #[prost(int32, tag = "8")]
    pub n: i32,
    #[prost(enumeration = "EffectCaution", repeated, tag = "9")]
    pub cautions: Vec<i32>,
    #[prost(string, repeated, tag = "10")]
    pub focus_areas: Vec<String>,
    /// The activity, enquiry or priority.
    #[prost(bytes = "vec", tag = "11")]
    pub subject_id: Vec<u8>,
    #[prost(int32, tag = "12")]
    pub on: Day,
}

/// Something measured at one point.
#[derive(Clone, PartialEq, prost::Message)]
pub struct Measure {
    #[prost(bytes = "vec", tag = "1")]
    pub measure_id: Vec<u8>,
    #[prost(enumeration = "MeasurePoint", tag = "2")]
    pub point: i32,
    #[prost(int32, tag = "3")]
    pub on: Day,
    #[prost(bytes = "vec", repeated, tag = "4")]
    pub follow_up_ids: Vec<Vec<u8>>,
    #[prost(bool, tag = "5")]
    pub withdrawn: bool,
}

impl Document for EvaluationPlan {
    const SOURCE: &'static str = "evaluation";
    const AGGREGATE: &'static str = "evaluation_plan";

    fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn evolve(&mut self, recorded: &Recorded) -> Result<(), prost::DecodeError> {
        self.entries.push(Entry::of(recorded));
        match EvaluationPlanEvent::decode(recorded.payload.as_ref())?.event {
            Some(Event::Planned(planned)) => {
                self.trust_id = recorded.metadata.trust_id.as_bytes().to_vec();
                self.urn = compact::urn(&planned.urn);
                self.lead_id = compact::id_bytes(&planned.lead_id);
                self.on = compact::day(&planned.on);
                self.short_on = compact::day(&planned.short_on);
                self.medium_on = compact::day(&planned.medium_on);
            }
            Some(Event::Revised(revised)) => {
                self.short_on = compact::day(&revised.short_on);
                self.medium_on = compact::day(&revised.medium_on);
            }
            Some(Event::MeasureTaken(taken)) => self.measures.push(Measure {
                measure_id: compact::id_bytes(&taken.measure_id),
                point: taken.point,
                on: compact::day(&taken.on).unwrap_or_default(),
                follow_up_ids: compact::ids_bytes(&taken.follow_up_ids),
                withdrawn: false,
            }),
            Some(Event::MeasureWithdrawn(withdrawn)) => {
                let id = compact::id_bytes(&withdrawn.measure_id);
                for measure in self.measures.iter_mut().filter(|measure| measure.measure_id == id) {
                    measure.withdrawn = true;
                }
            }
            Some(Event::Concluded(_)) => self.concluded = true,
            Some(Event::EffectEstimated(estimated)) => self.effects.push(Effect {
                measure_ids: compact::ids_bytes(&estimated.measure_ids),
                point: estimated.point,
                outcome: estimated.outcome,
                g: estimated.g,
                low: estimated.low,
                high: estimated.high,
                standard_error: estimated.standard_error,
                n: estimated.n_intervention.saturating_add(estimated.n_comparison),
                cautions: estimated.cautions,
                focus_areas: estimated.focus_areas,
                subject_id: compact::id_bytes(&estimated.subject_id),
                on: compact::day(&estimated.on).unwrap_or_default(),
            }),
            Some(Event::Reported(_)) | None => {}
        }
        Ok(())
    }
}

impl EvaluationPlan {
    /// Effects of which no measure was withdrawn.
    pub fn standing_effects(&self) -> impl Iterator<Item = &Effect> {
        let withdrawn = |id: &Vec<u8>| {
            self.measures
                .iter()
                .any(|measure| measure.withdrawn && measure.measure_id == *id)
        };
        self.effects
            .iter()
            .filter(move |effect| !effect.measure_ids.iter().any(withdrawn))
    }

    /// When the next measure is due; none once all were taken or it was decided what follows.
    pub fn next_due(&self) -> Option<Day> {
        if self.concluded {
            return None;
        }
        let taken = |point: MeasurePoint| {
            self.measures
                .iter()
                .any(|measure| measure.point() == point && !measure.withdrawn)
        };
        let due = [
            (MeasurePoint::Short, self.short_on),
            (MeasurePoint::Medium, self.medium_on),
        ];
        due.into_iter()
            .filter(|(point, _)| !taken(*point))
            .find_map(|(_, on)| on)
    }
}

impl Shelved for EvaluationPlan {
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
        let lead = compact::id(&self.lead_id);
        lead.map(|lead| (lead, self.next_due().is_some())).into_iter().collect()
    }
}

impl Telling for EvaluationPlan {
    fn named(&self) -> BTreeSet<Uuid> {
        let named = self
            .measures
            .iter()
            .flat_map(|measure| compact::ids(&measure.follow_up_ids));
        named.collect()
    }

    /// A baseline says where things stood: it evaluates nothing yet.
    fn parts(&self, id: Uuid) -> Vec<(Uuid, Part)> {
        let measures = self
            .measures
            .iter()
            .filter(|measure| !measure.withdrawn && measure.point() != MeasurePoint::Baseline);
        let parts = measures.flat_map(|measure| {
            let part = Part {
                kind: PartKind::Measure.into(),
                stream_id: id.as_bytes().to_vec(),
                ref_id: measure.measure_id.clone(),
                days: vec![measure.on],
                ..Part::default()
            };
            compact::ids(&measure.follow_up_ids).map(move |follow_up| (follow_up, part.clone()))
        });
        parts.collect()
    }
}

//! Something of their own that a school or trust watches: pupil wellbeing, pupil voice, retention …
//!
//! defined ──► targets set, values reported (again: the later one holds) ──► retired

mod period;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use api::{
    evaluation::v1::{
        MetricDefined, MetricDirection, MetricEvent, MetricPeriod, MetricReported, MetricRetired, TargetSet,
        metric_event::Event,
    },
    ids::{PriorityId, TrustId, Urn},
};
use eventstore::Aggregate;
use identity::Context;
use service::Reject;

pub use self::period::Period;
use crate::recorded;

/// What became of a metric so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metric {
    /// Absent before it was defined.
    pub defined: Option<MetricDefined>,
    pub trust: TrustId,
    /// Absent for the whole trust.
    pub urn: Option<Urn>,
    /// By period, as it is written; which sorts as time does.
    pub values: BTreeMap<String, f64>,
    pub targets: BTreeMap<String, f64>,
    pub retired: bool,
}

/// What can be asked of a metric.
#[derive(Clone, Debug)]
pub enum Command {
    Define(Define),
    SetTarget { period: String, value: f64 },
    Report { period: String, value: f64 },
    Retire,
}

/// Defines a metric.
#[derive(Clone, Debug)]
pub struct Define {
    pub trust: TrustId,
    /// Absent for the whole trust.
    pub urn: Option<Urn>,
    pub title: String,
    pub unit: String,
    pub direction: MetricDirection,
    pub period: MetricPeriod,
    pub priority: Option<PriorityId>,
}

/// Why a metric refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this metric was defined already")]
    AlreadyDefined,
    #[error("there is no such metric")]
    NotDefined,
    #[error("this metric is watched no longer: define another one")]
    Retired,
    #[error("`{period}` is no period of this metric: write it as {example}")]
    OtherPeriod { period: String, example: &'static str },
    #[error("`{period}` has not begun: only what was can be reported")]
    NotBegun { period: String },
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyDefined => "METRIC_ALREADY_DEFINED",
            Self::NotDefined => "METRIC_NOT_DEFINED",
            Self::Retired => "METRIC_RETIRED",
            Self::OtherPeriod { .. } => "OTHER_PERIOD",
            Self::NotBegun { .. } => "PERIOD_NOT_BEGUN",
        }
    }

    fn field(&self) -> Option<&'static str> {
        matches!(self, Self::OtherPeriod { .. } | Self::NotBegun { .. }).then_some("period")
    }
}

impl Aggregate for Metric {
    type Event = MetricEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<MetricEvent>, Rejection> {
        match command {
            Command::Define(define) => self.define(define),
            Command::SetTarget { period, value } => self.set_target(&period, value),
            Command::Report { period, value } => self.report(&period, value, context),
            Command::Retire => self.retire(context),
        }
    }

    fn evolve(&mut self, event: &MetricEvent) {
        match &event.event {
            Some(Event::Defined(defined)) => {
                self.trust = recorded::id(&defined.trust_id);
                self.urn = defined.urn.parse().ok();
                self.defined = Some(defined.clone());
            }
            Some(Event::TargetSet(set)) => {
                self.targets.insert(set.period.clone(), set.value);
            }
            Some(Event::Reported(reported)) => {
                self.values.insert(reported.period.clone(), reported.value);
            }
            Some(Event::Retired(_)) => self.retired = true,
            None => {}
        }
    }
}

impl Metric {
    fn define(&self, define: Define) -> Result<Vec<MetricEvent>, Rejection> {
        if self.defined.is_some() {
            return Err(Rejection::AlreadyDefined);
        }
        let defined = MetricDefined {
            trust_id: define.trust.into(),
            urn: recorded::text_of(define.urn),
            title: define.title,
            unit: define.unit,
            direction: define.direction.into(),
            period: define.period.into(),
            priority_id: recorded::text_of(define.priority),
        };
        Ok(vec![defined.into()])
    }

    fn set_target(&self, period: &str, value: f64) -> Result<Vec<MetricEvent>, Rejection> {
        let period = self.period(period)?.to_string();
        if self.targets.get(&period) == Some(&value) {
            return Ok(Vec::new());
        }
        Ok(vec![TargetSet { period, value }.into()])
    }

    fn report(&self, period: &str, value: f64, context: &Context) -> Result<Vec<MetricEvent>, Rejection> {
        let parsed = self.period(period)?;
        let period = parsed.to_string();
        if parsed.begins_on() > context.today() {
            return Err(Rejection::NotBegun { period });
        }
        if self.values.get(&period) == Some(&value) {
            return Ok(Vec::new());
        }
        let on = context.today().to_string();
        Ok(vec![MetricReported { period, value, on }.into()])
    }

    fn retire(&self, context: &Context) -> Result<Vec<MetricEvent>, Rejection> {
        self.must_be_watched()?;
        let on = context.today().to_string();
        Ok(vec![MetricRetired { on }.into()])
    }

    /// Whether a period's target was met; none without both.
    pub fn met(&self, period: &str) -> Option<bool> {
        let (value, target) = (self.values.get(period)?, self.targets.get(period)?);
        Some(match self.defined.as_ref()?.direction() {
            MetricDirection::Lower => value <= target,
            _ => value >= target,
        })
    }

    fn period(&self, text: &str) -> Result<Period, Rejection> {
        let kind = self.must_be_watched()?.period();
        Period::parse(kind, text).ok_or_else(|| Rejection::OtherPeriod {
            period: text.to_owned(),
            example: Period::example(kind),
        })
    }

    fn must_be_watched(&self) -> Result<&MetricDefined, Rejection> {
        match &self.defined {
            Some(_) if self.retired => Err(Rejection::Retired),
            Some(defined) => Ok(defined),
            None => Err(Rejection::NotDefined),
        }
    }
}

//! What an activity cost a trust and its schools.
//!
//! cost recorded ──► withdrawn, if it was a mistake

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use api::{
    evaluation::v1::{CostKind, CostRecorded, CostWithdrawn, SpendingEvent, spending_event::Event},
    ids::{ActivityId, CostId, TrustId, Urn, derived},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;
use service::Reject;
use uuid::Uuid;

use crate::recorded;

/// What was spent on one activity by one trust.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spending {
    /// Those that were not withdrawn.
    pub costs: Vec<CostRecorded>,
    /// Identifiers of all, withdrawn ones included.
    known: BTreeSet<String>,
}

/// What can be asked of spending, of one activity by one trust.
#[derive(Clone, Debug)]
pub struct Command {
    pub trust: TrustId,
    pub activity: ActivityId,
    pub ask: Ask,
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Ask {
    Record(Cost),
    Withdraw { cost: CostId },
}

/// Money spent.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub id: CostId,
    /// The school that paid; absent for the trust.
    pub urn: Option<Urn>,
    pub kind: CostKind,
    pub pence: i64,
    pub on: NaiveDate,
}

/// Why spending refused a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this cost was recorded already")]
    RecordedAlready,
    #[error("there is no such cost of this activity")]
    NoSuchCost,
    #[error("a day in the future cannot be recorded: today is {today}")]
    InTheFuture { today: NaiveDate },
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::RecordedAlready => "COST_RECORDED_ALREADY",
            Self::NoSuchCost => "NO_SUCH_COST",
            Self::InTheFuture { .. } => "IN_THE_FUTURE",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::RecordedAlready | Self::NoSuchCost => Some("cost_id"),
            Self::InTheFuture { .. } => Some("on"),
        }
    }
}

/// One for each trust and activity.
pub fn id_of(trust: TrustId, activity: ActivityId) -> Uuid {
    derived("spending", &format!("{trust}:{activity}"))
}

impl Aggregate for Spending {
    type Event = SpendingEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<SpendingEvent>, Rejection> {
        match command.ask {
            Ask::Record(cost) => self.record_cost(command.trust, command.activity, cost, context),
            Ask::Withdraw { cost } => self.withdraw(command.activity, cost, context),
        }
    }

    fn evolve(&mut self, event: &SpendingEvent) {
        match &event.event {
            Some(Event::CostRecorded(cost)) => {
                self.known.insert(cost.cost_id.clone());
                self.costs.push(cost.clone());
            }
            Some(Event::CostWithdrawn(withdrawn)) => self.costs.retain(|cost| cost.cost_id != withdrawn.cost_id),
            None => {}
        }
    }
}

impl Spending {
    fn record_cost(
        &self,
        trust: TrustId,
        activity: ActivityId,
        cost: Cost,
        context: &Context,
    ) -> Result<Vec<SpendingEvent>, Rejection> {
        if self.known.contains(&cost.id.to_string()) {
            return Err(Rejection::RecordedAlready);
        }
        if cost.on > context.today() {
            return Err(Rejection::InTheFuture { today: context.today() });
        }
        let recorded = CostRecorded {
            cost_id: cost.id.into(),
            activity_id: activity.into(),
            trust_id: trust.into(),
            urn: recorded::text_of(cost.urn),
            kind: cost.kind.into(),
            pence: cost.pence,
            on: cost.on.to_string(),
        };
        Ok(vec![recorded.into()])
    }

    fn withdraw(&self, activity: ActivityId, cost: CostId, context: &Context) -> Result<Vec<SpendingEvent>, Rejection> {
        if !self.known.contains(&cost.to_string()) {
            return Err(Rejection::NoSuchCost);
        }
        if self.cost(cost).is_none() {
            return Ok(Vec::new());
        }
        let withdrawn = CostWithdrawn {
            cost_id: cost.into(),
            activity_id: activity.into(),
            on: context.today().to_string(),
        };
        Ok(vec![withdrawn.into()])
    }

    /// A cost that counts.
    pub fn cost(&self, id: CostId) -> Option<&CostRecorded> {
        let id = id.to_string();
        self.costs.iter().find(|cost| cost.cost_id == id)
    }

    /// All costs that count.
    pub fn pence(&self) -> i64 {
        self.costs.iter().map(|cost| cost.pence).fold(0, i64::saturating_add)
    }
}

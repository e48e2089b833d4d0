//! A time budget: what a school sets aside for professional development in an academic year, slot by slot.
//!
//! planned ──► replanned … ──► used · diverted, never more than was planned

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        DiversionCategory, TimeBudgetEvent, TimeDiverted, TimePlanned, TimeReplanned, TimeSlotKind, TimeUsed,
        time_budget_event::Event,
    },
    ids::{ActivityId, PriorityId, TimeBudgetId, TimeSlotId, Urn, derived},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record, policy::cycle_of};
use service::{
    Guarded,
    recorded::{self, text_of},
};
use uuid::Uuid;

use super::{Place, rejections::rejections};

/// What became of a budget so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeBudget {
    pub place: Place,
    pub year: i32,
    pub slots: Vec<Slot>,
}

/// One slot, as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    pub id: TimeSlotId,
    pub planned: TimePlanned,
    pub on: NaiveDate,
    pub minutes: i32,
    pub used_minutes: i32,
    pub diversions: Vec<TimeDiverted>,
}

/// What can be asked of a budget.
#[derive(Clone, Debug)]
pub enum Command {
    Plan(NewSlot),
    Replan {
        slot: TimeSlotId,
        on: NaiveDate,
        minutes: i32,
    },
    Use(Usage),
    Divert {
        slot: TimeSlotId,
        minutes: i32,
        category: DiversionCategory,
        why: String,
    },
}

/// Sets time aside.
#[derive(Clone, Debug)]
pub struct NewSlot {
    pub place: Place,
    pub id: TimeSlotId,
    pub kind: TimeSlotKind,
    pub on: NaiveDate,
    pub minutes: i32,
    pub title: String,
    pub priority: Option<PriorityId>,
}

/// Says what time was used for.
#[derive(Clone, Debug)]
pub struct Usage {
    pub slot: TimeSlotId,
    pub minutes: i32,
    pub activity: Option<ActivityId>,
    pub session: Option<Uuid>,
    /// None for the slot's own.
    pub priority: Option<PriorityId>,
}

rejections! {
    /// Why a time budget refused a command.
    "SLOT_PLANNED_ALREADY" ("slot_id") PlannedAlready = "this slot was planned already: replan it";
    "NO_TIME" ("minutes") NoTime = "give at least one minute";
    "UNKNOWN_SLOT" ("slot_id") UnknownSlot = "the budget has no such slot";
    "ANOTHER_YEAR" ("on") AnotherYear { year: i32 } =
        "this budget is for the academic year from September {year}: plan a slot in the other year";
    "LESS_THAN_SPENT" ("minutes") LessThanSpent { spent: i32 } =
        "{spent} minutes of it were used or diverted already: leave at least as many";
    "SLOT_NOT_YET" ("slot_id") NotYet { on: NaiveDate } = "this slot is on {on}: say afterwards what it went into";
    "BEYOND_PLANNED" ("minutes") BeyondPlanned { left: i32 } =
        "only {left} planned minutes are left of this slot: replan it, or give fewer";
}

impl Aggregate for TimeBudget {
    type Event = TimeBudgetEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<TimeBudgetEvent>, Rejection> {
        match command {
            Command::Plan(slot) => self.plan(slot),
            Command::Replan { slot, on, minutes } => self.replan(slot, on, minutes),
            Command::Use(usage) => self.use_time(usage, context),
            Command::Divert {
                slot,
                minutes,
                category,
                why,
            } => self.divert(slot, minutes, category, why, context),
        }
    }

    fn evolve(&mut self, event: &TimeBudgetEvent) {
        match &event.event {
            Some(Event::Planned(planned)) => {
                self.place = Place::recorded(&planned.trust_id, &planned.urn);
                self.year = planned.year;
                self.slots.push(Slot {
                    id: recorded::id(&planned.slot_id),
                    on: recorded::date(&planned.on),
                    minutes: planned.minutes,
                    planned: planned.clone(),
                    used_minutes: 0,
                    diversions: Vec::new(),
                });
            }
            Some(Event::Replanned(replanned)) => {
                if let Some(slot) = self.slot_mut(&replanned.slot_id) {
                    slot.on = recorded::date(&replanned.on);
                    slot.minutes = replanned.minutes;
                }
            }
            Some(Event::Used(used)) => {
                if let Some(slot) = self.slot_mut(&used.slot_id) {
                    slot.used_minutes += used.minutes;
                }
            }
            Some(Event::Diverted(diverted)) => {
                if let Some(slot) = self.slot_mut(&diverted.slot_id) {
                    slot.diversions.push(diverted.clone());
                }
            }
            None => {}
        }
    }
}

impl TimeBudget {
    /// The one budget of a school and academic year.
    pub fn id_of(urn: Urn, year: i32) -> TimeBudgetId {
        TimeBudgetId(derived("time_budget", &format!("{urn}:{year}")))
    }

    fn plan(&self, slot: NewSlot) -> Result<Vec<TimeBudgetEvent>, Rejection> {
        if self.slots.iter().any(|earlier| earlier.id == slot.id) {
            return Err(Rejection::PlannedAlready);
        }
        must_be_some(slot.minutes)?;
        let planned = TimePlanned {
            trust_id: slot.place.trust.into(),
            urn: slot.place.urn_text(),
            year: cycle_of(slot.on),
            slot_id: slot.id.into(),
            kind: slot.kind.into(),
            on: slot.on.to_string(),
            minutes: slot.minutes,
            title: slot.title,
            priority_id: text_of(slot.priority),
        };
        Ok(vec![planned.into()])
    }

    /// Nothing that was spent is planned away.
    fn replan(&self, id: TimeSlotId, on: NaiveDate, minutes: i32) -> Result<Vec<TimeBudgetEvent>, Rejection> {
        let slot = self.must_have(id)?;
        if cycle_of(on) != self.year {
            return Err(Rejection::AnotherYear { year: self.year });
        }
        if minutes < slot.spent() {
            return Err(Rejection::LessThanSpent { spent: slot.spent() });
        }
        let replanned = TimeReplanned {
            slot_id: id.into(),
            on: on.to_string(),
            minutes,
        };
        Ok(vec![replanned.into()])
    }

    fn use_time(&self, usage: Usage, context: &Context) -> Result<Vec<TimeBudgetEvent>, Rejection> {
        let slot = self.must_have(usage.slot)?;
        slot.must_have_left(usage.minutes, context)?;
        let priority_id = match usage.priority {
            Some(priority) => priority.into(),
            None => slot.planned.priority_id.clone(),
        };
        let used = TimeUsed {
            slot_id: usage.slot.into(),
            on: slot.on.to_string(),
            minutes: usage.minutes,
            activity_id: text_of(usage.activity),
            session_id: text_of(usage.session),
            priority_id,
        };
        Ok(vec![used.into()])
    }

    fn divert(
        &self,
        id: TimeSlotId,
        minutes: i32,
        category: DiversionCategory,
        why: String,
        context: &Context,
    ) -> Result<Vec<TimeBudgetEvent>, Rejection> {
        let slot = self.must_have(id)?;
        slot.must_have_left(minutes, context)?;
        let diverted = TimeDiverted {
            slot_id: id.into(),
            on: slot.on.to_string(),
            minutes,
            category: category.into(),
            why: self.place.sealed(why),
        };
        Ok(vec![diverted.into()])
    }

    /// As access depends on it.
    pub(crate) fn as_record(&self) -> Record {
        self.place.record(Kind::TimeBudget)
    }

    fn must_have(&self, id: TimeSlotId) -> Result<&Slot, Rejection> {
        self.slots
            .iter()
            .find(|slot| slot.id == id)
            .ok_or(Rejection::UnknownSlot)
    }

    fn slot_mut(&mut self, id: &str) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.planned.slot_id == id)
    }
}

impl Slot {
    /// Minutes that went into something else.
    pub fn diverted_minutes(&self) -> i32 {
        self.diversions.iter().map(|diverted| diverted.minutes).sum()
    }

    /// Minutes that are accounted for.
    pub fn spent(&self) -> i32 {
        self.used_minutes + self.diverted_minutes()
    }

    fn must_have_left(&self, minutes: i32, context: &Context) -> Result<(), Rejection> {
        must_be_some(minutes)?;
        if self.on > context.today() {
            return Err(Rejection::NotYet { on: self.on });
        }
        let left = self.minutes - self.spent();
        if minutes > left {
            return Err(Rejection::BeyondPlanned { left });
        }
        Ok(())
    }
}

fn must_be_some(minutes: i32) -> Result<(), Rejection> {
    if minutes < 1 { Err(Rejection::NoTime) } else { Ok(()) }
}

impl Guarded for TimeBudget {
    const NAME: &'static str = "time budget";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Plan(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        match command {
            // The budget's identifier follows from its school.
            Command::Plan(slot) => (Action::PlanTime, slot.place.record(Kind::TimeBudget)),
            Command::Replan { .. } => (Action::ReplanTime, self.as_record()),
            Command::Use(_) => (Action::UseTime, self.as_record()),
            Command::Divert { .. } => (Action::DivertTime, self.as_record()),
        }
    }
}

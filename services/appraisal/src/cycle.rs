//! A cycle: one academic year of appraisals for a part of the workforce, with the dates by which things happen.
//!
//! opened ──► closed: no appraisal opens in it any more; those that are open go on.

mod guard;
#[cfg(test)]
mod tests;

use api::{
    appraisal::v1::{self as pb, Population, cycle_event::Event},
    common::v1::RoleGroup,
    ids::{CycleId, TrustId, derived},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Context, Record};
use service::Reject;

/// A cycle as its events left it.
#[derive(Clone, Debug, Default)]
pub struct Cycle {
    /// Whose it is.
    pub trust_id: TrustId,
    /// What was opened; absent before.
    pub terms: Option<Terms>,
    /// The day on which it closed.
    pub closed_on: Option<NaiveDate>,
}

/// What holds for every appraisal of a cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The academic year by its first calendar year.
    pub year: i32,
    /// Whom it is for.
    pub population: Population,
    /// Objectives are agreed by this day.
    pub planning_by: NaiveDate,
    /// Mid-year reviews are held by this day.
    pub mid_year_by: NaiveDate,
    /// Appraisals conclude by this day.
    pub final_by: NaiveDate,
}

/// What can be asked of a cycle.
#[derive(Clone, Debug)]
pub enum Command {
    /// Begin it.
    Open {
        /// Whose it is.
        trust_id: TrustId,
        /// What holds for it.
        terms: Terms,
    },
    /// Let somebody's appraisal open in it.
    Admit {
        /// What that person is on that day; several for somebody who holds several posts.
        role_groups: Vec<RoleGroup>,
        /// The appraisal that opens.
        appraisal: Box<Record>,
    },
    /// End it.
    Close {
        /// The day.
        on: NaiveDate,
    },
}

/// Why a cycle refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this cycle is open already")]
    AlreadyOpened,
    #[error("this cycle was never opened")]
    NotOpened,
    #[error("planning ({planning_by}), mid-year ({mid_year_by}) and final date ({final_by}) must follow one another")]
    DatesOutOfOrder {
        planning_by: NaiveDate,
        mid_year_by: NaiveDate,
        final_by: NaiveDate,
    },
    #[error("the dates of this cycle must lie from {from} to {until}")]
    DatesOutsideYear { from: NaiveDate, until: NaiveDate },
    #[error("this cycle closed on {on}: no appraisal opens in it any more")]
    Closed { on: NaiveDate },
    #[error("this cycle is for {}, and the person belongs to another part of the workforce", name(*.population))]
    NotInPopulation { population: Population },
    #[error("a cycle cannot close on a day that is still to come ({on})")]
    ClosesInTheFuture { on: NaiveDate },
    #[error("a cycle of {year} cannot close before it begins, on {begins}")]
    ClosesBeforeItBegins { year: i32, begins: NaiveDate },
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::AlreadyOpened => "CYCLE_ALREADY_OPENED",
            Self::NotOpened => "CYCLE_NOT_OPENED",
            Self::DatesOutOfOrder { .. } => "CYCLE_DATES_OUT_OF_ORDER",
            Self::DatesOutsideYear { .. } => "CYCLE_DATES_OUTSIDE_YEAR",
            Self::Closed { .. } => "CYCLE_CLOSED",
            Self::NotInPopulation { .. } => "PERSON_NOT_IN_POPULATION",
            Self::ClosesInTheFuture { .. } => "CYCLE_CLOSES_IN_THE_FUTURE",
            Self::ClosesBeforeItBegins { .. } => "CYCLE_CLOSES_BEFORE_IT_BEGINS",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NotInPopulation { .. } => Some("person_id"),
            Self::ClosesInTheFuture { .. } | Self::ClosesBeforeItBegins { .. } => Some("on"),
            _ => None,
        }
    }

    fn facts(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Closed { on } => vec![("closed_on", on.to_string())],
            Self::DatesOutsideYear { from, until } => vec![("from", from.to_string()), ("until", until.to_string())],
            _ => Vec::new(),
        }
    }
}

impl Aggregate for Cycle {
    type Event = pb::CycleEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, ctx: &Context) -> Result<Vec<Self::Event>, Rejection> {
        match command {
            Command::Open { trust_id, terms } => self.open(trust_id, terms),
            Command::Admit { role_groups, .. } => self.admit(&role_groups),
            Command::Close { on } => self.close(on, ctx),
        }
    }

    fn evolve(&mut self, event: &Self::Event) {
        match &event.event {
            Some(Event::Opened(opened)) => {
                self.trust_id = opened.trust_id.parse().unwrap_or_default();
                self.terms = Some(Terms::of(opened));
            }
            Some(Event::Closed(closed)) => self.closed_on = Some(closed.on.parse().unwrap_or_default()),
            None => {}
        }
    }
}

impl Cycle {
    fn open(&self, trust_id: TrustId, terms: Terms) -> Result<Vec<pb::CycleEvent>, Rejection> {
        if self.terms.is_some() {
            return Err(Rejection::AlreadyOpened);
        }
        let Terms {
            year,
            population,
            planning_by,
            mid_year_by,
            final_by,
        } = terms;
        if planning_by >= mid_year_by || mid_year_by >= final_by {
            return Err(Rejection::DatesOutOfOrder {
                planning_by,
                mid_year_by,
                final_by,
            });
        }
        let (from, until) = (begins(year), last_day(year));
        if planning_by < from || final_by > until {
            return Err(Rejection::DatesOutsideYear { from, until });
        }
        let opened = pb::CycleOpened {
            year,
            population: population.into(),
            planning_by: planning_by.to_string(),
            mid_year_by: mid_year_by.to_string(),
            final_by: final_by.to_string(),
            trust_id: trust_id.to_string(),
        };
        Ok(vec![opened.into()])
    }

    /// Decides nothing that is recorded here: recorded together with the appraisal's opening, it makes sure that the
    /// cycle is not closed meanwhile.
    fn admit(&self, role_groups: &[RoleGroup]) -> Result<Vec<pb::CycleEvent>, Rejection> {
        let terms = self.must_be_open()?;
        if !role_groups.iter().any(|group| includes(terms.population, *group)) {
            return Err(Rejection::NotInPopulation {
                population: terms.population,
            });
        }
        Ok(Vec::new())
    }

    fn close(&self, on: NaiveDate, ctx: &Context) -> Result<Vec<pb::CycleEvent>, Rejection> {
        let Terms { year, .. } = self.must_be_open()?;
        if on > ctx.today() {
            return Err(Rejection::ClosesInTheFuture { on });
        }
        if on < begins(year) {
            return Err(Rejection::ClosesBeforeItBegins {
                year,
                begins: begins(year),
            });
        }
        Ok(vec![pb::CycleClosed { on: on.to_string() }.into()])
    }

    fn must_be_open(&self) -> Result<Terms, Rejection> {
        match (self.terms, self.closed_on) {
            (None, _) => Err(Rejection::NotOpened),
            (_, Some(on)) => Err(Rejection::Closed { on }),
            (Some(terms), None) => Ok(terms),
        }
    }
}

impl Terms {
    fn of(opened: &pb::CycleOpened) -> Self {
        Self {
            year: opened.year,
            population: opened.population(),
            planning_by: opened.planning_by.parse().unwrap_or_default(),
            mid_year_by: opened.mid_year_by.parse().unwrap_or_default(),
            final_by: opened.final_by.parse().unwrap_or_default(),
        }
    }
}

/// The cycle's identifier where the caller chose none: a trust has one a year for each population.
pub fn id_of(trust_id: TrustId, year: i32, population: Population) -> CycleId {
    CycleId(derived(
        "cycle",
        &format!("{trust_id}:{year}:{}", population.as_str_name()),
    ))
}

/// Whether somebody of that part of the workforce is appraised in cycles of that population.
pub fn includes(population: Population, role_group: RoleGroup) -> bool {
    match population {
        Population::Teachers => {
            matches!(role_group, RoleGroup::ClassroomTeacher | RoleGroup::EarlyCareerTeacher)
        }
        Population::SupportStaff => matches!(role_group, RoleGroup::TeachingAssistant | RoleGroup::OtherSupport),
        Population::Leaders => role_group == RoleGroup::Leadership,
        Population::Unspecified => false,
    }
}

/// The first day of an academic year.
pub fn begins(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 9, 1).unwrap_or_default()
}

/// Many trusts conclude in the autumn after the cycle's year: the calendar year's end is the latest.
fn last_day(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year + 1, 12, 31).unwrap_or_default()
}

fn name(population: Population) -> &'static str {
    match population {
        Population::Teachers => "teachers",
        Population::SupportStaff => "support staff",
        Population::Leaders => "leaders",
        Population::Unspecified => "nobody",
    }
}

//! An alignment plan: the priorities of three years side by side, with the development that they take.
//!
//! drafted ──► revised … ──► adopted ──► revised: a draft again
//!
//! One for a school (or trust) and first year. Each line is a priority in one year, under its strand; points are the
//! strengths, weaknesses, opportunities and threats from which it follows.

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        AlignmentLine, AlignmentPlanAdopted, AlignmentPlanDrafted, AlignmentPlanEvent, AlignmentPlanRevised,
        AlignmentPoint, AlignmentQuadrant, AlignmentYear, PriorityStrand, alignment_plan_event::Event,
    },
    ids::{AlignmentPlanId, PersonId, PriorityId, derived},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::{Guarded, recorded};

use super::{Place, place::sealed, rejections::rejections};

/// What became of a plan so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AlignmentPlan {
    pub drafted: bool,
    pub place: Place,
    pub from_year: i32,
    pub lines: Vec<AlignmentLine>,
    pub points: Vec<AlignmentPoint>,
    /// Absent while it is a draft.
    pub adopted_on: Option<NaiveDate>,
}

/// What can be asked of a plan.
#[derive(Clone, Debug)]
pub enum Command {
    Draft(Draft),
    Revise { lines: Vec<Line>, points: Vec<Point> },
    Adopt,
}

/// Drafts a plan.
#[derive(Clone, Debug)]
pub struct Draft {
    pub place: Place,
    pub from_year: i32,
    pub lines: Vec<Line>,
    pub points: Vec<Point>,
}

/// One priority in one year.
#[derive(Clone, Debug)]
pub struct Line {
    pub year: AlignmentYear,
    pub priority: PriorityId,
    pub strand: PriorityStrand,
    /// What staff will learn for it; may be empty.
    pub development: String,
    /// The academic years in which the priority is in force, as looked up: the first, and the first after.
    pub in_force: (i32, i32),
}

/// One point of the analysis.
#[derive(Clone, Debug)]
pub struct Point {
    pub quadrant: AlignmentQuadrant,
    pub text: String,
}

rejections! {
    /// Why an alignment plan refused a command.
    "PLAN_DRAFTED_ALREADY" AlreadyDrafted = "there is a plan from this year already: revise it";
    "PLAN_WITHOUT_YEARS" ("lines") WithoutYears = "a plan lays out its years: give at least one priority for this year";
    "YEARS_OUT_OF_ORDER" ("lines") YearsOutOfOrder =
        "put the lines in the order of their years: this, next, after";
    "PRIORITY_TWICE_IN_A_YEAR" ("lines") PriorityTwice { priority: PriorityId } =
        "priority {priority} is there twice in one year: name it once";
    "PRIORITY_NOT_IN_FORCE" ("lines") NotInForce { priority: PriorityId, year: i32 } =
        "priority {priority} is not in force in the academic year {year}";
    "PLAN_ADOPTED_ALREADY" AlreadyAdopted = "this plan was adopted already";
}

impl Aggregate for AlignmentPlan {
    type Event = AlignmentPlanEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<AlignmentPlanEvent>, Rejection> {
        match command {
            Command::Draft(draft) => self.draft(draft, context),
            Command::Revise { lines, points } => self.revise(lines, points),
            Command::Adopt => self.adopt(context),
        }
    }

    fn evolve(&mut self, event: &AlignmentPlanEvent) {
        match &event.event {
            Some(Event::Drafted(drafted)) => {
                self.drafted = true;
                self.place = Place::recorded(&drafted.trust_id, &drafted.urn);
                self.from_year = drafted.from_year;
                self.lines.clone_from(&drafted.lines);
                self.points.clone_from(&drafted.points);
            }
            Some(Event::Revised(revised)) => {
                self.lines.clone_from(&revised.lines);
                self.points.clone_from(&revised.points);
                self.adopted_on = None;
            }
            Some(Event::Adopted(adopted)) => self.adopted_on = Some(recorded::date(&adopted.on)),
            None => {}
        }
    }
}

impl AlignmentPlan {
    /// The one plan of a place from a year.
    pub fn id_of(place: Place, from_year: i32) -> AlignmentPlanId {
        let name = format!("{}:{}:{from_year}", place.trust, place.urn_text());
        AlignmentPlanId(derived("alignment_plan", &name))
    }

    fn draft(&self, draft: Draft, context: &Context) -> Result<Vec<AlignmentPlanEvent>, Rejection> {
        if self.drafted {
            return Err(Rejection::AlreadyDrafted);
        }
        must_be_laid_out(&draft.lines, draft.from_year)?;
        let Draft {
            place,
            from_year,
            lines,
            points,
        } = draft;
        let drafted = AlignmentPlanDrafted {
            trust_id: place.trust.into(),
            urn: place.urn_text(),
            from_year,
            lines: lines.into_iter().map(|line| line.sealed(place)).collect(),
            points: points.into_iter().map(|point| point.sealed(place)).collect(),
            author_id: context.actor.acting_person().map(PersonId::into).unwrap_or_default(),
        };
        Ok(vec![drafted.into()])
    }

    fn revise(&self, lines: Vec<Line>, points: Vec<Point>) -> Result<Vec<AlignmentPlanEvent>, Rejection> {
        must_be_laid_out(&lines, self.from_year)?;
        let revised = AlignmentPlanRevised {
            lines: lines.into_iter().map(|line| line.sealed(self.place)).collect(),
            points: points.into_iter().map(|point| point.sealed(self.place)).collect(),
        };
        Ok(vec![revised.into()])
    }

    fn adopt(&self, context: &Context) -> Result<Vec<AlignmentPlanEvent>, Rejection> {
        if self.adopted_on.is_some() {
            return Err(Rejection::AlreadyAdopted);
        }
        let on = context.today().to_string();
        Ok(vec![AlignmentPlanAdopted { on }.into()])
    }

    /// As access depends on it.
    pub(crate) fn as_record(&self) -> Record {
        self.place.record(Kind::Priority)
    }
}

/// In the order of years from the plan's first, each priority once a year and only while it is in force.
fn must_be_laid_out(lines: &[Line], from_year: i32) -> Result<(), Rejection> {
    if lines.first().is_none_or(|first| first.year != AlignmentYear::This) {
        return match lines.iter().any(|line| line.year == AlignmentYear::This) {
            true => Err(Rejection::YearsOutOfOrder),
            false => Err(Rejection::WithoutYears),
        };
    }
    if !lines.is_sorted_by_key(|line| line.year) {
        return Err(Rejection::YearsOutOfOrder);
    }
    for (index, line) in lines.iter().enumerate() {
        let same = |earlier: &Line| earlier.year == line.year && earlier.priority == line.priority;
        if lines[..index].iter().any(same) {
            return Err(Rejection::PriorityTwice {
                priority: line.priority,
            });
        }
        let year = from_year + line.offset();
        if !(line.in_force.0..line.in_force.1).contains(&year) {
            return Err(Rejection::NotInForce {
                priority: line.priority,
                year,
            });
        }
    }
    Ok(())
}

impl Line {
    /// Years after the plan's first.
    fn offset(&self) -> i32 {
        match self.year {
            AlignmentYear::Unspecified | AlignmentYear::This => 0,
            AlignmentYear::Next => 1,
            AlignmentYear::After => 2,
        }
    }

    fn sealed(self, place: Place) -> AlignmentLine {
        AlignmentLine {
            year: self.year.into(),
            priority_id: self.priority.into(),
            strand: self.strand.into(),
            development: place.sealed(self.development),
        }
    }
}

impl Point {
    fn sealed(self, place: Place) -> AlignmentPoint {
        AlignmentPoint {
            quadrant: self.quadrant.into(),
            text: sealed(place.trust, self.text),
        }
    }
}

impl Guarded for AlignmentPlan {
    const NAME: &'static str = "alignment plan";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Draft(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        match command {
            // The plan's identifier follows from its place.
            Command::Draft(draft) => (Action::DraftAlignmentPlan, draft.place.record(Kind::Priority)),
            Command::Revise { .. } => (Action::ReviseAlignmentPlan, self.as_record()),
            Command::Adopt => (Action::AdoptAlignmentPlan, self.as_record()),
        }
    }
}

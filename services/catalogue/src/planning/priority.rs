//! An improvement priority: an aim of a trust, school or department, over up to three years.
//!
//! adopted ──► revised … ──► ended (achieved, partly, superseded, abandoned)

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        PriorityAdopted, PriorityEnded, PriorityEnding, PriorityEvent, PriorityRevised, PriorityStrand,
        priority_event::Event,
    },
    common::v1::Sealed,
    ids::PersonId,
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record, policy::cycle_of};
use service::{Guarded, recorded};

use super::{Place, rejections::rejections};

/// Longest that a priority may run, in academic years.
pub const LONGEST: i32 = 3;

/// What became of a priority so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Priority {
    /// Absent before it was adopted.
    pub adopted_on: Option<NaiveDate>,
    pub place: Place,
    pub department: String,
    pub aim: Aim,
    pub from_year: i32,
    /// As it was sealed.
    pub success: Option<Sealed>,
    /// Absent while it goes on.
    pub ended: Option<(PriorityEnding, NaiveDate)>,
}

/// What is aimed at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aim {
    pub title: String,
    pub strand: PriorityStrand,
    pub years: i32,
    pub focus_areas: Vec<String>,
    /// In words, when it is said.
    pub success: String,
    pub owner: PersonId,
}

/// What can be asked of a priority.
#[derive(Clone, Debug)]
pub enum Command {
    Adopt(Adopt),
    Revise(Aim),
    End {
        ending: PriorityEnding,
        on: NaiveDate,
        note: String,
    },
}

/// Adopts a priority.
#[derive(Clone, Debug)]
pub struct Adopt {
    pub place: Place,
    pub department: String,
    pub from_year: i32,
    pub aim: Aim,
}

rejections! {
    /// Why a priority refused a command.
    "PRIORITY_ALREADY_ADOPTED" AlreadyAdopted = "this priority was adopted already";
    "PRIORITY_TOO_LONG" ("years") TooLong = "a priority runs for one to three years: split what takes longer";
    "PRIORITY_IN_THE_PAST" ("from_year") InThePast { current: i32 } =
        "a priority is not adopted for years that are over: the academic year is {current}";
    "DEPARTMENT_WITHOUT_SCHOOL" ("department") DepartmentWithoutSchool =
        "a department belongs to a school: name the school";
    "PRIORITY_ENDED" Ended { on: NaiveDate } = "this priority ended on {on}: adopt another";
    "ENDED_BEFORE_ADOPTED" ("on") EndedBeforeAdopted { adopted_on: NaiveDate } =
        "it was adopted on {adopted_on}: it cannot end before";
    "IN_THE_FUTURE" ("on") InTheFuture { today: NaiveDate } =
        "a day in the future cannot be recorded: today is {today}";
}

impl Aggregate for Priority {
    type Event = PriorityEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<PriorityEvent>, Rejection> {
        match command {
            Command::Adopt(adopt) => self.adopt(adopt, context),
            Command::Revise(aim) => self.revise(aim),
            Command::End { ending, on, note } => self.end(ending, on, note, context),
        }
    }

    fn evolve(&mut self, event: &PriorityEvent) {
        match &event.event {
            Some(Event::Adopted(adopted)) => {
                self.adopted_on = Some(recorded::date(&adopted.on));
                self.place = Place::recorded(&adopted.trust_id, &adopted.urn);
                self.department.clone_from(&adopted.department);
                self.from_year = adopted.from_year;
                self.success.clone_from(&adopted.success);
                self.aim = Aim {
                    title: adopted.title.clone(),
                    strand: adopted.strand(),
                    years: adopted.years,
                    focus_areas: adopted.focus_areas.clone(),
                    success: String::new(),
                    owner: recorded::id(&adopted.owner_id),
                };
            }
            Some(Event::Revised(revised)) => {
                self.success.clone_from(&revised.success);
                self.aim = Aim {
                    title: revised.title.clone(),
                    strand: revised.strand(),
                    years: revised.years,
                    focus_areas: revised.focus_areas.clone(),
                    success: String::new(),
                    owner: recorded::id(&revised.owner_id),
                };
            }
            Some(Event::Ended(ended)) => self.ended = Some((ended.ending(), recorded::date(&ended.on))),
            None => {}
        }
    }
}

impl Priority {
    fn adopt(&self, adopt: Adopt, context: &Context) -> Result<Vec<PriorityEvent>, Rejection> {
        if self.adopted_on.is_some() {
            return Err(Rejection::AlreadyAdopted);
        }
        let Adopt {
            place,
            department,
            from_year,
            aim,
        } = adopt;
        if !department.is_empty() && place.urn.is_none() {
            return Err(Rejection::DepartmentWithoutSchool);
        }
        must_be_of_bounded_length(&aim)?;
        let current = cycle_of(context.today());
        if from_year + aim.years <= current {
            return Err(Rejection::InThePast { current });
        }
        let adopted = PriorityAdopted {
            trust_id: place.trust.into(),
            urn: place.urn_text(),
            department,
            title: aim.title,
            strand: aim.strand.into(),
            from_year,
            years: aim.years,
            focus_areas: aim.focus_areas,
            success: place.sealed(aim.success),
            owner_id: aim.owner.into(),
            on: context.today().to_string(),
        };
        Ok(vec![adopted.into()])
    }

    fn revise(&self, aim: Aim) -> Result<Vec<PriorityEvent>, Rejection> {
        self.must_go_on()?;
        must_be_of_bounded_length(&aim)?;
        let revised = PriorityRevised {
            title: aim.title,
            strand: aim.strand.into(),
            years: aim.years,
            focus_areas: aim.focus_areas,
            success: self.place.sealed(aim.success),
            owner_id: aim.owner.into(),
        };
        Ok(vec![revised.into()])
    }

    fn end(
        &self,
        ending: PriorityEnding,
        on: NaiveDate,
        note: String,
        context: &Context,
    ) -> Result<Vec<PriorityEvent>, Rejection> {
        self.must_go_on()?;
        if on > context.today() {
            return Err(Rejection::InTheFuture { today: context.today() });
        }
        if let Some(adopted_on) = self.adopted_on.filter(|adopted_on| on < *adopted_on) {
            return Err(Rejection::EndedBeforeAdopted { adopted_on });
        }
        let ended = PriorityEnded {
            ending: ending.into(),
            on: on.to_string(),
            note: self.place.sealed(note),
        };
        Ok(vec![ended.into()])
    }

    /// Whether it is in force in an academic year.
    pub fn covers(&self, year: i32) -> bool {
        (self.from_year..self.from_year + self.aim.years).contains(&year)
    }

    /// As access depends on it.
    pub(crate) fn as_record(&self) -> Record {
        self.place.record(Kind::Priority)
    }

    fn must_go_on(&self) -> Result<(), Rejection> {
        match self.ended {
            Some((_, on)) => Err(Rejection::Ended { on }),
            None => Ok(()),
        }
    }
}

fn must_be_of_bounded_length(aim: &Aim) -> Result<(), Rejection> {
    if (1..=LONGEST).contains(&aim.years) {
        Ok(())
    } else {
        Err(Rejection::TooLong)
    }
}

impl Guarded for Priority {
    const NAME: &'static str = "priority";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Adopt(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        match command {
            // Whose it is once it exists, lest a command say otherwise.
            Command::Adopt(adopt) if self.adopted_on.is_none() => {
                (Action::AdoptPriority, adopt.place.record(Kind::Priority))
            }
            Command::Adopt(_) => (Action::AdoptPriority, self.as_record()),
            Command::Revise(_) => (Action::RevisePriority, self.as_record()),
            Command::End { .. } => (Action::EndPriority, self.as_record()),
        }
    }
}

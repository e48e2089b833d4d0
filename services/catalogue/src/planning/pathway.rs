//! A pathway: a recommended sequence of development, for role groups and career stages.
//!
//! published ──► revised … ──► withdrawn

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        PathwayEvent, PathwayPublished, PathwayRevised, PathwayStep, PathwayWithdrawn, pathway_event::Event,
    },
    common::v1::{CareerStage, RoleGroup},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::{Guarded, recorded};

use super::{Place, rejections::rejections};

/// What became of a pathway so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pathway {
    pub published: bool,
    pub place: Place,
    pub route: Route,
    pub withdrawn_on: Option<NaiveDate>,
}

/// What is recommended, and for whom.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Route {
    pub title: String,
    /// Empty for all.
    pub role_groups: Vec<RoleGroup>,
    /// Empty for all.
    pub career_stages: Vec<CareerStage>,
    pub steps: Vec<PathwayStep>,
}

/// What can be asked of a pathway.
#[derive(Clone, Debug)]
pub enum Command {
    Publish { place: Place, route: Route },
    Revise(Route),
    Withdraw,
}

rejections! {
    /// Why a pathway refused a command.
    "PATHWAY_PUBLISHED_ALREADY" AlreadyPublished = "this pathway was published already: revise it";
    "PATHWAY_WITHOUT_STEPS" ("steps") WithoutSteps = "a pathway has at least one step";
    "UNIT_TWICE" ("steps") UnitTwice { unit: String } = "unit `{unit}` is there twice: give each step a code of its own";
    "PATHWAY_WITHDRAWN" Withdrawn { on: NaiveDate } = "this pathway was withdrawn on {on}: publish another";
}

impl Aggregate for Pathway {
    type Event = PathwayEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<PathwayEvent>, Rejection> {
        match command {
            Command::Publish { place, route } => self.publish(place, route, context),
            Command::Revise(route) => self.revise(route),
            Command::Withdraw => self.withdraw(context),
        }
    }

    fn evolve(&mut self, event: &PathwayEvent) {
        match &event.event {
            Some(Event::Published(published)) => {
                self.published = true;
                self.place = Place::recorded(&published.trust_id, &published.urn);
                self.route = Route {
                    title: published.title.clone(),
                    role_groups: published.role_groups().collect(),
                    career_stages: published.career_stages().collect(),
                    steps: published.steps.clone(),
                };
            }
            Some(Event::Revised(revised)) => {
                self.route = Route {
                    title: revised.title.clone(),
                    role_groups: revised.role_groups().collect(),
                    career_stages: revised.career_stages().collect(),
                    steps: revised.steps.clone(),
                };
            }
            Some(Event::Withdrawn(withdrawn)) => self.withdrawn_on = Some(recorded::date(&withdrawn.on)),
            None => {}
        }
    }
}

impl Pathway {
    fn publish(&self, place: Place, route: Route, context: &Context) -> Result<Vec<PathwayEvent>, Rejection> {
        if self.published {
            return Err(Rejection::AlreadyPublished);
        }
        route.must_be_a_sequence()?;
        let published = PathwayPublished {
            trust_id: place.trust.into(),
            urn: place.urn_text(),
            title: route.title,
            role_groups: route.role_groups.into_iter().map(Into::into).collect(),
            career_stages: route.career_stages.into_iter().map(Into::into).collect(),
            steps: route.steps,
            on: context.today().to_string(),
        };
        Ok(vec![published.into()])
    }

    fn revise(&self, route: Route) -> Result<Vec<PathwayEvent>, Rejection> {
        self.must_be_recommended()?;
        route.must_be_a_sequence()?;
        let revised = PathwayRevised {
            title: route.title,
            role_groups: route.role_groups.into_iter().map(Into::into).collect(),
            career_stages: route.career_stages.into_iter().map(Into::into).collect(),
            steps: route.steps,
        };
        Ok(vec![revised.into()])
    }

    fn withdraw(&self, context: &Context) -> Result<Vec<PathwayEvent>, Rejection> {
        self.must_be_recommended()?;
        let on = context.today().to_string();
        Ok(vec![PathwayWithdrawn { on }.into()])
    }

    /// Whether it is meant for somebody of that group and stage.
    pub fn suits(&self, role_group: RoleGroup, career_stage: CareerStage) -> bool {
        let Route {
            role_groups,
            career_stages,
            ..
        } = &self.route;
        (role_groups.is_empty() || role_groups.contains(&role_group))
            && (career_stages.is_empty() || career_stages.contains(&career_stage))
    }

    /// The codes of its units, in order.
    pub fn units(&self) -> Vec<String> {
        self.route.steps.iter().map(|step| step.unit.clone()).collect()
    }

    /// As access depends on it.
    pub(crate) fn as_record(&self) -> Record {
        self.place.record(Kind::Pathway)
    }

    fn must_be_recommended(&self) -> Result<(), Rejection> {
        match self.withdrawn_on {
            Some(on) => Err(Rejection::Withdrawn { on }),
            None => Ok(()),
        }
    }
}

impl Route {
    fn must_be_a_sequence(&self) -> Result<(), Rejection> {
        if self.steps.is_empty() {
            return Err(Rejection::WithoutSteps);
        }
        for (index, step) in self.steps.iter().enumerate() {
            if self.steps[..index].iter().any(|earlier| earlier.unit == step.unit) {
                return Err(Rejection::UnitTwice {
                    unit: step.unit.clone(),
                });
            }
        }
        Ok(())
    }
}

impl Guarded for Pathway {
    const NAME: &'static str = "pathway";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Publish { .. })
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        match command {
            Command::Publish { place, .. } if !self.published => (Action::PublishPathway, place.record(Kind::Pathway)),
            Command::Publish { .. } => (Action::PublishPathway, self.as_record()),
            Command::Revise(_) => (Action::RevisePathway, self.as_record()),
            Command::Withdraw => (Action::WithdrawPathway, self.as_record()),
        }
    }
}

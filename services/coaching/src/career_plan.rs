//! A career plan: where somebody has come from, where they are, where they want to be, and what they will do about it.
//!
//! a section written ──► shared with somebody, by name ──► unshared; written anew, it stays shared
//! an aim shared with leaders, as a code ──► unshared
//!
//! It is its owner's alone. They share it section by section; nobody else can, and no duty opens it. An aim that is
//! shared for succession is a code without a word of the plan.

mod rejection;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use api::{
    VisitSealed,
    coaching::v1::{
        AimAudience, AimHorizon, CareerAim, CareerAimShared, CareerAimUnshared, CareerPlanEvent, CareerSection,
        CareerSectionShared, CareerSectionUnshared, CareerSectionWritten, career_plan_event::Event,
    },
    common::v1::{Purpose, Sealed},
    ids::{PersonId, TrustId, Urn, derived},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::Guarded;
use uuid::Uuid;

pub use self::rejection::Rejection;
use crate::recorded::{self, text_of};

/// The identifier of somebody's plan: there is one.
pub fn id_of(person: PersonId) -> Uuid {
    derived("career plan", &person.to_string())
}

/// Somebody's plan. Texts are as the events hold them: sealed.
#[derive(Clone, Debug, Default)]
pub struct CareerPlan {
    /// Whose it is; absent before anything was written.
    pub owner: Option<PersonId>,
    pub trust: TrustId,
    /// What was written, with its day, in the order of the sections.
    pub sections: BTreeMap<CareerSection, (Option<Sealed>, NaiveDate)>,
    /// Who may read which section.
    pub shares: BTreeSet<(CareerSection, PersonId)>,
    /// Aims that leaders may know of.
    pub aims: BTreeMap<CareerAim, Aim>,
}

/// An aim that was shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aim {
    pub horizon: AimHorizon,
    pub with: AimAudience,
    pub on: NaiveDate,
}

/// Somebody writes in a plan, or says who may read it. Only its owner can.
#[derive(Clone, Debug)]
pub struct Command {
    /// Whose plan it is, as the directory knows them.
    pub owner: Owner,
    pub what: What,
}

/// Whose plan it is.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    pub person: PersonId,
    pub trust: TrustId,
    /// Absent for the trust's central team.
    pub urn: Option<Urn>,
}

/// What can be asked of a plan.
#[derive(Clone, Debug)]
pub enum What {
    /// Write a section.
    Write { section: CareerSection, text: String },
    /// Let people read it.
    Share {
        section: CareerSection,
        with: Vec<PersonId>,
    },
    /// Let them read it no longer; nobody, if nobody is named.
    Unshare {
        section: CareerSection,
        with: Vec<PersonId>,
    },
    /// Let leaders know of an aim.
    ShareAim {
        aim: CareerAim,
        horizon: AimHorizon,
        with: AimAudience,
    },
    /// Take that back.
    UnshareAim { aim: CareerAim },
}

type Events = Result<Vec<CareerPlanEvent>, Rejection>;

impl Aggregate for CareerPlan {
    type Event = CareerPlanEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, ctx: &Context) -> Events {
        let owner = command.owner;
        if !ctx.actor.is(owner.person) || self.owner.is_some_and(|known| known != owner.person) {
            return Err(Rejection::NotTheirs);
        }
        match command.what {
            What::Write { section, text } => Ok(write(owner, section, text, ctx)),
            What::Share { section, with } => self.share(owner, section, with),
            What::Unshare { section, with } => self.unshare(section, with),
            What::ShareAim { aim, horizon, with } => self.share_aim(owner, aim, horizon, with, ctx),
            What::UnshareAim { aim } => self.unshare_aim(owner, aim, ctx),
        }
    }

    fn evolve(&mut self, event: &CareerPlanEvent) {
        match &event.event {
            Some(Event::SectionWritten(written)) => {
                self.begin(&written.person_id, &written.trust_id);
                let kept = (written.text.clone(), recorded::date(&written.on));
                self.sections.insert(written.section(), kept);
            }
            Some(Event::SectionShared(shared)) => {
                self.shares.insert((shared.section(), recorded::id(&shared.with_id)));
            }
            Some(Event::SectionUnshared(unshared)) => {
                self.shares
                    .remove(&(unshared.section(), recorded::id(&unshared.with_id)));
            }
            Some(Event::AimShared(shared)) => {
                self.begin(&shared.person_id, &shared.trust_id);
                let aim = Aim {
                    horizon: shared.horizon(),
                    with: shared.with(),
                    on: recorded::date(&shared.on),
                };
                self.aims.insert(shared.aim(), aim);
            }
            Some(Event::AimUnshared(unshared)) => {
                self.aims.remove(&unshared.aim());
            }
            None => {}
        }
    }
}

fn write(owner: Owner, section: CareerSection, text: String, ctx: &Context) -> Vec<CareerPlanEvent> {
    let written = CareerSectionWritten {
        person_id: owner.person.to_string(),
        trust_id: owner.trust.to_string(),
        section: section.into(),
        text: Some(Sealed::about(owner.person, text)),
        on: ctx.today().to_string(),
    };
    vec![written.into()]
}

impl CareerPlan {
    /// Once more with the same person is nothing new.
    fn share(&self, owner: Owner, section: CareerSection, with: Vec<PersonId>) -> Events {
        if !self.sections.contains_key(&section) {
            return Err(Rejection::NotWritten);
        }
        if with.contains(&owner.person) {
            return Err(Rejection::SharedWithOneself);
        }
        let new = with
            .into_iter()
            .filter(|person| !self.shares.contains(&(section, *person)));
        Ok(new
            .map(|person| {
                let shared = CareerSectionShared {
                    section: section.into(),
                    with_id: person.to_string(),
                };
                shared.into()
            })
            .collect())
    }

    fn unshare(&self, section: CareerSection, with: Vec<PersonId>) -> Events {
        let readers = self.readers(section);
        let with = if with.is_empty() { readers.clone() } else { with };
        if with.is_empty() || with.iter().any(|person| !readers.contains(person)) {
            return Err(Rejection::NotShared);
        }
        Ok(with
            .into_iter()
            .map(|person| {
                let unshared = CareerSectionUnshared {
                    section: section.into(),
                    with_id: person.to_string(),
                };
                unshared.into()
            })
            .collect())
    }

    /// Shared again, it is changed: with whom, or by when.
    fn share_aim(&self, owner: Owner, aim: CareerAim, horizon: AimHorizon, with: AimAudience, ctx: &Context) -> Events {
        if self
            .aims
            .get(&aim)
            .is_some_and(|known| (known.horizon, known.with) == (horizon, with))
        {
            return Err(Rejection::AimSharedAlready);
        }
        let shared = CareerAimShared {
            person_id: owner.person.to_string(),
            trust_id: owner.trust.to_string(),
            urn: text_of(owner.urn),
            aim: aim.into(),
            horizon: horizon.into(),
            with: with.into(),
            on: ctx.today().to_string(),
        };
        Ok(vec![shared.into()])
    }

    fn unshare_aim(&self, owner: Owner, aim: CareerAim, ctx: &Context) -> Events {
        if !self.aims.contains_key(&aim) {
            return Err(Rejection::AimNotShared);
        }
        let unshared = CareerAimUnshared {
            person_id: owner.person.to_string(),
            aim: aim.into(),
            on: ctx.today().to_string(),
        };
        Ok(vec![unshared.into()])
    }

    /// Who may read a section.
    pub fn readers(&self, section: CareerSection) -> Vec<PersonId> {
        let of_it = self.shares.iter().filter(|(shared, _)| *shared == section);
        of_it.map(|(_, person)| *person).collect()
    }

    /// One of its sections, as access to it depends on it.
    pub(crate) fn section_record(&self, section: CareerSection) -> Record {
        self.as_record().granted_to(self.readers(section))
    }

    fn as_record(&self) -> Record {
        let record = Record::new(Kind::CareerPlan, self.trust).purpose(Purpose::Developmental);
        self.owner.into_iter().fold(record, Record::about)
    }

    fn begin(&mut self, person_id: &str, trust_id: &str) {
        self.owner = Some(recorded::id(person_id));
        self.trust = recorded::id(trust_id);
    }
}

impl Guarded for CareerPlan {
    const NAME: &'static str = "career plan";

    fn creates(command: &Command) -> bool {
        matches!(command.what, What::Write { .. } | What::ShareAim { .. })
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        let action = match command.what {
            What::Write { .. } => Action::WriteCareerSection,
            What::Share { .. } => Action::ShareCareerSection,
            What::Unshare { .. } => Action::UnshareCareerSection,
            What::ShareAim { .. } => Action::ShareCareerAim,
            What::UnshareAim { .. } => Action::UnshareCareerAim,
        };
        if self.owner.is_some() {
            return (action, self.as_record());
        }
        let record = Record::new(Kind::CareerPlan, command.owner.trust)
            .about(command.owner.person)
            .purpose(Purpose::Developmental);
        (action, record)
    }
}

impl VisitSealed for CareerPlan {
    fn visit_sealed(&mut self, visit: &mut dyn FnMut(&'static str, &mut Sealed)) {
        for text in self.sections.values_mut().filter_map(|(text, _)| text.as_mut()) {
            text.visit_sealed(visit);
        }
    }
}

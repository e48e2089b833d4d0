//! What several rules of an appraisal share.

use api::{
    appraisal::v1::{self as pb, Party},
    common::v1::Sealed,
    ids::{ObjectiveId, PersonId},
};
use chrono::NaiveDate;
use identity::Context;

use super::{Appraisal, Discussion, Opened, Rejection, state};

impl Appraisal {
    pub(super) fn must_exist(&self) -> Result<Opened, Rejection> {
        self.opened.ok_or(Rejection::NotOpened)
    }

    pub(super) fn must_be_open(&self) -> Result<(), Rejection> {
        self.must_exist()?;
        match (self.appealed_on, self.closed_on) {
            (Some(on), _) => Err(Rejection::UnderAppeal { on }),
            (None, Some(on)) => Err(Rejection::Closed { on }),
            (None, None) => Ok(()),
        }
    }

    /// A reopened appraisal is before its next conclusion.
    pub(super) fn must_be_before_conclusion(&self) -> Result<(), Rejection> {
        self.must_be_open()?;
        match &self.conclusion {
            Some(conclusion) if self.reopened_on.is_none() => Err(Rejection::AlreadyConcluded {
                on: state::date(&conclusion.on),
            }),
            _ => Ok(()),
        }
    }

    pub(super) fn must_be_concluded(&self) -> Result<NaiveDate, Rejection> {
        self.must_be_open()?;
        self.conclusion
            .as_ref()
            .map(|conclusion| state::date(&conclusion.on))
            .ok_or(Rejection::NotConcluded)
    }

    pub(super) fn must_have_objectives(&self) -> Result<NaiveDate, Rejection> {
        self.objectives_on.ok_or(Rejection::ObjectivesFirst)
    }

    pub(super) fn must_have_objective(&self, id: ObjectiveId) -> Result<(), Rejection> {
        self.must_have_objectives()?;
        if self.has_objective(id) {
            Ok(())
        } else {
            Err(Rejection::UnknownObjective(id))
        }
    }

    pub(super) fn must_be_party(&self, ctx: &Context) -> Result<Party, Rejection> {
        ctx.actor
            .acting_person()
            .and_then(|person| self.party(person))
            .ok_or(Rejection::NotAParty)
    }

    pub(super) fn must_be_appraiser(&self, ctx: &Context) -> Result<(), Rejection> {
        match self.must_be_party(ctx) {
            Ok(Party::Appraiser) => Ok(()),
            _ => Err(Rejection::NotTheAppraiser),
        }
    }

    pub(super) fn party(&self, person: PersonId) -> Option<Party> {
        if person == self.person_id() {
            Some(Party::Appraisee)
        } else if Some(person) == self.appraiser_id {
            Some(Party::Appraiser)
        } else {
            None
        }
    }

    pub(super) fn discussed(&self, discussion: Discussion) -> Option<pb::Discussion> {
        Some(pb::Discussion {
            follow_up_ids: texts(&discussion.follow_ups),
            development_ids: texts(&discussion.development),
            what_came_of_it: self.about(discussion.what_came_of_it),
        })
    }

    pub(super) fn about(&self, text: impl Into<Option<String>>) -> Option<Sealed> {
        text.into().map(|text| Sealed::about(self.person_id(), text))
    }
}

pub(super) fn must_have_happened(on: NaiveDate, ctx: &Context) -> Result<(), Rejection> {
    if on > ctx.today() {
        Err(Rejection::InTheFuture { on })
    } else {
        Ok(())
    }
}

pub(super) fn must_not_precede(on: NaiveDate, what: &'static str, earliest: NaiveDate) -> Result<(), Rejection> {
    if on < earliest {
        Err(Rejection::TooEarly { on, what, earliest })
    } else {
        Ok(())
    }
}

pub(super) fn texts<T: ToString>(ids: &[T]) -> Vec<String> {
    ids.iter().map(T::to_string).collect()
}

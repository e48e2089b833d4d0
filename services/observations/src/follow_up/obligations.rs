//! What the school owes, who owes it, and until when.

use api::{
    common::v1::Sealed,
    ids::{PersonId, PromiseId, Urn},
    observations::v1::{
        FollowUpCarriedOver, FollowUpEvent, FollowUpExtended, FollowUpHandedOver, FollowUpLapsed, FollowUpMoved,
        FollowUpPaused, FollowUpResumed, FollowUpWithdrawn, HandOverReason, SupportProvided, WithdrawalCause,
    },
};
use chrono::{Days, NaiveDate};
use identity::{Context, policy::cycle_of};

use super::{FollowUp, NewOwner, Provide, Rejection, Standing};
use crate::recorded::text_of;

impl FollowUp {
    /// Support may come late, even after completion, and while its person is away.
    pub(super) fn provide_support(&self, provide: Provide, context: &Context) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_not_be_let_go()?;
        let provider = context.actor.acting_person();
        let Some(provider) = provider.filter(|person| provide.by_leader || self.owner == Some(*person)) else {
            return Err(Rejection::SupportIsTheOwners);
        };
        let promise = self.must_be_owed(provide.promise)?;
        self.must_be_a_day_since_agreed(provide.on, context)?;
        let provided = SupportProvided {
            promise_id: promise.into(),
            on: provide.on.to_string(),
            provided_by_id: provider.into(),
        };
        Ok(vec![provided.into()])
    }

    /// Kept once, by whichever way comes first. A day before the agreement counts as the day of the agreement: what was
    /// promised was then there already.
    pub(super) fn keep_promise(
        &self,
        promise: PromiseId,
        on: NaiveDate,
        provided_by: Option<PersonId>,
    ) -> Result<Vec<FollowUpEvent>, Rejection> {
        if self.must_not_be_let_go().is_err() || self.must_be_owed(Some(promise)).is_err() {
            return Ok(Vec::new());
        }
        let provided = SupportProvided {
            promise_id: promise.into(),
            on: on.max(self.agreed_on).to_string(),
            provided_by_id: text_of(provided_by),
        };
        Ok(vec![provided.into()])
    }

    pub(super) fn extend(&self, due_on: NaiveDate, reason: String) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_run()?;
        if due_on <= self.due_on {
            return Err(Rejection::NotLonger { due_on: self.due_on });
        }
        let reason = Some(Sealed::about(self.person, reason));
        Ok(vec![
            FollowUpExtended {
                due_on: due_on.to_string(),
                reason,
            }
            .into(),
        ])
    }

    pub(super) fn carry_over(&self, due_on: NaiveDate) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_run()?;
        let cycle = self.cycle + 1;
        if cycle_of(due_on) != cycle {
            return Err(Rejection::NotTheNextCycle { cycle });
        }
        if due_on < self.due_on {
            return Err(Rejection::NotLonger { due_on: self.due_on });
        }
        Ok(vec![
            FollowUpCarriedOver {
                cycle,
                due_on: due_on.to_string(),
            }
            .into(),
        ])
    }

    pub(super) fn hand_over(
        &self,
        to: PersonId,
        on: NaiveDate,
        context: &Context,
    ) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_not_be_let_go()?;
        if !self.is_owed() {
            return Err(Rejection::NothingOwed);
        }
        if self.owner == Some(to) {
            return Err(Rejection::OwnerAlready);
        }
        if to == self.person && !self.promises.is_empty() {
            return Err(Rejection::OwnerIsPerson);
        }
        self.must_be_a_day_since_agreed(on, context)?;
        Ok(vec![self.handed_over(Some(to), on, HandOverReason::Agreed)])
    }

    pub(super) fn replace_owner(
        &self,
        owner: PersonId,
        to: Option<PersonId>,
        on: NaiveDate,
        reason: HandOverReason,
    ) -> Result<Vec<FollowUpEvent>, Rejection> {
        if !self.is_owed() || self.owner != Some(owner) {
            return Ok(Vec::new());
        }
        let to = to.filter(|to| *to != owner && *to != self.person);
        Ok(vec![self.handed_over(to, on, reason)])
    }

    pub(super) fn move_to(&self, to: Urn, on: NaiveDate, new_owner: NewOwner) -> Result<Vec<FollowUpEvent>, Rejection> {
        if !self.is_owed() || self.urn == to {
            return Ok(Vec::new());
        }
        let moved = FollowUpMoved {
            from_urn: self.urn.to_string(),
            to_urn: to.to_string(),
            on: on.to_string(),
        };
        let handed_over = match new_owner {
            NewOwner::Other(owner) => {
                let owner = owner.filter(|owner| *owner != self.person);
                (owner != self.owner).then(|| self.handed_over(owner, on, HandOverReason::PersonMoved))
            }
            NewOwner::Same => None,
        };
        Ok([moved.into()].into_iter().chain(handed_over).collect())
    }

    /// Neither side is in default when somebody goes: it is withdrawn rather than lapsed, and not counted as agreed.
    pub(super) fn let_go(&self, on: NaiveDate, cause: WithdrawalCause) -> Result<Vec<FollowUpEvent>, Rejection> {
        if !self.is_open() {
            return Ok(Vec::new());
        }
        Ok(vec![
            FollowUpWithdrawn {
                on: on.to_string(),
                reason: None,
                cause: cause.into(),
            }
            .into(),
        ])
    }

    /// Lapsing is for what nobody touched: whatever was begun ends with an outcome, or is withdrawn with a reason.
    pub(super) fn lapse(&self, on: NaiveDate, context: &Context) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_run()?;
        if self.standing != Standing::Agreed || !self.revisits.is_empty() {
            return Err(Rejection::Touched);
        }
        let earliest_on = self.due_on + Days::new(u64::from(context.policy.follow_up_lapse_days));
        if on <= earliest_on {
            return Err(Rejection::LapsesLater { earliest_on });
        }
        super::not_in_the_future(on, context)?;
        Ok(vec![FollowUpLapsed { on: on.to_string() }.into()])
    }

    pub(super) fn pause(
        &self,
        on: NaiveDate,
        is_away: bool,
        context: &Context,
    ) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_run()?;
        if !is_away {
            return Err(Rejection::NotAway);
        }
        self.must_be_a_day_since_agreed(on, context)?;
        Ok(vec![FollowUpPaused { on: on.to_string() }.into()])
    }

    /// The days away do not count against the due date.
    pub(super) fn resume(
        &self,
        on: NaiveDate,
        is_away: bool,
        context: &Context,
    ) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_be_open()?;
        let Some(paused_on) = self.paused_on else {
            return Err(Rejection::NotPaused);
        };
        if is_away {
            return Err(Rejection::StillAway);
        }
        if on < paused_on {
            return Err(Rejection::ResumedBeforePaused { paused_on });
        }
        super::not_in_the_future(on, context)?;
        Ok(vec![self.resumed(paused_on, on)])
    }

    /// What was agreed during leave stands still from the day of the agreement.
    pub(super) fn pause_for_leave(&self, from_on: NaiveDate) -> Result<Vec<FollowUpEvent>, Rejection> {
        if !self.is_open() || self.paused_on.is_some() {
            return Ok(Vec::new());
        }
        Ok(vec![
            FollowUpPaused {
                on: from_on.max(self.agreed_on).to_string(),
            }
            .into(),
        ])
    }

    pub(super) fn resume_after_leave(&self, on: NaiveDate) -> Result<Vec<FollowUpEvent>, Rejection> {
        match self.paused_on {
            Some(paused_on) if self.is_open() => Ok(vec![self.resumed(paused_on, on.max(paused_on))]),
            _ => Ok(Vec::new()),
        }
    }

    fn resumed(&self, paused_on: NaiveDate, on: NaiveDate) -> FollowUpEvent {
        let due_on = self.due_on + (on - paused_on);
        FollowUpResumed {
            on: on.to_string(),
            due_on: due_on.to_string(),
        }
        .into()
    }

    fn handed_over(&self, to: Option<PersonId>, on: NaiveDate, reason: HandOverReason) -> FollowUpEvent {
        FollowUpHandedOver {
            from_id: text_of(self.owner),
            to_id: text_of(to),
            on: on.to_string(),
            reason: reason.into(),
        }
        .into()
    }

    fn must_not_be_let_go(&self) -> Result<(), Rejection> {
        match self.standing {
            Standing::Withdrawn => Err(Rejection::Withdrawn),
            Standing::Lapsed => Err(Rejection::Lapsed),
            _ => Ok(()),
        }
    }

    /// The promise meant: the one named, or the only one left.
    fn must_be_owed(&self, promise: Option<PromiseId>) -> Result<PromiseId, Rejection> {
        match promise {
            Some(id) => match self.promises.iter().find(|promised| promised.id == id) {
                None => Err(Rejection::NoSuchPromise),
                Some(kept) if kept.provided_on.is_some() => Err(Rejection::ProvidedAlready),
                Some(_) => Ok(id),
            },
            None => {
                let mut owed = self.owed_by_school();
                match (owed.next(), owed.next()) {
                    (None, _) => Err(Rejection::NothingOwed),
                    (Some(only), None) => Ok(only.id),
                    (Some(_), Some(_)) => Err(Rejection::WhichPromise),
                }
            }
        }
    }
}

//! The bridge to appraisal, which only its person can open.

use api::{
    common::v1::Purpose,
    ids::AppraisalId,
    observations::v1::{FollowUpEvent, FollowUpPromoted, FollowUpTakenBack, PromotionSettled},
};
use chrono::NaiveDate;
use identity::Context;

use super::{FollowUp, Promotion, Rejection, Standing};

impl FollowUp {
    /// Nobody promotes on somebody's behalf: the choice is the person's own.
    pub(super) fn promote(&self, on: NaiveDate, context: &Context) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_be_theirs(context)?;
        match self.standing {
            Standing::Withdrawn => return Err(Rejection::Withdrawn),
            Standing::Lapsed => return Err(Rejection::Lapsed),
            _ => {}
        }
        if self.promotion != Promotion::None {
            return Err(Rejection::PromotedAlready);
        }
        if self.learning_walk.is_some() {
            return Err(Rejection::WalkNeverReachesAppraisal);
        }
        if !matches!(self.purpose, Purpose::Developmental | Purpose::Induction) {
            return Err(Rejection::NothingToPromote);
        }
        self.must_be_a_day_since_agreed(on, context)?;
        Ok(vec![FollowUpPromoted { on: on.to_string() }.into()])
    }

    pub(super) fn take_back(&self, on: NaiveDate, context: &Context) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_be_theirs(context)?;
        match self.promotion {
            Promotion::None => return Err(Rejection::NotPromoted),
            Promotion::Settled => return Err(Rejection::PromotionSettled),
            Promotion::Promoted => {}
        }
        self.must_be_a_day_since_agreed(on, context)?;
        Ok(vec![FollowUpTakenBack { on: on.to_string() }.into()])
    }

    /// An appraisal that spoke of it closed. One that is reopened leaves it settled: what was read cannot be unread.
    pub(super) fn settle_promotion(&self, appraisal: AppraisalId) -> Result<Vec<FollowUpEvent>, Rejection> {
        if self.promotion != Promotion::Promoted {
            return Ok(Vec::new());
        }
        Ok(vec![
            PromotionSettled {
                appraisal_id: appraisal.into(),
            }
            .into(),
        ])
    }

    fn must_be_theirs(&self, context: &Context) -> Result<(), Rejection> {
        if context.actor.person_id() == Some(self.person) {
            Ok(())
        } else {
            Err(Rejection::PromotionIsThePersons)
        }
    }
}

//! Objectives: how many there are, and whether each says truly where it comes from.

use std::collections::BTreeSet;

use api::appraisal::v1::{self as pb, Origin};
use identity::Context;

use super::{Appraisal, Objective, Rejection, texts};

impl Appraisal {
    /// The objectives as they will be recorded.
    pub(super) fn settle(&self, list: Vec<Objective>, ctx: &Context) -> Result<Vec<pb::Objective>, Rejection> {
        must_be_as_many_as_policy_asks(list.len(), ctx)?;
        let mut ids = BTreeSet::new();
        for (number, objective) in (1..).zip(&list) {
            if !ids.insert(objective.id) {
                return Err(Rejection::ObjectiveTwice(objective.id));
            }
            must_name_its_origin(number, objective)?;
        }
        Ok(list.into_iter().map(|objective| self.settled(objective)).collect())
    }

    fn settled(&self, objective: Objective) -> pb::Objective {
        pb::Objective {
            objective_id: objective.id.to_string(),
            level: objective.level.into(),
            text: self.about(objective.text),
            success_criteria: self.about(objective.success_criteria),
            origin: objective.origin.into(),
            follow_up_ids: texts(&objective.follow_ups),
            priority_ids: texts(&objective.priorities),
            activity_ids: texts(&objective.activities),
            standard: objective.standard.unwrap_or_default(),
        }
    }
}

fn must_be_as_many_as_policy_asks(count: usize, ctx: &Context) -> Result<(), Rejection> {
    let (min, max) = (ctx.policy.objective_count_min, ctx.policy.objective_count_max);
    let within = u32::try_from(count).is_ok_and(|count| (min..=max).contains(&count));
    if within {
        Ok(())
    } else {
        Err(Rejection::ObjectiveCount { count, min, max })
    }
}

fn must_name_its_origin(number: usize, objective: &Objective) -> Result<(), Rejection> {
    match objective.origin {
        Origin::FollowUp if objective.follow_ups.is_empty() => Err(Rejection::OriginNeedsFollowUp { number }),
        Origin::Priority if objective.priorities.is_empty() => Err(Rejection::OriginNeedsPriority { number }),
        Origin::Standard if objective.standard.is_none() => Err(Rejection::OriginNeedsStandard { number }),
        _ => Ok(()),
    }
}

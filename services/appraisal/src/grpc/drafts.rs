//! The parts of requests that several commands share.

use api::{
    appraisal::v1::{self as pb, ObjectiveLevel, ObjectiveOutcome, Origin},
    ids::{ActivityId, FollowUpId, ObjectiveId, PriorityId},
};
use service::Violations;
use uuid::Uuid;

use crate::{
    appraisal::{Conclusion, Discussion, Objective},
    index::Named,
};

/// Far more than a policy would ask for.
const MOST_OBJECTIVES: usize = 20;
const MOST_FOLLOW_UPS: usize = 50;
const MOST_DEVELOPMENTS: usize = 50;
const MOST_PRIORITIES: usize = 20;
const MOST_ACTIVITIES: usize = 20;

const CODE: usize = 100;
const OBJECTIVE: usize = 2_000;
const COMMENT: usize = 5_000;

/// All objectives, those without an identifier given a new one.
pub(super) fn objectives(violations: &mut Violations, drafts: &[pb::ObjectiveDraft]) -> Option<Vec<Objective>> {
    violations.list("objectives", drafts, MOST_OBJECTIVES, |violations, path, draft| {
        let at = |field: &str| format!("{path}.{field}");
        let id = violations.optional_id::<ObjectiveId>(&at("objective_id"), &draft.objective_id);
        let level = violations.choice::<ObjectiveLevel>(&at("level"), draft.level);
        let text = violations.text(&at("text"), &draft.text, OBJECTIVE);
        let success_criteria = violations.optional_text(&at("success_criteria"), &draft.success_criteria, OBJECTIVE);
        let origin = violations.choice::<Origin>(&at("origin"), draft.origin);
        let follow_ups = violations.ids::<FollowUpId>(&at("follow_up_ids"), &draft.follow_up_ids, MOST_FOLLOW_UPS);
        let priorities = violations.ids::<PriorityId>(&at("priority_ids"), &draft.priority_ids, MOST_PRIORITIES);
        let activities = violations.ids::<ActivityId>(&at("activity_ids"), &draft.activity_ids, MOST_ACTIVITIES);
        let standard = violations.optional_text(&at("standard"), &draft.standard, CODE);
        Some(Objective {
            id: id?.unwrap_or_else(|| ObjectiveId(Uuid::now_v7())),
            level: level?,
            text: text?,
            success_criteria: success_criteria?,
            origin: origin?,
            follow_ups: follow_ups?,
            priorities: priorities?,
            activities: activities?,
            standard: standard?,
        })
    })
}

/// What was spoken of; nothing if it is left out.
pub(super) fn discussion(violations: &mut Violations, draft: Option<&pb::DiscussionDraft>) -> Option<Discussion> {
    let Some(draft) = draft else {
        return Some(Discussion::default());
    };
    let follow_ups = violations.ids("discussion.follow_up_ids", &draft.follow_up_ids, MOST_FOLLOW_UPS);
    let development = violations.ids("discussion.development_ids", &draft.development_ids, MOST_DEVELOPMENTS);
    let words = violations.optional_text("discussion.what_came_of_it", &draft.what_came_of_it, COMMENT);
    Some(Discussion {
        follow_ups: follow_ups?,
        development: development?,
        what_came_of_it: words?,
    })
}

/// How each objective ended.
pub(super) fn conclusions(violations: &mut Violations, drafts: &[pb::ConclusionDraft]) -> Option<Vec<Conclusion>> {
    violations.list("conclusions", drafts, MOST_OBJECTIVES, |violations, path, draft| {
        let at = |field: &str| format!("{path}.{field}");
        let objective_id = violations.id::<ObjectiveId>(&at("objective_id"), &draft.objective_id);
        let outcome = violations.choice::<ObjectiveOutcome>(&at("outcome"), draft.outcome);
        let comment = violations.optional_text(&at("comment"), &draft.comment, COMMENT);
        Some(Conclusion {
            objective_id: objective_id?,
            outcome: outcome?,
            comment: comment?,
        })
    })
}

/// Follow-ups with the fields that name them.
pub(super) fn named(list: &str, follow_ups: &[FollowUpId]) -> Vec<Named> {
    let path = |index| service::parse::path(list, index, "");
    follow_ups
        .iter()
        .enumerate()
        .map(|(index, id)| Named {
            field: path(index),
            follow_up_id: *id,
        })
        .collect()
}

/// Every follow-up that objectives build on, with the fields that name them.
pub(super) fn named_in(objectives: &[Objective]) -> Vec<Named> {
    let lists = objectives.iter().enumerate().map(|(index, objective)| {
        named(
            &service::parse::path("objectives", index, "follow_up_ids"),
            &objective.follow_ups,
        )
    });
    lists.flatten().collect()
}

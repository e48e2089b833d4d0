//! The forms of the two meetings: what was said, and what of observed practice and development was spoken of.

use api::appraisal::v1::{Appraisal, ConclusionDraft, DiscussionDraft, ObjectiveOutcome};

use super::Topics;
use crate::{
    forms::{Choice, Fields},
    pages::sheet::{Parsed as _, Sheet},
    words,
};

/// What was discussed: which follow-ups, what development, and what came of it.
pub(super) fn discussion(sheet: Sheet, topics: &Topics) -> Sheet {
    let follow_ups = Topics::choices(&topics.follow_ups);
    let development = Topics::choices(&topics.development);
    let sheet = sheet.group(
        "What was discussed",
        "An appraisal that starts from what was developed says so. What is left out counts as not spoken of.",
    );
    let sheet = if follow_ups.is_empty() {
        sheet.words("There is no follow-up that purpose or promotion lets this meeting speak of.")
    } else {
        sheet.checks("discussion.follow_up_ids", "Follow-ups spoken of", "", &follow_ups)
    };
    let sheet = if development.is_empty() {
        sheet.words("There is no development of the year that this meeting may speak of.")
    } else {
        sheet.checks("discussion.development_ids", "Development spoken of", "", &development)
    };
    sheet
        .long_if_any(
            "discussion.what_came_of_it",
            "What came of it",
            "What changed in practice, and for pupils.",
        )
        .group_ends()
}

pub(super) fn discussed(fields: &Fields) -> DiscussionDraft {
    DiscussionDraft {
        follow_up_ids: fields.each("discussion.follow_up_ids"),
        development_ids: fields.each("discussion.development_ids"),
        what_came_of_it: fields.word("discussion.what_came_of_it"),
    }
}

/// How each objective ended.
pub(super) fn conclusions(mut sheet: Sheet, appraisal: &Appraisal) -> Sheet {
    let outcomes = [
        ObjectiveOutcome::Met,
        ObjectiveOutcome::PartlyMet,
        ObjectiveOutcome::NotMet,
    ]
    .map(|outcome| Choice::new(i32::from(outcome).to_string(), words::capital(words::outcome(outcome))));
    for (index, objective) in appraisal.objectives.iter().enumerate() {
        let at = |field: &str| format!("conclusions[{index}].{field}");
        sheet = sheet
            .group(format!("Objective {}", index + 1), objective.text.clone())
            .hidden(&at("objective_id"), &objective.objective_id)
            .radios(&at("outcome"), "How it ended", "", &outcomes)
            .long_if_any(&at("comment"), "In words", "")
            .group_ends();
    }
    sheet
}

pub(super) fn concluded(fields: &Fields) -> Vec<ConclusionDraft> {
    let of = |index: usize| {
        let at = |field: &str| format!("conclusions[{index}].{field}");
        ConclusionDraft {
            objective_id: fields.word(&at("objective_id")),
            outcome: fields.whole(&at("outcome")),
            comment: fields.word(&at("comment")),
        }
    };
    (0..20)
        .map(of)
        .take_while(|conclusion| !conclusion.objective_id.is_empty())
        .collect()
}

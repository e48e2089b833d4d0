//! The form of an appraisal's objectives: each with where it comes from, beginning with what was developed.

use api::{
    appraisal::v1::{Appraisal, ObjectiveDraft, ObjectiveLevel, Origin},
    catalogue::v1::ListPrioritiesRequest,
    directory::v1::{GetPolicyRequest, GetReferenceSetRequest},
};

use super::Topics;
use crate::{
    forms::{Choice, Fields},
    pages::sheet::{Parsed as _, Sheet},
    problem::Fault,
    visitor::Visitor,
    words,
};

/// As many as a request may carry.
const MOST: usize = 20;

/// What objectives may come from, besides follow-ups.
struct Sources {
    priorities: Vec<Choice>,
    standards: Vec<Choice>,
    /// Fewest and most, by policy.
    bounds: (i32, i32),
}

impl Sources {
    async fn of(visitor: &Visitor, urn: &str) -> Result<Self, Fault> {
        let trust_id = &visitor.me.trust_id;
        let policy = GetPolicyRequest {
            trust_id: trust_id.clone(),
            urn: urn.to_owned(),
            on: String::new(),
        };
        let priorities_of = |urn: &str| ListPrioritiesRequest {
            trust_id: trust_id.clone(),
            urn: urn.to_owned(),
            page_size: 100,
            ..ListPrioritiesRequest::default()
        };
        let set = |set: &str| GetReferenceSetRequest {
            set: set.to_owned(),
            edition: String::new(),
        };
        let clients = visitor.clients();
        let mut policies = clients.policies;
        let (mut school, mut trust) = (clients.planning.clone(), clients.planning);
        let (mut teachers, mut heads) = (clients.reference.clone(), clients.reference.clone());
        let mut support = clients.reference;
        let (policy, of_school, of_trust, teachers, heads, support) = tokio::join!(
            policies.get_policy(visitor.ask(policy)),
            school.list_priorities(visitor.ask(priorities_of(urn))),
            trust.list_priorities(visitor.ask(priorities_of(""))),
            teachers.get_reference_set(visitor.ask(set("teachers_standards"))),
            heads.get_reference_set(visitor.ask(set("headteachers_standards"))),
            support.get_reference_set(visitor.ask(set("support_staff_standards"))),
        );
        let rules = policy?.into_inner().rules.unwrap_or_default();
        let mut priorities = Vec::new();
        for (answer, group) in [(of_school, "The school’s"), (of_trust, "The trust’s")] {
            let listed = answer.map(|answer| answer.into_inner().priorities).unwrap_or_default();
            let choice = |priority: api::catalogue::v1::PriorityDetails| {
                Choice::new(priority.priority_id, priority.title).of(group)
            };
            priorities.extend(listed.into_iter().map(choice));
        }
        let mut standards = Vec::new();
        for answer in [teachers, heads, support].into_iter().flatten() {
            let answer = answer.into_inner();
            let title = answer.set.map(|set| set.title).unwrap_or_default();
            let choice = |item: api::directory::v1::ReferenceItem| Choice::new(item.code, item.label).of(title.clone());
            standards.extend(answer.items.into_iter().map(choice));
        }
        Ok(Self {
            priorities,
            standards,
            bounds: (rules.objective_count_min(), rules.objective_count_max()),
        })
    }
}

/// The form, beginning with the objectives that there are.
pub(super) async fn sheet(
    visitor: &Visitor,
    appraisal: &Appraisal,
    topics: &Topics,
    mut sheet: Sheet,
) -> Result<Sheet, Fault> {
    let sources = Sources::of(visitor, &appraisal.urn).await?;
    for (index, objective) in appraisal.objectives.iter().enumerate() {
        let at = |field: &str| format!("objectives[{index}].{field}");
        sheet = sheet
            .preset(&at("objective_id"), &objective.objective_id)
            .preset(&at("text"), &objective.text)
            .preset(&at("success_criteria"), &objective.success_criteria)
            .preset(&at("level"), objective.level.to_string())
            .preset(&at("origin"), objective.origin.to_string())
            .preset(&at("standard"), &objective.standard);
        for id in &objective.follow_up_ids {
            sheet = sheet.preset(&at("follow_up_ids"), id);
        }
        for id in &objective.priority_ids {
            sheet = sheet.preset(&at("priority_ids"), id);
        }
        for id in &objective.activity_ids {
            sheet = sheet.preset(&at("activity_ids"), id);
        }
    }
    let (least, most) = sources.bounds;
    let room = usize::try_from(most).unwrap_or_default().max(1);
    let room = room
        .max(appraisal.objectives.len())
        .max(sheet.filled("objectives", "text"))
        .min(MOST);
    sheet = sheet.happened("on", "Agreed or set on").words(format!(
        "Your policy asks for {least} to {most} objectives. Leave what is not needed empty."
    ));
    let levels = [ObjectiveLevel::Individual, ObjectiveLevel::Team, ObjectiveLevel::School].map(|level| {
        Choice::new(
            i32::from(level).to_string(),
            words::capital(words::objective_level(level)),
        )
    });
    let origins = [
        Origin::FollowUp,
        Origin::Priority,
        Origin::CareerAim,
        Origin::Standard,
        Origin::Other,
    ]
    .map(|origin| Choice::new(i32::from(origin).to_string(), words::capital(words::origin(origin))));
    let follow_ups = Topics::choices(&topics.follow_ups);
    for index in 0..room {
        let at = |field: &str| format!("objectives[{index}].{field}");
        if index >= appraisal.objectives.len() {
            sheet = sheet.preset(&at("level"), i32::from(ObjectiveLevel::Individual).to_string());
        }
        sheet = sheet
            .group(format!("Objective {}", index + 1), "")
            .carried(&at("objective_id"))
            .carried(&at("activity_ids"))
            .long_if_any(&at("text"), "Objective", "What they set out to achieve.")
            .long_if_any(&at("success_criteria"), "Success criteria", "How both will know.")
            .select_if_any(&at("level"), "Whose aim it is", "", &levels)
            .select_if_any(&at("origin"), "Where it comes from", "", &origins);
        sheet = if follow_ups.is_empty() {
            sheet.words("There is no follow-up that purpose or promotion lets this appraisal build on.")
        } else {
            sheet.checks(
                &at("follow_up_ids"),
                "Follow-ups that it builds on",
                "What was agreed after observations, as far as purpose or promotion allow.",
                &follow_ups,
            )
        };
        if !sources.priorities.is_empty() {
            sheet = sheet.many(
                &at("priority_ids"),
                "Improvement priorities that it serves",
                "",
                &sources.priorities,
            );
        }
        sheet = sheet
            .select_if_any(&at("standard"), "Standard that it comes from", "", &sources.standards)
            .group_ends();
    }
    Ok(sheet)
}

/// Objectives that were filled in, and where in the form each stands.
pub(super) fn sent(fields: &Fields) -> (Vec<usize>, Vec<ObjectiveDraft>) {
    let of = |index: usize| {
        let at = |field: &str| format!("objectives[{index}].{field}");
        let draft = ObjectiveDraft {
            objective_id: fields.word(&at("objective_id")),
            level: fields.whole(&at("level")),
            text: fields.word(&at("text")),
            success_criteria: fields.word(&at("success_criteria")),
            origin: fields.whole(&at("origin")),
            follow_up_ids: fields.each(&at("follow_up_ids")),
            priority_ids: fields.each(&at("priority_ids")),
            activity_ids: fields.each(&at("activity_ids")),
            standard: fields.word(&at("standard")),
        };
        let empty = draft.text.is_empty() && draft.success_criteria.is_empty() && draft.follow_up_ids.is_empty();
        (!empty).then_some((index, draft))
    };
    (0..MOST).filter_map(of).unzip()
}

//! Agreeing on what follows from an observation: both sides say what each will do, and by when.

use api::{
    catalogue::v1::{ListActivitiesRequest, ListPrioritiesRequest, PriorityDetails},
    common::v1::SupportKind,
    directory::v1::{GetPolicyRequest, Role},
    observations::v1::{AgreeFollowUpRequest, GetObservationRequest, Observation, PromisedSupport},
};
use axum::extract::{Path, Query};

use super::{Names, Shown};
use crate::{
    forms::{Choice, Fields, Sent},
    pages::{
        asked::Asked,
        colleagues,
        sheet::{Parsed as _, Sheet, Step, areas, renumbered},
        shell::Shell,
    },
    problem::Fault,
    visitor::Visitor,
    words,
};

/// Promises that a form has room for; more are added by another follow-up.
const PROMISES: usize = 4;

async fn observation(visitor: &Visitor, id: &str) -> Result<Observation, Fault> {
    let message = GetObservationRequest {
        observation_id: id.to_owned(),
    };
    let mut observations = visitor.clients().observations;
    let answer = observations.get_observation(visitor.ask(message)).await?;
    let observation = answer.into_inner().observation;
    observation.ok_or_else(|| Fault::not_found("observation"))
}

pub(super) async fn form(visitor: Visitor, Query(asked): Query<Asked>) -> Shown {
    visitor.person()?;
    let id = asked.text("observation");
    if id.is_empty() {
        return Err(Fault::not_found("observation"));
    }
    let path = format!("/follow-ups/new/{id}");
    let (observation, fields) = tokio::join!(observation(&visitor, &id), visitor.draft(&path));
    let (observation, fields) = (observation?, fields?);
    let policy = GetPolicyRequest {
        trust_id: visitor.me.trust_id.clone(),
        urn: observation.urn.clone(),
        on: String::new(),
    };
    let on_offer = ListActivitiesRequest {
        page_size: 200,
        ..ListActivitiesRequest::default()
    };
    let clients = visitor.clients();
    let (mut policies, mut activities) = (clients.policies, clients.activities);
    let (policy, activities, priorities, staff, areas, vocabulary) = tokio::join!(
        policies.get_policy(visitor.ask(policy)),
        activities.list_activities(visitor.ask(on_offer)),
        priorities(&visitor, &observation.urn),
        colleagues::staff(&visitor, &observation.urn),
        areas(&visitor),
        visitor.vocabulary(),
    );
    let days = policy?.into_inner().rules.unwrap_or_default().follow_up_due_days();
    let activities: Vec<Choice> = activities
        .map(|answer| answer.into_inner().activities)
        .unwrap_or_default()
        .into_iter()
        .map(|activity| Choice::new(activity.activity_id, activity.title))
        .collect();
    let owners = colleagues::choices(&staff?, &[&observation.observee_id]);
    let people = observation.observer_ids.iter().chain([&observation.observee_id]);
    let names = Names::of(&visitor, people.map(String::as_str)).await;
    let mut sheet = Sheet::new(fields, "Agree the follow-up");
    for code in &observation.focus_areas {
        sheet = sheet.preset("focus_areas", code.clone());
    }
    let first = observation.observer_ids.first().map(String::as_str).unwrap_or_default();
    if first != observation.observee_id {
        sheet = sheet.preset("owner_id", first);
    }
    sheet = sheet
        .long(
            "action",
            "What they will do",
            "The action that was agreed, so that both will know whether it happened.",
        )
        .many("focus_areas", "Focus areas", "One to five.", &areas?);
    sheet = promises(sheet, &activities)
        .select_if_any(
            "owner_id",
            "Who sees to the support",
            "Owes it from then on. Empty for the first observer.",
            &owners,
        )
        .happened("agreed_on", "Agreed on")
        .day_if_any(
            "due_on",
            "Due",
            &format!("Empty for the policy’s default: {days} days after the agreement."),
        );
    if !priorities.is_empty() {
        sheet = sheet.select_if_any("priority_id", "Improvement priority that it serves", "", &priorities);
    }
    Step {
        shell: Shell::new(&visitor, "Agree a follow-up", "/observations"),
        within: ("The observation".into(), format!("/observations/{id}")),
        lead: "The person owes the action, the school owes the support that it promises: either can be in default, and both show.",
        facts: vec![
            ("Who owes the action", names.get(&observation.observee_id)),
            (
                "After",
                format!(
                    "{}, {}",
                    words::observation_kind(observation.kind()),
                    words::iso_day(&observation.on)
                ),
            ),
            ("Purpose", words::purpose(observation.purpose()).to_owned()),
            ("What was looked at", vocabulary?.areas(&observation.focus_areas)),
        ],
        caution: "",
        sheet: sheet.hidden("person_id", &observation.observee_id),
    }
    .show()
}

/// Priorities of the school and of its trust that are in force.
async fn priorities(visitor: &Visitor, urn: &str) -> Vec<Choice> {
    let of = |urn: &str| ListPrioritiesRequest {
        trust_id: visitor.me.trust_id.clone(),
        urn: urn.to_owned(),
        page_size: 100,
        ..ListPrioritiesRequest::default()
    };
    let clients = visitor.clients();
    let (mut one, mut other) = (clients.planning.clone(), clients.planning);
    let (school, trust) = tokio::join!(
        one.list_priorities(visitor.ask(of(urn))),
        other.list_priorities(visitor.ask(of("")))
    );
    let choice = |group: &'static str| {
        move |priority: PriorityDetails| Choice::new(priority.priority_id, priority.title).of(group)
    };
    let listed = |answer: Result<tonic::Response<api::catalogue::v1::ListPrioritiesResponse>, tonic::Status>| {
        answer.map(|answer| answer.into_inner().priorities).unwrap_or_default()
    };
    let of_school = listed(school).into_iter().map(choice("The school’s"));
    let of_trust = listed(trust).into_iter().map(choice("The trust’s"));
    of_school.chain(of_trust).collect()
}

fn promises(sheet: Sheet, activities: &[Choice]) -> Sheet {
    let kinds = [
        SupportKind::Coaching,
        SupportKind::CpdActivity,
        SupportKind::Time,
        SupportKind::Resource,
        SupportKind::ColleagueObservation,
    ]
    .map(|kind| Choice::new(i32::from(kind).to_string(), words::capital(words::support(kind))));
    let room = PROMISES.max(sheet.filled("promises", "detail") + 1);
    let mut sheet = sheet;
    for index in 0..room {
        let hint = if index == 0 {
            "What the school will do so that the action can be taken. Leave what is not needed empty."
        } else {
            ""
        };
        let at = |field: &str| format!("promises[{index}].{field}");
        sheet = sheet
            .group(format!("Support promised, {}", index + 1), hint)
            .select_if_any(&at("kind"), "What kind", "", &kinds)
            .line(&at("detail"), "In words (if any)", "");
        if !activities.is_empty() {
            sheet = sheet.select_if_any(&at("activity_id"), "Activity of the catalogue", "", activities);
        }
        sheet = sheet.group_ends();
    }
    sheet
}

/// Promises that were filled in, and where in the form each stands.
fn promised(fields: &Fields) -> (Vec<usize>, Vec<PromisedSupport>) {
    let of = |index: usize| {
        let at = |field: &str| format!("promises[{index}].{field}");
        let promise = PromisedSupport {
            kind: fields.whole(&at("kind")),
            detail: fields.word(&at("detail")),
            activity_id: fields.word(&at("activity_id")),
        };
        (promise != PromisedSupport::default()).then_some((index, promise))
    };
    (0..10).filter_map(of).unzip()
}

pub(super) async fn agree(Path(observation_id): Path<String>, sent: Sent) -> Shown {
    let fields = &sent.fields;
    let (kept, promises) = promised(fields);
    let owner_id = fields.word("owner_id");
    let message = AgreeFollowUpRequest {
        request_id: fields.request_id(),
        observation_id: observation_id.clone(),
        person_id: fields.word("person_id"),
        owner_id: owner_id.clone(),
        focus_areas: fields.each("focus_areas"),
        action: fields.word("action"),
        promises,
        agreed_on: fields.word("agreed_on"),
        due_on: fields.word("due_on"),
        priority_id: fields.word("priority_id"),
        ..AgreeFollowUpRequest::default()
    };
    let me = sent.visitor.me.clone();
    let mine = me.person_id.map(|id| id.to_string()).unwrap_or_default();
    let reads = [&owner_id, &message.person_id].contains(&&mine) || me.is_any(&[Role::CpdLead]);
    let mut follow_ups = sent.visitor.clients().follow_ups;
    let answer = follow_ups.agree_follow_up(sent.visitor.ask(message)).await;
    let answer = answer.map_err(|status| renumbered(&status, "promises", &kept));
    // Whoever looked and owes nothing has no page of the follow-up: they come back to the observation.
    sent.settle(answer, |answer| {
        let id = answer.into_inner().recorded.unwrap_or_default().id;
        if reads {
            format!("/follow-ups/{id}?done=agree")
        } else {
            format!("/observations/{observation_id}?done=agree")
        }
    })
    .await
}

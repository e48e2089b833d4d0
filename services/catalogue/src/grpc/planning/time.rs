//! Time budgets.

use api::{
    catalogue::v1 as pb,
    ids::{ActivityId, PriorityId, TimeBudgetId, TimeSlotId, TrustId, Urn},
};
use identity::{Kind, policy::cycle_of};
use service::{Call, Error, Loaded, Plan, Query, Violations};
use uuid::Uuid;

use super::{Asked, NOTE, Planning, TITLE, YEARS, free_text, one, today};
use crate::planning::{
    Place,
    index::{Filter, Listed},
    time_budget::{Command, NewSlot, Slot, TimeBudget, Usage},
};

/// Longest slot: a day has no more.
const MINUTES: std::ops::RangeInclusive<i32> = 1..=1_440;

pub(super) async fn plan(edge: &Planning, call: &Call<pb::PlanTimeRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<Urn>("urn", &message.urn),
        violations.optional_id::<TimeSlotId>("slot_id", &message.slot_id),
        violations.choice("kind", message.kind),
        violations.date("on", &message.on),
        violations.number("minutes", message.minutes, MINUTES),
        free_text(&mut violations, "title", &message.title, TITLE),
        violations.optional_id::<PriorityId>("priority_id", &message.priority_id),
    );
    let (urn, id, kind, on, minutes, title, priority) = violations.all(parts)?;
    let place = edge.school("urn", urn, on).await?;
    let slot = NewSlot {
        place,
        id: id.unwrap_or_else(|| TimeSlotId(Uuid::now_v7())),
        kind,
        on,
        minutes,
        title,
        priority: edge.optional_priority(priority, place.trust).await?,
    };
    let budget = TimeBudget::id_of(urn, cycle_of(on));
    Ok(Plan::of::<TimeBudget>(budget, Command::Plan(slot)))
}

pub(super) async fn replan(_: &Planning, call: &Call<pb::ReplanTimeRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<TimeBudgetId>("time_budget_id", &message.time_budget_id),
        violations.id::<TimeSlotId>("slot_id", &message.slot_id),
        violations.date("on", &message.on),
        violations.number("minutes", message.minutes, 0..=*MINUTES.end()),
    );
    let (id, slot, on, minutes) = violations.all(parts)?;
    Ok(Plan::of::<TimeBudget>(id, Command::Replan { slot, on, minutes }))
}

pub(super) async fn use_time(edge: &Planning, call: &Call<pb::UseTimeRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<TimeBudgetId>("time_budget_id", &message.time_budget_id),
        violations.id::<TimeSlotId>("slot_id", &message.slot_id),
        violations.optional_id::<ActivityId>("activity_id", &message.activity_id),
        violations.optional_id::<Uuid>("session_id", &message.session_id),
        violations.optional_id::<PriorityId>("priority_id", &message.priority_id),
    );
    let (id, slot, activity, session, priority) = violations.all(parts)?;
    let trust = edge.commands.get::<TimeBudget>(id).await?.state.place.trust;
    let usage = Usage {
        slot,
        minutes: message.minutes,
        activity: edge.optional_activity(activity, trust).await?,
        session,
        priority: edge.optional_priority(priority, trust).await?,
    };
    Ok(Plan::of::<TimeBudget>(id, Command::Use(usage)))
}

pub(super) async fn divert(_: &Planning, call: &Call<pb::DivertTimeRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<TimeBudgetId>("time_budget_id", &message.time_budget_id),
        violations.id::<TimeSlotId>("slot_id", &message.slot_id),
        violations.choice("category", message.category),
        free_text(&mut violations, "why", &message.why, NOTE),
    );
    let (id, slot, category, why) = violations.all(parts)?;
    let divert = Command::Divert {
        slot,
        minutes: message.minutes,
        category,
        why,
    };
    Ok(Plan::of::<TimeBudget>(id, divert))
}

pub(super) async fn get(
    edge: &Planning,
    query: &Query<pb::GetTimeBudgetRequest>,
) -> Result<pb::GetTimeBudgetResponse, Error> {
    let urn: Urn = one(query, "urn", &query.message.urn)?;
    let place = edge.school("urn", urn, today()).await?;
    edge.may_read(&query.actor, &place.record(Kind::TimeBudget)).await?;
    let id = TimeBudget::id_of(urn, query.message.year);
    let loaded = edge.readable(&query.actor, id, TimeBudget::as_record).await?;
    Ok(pb::GetTimeBudgetResponse {
        time_budget: Some(show(edge, id.0, &loaded, true).await?),
    })
}

pub(super) async fn list(
    edge: &Planning,
    query: &Query<pb::ListTimeBudgetsRequest>,
) -> Result<pb::ListTimeBudgetsResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<TrustId>("trust_id", &message.trust_id),
        violations.number("year", message.year, YEARS),
    );
    let (trust, year) = violations.all(parts)?;
    let place = edge.place(Some(trust), None, today()).await?;
    edge.may_read(&query.actor, &place.record(Kind::TimeBudget)).await?;
    let filter = Filter {
        year: Some(year),
        ..Filter::of(Listed::TimeBudget, trust)
    };
    let asked = Asked {
        method: "ListTimeBudgets",
        page_size: message.page_size,
        page_token: &message.page_token,
    };
    let parameters = pb::ListTimeBudgetsRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let found = edge
        .page(&query.actor, asked, &parameters, &filter, TimeBudget::as_record)
        .await?;
    let mut time_budgets = Vec::with_capacity(found.entries.len());
    for (id, loaded) in &found.entries {
        time_budgets.push(show(edge, *id, loaded, false).await?);
    }
    Ok(pb::ListTimeBudgetsResponse {
        time_budgets,
        next_page_token: found.next_page_token,
    })
}

/// The words behind diversions are shown one budget at a time.
async fn show(
    edge: &Planning,
    id: Uuid,
    loaded: &Loaded<TimeBudget>,
    in_words: bool,
) -> Result<pb::TimeBudgetDetails, Error> {
    let TimeBudget { place, year, slots } = &loaded.state;
    let mut slots: Vec<&Slot> = slots.iter().collect();
    slots.sort_by_key(|slot| (slot.on, slot.id));
    let mut shown = Vec::with_capacity(slots.len());
    for slot in &slots {
        shown.push(show_slot(edge, *place, slot, in_words).await?);
    }
    Ok(pb::TimeBudgetDetails {
        time_budget_id: id.to_string(),
        urn: place.urn_text(),
        year: *year,
        planned_minutes: slots.iter().map(|slot| slot.minutes).sum(),
        used_minutes: slots.iter().map(|slot| slot.used_minutes).sum(),
        diverted_minutes: slots.iter().map(|slot| slot.diverted_minutes()).sum(),
        slots: shown,
        version: loaded.version.0,
    })
}

async fn show_slot(edge: &Planning, place: Place, slot: &Slot, in_words: bool) -> Result<pb::TimeSlotDetails, Error> {
    let mut diversions = Vec::with_capacity(slot.diversions.len());
    for diverted in &slot.diversions {
        let why = diverted.why.as_ref().filter(|_| in_words);
        diversions.push(pb::DiversionDetails {
            on: diverted.on.clone(),
            minutes: diverted.minutes,
            category: diverted.category,
            why: edge.text(place.trust, why).await?,
        });
    }
    Ok(pb::TimeSlotDetails {
        slot_id: slot.id.into(),
        kind: slot.planned.kind,
        on: slot.on.to_string(),
        title: slot.planned.title.clone(),
        priority_id: slot.planned.priority_id.clone(),
        planned_minutes: slot.minutes,
        used_minutes: slot.used_minutes,
        diverted_minutes: slot.diverted_minutes(),
        diversions,
    })
}

//! Priorities and alignment plans.

use api::{
    catalogue::v1 as pb,
    ids::{AlignmentPlanId, PersonId, PriorityId, TrustId, Urn},
};
use service::{Call, Error, Loaded, Plan, Query, Violations, parse::path};
use uuid::Uuid;

use super::{Asked, NOTE, Planning, TITLE, YEARS, focus_areas, free_text, one};
use crate::planning::{
    Place,
    alignment_plan::{self, AlignmentPlan, Draft, Line, Point},
    index::{Filter, Listed, Schools},
    priority::{self, Adopt, Aim, Priority},
};

/// Most lines or points of a plan.
const LINES: usize = 60;

pub(super) async fn adopt(edge: &Planning, call: &Call<pb::AdoptPriorityRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<PriorityId>("priority_id", &message.priority_id),
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        free_text(&mut violations, "department", &message.department, super::CODE),
        violations.text("title", &message.title, TITLE),
        violations.choice("strand", message.strand),
        violations.number("from_year", message.from_year, YEARS),
        focus_areas(&mut violations, &message.focus_areas),
        free_text(&mut violations, "success", &message.success, NOTE),
        violations.optional_id::<PersonId>("owner_id", &message.owner_id),
    );
    let (id, trust, urn, department, title, strand, from_year, focus_areas, success, owner) = violations.all(parts)?;
    let place = edge.place(trust, urn, call.today()).await?;
    let owner = match owner {
        Some(owner) => edge.member("owner_id", owner, place.trust, call.today()).await?.id,
        None => edge.caller(&call.actor).await?.id,
    };
    let aim = Aim {
        title,
        strand,
        years: message.years,
        focus_areas,
        success,
        owner,
    };
    let adopt = Adopt {
        place,
        department,
        from_year,
        aim,
    };
    let id = id.unwrap_or_else(|| PriorityId(Uuid::now_v7()));
    Ok(Plan::of::<Priority>(id, priority::Command::Adopt(adopt)))
}

pub(super) async fn revise(edge: &Planning, call: &Call<pb::RevisePriorityRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<PriorityId>("priority_id", &message.priority_id),
        violations.text("title", &message.title, TITLE),
        violations.choice("strand", message.strand),
        focus_areas(&mut violations, &message.focus_areas),
        free_text(&mut violations, "success", &message.success, NOTE),
        violations.optional_id::<PersonId>("owner_id", &message.owner_id),
    );
    let (id, title, strand, focus_areas, success, owner) = violations.all(parts)?;
    let current = edge.commands.get::<Priority>(id).await?.state;
    let owner = match owner {
        Some(owner) => {
            let trust = current.place.trust;
            edge.member("owner_id", owner, trust, call.today()).await?.id
        }
        None => current.aim.owner,
    };
    let aim = Aim {
        title,
        strand,
        years: message.years,
        focus_areas,
        success,
        owner,
    };
    Ok(Plan::of::<Priority>(id, priority::Command::Revise(aim)))
}

pub(super) async fn end(_: &Planning, call: &Call<pb::EndPriorityRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<PriorityId>("priority_id", &message.priority_id),
        violations.choice("ending", message.ending),
        violations.date("on", &message.on),
        free_text(&mut violations, "note", &message.note, NOTE),
    );
    let (id, ending, on, note) = violations.all(parts)?;
    Ok(Plan::of::<Priority>(id, priority::Command::End { ending, on, note }))
}

pub(super) async fn get(
    edge: &Planning,
    query: &Query<pb::GetPriorityRequest>,
) -> Result<pb::GetPriorityResponse, Error> {
    let id: PriorityId = one(query, "priority_id", &query.message.priority_id)?;
    let loaded = edge.readable(&query.actor, id, Priority::as_record).await?;
    Ok(pb::GetPriorityResponse {
        priority: Some(show(edge, id.0, &loaded).await?),
    })
}

pub(super) async fn list(
    edge: &Planning,
    query: &Query<pb::ListPrioritiesRequest>,
) -> Result<pb::ListPrioritiesResponse, Error> {
    let message = &query.message;
    let place = listed_place(edge, &message.trust_id, &message.urn).await?;
    edge.may_read(&query.actor, &place.record(identity::Kind::Priority))
        .await?;
    let filter = Filter {
        schools: place.urn.map_or(Schools::None, Schools::At),
        year: Some(message.year).filter(|year| *year != 0),
        state: (!message.include_ended).then_some(1),
        ..Filter::of(Listed::Priority, place.trust)
    };
    let asked = Asked {
        method: "ListPriorities",
        page_size: message.page_size,
        page_token: &message.page_token,
    };
    let parameters = pb::ListPrioritiesRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let found = edge
        .page(&query.actor, asked, &parameters, &filter, Priority::as_record)
        .await?;
    let mut priorities = Vec::with_capacity(found.entries.len());
    for (id, loaded) in &found.entries {
        priorities.push(show(edge, *id, loaded).await?);
    }
    Ok(pb::ListPrioritiesResponse {
        priorities,
        next_page_token: found.next_page_token,
    })
}

/// The place of a list: a school of the trust, or the trust.
async fn listed_place(edge: &Planning, trust_id: &str, urn: &str) -> Result<Place, Error> {
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<TrustId>("trust_id", trust_id),
        violations.optional_id::<Urn>("urn", urn),
    );
    let (trust, urn) = violations.all(parts)?;
    edge.place(trust, urn, super::today()).await
}

async fn show(edge: &Planning, id: Uuid, loaded: &Loaded<Priority>) -> Result<pb::PriorityDetails, Error> {
    let priority = &loaded.state;
    let aim = &priority.aim;
    let (ending, ended_on) = match priority.ended {
        Some((ending, on)) => (ending, on.to_string()),
        None => Default::default(),
    };
    Ok(pb::PriorityDetails {
        priority_id: id.to_string(),
        trust_id: priority.place.trust.into(),
        urn: priority.place.urn_text(),
        department: priority.department.clone(),
        title: aim.title.clone(),
        strand: aim.strand.into(),
        from_year: priority.from_year,
        years: aim.years,
        focus_areas: aim.focus_areas.clone(),
        success: edge.text(priority.place.trust, priority.success.as_ref()).await?,
        owner_id: aim.owner.into(),
        ending: ending.into(),
        ended_on,
        version: loaded.version.0,
    })
}

pub(super) async fn draft_plan(edge: &Planning, call: &Call<pb::DraftAlignmentPlanRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        violations.number("from_year", message.from_year, YEARS),
        points(&mut violations, &message.points),
    );
    let (trust, urn, from_year, points) = violations.all(parts)?;
    let place = edge.place(trust, urn, call.today()).await?;
    let lines = lines(edge, &message.lines, place.trust).await?;
    let draft = Draft {
        place,
        from_year,
        lines,
        points,
    };
    let id = AlignmentPlan::id_of(place, from_year);
    Ok(Plan::of::<AlignmentPlan>(id, alignment_plan::Command::Draft(draft)))
}

pub(super) async fn revise_plan(edge: &Planning, call: &Call<pb::ReviseAlignmentPlanRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<AlignmentPlanId>("alignment_plan_id", &message.alignment_plan_id),
        points(&mut violations, &message.points),
    );
    let (id, points) = violations.all(parts)?;
    let current = edge.commands.get::<AlignmentPlan>(id).await?.state;
    let lines = lines(edge, &message.lines, current.place.trust).await?;
    let command = alignment_plan::Command::Revise { lines, points };
    Ok(Plan::of::<AlignmentPlan>(id, command))
}

pub(super) async fn adopt_plan(_: &Planning, call: &Call<pb::AdoptAlignmentPlanRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<AlignmentPlanId>("alignment_plan_id", &call.message.alignment_plan_id);
    let (id,) = violations.all((id,))?;
    Ok(Plan::of::<AlignmentPlan>(id, alignment_plan::Command::Adopt))
}

/// The lines of a plan, each with the years in which its priority is in force.
async fn lines(edge: &Planning, asked: &[pb::PlannedLine], trust: TrustId) -> Result<Vec<Line>, Error> {
    let mut violations = Violations::new();
    let parsed = violations.list("lines", asked, LINES, |violations, at, line| {
        let year = violations.choice(&format!("{at}.year"), line.year);
        let priority = violations.id::<PriorityId>(&format!("{at}.priority_id"), &line.priority_id);
        let strand = violations.choice(&format!("{at}.strand"), line.strand);
        let development = free_text(violations, &format!("{at}.development"), &line.development, NOTE);
        Some((year?, priority?, strand?, development?))
    });
    let (parsed,) = violations.all((parsed,))?;
    let mut lines = Vec::with_capacity(parsed.len());
    for (index, (year, id, strand, development)) in parsed.into_iter().enumerate() {
        let field = path("lines", index, "priority_id");
        let priority = edge.priority(&field, id, trust).await?;
        lines.push(Line {
            year,
            priority: id,
            strand,
            development,
            in_force: (priority.from_year, priority.from_year + priority.aim.years),
        });
    }
    Ok(lines)
}

fn points(violations: &mut Violations, asked: &[pb::PlannedPoint]) -> Option<Vec<Point>> {
    violations.list("points", asked, LINES, |violations, at, point| {
        let quadrant = violations.choice(&format!("{at}.quadrant"), point.quadrant);
        let text = violations.text(&format!("{at}.text"), &point.text, NOTE);
        Some(Point {
            quadrant: quadrant?,
            text: text?,
        })
    })
}

pub(super) async fn get_plan(
    edge: &Planning,
    query: &Query<pb::GetAlignmentPlanRequest>,
) -> Result<pb::GetAlignmentPlanResponse, Error> {
    let id: AlignmentPlanId = one(query, "alignment_plan_id", &query.message.alignment_plan_id)?;
    let loaded = edge.readable(&query.actor, id, AlignmentPlan::as_record).await?;
    Ok(pb::GetAlignmentPlanResponse {
        alignment_plan: Some(show_plan(edge, id.0, &loaded).await?),
    })
}

pub(super) async fn list_plans(
    edge: &Planning,
    query: &Query<pb::ListAlignmentPlansRequest>,
) -> Result<pb::ListAlignmentPlansResponse, Error> {
    let message = &query.message;
    let place = listed_place(edge, &message.trust_id, &message.urn).await?;
    edge.may_read(&query.actor, &place.record(identity::Kind::Priority))
        .await?;
    let filter = Filter {
        schools: place.urn.map_or(Schools::None, Schools::At),
        ..Filter::of(Listed::AlignmentPlan, place.trust)
    };
    let asked = Asked {
        method: "ListAlignmentPlans",
        page_size: message.page_size,
        page_token: &message.page_token,
    };
    let parameters = pb::ListAlignmentPlansRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let found = edge
        .page(&query.actor, asked, &parameters, &filter, AlignmentPlan::as_record)
        .await?;
    let mut alignment_plans = Vec::with_capacity(found.entries.len());
    for (id, loaded) in &found.entries {
        alignment_plans.push(show_plan(edge, *id, loaded).await?);
    }
    Ok(pb::ListAlignmentPlansResponse {
        alignment_plans,
        next_page_token: found.next_page_token,
    })
}

async fn show_plan(
    edge: &Planning,
    id: Uuid,
    loaded: &Loaded<AlignmentPlan>,
) -> Result<pb::AlignmentPlanDetails, Error> {
    let plan = &loaded.state;
    let trust = plan.place.trust;
    let mut lines = Vec::with_capacity(plan.lines.len());
    for line in &plan.lines {
        lines.push(pb::PlannedLine {
            year: line.year,
            priority_id: line.priority_id.clone(),
            strand: line.strand,
            development: edge.text(trust, line.development.as_ref()).await?,
        });
    }
    let mut points = Vec::with_capacity(plan.points.len());
    for point in &plan.points {
        points.push(pb::PlannedPoint {
            quadrant: point.quadrant,
            text: edge.text(trust, point.text.as_ref()).await?,
        });
    }
    Ok(pb::AlignmentPlanDetails {
        alignment_plan_id: id.to_string(),
        trust_id: trust.into(),
        urn: plan.place.urn_text(),
        from_year: plan.from_year,
        lines,
        points,
        adopted_on: service::recorded::text_of(plan.adopted_on),
        version: loaded.version.0,
    })
}

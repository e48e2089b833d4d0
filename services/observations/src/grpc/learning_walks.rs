//! Learning walks over gRPC.

use api::{
    common::v1::Sealed,
    ids::{LearningWalkId, NeedId, PersonId, VisitId},
    observations::v1::{
        self as pb, AgreeFindingsRequest, AgreeFindingsResponse, CloseLearningWalkRequest, CloseLearningWalkResponse,
        GetLearningWalkRequest, GetLearningWalkResponse, PlanLearningWalkRequest, PlanLearningWalkResponse,
        RaiseNeedRequest, RaiseNeedResponse, RecordVisitRequest, RecordVisitResponse, WalkNeed, WalkVisit,
        learning_walk_service_server::LearningWalkService,
    },
};
use identity::Action;
use service::{Call, Error, Plan, Query, Violations};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{CODE, Edge, codes, free_text};
use crate::learning_walk::{self, Command, Findings, LearningWalk, Need, Visit};

const TEAM: usize = 20;
const AREAS: usize = 30;
const FOCUS_AREAS: usize = 10;
const THEME: usize = 300;
const QUESTION: usize = 500;
const NOTE: usize = 5_000;
const FINDINGS: usize = 10_000;
const DETAIL: usize = 1_000;

#[tonic::async_trait]
impl LearningWalkService for Edge {
    async fn plan_learning_walk(
        &self,
        request: Request<PlanLearningWalkRequest>,
    ) -> Result<Response<PlanLearningWalkResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn record_visit(
        &self,
        request: Request<RecordVisitRequest>,
    ) -> Result<Response<RecordVisitResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = record_visit(&call);
        self.commands.run(call, plan).await
    }

    async fn agree_findings(
        &self,
        request: Request<AgreeFindingsRequest>,
    ) -> Result<Response<AgreeFindingsResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = agree_findings(&call);
        self.commands.run(call, plan).await
    }

    async fn raise_need(&self, request: Request<RaiseNeedRequest>) -> Result<Response<RaiseNeedResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = raise_need(&call);
        self.commands.run(call, plan).await
    }

    async fn close_learning_walk(
        &self,
        request: Request<CloseLearningWalkRequest>,
    ) -> Result<Response<CloseLearningWalkResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = close(&call);
        self.commands.run(call, plan).await
    }

    async fn get_learning_walk(
        &self,
        request: Request<GetLearningWalkRequest>,
    ) -> Result<Response<GetLearningWalkResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let learning_walk = show(self, &query).await?;
        Ok(Response::new(GetLearningWalkResponse {
            learning_walk: Some(learning_walk),
        }))
    }
}

async fn plan(edge: &Edge, call: &Call<PlanLearningWalkRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id("learning_walk_id", &message.learning_walk_id),
        violations.id("urn", &message.urn),
        violations.id::<PersonId>("lead_id", &message.lead_id),
        violations.ids::<PersonId>("team_ids", &message.team_ids, TEAM),
        violations.date("on", &message.on),
        violations.text("theme", &message.theme, THEME),
        free_text(&mut violations, "enquiry_question", &message.enquiry_question, QUESTION),
        codes(&mut violations, "focus_areas", &message.focus_areas, FOCUS_AREAS),
        codes(&mut violations, "areas", &message.areas, AREAS),
    );
    let (id, urn, lead, team, on, theme, enquiry_question, focus_areas, areas) = violations.all(parts)?;
    let id = id.unwrap_or_else(|| LearningWalkId(Uuid::now_v7()));
    let (_, trust) = edge.school("urn", urn, on).await?;
    edge.member("lead_id", lead, trust, on).await?;
    for (index, member) in team.iter().enumerate() {
        edge.member(&service::parse::path("team_ids", index, ""), *member, trust, on)
            .await?;
    }
    let plan = learning_walk::Plan {
        urn,
        lead,
        team,
        on,
        theme,
        enquiry_question,
        focus_areas,
        areas,
        trust,
    };
    Ok(Plan::of::<LearningWalk>(id, Command::Plan(plan)))
}

fn record_visit(call: &Call<RecordVisitRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<LearningWalkId>("learning_walk_id", &message.learning_walk_id),
        violations.optional_id("visit_id", &message.visit_id),
        violations.text("area", &message.area, CODE),
        violations.number("minutes", message.minutes, 1..=120),
        free_text(&mut violations, "note", &message.note, NOTE),
        codes(
            &mut violations,
            "focus_areas_seen",
            &message.focus_areas_seen,
            FOCUS_AREAS,
        ),
    );
    let (id, visit, area, minutes, note, focus_areas_seen) = violations.all(parts)?;
    let visit = visit.unwrap_or_else(|| VisitId(Uuid::now_v7()));
    let visit = Visit {
        id: visit,
        area,
        minutes,
        note,
        focus_areas_seen,
    };
    Ok(Plan::of::<LearningWalk>(id, Command::RecordVisit(visit)))
}

fn agree_findings(call: &Call<AgreeFindingsRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<LearningWalkId>("learning_walk_id", &message.learning_walk_id),
        violations.text("findings", &message.findings, FINDINGS),
        codes(&mut violations, "strengths", &message.strengths, FOCUS_AREAS),
        codes(&mut violations, "needs", &message.needs, FOCUS_AREAS),
    );
    let (id, findings, strengths, needs) = violations.all(parts)?;
    Ok(Plan::of::<LearningWalk>(
        id,
        Command::AgreeFindings(Findings {
            findings,
            strengths,
            needs,
        }),
    ))
}

fn raise_need(call: &Call<RaiseNeedRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<LearningWalkId>("learning_walk_id", &message.learning_walk_id),
        violations.optional_id("need_id", &message.need_id),
        violations.choice("scope", message.scope),
        free_text(&mut violations, "team", &message.team, CODE),
        violations.text("focus_area", &message.focus_area, CODE),
        free_text(&mut violations, "detail", &message.detail, DETAIL),
    );
    let (id, need, scope, team, focus_area, detail) = violations.all(parts)?;
    let need = need.unwrap_or_else(|| NeedId(Uuid::now_v7()));
    let need = Need {
        id: need,
        scope,
        team,
        focus_area,
        detail,
    };
    Ok(Plan::of::<LearningWalk>(id, Command::RaiseNeed(need)))
}

fn close(call: &Call<CloseLearningWalkRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<LearningWalkId>("learning_walk_id", &message.learning_walk_id),
        violations.date("on", &message.on),
    );
    let (id, on) = violations.all(parts)?;
    Ok(Plan::of::<LearningWalk>(id, Command::Close { on }))
}

/// Notes of visits are the team's: others read what the team agreed.
async fn show(edge: &Edge, query: &Query<GetLearningWalkRequest>) -> Result<pb::LearningWalk, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<LearningWalkId>("learning_walk_id", &query.message.learning_walk_id);
    let (id,) = violations.all((id,))?;
    let loaded = edge.commands.get::<LearningWalk>(id).await?;
    let walk = loaded.state;
    edge.commands
        .gate()
        .authorise(&query.actor, Action::Read, &walk.as_record())
        .await?;
    let planned = walk.planned.clone().unwrap_or_default();
    let is_walker = query.actor.person_id().is_some_and(|person| walk.is_walked_by(person));
    let text = async |sealed: Option<&Sealed>| edge.text(walk.trust, sealed).await;
    let mut visits = Vec::with_capacity(walk.visits.len());
    for visit in &walk.visits {
        visits.push(WalkVisit {
            visit_id: visit.visit_id.clone(),
            area: visit.area.clone(),
            visitor_id: visit.visitor_id.clone(),
            minutes: visit.minutes,
            note: text(visit.note.as_ref().filter(|_| is_walker)).await?,
            focus_areas_seen: visit.focus_areas_seen.clone(),
        });
    }
    let mut raised = Vec::with_capacity(walk.needs.len());
    for need in &walk.needs {
        raised.push(WalkNeed {
            need_id: need.need_id.clone(),
            scope: need.scope,
            team: need.team.clone(),
            focus_area: need.focus_area.clone(),
            detail: text(need.detail.as_ref()).await?,
        });
    }
    let findings = walk.findings.clone().unwrap_or_default();
    Ok(pb::LearningWalk {
        learning_walk_id: id.into(),
        urn: walk.urn.to_string(),
        lead_id: walk.lead.into(),
        team_ids: planned.team_ids,
        on: walk.on.to_string(),
        theme: text(planned.theme.as_ref()).await?,
        enquiry_question: text(planned.enquiry_question.as_ref()).await?,
        focus_areas: planned.focus_areas,
        areas: planned.areas,
        visits,
        findings: text(findings.findings.as_ref()).await?,
        strengths: findings.strengths,
        needs: findings.needs,
        raised,
        closed: walk.closed,
        version: loaded.version.0,
    })
}

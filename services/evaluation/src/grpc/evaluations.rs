//! Plans of evaluation, measures and effects over gRPC.

mod plan;
mod reply;

use api::{
    evaluation::v1::{
        ConcludeEvaluationRequest, ConcludeEvaluationResponse, GetEvaluationRequest, GetEvaluationResponse,
        ListEvaluationsRequest, ListEvaluationsResponse, PlanEvaluationRequest, PlanEvaluationResponse,
        ReportEvaluationRequest, ReportEvaluationResponse, ReviseEvaluationRequest, ReviseEvaluationResponse,
        TakeMeasureRequest, TakeMeasureResponse, WithdrawMeasureRequest, WithdrawMeasureResponse,
        evaluation_service_server::EvaluationService,
    },
    ids::{EvaluationId, TrustId},
};
use identity::{Action, Kind};
use service::{Error, Query, Violations, page};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Cursor, Edge, Place, today};
use crate::{
    access,
    evaluation_plan::EvaluationPlan,
    index::{Listed, Wanted},
};

#[tonic::async_trait]
impl EvaluationService for Edge {
    async fn plan_evaluation(
        &self,
        request: Request<PlanEvaluationRequest>,
    ) -> Result<Response<PlanEvaluationResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::plan(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn revise_evaluation(
        &self,
        request: Request<ReviseEvaluationRequest>,
    ) -> Result<Response<ReviseEvaluationResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::revise(&call);
        self.commands.run(call, plan).await
    }

    async fn take_measure(
        &self,
        request: Request<TakeMeasureRequest>,
    ) -> Result<Response<TakeMeasureResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::take_measure(&call);
        self.commands.run(call, plan).await
    }

    async fn withdraw_measure(
        &self,
        request: Request<WithdrawMeasureRequest>,
    ) -> Result<Response<WithdrawMeasureResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::withdraw_measure(&call);
        self.commands.run(call, plan).await
    }

    async fn report_evaluation(
        &self,
        request: Request<ReportEvaluationRequest>,
    ) -> Result<Response<ReportEvaluationResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::report(&call);
        self.commands.run(call, plan).await
    }

    async fn conclude_evaluation(
        &self,
        request: Request<ConcludeEvaluationRequest>,
    ) -> Result<Response<ConcludeEvaluationResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::conclude(&call);
        self.commands.run(call, plan).await
    }

    async fn get_evaluation(
        &self,
        request: Request<GetEvaluationRequest>,
    ) -> Result<Response<GetEvaluationResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let evaluation = show(self, &query).await?;
        Ok(Response::new(GetEvaluationResponse {
            evaluation: Some(evaluation),
        }))
    }

    async fn list_evaluations(
        &self,
        request: Request<ListEvaluationsRequest>,
    ) -> Result<Response<ListEvaluationsResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        Ok(Response::new(list(self, &query).await?))
    }
}

async fn show(edge: &Edge, query: &Query<GetEvaluationRequest>) -> Result<api::evaluation::v1::Evaluation, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<EvaluationId>("evaluation_id", &query.message.evaluation_id);
    let (id,) = violations.all((id,))?;
    let loaded = edge.commands.get::<EvaluationPlan>(id).await?;
    let record = loaded.state.as_record();
    edge.authorise(&query.actor, Action::Read, &record).await?;
    let policy = edge.commands.gate().policy(&record, today());
    reply::evaluation(edge, id, &loaded, &policy).await
}

async fn list(edge: &Edge, query: &Query<ListEvaluationsRequest>) -> Result<ListEvaluationsResponse, Error> {
    let message = &query.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id("urn", &message.urn),
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<Uuid>("subject_id", &message.subject_id),
    );
    let (urn, trust, subject) = violations.all(parts)?;
    let (trust, urn) = edge.place(&query.actor, Place { urn, trust }, today()).await?;
    let record = access::place(Kind::EvaluationPlan, trust, urn);
    edge.authorise(&query.actor, Action::Read, &record).await?;
    let parameters = ListEvaluationsRequest {
        page_size: 0,
        page_token: String::new(),
        ..message.clone()
    };
    let scope = page::Scope::of("ListEvaluations", &query.actor.id.to_string(), &parameters);
    let page = edge
        .pager
        .page::<Cursor>(&scope, message.page_size, &message.page_token)?;
    let wanted = Wanted { trust, urn, subject };
    let mut rows = edge
        .index
        .evaluations(wanted, page.after.map(Listed::from), page.limit())
        .await?;
    let next_page_token = edge.pager.cut(&scope, &page, &mut rows, |row| Cursor::from(*row))?;
    let mut evaluations = Vec::with_capacity(rows.len());
    for row in rows {
        let loaded = edge.commands.get::<EvaluationPlan>(row.id).await?;
        evaluations.push(reply::line(EvaluationId(row.id), &loaded.state));
    }
    Ok(ListEvaluationsResponse {
        evaluations,
        next_page_token,
    })
}

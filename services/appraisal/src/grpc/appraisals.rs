//! Appraisals: one for a person and a cycle.

mod plans;

use api::{
    appraisal::v1::{self as pb, appraisal_service_server::AppraisalService},
    ids::AppraisalId,
};
use identity::{Action, Kind};
use service::{Code, Error, Violations};
use tonic::{Request, Response, Status};

use super::{Grpc, replies};
use crate::appraisal::Appraisal;

/// Takes a command in, plans it, and does it.
macro_rules! command {
    ($grpc:ident, $request:ident, $plan:ident) => {{
        let call = $grpc.commands.accept($request).await?;
        let plan = $grpc.$plan(&call).await;
        $grpc.commands.run(call, plan).await
    }};
}

#[tonic::async_trait]
impl AppraisalService for Grpc {
    async fn open_appraisal(
        &self,
        request: Request<pb::OpenAppraisalRequest>,
    ) -> Result<Response<pb::OpenAppraisalResponse>, Status> {
        command!(self, request, plan_open)
    }

    async fn agree_objectives(
        &self,
        request: Request<pb::AgreeObjectivesRequest>,
    ) -> Result<Response<pb::AgreeObjectivesResponse>, Status> {
        command!(self, request, plan_agree_objectives)
    }

    async fn set_objectives(
        &self,
        request: Request<pb::SetObjectivesRequest>,
    ) -> Result<Response<pb::SetObjectivesResponse>, Status> {
        command!(self, request, plan_set_objectives)
    }

    async fn record_mid_year_review(
        &self,
        request: Request<pb::RecordMidYearReviewRequest>,
    ) -> Result<Response<pb::RecordMidYearReviewResponse>, Status> {
        command!(self, request, plan_record_mid_year_review)
    }

    async fn add_appraisal_evidence(
        &self,
        request: Request<pb::AddAppraisalEvidenceRequest>,
    ) -> Result<Response<pb::AddAppraisalEvidenceResponse>, Status> {
        command!(self, request, plan_add_evidence)
    }

    async fn record_self_review(
        &self,
        request: Request<pb::RecordSelfReviewRequest>,
    ) -> Result<Response<pb::RecordSelfReviewResponse>, Status> {
        command!(self, request, plan_record_self_review)
    }

    async fn conclude_appraisal(
        &self,
        request: Request<pb::ConcludeAppraisalRequest>,
    ) -> Result<Response<pb::ConcludeAppraisalResponse>, Status> {
        command!(self, request, plan_conclude)
    }

    async fn moderate_appraisal(
        &self,
        request: Request<pb::ModerateAppraisalRequest>,
    ) -> Result<Response<pb::ModerateAppraisalResponse>, Status> {
        command!(self, request, plan_moderate)
    }

    async fn sign_appraisal(
        &self,
        request: Request<pb::SignAppraisalRequest>,
    ) -> Result<Response<pb::SignAppraisalResponse>, Status> {
        command!(self, request, plan_sign)
    }

    async fn close_appraisal(
        &self,
        request: Request<pb::CloseAppraisalRequest>,
    ) -> Result<Response<pb::CloseAppraisalResponse>, Status> {
        command!(self, request, plan_close)
    }

    async fn appeal_appraisal(
        &self,
        request: Request<pb::AppealAppraisalRequest>,
    ) -> Result<Response<pb::AppealAppraisalResponse>, Status> {
        command!(self, request, plan_appeal)
    }

    async fn reopen_appraisal(
        &self,
        request: Request<pb::ReopenAppraisalRequest>,
    ) -> Result<Response<pb::ReopenAppraisalResponse>, Status> {
        command!(self, request, plan_reopen)
    }

    async fn reassign_appraiser(
        &self,
        request: Request<pb::ReassignAppraiserRequest>,
    ) -> Result<Response<pb::ReassignAppraiserResponse>, Status> {
        command!(self, request, plan_reassign_appraiser)
    }

    async fn identify_need(
        &self,
        request: Request<pb::IdentifyNeedRequest>,
    ) -> Result<Response<pb::IdentifyNeedResponse>, Status> {
        command!(self, request, plan_identify_need)
    }

    async fn get_appraisal(
        &self,
        request: Request<pb::GetAppraisalRequest>,
    ) -> Result<Response<pb::GetAppraisalResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let id = violations.id::<AppraisalId>("appraisal_id", &query.message.appraisal_id);
        let (id,) = violations.all((id,))?;
        let mut loaded = self.commands.get::<Appraisal>(id).await?;
        let gate = self.commands.gate();
        let whole = loaded.state.as_record(Kind::Appraisal);
        let appraisal = match gate.authorise(&query.actor, Action::Read, &whole).await {
            Ok(()) => {
                self.commands
                    .keys()
                    .open(loaded.trust_id, &mut loaded.state)
                    .await
                    .map_err(Error::from)?;
                replies::appraisal(id, &loaded)
            }
            Err(error) if error.code() == Code::PermissionDenied => {
                let outcome = loaded.state.as_record(Kind::AppraisalOutcome);
                gate.authorise(&query.actor, Action::Read, &outcome).await?;
                replies::outcome(id, &loaded)
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Response::new(pb::GetAppraisalResponse {
            appraisal: Some(appraisal),
        }))
    }
}

//! Follow-ups over gRPC.

mod plan;
mod reply;

use api::observations::v1::{
    AddEvidenceRequest, AddEvidenceResponse, AgreeFollowUpRequest, AgreeFollowUpResponse, CarryOverFollowUpRequest,
    CarryOverFollowUpResponse, CompleteFollowUpRequest, CompleteFollowUpResponse, ExtendFollowUpRequest,
    ExtendFollowUpResponse, GetFollowUpRequest, GetFollowUpResponse, HandOverFollowUpRequest, HandOverFollowUpResponse,
    LapseFollowUpRequest, LapseFollowUpResponse, PauseFollowUpRequest, PauseFollowUpResponse, PromoteFollowUpRequest,
    PromoteFollowUpResponse, ProvideSupportRequest, ProvideSupportResponse, ResumeFollowUpRequest,
    ResumeFollowUpResponse, RevisitFollowUpRequest, RevisitFollowUpResponse, StartFollowUpRequest,
    StartFollowUpResponse, TakeBackFollowUpRequest, TakeBackFollowUpResponse, WithdrawFollowUpRequest,
    WithdrawFollowUpResponse, follow_up_service_server::FollowUpService,
};
use tonic::{Request, Response, Status};

use super::Edge;

#[tonic::async_trait]
impl FollowUpService for Edge {
    async fn agree_follow_up(
        &self,
        request: Request<AgreeFollowUpRequest>,
    ) -> Result<Response<AgreeFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::agree(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn provide_support(
        &self,
        request: Request<ProvideSupportRequest>,
    ) -> Result<Response<ProvideSupportResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::provide_support(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn start_follow_up(
        &self,
        request: Request<StartFollowUpRequest>,
    ) -> Result<Response<StartFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::start(&call);
        self.commands.run(call, plan).await
    }

    async fn add_evidence(
        &self,
        request: Request<AddEvidenceRequest>,
    ) -> Result<Response<AddEvidenceResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::add_evidence(&call);
        self.commands.run(call, plan).await
    }

    async fn revisit_follow_up(
        &self,
        request: Request<RevisitFollowUpRequest>,
    ) -> Result<Response<RevisitFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::revisit(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn complete_follow_up(
        &self,
        request: Request<CompleteFollowUpRequest>,
    ) -> Result<Response<CompleteFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::complete(&call);
        self.commands.run(call, plan).await
    }

    async fn extend_follow_up(
        &self,
        request: Request<ExtendFollowUpRequest>,
    ) -> Result<Response<ExtendFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::extend(&call);
        self.commands.run(call, plan).await
    }

    async fn carry_over_follow_up(
        &self,
        request: Request<CarryOverFollowUpRequest>,
    ) -> Result<Response<CarryOverFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::carry_over(&call);
        self.commands.run(call, plan).await
    }

    async fn hand_over_follow_up(
        &self,
        request: Request<HandOverFollowUpRequest>,
    ) -> Result<Response<HandOverFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::hand_over(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn withdraw_follow_up(
        &self,
        request: Request<WithdrawFollowUpRequest>,
    ) -> Result<Response<WithdrawFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::withdraw(&call);
        self.commands.run(call, plan).await
    }

    async fn lapse_follow_up(
        &self,
        request: Request<LapseFollowUpRequest>,
    ) -> Result<Response<LapseFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::lapse(&call);
        self.commands.run(call, plan).await
    }

    async fn pause_follow_up(
        &self,
        request: Request<PauseFollowUpRequest>,
    ) -> Result<Response<PauseFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::pause(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn resume_follow_up(
        &self,
        request: Request<ResumeFollowUpRequest>,
    ) -> Result<Response<ResumeFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::resume(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn promote_follow_up(
        &self,
        request: Request<PromoteFollowUpRequest>,
    ) -> Result<Response<PromoteFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::promote(&call);
        self.commands.run(call, plan).await
    }

    async fn take_back_follow_up(
        &self,
        request: Request<TakeBackFollowUpRequest>,
    ) -> Result<Response<TakeBackFollowUpResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::take_back(&call);
        self.commands.run(call, plan).await
    }

    async fn get_follow_up(
        &self,
        request: Request<GetFollowUpRequest>,
    ) -> Result<Response<GetFollowUpResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let follow_up = reply::show(self, &query).await?;
        Ok(Response::new(GetFollowUpResponse {
            follow_up: Some(follow_up),
        }))
    }
}

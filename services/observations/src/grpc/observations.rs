//! Observations over gRPC.

mod plan;
mod reply;

use api::observations::v1::{
    AcknowledgeFeedbackRequest, AcknowledgeFeedbackResponse, AddMediaRequest, AddMediaResponse,
    CancelObservationRequest, CancelObservationResponse, CloseObservationRequest, CloseObservationResponse,
    CompareObserversRequest, CompareObserversResponse, ConductObservationRequest, ConductObservationResponse,
    GetObservationRequest, GetObservationResponse, RecordObserverRequest, RecordObserverResponse,
    RescheduleObservationRequest, RescheduleObservationResponse, ScheduleObservationRequest,
    ScheduleObservationResponse, ShareFeedbackRequest, ShareFeedbackResponse, ShareMediaRequest, ShareMediaResponse,
    WithdrawMediaRequest, WithdrawMediaResponse, observation_service_server::ObservationService,
};
use tonic::{Request, Response, Status};

use super::Edge;

#[tonic::async_trait]
impl ObservationService for Edge {
    async fn schedule_observation(
        &self,
        request: Request<ScheduleObservationRequest>,
    ) -> Result<Response<ScheduleObservationResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::schedule(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn reschedule_observation(
        &self,
        request: Request<RescheduleObservationRequest>,
    ) -> Result<Response<RescheduleObservationResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::reschedule(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn cancel_observation(
        &self,
        request: Request<CancelObservationRequest>,
    ) -> Result<Response<CancelObservationResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::cancel(&call);
        self.commands.run(call, plan).await
    }

    async fn conduct_observation(
        &self,
        request: Request<ConductObservationRequest>,
    ) -> Result<Response<ConductObservationResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::conduct(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn record_observer(
        &self,
        request: Request<RecordObserverRequest>,
    ) -> Result<Response<RecordObserverResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::record_observer(&call);
        self.commands.run(call, plan).await
    }

    async fn share_feedback(
        &self,
        request: Request<ShareFeedbackRequest>,
    ) -> Result<Response<ShareFeedbackResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::share_feedback(&call);
        self.commands.run(call, plan).await
    }

    async fn acknowledge_feedback(
        &self,
        request: Request<AcknowledgeFeedbackRequest>,
    ) -> Result<Response<AcknowledgeFeedbackResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::acknowledge_feedback(&call);
        self.commands.run(call, plan).await
    }

    async fn close_observation(
        &self,
        request: Request<CloseObservationRequest>,
    ) -> Result<Response<CloseObservationResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::close(&call);
        self.commands.run(call, plan).await
    }

    async fn add_media(&self, request: Request<AddMediaRequest>) -> Result<Response<AddMediaResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::add_media(&call);
        self.commands.run(call, plan).await
    }

    async fn share_media(&self, request: Request<ShareMediaRequest>) -> Result<Response<ShareMediaResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::share_media(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn withdraw_media(
        &self,
        request: Request<WithdrawMediaRequest>,
    ) -> Result<Response<WithdrawMediaResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::withdraw_media(&call);
        self.commands.run(call, plan).await
    }

    async fn get_observation(
        &self,
        request: Request<GetObservationRequest>,
    ) -> Result<Response<GetObservationResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let observation = reply::show(self, &query).await?;
        Ok(Response::new(GetObservationResponse {
            observation: Some(observation),
        }))
    }

    async fn compare_observers(
        &self,
        request: Request<CompareObserversRequest>,
    ) -> Result<Response<CompareObserversResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        Ok(Response::new(reply::compare(self, &query).await?))
    }
}

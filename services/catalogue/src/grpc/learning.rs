//! Learning records over gRPC.

mod mandatory;
mod plan;
mod reply;

use api::catalogue::v1::{
    ClaimExternalLearningRequest, ClaimExternalLearningResponse, GetLearningRecordRequest, GetLearningRecordResponse,
    IssueCertificateRequest, IssueCertificateResponse, LinkDevelopmentRequest, LinkDevelopmentResponse,
    ListClaimsToVerifyRequest, ListClaimsToVerifyResponse, ListMandatoryDueRequest, ListMandatoryDueResponse,
    RecordMandatoryTrainingRequest, RecordMandatoryTrainingResponse, RejectExternalLearningRequest,
    RejectExternalLearningResponse, VerifyExternalLearningRequest, VerifyExternalLearningResponse,
    learning_service_server::LearningService,
};
use tonic::{Request, Response, Status};

use super::Edge;

#[tonic::async_trait]
impl LearningService for Edge {
    async fn claim_external_learning(
        &self,
        request: Request<ClaimExternalLearningRequest>,
    ) -> Result<Response<ClaimExternalLearningResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::claim(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn verify_external_learning(
        &self,
        request: Request<VerifyExternalLearningRequest>,
    ) -> Result<Response<VerifyExternalLearningResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::verify(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn reject_external_learning(
        &self,
        request: Request<RejectExternalLearningRequest>,
    ) -> Result<Response<RejectExternalLearningResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::reject(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn issue_certificate(
        &self,
        request: Request<IssueCertificateRequest>,
    ) -> Result<Response<IssueCertificateResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::issue_certificate(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn record_mandatory_training(
        &self,
        request: Request<RecordMandatoryTrainingRequest>,
    ) -> Result<Response<RecordMandatoryTrainingResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::record_mandatory(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn link_development(
        &self,
        request: Request<LinkDevelopmentRequest>,
    ) -> Result<Response<LinkDevelopmentResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::link(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn get_learning_record(
        &self,
        request: Request<GetLearningRecordRequest>,
    ) -> Result<Response<GetLearningRecordResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let record = reply::show(self, &query).await?;
        Ok(Response::new(GetLearningRecordResponse { record: Some(record) }))
    }

    async fn list_claims_to_verify(
        &self,
        request: Request<ListClaimsToVerifyRequest>,
    ) -> Result<Response<ListClaimsToVerifyResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        Ok(Response::new(reply::claims_to_verify(self, &query).await?))
    }

    async fn list_mandatory_due(
        &self,
        request: Request<ListMandatoryDueRequest>,
    ) -> Result<Response<ListMandatoryDueResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        Ok(Response::new(mandatory::due(self, &query).await?))
    }
}

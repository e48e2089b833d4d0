//! Requests to views and back; nothing decided here.

use api::projection::v1::{self as pb, projection_admin_service_server::ProjectionAdminService};
use tonic::{Request, Response, Status};

use crate::admin::Admin;

/// A gRPC service that views answer: each method takes in its caller and asks the view's function of the same name.
macro_rules! queries {
    ($service:path: $($method:ident($request:ident) -> $response:ident;)*) => {
        #[tonic::async_trait]
        impl $service for crate::Views {
            $(
                async fn $method(
                    &self,
                    request: tonic::Request<api::projection::v1::$request>,
                ) -> Result<tonic::Response<api::projection::v1::$response>, tonic::Status> {
                    let query = self.gate.caller(request).await?;
                    Ok(tonic::Response::new(crate::Views::$method(self, &query.actor, query.message).await?))
                }
            )*
        }
    };
}
pub(crate) use queries;

queries! { pb::tracking_service_server::TrackingService:
    get_thread(GetThreadRequest) -> GetThreadResponse;
    list_threads(ListThreadsRequest) -> ListThreadsResponse;
    get_person_record(GetPersonRecordRequest) -> GetPersonRecordResponse;
    get_link_report(GetLinkReportRequest) -> GetLinkReportResponse;
    get_attention_list(GetAttentionListRequest) -> GetAttentionListResponse;
    get_briefing(GetBriefingRequest) -> GetBriefingResponse;
    explain(ExplainRequest) -> ExplainResponse;
}

#[tonic::async_trait]
impl ProjectionAdminService for Admin {
    async fn get_status(
        &self,
        request: Request<pb::GetStatusRequest>,
    ) -> Result<Response<pb::GetStatusResponse>, Status> {
        self.reader(request).await?;
        Ok(Response::new(pb::GetStatusResponse {
            projections: vec![self.status().await],
        }))
    }

    async fn retry_stalled(
        &self,
        request: Request<pb::RetryStalledRequest>,
    ) -> Result<Response<pb::RetryStalledResponse>, Status> {
        let message = self.operator(request).await?;
        let projection = Some(self.retry(&message.name).await?);
        Ok(Response::new(pb::RetryStalledResponse { projection }))
    }

    async fn skip_stalled(
        &self,
        request: Request<pb::SkipStalledRequest>,
    ) -> Result<Response<pb::SkipStalledResponse>, Status> {
        let message = self.operator(request).await?;
        let projection = Some(self.skip(message).await?);
        Ok(Response::new(pb::SkipStalledResponse { projection }))
    }

    async fn rebuild(&self, request: Request<pb::RebuildRequest>) -> Result<Response<pb::RebuildResponse>, Status> {
        let message = self.operator(request).await?;
        let projection = Some(self.rebuild(&message.name).await?);
        Ok(Response::new(pb::RebuildResponse { projection }))
    }
}

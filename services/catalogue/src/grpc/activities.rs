//! Activities over gRPC.

mod plan;
mod reply;

use api::catalogue::v1::{
    GetActivityRequest, GetActivityResponse, ListActivitiesRequest, ListActivitiesResponse, PublishActivityRequest,
    PublishActivityResponse, ReviseActivityRequest, ReviseActivityResponse, WithdrawActivityRequest,
    WithdrawActivityResponse, activity_service_server::ActivityService,
};
use tonic::{Request, Response, Status};

pub(super) use self::plan::renewal_months;
use super::Edge;

#[tonic::async_trait]
impl ActivityService for Edge {
    async fn publish_activity(
        &self,
        request: Request<PublishActivityRequest>,
    ) -> Result<Response<PublishActivityResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::publish(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn revise_activity(
        &self,
        request: Request<ReviseActivityRequest>,
    ) -> Result<Response<ReviseActivityResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::revise(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn withdraw_activity(
        &self,
        request: Request<WithdrawActivityRequest>,
    ) -> Result<Response<WithdrawActivityResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::withdraw(&call);
        self.commands.run(call, plan).await
    }

    async fn get_activity(
        &self,
        request: Request<GetActivityRequest>,
    ) -> Result<Response<GetActivityResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let activity = reply::show(self, &query).await?;
        Ok(Response::new(GetActivityResponse {
            activity: Some(activity),
        }))
    }

    async fn list_activities(
        &self,
        request: Request<ListActivitiesRequest>,
    ) -> Result<Response<ListActivitiesResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        Ok(Response::new(reply::list(self, &query).await?))
    }
}

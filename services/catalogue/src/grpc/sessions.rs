//! Sessions and bookings over gRPC.

mod list;
mod plan;
mod reply;

use api::catalogue::v1::{
    ApproveBookingRequest, ApproveBookingResponse, BookPlaceRequest, BookPlaceResponse, CancelBookingRequest,
    CancelBookingResponse, CancelSessionRequest, CancelSessionResponse, ChangeCapacityRequest, ChangeCapacityResponse,
    DeclineBookingRequest, DeclineBookingResponse, GetSessionRequest, GetSessionResponse, HoldSessionRequest,
    HoldSessionResponse, ListAwaitingApprovalRequest, ListAwaitingApprovalResponse, ListMyBookingsRequest,
    ListMyBookingsResponse, ListSessionsRequest, ListSessionsResponse, OfferSessionRequest, OfferSessionResponse,
    RecordAttendanceRequest, RecordAttendanceResponse, RescheduleSessionRequest, RescheduleSessionResponse,
    session_service_server::SessionService,
};
use tonic::{Request, Response, Status};

use super::Edge;

#[tonic::async_trait]
impl SessionService for Edge {
    async fn offer_session(
        &self,
        request: Request<OfferSessionRequest>,
    ) -> Result<Response<OfferSessionResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::offer(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn reschedule_session(
        &self,
        request: Request<RescheduleSessionRequest>,
    ) -> Result<Response<RescheduleSessionResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::reschedule(&call);
        self.commands.run(call, plan).await
    }

    async fn change_capacity(
        &self,
        request: Request<ChangeCapacityRequest>,
    ) -> Result<Response<ChangeCapacityResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::change_capacity(&call);
        self.commands.run(call, plan).await
    }

    async fn cancel_session(
        &self,
        request: Request<CancelSessionRequest>,
    ) -> Result<Response<CancelSessionResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::cancel(&call);
        self.commands.run(call, plan).await
    }

    async fn hold_session(
        &self,
        request: Request<HoldSessionRequest>,
    ) -> Result<Response<HoldSessionResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::hold(&call);
        self.commands.run(call, plan).await
    }

    async fn record_attendance(
        &self,
        request: Request<RecordAttendanceRequest>,
    ) -> Result<Response<RecordAttendanceResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::record_attendance(&call);
        self.commands.run(call, plan).await
    }

    async fn book_place(&self, request: Request<BookPlaceRequest>) -> Result<Response<BookPlaceResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::book(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn approve_booking(
        &self,
        request: Request<ApproveBookingRequest>,
    ) -> Result<Response<ApproveBookingResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::approve(&call);
        self.commands.run(call, plan).await
    }

    async fn decline_booking(
        &self,
        request: Request<DeclineBookingRequest>,
    ) -> Result<Response<DeclineBookingResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::decline(&call);
        self.commands.run(call, plan).await
    }

    async fn cancel_booking(
        &self,
        request: Request<CancelBookingRequest>,
    ) -> Result<Response<CancelBookingResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::cancel_booking(&call);
        self.commands.run(call, plan).await
    }

    async fn get_session(&self, request: Request<GetSessionRequest>) -> Result<Response<GetSessionResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let session = reply::show(self, &query).await?;
        Ok(Response::new(GetSessionResponse { session: Some(session) }))
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        Ok(Response::new(list::sessions(self, &query).await?))
    }

    async fn list_my_bookings(
        &self,
        request: Request<ListMyBookingsRequest>,
    ) -> Result<Response<ListMyBookingsResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        Ok(Response::new(list::mine(self, &query).await?))
    }

    async fn list_awaiting_approval(
        &self,
        request: Request<ListAwaitingApprovalRequest>,
    ) -> Result<Response<ListAwaitingApprovalResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        Ok(Response::new(list::awaiting_approval(self, &query).await?))
    }
}

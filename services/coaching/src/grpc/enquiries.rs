//! Enquiries over gRPC.

mod plan;
mod reply;

use api::{
    coaching::v1::{self as pb, FindingsAudience, enquiry_service_server::EnquiryService},
    ids::{EnquiryId, TrustId, Urn},
};
use identity::{Action, Actor, Kind, Record};
use service::{Error, Loaded, Violations, page::Scope};
use tonic::{Request, Response, Status};

use self::reply::Sight;
use super::{Grpc, today};
use crate::{enquiry::Enquiry, index::LATEST};

#[tonic::async_trait]
impl EnquiryService for Grpc {
    async fn frame_enquiry(
        &self,
        request: Request<pb::FrameEnquiryRequest>,
    ) -> Result<Response<pb::FrameEnquiryResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::frame(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn reframe_enquiry(
        &self,
        request: Request<pb::ReframeEnquiryRequest>,
    ) -> Result<Response<pb::ReframeEnquiryResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::reframe(&call);
        self.commands.run(call, plan).await
    }

    async fn join_enquiry(
        &self,
        request: Request<pb::JoinEnquiryRequest>,
    ) -> Result<Response<pb::JoinEnquiryResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::join(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn leave_enquiry(
        &self,
        request: Request<pb::LeaveEnquiryRequest>,
    ) -> Result<Response<pb::LeaveEnquiryResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::leave(&call);
        self.commands.run(call, plan).await
    }

    async fn start_enquiry(
        &self,
        request: Request<pb::StartEnquiryRequest>,
    ) -> Result<Response<pb::StartEnquiryResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::start(&call);
        self.commands.run(call, plan).await
    }

    async fn record_enquiry_meeting(
        &self,
        request: Request<pb::RecordEnquiryMeetingRequest>,
    ) -> Result<Response<pb::RecordEnquiryMeetingResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::meet(&call);
        self.commands.run(call, plan).await
    }

    async fn plan_research_lesson(
        &self,
        request: Request<pb::PlanResearchLessonRequest>,
    ) -> Result<Response<pb::PlanResearchLessonResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::plan_lesson(&call);
        self.commands.run(call, plan).await
    }

    async fn teach_research_lesson(
        &self,
        request: Request<pb::TeachResearchLessonRequest>,
    ) -> Result<Response<pb::TeachResearchLessonResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::teach_lesson(&call);
        self.commands.run(call, plan).await
    }

    async fn interview_pupils(
        &self,
        request: Request<pb::InterviewPupilsRequest>,
    ) -> Result<Response<pb::InterviewPupilsResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::interview_pupils(&call);
        self.commands.run(call, plan).await
    }

    async fn discuss_research_lesson(
        &self,
        request: Request<pb::DiscussResearchLessonRequest>,
    ) -> Result<Response<pb::DiscussResearchLessonResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::discuss_lesson(&call);
        self.commands.run(call, plan).await
    }

    async fn analyse_enquiry(
        &self,
        request: Request<pb::AnalyseEnquiryRequest>,
    ) -> Result<Response<pb::AnalyseEnquiryResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::analyse(&call);
        self.commands.run(call, plan).await
    }

    async fn check_enquiry_validity(
        &self,
        request: Request<pb::CheckEnquiryValidityRequest>,
    ) -> Result<Response<pb::CheckEnquiryValidityResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::check_validity(&call);
        self.commands.run(call, plan).await
    }

    async fn replicate_enquiry(
        &self,
        request: Request<pb::ReplicateEnquiryRequest>,
    ) -> Result<Response<pb::ReplicateEnquiryResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::replicate(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn share_enquiry_findings(
        &self,
        request: Request<pb::ShareEnquiryFindingsRequest>,
    ) -> Result<Response<pb::ShareEnquiryFindingsResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::share_findings(&call);
        self.commands.run(call, plan).await
    }

    async fn close_enquiry(
        &self,
        request: Request<pb::CloseEnquiryRequest>,
    ) -> Result<Response<pb::CloseEnquiryResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan::close(&call);
        self.commands.run(call, plan).await
    }

    async fn get_enquiry(
        &self,
        request: Request<pb::GetEnquiryRequest>,
    ) -> Result<Response<pb::GetEnquiryResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let id = violations.id::<EnquiryId>("enquiry_id", &query.message.enquiry_id);
        let (id,) = violations.all((id,))?;
        let mut loaded = self.commands.get::<Enquiry>(id).await?;
        let gate = self.commands.gate();
        gate.authorise(&query.actor, Action::Read, &loaded.state.as_record(Kind::Enquiry))
            .await?;
        let sight = self.sight(&query.actor, &loaded);
        if sight.shows_text() {
            let keys = self.commands.keys();
            keys.open(loaded.trust_id, &mut loaded.state)
                .await
                .map_err(Error::from)?;
        }
        Ok(Response::new(pb::GetEnquiryResponse {
            enquiry: Some(reply::enquiry(id, &loaded, sight)),
        }))
    }

    async fn list_enquiries(
        &self,
        request: Request<pb::ListEnquiriesRequest>,
    ) -> Result<Response<pb::ListEnquiriesResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let message = query.message;
        let mut violations = Violations::new();
        let trust = violations.id::<TrustId>("trust_id", &message.trust_id);
        let urn = violations.optional_id::<Urn>("urn", &message.urn);
        let (trust, urn) = violations.all((trust, urn))?;
        let scope = Scope::of(
            "ListEnquiries",
            &query.actor.id.to_string(),
            &pb::ListEnquiriesRequest {
                page_size: 0,
                page_token: String::new(),
                ..message.clone()
            },
        );
        let page = self.pager.page::<i64>(&scope, message.page_size, &message.page_token)?;
        let record = Record::new(Kind::Enquiry, trust).at(urn);
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &record)
            .await?;
        let before = page.after.unwrap_or(LATEST);
        let mut rows = self
            .index
            .enquiries(trust, urn, message.open_only, before, page.limit())
            .await?;
        let next_page_token = self.pager.cut(&scope, &page, &mut rows, |(_, at)| *at)?;
        let mut enquiries = Vec::with_capacity(rows.len());
        for (id, _) in rows {
            let loaded = self.commands.get::<Enquiry>(id).await?;
            enquiries.push(reply::enquiry(id, &loaded, Sight::default()));
        }
        Ok(Response::new(pb::ListEnquiriesResponse {
            enquiries,
            next_page_token,
        }))
    }
}

impl Grpc {
    /// What of the texts somebody may read: all if they are of the group, else findings that were shared with them.
    fn sight(&self, actor: &Actor, loaded: &Loaded<Enquiry>) -> Sight {
        let enquiry = &loaded.state;
        let access = self.commands.gate().access();
        let may = |record: &Record| access.check(actor, Action::Read, record).permitted;
        let findings = |shared: bool, granted| {
            may(&enquiry
                .as_record(Kind::EnquiryFindings)
                .shared(shared)
                .granted_to(granted))
        };
        let notes = may(&enquiry.as_record(Kind::EnquiryNotes));
        // Who works at the school is granted what was shared with it.
        let of_school = actor.acting_person().filter(|person| {
            let school = enquiry.framed.as_ref().and_then(|framed| framed.urn);
            let register = self.commands.gate().roster().read();
            let works_there = |urn| register.person(*person)?.post_at(urn, today()).map(|_| ());
            school.and_then(works_there).is_some() && enquiry.is_shared_with(FindingsAudience::School)
        });
        let findings_from = if notes || findings(false, of_school) {
            Some(FindingsAudience::School)
        } else if findings(enquiry.is_shared_with(FindingsAudience::Trust), None) {
            Some(FindingsAudience::Trust)
        } else {
            None
        };
        Sight { notes, findings_from }
    }
}

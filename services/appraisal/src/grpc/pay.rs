//! Recommendations on pay.

use api::{
    appraisal::v1::{self as pb, pay_recommendation_service_server::PayRecommendationService},
    ids::{AppraisalId, PersonId},
};
use identity::Action;
use service::{Call, Error, Plan, Violations};
use tonic::{Request, Response, Status};

use super::{Grpc, replies};
use crate::{
    appraisal::Appraisal,
    pay_recommendation::{self, AppraisalFacts, Ask, Command, PayRecommendation},
};

const RATIONALE: usize = 5_000;

#[tonic::async_trait]
impl PayRecommendationService for Grpc {
    async fn grant_pay_access(
        &self,
        request: Request<pb::GrantPayAccessRequest>,
    ) -> Result<Response<pb::GrantPayAccessResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_grant_pay_access(&call).await;
        self.commands.run(call, plan).await
    }

    async fn revoke_pay_access(
        &self,
        request: Request<pb::RevokePayAccessRequest>,
    ) -> Result<Response<pb::RevokePayAccessResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_revoke_pay_access(&call).await;
        self.commands.run(call, plan).await
    }

    async fn recommend_pay(
        &self,
        request: Request<pb::RecommendPayRequest>,
    ) -> Result<Response<pb::RecommendPayResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_recommend_pay(&call).await;
        self.commands.run(call, plan).await
    }

    async fn decide_pay(
        &self,
        request: Request<pb::DecidePayRequest>,
    ) -> Result<Response<pb::DecidePayResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_decide_pay(&call).await;
        self.commands.run(call, plan).await
    }

    async fn get_pay_recommendation(
        &self,
        request: Request<pb::GetPayRecommendationRequest>,
    ) -> Result<Response<pb::GetPayRecommendationResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let appraisal_id = violations.id::<AppraisalId>("appraisal_id", &query.message.appraisal_id);
        let (appraisal_id,) = violations.all((appraisal_id,))?;
        let facts = self.facts(appraisal_id).await?;
        let loaded = self
            .commands
            .load::<PayRecommendation>(pay_recommendation::id_of(appraisal_id))
            .await?;
        let version = loaded.as_ref().map_or(0, |loaded| loaded.version.0);
        let mut pay = loaded.map(|loaded| loaded.state).unwrap_or_default();
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &pay.as_record(&facts))
            .await?;
        if let Some(recommended) = &mut pay.recommended {
            self.commands
                .keys()
                .open(facts.trust_id.0, recommended)
                .await
                .map_err(Error::from)?;
        }
        let recommendation = Some(replies::pay(appraisal_id, version, &pay));
        Ok(Response::new(pb::GetPayRecommendationResponse { recommendation }))
    }
}

impl Grpc {
    async fn plan_grant_pay_access(&self, call: &Call<pb::GrantPayAccessRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let appraisal_id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let person_id = violations.id::<PersonId>("person_id", &call.message.person_id);
        let (appraisal_id, person_id) = violations.all((appraisal_id, person_id))?;
        let facts = self.facts(appraisal_id).await?;
        self.colleague("person_id", person_id, facts.trust_id, call.today())
            .await?;
        Ok(plan(facts, Ask::GrantAccess { person_id }))
    }

    async fn plan_revoke_pay_access(&self, call: &Call<pb::RevokePayAccessRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let appraisal_id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let person_id = violations.id::<PersonId>("person_id", &call.message.person_id);
        let (appraisal_id, person_id) = violations.all((appraisal_id, person_id))?;
        Ok(plan(self.facts(appraisal_id).await?, Ask::RevokeAccess { person_id }))
    }

    async fn plan_recommend_pay(&self, call: &Call<pb::RecommendPayRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let appraisal_id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let on = violations.date("on", &call.message.on);
        let rationale = violations.optional_text("rationale", &call.message.rationale, RATIONALE);
        let (appraisal_id, on, rationale) = violations.all((appraisal_id, on, rationale))?;
        let progress = call.message.progress;
        Ok(plan(
            self.facts(appraisal_id).await?,
            Ask::Recommend {
                on,
                progress,
                rationale,
            },
        ))
    }

    async fn plan_decide_pay(&self, call: &Call<pb::DecidePayRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let appraisal_id = violations.id::<AppraisalId>("appraisal_id", &call.message.appraisal_id);
        let on = violations.date("on", &call.message.on);
        let (appraisal_id, on) = violations.all((appraisal_id, on))?;
        let approved = call.message.approved;
        Ok(plan(self.facts(appraisal_id).await?, Ask::Decide { on, approved }))
    }

    async fn facts(&self, appraisal_id: AppraisalId) -> Result<AppraisalFacts, Error> {
        let appraisal = self.commands.get::<Appraisal>(appraisal_id).await?.state;
        Ok(AppraisalFacts {
            appraisal_id,
            trust_id: appraisal.opened.map(|opened| opened.trust_id).unwrap_or_default(),
            urn: appraisal.urn,
            appraisee_id: appraisal.person_id(),
            concluded_on: appraisal.concluded_on(),
        })
    }
}

fn plan(appraisal: AppraisalFacts, ask: Ask) -> Plan {
    Plan::of::<PayRecommendation>(
        pay_recommendation::id_of(appraisal.appraisal_id),
        Command { appraisal, ask },
    )
}

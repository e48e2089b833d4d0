//! The annual cycles of a trust.

use api::{
    appraisal::v1::{self as pb, Population, cycle_service_server::CycleService},
    ids::{CycleId, TrustId},
};
use chrono::NaiveDate;
use identity::{Action, Policy};
use service::{Call, Error, Plan, Violations};
use tonic::{Request, Response, Status};

use super::{Grpc, at, replies};
use crate::cycle::{self, Command, Cycle, Terms};

/// Academic years that a cycle can be of.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

#[tonic::async_trait]
impl CycleService for Grpc {
    async fn open_cycle(
        &self,
        request: Request<pb::OpenCycleRequest>,
    ) -> Result<Response<pb::OpenCycleResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.plan_open_cycle(&call).await;
        self.commands.run(call, plan).await
    }

    async fn close_cycle(
        &self,
        request: Request<pb::CloseCycleRequest>,
    ) -> Result<Response<pb::CloseCycleResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = plan_close_cycle(&call);
        self.commands.run(call, plan).await
    }

    async fn get_cycle(&self, request: Request<pb::GetCycleRequest>) -> Result<Response<pb::GetCycleResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let cycle_id = violations.id::<CycleId>("cycle_id", &query.message.cycle_id);
        let (cycle_id,) = violations.all((cycle_id,))?;
        let loaded = self.commands.get::<Cycle>(cycle_id).await?;
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &loaded.state.as_record())
            .await?;
        Ok(Response::new(pb::GetCycleResponse {
            cycle: Some(replies::cycle(cycle_id, &loaded)),
        }))
    }
}

impl Grpc {
    async fn plan_open_cycle(&self, call: &Call<pb::OpenCycleRequest>) -> Result<Plan, Error> {
        let message = &call.message;
        let mut violations = Violations::new();
        let cycle_id = violations.optional_id::<CycleId>("cycle_id", &message.cycle_id);
        let trust_id = violations.id::<TrustId>("trust_id", &message.trust_id);
        let year = violations.number("year", message.year, YEARS);
        let population = violations.choice::<Population>("population", message.population);
        let planning_by = violations.optional_date("planning_by", &message.planning_by);
        let mid_year_by = violations.optional_date("mid_year_by", &message.mid_year_by);
        let final_by = violations.optional_date("final_by", &message.final_by);
        let parts = (cycle_id, trust_id, year, population, planning_by, mid_year_by, final_by);
        let (cycle_id, trust_id, year, population, planning_by, mid_year_by, final_by) = violations.all(parts)?;

        let roster = self.commands.gate().roster();
        roster.trust(trust_id).await.map_err(|error| at("trust_id", error))?;
        let usual = usual_dates(&roster.policy_at(trust_id, None, cycle::begins(year)), year);
        let terms = Terms {
            year,
            population,
            planning_by: planning_by.unwrap_or(usual.0),
            mid_year_by: mid_year_by.unwrap_or(usual.1),
            final_by: final_by.unwrap_or(usual.2),
        };
        let cycle_id = cycle_id.unwrap_or_else(|| cycle::id_of(trust_id, year, population));
        Ok(Plan::of::<Cycle>(cycle_id, Command::Open { trust_id, terms }))
    }
}

fn plan_close_cycle(call: &Call<pb::CloseCycleRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let cycle_id = violations.id::<CycleId>("cycle_id", &call.message.cycle_id);
    let on = violations.date("on", &call.message.on);
    let (cycle_id, on) = violations.all((cycle_id, on))?;
    Ok(Plan::of::<Cycle>(cycle_id, Command::Close { on }))
}

/// Planning, mid-year and final date by policy. A final date such as 31 October is that of the next autumn.
fn usual_dates(policy: &Policy, year: i32) -> (NaiveDate, NaiveDate, NaiveDate) {
    let planning_by = policy.planning_due.in_cycle(year);
    let mid_year_by = policy.mid_year_due.in_cycle(year);
    let final_by = policy.final_due.in_cycle(year);
    let final_by = if final_by > mid_year_by {
        final_by
    } else {
        policy.final_due.in_cycle(year + 1)
    };
    (planning_by, mid_year_by, final_by)
}

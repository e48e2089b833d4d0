//! The scorecard over gRPC.

use std::collections::BTreeSet;

use api::{
    evaluation::v1::{
        DefineMetricRequest, DefineMetricResponse, GetScorecardRequest, GetScorecardResponse, MetricLine, MetricValue,
        ReportMetricRequest, ReportMetricResponse, RetireMetricRequest, RetireMetricResponse, SetTargetRequest,
        SetTargetResponse, scorecard_service_server::ScorecardService,
    },
    ids::{MetricId, PriorityId, TrustId},
};
use identity::{Action, Kind};
use service::{Call, Error, Loaded, Plan, Query, Violations};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Edge, Place, TITLE, finite, today};
use crate::{
    access,
    metric::{Command, Define, Metric},
};

const UNIT: usize = 40;
const PERIOD: usize = 10;

#[tonic::async_trait]
impl ScorecardService for Edge {
    async fn define_metric(
        &self,
        request: Request<DefineMetricRequest>,
    ) -> Result<Response<DefineMetricResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = define(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn set_target(&self, request: Request<SetTargetRequest>) -> Result<Response<SetTargetResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let message = &call.message;
        let plan = value(&message.metric_id, &message.period, message.value)
            .map(|(id, period, value)| Plan::of::<Metric>(id, Command::SetTarget { period, value }));
        self.commands.run(call, plan).await
    }

    async fn report_metric(
        &self,
        request: Request<ReportMetricRequest>,
    ) -> Result<Response<ReportMetricResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let message = &call.message;
        let plan = value(&message.metric_id, &message.period, message.value)
            .map(|(id, period, value)| Plan::of::<Metric>(id, Command::Report { period, value }));
        self.commands.run(call, plan).await
    }

    async fn retire_metric(
        &self,
        request: Request<RetireMetricRequest>,
    ) -> Result<Response<RetireMetricResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = retire(&call);
        self.commands.run(call, plan).await
    }

    async fn get_scorecard(
        &self,
        request: Request<GetScorecardRequest>,
    ) -> Result<Response<GetScorecardResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let metrics = show(self, &query).await?;
        Ok(Response::new(GetScorecardResponse { metrics }))
    }
}

async fn define(edge: &Edge, call: &Call<DefineMetricRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id("metric_id", &message.metric_id),
        violations.optional_id("urn", &message.urn),
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.text("title", &message.title, TITLE),
        violations.text("unit", &message.unit, UNIT),
        violations.choice("direction", message.direction),
        violations.choice("period", message.period),
        violations.optional_id::<PriorityId>("priority_id", &message.priority_id),
    );
    let (id, urn, trust, title, unit, direction, period, priority) = violations.all(parts)?;
    let id = id.unwrap_or_else(|| MetricId(Uuid::now_v7()));
    let (trust, urn) = edge.place(&call.actor, Place { urn, trust }, call.today()).await?;
    let define = Define {
        trust,
        urn,
        title,
        unit,
        direction,
        period,
        priority,
    };
    Ok(Plan::of::<Metric>(id, Command::Define(define)))
}

fn value(id: &str, period: &str, value: f64) -> Result<(MetricId, String, f64), Error> {
    let mut violations = Violations::new();
    let parts = (
        violations.id::<MetricId>("metric_id", id),
        violations.text("period", period, PERIOD),
        finite(&mut violations, "value", value),
    );
    violations.all(parts)
}

fn retire(call: &Call<RetireMetricRequest>) -> Result<Plan, Error> {
    let mut violations = Violations::new();
    let id = violations.id::<MetricId>("metric_id", &call.message.metric_id);
    let (id,) = violations.all((id,))?;
    Ok(Plan::of::<Metric>(id, Command::Retire))
}

async fn show(edge: &Edge, query: &Query<GetScorecardRequest>) -> Result<Vec<MetricLine>, Error> {
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id("urn", &query.message.urn),
        violations.optional_id::<TrustId>("trust_id", &query.message.trust_id),
    );
    let (urn, trust) = violations.all(parts)?;
    let (trust, urn) = edge.place(&query.actor, Place { urn, trust }, today()).await?;
    let record = access::place(Kind::Metric, trust, urn);
    edge.authorise(&query.actor, Action::Read, &record).await?;
    let mut metrics = Vec::new();
    for id in edge.index.metrics(trust, urn).await? {
        metrics.push(line(id, &edge.commands.get::<Metric>(id).await?));
    }
    Ok(metrics)
}

fn line(id: MetricId, loaded: &Loaded<Metric>) -> MetricLine {
    let metric = &loaded.state;
    let defined = metric.defined.clone().unwrap_or_default();
    let periods: BTreeSet<&String> = metric.values.keys().chain(metric.targets.keys()).collect();
    let value = |period: &String| MetricValue {
        period: period.clone(),
        value: metric.values.get(period).copied(),
        target: metric.targets.get(period).copied(),
        met: metric.met(period),
    };
    MetricLine {
        metric_id: id.into(),
        title: defined.title,
        unit: defined.unit,
        direction: defined.direction,
        period: defined.period,
        priority_id: defined.priority_id,
        values: periods.into_iter().map(value).collect(),
        retired: metric.retired,
        version: loaded.version.0,
    }
}

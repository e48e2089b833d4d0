//! Value for money over gRPC.

use std::collections::BTreeSet;

use api::{
    evaluation::v1::{
        CostLine, EffectCaution, EffectEstimated, GetValueForMoneyRequest, GetValueForMoneyResponse, RecordCostRequest,
        RecordCostResponse, ValueForMoney, WithdrawCostRequest, WithdrawCostResponse,
        value_service_server::ValueService,
    },
    ids::{ActivityId, CostId, TrustId},
};
use identity::{Action, Kind};
use service::{Call, Error, Plan, Query, Violations};
use statistics::{Effect, combined};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Edge, Place};
use crate::{
    evaluation_plan::EvaluationPlan,
    index::Participation,
    results::count,
    spending::{self, Ask, Command, Cost, Spending},
};

/// Ten million pounds.
const MOST_PENCE: i64 = 1_000_000_000;

#[tonic::async_trait]
impl ValueService for Edge {
    async fn record_cost(&self, request: Request<RecordCostRequest>) -> Result<Response<RecordCostResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = record(self, &call).await;
        self.commands.run(call, plan).await
    }

    async fn withdraw_cost(
        &self,
        request: Request<WithdrawCostRequest>,
    ) -> Result<Response<WithdrawCostResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = withdraw(self, &call);
        self.commands.run(call, plan).await
    }

    async fn get_value_for_money(
        &self,
        request: Request<GetValueForMoneyRequest>,
    ) -> Result<Response<GetValueForMoneyResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let value = show(self, &query).await?;
        Ok(Response::new(GetValueForMoneyResponse { value: Some(value) }))
    }
}

async fn record(edge: &Edge, call: &Call<RecordCostRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ActivityId>("activity_id", &message.activity_id),
        violations.optional_id("cost_id", &message.cost_id),
        violations.optional_id("urn", &message.urn),
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.choice("kind", message.kind),
        violations.number("pence", message.pence, 1..=MOST_PENCE),
        violations.date("on", &message.on),
    );
    let (activity, cost, urn, trust, kind, pence, on) = violations.all(parts)?;
    let (trust, urn) = edge.place(&call.actor, Place { urn, trust }, call.today()).await?;
    let cost = Cost {
        id: cost.unwrap_or_else(|| CostId(Uuid::now_v7())),
        urn,
        kind,
        pence,
        on,
    };
    let command = Command {
        trust,
        activity,
        ask: Ask::Record(cost),
    };
    Ok(Plan::of::<Spending>(spending::id_of(trust, activity), command))
}

fn withdraw(edge: &Edge, call: &Call<WithdrawCostRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ActivityId>("activity_id", &message.activity_id),
        violations.id::<CostId>("cost_id", &message.cost_id),
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
    );
    let (activity, cost, trust) = violations.all(parts)?;
    let trust = edge.trust(&call.actor, trust)?;
    let command = Command {
        trust,
        activity,
        ask: Ask::Withdraw { cost },
    };
    Ok(Plan::of::<Spending>(spending::id_of(trust, activity), command))
}

async fn show(edge: &Edge, query: &Query<GetValueForMoneyRequest>) -> Result<ValueForMoney, Error> {
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ActivityId>("activity_id", &query.message.activity_id),
        violations.optional_id::<TrustId>("trust_id", &query.message.trust_id),
    );
    let (activity, trust) = violations.all(parts)?;
    let trust = edge.trust(&query.actor, trust)?;
    let record = edge.vantage(&query.actor, Kind::Spending, trust, &[]);
    edge.authorise(&query.actor, Action::Read, &record).await?;
    let spending = edge.commands.load::<Spending>(spending::id_of(trust, activity)).await?;
    let spending = spending.map(|loaded| loaded.state).unwrap_or_default();
    let mut effects = Vec::new();
    for id in edge.index.evaluations_of(trust, activity.0).await? {
        effects.push(edge.commands.get::<EvaluationPlan>(id).await?.state.effects);
    }
    let participation = edge.index.participation(trust, activity).await?;
    Ok(value(activity, &spending, participation, &effects))
}

/// What it cost for what it brought. What is not shown to have an effect is not priced by it.
fn value(
    activity: ActivityId,
    spending: &Spending,
    participation: Participation,
    evaluations: &[Vec<EffectEstimated>],
) -> ValueForMoney {
    let pence = spending.pence();
    let per = |amount: f64| (pence > 0 && amount > 0.0).then(|| exact(pence) / amount);
    let per_participant = per(exact(participation.people));
    let mean = combined(
        &evaluations
            .iter()
            .filter_map(|effects| together(effects))
            .collect::<Vec<_>>(),
    );
    let demonstrated = mean.filter(|mean| mean.low > 0.0);
    let effects = || evaluations.iter().flatten();
    let cautions: BTreeSet<EffectCaution> = effects().flat_map(EffectEstimated::cautions).collect();
    let line = |cost: &api::evaluation::v1::CostRecorded| CostLine {
        cost_id: cost.cost_id.clone(),
        urn: cost.urn.clone(),
        kind: cost.kind,
        pence: cost.pence,
        on: cost.on.clone(),
    };
    ValueForMoney {
        activity_id: activity.into(),
        pence,
        costs: spending.costs.iter().map(line).collect(),
        participant_count: i32::try_from(participation.people).unwrap_or(i32::MAX),
        minutes: participation.minutes,
        pence_per_participant: per_participant,
        pence_per_hour: per(exact(participation.minutes) / 60.0),
        effect_count: count(effects().count()),
        g: mean.map(|mean| mean.g),
        low: mean.map(|mean| mean.low),
        high: mean.map(|mean| mean.high),
        demonstrated: demonstrated.is_some(),
        pence_per_participant_and_sd: per_participant.zip(demonstrated).map(|(pence, mean)| pence / mean.g),
        cautions: cautions.into_iter().map(i32::from).collect(),
    }
}

/// What one evaluation says: the mean over its outcomes, each at its latest point. They are of the same pupils, so
/// several make it no surer than one does (correlation 1: Borenstein et al. 2009, chapter 24, the cautious choice).
fn together(effects: &[EffectEstimated]) -> Option<Effect> {
    let is_latest = |effect: &&EffectEstimated| {
        let later = |other: &EffectEstimated| other.outcome == effect.outcome && other.point > effect.point;
        !effects.iter().any(later)
    };
    let latest: Vec<&EffectEstimated> = effects.iter().filter(is_latest).collect();
    let n = f64::from(count(latest.len()));
    let mean = |of: fn(&EffectEstimated) -> f64| latest.iter().map(|effect| of(effect)).sum::<f64>() / n;
    let (g, standard_error) = (mean(|effect| effect.g), mean(|effect| effect.standard_error));
    let one = Effect {
        d: g,
        g,
        standard_error,
        low: mean(|effect| effect.low),
        high: mean(|effect| effect.high),
    };
    (!latest.is_empty()).then_some(one)
}

/// Every amount of pence, people or minutes here is far below 2^53.
fn exact(number: i64) -> f64 {
    let high = i32::try_from(number >> 31).unwrap_or(i32::MAX);
    let low = u32::try_from(number & 0x7fff_ffff).unwrap_or_default();
    f64::from(high) * 2_147_483_648.0 + f64::from(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        for number in [0, 1, 60, 2_147_483_647, 2_147_483_648, 1_000_000_000_000] {
            assert_eq!(format!("{:.0}", exact(number)), number.to_string());
        }
    }

    fn spent(pence: i64) -> Spending {
        let mut spending = Spending::default();
        spending.costs.push(api::evaluation::v1::CostRecorded {
            pence,
            ..Default::default()
        });
        spending
    }

    fn estimated(g: f64, standard_error: f64) -> EffectEstimated {
        EffectEstimated {
            g,
            standard_error,
            low: g - 1.96 * standard_error,
            high: g + 1.96 * standard_error,
            ..EffectEstimated::default()
        }
    }

    #[test]
    fn costs_are_shared_by_people_hours_and_impact() {
        let participation = Participation {
            people: 20,
            minutes: 20 * 360,
        };
        let value = value(
            ActivityId::default(),
            &spent(240_000),
            participation,
            &[vec![estimated(0.4, 0.1)]],
        );
        assert_eq!(value.pence_per_participant, Some(12_000.0));
        assert_eq!(value.pence_per_hour, Some(2_000.0));
        assert!(value.demonstrated);
        assert!((value.pence_per_participant_and_sd.unwrap() - 30_000.0).abs() < 1e-6);
    }

    #[test]
    fn what_is_not_demonstrated_has_no_price() {
        let participation = Participation {
            people: 5,
            minutes: 300,
        };
        for effects in [vec![], vec![estimated(0.1, 0.2)], vec![estimated(-0.6, 0.1)]] {
            let value = value(ActivityId::default(), &spent(10_000), participation, &[effects]);
            assert!(!value.demonstrated);
            assert_eq!(value.pence_per_participant_and_sd, None);
        }
    }

    #[test]
    fn the_same_pupils_measured_twice_are_no_more_pupils() {
        let (mut soon, mut later) = (estimated(0.9, 0.1), estimated(0.4, 0.1));
        soon.point = 2;
        later.point = 3;
        let effect = together(&[soon, later]).unwrap();
        assert!((effect.g - 0.4).abs() < 1e-9, "the latest point counts");
        let (mut reading, mut writing) = (estimated(0.2, 0.1), estimated(0.4, 0.1));
        reading.outcome = "reading".into();
        writing.outcome = "writing".into();
        let effect = together(&[reading, writing]).unwrap();
        assert!((effect.g - 0.3).abs() < 1e-9 && (effect.standard_error - 0.1).abs() < 1e-9);
        assert_eq!(together(&[]), None);
    }

    #[test]
    fn without_a_denominator_there_is_no_rate() {
        let value = value(ActivityId::default(), &spent(10_000), Participation::default(), &[]);
        assert_eq!((value.pence_per_participant, value.pence_per_hour), (None, None));
    }
}

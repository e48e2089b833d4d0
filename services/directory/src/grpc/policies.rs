//! Policies.

use std::collections::BTreeSet;

use api::{
    common::v1::{Purpose, RoleGroup},
    directory::v1::{self as pb, Rules, policy_service_server::PolicyService},
    ids::{TrustId, Urn},
};
use identity::{Action, Record, access::Kind, policy::MonthDay};
use prost::Message as _;
use service::{Call, Error, Plan, Violations, parse::path};
use sha2::{Digest as _, Sha256};
use tonic::{Request, Response, Status};

use super::{Directory, date, optional_date, today, unknown};
use crate::policy::{Command, Policy, Setting, stream_id};

#[tonic::async_trait]
impl PolicyService for Directory {
    async fn set_policy(
        &self,
        request: Request<pb::SetPolicyRequest>,
    ) -> Result<Response<pb::SetPolicyResponse>, Status> {
        let call = self.commands.accept(request).await?;
        let plan = self.set_policy_plan(&call).await;
        self.commands.run(call, plan).await
    }

    async fn get_policy(
        &self,
        request: Request<pb::GetPolicyRequest>,
    ) -> Result<Response<pb::GetPolicyResponse>, Status> {
        let query = self.commands.gate().caller(request).await?;
        let mut violations = Violations::new();
        let trust = violations.id::<TrustId>("trust_id", &query.message.trust_id);
        let urn = violations.optional_id::<Urn>("urn", &query.message.urn);
        let on = optional_date(&mut violations, "on", &query.message.on);
        let (trust, urn, on) = violations.all((trust, urn, on))?;
        let record = Record::new(Kind::Policy, trust).at(urn);
        self.commands
            .gate()
            .authorise(&query.actor, Action::Read, &record)
            .await?;
        let roster = self.roster().await?;
        roster.trust(trust).await.map_err(Error::from)?;
        let policy = roster.policy_at(trust, urn, on.unwrap_or_else(today));
        let rules = policy.to_rules();
        let loaded = self.commands.load::<Policy>(stream_id(trust)).await?;
        Ok(Response::new(pb::GetPolicyResponse {
            digest: digest(&rules),
            rules: Some(rules),
            origin: policy.version.clone(),
            version: loaded.map_or(0, |loaded| loaded.version.0),
        }))
    }
}

impl Directory {
    async fn set_policy_plan(&self, call: &Call<pb::SetPolicyRequest>) -> Result<Plan, Error> {
        let mut violations = Violations::new();
        let trust = violations.id::<TrustId>("trust_id", &call.message.trust_id);
        let urn = violations.optional_id::<Urn>("urn", &call.message.urn);
        let from_on = date(&mut violations, "from_on", &call.message.from_on);
        let rules = violations.part("rules", call.message.rules.clone());
        if let Some(rules) = &rules {
            check(rules, &mut violations);
        }
        let (trust, urn, from_on, rules) = violations.all((trust, urn, from_on, rules))?;
        let roster = self.roster().await?;
        roster.trust(trust).await.map_err(|error| unknown("trust_id", error))?;
        let school = match urn {
            Some(urn) => Some(self.place("urn", urn, from_on).await?),
            None => None,
        };
        let standing = roster.policy_at(trust, urn, from_on).to_rules();
        let setting = Setting {
            trust,
            school,
            from_on,
            rules,
            standing,
        };
        Ok(Plan::of::<Policy>(stream_id(trust), Command::Set(Box::new(setting))))
    }
}

/// Names exactly these values: the first half of the SHA-256 of their canonical encoding.
fn digest(rules: &Rules) -> String {
    let digest = Sha256::digest(rules.encode_to_vec());
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Every value within what can be meant.
fn check(rules: &Rules, violations: &mut Violations) {
    let mut within = |name: &str, value: Option<i32>, bounds| {
        if let Some(value) = value {
            violations.number(&format!("rules.{name}"), value, bounds);
        }
    };
    within("observation_notice_days", rules.observation_notice_days, 0..=60);
    within("observation_cap_count", rules.observation_cap_count, 0..=50);
    within("observation_cap_minutes", rules.observation_cap_minutes, 0..=3_000);
    within("feedback_days", rules.feedback_days, 0..=60);
    within("follow_up_due_days", rules.follow_up_due_days, 1..=730);
    within("follow_up_lapse_days", rules.follow_up_lapse_days, 1..=1_095);
    within("objective_count_min", rules.objective_count_min, 0..=20);
    within("objective_count_max", rules.objective_count_max, 1..=20);
    // Below three, the others in a count can tell who the last one is.
    within("suppression_threshold", rules.suppression_threshold, 3..=100);
    within(
        "network_suppression_threshold",
        rules.network_suppression_threshold,
        3..=100,
    );
    within("stale_source_minutes", rules.stale_source_minutes, 1..=10_080);
    within("appeal_days", rules.appeal_days, 1..=365);
    within("booking_approval_pence", rules.booking_approval_pence, 0..=100_000_000);
    within("booking_approval_minutes", rules.booking_approval_minutes, 0..=100_000);
    // With one in a group there is no spread to speak of.
    within("effect_size_minimum", rules.effect_size_minimum, 2..=1_000);
    within("effect_size_caution", rules.effect_size_caution, 2..=1_000);
    within("practice_first_weeks", rules.practice_first_weeks, 6..=12);
    within("practice_second_weeks", rules.practice_second_weeks, 13..=104);
    within("coaching_load_max", rules.coaching_load_max, 1..=100);
    let days = [
        ("planning_due", &rules.planning_due),
        ("mid_year_due", &rules.mid_year_due),
        ("final_due", &rules.final_due),
    ];
    for (name, day) in days {
        let right = day.as_ref().is_none_or(|day| MonthDay::parse(day).is_some());
        violations.check(right, &format!("rules.{name}"), || {
            "is not a month and day such as --10-31".to_owned()
        });
    }
    if let Some(list) = &rules.purposes_reaching_appraisal {
        check_purposes(&list.purposes, violations);
    }
    check_entitlements(&rules.entitlements, violations);
}

/// A developmental record reaches appraisal by its person's promotion alone; a review of provision never does.
fn check_purposes(purposes: &[i32], violations: &mut Violations) {
    let field = "rules.purposes_reaching_appraisal.purposes";
    for (index, purpose) in purposes.iter().enumerate() {
        let at = path(field, index, "");
        match violations.choice::<Purpose>(&at, *purpose) {
            Some(Purpose::Developmental) => {
                violations.add(
                    at,
                    "developmental records reach appraisal only where their person promotes them",
                );
            }
            Some(Purpose::QualityAssurance) => violations.add(at, "reviews of provision never reach appraisal"),
            _ => {}
        }
        violations.check(!purposes[..index].contains(purpose), &path(field, index, ""), || {
            "is there twice".to_owned()
        });
    }
}

fn check_entitlements(entitlements: &[pb::Entitlement], violations: &mut Violations) {
    let mut seen = BTreeSet::new();
    for (index, entitlement) in entitlements.iter().enumerate() {
        let at = |name| path("rules.entitlements", index, name);
        violations.choice::<RoleGroup>(&at("role_group"), entitlement.role_group);
        violations.number(&at("hours"), entitlement.hours, 0..=400);
        violations.check(seen.insert(entitlement.role_group), &at("role_group"), || {
            "is there twice".to_owned()
        });
    }
}

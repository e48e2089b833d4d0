//! What each request asks an activity to do.

use api::{
    catalogue::v1::{
        Audience, Design, MandatoryRule, OfferingText, Openness, PublishActivityRequest, ReviseActivityRequest,
        WithdrawActivityRequest,
    },
    common::v1::{CareerStage, RoleGroup},
    ids::{ActivityId, NetworkId, PriorityId, ProviderId, TrustId, Urn},
};
use chrono::NaiveDate;
use reference::{Item, Reference, Set};
use service::{Call, Error, Plan, Violations, parse::SHORT_TEXT};
use uuid::Uuid;

use crate::{
    activity::{Activity, Command, Offer},
    grpc::{CAPACITY, CODE, Edge, LINKS, REASON, codes, free_text},
};

const DESCRIPTION: usize = 10_000;
const IMPACT: usize = 2_000;
const STATEMENT: usize = 500;
const STATEMENTS: usize = 20;
/// Role groups, or career stages.
const GROUPS: usize = 10;
/// A qualification of several years fits.
const MINUTES: i32 = 200_000;
const COST_PENCE: i64 = 10_000_000;
const WEEKS: i32 = 260;
const MONTHS: i32 = 120;

pub(super) async fn publish(edge: &Edge, call: &Call<PublishActivityRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let reference = edge.roster().read().reference().clone();
    let by_school = !message.urn.is_empty();
    let mut violations = Violations::new();
    let parts = (
        violations.optional_id("activity_id", &message.activity_id),
        violations.optional_id::<TrustId>("trust_id", &message.trust_id),
        violations.optional_id::<Urn>("urn", &message.urn),
        offer(&mut violations, message.offering.as_ref(), by_school, &reference),
    );
    let (id, trust, urn, offer) = violations.all(parts)?;
    let id = id.unwrap_or_else(|| ActivityId(Uuid::now_v7()));
    let (trust, urn) = edge.place(trust, urn, call.today()).await?;
    check_network(edge, offer.network, trust, call.today())?;
    Ok(Plan::of::<Activity>(id, Command::Publish { trust, urn, offer }))
}

pub(super) async fn revise(edge: &Edge, call: &Call<ReviseActivityRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let id = violations.id::<ActivityId>("activity_id", &message.activity_id);
    let (id,) = violations.all((id,))?;
    let activity = edge.commands.get::<Activity>(id).await?.state;
    let reference = edge.roster().read().reference().clone();
    let by_school = activity.urn.is_some();
    let mut violations = Violations::new();
    let offer = offer(&mut violations, message.offering.as_ref(), by_school, &reference);
    let (offer,) = violations.all((offer,))?;
    check_network(edge, offer.network, activity.trust, call.today())?;
    Ok(Plan::of::<Activity>(id, Command::Revise { offer }))
}

pub(super) fn withdraw(call: &Call<WithdrawActivityRequest>) -> Result<Plan, Error> {
    let message = &call.message;
    let mut violations = Violations::new();
    let parts = (
        violations.id::<ActivityId>("activity_id", &message.activity_id),
        violations.optional_date("on", &message.on),
        free_text(&mut violations, "reason", &message.reason, REASON),
    );
    let (id, on, reason) = violations.all(parts)?;
    let on = on.unwrap_or(call.today());
    Ok(Plan::of::<Activity>(id, Command::Withdraw { on, reason }))
}

/// A network that something is shown to is one that a school of the trust is in.
fn check_network(edge: &Edge, network: Option<NetworkId>, trust: TrustId, on: NaiveDate) -> Result<(), Error> {
    let Some(id) = network else { return Ok(()) };
    let register = edge.roster().read();
    let of_trust: Vec<Urn> = register.schools_of(trust).map(|school| school.urn).collect();
    let joined = register
        .network(id)
        .is_some_and(|network| network.schools_on(on).any(|urn| of_trust.contains(&urn)));
    if joined {
        return Ok(());
    }
    Err(Error::invalid(
        "offering.network_id",
        "no school of the trust is in this network: name one that it joined",
    ))
}

fn offer(
    violations: &mut Violations,
    text: Option<&OfferingText>,
    by_school: bool,
    reference: &Reference,
) -> Option<Offer> {
    let text = violations.part("offering", text)?;
    let title = violations.text("offering.title", &text.title, SHORT_TEXT);
    let kind = violations.choice("offering.kind", text.kind);
    let provider_kind = violations.choice("offering.provider_kind", text.provider_kind);
    let provider = violations.optional_id::<ProviderId>("offering.provider_id", &text.provider_id);
    let subject = free_text(violations, "offering.subject", &text.subject, CODE);
    let (role_groups, career_stages) = audience(violations, text.audience.clone().unwrap_or_default());
    let focus_areas = codes(violations, "offering.focus_areas", &text.focus_areas);
    let priorities = violations.ids::<PriorityId>("offering.priority_ids", &text.priority_ids, LINKS);
    let openness = violations.optional_choice::<Openness>("offering.openness", text.openness);
    let network = violations.optional_id::<NetworkId>("offering.network_id", &text.network_id);
    let minutes = violations.number("offering.minutes", text.minutes, 1..=MINUTES);
    let cost_pence = violations.number("offering.cost_pence", text.cost_pence, 0..=COST_PENCE);
    let capacity = violations.number("offering.capacity", text.capacity, 1..=CAPACITY);
    let design = design(violations, text.design.clone().unwrap_or_default(), reference);
    let mandatory = mandatory(violations, text.mandatory.as_ref(), reference);
    let description = free_text(violations, "offering.description", &text.description, DESCRIPTION);
    let intended_impact = free_text(violations, "offering.intended_impact", &text.intended_impact, IMPACT);
    let field = "offering.impact_statements";
    let impact_statements = violations.list(field, &text.impact_statements, STATEMENTS, |violations, path, text| {
        violations.text(path, text, STATEMENT)
    });
    let of_publisher = if by_school { Openness::School } else { Openness::Trust };
    Some(Offer {
        title: title?,
        kind: kind?,
        provider_kind: provider_kind?,
        provider: provider?,
        subject: subject?,
        role_groups: role_groups?,
        career_stages: career_stages?,
        focus_areas: focus_areas?,
        priorities: priorities?,
        openness: openness?.unwrap_or(of_publisher),
        network: network?,
        minutes: minutes?,
        cost_pence: cost_pence?,
        capacity: capacity?,
        design: design?,
        mandatory: mandatory?,
        description: description?,
        intended_impact: intended_impact?,
        impact_statements: impact_statements?,
    })
}

fn audience(
    violations: &mut Violations,
    Audience {
        role_groups,
        career_stages,
    }: Audience,
) -> (Option<Vec<RoleGroup>>, Option<Vec<CareerStage>>) {
    let field = "offering.audience.role_groups";
    let groups = violations.list(field, &role_groups, GROUPS, |violations, path, group| {
        violations.choice(path, *group)
    });
    let field = "offering.audience.career_stages";
    let stages = violations.list(field, &career_stages, GROUPS, |violations, path, stage| {
        violations.choice(path, *stage)
    });
    (groups, stages)
}

fn design(violations: &mut Violations, design: Design, reference: &Reference) -> Option<Design> {
    let weeks = violations.number("offering.design.weeks", design.weeks, 0..=WEEKS);
    let field = "offering.design.classroom_minutes";
    let classroom_minutes = violations.number(field, design.classroom_minutes, 0..=MINUTES);
    let known = reference.edition(Set::Mechanisms);
    let mechanisms = violations.codes("offering.design.mechanisms", &design.mechanisms, &known);
    Some(Design {
        weeks: weeks?,
        classroom_minutes: classroom_minutes?,
        mechanisms: mechanisms?,
        ..design
    })
}

/// The item's own period of renewal holds where none is said.
fn mandatory(
    violations: &mut Violations,
    rule: Option<&MandatoryRule>,
    reference: &Reference,
) -> Option<Option<MandatoryRule>> {
    let Some(rule) = rule else { return Some(None) };
    let known = reference.edition(Set::MandatoryTraining);
    let item = violations.code("offering.mandatory.item", &rule.item, &known);
    let field = "offering.mandatory.renewal_months";
    let months = violations.number(field, rule.renewal_months, 0..=MONTHS);
    let (item, months) = (item?, months?);
    let renewal_months = match months {
        0 => renewal_months(known.item(&item)),
        months => months,
    };
    Some(Some(MandatoryRule { item, renewal_months }))
}

/// Months after which an item is due again; 0 if it never expires.
pub(in crate::grpc) fn renewal_months(item: Option<&Item>) -> i32 {
    let months = item.and_then(Item::months).unwrap_or_default();
    i32::try_from(months).unwrap_or(MONTHS)
}

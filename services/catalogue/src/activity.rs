//! An activity: something that develops people, and what it says of itself.
//!
//! published ──► revised, any number of times ──► withdrawn
//!
//! What pupils are meant to gain is stated from the start; only mandatory training and what serves a discrete process do
//! without. Its design profile ([`design`]) is computed from what its organiser states, and forbids nothing.

pub mod design;
mod rejection;
#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        ActivityEvent, ActivityKind, ActivityPublished, ActivityRevised, ActivityWithdrawn, Audience, Design,
        MandatoryRule, Offering, Openness, ProviderKind, activity_event::Event,
    },
    common::v1::{CareerStage, Purpose, RoleGroup, Sealed},
    ids::{NetworkId, PriorityId, ProviderId, TrustId, Urn},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;
use service::recorded;

pub use self::rejection::Rejection;

/// What became of an activity so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Activity {
    pub trust: TrustId,
    /// The school that publishes it; absent for the whole trust.
    pub urn: Option<Urn>,
    /// What it says of itself; absent before it was published.
    pub offering: Option<Offering>,
    pub withdrawn_on: Option<NaiveDate>,
    pub withdrawn_reason: Option<Sealed>,
}

/// What can be asked of an activity.
#[derive(Clone, Debug)]
pub enum Command {
    Publish {
        trust: TrustId,
        urn: Option<Urn>,
        offer: Offer,
    },
    Revise {
        offer: Offer,
    },
    Withdraw {
        on: NaiveDate,
        reason: String,
    },
}

/// What an activity is to say of itself.
#[derive(Clone, Debug)]
pub struct Offer {
    pub title: String,
    pub kind: ActivityKind,
    pub provider_kind: ProviderKind,
    pub provider: Option<ProviderId>,
    /// Empty if generic.
    pub subject: String,
    pub role_groups: Vec<RoleGroup>,
    pub career_stages: Vec<CareerStage>,
    pub focus_areas: Vec<String>,
    pub priorities: Vec<PriorityId>,
    pub openness: Openness,
    /// Only where it is shown to one.
    pub network: Option<NetworkId>,
    pub minutes: i32,
    pub cost_pence: i64,
    pub capacity: i32,
    pub design: Design,
    /// Only for mandatory training.
    pub mandatory: Option<MandatoryRule>,
    pub description: String,
    pub intended_impact: String,
    pub impact_statements: Vec<String>,
}

impl Aggregate for Activity {
    type Event = ActivityEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<ActivityEvent>, Rejection> {
        match command {
            Command::Publish { trust, urn, offer } => self.publish(trust, urn, offer),
            Command::Revise { offer } => self.revise(offer),
            Command::Withdraw { on, reason } => self.withdraw(on, reason, context),
        }
    }

    fn evolve(&mut self, event: &ActivityEvent) {
        match &event.event {
            Some(Event::Published(published)) => {
                self.trust = recorded::id(&published.trust_id);
                self.urn = recorded::optional_urn(&published.urn);
                self.offering.clone_from(&published.offering);
            }
            Some(Event::Revised(revised)) => self.offering.clone_from(&revised.offering),
            Some(Event::Withdrawn(withdrawn)) => {
                self.withdrawn_on = Some(recorded::date(&withdrawn.on));
                self.withdrawn_reason.clone_from(&withdrawn.reason);
            }
            None => {}
        }
    }
}

impl Activity {
    fn publish(&self, trust: TrustId, urn: Option<Urn>, offer: Offer) -> Result<Vec<ActivityEvent>, Rejection> {
        if self.offering.is_some() {
            return Err(Rejection::PublishedAlready);
        }
        offer.must_hold_together(urn)?;
        let published = ActivityPublished {
            trust_id: trust.to_string(),
            urn: recorded::text_of(urn),
            offering: Some(offer.recorded(trust)),
        };
        Ok(vec![published.into()])
    }

    fn revise(&self, offer: Offer) -> Result<Vec<ActivityEvent>, Rejection> {
        self.must_be_on_offer()?;
        offer.must_hold_together(self.urn)?;
        let offering = Some(offer.recorded(self.trust));
        Ok(vec![ActivityRevised { offering }.into()])
    }

    fn withdraw(&self, on: NaiveDate, reason: String, context: &Context) -> Result<Vec<ActivityEvent>, Rejection> {
        self.must_be_on_offer()?;
        let today = context.today();
        if on > today {
            return Err(Rejection::InTheFuture { today });
        }
        let withdrawn = ActivityWithdrawn {
            on: on.to_string(),
            reason: sealed(self.trust, reason),
        };
        Ok(vec![withdrawn.into()])
    }

    fn must_be_on_offer(&self) -> Result<(), Rejection> {
        match self.withdrawn_on {
            Some(on) => Err(Rejection::Withdrawn { on }),
            None => Ok(()),
        }
    }

    /// What is recorded about who takes part is developmental, unless they must.
    pub fn purpose(&self) -> Purpose {
        let mandatory = self
            .offering
            .as_ref()
            .is_some_and(|offering| offering.mandatory.is_some());
        if mandatory {
            Purpose::Statutory
        } else {
            Purpose::Developmental
        }
    }
}

impl Offer {
    fn must_hold_together(&self, urn: Option<Urn>) -> Result<(), Rejection> {
        let is_mandatory = self.kind == ActivityKind::MandatoryTraining;
        if is_mandatory && self.mandatory.is_none() {
            return Err(Rejection::MandatoryWithoutItem);
        }
        if !is_mandatory && self.mandatory.is_some() {
            return Err(Rejection::ItemWithoutMandatory);
        }
        if self.intended_impact.is_empty() && !is_mandatory && !self.design.discrete_process {
            return Err(Rejection::NoIntendedImpact);
        }
        if self.design.classroom_minutes > self.minutes {
            return Err(Rejection::MoreInClassroomsThanInAll { minutes: self.minutes });
        }
        match self.openness {
            Openness::School if urn.is_none() => Err(Rejection::OpenToWhichSchool),
            Openness::Network if self.network.is_none() => Err(Rejection::OpenToWhichNetwork),
            Openness::School | Openness::Trust if self.network.is_some() => Err(Rejection::NotOpenToNetwork),
            _ => Ok(()),
        }
    }

    fn recorded(self, trust: TrustId) -> Offering {
        let audience = Audience {
            role_groups: self.role_groups.into_iter().map(Into::into).collect(),
            career_stages: self.career_stages.into_iter().map(Into::into).collect(),
        };
        Offering {
            title: self.title,
            kind: self.kind.into(),
            provider_kind: self.provider_kind.into(),
            provider_id: recorded::text_of(self.provider),
            subject: self.subject,
            audience: Some(audience).filter(|audience| *audience != Audience::default()),
            focus_areas: self.focus_areas,
            priority_ids: recorded::texts(&self.priorities),
            openness: self.openness.into(),
            network_id: recorded::text_of(self.network),
            minutes: self.minutes,
            cost_pence: self.cost_pence,
            capacity: self.capacity,
            design: Some(self.design),
            mandatory: self.mandatory,
            description: sealed(trust, self.description),
            intended_impact: sealed(trust, self.intended_impact),
            impact_statements: self
                .impact_statements
                .into_iter()
                .map(|statement| Sealed::about(trust, statement))
                .collect(),
        }
    }
}

/// Whether somebody is among those whom something is for. A list that is empty, or no list, means everybody.
pub fn is_for(audience: Option<&Audience>, role_group: RoleGroup, career_stage: CareerStage) -> bool {
    audience.is_none_or(|audience| {
        let (groups, stages) = (&audience.role_groups, &audience.career_stages);
        (groups.is_empty() || groups.contains(&role_group.into()))
            && (stages.is_empty() || stages.contains(&career_stage.into()))
    })
}

/// Text under the trust's key, if there is any.
pub(crate) fn sealed(trust: TrustId, text: String) -> Option<Sealed> {
    (!text.is_empty()).then(|| Sealed::about(trust, text))
}

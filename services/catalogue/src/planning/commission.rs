//! A commission: development that the catalogue lacks, ordered from a provider or an expert.
//!
//! offered ──► accepted ──► delivered
//!    │            └──► declined · cancelled
//!    └──► declined · cancelled
//!
//! It exists to meet needs: they are marked together with it, and open again if it falls.

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        CommissionAccepted, CommissionCancelled, CommissionDeclined, CommissionDelivered, CommissionEvent,
        CommissionOffered, CommissionState, commission_event::Event,
    },
    ids::{ActivityId, ExpertiseId, NeedId, PersonId, ProviderId, Urn},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::{
    Guarded,
    recorded::{self, text_of},
};

use super::{Place, rejections::rejections};

/// What became of a commission so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commission {
    /// Absent before it was offered.
    pub offered: Option<CommissionOffered>,
    pub place: Place,
    pub expert: Option<PersonId>,
    pub needs: Vec<NeedId>,
    pub state: CommissionState,
    pub state_on: NaiveDate,
    pub delivered: Option<CommissionDelivered>,
}

/// What can be asked of a commission.
#[derive(Clone, Debug)]
pub enum Command {
    Offer(Offer),
    Accept,
    Decline,
    Deliver {
        on: NaiveDate,
        activity: Option<ActivityId>,
        cost_pence: i64,
    },
    Cancel {
        reason: String,
    },
}

/// Offers a commission.
#[derive(Clone, Debug)]
pub struct Offer {
    pub place: Place,
    /// The schools that it is for.
    pub urns: Vec<Urn>,
    pub needs: Vec<NeedId>,
    pub provider: Option<ProviderId>,
    /// The entry of the register, and who stands behind it.
    pub expertise: Option<(ExpertiseId, PersonId)>,
    pub title: String,
    pub focus_areas: Vec<String>,
    pub cost_pence: i64,
    pub by_on: NaiveDate,
    pub brief: String,
}

rejections! {
    /// Why a commission refused a command.
    "COMMISSION_OFFERED_ALREADY" AlreadyOffered = "this commission was offered already";
    "COMMISSION_WITHOUT_NEED" ("need_ids") WithoutNeed =
        "a commission meets a need: name at least one, or open it first";
    "COMMISSION_FROM_NOBODY" ("provider_id") FromNobody = "say which provider or which expert it is ordered from";
    "COMMISSION_FROM_TWO" ("expertise_id") FromTwo = "order it from a provider or from an expert, not from both";
    "COMMISSION_FOR_NO_SCHOOL" ("urns") ForNoSchool = "name the schools of the cluster that it is for";
    "COMMISSION_IN_THE_PAST" ("by_on") InThePast { today: NaiveDate } =
        "a commission is for a day to come: today is {today}";
    "COMMISSION_NOT_OFFERED" NotOffered = "this commission was answered already";
    "COMMISSION_NOT_ACCEPTED" NotAccepted = "it has to be accepted before it is delivered";
    "COMMISSION_OVER" Over { since: NaiveDate } = "this commission is over since {since}: offer another";
    "DELIVERED_BEFORE_ACCEPTED" ("on") DeliveredBeforeAccepted { accepted_on: NaiveDate } =
        "it was accepted on {accepted_on}: it cannot be delivered before";
    "IN_THE_FUTURE" ("on") InTheFuture { today: NaiveDate } =
        "a day in the future cannot be recorded: today is {today}";
}

impl Aggregate for Commission {
    type Event = CommissionEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<CommissionEvent>, Rejection> {
        match command {
            Command::Offer(offer) => self.offer(offer, context),
            Command::Accept => self.accept(context),
            Command::Decline => self.decline(context),
            Command::Deliver {
                on,
                activity,
                cost_pence,
            } => self.deliver(on, activity, cost_pence, context),
            Command::Cancel { reason } => self.cancel(reason, context),
        }
    }

    fn evolve(&mut self, event: &CommissionEvent) {
        let (state, on) = match &event.event {
            Some(Event::Offered(offered)) => {
                self.place = Place::recorded(&offered.trust_id, &offered.urn);
                self.expert = recorded::optional_id(&offered.expert_id);
                self.needs = offered.need_ids.iter().map(|id| recorded::id(id)).collect();
                self.offered = Some(offered.clone());
                (CommissionState::Offered, &offered.on)
            }
            Some(Event::Accepted(accepted)) => (CommissionState::Accepted, &accepted.on),
            Some(Event::Declined(declined)) => (CommissionState::Declined, &declined.on),
            Some(Event::Delivered(delivered)) => {
                self.delivered = Some(delivered.clone());
                (CommissionState::Delivered, &delivered.on)
            }
            Some(Event::Cancelled(cancelled)) => (CommissionState::Cancelled, &cancelled.on),
            None => return,
        };
        self.state = state;
        self.state_on = recorded::date(on);
    }
}

impl Commission {
    fn offer(&self, offer: Offer, context: &Context) -> Result<Vec<CommissionEvent>, Rejection> {
        if self.offered.is_some() {
            return Err(Rejection::AlreadyOffered);
        }
        if offer.needs.is_empty() {
            return Err(Rejection::WithoutNeed);
        }
        match (offer.provider, offer.expertise) {
            (None, None) => return Err(Rejection::FromNobody),
            (Some(_), Some(_)) => return Err(Rejection::FromTwo),
            _ => {}
        }
        if offer.urns.is_empty() {
            return Err(Rejection::ForNoSchool);
        }
        if offer.by_on < context.today() {
            return Err(Rejection::InThePast { today: context.today() });
        }
        let Offer { place, expertise, .. } = offer;
        let offered = CommissionOffered {
            trust_id: place.trust.into(),
            urn: place.urn_text(),
            urns: offer.urns.into_iter().map(String::from).collect(),
            need_ids: offer.needs.into_iter().map(String::from).collect(),
            provider_id: text_of(offer.provider),
            expertise_id: text_of(expertise.map(|(entry, _)| entry)),
            expert_id: text_of(expertise.map(|(_, expert)| expert)),
            title: offer.title,
            focus_areas: offer.focus_areas,
            cost_pence: offer.cost_pence,
            by_on: offer.by_on.to_string(),
            brief: place.sealed(offer.brief),
            on: context.today().to_string(),
        };
        Ok(vec![offered.into()])
    }

    fn accept(&self, context: &Context) -> Result<Vec<CommissionEvent>, Rejection> {
        self.must_go_on()?;
        if self.state != CommissionState::Offered {
            return Err(Rejection::NotOffered);
        }
        let on = context.today().to_string();
        Ok(vec![CommissionAccepted { on }.into()])
    }

    /// Also after it was accepted: what cannot be done is better said late than never.
    fn decline(&self, context: &Context) -> Result<Vec<CommissionEvent>, Rejection> {
        self.must_go_on()?;
        let on = context.today().to_string();
        Ok(vec![CommissionDeclined { on }.into()])
    }

    fn deliver(
        &self,
        on: NaiveDate,
        activity: Option<ActivityId>,
        cost_pence: i64,
        context: &Context,
    ) -> Result<Vec<CommissionEvent>, Rejection> {
        self.must_go_on()?;
        if self.state != CommissionState::Accepted {
            return Err(Rejection::NotAccepted);
        }
        if on > context.today() {
            return Err(Rejection::InTheFuture { today: context.today() });
        }
        if on < self.state_on {
            return Err(Rejection::DeliveredBeforeAccepted {
                accepted_on: self.state_on,
            });
        }
        let delivered = CommissionDelivered {
            on: on.to_string(),
            activity_id: text_of(activity),
            cost_pence,
        };
        Ok(vec![delivered.into()])
    }

    fn cancel(&self, reason: String, context: &Context) -> Result<Vec<CommissionEvent>, Rejection> {
        self.must_go_on()?;
        let cancelled = CommissionCancelled {
            on: context.today().to_string(),
            reason: self.place.sealed(reason),
        };
        Ok(vec![cancelled.into()])
    }

    /// As access depends on it: the expert has access by name.
    pub(crate) fn as_record(&self) -> Record {
        self.place.record(Kind::Commission).granted_to(self.expert)
    }

    fn must_go_on(&self) -> Result<(), Rejection> {
        match self.state {
            CommissionState::Declined | CommissionState::Delivered | CommissionState::Cancelled => {
                Err(Rejection::Over { since: self.state_on })
            }
            _ => Ok(()),
        }
    }
}

impl Guarded for Commission {
    const NAME: &'static str = "commission";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Offer(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        let action = match command {
            Command::Offer(offer) if self.offered.is_none() => {
                return (Action::OfferCommission, offer.place.record(Kind::Commission));
            }
            Command::Offer(_) => Action::OfferCommission,
            Command::Accept => Action::AcceptCommission,
            Command::Decline => Action::DeclineCommission,
            Command::Deliver { .. } => Action::DeliverCommission,
            Command::Cancel { .. } => Action::CancelCommission,
        };
        (action, self.as_record())
    }
}

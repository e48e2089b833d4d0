//! A recommendation on pay that follows from an appraisal: a record of its own, seen by those alone who were given
//! leave by name. It exists only where policy turns it on.
//!
//! access granted ◄──► revoked, by name
//! recommended (again, until it is decided) ──► decided

mod guard;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use api::{
    appraisal::v1::{self as pb, pay_recommendation_event::Event},
    common::v1::Sealed,
    ids::{AppraisalId, PersonId, TrustId, Urn, derived},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;
use service::Reject;
use uuid::Uuid;

/// A recommendation on pay as its events left it. Its text is sealed.
#[derive(Clone, Debug, Default)]
pub struct PayRecommendation {
    /// Who may see and write it.
    pub granted_to: BTreeSet<PersonId>,
    /// What was recommended last.
    pub recommended: Option<pb::PayRecommended>,
    /// What was decided.
    pub decided: Option<pb::PayDecided>,
}

/// What can be asked of a recommendation on pay.
#[derive(Clone)]
pub struct Command {
    /// The appraisal that it follows from.
    pub appraisal: AppraisalFacts,
    /// What is asked.
    pub ask: Ask,
}

/// An appraisal, as far as a recommendation depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AppraisalFacts {
    /// The appraisal.
    pub appraisal_id: AppraisalId,
    /// Whose tenant it is.
    pub trust_id: TrustId,
    /// Its school; absent for the trust's central team.
    pub urn: Option<Urn>,
    /// Whose pay.
    pub appraisee_id: PersonId,
    /// When it was concluded, if it is.
    pub concluded_on: Option<NaiveDate>,
}

/// What is asked of a recommendation on pay.
#[derive(Clone)]
pub enum Ask {
    /// Give somebody leave to see and write it.
    GrantAccess { person_id: PersonId },
    /// Take that leave away.
    RevokeAccess { person_id: PersonId },
    /// Recommend.
    Recommend {
        on: NaiveDate,
        progress: bool,
        rationale: Option<String>,
    },
    /// Record what was decided.
    Decide { on: NaiveDate, approved: bool },
}

/// Why a recommendation on pay refuses a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("this trust records no recommendations on pay: its policy does not turn them on")]
    TurnedOff,
    #[error("only those given leave by name can do this")]
    NotGranted,
    #[error("this person has no leave that could be taken away")]
    NothingToRevoke,
    #[error("nobody recommends or decides on their own pay")]
    OwnPay,
    #[error("the appraisal must be concluded first")]
    NotConcluded,
    #[error("nothing was recommended yet")]
    NotRecommended,
    #[error("it was decided on {on}")]
    AlreadyDecided { on: NaiveDate },
    #[error("somebody other than the one who recommended decides")]
    DeciderRecommended,
    #[error("{on} is still to come: record it when it has happened")]
    InTheFuture { on: NaiveDate },
    #[error("{on} is before {what} ({earliest})")]
    TooEarly {
        on: NaiveDate,
        what: &'static str,
        earliest: NaiveDate,
    },
}

impl Reject for Rejection {
    fn reason(&self) -> &'static str {
        match self {
            Self::TurnedOff => "PAY_RECOMMENDATIONS_TURNED_OFF",
            Self::NotGranted => "PAY_ACCESS_NOT_GRANTED",
            Self::NothingToRevoke => "PAY_ACCESS_NOTHING_TO_REVOKE",
            Self::OwnPay => "OWN_PAY",
            Self::NotConcluded => "APPRAISAL_NOT_CONCLUDED",
            Self::NotRecommended => "PAY_NOT_RECOMMENDED",
            Self::AlreadyDecided { .. } => "PAY_ALREADY_DECIDED",
            Self::DeciderRecommended => "PAY_DECIDER_RECOMMENDED",
            Self::InTheFuture { .. } => "DATE_IN_THE_FUTURE",
            Self::TooEarly { .. } => "DATE_TOO_EARLY",
        }
    }

    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NothingToRevoke => Some("person_id"),
            Self::InTheFuture { .. } | Self::TooEarly { .. } => Some("on"),
            _ => None,
        }
    }
}

/// The stream of an appraisal's recommendation.
pub fn id_of(appraisal_id: AppraisalId) -> Uuid {
    derived("pay_recommendation", &appraisal_id.to_string())
}

type Events = Result<Vec<pb::PayRecommendationEvent>, Rejection>;

impl Aggregate for PayRecommendation {
    type Event = pb::PayRecommendationEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, ctx: &Context) -> Events {
        if !ctx.policy.pay_recommendations_enabled {
            return Err(Rejection::TurnedOff);
        }
        let Command { appraisal, ask } = command;
        match ask {
            Ask::GrantAccess { person_id } => self.grant_access(appraisal, person_id),
            Ask::RevokeAccess { person_id } => self.revoke_access(person_id),
            Ask::Recommend {
                on,
                progress,
                rationale,
            } => self.recommend(appraisal, on, progress, rationale, ctx),
            Ask::Decide { on, approved } => self.decide_pay(appraisal, on, approved, ctx),
        }
    }

    fn evolve(&mut self, event: &Self::Event) {
        match &event.event {
            Some(Event::AccessGranted(granted)) => self.granted_to.extend(granted.person_id.parse::<PersonId>()),
            Some(Event::AccessRevoked(revoked)) => self.granted_to.retain(|id| id.to_string() != revoked.person_id),
            Some(Event::Recommended(recommended)) => self.recommended = Some(recommended.clone()),
            Some(Event::Decided(decided)) => self.decided = Some(decided.clone()),
            None => {}
        }
    }
}

impl PayRecommendation {
    fn grant_access(&self, appraisal: AppraisalFacts, person_id: PersonId) -> Events {
        if self.granted_to.contains(&person_id) {
            return Ok(Vec::new());
        }
        let granted = pb::PayAccessGranted {
            appraisal_id: appraisal.appraisal_id.to_string(),
            person_id: person_id.to_string(),
        };
        Ok(vec![granted.into()])
    }

    fn revoke_access(&self, person_id: PersonId) -> Events {
        if !self.granted_to.contains(&person_id) {
            return Err(Rejection::NothingToRevoke);
        }
        Ok(vec![
            pb::PayAccessRevoked {
                person_id: person_id.to_string(),
            }
            .into(),
        ])
    }

    fn recommend(
        &self,
        appraisal: AppraisalFacts,
        on: NaiveDate,
        progress: bool,
        rationale: Option<String>,
        ctx: &Context,
    ) -> Events {
        let recommender = self.must_be_granted(appraisal, ctx)?;
        self.must_be_undecided()?;
        let concluded_on = appraisal.concluded_on.ok_or(Rejection::NotConcluded)?;
        must_lie_between(on, "the conclusion", concluded_on, ctx)?;
        let recommended = pb::PayRecommended {
            appraisal_id: appraisal.appraisal_id.to_string(),
            appraisee_id: appraisal.appraisee_id.to_string(),
            on: on.to_string(),
            progress,
            rationale: rationale.map(|text| Sealed::about(appraisal.appraisee_id, text)),
            recommended_by_id: recommender.to_string(),
        };
        Ok(vec![recommended.into()])
    }

    fn decide_pay(&self, appraisal: AppraisalFacts, on: NaiveDate, approved: bool, ctx: &Context) -> Events {
        let decider = self.must_be_granted(appraisal, ctx)?;
        self.must_be_undecided()?;
        let recommended = self.recommended.as_ref().ok_or(Rejection::NotRecommended)?;
        if recommended.recommended_by_id == decider.to_string() {
            return Err(Rejection::DeciderRecommended);
        }
        must_lie_between(
            on,
            "the recommendation",
            recommended.on.parse().unwrap_or_default(),
            ctx,
        )?;
        Ok(vec![
            pb::PayDecided {
                on: on.to_string(),
                approved,
            }
            .into(),
        ])
    }

    fn must_be_granted(&self, appraisal: AppraisalFacts, ctx: &Context) -> Result<PersonId, Rejection> {
        let person = ctx
            .actor
            .acting_person()
            .filter(|person| self.granted_to.contains(person));
        let person = person.ok_or(Rejection::NotGranted)?;
        if person == appraisal.appraisee_id {
            Err(Rejection::OwnPay)
        } else {
            Ok(person)
        }
    }

    fn must_be_undecided(&self) -> Result<(), Rejection> {
        match &self.decided {
            Some(decided) => Err(Rejection::AlreadyDecided {
                on: decided.on.parse().unwrap_or_default(),
            }),
            None => Ok(()),
        }
    }
}

fn must_lie_between(on: NaiveDate, what: &'static str, earliest: NaiveDate, ctx: &Context) -> Result<(), Rejection> {
    if on > ctx.today() {
        return Err(Rejection::InTheFuture { on });
    }
    if on < earliest {
        Err(Rejection::TooEarly { on, what, earliest })
    } else {
        Ok(())
    }
}

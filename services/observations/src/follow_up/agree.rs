//! Agreeing: both sides say what each will do, and by when.

use api::{
    common::v1::{Purpose, RoleGroup, Sealed, SupportKind},
    ids::{ActivityId, LearningWalkId, ObservationId, PersonId, PriorityId, PromiseId, TrustId, Urn},
    observations::v1::{FollowUpAgreed, FollowUpEvent, Promise},
};
use chrono::{Days, NaiveDate};
use identity::{Context, policy::cycle_of};

use super::{FollowUp, Promised, Rejection, Standing, each_once};
use crate::recorded;

/// What was agreed.
#[derive(Clone, Debug)]
pub struct Agree {
    pub origin: Origin,
    pub trust: TrustId,
    pub urn: Urn,
    /// Who owes the action.
    pub person: PersonId,
    /// The person's on that day.
    pub role_group: RoleGroup,
    /// Who owes the support; whoever looked, unless somebody else is named.
    pub owner: Option<PersonId>,
    pub focus_areas: Vec<String>,
    pub action: String,
    pub promises: Vec<PromisedSupport>,
    pub agreed_on: NaiveDate,
    /// Absent for the policy's.
    pub due_on: Option<NaiveDate>,
    pub priority: Option<PriorityId>,
}

/// What a follow-up comes from, as it is recorded.
#[derive(Clone, Debug)]
pub enum Origin {
    Observation {
        id: ObservationId,
        observee: PersonId,
        observers: Vec<PersonId>,
        purpose: Purpose,
        /// Absent if it did not take place.
        conducted_on: Option<NaiveDate>,
    },
    /// A finding names nobody: somebody takes it on for themselves.
    LearningWalk {
        id: LearningWalkId,
        lead: PersonId,
        on: NaiveDate,
        has_findings: bool,
    },
}

/// Support that the school promises.
#[derive(Clone, Debug)]
pub struct PromisedSupport {
    pub id: PromiseId,
    pub kind: SupportKind,
    pub detail: String,
    pub activity: Option<ActivityId>,
}

impl Origin {
    /// That of the observation; what comes of a walk is for the person's growth.
    pub fn purpose(&self) -> Purpose {
        match self {
            Self::Observation { purpose, .. } => *purpose,
            Self::LearningWalk { .. } => Purpose::Developmental,
        }
    }

    /// Who looked.
    pub fn observers(&self) -> &[PersonId] {
        match self {
            Self::Observation { observers, .. } => observers,
            Self::LearningWalk { .. } => &[],
        }
    }

    /// Who looked first, or led the walk.
    fn first_owner(&self) -> Option<PersonId> {
        match self {
            Self::Observation { observers, .. } => observers.first().copied(),
            Self::LearningWalk { lead, .. } => Some(*lead),
        }
    }
}

impl FollowUp {
    pub(super) fn agree(&self, agree: Agree, context: &Context) -> Result<Vec<FollowUpEvent>, Rejection> {
        if self.standing != Standing::Unknown {
            return Err(Rejection::AgreedAlready);
        }
        let seen_on = must_have_been_seen(&agree, context)?;
        if agree.focus_areas.is_empty() {
            return Err(Rejection::NoFocusArea);
        }
        if agree.agreed_on < seen_on {
            return Err(Rejection::AgreedBeforeSeen { seen_on });
        }
        if agree.agreed_on > context.today() {
            return Err(Rejection::AgreedInTheFuture { today: context.today() });
        }
        let due_on = agree.due_on.unwrap_or_else(|| default_due(agree.agreed_on, context));
        if due_on < seen_on {
            return Err(Rejection::DueBeforeSeen { due_on, seen_on });
        }
        if due_on <= agree.agreed_on {
            return Err(Rejection::DueNotAfterAgreed {
                agreed_on: agree.agreed_on,
            });
        }
        let owner = agree.owner.or(agree.origin.first_owner());
        if owner == Some(agree.person) && !agree.promises.is_empty() {
            return Err(Rejection::OwnerIsPerson);
        }
        Ok(vec![recorded(agree, owner, due_on).into()])
    }

    pub(super) fn on_agreed(&mut self, agreed: &FollowUpAgreed) {
        self.standing = Standing::Agreed;
        self.observation = recorded::optional_id(&agreed.observation_id);
        self.learning_walk = recorded::optional_id(&agreed.learning_walk_id);
        self.observers = agreed.observer_ids.iter().map(|id| recorded::id(id)).collect();
        self.trust = recorded::id(&agreed.trust_id);
        self.urn = recorded::urn(&agreed.urn);
        self.person = recorded::id(&agreed.person_id);
        self.owner = recorded::optional_id(&agreed.owner_id);
        self.role_group = agreed.role_group();
        self.purpose = agreed.purpose();
        self.focus_areas = agreed.focus_areas.clone();
        self.action = agreed.action.clone();
        let promised = |promise: &Promise| Promised {
            id: recorded::id(&promise.promise_id),
            promise: promise.clone(),
            provided_on: None,
        };
        self.promises = agreed.promises.iter().map(promised).collect();
        self.agreed_on = recorded::date(&agreed.agreed_on);
        self.due_on = recorded::date(&agreed.due_on);
        self.cycle = cycle_of(self.agreed_on);
        self.priority = recorded::optional_id(&agreed.priority_id);
    }
}

/// The day on which practice was seen, if it was, and if it was this person's.
fn must_have_been_seen(agree: &Agree, context: &Context) -> Result<NaiveDate, Rejection> {
    match &agree.origin {
        Origin::Observation {
            observee, conducted_on, ..
        } => {
            let Some(conducted_on) = conducted_on else {
                return Err(Rejection::ObservationNotConducted);
            };
            if *observee != agree.person {
                return Err(Rejection::PersonIsNotObservee);
            }
            Ok(*conducted_on)
        }
        Origin::LearningWalk {
            has_findings: false, ..
        } => Err(Rejection::WalkWithoutFindings),
        // Nobody else may, not even on the person's behalf.
        Origin::LearningWalk { .. } if context.actor.person_id() != Some(agree.person) => {
            Err(Rejection::NotVolunteered)
        }
        Origin::LearningWalk { on, .. } => Ok(*on),
    }
}

fn default_due(agreed_on: NaiveDate, context: &Context) -> NaiveDate {
    agreed_on + Days::new(u64::from(context.policy.follow_up_due_days.max(1)))
}

fn recorded(agree: Agree, owner: Option<PersonId>, due_on: NaiveDate) -> FollowUpAgreed {
    let person = agree.person;
    let purpose = agree.origin.purpose();
    let observer_ids = agree.origin.observers().iter().map(ToString::to_string).collect();
    let (observation, learning_walk) = match agree.origin {
        Origin::Observation { id, .. } => (Some(id), None),
        Origin::LearningWalk { id, .. } => (None, Some(id)),
    };
    let promise = |promised: PromisedSupport| Promise {
        promise_id: promised.id.into(),
        kind: promised.kind.into(),
        detail: (!promised.detail.is_empty()).then(|| Sealed::about(person, promised.detail)),
        activity_id: recorded::text_of(promised.activity),
    };
    FollowUpAgreed {
        observation_id: recorded::text_of(observation),
        learning_walk_id: recorded::text_of(learning_walk),
        urn: agree.urn.to_string(),
        person_id: person.into(),
        owner_id: recorded::text_of(owner),
        role_group: agree.role_group.into(),
        focus_areas: each_once(agree.focus_areas),
        action: Some(Sealed::about(person, agree.action)),
        promises: agree.promises.into_iter().map(promise).collect(),
        agreed_on: agree.agreed_on.to_string(),
        due_on: due_on.to_string(),
        priority_id: recorded::text_of(agree.priority),
        purpose: purpose.into(),
        trust_id: agree.trust.into(),
        observer_ids,
    }
}

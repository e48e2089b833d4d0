//! An ask: coaching, or time to watch a colleague, that a school promised in a follow-up, and that somebody has to see to.
//!
//! opened ──► provided: by a session of a partnership linked to the follow-up, or as whoever owes it says
//!    ├────► withdrawn: the promise was kept by other means, or the follow-up ended
//!    └────► handed over, moved: with the follow-up
//!
//! It opens and changes with its follow-up in observations, which learns from it that the promise was kept.

mod rejection;
#[cfg(test)]
mod tests;

use api::{
    coaching::v1::{
        AskState, AskWithdrawal, CoachingAskEvent, CoachingAskHandedOver, CoachingAskMoved, CoachingAskOpened,
        CoachingAskProvided, CoachingAskWithdrawn, coaching_ask_event::Event,
    },
    common::v1::{Purpose, SupportKind},
    ids::{
        ActivityId, CoachingAskId, CoachingSessionId, FollowUpId, PartnershipId, PersonId, PromiseId, TrustId, Urn,
        derived,
    },
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::Guarded;

pub use self::rejection::Rejection;
use crate::{
    days::{must_have_happened, must_not_precede},
    recorded::{self, text_of},
};

/// The identifier of what was asked by a promise: there is one.
pub fn id_of(follow_up: FollowUpId, promise: PromiseId) -> CoachingAskId {
    CoachingAskId(derived("ask", &format!("{follow_up}:{promise}")))
}

/// What was promised, and what became of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CoachingAsk {
    /// What it began with; absent before.
    pub opened: Option<CoachingAskOpened>,
    pub follow_up: FollowUpId,
    pub promise: PromiseId,
    pub trust: TrustId,
    /// To whom it was promised.
    pub person: PersonId,
    /// Who owes it; absent while nobody has been named.
    pub owner: Option<PersonId>,
    pub urn: Option<Urn>,
    pub promised_on: NaiveDate,
    /// How it ended.
    pub ended: Option<Ended>,
}

/// How an ask ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Provided { on: NaiveDate },
    Withdrawn { on: NaiveDate },
}

/// What can be asked of an ask.
#[derive(Clone, Debug)]
pub enum Command {
    /// Open it.
    Open(Box<Open>),
    /// Record that the promise was kept.
    Provide(Provide),
    /// Nobody waits for it any more.
    Withdraw { on: NaiveDate, cause: AskWithdrawal },
    /// Somebody else owes it.
    HandOver { to: Option<PersonId>, on: NaiveDate },
    /// It is owed at another school.
    Move { to: Urn, on: NaiveDate },
}

/// Opens an ask.
#[derive(Clone, Debug)]
pub struct Open {
    pub follow_up: FollowUpId,
    pub promise: PromiseId,
    pub trust: TrustId,
    pub person: PersonId,
    pub owner: Option<PersonId>,
    pub urn: Option<Urn>,
    pub kind: SupportKind,
    pub focus_areas: Vec<String>,
    pub activity: Option<ActivityId>,
    pub purpose: Purpose,
    pub on: NaiveDate,
}

/// Keeps a promise.
#[derive(Clone, Copy, Debug)]
pub struct Provide {
    pub on: NaiveDate,
    pub by: Option<PersonId>,
    /// What kept it, if a session of a partnership did.
    pub session: Option<(PartnershipId, CoachingSessionId)>,
}

type Events = Result<Vec<CoachingAskEvent>, Rejection>;

impl Aggregate for CoachingAsk {
    type Event = CoachingAskEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, ctx: &Context) -> Events {
        match command {
            Command::Open(open) => self.open(*open),
            Command::Provide(provide) => self.provide(provide, ctx),
            Command::Withdraw { on, cause } => self.withdraw(on, cause),
            Command::HandOver { to, on } => self.hand_over(to, on),
            Command::Move { to, on } => self.relocate(to, on),
        }
    }

    fn evolve(&mut self, event: &CoachingAskEvent) {
        match &event.event {
            Some(Event::Opened(opened)) => {
                *self = Self {
                    opened: Some(opened.clone()),
                    follow_up: recorded::id(&opened.follow_up_id),
                    promise: recorded::id(&opened.promise_id),
                    trust: recorded::id(&opened.trust_id),
                    person: recorded::id(&opened.person_id),
                    owner: recorded::optional_id(&opened.owner_id),
                    urn: opened.urn.parse().ok(),
                    promised_on: recorded::date(&opened.on),
                    ended: None,
                };
            }
            Some(Event::Provided(provided)) => {
                self.ended = Some(Ended::Provided {
                    on: recorded::date(&provided.on),
                });
            }
            Some(Event::Withdrawn(withdrawn)) => {
                self.ended = Some(Ended::Withdrawn {
                    on: recorded::date(&withdrawn.on),
                });
            }
            Some(Event::HandedOver(handed)) => self.owner = recorded::optional_id(&handed.to_id),
            Some(Event::Moved(moved)) => self.urn = moved.to_urn.parse().ok(),
            None => {}
        }
    }
}

impl CoachingAsk {
    fn open(&self, open: Open) -> Events {
        if self.opened.is_some() {
            return Err(Rejection::AlreadyOpened);
        }
        if !matches!(open.kind, SupportKind::Coaching | SupportKind::ColleagueObservation) {
            return Err(Rejection::NotCoaching);
        }
        let opened = CoachingAskOpened {
            follow_up_id: open.follow_up.to_string(),
            promise_id: open.promise.to_string(),
            person_id: open.person.to_string(),
            owner_id: text_of(open.owner),
            urn: text_of(open.urn),
            trust_id: open.trust.to_string(),
            support_kind: open.kind.into(),
            focus_areas: open.focus_areas,
            activity_id: text_of(open.activity),
            purpose: open.purpose.into(),
            on: open.on.to_string(),
        };
        Ok(vec![opened.into()])
    }

    fn provide(&self, provide: Provide, ctx: &Context) -> Events {
        self.must_be_open()?;
        must_not_precede(provide.on, "the promise", self.promised_on)?;
        // What a session keeps was checked when it was recorded, and may be told here by an earlier event.
        if provide.session.is_none() {
            must_have_happened(provide.on, ctx)?;
            if provide.by == Some(self.person) {
                return Err(Rejection::ProvidedByThemselves);
            }
        }
        let (partnership, session) = provide.session.unzip();
        let provided = CoachingAskProvided {
            follow_up_id: self.follow_up.to_string(),
            promise_id: self.promise.to_string(),
            on: provide.on.to_string(),
            provided_by_id: text_of(provide.by),
            session_id: text_of(session),
            partnership_id: text_of(partnership),
        };
        Ok(vec![provided.into()])
    }

    fn withdraw(&self, on: NaiveDate, cause: AskWithdrawal) -> Events {
        self.must_be_open()?;
        let withdrawn = CoachingAskWithdrawn {
            follow_up_id: self.follow_up.to_string(),
            promise_id: self.promise.to_string(),
            on: on.to_string(),
            cause: cause.into(),
        };
        Ok(vec![withdrawn.into()])
    }

    fn hand_over(&self, to: Option<PersonId>, on: NaiveDate) -> Events {
        self.must_be_open()?;
        if self.owner == to {
            return Ok(Vec::new());
        }
        let handed = CoachingAskHandedOver {
            from_id: text_of(self.owner),
            to_id: text_of(to),
            on: on.to_string(),
        };
        Ok(vec![handed.into()])
    }

    fn relocate(&self, to: Urn, on: NaiveDate) -> Events {
        self.must_be_open()?;
        if self.urn == Some(to) {
            return Ok(Vec::new());
        }
        let moved = CoachingAskMoved {
            from_urn: text_of(self.urn),
            to_urn: to.to_string(),
            on: on.to_string(),
        };
        Ok(vec![moved.into()])
    }

    fn must_be_open(&self) -> Result<(), Rejection> {
        match (&self.opened, self.ended) {
            (None, _) => Err(Rejection::NotOpened),
            (Some(_), Some(Ended::Provided { on })) => Err(Rejection::AlreadyProvided { on }),
            (Some(_), Some(Ended::Withdrawn { on })) => Err(Rejection::Withdrawn { on }),
            (Some(_), None) => Ok(()),
        }
    }

    /// Where it stands.
    pub fn stage(&self) -> AskState {
        match (&self.opened, self.ended) {
            (None, _) => AskState::Unspecified,
            (Some(_), None) => AskState::Open,
            (Some(_), Some(Ended::Provided { .. })) => AskState::Provided,
            (Some(_), Some(Ended::Withdrawn { .. })) => AskState::Withdrawn,
        }
    }

    /// As access to it depends on it.
    pub(crate) fn as_record(&self) -> Record {
        let purpose = self.opened.as_ref().map(|opened| opened.purpose()).unwrap_or_default();
        Record::new(Kind::CoachingAsk, self.trust)
            .at(self.urn)
            .about(self.person)
            .supported_by(self.owner)
            .purpose(purpose)
    }
}

impl Guarded for CoachingAsk {
    const NAME: &'static str = "ask for coaching";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Open(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        let action = match command {
            Command::Open(open) if self.opened.is_none() => {
                let record = Record::new(Kind::CoachingAsk, open.trust)
                    .at(open.urn)
                    .about(open.person)
                    .supported_by(open.owner)
                    .purpose(open.purpose);
                return (Action::OpenCoachingAsk, record);
            }
            Command::Open(_) => Action::OpenCoachingAsk,
            Command::Provide(_) => Action::ProvideCoachingAsk,
            Command::Withdraw { .. } => Action::WithdrawCoachingAsk,
            Command::HandOver { .. } => Action::HandOverCoachingAsk,
            Command::Move { .. } => Action::MoveCoachingAsk,
        };
        (action, self.as_record())
    }
}

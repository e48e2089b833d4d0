//! An ask for support: what a school promised in a follow-up, and now owes.
//!
//! opened ──► handed over · moved … ──► provided
//!    └──► withdrawn: kept by other means, or the follow-up is no more
//!
//! Opened by what was agreed in observations, never by hand. Provided by whoever owes it, or by itself when its person
//! attends a session of the activity that was meant.

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{
        AskHandedOver, AskMoved, AskOpened, AskProvided, AskState, AskWithdrawal, AskWithdrawn, SupportAskEvent,
        support_ask_event::Event,
    },
    common::v1::{Purpose, SupportKind},
    ids::{ActivityId, FollowUpId, PersonId, PromiseId, SupportAskId, Urn, derived},
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::{Action, Context, Kind, Record};
use service::{
    Guarded,
    recorded::{self, text_of},
};
use uuid::Uuid;

use super::{Place, rejections::rejections};

/// What became of an ask so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SupportAsk {
    /// Absent before it was opened.
    pub opened: Option<AskOpened>,
    pub place: Place,
    pub person: PersonId,
    pub owner: Option<PersonId>,
    pub purpose: Purpose,
    pub opened_on: NaiveDate,
    pub activity: Option<ActivityId>,
    pub state: AskState,
    pub provided: Option<AskProvided>,
}

/// What can be asked of it.
#[derive(Clone, Debug)]
pub enum Command {
    Open(Open),
    HandOver {
        to: Option<PersonId>,
        on: NaiveDate,
    },
    Move {
        to: Urn,
        owner: Option<PersonId>,
        on: NaiveDate,
    },
    Provide(Provide),
    Withdraw {
        why: AskWithdrawal,
        on: NaiveDate,
    },
}

/// Opens an ask.
#[derive(Clone, Debug)]
pub struct Open {
    pub place: Place,
    pub follow_up: FollowUpId,
    pub promise: PromiseId,
    pub person: PersonId,
    pub owner: Option<PersonId>,
    pub kind: SupportKind,
    pub focus_areas: Vec<String>,
    pub activity: Option<ActivityId>,
    pub purpose: Purpose,
    pub due_on: NaiveDate,
    pub on: NaiveDate,
}

/// Says that support was given.
#[derive(Clone, Debug)]
pub struct Provide {
    pub on: NaiveDate,
    /// The session that gave it.
    pub session: Option<Uuid>,
}

rejections! {
    /// Why an ask for support refused a command.
    "ASK_ALREADY_OPEN" AlreadyOpen = "this support was asked for already";
    "ASK_PROVIDED_ALREADY" AlreadyProvided { on: NaiveDate } = "this support was provided on {on}";
    "ASK_WITHDRAWN" Withdrawn = "this support is owed no more";
    "PROVIDED_BEFORE_PROMISED" ("on") BeforePromised { promised_on: NaiveDate } =
        "it was promised on {promised_on}: it cannot have been provided before";
    "IN_THE_FUTURE" ("on") InTheFuture { today: NaiveDate } =
        "a day in the future cannot be recorded: today is {today}";
    "OWNER_UNCHANGED" OwnerUnchanged = "they owe it already";
    "SCHOOL_UNCHANGED" SchoolUnchanged = "this school owes it already";
}

impl Aggregate for SupportAsk {
    type Event = SupportAskEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<SupportAskEvent>, Rejection> {
        match command {
            Command::Open(open) => self.open(open),
            Command::HandOver { to, on } => self.hand_over(to, on),
            Command::Move { to, owner, on } => self.relocate(to, owner, on),
            Command::Provide(provide) => self.provide(provide, context),
            Command::Withdraw { why, on } => self.withdraw(why, on),
        }
    }

    fn evolve(&mut self, event: &SupportAskEvent) {
        match &event.event {
            Some(Event::Opened(opened)) => {
                self.place = Place::recorded(&opened.trust_id, &opened.urn);
                self.person = recorded::id(&opened.person_id);
                self.owner = recorded::optional_id(&opened.owner_id);
                self.purpose = opened.purpose();
                self.opened_on = recorded::date(&opened.on);
                self.activity = recorded::optional_id(&opened.activity_id);
                self.state = AskState::Open;
                self.opened = Some(opened.clone());
            }
            Some(Event::HandedOver(handed)) => self.owner = recorded::optional_id(&handed.to_id),
            Some(Event::Moved(moved)) => {
                self.place.urn = Some(recorded::urn(&moved.to_urn));
                self.owner = recorded::optional_id(&moved.owner_id);
            }
            Some(Event::Provided(provided)) => {
                self.state = AskState::Provided;
                self.provided = Some(provided.clone());
            }
            Some(Event::Withdrawn(_)) => self.state = AskState::Withdrawn,
            None => {}
        }
    }
}

impl SupportAsk {
    /// The one ask of a promise.
    pub fn id_of(follow_up: FollowUpId, promise: PromiseId) -> SupportAskId {
        SupportAskId(derived("ask", &format!("{follow_up}:{promise}")))
    }

    fn open(&self, open: Open) -> Result<Vec<SupportAskEvent>, Rejection> {
        if self.opened.is_some() {
            return Err(Rejection::AlreadyOpen);
        }
        let opened = AskOpened {
            follow_up_id: open.follow_up.into(),
            promise_id: open.promise.into(),
            person_id: open.person.into(),
            owner_id: text_of(open.owner),
            urn: open.place.urn_text(),
            trust_id: open.place.trust.into(),
            support_kind: open.kind.into(),
            focus_areas: open.focus_areas,
            activity_id: text_of(open.activity),
            purpose: open.purpose.into(),
            due_on: open.due_on.to_string(),
            on: open.on.to_string(),
        };
        Ok(vec![opened.into()])
    }

    fn hand_over(&self, to: Option<PersonId>, on: NaiveDate) -> Result<Vec<SupportAskEvent>, Rejection> {
        self.must_be_owed()?;
        if self.owner == to {
            return Err(Rejection::OwnerUnchanged);
        }
        let handed = AskHandedOver {
            to_id: text_of(to),
            on: on.to_string(),
        };
        Ok(vec![handed.into()])
    }

    fn relocate(&self, to: Urn, owner: Option<PersonId>, on: NaiveDate) -> Result<Vec<SupportAskEvent>, Rejection> {
        self.must_be_owed()?;
        if self.place.urn == Some(to) {
            return Err(Rejection::SchoolUnchanged);
        }
        let moved = AskMoved {
            to_urn: to.into(),
            owner_id: text_of(owner),
            on: on.to_string(),
        };
        Ok(vec![moved.into()])
    }

    fn provide(&self, provide: Provide, context: &Context) -> Result<Vec<SupportAskEvent>, Rejection> {
        self.must_be_owed()?;
        if provide.on > context.today() {
            return Err(Rejection::InTheFuture { today: context.today() });
        }
        if provide.on < self.opened_on {
            return Err(Rejection::BeforePromised {
                promised_on: self.opened_on,
            });
        }
        let (follow_up_id, promise_id) = match &self.opened {
            Some(opened) => (opened.follow_up_id.clone(), opened.promise_id.clone()),
            None => Default::default(),
        };
        let provided = AskProvided {
            follow_up_id,
            promise_id,
            on: provide.on.to_string(),
            provided_by_id: text_of(context.actor.acting_person()),
            session_id: text_of(provide.session),
        };
        Ok(vec![provided.into()])
    }

    fn withdraw(&self, why: AskWithdrawal, on: NaiveDate) -> Result<Vec<SupportAskEvent>, Rejection> {
        self.must_be_owed()?;
        let withdrawn = AskWithdrawn {
            why: why.into(),
            on: on.to_string(),
        };
        Ok(vec![withdrawn.into()])
    }

    /// As access depends on it.
    pub(crate) fn as_record(&self) -> Record {
        record_of(self.place, self.person, self.owner, self.purpose)
    }

    fn must_be_owed(&self) -> Result<(), Rejection> {
        match self.state {
            AskState::Provided => Err(Rejection::AlreadyProvided {
                on: self
                    .provided
                    .as_ref()
                    .map(|provided| recorded::date(&provided.on))
                    .unwrap_or_default(),
            }),
            AskState::Withdrawn => Err(Rejection::Withdrawn),
            AskState::Open | AskState::Unspecified => Ok(()),
        }
    }
}

fn record_of(place: Place, person: PersonId, owner: Option<PersonId>, purpose: Purpose) -> Record {
    place
        .record(Kind::SupportAsk)
        .about(person)
        .supported_by(owner)
        .purpose(purpose)
}

impl Guarded for SupportAsk {
    const NAME: &'static str = "ask for support";

    fn creates(command: &Command) -> bool {
        matches!(command, Command::Open(_))
    }

    fn record(&self, command: &Command) -> (Action, Record) {
        let action = match command {
            Command::Open(open) if self.opened.is_none() => {
                let record = record_of(open.place, open.person, open.owner, open.purpose);
                return (Action::OpenAsk, record);
            }
            Command::Open(_) => Action::OpenAsk,
            Command::HandOver { .. } => Action::HandOverAsk,
            Command::Move { .. } => Action::MoveAsk,
            Command::Provide(_) => Action::ProvideAsk,
            Command::Withdraw { .. } => Action::WithdrawAsk,
        };
        (action, self.as_record())
    }
}

//! A follow-up: what was agreed after an observation, owed by both sides.
//!
//! agreed ──► started ──► evidenced ──► revisited ──► completed
//!    └─ support provided     │             └─ not yet: started again
//!                            └──► extended · carried over · handed over · withdrawn · lapsed
//! paused ◄──► resumed, from any open state, with long leave.
//!
//! Two obligations live in one stream. The person's ends with completed, withdrawn or lapsed. The school's ends when
//! every promise is kept, and survives completion: a follow-up completed without the promised support is a finding,
//! not a tidy ending. Only letting go, or lapsing, ends both.
//!
//! Promoted ◄──► taken back, by its person, until an appraisal that spoke of it closed.

mod agree;
mod appraisal;
mod obligations;
mod rejection;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use api::{
    common::v1::{Purpose, RoleGroup, Sealed},
    ids::{AppraisalId, LearningWalkId, ObservationId, PersonId, PriorityId, PromiseId, TrustId, Urn},
    observations::v1::{
        CompletionOutcome, EvidenceAdded, FollowUpCompleted, FollowUpEvent, FollowUpRevisited, FollowUpStarted,
        FollowUpWithdrawn, HandOverReason, Promise, RevisitOutcome, WithdrawalCause, follow_up_event::Event,
    },
};
use chrono::NaiveDate;
use eventstore::Aggregate;
use identity::Context;

pub use self::{
    agree::{Agree, Origin, PromisedSupport},
    rejection::Rejection,
};
use crate::recorded;

/// Where the person's side stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    #[default]
    Unknown,
    Agreed,
    Started,
    Evidenced,
    Revisited,
    Completed,
    Withdrawn,
    Lapsed,
}

/// Whether its person let their own appraisal see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Promotion {
    #[default]
    None,
    Promoted,
    /// An appraisal that spoke of it closed: it stays promoted.
    Settled,
}

/// What became of a follow-up so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FollowUp {
    pub standing: Standing,
    pub observation: Option<ObservationId>,
    pub learning_walk: Option<LearningWalkId>,
    /// Who looked at what it came from; nobody for a learning walk's finding.
    pub observers: Vec<PersonId>,
    pub trust: TrustId,
    pub urn: Urn,
    pub person: PersonId,
    /// Absent while nobody has been named.
    pub owner: Option<PersonId>,
    pub role_group: RoleGroup,
    pub purpose: Purpose,
    pub focus_areas: Vec<String>,
    pub action: Option<Sealed>,
    pub promises: Vec<Promised>,
    pub agreed_on: NaiveDate,
    pub due_on: NaiveDate,
    /// The academic year that it runs in, by its first calendar year.
    pub cycle: i32,
    pub priority: Option<PriorityId>,
    pub paused_on: Option<NaiveDate>,
    pub promotion: Promotion,
    pub evidence: Vec<EvidenceAdded>,
    pub revisits: Vec<FollowUpRevisited>,
    /// How the person's side ended.
    pub ending: Option<Ending>,
}

/// A promise of the school, kept or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Promised {
    pub id: PromiseId,
    pub promise: Promise,
    /// The day on which it was kept.
    pub provided_on: Option<NaiveDate>,
}

/// How the person's side ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ending {
    pub on: NaiveDate,
    pub outcome: CompletionOutcome,
    pub cause: WithdrawalCause,
    pub reason: Option<Sealed>,
}

/// What can be asked of a follow-up.
#[derive(Clone, Debug)]
pub enum Command {
    Agree(Agree),
    ProvideSupport(Provide),
    /// What was asked for elsewhere was given. Nothing happens if the promise is kept, or owed no more.
    KeepPromise {
        promise: PromiseId,
        on: NaiveDate,
        /// None if it came about by itself, as by attending a session.
        provided_by: Option<PersonId>,
    },
    Start {
        on: NaiveDate,
    },
    AddEvidence {
        on: NaiveDate,
        note: String,
    },
    Revisit {
        observation: Seen,
        outcome: RevisitOutcome,
    },
    Complete {
        outcome: CompletionOutcome,
        on: NaiveDate,
    },
    Extend {
        due_on: NaiveDate,
        reason: String,
    },
    CarryOver {
        due_on: NaiveDate,
    },
    HandOver {
        to: PersonId,
        on: NaiveDate,
    },
    /// The owner cannot owe it any more. Nothing happens if they no longer do.
    ReplaceOwner {
        owner: PersonId,
        to: Option<PersonId>,
        on: NaiveDate,
        reason: HandOverReason,
    },
    /// Its person works at another school now. Support follows: `new_owner` owes it there, unless the owner still can.
    Move {
        to: Urn,
        on: NaiveDate,
        new_owner: NewOwner,
    },
    Withdraw {
        on: NaiveDate,
        reason: String,
    },
    /// Its person is gone. Nothing happens if it was not open.
    LetGo {
        on: NaiveDate,
        cause: WithdrawalCause,
    },
    Lapse {
        on: NaiveDate,
    },
    Pause {
        on: NaiveDate,
        is_away: bool,
    },
    Resume {
        on: NaiveDate,
        is_away: bool,
    },
    /// Its person is away from that day on. Nothing happens if its clock stands still, or if it ended.
    PauseForLeave {
        from_on: NaiveDate,
    },
    /// Its person is back from that day on. Nothing happens if its clock runs, or if it ended.
    ResumeAfterLeave {
        on: NaiveDate,
    },
    Promote {
        on: NaiveDate,
    },
    TakeBack {
        on: NaiveDate,
    },
    SettlePromotion {
        appraisal: AppraisalId,
    },
}

/// A promise is said to be kept.
#[derive(Clone, Copy, Debug)]
pub struct Provide {
    /// Absent where only one is left.
    pub promise: Option<PromiseId>,
    pub on: NaiveDate,
    /// Whether the actor leads professional development at the school, or the school itself.
    pub by_leader: bool,
}

/// A later observation, as it is recorded.
#[derive(Clone, Debug)]
pub struct Seen {
    pub id: ObservationId,
    pub observee: PersonId,
    pub observers: Vec<PersonId>,
    pub purpose: Purpose,
    /// Absent if it did not take place.
    pub conducted_on: Option<NaiveDate>,
}

/// Who owes support after a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewOwner {
    /// The owner works at the new school, too, or across the trust.
    Same,
    /// Somebody at the new school, or nobody where nobody is known.
    Other(Option<PersonId>),
}

impl Aggregate for FollowUp {
    type Event = FollowUpEvent;
    type Command = Command;
    type Context = Context;
    type Rejection = Rejection;

    fn decide(&self, command: Command, context: &Context) -> Result<Vec<FollowUpEvent>, Rejection> {
        match command {
            Command::Agree(agree) => self.agree(agree, context),
            Command::ProvideSupport(provide) => self.provide_support(provide, context),
            Command::KeepPromise {
                promise,
                on,
                provided_by,
            } => self.keep_promise(promise, on, provided_by),
            Command::Start { on } => self.start(on, context),
            Command::AddEvidence { on, note } => self.add_evidence(on, note, context),
            Command::Revisit { observation, outcome } => self.revisit(observation, outcome, context),
            Command::Complete { outcome, on } => self.complete(outcome, on, context),
            Command::Extend { due_on, reason } => self.extend(due_on, reason),
            Command::CarryOver { due_on } => self.carry_over(due_on),
            Command::HandOver { to, on } => self.hand_over(to, on, context),
            Command::ReplaceOwner { owner, to, on, reason } => self.replace_owner(owner, to, on, reason),
            Command::Move { to, on, new_owner } => self.move_to(to, on, new_owner),
            Command::Withdraw { on, reason } => self.withdraw(on, reason, context),
            Command::LetGo { on, cause } => self.let_go(on, cause),
            Command::Lapse { on } => self.lapse(on, context),
            Command::Pause { on, is_away } => self.pause(on, is_away, context),
            Command::Resume { on, is_away } => self.resume(on, is_away, context),
            Command::PauseForLeave { from_on } => self.pause_for_leave(from_on),
            Command::ResumeAfterLeave { on } => self.resume_after_leave(on),
            Command::Promote { on } => self.promote(on, context),
            Command::TakeBack { on } => self.take_back(on, context),
            Command::SettlePromotion { appraisal } => self.settle_promotion(appraisal),
        }
    }

    fn evolve(&mut self, event: &FollowUpEvent) {
        match &event.event {
            Some(Event::Agreed(agreed)) => self.on_agreed(agreed),
            Some(Event::SupportProvided(provided)) => {
                let id = recorded::id::<PromiseId>(&provided.promise_id);
                for promised in self.promises.iter_mut().filter(|promised| promised.id == id) {
                    promised.provided_on = Some(recorded::date(&provided.on));
                }
            }
            Some(Event::Started(_)) => self.standing = Standing::Started,
            Some(Event::EvidenceAdded(added)) => {
                self.standing = self.standing.max(Standing::Evidenced);
                self.evidence.push(added.clone());
            }
            Some(Event::Revisited(revisited)) => self.on_revisited(revisited),
            Some(Event::Completed(completed)) => {
                self.standing = Standing::Completed;
                let on = recorded::date(&completed.on);
                self.ending = Some(Ending {
                    on,
                    outcome: completed.outcome(),
                    ..Ending::default()
                });
            }
            Some(Event::Extended(extended)) => self.due_on = recorded::date(&extended.due_on),
            Some(Event::CarriedOver(carried)) => {
                self.cycle = carried.cycle;
                self.due_on = recorded::date(&carried.due_on);
            }
            Some(Event::HandedOver(handed)) => self.owner = recorded::optional_id(&handed.to_id),
            Some(Event::Moved(moved)) => self.urn = recorded::urn(&moved.to_urn),
            Some(Event::Withdrawn(withdrawn)) => {
                self.standing = Standing::Withdrawn;
                let (on, cause) = (recorded::date(&withdrawn.on), withdrawn.cause());
                self.ending = Some(Ending {
                    on,
                    cause,
                    reason: withdrawn.reason.clone(),
                    ..Ending::default()
                });
            }
            Some(Event::Lapsed(lapsed)) => {
                self.standing = Standing::Lapsed;
                self.ending = Some(Ending {
                    on: recorded::date(&lapsed.on),
                    ..Ending::default()
                });
            }
            Some(Event::Paused(paused)) => self.paused_on = Some(recorded::date(&paused.on)),
            Some(Event::Resumed(resumed)) => {
                self.paused_on = None;
                self.due_on = recorded::date(&resumed.due_on);
            }
            Some(Event::Promoted(_)) => self.promotion = Promotion::Promoted,
            Some(Event::TakenBack(_)) => self.promotion = Promotion::None,
            Some(Event::PromotionSettled(_)) => self.promotion = Promotion::Settled,
            None => {}
        }
    }
}

/// What the person does.
impl FollowUp {
    fn start(&self, on: NaiveDate, context: &Context) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_run()?;
        if self.standing != Standing::Agreed {
            return Err(Rejection::StartedAlready);
        }
        self.must_be_a_day_since_agreed(on, context)?;
        Ok(vec![FollowUpStarted { on: on.to_string() }.into()])
    }

    /// Whoever shows something has set to work, whether or not they said so.
    fn add_evidence(&self, on: NaiveDate, note: String, context: &Context) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_run()?;
        if !context.actor.is(self.person) {
            return Err(Rejection::EvidenceIsThePersons);
        }
        self.must_be_a_day_since_agreed(on, context)?;
        let started = (self.standing == Standing::Agreed).then(|| FollowUpStarted { on: on.to_string() }.into());
        let added = EvidenceAdded {
            on: on.to_string(),
            note: Some(Sealed::about(self.person, note)),
        };
        Ok(started.into_iter().chain([added.into()]).collect())
    }

    /// What was completed may be looked at again: whether practice lasted is the question. It does not reopen.
    fn revisit(
        &self,
        observation: Seen,
        outcome: RevisitOutcome,
        context: &Context,
    ) -> Result<Vec<FollowUpEvent>, Rejection> {
        if self.standing != Standing::Completed {
            self.must_run()?;
        }
        let Some(seen_on) = observation.conducted_on else {
            return Err(Rejection::RevisitNotConducted);
        };
        if observation.observee != self.person {
            return Err(Rejection::RevisitOfSomebodyElse);
        }
        if self.observation == Some(observation.id) {
            return Err(Rejection::RevisitByItsOwnObservation);
        }
        if seen_on <= self.agreed_on {
            return Err(Rejection::RevisitNotLater {
                agreed_on: self.agreed_on,
            });
        }
        // What is recorded here is read in appraisal, so it must have been seen for it.
        let reaches_appraisal = |purpose| context.policy.reaches_appraisal(purpose);
        if reaches_appraisal(self.purpose) && !reaches_appraisal(observation.purpose) {
            return Err(Rejection::SeenForAnotherPurpose);
        }
        let observation_id = observation.id.to_string();
        if self
            .revisits
            .iter()
            .any(|revisit| revisit.observation_id == observation_id)
        {
            return Err(Rejection::RevisitedAlready);
        }
        Ok(vec![
            FollowUpRevisited {
                observation_id,
                on: seen_on.to_string(),
                outcome: outcome.into(),
            }
            .into(),
        ])
    }

    /// Closes the obligation of the person. What the school still owes stays open.
    fn complete(
        &self,
        outcome: CompletionOutcome,
        on: NaiveDate,
        context: &Context,
    ) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_run()?;
        self.must_be_a_day_since_agreed(on, context)?;
        Ok(vec![
            FollowUpCompleted {
                outcome: outcome.into(),
                on: on.to_string(),
            }
            .into(),
        ])
    }

    fn withdraw(&self, on: NaiveDate, reason: String, context: &Context) -> Result<Vec<FollowUpEvent>, Rejection> {
        self.must_be_open()?;
        self.must_be_a_day_since_agreed(on, context)?;
        let reason = Some(Sealed::about(self.person, reason));
        Ok(vec![
            FollowUpWithdrawn {
                on: on.to_string(),
                reason,
                cause: WithdrawalCause::Agreed.into(),
            }
            .into(),
        ])
    }
}

/// What holds, and what must.
impl FollowUp {
    /// Whether the person still owes the action.
    pub fn is_open(&self) -> bool {
        (Standing::Agreed..=Standing::Revisited).contains(&self.standing)
    }

    /// Promises that are not kept yet: owed until everything was let go.
    pub fn owed_by_school(&self) -> impl Iterator<Item = &Promised> {
        let ended = matches!(self.standing, Standing::Withdrawn | Standing::Lapsed);
        self.promises
            .iter()
            .filter(move |promised| !ended && promised.provided_on.is_none())
    }

    /// Whether anybody owes anything.
    pub fn is_owed(&self) -> bool {
        self.is_open() || self.owed_by_school().next().is_some()
    }

    fn on_revisited(&mut self, revisited: &FollowUpRevisited) {
        if self.is_open() {
            self.standing = match revisited.outcome() {
                RevisitOutcome::NotYet => Standing::Started,
                _ => Standing::Revisited,
            };
        }
        self.revisits.push(revisited.clone());
    }

    fn must_be_open(&self) -> Result<(), Rejection> {
        match self.standing {
            Standing::Completed => Err(Rejection::Completed),
            Standing::Withdrawn => Err(Rejection::Withdrawn),
            Standing::Lapsed => Err(Rejection::Lapsed),
            _ => Ok(()),
        }
    }

    fn must_run(&self) -> Result<(), Rejection> {
        self.must_be_open()?;
        match self.paused_on {
            Some(paused_on) => Err(Rejection::Paused { paused_on }),
            None => Ok(()),
        }
    }

    /// A day that can be recorded: neither before the agreement nor in the future.
    fn must_be_a_day_since_agreed(&self, on: NaiveDate, context: &Context) -> Result<(), Rejection> {
        if on < self.agreed_on {
            return Err(Rejection::BeforeAgreed {
                agreed_on: self.agreed_on,
            });
        }
        not_in_the_future(on, context)
    }
}

fn not_in_the_future(on: NaiveDate, context: &Context) -> Result<(), Rejection> {
    if on > context.today() {
        Err(Rejection::InTheFuture { today: context.today() })
    } else {
        Ok(())
    }
}

/// The focus areas of a list, each once.
fn each_once(focus_areas: Vec<String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    focus_areas
        .into_iter()
        .filter(|code| seen.insert(code.clone()))
        .collect()
}

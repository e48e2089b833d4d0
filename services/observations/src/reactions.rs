//! What happens elsewhere, and what that means for follow-ups:
//!
//! | elsewhere | here |
//! |---|---|
//! | somebody goes on long leave, or is back | their open follow-ups pause, or resume with later dates |
//! | somebody's post moves to another school | their follow-ups go along, and the new school owes the support |
//! | … | support that they owed at the old school is handed over |
//! | somebody leaves the trust | their follow-ups are withdrawn, cause `PERSON_LEFT`; support that they owed is handed over |
//! | somebody is erased | the same, cause `PERSON_ERASED` |
//! | an appraisal closes | promotions of the follow-ups that it spoke of are settled, and stay so if it reopens |
//! | support that was asked for is given, in the catalogue or in coaching | the promise is kept |
//! | a follow-up is agreed or handed over | it pauses, ends or changes hands at once if somebody has gone meanwhile |
//!
//! A leaver's follow-ups are withdrawn rather than lapsed: nobody failed, so they leave the denominators.
//! Support goes to who leads professional development at the school, else to its head, else to nobody: an owner who
//! left, for all to see.
//!
//! Each event is answered at least once, and what it causes has a request id that follows from it: so it happens once.
//! Nothing is ever answered anew because the index is rebuilt. An event about a day to come is held until that day.
//! What cannot be done now is tried again until it can: no event is passed over.

mod cause;
mod promises;
#[cfg(test)]
mod tests;

use api::{
    appraisal::v1::{AppraisalEvent, appraisal_event},
    ids::{AppraisalId, FollowUpId, PersonId, Urn},
    observations::v1::{HandOverReason, WithdrawalCause},
};
use chrono::NaiveDate;
use db::Db;
use eventstore::Recorded;
use feed::Source;
use identity::{
    context::today,
    roster::{Person, Register, Scope},
};
use prost::Message as _;
use service::{
    Commands, Error, Plan, Reaction,
    progress::Progress,
    reactions::{Answers, AnswersHeld, follow, follow_calendar, patiently},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::cause::{Cause, Happened};
use crate::{
    follow_up::{Command, FollowUp, NewOwner},
    index::{Debt, Index},
};

/// Follows the sources, and does what follows from them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reactions {
    commands: Commands,
    index: Index,
    sources: Sources,
    progress: Progress,
}

/// What is reacted to.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    pub(crate) own: Source,
    pub(crate) directory: Source,
    pub(crate) appraisal: Source,
    pub(crate) catalogue: Source,
    pub(crate) coaching: Source,
}

impl Reactions {
    /// Goes on where it stopped, as `db` remembers.
    pub(crate) async fn open(commands: Commands, index: Index, sources: Sources, db: Db) -> Result<Self, db::Error> {
        Ok(Self {
            commands,
            index,
            sources,
            progress: Progress::open(db).await?,
        })
    }

    /// Reacts until `shutdown`.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let Self { progress, sources, .. } = &self;
        tokio::join!(
            patiently(&shutdown, || follow(progress, &sources.directory, &self)),
            patiently(&shutdown, || follow(progress, &sources.own, &self)),
            patiently(&shutdown, || follow(progress, &sources.appraisal, &self)),
            patiently(&shutdown, || follow(progress, &sources.catalogue, &self)),
            patiently(&shutdown, || follow(progress, &sources.coaching, &self)),
            patiently(&shutdown, || follow_calendar(progress, &sources.directory, &self)),
        );
    }
}

impl Answers for Reactions {
    async fn answer(&self, events: &[Recorded], today: NaiveDate) -> Result<(), Error> {
        // Whoever had gone when an event of ours was recorded is known to have gone; who goes later is told of later.
        self.commands.gate().roster().catch_up().await?;
        for event in events {
            match event.kind.as_str() {
                "appraisal.closed" => self.settle(event).await?,
                "support_ask.provided" | "coaching_ask.provided" => self.keep_promise(event).await?,
                "follow_up.agreed" | "follow_up.handed_over" | "follow_up.moved" => {
                    self.look_after(event, today).await?
                }
                _ => self.answer_directory(event, today).await?,
            }
        }
        Ok(())
    }
}

impl AnswersHeld for Reactions {
    async fn answer_held(&self, event: &Recorded, today: NaiveDate) -> Result<(), Error> {
        match Happened::of(event) {
            Some(happened) => self.act(event, &happened, today).await,
            None => Ok(()),
        }
    }
}

impl Reactions {
    /// Answers an event, or holds it until its day.
    async fn answer_directory(&self, event: &Recorded, today: NaiveDate) -> Result<(), Error> {
        let Some(happened) = Happened::of(event) else {
            return Ok(());
        };
        if happened.due_on > today {
            return Ok(self.progress.hold(event.position, happened.due_on).await?);
        }
        self.act(event, &happened, today).await
    }

    async fn act(&self, event: &Recorded, happened: &Happened, today: NaiveDate) -> Result<(), Error> {
        self.commands.gate().roster().ensure(event.position).await?;
        let person = happened.person;
        match happened.cause {
            Cause::LeaveStarted { from_on } => self.pause(event, person, from_on).await,
            Cause::LeaveEnded { on } => {
                let back = Command::ResumeAfterLeave { on };
                self.each_open(event, "resume", person, on, back).await
            }
            Cause::Moved { from, on } => self.relocate(event, person, from, on, today).await,
            Cause::Left { on } => {
                let gone = Gone {
                    on,
                    withdrawal: WithdrawalCause::PersonLeft,
                    hand_over: HandOverReason::OwnerLeft,
                };
                self.release(event, person, gone, today).await
            }
            Cause::Erased { on } => {
                let gone = Gone {
                    on,
                    withdrawal: WithdrawalCause::PersonErased,
                    hand_over: HandOverReason::OwnerErased,
                };
                self.release(event, person, gone, today).await
            }
        }
    }

    /// A leave that ended before it began was called off.
    async fn pause(&self, event: &Recorded, person: PersonId, from_on: NaiveDate) -> Result<(), Error> {
        let back_on = self.person(person).and_then(|person| {
            person
                .leave
                .iter()
                .rev()
                .find(|leave| leave.from_on == from_on)
                .and_then(|leave| leave.back_on)
        });
        if back_on.is_some_and(|back_on| back_on <= from_on) {
            return Ok(());
        }
        let last_on = back_on.and_then(|back_on| back_on.pred_opt()).unwrap_or(NaiveDate::MAX);
        self.each_open(event, "pause", person, last_on, Command::PauseForLeave { from_on })
            .await
    }

    /// Somebody works elsewhere in the trust now. Whoever has left it is told of apart.
    async fn relocate(
        &self,
        event: &Recorded,
        person: PersonId,
        from: Urn,
        on: NaiveDate,
        today: NaiveDate,
    ) -> Result<(), Error> {
        let Some(known) = self.person(person) else {
            return Ok(());
        };
        if known.left(on) || known.erased || known.post_at(from, on).is_some() {
            return Ok(());
        }
        if let Some(to) = known.school_on(on) {
            for debt in self
                .index
                .owed_with(person)
                .await?
                .into_iter()
                .filter(|debt| debt.urn == from)
            {
                let new_owner = self.owner_at(to, &debt, today);
                self.react(event, "move", debt.id, Command::Move { to, on, new_owner })
                    .await?;
            }
        }
        for debt in self
            .index
            .owed_by(person)
            .await?
            .into_iter()
            .filter(|debt| debt.urn == from)
        {
            self.replace_owner(event, &debt, on, HandOverReason::OwnerMoved, today)
                .await?;
        }
        Ok(())
    }

    async fn release(&self, event: &Recorded, person: PersonId, gone: Gone, today: NaiveDate) -> Result<(), Error> {
        let Gone {
            on,
            withdrawal,
            hand_over,
        } = gone;
        // What was agreed later belongs to another time in the trust.
        self.each_open(event, "let go", person, on, Command::LetGo { on, cause: withdrawal })
            .await?;
        for debt in self
            .index
            .owed_by(person)
            .await?
            .into_iter()
            .filter(|debt| debt.agreed_on <= on)
        {
            self.replace_owner(event, &debt, on, hand_over, today).await?;
        }
        Ok(())
    }

    /// A follow-up with somebody who is away, or gone, by the time that it is recorded.
    async fn look_after(&self, event: &Recorded, today: NaiveDate) -> Result<(), Error> {
        let id = FollowUpId(event.stream_id.0);
        let Some(loaded) = self.commands.load::<FollowUp>(id).await? else {
            return Ok(());
        };
        let follow_up = loaded.state;
        if let Some(person) = self.person(follow_up.person) {
            if person.erased {
                let command = Command::LetGo {
                    on: today,
                    cause: WithdrawalCause::PersonErased,
                };
                self.react(event, "let go", id, command).await?;
            } else if let Some(on) = person.left_on.filter(|_| person.left(today)) {
                let command = Command::LetGo {
                    on,
                    cause: WithdrawalCause::PersonLeft,
                };
                self.react(event, "let go", id, command).await?;
            } else if let Some(from_on) = person.on_leave_since(today) {
                self.react(event, "pause", id, Command::PauseForLeave { from_on })
                    .await?;
                self.resume_if_back(event, id, follow_up.person, from_on).await?;
            }
        }
        let owner = follow_up.owner.and_then(|owner| self.person(owner));
        if let Some(owner) = owner.filter(|owner| owner.erased || owner.left(today)) {
            let reason = if owner.erased {
                HandOverReason::OwnerErased
            } else {
                HandOverReason::OwnerLeft
            };
            let debt = Debt {
                id,
                person: follow_up.person,
                owner: Some(owner.id),
                urn: follow_up.urn,
                agreed_on: follow_up.agreed_on,
                is_open: follow_up.is_open(),
            };
            self.replace_owner(event, &debt, today, reason, today).await?;
        }
        Ok(())
    }

    /// Their return may have been answered between our look at the roster and the pause.
    async fn resume_if_back(
        &self,
        event: &Recorded,
        id: FollowUpId,
        person: PersonId,
        from_on: NaiveDate,
    ) -> Result<(), Error> {
        self.commands.gate().roster().catch_up().await?;
        let back_on = self.person(person).and_then(|person| {
            person
                .leave
                .iter()
                .rev()
                .find(|leave| leave.from_on == from_on)
                .and_then(|leave| leave.back_on)
        });
        match back_on.filter(|back_on| *back_on <= today()) {
            Some(on) => self.react(event, "resume", id, Command::ResumeAfterLeave { on }).await,
            None => Ok(()),
        }
    }

    /// An appraisal closed: what was promoted for it can no longer be taken back.
    async fn settle(&self, event: &Recorded) -> Result<(), Error> {
        let decoded = AppraisalEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
        let Some(appraisal_event::Event::Closed(closed)) = decoded.event else {
            return Ok(());
        };
        let appraisal = AppraisalId(event.stream_id.0);
        for id in closed.follow_up_ids.iter().filter_map(|id| id.parse().ok()) {
            self.react(event, "settle", id, Command::SettlePromotion { appraisal })
                .await?;
        }
        Ok(())
    }

    async fn each_open(
        &self,
        event: &Recorded,
        what: &str,
        person: PersonId,
        agreed_until: NaiveDate,
        command: Command,
    ) -> Result<(), Error> {
        let debts = self.index.owed_with(person).await?;
        for debt in debts
            .iter()
            .filter(|debt| debt.is_open && debt.agreed_on <= agreed_until)
        {
            self.react(event, what, debt.id, command.clone()).await?;
        }
        Ok(())
    }

    async fn replace_owner(
        &self,
        event: &Recorded,
        debt: &Debt,
        on: NaiveDate,
        reason: HandOverReason,
        today: NaiveDate,
    ) -> Result<(), Error> {
        let Some(owner) = debt.owner else { return Ok(()) };
        let to = {
            let register = self.commands.gate().roster().read();
            successor(&register, debt.urn, today, [owner, debt.person])
        };
        self.react(
            event,
            "hand over",
            debt.id,
            Command::ReplaceOwner { owner, to, on, reason },
        )
        .await
    }

    /// Who owes support at a new school: the owner, if they work there or across the trust.
    fn owner_at(&self, to: Urn, debt: &Debt, today: NaiveDate) -> NewOwner {
        let register = self.commands.gate().roster().read();
        let owner = debt.owner.and_then(|owner| register.person(owner));
        let stays = |owner: &&Person| {
            owner.post_at(to, today).is_some() || owner.posts_on(today).any(|post| post.school.is_none())
        };
        match owner.filter(stays) {
            Some(_) => NewOwner::Same,
            None => NewOwner::Other(successor(&register, to, today, [debt.person, debt.person])),
        }
    }

    fn person(&self, id: PersonId) -> Option<Person> {
        self.commands.gate().roster().read().person(id).cloned()
    }

    /// What the rules refuse has come about by other means.
    async fn react(&self, event: &Recorded, what: &str, id: FollowUpId, command: Command) -> Result<(), Error> {
        let what = format!("{what} {id}");
        let plan = Plan::of::<FollowUp>(Uuid::from(id), command);
        if let Reaction::Refused(error) = self.commands.react(event, &what, plan).await? {
            tracing::warn!(
                what,
                reason = error.reason(),
                position = event.position.0,
                "a reaction was refused"
            );
        }
        Ok(())
    }
}

/// Somebody is gone for good.
#[derive(Clone, Copy, Debug)]
struct Gone {
    /// Last day.
    on: NaiveDate,
    withdrawal: WithdrawalCause,
    hand_over: HandOverReason,
}

/// Who leads professional development at a school, else its head, as long as they are there. Always the same one of
/// several.
fn successor(register: &Register, school: Urn, today: NaiveDate, not: [PersonId; 2]) -> Option<PersonId> {
    use api::directory::v1::Role;
    [Role::CpdLead, Role::Head].into_iter().find_map(|role| {
        register
            .holding(role, Scope::School(school), today)
            .filter(|id| !not.contains(id))
            .filter(|id| {
                register
                    .person(*id)
                    .is_some_and(|person| !person.erased && !person.on_leave(today))
            })
            .min()
    })
}

//! What happens elsewhere, and what that means here:
//!
//! | elsewhere | here |
//! |---|---|
//! | somebody goes on long leave, or is back | their partnerships pause, or go on |
//! | a coached person's post moves to another school | their partnerships are reported there |
//! | somebody leaves the trust, or is erased | their partnerships end, and they leave the groups of enquiries |
//! | a follow-up promises coaching, or time to watch a colleague | an ask opens |
//! | a follow-up changes hands, moves, or ends | its asks do as well |
//! | a promise is kept by other means | its ask is withdrawn |
//! | a partnership that serves a follow-up holds a session | what it was promised is provided |
//! | a pair or a group forms | it pauses or ends at once if somebody has gone meanwhile |
//!
//! Each event is answered at least once, and what it causes has a request id that follows from it: so it happens once.
//! Nothing is ever answered anew because the index is rebuilt. An event about a day to come is held until that day.
//! What cannot be done now is tried again until it can: no event is passed over.

mod cause;
mod promises;
#[cfg(test)]
mod tests;

use api::{
    coaching::v1::{LeavingCause, PartnershipEnd},
    ids::{EnquiryId, PartnershipId, PersonId},
};
use chrono::NaiveDate;
use db::Db;
use eventstore::Recorded;
use feed::Source;
use identity::roster::Person;
use service::{
    Commands, Error, Plan, Reaction,
    progress::Progress,
    reactions::{Answers, AnswersHeld, follow, follow_calendar, patiently},
};
use tokio_util::sync::CancellationToken;

use self::cause::{Cause, Happened};
use crate::{
    enquiry::{self, Enquiry},
    index::Index,
    partnership::{Command, Partnership},
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
    pub(crate) observations: Source,
}

/// Somebody is gone for good.
#[derive(Clone, Copy, Debug)]
struct Gone {
    /// Last day.
    on: NaiveDate,
    partnership: PartnershipEnd,
    group: LeavingCause,
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
            patiently(&shutdown, || follow(progress, &sources.observations, &self)),
            patiently(&shutdown, || follow(progress, &sources.own, &self)),
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
                "partnership.session_held" | "partnership.linked" | "coaching_ask.opened" => {
                    self.keep_promises(event).await?;
                }
                "partnership.proposed" | "partnership.agreed" => self.look_after_pair(event, today).await?,
                "enquiry.joined" => self.look_after_group(event, today).await?,
                _ if event.kind.aggregate() == "follow_up" => self.answer_follow_up(event).await?,
                _ => self.answer_directory(event, today).await?,
            }
        }
        Ok(())
    }
}

impl AnswersHeld for Reactions {
    async fn answer_held(&self, event: &Recorded, _: NaiveDate) -> Result<(), Error> {
        match Happened::of(event) {
            Some(happened) => self.act(event, &happened).await,
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
        self.act(event, &happened).await
    }

    async fn act(&self, event: &Recorded, happened: &Happened) -> Result<(), Error> {
        self.commands.gate().roster().ensure(event.position).await?;
        let person = happened.person;
        match happened.cause {
            Cause::LeaveStarted { from_on } if self.is_called_off(person, from_on) => Ok(()),
            Cause::LeaveStarted { from_on } => {
                let command = Command::Pause { person, on: from_on };
                self.each_partnership_of(event, "pause", person, command).await
            }
            Cause::LeaveEnded { on } => {
                self.each_partnership_of(event, "resume", person, Command::Resume { person, on })
                    .await
            }
            Cause::Moved { from, to, on } => {
                for open in self.index.open_partnerships_of(person).await? {
                    if open.coached == person {
                        self.react_to_pair(event, "move", open.id, Command::Move { from, to, on })
                            .await?;
                    }
                }
                Ok(())
            }
            Cause::Left { on } => self.release(event, person, Gone::left(on)).await,
            Cause::Erased { on } => self.release(event, person, Gone::erased(on)).await,
        }
    }

    /// A leave that ended before it began was called off.
    fn is_called_off(&self, person: PersonId, from_on: NaiveDate) -> bool {
        let leave = self.person(person).and_then(|person| {
            let leave = person.leave.iter().rev().find(|leave| leave.from_on == from_on);
            leave.copied()
        });
        leave.is_some_and(|leave| leave.back_on.is_some_and(|back_on| back_on <= from_on))
    }

    async fn release(&self, event: &Recorded, person: PersonId, gone: Gone) -> Result<(), Error> {
        self.each_partnership_of(event, "release", person, gone.release(person))
            .await?;
        for enquiry in self.index.open_enquiries_of(person).await? {
            self.leave(event, enquiry, person, gone).await?;
        }
        Ok(())
    }

    /// A pair of which somebody is away, or gone, by the time that it is recorded.
    async fn look_after_pair(&self, event: &Recorded, today: NaiveDate) -> Result<(), Error> {
        let id = PartnershipId(event.stream_id.0);
        let partnership = self.commands.get::<Partnership>(id).await?.state;
        for person in partnership.pair().into_iter().flatten() {
            let Some(known) = self.person(person) else { continue };
            if let Some(gone) = Gone::of(&known, today) {
                self.react_to_pair(event, "release", id, gone.release(person)).await?;
            } else if let Some(on) = known.on_leave_since(today) {
                self.react_to_pair(event, "pause", id, Command::Pause { person, on })
                    .await?;
            } else if partnership.away.contains_key(&person) {
                self.react_to_pair(event, "resume", id, Command::Resume { person, on: today })
                    .await?;
            }
        }
        Ok(())
    }

    /// Somebody joined who has gone by the time that it is recorded.
    async fn look_after_group(&self, event: &Recorded, today: NaiveDate) -> Result<(), Error> {
        let id = EnquiryId(event.stream_id.0);
        let enquiry = self.commands.get::<Enquiry>(id).await?.state;
        for member in enquiry.group() {
            let known = self.person(member.person);
            if let Some(gone) = known.and_then(|known| Gone::of(&known, today)) {
                self.leave(event, id, member.person, gone).await?;
            }
        }
        Ok(())
    }

    async fn leave(&self, event: &Recorded, id: EnquiryId, person: PersonId, gone: Gone) -> Result<(), Error> {
        let command = enquiry::Command::Leave {
            person,
            on: gone.on,
            cause: gone.group,
        };
        let what = format!("leave {person} {id}");
        self.react(event, &what, Plan::of::<Enquiry>(id, command)).await
    }

    async fn each_partnership_of(
        &self,
        event: &Recorded,
        what: &str,
        person: PersonId,
        command: Command,
    ) -> Result<(), Error> {
        for open in self.index.open_partnerships_of(person).await? {
            self.react_to_pair(event, what, open.id, command.clone()).await?;
        }
        Ok(())
    }

    async fn react_to_pair(
        &self,
        event: &Recorded,
        what: &str,
        id: PartnershipId,
        command: Command,
    ) -> Result<(), Error> {
        let what = format!("{what} {id}");
        self.react(event, &what, Plan::of::<Partnership>(id, command)).await
    }

    fn person(&self, id: PersonId) -> Option<Person> {
        self.commands.gate().roster().read().person(id).cloned()
    }

    /// What the rules refuse has come about by other means.
    async fn react(&self, event: &Recorded, what: &str, plan: Plan) -> Result<(), Error> {
        if let Reaction::Refused(error) = self.commands.react(event, what, plan).await? {
            tracing::info!(
                what,
                reason = error.reason(),
                position = event.position.0,
                "a reaction was refused"
            );
        }
        Ok(())
    }
}

impl Gone {
    fn left(on: NaiveDate) -> Self {
        Self {
            on,
            partnership: PartnershipEnd::PersonLeft,
            group: LeavingCause::PersonLeft,
        }
    }

    fn erased(on: NaiveDate) -> Self {
        Self {
            on,
            partnership: PartnershipEnd::PersonErased,
            group: LeavingCause::PersonErased,
        }
    }

    /// Whether somebody is.
    fn of(person: &Person, today: NaiveDate) -> Option<Self> {
        if person.erased {
            return Some(Self::erased(today));
        }
        person.left_on.filter(|_| person.left(today)).map(Self::left)
    }

    fn release(self, person: PersonId) -> Command {
        Command::Release {
            person,
            on: self.on,
            cause: self.partnership,
        }
    }
}

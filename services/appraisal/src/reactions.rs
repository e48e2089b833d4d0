//! What happens elsewhere, and what that means for appraisals that go on:
//!
//! | elsewhere | here |
//! |---|---|
//! | somebody goes on long leave, or is back | their appraisals pause, or resume with later dates |
//! | somebody's post moves to another school | the appraisal of that post goes along |
//! | somebody gets another appraiser | the appraisal does |
//! | an appraiser leaves or is erased | whom the directory names appraises, or for now nobody |
//! | an appraisal opens, or opens again | it is brought up to date with what happened meanwhile |
//!
//! When the person appraised leaves, their appraisal stays as it is: it may still be concluded, and is theirs to take.
//!
//! Each event is answered at least once, and what it causes has a request id that follows from it: so it happens once.
//! Nothing is ever answered anew because a view is rebuilt. An event about a day to come is held until that day.

mod cause;
mod missed;
#[cfg(test)]
mod tests;

use api::{
    appraisal::v1::ReassignReason,
    ids::{AppraisalId, PersonId},
};
use chrono::{NaiveDate, TimeDelta};
use db::Db;
use eventstore::Recorded;
use feed::Source;
use identity::context::date_in_england;
use service::{
    Commands, Error, Plan, Reaction,
    progress::Progress,
    reactions::{Answers, AnswersHeld, follow, follow_calendar, patiently},
};
use tokio_util::sync::CancellationToken;

use self::cause::{Cause, Happened};
use crate::{
    NAME,
    appraisal::{Appraisal, Command},
    index::{Index, OpenAppraisal},
};

/// What is entered later than this after it happened is history.
const HISTORY: TimeDelta = TimeDelta::days(31);

/// Follows the directory and the service's own appraisals, and does what follows from them.
pub(crate) struct Reactions {
    commands: Commands,
    index: Index,
    appraisals: Source,
    directory: Source,
    progress: Progress,
}

impl Reactions {
    /// Goes on where it stopped, as `db` remembers.
    pub(crate) async fn open(commands: Commands, index: Index, directory: Source, db: Db) -> Result<Self, db::Error> {
        Ok(Self {
            appraisals: Source::local(NAME, commands.store().clone()),
            commands,
            index,
            directory,
            progress: Progress::open(db).await?,
        })
    }

    /// Reacts until `shutdown`. What cannot be done now is tried again until it can.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let Self {
            progress,
            directory,
            appraisals,
            ..
        } = &self;
        tokio::join!(
            patiently(&shutdown, || follow(progress, directory, &self)),
            patiently(&shutdown, || follow(progress, appraisals, &self)),
            patiently(&shutdown, || follow_calendar(progress, directory, &self)),
        );
    }
}

impl Answers for Reactions {
    async fn answer(&self, events: &[Recorded], today: NaiveDate) -> Result<(), Error> {
        for event in events {
            match event.kind.aggregate() {
                "appraisal" if opens(event) && !is_history(event) => self.bring_up_to_date(event, today).await?,
                "appraisal" => {}
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
        let roster = self.commands.gate().roster();
        roster.ensure(event.position).await?;
        let person = happened.person;
        match happened.cause {
            Cause::LeaveStarted { from_on } if self.never_took(person, from_on) => Ok(()),
            Cause::LeaveStarted { from_on } => {
                self.each_of(event, person, "pause", Command::Pause { on: from_on })
                    .await
            }
            Cause::LeaveEnded { on } => self.each_of(event, person, "resume", Command::Resume { on }).await,
            Cause::Moved { from, to, on } => {
                self.each_of(event, person, "carry", Command::Carry { from, to, on })
                    .await
            }
            Cause::AppraiserAssigned { from_on } => match self.appraiser_now(person, today) {
                Some(to) => {
                    let reason = ReassignReason::Other;
                    let command = Command::ReassignAppraiser {
                        to: Some(to),
                        on: from_on,
                        reason,
                    };
                    self.each_of(event, person, "assigned", command).await
                }
                None => Ok(()),
            },
            Cause::Left { on } | Cause::Erased { on } => self.hand_over(event, person, on, today).await,
        }
    }

    /// What the directory said while an appraisal was about to open, or was closed, did not reach it.
    async fn bring_up_to_date(&self, event: &Recorded, today: NaiveDate) -> Result<(), Error> {
        let roster = self.commands.gate().roster();
        roster.catch_up().await?;
        let id = AppraisalId(event.stream_id.0);
        let appraisal = self.commands.get::<Appraisal>(id).await?.state;
        let Ok(person) = roster.person(appraisal.person_id()).await else {
            return Ok(());
        };
        let since = date_in_england(event.metadata.occurred_at);
        for (what, command) in missed::by(&appraisal, &person, since, today) {
            self.react(event, what, id, command).await?;
        }
        if appraisal
            .appraiser_id
            .is_none_or(|appraiser| !self.is_there(appraiser, today))
        {
            let to = self.appraiser_now(person.id, today);
            let command = Command::ReassignAppraiser {
                to,
                on: since,
                reason: ReassignReason::AppraiserLeft,
            };
            self.react(event, "missed leaver", id, command).await?;
        }
        Ok(())
    }

    /// A leave that ended before it began was called off.
    fn never_took(&self, person: PersonId, from_on: NaiveDate) -> bool {
        let register = self.commands.gate().roster().read();
        let leave = register
            .person(person)
            .and_then(|person| person.leave.iter().rev().find(|leave| leave.from_on == from_on));
        leave.is_some_and(|leave| leave.back_on.is_some_and(|back_on| back_on <= from_on))
    }

    /// All that somebody appraised has now, or for now nobody has.
    async fn hand_over(
        &self,
        event: &Recorded,
        appraiser: PersonId,
        on: NaiveDate,
        today: NaiveDate,
    ) -> Result<(), Error> {
        for OpenAppraisal {
            appraisal_id,
            person_id,
        } in self.index.open_appraisals_by(appraiser).await?
        {
            let to = self.appraiser_now(person_id, today).filter(|to| *to != appraiser);
            let command = Command::ReassignAppraiser {
                to,
                on,
                reason: ReassignReason::AppraiserLeft,
            };
            self.react(event, "left", appraisal_id, command).await?;
        }
        Ok(())
    }

    /// Whom the directory names, if they are still there.
    fn appraiser_now(&self, person: PersonId, today: NaiveDate) -> Option<PersonId> {
        let appraiser = self.commands.gate().roster().read().appraiser_of(person, today);
        appraiser.filter(|appraiser| self.is_there(*appraiser, today))
    }

    fn is_there(&self, person: PersonId, today: NaiveDate) -> bool {
        let register = self.commands.gate().roster().read();
        register
            .person(person)
            .is_some_and(|person| !person.left(today) && !person.erased)
    }

    async fn each_of(&self, event: &Recorded, person: PersonId, what: &str, command: Command) -> Result<(), Error> {
        for OpenAppraisal { appraisal_id, .. } in self.index.open_appraisals_of(person).await? {
            self.react(event, what, appraisal_id, command.clone()).await?;
        }
        Ok(())
    }

    async fn react(
        &self,
        event: &Recorded,
        what: &str,
        appraisal_id: AppraisalId,
        command: Command,
    ) -> Result<(), Error> {
        let what = format!("{what} {appraisal_id}");
        let plan = Plan::of::<Appraisal>(appraisal_id, command);
        if let Reaction::Refused(error) = self.commands.react(event, &what, plan).await? {
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

fn opens(event: &Recorded) -> bool {
    matches!(event.kind.as_str(), "appraisal.opened" | "appraisal.reopened")
}

/// Entered long after it happened, as when past years are imported: what followed is still to be entered, too.
fn is_history(event: &Recorded) -> bool {
    event.recorded_at - event.metadata.occurred_at > HISTORY
}

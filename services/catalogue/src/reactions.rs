//! What happens elsewhere, or in another stream, and what that means here. Each module reacts to one thing:
//!
//! | module | reacts to | does |
//! |---|---|---|
//! | `bookings` | leave, leaving, erasure; bookings and sessions moved to days on which somebody is away | bookings end, and those who wait take their places |
//! | `hours` | attendance | hours are credited once, or corrected |
//! | `asks` | follow-ups, attendance | support that was promised is asked for, and given |
//! | `needs` | appraisals and learning walks | their needs are opened |
//! | `expertise` | enquiries that closed | those who found something out are asked to offer it |
//! | `leavers` | people who have gone | their needs and their offers of help end |
//!
//! Each event is answered at least once, and what it causes has a request id that follows from it: so it happens once.
//! Nothing is ever answered anew because the index is rebuilt. What cannot be done now is tried again until it can.

mod asks;
mod bookings;
mod expertise;
mod hours;
mod leavers;
mod needs;
#[cfg(test)]
mod tests;

use db::Db;
use eventstore::Recorded;
use service::{
    Commands, Error, Plan, Reaction,
    progress::Progress,
    reactions::{follow, patiently},
};
use tokio_util::sync::CancellationToken;

use self::{asks::Asks, bookings::Bookings, expertise::Findings, hours::Hours, leavers::Leavers, needs::Needs};
use crate::{Sources, index::Index, planning};

/// Follows the sources, and does what follows from them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reactions {
    bookings: Bookings,
    hours: Hours,
    asks: Asks,
    needs: Needs,
    findings: Findings,
    leavers: Leavers,
    progress: Progress,
    sources: Sources,
}

impl Reactions {
    /// Goes on where it stopped, as `db` remembers.
    pub(crate) async fn open(
        commands: Commands,
        index: Index,
        planning: planning::index::Index,
        sources: Sources,
        db: Db,
    ) -> Result<Self, db::Error> {
        let progress = Progress::open(db).await?;
        Ok(Self {
            bookings: Bookings::new(commands.clone(), index),
            hours: Hours::new(commands.clone()),
            asks: Asks::new(commands.clone(), planning.clone()),
            needs: Needs::new(commands.clone(), planning.clone()),
            findings: Findings::new(commands.clone()),
            leavers: Leavers::new(commands, planning),
            progress,
            sources,
        })
    }

    /// Reacts until `shutdown`.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let Self {
            bookings,
            hours,
            asks,
            needs,
            findings,
            leavers,
            progress,
            sources,
        } = &self;
        tokio::join!(
            patiently(&shutdown, || follow(progress, &sources.directory, bookings)),
            patiently(&shutdown, || follow(progress, &sources.own, bookings)),
            patiently(&shutdown, || follow(progress, &sources.own, hours)),
            patiently(&shutdown, || follow(progress, &sources.observations, asks)),
            patiently(&shutdown, || follow(progress, &sources.own, asks)),
            patiently(&shutdown, || follow(progress, &sources.observations, needs)),
            patiently(&shutdown, || follow(progress, &sources.appraisal, needs)),
            patiently(&shutdown, || follow(progress, &sources.coaching, findings)),
            patiently(&shutdown, || leavers.follow()),
        );
    }
}

/// Does what an event causes. What the rules refuse has come about by other means.
pub(crate) async fn react(commands: &Commands, event: &Recorded, what: &str, plan: Plan) -> Result<(), Error> {
    if let Reaction::Refused(error) = commands.react(event, what, plan).await? {
        tracing::warn!(
            what,
            reason = error.reason(),
            position = event.position.0,
            "a reaction was refused"
        );
    }
    Ok(())
}

//! What happens elsewhere, and as time passes, and what that means here:
//!
//! | what happens | here |
//! |---|---|
//! | somebody is credited hours for an activity (catalogue) | they are asked what they made of it |
//! | the time to answer is over | what was asked expires |
//! | weeks and half a year have passed | they are asked about use in practice, and about pupils |
//! | a follow-up of theirs with the same focus is revisited (observations) | use in practice is filled from it, where purposes allow |
//! | the last day of a wave or survey is over | it closes, with its answers |
//! | it has closed | the ballot box is emptied, and the key of its digests destroyed |
//!
//! Each event is answered at least once, and what it causes has a request id that follows from it: so it happens once.
//! What is due later is held until its day. Nobody is asked who has left or is away for long, nor about development
//! that was entered long after it took place: they would remember too little.

#[cfg(test)]
mod tests;

use api::{
    catalogue::v1::{HoursCredited, LearningRecordEvent, learning_record_event},
    common::v1::Purpose,
    evaluation::v1::{FeedbackEvent, FeedbackWave, feedback_event},
    ids::{ActivityId, FeedbackId, FollowUpId, PersonId, SurveyId, WaveId},
};
use chrono::NaiveDate;
use db::Db;
use eventstore::Recorded;
use feed::Source;
use identity::Kind;
use identity::context::today;
use prost::Message as _;
use service::{
    Commands, Error, Plan, Reaction,
    progress::Progress,
    reactions::{Answers, AnswersHeld, follow, follow_calendar, patiently},
};
use tokio_util::sync::CancellationToken;

use crate::{
    access::place,
    audit_wave::AuditWave,
    ballot_box::BallotBox,
    closing,
    feedback::{self, Command, Feedback, Participation, Sighting},
    index::Index,
    recorded,
    survey::Survey,
};

/// Days after which nobody is asked any more what they made of an activity.
const FORGOTTEN_DAYS: i64 = 56;

/// Follows the sources, and does what follows from them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reactions {
    commands: Commands,
    index: Index,
    ballots: BallotBox,
    sources: Sources,
    progress: Progress,
}

/// What is reacted to.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    pub(crate) own: Source,
    pub(crate) catalogue: Source,
    pub(crate) observations: Source,
}

impl Reactions {
    /// Goes on where it stopped, as `db` remembers.
    pub(crate) async fn open(
        commands: Commands,
        index: Index,
        ballots: BallotBox,
        sources: Sources,
        db: Db,
    ) -> Result<Self, db::Error> {
        Ok(Self {
            commands,
            index,
            ballots,
            sources,
            progress: Progress::open(db).await?,
        })
    }

    /// Reacts until `shutdown`.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        let Self { progress, sources, .. } = &self;
        tokio::join!(
            patiently(&shutdown, || follow(progress, &sources.own, &self)),
            patiently(&shutdown, || follow(progress, &sources.catalogue, &self)),
            patiently(&shutdown, || follow(progress, &sources.observations, &self)),
            patiently(&shutdown, || follow_calendar(progress, &sources.own, &self)),
        );
    }
}

impl Answers for Reactions {
    async fn answer(&self, events: &[Recorded], today: NaiveDate) -> Result<(), Error> {
        self.commands.gate().roster().catch_up().await?;
        for event in events {
            match event.kind.as_str() {
                "learning_record.hours_credited" => self.ask(event, today).await?,
                "follow_up.revisited" => self.observe(event).await?,
                "audit_wave.closed" | "survey.closed" => self.empty(event).await?,
                _ => self.answer_own(event, today).await?,
            }
        }
        Ok(())
    }
}

impl AnswersHeld for Reactions {
    async fn answer_held(&self, event: &Recorded, today: NaiveDate) -> Result<(), Error> {
        self.act(event, today).await
    }
}

impl Reactions {
    /// What an event of our own leads to, now or on its day.
    async fn answer_own(&self, event: &Recorded, today: NaiveDate) -> Result<(), Error> {
        if event.kind.as_str() == "feedback.asked" {
            for (id, sighting) in self.index.seen_for(FeedbackId(event.stream_id.0)).await? {
                self.fill(event, id, sighting).await?;
            }
        }
        match self.due_on(event).await? {
            Some(due_on) if due_on > today => Ok(self.progress.hold(event.position, due_on).await?),
            Some(_) => self.act(event, today).await,
            None => Ok(()),
        }
    }

    /// From which day an event of our own leads to something; none if to nothing.
    async fn due_on(&self, event: &Recorded) -> Result<Option<NaiveDate>, Error> {
        let id = event.stream_id.0;
        match event.kind.as_str() {
            "audit_wave.opened" => {
                let wave = self.commands.get::<AuditWave>(id).await?.state;
                Ok(wave.closes_on.succ_opt())
            }
            "survey.opened" => {
                let survey = self.commands.get::<Survey>(id).await?.state;
                Ok(survey.closes_on.succ_opt())
            }
            "feedback.asked" | "feedback.given" | "feedback.expired" | "feedback.practice_observed" => {
                let feedback = self.commands.get::<Feedback>(id).await?.state;
                Ok(match Next::after(event)? {
                    Next::Expire { due_on } => due_on.succ_opt(),
                    Next::Ask(wave) => {
                        let record = place(Kind::Feedback, feedback.trust, feedback.urn);
                        let policy = self.commands.gate().policy(&record, today());
                        Some(feedback.asked_again_on(wave, &policy))
                    }
                    Next::Nothing => None,
                })
            }
            _ => Ok(None),
        }
    }

    /// Does what an event of our own leads to on its day.
    async fn act(&self, event: &Recorded, today: NaiveDate) -> Result<(), Error> {
        let id = event.stream_id.0;
        match event.kind.as_str() {
            "audit_wave.opened" => {
                let wave = self.commands.get::<AuditWave>(id).await?.state;
                if wave.closed.is_none() {
                    let on = wave.closes_on;
                    let plan = closing::wave(&self.commands, &self.ballots, WaveId(id), &wave, on).await?;
                    self.react(event, "close", plan).await?;
                }
                Ok(())
            }
            "survey.opened" => {
                let survey = self.commands.get::<Survey>(id).await?.state;
                if survey.closed.is_none() {
                    let on = survey.closes_on;
                    let plan = closing::survey(&self.commands, &self.ballots, SurveyId(id), &survey, on).await?;
                    self.react(event, "close", plan).await?;
                }
                Ok(())
            }
            _ => {
                let feedback = self.commands.get::<Feedback>(id).await?.state;
                let command = match Next::after(event)? {
                    Next::Expire { .. } => Command::Expire { on: today },
                    Next::Ask(wave) if self.is_there(feedback.person, today) => Command::AskAgain { wave, on: today },
                    Next::Ask(_) | Next::Nothing => return Ok(()),
                };
                self.react(event, "pass", Plan::of::<Feedback>(id, command)).await
            }
        }
    }

    /// Somebody took part in an activity.
    async fn ask(&self, event: &Recorded, today: NaiveDate) -> Result<(), Error> {
        let decoded = LearningRecordEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
        let Some(learning_record_event::Event::HoursCredited(credit)) = decoded.event else {
            return Ok(());
        };
        let on = recorded::date(&credit.on);
        let Some(participation) = participation(credit) else {
            return Ok(());
        };
        let is_fresh = (today - on).num_days() <= FORGOTTEN_DAYS;
        if !is_fresh || participation.purpose == Purpose::Statutory || !self.is_there(participation.person, today) {
            return Ok(());
        }
        let id = feedback::id_of(participation.person, participation.activity, on);
        let command = Command::Ask {
            participation,
            on: today.max(on),
        };
        self.react(event, "ask", Plan::of::<Feedback>(id, command)).await
    }

    /// A later observation looked at a follow-up again.
    async fn observe(&self, event: &Recorded) -> Result<(), Error> {
        let source = self.sources.observations.name();
        self.index.wait_for(source, event.position).await?;
        self.index.catch_up().await?;
        for (id, sighting) in self.index.seen_of(FollowUpId(event.stream_id.0)).await? {
            self.fill(event, id, sighting).await?;
        }
        Ok(())
    }

    /// Fills use in practice from a sighting that is of the same focus, and whose purpose allows it.
    async fn fill(&self, event: &Recorded, id: FeedbackId, sighting: Sighting) -> Result<(), Error> {
        let feedback = self.commands.get::<Feedback>(id).await?.state;
        let developed = feedback
            .asked
            .as_ref()
            .map(|asked| &asked.focus_areas[..])
            .unwrap_or_default();
        let is_of_it = sighting.focus_areas.iter().any(|area| developed.contains(area));
        if !is_of_it || !feedback::may_fill(sighting.purpose, feedback.purpose) {
            return Ok(());
        }
        let what = format!("observe {id} {} {}", sighting.follow_up, sighting.observation);
        self.react(event, &what, Plan::of::<Feedback>(id, Command::Observe(sighting)))
            .await
    }

    /// Nothing of who answered remains.
    async fn empty(&self, event: &Recorded) -> Result<(), Error> {
        let trust = api::ids::TrustId(event.metadata.trust_id);
        self.ballots.empty(trust, event.stream_id.0).await
    }

    fn is_there(&self, person: PersonId, today: NaiveDate) -> bool {
        let register = self.commands.gate().roster().read();
        register
            .person(person)
            .is_some_and(|person| !person.left(today) && !person.erased && !person.on_leave(today))
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

/// What follows an event of feedback once its day has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Expire { due_on: NaiveDate },
    Ask(FeedbackWave),
    Nothing,
}

impl Next {
    fn after(event: &Recorded) -> Result<Self, Error> {
        use feedback_event::Event;
        let following = |wave| match wave {
            FeedbackWave::First => Self::Ask(FeedbackWave::Weeks),
            FeedbackWave::Weeks => Self::Ask(FeedbackWave::HalfYear),
            FeedbackWave::HalfYear | FeedbackWave::Unspecified => Self::Nothing,
        };
        let decoded = FeedbackEvent::decode(event.payload.as_ref()).map_err(Error::internal)?;
        Ok(match decoded.event {
            Some(Event::Asked(asked)) => Self::Expire {
                due_on: recorded::date(&asked.due_on),
            },
            Some(Event::Given(given)) => following(given.wave()),
            Some(Event::Expired(expired)) => following(expired.wave()),
            // It may have spared the question after some weeks, and with it the event that leads on.
            Some(Event::PracticeObserved(_)) => Self::Ask(FeedbackWave::HalfYear),
            None => Self::Nothing,
        })
    }
}

/// None for what was learned outside the catalogue.
fn participation(credit: HoursCredited) -> Option<Participation> {
    let activity: ActivityId = credit.activity_id.parse().ok().filter(|_| credit.minutes > 0)?;
    Some(Participation {
        activity,
        trust: recorded::id(&credit.trust_id),
        urn: credit.urn.parse().ok(),
        role_group: credit.role_group(),
        person: recorded::id(&credit.person_id),
        on: recorded::date(&credit.on),
        purpose: credit.purpose(),
        session: credit.session_id,
        focus_areas: credit.focus_areas,
        follow_ups: credit.follow_up_ids,
    })
}

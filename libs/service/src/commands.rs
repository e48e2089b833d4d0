//! What every command goes through: authorise → load → decide → seal → append.
//!
//! A request id that was answered before gets its first answer, even where the command would be refused by now. A
//! conflict with somebody else's append is decided again, unless the caller said which version they had seen.

mod turns;

use std::{future::Future, pin::Pin, sync::Arc};

use api::{CommandRequest, EventMessage as _, common::v1 as common, ids::derived};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use eventstore::{
    Aggregate, Append, AppendError, EventStore, Kind, Metadata, NewEvent, Receipt, Recorded, StreamAppend, StreamId,
    Version,
};
use identity::{Action, Actor, Context, Keys, Record, context::date_in_england};
use prost::Message as _;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use self::turns::Turns;
use crate::{Error, Reject, Violations, gate::Gate, telemetry};

/// How often a command is decided again after somebody else was quicker.
const ATTEMPTS: u32 = 16;

/// How far a caller's clock may be ahead of ours.
const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

/// An aggregate that knows what its commands touch.
pub trait Guarded: Aggregate<Context = Context, Command: Clone + Sync, Rejection: Reject> {
    /// For messages: `follow-up`.
    const NAME: &'static str;

    /// Whether the command may act on what does not exist yet.
    fn creates(command: &Self::Command) -> bool;

    /// What is asked for, and of which record as it was before: the source of trust, school and purpose, too.
    fn record(&self, command: &Self::Command) -> (Action, Record);
}

/// A command as it came in: from whom, when, and what.
#[derive(Clone, Debug)]
pub struct Call<M> {
    pub actor: Actor,
    /// When it happened, as the caller says, or else now.
    pub now: DateTime<Utc>,
    pub message: M,
    ask: Ask,
}

impl<M> Call<M> {
    /// The day on which it happened.
    pub fn today(&self) -> NaiveDate {
        date_in_england(self.now)
    }
}

/// What of a request outlives its message.
#[derive(Clone, Debug)]
struct Ask {
    request_id: Uuid,
    digest: [u8; 32],
    expected: Option<Version>,
    correlation_id: Uuid,
    causation_id: Option<Uuid>,
}

/// What a command does: one step, or several that hold together.
pub struct Plan {
    steps: Vec<Box<dyn Step>>,
    anonymous: bool,
}

impl Plan {
    /// A command to one aggregate. Its receipt is the plan's.
    pub fn of<A: Guarded>(id: impl Into<Uuid>, command: A::Command) -> Self {
        Self {
            steps: vec![Box::new(OneStep::<A> {
                stream_id: StreamId(id.into()),
                command,
            })],
            anonymous: false,
        }
    }

    /// Leaves out who did it and at what time of the day, as for answers to a survey. What the command itself says of
    /// its caller is its own business.
    #[must_use]
    pub fn anonymous(mut self) -> Self {
        self.anonymous = true;
        self
    }

    /// A command to another aggregate, recorded together with the others or not at all.
    #[must_use]
    pub fn and<A: Guarded>(mut self, id: impl Into<Uuid>, command: A::Command) -> Self {
        self.steps.push(Box::new(OneStep::<A> {
            stream_id: StreamId(id.into()),
            command,
        }));
        self
    }

    /// Both, together or not at all.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.steps.extend(other.steps);
        self
    }
}

/// An aggregate as it is now.
#[derive(Clone, Debug)]
pub struct Loaded<A> {
    pub state: A,
    pub version: Version,
    /// The trust whose key chain seals its text.
    pub trust_id: Uuid,
}

/// What became of a reaction.
#[derive(Debug)]
pub enum Reaction {
    /// It was done, now or before.
    Done(Receipt),
    /// A rule refused it, as when it has come about by other means.
    Refused(Error),
}

/// The commands of one service. Cheap to clone.
#[derive(Clone)]
pub struct Commands {
    gate: Gate,
    store: EventStore,
    keys: Keys,
    turns: Arc<Turns>,
}

impl Commands {
    pub fn new(gate: Gate, store: EventStore, keys: Keys) -> Self {
        let turns = Arc::default();
        Self {
            gate,
            store,
            keys,
            turns,
        }
    }

    /// Who may do and read what.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// The service's events.
    pub fn store(&self) -> &EventStore {
        &self.store
    }

    /// The keys that seal personal text.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Takes a command in: who calls, under which request id, and when it happened.
    pub async fn accept<M: CommandRequest>(&self, request: tonic::Request<M>) -> Result<Call<M>, Error> {
        let actor = self.gate.actor(request.metadata()).await?;
        let message = request.into_inner();
        let mut violations = Violations::new();
        let request_id = violations.id::<Uuid>("request_id", message.request_id());
        let occurred_at = violations.optional_instant("occurred_at", message.occurred_at());
        let now = Utc::now();
        let expected = message.expected_version();
        violations.check(expected.is_none_or(|version| version >= 0), "expected_version", || {
            "must be 0 or a version that was answered before".into()
        });
        if let Some(Some(instant)) = occurred_at {
            violations.check(instant <= now + CLOCK_SKEW, "occurred_at", || {
                "must not lie in the future".into()
            });
        }
        let (request_id, occurred_at) = violations.all((request_id, occurred_at))?;
        let digest = Sha256::new()
            .chain_update(M::NAME)
            .chain_update(message.encode_to_vec())
            .finalize()
            .into();
        Ok(Call {
            actor,
            now: occurred_at.unwrap_or(now),
            message,
            ask: Ask {
                request_id,
                digest,
                expected: expected.map(Version),
                correlation_id: request_id,
                causation_id: None,
            },
        })
    }

    /// Does what a call planned, and answers with its receipt.
    pub async fn run<M: CommandRequest>(
        &self,
        call: Call<M>,
        plan: Result<Plan, Error>,
    ) -> Result<tonic::Response<M::Response>, tonic::Status> {
        let receipt = self.answer(&call.ask, &call.actor, call.now, plan).await?;
        let recorded = common::Recorded {
            id: receipt.stream_id.0.to_string(),
            version: receipt.version.0,
            source: self.gate.service().to_owned(),
            position: receipt.position.0,
            replayed: receipt.replayed,
        };
        Ok(tonic::Response::new(recorded.into()))
    }

    /// Does what an event causes, once, however often it is asked. `what` tells reactions to one event apart.
    ///
    /// # Errors
    /// Only where trying again later may help.
    pub async fn react(&self, to: &Recorded, what: &str, plan: Plan) -> Result<Reaction, Error> {
        let request_id = derived("reaction", &format!("{}:{}:{what}", self.gate.service(), to.event_id));
        let ask = Ask {
            request_id,
            digest: Sha256::digest(what).into(),
            expected: None,
            correlation_id: to.metadata.correlation_id,
            causation_id: Some(to.event_id),
        };
        let actor = Actor::system(self.gate.service());
        match self.answer(&ask, &actor, to.metadata.occurred_at, Ok(plan)).await {
            Ok(receipt) => Ok(Reaction::Done(receipt)),
            Err(error) if error.is_transient() => Err(error),
            Err(error) => Ok(Reaction::Refused(error)),
        }
    }

    /// Does what the service itself is there to do, such as loading reference data; once under the same name.
    pub async fn bootstrap(&self, what: &str, plan: Plan) -> Result<Receipt, Error> {
        let request_id = derived("bootstrap", &format!("{}:{what}", self.gate.service()));
        let digest = Sha256::digest(what).into();
        let ask = Ask {
            request_id,
            digest,
            expected: None,
            correlation_id: request_id,
            causation_id: None,
        };
        self.answer(&ask, &Actor::system(self.gate.service()), Utc::now(), Ok(plan))
            .await
    }

    /// Folds an aggregate's events. None if it does not exist.
    pub async fn load<A: Guarded>(&self, id: impl Into<Uuid>) -> Result<Option<Loaded<A>>, Error> {
        let events = self.store.load(StreamId(id.into())).await?;
        let Some(last) = events.last().filter(|last| is_of::<A>(last)) else {
            return Ok(None);
        };
        Ok(Some(Loaded {
            state: fold(&events)?,
            version: last.version,
            trust_id: last.metadata.trust_id,
        }))
    }

    /// As [`Self::load`], where nothing is an error.
    pub async fn get<A: Guarded>(&self, id: impl Into<Uuid>) -> Result<Loaded<A>, Error> {
        let id = id.into();
        self.load(id).await?.ok_or_else(|| Error::not_found(A::NAME, id))
    }

    /// The receipt of what was asked: the first one, if it was asked before.
    async fn answer(
        &self,
        ask: &Ask,
        actor: &Actor,
        now: DateTime<Utc>,
        plan: Result<Plan, Error>,
    ) -> Result<Receipt, Error> {
        let result = match plan {
            Ok(plan) => self.attempt(ask, actor, now, &plan).await,
            Err(error) => Err(error),
        };
        match result {
            Err(error) if !error.is_transient() => match self.store.receipt(ask.request_id, &ask.digest).await? {
                Some(receipt) => Ok(receipt),
                None => Err(error),
            },
            other => other,
        }
    }

    async fn attempt(&self, ask: &Ask, actor: &Actor, now: DateTime<Utc>, plan: &Plan) -> Result<Receipt, Error> {
        let mut attempts = 0;
        let mut turn = match plan.steps.first() {
            Some(step) => self.turns.join(step.stream_id()).await,
            None => None,
        };
        loop {
            attempts += 1;
            let append = self.decide(ask, actor, now, plan).await?;
            match self.store.append(append).await {
                Err(AppendError::VersionConflict { stream_id, .. })
                    if ask.expected.is_none() && attempts < ATTEMPTS =>
                {
                    if turn.is_none() {
                        turn = Some(self.turns.take(stream_id).await);
                    }
                }
                result => return Ok(result?),
            }
        }
    }

    async fn decide(&self, ask: &Ask, actor: &Actor, now: DateTime<Utc>, plan: &Plan) -> Result<Append, Error> {
        let mut streams = Vec::with_capacity(plan.steps.len());
        let mut about = None;
        for (index, step) in plan.steps.iter().enumerate() {
            let expected = ask.expected.filter(|_| index == 0);
            let decided = step.decide(self, actor, now, expected).await?;
            about.get_or_insert(decided.record);
            streams.push(decided.append);
        }
        let about: Record = about.ok_or_else(|| Error::internal("a plan without steps"))?;
        let metadata = Metadata {
            trust_id: about.trust.0,
            actor_id: actor.id,
            on_behalf_of: actor.on_behalf_of.map(Uuid::from),
            purpose: about.purpose.into(),
            occurred_at: now,
            correlation_id: ask.correlation_id,
            causation_id: ask.causation_id,
            traceparent: telemetry::current_traceparent(),
            request_id: ask.request_id,
        };
        let metadata = match plan.anonymous {
            true => Metadata {
                actor_id: Actor::system(self.gate.service()).id,
                on_behalf_of: None,
                occurred_at: noon_utc(now),
                traceparent: None,
                ..metadata
            },
            false => metadata,
        };
        Ok(Append {
            metadata,
            digest: ask.digest,
            streams,
        })
    }
}

/// The middle of a day in England, so that only the day is told.
fn noon_utc(instant: DateTime<Utc>) -> DateTime<Utc> {
    date_in_england(instant)
        .and_hms_opt(12, 0, 0)
        .map_or(instant, |noon| noon.and_utc())
}

/// Whether an event is one of the aggregate: identifiers that callers choose may lead elsewhere.
fn is_of<A: Aggregate>(event: &Recorded) -> bool {
    event.kind.aggregate() == A::Event::AGGREGATE
}

/// Folds recorded events into the state that they lead to.
pub fn fold<A: Aggregate>(events: &[Recorded]) -> Result<A, Error> {
    let mut state = A::default();
    for recorded in events {
        state.evolve(&A::Event::decode(recorded.payload.as_ref()).map_err(Error::internal)?);
    }
    Ok(state)
}

type Deciding<'a> = Pin<Box<dyn Future<Output = Result<Decided, Error>> + Send + 'a>>;

/// One aggregate's part in a plan, whichever aggregate it is.
trait Step: Send + Sync {
    fn stream_id(&self) -> StreamId;

    fn decide<'a>(
        &'a self,
        commands: &'a Commands,
        actor: &'a Actor,
        now: DateTime<Utc>,
        expected: Option<Version>,
    ) -> Deciding<'a>;
}

struct OneStep<A: Guarded> {
    stream_id: StreamId,
    command: A::Command,
}

struct Decided {
    append: StreamAppend,
    record: Record,
}

impl<A: Guarded> Step for OneStep<A> {
    fn stream_id(&self) -> StreamId {
        self.stream_id
    }

    fn decide<'a>(
        &'a self,
        commands: &'a Commands,
        actor: &'a Actor,
        now: DateTime<Utc>,
        expected: Option<Version>,
    ) -> Deciding<'a> {
        Box::pin(async move {
            let history = commands.store.load(self.stream_id).await?;
            if history.last().is_some_and(|last| !is_of::<A>(last)) {
                return Err(Error::already_exists(
                    "something else by the identifier",
                    self.stream_id.0,
                ));
            }
            let version = history.last().map_or(Version(0), |event| event.version);
            if version == Version(0) && !A::creates(&self.command) {
                return Err(Error::not_found(A::NAME, self.stream_id.0));
            }
            let state: A = fold(&history)?;
            let (action, record) = state.record(&self.command);
            commands.gate.authorise(actor, action, &record).await?;
            if let Some(expected) = expected.filter(|expected| *expected != version) {
                return Err(Error::version_conflict(expected, version));
            }
            let policy = commands.gate.policy(&record, date_in_england(now));
            let context = Context {
                actor: actor.clone(),
                now,
                policy,
            };
            let decided = state
                .decide(self.command.clone(), &context)
                .map_err(|rejection| Error::rejected(&rejection))?;
            let events = commands.seal::<A>(&record, decided).await?;
            Ok(Decided {
                append: StreamAppend {
                    stream_id: self.stream_id,
                    expected: version,
                    events,
                },
                record,
            })
        })
    }
}

impl Commands {
    /// Gives every event its id, and seals the text that it holds.
    async fn seal<A: Guarded>(&self, record: &Record, events: Vec<A::Event>) -> Result<Vec<NewEvent>, Error> {
        let mut events: Vec<_> = events.into_iter().map(|event| (Uuid::now_v7(), event)).collect();
        let mut texts: Vec<_> = events.iter_mut().map(|(id, event)| (*id, event)).collect();
        self.keys.seal_many(record.trust.0, &mut texts).await?;
        let new = |(event_id, event): (Uuid, A::Event)| NewEvent {
            event_id,
            kind: Kind::of(event.kind()),
            payload: Bytes::from(event.encode_to_vec()),
        };
        Ok(events.into_iter().map(new).collect())
    }
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("steps", &self.steps.len()).finish()
    }
}

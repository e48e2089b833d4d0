//! Writes down what happens: commands are decided by the services' own aggregates, their texts sealed, and kept with the
//! moment and the receipt that a service would have given them.

use std::sync::Arc;

use anyhow::Context as _;
use api::{
    EventMessage as _,
    ids::{TrustId, derived},
};
use appraisal_service::{appraisal::Appraisal, cycle::Cycle};
use bytes::Bytes;
use catalogue_service::{
    activity::Activity,
    learning_record::LearningRecord,
    planning::{need::Need, support_ask::SupportAsk},
    session::Session,
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use coaching_service::{coaching_ask::CoachingAsk, partnership::Partnership};
use directory_service::{network::Network, person::Person, school::School, trust::Trust};
use evaluation_service::{feedback::Feedback, metric::Metric, spending::Spending};
use eventstore::{Append, Kind, Metadata, NewEvent, Past, StreamAppend, StreamId, Version};
use identity::{Actor, Context, Policy, context::date_in_england, keys::Sealer};
use observations_service::{follow_up::FollowUp, learning_walk::LearningWalk, observation::Observation};
use prost::Message as _;
use rand::{Rng as _, SeedableRng as _, rngs::ChaCha8Rng};
use service::Guarded;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::Role;

/// The services that record, in the order of their shelves.
pub(super) const SERVICES: [Role; 6] = [
    Role::Directory,
    Role::Observations,
    Role::Appraisal,
    Role::Catalogue,
    Role::Coaching,
    Role::Evaluation,
];

/// An aggregate, and whose store it is kept in.
pub(super) trait Kept: Guarded {
    /// Its place in [`SERVICES`].
    const SHELF: usize;
}

macro_rules! kept {
    ($($shelf:literal: $($aggregate:ty),*;)*) => {$($(
        impl Kept for $aggregate {
            const SHELF: usize = $shelf;
        }
    )*)*};
}

kept! {
    0: Trust, School, Network, Person;
    1: Observation, FollowUp, LearningWalk;
    2: Cycle, Appraisal;
    3: Activity, Session, LearningRecord, Need, SupportAsk;
    4: Partnership, CoachingAsk;
    5: Feedback, Metric, Spending;
}

/// An aggregate as far as it has come.
pub(super) struct Stream<A> {
    pub(super) id: Uuid,
    pub(super) state: A,
    version: i64,
}

impl<A: Default> Stream<A> {
    pub(super) fn new(id: impl Into<Uuid>) -> Self {
        Self {
            id: id.into(),
            state: A::default(),
            version: 0,
        }
    }
}

/// An append, and which of its events a service would hold until a later day.
pub(super) struct Entry {
    pub(super) past: Past,
    pub(super) held: Vec<(usize, NaiveDate)>,
}

/// What was written down at once: that, and for which request.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    pub(super) events: Vec<Uuid>,
    correlation: Uuid,
}

impl Told {
    /// What one of its events causes.
    pub(super) fn cause(&self, index: usize) -> Cause {
        Cause {
            event: self.events.get(index).copied().unwrap_or_default(),
            correlation: self.correlation,
        }
    }

    /// What its last event causes.
    pub(super) fn last(&self) -> Cause {
        self.cause(self.events.len().saturating_sub(1))
    }
}

/// An event to which services react.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cause {
    event: Uuid,
    correlation: Uuid,
}

/// The hand that writes for one school.
pub(super) struct Scribe {
    pub(super) rng: ChaCha8Rng,
    /// Now, in the simulation. It never goes back.
    clock: DateTime<Utc>,
    trust: TrustId,
    policy: Arc<Policy>,
    systems: [Actor; SERVICES.len()],
    sealer: Option<Sealer>,
    /// Subjects whose keys are needed before long.
    unkeyed: Vec<Uuid>,
    written: [Vec<Entry>; SERVICES.len()],
}

impl Scribe {
    pub(super) fn new(seed: u64, trust: TrustId) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            clock: DateTime::UNIX_EPOCH,
            trust,
            policy: Policy::national(),
            systems: SERVICES.map(|role| Actor::system(role.name())),
            sealer: None,
            unkeyed: Vec::new(),
            written: Default::default(),
        }
    }

    pub(super) fn trust(&self) -> TrustId {
        self.trust
    }

    pub(super) fn policy(&self) -> Arc<Policy> {
        self.policy.clone()
    }

    pub(super) fn today(&self) -> NaiveDate {
        date_in_england(self.clock)
    }

    /// Goes on to a moment, unless it is later already.
    pub(super) fn go_on_to(&mut self, moment: DateTime<Utc>) {
        self.clock = self.clock.max(moment);
    }

    /// An identifier of this moment.
    pub(super) fn id<T: From<Uuid>>(&mut self) -> T {
        let mut random = [0; 10];
        self.rng.fill_bytes(&mut random);
        let millis = u64::try_from(self.clock.timestamp_millis()).unwrap_or_default();
        T::from(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }

    /// Text about somebody will be written from the next slice of time on.
    pub(super) fn needs_key(&mut self, subject: impl Into<Uuid>) {
        self.unkeyed.push(subject.into());
    }

    pub(super) fn take_unkeyed(&mut self) -> Vec<Uuid> {
        std::mem::take(&mut self.unkeyed)
    }

    pub(super) fn give_keys(&mut self, sealer: Sealer) {
        match &mut self.sealer {
            Some(known) => known.extend(sealer),
            None => self.sealer = Some(sealer),
        }
    }

    pub(super) fn take_written(&mut self) -> [Vec<Entry>; SERVICES.len()] {
        std::mem::take(&mut self.written)
    }

    /// Somebody asks for something, and the aggregate decides.
    pub(super) fn tell<A: Kept>(
        &mut self,
        stream: &mut Stream<A>,
        actor: Actor,
        command: A::Command,
    ) -> anyhow::Result<Told> {
        self.clock += TimeDelta::milliseconds(170);
        let request_id: Uuid = self.id();
        let asked = Asked {
            request_id,
            digest: Sha256::digest(request_id).into(),
            correlation_id: request_id,
            causation_id: None,
        };
        self.write(stream, actor, command, asked)
    }

    /// A service answers an event: `what` tells its reactions to one event apart, as in the service itself.
    pub(super) fn react<A: Kept>(
        &mut self,
        stream: &mut Stream<A>,
        to: Cause,
        what: &str,
        command: A::Command,
    ) -> anyhow::Result<Told> {
        self.clock += TimeDelta::milliseconds(3);
        let actor = self.systems[A::SHELF].clone();
        let name = format!("{}:{}:{what}", SERVICES[A::SHELF].name(), to.event);
        let asked = Asked {
            request_id: derived("reaction", &name),
            digest: Sha256::digest(what).into(),
            correlation_id: to.correlation,
            causation_id: Some(to.event),
        };
        self.write(stream, actor, command, asked)
    }

    /// Holds events of what was written last until their days, as the service would.
    pub(super) fn hold<A: Kept>(&mut self, held: Vec<(usize, NaiveDate)>) {
        if let Some(entry) = self.written[A::SHELF].last_mut() {
            entry.held = held;
        }
    }

    fn write<A: Kept>(
        &mut self,
        stream: &mut Stream<A>,
        actor: Actor,
        command: A::Command,
        asked: Asked,
    ) -> anyhow::Result<Told> {
        let (_, record) = stream.state.record(&command);
        let actor_id = actor.id;
        let context = Context {
            actor,
            now: self.clock,
            policy: self.policy.clone(),
        };
        let decided = stream
            .state
            .decide(command, &context)
            .with_context(|| format!("{} {} refused on {}", A::NAME, stream.id, self.today()))?;
        let mut told = Told {
            events: Vec::with_capacity(decided.len()),
            correlation: asked.correlation_id,
        };
        if decided.is_empty() {
            return Ok(told);
        }
        let mut events = Vec::with_capacity(decided.len());
        for mut event in decided {
            let event_id = self.id();
            if let Some(sealer) = &self.sealer {
                sealer.seal(event_id, &mut event)?;
            }
            stream.state.evolve(&event);
            told.events.push(event_id);
            events.push(NewEvent {
                event_id,
                kind: Kind::of(event.kind()),
                payload: Bytes::from(event.encode_to_vec()),
            });
        }
        let expected = Version(stream.version);
        stream.version += i64::try_from(events.len())?;
        let metadata = Metadata {
            trust_id: record.trust.0,
            actor_id,
            on_behalf_of: None,
            purpose: record.purpose.into(),
            occurred_at: self.clock,
            correlation_id: asked.correlation_id,
            causation_id: asked.causation_id,
            traceparent: None,
            request_id: asked.request_id,
        };
        let append = Append {
            metadata,
            digest: asked.digest,
            streams: vec![StreamAppend {
                stream_id: StreamId(stream.id),
                expected,
                events,
            }],
        };
        self.written[A::SHELF].push(Entry {
            past: Past {
                append,
                recorded_at: self.clock,
            },
            held: Vec::new(),
        });
        Ok(told)
    }
}

/// What of a request outlives its command.
struct Asked {
    request_id: Uuid,
    digest: [u8; 32],
    correlation_id: Uuid,
    causation_id: Option<Uuid>,
}

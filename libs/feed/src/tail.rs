//! Following a source: every event once, in order, without gaps.

mod stream;

use std::{collections::VecDeque, pin::pin, time::Duration};

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use chrono::{DateTime, Utc};
use eventstore::{Position, Recorded};
use tokio::{sync::watch, time::Instant};

use self::stream::Messages;
use crate::{
    Error, LOOK_EVERY,
    envelope::Message,
    error::causes,
    source::{Place, Status},
};

/// From this many events behind the head on, NATS is listened to.
const NEAR: i64 = 5_000;

/// Follows a source. What was not returned by [`Tail::next`] is read again by a new tail.
#[derive(Debug)]
pub struct Tail {
    name: &'static str,
    place: Place,
    wake: Wake,
    after: Position,
    /// Known with the first answer of the owner.
    epoch: Option<i64>,
    /// Heard of, but not yet returned: later than `after`, in ascending order, perhaps with holes.
    heard: VecDeque<Recorded>,
    /// Whether what NATS says has been compared with the store since its consumer was opened.
    trusted: bool,
    /// Whether the head is near enough for NATS to be the faster way.
    near: bool,
    next_look: Instant,
    /// Not before then, since the owner was away.
    patient_until: Instant,
    patience: ExponentialBackoff,
    complete: watch::Sender<Option<DateTime<Utc>>>,
}

/// How a tail hears that there is something new. None of it has to work.
#[derive(Debug)]
enum Wake {
    Local(watch::Receiver<Position>),
    Remote(Box<Messages>),
    Never,
}

impl Tail {
    pub(crate) fn new(name: &'static str, place: Place, after: Position) -> Self {
        let wake = match &place {
            Place::Local(store) => Wake::Local(store.watch()),
            Place::Remote(remote) => match &remote.nats {
                Some(nats) => Wake::Remote(Box::new(Messages::new(name, nats.clone()))),
                None => Wake::Never,
            },
        };
        Self {
            name,
            place,
            wake,
            after,
            epoch: None,
            heard: VecDeque::new(),
            trusted: false,
            near: false,
            next_look: Instant::now(),
            patient_until: Instant::now(),
            patience: patience(),
            complete: watch::Sender::new(None),
        }
    }

    /// The last position returned.
    pub fn position(&self) -> Position {
        self.after
    }

    /// The epoch of the events, as soon as it is known: at the latest after the first [`Tail::next`].
    pub fn epoch(&self) -> Option<i64> {
        self.epoch
    }

    /// The last moment, by the owner's clock, up to which everything was returned: moves on while nothing happens.
    pub fn complete_up_to(&self) -> watch::Receiver<Option<DateTime<Utc>>> {
        self.complete.subscribe()
    }

    /// The events that follow, at most `max` and at least one: as soon as there is anything, and as much as there is.
    /// Waits as long as the owner is away. May be cancelled without loss. An error is final.
    pub async fn next(&mut self, max: usize) -> Result<Vec<Recorded>, Error> {
        loop {
            self.hear(max).await;
            if self.trusted {
                let events = self.consecutive(max);
                if !events.is_empty() {
                    return Ok(self.advance(events));
                }
            }
            if self.must_look() {
                match self.look(max).await {
                    Ok(events) if events.is_empty() => {}
                    Ok(events) => return Ok(self.advance(events)),
                    Err(error) if error.is_final() => return Err(error),
                    Err(error) => self.be_patient(&error),
                }
            }
            self.wait(max).await;
        }
    }

    /// Takes in what has arrived, without waiting.
    async fn hear(&mut self, max: usize) {
        let Wake::Remote(messages) = &mut self.wake else { return };
        if self.near && messages.open_if_due(self.after).await {
            self.trusted = false;
        }
        while self.heard.len() < max {
            let Wake::Remote(messages) = &mut self.wake else { return };
            let Some(message) = messages.arrived() else { return };
            self.note(message);
        }
    }

    fn note(&mut self, message: stream::Message) {
        let newest = self.heard.back().map_or(self.after, |event| event.position);
        match message {
            Some(Message { epoch, event }) if Some(epoch) == self.epoch => {
                // What comes twice, or late, is known already or will be healed.
                if event.position > newest {
                    self.heard.push_back(event);
                }
            }
            _ => self.next_look = Instant::now(),
        }
    }

    /// What was heard, up to the first hole.
    fn consecutive(&mut self, max: usize) -> Vec<Recorded> {
        while self.heard.front().is_some_and(|event| event.position <= self.after) {
            self.heard.pop_front();
        }
        let expected = (1..).map(|distance| self.after.0 + distance);
        let count = self
            .heard
            .iter()
            .zip(expected)
            .take(max)
            .take_while(|(event, at)| event.position.0 == *at)
            .count();
        self.heard.drain(..count).collect()
    }

    /// When it is time, or when what was heard begins behind a hole.
    fn must_look(&self) -> bool {
        let now = Instant::now();
        now >= self.patient_until && (now >= self.next_look || !self.heard.is_empty())
    }

    fn is_local(&self) -> bool {
        matches!(self.place, Place::Local(_))
    }

    /// Looks at the truth, and heals the hole before what was heard, if there is one.
    async fn look(&mut self, max: usize) -> Result<Vec<Recorded>, Error> {
        if let Wake::Local(head) = &mut self.wake {
            head.borrow_and_update();
        }
        if self.is_local() && self.epoch.is_some() {
            // Mostly, we were woken since there is something.
            let events = self.place.read(self.name, self.after, max).await?;
            if !events.is_empty() {
                // There may be more where this came from.
                self.next_look = Instant::now();
                return Ok(events);
            }
        }
        let status = self.place.status(self.name).await?;
        self.check(&status)?;
        self.patience = patience();
        self.near = status.position.0 - self.after.0 <= NEAR;
        self.next_look = Instant::now() + LOOK_EVERY;
        if status.position == self.after {
            self.trusted = true;
            self.complete.send_replace(Some(status.at));
            return Ok(Vec::new());
        }
        let hole = self
            .heard
            .front()
            .map_or(0, |event| event.position.0 - self.after.0 - 1);
        let wanted = usize::try_from(hole)
            .ok()
            .filter(|hole| *hole > 0 && self.trusted)
            .map_or(max, |hole| hole.min(max));
        let events = self.place.read(self.name, self.after, wanted).await?;
        self.compare(&events)?;
        self.trusted = true;
        if hole > 0 {
            metrics::counter!("holes_healed", "source" => self.name).increment(1);
            tracing::info!(
                source = self.name,
                after = self.after.0,
                events = events.len(),
                "healed a hole"
            );
        }
        // There may be more where this came from.
        self.next_look = Instant::now();
        Ok(events)
    }

    /// What was heard of must be what the store holds.
    fn compare(&self, events: &[Recorded]) -> Result<(), Error> {
        let heard = |position| self.heard.binary_search_by_key(&position, |heard| heard.position).ok();
        for event in events {
            if heard(event.position).is_some_and(|index| self.heard[index].event_id != event.event_id) {
                return Err(Error::Diverged {
                    name: self.name,
                    position: event.position,
                });
            }
        }
        Ok(())
    }

    fn be_patient(&mut self, error: &Error) {
        let pause = self.patience.next().unwrap_or(LOOK_EVERY);
        tracing::warn!(
            source = self.name,
            error = causes(error),
            ?pause,
            "the owner is away: waiting"
        );
        self.patient_until = Instant::now() + pause;
    }

    fn check(&mut self, status: &Status) -> Result<(), Error> {
        let name = self.name;
        let expected = *self.epoch.get_or_insert(status.epoch);
        if expected != status.epoch {
            return Err(Error::EpochChanged {
                name,
                expected,
                actual: status.epoch,
            });
        }
        let seen = self.heard.back().map_or(self.after, |event| event.position);
        if status.position < seen {
            return Err(Error::StoreBehind {
                name,
                head: status.position,
                seen,
            });
        }
        Ok(())
    }

    fn advance(&mut self, events: Vec<Recorded>) -> Vec<Recorded> {
        if let Some(last) = events.last() {
            self.after = last.position;
        }
        events
    }

    /// Until something arrives or it is time to look.
    async fn wait(&mut self, max: usize) {
        let look_at = if self.heard.is_empty() {
            self.next_look
        } else {
            self.patient_until
        };
        let mut time = pin!(tokio::time::sleep_until(look_at.max(self.patient_until)));
        match &mut self.wake {
            Wake::Local(head) => tokio::select! {
                Ok(()) = head.changed() => self.next_look = Instant::now(),
                () = &mut time => {}
            },
            Wake::Remote(messages) if self.heard.len() < max => tokio::select! {
                message = messages.next() => self.note(message),
                () = &mut time => {}
            },
            Wake::Remote(_) | Wake::Never => time.await,
        }
    }
}

/// How long to wait for an owner that is away.
fn patience() -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(50))
        .with_max_delay(LOOK_EVERY)
        .without_max_times()
        .with_jitter()
        .build()
}

//! A projection at work, seen from outside: what it has applied, what to read, and what to do when it stands still.

use std::{sync::Arc, time::Duration};

use chrono::{TimeDelta, Utc};
use db::Db;
use eventstore::Position;
use feed::Source;
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::{MissedTickBehavior, interval, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    Checkpoint, Error, Home, Projection, Stalled,
    build::{Order, Remedy, Worker},
    error::causes,
    home::Build,
    state::State,
};

const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// Retired views stay this long for readers that are still at it.
const GRACE: TimeDelta = TimeDelta::minutes(1);

/// Keeps a projection's views up to date.
pub struct Runner<P> {
    projection: Arc<P>,
    home: Home,
    sources: Vec<Source>,
    current: Running,
    published: watch::Sender<State>,
    requests: mpsc::Receiver<Request>,
    handle: Handle,
}

/// Asks and directs a running projection. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    state: watch::Receiver<State>,
    requests: mpsc::Sender<Request>,
}

/// Why a position was not waited for any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaitError {
    #[error("the views did not get that far in time")]
    TimedOut,
    #[error("the projection does not run any more")]
    Stopped,
}

#[derive(Debug)]
enum Request {
    Remedy(Order),
    Rebuild(oneshot::Sender<Result<(), Error>>),
}

/// A build, and the task that works on it.
struct Running {
    build: Build,
    state: watch::Receiver<State>,
    orders: mpsc::Sender<Order>,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl<P: Projection> Runner<P> {
    /// Opens the views of this version, made if they are missing, and begins to apply events.
    pub async fn new(home: &Home, projection: P, sources: Vec<Source>) -> Result<Self, Error> {
        let projection = Arc::new(projection);
        let build = home.latest(&*projection).await?;
        let current = Running::open(home, build, &projection, &sources).await?;
        let published = watch::Sender::new(current.state.borrow().clone());
        let (sender, requests) = mpsc::channel(8);
        let handle = Handle {
            state: published.subscribe(),
            requests: sender,
        };
        Ok(Self {
            projection,
            home: home.clone(),
            sources,
            current,
            published,
            requests,
            handle,
        })
    }

    /// To ask and direct it.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Applies events until `shutdown`, or until it is dropped. An error means that the projection itself is broken.
    pub async fn run(mut self, shutdown: CancellationToken) -> Result<(), Error> {
        let mut upkeep = interval(UPKEEP_EVERY);
        upkeep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut next: Option<Running> = None;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return Ok(()),
                Ok(()) = self.current.state.changed() => self.publish().await,
                _ = &mut self.current.task => return Err(Error::Broken),
                caught_up = caught_up(&mut next) => match caught_up {
                    Some(()) => {
                        if let Some(next) = next.take() {
                            self.replace(next).await;
                        }
                    }
                    None => next = None,
                },
                Some(request) = self.requests.recv() => match request {
                    Request::Remedy(order) => self.pass_on(order, next.as_ref()).await,
                    Request::Rebuild(reply) => {
                        // Whoever asked may be gone.
                        reply.send(self.rebuild(&mut next).await).ok();
                    }
                },
                _ = upkeep.tick() => {
                    if let Err(error) = self.keep_up(&mut next).await {
                        tracing::warn!(error = causes(&error), "cannot see to retired views yet");
                    }
                }
            }
        }
    }

    /// Shows the state of the build in use, which is in use for good once it has caught up.
    async fn publish(&mut self) {
        let state = self.current.state.borrow_and_update().clone();
        if !self.current.build.is_active && state.is_caught_up() {
            match self.home.activate(&self.current.build).await {
                Ok(()) => self.current.build.is_active = true,
                Err(error) => tracing::warn!(error = causes(&error), "caught up, but cannot say so yet"),
            }
        }
        self.published.send_replace(state);
    }

    /// Follows another process that rebuilt these views, and removes what retired.
    async fn keep_up(&self, next: &mut Option<Running>) -> Result<(), Error> {
        let latest = self.home.latest(&*self.projection).await?;
        if latest.is_active && latest.build != self.current.build.build && next.is_none() {
            *next = Some(Running::open(&self.home, latest, &self.projection, &self.sources).await?);
        }
        self.home
            .remove_retired(self.projection.name(), Utc::now() - GRACE)
            .await
    }

    /// Begins a build beside the one in use.
    async fn rebuild(&self, next: &mut Option<Running>) -> Result<(), Error> {
        if next.is_some() {
            return Err(Error::Settings("a rebuild is under way already".into()));
        }
        let build = self.home.begin(&*self.projection).await?;
        tracing::info!(
            projection = build.projection,
            version = build.version,
            build = build.build,
            "rebuilding"
        );
        *next = Some(Running::open(&self.home, build, &self.projection, &self.sources).await?);
        Ok(())
    }

    async fn replace(&mut self, next: Running) {
        tracing::info!(projection = next.build.projection, build = next.build.build, "rebuilt");
        self.current = next;
        self.current.state.mark_changed();
        self.publish().await;
    }

    /// To the build that stands still.
    async fn pass_on(&self, order: Order, next: Option<&Running>) {
        let stands_still = |running: &&Running| running.state.borrow().stalled.is_some();
        let to = [Some(&self.current), next].into_iter().flatten().find(stands_still);
        let unsent = match to {
            Some(running) => running.orders.send(order).await.err().map(|unsent| unsent.0),
            None => Some(order),
        };
        if let Some((_, reply)) = unsent {
            // Whoever asked may be gone.
            reply
                .send(Err(Error::Settings("the projection does not stand still".into())))
                .ok();
        }
    }
}

impl Running {
    async fn open<P: Projection>(
        home: &Home,
        build: Build,
        projection: &Arc<P>,
        sources: &[Source],
    ) -> Result<Self, Error> {
        let names: Vec<_> = sources.iter().map(Source::name).collect();
        let db = home.views(&build, &**projection, &names).await?;
        let checkpoints = crate::store::checkpoints(&db, &names).await?;
        let (state, receiver) = watch::channel(State {
            db,
            build: build.build,
            checkpoints: checkpoints
                .into_iter()
                .map(|checkpoint| (checkpoint.source, checkpoint))
                .collect(),
            stalled: None,
            caught_up: names.into_iter().map(|name| (name, false)).collect(),
        });
        let (sender, orders) = mpsc::channel(1);
        let worker = Worker {
            projection: projection.clone(),
            sources: sources.to_vec(),
            state,
            orders,
        };
        let task = tokio::spawn(async move { match worker.run().await {} });
        Ok(Self {
            build,
            state: receiver,
            orders: sender,
            task,
        })
    }
}

/// When the build beside has caught up; `None` if it broke.
async fn caught_up(next: &mut Option<Running>) -> Option<()> {
    match next {
        Some(next) => next.state.wait_for(State::is_caught_up).await.ok().map(|_| ()),
        None => std::future::pending().await,
    }
}

impl Handle {
    /// The views to read. After a rebuild it is another database, so ask each time.
    pub fn db(&self) -> Db {
        self.state.borrow().db.clone()
    }

    /// Waits until an event is applied: read your own writes.
    pub async fn wait_for(&self, source: &str, position: Position, patience: Duration) -> Result<(), WaitError> {
        self.wait_until(|state| state.has(source, position), patience).await
    }

    /// Waits until the head of every source was reached once.
    pub async fn caught_up(&self, patience: Duration) -> Result<(), WaitError> {
        self.wait_until(State::is_caught_up, patience).await
    }

    /// Whether the head of every source was reached once: until then, views tell of the past only.
    pub fn is_caught_up(&self) -> bool {
        self.state.borrow().is_caught_up()
    }

    /// How far each source was applied, and up to which moment it is complete.
    pub fn checkpoints(&self) -> Vec<Checkpoint> {
        self.state.borrow().checkpoints.values().cloned().collect()
    }

    /// Why it stands still, if it does.
    pub fn stalled(&self) -> Option<Stalled> {
        self.state.borrow().stalled.clone()
    }

    /// Counts the rebuilds of this version, from 1.
    pub fn build(&self) -> i64 {
        self.state.borrow().build
    }

    /// Waits until it stands still, or goes on.
    pub async fn until_stalled(&self, stalled: bool, patience: Duration) -> Result<(), WaitError> {
        self.wait_until(|state| state.stalled.is_some() == stalled, patience)
            .await
    }

    /// Tries the event again that stalls.
    pub async fn retry(&self) -> Result<(), Error> {
        self.order(Remedy::Retry).await
    }

    /// Passes over the event that stalls, and records why.
    pub async fn skip(&self, reason: impl Into<String>) -> Result<(), Error> {
        self.order(Remedy::Skip { reason: reason.into() }).await
    }

    /// Begins to build the views anew, beside those in use, which they replace once they have caught up.
    pub async fn rebuild(&self) -> Result<(), Error> {
        let (reply, replied) = oneshot::channel();
        self.request(Request::Rebuild(reply), replied).await
    }

    async fn order(&self, remedy: Remedy) -> Result<(), Error> {
        let before = self.stalled();
        let (reply, replied) = oneshot::channel();
        self.request(Request::Remedy((remedy, reply)), replied).await?;
        // Until it shows, so that what is asked next is not about what was.
        let mut state = self.state.clone();
        if before.is_some() {
            state
                .wait_for(|state| state.stalled != before)
                .await
                .map_err(|_| Error::Broken)?;
        }
        Ok(())
    }

    async fn request(&self, request: Request, replied: oneshot::Receiver<Result<(), Error>>) -> Result<(), Error> {
        self.requests.send(request).await.map_err(|_| Error::Broken)?;
        replied.await.map_err(|_| Error::Broken)?
    }

    async fn wait_until(&self, is_so: impl FnMut(&State) -> bool, patience: Duration) -> Result<(), WaitError> {
        let mut state = self.state.clone();
        match timeout(patience, state.wait_for(is_so)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(WaitError::Stopped),
            Err(_) => Err(WaitError::TimedOut),
        }
    }
}

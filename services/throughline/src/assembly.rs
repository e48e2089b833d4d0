//! How roles are put together, wherever they run: the same parts, given sources that are near or far.

use db::Db;
use directory_service::Directory;
use eventstore::EventStore;
use feed::Source;
use identity::{Authenticator, Keys, Roster};
use projection::Home;
use service::{Commands, Gate, Server, page::Pager, reads::ReadLog};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What every role stands on.
pub(crate) struct Foundation {
    pub(crate) authenticator: Authenticator,
    pub(crate) roster: Roster,
    pub(crate) keys: Keys,
    pub(crate) pager: Pager,
    pub(crate) shutdown: CancellationToken,
}

impl Foundation {
    /// The door of a service, with the log of reads in its database.
    pub(crate) async fn gate(&self, service: &'static str, db: Db) -> anyhow::Result<Gate> {
        let reads = ReadLog::open(db).await?;
        Ok(Gate::new(
            service,
            self.authenticator.clone(),
            self.roster.clone(),
            reads,
        ))
    }

    /// The command path of a service.
    pub(crate) async fn commands(&self, service: &'static str, store: EventStore, db: Db) -> anyhow::Result<Commands> {
        Ok(Commands::new(self.gate(service, db).await?, store, self.keys.clone()))
    }

    pub(crate) async fn directory(
        &self,
        commands: Commands,
        server: Server,
        tasks: &mut Tasks,
    ) -> anyhow::Result<Server> {
        let directory = Directory::new(commands, self.pager.clone());
        directory.load_reference().await?;
        let (reacting, shutdown) = (directory.clone(), self.shutdown.clone());
        tasks.spawn("directory reactions", self.shutdown.clone(), async move {
            reacting.react(shutdown).await;
            Ok(())
        });
        Ok(directory.register(server))
    }

    /// `sources` are those of the directory, observations and appraisal.
    pub(crate) async fn observations(
        &self,
        commands: Commands,
        db: Db,
        home: &Home,
        sources: [Source; 3],
        server: Server,
        tasks: &mut Tasks,
    ) -> anyhow::Result<Server> {
        let [directory, _, appraisal] = sources;
        let deps = observations_service::Deps {
            commands,
            db,
            index: home.clone(),
            directory,
            appraisal,
        };
        let service = observations_service::Service::open(deps).await?;
        let server = service.register(server);
        let shutdown = self.shutdown.clone();
        tasks.spawn("observations", self.shutdown.clone(), async move {
            Ok(service.run(shutdown).await?)
        });
        Ok(server)
    }

    /// `sources` are those of the directory, observations and appraisal.
    pub(crate) async fn appraisal(
        &self,
        commands: Commands,
        db: Db,
        home: &Home,
        sources: [Source; 3],
        server: Server,
        tasks: &mut Tasks,
    ) -> anyhow::Result<Server> {
        let [directory, observations, _] = sources;
        let deps = appraisal_service::Deps {
            commands,
            db,
            index: home.clone(),
            directory,
            observations,
        };
        let service = appraisal_service::Service::open(deps).await?;
        let server = service.register(server);
        let shutdown = self.shutdown.clone();
        tasks.spawn("appraisal", self.shutdown.clone(), async move {
            Ok(service.run(shutdown).await?)
        });
        Ok(server)
    }

    /// `db` keeps the log of reads, `home` the views.
    pub(crate) async fn projection(
        &self,
        db: Db,
        home: &Home,
        sources: [Source; 3],
        server: Server,
        tasks: &mut Tasks,
    ) -> anyhow::Result<Server> {
        let deps = projection_service::Deps {
            home: home.clone(),
            sources: sources.into(),
            keys: self.keys.clone(),
            gate: self.gate("projection", db).await?,
            pager: self.pager.clone(),
        };
        let service = projection_service::Service::open(deps).await?;
        let server = service.serve(server);
        let shutdown = self.shutdown.clone();
        tasks.spawn("projection", self.shutdown.clone(), async move {
            Ok(service.run(shutdown).await?)
        });
        Ok(server)
    }
}

/// What runs beside the server. A task that fails ends the process: it is restarted, and begins where it was.
#[derive(Default)]
pub(crate) struct Tasks {
    running: JoinSet<()>,
}

impl Tasks {
    /// Runs until it ends. Its failure asks everything else to end, too.
    pub(crate) fn spawn(
        &mut self,
        name: &'static str,
        shutdown: CancellationToken,
        task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        self.running.spawn(async move {
            if let Err(error) = task.await {
                tracing::error!(task = name, error = format!("{error:#}"), "ended by an error");
                shutdown.cancel();
            }
        });
    }

    /// Waits until everything has ended, within a bound.
    pub(crate) async fn finish(mut self) {
        let ended = async { while self.running.join_next().await.is_some() {} };
        if tokio::time::timeout(std::time::Duration::from_secs(10), ended)
            .await
            .is_err()
        {
            tracing::warn!("some tasks did not end in time");
        }
    }
}

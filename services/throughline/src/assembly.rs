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

    pub(crate) async fn directory(&self, own: Own, server: Server, tasks: &mut Tasks) -> anyhow::Result<Server> {
        let directory = Directory::new(self.commands("directory", own.store, own.db).await?, self.pager.clone());
        directory.load_reference().await?;
        let (reacting, shutdown) = (directory.clone(), self.shutdown.clone());
        tasks.spawn("directory reactions", self.shutdown.clone(), async move {
            reacting.react(shutdown).await;
            Ok(())
        });
        Ok(directory.register(server))
    }

    /// `home` keeps the index.
    pub(crate) async fn observations(
        &self,
        own: Own,
        home: &Home,
        sources: &Sources,
        server: Server,
        tasks: &mut Tasks,
    ) -> anyhow::Result<Server> {
        let service = observations_service::Service::open(observations_service::Deps {
            commands: self
                .commands(observations_service::NAME, own.store, own.db.clone())
                .await?,
            db: own.db,
            index: home.clone(),
            directory: sources.directory.clone(),
            appraisal: sources.appraisal.clone(),
            catalogue: sources.catalogue.clone(),
            coaching: sources.coaching.clone(),
        })
        .await?;
        let server = service.register(server);
        tasks.run("observations", &self.shutdown, |shutdown| service.run(shutdown));
        Ok(server)
    }

    /// `home` keeps the index.
    pub(crate) async fn appraisal(
        &self,
        own: Own,
        home: &Home,
        sources: &Sources,
        server: Server,
        tasks: &mut Tasks,
    ) -> anyhow::Result<Server> {
        let service = appraisal_service::Service::open(appraisal_service::Deps {
            commands: self
                .commands(appraisal_service::NAME, own.store, own.db.clone())
                .await?,
            db: own.db,
            index: home.clone(),
            directory: sources.directory.clone(),
            observations: sources.observations.clone(),
        })
        .await?;
        let server = service.register(server);
        tasks.run("appraisal", &self.shutdown, |shutdown| service.run(shutdown));
        Ok(server)
    }

    /// `home` keeps the index.
    pub(crate) async fn catalogue(
        &self,
        own: Own,
        home: &Home,
        sources: &Sources,
        server: Server,
        tasks: &mut Tasks,
    ) -> anyhow::Result<Server> {
        let service = catalogue_service::Service::open(catalogue_service::Deps {
            commands: self
                .commands(catalogue_service::NAME, own.store, own.db.clone())
                .await?,
            db: own.db,
            index: home.clone(),
            pager: self.pager.clone(),
            directory: sources.directory.clone(),
            observations: sources.observations.clone(),
            appraisal: sources.appraisal.clone(),
            coaching: sources.coaching.clone(),
        })
        .await?;
        let server = service.register(server);
        tasks.run("catalogue", &self.shutdown, |shutdown| service.run(shutdown));
        Ok(server)
    }

    /// `home` keeps the index.
    pub(crate) async fn coaching(
        &self,
        own: Own,
        home: &Home,
        sources: &Sources,
        server: Server,
        tasks: &mut Tasks,
    ) -> anyhow::Result<Server> {
        let service = coaching_service::Service::open(coaching_service::Deps {
            commands: self.commands(coaching_service::NAME, own.store, own.db.clone()).await?,
            db: own.db,
            index: home.clone(),
            pager: self.pager.clone(),
            directory: sources.directory.clone(),
            observations: sources.observations.clone(),
        })
        .await?;
        let server = service.register(server);
        tasks.run("coaching", &self.shutdown, |shutdown| service.run(shutdown));
        Ok(server)
    }

    /// `home` keeps the index.
    pub(crate) async fn evaluation(
        &self,
        own: Own,
        home: &Home,
        sources: &Sources,
        server: Server,
        tasks: &mut Tasks,
    ) -> anyhow::Result<Server> {
        let service = evaluation_service::Service::open(evaluation_service::Deps {
            commands: self
                .commands(evaluation_service::NAME, own.store, own.db.clone())
                .await?,
            db: own.db,
            index: home.clone(),
            pager: self.pager.clone(),
            observations: sources.observations.clone(),
            catalogue: sources.catalogue.clone(),
        })
        .await?;
        let server = service.register(server);
        tasks.run("evaluation", &self.shutdown, |shutdown| service.run(shutdown));
        Ok(server)
    }

    /// `db` keeps the log of reads, `home` the views.
    pub(crate) async fn projection(
        &self,
        db: Db,
        home: &Home,
        sources: &Sources,
        server: Server,
        tasks: &mut Tasks,
    ) -> anyhow::Result<Server> {
        let deps = projection_service::Deps {
            home: home.clone(),
            sources: sources.all(),
            keys: self.keys.clone(),
            gate: self.gate("projection", db).await?,
            pager: self.pager.clone(),
        };
        let service = projection_service::Service::open(deps).await?;
        let server = service.serve(server);
        tasks.run("projection", &self.shutdown, |shutdown| service.run(shutdown));
        Ok(server)
    }
}

/// What a service records, and nobody else writes.
pub(crate) struct Own {
    pub(crate) store: EventStore,
    pub(crate) db: Db,
}

/// The feeds of all services that record facts.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) directory: Source,
    pub(crate) observations: Source,
    pub(crate) appraisal: Source,
    pub(crate) catalogue: Source,
    pub(crate) coaching: Source,
    pub(crate) evaluation: Source,
}

impl Sources {
    fn all(&self) -> Vec<Source> {
        let Self {
            directory,
            observations,
            appraisal,
            catalogue,
            coaching,
            evaluation,
        } = self.clone();
        vec![directory, observations, appraisal, catalogue, coaching, evaluation]
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

    /// Runs a service until it ends, or `shutdown`.
    fn run<F, E>(&mut self, name: &'static str, shutdown: &CancellationToken, run: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<anyhow::Error>,
    {
        let running = run(shutdown.clone());
        self.spawn(name, shutdown.clone(), async move { running.await.map_err(Into::into) });
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

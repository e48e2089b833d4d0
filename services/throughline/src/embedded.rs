//! Every role in one process, on SQLite files: `throughline up`, and what the demo runs on.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, bail};
use client::{Channels, Clients};
use db::Db;
use eventstore::EventStore;
use feed::Source;
use gateway_service::{DemoPerson, Gateway, SignIn};
use identity::{Authenticator, Kek, Keys, Roster, issuer::Issuer, token::Verifier};
use projection::Home;
use serde::{Deserialize, Serialize};
use service::{Listen, Running, Server, config, page::Pager, shutdown, telemetry};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    EmbeddedOptions,
    assembly::{Foundation, Own, Sources, Tasks},
    demo, split,
    tokens::Tokens,
};

/// The account that imports schools and staff.
pub(crate) const OPERATOR: &str = "operator";

/// Where an embedded product was last served, for commands beside it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Site {
    /// The `iss` of its tokens.
    pub(crate) issuer: String,
    /// Its gRPC address.
    pub(crate) grpc: String,
}

impl Site {
    const FILE: &str = "site.json";

    pub(crate) fn load(data: &Path) -> anyhow::Result<Self> {
        let path = data.join(Self::FILE);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} is missing: has `throughline up` been run here?", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))
    }

    fn save(&self, data: &Path) -> anyhow::Result<()> {
        let path = data.join(Self::FILE);
        fs::write(&path, serde_json::to_string_pretty(self)?).with_context(|| format!("writing {}", path.display()))
    }
}

/// `throughline up`.
pub(crate) async fn up(options: &EmbeddedOptions, logging: &config::Telemetry) -> anyhow::Result<()> {
    let telemetry = telemetry::start(logging, "embedded")?;
    let product = Embedded::start(options).await?;
    product.say_where();
    product.wait().await?;
    telemetry.shutdown().await;
    Ok(())
}

/// `throughline demo`.
pub(crate) async fn demo(
    demo: &demo::Options,
    options: &EmbeddedOptions,
    logging: &config::Telemetry,
) -> anyhow::Result<()> {
    // Nothing but what goes wrong, between the lines of the demo itself.
    let log = if logging.log.starts_with("info") {
        "warn,sqlx::pool=error".to_owned()
    } else {
        logging.log.clone()
    };
    let telemetry = telemetry::start(&config::Telemetry { log, ..logging.clone() }, "demo")?;
    let product = Embedded::start(options).await?;
    if demo::Cast::load(&options.place.data)?.people.is_empty() {
        let clients = Clients::new(Channels::one(product.server.channel()));
        let tokens = Tokens::new(product.issuer.clone());
        tokio::select! {
            played = demo::play(demo, clients, &tokens, OPERATOR, &options.place.data) => played?,
            () = product.shutdown.cancelled() => bail!("interrupted; remove {} to begin anew", options.place.data.display()),
        }
    } else {
        println!(
            "{} holds a demo already: remove it to play another.",
            options.place.data.display()
        );
    }
    if demo.exit {
        product.shutdown.cancel();
    } else {
        product.say_where();
        println!("Ask as one of the demo's people: `throughline token` lists them. README.md has a first tour.");
    }
    product.wait().await?;
    telemetry.shutdown().await;
    Ok(())
}

/// The product at work in this process.
pub(crate) struct Embedded {
    server: Running,
    issuer: Arc<Issuer>,
    web: SocketAddr,
    shutdown: CancellationToken,
    tasks: Tasks,
    /// Held while the product runs: two of them on the same files would each believe to be alone.
    _lock: File,
}

impl Embedded {
    pub(crate) async fn start(options: &EmbeddedOptions) -> anyhow::Result<Self> {
        let data = &options.place.data;
        fs::create_dir_all(data).with_context(|| format!("making {}", data.display()))?;
        let lock = lock(data)?;
        let shutdown = shutdown::on_signal()?;
        let mut tasks = Tasks::default();

        let issuer = start_issuer(data, options.issuer_listen, &shutdown, &mut tasks).await?;
        let kek = Kek::load_or_create(&data.join("keys").join("key-encryption-key"))?;
        let keys = Keys::over(open(&data.join("keys").join("keys.db")).await?, kek).await?;

        let own = async |name: &str| -> anyhow::Result<Own> {
            let db = open(&data.join(format!("{name}.db"))).await?;
            let store = EventStore::open(db.clone()).await?;
            Ok(Own { store, db })
        };
        let directory = own("directory").await?;
        let observations = own("observations").await?;
        let appraisal = own("appraisal").await?;
        let catalogue = own("catalogue").await?;
        let coaching = own("coaching").await?;
        let evaluation = own("evaluation").await?;
        let sources = Sources {
            directory: Source::local("directory", directory.store.clone()),
            observations: Source::local("observations", observations.store.clone()),
            appraisal: Source::local("appraisal", appraisal.store.clone()),
            catalogue: Source::local("catalogue", catalogue.store.clone()),
            coaching: Source::local("coaching", coaching.store.clone()),
            evaluation: Source::local("evaluation", evaluation.store.clone()),
        };

        let roster = Roster::follow(sources.directory.clone());
        keys.forget_with(&roster);
        roster.catch_up().await?;
        // With an issuer of its own, a school runs this for real.
        let verifier = Verifier::new(split::trusted(&options.identity).into_iter().chain([issuer.trusted()]));
        let operators = [format!("{}#{OPERATOR}", issuer.issuer())];
        let operators = operators.iter().chain(&options.identity.operators);
        let operators: Vec<_> = operators.map(|account| (account.clone(), None)).collect();
        let parts = Foundation {
            authenticator: Authenticator::new(verifier, roster.clone(), keys.clone(), operators),
            roster,
            keys,
            pager: Pager::ephemeral(),
            shutdown: shutdown.clone(),
        };

        let mut server = Server::new("throughline", (&options.edge).into());
        let index = Home::new(folder(&data.join("index")))?;
        let views = Home::new(folder(&data.join("views")))?;
        let reads = open(&data.join("projection.db")).await?;
        server = parts.directory(directory, server, &mut tasks).await?;
        server = parts
            .observations(observations, &index, &sources, server, &mut tasks)
            .await?;
        server = parts.appraisal(appraisal, &index, &sources, server, &mut tasks).await?;
        server = parts.catalogue(catalogue, &index, &sources, server, &mut tasks).await?;
        server = parts.coaching(coaching, &index, &sources, server, &mut tasks).await?;
        server = parts
            .evaluation(evaluation, &index, &sources, server, &mut tasks)
            .await?;
        server = parts.projection(reads, &views, &sources, server, &mut tasks).await?;

        let server = server.start(Listen::Tcp(options.edge.listen), shutdown.clone()).await?;
        let cast = data.clone();
        let gateway = Gateway::open(gateway_service::Deps {
            channels: Channels::one(server.channel()),
            db: open(&data.join("gateway.db")).await?,
            keys: parts.keys.clone(),
            sign_in: options
                .web
                .sign_in(options.identity.issuer.as_deref())?
                .unwrap_or_else(|| SignIn::Demo {
                    issuer: issuer.clone(),
                    people: Arc::new(move || demo_people(&cast)),
                }),
            rest: options.web.rest()?,
            visits: options.web.visits(),
        })
        .await?;
        let listener = TcpListener::bind(options.web.listen.web_listen)
            .await
            .with_context(|| format!("listening on {} for pages", options.web.listen.web_listen))?;
        let web = listener.local_addr()?;
        gateway.may_listen(web)?;
        let stop = shutdown.clone();
        tasks.spawn("gateway", shutdown.clone(), async move {
            Ok(gateway.serve(listener, stop).await?)
        });
        let grpc = format!("http://{}", server.address().context("the server listens on TCP")?);
        Site {
            issuer: issuer.issuer().to_owned(),
            grpc,
        }
        .save(data)?;
        Ok(Self {
            server,
            issuer,
            web,
            shutdown,
            tasks,
            _lock: lock,
        })
    }

    fn say_where(&self) {
        let address = self
            .server
            .address()
            .map(|address| address.to_string())
            .unwrap_or_default();
        println!("Pages and REST: http://{}", self.web);
        println!(
            "Serving gRPC on http://{address}, with the embedded issuer {}. Ctrl-C ends it.",
            self.issuer.issuer()
        );
    }

    #[cfg(test)]
    pub(crate) fn channel(&self) -> tonic::transport::Channel {
        self.server.channel()
    }

    #[cfg(test)]
    pub(crate) fn issuer(&self) -> Arc<Issuer> {
        self.issuer.clone()
    }

    #[cfg(test)]
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.tasks.finish().await;
    }

    async fn wait(self) -> anyhow::Result<()> {
        let served = self.server.wait().await;
        self.shutdown.cancel();
        self.tasks.finish().await;
        Ok(served?)
    }
}

/// Whom visitors of the demo can be: nobody before it was played.
fn demo_people(data: &Path) -> Vec<DemoPerson> {
    let cast = demo::Cast::load(data).unwrap_or_else(|error| {
        tracing::warn!(error = format!("{error:#}"), "the demo's people cannot be read");
        demo::Cast::default()
    });
    let people = cast.people.into_iter().map(|member| DemoPerson {
        part: member.part,
        name: member.name,
        person_id: member.person_id,
        what_they_do: member.what_they_do,
    });
    people.collect()
}

/// One process a data folder.
pub(crate) fn lock(data: &Path) -> anyhow::Result<File> {
    let path = data.join("lock");
    let file = File::create(&path).with_context(|| format!("making {}", path.display()))?;
    if file.try_lock().is_err() {
        bail!("{} is in use by another throughline", data.display());
    }
    Ok(file)
}

async fn start_issuer(
    data: &Path,
    listen: SocketAddr,
    shutdown: &CancellationToken,
    tasks: &mut Tasks,
) -> anyhow::Result<Arc<Issuer>> {
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("listening on {listen} for the issuer"))?;
    let issuer = Issuer::open(data, format!("http://{}", listener.local_addr()?))?;
    let serving = issuer.clone();
    let stop = shutdown.clone();
    tasks.spawn("issuer", shutdown.clone(), async move {
        serving.serve(listener, stop.cancelled_owned()).await?;
        Ok(())
    });
    Ok(Arc::new(issuer))
}

pub(crate) async fn open(file: &Path) -> anyhow::Result<Db> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    }
    Db::open(format!("sqlite:{}", file.display()))
        .await
        .with_context(|| format!("opening {}", file.display()))
}

fn folder(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

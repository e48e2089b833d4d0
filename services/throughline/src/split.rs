//! One role in this process, on PostgreSQL, with NATS JetStream between the roles: `throughline serve ROLE`.
//!
//! Whatever it stands on may start later than it does: databases, NATS and peers are waited for, and the waiting is said.

use std::{future::Future, time::Duration};

use anyhow::Context as _;
use backon::{ExponentialBuilder, Retryable as _};
use client::Channels;
use db::Db;
use eventstore::EventStore;
use feed::{FeedServer, FeedToken, Relay, RelayOptions, Source};
use gateway_service::{Gateway, SignIn};
use identity::{
    Authenticator, Kek, Keys, Roster,
    token::{KeySource, SubjectIs, TrustedIssuer, Verifier},
};
use projection::Home;
use secrecy::{ExposeSecret as _, SecretString};
use service::{Listen, Running, Server, config, page::Pager, server::connect, shutdown, telemetry};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::transport::Uri;

use crate::{
    Role,
    assembly::{Foundation, Own, Sources, Tasks},
    web::Web,
};

/// How many connections a role holds to each schema of its database: few, since PostgreSQL takes 100 by default from
/// all roles and their replicas together. The writer has one more, for itself.
const CONNECTIONS: u32 = 6;

/// Keys are mostly in memory.
const KEYS_CONNECTIONS: u32 = 2;

/// `throughline serve ROLE`.
pub(crate) async fn serve(role: Role, options: &config::Options, web: &Web) -> anyhow::Result<()> {
    let telemetry = telemetry::start(&options.telemetry, role.name())?;
    let shutdown = shutdown::on_signal()?;
    let mut tasks = Tasks::default();
    let running = async {
        match role {
            Role::Gateway => {
                let (gateway, listener) = open_gateway(options, web).await?;
                println!("Serving {} on http://{}", role.name(), listener.local_addr()?);
                Ok(gateway.serve(listener, shutdown.clone()).await?)
            }
            _ => {
                let server = start(role, options, &shutdown, &mut tasks).await?;
                let address = server.address().map(|address| address.to_string()).unwrap_or_default();
                println!("Serving {} on http://{address}", role.name());
                anyhow::Ok(server.wait().await?)
            }
        }
    };
    let drained = async {
        shutdown.cancelled().await;
        tokio::time::sleep(options.edge.drain_timeout).await;
    };
    let served = tokio::select! {
        served = running => served,
        // What it waits for may never come.
        () = drained => Ok(()),
    };
    shutdown.cancel();
    tasks.finish().await;
    telemetry.shutdown().await;
    served
}

async fn start(
    role: Role,
    options: &config::Options,
    shutdown: &CancellationToken,
    tasks: &mut Tasks,
) -> anyhow::Result<Running> {
    let place = Place::new(options).await?;
    let url = options.storage.database()?;
    let keys = keys(options).await?;

    // The role's own store, published to NATS and served to readers. The projection has none.
    let db = open(&url, role.name(), CONNECTIONS).await?;
    let mut server = Server::new(role.name(), (&options.edge).into());
    let mut own = None;
    if role != Role::Projection {
        let store = EventStore::open(db.clone()).await?;
        let relay = RelayOptions {
            replicas: options.feed.stream_replicas,
            ..RelayOptions::default()
        };
        let relay = Relay::new(role.name(), store.clone(), place.nats.clone(), relay);
        let stop = shutdown.clone();
        tasks.spawn("relay", shutdown.clone(), async move { Ok(relay.until(stop).await?) });
        server = server.with(FeedServer::new([(role.name(), store.clone())], place.token.clone()));
        own = Some(store);
    }
    // Its own store is at hand; peers are asked.
    let source = |of: Role, url: Result<&Uri, config::Error>| match &own {
        Some(store) if of == role => Ok(Source::local(of.name(), store.clone())),
        _ => place.source(of, url?),
    };

    let directory = source(Role::Directory, options.peers.directory())?;
    let roster = Roster::follow(directory.clone());
    keys.forget_with(&roster);
    patiently("the directory", || roster.catch_up()).await?;
    let parts = Foundation {
        authenticator: Authenticator::new(
            verifier(&options.identity)?,
            roster.clone(),
            keys.clone(),
            options.identity.operators.iter().map(|account| (account.clone(), None)),
        ),
        roster,
        keys,
        pager: Pager::from_secret(&options.feed.token()?),
        shutdown: shutdown.clone(),
    };

    let home = Home::new(url.expose_secret())?.connections(CONNECTIONS);
    let sources = || -> Result<Sources, config::Error> {
        Ok(Sources {
            directory: directory.clone(),
            observations: source(Role::Observations, options.peers.observations())?,
            appraisal: source(Role::Appraisal, options.peers.appraisal())?,
            catalogue: source(Role::Catalogue, options.peers.catalogue())?,
            coaching: source(Role::Coaching, options.peers.coaching())?,
            evaluation: source(Role::Evaluation, options.peers.evaluation())?,
        })
    };
    let own = own.clone().map(|store| Own { store, db: db.clone() });
    let server = match (role, own) {
        (Role::Directory, Some(own)) => parts.directory(own, server, tasks).await?,
        (Role::Observations, Some(own)) => parts.observations(own, &home, &sources()?, server, tasks).await?,
        (Role::Appraisal, Some(own)) => parts.appraisal(own, &home, &sources()?, server, tasks).await?,
        (Role::Catalogue, Some(own)) => parts.catalogue(own, &home, &sources()?, server, tasks).await?,
        (Role::Coaching, Some(own)) => parts.coaching(own, &home, &sources()?, server, tasks).await?,
        (Role::Evaluation, Some(own)) => parts.evaluation(own, &home, &sources()?, server, tasks).await?,
        _ => parts.projection(db, &home, &sources()?, server, tasks).await?,
    };
    Ok(server.start(Listen::Tcp(options.edge.listen), shutdown.clone()).await?)
}

/// The gateway records nothing and follows no feed: it asks the other roles, in the name of whoever asks it.
async fn open_gateway(options: &config::Options, web: &Web) -> anyhow::Result<(Gateway, TcpListener)> {
    let peers = &options.peers;
    let gateway = Gateway::open(gateway_service::Deps {
        channels: Channels {
            directory: connect(peers.directory()?),
            observations: connect(peers.observations()?),
            appraisal: connect(peers.appraisal()?),
            catalogue: connect(peers.catalogue()?),
            coaching: connect(peers.coaching()?),
            evaluation: connect(peers.evaluation()?),
            projection: connect(peers.projection()?),
        },
        keys: keys(options).await?,
        db: open(&options.storage.database()?, Role::Gateway.name(), CONNECTIONS).await?,
        sign_in: web
            .sign_in(options.identity.issuer.as_deref())?
            .unwrap_or(SignIn::BearerOnly),
        visits: web.visits(),
        rest: web.rest()?,
    })
    .await?;
    let address = web.listen.web_listen;
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("listening on {address}"))?;
    Ok((gateway, listener))
}

async fn keys(options: &config::Options) -> anyhow::Result<Keys> {
    let db = open(&options.storage.keys_database()?, "keys", KEYS_CONNECTIONS).await?;
    let kek = Kek::parse(options.storage.key_encryption_key()?.expose_secret())?;
    Ok(Keys::over(db, kek).await?)
}

/// What lies between the roles.
struct Place {
    nats: async_nats::Client,
    token: FeedToken,
}

impl Place {
    async fn new(options: &config::Options) -> anyhow::Result<Self> {
        let token = FeedToken::new(options.feed.token()?.expose_secret())
            .context("the feed token must have at least 16 characters, without spaces")?;
        let mut connect = async_nats::ConnectOptions::new()
            .retry_on_initial_connect()
            .name("throughline");
        if let Some(file) = &options.feed.nats_credentials_file {
            connect = connect
                .credentials_file(file)
                .await
                .with_context(|| format!("reading {}", file.display()))?;
        }
        let config::Nats { servers, login } = options.feed.nats()?;
        if let Some((user, password)) = login {
            connect = connect.user_and_password(user, password.expose_secret().to_owned());
        }
        let nats = connect.connect(servers).await.context("connecting to NATS")?;
        Ok(Self { nats, token })
    }

    fn source(&self, of: Role, url: &Uri) -> Result<Source, config::Error> {
        Ok(Source::remote(
            of.name(),
            self.nats.clone(),
            connect(url),
            self.token.clone(),
        ))
    }
}

fn verifier(options: &config::Identity) -> anyhow::Result<Verifier> {
    let trusted = trusted(options).context("THROUGHLINE_ISSUER must be set: whose tokens are believed")?;
    Ok(Verifier::new([trusted]))
}

/// The issuer whose tokens are believed, if one is named.
pub(crate) fn trusted(options: &config::Identity) -> Option<TrustedIssuer> {
    let issuer = options.issuer.clone()?;
    let keys = options
        .jwks_url
        .as_ref()
        .map_or(KeySource::Discovered, |url| KeySource::Url(url.to_string()));
    let subject_is = match options.subject {
        config::Subject::Linked => SubjectIs::ExternalIdentifier,
        config::Subject::PersonId => SubjectIs::PersonId,
    };
    Some(TrustedIssuer {
        issuer,
        audience: options.audience.clone(),
        subject_is,
        keys,
    })
}

/// Opens a schema of a database, once the database is there.
async fn open(url: &SecretString, schema: &str, connections: u32) -> anyhow::Result<Db> {
    let options = db::Options::new(url.expose_secret())
        .schema(schema)
        .connections(connections);
    let opened = || async {
        let db = Db::open(&options).await?;
        db.ping().await?;
        Ok::<_, db::Error>(db)
    };
    opened
        .retry(patience())
        .when(db::Error::is_unavailable)
        .notify(|error, pause| tracing::warn!(schema, %error, ?pause, "waiting for the database"))
        .await
        .with_context(|| format!("opening the schema {schema}"))
}

async fn patiently<T, E, F>(what: &str, ask: impl FnMut() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
    E: std::fmt::Display,
{
    ask.retry(patience())
        .notify(|error, pause| tracing::warn!(%error, ?pause, "waiting for {what}"))
        .await
}

fn patience() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(200))
        .with_max_delay(Duration::from_secs(5))
        .without_max_times()
}

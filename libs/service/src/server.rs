//! A gRPC server as every role runs it: health, reflection, limits, telemetry, and an end that drains.
//!
//! A server always listens in memory, and on TCP when asked to. Callers in the same process use the same [`Channel`] type
//! as callers elsewhere, so that no code depends on where its peers run.

mod connection;
mod guard;
mod memory;

use crate::{config, telemetry};
use connection::Connection;
use guard::Guard;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_stream::{Stream, StreamExt as _};
use tokio_util::sync::{CancellationToken, DropGuard};
use tonic::body::Body;
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response};
use tonic::server::NamedService;
use tonic::service::Routes;
use tonic::transport::server::{Connected, TcpIncoming};
use tonic::transport::{Channel, Endpoint, Uri};
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::{HealthReporter, HealthService};

/// Largest request taken, in bytes; set it on the generated servers with `max_decoding_message_size`.
pub const MAX_REQUEST_BYTES: usize = 1024 * 1024;

/// Reported healthy for as long as the process works, whether or not it should be sent requests: a stalled projection
/// wants a person, not a restart.
pub const LIVE: &str = "live";

/// Why a server cannot run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the protocol's descriptors cannot be served")]
    Descriptors(#[from] tonic_reflection::server::Error),
    #[error("the server failed")]
    Transport(#[from] tonic::transport::Error),
    #[error("the server's task ended early")]
    Task(#[from] tokio::task::JoinError),
}

/// Where a server listens, besides in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// In memory alone.
    Memory,
    /// On TCP as well; port 0 takes a free port.
    Tcp(SocketAddr),
}

/// How much a server takes on.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest time that a request may take; a stream's first answer.
    pub request_timeout: Duration,
    /// Requests worked on at once; more are turned away at once, to be tried again.
    pub max_requests: usize,
    /// Time that running requests are given when the server stops.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(30),
            max_requests: 1024,
            drain_timeout: Duration::from_secs(20),
        }
    }
}

impl From<&config::Edge> for Limits {
    fn from(edge: &config::Edge) -> Self {
        Self {
            request_timeout: edge.request_timeout,
            max_requests: edge.max_requests,
            drain_timeout: edge.drain_timeout,
        }
    }
}

/// A server being put together.
pub struct Server {
    name: &'static str,
    limits: Limits,
    routes: Routes,
    services: Vec<&'static str>,
}

impl Server {
    /// A server of that role, for example `observations`.
    pub fn new(name: &'static str, limits: Limits) -> Self {
        Self {
            name,
            limits,
            routes: Routes::default(),
            services: Vec::new(),
        }
    }

    /// Adds a generated service; its health is reported from the start.
    #[must_use]
    pub fn with<S>(mut self, service: S) -> Self
    where
        S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        self.services.push(S::NAME);
        self.routes = self.routes.add_service(service);
        self
    }

    /// Starts listening. The server stops, draining, when the token is cancelled.
    pub async fn start(self, listen: Listen, shutdown: CancellationToken) -> Result<Running, Error> {
        let Self {
            name,
            limits,
            routes,
            services,
        } = self;
        let health = Health {
            reporter: HealthReporter::new(),
            services,
        };
        health.reporter.set_service_status(LIVE, ServingStatus::Serving).await;
        health.serving().await;
        let routes = routes
            .add_service(HealthServer::new(HealthService::from_health_reporter(
                health.reporter.clone(),
            )))
            .add_service(reflection(&health.services).build_v1()?)
            .add_service(reflection(&health.services).build_v1alpha()?)
            .prepare();

        let guard = Guard::new(&limits);
        let cut = CancellationToken::new();
        let serve = |routes| Serve {
            routes,
            guard: guard.clone(),
            cut: cut.clone(),
            shutdown: shutdown.clone(),
        };
        let mut tasks = JoinSet::new();
        let (channel, connections) = memory::listener();
        tasks.spawn(serve(routes.clone()).run(connections));
        let address = match listen {
            Listen::Memory => None,
            Listen::Tcp(address) => {
                let failed = |source| Error::Listen { address, source };
                let listener = TcpListener::bind(address).await.map_err(failed)?;
                let bound = listener.local_addr().map_err(failed)?;
                let connections = TcpIncoming::from(listener).with_nodelay(Some(true));
                tasks.spawn(serve(routes).run(connections));
                tracing::info!(role = name, address = %bound, "listening");
                Some(bound)
            }
        };
        Ok(Running {
            name,
            address,
            channel,
            health,
            tasks,
            shutdown,
            drain_timeout: limits.drain_timeout,
            _cut: cut.drop_guard(),
        })
    }
}

/// A server at work. Dropped, it ends at once.
#[derive(Debug)]
pub struct Running {
    name: &'static str,
    address: Option<SocketAddr>,
    channel: Channel,
    health: Health,
    tasks: JoinSet<Result<(), tonic::transport::Error>>,
    shutdown: CancellationToken,
    drain_timeout: Duration,
    /// Ends the connections with the server.
    _cut: DropGuard,
}

impl Running {
    /// The role.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The bound TCP address, with the port that was taken.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// A channel to the server in this process.
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// What health checks are told.
    pub fn health(&self) -> Health {
        self.health.clone()
    }

    /// Runs until the token is cancelled and requests have drained, or the server fails.
    pub async fn wait(mut self) -> Result<(), Error> {
        // Before the end is asked for, a listener stops only by failing.
        let ended = tokio::select! {
            () = self.shutdown.cancelled() => None,
            ended = self.tasks.join_next() => ended,
        };
        self.health.report(ServingStatus::NotServing).await;
        if let Some(ended) = ended {
            self.shutdown.cancel();
            ended??;
        }
        let drained = tokio::time::timeout(self.drain_timeout, async {
            while let Some(ended) = self.tasks.join_next().await {
                ended??;
            }
            Ok(())
        });
        drained.await.unwrap_or_else(|_| {
            tracing::warn!(role = self.name, "requests still running were cut off");
            Ok(())
        })
    }
}

/// What health checks are told about a server's services, and about the server as a whole.
#[derive(Clone, Debug)]
pub struct Health {
    reporter: HealthReporter,
    services: Vec<&'static str>,
}

impl Health {
    /// Every service works.
    pub async fn serving(&self) {
        self.report(ServingStatus::Serving).await;
    }

    /// No request should be sent here, for example while a projection is stalled.
    pub async fn not_serving(&self) {
        self.report(ServingStatus::NotServing).await;
    }

    async fn report(&self, status: ServingStatus) {
        for service in self.services.iter().copied().chain([""]) {
            self.reporter.set_service_status(service, status).await;
        }
    }
}

/// A channel to a server elsewhere; connects when first used, and again after every loss.
pub fn connect(address: &Uri) -> Channel {
    Endpoint::from(address.clone())
        .connect_timeout(Duration::from_secs(5))
        .tcp_nodelay(true)
        .http2_keep_alive_interval(Duration::from_secs(20))
        .keep_alive_timeout(Duration::from_secs(10))
        .keep_alive_while_idle(true)
        .connect_lazy()
}

/// The whole protocol can be looked up; listed are the services that are here.
fn reflection(services: &[&'static str]) -> tonic_reflection::server::Builder<'static> {
    let listed = ["grpc.health.v1.Health"].into_iter().chain(services.iter().copied());
    listed.fold(
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(api::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET),
        tonic_reflection::server::Builder::with_service_name,
    )
}

/// What all listeners of a server share.
struct Serve {
    routes: Routes,
    guard: Guard,
    cut: CancellationToken,
    shutdown: CancellationToken,
}

impl Serve {
    async fn run<C, I, E>(self, connections: C) -> Result<(), tonic::transport::Error>
    where
        C: Stream<Item = Result<I, E>> + Send + 'static,
        I: AsyncRead + AsyncWrite + Connected + Unpin + Send + 'static,
        E: Into<tonic::codegen::StdError> + Send + 'static,
    {
        let Self {
            routes,
            guard,
            cut,
            shutdown,
        } = self;
        let connections = connections.map(|connection| connection.map(|inner| Connection::new(inner, cut.clone())));
        tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(Duration::from_secs(30)))
            .http2_keepalive_timeout(Some(Duration::from_secs(10)))
            .http2_max_header_list_size(16 * 1024)
            .layer(telemetry::Requests)
            .layer(guard)
            .add_routes(routes)
            .serve_with_incoming_shutdown(connections, shutdown.cancelled_owned())
            .await
    }
}

#[cfg(test)]
mod tests;

//! The face: every command and query over REST, and pages that a headteacher would open.
//!
//! It decides nothing and keeps nothing of the domain: whoever signs in is passed on to the services with their own
//! token, and what a service refuses is refused here. Its database holds sessions, drafts
//! and calendar feeds alone.

mod assets;
mod calendar;
pub mod chart;
mod export;
pub mod figures;
mod forms;
mod health;
mod names;
mod pages;
mod problem;
mod rest;
mod secret;
mod sign_in;
mod visitor;
mod words;

use std::{net::SocketAddr, sync::Arc};

use axum::Router;
use client::{Channels, Clients};
use db::Db;
use identity::Keys;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use rest::{Options as RestOptions, Origin};
pub use sign_in::{DemoPerson, IssuerOptions, SendToken, SignIn, Visits};

use crate::{
    calendar::Calendars, forms::Drafts, names::Names, rest::Rest, sign_in::Sessions, visitor::Visitors, words::Words,
};

/// The role.
pub const NAME: &str = "gateway";

/// What the gateway stands on.
pub struct Deps {
    /// Where the services are.
    pub channels: Channels,
    /// Keeps sessions and drafts.
    pub db: Db,
    /// Seals drafts under the key of whoever writes them.
    pub keys: Keys,
    /// How people sign in.
    pub sign_in: SignIn,
    /// How much REST takes on.
    pub rest: RestOptions,
    /// How long they stay.
    pub visits: Visits,
}

/// Why the gateway does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("the demo lets everybody in, and so listens on loopback alone, not on {0}")]
    NotLoopback(SocketAddr),
    #[error("{0}")]
    Settings(String),
    #[error("the gateway's database cannot be used")]
    Database(#[from] db::Error),
    #[error("the web server failed")]
    Serve(#[source] std::io::Error),
}

/// Everything that a request may need. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    parts: Arc<Parts>,
}

struct Parts {
    channels: Channels,
    clients: Clients,
    drafts: Drafts,
    sessions: Sessions,
    rest: Rest,
    visitors: Visitors,
    words: Words,
    names: Names,
    calendars: Calendars,
}

impl Gateway {
    pub async fn open(deps: Deps) -> Result<Self, Error> {
        let clients = Clients::new(deps.channels.clone());
        let calendars = Calendars::open(deps.db.clone(), deps.keys.clone()).await?;
        let drafts = Drafts::open(deps.db.clone(), deps.keys).await?;
        let sessions = Sessions::open(deps.db, deps.sign_in, deps.visits).await?;
        Ok(Self {
            parts: Arc::new(Parts {
                visitors: Visitors::new(clients.clone()),
                words: Words::new(clients.clone()),
                names: Names::new(clients.clone()),
                calendars,
                channels: deps.channels,
                clients,
                drafts,
                sessions,
                rest: Rest::new(deps.rest),
            }),
        })
    }

    /// Every route.
    pub fn router(&self) -> Router {
        let routes = Router::new()
            .merge(pages::routes())
            .merge(sign_in::routes())
            .merge(rest::routes(self))
            .merge(assets::routes());
        sign_in::guarded(routes, self)
            .merge(health::routes())
            .layer(axum::middleware::from_fn_with_state(self.clone(), problem::tell))
            .layer(axum::middleware::from_fn(assets::guard))
            .with_state(self.clone())
    }

    /// The demo is for the machine that it runs on.
    pub fn may_listen(&self, address: SocketAddr) -> Result<(), Error> {
        if self.parts.sessions.sign_in().may_listen(address) {
            Ok(())
        } else {
            Err(Error::NotLoopback(address))
        }
    }

    /// Serves until `shutdown`.
    pub async fn serve(self, listener: TcpListener, shutdown: CancellationToken) -> Result<(), Error> {
        self.may_listen(listener.local_addr().map_err(Error::Serve)?)?;
        let service = self.router().into_make_service_with_connect_info::<SocketAddr>();
        let closing = self.rest().closing.clone();
        let end = async move {
            shutdown.cancelled().await;
            closing.cancel();
        };
        axum::serve(listener, service)
            .with_graceful_shutdown(end)
            .await
            .map_err(Error::Serve)
    }

    pub(crate) fn channels(&self) -> &Channels {
        &self.parts.channels
    }

    pub(crate) fn clients(&self) -> &Clients {
        &self.parts.clients
    }

    pub(crate) fn drafts(&self) -> &Drafts {
        &self.parts.drafts
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.parts.sessions
    }

    pub(crate) fn rest(&self) -> &Rest {
        &self.parts.rest
    }

    pub(crate) fn visitors(&self) -> &Visitors {
        &self.parts.visitors
    }

    pub(crate) fn words(&self) -> &Words {
        &self.parts.words
    }

    pub(crate) fn calendars(&self) -> &Calendars {
        &self.parts.calendars
    }

    pub(crate) fn names(&self) -> &Names {
        &self.parts.names
    }
}

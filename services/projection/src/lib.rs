//! The joined-up views: threads, person records, link reports, attention lists, briefings, and where each came from.
//!
//! One projection folds the events of all six services into documents ([`documents`]),
//! and keeps these in tables ([`tables`], [`fold`]). The views read them: what is derived, is derived when it is read, by
//! definitions that are written once ([`definitions`]). Texts are not kept here: they are fetched from their owners by
//! position, and opened for those who may read them ([`sight`]).
//!
//! Schools, trusts, duties and policies come from the roster, which every service keeps in memory.

mod admin;
mod answers;
mod attention;
mod briefing;
mod compact;
pub mod definitions;
mod development;
pub mod documents;
mod explain;
mod figures;
#[cfg(test)]
mod fixtures;
mod fold;
mod grpc;
mod half_terms;
mod hours;
mod impact;
mod joined;
mod link_report;
mod network;
mod obligations;
mod open_items;
mod person_record;
mod policies;
mod registered;
mod rows;
mod scorecard;
pub mod shelf;
mod sight;
mod story;
mod suppression;
pub mod tables;
mod thread;
mod thread_list;
mod values;
mod views;
mod workload;

use api::projection::v1::{
    capacity_service_server::CapacityServiceServer, entitlement_service_server::EntitlementServiceServer,
    impact_service_server::ImpactServiceServer, needs_service_server::NeedsServiceServer,
    network_report_service_server::NetworkReportServiceServer,
    projection_admin_service_server::ProjectionAdminServiceServer, scorecard_service_server::ScorecardServiceServer,
    tracking_service_server::TrackingServiceServer, values_service_server::ValuesServiceServer,
    workload_service_server::WorkloadServiceServer,
};
use db::{Migration, Tx};
use eventstore::Recorded;
use feed::Source;
use identity::Keys;
use projection::{Handle, Home, Projection, Runner};
use service::{Server, gate::Gate, page::Pager};
use tokio_util::sync::CancellationToken;

pub use admin::Admin;
pub use views::Views;

/// The projection's name, as operators know it and as its schemas and files are called.
pub const NAME: &str = "tracking";

/// What the service needs from around it.
pub struct Deps {
    /// Where the views live.
    pub home: Home,
    /// The feeds of the directory, observations, appraisal, the catalogue, coaching and evaluation. A feed that is not here is
    /// a source that does not report.
    pub sources: Vec<Source>,
    /// Opens personal text for those who may read it.
    pub keys: Keys,
    /// Who calls, and whether they may.
    pub gate: Gate,
    /// Signs page tokens.
    pub pager: Pager,
}

/// The projection service: a runner that follows the feeds, and what answers queries from its views.
pub struct Service {
    runner: Runner<Tracking>,
    handle: Handle,
    views: Views,
    admin: Admin,
}

impl Service {
    /// Opens the views, made if they are missing.
    ///
    /// # Errors
    /// When the read database cannot be opened.
    pub async fn open(deps: Deps) -> Result<Self, projection::Error> {
        let runner = Runner::new(&deps.home, Tracking, deps.sources.clone()).await?;
        let handle = runner.handle();
        let releases = network::Releases::open(&deps.home).await?;
        let admin = Admin {
            handle: handle.clone(),
            gate: deps.gate.clone(),
            sources: deps.sources.clone(),
        };
        let views = Views {
            handle: handle.clone(),
            sources: deps.sources,
            keys: deps.keys,
            gate: deps.gate,
            pager: deps.pager,
            releases,
            answers: answers::Answers::none(),
        };
        Ok(Self {
            runner,
            handle,
            views,
            admin,
        })
    }

    /// Tells how far the views are.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Adds what answers queries to a server.
    pub fn serve(&self, server: Server) -> Server {
        server
            .with(TrackingServiceServer::new(self.views.clone()))
            .with(NeedsServiceServer::new(self.views.clone()))
            .with(EntitlementServiceServer::new(self.views.clone()))
            .with(CapacityServiceServer::new(self.views.clone()))
            .with(NetworkReportServiceServer::new(self.views.clone()))
            .with(ValuesServiceServer::new(self.views.clone()))
            .with(ImpactServiceServer::new(self.views.clone()))
            .with(ScorecardServiceServer::new(self.views.clone()))
            .with(WorkloadServiceServer::new(self.views.clone()))
            .with(ProjectionAdminServiceServer::new(self.admin.clone()))
    }

    /// Follows the feeds until `shutdown`.
    ///
    /// # Errors
    /// When the projection is broken, rather than a source or a database away.
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), projection::Error> {
        self.runner.run(shutdown).await
    }
}

/// The projection behind the views.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tracking;

impl Projection for Tracking {
    fn name(&self) -> &'static str {
        NAME
    }

    fn version(&self) -> u32 {
        tables::VERSION
    }

    fn migrations(&self) -> &'static [Migration] {
        tables::MIGRATIONS
    }

    async fn apply(&self, tx: &mut Tx<'_>, source: &'static str, events: &[Recorded]) -> Result<(), projection::Error> {
        tables::everything(tx).await?;
        fold::apply(tx, source, events).await.map_err(|error| match error {
            rows::Error::Db(error) => projection::Error::Db(error),
            rows::Error::Document(error) => projection::Error::event(error),
        })
    }
}

#[cfg(test)]
mod tests;

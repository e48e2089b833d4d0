//! What a running process tells about itself: log lines, traces, metrics. No personal text in any of them.
//!
//! Traces leave by OTLP, and only when an endpoint is set. One trace follows a request over gRPC by the W3C headers, and
//! over the stores by the `traceparent` that every event carries.

mod context;
mod requests;

pub use context::{Outgoing, Propagate, current_traceparent, outgoing, with_parent};
pub use requests::Requests;

use crate::config::{self, LogFormat};
use metrics_exporter_prometheus::PrometheusBuilder;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, Targets};
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

/// Why telemetry could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the log filter cannot be read")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("the trace exporter cannot be set up")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
    #[error("telemetry was started before in this process")]
    Twice(#[from] TryInitError),
    #[error("metrics cannot be served")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
}

/// Telemetry of this process while it lives; [`shutdown`](Self::shutdown) sends what is still held back.
#[must_use = "traces still held back are lost without shutdown"]
pub struct Telemetry {
    tracer: Option<SdkTracerProvider>,
}

/// Starts logging, and traces and metrics where they are configured. Once a process, inside the runtime.
///
/// `instance` tells apart the processes of one system, for example the names of the roles that run in it.
pub fn start(options: &config::Telemetry, instance: &str) -> Result<Telemetry, Error> {
    let tracer = match options
        .otlp_endpoint
        .as_deref()
        .filter(|endpoint| !endpoint.trim().is_empty())
    {
        Some(endpoint) => Some(tracer(endpoint, instance)?),
        None => None,
    };
    let lines = match options.log_format {
        LogFormat::Text => tracing_subscriber::fmt::layer()
            .with_writer(std::io::stderr)
            .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
            .boxed(),
        LogFormat::Json => tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .with_writer(std::io::stderr)
            .boxed(),
    };
    let spans = tracer.as_ref().map(|provider| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("throughline"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(traced())
    });
    tracing_subscriber::registry()
        .with(lines.with_filter(EnvFilter::try_new(&options.log)?))
        .with(spans)
        .try_init()?;
    if let Some(address) = options.metrics_listen {
        PrometheusBuilder::new()
            .with_http_listener(address)
            .set_buckets(SECONDS)?
            .install()?;
        tracing::info!(%address, "metrics are served");
    }
    Ok(Telemetry { tracer })
}

impl Telemetry {
    /// Sends what is held back, and stops. Waits no longer than the exporter's own time-out.
    pub async fn shutdown(self) {
        let Some(tracer) = self.tracer else { return };
        let stopped = tokio::task::spawn_blocking(move || tracer.shutdown()).await;
        match stopped {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the last traces were not sent"),
            Err(error) => tracing::warn!(%error, "the last traces were not sent"),
        }
    }
}

/// Upper bounds of the histogram buckets, in seconds.
const SECONDS: &[f64] = &[
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

fn tracer(endpoint: &str, instance: &str) -> Result<SdkTracerProvider, Error> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()?;
    let mut resource = Resource::builder().with_attribute(KeyValue::new("service.instance.id", instance.to_owned()));
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name("throughline");
    }
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource.build())
        .build())
}

/// Our own spans, and none of the libraries': the exporter's would trace themselves for ever.
fn traced() -> Targets {
    const LIBRARIES: [&str; 9] = [
        "h2",
        "hyper",
        "hyper_util",
        "tonic",
        "tower",
        "reqwest",
        "opentelemetry",
        "opentelemetry_sdk",
        "opentelemetry_otlp",
    ];
    Targets::new()
        .with_default(LevelFilter::INFO)
        .with_targets(LIBRARIES.map(|name| (name, LevelFilter::OFF)))
}

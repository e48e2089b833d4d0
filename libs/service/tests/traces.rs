//! One trace goes from a caller over two services to whoever applies the event, and arrives at a receiver that is not
//! ours: OpenTelemetry's own generated service, in a process of its own (`tests/otlp-receiver`).

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use futures::future::BoxFuture;
use serde::Deserialize;
use service::config::{LogFormat, Telemetry};
use service::server::{Limits, connect};
use service::{Listen, Server, telemetry};
use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::process::Stdio;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use tonic::client::{Grpc, GrpcService};
use tonic::codegen::Service;
use tonic::codegen::http::{Request, Response, uri::PathAndQuery};
use tonic::server::NamedService;
use tonic::{Code, Status};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

#[derive(Debug, Deserialize)]
struct Span {
    name: String,
    kind: i32,
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    attributes: HashMap<String, serde_json::Value>,
    resource: HashMap<String, serde_json::Value>,
}

/// The receiver's process; it ends with its standard input.
struct Receiver {
    port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    _input: ChildStdin,
    _process: Child,
}

impl Receiver {
    async fn start() -> Self {
        #[derive(Deserialize)]
        struct Ready {
            port: u16,
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut process = Command::new(root.join("target/testkit-venv/bin/python"))
            .arg(root.join("tests/otlp-receiver"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("tests/bootstrap installs the receiver's environment");
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let Ready { port } = serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap();
        Self {
            port,
            lines,
            _input: process.stdin.take().unwrap(),
            _process: process,
        }
    }

    async fn spans(&mut self, count: usize) -> HashMap<String, Span> {
        let mut spans = HashMap::new();
        while spans.len() < count {
            let line = self.lines.next_line().await.unwrap().unwrap();
            let span: Span = serde_json::from_str(&line).unwrap();
            spans.insert(span.name.clone(), span);
        }
        spans
    }
}

/// Answers by asking the next one.
#[derive(Clone)]
struct Front {
    next: telemetry::Outgoing,
}

impl NamedService for Front {
    const NAME: &'static str = "test.Front";
}

/// Hands on the trace as an event carries it.
#[derive(Clone)]
struct Back {
    events: mpsc::UnboundedSender<Option<String>>,
}

impl NamedService for Back {
    const NAME: &'static str = "test.Back";
}

type Answer = BoxFuture<'static, Result<Response<Body>, Infallible>>;

impl Service<Request<Body>> for Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Answer {
        let next = self.next.clone();
        Box::pin(async move {
            Ok(ask(next, "/test.Back/Answer", tonic::Request::new(()))
                .await
                .into_http())
        })
    }
}

impl Service<Request<Body>> for Back {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Body>) -> Answer {
        let events = self.events.clone();
        Box::pin(async move {
            events.send(telemetry::current_traceparent()).expect("the test listens");
            Ok(Status::not_found("nothing").into_http())
        })
    }
}

async fn ask<S>(channel: S, path: &'static str, request: tonic::Request<()>) -> Status
where
    S: GrpcService<Body>,
    S::Error: std::fmt::Debug,
    S::ResponseBody: tonic::codegen::Body<Data = tonic::codegen::Bytes> + Send + 'static,
    <S::ResponseBody as tonic::codegen::Body>::Error: Into<tonic::codegen::StdError>,
{
    let mut client = Grpc::new(channel);
    client.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    client
        .unary(request, PathAndQuery::from_static(path), codec)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn one_trace_spans_caller_services_and_projection() {
    let mut receiver = Receiver::start().await;
    let options = Telemetry {
        log: "off".to_owned(),
        log_format: LogFormat::Json,
        otlp_endpoint: Some(format!("http://127.0.0.1:{}", receiver.port)),
        metrics_listen: None,
    };
    let telemetry = telemetry::start(&options, "test").unwrap();

    let shutdown = CancellationToken::new();
    let (events, mut appended) = mpsc::unbounded_channel();
    let back = Server::new("back", Limits::default()).with(Back { events });
    let back = back.start(Listen::Memory, shutdown.clone()).await.unwrap();
    let front = Server::new("front", Limits::default()).with(Front {
        next: telemetry::outgoing(back.channel()),
    });
    let front = front
        .start(Listen::Tcp(([127, 0, 0, 1], 0).into()), shutdown.clone())
        .await
        .unwrap();

    let address = format!("http://{}", front.address().unwrap()).parse().unwrap();
    let mut request = tonic::Request::new(());
    request
        .metadata_mut()
        .insert("traceparent", format!("00-{TRACE}-{CALLER}-01").parse().unwrap());
    assert_eq!(
        ask(connect(&address), "/test.Front/Ask", request).await.code(),
        Code::NotFound
    );

    let event = appended.recv().await.unwrap().expect("the event carries the trace");
    telemetry::with_parent(tracing::info_span!("apply"), &event).in_scope(|| tracing::info!("applied"));

    shutdown.cancel();
    front.wait().await.unwrap();
    back.wait().await.unwrap();
    telemetry.shutdown().await;

    let spans = tokio::time::timeout(Duration::from_secs(30), receiver.spans(3))
        .await
        .expect("three spans arrive");
    let (front, back, apply) = (&spans["test.Front/Ask"], &spans["test.Back/Answer"], &spans["apply"]);
    assert!(spans.values().all(|span| span.trace_id == TRACE), "{spans:?}");
    assert_eq!(front.parent_span_id, CALLER);
    assert_eq!(back.parent_span_id, front.span_id);
    assert_eq!(apply.parent_span_id, back.span_id);
    assert_eq!(back.kind, 2, "a server's span");
    assert_eq!(back.attributes["rpc.grpc.status_code"], 5);
    assert_eq!(back.resource["service.name"], "throughline");
    assert_eq!(back.resource["service.instance.id"], "test");
}

//! One trace from a command over NATS to the view that shows it, received by OpenTelemetry's own service.

use std::{collections::HashMap, path::Path, process::Stdio, time::Duration};

use api::common::v1::Purpose;
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

use crate::{
    cast::Cast,
    world::{Mode, World},
};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";

#[derive(Debug, Deserialize)]
struct Ready {
    port: u16,
}

#[derive(Debug, Deserialize)]
struct Span {
    name: String,
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    resource: HashMap<String, serde_json::Value>,
}

#[tokio::test]
async fn one_trace_leads_from_a_command_to_its_view() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut receiver = Command::new(root.join("target/testkit-venv/bin/python"))
        .arg(root.join("tests/otlp-receiver"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("tests/bootstrap installs the receiver");
    let mut lines = BufReader::new(receiver.stdout.take().expect("piped")).lines();
    let ready = lines.next_line().await.expect("a line").expect("a first line");
    let Ready { port } = serde_json::from_str(&ready).expect("its port");

    let endpoint = [(
        "OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(),
        format!("http://127.0.0.1:{port}"),
    )];
    let world = tokio::task::spawn_blocking(move || World::start(Mode::Split, &endpoint))
        .await
        .expect("it starts");
    let cast = Cast::of(Box::leak(Box::new(world))).await;
    let observation = cast.observed(cast.teacher, "2025-10-08", Purpose::Developmental).await;
    let agree = cast.agreement(cast.teacher, &observation, "2025-10-08", "2025-12-12");
    let mut request = cast.tokens.request(cast.observer, agree).expect("a token");
    let parent = format!("00-{TRACE}-b7ad6b7169203331-01");
    request
        .metadata_mut()
        .insert("traceparent", parent.parse().expect("ASCII"));
    cast.clients
        .follow_ups
        .clone()
        .agree_follow_up(request)
        .await
        .expect("agreed");

    let (mut command, mut view) = (None, None);
    let spans = async {
        while let Some(line) = lines.next_line().await.expect("a line") {
            let span: Span = serde_json::from_str(&line).expect("a span");
            let role = span
                .resource
                .get("service.instance.id")
                .and_then(|role| role.as_str())
                .unwrap_or_default();
            match (span.trace_id.as_str(), role) {
                (TRACE, "observations") if span.name.ends_with("AgreeFollowUp") => command = Some(span),
                (TRACE, "projection") if span.name == "project" => view = Some(span),
                _ => {}
            }
            if command.is_some() && view.is_some() {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), spans)
        .await
        .expect("both spans arrive");
    let (command, view) = (command.expect("a command"), view.expect("a view"));
    assert_eq!(command.parent_span_id, "b7ad6b7169203331", "the caller's span");
    assert!(!view.parent_span_id.is_empty() && view.span_id != command.span_id);
}

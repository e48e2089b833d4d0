//! Other event stores, in a process of their own: `tests/bench/peers`.

use std::{path::Path, process::Command};

use anyhow::Context as _;
use serde::Deserialize;

use crate::{Pace, report::Report};

/// How many events the peers replay: as many as the slowest of them can in a moment.
const EVENTS: usize = 20_000;

/// The programs that `tests/bench/run` made ready.
const PROGRAMS: [&str; 2] = ["THROUGHLINE_BENCH_PEERS", "THROUGHLINE_BENCH_PYTHON_PEER"];

/// What a peer says.
#[derive(Deserialize)]
struct Said {
    peer: String,
    measure: String,
    unit: String,
    runs: Vec<f64>,
}

pub(crate) async fn measure(pace: Pace, report: &mut Report) -> anyhow::Result<()> {
    println!("Peers, on PostgreSQL");
    let postgres = testkit::Postgres::dedicated().await;
    for variable in PROGRAMS {
        let program = std::env::var(variable)
            .with_context(|| format!("{variable} names no program: run tests/bench/run, which makes the peers"))?;
        let url = postgres.url();
        for said in tokio::task::spawn_blocking(move || ask(Path::new(&program), &url, pace)).await?? {
            report.figure(format!("{}: {}", said.peer, said.measure), &said.unit, said.runs);
        }
    }
    Ok(())
}

fn ask(program: &Path, url: &str, pace: Pace) -> anyhow::Result<Vec<Said>> {
    let output = Command::new(program)
        .args(["--url", url, "--runs", &pace.runs.to_string()])
        .args([
            "--seconds",
            &pace.time.as_secs().to_string(),
            "--events",
            &EVENTS.to_string(),
        ])
        .output()
        .with_context(|| format!("running {}", program.display()))?;
    anyhow::ensure!(
        output.status.success(),
        "{}: {}",
        program.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    let said = String::from_utf8(output.stdout)?;
    said.lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("a peer said {line}")))
        .collect()
}

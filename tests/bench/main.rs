//! How fast the product is, beside what a user would pick instead: `tests/bench/run --help`.
//!
//! Every measure runs several times; what is printed is the median, with the lowest and the highest. Servers are private
//! ones of the testkit, durable as in production. Machines differ, so goals are ratios within one run wherever they can be.

#[allow(dead_code, unused_imports, reason = "shared with the end-to-end tests")]
#[path = "../product/cast.rs"]
mod cast;
mod commands;
mod freshness;
mod load;
mod machine;
mod peers;
mod queries;
mod rebuild;
mod report;
mod simulated;
mod start;
#[allow(dead_code, reason = "shared with the end-to-end tests")]
#[path = "../product/world.rs"]
mod world;

use std::{path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

use self::report::Report;

/// Measures the product, and prints medians with what they were measured on.
#[derive(Debug, Parser)]
struct Options {
    /// What to measure; everything unless named.
    #[arg(value_enum)]
    what: Vec<What>,
    /// How often each measure is taken.
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// How long each lasts, in seconds, where it lasts as long as one likes.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many events are simulated for rebuilds, about: each of these in turn.
    #[arg(long, value_delimiter = ',', default_values_t = [100_000, 1_000_000])]
    events: Vec<usize>,
    /// How many schools the trust has that is asked about, instead of 90.
    #[arg(long)]
    schools: Option<usize>,
    /// Writes the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Shows how the figures differ from those of another run, as written by `--json`.
    #[arg(long)]
    against: Option<PathBuf>,
    /// `cargo bench` passes it.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// Durable commands over gRPC, beside bare transactions of the database.
    Commands,
    /// From the answer to a command until the thread's view shows it, at 500 commands a second.
    Freshness,
    /// All views from the stores, beside PostgreSQL's own `copy`.
    Rebuild,
    /// Queries at the size of the largest trust.
    Queries,
    /// Queries over all schools of England.
    England,
    /// `throughline up`: until it serves, its memory, its size.
    Start,
    /// Other event stores, appending and replaying the same.
    Peers,
}

/// How often and how long.
#[derive(Clone, Copy, Debug)]
struct Pace {
    runs: usize,
    time: Duration,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let pace = Pace {
        runs: options.runs.max(1),
        time: Duration::from_secs(options.seconds.max(1)),
    };
    let wanted = |what| options.what.is_empty() || options.what.contains(&what);
    let mut report = Report::new();
    report.print_head();
    if wanted(What::Start) {
        start::measure(pace, &mut report).await?;
    }
    if wanted(What::Commands) {
        commands::measure(pace, &mut report).await?;
    }
    if wanted(What::Freshness) {
        freshness::measure(pace, &mut report).await?;
    }
    if wanted(What::Rebuild) {
        rebuild::measure(pace, &options.events, &mut report).await?;
    }
    if wanted(What::Queries) {
        let size = options.schools.map(|schools| simulated::Size {
            schools,
            ..queries::LARGEST
        });
        queries::largest_trust(pace, size.unwrap_or(queries::LARGEST), &mut report).await?;
    }
    if wanted(What::England) {
        queries::england(pace, &mut report).await?;
    }
    if wanted(What::Peers) {
        peers::measure(pace, &mut report).await?;
    }
    report.print();
    if let Some(other) = &options.against {
        report.print_against(&Report::load(other)?);
    }
    if let Some(file) = &options.json {
        report.save(file)?;
    }
    Ok(())
}

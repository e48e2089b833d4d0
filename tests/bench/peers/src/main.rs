//! Other event stores, used as their documentation shows, doing what Throughline is measured by: appending an event to
//! a follow-up's history, and replaying histories into a view of threads. Prints one line of JSON for each measure.

mod cqrs;
mod disintegrating;
mod follow_up;
#[allow(dead_code, reason = "shared with the product's own measures")]
#[path = "../../load.rs"]
mod load;

use std::time::Duration;

use clap::Parser;

#[derive(Parser)]
struct Options {
    /// A PostgreSQL server's address, as a user who may make databases.
    #[arg(long)]
    url: String,
    /// How often each measure is taken.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// How long appends are counted.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// How many events are replayed, about.
    #[arg(long, default_value_t = 20_000)]
    events: usize,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    cqrs::measure(&options).await?;
    disintegrating::measure(&options).await
}

/// A database of its own for a peer, and its address.
async fn database(options: &Options, name: &str) -> anyhow::Result<String> {
    use sqlx::Connection as _;
    let mut server = sqlx::PgConnection::connect(&options.url).await?;
    sqlx::query(&format!("create database {name}"))
        .execute(&mut server)
        .await?;
    let (base, _) = options.url.rsplit_once('/').unwrap_or((&options.url, ""));
    Ok(format!("{base}/{name}"))
}

/// Appends by so many callers at once, a second; each call is given its follow-up.
async fn appends<F>(
    options: &Options,
    callers: usize,
    call: impl Fn(String) -> F + Clone + Send + 'static,
) -> anyhow::Result<Vec<f64>>
where
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let mut runs = Vec::new();
    for run in 0..options.runs {
        let call = call.clone();
        // Histories stay as short as real ones.
        let to_history = move |caller: usize, number: u64| call(format!("{run}-{callers}-{caller}-{}", number / 8));
        runs.push(load::closed(callers, Duration::from_secs(options.seconds), to_history).await?);
    }
    Ok(runs)
}

fn print(peer: &str, measure: &str, runs: &[f64]) {
    println!(
        "{}",
        serde_json::json!({"peer": peer, "measure": measure, "unit": "/s", "runs": runs})
    );
}

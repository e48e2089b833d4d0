//! All views built anew from the stores, beside what PostgreSQL takes in by `copy`.
//!
//! Histories are simulated first; then the projection follows all six stores from their beginning, in this process.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use db::Db;
use eventstore::EventStore;
use feed::Source;
use identity::Kek;
use projection::{Home, Runner};
use projection_service::Tracking;
use tokio_util::sync::CancellationToken;

use crate::{
    Pace,
    load::number,
    machine,
    report::Report,
    simulated::{self, Size},
};

const SERVICES: [&str; 6] = [
    "directory",
    "observations",
    "appraisal",
    "catalogue",
    "coaching",
    "evaluation",
];

/// Longer than any rebuild takes.
const PATIENCE: Duration = Duration::from_secs(3_600);

pub(crate) async fn measure(pace: Pace, sizes: &[usize], report: &mut Report) -> anyhow::Result<()> {
    println!("Rebuilding all views");
    for events in sizes {
        postgres(pace, *events, report).await?;
        sqlite(pace, *events, report).await?;
    }
    Ok(())
}

async fn postgres(pace: Pace, events: usize, report: &mut Report) -> anyhow::Result<()> {
    let postgres = testkit::Postgres::dedicated().await;
    let files = tempfile::tempdir()?;
    let kek = files.path().join("kek");
    Kek::load_or_create(&kek)?;
    simulated::write(Size::of(events), &postgres.url(), Some(&kek)).await?;
    let mut sources = Vec::new();
    for service in SERVICES {
        let db = Db::open(db::Options::new(postgres.url()).schema(service)).await?;
        sources.push(Source::local(service, EventStore::open(db).await?));
    }
    let rebuilt = rebuild("PostgreSQL", pace, &sources, &Home::new(postgres.url())?, report).await?;
    let copied = copied(pace, &postgres, report).await?;
    report.at_least("rebuild on PostgreSQL", rebuilt, 100_000.0, " events/s");
    report.at_least("rebuild / raw copy, PostgreSQL", rebuilt / copied, 1.0, "");
    Ok(())
}

async fn sqlite(pace: Pace, events: usize, report: &mut Report) -> anyhow::Result<()> {
    let files = tempfile::tempdir()?;
    simulated::write(Size::of(events), &in_folder(files.path()), None).await?;
    let mut sources = Vec::new();
    for service in SERVICES {
        let file = files.path().join(format!("{service}.db"));
        let db = Db::open(format!("sqlite:{}", file.display())).await?;
        sources.push(Source::local(service, EventStore::open(db).await?));
    }
    let home = Home::new(in_folder(&files.path().join("views")))?;
    rebuild("SQLite", pace, &sources, &home, report).await?;
    Ok(())
}

fn in_folder(folder: &Path) -> String {
    format!("sqlite:{}", folder.display())
}

async fn rebuild(
    database: &str,
    pace: Pace,
    sources: &[Source],
    home: &Home,
    report: &mut Report,
) -> anyhow::Result<f64> {
    let mut total = 0;
    for source in sources {
        total += source.head().await?.0;
    }
    let total = number(u64::try_from(total)?);
    machine::forget_peak();
    let runner = Runner::new(home, Tracking, sources.to_vec()).await?;
    let handle = runner.handle();
    let stop = CancellationToken::new();
    let running = tokio::spawn(runner.run(stop.clone()));
    let mut runs = Vec::new();
    for build in 1.. {
        let began = Instant::now();
        if build > 1 {
            handle.rebuild().await?;
            while handle.build() < build && !running.is_finished() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        }
        handle.caught_up(PATIENCE).await?;
        runs.push(total / began.elapsed().as_secs_f64());
        if runs.len() >= pace.runs {
            break;
        }
    }
    stop.cancel();
    running.await??;
    let name = format!("rebuild, {database}, {total:.0} events");
    let rate = report.figure(name.clone(), "/s", runs);
    let peak = machine::peak_mib().into_iter().collect();
    report.figure(format!("{name}: most memory"), "MiB", peak);
    Ok(rate)
}

/// The largest store's events into a table like theirs, with its two unique indexes, rows a second.
async fn copied(pace: Pace, postgres: &testkit::Dedicated, report: &mut Report) -> anyhow::Result<f64> {
    let run = |statement: &str| -> anyhow::Result<String> {
        let mut psql = postgres.program("psql");
        let output = psql
            .args(["--quiet", "--tuples-only", "--no-align", "-c", statement])
            .output()?;
        anyhow::ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    };
    let file = format!("{}/raw.copy", run("show data_directory")?);
    let rows: u64 = run("select count(*) from catalogue.events")?.parse()?;
    run(&format!("copy catalogue.events to '{file}' (format binary)"))?;
    let mut runs = Vec::new();
    for _ in 0..pace.runs {
        run("drop table if exists raw;
             create table raw (like catalogue.events);
             alter table raw add primary key (position), add unique (stream_id, version)")?;
        let began = Instant::now();
        run(&format!("copy raw from '{file}' (format binary)"))?;
        runs.push(number(rows) / began.elapsed().as_secs_f64());
    }
    Ok(report.figure(format!("raw copy, PostgreSQL, {rows} events, two indexes"), "/s", runs))
}

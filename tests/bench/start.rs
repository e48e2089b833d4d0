//! `throughline up` on an empty folder: how soon it serves, what it weighs.

use std::time::{Duration, Instant};

use crate::{
    Pace, machine,
    report::Report,
    world::{BINARY, Mode, World},
};

/// How long it is left alone before its memory counts as idle.
const REST: Duration = Duration::from_secs(3);

pub(crate) async fn measure(pace: Pace, report: &mut Report) -> anyhow::Result<()> {
    println!("Starting");
    let (mut ready, mut idle) = (Vec::new(), Vec::new());
    for _ in 0..pace.runs {
        let began = Instant::now();
        let world = World::start(Mode::Embedded, &quiet());
        ready.push(began.elapsed().as_secs_f64() * 1_000.0);
        tokio::time::sleep(REST).await;
        idle.extend(machine::resident_mib(world.pid("up")));
    }
    let ready = report.figure("up: until it serves, on an empty folder", "ms", ready);
    let idle = report.figure("up: resident memory, idle", "MiB", idle);
    let bytes = std::fs::metadata(BINARY)?.len();
    report.figure(
        "size of the binary, with line tables",
        "MiB",
        vec![crate::load::number(bytes >> 10) / 1024.0],
    );
    report.at_most("up: until it serves", ready, 300.0, " ms");
    report.at_most("up: resident memory, idle", idle, 80.0, " MiB");
    Ok(())
}

/// Only what goes wrong is logged.
pub(crate) fn quiet() -> Vec<(String, String)> {
    vec![("THROUGHLINE_LOG".into(), "warn".into())]
}

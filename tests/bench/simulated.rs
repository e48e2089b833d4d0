//! Histories of any size, as `throughline simulate` writes them.

use std::{path::Path, process::Command};

use anyhow::Context as _;

use crate::world::BINARY;

/// Staff of a school of the largest trust: 12,000 in 90.
const STAFF: usize = 133;

/// Events that they and their school record in a year, about.
const EVENTS_OF_SCHOOL_YEAR: usize = 22_000;

/// What to simulate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) trusts: usize,
    pub(crate) schools: usize,
    pub(crate) years: usize,
    pub(crate) staff_per_school: usize,
}

impl Size {
    /// One trust with about so many events: years first, then schools.
    pub(crate) fn of(events: usize) -> Self {
        let years = if events < 5_000_000 { 2 } else { 7 };
        Self {
            trusts: 1,
            schools: (events / (years * EVENTS_OF_SCHOOL_YEAR)).max(1),
            years,
            staff_per_school: STAFF,
        }
    }
}

/// Writes histories to `sqlite:FOLDER`, or to PostgreSQL with that key-encryption key.
pub(crate) async fn write(size: Size, store: &str, kek: Option<&Path>) -> anyhow::Result<()> {
    let mut command = Command::new(BINARY);
    command
        .args(["simulate", "--store", store])
        .args(["--trusts", &size.trusts.to_string()])
        .args(["--schools", &size.schools.to_string()])
        .args(["--years", &size.years.to_string()])
        .args(["--staff-per-school", &size.staff_per_school.to_string()]);
    if let Some(kek) = kek {
        command.arg("--kek-file").arg(kek);
    }
    let output = tokio::task::spawn_blocking(move || command.output())
        .await?
        .context("running the simulator")?;
    anyhow::ensure!(
        output.status.success(),
        "simulating {size:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    if let Some(last) = String::from_utf8_lossy(&output.stdout)
        .lines()
        .rev()
        .find(|line| line.contains("a second"))
    {
        println!("  simulated {last}");
    }
    Ok(())
}

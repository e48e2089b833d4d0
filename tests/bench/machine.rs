//! What the figures were measured on.

use std::{fmt, fs, process::Command};

use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    memory_gib: u64,
    system: String,
}

impl Machine {
    pub(crate) fn here() -> Self {
        let memory_kib: u64 = field("/proc/meminfo", "MemTotal")
            .and_then(|text| text.split(' ').next()?.parse().ok())
            .unwrap_or(0);
        Self {
            processor: field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory_gib: memory_kib.div_ceil(1 << 20),
            system: fs::read_to_string("/proc/sys/kernel/osrelease").map_or_else(
                |_| std::env::consts::OS.to_owned(),
                |release| format!("Linux {}", release.trim()),
            ),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            processor,
            cores,
            memory_gib,
            system,
        } = self;
        write!(f, "{cores} cores of {processor}, {memory_gib} GiB, {system}")
    }
}

/// The value of a line `name: value`, by its name.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

/// The resident memory of a process, in MiB.
pub(crate) fn resident_mib(pid: u32) -> Option<f64> {
    memory(&format!("/proc/{pid}/status"), "VmRSS")
}

/// The most memory that this process ever held, in MiB, since [`forget_peak`].
pub(crate) fn peak_mib() -> Option<f64> {
    memory("/proc/self/status", "VmHWM")
}

/// Begins to look for the most memory anew. Where that is not possible, it is that since the start.
pub(crate) fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").ok();
}

fn memory(file: &str, name: &str) -> Option<f64> {
    let kib: f64 = field(file, name)?.split(' ').next()?.parse().ok()?;
    Some(kib / 1024.0)
}

/// The commit of the working tree, with a `+` if it was changed since.
pub(crate) fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).output().ok()?;
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else {
        return "unknown".to_owned();
    };
    match git(&["status", "--porcelain", "--untracked-files=no"]).as_deref() {
        Some("") => commit,
        _ => commit + "+",
    }
}

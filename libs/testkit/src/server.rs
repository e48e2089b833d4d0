//! A server process that ends with its owner.
//!
//! A watchdog, one `sh` per server, waits for its standard input to end, which happens when the owning process is
//! gone, and then ends the server and removes its files. That needs no unsafe code and survives `SIGKILL`.

use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
};

const WATCHDOG: &str = r#"
cat >/dev/null
kill -s "$1" "$2" 2>/dev/null
tries=0
while kill -0 "$2" 2>/dev/null && [ "$tries" -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
kill -s KILL "$2" 2>/dev/null
rm -rf -- "$3"
"#;

/// How to end a server.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Signal {
    /// PostgreSQL: fast shutdown, as with `pg_ctl stop`.
    Int,
    /// PostgreSQL: immediate shutdown, children included.
    Quit,
    Kill,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Self::Int => "INT",
            Self::Quit => "QUIT",
            Self::Kill => "KILL",
        }
    }
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    watchdog: Child,
    at_end: Signal,
}

impl Server {
    /// Starts the command in a process group of its own, so that ctrl-c reaches the owner first.
    /// `files` are removed when the owner is gone.
    pub(crate) fn spawn(mut command: Command, at_end: Signal, files: &Path) -> std::io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).process_group(0).spawn()?;
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog", at_end.name(), &child.id().to_string()])
            .arg(files)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn();
        match watchdog {
            Ok(watchdog) => Ok(Self {
                child,
                watchdog,
                at_end,
            }),
            Err(error) => {
                child.kill()?;
                child.wait()?;
                Err(error)
            }
        }
    }

    /// Whether the process still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Ends the server and waits until it is gone. Its files stay.
    pub(crate) fn end(&mut self, signal: Signal) {
        if self.is_running() {
            // The standard library can only send SIGKILL.
            let id = self.child.id().to_string();
            let sent = Command::new("sh")
                .args(["-c", r#"kill -s "$1" "$2""#, "end", signal.name(), &id])
                .status();
            if !sent.is_ok_and(|status| status.success()) {
                self.child.kill().ok();
            }
            self.child.wait().ok();
        }
        self.watchdog.kill().ok();
        self.watchdog.wait().ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end(self.at_end);
    }
}

/// A port that nobody listens on, below the range from which systems give ports to clients, so that a stopped server
/// finds it free when it starts again.
pub(crate) fn free_port() -> u16 {
    loop {
        let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
        let port = u16::try_from(12_000 + random % 20_000).expect("32,000 fits");
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

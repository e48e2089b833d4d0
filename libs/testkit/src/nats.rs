//! A private NATS server with JetStream.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpStream,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::{
    server::{Server, Signal, free_port},
    servers,
};

const START_TIMEOUT: Duration = Duration::from_secs(20);

/// Starts a server of its own for the caller.
pub async fn nats() -> Nats {
    tokio::task::spawn_blocking(Nats::launch)
        .await
        .expect("the server starts")
}

/// A private NATS server with JetStream; ends when dropped.
#[derive(Debug)]
pub struct Nats {
    server: Option<Server>,
    port: u16,
    files: TempDir,
}

impl Nats {
    fn launch() -> Self {
        let files = tempfile::Builder::new()
            .prefix("throughline-nats-")
            .tempdir()
            .expect("a temporary directory");
        let mut nats = Self {
            server: None,
            port: 0,
            files,
        };
        for _ in 0..5 {
            nats.port = free_port();
            if nats.try_start() {
                return nats;
            }
        }
        panic!("nats-server does not start: {}", nats.log());
    }

    /// For `async_nats::connect`.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Where JetStream keeps its streams.
    pub fn store_dir(&self) -> PathBuf {
        self.files.path().join("store")
    }

    /// Kills the server, as a lost node would; its files stay.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// Starts it again with the same port and files.
    pub async fn start(&mut self) {
        assert!(self.server.is_none(), "stop() comes first");
        let until = Instant::now() + START_TIMEOUT;
        while !self.try_start() {
            assert!(
                Instant::now() < until,
                "nats-server does not start again: {}",
                self.log()
            );
        }
    }

    /// Deletes JetStream's files under the running server, as a lost volume would.
    pub fn wipe(&self) {
        fs::remove_dir_all(self.store_dir().join("jetstream")).expect("JetStream's files can be removed");
    }

    fn log(&self) -> String {
        fs::read_to_string(self.files.path().join("log")).unwrap_or_default()
    }

    fn try_start(&mut self) -> bool {
        let log = fs::File::create(self.files.path().join("log")).expect("a log file");
        let mut command = Command::new(servers::nats());
        command.args([
            "--addr",
            "127.0.0.1",
            "--port",
            &self.port.to_string(),
            "--jetstream",
            "--store_dir",
        ]);
        command.arg(self.store_dir()).stdout(Stdio::null()).stderr(log);
        let mut server = Server::spawn(command, Signal::Kill, self.files.path()).expect("nats-server can be run");
        let started = greets(self.port, &mut server);
        self.server = started.then_some(server);
        started
    }
}

/// The server greets when JetStream is ready too.
fn greets(port: u16, server: &mut Server) -> bool {
    let until = Instant::now() + START_TIMEOUT;
    while server.is_running() && Instant::now() < until {
        let greeting = TcpStream::connect(("127.0.0.1", port)).and_then(|connection| {
            connection.set_read_timeout(Some(START_TIMEOUT))?;
            let mut line = String::new();
            BufReader::new(connection).read_line(&mut line)?;
            Ok(line)
        });
        if greeting.is_ok_and(|line| line.starts_with("INFO ")) {
            return server.is_running();
        }
        pause();
    }
    false
}

/// Between two looks at a process that has no way to tell.
#[expect(clippy::disallowed_methods, reason = "a starting server can only be polled")]
pub(crate) fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}

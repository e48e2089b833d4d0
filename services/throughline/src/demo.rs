//! `throughline demo`: real schools, made-up staff, three academic years through the real commands of every service, and
//! what the views show of them.

mod hand;
mod network;
mod play;
mod report;
mod season;
pub(crate) mod staff;
pub(crate) mod words;
mod world;

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use api::{directory::v1 as directory, ids::derived};
use chrono::{NaiveDate, TimeZone as _, Utc};
use futures::{TryStreamExt as _, stream};
use identity::policy::cycle_of;
use indicatif::{ProgressBar, ProgressStyle};
use prost_types::Timestamp;
use rand::{SeedableRng as _, rngs::ChaCha8Rng};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::{
    hand::Stage,
    network::Network,
    season::{AT_ONCE, Season},
    world::World,
};
use client::Clients;

use crate::tokens::Tokens;

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
    /// How many schools of each to staff; the others stay without staff.
    #[arg(long, default_value_t = 5)]
    pub(crate) schools: usize,
    /// Academic years to play, the last being the one that ended most recently.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=7))]
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

    pub(crate) fn save(&self, data: &Path) -> anyhow::Result<()> {
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
    let first_year = years.first().copied().unwrap_or(last_year);
    let stage = Stage::new(clients, tokens.clone(), operator);

    let rows = directory_service::gias::read(SCHOOLS)?;
    let school_count = rows.len();
    import(&stage, rows).await?;
    println!("Imported {school_count} real schools (Get Information About Schools, Open Government Licence v3.0).");

    let mut rng = ChaCha8Rng::seed_from_u64(options.seed);
    let mut worlds = Vec::new();
    for (trust, mut schools) in choose_trusts(&stage, options.trusts).await? {
        schools.truncate(options.schools.max(1));
        worlds.push(World::make_up(&mut rng, trust, &schools));
    }
    let network = Network::make_up(&mut rng);
    let bar = progress_bar();
    let mut cast = Cast::default();
    for world in &worlds {
        world.employ(&stage, &bar, first_year).await?;
        cast.people.extend(world.cast(cast.people.is_empty()));
    }
    network.found(&stage, &worlds, first_year).await?;
    cast.people.push(network.cast());
    cast.save(data)?;
    let people: usize = worlds.iter().map(World::headcount).sum();
    let schools: usize = worlds.iter().map(|world| world.schools.len()).sum();
    println!("Made up {people} members of staff at {schools} schools.");

    for world in &worlds {
        live(&stage, world, options.seed, &years, &bar).await?;
    }
    bar.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "Played {} academic years: {} commands in {seconds:.1} s.",
        years.len(),
        stage.sent()
    );

    let world = worlds.first().context("no trust was played")?;
    let waited = Instant::now();
    report::catch_up(&stage, world, last_year).await?;
    println!(
        "The views had caught up {:.1} s later.\n",
        waited.elapsed().as_secs_f64()
    );
    report::print(&stage, world, &network, last_year).await
}

/// A trust's years, one after the other: the year opens, everybody lives it, and it is looked back upon.
async fn live(stage: &Stage, world: &World, seed: u64, years: &[i32], bar: &ProgressBar) -> anyhow::Result<()> {
    let season = Season::begin(stage, world, years.first().copied().unwrap_or_default()).await?;
    let mut players = world.players(stage, seed);
    bar.set_position(0);
    bar.set_length(u64::try_from(players.len() * years.len())?);
    for (year, number) in years.iter().copied().zip(0_u8..) {
        bar.set_message(format!("Playing {year}/{:02}", (year + 1) % 100));
        let calendar = season.open_year(year, number).await?;
        stream::iter(players.iter_mut().map(Ok::<_, anyhow::Error>))
            .try_for_each_concurrent(AT_ONCE, |player| {
                let calendar = &calendar;
                async move {
                    player.play(year, calendar).await?;
                    bar.inc(1);
                    Ok(())
                }
            })
            .await?;
        season.close_year(year, &calendar, &mut players).await?;
    }
    let gone = world.move_on(stage, years.last().copied().unwrap_or_default()).await?;
    players.retain(|player| !gone.contains(&player.person.id));
    season.lately(&mut players, seed).await
}

pub(crate) fn progress_bar() -> ProgressBar {
    if !console_is_terminal() {
        return ProgressBar::hidden();
    }
    ProgressBar::new(0).with_style(
        ProgressStyle::with_template("{msg:34} {wide_bar} {pos:>6}/{len:<6} {elapsed_precise}")
            .expect("a valid template"),
    )
}

async fn import(stage: &Stage, rows: Vec<directory::ImportRow>) -> anyhow::Result<()> {
    let message = directory::ImportSchoolsRequest {
        request_id: derived("demo", "import").to_string(),
        rows,
        ..Default::default()
    };
    stage
        .clients
        .schools
        .clone()
        .import_schools(stage.tokens.request(&stage.operator, message)?)
        .await
        .context("importing the schools")?;
    Ok(())
}

/// The trusts with the most schools, with their schools.
async fn choose_trusts(stage: &Stage, count: usize) -> anyhow::Result<Vec<(directory::Trust, Vec<directory::School>)>> {
    let message = directory::ListTrustsRequest {
        page_size: 500,
        ..Default::default()
    };
    let mut trusts = stage
        .clients
        .trusts
        .clone()
        .list_trusts(stage.tokens.request(&stage.operator, message)?)
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
        let schools = stage
            .clients
            .schools
            .clone()
            .list_schools(stage.tokens.request(&stage.operator, message)?)
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

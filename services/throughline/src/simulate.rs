//! `throughline simulate`: years of any number of real schools, written straight into the stores, through the aggregates of
//! the services: whatever a rule refuses ends the simulation. Nothing is sent over the network, so it takes minutes for
//! what would take days. What it wrote is served by `throughline up` without a further step.
//!
//! The same seed gives the same people, days, identifiers and texts, on whatever database and however many threads; only
//! keys are random, and with them the bytes of sealed text.
//!
//! What happens to one person in a year, about:
//!
//! | | events, somebody who teaches | events, support staff |
//! |---|---|---|
//! | INSET days, mandatory training: booked, came, credited | 31 | 20 |
//! | a weekly forum, twilight courses: booked, came, credited | 110 | 12 |
//! | feedback: asked, given or expired, again after weeks and half a year | 40 | 8 |
//! | observations and short visits: planned, conducted, talked about | 28 | 2 |
//! | follow-ups: agreed, supported, shown, revisited, ended; what was promised, asked for | 18 | 1 |
//! | appraisal: objectives, reviews, evidence, conclusion, signatures | 11 | 11 |
//! | partnerships: agreed, met, logs, reviewed | 13 | 1 |
//! | directory, needs, claims of learning elsewhere | 2 | 1 |
//!
//! Seasons are a school's: objectives in September, observations in autumn and spring, reviews in February and July,
//! nothing in the holidays. One in ten leaves in a year, most of them in summer, and somebody comes in their place; a few
//! are away for long. Schools differ in how well they follow through, so that views have something to find.

mod agenda;
mod appraising;
mod asks;
mod coaching;
mod evaluating;
mod follow_ups;
mod founding;
mod learning;
mod leaving;
mod observing;
mod offering;
mod people;
mod places;
mod school;
mod scribe;
mod slices;
mod stores;

use std::{path::PathBuf, sync::Arc, thread, time::Instant};

use anyhow::Context as _;
use api::ids::{NetworkId, PersonId, derived};
use chrono::{NaiveDate, Utc};
use identity::{Kek, policy::cycle_of};
use indicatif::ProgressBar;

pub use self::stores::Stores;
use self::{
    school::{Network, School, Trust, identity_of, seed_of},
    scribe::SERVICES,
};
use crate::{
    demo::{Cast, CastMember, progress_bar, staff::Part},
    embedded,
};

/// Events of a person and year, over all staff.
const PER_PERSON_YEAR: usize = 147;

/// Schools of the network: a hub area has about as many.
const NETWORK: usize = 250;

/// What is to be simulated.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Number from which everything follows.
    pub seed: u64,
    pub trusts: usize,
    /// In all trusts together.
    pub schools: usize,
    /// On average; each school by its pupils.
    pub staff_per_school: usize,
    /// The first academic year, by its first calendar year.
    pub first_year: i32,
    /// The last day.
    pub until: NaiveDate,
    /// How many schools live at once.
    pub threads: usize,
}

/// What was written.
#[derive(Clone, Debug)]
pub struct Summary {
    /// By service, in the order in which they are named everywhere.
    pub events: Vec<(&'static str, usize)>,
    /// Of the events' own content.
    pub bytes: usize,
    /// Who was ever employed.
    pub people: usize,
    pub seconds: f64,
    cast: Cast,
}

impl Summary {
    /// Over all services.
    pub fn total(&self) -> usize {
        self.events.iter().map(|(_, count)| count).sum()
    }
}

/// Simulates, and writes to empty stores.
pub async fn write(plan: &Plan, stores: &Stores) -> anyhow::Result<Summary> {
    let bar = progress_bar();
    let summary = write_with(plan, stores, &bar).await;
    bar.finish_and_clear();
    summary
}

async fn write_with(plan: &Plan, stores: &Stores, bar: &ProgressBar) -> anyhow::Result<Summary> {
    let started = Instant::now();
    stores.must_be_empty().await?;
    let schools = schools(plan)?;
    let span = (plan.first_year, plan.until);
    let (schools, stored) = slices::live_all(schools, span, plan.threads, stores, bar).await?;
    slices::settle(stores, &stored).await?;
    stores.analyse().await?;
    Ok(Summary {
        events: SERVICES.iter().map(|role| role.name()).zip(stored.events).collect(),
        bytes: stored.bytes,
        people: schools.iter().map(|school| school.people.len()).sum(),
        seconds: started.elapsed().as_secs_f64(),
        cast: cast(&schools),
    })
}

/// All schools on their first day, in trusts.
fn schools(plan: &Plan) -> anyhow::Result<Vec<School>> {
    let groups = places::groups(plan.schools, plan.trusts)?;
    let pupils: usize = groups
        .iter()
        .flat_map(|group| &group.places)
        .map(|place| place.pupils)
        .sum();
    let staff = plan.staff_per_school * plan.schools.max(1);
    let person = |what: &str, of: &str| PersonId(derived("simulated person", &format!("{}:{what}:{of}", plan.seed)));
    let members: Vec<_> = groups
        .iter()
        .flat_map(|group| {
            let trust = identity_of(group).trust_id();
            let leader = person("leader", &group.name);
            group.places.iter().map(move |place| (place.urn, trust, leader))
        })
        .take(NETWORK)
        .collect();
    let mut network = Some(Network {
        id: NetworkId(derived("simulated network", &plan.seed.to_string())),
        lead: person("network lead", ""),
        members,
    });
    let mut schools = Vec::with_capacity(plan.schools);
    for group in groups {
        let id = identity_of(&group).trust_id();
        let trust = Arc::new(Trust {
            id,
            leader: person("leader", &group.name),
            hr: person("hr", &group.name),
            name: group.name,
            places: group.places,
            courses: founding::courses(id),
            first_year: plan.first_year,
            network: network.take(),
        });
        for (number, place) in trust.places.iter().enumerate() {
            let headcount = staff * place.pupils / pupils.max(1);
            let seed = seed_of(plan.seed, &place.urn.to_string());
            schools.push(School::new(seed, trust.clone(), number, headcount, plan.until));
        }
    }
    Ok(schools)
}

/// Whom visitors can be: people of the first school, and of its trust.
fn cast(schools: &[School]) -> Cast {
    let Some(school) = schools.first() else {
        return Cast::default();
    };
    let trust = &school.trust;
    let central = [
        ("trust-leader", format!("leads {}", trust.name)),
        ("hr", format!("directs human resources at {}", trust.name)),
        ("network-lead", "leads The Learning Network".to_owned()),
    ];
    let named = central.into_iter().zip(&school.central_names);
    let mut people: Vec<CastMember> = named
        .map(|((part, what_they_do), (person, name))| CastMember {
            part: part.to_owned(),
            name: name.clone(),
            person_id: person.0,
            what_they_do,
        })
        .collect();
    let parts = [
        (Part::Head, "head", "is the headteacher of"),
        (Part::CpdLead, "cpd-lead", "leads professional development at"),
        (Part::Leader, "leader", "leads a department at"),
        (Part::Teacher, "teacher", "teaches at"),
        (Part::Support, "support", "works at"),
        (Part::Governor, "governor", "is a governor of"),
    ];
    for (part, called, does) in parts {
        let at_work = school.people.iter().filter(|person| person.is_at_work());
        // Whoever has most to see.
        let of_part = at_work.filter(|person| person.part == part);
        if let Some(person) = of_part.max_by_key(|person| (person.follow_ups.len(), std::cmp::Reverse(person.id))) {
            people.push(CastMember {
                part: called.to_owned(),
                name: person.name(),
                person_id: person.id.0,
                what_they_do: format!("{does} {}", school.place.details.name),
            });
        }
    }
    Cast { people }
}

/// What the command line asks for.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Options {
    /// Number from which everything made up follows: the same number, the same people and years.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// How many trusts the schools form.
    #[arg(long, default_value_t = 1)]
    trusts: usize,
    /// How many real schools, in all trusts together.
    #[arg(long, default_value_t = 6)]
    schools: usize,
    /// Academic years before this one, which is simulated up to yesterday.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(0..=20))]
    years: u8,
    /// Staff of a school on average; each has them by its pupils.
    #[arg(long, default_value_t = 55)]
    staff_per_school: usize,
    /// About how many events to write, instead of saying how many staff.
    #[arg(long, conflicts_with = "staff_per_school")]
    events: Option<usize>,
    /// Where to: `sqlite:FOLDER` as `up` keeps its data, or `postgres://…` with a schema for each role.
    #[arg(long, default_value = "sqlite:data")]
    store: String,
    /// The key-encryption key of the roles, with PostgreSQL.
    #[arg(long, env = "THROUGHLINE_KEK_FILE")]
    kek_file: Option<PathBuf>,
    /// How many schools live at once; as many as there are processors unless said.
    #[arg(long)]
    threads: Option<usize>,
}

impl Options {
    fn plan(&self) -> anyhow::Result<Plan> {
        let until = Utc::now().date_naive().pred_opt().context("there was no yesterday")?;
        let first_year = cycle_of(until) - i32::from(self.years);
        let schools = self.schools.max(1);
        let days = usize::try_from((until - school::september(first_year)).num_days())?;
        let staff_per_school = match self.events {
            Some(events) => events * 365 / (PER_PERSON_YEAR * days.max(1) * schools),
            None => self.staff_per_school,
        };
        Ok(Plan {
            seed: self.seed,
            trusts: self.trusts,
            schools,
            staff_per_school: staff_per_school.max(8),
            first_year,
            until,
            threads: self
                .threads
                .unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from)),
        })
    }
}

/// `throughline simulate`.
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let plan = options.plan()?;
    let folder = options.store.strip_prefix("sqlite:").map(PathBuf::from);
    let mut lock = None;
    let stores = match &folder {
        Some(data) => {
            std::fs::create_dir_all(data).with_context(|| format!("making {}", data.display()))?;
            lock = Some(embedded::lock(data)?);
            Stores::in_folder(data).await?
        }
        None => {
            let file = options.kek_file.as_deref();
            let file = file.context("the key-encryption key must be given: --kek-file")?;
            Stores::on_postgres(&options.store, Kek::load(file)?).await?
        }
    };
    println!(
        "Simulating {} schools in {} trusts with about {} staff, from September {} to {}.",
        plan.schools,
        plan.trusts,
        plan.schools * plan.staff_per_school,
        plan.first_year,
        plan.until
    );
    let summary = write(&plan, &stores).await?;
    for (service, count) in &summary.events {
        println!("{service:>14} {count:>12} events");
    }
    let total = summary.total();
    let mebibytes = summary.bytes / (1024 * 1024);
    let rate = f64::from(u32::try_from(total).unwrap_or(u32::MAX)) / summary.seconds.max(0.001);
    println!(
        "{total} events about {} people, {mebibytes} MiB, in {:.1} s: {rate:.0} events a second.",
        summary.people, summary.seconds
    );
    if let Some(data) = &folder {
        summary.cast.save(data)?;
        println!("Serve it: throughline up --data {}", data.display());
    }
    drop(lock);
    Ok(())
}

#[cfg(test)]
mod tests;

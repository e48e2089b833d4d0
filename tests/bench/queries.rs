//! Queries at the size of the largest trust, and over all of England.
//!
//! Asked one after the other over gRPC, of the product in one process, as people of the simulation; who asks and for what
//! changes from request to request.

use std::{path::Path, time::Instant};

use anyhow::Context as _;
use api::projection::v1 as views;
use chrono::{Datelike as _, Utc};
use serde::Deserialize;
use uuid::Uuid;

use crate::{
    Pace,
    load::percentile,
    report::Report,
    simulated::{self, Size},
    start::quiet,
    world::World,
};

/// How often each is asked in a run.
const TIMES: usize = 200;

/// The largest trust.
pub(crate) const LARGEST: Size = Size {
    trusts: 1,
    schools: 90,
    years: 7,
    staff_per_school: 133,
};

/// Every school in England, with so few staff each that a year fits a small machine.
const ENGLAND: Size = Size {
    trusts: 1_200,
    schools: 20_455,
    years: 1,
    staff_per_school: 8,
};

/// Somebody of the simulation, as it notes them beside its data.
#[derive(Deserialize)]
struct Member {
    part: String,
    person_id: Uuid,
}

#[derive(Deserialize)]
struct Cast {
    people: Vec<Member>,
}

impl Cast {
    fn load(data: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(data.join("demo-people.json"))?;
        Ok(serde_json::from_str(&text)?)
    }

    fn part(&self, part: &str) -> anyhow::Result<Uuid> {
        let member = self.people.iter().find(|member| member.part == part);
        Ok(member.with_context(|| format!("nobody is {part}"))?.person_id)
    }
}

/// Asks again and again: the 99th percentile of each run, in milliseconds.
macro_rules! times {
    ($world:expr, $pace:expr, $client:ident.$method:ident, $who_and_what:expr) => {{
        let (clients, tokens) = ($world.clients(), $world.tokens());
        let mut runs = Vec::new();
        // The first run only warms caches.
        for run in 0..=$pace.runs {
            let mut took = Vec::with_capacity(TIMES);
            for number in 0..TIMES {
                let (who, message) = $who_and_what(number);
                let request = tokens.request(who, message)?;
                let mut client = clients.$client.clone();
                let began = Instant::now();
                client.$method(request).await.context(stringify!($method))?;
                took.push(began.elapsed().as_secs_f64() * 1_000.0);
            }
            if run > 0 {
                runs.push(percentile(&mut took, 99));
            }
        }
        runs
    }};
}

pub(crate) async fn largest_trust(pace: Pace, size: Size, report: &mut Report) -> anyhow::Result<()> {
    println!("Queries, a trust of {} schools and {} years", size.schools, size.years);
    let files = tempfile::tempdir()?;
    simulated::write(size, &format!("sqlite:{}", files.path().display()), None).await?;
    let world = World::over(files.path(), &quiet());
    let cast = Cast::load(files.path())?;
    let leader = cast.part("trust-leader")?;
    let stage = Stage::find(&world, leader).await?;
    let cycle = this_cycle();

    let p99 = times!(world, pace, tracking.get_thread, |number: usize| {
        let follow_up_id = stage.threads[number % stage.threads.len()].clone();
        (
            leader,
            views::GetThreadRequest {
                follow_up_id,
                ..Default::default()
            },
        )
    });
    let median = report.figure("thread: 99th percentile", "ms", p99);
    report.at_most("thread, largest trust, 99th percentile", median, 5.0, " ms");

    let p99 = times!(world, pace, tracking.get_person_record, |number: usize| {
        let person = stage.people[number % stage.people.len()];
        let person_id = person.to_string();
        (
            person,
            views::GetPersonRecordRequest {
                person_id,
                ..Default::default()
            },
        )
    });
    let median = report.figure("person record: 99th percentile", "ms", p99);
    report.at_most("person record, largest trust, 99th percentile", median, 20.0, " ms");

    let p99 = times!(world, pace, tracking.get_link_report, |number: usize| {
        let back = i32::try_from(number % size.years).unwrap_or(0);
        let trust_id = stage.trust_id.clone();
        (
            leader,
            views::GetLinkReportRequest {
                trust_id,
                cycle: cycle - back,
                ..Default::default()
            },
        )
    });
    let median = report.figure("link report: 99th percentile", "ms", p99);
    report.at_most("link report, largest trust, 99th percentile", median, 50.0, " ms");

    let p99 = times!(world, pace, needs.get_emergent_needs, |number: usize| {
        let back = i32::try_from(number % 2).unwrap_or(0);
        let trust_id = stage.trust_id.clone();
        (
            leader,
            views::GetEmergentNeedsRequest {
                trust_id,
                cycle: cycle - back,
                ..Default::default()
            },
        )
    });
    let median = report.figure("emergent needs: 99th percentile", "ms", p99);
    report.at_most("emergent needs, largest trust, 99th percentile", median, 100.0, " ms");

    let p99 = times!(world, pace, tracking.get_attention_list, |number: usize| {
        let person = stage.people[number % stage.people.len()];
        (person, views::GetAttentionListRequest::default())
    });
    let median = report.figure("attention list: 99th percentile", "ms", p99);
    report.at_most("attention list, largest trust, 99th percentile", median, 20.0, " ms");
    Ok(())
}

pub(crate) async fn england(pace: Pace, report: &mut Report) -> anyhow::Result<()> {
    println!("Queries, {} schools of England, one year", ENGLAND.schools);
    let files = tempfile::tempdir()?;
    simulated::write(ENGLAND, &format!("sqlite:{}", files.path().display()), None).await?;
    let world = World::over(files.path(), &quiet());
    let cast = Cast::load(files.path())?;
    let (leader, lead) = (cast.part("trust-leader")?, cast.part("network-lead")?);
    let stage = Stage::find(&world, leader).await?;
    let request = world
        .tokens()
        .request(lead, api::directory::v1::ListNetworksRequest::default())?;
    let networks = world
        .clients()
        .networks
        .clone()
        .list_networks(request)
        .await?
        .into_inner();
    let network_id = networks
        .networks
        .first()
        .context("there is a network")?
        .network_id
        .clone();
    let cycle = this_cycle() - 1;
    let p99 = times!(world, pace, network_reports.get_network_report, |_: usize| {
        let network_id = network_id.clone();
        (
            lead,
            views::GetNetworkReportRequest {
                network_id,
                cycle,
                half_term: 1,
                ..Default::default()
            },
        )
    });
    let median = report.figure("network report, England: 99th percentile", "ms", p99);
    report.at_most("network report, England, 99th percentile", median, 1_000.0, " ms");
    let p99 = times!(world, pace, tracking.get_link_report, |_: usize| {
        let trust_id = stage.trust_id.clone();
        (
            leader,
            views::GetLinkReportRequest {
                trust_id,
                cycle,
                ..Default::default()
            },
        )
    });
    let median = report.figure("link report of a trust, England: 99th percentile", "ms", p99);
    report.at_most("link report of a trust, England, 99th percentile", median, 50.0, " ms");
    Ok(())
}

/// What can be asked for.
struct Stage {
    trust_id: String,
    threads: Vec<String>,
    people: Vec<Uuid>,
}

impl Stage {
    /// Waits for the views, and finds threads of all years with the people whose they are.
    async fn find(world: &World, leader: Uuid) -> anyhow::Result<Self> {
        let (clients, tokens) = (world.clients(), world.tokens());
        let request = tokens.request(leader, api::directory::v1::ListTrustsRequest::default())?;
        let trusts = clients.trusts.clone().list_trusts(request).await?.into_inner().trusts;
        let trust_id = trusts.first().context("there is a trust")?.trust_id.clone();
        world.views_caught_up().await?;
        let (mut threads, mut people) = (Vec::new(), Vec::new());
        for back in 0..7 {
            let message = views::ListThreadsRequest {
                trust_id: trust_id.clone(),
                cycle: this_cycle() - back,
                ..Default::default()
            };
            let found = clients
                .tracking
                .clone()
                .list_threads(tokens.request(leader, message)?)
                .await?
                .into_inner();
            for thread in found.threads {
                people.extend(thread.person.and_then(|person| person.person_id.parse::<Uuid>().ok()));
                threads.push(thread.follow_up_id);
            }
        }
        people.sort_unstable();
        people.dedup();
        anyhow::ensure!(
            !threads.is_empty() && !people.is_empty(),
            "nothing was agreed in this simulation"
        );
        Ok(Self {
            trust_id,
            threads,
            people,
        })
    }
}

/// The academic year of today, by its first calendar year.
fn this_cycle() -> i32 {
    let today = Utc::now().date_naive();
    today.year() - i32::from(today.month() < 9)
}

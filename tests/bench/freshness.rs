//! From the answer to a command until the thread's view shows what it did, while commands come at a steady rate.
//!
//! One command in ten is followed: `GetThread` is asked at once to show at least what the receipt names, and answers as
//! soon as it can.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use api::{common::v1::AtLeast, projection::v1 as views};
use tokio::{task::JoinSet, time::MissedTickBehavior};

use crate::{
    Pace,
    commands::Stage,
    load::{number, percentile},
    report::Report,
    start::quiet,
    world::{Mode, World},
};

/// Commands a second.
const RATE: u64 = 500;

/// Which of them are followed until they show.
const FOLLOWED: u64 = 10;

pub(crate) async fn measure(pace: Pace, report: &mut Report) -> anyhow::Result<()> {
    println!("Freshness at {RATE} commands/s");
    for (mode, name) in [(Mode::Split, "split"), (Mode::Embedded, "one process")] {
        let world: &'static World = Box::leak(Box::new(World::start(mode, &quiet())));
        let stage = Arc::new(Stage::set(world).await?);
        let (mut medians, mut tails, mut rates) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..pace.runs {
            let (mut delays, rate) = steady(&stage, pace.time).await?;
            medians.push(percentile(&mut delays, 50));
            tails.push(percentile(&mut delays, 99));
            rates.push(rate);
        }
        report.figure(format!("freshness, {name}: commands answered"), "/s", rates);
        let median = report.figure(format!("freshness, {name}: 50th percentile"), "ms", medians);
        let tail = report.figure(format!("freshness, {name}: 99th percentile"), "ms", tails);
        if mode == Mode::Split {
            report.at_most("freshness, split, 50th percentile", median, 10.0, " ms");
            report.at_most("freshness, split, 99th percentile", tail, 50.0, " ms");
            for role in [
                "gateway",
                "projection",
                "observations",
                "appraisal",
                "catalogue",
                "coaching",
                "evaluation",
                "directory",
            ] {
                world.kill(role);
            }
        } else {
            report.at_most("freshness, one process, 99th percentile", tail, 20.0, " ms");
            world.kill("up");
        }
    }
    Ok(())
}

/// Sends commands at the rate; gives the delays in milliseconds, and commands answered a second.
async fn steady(stage: &Arc<Stage>, time: Duration) -> anyhow::Result<(Vec<f64>, f64)> {
    let mut ticks = tokio::time::interval(Duration::from_micros(1_000_000 / RATE));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut tasks = JoinSet::new();
    let began = Instant::now();
    let mut sent = 0_u64;
    while began.elapsed() < time {
        ticks.tick().await;
        let (stage, which) = (stage.clone(), sent);
        tasks.spawn(async move { one(&stage, which).await });
        sent += 1;
    }
    let mut delays = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        delays.extend(ended??);
    }
    Ok((delays, number(sent) / began.elapsed().as_secs_f64()))
}

async fn one(stage: &Stage, number: u64) -> anyhow::Result<Option<f64>> {
    let which = usize::try_from(number)?;
    let recorded = stage.add_evidence(which).await?;
    if !number.is_multiple_of(FOLLOWED) {
        return Ok(None);
    }
    let answered = Instant::now();
    let message = views::GetThreadRequest {
        follow_up_id: recorded.id,
        at_least: vec![AtLeast {
            source: recorded.source,
            position: recorded.position,
        }],
        ..Default::default()
    };
    let request = stage.cast.tokens.request(stage.cast.teacher, message)?;
    let mut client = stage.cast.clients.tracking.clone();
    client.get_thread(request).await.context("the view does not show it")?;
    Ok(Some(answered.elapsed().as_secs_f64() * 1_000.0))
}

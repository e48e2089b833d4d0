//! `cqrs-es` with `postgres-es`: its framework, its event repository, its generic query over its view repository.

use std::{fmt, sync::Arc, time::Instant};

use cqrs_es::{
    Aggregate, DomainEvent, EventEnvelope, View,
    event_sink::EventSink,
    persist::{GenericQuery, QueryReplay},
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use postgres_es::{PostgresEventRepository, PostgresViewRepository, postgres_cqrs};
use serde::{Deserialize, Serialize};
use sqlx::postgres::PgPoolOptions;

use crate::{
    Options, appends, database,
    follow_up::{STEPS, Step, Thread, Told},
    print,
};

const TABLES: &str = "
    create table events (
        aggregate_type text not null,
        aggregate_id text not null,
        sequence bigint check (sequence >= 0) not null,
        event_type text not null,
        event_version text not null,
        payload json not null,
        metadata json not null,
        primary key (aggregate_type, aggregate_id, sequence)
    );
    create table thread (
        view_id text not null,
        version bigint check (version >= 0) not null,
        payload json not null,
        primary key (view_id)
    )";

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct FollowUp {
    step: Step,
    events: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Happened(Told);

impl DomainEvent for Happened {
    fn event_type(&self) -> String {
        format!("{:?}", self.0.step)
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the follow-up is completed")
    }
}

impl std::error::Error for Refused {}

impl Aggregate for FollowUp {
    const TYPE: &'static str = "follow_up";
    type Command = Vec<Step>;
    type Event = Happened;
    type Error = Refused;
    type Services = ();

    async fn handle(&mut self, command: Vec<Step>, _: &(), sink: &EventSink<Self>) -> Result<(), Refused> {
        for step in command {
            if self.step == Step::Completed {
                return Err(Refused);
            }
            sink.write(Happened(Told::of(step)), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Happened) {
        self.step = event.0.step;
        self.events += 1;
    }
}

impl View<FollowUp> for Thread {
    fn update(&mut self, event: &EventEnvelope<FollowUp>) {
        Thread::apply(self, &event.payload.0);
    }
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<()> {
    let pool = PgPoolOptions::new()
        .max_connections(64)
        .connect(&database(options, "peer_cqrs_es").await?)
        .await?;
    sqlx::raw_sql(TABLES).execute(&pool).await?;
    let framework = Arc::new(postgres_cqrs::<FollowUp>(pool.clone(), Vec::new(), ()));
    for callers in [1, 64] {
        let framework = framework.clone();
        let call = move |id: String| {
            let framework = framework.clone();
            async move { Ok(framework.execute(&id, vec![Step::EvidenceAdded]).await?) }
        };
        let runs = appends(options, callers, call).await?;
        print("cqrs-es with postgres-es", &format!("append, {callers} callers"), &runs);
    }
    sqlx::raw_sql("truncate events").execute(&pool).await?;
    let histories = options.events / STEPS.len();
    stream::iter(0..histories)
        .map(Ok)
        .try_for_each_concurrent(64, |number| {
            let framework = framework.clone();
            async move { framework.execute(&format!("history-{number}"), STEPS.to_vec()).await }
        })
        .await?;
    let mut runs = Vec::new();
    for _ in 0..options.runs {
        sqlx::raw_sql("truncate thread").execute(&pool).await?;
        let views = Arc::new(PostgresViewRepository::<Thread, FollowUp>::new("thread", pool.clone()));
        let replay = QueryReplay::new(PostgresEventRepository::new(pool.clone()), GenericQuery::new(views));
        let began = Instant::now();
        replay.replay_all().await?;
        runs.push((histories * STEPS.len()) as f64 / began.elapsed().as_secs_f64());
        let (rows,): (i64,) = sqlx::query_as("select count(*) from thread").fetch_one(&pool).await?;
        anyhow::ensure!(usize::try_from(rows)? == histories, "{rows} threads of {histories}");
    }
    print("cqrs-es with postgres-es", "replay", &runs);
    Ok(())
}

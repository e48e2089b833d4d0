//! `disintegrate` with `disintegrate-postgres`: its decision maker, and its listener writing the view.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use disintegrate::{
    Decision, Event, EventListener, NoSnapshot, PersistedEvent, StateMutate, StateQuery, StreamQuery, query,
    serde::json::Json,
};
use disintegrate_postgres::{PgEventId, PgEventListener, PgEventListenerConfig, PgEventStore, decision_maker};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, postgres::PgPoolOptions};

use crate::{
    Options, appends, database,
    follow_up::{STEPS, Step, Told},
    print,
};

#[derive(Clone, Debug, PartialEq, Eq, Event, Serialize, Deserialize)]
#[stream(FollowUpEvent, [Happened])]
enum DomainEvent {
    Happened {
        #[id]
        follow_up_id: String,
        told: Told,
    },
}

#[derive(Clone, Debug, Default, StateQuery, Serialize, Deserialize)]
#[state_query(FollowUpEvent)]
struct FollowUp {
    #[id]
    follow_up_id: String,
    step: Step,
}

impl StateMutate for FollowUp {
    fn mutate(&mut self, event: Self::Event) {
        let FollowUpEvent::Happened { told, .. } = event;
        self.step = told.step;
    }
}

struct Tell {
    follow_up_id: String,
    steps: Vec<Step>,
}

impl Decision for Tell {
    type Event = DomainEvent;
    type StateQuery = FollowUp;
    type Error = std::io::Error;

    fn state_query(&self) -> FollowUp {
        FollowUp {
            follow_up_id: self.follow_up_id.clone(),
            step: Step::default(),
        }
    }

    fn process(&self, state: &FollowUp) -> Result<Vec<DomainEvent>, std::io::Error> {
        if state.step == Step::Completed {
            return Err(std::io::Error::other("the follow-up is completed"));
        }
        let happened = |step: &Step| DomainEvent::Happened {
            follow_up_id: self.follow_up_id.clone(),
            told: Told::of(*step),
        };
        Ok(self.steps.iter().map(happened).collect())
    }
}

struct Threads {
    query: StreamQuery<PgEventId, FollowUpEvent>,
    pool: PgPool,
    handled: Arc<AtomicUsize>,
}

#[async_trait::async_trait]
impl EventListener<PgEventId, FollowUpEvent> for Threads {
    type Error = sqlx::Error;

    fn id(&self) -> &'static str {
        "threads"
    }

    fn query(&self) -> &StreamQuery<PgEventId, FollowUpEvent> {
        &self.query
    }

    async fn handle(&self, event: PersistedEvent<PgEventId, FollowUpEvent>) -> Result<(), sqlx::Error> {
        let FollowUpEvent::Happened { follow_up_id, told } = event.into_inner();
        let add = |step: Step| i32::from(told.step == step);
        sqlx::query(
            "insert into thread (follow_up_id, person_id, agreed_on, step, evidence_count, support_count, revisited, last_on)
             values ($1, $2, $3, $4, $5, $6, $7, $3)
             on conflict (follow_up_id) do update set
               step = excluded.step,
               evidence_count = thread.evidence_count + excluded.evidence_count,
               support_count = thread.support_count + excluded.support_count,
               revisited = thread.revisited or excluded.revisited,
               last_on = excluded.last_on",
        )
        .bind(follow_up_id)
        .bind(&told.person_id)
        .bind(&told.on)
        .bind(format!("{:?}", told.step))
        .bind(add(Step::EvidenceAdded))
        .bind(add(Step::SupportProvided))
        .bind(told.step == Step::Revisited)
        .execute(&self.pool)
        .await?;
        self.handled.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

pub(crate) async fn measure(options: &Options) -> anyhow::Result<()> {
    let pool = PgPoolOptions::new()
        .max_connections(64)
        .connect(&database(options, "peer_disintegrate").await?)
        .await?;
    let store = PgEventStore::try_new(pool.clone(), Json::<DomainEvent>::default()).await?;
    let maker = Arc::new(decision_maker(store.clone(), NoSnapshot));
    for callers in [1, 64] {
        let maker = maker.clone();
        let call = move |follow_up_id: String| {
            let maker = maker.clone();
            async move {
                let steps = vec![Step::EvidenceAdded];
                maker.make(Tell { follow_up_id, steps }).await?;
                Ok(())
            }
        };
        let runs = appends(options, callers, call).await?;
        print("disintegrate", &format!("append, {callers} callers"), &runs);
    }
    sqlx::raw_sql("truncate event").execute(&pool).await?;
    let histories = options.events / STEPS.len();
    stream::iter(0..histories)
        .map(anyhow::Ok)
        .try_for_each_concurrent(64, |number| {
            let maker = maker.clone();
            async move {
                let follow_up_id = format!("history-{number}");
                let steps = STEPS.to_vec();
                maker.make(Tell { follow_up_id, steps }).await?;
                Ok(())
            }
        })
        .await?;
    sqlx::raw_sql(
        "create table thread (
           follow_up_id text primary key, person_id text not null, agreed_on text not null, step text not null,
           evidence_count int not null, support_count int not null, revisited bool not null, last_on text not null
         )",
    )
    .execute(&pool)
    .await?;
    let total = histories * STEPS.len();
    let mut runs = Vec::new();
    for _ in 0..options.runs {
        sqlx::raw_sql("truncate thread; drop table if exists event_listener cascade")
            .execute(&pool)
            .await?;
        let handled = Arc::new(AtomicUsize::new(0));
        let threads = Threads {
            query: query!(FollowUpEvent),
            pool: pool.clone(),
            handled: handled.clone(),
        };
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let began = Instant::now();
        let listener = PgEventListener::builder(store.clone())
            .register_listener(threads, PgEventListenerConfig::poller(Duration::from_millis(50)));
        let listening = tokio::spawn(listener.start_with_shutdown(async {
            stopped.await.ok();
        }));
        while handled.load(Ordering::Relaxed) < total {
            anyhow::ensure!(!listening.is_finished(), "the listener ended early");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        runs.push(total as f64 / began.elapsed().as_secs_f64());
        stop.send(()).ok();
        listening.await??;
    }
    print("disintegrate", "replay", &runs);
    Ok(())
}

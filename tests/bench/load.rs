//! Load: callers that ask again as soon as they are answered, and askers that keep to a rate whatever the answers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

/// So many callers at once, each with one request under way, for a while: requests answered a second.
///
/// `call` gets the number of the caller and of its request. A failed request ends the measure.
pub(crate) async fn closed<F>(
    callers: usize,
    time: Duration,
    call: impl Fn(usize, u64) -> F + Clone + Send + 'static,
) -> anyhow::Result<f64>
where
    F: Future<Output = anyhow::Result<()>> + Send,
{
    let over = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let (over, answered, call) = (over.clone(), answered.clone(), call.clone());
        tasks.spawn(async move {
            for number in 0.. {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                call(caller, number).await?;
                answered.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    // Connections open and caches fill before it counts.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (began, before) = (Instant::now(), answered.load(Ordering::Relaxed));
    tokio::time::sleep(time).await;
    let (took, after) = (began.elapsed(), answered.load(Ordering::Relaxed));
    over.store(true, Ordering::Relaxed);
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    Ok(number(after - before) / took.as_secs_f64())
}

/// A count, for reckoning.
pub(crate) fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The value below which that share of the values lies, in percent; they come in any order.
pub(crate) fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values
        .get((values.len() * percent / 100).min(last))
        .copied()
        .unwrap_or(f64::NAN)
}

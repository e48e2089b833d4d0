//! What the reactions of every service have in common: they go on until they are told to stop, and what cannot be done
//! now is tried again until it can.

use std::{convert::Infallible, future::Future, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::Error;

/// Events answered between two checkpoints at the most.
pub const BATCH: usize = 500;

/// Before trying again what could not be done.
const PAUSE: Duration = Duration::from_secs(1);

/// Follows until `shutdown`, again from its checkpoint whenever it fails.
pub async fn patiently<F>(shutdown: &CancellationToken, follow: impl Fn() -> F)
where
    F: Future<Output = Result<Infallible, Error>>,
{
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            Err(error) = follow() => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(%error, cause, ?PAUSE, "reactions wait");
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

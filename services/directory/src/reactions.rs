//! What the directory's own events cause: whoever is erased has their key destroyed.
//!
//! The command does so itself before it answers. This covers a process that ended in between, and a database of keys
//! that was restored to an earlier state: the feed is read from its beginning at every start, so the keys of
//! everybody who was ever erased are destroyed again. It is read, not counted: there is no checkpoint to be wrong.

use std::time::Duration;

use api::directory::v1::{PersonEvent, person_event};
use eventstore::{Position, Recorded};
use feed::Source;
use identity::keys;
use prost::Message as _;
use service::Commands;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Events looked at together.
const BATCH: usize = 1_000;

/// Between two attempts while the keys or the store are away.
const PAUSE: Duration = Duration::from_secs(1);

/// Why the feed could not be followed any further.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the directory's feed cannot be read")]
    Feed(#[from] feed::Error),
    #[error("a key cannot be destroyed")]
    Keys(#[from] keys::Error),
}

/// Follows the directory's feed until it is told to stop.
pub(crate) async fn run(commands: Commands, shutdown: CancellationToken) {
    let source = Source::local(commands.gate().service(), commands.store().clone());
    let mut done = Position(0);
    while !shutdown.is_cancelled() {
        let failed = tokio::select! {
            failed = follow(&commands, &source, &mut done) => failed,
            () = shutdown.cancelled() => return,
        };
        if let Err(error) = failed {
            tracing::warn!(
                %error,
                "erasures wait to be completed"
            );
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            () = shutdown.cancelled() => {}
        }
    }
}

async fn follow(commands: &Commands, source: &Source, done: &mut Position) -> Result<(), Error> {
    let mut tail = source.tail(*done);
    loop {
        for event in tail.next(BATCH).await? {
            if erases(&event) {
                destroy(commands, &event).await?;
            }
            *done = event.position;
        }
    }
}

/// Destroys the key of whom an erasure is about, unless it is gone.
async fn destroy(commands: &Commands, event: &Recorded) -> Result<(), keys::Error> {
    let person = event.stream_id.0;
    if commands.keys().is_erased(person).await? {
        return Ok(());
    }
    commands.keys().destroy(event.metadata.trust_id, person).await?;
    tracing::info!(position = %event.position, "completed an erasure");
    Ok(())
}

fn erases(event: &Recorded) -> bool {
    event.kind.aggregate() == "person"
        && PersonEvent::decode(event.payload.as_ref())
            .is_ok_and(|event| matches!(event.event, Some(person_event::Event::Erased(_))))
}

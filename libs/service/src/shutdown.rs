//! When to stop: one token, cancelled by a signal or by the failure of any part.

use tokio_util::sync::CancellationToken;

/// A token that is cancelled by the first SIGTERM or SIGINT. The second ends the process at once.
///
/// # Errors
/// When the signals cannot be listened for.
pub fn on_signal() -> std::io::Result<CancellationToken> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        for first in [true, false] {
            let (name, code) = tokio::select! {
                _ = terminate.recv() => ("SIGTERM", 143),
                _ = interrupt.recv() => ("SIGINT", 130),
            };
            if !first {
                tracing::warn!(signal = name, "ended at once");
                std::process::exit(code);
            }
            tracing::info!(signal = name, "shutting down");
            cancelled.cancel();
        }
    });
    Ok(token)
}

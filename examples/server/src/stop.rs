//! How the server is told to end: SIGTERM or SIGINT drains it, a second one ends it at once.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{failure::Failure, log};

/// Signals that end the server. From when this is made they no longer kill it.
pub(crate) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    pub(crate) fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|error| Failure::new(format!("signals cannot be heard: {error}")));
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// Resolves at the first signal; from then on another one ends the process.
    pub(crate) async fn first(mut self) {
        self.next().await;
        tracing::info!("ending: clients are told to come back, and what waits for them is sent");
        tokio::spawn(async move {
            self.next().await;
            log::tell("chat-server: ended at once by a second signal");
            std::process::exit(1);
        });
    }

    /// Resolves at a signal.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

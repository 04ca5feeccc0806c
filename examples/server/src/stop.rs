//! How the server is told to end: SIGTERM or SIGINT drains it, a second one ends it at once. Other signals do not.

use rustix::process::Signal as Number;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{failure::Failure, log};

/// Signals that end the server. From when this is made they no longer kill it.
pub(crate) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

/// What a terminal that closes and tools that rotate logs send.
const IGNORED: [(SignalKind, &str); 3] = [
    (SignalKind::hangup(), "SIGHUP is ignored: SIGTERM ends the server"),
    (SignalKind::user_defined1(), "SIGUSR1 is ignored"),
    (SignalKind::user_defined2(), "SIGUSR2 is ignored"),
];

impl Stop {
    pub(crate) fn listen() -> Result<Self, Failure> {
        for (kind, said) in IGNORED {
            let mut signal = listen(kind)?;
            tokio::spawn(async move {
                while signal.recv().await.is_some() {
                    tracing::warn!("{said}");
                }
            });
        }
        // Once it is listened for, a file that may grow no further is an error of whoever writes it.
        drop(listen(SignalKind::from_raw(Number::XFSZ.as_raw()))?);
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

fn listen(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| Failure::new(format!("signals cannot be heard: {error}")))
}

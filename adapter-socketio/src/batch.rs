//! What goes between a connection and its namespaces.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use chat_core::{CloseReason, Refusal};

/// What a client says in a namespace.
#[derive(Debug)]
pub(crate) enum Said {
    /// An event: its name for it, and the array that it is.
    Event(Option<u64>, String),
    /// An event that is refused as it is.
    Refused(Option<u64>, Refusal),
    /// The client leaves the namespace.
    Leaves,
}

/// What a namespace has for a client.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) namespace: Arc<str>,
    /// Counts a namespace's batches, so that it can be told which of them have arrived; 0 for what need not be known.
    pub(crate) number: u64,
    pub(crate) frames: Vec<Bytes>,
    pub(crate) end: End,
}

/// What ends with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Nothing,
    /// The client is in the namespace no more.
    Namespace,
    /// The connection ends, and the client may come back.
    Connection(CloseReason),
}

/// How much of what a namespace has sent is known to have arrived.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Up to which batch there was a ping behind it.
    pinged: AtomicU64,
    /// Up to which batch that ping was answered.
    arrived: AtomicU64,
}

impl Progress {
    pub(crate) fn pinged(&self) -> u64 {
        self.pinged.load(Ordering::Acquire)
    }

    pub(crate) fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Acquire)
    }

    /// A ping is sent behind this batch.
    pub(crate) fn ping(&self, batch: u64) {
        self.pinged.store(batch, Ordering::Release);
    }

    /// The client has answered the ping.
    pub(crate) fn pong(&self) {
        self.arrived.store(self.pinged(), Ordering::Release);
    }
}

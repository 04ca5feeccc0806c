//! The messages between a connection and the tasks of its namespaces.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use chat_core::{CloseReason, Refusal};

/// A message from a client to one of its namespaces.
#[derive(Debug)]
pub(crate) enum Said {
    /// An event: the id that the client gave it, and its JSON array.
    Event(Option<u64>, String),
    /// An event that is refused before any handler sees it.
    Refused(Option<u64>, Refusal),
    /// The client leaves the namespace.
    Leaves,
}

/// Frames from a namespace for a client.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) namespace: Arc<str>,
    /// The number of this batch in its namespace, by which its arrival is confirmed. 0 if nobody needs to know of its arrival.
    pub(crate) number: u64,
    pub(crate) frames: Vec<Bytes>,
    pub(crate) end: End,
}

/// What ends after a batch was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Nothing,
    /// The client leaves the namespace.
    Namespace,
    /// The connection ends, and the client may come back.
    Connection(CloseReason),
}

/// Up to which batch a client has received what a namespace sent.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// The last batch before the last ping.
    pinged: AtomicU64,
    /// The last batch before the last ping that was answered.
    arrived: AtomicU64,
}

impl Progress {
    pub(crate) fn pinged(&self) -> u64 {
        self.pinged.load(Ordering::Acquire)
    }

    pub(crate) fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Acquire)
    }

    /// Notes that a ping is sent after this batch.
    pub(crate) fn ping(&self, batch: u64) {
        self.pinged.store(batch, Ordering::Release);
    }

    /// Notes that the client has answered the ping.
    pub(crate) fn pong(&self) {
        self.arrived.store(self.pinged(), Ordering::Release);
    }
}

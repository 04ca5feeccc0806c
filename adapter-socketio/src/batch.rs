//! The messages between a connection and the tasks of its namespaces.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use bytes::Bytes;
use chat_core::{CloseReason, Refusal};

use crate::direct::Pause;

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
pub(crate) struct Batch {
    pub(crate) namespace: Arc<str>,
    /// The number of this batch in its namespace, by which its arrival is confirmed. 0 if nobody needs to know of its arrival.
    pub(crate) number: u64,
    pub(crate) frames: Vec<Bytes>,
    pub(crate) end: End,
    /// Flushers write nothing before this batch is sent.
    pub(crate) pause: Option<Pause>,
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
    /// The last batch that has a number.
    begun: AtomicU64,
    /// The last batch that was sent.
    sent: AtomicU64,
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

    /// The number of the next batch.
    pub(crate) fn next(&self) -> u64 {
        self.begun.load(Ordering::Acquire) + 1
    }

    /// Begins the next batch, and says its number. Only one task or thread at a time does so: the namespace's task, or a flusher
    /// while the task waits.
    pub(crate) fn begin(&self) -> u64 {
        self.begun.fetch_add(1, Ordering::AcqRel) + 1
    }

    /// Notes that this batch was sent.
    pub(crate) fn send(&self, batch: u64) {
        self.sent.store(batch, Ordering::Release);
    }

    /// Notes that a ping is sent after what was sent so far.
    pub(crate) fn ping(&self) {
        self.pinged.store(self.sent.load(Ordering::Acquire), Ordering::Release);
    }

    /// Notes that the client has answered the ping.
    pub(crate) fn pong(&self) {
        self.arrived.store(self.pinged(), Ordering::Release);
    }
}

//! Up to where a client has received what a namespace sent.

use std::sync::atomic::{AtomicU64, Ordering};

/// Up to which batch a client has received what a namespace sent.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    /// The last batch that has a number.
    begun: AtomicU64,
    /// The last batch that was sent.
    sent: AtomicU64,
    /// The last batch before the last ping.
    pinged: AtomicU64,
    /// The last batch before the last ping that was answered.
    arrived: AtomicU64,
}

impl Arrivals {
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

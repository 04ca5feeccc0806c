//! Counts of messages that were sent, dropped and received.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many messages were sent, dropped and received so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Figures {
    /// Messages that were handed to the connection.
    pub published: u64,
    /// Messages that were dropped, because there was no connection or the connection was too slow.
    pub dropped: u64,
    /// Messages of other nodes that were passed on to the engine.
    pub heard: u64,
    /// Messages of other nodes that were dropped, because they came faster than the engine read them.
    pub dropped_on_arrival: u64,
    /// Messages that are not of this engine, or of a kind that only a newer version knows.
    pub unreadable: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    published: AtomicU64,
    dropped: AtomicU64,
    heard: AtomicU64,
    dropped_on_arrival: AtomicU64,
    unreadable: AtomicU64,
}

impl Counts {
    /// Counts a message, which was handed to the connection or dropped.
    pub(crate) fn published(&self, is_handed: bool) {
        let count = if is_handed { &self.published } else { &self.dropped };
        count.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn figures(&self) -> Figures {
        let Self { published, dropped, heard, dropped_on_arrival, unreadable } = self;
        let [published, dropped, heard, dropped_on_arrival, unreadable] =
            [published, dropped, heard, dropped_on_arrival, unreadable].map(|count| count.load(Ordering::Relaxed));
        Figures { published, dropped, heard, dropped_on_arrival, unreadable }
    }

    pub(crate) fn heard(&self) {
        self.heard.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn dropped_on_arrival(&self, count: u64) {
        self.dropped_on_arrival.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn unreadable(&self) {
        self.unreadable.fetch_add(1, Ordering::Relaxed);
    }
}

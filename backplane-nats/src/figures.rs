//! What becomes of messages, counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// What became of messages so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Figures {
    /// Messages that were handed to the connection.
    pub published: u64,
    /// Messages that were not: there was no connection, or it was too slow.
    pub dropped: u64,
    /// Messages of other nodes that were passed on to the engine.
    pub heard: u64,
    /// Messages of other nodes that came faster than they were taken.
    pub dropped_on_arrival: u64,
    /// Messages that are none of this engine's, or of a kind that only a newer version knows.
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
    /// A message was handed to the connection, or not.
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

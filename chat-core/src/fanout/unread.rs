//! How many bytes all clients of a node together leave unread.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

use crate::{limits, meters};

/// The bytes that wait for all clients of a node: the sum of all [`Debt`]s, and its bound.
pub(crate) struct Unread {
    sum: AtomicUsize,
    most: usize,
    exceeded: Notify,
}

impl Unread {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { sum: AtomicUsize::new(0), most, exceeded: Notify::new() })
    }

    /// The debt of a new session, which is zero.
    pub(crate) fn debt(self: &Arc<Self>) -> Debt {
        Debt { owed: 0, all: self.clone() }
    }

    /// Waits until more bytes than the bound are unread. Cancel safe.
    pub(crate) async fn exceeded(&self) {
        self.exceeded.notified().await;
    }

    pub(crate) fn is_exceeded(&self) -> bool {
        self.sum() > self.most
    }

    /// Whether no further session has to be closed. That is so once the sum is a part below the bound; otherwise the next frame
    /// would exceed the bound again, and all sessions would be looked through for each frame.
    pub(crate) fn is_relieved(&self) -> bool {
        self.sum() <= self.most - self.most / limits::UNREAD_RELIEF
    }

    pub(crate) fn sum(&self) -> usize {
        self.sum.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: usize) {
        let before = self.sum.fetch_add(bytes, Ordering::Relaxed);
        // Only the addition that crosses the bound notifies.
        if before <= self.most && before.saturating_add(bytes) > self.most {
            self.exceeded.notify_one();
        }
    }
}

/// The bytes that one session's client leaves unread. They are taken off the sum when this is dropped.
pub(crate) struct Debt {
    owed: usize,
    all: Arc<Unread>,
}

impl Debt {
    pub(super) fn owed(&self) -> usize {
        self.owed
    }

    pub(super) fn set(&mut self, owed: usize) {
        let before = std::mem::replace(&mut self.owed, owed);
        if owed > before {
            self.all.add(owed - before);
        } else if owed < before {
            self.all.sum.fetch_sub(before - owed, Ordering::Relaxed);
        } else {
            return;
        }
        meters::unread(before, owed);
    }
}

impl Drop for Debt {
    fn drop(&mut self) {
        self.set(0);
    }
}

//! What all clients of a node leave unread, together.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::Notify;

use crate::{limits, meters};

/// Bytes that wait for the clients of a node: the sum of all [`Debt`]s, and its bound.
pub(crate) struct Unread {
    sum: AtomicUsize,
    most: usize,
    exceeded: Notify,
}

impl Unread {
    pub(crate) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { sum: AtomicUsize::new(0), most, exceeded: Notify::new() })
    }

    /// A session's part of it, which is nothing yet.
    pub(crate) fn debt(self: &Arc<Self>) -> Debt {
        Debt { owed: 0, all: self.clone() }
    }

    /// Resolves when more than the bound is unread. Cancel safe.
    pub(crate) async fn exceeded(&self) {
        self.exceeded.notified().await;
    }

    pub(crate) fn is_exceeded(&self) -> bool {
        self.sum() > self.most
    }

    /// Whether so little is unread that no further session has to be given up: a part less than the bound, so that
    /// sessions are looked through once in a while and not for every frame.
    pub(crate) fn is_relieved(&self) -> bool {
        self.sum() <= self.most - self.most / limits::UNREAD_RELIEF
    }

    pub(crate) fn sum(&self) -> usize {
        self.sum.load(Ordering::Relaxed)
    }

    fn add(&self, bytes: usize) {
        let before = self.sum.fetch_add(bytes, Ordering::Relaxed);
        // Told by the one that crosses the bound, and by no other.
        if before <= self.most && before.saturating_add(bytes) > self.most {
            self.exceeded.notify_one();
        }
    }
}

/// What one session leaves unread; nothing any more once it is dropped.
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

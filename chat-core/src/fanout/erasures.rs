//! Deleted messages. A page or snapshot that was made before a deletion must not be sent after it.

use std::collections::VecDeque;

use super::sync::{AtomicU64, Mutex, Ordering, lock};
use crate::{Seq, limits};

/// How many messages were deleted since the room was opened, and the seqs of the last ones.
#[derive(Default)]
pub(crate) struct Erasures {
    count: AtomicU64,
    recent: Mutex<VecDeque<Seq>>,
}

impl Erasures {
    pub(super) fn add(&self, message: Seq) {
        let mut recent = lock(&self.recent);
        if recent.len() == limits::RECENT_ERASURES {
            recent.pop_front();
        }
        recent.push_back(message);
        self.count.fetch_add(1, Ordering::Release);
    }

    /// The number of deletions so far.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// The messages deleted since the count was `count`, and the count now; `None` if some of their seqs are forgotten.
    pub(crate) fn since(&self, count: u64) -> Option<(Vec<Seq>, u64)> {
        let recent = lock(&self.recent);
        let now = self.count();
        let first = recent.len().checked_sub((now - count) as usize)?;
        Some((recent.range(first..).copied().collect(), now))
    }
}

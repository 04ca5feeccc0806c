//! Deleted messages: what was prepared before a deletion must not be handed out after it.

use std::collections::VecDeque;

use super::sync::{AtomicU64, Mutex, Ordering, lock};
use crate::{Seq, limits};

/// The messages deleted since the room was opened, counted; the last of them by seq.
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

    /// Grows with every deletion.
    pub(crate) fn count(&self) -> u64 {
        self.count.load(Ordering::Acquire)
    }

    /// The messages deleted since the count was so, and the count now; `None` if some are forgotten.
    pub(crate) fn since(&self, count: u64) -> Option<(Vec<Seq>, u64)> {
        let recent = lock(&self.recent);
        let now = self.count();
        let first = recent.len().checked_sub((now - count) as usize)?;
        Some((recent.range(first..).copied().collect(), now))
    }
}

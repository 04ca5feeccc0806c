//! Flushers: tasks that send new frames to the subscribers of rooms, one chunk of one room at a time.

use std::{collections::VecDeque, sync::Arc};

use tokio::sync::Notify;

use super::{
    Fan,
    sync::{Mutex, lock},
};

/// The rooms in which each flusher has something to send.
pub(crate) struct Flushers {
    queues: Box<[Queue]>,
}

#[derive(Default)]
struct Queue {
    fans: Mutex<Vec<Arc<Fan>>>,
    wake: Notify,
}

impl Flushers {
    pub(crate) fn new(count: usize) -> Arc<Self> {
        Arc::new(Self { queues: (0..count.max(1)).map(|_| Queue::default()).collect() })
    }

    pub(crate) fn count(&self) -> usize {
        self.queues.len()
    }

    pub(super) fn queue(&self, flusher: usize, fan: Arc<Fan>) {
        let queue = &self.queues[flusher];
        lock(&queue.fans).push(fan);
        queue.wake.notify_one();
    }

    /// Takes the rooms that were queued for a flusher.
    pub(super) fn due(&self, flusher: usize) -> Vec<Arc<Fan>> {
        std::mem::take(&mut *lock(&self.queues[flusher].fans))
    }

    /// Runs one flusher until it is aborted.
    pub(crate) async fn run(self: Arc<Self>, flusher: usize) {
        let queue = &self.queues[flusher];
        let mut active: VecDeque<Arc<Fan>> = VecDeque::new();
        loop {
            if active.is_empty() {
                queue.wake.notified().await;
            }
            // Tasks that read sockets run between two chunks, so that what they publish is sent with the next chunk.
            tokio::task::yield_now().await;
            active.extend(self.due(flusher));
            if let Some(fan) = active.pop_front()
                && !fan.flush_chunk(flusher)
            {
                active.push_back(fan);
            }
        }
    }
}

//! The engine's tasks, counted, so that a shutdown knows when they are done.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::FutureExt as _;
use tokio::sync::Notify;

#[derive(Default, Clone)]
pub(crate) struct Tasks(Arc<Inner>);

#[derive(Default)]
struct Inner {
    count: AtomicUsize,
    ended: Notify,
}

impl Tasks {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.0.count.fetch_add(1, Ordering::AcqRel);
        let guard = Guard(self.0.clone());
        // An async block would hold the task's state twice: as what it captured and as what it awaits.
        tokio::spawn(task.map(move |()| drop(guard)));
    }

    /// Resolves once no task is left.
    pub(super) async fn ended(&self) {
        loop {
            let ended = self.0.ended.notified();
            if self.0.count.load(Ordering::Acquire) == 0 {
                return;
            }
            ended.await;
        }
    }
}

/// Counts a task that ends, however it does.
struct Guard(Arc<Inner>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::AcqRel);
        self.0.ended.notify_waiters();
    }
}

/// Does a part of a task that goes on whatever becomes of it. `None` if it panicked: what a host brought may.
pub(crate) async fn survive<T>(part: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(part).catch_unwind().await.ok()
}

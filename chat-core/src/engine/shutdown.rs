//! Going away without losing anything.

use std::{sync::Arc, sync::atomic::Ordering, time::Duration};

use tokio::time::Instant;

use super::Engine;
use crate::{CloseReason, Event, host::Mail};

/// Clients are told to come back after a random part of this, so that they do not all come at once.
const COME_BACK_WITHIN_MS: u64 = 5_000;

impl Engine {
    pub(crate) async fn shutdown(self: &Arc<Self>, deadline: Duration) -> usize {
        let end = Instant::now() + deadline;
        self.draining.store(true, Ordering::Release);
        let mut outlets: Vec<_> = self.sessions.iter().map(|session| session.value().clone()).collect();
        outlets.sort_by_key(|outlet| outlet.id);
        for outlet in outlets {
            let retry_after_ms = 500 + (self.environment.random() as u64) % COME_BACK_WITHIN_MS;
            outlet.push(outlet.wire.frame(&Event::Goaway { retry_after_ms }));
            outlet.close(CloseReason::GoingAway);
        }
        let _ = tokio::time::timeout_at(end, self.sessions_ended()).await;
        let cut_off = self.sessions.len();
        for session in &self.sessions {
            session.cut_off();
        }
        for host in self.registry.hosts() {
            host.tell(Mail::Drain);
        }
        let _ = tokio::time::timeout_at(end, self.tasks.ended()).await;
        cut_off
    }

    async fn sessions_ended(&self) {
        loop {
            let ended = self.session_ended.notified();
            if self.sessions.is_empty() {
                return;
            }
            ended.await;
        }
    }
}

//! The heartbeat: finds out that a silent client is gone.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

/// What a heartbeat wants done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Beat {
    /// Ask whether the client is there.
    Ping,
    /// The client did not answer.
    Dead,
}

/// Asks after one interval without a frame, gives up one interval later.
///
/// Its timer is not moved with every frame: it runs out, and then looks at when the last frame came.
#[derive(Debug)]
pub(super) struct Heartbeat {
    interval: Duration,
    heard: Instant,
    asked: bool,
    timer: Pin<Box<Sleep>>,
}

impl Heartbeat {
    pub(super) fn new(interval: Duration) -> Self {
        let heard = Instant::now();
        Self { interval, heard, asked: false, timer: Box::pin(sleep_until(heard + interval)) }
    }

    /// A frame came in.
    pub(super) fn hear(&mut self) {
        (self.heard, self.asked) = (Instant::now(), false);
    }

    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Beat> {
        loop {
            if self.timer.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            let now = Instant::now();
            let due = self.heard + self.interval;
            if self.asked {
                return Poll::Ready(Beat::Dead);
            }
            if due > now {
                self.timer.as_mut().reset(due);
                continue;
            }
            self.asked = true;
            self.timer.as_mut().reset(now + self.interval);
            return Poll::Ready(Beat::Ping);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_asked_after_one_interval_and_given_up_after_two() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(INTERVAL);
        assert_eq!(poll_fn(|cx| heartbeat.poll(cx)).await, Beat::Ping);
        assert_eq!(start.elapsed().as_secs(), 30);
        assert_eq!(poll_fn(|cx| heartbeat.poll(cx)).await, Beat::Dead);
        assert_eq!(start.elapsed().as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_says_something_is_asked_later_and_whoever_answers_is_alive() {
        let start = Instant::now();
        let mut heartbeat = Heartbeat::new(INTERVAL);
        tokio::time::advance(Duration::from_secs(20)).await;
        heartbeat.hear();
        assert_eq!(poll_fn(|cx| heartbeat.poll(cx)).await, Beat::Ping);
        assert_eq!(start.elapsed().as_secs(), 50);
        tokio::time::advance(Duration::from_secs(10)).await;
        heartbeat.hear();
        assert_eq!(poll_fn(|cx| heartbeat.poll(cx)).await, Beat::Ping);
        assert_eq!(start.elapsed().as_secs(), 90);
    }
}

//! The heartbeat. It also confirms what has arrived, because a client answers a ping only after it has read all before it.

use std::time::Duration;

use tokio::time::Instant;

use crate::limits::{CONFIRM, PING_INTERVAL, PING_TIMEOUT};

/// What the connection has to do now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Ping,
    /// The client did not answer the ping in time.
    Dead,
}

#[derive(Debug)]
pub(crate) struct Beat {
    asked: Instant,
    is_asked: bool,
    /// Something was sent whose arrival is to be confirmed soon.
    is_told: bool,
}

impl Beat {
    pub(crate) fn new() -> Self {
        Self { asked: Instant::now(), is_asked: false, is_told: false }
    }

    /// When [`due`](Self::due) is to be called next.
    pub(crate) fn next(&self) -> Instant {
        let wait = match (self.is_asked, self.is_told) {
            (true, _) => PING_TIMEOUT,
            (false, true) => CONFIRM,
            (false, false) => PING_INTERVAL,
        };
        self.asked + wait
    }

    /// Notes that something was sent whose arrival is to be confirmed.
    pub(crate) fn tell(&mut self) {
        self.is_told = true;
    }

    /// Says what to do at the time of [`next`](Self::next).
    pub(crate) fn due(&mut self) -> Due {
        if self.is_asked {
            return Due::Dead;
        }
        (self.asked, self.is_asked, self.is_told) = (Instant::now(), true, false);
        Due::Ping
    }

    /// Gives the client the full time to answer again: it was heard, or the server could not read from it.
    pub(crate) fn wait_on(&mut self) {
        if self.is_asked {
            self.asked = Instant::now();
        }
    }

    /// Does not count this time, in which the server wrote to the client and did not read from it.
    pub(crate) fn excuse(&mut self, time: Duration) {
        if self.is_asked {
            self.asked += time;
        }
    }

    /// Notes the client's answer. Returns whether there was a ping to answer.
    pub(crate) fn answer(&mut self) -> bool {
        std::mem::replace(&mut self.is_asked, false)
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep_until;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_given_up_after_twelve_seconds() {
        let (mut beat, begun) = (Beat::new(), Instant::now());
        sleep_until(beat.next()).await;
        assert_eq!(beat.due(), Due::Ping);
        sleep_until(beat.next()).await;
        assert_eq!((beat.due(), begun.elapsed().as_secs()), (Due::Dead, 12));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_is_written_to_or_heard_has_more_time() {
        let mut beat = Beat::new();
        let first = beat.next();
        beat.excuse(PING_TIMEOUT);
        beat.wait_on();
        assert_eq!(beat.next(), first, "it was not asked");
        assert_eq!(beat.due(), Due::Ping);
        tokio::time::advance(PING_TIMEOUT).await;
        beat.excuse(PING_TIMEOUT / 2);
        assert_eq!(beat.next(), Instant::now() + PING_TIMEOUT / 2);
        beat.wait_on();
        assert_eq!(beat.next(), Instant::now() + PING_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_sent_is_confirmed_soon_with_one_ping_at_a_time() {
        let (mut beat, begun) = (Beat::new(), Instant::now());
        beat.tell();
        sleep_until(beat.next()).await;
        assert_eq!((beat.due(), begun.elapsed()), (Due::Ping, CONFIRM));
        beat.tell();
        assert!(beat.next() > Instant::now() + CONFIRM, "the first one is not answered yet");
        assert!(beat.answer() && !beat.answer());
        sleep_until(beat.next()).await;
        assert_eq!((beat.due(), begun.elapsed()), (Due::Ping, 2 * CONFIRM));
        assert!(beat.answer());
        assert_eq!(beat.next(), Instant::now() + PING_INTERVAL);
    }
}

//! The heartbeat, which also tells what has arrived: a client answers pings in order with all else.

use std::time::Duration;

use tokio::time::Instant;

use crate::limits::{CONFIRM, PING_INTERVAL, PING_TIMEOUT};

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Ping,
    /// The client did not answer.
    Dead,
}

#[derive(Debug)]
pub(crate) struct Beat {
    asked: Instant,
    is_asked: bool,
    /// Something was sent of which it is to be known soon whether it has arrived.
    is_told: bool,
}

impl Beat {
    pub(crate) fn new() -> Self {
        Self { asked: Instant::now(), is_asked: false, is_told: false }
    }

    /// When something is due.
    pub(crate) fn next(&self) -> Instant {
        let wait = match (self.is_asked, self.is_told) {
            (true, _) => PING_TIMEOUT,
            (false, true) => CONFIRM,
            (false, false) => PING_INTERVAL,
        };
        self.asked + wait
    }

    /// Something has to be confirmed.
    pub(crate) fn tell(&mut self) {
        self.is_told = true;
    }

    /// The time of [`next`](Self::next) has come.
    pub(crate) fn due(&mut self) -> Due {
        if self.is_asked {
            return Due::Dead;
        }
        (self.asked, self.is_asked, self.is_told) = (Instant::now(), true, false);
        Due::Ping
    }

    /// The client is there, or cannot be heard just now: it has more time to answer.
    pub(crate) fn wait_on(&mut self) {
        if self.is_asked {
            self.asked = Instant::now();
        }
    }

    /// The server was writing to the client for so long and did not read: this time does not count.
    pub(crate) fn excuse(&mut self, time: Duration) {
        if self.is_asked {
            self.asked += time;
        }
    }

    /// The client answers; whether it was asked.
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
    async fn who_is_written_to_or_heard_has_more_time() {
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
    async fn what_was_told_is_confirmed_soon_and_one_question_at_a_time() {
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

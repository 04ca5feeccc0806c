//! The heartbeat. It also confirms what has arrived, because a client answers a ping only after it has read all before it.

use std::time::Duration;

use tokio::time::Instant;

use crate::limits::{CONFIRM, CONFIRM_GRACE, PING_INTERVAL, PING_TIMEOUT};

/// What the connection has to do now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    Ping,
    /// The client did not answer the ping in time.
    Dead,
}

#[derive(Debug)]
pub(crate) struct Beat {
    /// When the last ping was sent, or else when the client was last heard before it answered.
    asked: Instant,
    is_asked: bool,
    /// Something was sent whose arrival is to be confirmed soon.
    is_told: bool,
    /// The last ping confirmed what was sent before it, so more is expected to be sent soon.
    is_lively: bool,
}

impl Beat {
    pub(crate) fn new() -> Self {
        Self { asked: Instant::now(), is_asked: false, is_told: false, is_lively: false }
    }

    /// When [`due`](Self::due) is to be called next.
    pub(crate) fn next(&self) -> Instant {
        let wait = match (self.is_asked, self.is_told || self.is_lively) {
            (true, _) => PING_TIMEOUT,
            (false, true) => CONFIRM + CONFIRM_GRACE,
            (false, false) => PING_INTERVAL,
        };
        self.asked + wait
    }

    /// Notes that something was sent whose arrival is to be confirmed. Returns whether [`next`](Self::next) is earlier now.
    pub(crate) fn tell(&mut self) -> bool {
        let was_idle = self.is_idle();
        self.is_told = true;
        was_idle
    }

    /// Whether the answer to a ping is waited for.
    pub(crate) fn is_asked(&self) -> bool {
        self.is_asked
    }

    /// Whether nothing is asked, to be confirmed, or expected to be sent soon.
    fn is_idle(&self) -> bool {
        !(self.is_asked || self.is_told || self.is_lively)
    }

    /// Whether a ping may go with what is about to be sent.
    pub(crate) fn may_ask(&self) -> bool {
        !self.is_asked && self.asked.elapsed() >= CONFIRM
    }

    /// Notes that a ping is sent behind something whose arrival it confirms. Returns whether [`next`](Self::next) is earlier now.
    pub(crate) fn ask(&mut self) -> bool {
        let was_idle = self.is_idle();
        (self.asked, self.is_asked, self.is_told, self.is_lively) = (Instant::now(), true, false, true);
        was_idle
    }

    /// Says what to do. A ping that is due counts as sent.
    pub(crate) fn due(&mut self) -> Due {
        if self.next() > Instant::now() {
            return Due::Nothing;
        }
        if self.is_asked {
            return Due::Dead;
        }
        let was_told = self.is_told;
        if self.is_lively && !was_told {
            self.is_lively = false;
            return Due::Nothing;
        }
        self.ask();
        self.is_lively = was_told;
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

    /// Notes the client's answer. From then on the next ping may be sent.
    pub(crate) fn answer(&mut self) {
        self.is_asked = false;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep_until};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_given_up_after_twelve_seconds() {
        let (mut beat, begun) = (Beat::new(), Instant::now());
        assert_eq!(beat.due(), Due::Nothing);
        sleep_until(beat.next()).await;
        assert_eq!(beat.due(), Due::Ping);
        assert_eq!(beat.due(), Due::Nothing);
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
        beat.ask();
        advance(PING_TIMEOUT).await;
        beat.excuse(PING_TIMEOUT / 2);
        assert_eq!(beat.next(), Instant::now() + PING_TIMEOUT / 2);
        beat.wait_on();
        assert_eq!(beat.next(), Instant::now() + PING_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_sent_is_confirmed_soon_with_one_ping_at_a_time() {
        let (mut beat, begun, soon) = (Beat::new(), Instant::now(), CONFIRM + CONFIRM_GRACE);
        assert!(beat.tell() && !beat.tell());
        sleep_until(beat.next()).await;
        assert_eq!((beat.due(), begun.elapsed()), (Due::Ping, soon));
        assert!(!beat.tell(), "the answer is waited for");
        assert!(beat.next() > Instant::now() + soon, "the first one is not answered yet");
        beat.answer();
        sleep_until(beat.next()).await;
        assert_eq!((beat.due(), begun.elapsed()), (Due::Ping, 2 * soon));
        beat.answer();
        // Nothing more was sent, which is seen once more before the next ping waits long.
        sleep_until(beat.next()).await;
        assert_eq!((beat.due(), begun.elapsed()), (Due::Nothing, 3 * soon));
        assert_eq!(beat.next(), begun + 2 * soon + PING_INTERVAL);
    }

    #[tokio::test(start_paused = true)]
    async fn a_ping_goes_with_what_is_sent_where_the_last_one_is_some_time_ago() {
        let mut beat = Beat::new();
        assert!(!beat.may_ask());
        advance(CONFIRM).await;
        assert!(beat.may_ask() && beat.ask());
        advance(CONFIRM).await;
        assert!(beat.is_asked() && !beat.may_ask(), "the ping is not answered");
        beat.answer();
        assert!(!beat.is_asked() && beat.may_ask() && !beat.ask(), "the next look is soon anyway");
    }
}
